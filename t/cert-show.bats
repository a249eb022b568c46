#!/usr/bin/env bats
# cert-show: what certificates say, held against openssl.
# shellcheck disable=SC2154 # run sets stderr
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=60

# A chain of three made by openssl: rsa signs p384 signs p256.
setup_file() {
    cd "$BATS_FILE_TMPDIR" || return
    openssl genrsa -out root.key 2048
    openssl ecparam -name secp384r1 -genkey -noout -out inter.key
    openssl ecparam -name prime256v1 -genkey -noout -out leaf.key
    cat >conf <<'CONF'
[req]
distinguished_name=dn
[dn]
[root]
basicConstraints=critical,CA:TRUE
subjectKeyIdentifier=hash
[inter]
basicConstraints=critical,CA:TRUE
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
[leaf]
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
subjectAltName=critical,DNS:www.example.com,IP:192.0.2.1,DNS:*.Example.com,IP:2001:db8::1,email:a@b.test
tlsfeature=status_request
CONF
    openssl req -config conf -x509 -new -key root.key -days 4000 -extensions root -set_serial 0xff01 \
        -subj '/C=US/O=Test, Inc./CN=Root "1"' -out root.pem
    openssl req -config conf -new -key inter.key -utf8 -subj '/C=DE/O=Zwischen+OU=b/CN= Zäh;le#' -out inter.csr
    openssl x509 -req -in inter.csr -CA root.pem -CAkey root.key -set_serial 2 -days 3000 -sha512 \
        -extfile conf -extensions inter -out inter.pem
    openssl req -config conf -new -key leaf.key -subj / -out leaf.csr
    openssl x509 -req -in leaf.csr -CA inter.pem -CAkey inter.key -set_serial 0x00abcdef0123456789 -days 90 -sha384 \
        -extfile conf -extensions leaf -out leaf.pem
    cat leaf.pem inter.pem root.pem >chain.pem
}

setup() {
    load serving
    serving_setup
    cp "$BATS_FILE_TMPDIR"/*.pem "$BATS_FILE_TMPDIR"/*.key .
}

teardown() {
    serving_teardown
}

cert_show() { # argument...
    run --separate-stderr "$BIN/cert-show" "$@"
}

refuses() { # text argument...
    cert_show "${@:2}"
    assert_failure 100
    assert_output ''
    [[ $stderr = *"$1"* ]] || { echo "$stderr"; return 1; }
}

date_of() { # file which: as openssl says it, in our form
    date -u -d "$(openssl x509 -in "$1" -noout "$2" | cut -d= -f2)" +%Y-%m-%dT%H:%M:%SZ
}

pin_of() { # file
    openssl x509 -in "$1" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | sed 's/ .*//; s/^/SHA256:/'
}

hex_of() { # file extension: the first row of hex digits in what openssl says
    openssl x509 -in "$1" -noout -ext "$2" | grep -oE '([0-9A-F]{2}:){19}[0-9A-F]{2}' | head -n 1 | tr -d : | tr 'A-F' 'a-f'
}

@test "one record a line, in this order, with what openssl says" {
    cert_show leaf.pem
    assert_success
    assert_equal "$stderr" ''
    assert_output "certificate 1
subject -
issuer CN=\\ Z\\C3\\A4h\\;le#,O=Zwischen+OU=b,C=DE
serial abcdef0123456789
not_before $(date_of leaf.pem -startdate)
not_after $(date_of leaf.pem -enddate)
dns www.example.com
dns *.Example.com
ip 192.0.2.1
ip 2001:db8::1
other 81086140622e74657374
key p256
pin $(pin_of leaf.pem)
key_id $(hex_of leaf.pem subjectKeyIdentifier)
authority_key_id $(hex_of leaf.pem authorityKeyIdentifier)
ca no
must_staple yes
self_signed no"
}

