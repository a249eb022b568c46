#!/usr/bin/env bats
# txtlookup: a name's TXT records, from honest servers and others.
# shellcheck disable=SC2154 # run sets stderr; lookup.bash sets elapsed_ms and the servers
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=40

load lookup.bash

setup_file() { lookup_setup_file; }
teardown_file() { lookup_teardown_file; }
setup() { lookup_setup; }

lookup() { # argument...
    run --separate-stderr "$BIN/txtlookup" "$@"
}

prints() { # line...: exactly these, and nothing on stderr
    assert_success
    assert_output "$(printf '%s\n' "$@")"
    assert_equal "$stderr" ''
}

no_usable_answer() { # name
    assert_failure 111
    assert_output ''
    assert_equal "$stderr" "txtlookup: $1: no server gave a usable answer"
}

# from SERVER LABEL: asks it for LABEL.t.test
from() {
    DNSCACHEIP=$1 lookup "${@:3}" "$2.t.test"
}

@test "a record is a line, and its strings are joined" {
    lookup one.t.test
    prints abc:443
    lookup joined.t.test
    prints 'first second third'
    lookup many.t.test
    assert_success
    assert_equal "$(sort <<<"$output")" $'a\nb'
}

@test "a name may have capitals and a final dot" {
    lookup ONE.T.Test.
    prints abc:443
}

@test "bytes that are no printable ASCII are escaped, and a backslash" {
    lookup bytes.t.test
    prints 'nul\x00 tab\x09 newline\x0a escape\x1b backslash\x5c delete\x7f high\xff'
}

@test "an empty record is an empty line" {
    "$BIN/txtlookup" empty.t.test >"$BATS_TEST_TMPDIR/out"
    assert_equal "$(od -An -c "$BATS_TEST_TMPDIR/out" | tr -d ' ')" '\n'
}

@test "CNAMEs are followed" {
    lookup alias.t.test
    prints 'at the end'
    lookup x.wild.t.test
    prints any
}

@test "a name that does not exist or has no such record is exit 1" {
    local name
    for name in none.t.test ns.t.test nowhere.t.test outside.t.test; do
        lookup "$name"
        assert_failure 1
        assert_output ''
        assert_equal "$stderr" ''
    done
}

# longer NAME STRINGS: all of a record of so many strings of 200 digits arrives
longer() {
    local all
    # shellcheck disable=SC2046 # words
    all=$(printf '%0200d' $(seq "$2"))
    lookup "$1.t.test"
    assert_success
    assert_equal "${#output}" $((200 * $2))
    [ "$output" = "$all" ] # not assert_equal: nobody wants to see that
}

cut_over_udp() { # name: the server says so to who takes 1232 bytes
    kdig +ignore +bufsize=1232 @127.0.0.1 -p "${HONEST##*:}" "$1" TXT | grep -q '^;; Flags:.* tc'
}

@test "a record of more than 512 bytes comes over UDP" {
    run ! cut_over_udp large.t.test
    longer large 5
}

@test "a record of more than 1232 bytes comes over TCP" {
    cut_over_udp larger.t.test
    longer larger 10
}

@test "a record of 64 KiB comes whole" {
    cut_over_udp huge.t.test
    longer huge 320
}

@test "an answer cut over UDP is asked for over TCP, from the same server" {
    from "$LIAR $HONEST" cut
    prints truth
    assert_equal "$(asked liar cut.t.test)" "udp edns cut.t.test 16
tcp edns cut.t.test 16"
    from "$LIAR" cut-drip
    prints truth
}

@test "when TCP is refused or closed, the next server is asked" {
    from "$LIAR_UDP $HONEST" cut
    prints honest
    from "$LIAR $HONEST" cut-close
    prints honest
    asked liar cut-close.t.test | grep -q ^tcp
}

@test "silence over TCP has its limit" {
    DNSCACHEIP=$LIAR elapsed_ms "$BIN/txtlookup" -t 0.5 cut-silent.t.test
    no_usable_answer cut-silent.t.test
    [ "$elapsed_ms" -ge 500 ] && [ "$elapsed_ms" -lt 5000 ]
}

@test "a server that does not know EDNS0 is asked without it" {
    from "$LIAR $NOBODY" old
    prints truth
    assert_equal "$(asked liar old.t.test)" "udp edns old.t.test 16
udp plain old.t.test 16"
    from "$LIAR $NOBODY" bare-old
    prints truth
}

@test "an answer with a wrong id, question or port is passed over" {
    local how
    for how in wrong-id wrong-name wrong-type wrong-port unasked; do
        from "$LIAR" "$how"
        prints truth
        assert_equal "$(asked liar "$how.t.test" | wc -l)" 1
    done
}

@test "a server that fails or refuses is followed by the next" {
    local how
    for how in servfail refused notimp formerr bare-refused; do
        from "$LIAR $LIAR_UDP" "$how"
        no_usable_answer "$how.t.test"
        asked liar-udp "$how.t.test"
    done
    from "$LIAR $HONEST" servfail
    prints honest
}

@test "nonsense is no answer" {
    local how
    for how in noise short long loop chain; do
        from "$LIAR" "$how" -t 1
        no_usable_answer "$how.t.test"
    done
}

@test "a silent server is followed by the next after a second" {
    DNSCACHEIP="$LIAR $HONEST" elapsed_ms "$BIN/txtlookup" -t 20 silent.t.test
    prints honest
    [ "$elapsed_ms" -ge 1000 ] && [ "$elapsed_ms" -lt 10000 ]
}

