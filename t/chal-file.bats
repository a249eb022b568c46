#!/usr/bin/env bats
# chal-file: the challenge hook that writes and removes token files.
# shellcheck disable=SC2154 # run sets stderr
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=30

TOKEN=LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0
THUMBPRINT=9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI
AUTH=$TOKEN.$THUMBPRINT

setup() {
    load serving
    serving_setup
    mkdir dir
    export CHAL_DIR=$PWD/dir
}

teardown() {
    serving_teardown
}

hook() { # argument...
    run --separate-stderr "$BIN/chal-file" "$@"
}

refuses() { # text argument...
    hook "${@:2}"
    assert_failure 100
    assert_output ''
    [[ $stderr = *"$1"* ]] || { echo "$stderr"; return 1; }
    assert_equal "$(ls -A dir)" "${LEFT-}"
}

@test "begin writes the file and says nothing" {
    hook begin http-01 app.example.test "$TOKEN" "$AUTH"
    assert_success
    assert_output ''
    assert_equal "$stderr" ''
    run cat "dir/$TOKEN"
    assert_output "$AUTH"
    [ "$(stat -c %s "dir/$TOKEN")" = 87 ]
    assert_equal "$(ls -A dir)" "$TOKEN"
}

@test "the file can be read by everybody, whatever the umask" {
    umask 077
    hook begin http-01 app.example.test "$TOKEN" "$AUTH"
    assert_success
    assert_equal "$(stat -c %a "dir/$TOKEN")" 644
}

@test "done and failed remove it, and it may be gone already" {
    for verb in 'done' failed; do
        hook begin http-01 app.example.test "$TOKEN" "$AUTH"
        hook "$verb" http-01 app.example.test "$TOKEN" "$AUTH"
        assert_success
        assert_equal "$(ls -A dir)" ''
        hook "$verb" http-01 app.example.test "$TOKEN" "$AUTH"
        assert_success
    done
}

@test "only this token's file is removed" {
    hook begin http-01 a.test "$TOKEN" "$AUTH"
    hook begin http-01 b.test other "other.$THUMBPRINT"
    hook 'done' http-01 a.test "$TOKEN" "$AUTH"
    assert_equal "$(ls -A dir)" other
}

@test "begin again replaces the file, and a left-over of a killed one does not matter" {
    echo old >"dir/$TOKEN"
    hook begin http-01 app.example.test "$TOKEN" "$AUTH"
    assert_success
    assert_equal "$(cat "dir/$TOKEN")" "$AUTH"
    hook begin http-01 app.example.test "$TOKEN" "$AUTH"
    assert_success
}

# Reads until told to stop; whatever is neither nothing nor whole is told.
@test "no reader ever sees a part of it" {
    serve chal-serve -q dir
    (
        while [ ! -e stop ]; do
            body_of vm.test "/.well-known/acme-challenge/$TOKEN"
            echo
        done >seen
    ) 3>&- &
    reader=$!
    CHILDREN+=("$reader")
    for _ in {1..200}; do
        "$BIN/chal-file" begin http-01 app.example.test "$TOKEN" "$AUTH"
        [ $((RANDOM % 3)) != 0 ] || "$BIN/chal-file" 'done' http-01 app.example.test "$TOKEN" "$AUTH"
    done
    touch stop
    wait "$reader"
    run sort -u seen
    refute_line --regexp "^$TOKEN.{0,43}\$"
    assert_line "$AUTH"
    [ "$(grep -vc -e "^$AUTH\$" -e '^not found$' -e '^$' seen)" = 0 ]
}

@test "a link in the way is replaced, and what it leads to is not written" {
    echo precious >precious
    ln -s ../precious "dir/$TOKEN"
    hook begin http-01 app.example.test "$TOKEN" "$AUTH"
    assert_success
    [ ! -L "dir/$TOKEN" ]
    assert_equal "$(cat "dir/$TOKEN")" "$AUTH"
    assert_equal "$(cat precious)" precious
    ln -sf ../precious "dir/$TOKEN"
    hook 'done' http-01 app.example.test "$TOKEN" "$AUTH"
    assert_success
    assert_equal "$(cat precious)" precious
}

@test "other methods are declined with 1, whatever else is said" {
    for method in dns-01 tls-alpn-01 HTTP-01 http-02 ''; do
        hook begin "$method" app.example.test "$TOKEN" "$AUTH"
        assert_failure 1
        assert_output ''
        assert_equal "$stderr" ''
    done
    hook begin dns-01 app.example.test ../x y
    assert_failure 1
    CHAL_DIR='' hook 'done' dns-01 app.example.test "$TOKEN" "$AUTH"
    assert_failure 1
    assert_equal "$(ls -A dir)" ''
}

