#!/usr/bin/env bats
# tls-connect: a program behind TLS, or the standard input and output: against openssl's
# s_server, nginx, gnutls-serv, and servers that cut, forge and keep silent.
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
    local kind
    for kind in ec p384 rsa; do
        certificate "$kind" "$kind" 'critical,CA:FALSE' 'DNS:a.localhost,IP:127.0.0.1,IP:::1'
    done
    certificate other ec 'critical,CA:FALSE' 'DNS:other.test,IP:192.0.2.1'
    certificate client rsa 'critical,CA:FALSE' 'DNS:client.test'
    certificate user ec 'critical,CA:FALSE' 'DNS:user.test'
    certificate user384 p384 'critical,CA:FALSE' 'DNS:user384.test'
    openssl req -new -config openssl.cnf -key ec.key -subj /CN=old -addext 'subjectAltName=DNS:a.localhost' -out old.csr 2>/dev/null
    openssl x509 -req -in old.csr -CA authority.pem -CAkey authority.key -days -1 -copy_extensions copy -out old.pem 2>/dev/null
    cp ec.key old.key
}

setup() {
    load certs
    load serving
    serving_setup
    CERTS=$BATS_FILE_TMPDIR
    TRUST=(-a "$CERTS/authority.pem")
}

teardown() {
    serving_teardown
}

# ready_line COMMAND...: starts it and leaves the first line of its stdout in $LINE; the rest goes to server.out.
ready_line() {
    local fifo=fifo.$RANDOM
    mkfifo "$fifo"
    "$@" </dev/null >"$fifo" 2>>server.log 3>&- &
    CHILDREN+=($!)
    exec 8<"$fifo"
    read -r -t 10 LINE <&8
    cat <&8 >>server.out 3>&- &
    CHILDREN+=($!)
}

talk_server() { # WAY [BYTES]
    ready_line "$BATS_TEST_DIRNAME/peer/tls-talk" "$CERTS/ec.pem" "$CERTS/ec.key" "$@"
    PORT=$LINE
}

odd() { # WAY
    ready_line "$BATS_TEST_DIRNAME/peer/tls-odd" "$CERTS/ec.pem" "$CERTS/ec.key" "$@"
    PORT=$LINE
}

# s_server CERTIFICATE [argument...]: it gives back each line reversed
s_server() {
    local line fifo=fifo.$RANDOM
    mkfifo "$fifo"
    openssl s_server -accept "${ADDRESS:-127.0.0.1}:0" -cert "$CERTS/$1.pem" -key "$CERTS/$1.key" -rev "${@:2}" \
        </dev/null >"$fifo" 2>>server.log 3>&- &
    CHILDREN+=($!)
    exec 8<"$fifo"
    while read -r -t 10 line <&8; do
        case $line in ACCEPT*) PORT=${line##*:}; break ;; esac
    done
    cat <&8 >>server.out 3>&- &
    CHILDREN+=($!)
}

connect() { # with the authority trusted
    run --separate-stderr timeout 50 "$BIN/tls-connect" "${TRUST[@]}" "$@"
}

# ask [argument...]: a word there and back, at a.localhost
ask() {
    run --separate-stderr timeout 50 "$BIN/tls-connect" "$@" a.localhost "$PORT" sh -c 'echo stop >&7; read -r x <&6; echo "$x"'
}

nobody() { # a port where somebody was
    talk_server silent
    kill -KILL "${CHILDREN[0]}"
    wait "${CHILDREN[0]}" || true
}

fails() { # status text
    assert_failure "$1"
    assert_output ''
    assert_equal "$stderr" "tls-connect: fatal: $2"
}

