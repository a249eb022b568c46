#!/usr/bin/env bats
# chal-alpn: the challenge hook that leaves TLS-ALPN-01 answers for a TLS server.
# shellcheck disable=SC2154,SC2317 # run sets stderr; scenes are called by name
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=60

TOKEN=LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0
AUTH=w7r9EBYxPZWMB1fFzPPE6S5WBpiYMNIsHLZJJD8ZF9U
OTHER=9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI

setup() {
    load serving
    serving_setup
    load world/bats
    world_setup
    mkdir dir
    export CHAL_ALPN_DIR=$PWD/dir
}

teardown() {
    serving_teardown
    world_show
}

hook() { # argument...
    run --separate-stderr "$BIN/chal-alpn" "$@"
}

refuses() { # text argument...
    hook "${@:2}"
    assert_failure 100
    assert_output ''
    [[ $stderr = "chal-alpn: fatal: "*"$1"* ]] || { echo "$stderr"; return 1; }
    assert_equal "$(ls -A dir)" ''
}

@test "begin writes the answer and says nothing" {
    hook begin tls-alpn-01 app.example.test "$TOKEN" "$AUTH"
    assert_success
    assert_output ''
    assert_equal "$stderr" ''
    printf '%s\n' "$AUTH" | cmp - dir/app.example.test
    assert_equal "$(ls -A dir)" app.example.test
}

@test "a name has one spelling, and so has an address" {
    hook begin tls-alpn-01 APP.Example.TEST "$TOKEN" "$AUTH"
    hook begin tls-alpn-01 dot.test. "$TOKEN" "$AUTH"
    hook begin tls-alpn-01 2001:DB8:0:0::0001 "$TOKEN" "$AUTH"
    hook begin tls-alpn-01 192.0.2.1 "$TOKEN" "$AUTH"
    assert_equal "$(LC_ALL=C ls -A dir)" $'192.0.2.1\n2001:db8::1\napp.example.test\ndot.test'
    hook 'done' tls-alpn-01 2001:db8:0::1 "$TOKEN" "$AUTH"
    hook 'done' tls-alpn-01 app.EXAMPLE.test "$TOKEN" "$AUTH"
    assert_equal "$(LC_ALL=C ls -A dir)" $'192.0.2.1\ndot.test'
}

@test "the file can be read by everybody, whatever the umask" {
    umask 077
    hook begin tls-alpn-01 app.test "$TOKEN" "$AUTH"
    assert_success
    assert_equal "$(stat -c %a dir/app.test)" 644
}

@test "done and failed remove it, and it may be gone already" {
    for verb in 'done' failed; do
        hook begin tls-alpn-01 app.test "$TOKEN" "$AUTH"
        hook "$verb" tls-alpn-01 app.test "$TOKEN" "$AUTH"
        assert_success
        assert_equal "$(ls -A dir)" ''
        hook "$verb" tls-alpn-01 app.test "$TOKEN" "$AUTH"
        assert_success
    done
}

@test "another order's answer stays" {
    hook begin tls-alpn-01 app.test "$TOKEN" "$AUTH"
    hook begin tls-alpn-01 app.test "$TOKEN" "$OTHER"
    assert_success
    for verb in 'done' failed; do
        hook "$verb" tls-alpn-01 app.test "$TOKEN" "$AUTH"
        assert_success
        assert_equal "$(cat dir/app.test)" "$OTHER"
    done
    seq 100 >dir/long.test
    echo "$AUTH" | head -c 20 >dir/short.test
    : >dir/empty.test
    printf '%sx' "$AUTH" >dir/end.test
    for name in long short empty end; do
        hook 'done' tls-alpn-01 $name.test "$TOKEN" "$AUTH"
        assert_success
        [ -e dir/$name.test ]
    done
}

@test "a link in the way is replaced, and what it leads to is not written" {
    echo precious >precious
    ln -s ../precious dir/app.test
    hook begin tls-alpn-01 app.test "$TOKEN" "$AUTH"
    assert_success
    [ ! -L dir/app.test ]
    assert_equal "$(cat precious)" precious
}

@test "many at once leave one whole answer, and nothing else" {
    pids=()
    for i in {1..20}; do
        if [ $((i % 4)) = 0 ]; then set -- 'done'; else set -- begin; fi
        "$BIN/chal-alpn" "$1" tls-alpn-01 app.test "$TOKEN" "$AUTH" 3>&- &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do wait "$pid"; done
    "$BIN/chal-alpn" begin tls-alpn-01 app.test "$TOKEN" "$OTHER"
    assert_equal "$(ls -A dir)" app.test
    assert_equal "$(cat dir/app.test)" "$OTHER"
}

