#!/usr/bin/env bats
# acme-due, without a CA that answers. With one: acme-faults.bats, acme-pebble.bats.
# shellcheck disable=SC2154 # run sets stderr
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=30

setup() {
    load acme
    acme_setup
    unset ACME_DIRECTORY
}

teardown() {
    serving_teardown
}

@test "names are needed, and a store" {
    refuses 100 usage: acme-due
    refuses 100 usage: acme-due -x a.test
    CERTDIR='' refuses 100 'neither -c nor CERTDIR is given' acme-due a.test
    CERTDIR=$PWD/none refuses 100 'No such file' acme-due a.test
    refuses 100 'no certificate of that name' acme-due 'not a name'
    ACME_DIRECTORY=nonsense refuses 100 'ACME_DIRECTORY' acme-due a.test
    acme acme-due -h
    assert_success
}

@test "what is not there is due, and so is what is no certificate" {
    acme acme-due a.test
    assert_success
    assert_output --regexp '^a.test due 20[0-9-]*T[0-9:]*Z there is no certificate$'
    assert_equal "$stderr" ''
    mkdir -p certs/.b.test/1
    echo nonsense >certs/.b.test/1/cert.pem
    ln -s .b.test/1 certs/b.test
    acme acme-due b.test
    assert_success
    assert_output --regexp '^b.test due .* its cert.pem cannot be read as a certificate$'
    assert_equal "$(ls -A certs)" "$(printf '.b.test\nb.test')"
}

@test "by the lifetime: two thirds of it, half of a short one" {
    now=$(date +%s)
    store_put a.test -d 90
    store_put short.test -d 6
    acme acme-due a.test short.test
    assert_failure 1
    read -r _ _ long _ <<<"${lines[0]}"
    read -r _ _ short _ <<<"${lines[1]}"
    # Up to a fiftieth earlier.
    days=$(( ($(date -d "$long" +%s) - now) / 86400 ))
    hours=$(( ($(date -d "$short" +%s) - now) / 3600 ))
    [ "$days" -ge 57 ] && [ "$days" -le 60 ] || { echo "$days days"; false; }
    [ "$hours" -ge 67 ] && [ "$hours" -le 72 ] || { echo "$hours hours"; false; }
    assert_line --index 0 --regexp '^a.test not-due .*Z by its lifetime$'
}

@test "of several names each has its line, and one that is due is enough" {
    store_put a.test
    acme acme-due a.test b.test
    assert_success
    assert_line --index 0 --partial 'a.test not-due '
    assert_line --index 1 --partial 'b.test due '
}

@test "a further name is the certificate's whose link it is" {
    store_put a.test www.a.test
    state_put a.test 'window-start 1000' 'window-end 2000'
    ln -s a.test certs/www.a.test
    acme acme-due www.a.test
    assert_success
    assert_output --regexp '^www.a.test due 1970-01-01T00:..:..Z the renewal window is over$'
}

@test "the window that the CA suggested counts, always at the same moment, for its own certificate" {
    store_put a.test
    start=$(($(date +%s) + 86400)) end=$(($(date +%s) + 172800))
    state_put a.test "window-start $start" "window-end $end"
    acme acme-due a.test
    assert_failure 1
    assert_output --partial 'Z the CA suggests that time'
    first=$output
    read -r _ _ when _ <<<"$output"
    when=$(date -d "$when" +%s)
    [ "$when" -ge "$start" ] && [ "$when" -le "$end" ]
    acme acme-due a.test
    assert_output "$first"
    rm -r certs/.a.test/1 certs/a.test
    store_put a.test
    acme acme-due a.test
    assert_output --partial 'by its lifetime'
}

@test "after failures it is due no earlier than the next order is allowed" {
    later=$(($(date +%s) + 1000))
    mkdir certs/.a.test
    printf 'seed 0011223344556677\nfailures 3\nretry-at %s\nlast-error it said no\nend\n' "$later" >certs/.a.test/state
    acme acme-due a.test
    assert_failure 1
    assert_output "a.test not-due $(date -u -d "@$later" +%Y-%m-%dT%H:%M:%SZ) 3 failed in a row, the last with: it said no"
    printf 'seed 0011223344556677\nfailures 3\nretry-at 1000\nlast-error it said no\nend\n' >certs/.a.test/state
    acme acme-due a.test
    assert_success
}

@test "a deploy hook that failed makes it due" {
    store_put a.test
    echo none >certs/.a.test/deployed
    acme acme-due a.test
    assert_success
    assert_output --partial 'its deploy hook failed'
    echo 1 >certs/.a.test/deployed
    acme acme-due a.test
    assert_failure 1
}

@test "a state that is damaged is as good as none" {
    store_put a.test
    printf 'seed 0011223344556677\nwindow-start 1000\n' >certs/.a.test/state
    acme acme-due a.test
    assert_failure 1
    assert_output --partial 'by its lifetime'
}

@test "a CA that cannot be reached is a warning, and is not asked again at once" {
    store_put a.test
    # With an identifier, which a certificate without a key identifier of its issuer has not.
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -keyout ca.key -out ca.pem -subj /CN=ca 2>/dev/null
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -keyout key.pem -out csr -subj / -addext subjectAltName=DNS:a.test 2>/dev/null
    openssl x509 -req -in csr -CA ca.pem -CAkey ca.key -days 90 -copy_extensions copy \
        -extfile <(echo 'authorityKeyIdentifier=keyid') -out certs/.a.test/1/cert.pem 2>/dev/null
    export ACME_DIRECTORY=https://127.0.0.1:1/directory
    acme acme-due a.test
    assert_failure 1
    assert_output --partial 'by its lifetime'
    assert_equal "${#stderr_lines[@]}" 1
    [[ $stderr = 'acme-due: warning: a.test: the CA was not asked about renewal: '*'Connection refused'* ]]
    grep -q '^ask-again ' certs/.a.test/state
    acme acme-due a.test
    assert_failure 1
    assert_equal "$stderr" ''
}

@test "-w waits until one is due, prints that one, and ends" {
    store_put a.test
    store_put b.test
    at=$(($(date +%s) + 2))
    state_put b.test "window-start $at" "window-end $((at + 1))"
    acme acme-due -w a.test b.test
    assert_success
    assert_output --regexp '^b.test due '
    [ "$(date +%s)" -ge "$at" ]
    assert_equal "${#stderr_lines[@]}" 1
    [[ $stderr = *'none is due; waiting, looking again at '* ]]
}

@test "-w ends when told to" {
    store_put a.test
    "$BIN/acme-due" -w a.test >out 2>err 3>&- &
    pid=$!
    [ "$pid" -gt 1 ]
    CHILDREN+=("$pid")
    until_true grep -q waiting err
    kill -TERM "$pid"
    status=0
    wait "$pid" || status=$?
    assert_equal "$status" 143
    assert_equal "$(cat out)" ''
}

@test "a reader that has gone away is no news, a store that is not there is" {
    store_put a.test
    mkfifo pipe
    exec 7<>pipe
    exec 8>pipe
    exec 7<&-
    status=0
    "$BIN/acme-due" -t 1 a.test >&8 2>said || status=$?
    exec 8>&-
    assert_equal "$status$(cat said)" 111
    CERTDIR=$PWD/none refuses 100 "-c or CERTDIR: $PWD/none: No such file" acme-due a.test
}
