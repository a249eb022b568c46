#!/usr/bin/env bats
# The processes of the acme programs: what they are left with, and what becomes of an
# order when one of them is ended. A world a test (t/world).
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

# A hook that writes down its calls and, while the file slow is there, takes its time.
slow_hook() {
    cat >"$WORLD/hook" <<'END'
#!/bin/sh
echo "$1 $2 $3" >>"$WORLD/calls"
[ ! -e "$WORLD/slow" ] || [ "$1" != begin ] || sleep 30
exec chal-file "$@"
END
    chmod +x "$WORLD/hook"
    export ACME_HOOK=$WORLD/hook
}

# begun NAME...: acme-order in the background; returns when the CA was asked for the order's state,
# which it does not answer for a while. Its process is $order.
begun() {
    front_rules 'order@1 delay 3000'
    acme-order "$@" 2>"$WORLD/log/acme-order" &
    order=$!
    world_await front was_asked order
}

was_asked() { [ "$(asked "$1")" -gt 0 ]; }

ended() { # its exit status, what it said last, how many are left of it
    local status=0
    wait "$order" || status=$?
    echo "$status"
    tail -n 1 "$WORLD/log/acme-order"
    world_await front nobody
    ls -A "$CHAL_DIR"
}

nobody() { ! pgrep -x acme-order; }

children_scene() {
    local pid order
    acme_vm -strict
    begun a.example.test
    for pid in $(pgrep -P "$order"); do
        sed -n 's/^Seccomp:\t//p; s/^NoNewPrivs:\t/privileges /p' "/proc/$pid/status"
        find "/proc/$pid/fd" -mindepth 1 -printf '%l\n' | sed 's/:.*//' | grep -vx 'pipe\|socket\|/dev/null\|.*/log/acme-order' || true
    done
    wait "$order"
}

@test "signer and client are jailed, and have no file open" {
    in_world children_scene
    assert_success
    case $output in
    *$'\n0\n'* | 0*) skip 'built without the filter' ;;
    esac
    assert_output 'privileges 1
2
privileges 1
2'
}

scalar() { # FILE: the private number of a P-256 key
    openssl pkey -in "$1" -noout -text | sed -n '/^priv:/,/^pub:/{/^ /p}' | tr -d ' :\n' | tail -c 64
}

# talks PID: it has a connection to port 443.
talks() {
    local inode
    for inode in $(find "/proc/$1/fd" -mindepth 1 -printf '%l\n' | sed -n 's/^socket:\[\(.*\)\]$/\1/p'); do
        ! awk -v inode="$inode" '$10 == inode && $3 ~ /:01BB$/ { found = 1 } END { exit !found }' \
            "/proc/$1/net/tcp" "/proc/$1/net/tcp6" || return 0
    done
    return 1
}

memory_scene() {
    local order pid client='' signer=''
    acme_vm -strict
    begun -q a.example.test
    for pid in $(pgrep -P "$order"); do
        if talks "$pid"; then client+=$pid; else signer+=$pid; fi
    done
    "$WORLD_LIB/../peer/memory-search" "$client" "$order" "$signer" -- \
        "$(scalar "$ACME_ACCOUNT/key.pem")" "$(scalar "$CERTDIR/.a.example.test/pending/key.pem")" |
        sed "s/^$client /client /; s/^$order /main /; s/^$signer /signer /; s/ [1-9][0-9]*/ some/g"
    sed -n 's/^\(Seccomp\|NoNewPrivs\):\t/\1 /p' "/proc/$client/status"
    front_rules
    wait "$order"
}

@test "neither private key is in the memory of the process that talks to the CA" {
    in_world memory_scene
    assert_success
    assert_line --index 0 'client 0 0'
    assert_line --index 1 'main 0 0'
    # The one that has the account's has no other; without it the search would prove nothing.
    assert_line --index 2 'signer some 0'
    assert_line --index 3 'NoNewPrivs 1'
    [ "${lines[4]}" != 'Seccomp 0' ] || skip 'built without the filter'
    assert_line --index 4 'Seccomp 2'
}

term_scene() {
    local order
    acme_vm -strict
    slow_hook
    touch "$WORLD/slow"
    acme-order -q a.example.test 2>"$WORLD/log/acme-order" &
    order=$!
    world_await front test -e "$WORLD/calls"
    kill -TERM "$order"
    ended
    cat "$WORLD/calls"
    [ ! -e "$CERTDIR/.a.example.test/begun" ]
    # It does not count as a failure: the next run goes on at once.
    rm "$WORLD/slow"
    acme-order -q a.example.test
    store_good a.example.test a.example.test
    issued
}

@test "told to end while a hook is at work: the hook is ended, and called to clean up" {
    in_world term_scene
    assert_success
    assert_output '111
acme-order: fatal: a.example.test: stopped by a signal
begin http-01 a.example.test
failed http-01 a.example.test
1'
}

client_scene() {
    local order client
    acme_vm -strict
    slow_hook
    # The first question is held back: the challenges are still published.
    front_rules 'challenge@1 delay 3000'
    acme-order -q a.example.test 2>"$WORLD/log/acme-order" &
    order=$!
    world_await front was_asked challenge
    client=$(pgrep -P "$order" | tail -n 1)
    [ "$client" -gt 1 ]
    kill -KILL "$client"
    ended
    cat "$WORLD/calls"
    front_rules
    acme-order -q -f a.example.test
    store_good a.example.test a.example.test
    asked new-order
}

@test "the client is gone without a word: temporary, hooks are called to clean up, the order goes on" {
    in_world client_scene
    assert_success
    assert_output '111
acme-order: fatal: a.example.test: the process that talks to the CA ended by signal 9
begin http-01 a.example.test
failed http-01 a.example.test
0'
}

signer_scene() {
    local order
    acme_vm -strict
    begun a.example.test
    kill -KILL "$(pgrep -P "$order" | head -n 1)"
    ended >"$WORLD/ended"
    head -n 1 "$WORLD/ended"
    acme-order -q -f a.example.test
    store_good a.example.test a.example.test
}

@test "the signer is gone: temporary, and the next run goes on" {
    in_world signer_scene
    assert_success
    assert_output 111
}

kill_scene() {
    local order
    acme_vm -strict
    slow_hook
    front_rules 'challenge@1 delay 3000'
    acme-order -q a.example.test 2>"$WORLD/log/acme-order" &
    order=$!
    world_await front was_asked challenge
    kill -KILL "$order"
    wait "$order" 2>/dev/null || true
    world_await front nobody
    find "$CHAL_DIR" -type f | wc -l
    front_rules
    acme-order -q a.example.test
    store_good a.example.test a.example.test
    asked new-order
    find "$CHAL_DIR" -type f | wc -l
    [ ! -e "$CERTDIR/.a.example.test/begun" ]
}

@test "main is killed: all go with it, and the next run goes on and cleans up" {
    in_world kill_scene
    assert_success
    assert_output '1
0
0'
}
