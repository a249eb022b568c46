#!/usr/bin/env bats
# cert-self: self-signed certificates, held against openssl.
# shellcheck disable=SC2154 # run sets stderr
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=60

setup() {
    load serving
    serving_setup
}

teardown() {
    serving_teardown
}

cert_self() { # argument...: the certificate is in the file cert
    run --separate-stderr "$BIN/cert-self" "$@"
    printf '%s\n' "$output" >cert
}

refuses() { # text argument...
    cert_self "${@:2}"
    assert_failure 100
    assert_output ''
    [[ $stderr = *"$1"* ]] || { echo "$stderr"; return 1; }
}

text_of() { # openssl argument...
    openssl x509 -in cert -noout "$@"
}

@test "a certificate of every kind of key is signed by itself, and openssl trusts it for its name" {
    "$BIN/key-make" p256
    "$BIN/key-make" -t p384 p384
    openssl genrsa -out rsa 2048
    for key in p256 p384 rsa; do
        cert_self -k "$key" www.example.com 192.0.2.1
        assert_success
        assert_equal "$stderr" ''
        run openssl verify -x509_strict -check_ss_sig -purpose sslserver -verify_hostname www.example.com -CAfile cert cert
        assert_success
        run openssl verify -x509_strict -verify_ip 192.0.2.1 -CAfile cert cert
        assert_success
        run openssl verify -verify_hostname other.example.com -CAfile cert cert
        assert_failure
        assert_equal "$(text_of -pubkey)" "$(openssl pkey -in "$key" -pubout)"
    done
}

@test "a server's says what it is for, and its names are critical where it has no subject" {
    "$BIN/key-make" key
    cert_self -k key a.test '*.a.test' 2001:db8::1
    run text_of -text
    assert_line --regexp '^ *Version: 3 \(0x2\)$'
    assert_line --regexp '^ *Subject: *$'
    assert_line --regexp '^ *Issuer: *$'
    assert_line --regexp 'X509v3 Subject Alternative Name: critical'
    assert_line --regexp '^ *DNS:a.test, DNS:\*.a.test, IP Address:2001:DB8:0:0:0:0:0:1$'
    assert_line --regexp '^ *CA:FALSE$'
    assert_line --regexp '^ *Digital Signature$'
    assert_line --regexp '^ *TLS Web Server Authentication, TLS Web Client Authentication$'
    cert_self -n 'Mein Gerät' -k key a.test
    assert_equal "$(text_of -subject -nameopt RFC2253)" 'subject=CN=Mein Ger\C3\A4t'
    assert_equal "$(text_of -issuer -nameopt RFC2253)" 'issuer=CN=Mein Ger\C3\A4t'
    refute [ -n "$(text_of -ext subjectAltName | grep critical)" ]
}

@test "it is valid from an hour ago for the days asked for" {
    "$BIN/key-make" key
    for days in 1 365 36500; do
        cert_self -d "$days" -k key a.test
        text_of -checkend $((days * 86400 - 100))
        refute text_of -checkend $((days * 86400 + 100))
    done
    begin=$(date -d "$(text_of -startdate | cut -d= -f2)" +%s)
    assert [ $((EPOCHSECONDS - begin)) -ge 3600 ]
    assert [ $((EPOCHSECONDS - begin)) -lt 3700 ]
    cert_self -k key a.test
    text_of -checkend $((365 * 86400 - 100))
    refute text_of -checkend $((365 * 86400 + 100))
}

@test "a root signs for others, and a server's certificate does not" {
    "$BIN/key-make" root.key
    "$BIN/key-make" server.key
    cert_self -c -n 'A root' -k root.key
    assert_success
    mv cert root
    run openssl x509 -in root -noout -text
    assert_line --regexp '^ *CA:TRUE$'
    assert_line --regexp '^ *Certificate Sign, CRL Sign$'
    refute_output --partial 'Alternative'
    "$BIN/csr-make" -k server.key a.test >csr
    openssl x509 -req -in csr -CA root -CAkey root.key -set_serial 7 -days 1 -copy_extensions copy -out server
    run openssl verify -CAfile root -verify_hostname a.test server
    assert_success
    cert_self -n 'A root' -k root.key a.test
    run openssl verify -CAfile cert server
    assert_failure
}