@test "a program talks on descriptors 6 and 7, and its exit status is ours" {
    s_server ec
    ask "${TRUST[@]}"
    assert_success
    assert_output pots
    assert_equal "$stderr" ''
    connect a.localhost "$PORT" sh -c 'exit 3'
    assert_failure 3
    connect a.localhost "$PORT" sh -c 'kill -USR1 $$'
    assert_failure $((128 + $(kill -l USR1)))
    assert_equal "$stderr" "tls-connect: sh: killed by signal $(kill -l USR1)"
    run -127 --separate-stderr "$BIN/tls-connect" "${TRUST[@]}" a.localhost "$PORT" ./none
    assert_equal "$stderr" 'tls-connect: fatal: ./none: No such file or directory'
    : >none
    connect a.localhost "$PORT" ./none
    assert_failure 126
}

@test "the environment says who is on the other side, and nothing of other connections" {
    s_server ec -alpn h9,http/1.1
    export TCPREMOTEHOST=stale SSL_ALPN=stale SSL_PEER_PIN=stale TCPREMOTEIP=stale
    connect -l http/1.1 a.localhost "$PORT" sh -c 'env | grep -E "^(PROTO|TCP|SSL_[APT][A-Z_]*=)" | sort'
    assert_success
    local port
    port=$(sed -n 's/^TCPLOCALPORT=//p' <<<"$output")
    [ "$port" -gt 1023 ]
    assert_output "PROTO=TCP
SSL_ALPN=http/1.1
SSL_PEER_CERT_HASH=SHA256:$(openssl x509 -in "$CERTS/ec.pem" -outform DER | openssl dgst -sha256 -r | cut -d ' ' -f 1)
SSL_PEER_PIN=$(pin_of ec)
SSL_PROTOCOL=TLSv1.2
SSL_TLS_SNI_SERVERNAME=a.localhost
TCPLOCALIP=127.0.0.1
TCPLOCALPORT=$port
TCPREMOTEIP=127.0.0.1
TCPREMOTEPORT=$PORT"
    connect 127.0.0.1 "$PORT" sh -c 'echo "${SSL_ALPN-none} ${SSL_TLS_SNI_SERVERNAME-none} ${TCPREMOTEHOST-none}"'
    assert_output 'none none none'
}

@test "every kind of key and cipher suite" {
    local kind cipher
    for kind in ec p384 rsa; do
        for cipher in AES128-GCM-SHA256 AES256-GCM-SHA384 CHACHA20-POLY1305; do
            s_server "$kind" -cipher "ECDHE-ECDSA-$cipher:ECDHE-RSA-$cipher"
            connect a.localhost "$PORT" sh -c 'echo ab >&7; read -r x <&6; echo "$x $SSL_CIPHER"'
            assert_success
            assert_output "ba ECDHE-$([ $kind = rsa ] && echo RSA || echo ECDSA)-$cipher"
        done
    done
}

@test "what is not TLS 1.2 is a failure of its own" {
    s_server ec -tls1_3
    ask "${TRUST[@]}"
    fails 111 'a.localhost: the other side says: protocol version (it does not speak TLS 1.2)'
    odd text
    ask "${TRUST[@]}"
    fails 111 'a.localhost: what came is not TLS 1.2'
    odd shut
    ask "${TRUST[@]}"
    fails 111 'a.localhost: the connection ended in the TLS handshake'
}

@test "-s relays the standard input and output, and passes on the end of either" {
    talk_server answer
    run --separate-stderr timeout 50 "$BIN/tls-connect" "${TRUST[@]}" -s a.localhost "$PORT" <<<hello
    assert_success
    assert_output '6 bytes'
    assert_equal "$stderr" ''
    # to and from files, and through sockets
    head -c 3000000 /dev/zero >zero
    "$BIN/tls-connect" "${TRUST[@]}" -s a.localhost "$PORT" <zero >out
    assert_equal "$(cat out)" '3000000 bytes'
    run timeout 50 socat -t 30 - "EXEC:$BIN/tls-connect ${TRUST[*]} -s a.localhost $PORT" <zero
    assert_success
    assert_output '3000000 bytes'
}

