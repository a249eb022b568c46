#!/usr/bin/env bats
# tls-serve: TLS ended in front of a program or an upstream: against openssl's s_client, curl,
# gnutls-cli, tls-connect, nginx and haproxy, and clients that cut, stall and talk nonsense.
# shellcheck disable=SC2154 # run sets stderr
# shellcheck disable=SC2016 # what the programs' shells expand
# shellcheck disable=SC2030,SC2031 # a test is a process of its own
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=60

setup_file() {
    BIN=$(readlink -m "${BIN:-$BATS_TEST_DIRNAME/../build/bin}")
    export BIN
    cd "$BATS_FILE_TMPDIR" || return
    load certs
    certificates_begin
    certificate authority ec 'critical,CA:TRUE' ''
    certificate a.test ec 'critical,CA:FALSE' 'DNS:a.test'
    certificate b.test rsa 'critical,CA:FALSE' 'DNS:b.test'
    certificate c.test p384 'critical,CA:FALSE' 'DNS:c.test'
    certificate w.test ec 'critical,CA:FALSE' 'DNS:*.w.test'
    certificate default ec 'critical,CA:FALSE' 'DNS:default.test'
    certificate new ec 'critical,CA:FALSE' 'DNS:a.test'
    certificate user ec 'critical,CA:FALSE' 'DNS:user.test'
    certificate mail ec 'critical,CA:FALSE' 'DNS:mail.test' 'extendedKeyUsage=emailProtection'
    certificate stranger ec 'critical,CA:TRUE' ''
    certificate rsauser rsa 'critical,CA:FALSE' 'DNS:rsauser.test'
}

setup() {
    load certs
    load serving
    serving_setup
    FILES=$BATS_FILE_TMPDIR
    export CERTDIR=$PWD/certs
    unset KEYAGENT CHAL_ALPN_DIR
    mkdir certs
    put a.test 1 a.test
    put default 1 default
}

teardown() {
    serving_teardown
}

put() { # NAME VERSION FILE: a version of a name's certificate, and the link to it
    mkdir -p "certs/.$1/$2"
    cp "$FILES/$3.key" "certs/.$1/$2/key.pem"
    cat "$FILES/$3.pem" "$FILES/authority.pem" >"certs/.$1/$2/fullchain.pem"
    ln -sfn ".$1/$2" "certs/.$1/link"
    mv -T "certs/.$1/link" "certs/$1"
}

client() { # NAME [argument of s_client...]: what openssl has to say; nothing is sent
    local name=(-noservername)
    [ -z "$1" ] || name=(-servername "$1")
    openssl s_client -connect "127.0.0.1:$PORT" "${name[@]}" -CAfile "$FILES/authority.pem" \
        "${@:2}" </dev/null 2>&1
}

shows() { # NAME wanted: whose certificate it is
    run openssl s_client -connect "127.0.0.1:$PORT" ${1:+-servername "$1"} -CAfile "$FILES/authority.pem" </dev/null
    [[ $output =~ subject=CN\ ?=\ ?$2$'\n' ]] || { echo "$output"; return 1; }
    assert_line --regexp 'Verify return code: 0 \(ok\)'
}

alert_is() { # NUMBER NAME [argument of s_client...]
    run openssl s_client -connect "127.0.0.1:$PORT" ${2:+-servername "$2"} "${@:3}" </dev/null
    assert_failure
    assert_line --regexp "alert number $1\$"
}

logged() { # EXTENDED-REGULAR-EXPRESSION: a line of the log, sooner or later
    until_true grep -qE -- "$1" server.log
}

connect() { # [argument...] -- PROGRAM...: our client, with the authority trusted, at a.test
    local more=()
    while [ "$1" != -- ]; do more+=("$1"); shift; done
    run --separate-stderr timeout 30 "$BIN/tls-connect" -n a.test -a "$FILES/authority.pem" "${more[@]}" \
        127.0.0.1 "$PORT" "${@:2}"
}

web() { # [argument of curl...]: over the server, at a.test
    curl -sS --max-time 20 --cacert "$FILES/authority.pem" --resolve "a.test:$PORT:127.0.0.1" "$@" "https://a.test:$PORT/"
}

upstream() { # PROGRAM...: behind tcpserver, at $UP
    tcpserver -1 -RHl0 127.0.0.1 0 "$@" >up.out 2>>server.log </dev/null 3>&- &
    CHILDREN+=($!)
    until_true test -s up.out
    read -r UP <up.out
}

### Certificates

@test "a name has its certificate, ECDSA or RSA, a name below it the wildcard's, all others the default" {
    put b.test 1 b.test
    put c.test 1 c.test
    put _.w.test 1 w.test
    serve tls-serve cat
    shows a.test a.test
    shows A.Test a.test
    shows b.test b.test
    assert_line --partial 'ECDHE-RSA-'
    shows c.test c.test
    assert_line --partial 'ECDHE-ECDSA-'
    shows x.w.test w.test
    shows w.test default
    shows x.y.w.test default
    shows other.test default
    shows '' default
}

