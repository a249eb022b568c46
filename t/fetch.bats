#!/usr/bin/env bats
# The HTTPS client of lib/tls/fetch.h, in the hands of t/peer/https-get, against the
# servers of others: openssl's, nginx, and one that does not behave.
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=60

setup_file() {
    BIN=$(readlink -m "${BIN:-$BATS_TEST_DIRNAME/../build/bin}")
    export BIN
    cd "$BATS_FILE_TMPDIR" || return
    load certs
    certificates_begin
    printf '127.0.0.1 %s\n' a.test b.test x.wild.test y.x.wild.test wild.test cn.test >hosts
    certificate authority ec 'critical,CA:TRUE' ''
    certificate foreign ec 'critical,CA:TRUE' ''
    local kind
    for kind in ec p384 rsa; do
        certificate "$kind" "$kind" 'critical,CA:FALSE' 'DNS:a.test,DNS:*.wild.test,IP:127.0.0.1,IP:::1'
    done
    certificate other ec 'critical,CA:FALSE' 'DNS:other.test,IP:192.0.2.1,IP:2001:db8::1'
    certificate name ec 'critical,CA:FALSE' 'DNS:127.0.0.1,DNS:a.test'
    certificate weak rsa1024 'critical,CA:FALSE' 'DNS:a.test,IP:127.0.0.1'
    cat /etc/ssl/certs/ca-certificates.crt authority.pem >bundle.pem
}

setup() {
    bats_load_library bats-support
    bats_load_library bats-assert
    GET=$(readlink -m "$BIN/../peer/https-get")
    [ -x "$GET" ] || skip 'make tests makes the client'
    CHILDREN=()
    cd "$BATS_FILE_TMPDIR" || return
    LOG=$BATS_TEST_TMPDIR/server.log
}

teardown() {
    local pid
    for pid in "${CHILDREN[@]}"; do
        [ "$pid" -gt 1 ] && kill -KILL "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
    done
    [ ! -s "$LOG" ] || tail -n 20 "$LOG"
}

# s_server CERTIFICATE [argument...]: openssl's at a free port, which is $PORT.
s_server() {
    local line fifo=$BATS_TEST_TMPDIR/fifo.$RANDOM
    mkfifo "$fifo"
    openssl s_server -accept "${ADDRESS:-127.0.0.1}:0" -cert "$1.pem" -key "$1.key" -www "${@:2}" \
        </dev/null >"$fifo" 2>"$LOG" 3>&- &
    CHILDREN+=($!)
    exec 8<"$fifo"
    while read -r -t 10 line <&8; do
        case $line in ACCEPT*) PORT=${line##*:}; break ;; esac
    done
    cat <&8 >>"$LOG" 3>&- &
    CHILDREN+=($!)
}

# odd WAY: the server that does not behave, likewise.
odd() {
    local fifo=$BATS_TEST_TMPDIR/fifo.$RANDOM
    mkfifo "$fifo"
    "$BATS_TEST_DIRNAME/peer/tls-odd" ec.pem ec.key "$1" </dev/null >"$fifo" 2>"$LOG" 3>&- &
    CHILDREN+=($!)
    exec 8<"$fifo"
    read -r -t 10 PORT <&8
}

get() {
    run --separate-stderr "$GET" -a "${ANCHORS:-authority.pem}" -H hosts "$@"
}

refused_with() { # text
    assert_failure 1
    assert_equal "$output" ''
    assert_equal "$stderr" "https-get: $1"
}

@test "P-256, P-384 and RSA servers are talked to with AES-GCM and ChaCha20" {
    local cert cipher
    for cert in ec p384 rsa; do
        for cipher in AES128-GCM-SHA256 AES256-GCM-SHA384 CHACHA20-POLY1305; do
            case $cert in rsa) cipher=ECDHE-RSA-$cipher ;; *) cipher=ECDHE-ECDSA-$cipher ;; esac
            s_server "$cert" -cipher "$cipher" -no_tls1_3
            get "https://a.test:$PORT/"
            assert_success
            assert_line --regexp '^200 [0-9]+ 1 1$'
            assert_line --regexp "Cipher +: $cipher"
        done
    done
}