@test "an output or input that fails is 111, one that is closed is at its end" {
    talk_server end
    run bash -c '"$0" "$@" </dev/null 2>&1 >/dev/full' "$BIN/tls-connect" "${TRUST[@]}" -s a.localhost "$PORT"
    fails_mixed 'tls-connect: fatal: a.localhost: No space left on device'
    run bash -c '"$0" "$@" </dev/null 2>&1 >&-' "$BIN/tls-connect" "${TRUST[@]}" -s a.localhost "$PORT"
    assert_success
    assert_output ''
    talk_server answer
    run bash -c '"$0" "$@" <&-' "$BIN/tls-connect" "${TRUST[@]}" -s a.localhost "$PORT"
    assert_success
    assert_output '0 bytes'
    run bash -c '"$0" "$@" 2>&1 </' "$BIN/tls-connect" "${TRUST[@]}" -s a.localhost "$PORT"
    fails_mixed 'tls-connect: fatal: a.localhost: Is a directory'
}

fails_mixed() { # what was said on both
    assert_failure 111
    assert_output "$1"
}

@test "with -e the end of the input is not passed on" {
    s_server ec
    # -rev ends the connection at CLOSE
    run --separate-stderr timeout 50 "$BIN/tls-connect" -e "${TRUST[@]}" -s a.localhost "$PORT" <<<$'abc\nCLOSE'
    assert_success
    assert_output cba
    talk_server answer
    run --separate-stderr timeout 50 "$BIN/tls-connect" -e -i 0.3 "${TRUST[@]}" -s a.localhost "$PORT" <<<abc
    fails 111 'a.localhost: nothing was said for too long (-i)'
}

@test "a program that ends its half is still answered" {
    talk_server answer
    connect a.localhost "$PORT" sh -c 'head -c 100000 /dev/zero >&7; exec 7>&-; cat <&6'
    assert_success
    assert_output '100000 bytes'
}

@test "the server's end is the program's end of input" {
    talk_server end
    connect a.localhost "$PORT" sh -c 'cat <&6'
    assert_success
    assert_output bye
    assert_equal "$stderr" ''
    # there is nobody to write to any more
    connect a.localhost "$PORT" sh -c 'cat <&6 >/dev/null; trap "" PIPE; i=0; while echo x >&7; do i=$((i + 1)); [ $i -lt 99999 ] || exit 9; done 2>/dev/null; exit 5'
    assert_failure 5
}

@test "64 MB go each way at the same time, whole" {
    talk_server both 67108864
    head -c 67108864 /dev/urandom >random
    connect a.localhost "$PORT" sh -c 'cat random >&7 & exec 7>&-; sha256sum <&6; wait'
    assert_success
    assert_output "$(seq -f %08.0f 0 8388607 | tr -d '\n' | sha256sum)"
    until_true test -s server.out
    assert_equal "$(cat server.out)" "$(sha256sum <random | cut -d ' ' -f 1)"
}

@test "neither way waits for the other's reader" {
    # The program reads when it has written all: until then the server's bytes wait.
    talk_server both 8000000
    head -c 8000000 /dev/urandom >random
    connect a.localhost "$PORT" sh -c 'cat random >&7; exec 7>&-; until grep -q . server.out; do :; done; sha256sum <&6'
    assert_success
    assert_output "$(seq -f %08.0f 0 999999 | tr -d '\n' | sha256sum)"
    assert_equal "$(cat server.out)" "$(sha256sum <random | cut -d ' ' -f 1)"
}

@test "a server that writes before it reads, and a slow reader" {
    talk_server later 4000000
    connect a.localhost "$PORT" sh -c 'head -c 500000 /dev/zero >&7 & exec 7>&-; dd ibs=1000 obs=64k status=none <&6 | tail -n 1'
    assert_success
    assert_output '500000 bytes'
}