@test "a chain in its order" {
    cert_show chain.pem
    assert_success
    assert_equal "$(grep -E '^(certificate|subject|key|ca|self_signed|signed_by_next) ' <<<"$output")" \
'certificate 1
subject -
key p256
ca no
self_signed no
signed_by_next yes
certificate 2
subject CN=\ Z\C3\A4h\;le#,O=Zwischen+OU=b,C=DE
key p384
ca yes
self_signed no
signed_by_next yes
certificate 3
subject CN=Root \"1\",O=Test\, Inc.,C=US
key rsa2048
ca yes
self_signed yes'
    assert_line 'serial ff01'
    assert_line "authority_key_id $(hex_of root.pem subjectKeyIdentifier)"
    assert_line 'authority_key_id -'
}

@test "a chain out of order is said, and is exit 1" {
    cat leaf.pem root.pem inter.pem >mixed
    cert_show mixed
    assert_failure 1
    assert_equal "$(grep -c '^certificate' <<<"$output")" 3
    assert_equal "$(grep '^signed_by_next' <<<"$output")" 'signed_by_next other-name
signed_by_next other-name'
    cat inter.pem leaf.pem >mixed
    cert_show mixed
    assert_failure 1
    assert_line 'signed_by_next other-name'
}

@test "an issuer of that name with another key is told from the right one" {
    openssl req -x509 -key inter.key -days 1 -utf8 -subj '/C=DE/O=Zwischen+OU=b/CN= Zäh;le#' -multivalue-rdn -out same-name
    cat leaf.pem same-name >good
    cert_show good
    assert_success
    assert_line 'signed_by_next yes'
    openssl req -x509 -key leaf.key -days 1 -utf8 -subj '/C=DE/O=Zwischen+OU=b/CN= Zäh;le#' -multivalue-rdn -out same-name
    cat leaf.pem same-name >bad
    cert_show bad
    assert_failure 1
    assert_line 'signed_by_next other-key'
}

@test "a signature that cannot be checked here is unknown, and no failure" {
    openssl genpkey -algorithm ed25519 -out ed.key
    openssl req -x509 -key ed.key -days 1 -subj /CN=ed -out ed.pem
    cert_show ed.pem
    assert_success
    assert_line 'key 1.3.101.112'
    assert_line 'self_signed unknown'
    cat ed.pem ed.pem >twice
    cert_show twice
    assert_success
    assert_line 'signed_by_next unknown'
}

@test "the key that belongs to the first certificate, and one that does not" {
    cert_show -k leaf.key chain.pem
    assert_success
    assert_equal "$(tail -n 1 <<<"$output")" 'key_matches yes'
    cert_show -k root.key chain.pem
    assert_failure 1
    assert_equal "$(tail -n 1 <<<"$output")" 'key_matches no'
    assert_line 'signed_by_next yes'
    cert_show -j -k root.key chain.pem
    assert_failure 1
    assert_equal "$(python3 -c 'import json,sys; print(json.load(sys.stdin)["key_matches"])' <<<"$output")" False
    refuses 'missing: no such file' -k missing chain.pem
    refuses 'chain.pem: not a private key' -k chain.pem chain.pem
}

@test "the same as one JSON document" {
    cert_show -j chain.pem
    assert_success
    printf '%s' "$output" >json
    run python3 - <<'PYTHON'
import json
document = json.load(open("json"))
assert list(document) == ["certificates"]
leaf, inter, root = document["certificates"]
assert list(leaf) == ["subject", "issuer", "serial", "not_before", "not_after", "dns", "ip", "other", "key", "pin",
    "key_id", "authority_key_id", "ca", "must_staple", "self_signed", "signed_by_next"], list(leaf)
assert leaf["subject"] == "" and leaf["dns"] == ["www.example.com", "*.Example.com"]
assert leaf["ip"] == ["192.0.2.1", "2001:db8::1"] and leaf["must_staple"] is True and leaf["ca"] is False
assert inter["subject"] == leaf["issuer"] == r"CN=\ Z\C3\A4h\;le#,O=Zwischen+OU=b,C=DE"
assert inter["dns"] == [] and root["authority_key_id"] == "" and root["ca"] is True
assert root["self_signed"] == "yes" and "signed_by_next" not in root
assert leaf["signed_by_next"] == inter["signed_by_next"] == "yes"
print(root["subject"])
PYTHON
    assert_success
    assert_output 'CN=Root \"1\",O=Test\, Inc.,C=US'
}