@test "the key exchange is done on each curve a server may have" {
    local curve
    for curve in X25519 P-256 P-384 P-521; do
        s_server ec -curves "$curve" -named_curve "$curve"
        get "https://a.test:$PORT/"
        assert_success
        assert_line --regexp '^200 '
    done
}

@test "a name, a wildcard's first label and addresses of both families are checked" {
    s_server ec
    get "https://a.test:$PORT/" "https://A.TEST:$PORT/" "https://x.wild.test:$PORT/" "https://127.0.0.1:$PORT/"
    assert_success
    assert_equal "$(grep -c '^200 ' <<<"$output")" 4
    get "https://b.test:$PORT/"
    refused_with "b.test: certificate is for another name (127.0.0.1:$PORT)"
    get "https://wild.test:$PORT/"
    refused_with "wild.test: certificate is for another name (127.0.0.1:$PORT)"
    get "https://y.x.wild.test:$PORT/"
    refused_with "y.x.wild.test: certificate is for another name (127.0.0.1:$PORT)"
}

@test "an IPv6 address is found among a certificate's addresses, or not" {
    [ -e /proc/net/if_inet6 ] && grep -q '^0\{31\}1 ' /proc/net/if_inet6 || skip 'no IPv6 here'
    ADDRESS='[::1]' s_server ec
    get "https://[::1]:$PORT/" "https://[0:0::1]:$PORT/"
    assert_success
    ADDRESS='[::1]' s_server other
    get "https://[::1]:$PORT/"
    refused_with "::1: certificate is for another name ([::1]:$PORT)"
}

@test "an address is not found in other addresses, nor as a name" {
    s_server other
    get "https://127.0.0.1:$PORT/"
    refused_with "127.0.0.1: certificate is for another name (127.0.0.1:$PORT)"
    s_server name
    get "https://127.0.0.1:$PORT/"
    refused_with "127.0.0.1: certificate is for another name (127.0.0.1:$PORT)"
}

@test "a certificate is believed within its time, from authorities that are trusted, with a strong key" {
    s_server ec
    get -u 1000000000 "https://a.test:$PORT/"
    refused_with "a.test: certificate has expired or is not valid yet (127.0.0.1:$PORT)"
    get -u "$(($(date +%s) + 31 * 86400))" "https://a.test:$PORT/"
    refused_with "a.test: certificate has expired or is not valid yet (127.0.0.1:$PORT)"
    ANCHORS=foreign.pem get "https://a.test:$PORT/"
    refused_with "a.test: certificate is not from an authority we trust (127.0.0.1:$PORT)"
    ANCHORS=bundle.pem get "https://a.test:$PORT/"
    assert_success
    s_server weak -cipher DEFAULT@SECLEVEL=0
    get "https://a.test:$PORT/"
    refused_with "a.test: certificate with a weak key (127.0.0.1:$PORT)"
}

# chain NAME EXTENSION [LEAF-EXTENSION]: a server's certificate, and that of an authority below
# ours which has that extension, one after the other in NAME.pem; with NAME.key.
chain() {
    local more=()
    [ -z "${3-}" ] || more=(-addext "$3")
    openssl req -x509 -config openssl.cnf -noenc -days 30 -subj "/CN=$1 authority" \
        -CA authority.pem -CAkey authority.key -addext 'basicConstraints=critical,CA:TRUE' -addext "$2" \
        -newkey ec -pkeyopt ec_paramgen_curve:P-256 -keyout sub.key -out "$1.sub.pem" 2>>"$LOG"
    openssl req -x509 -config openssl.cnf -noenc -days 30 -subj /CN=x -CA "$1.sub.pem" -CAkey sub.key \
        -addext 'subjectAltName=DNS:a.test,IP:127.0.0.1' "${more[@]}" \
        -newkey ec -pkeyopt ec_paramgen_curve:P-256 -keyout "$1.key" -out "$1.pem" 2>>"$LOG"
}

