#!/usr/bin/env bats
# mk/check itself, in a small tree of its own: a check that does not notice is
# worse than none.
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=120

setup() {
    bats_load_library bats-support
    bats_load_library bats-assert
    TREE=$BATS_TEST_TMPDIR/tree
    mkdir -p "$TREE/mk" "$TREE/t/unit" "$TREE/t/fuzz" "$TREE/bin"
    cp "$BATS_TEST_DIRNAME/../mk/check" "$TREE/mk/check"
    printf '#!/bin/sh\n' >"$TREE/mk/deps"
    printf '#!/bin/sh\necho "ok 1 - all is well"\necho 1..1\n' >"$TREE/mk/house"
    chmod +x "$TREE/mk/deps" "$TREE/mk/house"
    printf 'B = build\nall tests fuzz:\n\t@mkdir -p $(B)/bin $(B)/unit build/fuzz\n' >"$TREE/Makefile"
}

bats_test() { # name line...: a file of one test
    { printf '@test "%s" {\n' "$1"; printf '%s\n' "${@:2}"; echo '}'; } >"$TREE/t/$1.bats"
}

# A unit test is a script here; with each kind of build the same.
unit_test() { # name line...
    local directory
    : >"$TREE/t/unit/$1.c"
    for directory in build build/glibc build/san; do
        mkdir -p "$TREE/$directory/unit"
        { echo '#!/bin/sh'; printf '%s\n' "${@:2}"; } >"$TREE/$directory/unit/$1"
        chmod +x "$TREE/$directory/unit/$1"
        touch -d '+1 minute' "$TREE/$directory/unit/$1"
    done
}

check_tree() { # step...
    run --separate-stderr "$TREE/mk/check" "$@"
}

# Builds count two each, programs and unit tests, with each kind of build.
@test "what passes, fails and is skipped is counted, and a failure is the exit status" {
    bats_test good true
    bats_test bad 'echo the reason; false'
    bats_test left 'skip "for this reason"'
    check_tree bats
    assert_failure 1
    assert_line --index -1 '5 passed, 1 failed, 1 skipped'
    assert_line --partial 'not ok 1 bad'
    assert_line --partial 'the reason'
    assert_line --regexp 'skipped: for this reason'
}

@test "when all is well it is exit 0, and a line says so for each piece of work" {
    bats_test good true
    check_tree bats
    assert_success
    assert_equal "$stderr" ''
    assert_line --index -1 '5 passed, 0 failed, 0 skipped'
    assert_line --regexp '^ok +[0-9.]+ s +bats musl good +1 passed$'
    refute_line --partial FAILED
}

@test "a step with nothing to test is no success" {
    check_tree fuzz
    assert_failure 1
    assert_line --index -1 '1 passed, 1 failed, 0 skipped'
}

@test "packages that are missing are a failure" {
    ln -sf /bin/false "$TREE/mk/deps"
    check_tree deps
    assert_failure 1
    assert_line --index -1 '0 passed, 1 failed, 0 skipped'
}

@test "a bats file without a test is a failure" {
    echo 'broken (' >"$TREE/t/broken.bats"
    check_tree bats
    assert_failure 1
    assert_line --index -1 '4 passed, 1 failed, 0 skipped'
}

@test "a unit test that ends too early has failed, whatever it said before" {
    unit_test early 'echo "ok 1 - so far"' 'exit 0'
    check_tree unit
    assert_failure 1
    assert_line --partial 'early: ended early, after 1 tests'
}

@test "a unit test that promised more has failed" {
    unit_test short 'echo "ok 1 - so far"' 'echo 1..2'
    check_tree unit
    assert_failure 1
    assert_line --partial 'short: 1 of 2 tests ran'
}

@test "a unit test that says all is well and does not end well has failed" {
    unit_test crash 'echo "ok 1 - so far"' 'echo 1..1' 'exit 139'
    check_tree unit
    assert_failure 1
    assert_line --partial 'crash: exit status 139'
}

@test "a unit test that was not built has failed" {
    : >"$TREE/t/unit/absent.c"
    check_tree unit
    assert_failure 1
    assert_line --partial 'not ok - absent: not built'
}

@test "a report of a sanitizer is a failure, though no test looked at it" {
    # shellcheck disable=SC2016 # for the test to expand
    unit_test report 'echo "ok 1 - so far"' 'echo 1..1' \
        'file=${ASAN_OPTIONS#log_path=}; echo "heap-buffer-overflow" >"${file%%:*}.123"'
    check_tree unit
    assert_failure 1
    assert_line --partial 'not ok - sanitizer report'
    assert_line --partial 'heap-buffer-overflow'
}

@test "a build that fails fails what needs it, and the other steps go on" {
    printf 'all:\n\t@echo broken >&2; exit 1\ntests fuzz:\n' >"$TREE/Makefile"
    bats_test good true
    unit_test fine 'echo "ok 1 - fine"' 'echo 1..1'
    check_tree unit bats
    assert_failure 1
    assert_line --regexp 'not ok - programs with musl: exit status 2'
    assert_line --regexp '# broken'
    assert_line --partial 'not ok - musl was not built'
    assert_line --regexp 'ok .* unit musl +1 passed'
}

@test "what a test leaves running is ended, and a failure" {
    # Out of the test's process group and session, as a daemon would be.
    bats_test leaves "setsid sleep 987 </dev/null >/dev/null 2>&1 3>&- &"
    check_tree bats
    assert_failure 1
    assert_line --partial 'not ok - bats musl leaves: left running'
    assert_line --regexp '# +[0-9]+ sleep 987'
    run pgrep -f 'sleep 987'
    assert_failure 1
}

@test "when it is interrupted, what it started ends" {
    local pid ended=0 until=$((SECONDS + 20))
    bats_test long "echo started >'$BATS_TEST_TMPDIR/started'" 'sleep 654'
    TMPDIR=$BATS_TEST_TMPDIR "$TREE/mk/check" bats >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
    pid=$!
    until [ -s "$BATS_TEST_TMPDIR/started" ]; do
        [ "$SECONDS" -lt "$until" ]
        sleep 0.05
    done
    [ "$pid" -gt 1 ]
    kill -TERM "$pid"
    wait "$pid" || ended=$?
    assert_equal "$ended" 143
    run pgrep -f 'sleep 654'
    assert_failure 1
    run find "$BATS_TEST_TMPDIR" -maxdepth 1 -name 'check.*'
    assert_output ''
}

@test "usage: 100 for a step there is not, and -h helps" {
    check_tree everything
    assert_failure 100
    assert_equal "$stderr" 'usage: check [deps|build|lint|unit|bats|san|fuzz]...'
    check_tree -h
    assert_success
    assert_line --index 1 '  mk/check [STEP...]'
}
