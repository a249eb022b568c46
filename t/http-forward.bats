#!/usr/bin/env bats
# http-forward: a reverse proxy in front of an upstream that does what its paths say.
# shellcheck disable=SC2154,SC2030,SC2031 # run sets stderr; each test is a shell of its own
# shellcheck disable=SC2059 # bytes as they are
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=50

setup_file() {
    load forward
    forward_certificates
}

setup() {
    load serving
    load forward
    serving_setup
    CERTS=$BATS_FILE_TMPDIR
}

teardown() {
    serving_teardown
}

forward() { # [option...]: in front of 127.0.0.1:$UP
    serve http-forward "$@" "127.0.0.1:$UP"
}

refused() { # status message argument...
    run --separate-stderr "$BIN/http-forward" "${@:3}" </dev/null
    assert_failure "$1"
    assert_output ''
    assert_equal "$stderr" "http-forward: fatal: $2"
}

answers() { # <answers: how many there are
    grep -ao 'HTTP/1\.1 ' | wc -l
}

has_line() { # path line [curl argument...]
    get "$1" "${@:3}" | grep -qxF -- "$2"
}

@test "answers come back as they are, whatever way they are framed" {
    upstream
    forward
    local path
    for path in size/0 size/1 size/300000 chunks/0 chunks/1 chunks/54321 close/0 close/70000; do
        get "/$path" >ours
        curl -sS "http://127.0.0.1:$UP/$path" >theirs
        cmp ours theirs
        get "/$path" --http1.0 >ours
        cmp ours theirs
    done
    [ "$(stat -c %s ours)" = 70000 ]
    run code /size/5 -I
    assert_output 200
    run get /size/5 -I
    assert_line $'Content-Length: 5\r'
}

@test "request bodies arrive as they are, with a length and in chunks" {
    upstream
    forward
    local n sum
    for n in 0 1 70000 3000000; do
        head -c "$n" /dev/urandom >body
        sum="$n $(sha256sum <body | cut -d ' ' -f 1)"
        run get /sum --data-binary @body
        assert_output "$sum"
        run get /sum -T - <body
        assert_output "$sum"
    done
}

@test "a stream is passed on line by line, not when it is whole" {
    upstream
    forward
    # The first line is read while 4 s of others are to come.
    run timeout 3 bash -c "exec 4<>/dev/tcp/127.0.0.1/$PORT
        printf 'GET /drip/80 HTTP/1.0\r\n\r\n' >&4
        grep -m 1 'line 0' <&4"
    assert_success
    assert_output 'line 0'
    logged ' forward 499 '
}

@test "connections to the upstream are used again, and an answer's end unasked is noticed" {
    upstream
    forward
    [ "$(get /nth)" = '1 1' ]
    [ "$(get /nth)" = '1 2' ]
    [ "$(get /nth -d x)" = '1 3' ]
    [ "$(get /last)" = '1 4' ]
    [ "$(get /nth -d x)" = '2 1' ]
    run talk "$(head_of 'GET /nth HTTP/1.1' a)$(head_of 'GET /nth HTTP/1.1' a)$(head_of 'GET /nth HTTP/1.1' a 'Connection: close')"
    assert_line '2 2'
    assert_line '2 3'
    assert_line '2 4'
}

@test "with -X 0 none is kept, with -x 1 requests wait for each other" {
    upstream
    forward -X 0 -x 1
    [ "$(get /nth)" = '1 1' ]
    [ "$(get /nth)" = '2 1' ]
    get /drip/3 >first 3>&- &
    CHILDREN+=($!)
    get /drip/3 >second 3>&- &
    CHILDREN+=($!)
    run get /nth
    assert_success
    wait "${CHILDREN[@]:1}"
    cmp first second
}

@test "who asks without a pause does not keep others from their turn" {
    upstream
    forward -x 1 -t 2
    local all='' i
    for i in {1..80}; do
        all+=$(head_of 'GET /drip/1 HTTP/1.1' a)
    done
    talk "$all$(head_of 'GET /last HTTP/1.1' a 'Connection: close')" >greedy 3>&- &
    CHILDREN+=($!)
    until_true connected
    run code /nth
    assert_output 200
    [ "$(grep -c '^line' greedy)" -lt 80 ]
}

@test "when no connection comes free in time, that is 503" {
    upstream
    forward -x 1 -t 0.2
    get /silent >/dev/null 2>&1 3>&- &
    CHILDREN+=($!)
    until_true connected
    run get /nth -i
    assert_line $'HTTP/1.1 503 Service Unavailable\r'
    assert_line $'Retry-After: 1\r'
    logged ' busy 503 '
}

