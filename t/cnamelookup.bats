#!/usr/bin/env bats
# cnamelookup: a name's CNAME record. What is common to the lookups is in txtlookup.bats.
# shellcheck disable=SC2154 # run sets stderr; lookup.bash sets the servers
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=40

load lookup.bash

setup_file() { lookup_setup_file; }
teardown_file() { lookup_teardown_file; }
setup() { lookup_setup; }

lookup() { # argument...
    run --separate-stderr "$BIN/cnamelookup" "$@"
}

@test "the name's own CNAME is printed, not where the chain ends" {
    lookup alias.t.test
    assert_success
    assert_output alias2.t.test
    assert_equal "$stderr" ''
}

@test "it is printed in lower case without a final dot, whether or not it exists" {
    lookup outside.t.test
    assert_success
    assert_output target.example.net
    lookup nowhere.t.test
    assert_success
    assert_output gone.t.test
}

@test "bytes that are no part of a host name are escaped" {
    lookup strange.t.test
    assert_success
    assert_output 'we\046ird\000\032name.t.test'
}

@test "a name without a CNAME is exit 1" {
    local name
    for name in one.t.test none.t.test t.test; do
        lookup "$name"
        assert_failure 1
        assert_output ''
        assert_equal "$stderr" ''
    done
}

@test "of several names each line begins with its name" {
    lookup alias.t.test none.t.test alias2.t.test
    assert_failure 1
    assert_output "alias.t.test alias2.t.test
alias2.t.test alias3.t.test"
}

@test "a compressed name that goes in circles is no answer, a lie passed over" {
    DNSCACHEIP=$LIAR lookup loop.t.test
    assert_failure 111
    assert_output ''
    assert_equal "$stderr" 'cnamelookup: loop.t.test: no server gave a usable answer'
    DNSCACHEIP=$LIAR lookup wrong-id.t.test
    assert_success
    assert_output truth.test
    assert_equal "$(asked liar wrong-id.t.test)" 'udp edns wrong-id.t.test 5'
}

@test "a bad name or wrong usage is exit 100" {
    lookup 'a b'
    assert_failure 100
    assert_equal "$stderr" 'cnamelookup: fatal: a b: not a name that can be asked for'
    lookup
    assert_failure 100
    assert_equal "$stderr" 'usage: cnamelookup [-t seconds] name ...'
    lookup -h
    assert_success
    assert_output 'usage: cnamelookup [-t seconds] name ...'
}