@test "where there is no server, the next is asked" {
    from "$NOBODY,$HONEST" one
    prints abc:443
    from "$NOBODY" one
    no_usable_answer one.t.test
}

@test "the total time is kept, whatever the servers do" {
    DNSCACHEIP="$LIAR $LIAR_UDP" elapsed_ms "$BIN/txtlookup" -t 1.5 silent.t.test silent.other.test
    assert_failure 111
    assert_output ''
    assert_equal "$stderr" "txtlookup: silent.t.test: no server gave a usable answer
txtlookup: silent.other.test: no server gave a usable answer"
    [ "$elapsed_ms" -ge 1500 ] && [ "$elapsed_ms" -lt 6000 ]
}

@test "a server may be asked over IPv6" {
    [ -n "$LIAR_6" ] || skip "no IPv6 on this machine"
    from "$LIAR_6" any
    prints truth
    from "$LIAR_6" cut
    prints truth
    assert_equal "$(asked liar-6 any.t.test)" 'udp edns any.t.test 16'
}

@test "of several names each line begins with its name as it was given" {
    lookup one.t.test Many.T.test alias.t.test
    assert_success
    assert_equal "$(sort <<<"$output")" "Many.T.test a
Many.T.test b
alias.t.test at the end
one.t.test abc:443"
    assert_equal "${lines[0]}" 'one.t.test abc:443'
    assert_equal "${lines[3]}" 'alias.t.test at the end'
}

@test "of several names one without a record is exit 1, one without an answer 111" {
    lookup none.t.test one.t.test
    assert_failure 1
    assert_output 'one.t.test abc:443'
    assert_equal "$stderr" ''
    lookup none.t.test other.test one.t.test
    assert_failure 111
    assert_output 'one.t.test abc:443'
    assert_equal "$stderr" 'txtlookup: other.test: no server gave a usable answer'
}

@test "a bad name is exit 100, and no other is asked for" {
    local name
    for name in '' . 'a b.test' 'a..test' '*.t.test' $'a\nb.test' "$(printf 'a%.0s' {1..64}).test"; do
        lookup one.t.test "$name"
        assert_failure 100
        assert_output ''
        [[ $stderr = "txtlookup: fatal: "*": not a name that can be asked for" ]]
        assert_equal "${#stderr_lines[@]}" 1
    done
}

@test "wrong usage is exit 100, -h is not" {
    lookup
    assert_failure 100
    assert_output ''
    assert_equal "$stderr" 'usage: txtlookup [-t seconds] name ...'
    lookup -e one.t.test
    assert_failure 100
    lookup -t 0 one.t.test
    assert_failure 100
    lookup -t x one.t.test
    assert_failure 100
    lookup -h
    prints 'usage: txtlookup [-t seconds] name ...'
}

@test "a malformed DNSCACHEIP is exit 100" {
    local servers
    for servers in localhost 127.0.0.1:0 '127.0.0.1 x' 127.0.0.1:99999 ','; do
        DNSCACHEIP=$servers lookup one.t.test
        assert_failure 100
        assert_output ''
        assert_equal "$stderr" "txtlookup: fatal: DNSCACHEIP: not a list of addresses: $servers"
    done
}

# A command with mounts of its own: as root of a user namespace, or as root.
own_mounts() {
    OWN_MOUNTS=(unshare --user --map-root-user --mount)
    "${OWN_MOUNTS[@]}" true 2>/dev/null || OWN_MOUNTS=(unshare --mount)
    "${OWN_MOUNTS[@]}" true 2>/dev/null || skip 'no namespaces to be had'
}

@test "without DNSCACHEIP the servers of resolv.conf are asked" {
    own_mounts
    [ -e /etc/resolv.conf ] || skip "no resolv.conf on this machine"
    # Nobody answers at port 53 of this address; that it was asked can be seen.
    echo "nameserver 255.255.255.255" >"$BATS_TEST_TMPDIR/resolv.conf"
    # A leak checker cannot work where strace looks on.
    DNSCACHEIP='' ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0 run --separate-stderr "${OWN_MOUNTS[@]}" sh -c '
        mount --bind "$1" "$(readlink -f /etc/resolv.conf)" || exit 99
        exec strace -f -e trace=connect -o "$2" "$3" -t 1 one.t.test' \
        sh "$BATS_TEST_TMPDIR/resolv.conf" "$BATS_TEST_TMPDIR/calls" "$BIN/txtlookup"
    no_usable_answer one.t.test
    grep -q 'sin_port=htons(53), sin_addr=inet_addr("255.255.255.255")' "$BATS_TEST_TMPDIR/calls"
}

@test "a resolv.conf that cannot be read is exit 111" {
    own_mounts
    DNSCACHEIP='' run --separate-stderr "${OWN_MOUNTS[@]}" sh -c '
        mkdir "$1" && mount --bind "$1" /etc && mkdir /etc/resolv.conf || exit 99
        exec "$2" one.t.test' sh "$BATS_TEST_TMPDIR/etc" "$BIN/txtlookup"
    assert_failure 111
    assert_equal "$stderr" 'txtlookup: fatal: /etc/resolv.conf: Is a directory'
}

@test "output that cannot be written is exit 111" {
    [ -w /dev/full ] || skip "no /dev/full"
    run --separate-stderr sh -c '"$1" one.t.test >/dev/full' sh "$BIN/txtlookup"
    assert_failure 111
    [[ $stderr = "txtlookup: fatal: standard output: "* ]]
}