@test "serial numbers are positive, random and at most 20 bytes" {
    "$BIN/key-make" key
    for _ in {1..20}; do
        "$BIN/cert-self" -k key a.test | openssl x509 -noout -serial
    done >serials
    assert_equal "$(sort -u serials | wc -l)" 20
    assert_equal "$(grep -cE '^serial=[4-7][0-9A-F]{31}$' serials)" 20
}

# The bytes are in t/unit/self_signed.c; here is what another reader makes of them.
@test "the answer to TLS-ALPN-01 has the digest in a critical extension, and one name" {
    "$BIN/key-make" key
    digest=$(printf 'token.thumbprint' | openssl sha256 -binary | base64 | tr '+/' '-_' | tr -d '=')
    hex=$(printf 'token.thumbprint' | openssl sha256 -r | cut -d ' ' -f 1)
    for name in a.test 192.0.2.1 2001:db8::1; do
        cert_self -a "$digest" -k key "$name"
        assert_success
        run openssl x509 -in cert -noout -text
        assert_line --regexp '1.3.6.1.5.5.7.1.31: critical'
        assert_equal "$(openssl asn1parse -in cert | grep -A 2 -E 'acmeIdentifier|1\.3\.6\.1\.5\.5\.7\.1\.31' |
            sed -n 's/.*BOOLEAN *:\([0-9]*\)$/\1/p; s/.*\[HEX DUMP\]:\(.*\)/\L\1/p' | tr '\n' ' ')" "255 0420$hex "
        assert_equal "$(grep -c Alternative <<<"$output")" 1
        openssl verify -check_ss_sig -CAfile cert -ignore_critical cert
    done
}

@test "200 certificates of 200 keys are good to openssl" {
    local n=200
    [ "${CHECK_FLAVOUR-}" != san ] || n=50
    for ((i = 0; i < n; i++)); do
        type=p256
        [ $((i % 10)) != 0 ] || type=p384
        "$BIN/key-make" -t "$type" "key.$i"
        "$BIN/cert-self" -n "$i" -k "key.$i" "n$i.test" >"cert.$i"
    done
    cat cert.* >all
    run openssl verify -check_ss_sig -CAfile all cert.*
    assert_success
    assert_equal "$(grep -c ': OK$' <<<"$output")" "$n"
    # A turned bit of a signature is told, so the check above is one.
    openssl x509 -in cert.0 -outform DER -out der
    size=$(stat -c %s der)
    printf "\\x$(printf %02x $((0x$(tail -c 1 der | xxd -p) ^ 1)))" | dd of=der bs=1 seek=$((size - 1)) conv=notrunc status=none
    openssl x509 -inform DER -in der -out damaged
    run openssl verify -check_ss_sig -CAfile damaged damaged
    assert_failure
}

@test "what makes no certificate is refused" {
    "$BIN/key-make" key
    refuses 'usage: cert-self '
    refuses 'usage: cert-self ' -k key
    refuses 'usage: cert-self ' a.test
    refuses 'usage: cert-self ' -n name -k key
    refuses 'usage: cert-self ' -c -k key
    refuses 'usage: cert-self ' -x -k key a.test
    digest=LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ
    refuses 'usage: cert-self ' -a "$digest" -k key a.test b.test
    refuses 'usage: cert-self ' -a "$digest" -c -k key a.test
    refuses '-a: not a SHA-256 in base64url' -a "${digest%Q}" -k key a.test
    refuses '-a: not a SHA-256 in base64url' -a "$digest=" -k key a.test
    refuses '-d: ' -d 0 -k key a.test
    refuses '-d: ' -d 36501 -k key a.test
    refuses '-d: ' -d 1d -k key a.test
    refuses '-n: longer than 64 bytes' -n "$(printf 'x%.0s' {1..65})" -k key a.test
    refuses 'a_b: neither a host name nor an address' -k key a_b
    refuses 'missing: no such file' -k missing a.test
    run --separate-stderr "$BIN/cert-self" -h
    assert_success
    assert_output --partial 'usage: cert-self [-c]'
}
