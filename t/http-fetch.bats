#!/usr/bin/env bats
# http-fetch: one request, its answer, and what that means as an exit status: against a
# server that does what its paths say, nginx, openssl's s_server, and a few bytes of socat's.
# shellcheck disable=SC2154 # run sets stderr
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=60

setup_file() {
    BIN=$(readlink -m "${BIN:-$BATS_TEST_DIRNAME/../build/bin}")
    export BIN
    cd "$BATS_FILE_TMPDIR" || return
    load certs
    certificates_begin
    certificate authority ec 'critical,CA:TRUE' ''
    certificate server ec 'critical,CA:FALSE' 'DNS:a.localhost,IP:127.0.0.1'
    certificate alone ec 'critical,CA:FALSE' '' 'subjectAltName=DNS:elsewhere.test'
    certificate old rsa 'critical,CA:FALSE' ''
}

setup() {
    load certs
    load serving
    serving_setup
    CERTS=$BATS_FILE_TMPDIR
}

teardown() {
    serving_teardown
}

# ready_line COMMAND...: starts it and leaves the first line of its stdout in $LINE.
ready_line() {
    local fifo=fifo.$RANDOM
    mkfifo "$fifo"
    "$@" </dev/null >"$fifo" 2>>server.log 3>&- &
    CHILDREN+=($!)
    exec 8<"$fifo"
    read -r -t 10 LINE <&8
}

odd() { # [ADDRESS]: at $AT
    ready_line "$BATS_TEST_DIRNAME/peer/http-odd" "${1:-127.0.0.1}"
    PORT=$LINE AT=http://127.0.0.1:$LINE
}

s_server() { # CERTIFICATE [argument...]
    local line fifo=fifo.$RANDOM
    mkfifo "$fifo"
    openssl s_server -accept 127.0.0.1:0 -cert "$CERTS/$1.pem" -key "$CERTS/$1.key" -www "${@:2}" \
        </dev/null >"$fifo" 2>>server.log 3>&- &
    CHILDREN+=($!)
    exec 7<"$fifo"
    while read -r -t 10 line <&7; do
        case $line in ACCEPT*) PORT=${line##*:}; break ;; esac
    done
    cat <&7 >>server.log 3>&- &
    CHILDREN+=($!)
}

# says BYTES (as printf's format): a server that says them to whoever comes first, at $PORT.
says() {
    # shellcheck disable=SC2059 # the bytes are a format
    printf "$1" >said
    socat -d -d TCP4-LISTEN:0,bind=127.0.0.1 'SYSTEM:head -c 20 >/dev/null; cat said' \
        </dev/null 2>socat.log 3>&- &
    CHILDREN+=($!)
    until_true listening
}

listening() {
    PORT=$(sed -n 's/.*listening on .*:\([0-9]*\)$/\1/p' socat.log)
    [ -n "$PORT" ]
}

fetch() {
    run --separate-stderr "$BIN/http-fetch" -t 20 "$@"
}

fails() { # status text
    assert_failure "$1"
    assert_output ''
    assert_equal "$stderr" "http-fetch: ${2-}"
}

@test "an answer's body comes as it is, whatever way it is sent" {
    odd
    local path
    for path in size/0 size/1 size/100000 chunks/0 chunks/1 chunks/54321 close/0 close/70000; do
        "$BIN/http-fetch" "$AT/$path" >ours 2>said
        curl -sS "$AT/$path" >theirs
        cmp ours theirs
        [ ! -s said ]
    done
    [ "$(stat -c %s ours)" = 70000 ]
}

@test "the exit status tells the class: 2xx is 0, 3xx and 4xx are 1, what may pass is 111" {
    odd
    local code
    for code in 200 201 204 299; do
        fetch "$AT/status/$code"
        assert_success
        assert_equal "$stderr" ''
    done
    for code in 300 304 400 401 404 410 451; do
        fetch "$AT/status/$code"
        assert_failure 1
        assert_regex "$stderr" "^http-fetch: 127.0.0.1: $code [A-Z]"
    done
    for code in 408 425 429 500 502 503 504 599; do
        fetch "$AT/status/$code"
        assert_failure 111
        assert_regex "$stderr" "^http-fetch: 127.0.0.1: $code [A-Z]"
        assert_output "this is $code"
    done
    fetch "$AT/status/404"
    assert_equal "$stderr" 'http-fetch: 127.0.0.1: 404 Not Found'
    assert_output 'this is 404'
}

