#!/usr/bin/env bats
# key-make: new private keys, and what existing ones are pinned by.
# shellcheck disable=SC2154 # run sets stderr
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=60

setup() {
    load serving
    serving_setup
    # bats keeps files of its own in the test's directory.
    mkdir here
    cd here || return
}

teardown() {
    serving_teardown
}

key_make() { # argument...
    run --separate-stderr "$BIN/key-make" "$@"
}

makes() { # what-openssl-calls-it argument...
    key_make "${@:2}" key
    assert_success
    assert_output ''
    assert_equal "$stderr" ''
    run openssl pkey -in key -noout -text -check
    assert_success
    assert_output --partial "$1"
    assert_output --partial 'Key is valid'
    assert_equal "$(head -n 1 key)" '-----BEGIN PRIVATE KEY-----'
}

refuses() { # text argument...
    key_make "${@:2}"
    assert_failure 100
    assert_output ''
    [[ $stderr = *"$1"* ]] || { echo "$stderr"; return 1; }
}

pin_by_openssl() { # file
    openssl pkey -in "$1" -pubout -outform DER 2>/dev/null | sha256sum | sed 's/ .*//; s/^/SHA256:/'
}

@test "a key is P-256 unless told otherwise, and openssl takes it with its public half" {
    makes 'ASN1 OID: prime256v1'
    assert_equal "$(openssl asn1parse -in key -strparse "$(openssl asn1parse -in key |
        awk -F: '/OCTET STRING/ { print $1 + 0; exit }')" | grep -c 'BIT STRING')" 1
}

@test "P-384" {
    makes 'ASN1 OID: secp384r1' -t p384
}

@test "RSA 2048" {
    makes 'Private-Key: (2048 bit, 2 primes)' -t rsa2048
    run openssl pkey -in key -noout -text
    assert_output --partial 'publicExponent: 65537'
}

@test "RSA 3072" {
    [ "${CHECK_FLAVOUR-}" != san ] || skip 'takes too long'
    makes 'Private-Key: (3072 bit, 2 primes)' -t rsa3072
}

@test "RSA 4096" {
    [ "${CHECK_FLAVOUR-}" != san ] || skip 'takes too long'
    makes 'Private-Key: (4096 bit, 2 primes)' -t rsa4096
    key_make -p key
    assert_output "$(pin_by_openssl key)"
}

@test "the file is for its owner alone, whatever the umask, and nothing lies beside it" {
    umask 000
    key_make key
    assert_success
    assert_equal "$(stat -c %a key)" 600
    assert_equal "$(ls -A)" key
}

@test "what is there is not overwritten, and neither is what a link leads to" {
    echo precious >file
    ln -s file link
    ln -s nowhere dangling
    mkdir directory
    for path in file link dangling directory; do
        refuses "key-make: fatal: $path: there is one already" "$path"
    done
    assert_equal "$(cat file)" precious
    [ ! -e nowhere ]
    assert_equal "$(ls -A | sort | tr '\n' ' ')" 'dangling directory file link '
}

@test "of many that are started at once, exactly one makes the file" {
    local i made=0 pids=()
    for i in {1..8}; do
        "$BIN/key-make" key 2>/dev/null 3>&- &
        pids+=("$!")
    done
    for i in "${pids[@]}"; do
        if wait "$i"; then made=$((made + 1)); fi
    done
    assert_equal "$made" 1
    assert_equal "$(ls -A)" key
    openssl pkey -in key -noout -check
}

@test "a directory that is not there or may not be written to is said" {
    refuses 'key-make: fatal: missing: No such file or directory' missing/key
    mkdir closed
    chmod 555 closed
    run --separate-stderr mortal "$BIN/key-make" closed/key
    assert_failure 100
    [[ $stderr = 'key-make: fatal: closed: Permission denied' ]]
}

@test "two keys are not the same" {
    for type in p256 p384; do
        "$BIN/key-make" -t "$type" "a-$type"
        "$BIN/key-make" -t "$type" "b-$type"
        ! cmp -s "a-$type" "b-$type"
    done
}

