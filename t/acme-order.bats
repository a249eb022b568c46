#!/usr/bin/env bats
# acme-order, without a CA that answers: what it refuses, what it leaves behind.
# With one: acme-pebble.bats, acme-faults.bats, acme-kill.bats, acme-caddy.bats.
# shellcheck disable=SC2154 # run sets stderr
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=60

setup() {
    load acme
    acme_setup
}

teardown() {
    serving_teardown
}

@test "names and options must be right before anything is done" {
    refuses 100 usage: acme-order
    refuses 100 usage: acme-order -x a.test
    refuses 100 'a_b.test: ' acme-order a_b.test
    refuses 100 'A.test: ' acme-order a.test A.test
    refuses 100 '*.*.a.test: ' acme-order '*.*.a.test'
    refuses 100 '-m: not a list of challenge types: http-02' acme-order -m http-02 a.test
    refuses 100 '-m: not a list' acme-order -m http-01, a.test
    refuses 100 '-m: not a list' acme-order -m '' a.test
    refuses 100 '-k: not p256' acme-order -k dsa a.test
    ACME_HOOK='' refuses 100 'neither -H nor ACME_HOOK is given' acme-order a.test
    CERTDIR='' refuses 100 'neither -c nor CERTDIR is given' acme-order a.test
    ACME_DIRECTORY='' refuses 100 'neither -D nor ACME_DIRECTORY is given' acme-order a.test
    refuses 100 '-H or ACME_HOOK: ./none: No such file' acme-order -H ./none a.test
    touch hook
    MORTAL=mortal refuses 100 '-d: ./hook: Permission denied' acme-order -d ./hook a.test
    acme acme-order -h
    assert_success
    assert_equal "$(ls -A certs)" ''
}

@test "without an account nothing is ordered, and it is said how to get one" {
    refuses 100 'make an account with acme-account new' acme-order -q a.test
    account_put
    refuses 100 'no account at https://other.test/: make one with acme-account new' acme-order -q -D https://other.test/ a.test
    assert_equal "$(ls -A certs)" ''
}

@test "a failure is remembered, and no order made before its time, unless forced" {
    account_put
    refuses 111 'Connection refused' acme-order -q a.test
    grep -q '^failures 1$' certs/.a.test/state
    refuses 111 'a.test: none before 20' acme-order -q a.test
    [[ $stderr = *', unless forced (-f): 1 failed in a row, the last with: '*'Connection refused'* ]]
    grep -q '^failures 1$' certs/.a.test/state
    refuses 111 'Connection refused' acme-order -q -f a.test
    grep -q '^failures 2$' certs/.a.test/state
    # Key and wish are kept for the next run; nothing is installed.
    assert_equal "$(ls -A certs)" .a.test
    assert_equal "$(ls -A certs/.a.test/pending)" "$(printf 'asked\nkey.pem')"
    assert_equal "$(stat -c %a certs/.a.test/pending certs/.a.test/pending/key.pem | paste -sd ' ')" '700 600'
    key=$(sha256sum <certs/.a.test/pending/key.pem)
    refuses 111 '' acme-order -q -f a.test
    assert_equal "$key" "$(sha256sum <certs/.a.test/pending/key.pem)"
    # Something else that is wanted is begun anew.
    refuses 111 '' acme-order -q -f -k p384 a.test
    openssl pkey -in certs/.a.test/pending/key.pem -noout -text | grep -q P-384
    refuses 111 '' acme-order -q -f a.test b.test
    [ "$key" != "$(sha256sum <certs/.a.test/pending/key.pem)" ]
}

@test "a certificate that is not due is left alone; other names are another matter" {
    account_put
    store_put a.test
    refuses 1 'a.test: not due before 20' acme-order a.test
    acme acme-order -q a.test
    assert_failure 1
    assert_equal "$stderr$output" ''
    [ ! -e certs/.a.test/pending ]
    refuses 111 'Connection refused' acme-order -q a.test b.test
    # And so is one that the CA wants renewed.
    store_put c.test
    state_put c.test 'window-start 1000' 'window-end 2000'
    refuses 111 'Connection refused' acme-order -q c.test
}