# limited WORDS URL-HOST EXTENSION [LEAF-EXTENSION]: a chain like that is refused with these
# words, or with none taken.
limited() {
    chain limited "${@:3}"
    s_server limited -cert_chain limited.sub.pem
    get "https://$2:$PORT/"
    if [ "$1" ]; then
        refused_with "$2: certificate$1 (127.0.0.1:$PORT)"
    else
        assert_success
    fi
}

@test "a certificate that is for something else, or from an authority for something else, is refused" {
    local forbidden="'s key is not for this" key_id=subjectKeyIdentifier=hash
    limited "$forbidden" a.test extendedKeyUsage=emailProtection
    limited "$forbidden" a.test "$key_id" extendedKeyUsage=clientAuth
    limited '' a.test extendedKeyUsage=clientAuth,serverAuth extendedKeyUsage=serverAuth
    limited '' a.test extendedKeyUsage=anyExtendedKeyUsage
}

@test "an authority for some names alone is believed about no others" {
    local foreign=' is not from an authority we trust' name=nameConstraints
    limited "$foreign" a.test "$name=permitted;DNS:other.test"
    limited "$foreign" a.test "$name=permitted;DNS:aa.test,permitted;DNS:.a.test"
    limited "$foreign" a.test "$name=permitted;DNS:test,excluded;DNS:A.test"
    limited '' a.test "$name=permitted;DNS:other.test,permitted;DNS:Test"
    limited '' a.test "$name=permitted;DNS:.test,excluded;DNS:b.test,excluded;IP:0.0.0.0/0.0.0.0"
    limited '' a.test "$name=permitted;email:other.test"
    limited "$foreign" 127.0.0.1 "$name=permitted;IP:127.0.0.2/255.255.255.255"
    limited "$foreign" 127.0.0.1 "$name=excluded;IP:126.0.0.0/254.0.0.0"
    limited '' 127.0.0.1 "$name=permitted;IP:127.9.9.9/255.0.0.0,permitted;DNS:other.test"
}

@test "anchors that cannot be used are refused at once" {
    ANCHORS=absent.pem get https://a.test/
    assert_failure 100
    assert_equal "$stderr" 'https-get: fatal: absent.pem: No such file or directory'
    ANCHORS=openssl.cnf get https://a.test/
    assert_failure 100
    assert_equal "$stderr" 'https-get: fatal: openssl.cnf: no certificate in it that can be used'
    { cat authority.pem; sed '3s/./!/' ec.pem; } >"$BATS_TEST_TMPDIR/bad.pem"
    ANCHORS=$BATS_TEST_TMPDIR/bad.pem get https://a.test/
    assert_failure 100
    assert_equal "$stderr" "https-get: fatal: $BATS_TEST_TMPDIR/bad.pem: not a bundle of certificates in PEM"
    for _ in {1..520}; do cat authority.pem; done >"$BATS_TEST_TMPDIR/many.pem"
    ANCHORS=$BATS_TEST_TMPDIR/many.pem get https://a.test/
    assert_failure 100
    assert_equal "$stderr" "https-get: fatal: $BATS_TEST_TMPDIR/many.pem: too many certificates"
}

@test "a server of TLS 1.3, of TLS 1.1 or of old suites alone is left with a clear word" {
    s_server ec -tls1_3
    get "https://a.test:$PORT/"
    refused_with "a.test: the other side says: protocol version (it does not speak TLS 1.2) (127.0.0.1:$PORT)"
    s_server ec -tls1_1 -cipher DEFAULT@SECLEVEL=0
    get "https://a.test:$PORT/"
    refused_with "a.test: the other side says: handshake failure (127.0.0.1:$PORT)"
    s_server rsa -no_tls1_3 -cipher AES128-SHA
    get "https://a.test:$PORT/"
    refused_with "a.test: the other side says: handshake failure (127.0.0.1:$PORT)"
}