@test "-i prints the answer's head before it" {
    odd
    fetch -i "$AT/status/404"
    assert_failure 1
    assert_line --index 0 'HTTP/1.1 404 Not Found'
    assert_line 'Content-Length: 12'
    assert_equal "${output##*$'\n\n'}" 'this is 404'
    [[ $output != *$'\r'* ]]
    fetch -i "$AT/to/302?/status/204"
    assert_success
    assert_line --index 0 'HTTP/1.1 204 No Content'
    refute_output --partial Location
}

@test "a request is what curl would send, but for what the user says" {
    odd
    fetch "$AT/echo?a=b&c#d"
    assert_success
    assert_output $'GET /echo?a=b&c\nHost: 127.0.0.1:'"$PORT"$'\nUser-Agent: postern'
    printf 'a\0b\nc' >body
    fetch -d body -H 'Content-Type: text/x' -H 'X-Empty:' -H 'x-y:  z  ' "$AT/echo"
    assert_success
    assert_line --index 0 'POST /echo'
    assert_line 'Content-Length: 5'
    assert_line 'Content-Type: text/x'
    assert_line 'X-Empty: '
    assert_line 'x-y: z'
    fetch -X PUT -d body "$AT/echo"
    assert_line --index 0 'PUT /echo'
    fetch -X DELETE -H 'user-agent: mine' "$AT/echo"
    assert_line --index 0 'DELETE /echo'
    assert_line 'user-agent: mine'
    refute_output --partial postern
    fetch -i -X HEAD "$AT/size/1000"
    assert_success
    assert_line 'Content-Length: 1000'
    refute_output --partial 0123
}

@test "a body is sent from a file or a pipe, and an empty one is one" {
    odd
    head -c 5000001 /dev/urandom >body
    local sum
    sum=$(sha256sum <body | cut -d ' ' -f 1)
    fetch -d body "$AT/sum"
    assert_output "5000001 $sum"
    run --separate-stderr "$BIN/http-fetch" -d - "$AT/sum" <body
    assert_output "5000001 $sum"
    run --separate-stderr bash -c 'cat body | "$1/http-fetch" -d - "$2/sum"' - "$BIN" "$AT"
    assert_output "5000001 $sum"
    run --separate-stderr bash -c '{ head -c 1 >/dev/null; "$1/http-fetch" -d - "$2/sum"; } <body' - "$BIN" "$AT"
    assert_output "5000000 $(tail -c +2 body | sha256sum | cut -d ' ' -f 1)"
    fetch -d /dev/null "$AT/echo"
    assert_line 'Content-Length: 0'
    run --separate-stderr bash -c 'head -c 16777217 /dev/zero | "$1/http-fetch" -d - "$2/sum"' - "$BIN" "$AT"
    fails 100 'fatal: standard input: more than 16777216 bytes, and not a regular file'
    fetch -d missing "$AT/sum"
    fails 100 'fatal: missing: No such file or directory'
}

@test "an answer that comes before the body is taken" {
    odd
    truncate -s 200M body
    fetch -d body "$AT/refuse"
    assert_failure 1
    assert_output 'too much'
    assert_equal "$stderr" 'http-fetch: 127.0.0.1: 413 Content Too Large'
}

@test "secrets come from files, and no message repeats them" {
    odd
    printf 'Authorization: Bearer s3cret\r\n\nX-Key: k3y\n' >headers
    fetch -H @headers -H 'X-Plain: yes' "$AT/echo"
    assert_line 'Authorization: Bearer s3cret'
    assert_line 'X-Key: k3y'
    assert_line 'X-Plain: yes'
    printf 'X: y\nAuthorization Bearer s3cret\n' >headers
    fetch -H @headers "$AT/echo"
    fails 100 'fatal: -H: headers: line 2: not "name: value", or too much'
    printf 'Authorization: a\001s3cret\n' >headers
    fetch -H @headers "$AT/echo"
    fails 100 'fatal: -H: headers: line 1: not "name: value", or too much'
    fetch -H @missing "$AT/echo"
    fails 100 'fatal: -H: missing: no such file'
    fetch -H $'X: s3cret\nY: z' "$AT/echo"
    fails 100 'fatal: -H: not "name: value", or too much: X'
    fetch -H 'X Y: z' "$AT/echo"
    fails 100 'fatal: -H: not "name: value", or too much: X Y'
    fetch -H nothing "$AT/echo"
    fails 100 'fatal: -H: not "name: value", or too much: nothing'
}