@test "what a program sent arrives although it reads nothing and is gone" {
    talk_server answer
    SECONDS=0
    connect a.localhost "$PORT" sh -c 'exec 6<&-; head -c 5000000 /dev/zero >&7'
    assert_success
    assert_equal "$stderr" ''
    talk_server both 1000000
    connect a.localhost "$PORT" sh -c 'exec 6<&-; head -c 5000000 /dev/zero >&7'
    assert_success
    until_true test -s server.out
    assert_equal "$(cat server.out)" "$(head -c 5000000 /dev/zero | sha256sum | cut -d ' ' -f 1)"
    [ "$SECONDS" -lt 20 ]
}

@test "a server that does not end is not waited for when nobody listens" {
    talk_server mute
    SECONDS=0
    connect -e a.localhost "$PORT" true
    assert_success
    assert_equal "$stderr" ''
    [ "$SECONDS" -lt 10 ]
}

@test "a connection that ends without close_notify is not whole, whatever the program thinks" {
    local way
    for way in cut cut-after; do
        talk_server $way
        connect a.localhost "$PORT" sh -c 'exec 7>&-; cat <&6'
        assert_failure 111
        assert_output half
        assert_equal "$stderr" 'tls-connect: fatal: a.localhost: the connection was cut: what came may not be all'
        run --separate-stderr "$BIN/tls-connect" "${TRUST[@]}" -s a.localhost "$PORT" </dev/null
        assert_failure 111
        assert_output half
    done
    connect a.localhost "$PORT" sh -c 'exec 7>&-; cat <&6; exit 4'
    assert_failure 4
    talk_server reset
    connect a.localhost "$PORT" sh -c 'echo x >&7; cat <&6'
    assert_failure 111
    assert_output half
    # one that does not listen misses nothing
    talk_server cut-after
    connect a.localhost "$PORT" sh -c 'exec 6<&-; exec 7>&-'
    assert_success
    assert_equal "$stderr" ''
}

@test "a record that was tampered with ends it" {
    talk_server forge
    connect a.localhost "$PORT" sh -c 'cat <&6'
    assert_failure 111
    assert_output half
    assert_equal "$stderr" 'tls-connect: fatal: a.localhost: a record that was tampered with'
}

@test "a certificate that is not believed is exit 100, and the program never runs" {
    s_server ec
    run --separate-stderr "$BIN/tls-connect" a.localhost "$PORT" touch ran
    fails 100 'a.localhost: certificate is not from an authority we trust'
    connect -n other.test a.localhost "$PORT" touch ran
    fails 100 'a.localhost: certificate is for another name'
    connect -n 192.0.2.1 a.localhost "$PORT" touch ran
    fails 100 'a.localhost: certificate is for another name'
    s_server old
    connect a.localhost "$PORT" touch ran
    fails 100 'a.localhost: certificate has expired or is not valid yet'
    s_server other
    connect a.localhost "$PORT" touch ran
    fails 100 'a.localhost: certificate is for another name'
    connect 127.0.0.1 "$PORT" touch ran
    fails 100 '127.0.0.1: certificate is for another name'
    [ ! -e ran ]
    connect -n other.test a.localhost "$PORT" sh -c 'echo "$SSL_TLS_SNI_SERVERNAME"'
    assert_output other.test
    connect -n 192.0.2.1 a.localhost "$PORT" sh -c 'echo "${SSL_TLS_SNI_SERVERNAME-none}"'
    assert_output none
}

@test "addresses are looked for among the certificate's, IPv6 too" {
    s_server ec
    connect 127.0.0.1 "$PORT" true
    assert_success
    ADDRESS='[::1]'
    s_server rsa
    connect ::1 "$PORT" sh -c 'echo $TCPREMOTEIP $TCPLOCALIP'
    assert_success
    assert_output '::1 ::1'
}