@test "a body that ends with the connection is whole only when TLS says so" {
    odd end
    get "https://a.test:$PORT/"
    assert_success
    assert_output $'200 9 1 1\nall of it'
    odd cut
    get "https://a.test:$PORT/"
    refused_with "a.test: the connection was cut (127.0.0.1:$PORT)"
    odd cut-length
    get "https://a.test:$PORT/"
    refused_with "a.test: the connection was cut (127.0.0.1:$PORT)"
}

@test "time and patience have an end" {
    odd silent
    get -t 200 "https://a.test:$PORT/"
    refused_with "a.test: timed out in the TLS handshake (127.0.0.1:$PORT)"
    odd drip
    get -t 300 "https://a.test:$PORT/"
    refused_with "a.test: timed out while waiting for the answer (127.0.0.1:$PORT)"
}

@test "what is no TLS is said to be none" {
    odd text
    get "https://a.test:$PORT/"
    refused_with "a.test: what came is not TLS 1.2 (127.0.0.1:$PORT)"
    odd shut
    get "https://a.test:$PORT/"
    refused_with "a.test: the connection ended in the TLS handshake (127.0.0.1:$PORT)"
    odd cut-hello
    get "https://a.test:$PORT/"
    refused_with "a.test: the connection ended in the TLS handshake (127.0.0.1:$PORT)"
}

@test "a kept connection that the server ended is replaced" {
    odd keep
    get "https://a.test:$PORT/" "https://a.test:$PORT/" "https://a.test:$PORT/"
    assert_success
    assert_line --index 0 --regexp '^200 1 1 1$'
    assert_line --index 1 --regexp '^1200 1 2 1$'
    assert_line --index 2 --regexp '^2200 1 [34] 2$'
}

@test "nginx is talked to over one connection, by length and in chunks, and posted to" {
    local dir=$BATS_TEST_TMPDIR
    mkdir "$dir/www"
    head -c 200000 /dev/zero | tr '\0' x >"$dir/www/large"
    cat >"$dir/nginx.conf" <<END
daemon off; master_process off; pid $dir/pid; error_log stderr;
events {}
http {
    access_log off; client_body_temp_path $dir/body; proxy_temp_path $dir/p;
    fastcgi_temp_path $dir/f; uwsgi_temp_path $dir/u; scgi_temp_path $dir/s;
    gzip on; gzip_min_length 1; gzip_types *; gunzip on;
    server {
        listen unix:$dir/plain; root $dir/www;
        location = /stale { return 200 "x"; }
    }
    server {
        listen unix:$dir/tls ssl;
        ssl_certificate $PWD/rsa.pem; ssl_certificate_key $PWD/rsa.key; ssl_protocols TLSv1.2;
        root $dir/www;
        location = /echo { proxy_pass http://unix:$dir/plain:/stale; }
        location = /chunks { ssi on; ssi_types *; proxy_buffering off; proxy_pass http://unix:$dir/plain:/large; }
    }
}
END
    nginx -p "$dir" -c "$dir/nginx.conf" -e stderr </dev/null >>"$LOG" 2>&1 3>&- &
    CHILDREN+=($!)
    socat -d -d TCP4-LISTEN:0,bind=127.0.0.1,fork "UNIX-CONNECT:$dir/tls,retry=100,interval=0.05" \
        </dev/null 2>"$dir/socat.log" 3>&- &
    CHILDREN+=($!)
    local until=$((SECONDS + 10))
    until PORT=$(sed -n 's/.*listening on .*:\([0-9]*\)$/\1/p' "$dir/socat.log") && [ -n "$PORT" ]; do
        [ "$SECONDS" -lt "$until" ]
        sleep 0.02
    done
    get "https://a.test:$PORT/large" "https://a.test:$PORT/chunks" "https://a.test:$PORT/none"
    assert_success
    assert_regex "$output" '^200 200000 1 1'
    assert_regex "$output" 'x200 200000 2 1'
    assert_regex "$output" 'x404 [0-9]+ 3 1'
    get -p "$(head -c 40000 /dev/zero | tr '\0' y)" "https://a.test:$PORT/echo"
    assert_success
    assert_output '200 1 1 1'$'\n'x
}