@test "a header that would make the request another one is refused" {
    odd
    local header
    for header in 'Content-Length: 5' 'Transfer-Encoding: chunked' 'Host: other.test'; do
        fetch -H "$header" "$AT/echo"
        assert_failure 100
        assert_output ''
        assert_regex "$stderr" '^http-fetch: fatal: 127.0.0.1: not a request that can be sent'
    done
    fetch -X 'GE T' "$AT/echo"
    assert_failure 100
    fetch -X $'GET /x HTTP/1.1\r\nX:' "$AT/echo"
    assert_failure 100
}

@test "redirects are followed, ten of them, or as many as -r says" {
    odd
    fetch "$AT/to/301?/to/302?/to/307?/status/200"
    assert_success
    assert_output 'this is 200'
    fetch "$AT/loop"
    fails 100 'fatal: more than 10 redirects'
    fetch -r 2 "$AT/to/301?/to/302?/status/200"
    assert_success
    fetch -r 1 "$AT/to/301?/to/302?/status/200"
    fails 100 'fatal: more than 1 redirects'
    fetch -r 0 -i "$AT/to/301?/status/200"
    assert_failure 1
    assert_line 'Location: /status/200'
    assert_line 'over there'
    assert_equal "$stderr" 'http-fetch: 127.0.0.1: 301 Moved Permanently'
}

@test "a redirect's body is not waited for when it is large" {
    says 'HTTP/1.1 302 x\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 9999999999\r\n\r\n'
    fetch "http://127.0.0.1:$PORT/"
    fails 111 'fatal: 127.0.0.1: cannot connect: Connection refused (127.0.0.1:1)'
}

@test "what a redirect makes of the method is what curl makes of it" {
    odd
    printf hello >body
    local code method ours theirs
    for code in 301 302 303 307 308; do
        for method in GET POST PUT; do
            local ours_body=(-d body) theirs_body=(--data-binary @body)
            [ $method != GET ] || ours_body=() theirs_body=()
            [ $method != PUT ] || ours_body+=(-X PUT) theirs_body+=(-T body)
            [ $method != PUT ] || theirs_body=(-T body)
            ours=$("$BIN/http-fetch" "${ours_body[@]}" "$AT/to/$code?/echo" | sed -n '1p;$p')
            theirs=$(curl -sS -L "${theirs_body[@]}" "$AT/to/$code?/echo" | sed -n '1p;$p')
            assert_equal "$code $method $ours" "$code $method $theirs"
        done
    done
}

@test "secrets do not go along to another server, nor come back from there" {
    odd
    printf 'X-Key: k3y\n' >headers
    local options=(-H @headers -H 'authorization: a' -H 'Cookie: b' -H 'X-Plain: yes')
    fetch "${options[@]}" "$AT/to/302?/echo"
    assert_line 'X-Key: k3y'
    assert_line 'authorization: a'
    fetch "${options[@]}" "$AT/to/302?http://a.localhost:$PORT/echo"
    assert_success
    assert_line "Host: a.localhost:$PORT"
    assert_line 'X-Plain: yes'
    refute_output --partial k3y
    refute_output --partial authorization
    refute_output --partial Cookie
    fetch "${options[@]}" "$AT/to/302?http://a.localhost:$PORT/to/302?$AT/echo"
    assert_success
    assert_line "Host: 127.0.0.1:$PORT"
    refute_output --partial k3y
    refute_output --partial authorization
}

@test "a redirect to nothing we know is a failure" {
    odd
    local to
    for to in ftp://a.test/ file:///etc/passwd http://u:p@a.test/ 'http://' javascript:x; do
        fetch "$AT/to/302?$to"
        fails 111 "fatal: redirect to what is no http: or https: URL: $to"
    done
    says 'HTTP/1.1 302 x\r\nContent-Length: 0\r\n\r\n'
    fetch "http://127.0.0.1:$PORT/"
    fails 1 '127.0.0.1: 302 Found'
}

