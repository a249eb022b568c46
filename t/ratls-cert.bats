#!/usr/bin/env bats
# ratls-cert: certificates with evidence, read by cert-show, openssl and a reader of the tests' own.
# shellcheck disable=SC2154 # run sets stderr
# shellcheck disable=SC2016 # the inner shell expands
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
    SIM=(-s "sim:$MADE/machine")
}

teardown() {
    serving_teardown
}

make_cert() { # argument...: to the file cert
    run --separate-stderr bash -c '"$BIN/ratls-cert" "$@" >cert' x "$@"
}

fails() { # status text argument...
    make_cert "${@:3}"
    assert_failure "$1"
    [ ! -s cert ]
    [[ $stderr = *"$2"* ]] || { echo "$stderr"; return 1; }
    [ "$(wc -l <<<"$stderr")" = 1 ]
}

reads() { # FILE line: what another reader says
    run "$BATS_TEST_DIRNAME/peer/ratls-read" "$1"
    assert_success
    assert_output "$2"
}

@test "each form is read by others, and its report data are what the form says" {
    local len
    len=$("$BIN/sim-quote" "$MADE/machine" </dev/null | wc -c)
    reads "$MADE/ccc.pem" "ccc $len True -"
    reads "$MADE/dstack.pem" "dstack $len True"
    reads "$MADE/gramine.pem" "gramine $len True"
    for form in ccc dstack gramine; do
        run "$BIN/cert-show" -k "$MADE/key" "$MADE/$form.pem"
        assert_success
        assert_line "${form}_quote tdx-4"
        assert_line "${form}_bound yes"
        assert_line 'dns a.test'
        assert_line 'key_matches yes'
        run openssl verify -x509_strict -check_ss_sig -purpose sslserver -verify_hostname a.test \
            -CAfile "$MADE/$form.pem" "$MADE/$form.pem"
        assert_success
    done
}

@test "openssl finds the extensions where each form has them" {
    run openssl x509 -in "$MADE/ccc.pem" -noout -text
    assert_line --regexp '^ *2\.23\.133\.5\.4\.9: *$'
    run openssl x509 -in "$MADE/gramine.pem" -noout -text
    assert_line --regexp '^ *0\.6\.9\.42\.840\.113741\.1337\.6: *$'
    run openssl x509 -in "$MADE/dstack.pem" -noout -text
    assert_line --regexp '^ *1\.3\.6\.1\.4\.1\.62397\.1\.1: *$'
    assert_line --regexp '^ *1\.3\.6\.1\.4\.1\.62397\.1\.2: *$'
}

@test "dstack's has the events of RTMR3 as the log has them, and no others" {
    "$BATS_TEST_DIRNAME/peer/ratls-read" "$MADE/dstack.pem" log >events
    run python3 -c 'import json, sys
have = [(e["imr"], e["event"]) for e in json.load(open("events"))]
want = [(e["imr"], e["event"]) for e in json.load(open(sys.argv[1])) if e["imr"] == 3]
print(have == want and len(want) > 3)' "$MADE/machine/eventlog.json"
    assert_output True
}

@test "a nonce goes into the claims of ccc, and changes what is quoted" {
    make_cert -F ccc -n 00ff10 -k "$MADE/key" "${SIM[@]}" a.test
    assert_success
    assert_equal "$stderr" ''
    run "$BATS_TEST_DIRNAME/peer/ratls-read" cert
    assert_output --regexp '^ccc [0-9]+ True 00ff10$'
    run "$BIN/cert-show" cert
    assert_line 'ccc_nonce 00ff10'
    [ "$("$BIN/ratls-cert" -R -F ccc -k "$MADE/key")" != "$("$BIN/ratls-cert" -R -F ccc -n 00ff10 -k "$MADE/key")" ]
    fails 100 'only with -F ccc' -n 00 -k "$MADE/key" "${SIM[@]}" a.test
    fails 100 'not up to 256 bytes' -F ccc -n 0g -k "$MADE/key" "${SIM[@]}" a.test
    fails 100 'not up to 256 bytes' -F ccc -n '' -k "$MADE/key" "${SIM[@]}" a.test
    fails 100 'not up to 256 bytes' -F ccc -n "$(printf '%0514d' 0)" -k "$MADE/key" "${SIM[@]}" a.test
}

