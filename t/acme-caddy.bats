#!/usr/bin/env bats
# A second CA, which other people wrote independently of pebble: caddy's
# acme_server. It validates as the world does, over ports 80 and 443, and has no
# key rollover, no contacts and no renewal information.
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=60

setup() {
    bats_load_library bats-support
    bats_load_library bats-assert
    load world/bats
    world_setup
}

teardown() {
    world_show
}

caddy_vm() {
    world_dns
    world_caddy
    dns_addresses a.example.test vm
    dns_addresses b.example.test vm
    world_vm vm -q
    vm_acme vm
    export ACME_DIRECTORY=$CADDY_DIRECTORY
    acme-account -q new -y >"$WORLD/account-url"
}

order_scene() {
    caddy_vm
    acme-order -q a.example.test b.example.test
    store_good a.example.test -r "$CADDY_ROOT" a.example.test b.example.test
    ls "$CHAL_DIR"
    outcome acme-due a.example.test
    acme-order -q -f a.example.test b.example.test
    store_good a.example.test -r "$CADDY_ROOT" a.example.test b.example.test
}

@test "caddy: an order of two names, and another" {
    in_world order_scene
    assert_success
    assert_output 1
}

wildcard_scene() {
    caddy_vm
    printf 'hmac-sha256:%s:%s\n' "$TSIG_NAME" "$TSIG_SECRET" >"$WORLD/tsig"
    export CHAL_DNS_KEY=$WORLD/tsig ACME_HOOK=$BIN/chal-dns
    acme-order -q -m dns-01 example.test '*.example.test'
    store_good example.test -r "$CADDY_ROOT" example.test '*.example.test'
    kdig +short "@$(world_ip dns)" _acme-challenge.example.test TXT
}

@test "caddy: apex and wildcard by dns-01" {
    in_world wildcard_scene
    assert_success
    assert_output ''
}

account_scene() {
    caddy_vm
    # The same key is the same account.
    acme-account -q show | grep -cF "$(cat "$WORLD/account-url")"
    outcome acme-account -q new -y
    outcome acme-account -q rollover
    acme-order -q a.example.test
    outcome acme-account -q deactivate -y
    outcome acme-order -q -f a.example.test
}

@test "caddy: the account's life; it has no rollover, and the key stays good" {
    in_world account_scene
    assert_success
    assert_output '1
0
100
0
100'
}

refused_scene() {
    caddy_vm
    rm -r "$CHAL_DIR"
    mkdir "$WORLD/elsewhere"
    CHAL_DIR=$WORLD/elsewhere outcome acme-order -q -t 8 a.example.test
    ls "$CERTDIR"
}

@test "caddy: a challenge that cannot be answered" {
    in_world refused_scene
    assert_success
    refute_line --index 0 0
    assert_equal "${#lines[@]}" 1
}
