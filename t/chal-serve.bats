#!/usr/bin/env bats
# chal-serve: answers HTTP-01 challenges from a directory or from a thumbprint.
# shellcheck disable=SC2154,SC2030,SC2031 # run sets stderr; each test is a shell of its own
# shellcheck disable=SC2094 # a directory is no file
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=30

TOKEN=LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0
THUMBPRINT=9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI
AUTH=$TOKEN.$THUMBPRINT
WELL_KNOWN=/.well-known/acme-challenge

setup() {
    load serving
    serving_setup
    mkdir dir
    printf %s "$AUTH" >"dir/$TOKEN"
}

teardown() {
    serving_teardown
}

# What the server makes of one request on a pipe, without carriage returns.
over_pipe() { # bytes [argument...]
    # shellcheck disable=SC2059 # the bytes are a format
    printf "$1" | "$BIN/chal-serve" "${@:2}" 2>server.log | tr -d '\r'
}

not_found() { # token...
    local token
    for token; do
        run status_of vm.test "$WELL_KNOWN/$token"
        assert_output 404
    done
}

@test "a token is answered from its file: the very bytes, text/plain, not to be stored" {
    serve chal-serve dir
    run curl -sS -i -o answer -w '%{http_code} %{content_type} %{size_download}' -H 'Host: vm.test' \
        "http://127.0.0.1:$PORT$WELL_KNOWN/$TOKEN"
    assert_output '200 text/plain 87'
    run cat answer
    assert_line $'Cache-Control: no-store\r'
    assert_line $'Content-Length: 87\r'
    assert_line "$AUTH"
    refute_line --partial 'Location'
}

@test "what is in the file is not looked into: a newline, a NUL, any byte" {
    printf 'a\0b\xff\n' >dir/bytes
    serve chal-serve dir
    body_of vm.test "$WELL_KNOWN/bytes" >answer
    cmp answer dir/bytes
}

@test "a query does not change what is asked for" {
    serve chal-serve dir
    run body_of vm.test "$WELL_KNOWN/$TOKEN?$WELL_KNOWN/other"
    assert_output "$AUTH"
}

@test "any host is answered: CAs ask for names, addresses and ports" {
    serve chal-serve dir
    for host in app.example.test 127.0.0.1 '[::1]:80' localhost a_b.test:8080; do
        run body_of "$host" "$WELL_KNOWN/$TOKEN"
        assert_output "$AUTH"
    done
}

@test "a file is seen as soon as it is there, and no longer than that" {
    serve chal-serve dir
    not_found later
    echo here >dir/later
    run body_of vm.test "$WELL_KNOWN/later"
    assert_output here
    rm dir/later
    not_found later
}

@test "only base64url digits name a file, 1 to 128 of them" {
    long=$(printf 'a%.0s' {1..128})
    for name in "$long" "${long}a" a.b a=b a+b 'a b' .hidden a~b 'a\b' ümlaut; do
        echo found >"dir/$name"
    done
    mkdir dir/sub
    echo found >dir/sub/file
    echo found >outside
    serve chal-serve dir
    run body_of vm.test "$WELL_KNOWN/$long"
    assert_output found
    not_found "${long}a" a.b a=b a+b a%20b .hidden a~b 'a\b' %61.b %c3%bcmlaut sub/file sub%2ffile \
        ../outside %2e%2e/outside ..%2foutside . .. '' / "$TOKEN/" "/$TOKEN" "./$TOKEN"
    run status_of vm.test "$WELL_KNOWN"
    assert_output 404
}

@test "a percent-encoded token is another path, even when it decodes to a file's name" {
    serve chal-serve dir
    not_found "%4coqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"
}

@test "no link is followed, wherever it leads" {
    ln -s /etc/passwd dir/passwd
    ln -s "$TOKEN" dir/inside
    ln -s ../outside dir/outside
    ln -s nowhere dir/nowhere
    ln -s loop dir/loop
    ln -s . dir/self
    echo secret >outside
    serve chal-serve dir
    not_found passwd inside outside nowhere loop self
    run body_of vm.test "$WELL_KNOWN/$TOKEN"
    assert_output "$AUTH"
}

@test "what is no regular file is not there, and nobody waits for it" {
    mkfifo dir/fifo
    mkdir dir/directory
    socat UNIX-LISTEN:dir/socket,fork /dev/null 3>&- & CHILDREN+=($!)
    until_true test -S dir/socket
    serve chal-serve dir
    not_found fifo directory socket
    run body_of vm.test "$WELL_KNOWN/$TOKEN"
    assert_output "$AUTH"
}

