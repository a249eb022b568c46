#!/usr/bin/env bats
# acme-revoke, without a CA. With one: acme-pebble.bats.
# shellcheck disable=SC2154 # run sets stderr
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=30

setup() {
    load acme
    acme_setup
}

teardown() {
    serving_teardown
}

@test "one certificate, and options that make sense" {
    refuses 100 usage: acme-revoke
    refuses 100 usage: acme-revoke a b
    refuses 100 usage: acme-revoke -x a
    for reason in '' 7 11 -1 'key compromise' keycompromise; do
        refuses 100 '-r: not a reason' acme-revoke -r "$reason" a.test
    done
    acme acme-revoke -h
    assert_success
}

@test "a name that has no certificate, a file that is none" {
    account_put
    refuses 100 'no certificate of that name' acme-revoke -q a.test
    refuses 100 'no certificate of that name' acme-revoke -q 'not a name'
    refuses 100 './none: no such file' acme-revoke -q ./none
    echo nonsense >file.pem
    refuses 100 'file.pem: no certificate' acme-revoke -q file.pem
    refuses 100 'account: not a regular file' acme-revoke -q ./account
    store_put b.test
    echo nonsense >certs/b.test/cert.pem
    refuses 100 'fatal: b.test/cert.pem: no certificate' acme-revoke -q b.test
    CERTDIR='' refuses 100 'neither a file of that name, -c nor CERTDIR is given' acme-revoke -q a.test
    CERTDIR=$PWD/none refuses 100 "-c or CERTDIR: $PWD/none: No such file" acme-revoke -q a.test
}

@test "by the account there must be one, by the key there must be that" {
    store_put a.test
    refuses 100 'no such directory' acme-revoke -q a.test
    refuses 100 'none: no such file' acme-revoke -q -k none a.test
    echo nonsense >key
    refuses 100 'key: ' acme-revoke -q -k key a.test
    # With the key no account is needed.
    for reason in 0 1 10 keyCompromise superseded; do
        ACME_ACCOUNT='' refuses 111 'Connection refused' acme-revoke -q -r "$reason" -k certs/a.test/key.pem a.test
    done
}

@test "a name of the store or a file, and nothing is noted while the CA has not heard of it" {
    account_put
    store_put a.test
    refuses 111 'Connection refused' acme-revoke -q a.test
    refuses 111 'Connection refused' acme-revoke -q certs/a.test/cert.pem
    cp certs/a.test/cert.pem cert
    refuses 111 'Connection refused' acme-revoke -q cert
    ACME_DIRECTORY='' acme acme-due a.test
    assert_failure 1
    [ ! -e certs/.a.test/state ]
}