@test "a file is replaced when the answer is whole, and never otherwise" {
    odd
    echo before >file
    fetch -o file "$AT/short/1000"
    assert_failure 111
    assert_equal "$(cat file)" before
    fetch -o file "$AT/status/404"
    fails 1 '127.0.0.1: 404 Not Found'
    fetch -o file "$AT/status/500"
    fails 111 '127.0.0.1: 500 Internal Server Error'
    fetch -l 99 -o file "$AT/close/100"
    assert_failure 100
    assert_equal "$(cat file)" before
    mkdir sub
    fetch -o sub/new "$AT/status/404"
    assert_equal "$(ls -A sub)" ''
    fetch -o file "$AT/chunks/12345"
    assert_success
    assert_output ''
    assert_equal "$stderr" ''
    [ "$(stat -c %s file)" = 12345 ]
    (umask 027 && "$BIN/http-fetch" -o sub/new "$AT/to/302?/size/7")
    assert_equal "$(stat -c '%a %s' sub/new)" '640 7'
    assert_equal "$(find . -name '.new*')" ''
    fetch -i -o file "$AT/size/3"
    assert_line --index 0 'HTTP/1.1 200 OK'
    assert_equal "$(cat file)" 012
    fetch -o - "$AT/size/3"
    assert_output 012
}

@test "one that is killed leaves the old file and nothing else" {
    odd
    mkdir sub
    echo before >sub/file
    local signal pid
    for signal in TERM INT HUP; do
        "$BIN/http-fetch" -o sub/file "$AT/drip/1000" 3>&- &
        pid=$!
        CHILDREN+=("$pid")
        until_true eval '[ "$(ls -A sub | wc -l)" = 2 ]'
        [ "$pid" -gt 1 ] && kill -"$signal" "$pid"
        # A shell's child in the background has INT ignored from the start, and keeps it so.
        if [ $signal = INT ]; then
            kill -TERM "$pid"
        fi
        run wait "$pid"
        until_true eval '[ "$(ls -A sub)" = file ]'
    done
    assert_equal "$(cat sub/file)" before
}

@test "what is no regular file is not replaced by one" {
    odd
    mkfifo pipe
    mkdir directory
    ln -s /dev/null link
    local file
    for file in pipe directory link /dev/null directory/; do
        fetch -o "$file" "$AT/size/3"
        fails 100 "fatal: -o: $file: not a regular file"
    done
    fetch -o missing/file "$AT/size/3"
    fails 100 'fatal: -o: missing/file: No such file or directory'
    chmod 500 directory
    run --separate-stderr mortal "$BIN/http-fetch" -o directory/file "$AT/size/3"
    assert_failure 111
    assert_equal "$stderr" 'http-fetch: fatal: directory/file: Permission denied'
}

@test "an answer has a limit, told beforehand or not" {
    odd
    local path
    for path in size chunks close; do
        fetch -l 1000 "$AT/$path/1000"
        assert_success
        fetch -l 999 "$AT/$path/1000"
        assert_failure 100
        assert_equal "$stderr" "http-fetch: fatal: 127.0.0.1: the answer is too large (127.0.0.1:$PORT)"
    done
    fetch -l 0 "$AT/size/0"
    assert_success
}

@test "a large answer, and a large request, need no memory" {
    odd
    truncate -s 150M body
    # 64 MiB of address space are not enough to hold it.
    [ "${CHECK_FLAVOUR-}" = san ] || ulimit -v 65536
    run --separate-stderr "$BIN/http-fetch" -l 200000000 -o file "$AT/size/150000000"
    assert_success
    [ "$(stat -c %s file)" = 150000000 ]
    run --separate-stderr "$BIN/http-fetch" -d body "$AT/refuse"
    assert_failure 1
}

@test "pieces come out as they come in" {
    odd
    mkfifo out
    "$BIN/http-fetch" "$AT/drip/200" >out 2>/dev/null 3>&- &
    CHILDREN+=($!)
    local line start=$SECONDS
    exec 9<out
    read -r -t 5 line <&9
    assert_equal "$line" 'line 0'
    [ $((SECONDS - start)) -lt 5 ]
    exec 9<&-
}

