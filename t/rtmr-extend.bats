#!/usr/bin/env bats
# rtmr-extend: events measured into a register that is a file here, and logged.
# shellcheck disable=SC2154 # run sets stderr
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=60

setup() {
    load serving
    serving_setup
    # Longer than what is written: who truncates it, or writes elsewhere than at its beginning, is seen.
    mkdir registers
    head -c 60 /dev/zero | tr '\0' x | tee registers/rtmr2:sha384 >registers/rtmr3:sha384
}

teardown() {
    serving_teardown
}

# extend PAYLOAD [argument...]
extend() {
    run --separate-stderr "$BIN/rtmr-extend" -D registers "${@:2}" < <(printf '%s' "$1")
}

refuses() { # status message: nothing was measured
    assert_failure "$1"
    assert_output ''
    assert_equal "$stderr" "rtmr-extend: fatal: $2"
    assert_equal "$(cat registers/*)" "$(printf 'x%.0s' {1..120})"
}

# What was written into a register.
written() { xxd -p -c 48 -l 48 "registers/rtmr$1:sha384"; }

D1=$(printf '11%.0s' {1..48})
# of the event app with the payload abc
APP=a20ac01a7a48cb332257b1b50f10cae343f2df0f005a73274091e0e51acc47132e4be9d7615384f4eb7133c6fa3a9997

@test "an event is measured and logged as the agent would" {
    extend abc -l log 3 app
    assert_success
    assert_output "$APP"
    assert_equal "$stderr" ''
    assert_equal "$(written 3)" "$APP"
    assert_equal "$(tail -c 12 registers/rtmr3:sha384)" xxxxxxxxxxxx
    assert_equal "$(cat log)" '{"event":"app","payload":"YWJj"}'
    assert_equal "$(stat -c %a log)" 600
    assert_equal "$(cat registers/rtmr2:sha384)" "$(printf 'x%.0s' {1..60})"
}

@test "the digest is that of another implementation, in both versions" {
    extend abc -n 3 app
    assert_output "$(python3 -c '
import hashlib
print(hashlib.sha384(b"\1\0\0\x08:app:abc").hexdigest())')"
    extend abc -n -2 3 $'a"p\tp'
    assert_output "$(python3 -c '
import hashlib, json
print(hashlib.sha384(json.dumps({"name": "a\"p\tp", "payload": "616263", "type": 134217729}, separators=(",", ":")).encode()).hexdigest())')"
    assert_equal "$(written 3)" "$output"
}

@test "what is logged replays" {
    extend abc -l log 3 app
    extend '' -l log -2 3 'a "name"'
    extend '' -l log -x 00FF 3 hex
    extend abc -l log 2 app
    extend '' -l log -d "$D1" 2
    assert_success
    assert_output "$D1"
    assert_equal "$(written 2)" "$D1"
    assert_equal "$(cat log)" '{"event":"app","payload":"YWJj"}
{"event":"a \"name\"","payload":"","version":2}
{"event":"hex","payload":"AP8="}
{"imr":2,"event_type":134217729,"digest":"'"$APP"'","event":"app","event_payload":"616263"}
{"imr":2,"event_type":6,"digest":"'"$D1"'","event":"","event_payload":""}'
    run "$BIN/tdx-replay" -f lines <log
    assert_success
    assert_line 'claim app 616263'
    assert_line 'claim hex 00ff'
    assert_line "digest-only 2 0x00000006 $D1"
    register=$(zeros)
    for digest in "$APP" "$D1"; do
        register=$(printf '%s%s' "$register" "$digest" | xxd -r -p | sha384sum | cut -c -96)
    done
    assert_line "rtmr2 $register"
}

zeros() { head -c 96 /dev/zero | tr '\0' 0; }

@test "the register gets 48 bytes at its beginning, in one call" {
    # A leak checker cannot work where strace looks on.
    ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0 strace -o calls -e trace=openat,open,write,pwrite64,pwritev,writev,ftruncate \
        "$BIN/rtmr-extend" -D registers -n -x 00 3 app >/dev/null || skip 'strace is not allowed here'
    assert_equal "$(grep -c pwrite64 calls)" 1
    run grep -E 'pwrite64\([0-9]+, .*, 48, 0\) += 48$' calls
    assert_success
    run grep -E 'rtmr3:sha384.*(TRUNC|CREAT|APPEND)' calls
    assert_failure
}

@test "a line that nobody has ended gets an end" {
    printf '{"event":"old","payload":""}' >log
    extend abc -l log 3 app
    assert_success
    assert_equal "$(cat log)" $'{"event":"old","payload":""}\n{"event":"app","payload":"YWJj"}'
}