@test "in two steps: what has to be quoted, and the quote from somewhere else" {
    local form data
    for form in dstack ccc gramine; do
        data=$("$BIN/ratls-cert" -R -F "$form" -k "$MADE/key")
        [[ $data =~ ^[0-9a-f]{128}$ ]]
        "$BIN/tdx-quote" -d "$data" "${SIM[@]}" >quote
        { cat quote; head -c 70 /dev/zero; } >padded
        make_cert -F "$form" -Q padded -k "$MADE/key" a.test b.test
        assert_success
        "$BIN/tdx-quote" -x -d "$data" "${SIM[@]}" >hex
        make_cert -F "$form" -Q hex -k "$MADE/key" a.test b.test
        assert_success
        run "$BATS_TEST_DIRNAME/peer/ratls-read" cert
        assert_output --regexp "^$form $(wc -c <quote) True"
    done
    "$BIN/key-make" other
    fails 1 'the quote is not over what binds this key' -F gramine -Q hex -k other a.test
    fails 1 'the quote is not over what binds this key' -F dstack -Q hex -k "$MADE/key" a.test
    echo nonsense >bad
    fails 100 'the quote: ' -Q bad -k "$MADE/key" a.test
    echo 0400f >bad
    fails 100 'neither a quote nor' -Q bad -k "$MADE/key" a.test
    fails 100 'not a regular file' -Q /dev/null -k "$MADE/key" a.test
    fails 100 'no such file' -Q none -k "$MADE/key" a.test
}

@test "a log of one's own is taken, and one that contradicts itself is not" {
    data=$("$BIN/ratls-cert" -R -k "$MADE/key")
    "$BIN/tdx-quote" -d "$data" "${SIM[@]}" >quote
    make_cert -e "$MADE/machine/eventlog.json" -Q quote -k "$MADE/key" a.test
    assert_success
    run "$BIN/cert-show" cert
    assert_line 'dstack_log json'
    sed 's/"event_payload":"\(.\)/"event_payload":"0\1/' "$MADE/machine/eventlog.json" >bad
    fails 100 'the event log: ' -e bad -Q quote -k "$MADE/key" a.test
    echo '[{]' >bad
    fails 100 'the event log: ' -e bad -Q quote -k "$MADE/key" a.test
    fails 100 'only with -F dstack' -F ccc -e bad -Q quote -k "$MADE/key" a.test
}

@test "a newer guest's attestation in a certificate is read" {
    local blob=$BATS_TEST_DIRNAME/../../shared/data/dstack/simulator-head/attestation.bin hex len
    [ -e "$blob" ] || skip "no $blob here"
    hex=$(od -An -v -tx1 "$blob" | tr -d ' \n')
    len=$(printf '%04x' $((${#hex} / 2)))
    # An OCTET STRING of its own in the extension's.
    printf '[req]\ndistinguished_name=dn\nx509_extensions=v3\n[dn]\n[v3]\n1.3.6.1.4.1.62397.1.8=DER:0482%s%s\n' \
        "$len" "$hex" >openssl.cnf
    openssl req -x509 -config openssl.cnf -key "$MADE/key" -subj /CN=a.test -days 2 -out cert
    run "$BIN/cert-show" cert
    assert_success
    assert_line 'dstack_quote tdx-4'
    assert_line 'dstack_bound no'
    assert_line 'dstack_log attestation'
}

@test "what is missing or wrong is said, and nothing is written" {
    local wrong
    for wrong in '-F ccc a.test' "-k $MADE/key" "-R -k $MADE/key a.test" "-R -Q quote -k $MADE/key"; do
        # shellcheck disable=SC2086 # words
        make_cert $wrong
        assert_failure 100
        [[ $stderr = usage:* && ! -s cert ]]
    done
    fails 100 'not a form' -F tpm -k "$MADE/key" "${SIM[@]}" a.test
    fails 100 'no such file' -k none "${SIM[@]}" a.test
    fails 100 'not a private key' -k "$MADE/ccc.pem" "${SIM[@]}" a.test
    fails 100 'a b' -k "$MADE/key" "${SIM[@]}" 'a b'
    fails 100 'sim:nowhere' -k "$MADE/key" -s sim:nowhere a.test
}
