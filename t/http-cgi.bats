#!/usr/bin/env bats
# http-cgi: HTTP in front of a directory of CGI programs.
# shellcheck disable=SC2154,SC2030,SC2031 # run sets stderr; each test is a shell of its own
# shellcheck disable=SC2094,SC2016,SC2059 # a directory is no file; scripts and bytes as they are
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=50

setup() {
    load serving
    serving_setup
    mkdir cgi
    program hello 'printf "Content-Type: text/plain\n\nhello\n"'
    program echo 'printf "Content-Type: application/octet-stream\n\n"; exec cat'
    program variables 'printf "Content-Type: text/plain\n\n"; env | sort'
}

teardown() {
    serving_teardown
}

program() { # name text...: a script
    printf '#!/bin/sh\n' >"cgi/$1"
    printf '%s\n' "${@:2}" >>"cgi/$1"
    chmod +x "cgi/$1"
}

cgi() { # [option...]: at $URL
    serve http-cgi "$@" cgi
    URL=http://127.0.0.1:$PORT
    until_true has_keeper
}

has_keeper() {
    keeper >/dev/null
}

get() { # path [curl argument...]: the body
    curl -sS --path-as-is --max-time 20 "${@:2}" "$URL$1"
}

code() { # path [curl argument...]: the status
    get "$1" -o /dev/null -w '%{http_code}' "${@:2}"
}

codes() { # status path...
    local path
    for path in "${@:2}"; do
        run code "$path"
        [ "$output" = "$1" ] || { echo "$path: $output, not $1"; return 1; }
    done
}

over_pipe() { # bytes [option...]: the answers, without carriage returns
    printf "$1" | "$BIN/http-cgi" "${@:2}" cgi 2>>server.log | tr -d '\r'
}

answers() { # <answers: how many there are
    grep -ao 'HTTP/1\.1 ' | wc -l
}

keeper() { # the process beside the server, which has no more than one child
    pgrep -P "$SERVER"
}

logged() { # pattern
    until_true grep -q -- "$1" server.log
}

descriptors() {
    find "/proc/$SERVER/fd" "/proc/$(keeper)/fd" -mindepth 1 | wc -l
}

gone() { # file with the number of a process
    ! kill -0 "$(cat "$1")" 2>/dev/null
}

# ---- which program

@test "the path's first file that is executable answers, the rest is PATH_INFO" {
    mkdir -p cgi/a/b
    program a/b/c 'printf "Content-Type: a/b\n\n%s|%s|%s|%s" "$SCRIPT_NAME" "$PATH_INFO" "${PWD##*/}" "${SCRIPT_FILENAME#"${PWD%/a/b}"}"'
    cgi
    run get /a/b/c
    assert_output '/a/b/c||b|/a/b/c'
    run get /a/b/c/d/e//f/
    assert_output '/a/b/c|/d/e//f/|b|/a/b/c'
    run get '/a/b/%63/d%20%2525?x/y'
    assert_output '/a/b/c|/d %25|b|/a/b/c'
    run get /a/b/c/.well-known/...
    assert_output '/a/b/c|/.well-known/...|b|/a/b/c'
}

@test "index answers for its directory when the path ends there with a slash" {
    program index 'printf "Content-Type: a/b\n\n%s|%s" "$SCRIPT_NAME" "$PATH_INFO"'
    mkdir cgi/sub cgi/empty
    cp cgi/index cgi/sub
    cgi
    run get /
    assert_output '/index|'
    run get '/?a=b'
    assert_output '/index|'
    run get /sub/
    assert_output '/sub/index|'
    run get /index/x
    assert_output '/index|/x'
    codes 404 /sub /empty/ /empty // /sub// /nothing /nothing/
}

@test "default answers where there is no other program, and gets the whole path" {
    program default 'printf "Content-Type: a/b\n\n%s|%s|%s" "$SCRIPT_NAME" "$PATH_INFO" "${SCRIPT_FILENAME##*/}"'
    mkdir cgi/sub
    cgi
    run get /
    assert_output '|/|default'
    run get '/a%20b/c?d'
    assert_output '|/a b/c|default'
    run get /sub/x
    assert_output '|/sub/x|default'
    run get /.x
    assert_output '|/.x|default'
    run get /hello/x
    assert_output hello
    codes 404 /a%2fb
    chmod -x cgi/default
    codes 404 /a
    rm cgi/default
    mkdir cgi/default
    codes 404 /a /
}