@test "the time for everything has an end" {
    odd
    local path
    for path in silent slow-body drip/1000; do
        SECONDS=0
        run --separate-stderr "$BIN/http-fetch" -t 0.4 "$AT/$path"
        assert_failure 111
        assert_equal "$stderr" "http-fetch: fatal: 127.0.0.1: timed out while waiting for the answer (127.0.0.1:$PORT)"
        [ $SECONDS -lt 5 ]
    done
    mkfifo full
    exec 9<>full
    run --separate-stderr bash -c '"$1/http-fetch" -t 0.4 "$2/size/10000000" >full' - "$BIN" "$AT"
    exec 9<&-
    fails 111 'fatal: standard output: timed out'
}

@test "odd answers are failures that may pass" {
    odd
    local text
    for text in '' 'HTTP/1.1 200 OK%0d%0a' 'HTTP/1.1 200 OK%0d%0aContent-Length: 5%0d%0a%0d%0aabc' \
        'SSH-2.0-x%0d%0a' 'HTTP/1.1 200 OK%0d%0aContent-Length: 1%0d%0aContent-Length: 2%0d%0a%0d%0aab' \
        'HTTP/1.1 200 OK%0d%0aA : b%0d%0a%0d%0a' 'HTTP/1.1 200 OK%0d%0aTransfer-Encoding: gzip%0d%0a%0d%0ax' \
        'HTTP/1.1 200 OK%0d%0aTransfer-Encoding: chunked%0d%0a%0d%0az' \
        'HTTP/1.1 200 OK%0d%0aTransfer-Encoding: chunked%0d%0a%0d%0a3%0d%0aabc' \
        'HTTP/1.1 101 x%0d%0aUpgrade: y%0d%0a%0d%0a' 'HTTP/2 200%0d%0a%0d%0a'; do
        fetch "$AT/raw?${text// /%20}"
        assert_failure 111
        assert_regex "$stderr" '^http-fetch: fatal: 127.0.0.1: .* \(127.0.0.1:[0-9]*\)$'
    done
    fetch "$AT/raw?HTTP/1.1%20100%20Continue%0d%0a%0d%0aHTTP/1.1%20200%20%0d%0a%0d%0aabc"
    assert_success
    assert_output abc
    says 'HTTP/1.0 200 OK\r\nX: \033[2J\r\n\r\n'
    fetch -i "http://127.0.0.1:$PORT/"
    assert_failure 111
    assert_output ''
}

@test "nobody there, no such name, no URL" {
    fetch http://127.0.0.1:1/
    fails 111 'fatal: 127.0.0.1: cannot connect: Connection refused (127.0.0.1:1)'
    DNSCACHEIP=127.0.0.1:1 fetch -t 1 http://no-such-name.invalid/
    assert_failure 111
    assert_regex "$stderr" '^http-fetch: fatal: no-such-name.invalid: '
    local url
    for url in '' / a.test ftp://a.test/ http:// http:/a.test 'http://a b/' http://user:s3cret@a.test/ https://a.test:0/; do
        fetch "$url"
        assert_failure 100
        assert_regex "$stderr" '^http-fetch: fatal: not an http:, https: or unix: URL without user and password:'
    done
    DNSCACHEIP=nonsense fetch http://127.0.0.1:1/
    fails 100 'fatal: DNSCACHEIP: not a list of addresses: nonsense'
}

@test "IPv6 addresses are servers like others" {
    [ -e /proc/net/if_inet6 ] && grep -q '^0\{31\}1 ' /proc/net/if_inet6 || skip 'no IPv6 here'
    odd ::1
    fetch "http://[::1]:$PORT/echo"
    assert_success
    assert_line "Host: [::1]:$PORT"
}

