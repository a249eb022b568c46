#!/usr/bin/env bats
# acme-account, without a CA: usage, environment, its directory. With one:
# acme-pebble.bats, acme-kill.bats.
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

@test "a command is needed, a known one, and nothing behind it" {
    for words in '' 'make' 'show all' '-x show' 'show -x'; do
        # shellcheck disable=SC2086 # words
        refuses 100 usage: acme-account $words
    done
    acme acme-account -h
    assert_success
    assert_output --partial 'usage: acme-account new|show'
}

@test "each command takes its own options, before it or behind" {
    refuses 100 'show: option -y is not for this' acme-account show -y
    refuses 100 'show: option -y is not for this' acme-account -y show
    refuses 100 'rollover: option -m is not for this' acme-account rollover -m a@example.test
    refuses 100 'update: option -C is not for this' acme-account -C update
    refuses 100 'deactivate: option -k is not for this' acme-account deactivate -k p256
    refuses 100 'update: option -M is not for this' acme-account update -M dns-01
}

@test "options that are malformed" {
    for contact in 'a b@example.test' 'a@example.test,b@example.test' $'a@example.test\n' '"a"@example.test'; do
        refuses 100 '-m: not a contact' acme-account new -m "$contact"
    done
    # Nobody as a contact is for update, and for nothing else.
    refuses 100 '-m: not a contact' acme-account new -m ''
    refuses 100 '-m: not a contact' acme-account update -m '' -m a@example.test
    for methods in '' ',' 'dns-01,' ',dns-01' http-02 'dns-01 http-01'; do
        refuses 100 '-M: not a list' acme-account show -C -M "$methods"
    done
    refuses 100 '-M: is of use with -C alone' acme-account show -M dns-01
    refuses 100 '-m: more than 10' acme-account new -m{1,2,3,4,5,6,7,8,9,10,11}@example.test
    for binding in '' kid kid: :file; do
        refuses 100 '-e: not kid:keyfile' acme-account new -e "$binding"
    done
    refuses 100 '-E: not HS256' acme-account new -E sha256
    refuses 100 '-k: not p256' acme-account new -k ed25519
    refuses 100 '-t: not a number of seconds' acme-account show -t 0
}

@test "the CA and the directory come from options, else from the environment" {
    account_put
    ACME_DIRECTORY='' refuses 100 'neither -D nor ACME_DIRECTORY is given' acme-account show
    ACME_ACCOUNT='' refuses 100 'neither -a nor ACME_ACCOUNT is given' acme-account show
    for url in localhost ftp://ca.test/ 'https://ca.test/ x' $'https://ca.test/\x01' sandbox; do
        ACME_DIRECTORY=$url refuses 100 'ACME_DIRECTORY: not a URL' acme-account show
        refuses 100 'ACME_DIRECTORY: not a URL' acme-account show -D "$url"
    done
    ACME_ANCHORS=$PWD/none refuses 100 'ACME_ANCHORS' acme-account show
    DNSCACHEIP=nobody refuses 100 'DNSCACHEIP' acme-account show
}

@test "a directory that is not there, or damaged" {
    refuses 100 'no such directory: make an account with acme-account new' acme-account -q show
    refuses 100 'no such directory' acme-account -q rollover
    account_put
    for line in one 'one two three' ' two' 'one ' $'one t\x01o'; do
        printf '%s\n' "$line" >account/accounts
        refuses 100 'accounts is damaged' acme-account -q show
    done
    rm account/accounts account/key.pem
    refuses 100 'account/key.pem: no such file' acme-account -q show
    echo nonsense >account/key.pem
    refuses 100 'account/key.pem: ' acme-account -q show
    mkdir other
    refuses 100 "no account at" acme-account -q rollover -a other
}

@test "new makes the directory and the key before it turns to the CA, for their owner alone" {
    umask 0
    refuses 111 'Connection refused' acme-account -q new -y
    assert_equal "$(stat -c %a account account/key.pem | paste -sd ' ')" '700 600'
    assert_equal "$(ls -A account)" key.pem
    key=$(sha256sum <account/key.pem)
    openssl pkey -in account/key.pem -noout -text | grep -q P-256
    # Once more, and it is the same.
    refuses 111 'Connection refused' acme-account -q new -y -k p384
    assert_equal "$key" "$(sha256sum <account/key.pem)"
    rm -r account
    refuses 111 'Connection refused' acme-account -q new -y -k p384
    openssl pkey -in account/key.pem -noout -text | grep -q P-384
}

