#!/usr/bin/env bats
# tls-serve among others: what sslscan finds, clients with odd wishes and odd ways of saying
# them, nginx and haproxy as its clients, clients that say what is wrong, and many bytes.
# shellcheck disable=SC2154 # run sets stderr
# shellcheck disable=SC2016 # what the programs' shells expand
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=60

setup_file() {
    BIN=$(readlink -m "${BIN:-$BATS_TEST_DIRNAME/../build/bin}")
    export BIN
    cd "$BATS_FILE_TMPDIR" || return
    printf '[req]\ndistinguished_name=dn\n[dn]\n' >openssl.cnf
    certificate a.test -newkey ec -pkeyopt ec_paramgen_curve:P-256
    certificate b.test -newkey rsa:2048
    certificate c.test -newkey ec -pkeyopt ec_paramgen_curve:P-384
}

certificate() { # NAME argument of openssl req...
    openssl req -x509 -config openssl.cnf -noenc -days 30 -subj "/CN=$1" -addext "subjectAltName=DNS:$1" \
        "${@:2}" -keyout "$1.key" -out "$1.pem" 2>"$1.log"
}

setup() {
    local name
    load serving
    serving_setup
    FILES=$BATS_FILE_TMPDIR
    export CERTDIR=$PWD/certs
    unset KEYAGENT CHAL_ALPN_DIR
    for name in a.test b.test c.test; do
        mkdir -p "certs/$name"
        cp "$FILES/$name.key" "certs/$name/key.pem"
        cp "$FILES/$name.pem" "certs/$name/fullchain.pem"
    done
}

teardown() {
    serving_teardown
}

client() { # NAME [argument of s_client...]
    openssl s_client -connect "127.0.0.1:$PORT" -servername "$1" -CAfile "$FILES/$1.pem" "${@:2}" </dev/null 2>&1
}

takes() { # NAME argument of s_client...: a handshake is done, and is as it should be
    run client "$@"
    assert_line --regexp 'Verify return code: 0 \(ok\)'
    assert_line --partial 'New, TLSv1.2, Cipher is ECDHE-'
}

refuses() { # NAME argument of s_client...: with alert 40
    run client "$@"
    assert_line --regexp 'alert number 40$'
}

odd() { # WAY [N]: t/peer/tls-fuzz, for a.test
    timeout 50 "$BATS_TEST_DIRNAME/peer/tls-fuzz" "$PORT" a.test "$@"
}

logged() { # EXTENDED-REGULAR-EXPRESSION
    until_true grep -qE -- "$1" server.log
}

started() { # PROGRAM...: for the length of the test
    "$@" >>server.log 2>&1 </dev/null 3>&- &
    CHILDREN+=($!)
}

# Curves are tried below: sslscan waits three seconds for more than there is.
scan() { # NAME: what is not strong, or not as it should be; and which suites and signatures there are
    sslscan --xml=- --no-groups --show-sigs --sni-name="$1" "127.0.0.1:$PORT" >scan.xml || return
    # What the scan has to have come to.
    grep -q 'type="tls" version="1.2" enabled="1"' scan.xml && grep -q '<heartbleed sslversion="TLSv1.2" vulnerable="0"' scan.xml &&
        grep -q '<renegotiation supported="0"' scan.xml || { cat scan.xml; return 1; }
    grep 'enabled="1"' scan.xml | grep -v 'version="1.2"'
    grep 'vulnerable="1"\|<compression supported="1"\|<fallback supported="0"\|<expired>true' scan.xml
    grep '<cipher ' scan.xml | grep -v 'strength="strong"'
    sed -n 's/.*<cipher .* cipher="\([^"]*\)".*/\1/p; s/.*<connection-signature-algorithm .* name="\([^"]*\)".*/\1/p' scan.xml |
        LC_ALL=C sort | paste -sd ' '
}

@test "sslscan finds TLS 1.2, ECDHE with AEAD, and nothing else: no renegotiation, no heartbeat, no SHA-1" {
    serve tls-serve -q cat
    run scan a.test
    assert_success
    assert_output 'ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-ECDSA-AES256-GCM-SHA384 ECDHE-ECDSA-CHACHA20-POLY1305 ecdsa_secp256r1_sha256 ecdsa_secp384r1_sha384 ecdsa_secp521r1_sha512'
    run scan b.test
    assert_success
    assert_output 'ECDHE-RSA-AES128-GCM-SHA256 ECDHE-RSA-AES256-GCM-SHA384 ECDHE-RSA-CHACHA20-POLY1305 rsa_pkcs1_sha256 rsa_pkcs1_sha384 rsa_pkcs1_sha512'
}

