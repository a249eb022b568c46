#!/usr/bin/env bats
# relay-redirect: plain HTTP for custom domains, redirected to their apps.
# shellcheck disable=SC2154,SC2030,SC2031 # run sets stderr; each test is a shell of its own
# shellcheck disable=SC2094,SC1003,SC2016 # names of files that are functions too; bytes as they are
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=40

TOKEN=LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0
CHALLENGE=/.well-known/acme-challenge/$TOKEN

setup_file() {
    load dns
    load relay
    relay_zones
}

teardown_file() {
    load relay
    relay_zones_end
}

setup() {
    load serving
    load dns
    load relay
    serving_setup
    export DNSCACHEIP=$KNOT
}

teardown() {
    serving_teardown
}

relay() { # [argument...]
    serve relay-redirect "$@"
}

with_domains() {
    dns_domains
    CHILDREN+=("$DOMAINS_PID")
    export DNSCACHEIP=$DOMAINS
}

over_pipe() { # bytes [argument...]: the answers, without carriage returns
    # shellcheck disable=SC2059 # the bytes are a format
    printf "$1" | "$BIN/relay-redirect" "${@:2}" 2>>server.log | tr -d '\r'
}

answers() { # STATUS <answers: how many there are; a body need not end in a newline
    grep -ao "HTTP/1\.1 ${1-}" | wc -l
}

leads_to() { # host wanted: where a challenge of that host is sent
    run location_of "$1" "$CHALLENGE"
    assert_output "$2"
}

metric() { # NAME{LABELS}: its figure
    body_of 127.0.0.1 /metrics | awk -v "name=$1" '$1 == name { print $2 }'
}

metric_is() { # NAME{LABELS} figure
    [ "$(metric "$1")" = "$2" ]
}

status_is() { # status host path [curl argument...]
    [ "$(status_of "${@:2}")" = "$1" ]
}

hold() { # BYTES: on a new connection, left open on descriptor $HELD
    exec {HELD}<>"/dev/tcp/127.0.0.1/$PORT"
    # shellcheck disable=SC2059
    printf "$1" >&"$HELD"
}

# ---- whose request it is

@test "the app's TXT record and the gateway's CNAME make the redirect" {
    relay
    leads_to app.example.test "307 https://$ID.gw.test$CHALLENGE"
}

@test "the older TXT name is taken when the first has none" {
    relay
    leads_to old.example.test "307 https://oldapp.gw.test$CHALLENGE"
}

@test "the wildcard TXT of the parent is taken when both others have none" {
    relay
    leads_to any.wild.example.test "307 https://wildapp.gw.test$CHALLENGE"
    leads_to deeper.any.wild.example.test "502 "
}

@test "the first of several TXT names decides" {
    relay
    leads_to all.order.example.test "307 https://first.gw.test$CHALLENGE"
    leads_to old.order.example.test "307 https://second.gw.test$CHALLENGE"
    leads_to wild.order.example.test "307 https://third.gw.test$CHALLENGE"
}

@test "the first valid record of several counts, character-strings joined, in lower case" {
    relay
    leads_to several.example.test "307 https://$ID.gw.test$CHALLENGE"
    leads_to pieces.example.test "307 https://pieces.gw.test$CHALLENGE"
    leads_to upper.example.test "307 https://abcdef.gw.test$CHALLENGE"
}

@test "the CNAME of _dstack-gateway stands in for one that cannot be beside an address" {
    relay
    leads_to beside.example.test "307 https://$ID.gw2.test$CHALLENGE"
}

@test "the CNAME of _dstack-gateway stands in for one that does not match" {
    relay
    leads_to other.example.test "307 https://$ID.gw2.test$CHALLENGE"
}

@test "a CNAME that matches goes before _dstack-gateway" {
    relay
    leads_to both.example.test "307 https://$ID.gw1.test$CHALLENGE"
}

@test "the fallback is used when there is no CNAME, or none that matches" {
    FALLBACK_GATEWAY_DOMAIN=fall.back.test relay
    leads_to plain.example.test "307 https://$ID.fall.back.test$CHALLENGE"
    leads_to unlike.example.test "307 https://$ID.fall.back.test$CHALLENGE"
    leads_to app.example.test "307 https://$ID.gw.test$CHALLENGE"
}

@test "without a fallback that is 502 with the reason" {
    relay
    leads_to plain.example.test '502 '
    run body_of plain.example.test "$CHALLENGE"
    assert_output 'cannot redirect plain.example.test: no gateway (no CNAME that is allowed, and no fallback)'
}

@test "the fallback is never used because a lookup failed: 503, try again later" {
    FALLBACK_GATEWAY_DOMAIN=fall.back.test relay
    run curl -sS -i -H 'Host: app.mixed.test' "http://127.0.0.1:$PORT$CHALLENGE"
    assert_line --partial '503 Service Unavailable'
    assert_line $'Retry-After: 5\r'
    assert_line 'cannot resolve app.mixed.test: DNS lookup failed'
    refute_line --regexp '^Location'
    leads_to app.broken.test '503 '
}