@test "a Unix socket is reached by -u or by a unix: URL" {
    odd "$PWD/sock"
    fetch -u "unix:$PWD/sock" http://agent.test/echo?x
    assert_success
    assert_line --index 0 'GET /echo?x'
    assert_line 'Host: agent.test'
    fetch "unix:$PWD/sock:/echo?x:y"
    assert_success
    assert_line --index 0 'GET /echo?x:y'
    assert_line 'Host: localhost'
    fetch "unix:$PWD/sock"
    assert_failure 1
    assert_output 'nothing here'
    assert_equal "$stderr" 'http-fetch: localhost: 404 Not Found'
    printf hello >body
    fetch -d body "unix:$PWD/sock:/sum"
    assert_output "5 $(sha256sum <body | cut -d ' ' -f 1)"
    fetch "unix:$PWD/sock:/to/302?/status/200"
    assert_output 'this is 200'
    fetch "unix:$PWD/sock:/to/302?http://127.0.0.1:1/"
    fails 100 "fatal: redirect to another host than the socket's is not followed: http://127.0.0.1:1/"
    fetch "unix:$PWD/missing:/"
    assert_failure 111
    assert_regex "$stderr" '^http-fetch: fatal: localhost: cannot connect: .* \(unix:/'
    fetch unix:relative:/
    fails 100 'fatal: not unix: and the path of a socket: unix:relative'
    fetch -u 127.0.0.1:80 http://a.test/
    fails 100 'fatal: not unix: and the path of a socket: 127.0.0.1:80'
    fetch -u "unix:$PWD/sock" "unix:$PWD/sock:/"
    fails 100 'fatal: -u beside a unix: URL'
    fetch "unix:$PWD/sock:.evil.test/"
    fails 100 "fatal: not unix:path:/target: unix:$PWD/sock:.evil.test/"
}

@test "https is believed by the anchors of -a, by name and by address, and by no others" {
    s_server server
    fetch -a "$CERTS/authority.pem" "https://a.localhost:$PORT/"
    assert_success
    assert_output --partial 's_server'
    fetch -a "$CERTS/authority.pem" "https://127.0.0.1:$PORT/"
    assert_success
    fetch -a "$CERTS/authority.pem" "https://b.localhost:$PORT/"
    fails 100 "fatal: b.localhost: certificate is for another name (127.0.0.1:$PORT)"
    fetch -a "$CERTS/alone.pem" "https://a.localhost:$PORT/"
    fails 100 "fatal: a.localhost: certificate is not from an authority we trust (127.0.0.1:$PORT)"
    [ ! -e /etc/ssl/certs/ca-certificates.crt ] || {
        fetch "https://a.localhost:$PORT/"
        fails 100 "fatal: a.localhost: certificate is not from an authority we trust (127.0.0.1:$PORT)"
    }
    fetch -a missing "https://a.localhost:$PORT/"
    fails 100 'fatal: missing: No such file or directory'
    fetch -a "$CERTS/openssl.cnf" http://127.0.0.1:1/
    fails 100 "fatal: $CERTS/openssl.cnf: no certificate in it that can be used"
}

@test "a pin is enough by itself, whatever the certificate's name, and no other key is" {
    s_server alone
    fetch -p "$(pin_of alone)" "https://a.localhost:$PORT/"
    assert_success
    assert_output --partial 's_server'
    fetch -p "$(pin_of server)" -p "$(pin_of alone)" "https://127.0.0.1:$PORT/"
    assert_success
    fetch -p "$(pin_of server)" "https://a.localhost:$PORT/"
    fails 100 "fatal: a.localhost: certificate has another key than the pinned ones (127.0.0.1:$PORT)"
    s_server old
    fetch -p "$(pin_of old)" "https://a.localhost:$PORT/"
    assert_success
}

@test "with -a a pin comes on top of the anchors" {
    s_server server
    fetch -a "$CERTS/authority.pem" -p "$(pin_of server)" "https://a.localhost:$PORT/"
    assert_success
    fetch -a "$CERTS/authority.pem" -p "$(pin_of alone)" "https://a.localhost:$PORT/"
    fails 100 "fatal: a.localhost: certificate has another key than the pinned ones (127.0.0.1:$PORT)"
    fetch -a "$CERTS/authority.pem" -p "$(pin_of server)" "https://b.localhost:$PORT/"
    fails 100 "fatal: b.localhost: certificate is for another name (127.0.0.1:$PORT)"
    fetch -a "$CERTS/alone.pem" -p "$(pin_of server)" "https://a.localhost:$PORT/"
    fails 100 "fatal: a.localhost: certificate is not from an authority we trust (127.0.0.1:$PORT)"
}