@test "nothing is measured while the log is locked by another" {
    exec 7>log
    flock 7
    "$BIN/rtmr-extend" -D registers -l log -x 616263 3 app >out 2>&1 3>&- 7>&- &
    SERVER=$!
    until_true tries "$SERVER"
    assert_equal "$(wc -c <log)" 0
    assert_equal "$(written 3)" "$(printf '78%.0s' {1..48})"
    echo '{"event":"first","payload":""}' >&7
    exec 7>&-
    wait "$SERVER"
    SERVER=''
    assert_equal "$(cat out)" "$APP"
    assert_equal "$(cat log)" $'{"event":"first","payload":""}\n{"event":"app","payload":"YWJj"}'
    assert_equal "$(written 3)" "$APP"
}

tries() { # pid: it has the log, and naps between its looks at the lock
    [ "$(readlink "/proc/$1/fd"/* 2>/dev/null | grep -c "$PWD/log$")" = 1 ] &&
        awk '/^voluntary_ctxt_switches/ { exit !($2 > 3) }' "/proc/$1/status"
}

@test "many at once write a line each, and the last line is what was measured last" {
    for round in 1 2 3; do
        pids=()
        for i in 1 2 3 4 5 6; do
            "$BIN/rtmr-extend" -D registers -l log -x "0$i" 3 "e$round$i" >"out$round$i" 3>&- &
            pids+=($!)
        done
        wait "${pids[@]}"
        last=$(tail -n 1 log | "$BIN/json-get" .event)
        assert_equal "$(written 3)" "$(cat "out${last#e}")"
    done
    assert_equal "$(wc -l <log)" 18
    assert_equal "$("$BIN/tdx-replay" -f lines <log | grep -c '^claim')" 18
}

@test "when the register cannot be extended the line is taken back" {
    echo '{"event":"old","payload":""}' >log
    ln -sf /dev/full registers/rtmr3:sha384
    run --separate-stderr "$BIN/rtmr-extend" -D registers -l log -x 00 3 app
    assert_failure 111
    assert_output ''
    assert_equal "$stderr" 'rtmr-extend: fatal: the register cannot be extended: No space left on device'
    assert_equal "$(cat log)" '{"event":"old","payload":""}'
}

@test "when the line cannot be written nothing is measured" {
    echo '{"event":"old","payload":""}' >log
    # The register may be written, of which it has enough; the log may not grow.
    truncate -s 4096 log
    run --separate-stderr bash -c 'trap "" XFSZ; ulimit -f 4; exec "$@"' - \
        "$BIN/rtmr-extend" -D registers -l log -x 00 3 app
    assert_failure 111
    assert_output ''
    assert_equal "$stderr" 'rtmr-extend: fatal: the log cannot be written, nothing was measured: File too large'
    assert_equal "$(stat -c %s log)" 4096
    assert_equal "$(cat registers/*)" "$(printf 'x%.0s' {1..120})"
}

@test "the agent's log has no place for anything else" {
    extend '' -d "$D1" 3
    refuses 100 '-l or -n is needed: the agent'"'"'s log has no place for this event'
    extend '' 2 app
    refuses 100 '-l or -n is needed: the agent'"'"'s log has no place for this event'
}

@test "what is no event is refused before anything is written" {
    extend '' -l log 1 app
    refuses 100 'register: not a number from 2 to 3: 1'
    extend '' -l log 3 ''
    refuses 100 'event: not of 1 to 256 bytes'
    extend '' -l log 3 "$(printf 'n%.0s' {1..257})"
    refuses 100 'event: not of 1 to 256 bytes'
    extend '' -l log 3 $'a\xff'
    refuses 100 'event: not UTF-8'
    extend '' -l log -d "${D1:2}" 3
    refuses 100 '-d: not 48 bytes'
    extend '' -l log -d "${D1}11" 3
    refuses 100 '-d: not hexadecimal, or more than 48 bytes'
    extend '' -l log -x 0 3 app
    refuses 100 '-x: not hexadecimal, or more than 65536 bytes'
    [ ! -e log ]
    run --separate-stderr "$BIN/rtmr-extend" -D registers -l log 3 app < <(head -c 65537 /dev/zero)
    refuses 100 'standard input: longer than 65536 bytes'
    extend '' -l none/log 3 app
    refuses 100 'none/log: No such file or directory'
    mkfifo fifo
    extend '' -l fifo 3 app
    refuses 100 'fifo: not a regular file'
    run --separate-stderr "$BIN/rtmr-extend" -D none -l log 3 app </dev/null
    refuses 100 'none: RTMR3: No such file or directory'
}

@test "arguments that do not go together are wrong usage" {
    for arguments in '' 3 '3 a b' '-l log -n 3 a' "-n -d $D1 3 a" "-n -d $D1 -x 00 3" "-n -2 -d $D1 3" '-q 3 a'; do
        # shellcheck disable=SC2086 # several
        extend '' $arguments
        assert_failure 100
        [[ $stderr = usage:* || $stderr = *usage:* ]]
    done
    run "$BIN/rtmr-extend" -h
    assert_success
}
