#!/usr/bin/env bats
# The promises of the test world itself: what stands on it would not notice
# when they are broken.
# shellcheck disable=SC2154,SC2034 # run sets stderr, in_world reads WORLD_...
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=30

setup() {
    bats_load_library bats-support
    bats_load_library bats-assert
    load world/bats
    world_setup
    WORLD_PROGRAM=$BATS_TEST_DIRNAME/world/world
    export TMPDIR=$BATS_TEST_TMPDIR
}

teardown() {
    world_show
}

gone() { # until no process has this test's directory in its arguments
    local until=$((SECONDS + 5))
    while pgrep -f "$BATS_TEST_TMPDIR/world" >/dev/null; do
        [ "$SECONDS" -lt "$until" ] || { pgrep -af "$BATS_TEST_TMPDIR/world"; return 1; }
        sleep 0.02
    done
}

started() { # file: until it holds a line
    local until=$((SECONDS + 10))
    until [ -s "$1" ]; do
        [ "$SECONDS" -lt "$until" ] || return 1
        sleep 0.02
    done
}

@test "the command's exit status is the world's" {
    run "$WORLD_PROGRAM" true
    assert_success
    run "$WORLD_PROGRAM" sh -c 'exit 7'
    assert_failure 7
    run "$WORLD_PROGRAM" sh -c 'kill -9 $$'
    assert_failure 137
}

@test "usage errors are exit 100" {
    run "$WORLD_PROGRAM"
    assert_failure 100
    run "$WORLD_PROGRAM" -x true
    assert_failure 100
    run "$WORLD_PROGRAM" -t soon true
    assert_failure 100
}

isolated_scene() {
    # No interface but the loopback, no resolver of the machine, no bundle of
    # the machine's authorities.
    ip -o link | wc -l
    cat /etc/resolv.conf
    wc -c <"$WORLD_BUNDLE"
    find /run -mindepth 1 ! -path "/run/mount*" | wc -l
}

@test "a world has no way out, and nothing of the machine's names or trust" {
    in_world isolated_scene
    assert_success
    assert_line --index 0 1
    assert_line --index 1 'nameserver 192.0.2.53'
    assert_line --index 2 0
    assert_line --index 3 0
}

# Every answer is asked for at once after the change, never twice.
changing_scene() {
    local i
    dns_add change.example.test TXT '"before"'
    world_dns
    for ((i = 0; i < 30; i++)); do
        dns_set change.example.test TXT "\"value $i\""
        [ "$(kdig +short change.example.test TXT)" = "\"value $i\"" ]
    done
    dns_add change.example.test TXT '"second"'
    kdig +short change.example.test TXT | sort
    dns_del change.example.test TXT '"second"'
    kdig +short change.example.test TXT
    dns_del change.example.test
    kdig change.example.test TXT | grep -o 'status: [A-Z]*'
}

@test "a record that was changed is answered with as soon as the change returns" {
    in_world changing_scene
    assert_success
    assert_output '"second"
"value 29"
"value 29"
status: NXDOMAIN'
}

refused_scene() {
    world_dns
    dns_add name.elsewhere.test A 192.0.2.1 || echo "refused $?"
    dns_set name.example.test A not-an-address || echo "refused $?"
    dns_set name.example.test A 192.0.2.1
    dns_del name.example.test AAAA || echo "refused $?"
    kdig +short name.example.test A
}

@test "a record that cannot be is refused, and the next one taken" {
    in_world refused_scene
    assert_success
    assert_output 'refused 1
refused 1
refused 1
192.0.2.1'
}

broken_scene() {
    world_start_ready broken sh -c 'echo it broke; exit 3'
}

@test "what does not start is named at once, with what it said" {
    local began=$SECONDS
    in_world broken_scene
    assert_failure
    [ $((SECONDS - began)) -lt 5 ]
    [[ $stderr = *'world: broken was not ready'*'it broke'* ]]
}

stopping_scene() {
    local pid
    world_dns
    pid=$(world_pid dns)
    world_stop dns
    run_down "$pid"
    world_start stubborn sh -c 'trap "" TERM; echo up; while :; do sleep 0.1; done'
    world_await stubborn grep -q up "$WORLD/log/stubborn"
    pid=$(world_pid stubborn)
    world_kill stubborn
    run_down "$pid"
}