@test "what is no program is 404, what may not be executed 403" {
    echo text >cgi/text
    mkfifo cgi/fifo
    chmod +x cgi/fifo
    printf '#!/no/such/interpreter\n' >cgi/lost
    printf 'no program\n' >cgi/text-x
    chmod +x cgi/lost cgi/text-x
    cgi
    codes 404 /none /fifo /hello2
    codes 403 /text /text/more
    codes 500 /lost /text-x
}

@test "nothing above the directory, no dot file, no encoded slash, no control byte" {
    program .hidden 'printf "Content-Type: a/b\n\nfound"'
    mkdir cgi/.dir
    cp cgi/hello cgi/.dir/hello
    cp cgi/hello outside
    cgi
    codes 404 /.hidden /.dir/hello /%2ehidden /hello%2fx /..%5c..%5coutside '/*'
    codes 400 /../outside /%2e%2e/outside /..%2foutside /hello/../hello /./hello /hello/. /a%00b /hello%0a /% /hello%g1
}

@test "links are followed inside the directory, and not out of it" {
    mkdir cgi/sub
    ln -s hello cgi/inside
    ln -s ../hello cgi/sub/up
    ln -s /bin/true cgi/absolute
    ln -s ../outside cgi/outside
    ln -s .. cgi/parent
    ln -s loop cgi/loop
    ln -s "$PWD/cgi/hello" cgi/whole
    cp cgi/hello outside
    cgi
    run get /inside
    assert_output hello
    run get /sub/up
    assert_output hello
    codes 404 /absolute /outside /parent/outside /loop /whole
}

# ---- what the program is told

@test "the environment is that of RFC 3875, and nothing of ours" {
    export SECRET=1 LD_LIBRARY_PATH=/tmp/none
    cgi -e GIVEN=x=y -e ABSENT -e SHOWN </dev/null
    local port=$PORT
    run get '/variables/a%20b?c=d&e' -H 'Host: vm.test:99' -A agent -H 'Accept: text/plain' -H 'X-Two: 1' -H 'x-two: 2' \
        -H 'Proxy: http://evil.test' -H 'X_Under: 1' -H 'Authorization: Basic eA==' -H 'Connection: X-Hop' -H 'X-Hop: 1'
    assert_line GATEWAY_INTERFACE=CGI/1.1
    assert_line HTTP_ACCEPT=text/plain
    assert_line HTTP_HOST=vm.test:99
    assert_line HTTP_USER_AGENT=agent
    assert_line 'HTTP_X_TWO=1, 2'
    assert_line 'PATH_INFO=/a b'
    assert_line QUERY_STRING='c=d&e'
    assert_line REMOTE_ADDR=127.0.0.1
    assert_line --regexp '^REMOTE_PORT=[0-9]+$'
    assert_line REQUEST_METHOD=GET
    assert_line REQUEST_URI='/variables/a%20b?c=d&e'
    assert_line SCRIPT_NAME=/variables
    assert_line SCRIPT_FILENAME="$PWD/cgi/variables"
    assert_line SERVER_NAME=vm.test
    assert_line SERVER_PORT="$port"
    assert_line SERVER_PROTOCOL=HTTP/1.1
    assert_line SERVER_SOFTWARE=postern
    assert_line GIVEN=x=y
    assert_line --regexp '^UNIQUE_ID=[0-9]+\.1$'
    refute_output --regexp 'SECRET|LD_|evil|UNDER|AUTHORIZATION|ABSENT|SHOWN|HOP|CONNECTION|CONTENT_|HTTP_PROXY'
}

@test "a body's length and type are told; Authorization with -a alone" {
    cgi -a
    run get /variables -d 12345 -H 'Content-Type: a/b' -H 'Authorization: Bearer t'
    assert_line CONTENT_LENGTH=5
    assert_line CONTENT_TYPE=a/b
    assert_line REQUEST_METHOD=POST
    assert_line 'HTTP_AUTHORIZATION=Bearer t'
    run get /variables -d 12345 -H 'Transfer-Encoding: chunked'
    refute_output --regexp 'CONTENT_LENGTH|TRANSFER'
}

