#!/usr/bin/env bats
# csr-make: certificate requests, read back by openssl.
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

csr_make() { # argument...
    run --separate-stderr "$BIN/csr-make" "$@"
}

refuses() { # text argument...
    csr_make "${@:2}"
    assert_failure 100
    assert_output ''
    [[ $stderr = *"$1"* ]] || { echo "$stderr"; return 1; }
}

# What openssl prints of a request below "Subject Alternative Name".
names_of() { # file [openssl argument...]
    openssl req -in "$1" "${@:2}" -noout -text | sed -n '/Subject Alternative Name/{n;s/^ *//;p}'
}

@test "a request of every kind of key is good to openssl, and has that key" {
    "$BIN/key-make" p256
    "$BIN/key-make" -t p384 p384
    "$BIN/key-make" -t rsa2048 rsa
    openssl genrsa -out rsa-by-openssl 4096
    openssl ecparam -name secp384r1 -genkey -noout -out p384-by-openssl
    for key in p256 p384 rsa rsa-by-openssl p384-by-openssl; do
        csr_make -k "$key" www.example.com
        assert_success
        assert_equal "$stderr" ''
        printf '%s\n' "$output" >csr
        run openssl req -in csr -noout -verify
        assert_success
        assert_output --partial 'verify OK'
        assert_equal "$(openssl req -in csr -noout -pubkey)" "$(openssl pkey -in "$key" -pubout)"
        run openssl req -in csr -noout -text
        case $key in
        p256) assert_output --partial 'ecdsa-with-SHA256' ;;
        p384*) assert_output --partial 'ecdsa-with-SHA384' ;;
        rsa*) assert_output --partial 'sha256WithRSAEncryption' ;;
        esac
    done
}

@test "the names are exactly those asked for, DNS names and addresses, as they are" {
    "$BIN/key-make" key
    csr_make -k key WWW.example.com '*.Example.com' xn--bcher-kva.example. 192.0.2.1 2001:DB8::1 ::
    assert_success
    printf '%s\n' "$output" >csr
    assert_equal "$(names_of csr)" 'DNS:www.example.com, DNS:*.example.com, DNS:xn--bcher-kva.example, IP Address:192.0.2.1, IP Address:2001:DB8:0:0:0:0:0:1, IP Address:0:0:0:0:0:0:0:0'
}

@test "there is nothing in it that a CA might refuse: no subject, no usage" {
    "$BIN/key-make" key
    "$BIN/csr-make" -k key a.test >csr
    assert_equal "$(openssl req -in csr -noout -subject)" 'subject='
    run openssl req -in csr -noout -text
    assert_output --partial 'Version: 1 (0x0)'
    refute_output --partial Usage
    refute_output --partial TLS
    refute_output --partial Constraints
    assert_equal "$(grep -c 'X509v3' <<<"$output")" 1
}

@test "must-staple is the one thing that may be added" {
    "$BIN/key-make" key
    "$BIN/csr-make" -s -k key a.test >csr
    openssl req -in csr -noout -verify
    run openssl req -in csr -noout -text
    assert_output --partial 'status_request'
    assert_equal "$(names_of csr)" DNS:a.test
}

@test "DER is the same request without the lines" {
    openssl genrsa -out key 2048
    "$BIN/csr-make" -d -k key a.test b.test >csr.der
    "$BIN/csr-make" -k key a.test b.test | openssl req -outform DER >from-pem.der
    # PKCS #1 signatures are the same each time.
    cmp csr.der from-pem.der
    assert_equal "$(names_of csr.der -inform DER)" 'DNS:a.test, DNS:b.test'
}

@test "ECDSA signatures are the same each time too (RFC 6979)" {
    "$BIN/key-make" key
    "$BIN/csr-make" -k key a.test >one
    "$BIN/csr-make" -k key a.test >two
    cmp one two
}

@test "a hundred names fit, and one more is too many" {
    "$BIN/key-make" key
    mapfile -t names < <(for i in {1..100}; do printf '%060d.example.test\n' "$i"; done)
    "$BIN/csr-make" -k key "${names[@]}" >csr
    openssl req -in csr -noout -verify
    assert_equal "$(names_of csr | tr ',' '\n' | sed 's/^ *DNS://')" "$(printf '%s\n' "${names[@]}")"
    refuses 'one.more: too many names' -k key "${names[@]}" one.more
}

@test "names of every length make whole requests" {
    "$BIN/key-make" key
    local label name=a.test
    label=$(printf 'x%.0s' {1..24})
    for _ in {1..9}; do
        name=$label.$name
        "$BIN/csr-make" -k key "$name" | openssl req -noout -verify
        "$BIN/csr-make" -k key "$name" "*.$name" "a.$name" 192.0.2.1 >csr
        assert_equal "$(names_of csr)" "DNS:$name, DNS:*.$name, DNS:a.$name, IP Address:192.0.2.1"
    done
}

@test "what is no name is refused before the key is looked at" {
    for name in '' . '*' 'a b' a..b -a.test a_b.test 192.0.2.256 '*.*.test' '[::1]' ::ffff:192.0.2.1 a.test:443 \
        https://a.test $'a\nb' ü.test; do
        refuses 'neither a host name nor an address' -k missing -- "$name"
    done
    refuses '\x0a' -k missing $'a\nb'
    refuses 'A.TEST.: given twice' -k missing a.test A.TEST.
}

@test "without a key that can be used it says so" {
    refuses 'missing: no such file' -k missing a.test
    echo text >text
    refuses 'text: not a private key' -k text a.test
    openssl genpkey -algorithm ed25519 -out ed25519
    refuses 'ed25519: neither P-256' -k ed25519 a.test
}

@test "output that goes nowhere is a failure" {
    [ -w /dev/full ] || skip 'no /dev/full'
    "$BIN/key-make" key
    run --separate-stderr sh -c '"$0" -k key a.test >/dev/full' "$BIN/csr-make"
    assert_failure 111
    [[ $stderr = 'csr-make: fatal: '* ]]
}

@test "wrong usage is 100, and asking for it is not" {
    refuses 'usage: csr-make '
    refuses 'usage: csr-make ' a.test
    refuses 'usage: csr-make ' -k key
    refuses 'usage: csr-make ' -x -k key a.test
    csr_make -h
    assert_success
    assert_output --partial 'usage: csr-make [-ds] -k key name ...'
}
