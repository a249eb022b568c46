#!/usr/bin/env bats
# etc/quote/cgi: the quote service, behind http-cgi; its run script. What it answers is held against
# python's own replay (peer/quote-answer).
# shellcheck disable=SC2016 # other shells expand
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=60

HELLO_WORLD=68656c6c6f20776f726c64

setup_file() {
    BIN=$(cd "$BATS_TEST_DIRNAME/.." && readlink -m "${BIN:-build/bin}")
    "$BIN/sim-pki" "$BATS_FILE_TMPDIR/machine"
    "$BIN/app-keys" "$BATS_FILE_TMPDIR/machine" >/dev/null
    echo '{"vm_config":"{\"cpus\":2}"}' >"$BATS_FILE_TMPDIR/machine/sys-config.json"
}

setup() {
    load serving
    serving_setup
    export PATH=$BIN:$PATH
    ETC=$BATS_TEST_DIRNAME/../etc
    PEER=$BATS_TEST_DIRNAME/peer
    MACHINE=$BATS_FILE_TMPDIR/machine
}

teardown() {
    serving_teardown
}

# service [VARIABLE=value...]: over the simulated machine, unless told otherwise.
service() {
    local setting given=(-e "QUOTE_SOURCE=sim:$MACHINE")
    for setting; do
        given+=(-e "$setting")
    done
    serve http-cgi -b 4096 "${given[@]}" "$ETC/quote/cgi"
}

# A simulated agent, at agent.sock; a service over it is started after.
agent() {
    ADDRESS=unix:$PWD/agent.sock serve http-cgi -b 10485760 -e "AGENT_DIR=$MACHINE" "$ETC/agent/cgi"
    CHILDREN+=("$SERVER")
    SERVER=''
}

# odd_agent PATH COMMANDS: one whose method answers with what the commands print.
odd_agent() {
    mkdir -p odd
    printf '#!/bin/bash\nprintf "Content-Type: application/json\\n\\n"\n%s\n' "$2" >"odd/$1"
    chmod +x "odd/$1"
    [ ! -e odd.sock ] || return 0
    ADDRESS=unix:$PWD/odd.sock serve http-cgi odd
    CHILDREN+=("$SERVER")
    SERVER=''
}

get() { # path [curl argument...]: $status and $output are curl's
    run --separate-stderr curl -sS --path-as-is --max-time 30 "${@:2}" "http://127.0.0.1:$PORT$1"
}

true_over() { # report-data [agrees|differs]: of what get got
    assert_success
    run "$PEER/quote-answer" "$1" <<<"$output"
    assert_output "${2:-agrees}"
}

failed() { # how it begins: an error, and nothing else
    assert_success
    [ "$(json-get -j . <<<"$output")" = "{\"error\":$(json-get -j .error <<<"$output")}" ]
    [[ $(json-get .error <<<"$output") = "$1"* ]] || { echo "$output, not $1"; return 1; }
}

sha512() { # text: in hexadecimal
    printf '%s' "$1" | sha512sum | cut -d ' ' -f 1
}

hex() { # text
    printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n'
}