@test "the key is kept with -R, and only then" {
    account_put
    store_put a.test
    refuses 111 '' acme-order -q -f -R a.test
    cmp certs/a.test/key.pem certs/.a.test/pending/key.pem
    refuses 111 '' acme-order -q -f a.test
    run cmp -s certs/a.test/key.pem certs/.a.test/pending/key.pem
    assert_failure
    # Where there is none to keep, a new one is made.
    refuses 111 '' acme-order -q -R b.test
    [ -s certs/.b.test/pending/key.pem ]
}

@test "a deploy hook that was not done is run without an order, and its failure is temporary" {
    account_put
    store_put a.test
    cat >deploy <<'END'
#!/bin/sh
echo "$# $1 $2" >>deployed
ls "$2" | paste -sd ' ' >>deployed
[ ! -e broken ]
END
    chmod +x deploy
    touch broken
    refuses 111 './deploy: exit status 1' acme-order -q -d ./deploy a.test
    assert_equal "$(cat certs/.a.test/deployed)" none
    refuses 111 './deploy: exit status 1' acme-order -q -d ./deploy a.test
    rm broken
    acme acme-order -d ./deploy a.test
    assert_success
    assert_equal "$stderr" 'acme-order: a.test: version 1 is deployed'
    assert_equal "$(cat certs/.a.test/deployed)" 1
    assert_equal "$(tail -n 2 deployed)" "2 a.test $PWD/certs/.a.test/1
cert.pem chain.pem fullchain.pem key.pem"
    acme acme-order -q -d ./deploy a.test
    assert_failure 1
    assert_equal "$(wc -l <deployed)" 6
}

@test "two runs for one name: the second is told to come back" {
    account_put
    mkdir certs/.a.test
    exec 8>certs/.a.test/lock
    flock 8
    refuses 111 'somebody else is at work on it' acme-order -q a.test
    refuses 111 'Connection refused' acme-order -q b.test
    exec 8>&-
}

@test "a store that is none, or cannot be written to, is found out first" {
    account_put
    CERTDIR=$PWD/none refuses 100 "-c or CERTDIR: $PWD/none: No such file" acme-order -q a.test
    CERTDIR=$PWD/account/key.pem refuses 100 "account/key.pem: Not a directory" acme-order -q a.test
    chmod 555 certs
    MORTAL=mortal refuses 100 'cannot be written to' acme-order -q a.test
    chmod 755 certs
    mkdir certs/a.test
    refuses 100 "not the store's" acme-order -q a.test
}

@test "a request made elsewhere says the names, and must be one" {
    account_put
    "$BIN/key-make" key
    "$BIN/csr-make" -k key b.test a.test >csr
    refuses 100 'csr: is not for exactly these names' acme-order -q -r csr a.test
    refuses 100 'csr: is not for exactly these names' acme-order -q -r csr a.test b.test c.test
    refuses 100 'csr: is not for exactly these names' acme-order -q -r csr a.test c.test
    refuses 100 'none: no such file' acme-order -q -r none
    echo nonsense >bad
    refuses 100 'bad: no certificate request' acme-order -q -r bad
    openssl req -in csr -outform DER -out csr.der
    head -c 100 csr.der >cut.der
    refuses 100 'cut.der: no certificate request' acme-order -q -r cut.der
    # Its names in its order, or in that of the command line; never a key.
    refuses 111 'Connection refused' acme-order -q -r csr
    assert_equal "$(ls -A certs/.b.test/pending)" asked
    refuses 111 'Connection refused' acme-order -q -r csr.der a.test b.test
    assert_equal "$(ls -A certs/.a.test/pending)" asked
}

@test "-n makes nothing, not even where it fails" {
    account_put
    refuses 111 'Connection refused' acme-order -q -n a.test
    assert_equal "$(ls -A certs)" ''
}

@test "what an earlier run published and did not take away is ended by the next" {
    account_put
    mkdir -p certs/.a.test
    printf '+\thttp-01\ta.test\ttoken\ttoken.%s\t\n' 9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI >certs/.a.test/begun
    # Lines that nobody here has written are passed over.
    printf '+\thttp-01\ta.test\t../token\t../token.x\t\n+\tdns-01\n+\thttp-01\tb.te' >>certs/.a.test/begun
    cat >hook <<'END'
#!/bin/sh
echo "$* record=$CHAL_RECORD" >>called
END
    chmod +x hook
    refuses 111 'Connection refused' acme-order -q -H ./hook a.test
    assert_equal "$(cat called)" 'failed http-01 a.test token token.9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI record='
    [ ! -e certs/.a.test/begun ]
}
