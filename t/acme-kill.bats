#!/usr/bin/env bats
# acme-order and acme-account killed at every request and at every change of a
# file: the store is whole at each moment, and the next run ends what was begun.
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=60

setup() {
    bats_load_library bats-support
    bats_load_library bats-assert
    load world/bats
    world_setup
    WORLD_LIMIT_S=58
}

teardown() {
    world_show
}

# Calls of the system that change files or bring them to the disk, and all writing.
# strace counts for each process and each set of calls: with several sets the
# parts of a program that make few calls have their turn too.
FILES=openat,open,creat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat
FILES+=,mkdir,mkdirat,rmdir,fsync,fdatasync,ftruncate,fchmod,chmod,fchmodat,flock,pwrite64
OPENS='fsync,fdatasync openat,open'
NAMES='mkdir,mkdirat,rename,renameat,renameat2,symlink,symlinkat link,linkat,unlink,unlinkat'
WRITES=write,writev,sendmsg,sendto
export FILES OPENS NAMES WRITES

# victim COMMAND...: its process is in the file victim; prints its exit status,
# 137 when it was killed. Nobody is left when it returns.
victim() {
    local status=0 name=$1
    : >"$WORLD/log/$name"
    # shellcheck disable=SC2016 # sh expands
    sh -c 'echo "$$" >"$WORLD/victim"; exec "$@"' sh "$@" 2>>"$WORLD/log/$name" >>"$WORLD/log/$name" || status=$?
    world_await front gone "$name"
    echo "$status"
}

gone() { ! pgrep -x "$1"; }

wrong() { # what
    echo "$1"
    tail -n 3 "$WORLD"/log/acme-*
}

# The certificate that was there, or a whole new one; without one before, none or
# a whole one.
store_whole() {
    [ ! -e "$CERTDIR/a.example.test" ] || store_good a.example.test a.example.test b.example.test
}

next_run() { # when
    local status
    status=$(outcome acme-order -q -t 20 -f a.example.test b.example.test)
    [ "$status" = 0 ] || wrong "$1: the next run: exit status $status"
    store_good a.example.test a.example.test b.example.test || wrong "$1: then the store is not whole"
    [ -z "$(ls "$CHAL_DIR")" ] || wrong "$1: then the challenge directory is not empty"
    # A version and the one before it; nothing pending.
    [ "$(find "$CERTDIR/.a.example.test" -mindepth 1 -maxdepth 1 -type d | wc -l)" -le 2 ] ||
        wrong "$1: then $(find "$CERTDIR/.a.example.test" | paste -sd ' ')"
}

### At every request

requests_scene() { # kill|kill-after fresh|renewal
    local n status orders
    acme_vm -strict
    [ "$2" = fresh ] || acme-order -q a.example.test b.example.test
    for ((n = 1; n < 40; n++)); do
        [ "$2" = renewal ] || { rm -rf "$CERTDIR" && mkdir "$CERTDIR"; }
        front_rules "any@$n $1 $WORLD/victim"
        status=$(victim acme-order -q -f a.example.test b.example.test)
        store_whole || wrong "$n: the store is not whole"
        [ "$status" = 137 ] || break
        orders=$(asked new-order)
        front_rules
        next_run "$n"
        # Only an order whose making nobody heard of is made again.
        [ "$orders$(asked new-order)" != 11 ] || repeated "$n"
    done
    [ "$status" = 0 ] || wrong "$n: not killed, and exit status $status"
    sort "$WORLD/repeated" 2>/dev/null | uniq
    echo "$((n - 1)) kills"
}

repeated() { # n: which request that was
    echo "made anew after request $1" >>"$WORLD/repeated"
}

assert_resumed() {
    assert_success
    assert_line --index 0 'made anew after request 3'
    assert_line --index 1 --regexp '^1[0-9] kills$'
    assert_equal "${#lines[@]}" 2
}

# dir, nonce, newOrder, two of authz and challenge, order, finalize, order, cert; where the CA
# is slow, the order is asked for more than twice.
@test "killed before the answer to any request, with no certificate before" {
    in_world requests_scene kill fresh
    assert_resumed
}

@test "killed when any request is done, with no certificate before" {
    in_world requests_scene kill-after fresh
    assert_resumed
}

@test "killed before the answer to any request of a renewal" {
    in_world requests_scene kill renewal
    assert_resumed
}

@test "killed when any request of a renewal is done" {
    in_world requests_scene kill-after renewal
    assert_resumed
}

### At every change of a file