@test "a file that may not be read is not there" {
    chmod 0 "dir/$TOKEN"
    # shellcheck disable=SC2059
    printf "$(head_of "GET $WELL_KNOWN/$TOKEN HTTP/1.0" vm.test)" >request
    run mortal "$BIN/chal-serve" -q dir <request
    assert_line --partial 404
}

@test "512 bytes are sent, 513 are no challenge" {
    head -c 512 /dev/zero | tr '\0' a >dir/full
    head -c 513 /dev/zero | tr '\0' a >dir/over
    truncate -s 1T dir/huge
    serve chal-serve dir
    run body_of vm.test "$WELL_KNOWN/full"
    assert_output "$(cat dir/full)"
    not_found over huge
}

@test "a directory given as a link is used, and stays the one it was" {
    ln -s dir current
    serve chal-serve current
    # The socket listens before the directory is opened: an answer says that it is.
    run body_of vm.test "$WELL_KNOWN/$TOKEN"
    assert_output "$AUTH"
    mkdir elsewhere
    ln -sfn elsewhere current
    echo new >elsewhere/new
    not_found new
    run body_of vm.test "$WELL_KNOWN/$TOKEN"
    assert_output "$AUTH"
}

@test "a thumbprint answers every valid token without a file" {
    serve chal-serve -T "$THUMBPRINT"
    run body_of vm.test "$WELL_KNOWN/$TOKEN"
    assert_output "$AUTH"
    run body_of vm.test "$WELL_KNOWN/a"
    assert_output "a.$THUMBPRINT"
    long=$(printf -- '-%.0s' {1..128})
    run body_of vm.test "$WELL_KNOWN/$long"
    assert_output "$long.$THUMBPRINT"
    not_found "$long-" a.b .. '' a/b
}

@test "with both, a file goes before the thumbprint; a link does not become an answer" {
    echo from-file >dir/file
    ln -s /etc/passwd dir/link
    serve chal-serve -T "$THUMBPRINT" dir
    run body_of vm.test "$WELL_KNOWN/file"
    assert_output from-file
    run body_of vm.test "$WELL_KNOWN/other"
    assert_output "other.$THUMBPRINT"
    run body_of vm.test "$WELL_KNOWN/link"
    assert_output "link.$THUMBPRINT"
}

@test "/health says OK; everything else is not found" {
    serve chal-serve dir
    run body_of vm.test /health
    assert_output OK
    for path in / /metrics /health/ /Health "/$TOKEN" "/dir/$TOKEN" /etc/passwd /../../../../etc/passwd; do
        run status_of vm.test "$path"
        assert_output 404
    done
}

@test "HEAD gives the same head and no body" {
    get=$(over_pipe "$(head_of "GET $WELL_KNOWN/$TOKEN HTTP/1.1" vm.test)" dir)
    head=$(over_pipe "$(head_of "HEAD $WELL_KNOWN/$TOKEN HTTP/1.1" vm.test)" dir)
    [ "$(sed '/^Date:/d' <<<"$get" | head -n -1)" = "$(sed '/^Date:/d' <<<"$head")" ]
    [ "${get##*$'\n'}" = "$AUTH" ]
    grep -q '^Content-Length: 87$' <<<"$head"
}

@test "other methods are 405 with what is allowed, on every path; their bodies are passed over" {
    run over_pipe "$(head_of "POST $WELL_KNOWN/$TOKEN HTTP/1.1" a 'Content-Length: 5')hello$(
        head_of 'DELETE /health HTTP/1.1' b)$(head_of 'OPTIONS * HTTP/1.1' c)$(
        head_of 'GET /health HTTP/1.1' d 'Connection: close')" dir
    assert_success
    [ "$(grep -c '^HTTP/1.1 405 Method Not Allowed$' <<<"$output")" = 3 ]
    [ "$(grep -c '^Allow: GET, HEAD$' <<<"$output")" = 3 ]
    assert_line --partial OK
}

@test "pipelined requests are answered in order, on one connection" {
    local i requests=''
    for i in {1..50}; do
        echo "answer $i" >"dir/t$i"
        requests+=$(head_of "GET $WELL_KNOWN/t$i HTTP/1.1" vm.test)
    done
    serve chal-serve dir
    run talk "$requests"
    [ "$(grep ^answer <<<"$output")" = "$(printf 'answer %d\n' {1..50})" ]
}