connected() { # to the upstream
    ss -Htn state established "dport = :$UP" | grep -q .
}

@test "what the upstream hears of the client is ours to say" {
    upstream
    forward
    run get /echo -H 'Forwarded: for=evil' -H 'X-Forwarded-For: 6.6.6.6' -H 'X_Forwarded_For: 6.6.6.6' \
        -H 'Connection: x-hop' -H 'X-Hop: 1' -H 'TE: trailers' -H 'Cookie: c' -H 'Authorization: Basic x'
    refute_output --partial 6.6.6.6
    refute_output --partial evil
    refute_output --partial Hop
    refute_line --partial TE:
    assert_line "Host: 127.0.0.1:$PORT"
    assert_line 'Cookie: c'
    assert_line 'Authorization: Basic x'
    assert_line 'X-Forwarded-For: 127.0.0.1'
    assert_line "Forwarded: for=\"127.0.0.1\";host=\"127.0.0.1:$PORT\";proto=http"
    assert_line --regexp '^Via: 1\.1 postern-[0-9a-f]{16}$'
}

@test "-A names the fronts that are believed, -s says that clients come over https" {
    upstream
    forward -A 127.0.0.0/8 -s
    run get /echo -H 'X-Forwarded-For: 203.0.113.5' -H 'Forwarded: for=203.0.113.5'
    assert_line 'X-Forwarded-For: 203.0.113.5, 127.0.0.1'
    assert_line "Forwarded: for=203.0.113.5, for=\"127.0.0.1\";host=\"127.0.0.1:$PORT\";proto=https"
    assert_line 'X-Forwarded-Proto: https'
}

@test "a request that has been here is refused" {
    upstream
    forward
    run get /echo
    local via
    via=$(sed -n 's/^Via: //p' <<<"$output")
    run code /echo -H "Via: 1.1 other, $via"
    assert_output 508
    run code /echo -H 'Via: 1.1 other'
    assert_output 200
}

@test "-P, -S and a URL's path say which paths go where" {
    upstream
    serve http-forward -P /api/v1 -P /api/health -S /api -H - "http://127.0.0.1:$UP/echo"
    run get /api/v1/x?y=z -d body
    assert_line 'POST /echo/v1/x?y=z'
    assert_line "Host: 127.0.0.1:$PORT"
    assert_line body
    local path
    for path in / /api /api/v10 /other /api/v2/x /API/v1; do
        [ "$(code "$path")" = 404 ]
    done
    for path in /api/v1/../x /api/v1/%2e%2e/x '/api/v1/..;/x' /api/v1/%2f /api/v1/%5c; do
        [ "$(code "$path")" = 400 ]
    done
    logged ' none 404 /other '
}

@test "Host is the client's, a URL's own, or that of -H" {
    upstream
    forward
    has_line /echo 'Host: client.test' -H 'Host: client.test'
    stop
    serve http-forward "http://127.0.0.1:$UP"
    has_line /echo "Host: 127.0.0.1:$UP" -H 'Host: client.test'
    stop
    forward -H there.test:81
    has_line /echo 'Host: there.test:81' -H 'Host: client.test'
}

@test "-k adds a token from a file, and looks at it again" {
    upstream
    printf 'first-token\n' >token
    forward -k token
    has_line /echo 'Authorization: Bearer first-token' -H 'Authorization: Basic mine'
    printf 'second+/=\n' >token
    until_true has_line /echo 'Authorization: Bearer second+/='
    printf 'two words\n' >token
    until_true no_token
    logged ' none 503 '
    printf 'third\n' >token
    until_true has_line /echo 'Authorization: Bearer third'
    # Nobody gets to see what the upstream was told.
    [ "$(code /echo -X TRACE)" = 501 ]
    run grep -E 'first-token|second|two words|third' server.log
    assert_failure
}

no_token() {
    [ "$(code /echo)" = 503 ]
}

@test "a WebSocket, and any other protocol that is asked for, is carried through" {
    upstream
    forward
    run "$BATS_TEST_DIRNAME/peer/websocket" 127.0.0.1 "$PORT" ws.test /websocket
    assert_success
    assert_output 7
    run talk "$(head_of 'GET /upgrade HTTP/1.1' a 'Connection: upgrade' 'Upgrade: echo')hello"
    assert_line $'HTTP/1.1 101 Switching Protocols\r'
    assert_line $'Upgrade: echo\r'
    assert_line hellobye
    # One that was not asked for is no answer.
    run talk "$(head_of 'GET /upgrade?other HTTP/1.1' a 'Connection: upgrade' 'Upgrade: echo')"
    assert_line $'HTTP/1.1 502 Bad Gateway\r'
    logged ' forward 101 '
}

