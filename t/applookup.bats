#!/usr/bin/env bats
# applookup: from a custom domain to its app, its gateway and the relay's URL.
# shellcheck disable=SC2154,SC2030,SC2031 # run sets stderr; each test is a shell of its own
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=30

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

lookup() { # argument...
    run --separate-stderr "$BIN/applookup" "$@"
}

@test "app, port, gateway and URL, one a line, each with where it came from" {
    lookup app.example.test
    assert_success
    assert_output "app $ID TXT _dstack-app-address
port 443
gateway gw.test CNAME
url https://$ID.gw.test/"
    assert_equal "$stderr" ''
}

@test "every source has its name" {
    lookup old.example.test
    assert_line 'app oldapp TXT _tapp-address'
    lookup any.wild.example.test
    assert_line 'app wildapp TXT _dstack-app-address-wildcard'
    lookup beside.example.test
    assert_line 'gateway gw2.test CNAME _dstack-gateway'
    FALLBACK_GATEWAY_DOMAIN=Fall.Back. lookup plain.example.test
    assert_line 'gateway fall.back fallback'
}

@test "-j prints the same as one JSON object" {
    lookup -j app.example.test
    assert_success
    assert_output "{\"domain\":\"app.example.test\",\"app\":\"$ID\",\"port\":443,\"app_source\":\"TXT _dstack-app-address\",\"gateway\":\"gw.test\",\"gateway_source\":\"CNAME\",\"url\":\"https://$ID.gw.test/\",\"ttl\":60}"
    python3 -c 'import json, sys; json.loads(sys.argv[1])' "$output"
    lookup -j beside.example.test
    [[ $output = *'"ttl":5}' ]]
}

@test "the URL is the one the relay would send, by the same variables" {
    RELAY_PORT=txt RELAY_SUFFIX=s lookup p8080.example.test
    assert_line 'url https://port-8080s.gw.test/'
    RELAY_PORT=8443 lookup p8080.example.test
    assert_line 'url https://port-8443.gw.test/'
    ALLOWED_DOMAIN_REGEX='^(_\.)(.*)\.test$' GATEWAY_DOMAIN_CAPTURE_GROUP=2 lookup p8080.example.test
    assert_line 'gateway gw CNAME'
}

@test "names are folded: case and a final dot do not matter" {
    lookup APP.Example.TEST.
    assert_success
    assert_line "app $ID TXT _dstack-app-address"
}

@test "no app or no gateway is exit 1, with the reason" {
    lookup none.example.test
    assert_failure 1
    assert_output ''
    assert_equal "$stderr" 'applookup: none.example.test: no app address record'
    lookup bad.example.test
    assert_failure 1
    lookup -j plain.example.test
    assert_failure 1
    assert_output ''
    assert_equal "$stderr" 'applookup: plain.example.test: no gateway: no CNAME that is allowed, and no fallback'
    lookup missing.example.test
    assert_failure 1
}

@test "a lookup that fails is exit 111, fallback or not" {
    export FALLBACK_GATEWAY_DOMAIN=fall.back
    lookup app.broken.test
    assert_failure 111
    assert_output ''
    assert_equal "$stderr" 'applookup: app.broken.test: DNS lookup failed'
    lookup app.mixed.test
    assert_failure 111
    assert_equal "$stderr" 'applookup: app.mixed.test: DNS lookup failed'
}

@test "an app that has no valid host name behind the gateway is exit 100" {
    lookup long.example.test
    assert_success
    RELAY_PORT=txt lookup long.example.test
    assert_failure 100
    assert_output ''
    assert_equal "$stderr" 'applookup: fatal: long.example.test: the app has no valid host name behind gw.test'
}

@test "what is no domain name is exit 100, and nothing is asked" {
    dns_domains
    CHILDREN+=("$DOMAINS_PID")
    export DNSCACHEIP=$DOMAINS
    for name in '' . localhost 192.0.2.1 ::1 -a.test a..test a_b.test "a b.test" 'a.test/x' "$LABEL63.a$LABEL63.test" $'a\n.test' "*.a.test"; do
        lookup -- "$name"
        assert_failure 100
        assert_output ''
        [[ $stderr = 'applookup: fatal: not a domain name:'* ]] || { echo "$name: $stderr"; return 1; }
        [[ $stderr != *$'\n'* ]]
    done
    assert_equal "$(cat questions)" ''
}

@test "the time for DNS is limited by -t, whatever the servers do" {
    dns_domains
    CHILDREN+=("$DOMAINS_PID")
    export DNSCACHEIP=$DOMAINS
    local began=$EPOCHREALTIME took
    lookup -t 0.5 txt-silent.a.test
    took=$((${EPOCHREALTIME/./} - ${began/./}))
    assert_failure 111
    [ "$took" -ge 450000 ] && [ "$took" -lt 3000000 ]
}

@test "malformed variables and arguments are exit 100" {
    while IFS='|' read -r variable value; do
        run --separate-stderr env "$variable=$value" "$BIN/applookup" app.example.test
        assert_failure 100
        [[ $stderr = "applookup: fatal: $variable: "* ]] || { echo "$stderr"; return 1; }
    done <<'END'
ALLOWED_DOMAIN_REGEX|(
GATEWAY_DOMAIN_CAPTURE_GROUP|10
FALLBACK_GATEWAY_DOMAIN|https://gw.test
RELAY_PORT|0
RELAY_SUFFIX|gs
RELAY_STATUS|303
RELAY_OTHER|all
DNSCACHEIP|resolver.test
END
    for arguments in '' 'a.test b.test' '-x a.test' '-t'; do
        # shellcheck disable=SC2086 # several
        lookup $arguments
        assert_failure 100
        [[ $stderr = *'usage: applookup '* ]]
    done
    lookup -t soon app.example.test
    assert_failure 100
    assert_equal "$stderr" 'applookup: fatal: -t: not a number of seconds up to 3600: soon'
    lookup -h
    assert_success
    assert_output --partial 'usage: applookup '
}

@test "nothing hostile in an answer gets printed" {
    dns_domains
    CHILDREN+=("$DOMAINS_PID")
    export DNSCACHEIP=$DOMAINS
    for name in txt-control txt-nul cname-control cname-nul txt-big txt-garbage txt-short txt-loop cname-loop txt-id txt-question; do
        lookup -t 1 "$name.liar.test"
        [ "$status" = 1 ] || [ "$status" = 111 ]
        assert_output ''
        [[ $stderr != *[![:print:]]* ]] || { echo "$stderr"; return 1; }
        [[ $stderr = "applookup: $name.liar.test: "* ]]
    done
}

@test "an output that takes nothing is a failure" {
    [ -c /dev/full ] || skip 'no /dev/full'
    # shellcheck disable=SC2016 # for the inner shell
    run --separate-stderr sh -c '"$0" app.example.test >/dev/full' "$BIN/applookup"
    assert_failure 111
    assert_equal "$stderr" 'applookup: fatal: standard output: No space left on device'
}