@test "one connection on a pipe, on a file, on a socket, under tcpserver" {
    request=$(head_of "GET $WELL_KNOWN/$TOKEN HTTP/1.0" vm.test)
    run over_pipe "$request" dir
    assert_success
    assert_line "$AUTH"
    # shellcheck disable=SC2059
    printf "$request" >request
    "$BIN/chal-serve" dir <request >answer 2>server.log
    run cat answer
    assert_line "$AUTH"
    run socat -t 10 - "EXEC:$BIN/chal-serve -q dir" <request
    assert_line "$AUTH"
    mkfifo port
    tcpserver -1 -H -R -l0 127.0.0.1 0 "$BIN/chal-serve" dir >port 2>server.log 3>&- & CHILDREN+=($!)
    read -r -t 10 PORT <port
    run body_of vm.test "$WELL_KNOWN/$TOKEN"
    assert_output "$AUTH"
}

@test "many validators at once all get the answer" {
    serve chal-serve -q dir
    mkdir got
    run curl -sS --parallel --parallel-immediate --parallel-max 100 -H 'Host: app.example.test' \
        -o 'got/#1' "http://127.0.0.1:$PORT$WELL_KNOWN/$TOKEN?[1-300]"
    assert_success
    [ "$(cat got/*)" = "$(printf "$AUTH%.0s" {1..300})" ]
}

@test "one line a request: host, class, status, token, microseconds" {
    serve chal-serve dir
    status_of App.Example.Test:80 "$WELL_KNOWN/$TOKEN"
    status_of a.test "$WELL_KNOWN/missing"
    status_of b.test "$WELL_KNOWN/a%0ab"
    status_of c.test /health
    status_of d.test /x
    talk 'nonsense\r\n\r\n' >/dev/null
    stop
    run sed 's/ [0-9]*$/ N/' server.log
    assert_output "App.Example.Test acme 200 $TOKEN N
a.test acme 404 missing N
b.test acme 404 - N
c.test health 200 - N
d.test other 404 - N
- invalid 400 - N"
}

@test "-q says nothing" {
    serve chal-serve -q dir
    status_of vm.test /health
    stop
    run cat server.log
    assert_output ''
}

@test "SIGTERM ends it with 0, and WORKERS or -n make no difference to that" {
    serve chal-serve dir
    run status_of vm.test /health
    assert_output 200
    stop
    serve chal-serve -n 2 dir
    run status_of vm.test /health
    assert_output 200
    stop
    WORKERS=3 serve chal-serve dir
    until_true workers_are 3
    stop
}

refuses() { # text argument...
    run --separate-stderr "$BIN/chal-serve" "${@:2}" </dev/null
    assert_failure 100
    assert_output ''
    [[ $stderr = *"$1"* ]] || { echo "$stderr"; return 1; }
}

@test "what cannot be served is exit 100 with the reason" {
    refuses 'usage: chal-serve '
    refuses 'usage: chal-serve ' dir dir
    refuses 'usage: chal-serve ' -x dir
    refuses 'chal-serve: fatal: missing: No such file or directory' missing
    refuses "chal-serve: fatal: dir/$TOKEN: Not a directory" "dir/$TOKEN"
    refuses 'chal-serve: fatal: -T: ' -T ''
    refuses 'chal-serve: fatal: -T: ' -T "$THUMBPRINT="
    refuses 'chal-serve: fatal: -T: ' -T "${THUMBPRINT%?}" dir
    refuses 'chal-serve: fatal: -T: ' -T "${THUMBPRINT%?}/"
    refuses '\x1b' -T $'\e[2J'
    refuses 'chal-serve: fatal: -n: ' -n 0 dir
    refuses 'chal-serve: fatal: -c: ' -c many dir
    WORKERS=none refuses 'chal-serve: fatal: WORKERS: ' dir
    run --separate-stderr "$BIN/chal-serve" dir <dir
    assert_failure 100
    assert_equal "$stderr" 'chal-serve: fatal: descriptor 0: not a connection or a listening socket'
}

@test "-h shows the usage and is no error" {
    run --separate-stderr "$BIN/chal-serve" -h
    assert_success
    assert_output --partial 'usage: chal-serve '
    assert_equal "$stderr" ''
}