@test "the pin is the SHA-256 of the public key, for keys of every form" {
    key_make key
    openssl ecparam -name secp384r1 -genkey -noout -out sec1
    openssl genrsa -traditional -out pkcs1 2048
    openssl genrsa -out largest 4096
    openssl genrsa -3 -out odd 2050
    openssl rsa -in pkcs1 -outform DER -out rsa.der
    openssl pkcs8 -topk8 -nocrypt -in pkcs1 -out pkcs8
    openssl ecparam -name prime256v1 -genkey -out with-parameters
    sed 's/$/\r/' sec1 >crlf
    { echo 'some text'; openssl req -x509 -key pkcs8 -subj /CN=a -days 1; cat pkcs8; } >combined
    for file in key sec1 pkcs1 largest odd rsa.der pkcs8 with-parameters crlf combined; do
        key_make -p "$file"
        assert_success
        assert_output "$(pin_by_openssl "$file")"
        assert_equal "$stderr" ''
    done
    [[ $(pin_by_openssl key) =~ ^SHA256:[0-9a-f]{64}$ ]]
}

@test "what is no key, and keys of other kinds, are refused by name" {
    echo text >text
    : >empty
    openssl genpkey -algorithm ed25519 -out ed25519
    openssl genrsa -out small 1024
    openssl ecparam -name secp521r1 -genkey -noout -out p521
    openssl genrsa -aes128 -passout pass:word -out encrypted 2048
    openssl genrsa -traditional -aes128 -passout pass:word -out old-encrypted 2048
    refuses 'key-make: fatal: text: not a private key' -p text
    refuses 'not a private key' -p empty
    refuses 'encrypted with a passphrase' -p encrypted
    refuses 'encrypted with a passphrase' -p old-encrypted
    for file in ed25519 small p521; do
        refuses "key-make: fatal: $file: neither P-256, P-384 nor RSA of 2048 to 4096 bits" -p "$file"
    done
    refuses 'missing: no such file' -p missing
    refuses '.: not a regular file' -p .
    mkfifo fifo
    refuses 'fifo: not a regular file' -p fifo
    head -c 70000 /dev/zero >large
    refuses 'large: too large' -p large
}

@test "a key whose parts do not belong together is refused" {
    # The private half of one in front of the public half of another.
    openssl ecparam -name prime256v1 -genkey -noout -out a
    openssl ecparam -name prime256v1 -genkey -noout -out b
    { openssl ec -in a -outform DER | head -c 39; openssl ec -in b -outform DER | tail -c +40; } 2>/dev/null >mixed
    refuses 'mixed: its parts do not belong together' -p mixed
    openssl genrsa -traditional -out rsa 2048
    openssl rsa -in rsa -outform DER -out rsa.der
    for at in 300 600 900 1000 1150; do
        { head -c "$at" rsa.der; printf '\x5a\xa5'; tail -c +$((at + 3)) rsa.der; } >damaged
        cmp -s rsa.der damaged || refuses 'damaged: ' -p damaged
    done
}

@test "signatures of its keys as JOSE wants them are 64 bytes, and good to openssl" {
    local sign=${BIN%/bin}/unit/key n=1000
    [ -x "$sign" ] || skip 'the unit tests are not built'
    [ "${CHECK_FLAVOUR-musl}" = musl ] || n=100
    "$sign" sign "$n" >signatures
    assert_equal "$(wc -l <signatures)" "$n"
    run python3 - <<'PYTHON'
import subprocess
good = 0
for line in open("signatures"):
    spki, digest, signature = map(bytes.fromhex, line.split())
    assert len(signature) == 64
    numbers = b""
    for half in (signature[:32], signature[32:]):
        half = half.lstrip(b"\0")
        half = b"\0" * (half[0] >> 7) + half
        numbers += bytes([2, len(half)]) + half
    open("spki", "wb").write(spki)
    open("digest", "wb").write(digest)
    open("signature", "wb").write(bytes([0x30, len(numbers)]) + numbers)
    good += subprocess.run("openssl pkeyutl -verify -pubin -keyform DER -inkey spki -in digest -sigfile signature".split(),
                           stdout=subprocess.DEVNULL).returncode == 0
print(good)
PYTHON
    assert_success
    assert_output "$n"
}

@test "wrong usage is 100, and asking for it is not" {
    refuses 'usage: key-make '
    refuses 'usage: key-make ' a b
    refuses 'usage: key-make ' -x a
    refuses 'usage: key-make ' -p
    refuses 'usage: key-make ' -p -t p256 a
    refuses '-t: neither p256, p384, rsa2048, rsa3072 nor rsa4096: rsa1024' -t rsa1024 a
    refuses 'neither p256' -t '' a
    refuses '\x1b[2J' -t $'\e[2J' a
    assert_equal "$(ls -A)" ''
    key_make -h
    assert_success
    assert_output --partial 'usage: key-make [-t type] file'
}