@test "a program has three descriptors, its own group and directory, no privileges to gain, and the limits" {
    program state 'printf "Content-Type: a/b\n\n"' 'ls /proc/$$/fd | tr "\n" " "' \
        'grep -E "^(NoNewPrivs|Seccomp|SigBlk|SigIgn):" /proc/self/status' \
        '[ "$(ps -o pgid= -p $$ | tr -d " ")" = $$ ] && echo leader' 'ulimit -c; ulimit -n; ulimit -t; ulimit -f'
    cgi -l cpu=7 -l files=50 -l file=1024000
    run get /state
    assert_line --index 0 --regexp '^0 1 (2 )?(10 )?(2 )?'
    assert_line --regexp 'NoNewPrivs:\s*1'
    assert_line --regexp 'Seccomp:\s*0'
    assert_line --regexp 'SigBlk:\s*0000000000000000'
    assert_line --regexp 'SigIgn:\s*0000000000000000'
    assert_line leader
    [ "$(tail -n 4 <<<"$output" | tr '\n' ' ')" = '0 50 7 2000 ' ]
    # The server itself has a filter.
    grep -q '^Seccomp:[[:space:]]*2' "/proc/$SERVER/status" || [[ $(strings "$BIN/http-cgi") = *asan* ]]
}

@test "a program that uses up its time or memory is ended, and the server is well" {
    program burn 'printf "Content-Type: a/b\n\nstart"' 'while :; do :; done'
    cgi -l cpu=1
    run get /burn
    assert_failure 18
    assert_output --partial start
    run get /hello
    assert_output hello
}

# ---- bodies

@test "a body arrives byte for byte, with a length, in chunks, after 100, from HTTP/1.0" {
    head -c 900000 /dev/urandom >data
    cgi
    get /echo --data-binary @data -H 'Expect: 100-continue' | cmp - data
    get /echo --data-binary @data -H 'Expect:' | cmp - data
    get /echo --data-binary @data -H 'Transfer-Encoding: chunked' | cmp - data
    get /echo --data-binary @data -0 | cmp - data
    run get /echo --data-binary ''
    assert_success
}

@test "who expects 100 gets it once the program runs, and not for one that is not there" {
    cgi
    run get /echo -d x -H 'Expect: 100-continue' -v
    assert_output --partial '100 Continue'
    run get /none -d x -H 'Expect: 100-continue' -v
    refute_output --partial '100 Continue'
    assert_output --partial '404 Not Found'
}

@test "a body over the limit is 413, with a length at once, in chunks when it is over" {
    cgi -b 1000
    program late 'cat >/dev/null; printf "Content-Type: a/b\n\nall"'
    head -c 1001 /dev/zero >data
    run code /echo --data-binary @data
    assert_output 413
    run code /late --data-binary @data -H 'Transfer-Encoding: chunked'
    assert_output 413
    head -c 1000 /dev/zero | get /late --data-binary @- -H 'Transfer-Encoding: chunked' >answer
    assert_equal "$(cat answer)" all
    codes 200 /hello
}

@test "a program need not read its body" {
    program deaf 'exec <&-; printf "Content-Type: a/b\n\ndeaf"'
    head -c 900000 /dev/zero >data
    cgi
    for _ in 1 2 3; do
        run get /deaf --data-binary @data -H 'Expect:'
        assert_output deaf
        run get /hello --data-binary @data -H 'Expect:'
        assert_output hello
    done
}

@test "a body is not waited for: what came first is answered first" {
    program first 'read -r line; printf "Content-Type: a/b\n\ngot %s\n" "$line"; cat'
    cgi
    exec 8<>"/dev/tcp/127.0.0.1/$PORT"
    printf 'POST /first HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none\n\r\n' >&8
    until IFS= read -r -t 10 line <&8 && [ "$line" = 'got one' ]; do :; done
    printf '4\r\ntwo\n\r\n0\r\n\r\n' >&8
    until IFS= read -r -t 10 line <&8 && [ "$line" = two ]; do :; done
    exec 8<&-
}

# ---- answers

@test "an answer passes at once, piece by piece" {
    mkfifo gate
    program steps 'printf "Content-Type: text/event-stream\n\ndata: 1\n"' "read -r x <$PWD/gate" 'echo "data: 2"'
    cgi
    exec 8<>"/dev/tcp/127.0.0.1/$PORT"
    printf 'GET /steps HTTP/1.1\r\nHost: x\r\n\r\n' >&8
    until IFS= read -r -t 10 line <&8 && [ "$line" = 'data: 1' ]; do :; done
    echo go >gate
    until IFS= read -r -t 10 line <&8 && [ "$line" = 'data: 2' ]; do :; done
    exec 8<&-
}