@test "no app record, or none that is valid, is 502 with the reason for a challenge" {
    relay
    for host in none bad missing; do
        leads_to "$host.example.test" '502 '
        run body_of "$host.example.test" "$CHALLENGE"
        assert_output "cannot redirect $host.example.test: no app address record (TXT _dstack-app-address, id:port)"
    done
}

@test "the allowed expression and its group are the administrator's" {
    ALLOWED_DOMAIN_REGEX='^(_)\.((gw)\.test)$' GATEWAY_DOMAIN_CAPTURE_GROUP=3 relay
    leads_to app.example.test "307 https://$ID.gw$CHALLENGE"
    leads_to other.example.test '502 '
    stop
    env -u ALLOWED_DOMAIN_REGEX "$BIN/relay-redirect" -q <<<$'GET / HTTP/1.0\r\nHost: app.example.test\r\n\r' >answer
    grep -q '502 Bad Gateway' answer
}

@test "a host's port, case and final dot do not matter; an A-label is kept" {
    relay
    for host in app.example.test:80 APP.Example.TEST app.example.test. APP.example.test.:8080; do
        leads_to "$host" "307 https://$ID.gw.test$CHALLENGE"
    done
    leads_to xn--bcher-kva.example.test "307 https://$ID.gw.test$CHALLENGE"
}

@test "addresses, single labels and names with other bytes are no custom domains, and not asked about" {
    with_domains
    relay
    for host in 192.0.2.1 192.0.2.1:80 '[2001:db8::1]' localhost relay _x.example.test under_score.example.test \
        -a.test a..test "$LABEL63.a$LABEL63.test" example.1; do
        run status_of "$host" "$CHALLENGE"
        assert_output 404
        run body_of "$host" /health
        assert_output OK
    done
    assert_equal "$(cat questions)" ''
}

@test "an absolute target's host counts, not the Host field" {
    relay
    run talk "$(head_of "GET http://APP.example.test:80$CHALLENGE?x HTTP/1.1" none.example.test)"
    assert_line "Location: https://$ID.gw.test$CHALLENGE?x"$'\r'
}

@test "what proxies say about other hosts is not believed" {
    relay
    run location_of none.example.test "$CHALLENGE" -H 'X-Forwarded-Host: app.example.test' \
        -H 'Forwarded: host=app.example.test' -H 'X-Original-Host: app.example.test' -H 'X-Host: app.example.test'
    assert_output '502 '
    run location_of app.example.test "$CHALLENGE" -H 'X-Forwarded-Host: evil.test' -H 'X-Forwarded-Proto: gopher'
    assert_output "307 https://$ID.gw.test$CHALLENGE"
}

# ---- what is answered

@test "path and query go on exactly as they came" {
    relay
    for path in / '/a/b?c=d&e=%20f?g' '//evil.test/%2e%2e/..//x;y=z' '/%00%0d%0aX:%20y' '/?' '/~!$&()*+,;=:@[]|{}^`"<>\' "/'"; do
        run location_of app.example.test "$path" -g
        assert_output "307 https://$ID.gw.test$path"
    done
    long=/$(printf 'x%.0s' {1..8100})
    run location_of app.example.test "$long"
    assert_output "307 https://$ID.gw.test$long"
}

@test "RELAY_STATUS chooses the status" {
    for status in 301 302 307 308; do
        RELAY_STATUS=$status relay
        leads_to app.example.test "$status https://$ID.gw.test$CHALLENGE"
        stop
    done
}

@test "RELAY_PORT and RELAY_SUFFIX make the gateway's names" {
    while read -r port suffix one two three; do
        [ "$suffix" != - ] || suffix=
        RELAY_PORT=$port RELAY_SUFFIX=$suffix relay
        leads_to p80.example.test "307 https://$one.gw.test$CHALLENGE"
        leads_to p443.example.test "307 https://$two.gw.test$CHALLENGE"
        leads_to p8080.example.test "307 https://$three.gw.test$CHALLENGE"
        stop
    done <<'END'
80   - port port port
8443 - port-8443 port-8443 port-8443
443  s port-s port-s port-s
txt  - port port port-8080
txt  s port-s port-s port-8080s
txt  g port-g port-g port-8080g
END
}

@test "an app whose label becomes too long is 502, not half a name" {
    RELAY_PORT=txt relay
    leads_to long.example.test '502 '
    run body_of long.example.test /
    assert_output 'the app of long.example.test has no valid host name'
}

@test "only tokens of base64url are challenges; below their path the rest is 404" {
    relay
    local long
    long=$(printf 'a%.0s' {1..128})
    run status_of app.example.test "/.well-known/acme-challenge/$long"
    assert_output 307
    for token in "${long}a" '' a.b a/b a=b .. ../x %61; do
        run status_of app.example.test "/.well-known/acme-challenge/$token"
        assert_output 404
    done
}

@test "RELAY_OTHER=app sends all of a custom domain there, self to https, deny nowhere" {
    relay
    for path in / /health /metrics /x; do
        run location_of app.example.test "$path"
        assert_output "307 https://$ID.gw.test$path"
    done
    stop
    RELAY_OTHER=self relay
    run location_of App.Example.Test:80 '/x?y'
    assert_output '308 https://app.example.test/x?y'
    leads_to app.example.test "307 https://$ID.gw.test$CHALLENGE"
    stop
    RELAY_OTHER=deny relay
    for path in / /health /metrics /x; do
        run location_of app.example.test "$path"
        assert_output '404 '
    done
    leads_to app.example.test "307 https://$ID.gw.test$CHALLENGE"
}