# killed_at_calls SETS WHAT-THEN COMMAND...: at each call of each set, until there
# are no more; each time WHAT-THEN is run.
killed_at_calls() {
    local sets=$1 then=$2 set n status kills=0
    shift 2
    for set in $sets; do
        for ((n = 1; n < 400; n++)); do
            # A leak checker cannot work where strace looks on.
            status=$(ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0 victim strace -f -qq -o /dev/null -e "trace=$set" -e "inject=$set:signal=KILL:when=$n" "$@")
            # One of its parts may have been the one killed: then it is "later".
            case $status in
            0) break ;;
            137 | 111) kills=$((kills + 1)) ;;
            *) wrong "$set $n: exit status $status"; break ;;
            esac
            "$then" "$set $n"
        done
    done
    echo "$kills kills"
}

whole_then_next() { # when
    world_await front gone acme-order
    store_whole || wrong "$1: the store is not whole"
    next_run "$1"
}

changes_scene() { # set...
    acme_vm -strict
    killed_at_calls "$*" whole_then_next acme-order -q -f a.example.test b.example.test
}

assert_kills() { # at least
    assert_success
    assert_output --regexp '^[0-9]+ kills$'
    [ "${output% kills}" -ge "$1" ]
}

@test "killed at any change of a file" {
    in_world changes_scene "$FILES"
    assert_kills 20
}

@test "killed at any bringing to the disk" {
    in_world changes_scene fsync,fdatasync
    assert_kills 5
}

@test "killed at any opening of a file" {
    in_world changes_scene openat,open
    assert_kills 10
}

@test "killed at any making, renaming and removing" {
    # shellcheck disable=SC2086 # a list
    in_world changes_scene $NAMES
    assert_kills 8
}

@test "killed at any writing" {
    in_world changes_scene "$WRITES"
    assert_kills 10
}

### The account

account_good() { # when
    local status
    status=$(outcome acme-order -q -t 20 -f a.example.test b.example.test)
    [ "$status" = 0 ] || wrong "$1: an order: exit status $status"
    [ "$(acme-account -q show | grep -cF "$(cat "$WORLD/account-url")")" = 1 ] || wrong "$1: another account"
}

rollover_scene() { # kill|kill-after
    local n status key
    acme_vm -strict
    for ((n = 1; n < 20; n++)); do
        key=$(sha256sum <"$ACME_ACCOUNT/key.pem")
        front_rules "any@$n $1 $WORLD/victim"
        status=$(victim acme-account -q rollover)
        front_rules
        [ "$status" = 137 ] || break
        account_good "$n"
        # Once more, and it is another key for certain.
        acme-account -q rollover
        [ "$key" != "$(sha256sum <"$ACME_ACCOUNT/key.pem")" ] || wrong "$n: the key is the old one"
        account_good "$n again"
    done
    [ "$status" = 0 ] || wrong "$n: not killed, and exit status $status"
    echo "$((n - 1)) kills"
}

@test "a rollover killed before the answer to any request" {
    in_world rollover_scene kill
    assert_success
    assert_output --regexp '^[3-5] kills$'
}

@test "a rollover killed when any request is done: the old key is no key any more" {
    in_world rollover_scene kill-after
    assert_success
    assert_output --regexp '^[3-5] kills$'
}

rolled_then_good() { # when
    world_await front gone acme-account
    account_good "$1"
}

rollover_changes_scene() {
    acme_vm -strict
    killed_at_calls "$FILES $OPENS $NAMES $WRITES" rolled_then_good acme-account -q rollover
}

@test "a rollover killed at any change of a file" {
    in_world rollover_changes_scene
    assert_kills 10
}

new_scene() { # kill|kill-after
    local n status
    acme_vm -strict
    for ((n = 1; n < 20; n++)); do
        rm -rf "$ACME_ACCOUNT"
        front_rules "any@$n $1 $WORLD/victim"
        status=$(victim acme-account -q new -y)
        front_rules
        [ "$status" = 137 ] || break
        acme-account -q new -y >"$WORLD/account-url"
        account_good "$n"
    done
    [ "$status" = 0 ] || wrong "$n: not killed, and exit status $status"
    echo "$((n - 1)) kills, $(grep -o 'There are now [0-9]* accounts' "$WORLD/log/ca" | tail -n 1)"
}

# The first of the world, one a killed run, the last: none for the runs after.
@test "a new account killed at any request: its key is kept, and no second one made" {
    in_world new_scene kill-after
    assert_success
    assert_output '3 kills, There are now 5 accounts'
}