@test "a pin is enough without anchors, and is wanted beside them" {
    s_server other
    ask -p "$(pin_of other)"
    assert_success
    assert_output pots
    ask -p "$(pin_of rsa)" -p "$(pin_of other)"
    assert_success
    ask -p "$(pin_of ec)"
    fails 100 'a.localhost: certificate has another key than the pinned ones'
    ask "${TRUST[@]}" -p "$(pin_of other)"
    fails 100 'a.localhost: certificate is for another name'
    ask "${TRUST[@]}" -n other.test -p "$(pin_of other)"
    assert_success
    ask "${TRUST[@]}" -n other.test -p "$(pin_of ec)"
    fails 100 'a.localhost: certificate has another key than the pinned ones'
}

@test "pins come from a file too" {
    s_server rsa
    printf '# known\n\n  %s whose it is\r\n\t%s\n' "$(pin_of ec)" "$(pin_of rsa)" >pins
    ask -f pins
    assert_success
    sed -i '$d' pins
    ask -f pins
    fails 100 'a.localhost: certificate has another key than the pinned ones'
    echo SHA256:12 >>pins
    ask -f pins
    fails 100 '-f: pins: line 4: not SHA256: and 64 hexadecimal digits'
    echo '# none' >pins
    ask -f pins
    fails 100 '-f: pins: no pin'
    ask -f nowhere
    fails 100 '-f: nowhere: no such file'
}

@test "a server that asks for a certificate gets one: ECDSA, RSA, a chain, one file" {
    local who
    for who in user user384 client; do
        s_server rsa -Verify 5 -CAfile "$CERTS/authority.pem" -verify_return_error
        ask "${TRUST[@]}" -c "$CERTS/$who.pem" -k "$CERTS/$who.key"
        assert_success
        assert_output pots
        until_true grep -q "CN *= *$who\$" server.log server.out
    done
    cat "$CERTS/user.key" "$CERTS/user.pem" "$CERTS/authority.pem" >all.pem
    ask "${TRUST[@]}" -c all.pem
    assert_success
    # who is not asked says nothing
    s_server ec
    ask "${TRUST[@]}" -c all.pem
    assert_success
}

@test "a server that wants another certificate, or one at all, ends the handshake" {
    s_server ec -Verify 5 -CAfile "$CERTS/authority.pem" -verify_return_error
    ask "${TRUST[@]}"
    assert_failure 111
    assert_regex "$stderr" '^tls-connect: fatal: a\.localhost: the other side says: [a-z ]+$'
    ask -a "$CERTS/authority.pem" -c "$CERTS/old.pem" -k "$CERTS/old.key"
    fails 111 'a.localhost: the other side says: certificate expired'
    # it takes no signature that the key can make
    s_server ec -Verify 5 -CAfile "$CERTS/authority.pem" -verify_return_error -client_sigalgs ECDSA+SHA256
    ask "${TRUST[@]}" -c "$CERTS/client.pem" -k "$CERTS/client.key"
    assert_failure 111
    assert_regex "$stderr" 'the other side says: handshake failure$'
    s_server ec -Verify 5 -CAfile "$CERTS/authority.pem" -verify_return_error -client_sigalgs RSA+SHA512
    ask "${TRUST[@]}" -c "$CERTS/client.pem" -k "$CERTS/client.key"
    assert_success
}

@test "a certificate and a key that do not belong together are found before anything is said" {
    connect -c "$CERTS/user.pem" -k "$CERTS/client.key" a.localhost 1 true
    fails 100 "$CERTS/user.pem: the certificate is another key's"
    connect -c "$CERTS/user.pem" a.localhost 1 true
    assert_failure 100
    assert_regex "$stderr" "^tls-connect: fatal: $CERTS/user.pem: "
    connect -c "$CERTS/none.pem" a.localhost 1 true
    fails 100 "$CERTS/none.pem: no such file"
    connect -k "$CERTS/user.key" a.localhost 1 true
    fails 100 '-k: a key without a certificate (-c)'
}