@test "compression is not agreed on, and a client that falls back to an older version is told" {
    serve tls-serve -q cat
    run odd compression
    assert_output '2 0'
    run client a.test -fallback_scsv -tls1_1 -cipher ALL:@SECLEVEL=0
    assert_line --regexp 'alert number (70|86)$'
}

@test "hashes: whichever the client takes of SHA-256, 384 and 512; no others" {
    serve tls-serve -q cat
    takes a.test -sigalgs ECDSA+SHA384
    assert_line 'Peer signing digest: SHA384'
    takes a.test -sigalgs ECDSA+SHA512:ECDSA+SHA256
    assert_line 'Peer signing digest: SHA256'
    takes c.test -sigalgs ECDSA+SHA512
    takes b.test -sigalgs RSA+SHA512
    assert_line 'Peer signing digest: SHA512'
    refuses a.test -sigalgs RSA+SHA256
    refuses a.test -sigalgs ECDSA+SHA1 -cipher ALL:@SECLEVEL=0
    refuses b.test -sigalgs RSA-PSS+SHA256
}

@test "curves: X25519, P-256 and P-384 for the exchange, and the key's own the client must know" {
    serve tls-serve -q cat
    takes a.test -curves P-256
    takes c.test -curves P-384
    assert_line --partial 'Server Temp Key: ECDH, secp384r1, 384 bits'
    takes b.test -curves X25519
    assert_line --partial 'Server Temp Key: X25519'
    takes b.test -curves P-521:P-384
    refuses b.test -curves P-521
    refuses a.test -curves X25519
    refuses a.test -curves P-384
}

@test "what is said arrives however it is cut: a byte at a time, a byte a record, small fragments" {
    serve tls-serve -q sh -c 'read -r x; cat; echo "got $x"'
    run odd bytes
    assert_output 'got word'
    run odd records
    assert_output 'got word'
    stop
    serve tls-serve -q cat
    # Letters that s_client takes for commands are not among these.
    head -c 14000 /dev/urandom | xxd -p >data
    openssl s_client -connect "127.0.0.1:$PORT" -servername a.test -quiet -no_ign_eof -max_send_frag 512 -split_send_frag 512 \
        < <(cat data; until_true cmp -s data answer) >answer 2>/dev/null || true
    cmp data answer
    # RFC 6066: records of 512 bytes at most from us.
    : >answer
    openssl s_client -connect "127.0.0.1:$PORT" -servername a.test -quiet -no_ign_eof -maxfraglen 512 \
        < <(cat data; until_true cmp -s data answer) >answer 2>/dev/null || true
    cmp data answer
}

@test "gnutls-cli: each suite, a session again, TLS 1.3 alone not" {
    local suite base
    serve tls-serve -q sh -c 'read -r x; echo "got $x"'
    base=NONE:+VERS-TLS1.2:+MAC-ALL:+COMP-NULL:+SIGN-ALL:+GROUP-ALL:+ECDHE-ECDSA
    for suite in AES-128-GCM AES-256-GCM CHACHA20-POLY1305; do
        run timeout 20 gnutls-cli --x509cafile "$FILES/a.test.pem" --sni-hostname a.test --verify-hostname a.test \
            --priority "$base:+$suite" -p "$PORT" 127.0.0.1 <<<word
        assert_line 'got word'
        assert_line --regexp "^- Description: .*\(${suite/#CHACHA/CHACHA}\)\$"
    done
    run timeout 20 gnutls-cli --x509cafile "$FILES/a.test.pem" --sni-hostname a.test --verify-hostname a.test \
        --priority NORMAL:-VERS-ALL:+VERS-TLS1.2 -r -p "$PORT" 127.0.0.1 <<<word
    assert_line '*** This is a resumed session'
    run timeout 20 gnutls-cli --insecure --sni-hostname a.test --priority NORMAL:-VERS-ALL:+VERS-TLS1.3 -p "$PORT" 127.0.0.1 <<<word
    assert_failure
    assert_line --partial 'protocol version'
}

### Others in front, which speak TLS to it

