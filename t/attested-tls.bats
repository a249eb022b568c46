#!/usr/bin/env bats
# Attested TLS: tls-connect and tls-serve with -Q, against each other and against peers that show what is
# not theirs.
# shellcheck disable=SC2154 # run sets stderr
# shellcheck disable=SC2016 # what the programs' shells expand
# shellcheck disable=SC2030,SC2031 # a test is a process of its own
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=60

setup_file() {
    load ratls
    ratls_make
    "$BIN/sim-pki" -S other "$MADE/strange"
    "$BIN/sim-pki" -S seed -o status=OutOfDate -o advisories=TEST-SA-00007 "$MADE/old"
    "$BIN/key-make" "$MADE/other"
    "$BIN/cert-self" -k "$MADE/other" a.test >"$MADE/plain.pem"
}

teardown_file() {
    load ratls
    ratls_drop
}

setup() {
    load serving
    load ratls
    serving_setup
    HELD=(-D "$MADE/machine" -r "$MADE/machine/test_root.pem")
    mrtd=$("$BIN/cert-show" "$MADE/ccc.pem" | sed -n 's/^ccc_mrtd //p')
}

teardown() {
    serving_teardown
}

ask() { # argument...: a word there and back
    run --separate-stderr timeout 50 "$BIN/tls-connect" "${HELD[@]}" "$@" 127.0.0.1 "$PORT" \
        sh -c 'echo stop >&7; read -r x <&6; echo "$x"'
}

refused() { # text argument...
    ask "${@:2}"
    assert_failure 100
    assert_output ''
    assert_equal "$stderr" "tls-connect: fatal: 127.0.0.1: $1"
}

@test "a server is accepted by the evidence in its certificate, in each form" {
    local form
    printf 'tee tdx\nmrtd %s\n' "$mrtd" >policy
    for form in ccc dstack gramine; do
        s_server "$MADE/$form.pem" "$MADE/key"
        ask -Q policy
        assert_success
        assert_output pots
        assert_equal "$stderr" ''
    done
}

@test "a policy, a root or a nonce that is not met refuses the server" {
    s_server "$MADE/ccc.pem" "$MADE/key"
    printf 'mrtd %096d\n' 0 >other
    refused 'its quote is refused: policy: mrtd' -Q other
    refused "the certificate's evidence has not the nonce" -Q "$MADE/any" -N 01
    echo 'compose-hash 00' >events
    refused 'its quote is refused: policy: rules about events, and no event log' -Q events
    HELD=(-D "$MADE/machine")
    refused 'its quote is refused: chain: ends in a root that is not trusted' -Q "$MADE/any"
}

@test "statuses and advisories that are admitted are let through, and no others" {
    s_server "$MADE/ccc.pem" "$MADE/key"
    HELD=(-D "$MADE/old" -r "$MADE/machine/test_root.pem" -Q "$MADE/any")
    refused 'its quote is refused: status: OutOfDate'
    ask -S OutOfDate
    assert_success
    ask -S OutOfDate,TEST-SA-00007
    assert_success
    refused 'its quote is refused: status: an advisory that is not admitted' -S OutOfDate,TEST-SA-00001
}

@test "a server whose evidence has the nonce is accepted for that one" {
    "$BIN/ratls-cert" -F ccc -n c0ffee -k "$MADE/key" -s "sim:$MADE/machine" a.test >"$MADE/nonce.pem"
    s_server "$MADE/nonce.pem" "$MADE/key"
    ask -Q "$MADE/any" -N c0ffee
    assert_success
    refused "the certificate's evidence has not the nonce" -Q "$MADE/any" -N c0ffef
    ask -Q "$MADE/any"
    assert_success
}

@test "events that were measured can be the policy, from a log of RTMR3 alone" {
    local hash
    hash=$(sha256sum <"$MADE/machine/app-compose.json" | cut -d ' ' -f 1)
    s_server "$MADE/dstack.pem" "$MADE/key"
    echo "compose-hash $hash" >policy
    ask -Q policy
    assert_success
    printf 'compose-hash %064d\n' 0 >other
    refused 'its quote is refused: policy: compose-hash' -Q other
}

@test "a certificate without evidence is refused" {
    s_server "$MADE/plain.pem" "$MADE/other"
    refused 'the certificate carries no evidence' -Q "$MADE/any"
}

@test "evidence about another key is refused" {
    "$BIN/ratls-cert" -F gramine -R -k "$MADE/key" >data
    "$BIN/tdx-quote" -d "$(cat data)" -s "sim:$MADE/machine" >quote
    # A certificate of the other key around the first one's quote, by openssl.
    printf '[req]\ndistinguished_name=dn\nx509_extensions=v3\n[dn]\n[v3]\n0.6.9.42.840.113741.1337.6=DER:%s\n' \
        "$(od -An -v -tx1 quote | tr -d ' \n' | sed 's/../&:/g; s/:$//')" >openssl.cnf
    openssl req -x509 -config openssl.cnf -key "$MADE/other" -subj /CN=a.test -days 2 -out "$MADE/stolen.pem"
    run "$BIN/cert-show" "$MADE/stolen.pem"
    assert_line 'gramine_quote tdx-4'
    assert_line 'gramine_bound no'
    s_server "$MADE/stolen.pem" "$MADE/other"
    refused "the certificate's evidence is about another key" -Q "$MADE/any"
}

@test "the certificate alone proves nothing: a server that signs with another key is refused" {
    [ -x "$BIN/../peer/tls-pretender" ] || skip "make tests makes who tries"
    mkfifo said
    "$BIN/../peer/tls-pretender" "$MADE/ccc.pem" >said 3>&- &
    CHILDREN+=($!)
    exec 8<said
    read -r -t 10 PORT <&8
    ask -Q "$MADE/any"
    assert_failure 111
    assert_output ''
    assert_equal "$stderr" 'tls-connect: fatal: 127.0.0.1: the key exchange has a wrong signature'
    read -r -t 10 line <&8
    assert_equal "$line" refused
}

