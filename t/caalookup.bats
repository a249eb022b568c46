#!/usr/bin/env bats
# caalookup: the CAA records that count for a name. What is common to the
# lookups is in txtlookup.bats.
# shellcheck disable=SC2154 # run sets stderr; lookup.bash sets the servers
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=40

load lookup.bash

setup_file() { lookup_setup_file; }
teardown_file() { lookup_teardown_file; }
setup() { lookup_setup; }

lookup() { # argument...
    run --separate-stderr "$BIN/caalookup" "$@"
}

of_the_zone() { # the records at t.test
    assert_success
    assert_equal "$(sort <<<"$output")" "0 issue ca.test; policy=ev
128 iodef mailto:hostmaster@t.test"
    assert_equal "$stderr" ''
}

@test "flags, tag and value are printed" {
    lookup t.test
    of_the_zone
}

@test "a value is escaped" {
    lookup bytes.t.test
    assert_success
    assert_output '0 issue a\x01b"c'
}

@test "the records of the closest parent that has any count for a name" {
    lookup www.t.test
    of_the_zone
    lookup a.b.c.does.not.exist.t.test.
    of_the_zone
    lookup under.own.deep.t.test
    assert_success
    assert_output '0 issuewild ;'
}

@test "a CNAME's target counts for the name, the target's parents do not" {
    lookup aliased.t.test
    assert_success
    assert_output '0 issuewild ;'
    lookup outside.t.test
    of_the_zone
}

@test "with -e only the name itself counts" {
    lookup -e www.t.test
    assert_failure 1
    assert_output ''
    assert_equal "$stderr" ''
    lookup -e own.deep.t.test
    assert_success
    assert_output '0 issuewild ;'
}

@test "a parent that cannot be asked about is no answer, since it might have records" {
    lookup a.other.test
    assert_failure 111
    assert_output ''
    assert_equal "$stderr" 'caalookup: a.other.test: no server gave a usable answer'
}

@test "a name without records up to its top is exit 1" {
    DNSCACHEIP=$LIAR lookup a.b.none.test
    assert_failure 1
    assert_output ''
    # Asked up to the top-level name, and not beyond.
    assert_equal "$(grep -E ' (a\.b\.none\.test|b\.none\.test|none\.test|test) ' "$BATS_FILE_TMPDIR/liar")" \
        "udp edns a.b.none.test 257
udp edns b.none.test 257
udp edns none.test 257
udp edns test 257"
}

@test "of several names each line begins with the name asked for" {
    lookup own.deep.t.test under.own.deep.t.test
    assert_success
    assert_output "own.deep.t.test 0 issuewild ;
under.own.deep.t.test 0 issuewild ;"
}

@test "a bad name or wrong usage is exit 100" {
    lookup '*.t.test'
    assert_failure 100
    assert_equal "$stderr" 'caalookup: fatal: *.t.test: not a name that can be asked for'
    lookup
    assert_failure 100
    assert_equal "$stderr" 'usage: caalookup [-e] [-t seconds] name ...'
    lookup -h
    assert_success
    assert_output 'usage: caalookup [-e] [-t seconds] name ...'
}