@test "/ and /health answer as the original" {
    service
    get /
    assert_success
    [[ $output =~ ^\{\"service\":\"dstack-quote-sidecar\",\"timestamp\":\"([0-9-]{10}T[0-9:]{8}Z)\"\}$ ]]
    ((EPOCHSECONDS - $(date -d "${BASH_REMATCH[1]}" +%s) < 60))
    get /health -w ' %{http_code} %{content_type}'
    assert_output '{"status":"ok"} 200 application/json'
    for path in /nothing /health/ /quote/more; do
        get "$path" -o /dev/null -w '%{http_code}'
        assert_output 404
    done
    get / -X POST -d x -w ' %{http_code} %header{allow}'
    assert_output '{"error":"Method not allowed"} 405 GET,HEAD'
    get /quote -X PUT -d x -w ' %{http_code} %header{allow}'
    assert_output '{"error":"Method not allowed"} 405 GET,HEAD,POST'
}

@test "/quote is over hello world, and its registers are what its log leads to" {
    service
    get /quote
    true_over "$HELLO_WORLD"
    get '/quote?rtmrs=string'
    true_over "$HELLO_WORLD"
    [[ $(curl -sS "http://127.0.0.1:$PORT/quote" | json-get .rtmrs) =~ ^'{0: "' ]]
    get '/quote?rtmrs=object'
    true_over "$HELLO_WORLD"
    [[ $(curl -sS "http://127.0.0.1:$PORT/quote?rtmrs=object" | json-get .rtmrs) =~ ^'{"0":"' ]]
    get '/quote?rtmrs=array'
    failed 'Failed to get quote: rtmrs'
    # HEAD has the head of it.
    get /quote -I
    assert_line --partial 'Content-Type: application/json'
    assert_line --regexp '^Content-Length: [0-9]{5}'
    refute_output --partial '{'
}

@test "data in the query: any byte there is, 1 to 64 of them" {
    local line
    service
    # What each shell makes of a text, and python of the same.
    python3 - >texts <<'END'
import sys
out = sys.stdout.buffer
every = bytes(range(256))
for i in range(0, 256, 64):
    out.write("".join("%%%02X" % b for b in every[i:i + 64]).encode() + b"\n")
    out.write("".join("%%%02x" % b for b in every[i:i + 64]).encode() + b"\n")
for text in (bytes(b for b in range(0x21, 0x7f) if b not in b"&#%"), b"a+b+", b"", b"%41%4", b"%", b"%4g",
             b"%%41", b"a b", b"\x7f", b"\xc3\xa4", b"aa%25%2B", b"a" * 64, b"*", b"?*[a]", b"\\", b"\\\\n", b"-n", b"-e"):
    out.write(text + b"\n")
END
    python3 - >expected <<'END'
import re, urllib.parse
for line in open("texts", "rb").read().split(b"\n")[:-1]:
    good = re.fullmatch(rb"([ -$&-~]|%[0-9A-Fa-f]{2})*", line) is not None
    print(urllib.parse.unquote_to_bytes(line.replace(b"+", b" ")).hex() if good else "malformed")
END
    for shell in sh bash 'busybox sh'; do
        SCRIPT_NAME=x $shell -c '. "$1"/quote/request.sh
            while IFS= read -r line; do
                if decode "$line"; then printf "%s\n" "$hex" | tr A-F a-f; else echo malformed; fi
            done' "$shell" "$ETC" <texts >got
        diff -u expected got
    done
    # And through all of it.
    while IFS= read -r line; do
        get "/quote?data=$line"
        true_over "$(sed -n "/^$line\$/=" texts | xargs -I N sed -n Np expected)"
    done < <(sed -n '1~2p' texts | head -n 4)
    get '/quote?other=1&data=a&&unknown'
    true_over 61
    get "/quote?data=$(printf '%065d' 0)"
    failed 'Failed to get quote: Invalid report data length: 65 bytes'
    for query in data= data; do
        get "/quote?$query"
        failed 'Failed to get quote: Invalid report data length: 0 bytes'
    done
    for query in data=%4 data=%zz; do
        get "/quote?$query"
        failed 'Failed to get quote: malformed data'
    done
    get "/quote?data=$(printf '%01024d' 0)"
    failed 'Failed to get quote: the query is longer'
}

@test "hex in the query, a whole number of bytes" {
    service
    get '/quote?hex=00Ff0a'
    true_over 00ff0a
    get "/quote?hex=$(printf '%0128d' 7)"
    true_over "$(printf '%0128d' 7)"
    for query in 0 abc; do
        get "/quote?hex=$query"
        failed 'Failed to get quote: an odd number'
    done
    for query in 0x00 zz %30%30 '00+'; do
        get "/quote?hex=$query"
        failed 'Failed to get quote: malformed hex'
    done
    get '/quote?hex='
    failed 'Failed to get quote: Invalid report data length: 0'
    get "/quote?hex=$(printf '%0130d' 7)"
    failed 'Failed to get quote: Invalid report data length: 65'
    for query in 'data=a&hex=00' 'data=a&data=a' 'nonce=a&data=b' 'rtmrs=object&rtmrs=object'; do
        get "/quote?$query"
        failed 'Failed to get quote: '
    done
}

@test "nothing in a query is expanded or executed" {
    service
    for query in 'data=$(touch$IFS-$PWD/evil)' 'data=`touch+evil`' "data=';touch+evil;'" 'data=";touch+evil;"' \
        'data=%0atouch%20evil' 'data=$((evil))' 'data=a;touch=evil|touch+evil' '$(touch+evil)=1' \
        'rtmrs=$(touch+evil)' 'rtmrs=object;touch+evil' 'hex=$(touch+evil)' 'nonce=$(touch+evil)' '*' '-j' '`evil`&data=a'; do
        talk "GET /quote?${query//%/%%} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" >answer
        grep -q '^HTTP/1.1 200' answer || { cat answer; return 1; }
        tail -n 1 answer | json-get -e .comparison.agrees || tail -n 1 answer | json-get .error >>errors
    done
    run find "$ETC/quote" "$BATS_TEST_TMPDIR" -name '*evil*'
    assert_output ''
    run sort -u errors
    assert_output 'Failed to get quote: malformed hex
Failed to get quote: rtmrs is neither string nor object'
    refute [ -s server.out ]
    run grep -v -e ' cgi 200 ' -e ': Failed to get quote: ' server.log
    assert_output ''
}

@test "a nonce is hashed, with a word of its own before it" {
    service
    get '/quote?nonce=4f2a'
    true_over "$(sha512 postern-quote-nonce:4f2a)"
    long=$(printf '%0500d' 9)
    get "/quote?nonce=$long"
    true_over "$(sha512 "postern-quote-nonce:$long")"
    get '/quote?nonce=%41+b'
    true_over "$(sha512 'postern-quote-nonce:A b')"
    for query in nonce= nonce; do
        get "/quote?$query"
        failed 'Failed to get quote: Invalid'
    done
}

@test "with QUOTE_NONCE_ONLY a nonce is all that can be given" {
    service QUOTE_NONCE_ONLY=1 QUOTE_STRICT_STATUS=1
    get '/quote?nonce=4f2a'
    true_over "$(sha512 postern-quote-nonce:4f2a)"
    get '/attest?nonce=4f2a' -o /dev/null -w '%{http_code}'
    assert_output 200
    for path in /quote '/quote?data=a' '/quote?hex=00' /attest '/attest?data=a'; do
        get "$path" -w '\n%{http_code}'
        assert_line --partial 'only a nonce is taken here'
        assert_line 403
    done
    get /quote --data-binary x -o /dev/null -w '%{http_code}'
    assert_output 403
}

@test "a body is taken byte by byte, 1 to 64 of them" {
    service QUOTE_STRICT_STATUS=1
    head -c 64 /dev/urandom | tr '\1' '\0' >body
    printf '\0\n\r"' | dd of=body conv=notrunc status=none
    get /quote --data-binary @body
    true_over "$(od -An -v -tx1 body | tr -d ' \n')"
    printf '\n' >one
    get /quote --data-binary @one -H 'Content-Type: application/octet-stream'
    true_over 0a
    get '/quote?rtmrs=object' -d data=a
    true_over "$(hex data=a)"
    head -c 65 /dev/zero >long
    for length in 65 100 3000; do
        head -c "$length" /dev/zero >long
        get /quote --data-binary @long -w '\n%{http_code}'
        assert_line --partial "Invalid report data length: $length bytes"
        assert_line 400
    done
    head -c 5000 /dev/zero >long
    get /quote --data-binary @long -o /dev/null -w '%{http_code}'
    assert_output 413
    get /quote -d '' -w '\n%{http_code}'
    assert_line --partial 'Invalid report data length: 0 bytes'
    get /quote -H 'Transfer-Encoding: chunked' --data-binary @one -w ' %{http_code}'
    assert_output '{"error":"The body must have a Content-Length"} 411'
    get '/quote?hex=00' -d x -w '\n%{http_code}'
    assert_line --partial 'more than one of'
    assert_line 400
}

@test "over an agent: its configuration, its attestation, and its errors" {
    agent
    service QUOTE_SOURCE="agent:unix:$PWD/agent.sock"
    get '/quote?hex=0102'
    assert_equal "$(json-get .vm_config <<<"$output")" '{"cpus":2}'
    true_over 0102
    get '/attest?hex=0102'
    assert_success
    json-get .attestation <<<"$output" >attestation
    assert_equal "$output" "{\"attestation\":\"$(cat attestation)\"}"
    curl -sS --unix-socket agent.sock 'http://agent/Attest?report_data=0102' | json-get .attestation | cmp - attestation
    run tdx-replay -f attestation <attestation
    assert_success
    get /attest --data-binary x -o posted
    grep -q "78$(printf '%0126d' 0)" posted
    get '/attest?hex=0'
    failed 'Failed to attest: an odd number'
}

@test "the agent is where the variable says, and what is told of it is for the log" {
    agent
    service QUOTE_SOURCE=agent DSTACK_SIMULATOR_ENDPOINT="$PWD/agent.sock" QUOTE_LOG=debug
    get /quote
    true_over "$HELLO_WORLD"
    until_true grep -q '/quote: tdx-quote: from agent:unix:' server.log
}

@test "what fails has the status that is true when it is to be strict, and 200 otherwise" {
    local quote log
    quote=$(sim-quote -x -d "$HELLO_WORLD" "$MACHINE")
    log=$(json-get -n log@="$MACHINE/eventlog.json" | json-get -j .log)
    agent_says() { # status error answer
        odd_agent GetQuote "printf %s $(printf %q "$3")"
        get /quote -w '\n%{http_code}'
        assert_line "$1"
        assert_line --partial "\"error\":\"$2"
    }
    odd_agent GetQuote :
    service QUOTE_SOURCE="agent:unix:$PWD/odd.sock" QUOTE_STRICT_STATUS=1 QUOTE_TIMEOUT=20
    agent_says 503 'Failed to get quote: agent:unix:' '{"nothing":1}'
    agent_says 502 'Failed to get quote: agent:unix:' "{\"quote\":\"${quote/$HELLO_WORLD/68656c6c6f20776f726c65}\",\"event_log\":$log}"
    agent_says 502 'Failed to replay RTMRs: standard input: an answer without' "{\"quote\":\"$quote\"}"
    agent_says 502 'Failed to replay RTMRs: standard input: its event_log' "{\"quote\":\"$quote\",\"event_log\":\"[\"}"
    agent_says 502 'Failed to replay RTMRs: event ' "{\"quote\":\"$quote\",\"event_log\":${log/6170702d6964/6170702d6965}}" ||
        agent_says 502 'Failed to replay RTMRs: event ' "{\"quote\":\"$quote\",\"event_log\":${log/app-id/app-ie}}"
    get /attest -w '\n%{http_code}'
    assert_line 503
    assert_line --partial 'Failed to attest: agent:unix:'
    stop
    service QUOTE_SOURCE="agent:unix:$PWD/none.sock" QUOTE_STRICT_STATUS=1
    get /quote -w '\n%{http_code}'
    assert_line 500
    assert_line --partial 'there is none here'
    stop
    service QUOTE_SOURCE="agent:unix:$PWD/none.sock"
    get /quote -w '\n%{http_code}'
    assert_line 200
    assert_line --partial '"error":"Failed to get quote: agent:unix:'
    stop
    for setting in STRICT_STATUS=maybe NONCE_ONLY=yes TIMEOUT=5s TIMEOUT=1.2.3 LOG=all; do
        run --separate-stderr env SCRIPT_NAME=/quote REQUEST_METHOD=GET "QUOTE_$setting" sh -c 'cd "$1" && ./quote' x "$ETC/quote/cgi"
        assert_failure 100
        assert_output ''
        assert_equal "$stderr" "/quote: fatal: QUOTE_${setting%=*} is not what it can be"
    done
    service QUOTE_STRICT_STATUS=maybe
    get /quote -o /dev/null -w '%{http_code}'
    assert_output 502
}

@test "a log that leads elsewhere is no failure, and the comparison says so" {
    local quote log
    quote=$(sim-quote -x -d "$HELLO_WORLD" -m "rtmr2=$(printf '%096d' 5)" "$MACHINE")
    log=$(json-get -n log@="$MACHINE/eventlog.json" | json-get -j .log)
    odd_agent GetQuote "printf %s $(printf %q "{\"quote\":\"$quote\",\"event_log\":$log,\"attestation\":\"00\"}")"
    service QUOTE_SOURCE="agent:unix:$PWD/odd.sock" QUOTE_STRICT_STATUS=1
    get /quote -w '\n%{http_code}'
    assert_line 200
    output=${lines[0]}
    true_over "$HELLO_WORLD" differs
    get '/quote?rtmrs=object'
    assert_equal "$(json-get .comparison.equal <<<"$output")" '{"0":true,"1":true,"2":false,"3":true}'
}

@test "an agent that does not answer costs the time there is, and no more" {
    local start=$EPOCHREALTIME us
    odd_agent GetQuote 'exec sleep 30'
    service QUOTE_SOURCE="agent:unix:$PWD/odd.sock" QUOTE_STRICT_STATUS=1 QUOTE_TIMEOUT=0.5
    get /quote -w '\n%{http_code}'
    assert_line 504
    assert_line --partial 'no quote in time'
    us=$((${EPOCHREALTIME/[.,]/} - ${start/[.,]/}))
    ((us > 500000 && us < 15000000))
    # The others have theirs meanwhile.
    get /health
    assert_output '{"status":"ok"}'
}

@test "many at a time have each their own" {
    local i
    service
    for i in 1{0..9} 2{0..9} 3{0..9}; do
        printf 'url = "http://127.0.0.1:%s/quote?hex=%s"\noutput = "%s.json"\n' "$PORT" "$i" "$i"
    done >many
    run curl -sS --parallel --parallel-max 30 --max-time 50 -K many
    assert_success
    for i in 1{0..9} 2{0..9} 3{0..9}; do
        assert_equal "$(json-get .report_data <"$i.json")" "$i$(printf '%0126d' 0)"
    done
    "$PEER/quote-answer" 39 <39.json
}

@test "who is told to end gives the answers he owes first" {
    odd_agent GetQuote 'echo >asked; until [ -e go ]; do sleep 0.05; done; echo "{}"'
    sed -i "2i cd $PWD" odd/GetQuote
    service QUOTE_SOURCE="agent:unix:$PWD/odd.sock"
    curl -sS --max-time 30 "http://127.0.0.1:$PORT/quote" >late 3>&- &
    CHILDREN+=("$!")
    until_true test -e asked
    kill -TERM "$SERVER"
    until_true refused
    : >go
    wait "$SERVER"
    SERVER=''
    wait "${CHILDREN[-1]}"
    assert_equal "$(cat late)" "{\"error\":\"$(json-get .error <late)\"}"
}

refused() { ! (exec 5<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; }

@test "few processes make an answer" {
    [ "${CHECK_FLAVOUR-}" != san ] || skip 'the leak checker does not work under strace'
    service
    get /quote
    strace -f -qq -e trace=execve -o calls env SCRIPT_NAME=/quote REQUEST_METHOD=GET QUOTE_SOURCE="sim:$MACHINE" \
        sh -c 'cd "$1" && exec ./quote' x "$ETC/quote/cgi" >answer ||
        skip 'no strace here'
    [ "$(grep -c ' = 0$' calls)" -le 5 ] || { cat calls; return 1; }
}

# started [VARIABLE=value...]: the run script with a listen-on that tells its arguments.
started() {
    mkdir -p stub
    printf '#!/bin/sh\nfor word; do case $word in -e) ;; *) printf "%%s " "$word" ;; esac; done\n' >stub/listen-on
    chmod +x stub/listen-on
    run env -i PATH="$PWD/stub:/usr/bin:/bin" "$@" "$ETC/s6/quote/run"
}

@test "the run script: where to listen, by both names" {
    started
    assert_success
    assert_output --regexp '^-r 3 0\.0\.0\.0:9999 http-cgi -b 4096 .* QUOTE_TIMEOUT=30 .*/share/postern/quote/cgi $'
    for line in '127.0.0.1 80 127.0.0.1:80' '::1 80 [::1]:80' '[::] 1 [::]:1' ':: 0 [::]:0' '* 65535 :65535' \
        'localhost 99 localhost:99'; do
        # shellcheck disable=SC2086 # words
        set -f && set -- $line && set +f
        started QUOTE_SIDECAR__SERVER__HOST="$1" QUOTE_SIDECAR__SERVER__PORT="$2"
        assert_output --partial "-r 3 $3 http-cgi "
        started QUOTE_SIDECAR_SERVER__HOST="$1" QUOTE_SIDECAR_SERVER__PORT="$2"
        assert_output --partial "-r 3 $3 http-cgi "
        started QUOTE_SIDECAR__SERVER__HOST="$1" QUOTE_SIDECAR_SERVER__HOST="$1" QUOTE_SIDECAR_SERVER__PORT="$2"
        assert_output --partial "-r 3 $3 http-cgi "
    done
    started QUOTE_LOG=off QUOTE_TIMEOUT=10 WORKERS=2
    assert_output --regexp '^-n 2 -r 3 0\.0\.0\.0:9999 http-cgi -q .* -t 15 -T 25 '
}

@test "the run script: what is malformed is 100, and nothing is started" {
    for setting in QUOTE_SIDECAR__SERVER__PORT=80x QUOTE_TIMEOUT=0 QUOTE_TIMEOUT=1.5 QUOTE_TIMEOUT=3601 \
        QUOTE_TIMEOUT=08 QUOTE_STRICT_STATUS=yes QUOTE_NONCE_ONLY=2 QUOTE_LOG=trace; do
        started "$setting"
        assert_failure 100
        assert_output --regexp '^quote: fatal: [^:]*'
        refute_output --partial http-cgi
    done
    started QUOTE_SIDECAR__SERVER__HOST=127.0.0.1 QUOTE_SIDECAR_SERVER__HOST=127.0.0.2
    assert_failure 100
    assert_output 'quote: fatal: QUOTE_SIDECAR__SERVER__HOST is 127.0.0.1, but QUOTE_SIDECAR_SERVER__HOST is 127.0.0.2'
}