@test "a token that is no name of a file is refused" {
    for token in '' . .. ../x a/b /etc/x .x a.b 'a b' a= a+b $'a\nb' $'\e[2J' ü \
        "$(printf 'a%.0s' {1..129})"; do
        refuses 'chal-file: fatal: not a token' begin http-01 app.example.test "$token" "$token.$THUMBPRINT"
        refuses 'chal-file: fatal: not a token' 'done' http-01 app.example.test "$token" "$token.$THUMBPRINT"
    done
    [[ $stderr != *$'\e'* ]]
    long=$(printf 'a%.0s' {1..128})
    hook begin http-01 app.example.test "$long" "$long.$THUMBPRINT"
    assert_success
    assert_equal "$(ls -A dir)" "$long"
}

@test "done cannot be made to remove something else" {
    echo precious >precious
    refuses 'not a token' 'done' http-01 app.example.test ../precious "../precious.$THUMBPRINT"
    assert_equal "$(cat precious)" precious
}

@test "a key authorization that is not the token's is refused" {
    for auth in '' "$TOKEN" "$TOKEN." ".$THUMBPRINT" "x$AUTH" "${AUTH}x" "${AUTH%?}" "$TOKEN-$THUMBPRINT" \
        "other.$THUMBPRINT" "$AUTH
" "$TOKEN.${THUMBPRINT%?}=" "$TOKEN.${THUMBPRINT%?}/" "$TOKEN<script>"; do
        refuses 'chal-file: fatal: not a key authorization' begin http-01 app.example.test "$TOKEN" "$auth"
    done
}

@test "verbs and the number of arguments are what they must be" {
    refuses 'usage: chal-file '
    refuses 'usage: chal-file ' begin http-01 app.example.test "$TOKEN"
    refuses 'usage: chal-file ' begin http-01 app.example.test "$TOKEN" "$AUTH" more
    refuses 'usage: chal-file ' start http-01 app.example.test "$TOKEN" "$AUTH"
    refuses 'usage: chal-file ' -x begin http-01 app.example.test "$TOKEN" "$AUTH"
    hook -h
    assert_success
    assert_output --partial 'usage: chal-file '
}

@test "a token that begins with a hyphen is not taken for an option" {
    hook begin http-01 app.example.test -x "-x.$THUMBPRINT"
    assert_success
    assert_equal "$(cat -- dir/-x)" "-x.$THUMBPRINT"
    hook 'done' http-01 app.example.test -x "-x.$THUMBPRINT"
    assert_success
    assert_equal "$(ls -A dir)" ''
}

@test "without CHAL_DIR, or with one that is not there, it says so" {
    CHAL_DIR='' refuses 'chal-file: fatal: CHAL_DIR is not set' begin http-01 a.test "$TOKEN" "$AUTH"
    CHAL_DIR=$PWD/missing refuses "CHAL_DIR: $PWD/missing: No such file or directory" begin http-01 a.test "$TOKEN" "$AUTH"
    touch file
    CHAL_DIR=./file refuses 'CHAL_DIR: ./file: Not a directory' begin http-01 a.test "$TOKEN" "$AUTH"
}

@test "a directory it may not write to is a failure that may pass" {
    chmod 500 dir
    run --separate-stderr mortal "$BIN/chal-file" begin http-01 app.example.test "$TOKEN" "$AUTH"
    assert_failure 111
    [[ $stderr = 'chal-file: fatal: '*'Permission denied' ]]
}

@test "a directory in the way of the file is a failure, and nothing is left of it" {
    mkdir "dir/$TOKEN"
    hook begin http-01 app.example.test "$TOKEN" "$AUTH"
    assert_failure 111
    [[ $stderr = "chal-file: fatal: $TOKEN: "* ]]
    assert_equal "$(ls -A dir)" "$TOKEN"
    hook 'done' http-01 app.example.test "$TOKEN" "$AUTH"
    assert_failure 111
}

@test "a disk that is full is a failure, and nothing is left of it" {
    local namespace=(unshare -Urm)
    "${namespace[@]}" true 2>/dev/null || namespace=(unshare -m)
    "${namespace[@]}" true 2>/dev/null || skip 'no namespaces to be had'
    # shellcheck disable=SC2016 # for the inner shell
    run --separate-stderr "${namespace[@]}" sh -c '
        mount -t tmpfs -o size=8k small dir && cat /dev/zero >dir/fill 2>/dev/null
        "$0/chal-file" begin http-01 a.test "$1" "$2"
        echo "$? $(ls -A dir)"' "$BIN" "$TOKEN" "$AUTH"
    assert_output '111 fill'
    [[ $stderr = *'No space left on device'* ]]
}