@test "anchors and pins that are asked for count beside the policy" {
    s_server "$MADE/ccc.pem" "$MADE/key"
    ask -Q "$MADE/any" -a "$MADE/plain.pem"
    assert_failure 100
    ask -Q "$MADE/any" -a "$MADE/ccc.pem" -n a.test
    assert_success
    ask -Q "$MADE/any" -a "$MADE/ccc.pem" -n b.test
    assert_failure 100
    refused 'certificate has another key than the pinned ones' -Q "$MADE/any" -p "SHA256:$(printf '%064d' 0)"
    ask -Q "$MADE/any" -p "$("$BIN/key-make" -p "$MADE/key")"
    assert_success
}

unusable() { # status text argument...
    ask "${@:3}"
    assert_failure "$1"
    assert_output ''
    [[ $stderr = *"$2"* ]] || { echo "$stderr"; return 1; }
}

@test "options and files that cannot be used are 100, collateral that is not there 111" {
    PORT=1
    unusable 100 '-D, -r, -S: only with -Q'
    HELD=()
    unusable 100 'the directory of the collateral is needed' -Q "$MADE/any"
    unusable 111 '-D: none: No such file' -Q "$MADE/any" -D none
    mkdir empty
    unusable 111 '-D: empty/tcb_info.json: ' -Q "$MADE/any" -D empty
    unusable 100 'usage:' -Q "$MADE/any" -Q "$MADE/any" -D "$MADE/machine"
    unusable 100 '-N: only with -Q' -N 00
    unusable 100 '-N: not up to' -Q "$MADE/any" -N x
    unusable 100 '-Q: none: ' -Q none -D "$MADE/machine"
    : >empty/policy
    unusable 100 '-Q: empty/policy: no rule' -Q empty/policy -D "$MADE/machine"
    echo 'mrtd 00' >bad
    unusable 100 '-Q: bad: line 1: ' -Q bad -D "$MADE/machine"
    unusable 100 '-r: ' -Q "$MADE/any" -r "$MADE/any" -D "$MADE/machine"
    unusable 100 '-S: no status' -Q "$MADE/any" -S Fine
    unusable 100 '-S: no status is admitted' -Q "$MADE/any" -S INTEL-SA-00837 -D "$MADE/machine"
}

### The server's side

attested() { # a server that wants evidence of its clients
    serve tls-serve -CC -Q "$MADE/any" "${HELD[@]}" -i raw -k "$MADE/other" -N a.test \
        sh -c 'echo "hello $SSL_PEER_PIN"'
}

client() { # argument...
    run --separate-stderr timeout 50 "$BIN/tls-connect" -p "$("$BIN/key-make" -p "$MADE/other")" "$@" -s 127.0.0.1 "$PORT"
}

logged() { # regexp
    until_true grep -qE "$1" server.log
}

@test "tls-serve lets in a client with evidence, and tells its program whose key it is" {
    local form
    attested
    for form in ccc dstack gramine; do
        client -c "$MADE/$form.pem" -k "$MADE/key" </dev/null
        assert_success
        assert_output "hello $("$BIN/key-make" -p "$MADE/key")"
    done
    stop
}

@test "a client without evidence, or with somebody else's, is not let in" {
    attested
    client -c "$MADE/plain.pem" -k "$MADE/other" </dev/null
    assert_failure
    assert_output ''
    logged ' failed .* the certificate carries no evidence'
    client </dev/null
    assert_failure
    assert_output ''
    [ -x "$BIN/../peer/tls-impostor" ] || skip "make tests makes who tries"
    run timeout 20 "$BIN/../peer/tls-impostor" "$PORT" "$MADE/ccc.pem"
    assert_output refused
    run grep -c hello server.out
    assert_output 0
}

@test "a client whose quote does not meet the policy is not let in, and the log says why" {
    HELD=(-D "$MADE/strange" -r "$MADE/strange/test_root.pem")
    attested
    client -c "$MADE/ccc.pem" -k "$MADE/key" </dev/null
    assert_failure
    logged ' failed .* its quote is refused: '
}

@test "both sides can want evidence of each other" {
    "$BIN/key-make" mine
    cp mine server.pem
    "$BIN/ratls-cert" -F ccc -k mine -s "sim:$MADE/machine" a.test >>server.pem
    serve tls-serve -CC -Q "$MADE/any" "${HELD[@]}" -i self -k server.pem sh -c 'read -r x; echo "$x twice"'
    run --separate-stderr timeout 50 "$BIN/tls-connect" -Q "$MADE/any" "${HELD[@]}" -c "$MADE/dstack.pem" -k "$MADE/key" \
        -s 127.0.0.1 "$PORT" <<<once
    assert_success
    assert_output 'once twice'
    assert_equal "$stderr" ''
}

@test "within a minute a certificate that was believed is believed again" {
    cp -r "$MADE/machine" own
    HELD=(-D own -r own/test_root.pem)
    attested
    client -c "$MADE/ccc.pem" -k "$MADE/key" </dev/null
    assert_success
    cp "$MADE/strange"/*.* own
    client -c "$MADE/ccc.pem" -k "$MADE/key" </dev/null
    assert_success
}

@test "tls-serve has -Q only with -CC" {
    run --separate-stderr "$BIN/tls-serve" -C -Q "$MADE/any" "${HELD[@]}" -i raw -k "$MADE/other" cat </dev/null
    assert_failure 100
    assert_equal "$stderr" 'tls-serve: fatal: -Q: only with -CC'
}