@test "interim answers reach who can read them" {
    upstream
    forward
    run talk "$(head_of 'GET /early/2 HTTP/1.1' a 'Connection: close')"
    assert_line $'Link: </1>; rel=preload\r'
    assert_line late
    refute_line --partial Keep-Alive
    run get /early/2 -i --http1.0
    refute_line --partial 'HTTP/1.1 103'
    assert_line late
    run get /sum -d @/etc/passwd -H 'Expect: 100-continue'
    assert_success
}

@test "what is no answer is 502, and nothing of it is passed on" {
    local bytes
    for bytes in '' 'SSH-2.0-x\r\n'; do
        says "$bytes"
        serve http-forward "127.0.0.1:$UP"
        run get / -i
        assert_line --index 0 $'HTTP/1.1 502 Bad Gateway\r'
        assert_line 'Bad Gateway'
        stop
    done
}

@test "an answer that breaks off is cut, so that the client knows" {
    upstream
    forward
    run get /short/1000 -o got
    assert_failure 18
    [ "$(stat -c %s got)" = 500 ]
    logged ' cut 200 '
    run get '/raw?HTTP/1.1%20200%20OK%0d%0aTransfer-Encoding:%20chunked%0d%0a%0d%0a5%0d%0ahello%0d%0a' -o got
    assert_failure 18
    assert_equal "$(cat got)" hello
}

@test "no request gets past it, and no answer to another one's" {
    smuggler front.test
    serve http-forward -q "127.0.0.1:$UP"
    smuggled
}

@test "a request that is refused has a line in the log" {
    upstream
    forward
    local request
    for request in \
        'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n' \
        'GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n' \
        'POST /sum HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n'; do
        run talk "$request"
        assert_line --index 0 $'HTTP/1.1 400 Bad Request\r'
        [ "$(answers <<<"$output")" = 1 ]
    done
    [ "$(grep -c ' invalid ' server.log)" = 3 ]
}

@test "nobody there is 502, nobody who answers is 504, a client who does not send is 408" {
    upstream
    forward -w 0.3 -i 0.4
    run code /silent
    assert_output 504
    logged ' slow 504 '
    run code /slow-body
    assert_failure 18
    logged ' idle 200 '
    run talk "$(head_of 'POST /sum HTTP/1.1' a 'Content-Length: 5')he"
    [ -z "$output" ]
    run timeout 10 bash -c "exec 4<>/dev/tcp/127.0.0.1/$PORT
        printf 'POST /sum HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe' >&4
        head -n 1 <&4"
    assert_output $'HTTP/1.1 408 Request Timeout\r'
    logged ' slow-client 408 '
    kill "$UPSTREAM"
    wait "$UPSTREAM" || true
    run code /nth
    assert_output 502
    logged ' refused 502 '
}

@test "an upstream that refuses a body is heard" {
    upstream
    forward
    head -c 3000000 /dev/zero >body
    run get /refuse -i --data-binary @body
    assert_line $'HTTP/1.1 413 Content Too Large\r'
}

@test "upstreams at a Unix socket, and clients at one" {
    upstream "$PWD/up.sock"
    ADDRESS=unix:$PWD/front.sock
    "$BIN/listen-on" -r 9 "unix:$PWD/front.sock" "$BIN/http-forward" -A unix "unix:$PWD/up.sock" \
        </dev/null 2>>server.log 9>started 3>&- &
    SERVER=$!
    until_true test -s started
    run curl -sS --unix-socket front.sock http://me.test/echo -H 'X-Forwarded-For: 203.0.113.1'
    assert_line 'Host: me.test'
    assert_line 'X-Forwarded-For: 203.0.113.1'
    assert_line --partial 'Forwarded: for=unknown;'
}

@test "https: the name and the authority must be right, or the pin" {
    upstream 127.0.0.1 server
    serve http-forward -a "$CERTS/authority.pem" "https://localhost:$UP"
    has_line /echo "Host: localhost:$UP" -d x
    get /chunks/54321 | cmp - <(curl -sS --cacert "$CERTS/authority.pem" "https://localhost:$UP/chunks/54321")
    head -c 1000000 /dev/urandom >body
    run get /sum --data-binary @body
    assert_output "1000000 $(sha256sum <body | cut -d ' ' -f 1)"
    run get /nth
    assert_output --regexp '^[0-9]+ [0-9]+$'
    run "$BATS_TEST_DIRNAME/peer/websocket" 127.0.0.1 "$PORT" ws.test /websocket
    assert_output 7
    run timeout 3 bash -c "curl -sN http://127.0.0.1:$PORT/drip/80 | grep -m 1 'line 0'"
    assert_output 'line 0'
    stop || true
    serve http-forward "https://localhost:$UP"
    [ "$(code /nth)" = 502 ]
    logged ' untrusted 502 '
    stop
    load certs
    serve http-forward -p "$(pin_of server)" "https://127.0.0.1:$UP"
    [ "$(code /nth)" = 200 ]
    stop
    serve http-forward -p "SHA256:$(printf '0%.0s' {1..64})" "https://127.0.0.1:$UP"
    [ "$(code /nth)" = 502 ]
    stop
    serve http-forward -a "$CERTS/authority.pem" "https://127.0.0.2:$UP"
    [ "$(code /nth)" = 502 ]
}

