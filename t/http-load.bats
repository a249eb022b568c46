#!/usr/bin/env bats
# http-cgi and http-forward under a thousand clients at once, as other people's load generators
# see them: every request has its answer.
# shellcheck disable=SC2154,SC2030,SC2031 # run sets stderr; each test is a shell of its own
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=60

CLIENTS=1000

setup() {
    load serving
    serving_setup
    local tool
    for tool in ab wrk h2load; do
        command -v "$tool" >/dev/null || skip "no $tool"
    done
    ulimit -n "$(ulimit -Hn)"
    # Two descriptors a client in a server, one in a load generator, and what they have else.
    [ "$(ulimit -n)" = unlimited ] || [ "$(ulimit -n)" -ge $((3 * CLIENTS + 2000)) ] || skip 'too few descriptors'
}

teardown() {
    serving_teardown
}

# What they all print says that nothing went wrong.
loaded() { # REQUESTS PATH
    local url=http://127.0.0.1:$PORT$2
    run timeout 50 ab -q -s 50 -c "$CLIENTS" -n "$1" "$url"
    assert_success
    assert_line --regexp "^Complete requests: +$1$"
    assert_line --regexp '^Failed requests: +0$'
    refute_line --partial 'Non-2xx'
    run timeout 50 ab -q -k -s 50 -c "$CLIENTS" -n "$1" "$url"
    assert_success
    assert_line --regexp "^Complete requests: +$1$"
    assert_line --regexp '^Failed requests: +0$'
    assert_line --regexp "^Keep-Alive requests: +$1$"
    refute_line --partial 'Non-2xx'
    run timeout 50 h2load --h1 -t 1 -c "$CLIENTS" -n "$1" "$url"
    assert_success
    assert_line --partial "$1 total, $1 started, $1 done, $1 succeeded, 0 failed, 0 errored, 0 timeout"
    assert_line --partial "status codes: $1 2xx, 0 3xx, 0 4xx, 0 5xx"
    run timeout 50 wrk -t 1 -c "$CLIENTS" -d 1 --timeout 50 "$url"
    assert_success
    refute_line --partial 'Socket errors'
    refute_line --partial 'Non-2xx'
    assert_line --regexp ' [1-9][0-9]* requests in '
}

@test "http-forward loses no request of a thousand clients" {
    local up
    serve relay-redirect -q -C "$CLIENTS"
    CHILDREN+=("$SERVER")
    up=$PORT
    serve http-forward -q -C "$CLIENTS" "127.0.0.1:$up"
    loaded 3000 /health
    # Fewer connections to the upstream than clients: they take turns.
    stop
    serve http-forward -q -C "$CLIENTS" -t 50 -x 20 "127.0.0.1:$up"
    loaded 3000 /health
    stop
}

@test "http-cgi loses no request of a thousand clients" {
    mkdir root
    # shellcheck disable=SC2016 # the program's own words
    printf '#!/bin/sh\nprintf "Content-Type: text/plain\\nContent-Length: 10\\n\\nhello $REQUEST_METHOD\\n"\n' >root/page
    chmod 755 root/page
    serve http-cgi -q -C "$CLIENTS" -w 50 root
    loaded 1000 /page
    stop
}
