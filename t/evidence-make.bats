#!/usr/bin/env bats
# evidence-make: the directory that an ingress publishes, read as others read it.
# shellcheck disable=SC2154 # run sets stderr
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=60

setup_file() {
    load ratls
    ratls_make
}

teardown_file() {
    load ratls
    ratls_drop
}

setup() {
    load serving
    serving_setup
    export CERTDIR=$PWD/certs
    unset DSTACK_SIMULATOR_ENDPOINT TAPPD_SIMULATOR_ENDPOINT
    SIM=(-s "sim:$MADE/machine")
    mkdir certs
    put a.test a.test
    put _.b.test '*.b.test'
    echo '{"body":{"status":"valid"},"uri":"https://ca.test/acct/1"}' >account
}

teardown() {
    serving_teardown
}

put() { # DIRECTORY NAME
    mkdir -p "certs/.$1/1"
    "$BIN/cert-self" -k "$MADE/key" "$2" >"certs/.$1/1/fullchain.pem"
    ln -s ".$1/1" "certs/$1"
}

make_evidence() { # argument...
    run --separate-stderr "$BIN/evidence-make" "${SIM[@]}" "$@"
}

fails() { # status text argument...
    make_evidence "${@:3}"
    assert_failure "$1"
    assert_output ''
    [[ $stderr = *"$2"* ]] || { echo "$stderr"; return 1; }
    [ "$(find . -maxdepth 1 -name '.out*' | wc -l)" = "${LEFT:-0}" ]
}

@test "the files are those of the ingress, and their sums are what the quote is over" {
    make_evidence -a account out a.test '*.b.test'
    assert_success
    assert_output ''
    assert_equal "$stderr" ''
    run ls out
    assert_output "$(printf '%s\n' acme-account.json 'cert-*.b.test.pem' cert-a.test.pem quote.json sha256sum.txt)"
    run cat out/sha256sum.txt
    assert_output "$(cd out && sha256sum acme-account.json cert-*.pem)"
    cmp account out/acme-account.json
    cmp certs/a.test/fullchain.pem out/cert-a.test.pem
    assert_equal "$(stat -Lc %a out out/quote.json | tr '\n' ' ')" '755 644 '
    # As the ingress pads it.
    local sum quote
    sum=$(sha256sum <out/sha256sum.txt | cut -d ' ' -f 1)
    run "$BIN/json-get" .report_data <out/quote.json
    assert_output "$sum$(printf '%064d' 0)"
    quote=$("$BIN/json-get" .quote <out/quote.json)
    assert_equal "${quote:1136:128}" "$output"
    run "$BIN/tdx-verify" -c "$MADE/machine" -r "$MADE/machine/test_root.pem" -d "$output" <<<"$quote"
    assert_success
    run "$BIN/tdx-replay" <out/quote.json
    assert_success
}

@test "it is made anew at one stroke, and what was before is removed" {
    make_evidence -a account out a.test
    assert_success
    local before
    before=$(readlink out)
    make_evidence -a account out '*.b.test'
    assert_success
    [ "$(readlink out)" != "$before" ]
    [ ! -e "$before" ]
    run ls out
    assert_output "$(printf '%s\n' acme-account.json 'cert-*.b.test.pem' quote.json sha256sum.txt)"
}

@test "an agent is asked as the ingress asks it" {
    mkdir agent
    cat >agent/GetQuote <<'END'
#!/bin/sh
printf 'Status: 400\nContent-Type: application/json\n\n{"error":"no"}'
END
    chmod +x agent/GetQuote
    ADDRESS=unix:$PWD/socket serve http-cgi agent
    SIM=(-s "agent:unix:$PWD/socket")
    fails 111 "agent:unix:$PWD/socket" -a account out a.test
}

@test "a directory that somebody else made is left alone" {
    mkdir out
    fails 100 'was not made by this program' -a account out a.test
    rmdir out
    mkdir else
    ln -s else out
    fails 100 'was not made by this program' -a account out a.test
    [ -d else ]
    fails 100 'nowhere/out' -a account nowhere/out a.test
    fails 100 'not the name of a directory' -a account / a.test
}

@test "nothing with a private key in it is published" {
    echo '{"account":{"key":{"kty":"EC","d":"secret"}}}' >secret
    fails 100 'has a private key in it' -a secret out a.test
    cat "$MADE/key" >>certs/a.test/fullchain.pem
    fails 100 'something else than certificates' -a account out a.test
    echo nonsense >bad
    fails 100 'not JSON' -a bad out '*.b.test'
}

@test "what is missing or wrong is said" {
    local wrong
    for wrong in 'out a.test' '-a account' '-a account out'; do
        # shellcheck disable=SC2086 # words
        make_evidence $wrong
        assert_failure 100
        [[ $stderr = usage:* ]]
    done
    fails 100 'no such file' -a none out a.test
    fails 100 'c.test/fullchain.pem: no such file' -a account out c.test
    fails 100 'not a name in lower case' -a account out A.test
    fails 100 'not a name in lower case' -a account out ../certs
    fails 100 'said twice' -a account out a.test a.test
    unset CERTDIR
    fails 100 'CERTDIR is not set' -a account out a.test
}