@test "other hosts get /health, /metrics, a page, and 404" {
    relay
    for host in 127.0.0.1 none.example.test; do
        run body_of "$host" /health
        assert_output OK
        run status_of "$host" /metrics
        assert_output 200
        run body_of "$host" /
        assert_output --partial 'postern relay'
        run status_of "$host" /x
        assert_output 404
    done
    run talk "$(head_of 'OPTIONS * HTTP/1.1' app.example.test)"
    assert_line --partial '404 Not Found'
}

@test "every method is redirected; HEAD has no body" {
    relay
    for method in POST PUT DELETE PATCH OPTIONS PROPFIND; do
        run location_of app.example.test /x -X "$method" -d 'a body'
        assert_output "307 https://$ID.gw.test/x"
    done
    run over_pipe "$(head_of 'HEAD / HTTP/1.1' 127.0.0.1 'Connection: close')"
    assert_line 'Content-Length: 91'
    [ "${lines[-1]}" = 'Connection: close' ]
    run over_pipe "$(head_of "HEAD $CHALLENGE HTTP/1.1" none.example.test 'Connection: close')"
    assert_line 'HTTP/1.1 502 Bad Gateway'
    [ "${lines[-1]}" = 'Connection: close' ]
}

# ---- configuration

@test "a malformed variable is exit 100 and named, never a silent default" {
    while IFS='|' read -r variable value; do
        run --separate-stderr env "$variable=$value" "$BIN/relay-redirect" </dev/null
        assert_failure 100
        assert_output ''
        [[ $stderr = "relay-redirect: fatal: $variable: "* ]] || { echo "$variable=$value: $stderr"; return 1; }
    done <<'END'
ALLOWED_DOMAIN_REGEX|(
ALLOWED_DOMAIN_REGEX|[a
GATEWAY_DOMAIN_CAPTURE_GROUP|10
GATEWAY_DOMAIN_CAPTURE_GROUP|one
FALLBACK_GATEWAY_DOMAIN|https://gw.test
FALLBACK_GATEWAY_DOMAIN|gw.test:443
FALLBACK_GATEWAY_DOMAIN|192.0.2.1
RELAY_PORT|0
RELAY_PORT|65536
RELAY_PORT|TXT
RELAY_SUFFIX|gs
RELAY_STATUS|303
RELAY_STATUS|200
RELAY_OTHER|allow
DNSCACHEIP|resolver.test
DNSCACHEIP|127.0.0.1:0:0
WORKERS|0
WORKERS|65
END
}

@test "an empty variable is as good as none" {
    FALLBACK_GATEWAY_DOMAIN='' RELAY_PORT='' RELAY_SUFFIX='' RELAY_STATUS='' RELAY_OTHER='' WORKERS='' relay
    leads_to p8080.example.test "307 https://port.gw.test$CHALLENGE"
}

@test "malformed arguments are exit 100" {
    for arguments in 'more' '-x' '-c' '-c 0' '-C x' '-n 65' '-g soon' '-m'; do
        # shellcheck disable=SC2086 # several
        run --separate-stderr "$BIN/relay-redirect" $arguments </dev/null
        assert_failure 100
        assert_output ''
    done
    run --separate-stderr "$BIN/relay-redirect" -h
    assert_success
    assert_output --partial 'usage: relay-redirect '
    run --separate-stderr "$BIN/relay-redirect" <.
    assert_failure 100
    assert_equal "$stderr" 'relay-redirect: fatal: descriptor 0: not a connection or a listening socket'
}

# ---- one connection

@test "one connection: on a pipe, on a file, on a socket, under tcpserver and socat" {
    request=$(head_of "GET $CHALLENGE HTTP/1.1" app.example.test)
    to="Location: https://$ID.gw.test$CHALLENGE"
    run over_pipe "$request$request"
    assert_success
    [ "$(grep -cFx "$to" <<<"$output")" = 2 ]
    # shellcheck disable=SC2059
    printf "$request$request" >request
    "$BIN/relay-redirect" <request >answer 2>>server.log
    [ "$(grep -cFx "$to"$'\r' answer)" = 2 ]
    run socat -t 10 - "EXEC:$BIN/relay-redirect -q" <request
    [ "$(grep -cFx "$to"$'\r' <<<"$output")" = 2 ]
    run socat -t 10 - "EXEC:$BIN/relay-redirect -q,pipes" <request
    [ "$(grep -cFx "$to"$'\r' <<<"$output")" = 2 ]
    mkfifo port
    tcpserver -1 -H -R -l0 127.0.0.1 0 "$BIN/relay-redirect" >port 2>>server.log 3>&- & CHILDREN+=($!)
    read -r -t 10 PORT <port
    leads_to app.example.test "307 https://$ID.gw.test$CHALLENGE"
}

@test "one connection: what is half a request when the input ends is not answered, and no failure" {
    run over_pipe 'GET / HTTP/1.1\r\nHost: app.exa'
    assert_success
    assert_output ''
    run over_pipe ''
    assert_success
    assert_output ''
}

@test "-m: processes that serve one connection each count into the same file" {
    for _ in {1..10}; do
        over_pipe "$(head_of "GET $CHALLENGE HTTP/1.0" app.example.test)" -m figures >/dev/null &
        CHILDREN+=($!)
    done
    wait "${CHILDREN[@]}"
    over_pipe "$(head_of "GET $CHALLENGE HTTP/1.0" none.example.test)" -m figures >/dev/null
    relay -m figures
    metric_is 'http_requests_total{method="GET",path="/.well-known/acme-challenge",status="307"}' 10
    metric_is 'redirects_total{status="success"}' 10
    metric_is 'redirects_total{status="failure"}' 1
    metric_is 'dns_lookups_total{type="combined",status="success"}' 10
    metric_is 'connections_open' 1
}

@test "-m: a file that is something else is exit 100, and left as it is" {
    echo precious >precious
    ln -s precious link
    mkfifo pipe
    for file in precious link pipe . missing/file; do
        run --separate-stderr "$BIN/relay-redirect" -m "$file" </dev/null
        assert_failure 100
        [[ $stderr = "relay-redirect: fatal: $file: "* ]]
    done
    assert_equal "$(cat precious)" precious
}

# ---- HTTP

@test "requests on one connection are answered in order, those that wait for DNS too" {
    with_domains
    relay
    local requests='' wanted='' i
    for i in 1 2 3; do
        requests+=$(head_of "GET /slow$i HTTP/1.1" "txt-late-$((400 - i * 100)).x$i.test")
        requests+=$(head_of "GET /nowhere HTTP/1.1" 127.0.0.1)
        requests+=$(head_of "GET /fast$i HTTP/1.1" "y$i.test")
        wanted+="307 https://liarapp.gw.test/slow$i 404 307 https://liarapp.gw.test/fast$i "
    done
    run talk "$requests"
    got=$(tr -d '\r' <<<"$output" | awk '/^HTTP/ { printf "%s ", $2 } /^Location/ { printf "%s ", $2 }')
    assert_equal "$got" "$wanted"
}

@test "a client that stops sending still gets the answer it waits for" {
    with_domains
    relay
    run talk "$(head_of 'GET / HTTP/1.1' txt-late-500.a.test)"
    assert_line --partial '307 Temporary Redirect'
}

@test "HTTP/1.0 closes unless asked to keep alive; 1.1 keeps unless told to close" {
    relay
    run over_pipe "$(head_of 'GET /health HTTP/1.0' a)$(head_of 'GET /health HTTP/1.0' a)"
    [ "$(answers <<<"$output")" = 1 ]
    run over_pipe "$(head_of 'GET /health HTTP/1.0' a 'Connection: keep-alive')$(head_of 'GET /health HTTP/1.0' a)"
    [ "$(answers <<<"$output")" = 2 ]
    assert_line 'Connection: keep-alive'
    run over_pipe "$(head_of 'GET /health HTTP/1.1' a 'Connection: close')$(head_of 'GET /health HTTP/1.1' a)"
    [ "$(answers <<<"$output")" = 1 ]
    run over_pipe 'GET /health HTTP/1.0\r\n\r\n'
    assert_line 'HTTP/1.1 200 OK'
}

@test "bodies are passed over up to 64 KiB, in one piece or in chunks; a longer one ends the connection" {
    relay
    body=$(printf 'b%.0s' {1..65536})
    next=$(head_of 'GET /health HTTP/1.1' a)
    run over_pipe "$(head_of 'POST /x HTTP/1.1' a 'Content-Length: 65536')$body$next"
    [ "$(answers <<<"$output")" = 2 ]
    run over_pipe "$(head_of 'POST /x HTTP/1.1' a 'Transfer-Encoding: chunked')10000\\r\\n$body\\r\\n0\\r\\n\\r\\n$next"
    [ "$(answers <<<"$output")" = 2 ]
    run over_pipe "$(head_of 'POST /x HTTP/1.1' a 'Content-Length: 65537')b$body$next"
    [ "$(answers <<<"$output")" = 1 ]
    assert_line 'Connection: close'
    run over_pipe "$(head_of 'POST /x HTTP/1.1' a 'Transfer-Encoding: chunked')10001\\r\\nb$body\\r\\n0\\r\\n\\r\\n$next"
    [ "$(answers <<<"$output")" = 1 ]
    run curl -sS -o /dev/null -w '%{http_code}' -H 'Host: app.example.test' -H 'Expect: 100-continue' \
        --data-binary @<(head -c 10000000 /dev/zero) "http://127.0.0.1:$PORT/x"
    assert_output 307
}

refused() { # status bytes: refused with it, the connection over, and the server well
    local bytes
    bytes=$2$(head_of 'GET /health HTTP/1.1' after)
    run over_pipe "$bytes" -q
    assert_success
    [ "${lines[0]%% *} ${lines[0]:9:3}" = "HTTP/1.1 $1" ] || { echo "$1: ${2:0:200}: ${lines[0]}"; return 1; }
    [ "$(answers <<<"$output")" = 1 ]
    assert_line 'Connection: close'
    refute_line --regexp '^Location'
}

@test "what is no request is refused with its status" {
    refused 400 'GET / HTTP/1.1\r\n\r\n'
    refused 400 'GET / HTTP/1.1\r\nHost: a.test\r\nHost: a.test\r\n\r\n'
    refused 400 'GET / HTTP/1.1\r\nHost:\r\n\r\n'
    refused 400 'GET / HTTP/1.1\r\nHost: a b\r\n\r\n'
    refused 400 'GET / HTTP/1.1\r\nHost: a.test:port\r\n\r\n'
    refused 400 'GET / HTTP/1.1\r\nHost: user@a.test\r\n\r\n'
    refused 400 'GET / HTTP/1.1\r\nHost: a.test/x\r\n\r\n'
    refused 400 'GET / HTTP/1.1\r\nHost : a.test\r\n\r\n'
    refused 400 'GET / HTTP/1.1\r\nHost: a.test\r\n folded\r\n\r\n'
    refused 400 'GET / HTTP/1.1\r\nHost: a.test\r\nX: a\001b\r\n\r\n'
    refused 400 'GET / HTTP/1.1\r\nHost: a\0.test\r\n\r\n'
    refused 400 'GET /\001 HTTP/1.1\r\nHost: a.test\r\n\r\n'
    refused 400 'GET /\377 HTTP/1.1\r\nHost: a.test\r\n\r\n'
    refused 400 'GET / HTTP/1.1\nHost: a.test\n\n'
    refused 400 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'
    refused 400 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'
    refused 501 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n'
    refused 501 'CONNECT a.test:443 HTTP/1.1\r\nHost: a.test\r\n\r\n'
    refused 505 'GET / HTTP/2.0\r\nHost: a\r\n\r\n'
    refused 400 '\026\003\001\002\000\001\000\001\374\003\003 a TLS client hello\r\n\r\n'
}

@test "what is too large is refused with its status" {
    refused 414 "GET /$(printf 'x%.0s' {1..8192}) HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"
    refused 431 "GET / HTTP/1.1\\r\\nHost: a\\r\\nX: $(printf 'x%.0s' {1..16384})\\r\\n\\r\\n"
    refused 431 "GET / HTTP/1.1\\r\\nHost: a\\r\\n$(printf 'X: y\\r\\n%.0s' {1..100})\\r\\n"
    run over_pipe "GET /health HTTP/1.1\\r\\nHost: a\\r\\n$(printf 'X: y\\r\\n%.0s' {1..99})\\r\\n" -q
    assert_line 'HTTP/1.1 200 OK'
}

@test "binary rubbish, in any amount, stops nobody" {
    relay
    for i in {1..20}; do
        head -c $((i * 4000)) /dev/urandom | socat -t 2 - "TCP4:127.0.0.1:$PORT" >/dev/null 2>&1 || true
        head -c $((i * 400)) /dev/zero | socat -t 2 - "TCP4:127.0.0.1:$PORT" >/dev/null 2>&1 || true
    done
    leads_to app.example.test "307 https://$ID.gw.test$CHALLENGE"
}

# Slow: 15 s of waiting, in parallel: a head that drips, one that stops, a connection
# that is idle after a request, and one with a body that does not come.
@test "heads have 10 s in all, idle connections 15, bodies 10" {
    relay
    local began=$EPOCHREALTIME
    since() { echo $(((${EPOCHREALTIME/./} - ${began/./}) / 100000)); }
    drip() {
        hold 'GET / HTTP/1.1\r\n'
        while sleep 0.5 && printf 'X: y\r\n' >&"$HELD"; do :; done 2>/dev/null &
        head -n 1 <&"$HELD"
        since
        kill $!
    }
    stopped() {
        hold "$1"
        cat <&"$HELD"
        echo
        since
    }
    drip >drip 2>/dev/null 3>&- & a=$!
    stopped 'GET / HTTP/1.1\r\nHo' >stop 3>&- & b=$!
    stopped "$(head_of 'GET /health HTTP/1.1' a)" >idle 3>&- & c=$!
    stopped "$(head_of 'POST /health HTTP/1.1' a 'Content-Length: 10')abc" >body 3>&- & d=$!
    CHILDREN+=("$a" "$b" "$c" "$d")
    wait "$a" "$b" "$c" "$d"
    within() { # file tenths tenths
        local took
        took=$(tail -n 1 "$1")
        [ "$took" -ge "$2" ] && [ "$took" -le "$3" ] || { echo "$1: $took"; return 1; }
    }
    [[ $(cat drip) = 'HTTP/1.1 408 '* ]]
    within drip 95 115
    [[ $(cat stop) = 'HTTP/1.1 408 '* ]]
    within stop 95 125
    [[ $(cat idle) = 'HTTP/1.1 200 '* ]]
    [ "$(answers <idle)" = 1 ]
    within idle 145 165
    [[ $(cat body) = 'HTTP/1.1 200 '* ]]
    within body 95 125
    status_is 200 a /health
}

# ---- the log

@test "a line a request: host, class, status, where it went, microseconds" {
    relay
    status_of App.example.test "$CHALLENGE"
    status_of app.example.test '/x?secret'
    status_of none.example.test "$CHALLENGE"
    status_of app.broken.test /
    status_of 127.0.0.1:80 /health
    status_of localhost /metrics
    status_of 127.0.0.1 /
    talk 'bad\r\n\r\n' >/dev/null
    talk 'GET /health HTTP/1.0\r\n\r\n' >/dev/null
    stop
    run sed 's/ [0-9]*$/ N/' server.log
    assert_output "App.example.test acme 307 $ID.gw.test N
app.example.test other 307 $ID.gw.test N
none.example.test acme 502 - N
app.broken.test root 503 - N
127.0.0.1 health 200 - N
localhost metrics 200 - N
127.0.0.1 root 200 - N
- invalid 400 - N
- health 200 - N"
}

@test "-q writes nothing" {
    relay -q
    status_of app.example.test "$CHALLENGE"
    stop
    run cat server.log
    assert_output ''
}

@test "nothing a client sends gets into the log but printable bytes" {
    for bytes in 'GET / HTTP/1.1\r\nHost: a\033[2Jb\r\n\r\n' 'GET /\r\nforged 200 HTTP/1.1\r\nHost: a\r\n\r\n' \
        'GET / HTTP/1.1\r\nHost: a\\b\r\n\r\n' 'GET /\377\376 HTTP/1.1\r\nHost: \377\r\n\r\n'; do
        over_pipe "$bytes" >/dev/null
    done
    [ "$(wc -l <server.log)" = 4 ]
    [ -z "$(tr -d '[:print:]\n' <server.log)" ]
}

@test "a log that nobody reads does not stop the answers" {
    mkfifo stuck
    exec {unread}<>stuck
    PORT=''
    mkfifo ready
    "$BIN/listen-on" -r 9 127.0.0.1:0 "$BIN/relay-redirect" </dev/null >/dev/null 2>stuck 9>ready 3>&- &
    SERVER=$!
    read -r -t 10 PORT <ready
    local i requests=''
    for i in {1..3000}; do
        requests+=$(printf 'GET /health HTTP/1.1\\r\\nHost: %0200d\\r\\n\\r\\n' "$i")
    done
    talk "$requests" >answers
    [ "$(answers 200 <answers)" = 3000 ]
    leads_to app.example.test "307 https://$ID.gw.test$CHALLENGE"
    exec {unread}<&-
}

# ---- figures

@test "figures are valid, by class and not by a client's words" {
    relay
    status_of app.example.test "$CHALLENGE"
    status_of app.example.test /evil%22path
    status_of none.example.test "$CHALLENGE"
    status_of 127.0.0.1 /health -X 'EVIL"METHOD'
    run body_of 127.0.0.1 /metrics
    for line in 'http_requests_total{method="GET",path="/.well-known/acme-challenge",status="307"} 1' \
        'http_requests_total{method="GET",path="/.well-known/acme-challenge",status="502"} 1' \
        'http_requests_total{method="GET",path="other",status="307"} 1' \
        'http_request_duration_seconds_count 4' 'redirects_total{status="success"} 2' \
        'redirects_total{status="failure"} 1' 'dns_lookups_total{type="combined",status="success"} 1' \
        'dns_lookups_total{type="combined",status="none"} 1' 'dns_lookups_total{type="combined",status="failure"} 0' \
        'dns_cache_total{result="hit"} 1' 'connections_open 1'; do
        assert_line "$line"
    done
    refute_line --partial -i evil
    run curl -sS -o /dev/null -w '%{content_type}' "http://127.0.0.1:$PORT/metrics"
    assert_output 'text/plain; version=0.0.4'
}

@test "workers share their figures" {
    relay -n 3
    for _ in {1..30}; do status_of 127.0.0.1 /health; done
    metric_is 'http_requests_total{method="GET",path="/health",status="200"}' 30
}

# ---- DNS

@test "an answer is kept for its time, and asked for once" {
    with_domains
    relay
    for _ in 1 2 3 4 5; do leads_to a.test "307 https://liarapp.gw.test$CHALLENGE"; done
    assert_equal "$(sort questions)" 'CNAME a.test
TXT _dstack-app-address.a.test'
    metric_is 'dns_cache_total{result="miss"}' 1
    metric_is 'dns_cache_total{result="hit"}' 4
}

@test "an answer that may not be kept is asked for again, one for a second a second later" {
    with_domains
    relay
    for _ in 1 2 3; do leads_to all-ttl-0.test "307 https://liarapp.gw.test$CHALLENGE"; done
    [ "$(grep -c ^CNAME questions)" = 3 ]
    leads_to all-ttl-1.test "307 https://liarapp.gw.test$CHALLENGE"
    again() {
        leads_to all-ttl-1.test "307 https://liarapp.gw.test$CHALLENGE"
        [ "$(grep -c 'CNAME all-ttl-1' questions)" = 2 ]
    }
    until_true again
}

@test "that there is none is kept, too, and so is a failure, for a moment" {
    with_domains
    relay
    for _ in 1 2 3; do leads_to txt-none.a.test '502 '; done
    [ "$(grep -c 'TXT _tapp-address.txt-none.a.test' questions)" = 1 ]
    metric_is 'dns_cache_total{result="hit"}' 2
    leads_to txt-refused.a.test '503 '
    asked=$(wc -l <questions)
    leads_to txt-refused.a.test '503 '
    [ "$(wc -l <questions)" = "$asked" ]
    metric_is 'dns_lookups_total{type="combined",status="failure"}' 1
}

@test "many who ask for the same name at once make one question" {
    with_domains
    relay -q
    run curl -sS --parallel --parallel-immediate --parallel-max 60 -o /dev/null -w '%{http_code}\n' \
        -H 'Host: txt-late-700.a.test' "http://127.0.0.1:$PORT/[1-60]"
    [ "$(grep -c 307 <<<"$output")" = 60 ]
    [ "$(grep -c TXT questions)" = 1 ]
    [ "$(grep -c CNAME questions)" = 1 ]
    metric_is 'dns_cache_total{result="miss"}' 1
    metric_is 'dns_lookups_total{type="combined",status="success"}' 1
}

@test "a name that takes long holds nobody else up" {
    with_domains
    relay
    status_of txt-silent.a.test / >slow 3>&- & CHILDREN+=($!)
    until_true dns_asked TXT _dstack-app-address.txt-silent.a.test
    run curl -sS -o /dev/null -w '%{http_code}' --max-time 2 -H 'Host: b.test' "http://127.0.0.1:$PORT/"
    assert_output 307
    wait "${CHILDREN[-1]}"
    assert_equal "$(cat slow)" 503
}

@test "a lookup goes on when who asked is gone, and its answer is kept" {
    with_domains
    relay
    curl -sS --max-time 0.3 -H 'Host: txt-late-700.a.test' "http://127.0.0.1:$PORT/" >/dev/null 2>&1 || true
    until_true metric_is 'dns_lookups_total{type="combined",status="success"}' 1
    leads_to txt-late-700.a.test "307 https://liarapp.gw.test$CHALLENGE"
    metric_is 'dns_cache_total{result="miss"}' 1
}

@test "a server that fails gives way to the next" {
    with_domains
    DNSCACHEIP="127.0.0.1:1 $DOMAINS" relay
    leads_to a.test "307 https://liarapp.gw.test$CHALLENGE"
}

@test "no resolver at all is 503, within its time" {
    DNSCACHEIP=127.0.0.1:1 relay
    leads_to app.example.test '503 '
}

@test "DNS answers that lie do not become an answer" {
    with_domains
    FALLBACK_GATEWAY_DOMAIN=fall.back.test relay
    # 503: none of these says that there is no record.
    local pids=() host
    for host in txt-id txt-question txt-loop txt-garbage txt-short txt-servfail txt-refused \
        cname-id cname-question cname-garbage cname-short cname-servfail; do
        location_of "$host.lies.test" "$CHALLENGE" >"$host" 3>&- &
        pids+=($!)
    done
    CHILDREN+=("${pids[@]}")
    wait "${pids[@]}"
    for host in txt-* cname-*; do
        assert_equal "$host $(cat "$host")" "$host 503 "
    done
}

@test "records with hostile bytes are no records, and show nowhere" {
    with_domains
    relay
    for host in txt-control txt-nul txt-bad txt-nowhere txt-big; do
        leads_to "$host.lies.test" '502 '
    done
    for host in cname-control cname-nul cname-bad cname-nowhere; do
        run talk "$(head_of "GET $CHALLENGE HTTP/1.1" "$host.lies.test")"
        assert_line --partial '502 Bad Gateway'
        refute_line --regexp '^(X-Evil|Location)'
        [ -z "$(tr -d '[:print:]\r\n' <<<"$output")" ]
    done
    FALLBACK_GATEWAY_DOMAIN=fall.back.test
    stop
    export FALLBACK_GATEWAY_DOMAIN
    relay
    for host in cname-control cname-nul cname-bad cname-nowhere; do
        leads_to "$host.lies.test" "307 https://liarapp.fall.back.test$CHALLENGE"
    done
    stop
    [ -z "$(tr -d '[:print:]\n' <server.log)" ]
    refute grep -i evil server.log
}

# ---- many clients

@test "SIGTERM: a response under way is delivered, idle connections end, exit 0" {
    with_domains
    relay
    hold "$(head_of 'GET /health HTTP/1.1' a)"
    idle=$HELD
    until_true metric_is connections_open 2
    location_of txt-late-1500.a.test /x >under-way 3>&- & client=$!
    CHILDREN+=("$client")
    until_true dns_asked TXT _dstack-app-address.txt-late-1500.a.test
    began=$EPOCHREALTIME
    stop
    [ $((${EPOCHREALTIME/./} - ${began/./})) -lt 8000000 ]
    wait "$client"
    assert_equal "$(cat under-way)" '307 https://liarapp.gw.test/x'
    run timeout 5 cat <&"$idle"
    assert_success
    [ "$(answers <<<"$output")" = 1 ]
    run curl -sS "http://127.0.0.1:$PORT/health"
    assert_failure 7
}

@test "SIGTERM: what does not end within the grace time is cut off" {
    with_domains
    relay -g 0.5
    status_of txt-silent.a.test / >under-way 2>/dev/null 3>&- & client=$!
    CHILDREN+=("$client")
    until_true dns_asked TXT _dstack-app-address.txt-silent.a.test
    began=$EPOCHREALTIME
    stop
    [ $((${EPOCHREALTIME/./} - ${began/./})) -lt 3000000 ]
    wait "$client" || true
    assert_equal "$(cat under-way)" 000
}

@test "-n: workers share the socket, and one that is killed comes back" {
    relay -n 2
    until_true workers_are 2
    before=$(pgrep -P "$SERVER" | sort)
    victim=$(head -n 1 <<<"$before")
    [ "$victim" -gt 1 ]
    kill -KILL "$victim"
    changed() { workers_are 2 && [ "$(pgrep -P "$SERVER" | sort)" != "$before" ]; }
    until_true changed
    for _ in {1..20}; do status_is 200 127.0.0.1 /health; done
    before=$(pgrep -P "$SERVER")
    stop
    # shellcheck disable=SC2086 # a list
    run ! ps -o pid= -p ${before//$'\n'/,}
}

@test "-C: a client has its share of connections, others have theirs" {
    relay -C 3
    local held=() i
    for i in 1 2 3; do
        hold 'G'
        held+=("$HELD")
    done
    until_true eval '[ "$(curl -sS --interface 127.0.0.2 "http://127.0.0.1:$PORT/metrics" | awk "/^connections_open/ { print \$2 }")" = 4 ]'
    run curl -sS "http://127.0.0.1:$PORT/health"
    assert_failure
    run curl -sS --interface 127.0.0.2 "http://127.0.0.1:$PORT/health"
    assert_output OK
    for i in "${held[@]}"; do exec {i}>&-; done
    until_true status_is 200 127.0.0.1 /health
    [ "$(metric 'connections_total{result="refused"}')" -ge 1 ]
}

@test "-c: one connection too many takes the place of the one that waited longest" {
    relay -c 3
    hold 'G'
    first=$HELD
    until_true metric_is connections_open 2
    hold 'G'
    until_true metric_is connections_open 3
    hold 'G'
    status_is 200 127.0.0.1 /health
    run timeout 5 cat <&"$first"
    assert_success
    [ "$(metric 'connections_total{result="evicted"}')" -ge 1 ]
}

@test "running out of descriptors is survived" {
    with_domains
    mkfifo ready
    sh -c 'ulimit -n 60 && exec "$0" "$@"' "$BIN/listen-on" -r 9 127.0.0.1:0 "$BIN/relay-redirect" -q \
        </dev/null >/dev/null 2>>server.log 9>ready 3>&- &
    SERVER=$!
    read -r -t 10 PORT <ready
    curl -sS --parallel --parallel-immediate --parallel-max 100 -o /dev/null -w '%{http_code}\n' \
        -H 'Host: txt-late-300.a.test' "http://127.0.0.1:$PORT/[1-100]" >statuses 2>/dev/null || true
    for i in {1..60}; do
        status_of "txt-late-300.x$i.test" / >>statuses 2>/dev/null 3>&- &
        CHILDREN+=($!)
    done
    wait "${CHILDREN[@]:1}" || true
    run ! grep -vE '^(307|503|000)*$' statuses
    leads_to fresh.test "307 https://liarapp.gw.test$CHALLENGE"
    kill -0 "$SERVER"
}

@test "a client that reads nothing while it waits for DNS gets every answer, the right one" {
    with_domains
    relay -q
    local i requests='' wanted='' figures=''
    for i in {1..15}; do figures+=$(head_of 'GET /metrics HTTP/1.1' 127.0.0.1); done
    for i in {1..300}; do
        requests+=$figures$(head_of "GET /n$i HTTP/1.1" "txt-late-1.n$i.test")
        wanted+="https://liarapp.gw.test/n$i"$'\n'
    done
    # shellcheck disable=SC2059
    printf "$requests" | "$BATS_TEST_DIRNAME/peer/deaf-client" "$PORT" 3 >answers
    tr -d '\r' <answers | awk '/^Location/ { print $2 }' >got
    run diff got - <<<"${wanted%?}"
    assert_success
    [ "$(answers 200 <answers)" = 4500 ]
    status_is 200 127.0.0.1 /health
}

@test "10,000 slow clients do not stop a fast one" {
    [ "$(ulimit -Hn)" -ge 12000 ] || skip 'not enough descriptors to be had'
    ulimit -n "$(ulimit -Hn)"
    relay -q
    mkfifo slow hold
    exec {hold}<>hold
    "$BATS_TEST_DIRNAME/peer/slow-clients" "$PORT" 10000 <hold >slow 3>&- {hold}>&- & CHILDREN+=($!)
    read -r -t 20 line <slow
    assert_equal "$line" ready
    run curl -sS -o /dev/null -w '%{http_code} %{time_total}\n' -H 'Host: app.example.test' "http://127.0.0.1:$PORT/[1-20]"
    [ "$(grep -c ^307 <<<"$output")" = 20 ]
    [ -z "$(awk '$2 > 0.5' <<<"$output")" ]
    [ "$(metric connections_open)" -ge 9000 ]
    [ "$(awk '/^VmRSS/ { print $2 }' "/proc/$SERVER/status")" -lt "${SLOW_KB:-60000}" ]
}
