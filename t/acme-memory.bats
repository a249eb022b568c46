#!/usr/bin/env bats
# What acme-order, acme-due and acme-revoke know of each other's runs. A world a test (t/world).
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

in_state() { # NAME KEY: what is remembered
    sed -n "s/^$2 //p" "$CERTDIR/.$1/state"
}

later_scene() {
    local now kind
    acme_vm -strict
    now=$(date +%s)
    for kind in new-order dir finalize; do
        front_rules "$kind problem 429 rateLimited retry=86400"
        outcome acme-order -q -f -t 10 a.example.test
        [ "$(in_state a.example.test retry-at)" -ge $((now + 86400)) ] || echo "$kind: too early"
    done
    front_rules 'new-order problem 503 serverInternal retry=9999999'
    outcome acme-order -q -f -t 10 b.example.test
    echo "$((($(in_state b.example.test retry-at) - now) / 86400)) days"
    # Nobody is asked before.
    front_rules
    outcome acme-order -q a.example.test
    outcome acme-due a.example.test
    asked new-order
    # A clock that was wrong once holds nothing up.
    sed -i 's/^retry-at .*/retry-at 4070908800/' "$CERTDIR/.a.example.test/state"
    outcome acme-due a.example.test
    outcome acme-order -q a.example.test
}

@test "a CA that asks to be left alone for a day is, and for no more than a week" {
    in_world later_scene
    assert_success
    assert_output '111
111
111
111
7 days
111
1
0
0
0'
}

useless_scene() {
    local i
    acme_vm -strict
    front_rules 'order lose'
    outcome acme-order -q -f -t 4 a.example.test
    front_rules 'order html 500'
    for i in 1 2 3; do
        outcome acme-order -q -f -t 2 a.example.test
    done
    asked new-order
    # From here on it is a new one.
    front_rules
    outcome acme-order -q -f a.example.test
    asked new-order
    store_good a.example.test a.example.test
}

@test "an order that nobody can be asked about gives way to a new one after three runs" {
    in_world useless_scene
    assert_success
    assert_output '111
111
111
111
0
0
1'
}

further_scene() {
    acme_vm -strict
    acme-order -q a.example.test b.example.test c.example.test
    outcome acme-due b.example.test
    outcome acme-revoke -q b.example.test
    acme-due a.example.test b.example.test | cut -d ' ' -f 1,2,4-
    acme-order -q a.example.test c.example.test
    readlink "$CERTDIR/b.example.test" || echo none
    readlink "$CERTDIR/c.example.test"
    # A link that somebody made by hand.
    ln -s a.example.test "$CERTDIR/b.example.test"
    acme-due b.example.test c.example.test | cut -d ' ' -f 1,2,4-
    acme-order -q b.example.test
    store_good b.example.test b.example.test
    store_good a.example.test a.example.test c.example.test
}

@test "a further name is due when its certificate is revoked, and when it is not for it" {
    in_world further_scene
    assert_success
    assert_output '1
0
a.example.test due the renewal window is over
b.example.test due the renewal window is over
none
a.example.test
b.example.test due it is for other names
c.example.test not-due by its lifetime'
}