@test "standard input, a name of it, DER, CRLF, text between, other blocks: all the same" {
    "$BIN/cert-show" chain.pem >expected
    "$BIN/cert-show" <chain.pem | cmp - expected
    "$BIN/cert-show" - <chain.pem | cmp - expected
    sed 's/$/\r/' chain.pem | "$BIN/cert-show" | cmp - expected
    { echo 'subject: a'; cat leaf.pem; printf '\n  text\n'; cat leaf.key inter.pem; echo; cat root.pem; echo end; } |
        "$BIN/cert-show" | cmp - expected
    tr -d '\n' <<<"$(cat leaf.pem)" | sed 's/-----BEGIN CERTIFICATE-----/&\n/; s/-----END/\n&/' >long
    "$BIN/cert-show" leaf.pem >expected
    "$BIN/cert-show" long | cmp - expected
    openssl x509 -in leaf.pem -outform DER | "$BIN/cert-show" | cmp - expected
    openssl x509 -in leaf.pem -outform DER >der
    "$BIN/cert-show" der | cmp - expected
}

@test "subjects, issuers, serial numbers and pins of the system's roots are what openssl says" {
    local bundle=/etc/ssl/certs/ca-certificates.crt n
    [ -e "$bundle" ] || skip "no $bundle"
    run -1 --separate-stderr "$BIN/cert-show" "$bundle"
    grep -E '^(subject|issuer|serial|not_after) ' <<<"$output" >ours
    n=$(grep -c '^-----BEGIN' "$bundle")
    assert_equal "$(grep -c '^certificate ' <<<"$output")" "$n"
    csplit -s -z -f root- -n 4 "$bundle" '/-----BEGIN/' '{*}'
    for file in root-[0-9]*; do
        openssl x509 -in "$file" -noout -subject -issuer -serial -enddate -dateopt iso_8601 -nameopt RFC2253
    done | sed 's/^\([a-z]*\)=/\1 /; s/^serial.*/\L&/; s/^notAfter=\([^ ]*\) \(.*\)/not_after \1T\2/' >theirs
    cmp ours theirs
    refute grep -q '^self_signed no' <<<"$output"
}

@test "names of bytes that do no good to a terminal are escaped" {
    openssl req -x509 -key leaf.key -days 1 -subj "/CN=a$(printf '\033')[2J" -addext "subjectAltName=DNS:$(printf 'a\033[2J b')" -out evil
    cert_show evil
    assert_success
    assert_line 'subject CN=a\1B[2J'
    assert_line 'dns a\x1b[2J\x20b'
    [[ $output != *$'\e'* ]]
    cert_show -j evil
    [[ $output != *$'\e'* ]]
    python3 -m json.tool <<<"$output"
}

@test "what is no certificate is refused, whole" {
    : >empty
    echo text >text
    refuses 'cert-show: fatal: no certificate' empty
    refuses 'no certificate' text
    refuses 'no certificate' leaf.key
    refuses 'missing: no such file' missing
    refuses '.: not a regular file' .
    sed 4d leaf.pem >damaged
    refuses 'certificate 1: malformed' damaged
    cat leaf.pem damaged >damaged-second
    refuses 'certificate 2: malformed' damaged-second
    head -n 5 leaf.pem >short
    refuses 'malformed PEM behind certificate 0' short
    cat leaf.pem short >short-second
    refuses 'malformed PEM behind certificate 1' short-second
    openssl x509 -in leaf.pem -outform DER >der
    { cat der; printf '\0'; } >longer
    refuses 'certificate 1: malformed' longer
    head -c 300 der >shorter
    refuses 'certificate 1: malformed' shorter
    head -c 1048577 /dev/zero >large
    refuses 'large: too large' large
    run --separate-stderr "$BIN/cert-show" <large
    assert_failure 100
    assert_equal "$stderr" 'cert-show: fatal: standard input: too long'
}

@test "wrong usage is 100, and asking for it is not" {
    refuses 'usage: cert-show ' a b
    refuses 'usage: cert-show ' -x
    cert_show -h
    assert_success
    assert_output 'usage: cert-show [-j] [-k key] [file]'
}