@test "nginx in front: connections kept and sessions resumed, a large body each way" {
    mkdir www
    head -c 2000000 /dev/urandom >www/file
    cat >nginx.conf <<EOF
daemon off; master_process off; pid nginx.pid; error_log stderr; worker_processes 1;
events { worker_connections 64; }
http { access_log off; client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp; scgi_temp_path tmp;
  client_max_body_size 0;
  upstream us { server 127.0.0.1:PORT; keepalive 2; }
  server { listen unix:$PWD/front.sock; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_request_buffering off;
    location / { proxy_pass https://us; proxy_ssl_server_name on; proxy_ssl_name a.test; proxy_ssl_verify on;
      proxy_ssl_trusted_certificate $FILES/a.test.pem; } }
  server { listen unix:$PWD/behind.sock; root $PWD/www; location = /put { proxy_pass http://unix:$PWD/sink.sock; } } }
EOF
    serve tls-serve -l http/1.1 -u "unix:$PWD/behind.sock"
    sed -i "s/:PORT;/:$PORT;/" nginx.conf
    started nginx -p "$PWD" -e stderr -c nginx.conf
    until_true test -S front.sock
    for _ in 1 2 3; do
        curl -sS --max-time 20 --unix-socket front.sock http://x/file -o got
        cmp got www/file
    done
    # One connection served all three, and lasts as long as nginx.
    run -1 grep '^a.test ' server.log
    kill "${CHILDREN[-1]}"
    logged '^a.test 127.0.0.1 (done|cut) '
    assert_equal "$(grep -c '^a.test ' server.log)" 1
}

@test "haproxy in front speaks TLS to it behind a PROXY header of either version" {
    local way
    serve tls-serve -A 127.0.0.1 sh -c 'read -r x; printf "HTTP/1.0 200 OK\r\n\r\n%s %s\n" "$TCPREMOTEIP" "$SSL_TLS_SNI_SERVERNAME"'
    cat >haproxy.cfg <<EOF
defaults
    mode http
    timeout connect 5s
    timeout client 5s
    timeout server 5s
listen one
    bind unix@send-proxy.sock accept-proxy
    server s 127.0.0.1:$PORT send-proxy ssl verify required ca-file $FILES/a.test.pem sni str(a.test) verifyhost a.test
listen two
    bind unix@send-proxy-v2.sock accept-proxy
    server s 127.0.0.1:$PORT send-proxy-v2-ssl-cn proxy-v2-options crc32c,unique-id ssl verify required ca-file $FILES/a.test.pem sni str(a.test) verifyhost a.test
EOF
    started haproxy -db -f haproxy.cfg
    for way in send-proxy send-proxy-v2; do
        until_true test -S "$way.sock"
        run bash -c "printf 'PROXY TCP4 192.0.2.7 192.0.2.8 4711 443\r\nGET / HTTP/1.0\r\n\r\n' | socat -t 10 - UNIX:$way.sock"
        assert_line --partial '192.0.2.7 a.test'
    done
}

### What is wrong, and much

@test "what is wrong, at any point of a conversation, ends that connection, and nothing of it reaches the program" {
    serve tls-serve -t 5 sh -c 'exec cat >>got'
    run odd wrong 150
    assert_output 150
    # What came is the word, as often as it came before what was wrong.
    if [ -s got ]; then
        assert_equal "$(sort -u got)" word
    fi
    takes a.test
    run -1 grep -E ' (system|mismatch) ' server.log
}

@test "many bytes both ways at once, to who reads late, are what they were; memory stays what it was" {
    local upstream before after
    head -c 12000000 /dev/urandom >data
    mkfifo hold
    tcpserver -1 -RHl0 127.0.0.1 0 sh -c 'cat data & read -r go <hold; sha256sum; wait' >up.out 2>>server.log </dev/null 3>&- &
    CHILDREN+=($!)
    until_true test -s up.out
    read -r upstream <up.out
    serve tls-serve -u "127.0.0.1:$upstream"
    before=$(awk '/^RssAnon:/ { print $2 }' "/proc/$SERVER/status")
    timeout 40 "$BIN/tls-connect" -n a.test -a "$FILES/a.test.pem" 127.0.0.1 "$PORT" \
        sh -c 'cat data >&7 & read -r go <hold2; exec 7>&-; cat <&6 >answer' 3>&- &
    CHILDREN+=($!)
    mkfifo hold2
    until_true still "$SERVER"
    after=$(awk '/^RssAnon:/ { print $2 }' "/proc/$SERVER/status")
    echo go >hold
    echo go >hold2
    wait "${CHILDREN[-1]}"
    head -c 12000000 answer | cmp - data
    assert_equal "$(tail -c +12000001 answer)" "$(sha256sum <data)"
    # Sanitizers keep what was given back.
    grep -q __asan_init "$BIN/tls-serve" || [ $((after - before)) -lt 2000 ] || { echo "$before kB, then $after kB"; return 1; }
}

still() { # pid: it has not used the processor for a moment
    local earlier now
    earlier=$(cut -d ' ' -f 14,15 "/proc/$1/stat")
    sleep 0.2
    now=$(cut -d ' ' -f 14,15 "/proc/$1/stat")
    [ "$earlier" = "$now" ]
}