run_down() {
    if kill -0 "$1"; then echo "$1 is still there"; fi
}

@test "what is stopped is gone when world_stop returns" {
    in_world stopping_scene
    assert_success
    assert_output ''
}

twin_scene() {
    world_dns
    dns_add twin.example.test TXT "\"$1\""
    # Each waits for the other, so both certainly stand at the same time.
    echo up >"$2"
    world_await dns test -s "$3"
    kdig +short twin.example.test TXT
}

@test "two worlds stand side by side on the same addresses and ports" {
    local other
    WORLD_FILES=$BATS_TEST_TMPDIR/world-b
    (
        in_world twin_scene b "$BATS_TEST_TMPDIR/b.up" "$BATS_TEST_TMPDIR/a.up"
        echo "$status $output" >"$BATS_TEST_TMPDIR/b.out"
    ) 3>&- &
    other=$!
    started "$BATS_TEST_TMPDIR/b.up"
    WORLD_FILES=$BATS_TEST_TMPDIR/world-a
    in_world twin_scene a "$BATS_TEST_TMPDIR/a.up" "$BATS_TEST_TMPDIR/b.up"
    assert_success
    assert_output '"a"'
    wait "$other"
    assert_equal "$(cat "$BATS_TEST_TMPDIR/b.out")" '0 "b"'
}

lasting_scene() {
    world_dns
    # Out of reach of signals to a group, and deaf to polite ones.
    setsid sh -c 'trap "" TERM HUP INT; sleep 60; :' "$WORLD" &
    echo up >"$1"
    sleep 60
}

@test "the time limit ends everything in the world" {
    WORLD_LIMIT_S=2
    in_world lasting_scene "$BATS_TEST_TMPDIR/up"
    assert_failure 137
    [[ $stderr = *'ended after 2 s'* ]]
    [ -s "$BATS_TEST_TMPDIR/up" ]
    gone
}

@test "TERM, HUP and even KILL of the world's program end everything in it" {
    local signal pid ended
    for signal in TERM HUP KILL; do
        WORLD_FILES=$BATS_TEST_TMPDIR/world-$signal
        (
            # shellcheck disable=SC2317 # in_world calls it, as run
            run() { exec "${@:2}"; }
            in_world lasting_scene "$BATS_TEST_TMPDIR/up-$signal"
        ) >/dev/null 2>&1 3>&- &
        pid=$!
        started "$BATS_TEST_TMPDIR/up-$signal"
        run pgrep -f "$BATS_TEST_TMPDIR/world"
        assert_success
        [ "$pid" -gt 1 ]
        kill -"$signal" "$pid"
        ended=0
        wait "$pid" || ended=$?
        case $signal in
        TERM) assert_equal "$ended" 143 ;;
        HUP) assert_equal "$ended" 129 ;;
        KILL) assert_equal "$ended" 137 ;;
        esac
        gone
    done
}

@test "without a directory to keep, a world leaves no file" {
    # shellcheck disable=SC2016 # for the shell in the world
    run "$WORLD_PROGRAM" sh -c 'echo "$WORLD"; touch "$WORLD/log/x"'
    assert_success
    assert [ -n "$output" ]
    assert [ ! -e "$output" ]
}

front_scene() {
    local n
    world_dns
    world_front -strict
    front_rules 'dir@2 html 503' 'dir@3- set newOrder null'
    for n in 1 2 3; do
        curl -sS -A test -o "$WORLD/dir.$n" -w '%{http_code} ' "$CA_DIRECTORY"
        grep -c '"newOrder": "https://ca.test/order-plz"' "$WORLD/dir.$n" || true
    done
    front_kinds
    # Counting begins anew with other rules, and a word that is none is no rule.
    front_rules 'dir@1 html 500'
    curl -sS -A test -o /dev/null -w '%{http_code}\n' "$CA_DIRECTORY"
    front_rules 'dri html 503'
    curl -sS -A test -o /dev/null "$CA_DIRECTORY" 2>/dev/null || echo 'no answer'
    world_await dns ended front
}

ended() { ! world_alive "$1"; }

@test "the front before the CA obeys its rules, and ends at one that is none" {
    in_world front_scene
    assert_success
    assert_output '200 1
503 0
200 0
dir dir dir
500
no answer'
}