@test "ALPN: the server chooses of what is offered" {
    s_server ec -alpn h2,imap
    connect -l http/1.1,imap a.localhost "$PORT" sh -c 'echo "$SSL_ALPN"'
    assert_success
    assert_output imap
    connect a.localhost "$PORT" sh -c 'echo "${SSL_ALPN-none}"'
    assert_output none
    connect -l h9 a.localhost "$PORT" true
    fails 111 'a.localhost: the other side says: no application protocol'
}

@test "-v shows the server's certificates, believed or not, and the connection" {
    s_server ec -cert_chain "$CERTS/authority.pem" -alpn imap
    connect -v -l imap a.localhost "$PORT" true
    assert_success
    local said=$stderr
    assert_equal "$said" "$("$BIN/cert-show" "$CERTS/ec.pem")
$("$BIN/cert-show" "$CERTS/authority.pem" | sed 's/^certificate 1/certificate 2/')
connected 127.0.0.1:$PORT
protocol TLSv1.2
cipher ECDHE-ECDSA-AES128-GCM-SHA256
alpn imap"
    run --separate-stderr "$BIN/tls-connect" -v a.localhost "$PORT" true
    assert_failure 100
    assert_equal "$stderr" "$(head -n -4 <<<"$said")
tls-connect: fatal: a.localhost: certificate is not from an authority we trust"
}

@test "limits: the handshake, silence, the whole" {
    talk_server silent
    connect -t 0.4 a.localhost "$PORT" true
    fails 111 'a.localhost: timed out in the TLS handshake'
    talk_server mute
    connect -i 0.3 a.localhost "$PORT" sh -c 'cat <&6'
    fails 111 'a.localhost: nothing was said for too long (-i)'
    connect -i 5 -T 0.4 a.localhost "$PORT" sh -c 'while echo x >&7; do :; done 2>/dev/null'
    assert_failure
    assert_equal "${stderr%%$'\n'*}" 'tls-connect: fatal: a.localhost: the connection lasted too long (-T)'
    # a program that goes on after the end of the connection has its time
    connect -i 0.2 a.localhost "$PORT" sh -c 'cat <&6; echo over; exit 7'
    assert_failure 7
    assert_output over
}

@test "no connection is 111, nonsense is 100" {
    nobody
    connect a.localhost "$PORT" true
    fails 111 'a.localhost: cannot connect: Connection refused'
    export DNSCACHEIP=127.0.0.1:1
    connect -t 1 no.such.test 443 true
    assert_failure 111
    assert_regex "$stderr" '^tls-connect: fatal: no\.such\.test: (no address: |timed out while its address)'
    connect 'no name' 443 true
    fails 100 'no name: neither a name nor an address'
    connect a.localhost https true
    fails 100 'port: not a number from 1 to 65535: https'
    connect -p SHA1:00 a.localhost 1 true
    fails 100 '-p: not SHA256: and 64 hexadecimal digits: SHA1:00'
    connect -l 'a,,b' a.localhost 1 true
    fails 100 '-l: not up to 8 protocols with commas between: a,,b'
    local wrong
    for wrong in 'a.localhost' 'a.localhost 1' '-s a.localhost' '-s a.localhost 1 true' '-z a.localhost 1 true'; do
        # shellcheck disable=SC2086 # words
        connect $wrong
        assert_failure 100
        assert_output ''
        assert_regex "$stderr" 'usage: tls-connect '
    done
}

@test "the pump is in a jail, and the program is not" {
    [ "$(nm "$BIN/tls-connect" 2>/dev/null | grep -c ' __asan_init')" = 0 ] || skip 'no filter beside a sanitizer'
    s_server ec
    connect a.localhost "$PORT" sh -c 'sed -n "s/^\(NoNewPrivs\|Seccomp\):\t//p" /proc/$PPID/status /proc/$$/status'
    assert_success
    assert_output $'1\n2\n0\n0'
}