@test "Status, Content-Length and fields go through; the connection's are ours" {
    program full 'printf "Status: 418 Tea\r\nContent-Type: a/b\r\nContent-Length: 3\r\nX-A: b\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nConnection: upgrade\r\nDate: then\r\nX-CGI-B: c\r\n\r\nabcdef"'
    cgi
    run get /full -i
    assert_line --index 0 --partial 'HTTP/1.1 418 '
    assert_line $'Content-Length: 3\r'
    assert_line $'X-A: b\r'
    assert_line $'Set-Cookie: a\r'
    assert_line $'Set-Cookie: b\r'
    refute_output --regexp 'upgrade|then|CGI-B|Status|Transfer'
    [ "${lines[-1]}" = abc ]
}

@test "HEAD has the head alone, and so do 204 and 304" {
    program none 'printf "Status: 204\n\nleft out"'
    program same 'printf "Status: 304\nETag: \"x\"\n\nleft out"'
    next=$(head_of 'GET /hello HTTP/1.1' x 'Connection: close')
    for path in 'HEAD /hello' 'GET /none' 'GET /same' 'HEAD /echo'; do
        run over_pipe "$(head_of "$path HTTP/1.1" x)$next"
        [ "$(answers <<<"$output")" = 2 ]
        refute_output --partial 'left out'
        [ "$(grep -c '^hello$' <<<"$output")" = 1 ]
    done
}

@test "HTTP/1.0 ends with the connection, or with the length" {
    program length 'printf "Content-Type: a/b\nContent-Length: 4\n\nfour"'
    run over_pipe "$(head_of 'GET /hello HTTP/1.0' x)"
    assert_line 'Connection: close'
    refute_line --partial Transfer-Encoding
    [ "${lines[-1]}" = hello ]
    run over_pipe "$(head_of 'GET /length HTTP/1.0' x 'Connection: keep-alive')$(head_of 'GET /length HTTP/1.0' x)"
    [ "$(answers <<<"$output")" = 2 ]
}

@test "a local redirect is answered with what its path gives, as a GET" {
    program local 'printf "Location: /variables/x?from=%s\n\n" "$REQUEST_METHOD"'
    program loop 'printf "Location: /loop\n\n"'
    program up 'printf "Location: /../etc/passwd\n\n"'
    program lost 'printf "Location: /none\n\n"'
    cgi
    run get /local -d body
    assert_line REQUEST_METHOD=GET
    assert_line SCRIPT_NAME=/variables
    assert_line PATH_INFO=/x
    assert_line QUERY_STRING=from=POST
    refute_line --regexp '^CONTENT'
    codes 502 /loop /up
    codes 404 /lost
}

@test "a client redirect is 302, or what its Status says" {
    program away 'printf "Location: https://a.test/b?c\n\n"'
    program moved 'printf "Status: 301\nLocation: /hello\nContent-Type: a/b\n\nthere"'
    cgi
    run get /away -o /dev/null -w '%{http_code} %{redirect_url}'
    assert_output '302 https://a.test/b?c'
    run get /moved -w ' %{http_code}'
    assert_output 'there 301'
}

@test "an answer that is none is 502: nothing, text, half a head, HTTP's own head, two lengths, a coding" {
    program nothing 'exit 0'
    program failing 'exit 3'
    program text 'echo this is no header'
    program half 'printf "Content-Type: text/pl"'
    program open 'printf "Content-Type: text/plain\n"'
    program nph 'printf "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\n\r\n"'
    program lengths 'printf "Status: 200\nContent-Length: 1\nContent-Length: 2\n\nx"'
    program coding 'printf "Status: 200\nTransfer-Encoding: chunked\n\n0\r\n\r\n"'
    program killed 'kill -9 $$'
    program huge 'head -c 100000 /dev/zero | tr "\0" a'
    program split 'printf "Content-Type: a/b\nX: a\rSet-Cookie: b\n\n"'
    program closed 'exec >&-; sleep 0.2'
    cgi
    codes 502 /nothing /failing /text /half /open /nph /lengths /coding /killed /huge /split /closed
    codes 200 /hello
}

@test "an answer that its program did not live to finish is not passed off as whole" {
    program killed 'printf "Content-Type: a/b\n\nhalf"; kill -9 $$'
    program short 'printf "Content-Type: a/b\nContent-Length: 100\n\nshort"'
    cgi
    run get /killed
    assert_failure 18
    run get /short
    assert_failure 18
    codes 200 /hello
}

@test "a program's end is its answer's, whatever it left running, and that ends too" {
    program leaves 'sleep 60 & echo $! >'"$PWD/left" 'printf "Content-Type: a/b\n\ndone"'
    cgi
    run get /leaves
    assert_output 'done'
    until_true gone left
}

