#!/usr/bin/env bats
# sim-pki: a test root and all under it, judged by openssl.
# shellcheck disable=SC2154 # run sets stderr
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=60

setup() {
    load serving
    serving_setup
    JUDGE=$BATS_TEST_DIRNAME/peer/sim-openssl
    mkdir here
    cd here || return
}

teardown() {
    serving_teardown
}

sim_pki() { # argument...
    run --separate-stderr "$BIN/sim-pki" "$@"
}

makes() { # argument...
    sim_pki "$@"
    assert_success
    assert_output ''
    assert_equal "$stderr" ''
}

refuses() { # text argument...
    sim_pki "${@:2}"
    assert_failure 100
    assert_output ''
    [[ $stderr = *"$1"* ]] || { echo "$stderr"; return 1; }
}

# openssl's word on a certificate (file), with every revocation list there is looked at.
judge() { # directory file [openssl verify argument...]
    local list
    for list in root_ca_crl platform_crl processor_crl; do
        openssl crl -inform DER -in "$1/$list.der"
    done >lists.pem
    run openssl verify -x509_strict -crl_check_all -CAfile "$1/test_root.pem" -CRLfile lists.pem \
        -untrusted "$1/pck_chain.pem" "${@:3}" "$1/$2"
}

FILES='app-compose.json attestation.key eventlog.json pck.key pck_chain.pem pck_crl.der
pck_crl_issuer_chain.pem platform platform_ca.key platform_ca.pem platform_crl.der
processor_ca.key processor_ca.pem processor_crl.der qe_identity.json
qe_identity_issuer_chain.pem root.key root_ca_crl.der tcb_info.json
tcb_info_issuer_chain.pem tcb_signing.key test_root.pem'

@test "a directory has all that there is to be, silently, and keys for their owner alone" {
    umask 022
    makes dir
    # shellcheck disable=SC2086 # a list
    assert_equal "$(ls -A dir)" "$(printf '%s\n' $FILES)"
    assert_equal "$(stat -c %a dir/*.key | sort -u)" 600
    assert_equal "$(stat -c %a dir/*.json dir/*.pem dir/*.der dir/platform | sort -u)" 644
    umask 000
    makes other
    assert_equal "$(stat -c %a other/*.key | sort -u)" 600
}

@test "openssl verifies every certificate, strictly and with every revocation list" {
    makes dir
    for file in test_root.pem pck_chain.pem pck_crl_issuer_chain.pem platform_ca.pem \
        processor_ca.pem tcb_info_issuer_chain.pem qe_identity_issuer_chain.pem; do
        judge dir "$file"
        assert_success
        assert_output "dir/$file: OK"
    done
    for list in root_ca:test_root pck:pck_crl_issuer_chain platform:platform_ca processor:processor_ca; do
        run openssl crl -inform DER -in "dir/${list%:*}_crl.der" -CAfile "dir/${list#*:}.pem" -noout
        assert_output --partial 'verify OK'
    done
    run openssl crl -inform DER -in dir/pck_crl.der -noout -text
    assert_output --partial 'X509v3 CRL Number'
    assert_output --partial 'X509v3 Authority Key Identifier'
    assert_output --partial 'No Revoked Certificates'
}

@test "every name says TEST, and nothing says Intel but what it is not" {
    makes dir
    for file in test_root pck_chain platform_ca processor_ca tcb_info_issuer_chain; do
        run openssl x509 -in "dir/$file.pem" -noout -subject -issuer -nameopt RFC2253
        assert_success
        assert_line --index 0 --regexp '^subject=C=XX,ST=TEST,L=TEST,O=TEST - not Intel Corporation,CN=TEST SGX '
        assert_line --index 1 --regexp '^issuer=C=XX,ST=TEST,L=TEST,O=TEST - not Intel Corporation,CN=TEST SGX '
    done
    assert_equal "$(openssl x509 -in dir/pck_chain.pem -noout -subject | sed 's/.*CN = //; s/,.*//')" \
        'TEST SGX PCK Certificate'
    assert_equal "$(grep -rahoiE '.{4}intel' dir | sort -u)" 'not Intel'
}