@test "when tls-connect is killed its program is told, for the end it sees is none" {
    talk_server mute
    mkfifo up
    "$BIN/tls-connect" "${TRUST[@]}" a.localhost "$PORT" \
        sh -c 'trap "echo told >told; exit" TERM; echo up >up; while :; do read -r x <&6; done' 3>&- &
    local pid=$!
    CHILDREN+=("$pid")
    read -r -t 10 _ <up
    kill -KILL "$pid"
    until_true test -s told
}

@test "nginx: a page, early end included, and a client's certificate" {
    local dir=$PWD
    mkdir www
    head -c 3000000 /dev/urandom >www/large
    cat >nginx.conf <<END
daemon off; master_process off; pid $dir/pid; error_log stderr;
events {}
http {
    access_log off; client_body_temp_path $dir/body; proxy_temp_path $dir/p;
    fastcgi_temp_path $dir/f; uwsgi_temp_path $dir/u; scgi_temp_path $dir/s;
    server {
        listen unix:$dir/nginx ssl;
        ssl_certificate $CERTS/ec.pem; ssl_certificate_key $CERTS/ec.key; ssl_protocols TLSv1.2 TLSv1.3;
        ssl_verify_client optional; ssl_client_certificate $CERTS/authority.pem;
        root $dir/www;
        location = /who { return 200 "\$ssl_client_verify \$ssl_client_s_dn \$ssl_server_name\n"; }
    }
}
END
    nginx -p "$dir" -c "$dir/nginx.conf" -e stderr </dev/null >nginx.log 2>&1 3>&- &
    CHILDREN+=($!)
    # -t: what still comes when one way has ended may take long on a busy machine.
    socat -d -d -t 60 TCP4-LISTEN:0,bind=127.0.0.1,fork "UNIX-CONNECT:$dir/nginx,retry=100,interval=0.05" \
        </dev/null 2>socat.log 3>&- &
    CHILDREN+=($!)
    until_true listening
    local get='printf "GET $0 HTTP/1.0\r\n\r\n" >&7; sed "1,/^\r$/d" <&6'
    local who
    connect a.localhost "$PORT" sh -c "$get" /who
    assert_success
    assert_output 'NONE  a.localhost'
    for who in user client; do
        connect -c "$CERTS/$who.pem" -k "$CERTS/$who.key" a.localhost "$PORT" sh -c "$get" /who
        assert_success
        assert_output "SUCCESS CN=$who a.localhost"
    done
    printf 'GET /large HTTP/1.0\r\n\r\n' |
        "$BIN/tls-connect" "${TRUST[@]}" -s a.localhost "$PORT" | sed '1,/^\r$/d' | cmp - www/large
    printf 'GET /large HTTP/1.0\r\n\r\n' |
        "$BIN/tls-connect" -e "${TRUST[@]}" -s a.localhost "$PORT" | sed '1,/^\r$/d' | cmp - www/large
}

listening() {
    PORT=$(sed -n 's/.*listening on .*:\([0-9]*\)$/\1/p' socat.log)
    [ -n "$PORT" ]
}

@test "gnutls-serv gives back what it gets, and knows the client" {
    # It takes no port 0: one that was free a moment ago.
    for _ in 1 2 3; do
        PORT=$(python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
        gnutls-serv --echo --port "$PORT" --x509certfile "$CERTS/rsa.pem" --x509keyfile "$CERTS/rsa.key" \
            --x509cafile "$CERTS/authority.pem" --require-client-cert --verify-client-cert </dev/null >gnutls.log 2>&1 3>&- &
        CHILDREN+=($!)
        until_true grep -q -e 'listening on' -e 'in use' -e 'bind' gnutls.log
        grep -qi 'in use' gnutls.log || break
    done
    # It gives back lines of text.
    connect -c "$CERTS/user.pem" -k "$CERTS/user.key" a.localhost "$PORT" sh -c '
        for i in $(seq 1 200); do echo "line $i" >&7; read -r x <&6; [ "$x" = "line $i" ] || exit 9; done; echo same'
    assert_success
    assert_output same
    ask "${TRUST[@]}"
    assert_failure 111
}