@test "a program that closes its output may go on a while" {
    program on 'printf "Content-Type: a/b\nContent-Length: 2\n\nok"; exec >&- 2>&-' "sleep 0.3; echo more >$PWD/more"
    cgi
    run get /on
    assert_output ok
    until_true test -s more
}

# ---- limits

@test "a program that does not answer in time is 504, and ended with its group" {
    program hang "echo \$\$ >$PWD/one; sleep 60 & echo \$! >$PWD/two; wait"
    program stubborn "trap '' TERM; echo \$\$ >$PWD/three; while :; do sleep 1; done"
    program polite "trap 'echo TERM >$PWD/four; exit' TERM; sleep 60 & wait"
    cgi -t 0.3
    codes 504 /hang /stubborn /polite
    until_true test -s four
    until_true gone one
    until_true gone two
    until_true gone three
}

@test "a body that does not come in time is 408" {
    program waits 'cat >/dev/null; printf "Content-Type: a/b\n\nx"'
    cgi -t 0.3
    run talk_open 'POST /waits HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nfour'
    assert_output --partial '408 Request Timeout'
}

talk_open() { # bytes: sends no end
    exec 8<>"/dev/tcp/127.0.0.1/$PORT"
    printf "$1" >&8
    timeout 10 head -c 200 <&8
    exec 8<&-
}

@test "an answer that takes too long is cut" {
    program ever 'printf "Content-Type: a/b\n\n"; while :; do echo x; sleep 0.1; done'
    cgi -T 0.5
    run get /ever
    assert_failure 18
    assert_output --partial x
}

@test "a client that goes away has its program told" {
    program told "trap 'echo TERM >$PWD/told; exit' TERM; echo \$\$ >$PWD/pid; sleep 20 & wait"
    program flood "echo \$\$ >$PWD/pid2; printf 'Content-Type: a/b\n\n'; exec yes"
    cgi
    curl -sS --max-time 20 "$URL/told" 3>&- & CHILDREN+=($!)
    until_true test -s pid
    kill -KILL $!
    until_true test -s told
    until_true gone pid
    run get /flood --max-time 0.3 -o /dev/null
    assert_failure 28
    until_true gone pid2
    logged ' cgi 499 .*/told'
    codes 200 /hello
}

@test "a client that has only sent its end gets its answer" {
    program slow 'sleep 0.5; printf "Content-Type: a/b\n\nslow"'
    cgi
    run talk "$(head_of 'GET /slow HTTP/1.1' x)"
    assert_line --partial slow
}

@test "a slow client gets all of a large answer, and holds nobody up" {
    program large 'printf "Content-Type: a/b\n\n"; head -c 3000000 /dev/zero'
    cgi
    get /large --limit-rate 1500000 -o large 3>&- & CHILDREN+=($!)
    run get /hello
    assert_output hello
    wait "$!"
    [ "$(stat -c %s large)" = 3000000 ]
}

@test "programs are limited in number: who waits in vain is 503 with Retry-After" {
    mkfifo gate
    program hold "read -r x <$PWD/gate; printf 'Content-Type: a/b\n\nheld'"
    cgi -k 2 -w 0.3
    curl -sS "$URL/hold" -o one 3>&- & CHILDREN+=($!)
    curl -sS "$URL/hold" -o two 3>&- & CHILDREN+=($!)
    until_true holders 2
    run get /hello -i
    assert_line --partial '503 Service Unavailable'
    assert_line $'Retry-After: 1\r'
    printf 'x\nx\n' >gate
    until_true test -s one
    until_true test -s two
    run get /hello
    assert_output hello
}

holders() { # number
    [ "$(pgrep -c -P "$(keeper)")" = "$1" ]
}

@test "with few programs at a time many clients wait for their turn" {
    cgi -k 3 -q
    mkdir got
    run curl -sS --parallel --parallel-immediate --parallel-max 100 -o 'got/#1' "$URL/hello?[1-300]"
    assert_success
    [ "$(cat got/* | sort | uniq -c | tr -s ' ')" = ' 300 hello' ]
}

@test "a thousand clients at a time are all answered" {
    local pids=() i
    cgi -q -C 2000 -w 20
    for i in 1 2 3 4; do
        curl -sS --parallel --parallel-immediate --parallel-max 250 --max-time 40 -o "got$i.#1" \
            "$URL/hello?[1-250]" 2>/dev/null 3>&- & pids+=($!)
    done
    CHILDREN+=("${pids[@]}")
    wait "${pids[@]}"
    [ "$(cat got* | sort | uniq -c | tr -s ' ')" = ' 1000 hello' ]
}