@test "a pin that is none is refused" {
    local pin good
    good=$(pin_of server)
    for pin in SHA256: "${good%?}" "${good}0" "${good#SHA256:}" "sha256:${good#SHA256:}" "${good%?}g"; do
        fetch -p "$pin" https://a.localhost:1/
        fails 100 "fatal: -p: not SHA256: and 64 hexadecimal digits: $pin"
    done
    fetch -p "$good" http://127.0.0.1:1/
    fails 100 'fatal: -p is for https: alone'
}

@test "nginx: from http to https a redirect is followed, and never back" {
    local dir=$PWD
    mkdir www
    head -c 3000000 /dev/urandom >www/large
    cat >nginx.conf <<END
daemon off; master_process off; pid $dir/pid; error_log stderr;
events {}
http {
    access_log off; client_body_temp_path $dir/body; proxy_temp_path $dir/p;
    fastcgi_temp_path $dir/f; uwsgi_temp_path $dir/u; scgi_temp_path $dir/s;
    client_max_body_size 1k;
    server {
        listen unix:$dir/nginx ssl;
        ssl_certificate $CERTS/server.pem; ssl_certificate_key $CERTS/server.key; ssl_protocols TLSv1.2 TLSv1.3;
        root $dir/www; absolute_redirect off;
        location = /down { return 302 http://a.localhost:1/; }
        location = /same { return 308 /large; }
        location = /upload { proxy_pass http://unix:$dir/none; }
    }
}
END
    nginx -p "$dir" -c "$dir/nginx.conf" -e stderr </dev/null >nginx.log 2>&1 3>&- &
    CHILDREN+=($!)
    socat -d -d TCP4-LISTEN:0,bind=127.0.0.1,fork "UNIX-CONNECT:$dir/nginx,retry=100,interval=0.05" \
        </dev/null 2>socat.log 3>&- &
    CHILDREN+=($!)
    until_true listening
    local tls=https://a.localhost:$PORT
    fetch -a "$CERTS/authority.pem" -o large "$tls/same"
    assert_success
    cmp large www/large
    fetch -a "$CERTS/authority.pem" "$tls/down"
    fails 100 'fatal: redirect from https: to http: is not followed: http://a.localhost:1/'
    odd
    fetch -a "$CERTS/authority.pem" -o again "$AT/to/302?$tls/large"
    assert_success
    cmp again www/large
    truncate -s 30M upload
    fetch -a "$CERTS/authority.pem" -d upload "$tls/upload"
    assert_failure 1
    assert_equal "$stderr" 'http-fetch: a.localhost: 413 Content Too Large'
    until_true test -S nginx
    fetch -a "$CERTS/authority.pem" -u "unix:$dir/nginx" https://a.localhost/large -o /dev/null
    assert_failure 100
    fetch -a "$CERTS/authority.pem" -u "unix:$dir/nginx" -o third https://a.localhost/large
    assert_success
    cmp third www/large
}

@test "output that nobody takes is a failure that may pass" {
    odd
    run --separate-stderr bash -c '"$1/http-fetch" "$2/size/10" >/dev/full' - "$BIN" "$AT"
    fails 111 'fatal: standard output: No space left on device'
    run --separate-stderr bash -c '"$1/http-fetch" "$2/size/10000000" | head -c 1; exit "${PIPESTATUS[0]}"' - "$BIN" "$AT"
    assert_failure 111
    assert_output 0
    assert_equal "$stderr" 'http-fetch: fatal: standard output: Broken pipe'
}

@test "options and the number of arguments are what they must be" {
    local words
    for words in '' 'http://a.test/ http://b.test/' '-x http://a.test/' -H; do
        # shellcheck disable=SC2086 # words
        run --separate-stderr "$BIN/http-fetch" $words
        assert_failure 100
        assert_output ''
        [[ $stderr = *'usage: http-fetch [-i] '* ]]
    done
    for words in '-r 51' '-r x' '-l -1' '-t 0' '-t 86401'; do
        # shellcheck disable=SC2086 # words
        run --separate-stderr "$BIN/http-fetch" $words http://127.0.0.1:1/
        assert_failure 100
        assert_output ''
    done
    run "$BIN/http-fetch" -h
    assert_success
    assert_line --index 0 --partial 'usage: http-fetch '
}