@test "https: what is no TLS, or breaks off, is no answer, or not all of one" {
    local way
    for way in text shut cut-hello; do
        odd_tls "$way"
        serve http-forward -a "$CERTS/authority.pem" -t 2 "https://localhost:$UP"
        run code /
        assert_output 502
        stop
    done
    logged ' tls 502 '
    for way in cut cut-length; do
        odd_tls "$way"
        serve http-forward -a "$CERTS/authority.pem" "https://localhost:$UP"
        run code /
        assert_failure 18
        stop
    done
    logged ' cut 200 '
    odd_tls end
    serve http-forward -a "$CERTS/authority.pem" "https://localhost:$UP"
    [ "$(get /)" = 'all of it' ]
}

odd_tls() { # WAY
    local fifo=fifo.$RANDOM
    mkfifo "$fifo"
    "$BATS_TEST_DIRNAME/peer/tls-odd" "$CERTS/server.pem" "$CERTS/server.key" "$1" </dev/null >"$fifo" 2>>server.log 3>&- &
    CHILDREN+=($!)
    read -r -t 10 UP <"$fifo"
}

@test "one connection, given as a socket or as a pipe" {
    upstream
    local sent='GET /nth HTTP/1.1\r\nHost: a\r\n\r\nGET /echo HTTP/1.0\r\n\r\n'
    run bash -c "printf '$sent' | '$BIN/http-forward' -q 127.0.0.1:$UP 2>&1"
    assert_success
    assert_line '1 1'
    assert_line 'Forwarded: for=unknown;proto=http'
    assert_line "Host: 127.0.0.1:$UP"
    run bash -c "printf '$sent' | socat -t 5 - EXEC:'$BIN/http-forward -q 127.0.0.1\:$UP' 2>&1"
    assert_line '2 1'
    assert_line 'Forwarded: for=unknown;proto=http'
}

@test "several workers, and an orderly end" {
    upstream
    forward -n 2
    until_true workers_are 2
    [ "$(get /size/10)" = 0123456789 ]
    get /drip/10 >last 3>&- &
    CHILDREN+=($!)
    until_true grep -q line last
    stop
    wait "${CHILDREN[-1]}"
    [ "$(wc -l <last)" = 10 ]
}

@test "a hundred clients at a time" {
    upstream
    forward -C 1000 -x 20
    local i
    for i in {1..100}; do
        printf 'url="http://127.0.0.1:%s/sum"\ndata="%s"\noutput="/dev/null"\n' "$PORT" "$i"
    done >requests
    run curl -sS --parallel --parallel-immediate --parallel-max 100 -w '%{http_code}\n' --max-time 30 -K requests
    assert_success
    [ "$(grep -c 200 <<<"$output")" = 100 ]
}

@test "wrong usage is refused" {
    refused 100 'not host:port, unix:path or an http: or https: URL: nonsense' nonsense
    refused 100 'not host:port, unix:path or an http: or https: URL: localhost' localhost
    refused 100 'not a URL that ends with a path: http://a/?b' 'http://a/?b'
    refused 100 '-A: not an address, a network or "unix": me' -A me 127.0.0.1:1
    refused 100 '-P: not the beginning of a path: api' -P api 127.0.0.1:1
    refused 100 '-S: not the beginning of a path: /a/../b' -S /a/../b 127.0.0.1:1
    refused 100 '-H: not a host: a b' -H 'a b' 127.0.0.1:1
    refused 100 '-a, -f and -p are for https: alone' -a /dev/null 127.0.0.1:1
    refused 100 '-k: missing: No such file or directory' -k missing 127.0.0.1:1
    printf 'no token at all\n' >token
    refused 100 '-k: token: not a line with a token' -k token 127.0.0.1:1
    run "$BIN/http-forward"
    assert_failure 100
    run --separate-stderr "$BIN/http-forward" -h
    assert_success
    assert_output --partial 'usage: http-forward '
}
