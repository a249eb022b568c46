#!/usr/bin/env bats
# mk/demo as a newcomer runs it.
# shellcheck disable=SC2154 # run sets stderr
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=60

setup() {
    bats_load_library bats-support
    bats_load_library bats-assert
    DEMO=$BATS_TEST_DIRNAME/../mk/demo
    BIN=$(cd "$BATS_TEST_DIRNAME/.." && readlink -m "${BIN:-build/bin}")
    TMPDIR=$BATS_TEST_TMPDIR
    export BIN TMPDIR
}

# Programs of this test's world carry its directory in their arguments.
assert_nothing_left() {
    run find "$BATS_TEST_TMPDIR" -mindepth 1 -name 'world.*'
    assert_output ''
    run pgrep -f "$BATS_TEST_TMPDIR"
    assert_failure 1
}

@test "the demo ends with a certificate that verifies, and leaves nothing" {
    run --separate-stderr "$DEMO"
    assert_success
    assert_equal "$stderr" ''
    assert_line --regexp '[0-9.]+ s +order +acme-order app\.example\.test'
    assert_line --regexp 'store +vm/certs/app\.example\.test -> \.app\.example\.test/'
    assert_line --regexp 'names +app\.example\.test'
    assert_line --regexp 'issuer +CN=Pebble Intermediate CA'
    assert_line --regexp 'relay +app\.example\.test acme 307 [0-9a-f]{40}\.gw\.test'
    assert_line --regexp 'gateway +[0-9a-f]{40}\.gw\.test .* done unix '
    assert_line --regexp 'gateway +[0-9a-f]{40}\.gw\.test .* done 192\.0\.2\.30:80 '
    assert_line --regexp 'http-fetch: .*unrecognized name'
    assert_line --regexp 'relay +app\.example\.test .* done [^ ]*:443 '
    assert_line --regexp 'gateway +app\.example\.test .* done 192\.0\.2\.30:443 '
    assert_line --regexp 'vm +app\.example\.test .* done 192\.0\.2\.30:9999 '
    assert_line --regexp 'vm +app\.example\.test cgi 200 .*/quote '
    assert_line --regexp 'agent +localhost cgi 200 .*/GetQuote '
    for n in 0 1 2 3; do
        assert_line --regexp "rtmr$n [0-9a-f]{32}\.\.\. equal\$"
    done
    assert_line --regexp 'identity app-id [0-9a-f]{40}$'
    assert_line --regexp 'verdict accept$'
    assert_line --regexp '[0-9.]+ s +total'
    assert_nothing_left
}

@test "with --keep commands can be given in the world, before it goes away" {
    run --separate-stderr "$DEMO" --keep <<<'curl -sSL http://app.example.test/health; echo; pidof pebble'
    assert_success
    assert_line 'OK'
    assert_line --regexp '^[0-9]+$'
    assert_nothing_left
}

@test "a demo that is interrupted leaves nothing" {
    local pid ended=0 in
    mkfifo "$BATS_TEST_TMPDIR/in"
    exec {in}<>"$BATS_TEST_TMPDIR/in"
    "$DEMO" --keep <&"$in" >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
    pid=$!
    wait_for "$BATS_TEST_TMPDIR/out" '^The world stays up'
    run pgrep -f "$BATS_TEST_TMPDIR/world"
    assert_success
    [ "$pid" -gt 1 ]
    kill -TERM "$pid"
    wait "$pid" || ended=$?
    assert_equal "$ended" 143
    assert_nothing_left
}

@test "the demo says no when the authority does" {
    mkdir "$BATS_TEST_TMPDIR/bin"
    ln -s "$BIN"/* "$BATS_TEST_TMPDIR/bin"
    # A hook that claims to have put the token in place.
    ln -sf /bin/true "$BATS_TEST_TMPDIR/bin/chal-file"
    BIN=$BATS_TEST_TMPDIR/bin run --separate-stderr "$DEMO"
    assert_failure
    refute_output --partial total
    assert_nothing_left
}

@test "the demo says no when the quote is not over its nonce, or its log leads elsewhere" {
    local lie
    mkdir "$BATS_TEST_TMPDIR/bin"
    for lie in 's/nonce=/nonce=0/' 's/"event_log":"\[{/&\\"imr\\":0,\\"event_type\\":1,\\"digest\\":\\"'"$(printf '%096d' 0)"'\\",\\"event\\":\\"\\",\\"event_payload\\":\\"\\"},{/'; do
        rm -f "${BATS_TEST_TMPDIR:?}"/bin/*
        ln -s "$BIN"/* "$BATS_TEST_TMPDIR/bin"
        rm "$BATS_TEST_TMPDIR/bin/http-fetch"
        # Whoever is on the way changes the question, or the answer.
        printf '#!/bin/bash\nset -e\nurl=$(sed %q <<<"${@: -1}")\n%q "${@:1:$#-1}" "$url"\n[ "$1" != -o ] || sed -i %q "$2"\n' \
            "$lie" "$BIN/http-fetch" "$lie" >"$BATS_TEST_TMPDIR/bin/http-fetch"
        chmod +x "$BATS_TEST_TMPDIR/bin/http-fetch"
        BIN=$BATS_TEST_TMPDIR/bin run --separate-stderr "$DEMO"
        assert_failure 1
        refute_output --partial 'verdict accept'
        refute_output --partial total
        case $lie in
        *nonce*) [[ $stderr = *$'reason policy\nwhat report_data'* ]] ;;
        *) [[ $stderr = *' differs '* ]] ;;
        esac
    done
    assert_nothing_left
}

@test "usage: 100 for anything else, and -h helps" {
    run --separate-stderr "$DEMO" --nonsense
    assert_failure 100
    assert_equal "$stderr" 'usage: demo [--keep]'
    run --separate-stderr "$DEMO" -h
    assert_success
    assert_output --partial 'mk/demo [--keep]'
}

wait_for() { # file pattern: until it is there, ten seconds at most
    local until=$((SECONDS + 10))
    until grep -q "$2" "$1"; do
        [ "$SECONDS" -lt "$until" ] || { cat "$1"; return 1; }
        sleep 0.05
    done
}
