#!/usr/bin/env bats
# relay-proxy: plain HTTP for custom domains, carried over TLS to their apps.
# shellcheck disable=SC2154,SC2030,SC2031 # run sets stderr; each test is a shell of its own
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=40

TOKEN=LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0
CHALLENGE=/.well-known/acme-challenge/$TOKEN

setup_file() {
    load dns
    load relay
    load forward
    # The gateways' own names, for the app's endpoint.
    mkdir -p "$BATS_FILE_TMPDIR/zones"
    # shellcheck disable=SC2016 # a zone file's own words
    printf '$TTL 60\n@ SOA ns hostmaster 1 3600 600 86400 5\n@ NS ns\n%s A 127.0.0.1\npieces A 127.0.0.1\nport A 10.0.0.1\n' \
        "$ID" >"$BATS_FILE_TMPDIR/zones/gw.test.zone"
    forward_certificates
    cd / && relay_zones
}

teardown_file() {
    load relay
    relay_zones_end
}

setup() {
    load serving
    load dns
    load relay
    load forward
    serving_setup
    export DNSCACHEIP=$KNOT
    CERTS=$BATS_FILE_TMPDIR
}

teardown() {
    serving_teardown
}

proxy() { # [option...]: in front of apps at port $UP of their addresses
    serve relay-proxy -a "$CERTS/authority.pem" -P "$UP" "$@"
}

app() { # [option...]: an app behind the gateway of app.example.test
    upstream 127.0.0.1 server
    proxy -p "$@"
}

metric() { # NAME{LABELS}: its figure
    body_of 127.0.0.1 /metrics | awk -v "name=$1" '$1 == name { print $2 }'
}

@test "a custom domain's request is carried to its app, and the answer back" {
    app
    run body_of app.example.test "/echo/..%2f?a=b&c" -d body -H 'X-Forwarded-For: 6.6.6.6'
    assert_success
    assert_line 'POST /echo/..%2f?a=b&c'
    assert_line 'Host: app.example.test'
    assert_line body
    assert_line 'X-Forwarded-For: 127.0.0.1'
    refute_output --partial 6.6.6.6
    assert_line --partial 'host="app.example.test";proto=http'
    logged "^app\.example\.test other 200 $ID\.gw\.test "
    run status_of app.example.test /status/404
    assert_output 404
    body_of app.example.test /chunks/54321 | cmp - <(curl -sS --cacert "$CERTS/authority.pem" "https://localhost:$UP/chunks/54321")
    head -c 1000000 /dev/urandom >body
    run body_of app.example.test /sum --data-binary @body
    assert_output "1000000 $(sha256sum <body | cut -d ' ' -f 1)"
}

@test "connections to the app are used again" {
    app
    [ "$(body_of app.example.test /nth)" = '1 1' ]
    [ "$(body_of app.example.test /nth)" = '1 2' ]
    # Another app at the same address has a connection of its own.
    [ "$(body_of pieces.example.test /nth)" = '2 1' ]
    [ "$(body_of app.example.test /nth)" = '1 3' ]
}

@test "a challenge is an app's answer like any other" {
    app
    run status_of app.example.test "$CHALLENGE"
    assert_output 404
    logged "^app\.example\.test acme 404 $ID\.gw\.test "
    run body_of app.example.test "$CHALLENGE"
    assert_output 'nothing here'
}

@test "-H gives the app its own host" {
    app -H
    run body_of app.example.test /echo
    assert_line "Host: $ID.gw.test:$UP"
    assert_line --partial 'host="app.example.test"'
}

@test "no request gets past it, and no answer to another one's" {
    smuggler app.example.test server
    proxy -p -q
    smuggled
}

@test "a WebSocket goes through the relay" {
    app
    run "$BATS_TEST_DIRNAME/peer/websocket" 127.0.0.1 "$PORT" app.example.test /websocket
    assert_success
    assert_output 7
    logged 'app\.example\.test other 101 '
}

@test "a stream goes through line by line" {
    app
    run timeout 4 bash -c "curl -sN -H 'Host: app.example.test' http://127.0.0.1:$PORT/drip/90 | grep -m 1 'line 0'"
    assert_output 'line 0'
    logged ' other 499 '
}