@test "keys belong to their certificates" {
    makes dir
    for pair in root:test_root platform_ca:platform_ca processor_ca:processor_ca pck:pck_chain \
        tcb_signing:tcb_info_issuer_chain; do
        assert_equal "$(openssl pkey -in "dir/${pair%:*}.key" -pubout)" \
            "$(openssl x509 -in "dir/${pair#*:}.pem" -noout -pubkey)"
    done
    openssl pkey -in dir/attestation.key -noout -check
    assert_equal "$(openssl pkey -in dir/pck.key -noout -text | grep -c prime256v1)" 1
}

@test "the SGX extension says what was asked, as openssl reads it" {
    makes -o fmspc=0102030405a0 -o pceid=0700 -o ppid=00112233445566778899aabbccddeeff \
        -o cpu-svn=000102030405060708090a0b0c0dff80 -o pce-svn=65535 -o sgx-type=2 \
        -o instance=ffeeddccbbaa99887766554433221100 -o cached-keys=yes -o smt=no dir
    run "$JUDGE" extension dir/pck_chain.pem
    assert_success
    assert_output '.1 OCTET-STRING 00112233445566778899AABBCCDDEEFF
.2.1 INTEGER 00
.2.2 INTEGER 01
.2.3 INTEGER 02
.2.4 INTEGER 03
.2.5 INTEGER 04
.2.6 INTEGER 05
.2.7 INTEGER 06
.2.8 INTEGER 07
.2.9 INTEGER 08
.2.10 INTEGER 09
.2.11 INTEGER 0A
.2.12 INTEGER 0B
.2.13 INTEGER 0C
.2.14 INTEGER 0D
.2.15 INTEGER FF
.2.16 INTEGER 80
.2.17 INTEGER FFFF
.2.18 OCTET-STRING 000102030405060708090A0B0C0DFF80
.3 OCTET-STRING 0700
.4 OCTET-STRING 0102030405A0
.5 ENUMERATED 02
.6 OCTET-STRING FFEEDDCCBBAA99887766554433221100
.7.1 BOOLEAN 255
.7.2 BOOLEAN 255
.7.3 BOOLEAN 0'
    makes -o ca=processor other
    run "$JUDGE" extension other/pck_chain.pem
    assert_line --index 21 '.5 ENUMERATED 01'
    assert_equal "${#lines[@]}" 22
    judge other pck_chain.pem
    assert_success
}

@test "TCB info and QE identity are signed over their very bytes" {
    makes -o status='a "status"' dir
    run "$JUDGE" json tcbInfo dir/tcb_info.json dir/tcb_info_issuer_chain.pem
    assert_success
    run "$JUDGE" json enclaveIdentity dir/qe_identity.json dir/qe_identity_issuer_chain.pem
    assert_success
    sed -i 's/"tcbType":0/"tcbType":1/' dir/tcb_info.json
    run "$JUDGE" json tcbInfo dir/tcb_info.json dir/tcb_info_issuer_chain.pem
    assert_failure
    assert_equal "$(python3 -c 'import json; print(json.load(open("dir/tcb_info.json"))["tcbInfo"]["tcbLevels"][0]["tcbStatus"])')" 'a "status"'
}

@test "statuses, advisories and levels are where they belong" {
    makes -o status=ConfigurationNeeded -o advisories=A,B -o module-status=OutOfDate \
        -o qe-level=7:Revoked:C -o qe-level=3:UpToDate -o evaluation=5 dir
    run python3 - <<'PYTHON'
import json
info = json.load(open("dir/tcb_info.json"))["tcbInfo"]
level = info["tcbLevels"][0]
print(level["tcbStatus"], level["advisoryIDs"], info["tcbEvaluationDataNumber"])
module = next(m for m in info["tdxModuleIdentities"] if m["id"] == "TDX_01")
print(module["tcbLevels"][0]["tcbStatus"], module["tcbLevels"][0]["tcb"])
for level in json.load(open("dir/qe_identity.json"))["enclaveIdentity"]["tcbLevels"]:
    print(level["tcb"], level["tcbStatus"], level.get("advisoryIDs"))
PYTHON
    assert_success
    assert_output "ConfigurationNeeded ['A', 'B'] 5
OutOfDate {'isvsvn': 5}
{'isvsvn': 7} Revoked ['C']
{'isvsvn': 3} UpToDate None"
}

@test "openssl sees what is revoked" {
    makes -o revoke=pck pck
    judge pck pck_chain.pem
    assert_failure
    assert_output --partial 'certificate revoked'
    judge pck platform_ca.pem
    assert_success
    makes -o revoke=platform-ca ca
    judge ca pck_chain.pem
    assert_failure
    assert_output --partial 'certificate revoked'
    judge ca processor_ca.pem
    assert_success
    makes -o revoke=signer signer
    judge signer tcb_info_issuer_chain.pem
    assert_output --partial 'certificate revoked'
}

@test "openssl sees what has expired, and what is not yet valid" {
    local what
    for what in 'pck-until=-1d:certificate has expired' 'pck-from=+1d:certificate is not yet valid' \
        'root-until=-1d:certificate has expired' \
        'pck-crl-until=-1d:CRL has expired' 'root-crl-from=+1d:CRL is not yet valid'; do
        makes -f -o "${what%%:*}" dir
        judge dir pck_chain.pem
        assert_failure
        assert_output --partial "${what#*:}"
    done
    makes -f -o fault=ca-is-none dir
    judge dir pck_chain.pem
    assert_failure
}

@test "the time is the one that was given" {
    makes -T 2030-02-28T23:00:00Z -o pck-until=+3d -o tcb-info-until=2031-01-01T00:00:00Z \
        -o qe-identity-from=1900000000 dir
    run openssl x509 -in dir/pck_chain.pem -noout -dates
    assert_output 'notBefore=Feb 27 23:00:00 2030 GMT
notAfter=Mar  3 23:00:00 2030 GMT'
    run cat dir/tcb_info.json
    assert_output --partial '"issueDate":"2030-02-27T23:00:00Z","nextUpdate":"2031-01-01T00:00:00Z"'
    run cat dir/qe_identity.json
    assert_output --partial '"issueDate":"2030-03-17T17:46:40Z"'
    judge dir pck_chain.pem -attime 1898550000
    assert_success
}

@test "the same seed makes the same bytes, another one or none makes others" {
    makes -S seed a
    makes -S seed b
    makes -S Seed c
    makes d
    makes e
    diff -r a b
    for file in root.key pck.key attestation.key pck_chain.pem tcb_info.json; do
        refute cmp -s "a/$file" "c/$file"
        refute cmp -s "d/$file" "e/$file"
    done
    makes -S seed -T 2027-01-01T00:00:00Z later
    cmp a/root.key later/root.key
    refute cmp -s a/test_root.pem later/test_root.pem
}

@test "what is there is not written over, unless it may be" {
    makes -S seed dir
    cp -a dir copy
    refuses 'sim-pki: fatal: dir: there is one already' dir
    refuses 'there is one already' -S other dir
    diff -r dir copy
    echo mine >dir/mine
    chmod 644 dir/root.key
    makes -f -S other dir
    refute cmp -s dir/root.key copy/root.key
    assert_equal "$(stat -c %a dir/root.key)" 600
    assert_equal "$(cat dir/mine)" mine
    makes -f -S other -o tee=sgx dir
    [ ! -e dir/eventlog.json ]
    makes -f new
    echo file >file
    refuses 'file: ' file
    refuses 'file: Not a directory' -f file
    assert_equal "$(cat file)" file
    refuses 'missing/dir: No such file or directory' missing/dir
    assert_equal "$(find . -name '.new-*')" ''
}

@test "documents have the members of Intel's, in their order" {
    local data=$BATS_TEST_DIRNAME/../../shared/data/tdx
    [ -d "$data" ] || skip 'there is no shared data'
    makes -o qe-level=4:UpToDate tdx
    makes -o tee=sgx -o ca=processor -o qe-level=8:UpToDate \
        -o level=03030202040100030000000000000000:13::UpToDate sgx
    local documents=(tcb_info.json qe_identity.json)
    local all=("${documents[@]}" test_root.pem pck_crl_issuer_chain.pem tcb_info_issuer_chain.pem
        qe_identity_issuer_chain.pem)
    diff <(cd tdx && "$JUDGE" form "${all[@]}") <(cd "$data/s00-synth-uptodate" && "$JUDGE" form "${all[@]}")
    diff <(cd sgx && "$JUDGE" form "${documents[@]}") \
        <(cd "$data/s37-sgx3-processor" && "$JUDGE" form "${documents[@]}")
    cd tdx
    run "$JUDGE" form "${all[@]}"
    assert_line --regexp '^ +tcbStatus str$'
    assert_line 'X509v3 Basic Constraints critical'
    cd ..
    for file in "$data"/s00-synth-uptodate/*; do
        case ${file##*/} in
        case.json | quote.bin) ;;
        *) [ -e "tdx/${file##*/}" ] ;;
        esac
    done
}