@test "with -s there is no default: unknown names and none are refused with alert 112" {
    put _.w.test 1 w.test
    serve tls-serve -s cat
    shows a.test a.test
    shows x.w.test w.test
    alert_is 112 other.test
    logged '^other.test 127.0.0.1 no-name - '
    alert_is 112 default
    alert_is 112 '' -noservername
    alert_is 112 _.w.test
}

@test "the whole chain is sent" {
    serve tls-serve cat
    run client a.test -showcerts
    assert_equal "$(grep -c BEGIN <<<"$output")" 2
}

@test "a link that is switched counts at once, and what cannot be used leaves the one before, said once" {
    serve tls-serve cat
    shows a.test a.test
    put a.test 2 new
    shows a.test new
    put a.test 3 a.test
    cp "$FILES/new.key" certs/.a.test/3/key.pem
    shows a.test new
    shows a.test new
    assert_equal "$(grep -c 'a.test: the key is not that of the certificate' server.log)" 1
    put a.test 4 a.test
    rm certs/.a.test/4/key.pem
    shows a.test new
    ln -sfn .a.test/none certs/.a.test/link
    mv -T certs/.a.test/link certs/a.test
    shows a.test new
    assert_equal "$(grep -c 'a.test: .*cannot be read: No such file' server.log)" 2
    put a.test 5 a.test
    shows a.test a.test
    rm certs/a.test
    shows a.test default
}

@test "a certificate that could never be used is alert 80, and does no harm to others" {
    put bad.test 1 a.test
    echo nonsense >certs/.bad.test/1/fullchain.pem
    put loop.test 1 a.test
    ln -sfn loop.test certs/loop.test
    serve tls-serve cat
    alert_is 80 bad.test
    logged '^bad.test 127.0.0.1 no-certificate '
    logged 'bad.test: malformed certificates'
    alert_is 80 loop.test
    shows a.test a.test
}

@test "an expired certificate is shown all the same, and that is said" {
    cp -r certs/.a.test certs/.old.test
    printf '[ca]\ndefault_ca=c\n[c]\ndatabase=index\nserial=serial\nnew_certs_dir=.\npolicy=p\n[p]\ncommonName=supplied\n' >ca.cnf
    : >index
    echo 01 >serial
    openssl req -new -config "$FILES/openssl.cnf" -key "$FILES/a.test.key" -subj /CN=old -out old.csr
    openssl ca -batch -config ca.cnf -selfsign -keyfile "$FILES/a.test.key" -in old.csr -md sha256 -notext \
        -startdate 20200101000000Z -enddate 20200201000000Z -out certs/.old.test/1/fullchain.pem 2>ca.log
    ln -s .old.test/1 certs/old.test
    serve tls-serve cat
    run client old.test
    assert_line --regexp '^subject=CN ?= ?old$'
    run client old.test
    assert_equal "$(grep -c 'old.test: the certificate has expired' server.log)" 1
}

@test "a store without a certificate, or no store, is exit 100 for who listens" {
    rm certs/a.test certs/default
    serve tls-serve cat
    local status=0
    wait "$SERVER" || status=$?
    SERVER=''
    assert_equal "$status" 100
    assert_equal "$(<server.log)" 'tls-serve: fatal: CERTDIR: there is no certificate'
    CERTDIR=$PWD/none run --separate-stderr "$BIN/tls-serve" cat </dev/null
    assert_failure 100
    assert_equal "$stderr" "tls-serve: fatal: CERTDIR: $PWD/none: No such file or directory"
    CERTDIR='' run --separate-stderr "$BIN/tls-serve" cat </dev/null
    assert_failure 100
}

### What is spoken

@test "protocols: the first of ours that the client has, none when it offers none, alert 120 otherwise" {
    serve tls-serve -l h2,http/1.1 sh -c 'echo "alpn=$SSL_ALPN"'
    run client a.test -alpn spdy/1,http/1.1
    assert_line 'ALPN protocol: http/1.1'
    run client a.test -alpn http/1.1,h2
    assert_line 'ALPN protocol: h2'
    run client a.test
    assert_line 'No ALPN negotiated'
    alert_is 120 a.test -alpn spdy/1
    logged '^a.test 127.0.0.1 failed - - 0 0 [0-9]+ refused: no application protocol$'
    connect -l http/1.1 -- sh -c 'cat <&6'
    assert_output alpn=http/1.1
}