@test "rules are those of the redirecting relay" {
    app
    run status_of none.example.test "$CHALLENGE"
    assert_output 502
    run status_of none.example.test /
    assert_output 200
    run status_of broken.test /x
    assert_output 503
    run status_of unlike.example.test /nth
    assert_output 502
    run body_of 127.0.0.1 /health
    assert_output OK
    stop
    RELAY_OTHER=self proxy -p
    run location_of app.example.test '/x?y'
    assert_output '308 https://app.example.test/x?y'
    run status_of app.example.test "$CHALLENGE"
    assert_output 404
    stop
    RELAY_OTHER=deny proxy -p
    run status_of app.example.test /nth
    assert_output 404
    logged ' other 404 - '
}

@test "addresses that nobody on the Internet can have are refused, and nothing goes there" {
    upstream 127.0.0.1 server
    proxy
    run status_of app.example.test /nth
    assert_output 502
    logged "^app\.example\.test forbidden 502 $ID\.gw\.test "
    run status_of p443.example.test /nth
    assert_output 502
    logged '^p443\.example\.test forbidden 502 port\.gw\.test '
    # The app's first request is the one that is let through.
    stop
    proxy -p
    [ "$(body_of app.example.test /nth)" = '1 1' ]
}

@test "the relay is no app: not by its address, not by going round" {
    local port
    port=$(dns_free_port)
    ADDRESS=127.0.0.1:$port serve relay-proxy -a "$CERTS/authority.pem" -p -P "$port"
    PORT=$port
    run status_of app.example.test /x
    assert_output 502
    logged "^app\.example\.test forbidden 502 "
    stop
    app
    run body_of app.example.test /echo
    local via
    via=$(sed -n 's/^Via: //p' <<<"$output")
    run status_of app.example.test /echo -H "Via: $via"
    assert_output 508
}

@test "an app without a valid certificate is not spoken to" {
    upstream 127.0.0.1 authority
    serve relay-proxy -a "$CERTS/server.pem" -p -P "$UP"
    run status_of app.example.test /nth
    assert_output 502
    logged "^app\.example\.test untrusted 502 "
    # Nor is one that has somebody else's name.
    load certs
    (cd "$CERTS" && certificate other ec 'critical,CA:FALSE' DNS:other.test)
    upstream 127.0.0.1 other
    stop
    proxy -p
    run status_of app.example.test /nth
    assert_output 502
}

@test "an app that is not there is 502, one that does not answer 504" {
    app -w 0.3 -t 2
    run status_of app.example.test /silent
    assert_output 504
    logged ' slow 504 '
    kill "$UPSTREAM"
    wait "$UPSTREAM" || true
    run status_of app.example.test /nth
    assert_output 502
    logged ' refused 502 '
    run status_of old.example.test /nth
    assert_output 502
    logged ' no-host 502 '
}

@test "a handshake that does not come to an end is 504" {
    socat -u -d -d TCP4-LISTEN:0,bind=127.0.0.1 OPEN:/dev/null </dev/null 2>socat.log 3>&- &
    CHILDREN+=($!)
    until_true said_where
    serve relay-proxy -a "$CERTS/authority.pem" -p -P "$UP" -t 0.4
    run status_of app.example.test /nth
    assert_output 504
    logged ' connect-timeout 504 '
}

@test "what was carried is counted" {
    app -m metrics
    run status_of app.example.test /nth
    assert_output 200
    run status_of none.example.test "$CHALLENGE"
    assert_output 502
    until_true test "$(metric 'redirects_total{status="success"}')" = 1
    [ "$(metric 'redirects_total{status="failure"}')" = 1 ]
    [ "$(metric 'http_requests_total{method="GET",path="other",status="200"}')" = 1 ]
}

@test "wrong usage is refused" {
    run --separate-stderr "$BIN/relay-proxy" -P 0 </dev/null
    assert_failure 100
    assert_equal "$stderr" 'relay-proxy: fatal: -P: not a number from 1 to 65535: 0'
    run --separate-stderr "$BIN/relay-proxy" -a /dev/null </dev/null
    assert_failure 100
    run --separate-stderr "$BIN/relay-proxy" argument </dev/null
    assert_failure 100
    RELAY_STATUS=303 run --separate-stderr "$BIN/relay-proxy" -a "$CERTS/authority.pem" </dev/null
    assert_failure 100
    assert_output ''
}