@test "a disk that is full is said, and is another matter than wrong usage" {
    [ "${CHECK_FLAVOUR-}" != san ] || skip 'the sanitizers write to files of their own'
    run bash -c 'trap "" XFSZ; ulimit -f 0; "$@" 2>&1 | cat; exit "${PIPESTATUS[0]}"' - "$BIN/sim-pki" dir
    assert_failure 111
    assert_output 'sim-pki: fatal: attestation.key: File too large'
    assert_equal "$(ls -A dir)" ''
}

@test "wrong usage is 100, and asking for it is not" {
    refuses 'usage: sim-pki '
    refuses 'usage: sim-pki ' a b
    refuses 'usage: sim-pki ' -x a
    refuses 'usage: sim-pki ' -S '' a
    refuses '-o: fmspc=1: cannot have this value' -o fmspc=1 a
    refuses '-o: nonsense=1: there is nothing of this name' -o nonsense=1 a
    refuses '-o: root-name=Intel: cannot have this value' -o root-name=Intel a
    refuses '\x1b[2J' -o $'status=\e[2J' a
    refuses '-T: ' -T yesterday a
    refuses '-T: ' -T '' a
    assert_equal "$(ls -A)" ''
    sim_pki -h
    assert_success
    assert_output 'usage: sim-pki [-f] [-o name=value] ... [-S seed] [-T time] dir'
}