@test "with -w 0 nobody waits" {
    mkfifo gate
    program hold "read -r x <$PWD/gate; printf 'Content-Type: a/b\n\nheld'"
    cgi -k 1 -w 0
    curl -sS "$URL/hold" -o one 3>&- & CHILDREN+=($!)
    until_true holders 1
    codes 503 /hello
    echo x >gate
    until_true test -s one
}

@test "standard error goes to the log with the request's id, and not without end" {
    program talks 'echo one >&2; printf "two\033[2J\n" >&2; printf three >&2; printf "Content-Type: a/b\n\n"'
    program floods 'yes flood | head -c 1000000 >&2; printf "Content-Type: a/b\n\nok"'
    cgi
    get /talks
    run get /floods
    assert_output ok
    logged ' cgi 200 [0-9]*\.2/floods '
    id=$(sed -n 's/.* cgi 200 \([0-9.]*\)\/talks .*/\1/p' server.log)
    run grep "^$id: " server.log
    assert_output "$id: one
$id: two\\x1b[2J
$id: three"
    [ "$(grep -c ': flood$' server.log)" -lt 11000 ]
    grep -q 'left out' server.log
}

@test "one line a request: host, class, status, id and path, microseconds" {
    cgi
    code /hello -H 'Host: A.test:1' >/dev/null
    code /none >/dev/null
    code '/a%00' >/dev/null
    talk 'nonsense\r\n\r\n' >/dev/null
    stop
    run sed -E 's/ [0-9]+$/ N/; s/ [0-9]+\.([0-9]+\/)/ P.\1/' server.log
    assert_output 'A.test cgi 200 P.1/hello N
127.0.0.1 cgi 404 P.2/none N
127.0.0.1 none 400 /a%00 N
- invalid 400 - N'
}

# ---- HTTP

@test "pipelined requests are answered in order, with and without bodies" {
    local i requests='' wanted=''
    program number 'body=$(cat); printf "Content-Type: a/b\n\n"; echo "$body $QUERY_STRING"'
    for i in {1..20}; do
        requests+="$(head_of "POST /number?$i HTTP/1.1" x 'Content-Length: 3')abc"
        requests+="$(head_of "GET /number?$i. HTTP/1.1" x)"
        requests+="$(head_of "POST /number?$i- HTTP/1.1" x 'Transfer-Encoding: chunked')2\\r\\nde\\r\\n0\\r\\n\\r\\n"
        wanted+="abc $i| $i.|de $i-|"
    done
    run over_pipe "$requests"
    assert_success
    assert_equal "$(grep -aE '^(abc|de)? [0-9]+[-.]?$' <<<"$output" | tr '\n' '|')" "$wanted"
}

refused() { # status bytes: refused with it, the connection over, no program run
    rm -f ran
    run over_pipe "$2$(head_of 'GET /ran HTTP/1.1' x)" -q
    assert_success
    [ "${lines[0]:9:3}" = "$1" ] || { echo "$1: $2: ${lines[0]}"; return 1; }
    [ "$(answers <<<"$output")" = 1 ]
    assert_line 'Connection: close'
    [ ! -e ran ]
}

@test "what could be two requests to somebody else is refused" {
    program ran "touch $PWD/ran; printf 'Content-Type: a/b\n\n'; cat"
    post='POST /ran HTTP/1.1\r\nHost: x\r\n'
    refused 400 "${post}Content-Length: 5\\r\\nContent-Length: 6\\r\\n\\r\\nhello"
    refused 400 "${post}Content-Length: 5\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\n"
    refused 400 "${post}Content-Length: +5\\r\\n\\r\\nhello"
    refused 400 "${post}Content-Length: 5,5\\r\\n\\r\\nhello"
    refused 400 "${post}Content-Length : 5\\r\\n\\r\\nhello"
    refused 501 "${post}Transfer-Encoding: gzip, chunked\\r\\n\\r\\n0\\r\\n\\r\\n"
    refused 501 "${post}Transfer-Encoding: chunked\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\n"
    refused 400 'POST /ran HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
    refused 400 "${post}X: a\\r\\n b\\r\\n\\r\\n"
    refused 400 "${post}X: a\\rb\\r\\n\\r\\n"
    refused 400 'GET /ran HTTP/1.1\nHost: x\n\n'
    refused 400 'GET /ran HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n'
    refused 400 'GET /ran HTTP/1.1\r\n\r\n'
    refused 400 'GET /ran\tx HTTP/1.1\r\nHost: x\r\n\r\n'
    refused 431 "GET /ran HTTP/1.1\\r\\nHost: x\\r\\n$(printf 'A: b\\r\\n%.0s' {1..101})\\r\\n"
    refused 414 "GET /$(printf 'a%.0s' {1..9000}) HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n"
}

@test "a chunk that is none ends the request, and the program is told" {
    program waits "cat >/dev/null; touch $PWD/whole; printf 'Content-Type: a/b\n\n'"
    for chunk in 'zz\r\n' '1\r\nab\r\n' '1\nx\r\n' '-1\r\n' '11111111111111111\r\n' '1 \r\nx\r\n0 x\r\n' '5;a\rb\r\nhello\r\n'; do
        run over_pipe "$(head_of 'POST /waits HTTP/1.1' x 'Transfer-Encoding: chunked')$chunk$(head_of 'GET /hello HTTP/1.1' x)" -q
        assert_line --index 0 'HTTP/1.1 400 Bad Request'
        [ "$(answers <<<"$output")" = 1 ] || { echo "$chunk: $output"; return 1; }
        [ ! -e whole ]
    done
    run over_pipe "$(head_of 'POST /waits HTTP/1.1' x 'Content-Length: 10')short" -q
    assert_output ''
    [ ! -e whole ]
}

@test "methods are the program's business, but for TRACE and CONNECT" {
    program method 'printf "Content-Type: a/b\n\n%s" "$REQUEST_METHOD"'
    cgi
    for method in GET POST PUT DELETE PATCH OPTIONS PROPFIND; do
        run get /method -X "$method"
        assert_output "$method"
    done
    run code /method -X TRACE
    assert_output 405
    run talk 'CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n'
    assert_line --partial '501 Not Implemented'
}

# ---- ways to be run

@test "one connection: on a pipe, on a file, on a socket, under tcpserver" {
    request=$(head_of 'GET /hello HTTP/1.1' x)
    run over_pipe "$request$request"
    assert_success
    [ "$(grep -c '^hello$' <<<"$output")" = 2 ]
    printf "$request" >request
    "$BIN/http-cgi" cgi <request >answer 2>server.log
    grep -q '^hello' answer
    run socat -t 10 - "EXEC:$BIN/http-cgi -q cgi" <request
    assert_line hello
    run socat -t 10 - "EXEC:$BIN/http-cgi -q cgi,pipes" <request
    assert_line hello
    mkfifo port
    tcpserver -1 -H -R -l0 127.0.0.1 0 "$BIN/http-cgi" cgi >port 2>server.log 3>&- & CHILDREN+=($!)
    read -r -t 10 PORT <port
    URL=http://127.0.0.1:$PORT
    run get /hello
    assert_output hello
    head -c 300000 /dev/urandom >data
    get /echo --data-binary @data | cmp - data
}

@test "on a Unix socket the client has no address" {
    ADDRESS=unix:$PWD/socket serve http-cgi cgi
    until_true test -S socket
    run curl -sS --unix-socket socket http://x.test/variables
    assert_line REMOTE_ADDR=unix
    assert_line SERVER_NAME=x.test
    assert_line SERVER_PORT=80
    refute_line --regexp '^REMOTE_PORT'
}

@test "behind nginx, with kept connections and bodies in chunks" {
    cgi
    local upstream=$PORT
    mkdir -p nginx/tmp
    cat >nginx/conf <<END
user root;
daemon off;
master_process off;
error_log stderr;
pid pid;
events { }
http {
    access_log off;
    client_body_temp_path tmp/body; proxy_temp_path tmp/proxy; fastcgi_temp_path tmp/f;
    uwsgi_temp_path tmp/u; scgi_temp_path tmp/s;
    upstream cgi { server 127.0.0.1:$upstream; keepalive 4; }
    server {
        listen unix:$PWD/front;
        location / {
            proxy_pass http://cgi; proxy_http_version 1.1; proxy_set_header Connection "";
            proxy_request_buffering off; proxy_buffering off;
        }
    }
}
END
    nginx -e stderr -p nginx -c conf 2>nginx.log 3>&- & CHILDREN+=($!)
    until_true test -S front
    head -c 500000 /dev/urandom >data
    for _ in {1..5}; do
        curl -sS --unix-socket front http://x/echo --data-binary @data | cmp - data
        curl -sS --unix-socket front http://x/echo --data-binary @data -H 'Transfer-Encoding: chunked' | cmp - data
        run curl -sS --unix-socket front http://x/hello
        assert_output hello
    done
    run grep -E '\[(error|crit|alert)\]' nginx.log
    assert_failure 1
}

@test "a thousand requests leave no descriptor and no process behind" {
    cgi -q -t 5
    get /hello >/dev/null
    before=$(descriptors)
    program half 'printf "Content-Type: a/b\n\nx"; kill -9 $$'
    seq 250 | sed "s,.*,url = $URL/hello\nurl = $URL/none\nurl = $URL/half\nurl = $URL/echo," >urls
    run curl -sS --parallel --parallel-max 20 --max-time 40 -K urls -o /dev/null --globoff
    until_true holders 0
    until_true same_descriptors "$before"
    codes 200 /hello
    [ "$(pgrep -c -P "$SERVER")" = 1 ]
}

same_descriptors() { # number
    [ "$(descriptors)" -le "$1" ]
}

@test "SIGTERM: what is under way is finished, nothing new begins, and the keeper ends too" {
    mkfifo gate
    program hold "read -r x <$PWD/gate; printf 'Content-Type: a/b\n\nheld'"
    cgi
    keeper=$(keeper)
    curl -sS "$URL/hold" -o one 3>&- & CHILDREN+=($!)
    until_true holders 1
    kill -TERM "$SERVER"
    until_true refuses_connections
    echo x >gate
    wait "$SERVER"
    SERVER=
    until_true test -s one
    assert_equal "$(cat one)" held
    run kill -0 "$keeper"
    assert_failure
}

refuses_connections() {
    ! (exec 8<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null
}

@test "SIGTERM: after the grace time programs are ended" {
    program hang "echo \$\$ >$PWD/pid; sleep 60"
    cgi -g 0.3
    curl -sS "$URL/hang" -o /dev/null 2>/dev/null 3>&- & CHILDREN+=($!)
    until_true test -s pid
    stop
    gone pid
}

@test "when the server is killed its programs end; when the keeper is, the server says so" {
    program hang "echo \$\$ >$PWD/pid; sleep 60"
    cgi
    curl -sS "$URL/hang" -o /dev/null 2>/dev/null 3>&- & CHILDREN+=($!)
    until_true test -s pid
    kill -KILL "$SERVER"
    wait "$SERVER" || true
    SERVER=
    until_true gone pid
    cgi
    kill -KILL "$(keeper)"
    local ended=0
    wait "$SERVER" || ended=$?
    SERVER=
    assert_equal "$ended" 111
    grep -q 'http-cgi: fatal: the process that starts programs is gone' server.log
}

@test "workers have a keeper each" {
    cgi -n 2
    until_true workers_are 2
    codes 200 /hello /hello /hello /hello
    stop
}

refuses() { # text argument...
    run --separate-stderr "$BIN/http-cgi" "${@:2}" </dev/null
    assert_failure 100
    assert_output ''
    [[ $stderr = *"$1"* ]] || { echo "$stderr"; return 1; }
}

@test "what cannot be served is exit 100 with the reason" {
    refuses 'usage: http-cgi '
    refuses 'usage: http-cgi ' cgi cgi
    refuses 'usage: http-cgi ' -x cgi
    refuses 'http-cgi: fatal: missing: No such file or directory' missing
    refuses 'http-cgi: fatal: cgi/hello: Not a directory' cgi/hello
    refuses 'http-cgi: fatal: -b: ' -b many cgi
    refuses 'http-cgi: fatal: -k: ' -k 0 cgi
    refuses 'http-cgi: fatal: -l: ' -l cpu cgi
    refuses 'http-cgi: fatal: -l: ' -l cpu=x cgi
    refuses 'http-cgi: fatal: -l: ' -l luck=1 cgi
    refuses 'http-cgi: fatal: -e: ' -e =x cgi
    refuses 'http-cgi: fatal: -e: ' -e '' cgi
    refuses 'http-cgi: fatal: -t: ' -t 0 cgi
    refuses 'http-cgi: fatal: -n: ' -n 65 cgi
    run --separate-stderr "$BIN/http-cgi" cgi <cgi
    assert_failure 100
    assert_equal "$stderr" 'http-cgi: fatal: descriptor 0: not a connection or a listening socket'
}

@test "-h shows the usage and is no error" {
    run --separate-stderr "$BIN/http-cgi" -h
    assert_success
    assert_output --partial 'usage: http-cgi '
    assert_equal "$stderr" ''
}