@test "other methods, and wait, are declined with 1, whatever else is said" {
    for method in http-01 dns-01 TLS-ALPN-01 ''; do
        CHAL_ALPN_DIR='' hook begin "$method" ../x ../x y
        assert_failure 1
        assert_output ''
        assert_equal "$stderr" ''
    done
    hook wait tls-alpn-01 app.test "$TOKEN" "$AUTH"
    assert_failure 1
    assert_equal "$(ls -A dir)" ''
}

@test "what is neither a name nor an address is refused" {
    for name in '' . .. ../x a/b /etc/x .x 'a b' '*.a.test' a_b.test a..b 1.2.3 ::ffff:192.0.2.1 fe80::1%lo \
        -a.test $'a\nb' $'\e[2J' "$(printf 'a%.0s' {1..64}).test" "$(printf 'a.%.0s' {1..127})a"; do
        refuses 'neither a name nor an address' begin tls-alpn-01 "$name" "$TOKEN" "$AUTH"
        refuses 'neither a name nor an address' 'done' tls-alpn-01 "$name" "$TOKEN" "$AUTH"
        [[ $stderr != *$'\e'* ]]
    done
}

@test "what is no token or value is refused" {
    refuses 'not a token' begin tls-alpn-01 app.test '' "$AUTH"
    refuses 'not a token' begin tls-alpn-01 app.test 'a b' "$AUTH"
    for auth in '' "${AUTH%?}" "${AUTH}x" "${AUTH%?}=" "${AUTH%?}
"; do
        refuses 'not a SHA-256' begin tls-alpn-01 app.test "$TOKEN" "$auth"
    done
}

@test "the directory must be there" {
    CHAL_ALPN_DIR='' refuses 'CHAL_ALPN_DIR is not set' begin tls-alpn-01 app.test "$TOKEN" "$AUTH"
    CHAL_ALPN_DIR=nowhere refuses 'CHAL_ALPN_DIR: nowhere: No such' begin tls-alpn-01 app.test "$TOKEN" "$AUTH"
    CHAL_ALPN_DIR=/dev/null refuses 'CHAL_ALPN_DIR: /dev/null: Not a dir' begin tls-alpn-01 app.test "$TOKEN" "$AUTH"
    chmod 500 dir
    run --separate-stderr mortal "$BIN/chal-alpn" begin tls-alpn-01 app.test "$TOKEN" "$AUTH"
    assert_failure 111
    [[ $stderr = 'chal-alpn: fatal: app.test: '* ]]
}

@test "wrong usage is exit 100" {
    for arguments in '' begin "start tls-alpn-01 a.test t $AUTH" "begin tls-alpn-01 a.test t" "-x"; do
        # shellcheck disable=SC2086 # words
        hook $arguments
        assert_failure 100
        [[ $stderr = *'usage: chal-alpn '* ]]
    done
}

# A responder at the VM's port 443 that reads the directory.
responder() {
    mkdir -p "$CHAL_ALPN_DIR"
    world_start responder "$ROOT/t/peer/alpn-responder" "$BIN/../peer/alpn-cert" "$CHAL_ALPN_DIR" \
        "$(world_at vm 443 4)" "$(world_at vm 443 6)"
    world_await responder responder_listens
}

responder_listens() { [ "$(wc -l <"$WORLD/log/responder")" -ge 2 ]; }

validated_scene() { # name...
    dns_addresses app.example.test vm
    dns_addresses two.example.test vm
    world_dns
    world_pebble
    responder
    uacme -y -t EC -c "$WORLD/uacme" -a "$CA_DIRECTORY" new 2>"$WORLD/log/uacme"
    uacme -v -t EC -c "$WORLD/uacme" -a "$CA_DIRECTORY" -h "$BIN/chal-alpn" issue "$@" 2>>"$WORLD/log/uacme"
    openssl x509 -in "$WORLD/uacme/$1/cert.pem" -noout -ext subjectAltName | tail -n 1 | tr -d ' '
    grep -c 'TLSv1.[23] acme-tls/1' "$WORLD/log/responder" >"$WORLD/seen"
    echo "left: $(ls -A "$CHAL_ALPN_DIR")"
}

validated() { # name...
    export ROOT=$BATS_TEST_DIRNAME/..
    in_world validated_scene "$@"
    assert_success
    assert_line --index 1 'left: '
    [ "$(cat "$WORLD_FILES/seen")" -ge 1 ]
}

@test "pebble validates names by the answers, and uacme gets its certificate" {
    validated app.example.test two.example.test
    assert_line --index 0 'DNS:app.example.test,DNS:two.example.test'
}

@test "pebble validates an IPv4 and an IPv6 address by the answers" {
    validated 192.0.2.30
    assert_line --index 0 'IPAddress:192.0.2.30'
    WORLD_FILES=$BATS_TEST_TMPDIR/six
    validated 2001:db8::30
    assert_line --index 0 'IPAddress:2001:DB8:0:0:0:0:0:30'
}