@test "a rollover that no CA heard of leaves the new key for the next run" {
    account_put
    key=$(sha256sum <account/key.pem)
    refuses 111 'Connection refused' acme-account -q rollover
    assert_equal "$key" "$(sha256sum <account/key.pem)"
    new=$(sha256sum <account/new-key.pem)
    assert_equal "$(stat -c %a account/new-key.pem)" 600
    # Any program that uses the account goes on with it, and makes no other.
    for command in 'acme-account -q show' 'acme-account -q rollover' 'acme-order -q a.test'; do
        # shellcheck disable=SC2086 # words
        refuses 111 "change of the account's key" $command
        assert_equal "$new" "$(sha256sum <account/new-key.pem)"
    done
}

@test "a new key without an account takes no key's place" {
    account_put
    mv account/accounts accounts
    key=$(sha256sum <account/key.pem)
    "$BIN/key-make" account/new-key.pem
    refuses 100 'no account that it could be of' acme-account -q show
    assert_equal "$key" "$(sha256sum <account/key.pem)"
    [ -e account/new-key.pem ]
}

@test "what was begun to be written when somebody was killed is swept away" {
    account_put
    echo secret >account/.new-0011223344556677
    refuses 111 '' acme-account -q show
    assert_equal "$(ls -A account)" "$(printf 'accounts\nkey.pem')"
}

@test "while another program has the directory, it is left alone" {
    account_put
    exec 8<account
    flock 8
    refuses 111 'in use by another program' acme-account -q show
    exec 8<&-
}

@test "what takes effect for good has to be said" {
    account_put
    refuses 100 'say -y' acme-account deactivate
    refuses 100 'no contact' acme-account update
}

@test "a key for an external account must be one" {
    : >empty
    printf 'not base64!\n' >bad
    refuses 100 'none: no such file' acme-account -q new -y -e kid:none
    refuses 100 'empty: not a key in base64url' acme-account -q new -y -e kid:empty
    refuses 100 'bad: not a key in base64url' acme-account -q new -y -e kid:bad
    # Padding, and the other alphabet, are how some CAs print them.
    for text in zWNDZM6eQGHWpSRTPal5 '+/+/' '_-_-AA' 'AA=='; do
        printf '%s\n' "$text" >good
        refuses 111 'Connection refused' acme-account -q new -y -e "kid:$PWD/good"
    done
}

@test "anchors that are none" {
    account_put
    echo nothing >anchors
    refuses 100 'anchors: ' acme-account -q show -A anchors
    : >empty
    for file in /dev/null empty; do
        refuses 100 "$file: no certificate in it that can be used" acme-account -q show -A "$file"
    done
}

@test "without -q it says what it does, on descriptor 2" {
    account_put
    acme acme-account show
    assert_failure 111
    assert_output ''
    assert_equal "${#stderr_lines[@]}" 2
    [[ ${stderr_lines[0]} = 'acme-account: asking for the directory https://127.0.0.1:1/directory' ]]
}

@test "an account whose key is in key-agent needs to know where that is, and cannot change it" {
    unset KEYAGENT
    account_put
    echo account >account/key.agent
    refuses 100 'the file key.agent is not the name of a key, or there is key.pem too' acme-account show
    mv account/key.pem .
    refuses 100 'is in key-agent (key.agent), and KEYAGENT does not say where' acme-account show
    export KEYAGENT=$PWD/s
    refuses 111 'the account'"'"'s key account: no key-agent there' acme-account show
    refuses 100 'its key is in key-agent, which makes none' acme-account rollover
    for name in '' .a 'a b' a/b $'a\nb'; do
        printf %s "$name" >account/key.agent
        refuses 100 'the file key.agent is not the name of a key' acme-account show
    done
    printf '%0300d' 0 >account/key.agent
    refuses 100 'the file key.agent is not the name of a key' acme-account show
    printf account >account/key.agent
    ADDRESS=unix:$KEYAGENT serve key-agent -a other=key.pem
    refuses 100 'the account'"'"'s key account: key-agent has no such key for this process' acme-account show
    stop
    ADDRESS=unix:$KEYAGENT serve key-agent -a account=key.pem
    # It has the key now; the CA is not there.
    acme acme-account show
    assert_failure 111
    [[ $stderr = *127.0.0.1* ]]
    run grep -c 'account opened' server.log
    assert_output 1
}