@test "TLS 1.2 alone, with ECDHE and AEAD; TLS 1.3 alone is alert 70 and a word in the log" {
    serve tls-serve cat
    run client a.test
    assert_line --partial 'New, TLSv1.2, Cipher is ECDHE-ECDSA-'
    alert_is 70 a.test -tls1_3
    logged '^a.test 127.0.0.1 tls13-only '
    alert_is 70 a.test -tls1_1 -cipher ALL:@SECLEVEL=0
    logged '^a.test 127.0.0.1 old-tls '
    alert_is 40 a.test -tls1_2 -cipher ECDHE-ECDSA-AES128-SHA256
    run client a.test -cipher ECDHE-ECDSA-CHACHA20-POLY1305 -curves P-256
    assert_line --partial 'Server Temp Key: ECDH, prime256v1'
    assert_line --partial 'ECDHE-ECDSA-CHACHA20-POLY1305'
    run client a.test -cipher ECDHE-ECDSA-AES256-GCM-SHA384
    assert_line --partial 'Cipher is ECDHE-ECDSA-AES256-GCM-SHA384'
    run client a.test -curves X25519:P-256
    assert_line --partial 'Server Temp Key: X25519'
}

@test "gnutls-cli and curl get on with it" {
    serve tls-serve sh -c 'read -r x; printf "HTTP/1.0 200 OK\r\n\r\nfine\n"'
    run web
    assert_output fine
    run timeout 20 gnutls-cli --x509cafile "$FILES/authority.pem" --sni-hostname a.test --verify-hostname a.test \
        -p "$PORT" 127.0.0.1 <<<GET
    assert_line fine
    assert_line --partial '- Description: (TLS1.2'
}

@test "a session is resumed for the same name and protocol, and for no other" {
    serve tls-serve -n 2 -l h2,http/1.1 cat
    client a.test -alpn http/1.1 -sess_out session >/dev/null
    run client a.test -alpn http/1.1 -sess_in session
    assert_line --regexp '^Reused, TLSv1.2'
    run client other.test -alpn http/1.1 -sess_in session
    assert_line --regexp '^New, TLSv1.2'
    assert_line --regexp '^subject=CN ?= ?default$'
    run client a.test -alpn h2 -sess_in session
    assert_line --regexp '^New, TLSv1.2'
    assert_line 'ALPN protocol: h2'
    alert_is 120 a.test -alpn spdy/1 -sess_in session
    put a.test 2 new
    run client a.test -alpn http/1.1 -sess_in session
    assert_line --regexp '^New, TLSv1.2'
}

@test "without a place for sessions (-R 0) none is resumed" {
    serve tls-serve -R 0 cat
    client a.test -sess_out session >/dev/null
    run client a.test -sess_in session
    assert_line --regexp '^New, TLSv1.2'
}

@test "a client that wants to renegotiate is refused" {
    serve tls-serve sh -c 'echo up; cat'
    mkfifo in
    openssl s_client -connect "127.0.0.1:$PORT" -servername a.test -legacy_renegotiation <>in >out 2>&1 3>&- &
    CHILDREN+=($!)
    until_true grep -q '^up' out
    echo R >in
    until_true grep -q 'no renegotiation' out
    grep -q RENEGOTIATING out
}

### Programs

