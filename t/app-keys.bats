#!/usr/bin/env bats
# app-keys: the keys of an app.
# shellcheck disable=SC2154 # run sets stderr
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=30

ID=5b912f5c1a2d4e8f90716253a4b5c6d7e8f90a1b

setup() {
    load serving
    serving_setup
    mkdir dir
}

teardown() {
    serving_teardown
}

app_keys() { # argument...
    run --separate-stderr "$BIN/app-keys" "$@"
}

refuses() { # text argument...
    app_keys "${@:2}"
    assert_failure 100
    assert_output ''
    [[ $stderr = *"$1"* ]] || { echo "$stderr"; return 1; }
}

keys() { # path
    "$BIN/json-get" "$1" <dir/appkeys.json
}

@test "keys are made, are nobody else's, and the root's public key is printed" {
    app_keys -a "$ID" dir
    assert_success
    assert_equal "$stderr" ''
    [[ $output =~ ^0[23][0-9a-f]{64}$ ]]
    assert_equal "$(ls -A dir)" appkeys.json
    assert_equal "$(stat -c %a dir/appkeys.json)" 600
    for name in k256_key disk_crypt_key env_crypt_key; do
        [[ $(keys ".$name") =~ ^[0-9a-f]{64}$ ]]
    done
    [[ $(keys .k256_signature) =~ ^[0-9a-f]{128}0[01]$ ]]
    assert_equal "$(keys .gateway_app_id)" any
    root=$output
    mv dir/appkeys.json first
    app_keys -a "$ID" dir
    [ "$output" != "$root" ]
    [ "$("$BIN/json-get" .k256_key <first)" != "$(keys .k256_key)" ]
}

@test "the CA is a CA, and the key is its own" {
    app_keys -a "$ID" dir
    keys .ca_cert >ca
    keys .key_provider.None.key >key
    run openssl verify -x509_strict -check_ss_sig -CAfile ca ca
    assert_success
    assert_equal "$(openssl pkey -in key -pubout)" "$(openssl x509 -in ca -noout -pubkey)"
    run openssl x509 -in ca -noout -subject -ext basicConstraints,keyUsage
    assert_line 'subject=CN = app CA'
    assert_line --partial 'CA:TRUE'
}

@test "for a simulated machine the id is the measured one, and the CA's name says TEST" {
    "$BIN/sim-pki" machine
    app_keys machine
    assert_success
    "$BIN/json-get" .ca_cert <machine/appkeys.json >ca
    assert_equal "$(openssl x509 -in ca -noout -subject)" 'subject=CN = TEST app CA'
    rm machine/appkeys.json
    refuses 'eventlog.json says another app-id' -a "$ID" machine
    [ ! -e machine/appkeys.json ]
}

@test "keys that are there are left alone" {
    echo mine >dir/appkeys.json
    refuses 'appkeys.json: there is one already' -a "$ID" dir
    assert_equal "$(cat dir/appkeys.json)" mine
    assert_equal "$(ls -A dir)" appkeys.json
}

@test "without an id, with a malformed one or a malformed log there are no keys" {
    refuses 'there is no -a' dir
    refuses '-a: not 20 bytes' -a "${ID%??}" dir
    refuses '-a: not 20 bytes' -a "${ID}00" dir
    refuses '-a: not 20 bytes' -a "x${ID#?}" dir
    echo '[{}]' >dir/eventlog.json
    refuses 'event log: ' -a "$ID" dir
    refuses 'missing: No such file' missing
    refuses 'usage: app-keys '
    refuses 'usage: app-keys ' dir dir
    assert_equal "$(ls -A dir)" eventlog.json
    app_keys -h
    assert_success
    assert_output --partial 'usage: app-keys '
}