@test "the program's environment says whose connection it is, and nothing of another one" {
    export SSL_PEER_PIN=stale TCPREMOTEHOST=stale SSL_ALPN=stale
    unset SSL_CERT_DIR SSL_CERT_FILE
    ulimit -Sn 300
    serve tls-serve sh -c 'FILES=$(ulimit -n) env | grep -E "^(FILES|PROTO|TCP|SSL_)" | LC_ALL=C sort'
    connect -- sh -c 'cat <&6; echo "port=$TCPLOCALPORT"'
    assert_success
    local port=${lines[-1]#port=}
    assert_equal "${output%$'\n'*}" "FILES=300
PROTO=TCP
${lines[2]}
SSL_PROTOCOL=TLSv1.2
SSL_TLS_SNI_SERVERNAME=a.test
TCPLOCALIP=127.0.0.1
TCPLOCALPORT=$PORT
TCPREMOTEIP=127.0.0.1
TCPREMOTEPORT=$port"
    [[ ${lines[2]} = SSL_CIPHER=ECDHE-ECDSA-* ]]
}

@test "the end of what either side says reaches the other, and both ways all of it" {
    serve tls-serve sh -c 'head -c 3000000 /dev/zero; wc -c >count; echo end >>count'
    connect -- sh -c 'head -c 2000000 /dev/zero >&7; exec 7>&-; wc -c <&6'
    assert_success
    assert_output 3000000
    until_true grep -qs end count
    assert_equal "$(head -n 1 count)" 2000000
    logged '^a.test 127.0.0.1 done program - 2000000 3000000 '
}

# What the program says ends when all room between the two is full but some tens of kB of the server's own.
@test "a client that has ended its data, and reads late, gets all of it" {
    local program='read -r n; cat >/dev/null; exec head -c "$n" /dev/zero' late=$BATS_TEST_DIRNAME/peer/tls-late-reader
    local -i room n
    serve tls-serve -I 0.5 sh -c "$program"
    run timeout 20 "$late" "$PORT" 99000000 1.5
    assert_output --partial cut
    room=$(awk '/ idle program / { print $7 }' server.log)
    stop
    serve tls-serve sh -c "$program"
    for n in 70000 60000 50000 40000 30000; do
        timeout 30 "$late" "$PORT" $((room - n)) 0.4 >"late.$n" 3>&- &
        CHILDREN+=($!)
    done
    for n in 70000 60000 50000 40000 30000; do
        until_true test -s "late.$n"
        assert_equal "$(<"late.$n")" "$((room - n)) end"
    done
}

@test "a client that just goes away is cut, and the program sees the end of its input" {
    serve tls-serve sh -c 'echo started; cat >/dev/null; echo end >ended'
    mkfifo hold
    openssl s_client -connect "127.0.0.1:$PORT" -servername a.test <>hold >out 2>&1 3>&- &
    local client=$!
    CHILDREN+=("$client")
    until_true grep -q '^started' out
    kill -KILL "$client"
    until_true test -s ended
    logged '^a.test 127.0.0.1 cut program '
}

@test "a program that cannot be executed is said, and the client sees the end" {
    serve tls-serve ./nothing-there
    connect -- sh -c 'cat <&6'
    assert_output ''
    logged 'tls-serve: fatal: ./nothing-there: No such file'
    shows a.test a.test
}

@test "one connection: on a socket under tcpserver, and over two pipes" {
    tcpserver -1 -RHl0 127.0.0.1 0 "$BIN/tls-serve" sh -c 'echo "$SSL_TLS_SNI_SERVERNAME $TCPLOCALPORT"; cat' \
        >port 2>>server.log </dev/null 3>&- &
    CHILDREN+=($!)
    until_true test -s port
    read -r PORT <port
    connect -- sh -c 'echo word >&7; exec 7>&-; cat <&6'
    assert_success
    assert_output "a.test $PORT
word"
    mkfifo in out
    "$BIN/tls-serve" sh -c 'tr a-z A-Z' <in >out 2>>server.log 3>&- &
    CHILDREN+=($!)
    upstream sh -c 'exec 3<&0; cat <&3 >in & exec cat <out'
    PORT=$UP
    connect -- sh -c 'echo word >&7; exec 7>&-; cat <&6'
    assert_output WORD
}

@test "one connection goes to an upstream, too" {
    upstream tr a-z A-Z
    tcpserver -1 -RHl0 127.0.0.1 0 "$BIN/tls-serve" -u "127.0.0.1:$UP" >port 2>>server.log </dev/null 3>&- &
    CHILDREN+=($!)
    until_true test -s port
    read -r PORT <port
    connect -- sh -c 'echo word >&7; exec 7>&-; cat <&6'
    assert_success
    assert_output WORD
    logged "^a.test 127.0.0.1 done 127.0.0.1:$UP - 5 5 "
}

### Upstreams

@test "an upstream gets the plaintext, over TCP by name or address, and over a Unix socket" {
    upstream tr a-z A-Z
    local to
    socat UNIX-LISTEN:up.sock,fork SYSTEM:'tr a-z A-Z' 3>&- &
    CHILDREN+=($!)
    until_true test -S up.sock
    for to in "127.0.0.1:$UP" "localhost:$UP" "unix:$PWD/up.sock"; do
        serve tls-serve -u "$to"
        connect -- sh -c 'echo word >&7; exec 7>&-; cat <&6'
        assert_success
        assert_output WORD
        stop
    done
}

@test "PROXY version 1 and 2 tell the upstream whose connection it is; haproxy understands them" {
    upstream sh -c 'read -r line; echo "$line"'
    serve tls-serve -P 1 -u "127.0.0.1:$UP"
    connect -- sh -c 'echo "port $TCPLOCALPORT"; cat <&6'
    assert_equal "${lines[1]%$'\r'}" "PROXY TCP4 127.0.0.1 127.0.0.1 ${lines[0]#port } $PORT"
    stop
    cat >haproxy.cfg <<'EOF'
defaults
    mode http
    timeout connect 5s
    timeout client 5s
    timeout server 5s
frontend f
    bind unix@ha.sock accept-proxy
    http-request return status 200 content-type text/plain lf-string "%[src] %[fc_pp_authority] %[src_port]\n"
EOF
    haproxy -db -f haproxy.cfg >>server.log 2>&1 </dev/null 3>&- &
    CHILDREN+=($!)
    until_true test -S ha.sock
    serve tls-serve -P 2 -u "unix:$PWD/ha.sock"
    run web -w '%{local_port}\n'
    assert_equal "${lines[0]}" "127.0.0.1 a.test ${lines[1]}"
}

haproxy_front() { # send-proxy|send-proxy-v2: haproxy in front of the server, at $FRONT
    cat >front.cfg <<EOF
defaults
    mode tcp
    timeout connect 5s
    timeout client 5s
    timeout server 5s
listen l
    bind fd@3
    server s 127.0.0.1:$PORT $1
EOF
    new_ready
    "$BIN/listen-on" -r 9 127.0.0.1:0 sh -c 'exec haproxy -db -f front.cfg 3<&0 </dev/null' \
        </dev/null >>server.log 2>&1 9>ready 3>&- &
    CHILDREN+=($!)
    read -r -t 10 FRONT <ready
}

@test "a header is believed from those that -A names, and wanted of them; haproxy sends both kinds" {
    serve tls-serve -A 127.0.0.1 sh -c 'read -r x; printf "HTTP/1.0 200 OK\r\n\r\n%s\n" "$TCPREMOTEIP $TCPLOCALPORT"'
    local kind
    for kind in send-proxy send-proxy-v2; do
        haproxy_front "$kind"
        run curl -sS --max-time 20 --interface 127.0.0.9 --cacert "$FILES/authority.pem" \
            --resolve "a.test:$FRONT:127.0.0.1" "https://a.test:$FRONT/"
        assert_output "127.0.0.9 $FRONT"
    done
    logged '^a.test 127.0.0.9 done program '
    run timeout 20 openssl s_client -connect "127.0.0.1:$PORT" -servername a.test
    assert_failure
    logged '^- 127.0.0.1 bad-proxy-header '
}

@test "from anybody else a header is no TLS" {
    serve tls-serve -A 192.0.2.0/24 cat
    shows a.test a.test
    run talk 'PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n'
    assert_line --partial '400 Bad Request'
    logged '^- 127.0.0.1 not-tls '
}

@test "nginx is an upstream: requests on one connection, large bodies" {
    mkdir www
    head -c 3000000 /dev/urandom >www/file
    cat >nginx.conf <<EOF
daemon off; master_process off; pid nginx.pid; error_log stderr; worker_processes 1;
events { worker_connections 64; }
http { access_log off; client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp; scgi_temp_path tmp;
  server { listen unix:$PWD/nginx.sock; root $PWD/www; } }
EOF
    nginx -p "$PWD" -e stderr -c nginx.conf >>server.log 2>&1 </dev/null 3>&- &
    CHILDREN+=($!)
    until_true test -S nginx.sock
    serve tls-serve -n 2 -l http/1.1 -u "unix:$PWD/nginx.sock"
    curl -sS --max-time 20 --cacert "$FILES/authority.pem" --resolve "a.test:$PORT:127.0.0.1" \
        "https://a.test:$PORT/file" -o one "https://a.test:$PORT/file" -o two -w '%{num_connects}\n' >connects
    cmp one www/file
    cmp two www/file
    assert_equal "$(tr '\n' ' ' <connects)" '1 0 '
}

@test "an upstream that is not there, or does not answer, ends the connection with a word in the log" {
    serve tls-serve -u "unix:$PWD/none.sock"
    connect -- sh -c 'cat <&6'
    assert_failure 111
    assert_output ''
    [[ $stderr = *'the connection was cut'* ]]
    logged "^a.test 127.0.0.1 (refused|unreachable|connect-failed) unix:$PWD/none.sock - 0 0 "
    stop
    serve tls-serve -w 0.2 -u no.such.host.invalid:1
    connect -- sh -c 'cat <&6'
    assert_failure 111
    logged '^a.test 127.0.0.1 no-(dns|host) '
}

@test "an upstream that closes in the middle is the end for the client, who gets what was sent" {
    upstream sh -c 'head -c 100000 /dev/zero; exit'
    serve tls-serve -u "127.0.0.1:$UP"
    connect -- sh -c 'wc -c <&6'
    assert_success
    assert_output 100000
}

@test "an upstream that breaks off is not the end that TLS has for it" {
    upstream sh -c 'read -r x; until [ -e sent ]; do sleep 0.02; done; sleep 0.3; echo part'
    serve tls-serve -u "127.0.0.1:$UP"
    connect -- sh -c '{ echo x; head -c 100000 /dev/zero; } >&7; echo >sent; cat <&6'
    assert_failure 111
    [[ $stderr = *'the connection was cut'* ]]
    logged '^a.test 127.0.0.1 reset '
}

### Limits and nonsense

@test "what is no hello is answered as it deserves, and closed" {
    serve tls-serve cat
    run talk 'GET / HTTP/1.1\r\n\r\n'
    assert_line --partial 'HTTP/1.0 400 Bad Request'
    run talk 'nonsense'
    assert_output ''
    logged '^- 127.0.0.1 not-tls '
    run bash -c "printf '\x16\x03\x01\x00\x05\x02\x00\x00\x01\x00' | socat -t 5 - TCP4:127.0.0.1:$PORT | od -An -tx1"
    assert_output ' 15 03 03 00 02 02 32'
    logged '^- 127.0.0.1 malformed '
    run talk '\x16\x03\x01\x40'
    logged '^- 127.0.0.1 cut '
    shows a.test a.test
}

@test "a handshake that stalls ends, a connection that idles too, and one that lasts too long" {
    serve tls-serve -t 0.5 -I 0.5 cat
    exec 7<>"/dev/tcp/127.0.0.1/$PORT"
    printf '\x16\x03\x01\x00' >&7
    logged '^- 127.0.0.1 stalled '
    exec 7>&-
    connect -- sh -c 'cat <&6'
    assert_failure 111
    [[ $stderr = *'the connection was cut'* ]]
    logged '^a.test 127.0.0.1 idle program '
    stop
    serve tls-serve -T 0.5 sh -c 'while echo x; do sleep 0.05; done'
    connect -- sh -c 'cat <&6 >/dev/null'
    assert_failure 111
    logged '^a.test 127.0.0.1 total program '
}

@test "thousands of handshakes that stall in their middle hold up nobody" {
    local -i most
    most=$(ulimit -Hn)
    ulimit -n "$most"
    [ "$most" -ge 5000 ] || skip 'too few descriptors'
    serve tls-serve -t 60 cat
    mkfifo hold
    exec {HOLD}<>hold
    "$BATS_TEST_DIRNAME/peer/slow-clients" "$PORT" 2000 "$BATS_TEST_DIRNAME/fuzz/hello.seeds/openssl" \
        <hold >slow 3>&- {HOLD}>&- &
    CHILDREN+=($!)
    until_true grep -q ready slow
    shows a.test a.test
    connect -- sh -c 'echo word >&7; exec 7>&-; cat <&6'
    assert_output word
    run -1 grep ' 127[.]1[.]' server.log
    exec {HOLD}>&-
}

@test "records that were tampered with end the connection" {
    serve tls-serve cat
    run timeout 20 "$BATS_TEST_DIRNAME/peer/tls-garble" "$PORT" a.test
    assert_output closed
    logged '^a.test 127.0.0.1 failed program - [0-9]+ [0-9]+ [0-9]+ a record that was tampered with$'
    shows a.test a.test
}

@test "TERM: nothing new, what is under way is finished, exit 0" {
    serve tls-serve -n 2 sh -c 'read -r x; echo "$x"; exit 0'
    mkfifo go
    connect_later() {
        timeout 20 "$BIN/tls-connect" -n a.test -a "$FILES/authority.pem" 127.0.0.1 "$PORT" \
            sh -c 'echo up >up; read -r word <go; echo "$word" >&7; cat <&6 >answer'
    }
    connect_later 3>&- &
    CHILDREN+=($!)
    until_true test -s up
    kill -TERM "$SERVER"
    until_true refuses "$PORT"
    echo word >go
    wait "$SERVER"
    SERVER=''
    until_true test -s answer
    assert_equal "$(<answer)" word
}

refuses() { # port
    ! (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

### Clients' certificates

@test "a certificate that is asked for is in the environment, whoever signed it; without one all goes on" {
    serve tls-serve -C sh -c 'echo "${SSL_PEER_CERT_HASH-none} ${SSL_PEER_PIN-none}"'
    connect -- sh -c 'cat <&6'
    assert_output 'none none'
    local who
    for who in user rsauser stranger; do
        connect -c "$FILES/$who.pem" -k "$FILES/$who.key" -- sh -c 'cat <&6'
        assert_output "SHA256:$(openssl x509 -in "$FILES/$who.pem" -outform DER | sha256sum | cut -d ' ' -f 1) $(pin_of $who)"
    done
    run client a.test -cert "$FILES/user.pem" -key "$FILES/user.key" -ign_eof
    assert_line "SHA256:$(openssl x509 -in "$FILES/user.pem" -outform DER | sha256sum | cut -d ' ' -f 1) $(pin_of user)"
    run timeout 20 gnutls-cli --x509cafile "$FILES/authority.pem" --sni-hostname a.test --verify-hostname a.test \
        --x509certfile "$FILES/user.pem" --x509keyfile "$FILES/user.key" -p "$PORT" 127.0.0.1 </dev/null
    assert_output --partial "$(pin_of user)"
}

@test "one that is required must be there; with pins its key is one of those" {
    pin_of user >pins
    serve tls-serve -CC -f pins sh -c 'echo "${SSL_PEER_PIN-none}"'
    connect -- sh -c 'cat <&6'
    refute_output --partial none
    logged '^a.test 127.0.0.1 failed - - 0 0 [0-9]+ .*no client certificate'
    connect -c "$FILES/stranger.pem" -k "$FILES/stranger.key" -- sh -c 'cat <&6'
    assert_output ''
    logged '^a.test 127.0.0.1 failed - - 0 0 [0-9]+ .*not from an authority we trust'
    connect -c "$FILES/user.pem" -k "$FILES/user.key" -- sh -c 'cat <&6'
    assert_output "$(pin_of user)"
}

@test "with anchors the chain must lead there, and be for clients" {
    serve tls-serve -C -a "$FILES/authority.pem" sh -c 'echo "${SSL_PEER_PIN-none}"'
    connect -c "$FILES/user.pem" -k "$FILES/user.key" -- sh -c 'cat <&6'
    assert_output "$(pin_of user)"
    connect -c "$FILES/stranger.pem" -k "$FILES/stranger.key" -- sh -c 'cat <&6'
    assert_output ''
    connect -c "$FILES/mail.pem" -k "$FILES/mail.key" -- sh -c 'cat <&6'
    assert_output ''
    connect -- sh -c 'cat <&6'
    assert_output none
}

@test "a client that shows a certificate whose key it has not is not believed" {
    [ -x "$BIN/../peer/tls-impostor" ] || skip "make tests makes who tries"
    serve tls-serve -CC sh -c 'echo reached >reached'
    run timeout 20 "$BIN/../peer/tls-impostor" "$PORT" "$FILES/user.pem"
    assert_output refused
    logged '^a.test 127.0.0.1 failed - - 0 0 [0-9]+ '
    [ ! -e reached ]
}

### Identities

@test "self: made once and kept, 0600, its key's fingerprint is said" {
    serve tls-serve -i self -k self.pem -N me.test cat
    logged '^tls-serve: self: key SHA256:[0-9a-f]{64}, good until '
    assert_equal "$(stat -c %a self.pem)" 600
    local pin
    pin=$(sed -n 's/.*\(SHA256:[0-9a-f]*\).*/\1/p' server.log)
    run openssl s_client -connect "127.0.0.1:$PORT" </dev/null
    openssl x509 -noout -ext subjectAltName <<<"$output" | grep -q DNS:me.test
    stop
    : >server.log
    serve tls-serve -i self -k self.pem cat
    logged "$pin"
    run --separate-stderr timeout 20 "$BIN/tls-connect" -p "$pin" 127.0.0.1 "$PORT" sh -c 'echo x >&7; read -r x <&6; echo $x'
    assert_output x
}

@test "raw: a P-256 key alone, its certificate another one each time, and no other kind of key" {
    serve tls-serve -i raw -k "$FILES/user.key" cat
    logged "^tls-serve: raw: key $(pin_of user), "
    run --separate-stderr timeout 20 "$BIN/tls-connect" -p "$(pin_of user)" 127.0.0.1 "$PORT" sh -c 'echo x >&7; read -r x <&6; echo $x'
    assert_output x
    stop
    run --separate-stderr "$BIN/tls-serve" -i raw -k "$FILES/b.test.key" cat </dev/null
    assert_failure 100
    assert_equal "$stderr" "tls-serve: fatal: $FILES/b.test.key: not a P-256 key"
}

challenge() { # VERB NAME
    CHAL_ALPN_DIR=$PWD/alpn "$BIN/chal-alpn" "$1" tls-alpn-01 "$2" LoqXcYV8 w7r9EBYxPZWMB1fFzPPE6S5WBpiYMNIsHLZJJD8ZF9U
}

validated() { # SERVER-NAME NAME-IN-CERTIFICATE
    run openssl s_client -connect "127.0.0.1:$PORT" -servername "$1" -alpn acme-tls/1 -ign_eof </dev/null
    assert_line 'ALPN protocol: acme-tls/1'
    openssl x509 -noout -text <<<"$output" >text
    grep -q "$2" text
    grep -A 1 '1.3.6.1.5.5.7.1.31: critical' text
}

@test "acme: the challenge's certificate for acme-tls/1 alone, and nothing else on that connection" {
    export CHAL_ALPN_DIR=$PWD/alpn
    mkdir alpn
    challenge begin a.test
    challenge begin 127.0.0.1
    challenge begin 2001:db8::1
    serve tls-serve -i acme -l http/1.1 sh -c 'echo reached >>reached'
    validated a.test DNS:a.test
    logged '^a.test 127.0.0.1 challenge - acme-tls/1 0 0 '
    validated 1.0.0.127.in-addr.arpa 'IP Address:127.0.0.1'
    validated 1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa 'IP Address:2001:DB8:0:0:0:0:0:1'
    alert_is 120 other.test -alpn acme-tls/1
    logged '^other.test 127.0.0.1 no-challenge '
    alert_is 120 '' -noservername -alpn acme-tls/1
    [ ! -e reached ]
    run client a.test -alpn acme-tls/1,http/1.1
    assert_line 'ALPN protocol: http/1.1'
    until_true test -s reached
    challenge 'done' a.test
    alert_is 120 a.test -alpn acme-tls/1
    shows a.test a.test
}

@test "acme: without a certificate only challenges are answered, and that is said" {
    export CHAL_ALPN_DIR=$PWD/alpn
    mkdir alpn
    rm certs/a.test certs/default
    challenge begin a.test
    serve tls-serve -i acme cat
    logged 'tls-serve: CERTDIR: no certificate yet: only challenges are answered'
    validated a.test DNS:a.test
    alert_is 112 a.test
    put a.test 1 a.test
    shows a.test a.test
}

@test "without -i acme nobody gets acme-tls/1" {
    serve tls-serve sh -c 'echo reached >>reached'
    alert_is 120 a.test -alpn acme-tls/1
    logged '^a.test 127.0.0.1 no-acme '
    [ ! -e reached ]
}

@test "make ACME=0 leaves ACME out: no code of it, and -i acme says so" {
    local without=$BIN/../peer/tls-serve-plain
    [ -x "$without" ] || skip 'make tests makes it'
    nm "$without" >symbols || skip 'no nm'
    grep -q ' server_start$' symbols
    run -1 grep -E ' alpn_' symbols
    nm "$BIN/tls-serve" | grep -q ' alpn_answer$'
    run --separate-stderr "$without" -i acme cat </dev/null
    assert_failure 100
    assert_equal "$stderr" 'tls-serve: fatal: -i acme: this program was built without ACME (make ACME=0)'
    run make -s -n -C "$BATS_TEST_DIRNAME/.." ACME=0 B="$PWD/build" all
    assert_success
    assert_output --partial 'bin/tls-serve'
    refute_output --partial 'lib/acme/'
    refute_output --partial 'bin/acme-order'
}

### Keys elsewhere

@test "with KEYAGENT the key is the agent's, and the store needs none; an agent started anew is found" {
    [ -x "$BIN/key-agent" ] || skip 'no key-agent'
    cp -a certs keys
    rm certs/.a.test/1/key.pem certs/.default/1/key.pem
    agent
    KEYAGENT=$PWD/agent.sock serve tls-serve -R 0 cat
    shows a.test a.test
    shows '' default
    put a.test 2 new
    rm certs/.a.test/2/key.pem
    shows a.test a.test
    logged 'a.test: the key agent does not have its key for us'
    kill "$AGENT"
    wait "$AGENT" || true
    run client a.test
    refute_line --partial 'Cipher is ECDHE'
    logged '^a.test 127.0.0.1 failed .* the key did not sign$'
    agent
    shows a.test a.test
}

@test "each worker has a connection of its own to the agent, and one that hangs is not waited for each time" {
    [ -x "$BIN/key-agent" ] || skip 'no key-agent'
    cp -a certs keys
    rm certs/.a.test/1/key.pem certs/.default/1/key.pem
    agent
    KEYAGENT=$PWD/agent.sock serve tls-serve -n 2 -R 0 cat
    local i clients=()
    for i in {1..24}; do
        openssl s_client -connect "127.0.0.1:$PORT" </dev/null >"client.$i" 2>&1 3>&- &
        clients+=($!)
    done
    wait "${clients[@]}"
    assert_equal "$(cat client.* | grep -c 'Cipher is ECDHE')" 24
    stop
    KEYAGENT=$PWD/agent.sock serve tls-serve -R 0 cat
    shows '' default
    kill -STOP "$AGENT"
    local -i begun=$SECONDS
    for i in {1..4}; do
        run client ''
        refute_line --partial 'Cipher is ECDHE'
    done
    kill -CONT "$AGENT"
    assert [ $((SECONDS - begun)) -lt 8 ]
    assert_equal "$(grep -c ' the key did not sign$' server.log)" 4
}

agent() {
    local PORT SERVER
    ADDRESS=unix:$PWD/agent.sock serve key-agent -d keys
    AGENT=$SERVER
    CHILDREN+=("$AGENT")
}

### Usage

@test "wrong usage is exit 100" {
    local -a bad
    for bad in '' '-u 127.0.0.1:1 cat' '-u 127.0.0.1' '-u :0' '-u host' '-P 3 -u h:1' '-P 1 cat' '-i what cat' '-i self cat' \
        '-k x cat' '-f /dev/null -C cat' '-p x -C cat' '-a x cat' '-CCC cat' '-A x cat' '-A 1.2.3.4/8 cat' \
        '-l , cat' '-l acme-tls/1 cat' '-N x cat' '-n 0 cat' '-R x cat' '-t 0 cat' '-Z cat'; do
        # shellcheck disable=SC2086 # words
        run --separate-stderr "$BIN/tls-serve" $bad </dev/null
        [ "$status" = 100 ] || { echo "'$bad' is exit $status"; return 1; }
    done
}
