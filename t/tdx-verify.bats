#!/usr/bin/env bats
# tdx-verify: quotes, verified whole and held against a policy.
# shellcheck disable=SC2154 # run sets stderr
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=120

NOW=1780315200 # 2026-06-01T12:00:00Z

# Machines are made where nothing waits for a disk: each is some twenty files, all of them synced.
setup_file() {
    local bin
    bin=$(readlink -m "${BIN:-$BATS_TEST_DIRNAME/../build/bin}")
    MADE=$(mktemp -d /dev/shm/tdx-verify.XXXXXX 2>/dev/null) || MADE=$BATS_FILE_TMPDIR
    export MADE
    "$bin/sim-pki" -S seed -T "$NOW" "$MADE/machine"
    "$bin/sim-quote" -d 6e6f6e6365 "$MADE/machine" >"$MADE/quote"
}

teardown_file() {
    rm -rf "$MADE"
}

setup() {
    load serving
    serving_setup
    CASES=$BATS_TEST_DIRNAME/../../shared/data/tdx
    MACHINE=$MADE/machine
    QUOTE=$MADE/quote
}

teardown() {
    serving_teardown
}

# verify ARGUMENT...: the quote $QUOTE of the machine $MACHINE.
verify() {
    run --separate-stderr "$BIN/tdx-verify" -c "$MACHINE" -r "$MACHINE/test_root.pem" -T "$NOW" "$@" <"$QUOTE"
}

accepts() { # argument...
    verify "$@"
    assert_success
    assert_equal "$stderr" ''
    assert_line --index 0 'verdict accept'
    assert_line --index 1 'reason -'
}

rejects() { # reason what argument...
    verify "${@:3}"
    assert_failure 1
    assert_equal "$stderr" ''
    assert_line --index 0 'verdict reject'
    assert_line --index 1 "reason $1"
    assert_line --index 2 "what $2"
}

unusable() { # text argument...
    verify "${@:2}"
    assert_failure 100
    assert_output ''
    [[ $stderr = *"$1"* ]] || { echo "$stderr"; return 1; }
}

# value NAME: of the last output.
value() {
    sed -n "s/^$1 //p" <<<"$output"
}

# row REASON STATUS SETTING... [-- ARGUMENT...]: what comes of the quote that sim-quote makes with these
# arguments, of a machine with these settings. "-" is no reason; an empty status is none.
row() {
    local reason=$1 wanted=$2 settings=()
    shift 2
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        settings+=(-o "$1")
        shift
    done
    [ $# -eq 0 ] || shift
    "$BIN/sim-pki" -f -S seed -T "$NOW" "${settings[@]}" "$MADE/made"
    "$BIN/sim-quote" -d 00 "$@" "$MADE/made" >quote
    MACHINE=$MADE/made QUOTE=quote verify
    printf '# %-12s %-36s %s\n' "$(value reason)" "$(value tcb_status)" "${settings[*]//-o /} $*" >&3
    [ "$status" = "$([ "$reason" = - ] && echo 0 || echo 1)" ] && [ "$(value reason)" = "$reason" ] &&
        [ "$(value tcb_status)" = "$wanted" ] && [ -z "$stderr" ] && return
    printf 'wanted: %s %s\n%s\n%s\n' "$reason" "$wanted" "$output" "$stderr"
    return 1
}

# flip OFFSET [BYTE]: a byte of the file "quote".
flip() {
    printf '%b' "\\x${2:-ff}" | dd of=quote bs=1 seek="$1" conv=notrunc status=none
}

@test "every case with a known answer is answered so" {
    [ -d "$CASES" ] || skip "no cases with answers beside the project"
    run "$BATS_TEST_DIRNAME/peer/tdx-cases" "$BIN/tdx-verify" "$CASES"
    # shellcheck disable=SC2001 # each line
    sed 's/^/# /' <<<"$output" >&3
    assert_success
    assert_line --partial ' 0 wrong'
}

# It differs in three cases, and why stands in the table.
@test "another verifier says the same of genuine quotes, but where it is known why not" {
    local npm=$BATS_TEST_DIRNAME/../build/peers/npm
    [ -d "$CASES" ] || skip "no cases with answers beside the project"
    [ -d "$npm/node_modules/@phala/dcap-qvl" ] || skip 'dcap-qvl was not installed: run mk/deps npm'
    run "$BATS_TEST_DIRNAME/peer/tdx-cases" "$BIN/tdx-verify" "$CASES" "$npm"
    # shellcheck disable=SC2001 # each line
    sed 's/^/# /' <<<"$output" >&3
    assert_success
    assert_line '11 cases, 5 accepted, 0 wrong'
    [ "$(grep -c ' peer: .* (' <<<"$output")" = 3 ]
}

@test "every status of a platform, its module and its quoting enclave" {
    local s
    row - UpToDate
    for s in SWHardeningNeeded ConfigurationNeeded ConfigurationAndSWHardeningNeeded OutOfDate \
        OutOfDateConfigurationNeeded Revoked; do
        row status "$s" "status=$s"
    done
    row status OutOfDate module-status=OutOfDate
    row status OutOfDateConfigurationNeeded module-status=OutOfDate status=ConfigurationNeeded
    row status OutOfDate qe-status=OutOfDate status=SWHardeningNeeded
    row status Revoked module-status=Revoked
    row status Revoked qe-status=Revoked
    row status OutOfDate -- -m tee_tcb_svn=04010600000000000000000000000000
    row collateral '' status=uptodate
    row collateral '' status=TDRelaunchAdvised
    row collateral '' qe-status=SWHardeningNeeded
}

@test "a TD that a new start would bring up to date" {
    local old=tee_tcb_svn=04010600000000000000000000000000
    row status TDRelaunchAdvised -- -V 5 -m "$old"
    row status TDRelaunchAdvisedConfigurationNeeded status=ConfigurationNeeded -- -V 5 -m "$old"
    row status OutOfDate status=OutOfDate -- -V 5 -m "$old"
    row - UpToDate -- -V 5
    row - UpToDate -- -V 5 -b td15ex
    row - UpToDate -- -V 5 -b td10
    # What runs now is older than what it was started with, and not for sale as up to date.
    row status UpToDate -- -V 5 -m "tee_tcb_svn_2=${old#*=}"
    assert_equal "$(value what), $(value current_status)" 'what runs now is worse than what is admitted, OutOfDate'
    QUOTE=quote MACHINE=$MADE/made accepts -a OutOfDate
    row status Revoked module-status=Revoked -- -V 5 -m "tee_tcb_svn_2=${old#*=}"
    row unsupported '' -- -V 5 -m tee_tcb_svn_2=05010000000000000000000000000000
    row module '' -- -V 5 -m tee_tcb_svn_2=05070600000000000000000000000000
}

@test "enclaves, and the other CA" {
    row - UpToDate tee=sgx
    row - UpToDate tee=sgx ca=processor
    row - UpToDate ca=processor
    row - UpToDate tee=sgx -- -V 5 -b sgx
    row status SWHardeningNeeded tee=sgx ca=processor status=SWHardeningNeeded
    row debug UpToDate tee=sgx -- -m attributes=07000000000000000700000000000000
}

@test "what is revoked, expired, not yet valid" {
    local what
    for what in pck platform-ca signer root; do
        row revoked '' "revoke=$what"
    done
    row revoked '' ca=processor revoke=ca
    local all=(root platform-ca pck signer root-crl pck-crl tcb-info qe-identity)
    # To the second: the first and the last one are good.
    for what in "${all[@]}"; do
        row expired '' "$what-from=2026-06-01T12:00:01Z"
        row expired '' "$what-until=2026-06-01T11:59:59Z"
    done
    row - UpToDate "${all[@]/%/-from=2026-06-01T12:00:00Z}"
    row - UpToDate "${all[@]/%/-until=2026-06-01T12:00:00Z}"
}

@test "chains and lists that are not as Intel's" {
    row chain '' fault=ca-is-none
    row chain '' 'pck-name=TEST SGX PCK Something'
    row chain '' 'platform-ca-name=TEST SGX TCB Signing'
    row chain '' 'root-name=TEST SGX Root'
    row collateral '' 'signer-name=TEST SGX PCK Certificate'
    row collateral '' fault=no-crl-number
    row collateral '' fault=no-crl-aki
    row collateral '' fault=tcb-by-pck
    row collateral '' fault=qe-by-pck
}

@test "what does not belong together" {
    row mismatch '' tcb-fmspc=010203040506
    row mismatch '' tcb-pceid=0100
    row mismatch '' tcb-id=SGX
    row collateral '' tcb-id=XXX
    row mismatch '' qe-id=QE
    row collateral '' qe-id=QVE
    row qe '' -- -m "qe_report_data_2=$(printf '01%.0s' {1..32})"
    row qe '' -- -m "qe_mr_signer=$(printf '01%.0s' {1..32})"
    row qe '' -- -m qe_isv_prod_id=0100
    row qe '' -- -m qe_misc_select=01000000
    row qe '' -- -m qe_attributes=17000000000000000700000000000000
    row module '' -- -m "mr_signer_seam=$(printf '01%.0s' {1..48})"
    row module '' -- -m seam_attributes=0100000000000000
    row module '' -- -m tee_tcb_svn=05070600000000000000000000000000
    row unsupported '' -- -m tee_tcb_svn=00010600000000000000000000000000
    row unsupported '' -- -m tee_tcb_svn=05010000000000000000000000000000
    row unsupported '' -- -m qe_isv_svn=0000
    row unsupported '' level=ffffffffffffffffffffffffffffffff:13::UpToDate
    row debug UpToDate -- -m td_attributes=0100000000000000
    row debug UpToDate -- -m td_attributes=8000000000000000
    row - UpToDate -- -m qe_auth=
    row - UpToDate -- -m "qe_auth=$(printf '00%.0s' {1..300})"
}

# A status says something of what is genuine, and takes nothing off what has to be checked.
@test "what is revoked or out of date is verified like the rest" {
    local s
    for s in Revoked OutOfDate; do
        row expired '' "qe-status=$s" pck-until=-1d pck-from=-2d
        row chain '' "qe-status=$s" fault=ca-is-none
        row qe '' "qe-status=$s" -- -m "qe_mr_signer=$(printf '01%.0s' {1..32})"
        row module '' "module-status=$s" -- -m "mr_signer_seam=$(printf '01%.0s' {1..48})"
        row debug "$s" "status=$s" -- -m td_attributes=0100000000000000
    done
    row status Revoked qe-status=Revoked
    flip 200
    MACHINE=$MADE/made QUOTE=quote rejects signature 'signature of the quote' -a Revoked
}

@test "a header that nobody supports, parts of two quotes, of two machines" {
    local what
    while read -r what; do
        cp "$QUOTE" quote
        # shellcheck disable=SC2086 # offset, byte
        flip ${what%% -*}
        QUOTE=quote verify
        assert_equal "$status $(value reason)" "1 ${what##*- }"
    done <<'END'
0 06 - unsupported
0 02 - unsupported
1 01 - unsupported
2 03 - unsupported
4 00 - parse
4 82 - unsupported
12 00 - unsupported
28 ff - signature
632 00 - parse
END
    # The body of one and the signature of another, which the same machine made.
    "$BIN/sim-quote" -d 00 "$MACHINE" >other
    { head -c 632 other; tail -c +633 "$QUOTE"; } >quote
    QUOTE=quote rejects signature 'signature of the quote'
    # Another machine under the same root, and the collateral of this one.
    "$BIN/sim-pki" -f -S seed -T "$NOW" -o fmspc=010203040506 "$MADE/made"
    cmp "$MADE/made/test_root.pem" "$MACHINE/test_root.pem"
    "$BIN/sim-quote" -d 00 "$MADE/made" >quote
    QUOTE=quote rejects mismatch 'TCB info is of another FMSPC'
    { head -c 632 "$QUOTE"; tail -c +633 quote; } >spliced
    MACHINE=$MADE/made QUOTE=spliced rejects signature 'signature of the quote'
}

@test "what is said of a quote that is accepted, line by line" {
    accepts
    assert_line --index 2 'what -'
    assert_equal "$(value tee) $(value quote_version) $(value debug) $(value pck_ca)" 'tdx 4 no platform'
    assert_equal "$(value tcb_status) $(value platform_status) $(value module_status) $(value qe_status)" \
        'UpToDate UpToDate UpToDate UpToDate'
    assert_equal "$(value tcb_date) $(value tcb_evaluation)" '2025-05-31T00:00:00Z 20'
    assert_equal "$(value next_update)" 2036-05-29T12:00:00Z
    assert_equal "$(value fmspc)" b0c06f000000
    assert_equal "$(value report_data)" "6e6f6e6365$(printf '0%.0s' {1..118})"
    assert_equal "$(value attributes) $(value xfam)" '0000001000000000 e702060000000000'
    [[ $(value mrtd) =~ ^[0-9a-f]{96}$ && $(value rtmr3) =~ ^[0-9a-f]{96}$ ]]
    assert_equal "$(value current_status)$(value tee_tcb_svn_2)$(value mrenclave)" ''
}

@test "-j is one document, and says the same" {
    accepts
    local said=$output
    verify -j
    assert_success
    run python3 - "$said" "$output" <<'END'
import json, sys
document, lines = json.loads(sys.argv[2]), {}
for line in sys.argv[1].split('\n'):
    name, value = line.split(' ', 1)
    lines[name] = value
assert document.pop('advisory_ids') == [] and 'advisory_ids' not in lines
for name, value in document.items():
    value = {True: 'yes', False: 'no', '': '-'}.get(value, str(value)) if not isinstance(value, int) or isinstance(value, bool) else str(value)
    assert lines.pop(name) == value, name
assert not lines
END
    assert_success
}

@test "advisories of platform, module and quoting enclave, each once" {
    "$BIN/sim-pki" -f -S seed -T "$NOW" -o status=SWHardeningNeeded -o advisories=A-1,A-2 -o qe-advisories=A-2,A-3 \
        -o module-advisories=A-1,A-4 "$MADE/made"
    "$BIN/sim-quote" -d 00 "$MADE/made" >quote
    MACHINE=$MADE/made QUOTE=quote
    rejects status SWHardeningNeeded
    assert_equal "$(value advisory_ids | sort | tr '\n' ' ')" 'A-1 A-2 A-3 A-4 '
    verify -j
    run "$BIN/json-get" .tcb_status .verdict .reason .advisory_ids <<<"$output"
    assert_line --index 1 reject
    assert_line --index 3 '["A-1","A-2","A-3","A-4"]'
    accepts -a SWHardeningNeeded
    rejects status SWHardeningNeeded -a OutOfDate,ConfigurationNeeded
    accepts -a OutOfDate -a SWHardeningNeeded -A A-1 -A A-2 -A A-3 -A A-4
    rejects status 'an advisory that is not admitted' -a SWHardeningNeeded -A A-1 -A A-2 -A A-3
    # What is up to date may have some too, and they are not looked at.
    "$BIN/sim-pki" -f -S seed -T "$NOW" -o advisories=A-9 "$MADE/made"
    "$BIN/sim-quote" -d 00 "$MADE/made" >quote
    accepts -a SWHardeningNeeded -A A-1
    assert_line 'advisory_ids A-9'
}

@test "nothing is said of a quote that is not genuine but why" {
    cp "$QUOTE" quote
    printf '\xff' | dd of=quote bs=1 seek=200 conv=notrunc status=none
    QUOTE=quote rejects signature 'signature of the quote'
    [ "$(wc -l <<<"$output")" = 3 ]
    QUOTE=quote verify -j
    assert_output '{"verdict":"reject","reason":"signature","what":"signature of the quote"}'
}

@test "hexadecimal, and bytes behind the quote" {
    { printf 0x; od -An -v -tx1 "$QUOTE" | tr -d ' '; } >quote
    QUOTE=quote accepts
    sed 's/^0x//' quote | tr a-f A-F >upper
    QUOTE=upper accepts
    { cat "$QUOTE"; head -c 3000 /dev/zero; } >quote
    QUOTE=quote accepts
    { cat "$QUOTE"; echo text; } >quote
    QUOTE=quote accepts
}

@test "what is no quote at all" {
    QUOTE=/dev/null unusable 'standard input: no quote'
    printf 'zz' >quote
    QUOTE=quote rejects parse 'it ends early'
    printf '0x123' >quote
    QUOTE=quote unusable 'neither a quote nor one in hexadecimal'
    head -c 200000 /dev/zero >quote
    QUOTE=quote unusable 'longer than'
}

@test "the same collateral as one document" {
    python3 - "$MACHINE" <<'END'
import json, os, sys
def read(name): return open(os.path.join(sys.argv[1], name), 'rb').read()
def member(name, key):
    text = read(name).decode()
    return text[len('{"%s":' % key):text.rindex(',"signature"')], json.loads(text)['signature']
out = {'pck_crl': read('pck_crl.der').hex(), 'root_ca_crl': read('root_ca_crl.der').hex()}
for name in 'pck_crl', 'tcb_info', 'qe_identity':
    out[name + '_issuer_chain'] = read(name + '_issuer_chain.pem').decode()
out['tcb_info'], out['tcb_info_signature'] = member('tcb_info.json', 'tcbInfo')
out['qe_identity'], out['qe_identity_signature'] = member('qe_identity.json', 'enclaveIdentity')
json.dump(out, open('collateral.json', 'w'))
END
    accepts
    local said=$output
    accepts -c .
    assert_output "$said"
    sed -i 's/"pck_crl": "30/"pck_crl": "3/' collateral.json
    rejects collateral 'collateral.json is malformed' -c .
    sed -i 's/"pck_crl": /"pck_crk": /' collateral.json
    rejects collateral 'collateral.json is malformed' -c .
}

@test "collateral that is not there may come" {
    local name
    for name in tcb_info.json root_ca_crl.der; do
        mkdir "without-$name"
        cp "$MACHINE"/* "without-$name"
        rm "without-$name/$name"
        verify -c "without-$name"
        assert_failure 111
        assert_output ''
        assert_equal "$stderr" "tdx-verify: fatal: without-$name/$name: no such file"
    done
    mkdir one
    head -c 300000 /dev/zero >one/collateral.json
    verify -c one
    assert_failure 111
    assert_equal "$stderr" 'tdx-verify: fatal: one/collateral.json: too large'
    verify -c nowhere
    assert_failure 111
    assert_output ''
    head -c 100 "$QUOTE" >quote
    QUOTE=quote rejects parse 'it ends early' -c nowhere
}

@test "without -r the root is Intel's, and a look-alike is not" {
    run --separate-stderr "$BIN/tdx-verify" -c "$MACHINE" -T "$NOW" <"$QUOTE"
    assert_failure 1
    assert_line 'reason chain'
    assert_line 'what ends in a root that is not trusted'
    rejects chain 'ends in a root that is not trusted' -r "$MACHINE/platform_ca.pem"
    openssl x509 -in "$MACHINE/test_root.pem" -outform der -out root.der
    accepts -r root.der
}

@test "the clock is the system's without -T" {
    run --separate-stderr "$BIN/tdx-verify" -c "$MACHINE" -r "$MACHINE/test_root.pem" <"$QUOTE"
    assert_line --regexp '^reason (-|expired)$'
    rejects expired 'a certificate is not yet valid, or no longer' -T 0
}

@test "the report data is what was asked for" {
    accepts -d 6e6f6e6365
    accepts -d "6E6F6E6365$(printf '0%.0s' {1..118})"
    printf nonce >data
    accepts -D data
    rejects policy report_data -d 6e6f6e63
    rejects policy report_data -d 6e6f6e636501
    printf 'nonce\n' >data
    rejects policy report_data -D data
    unusable '-d: no report data' -d ''
    unusable '-d: not up to 64 bytes' -d "$(printf '0%.0s' {1..130})"
    unusable '-d: not up to 64 bytes' -d 0x00
    unusable '-D: missing: no such file' -D missing
    unusable 'usage: ' -d 00 -D data
}

@test "a policy made of what was said is met, and each other value is not" {
    local name
    accepts
    grep -E '^(mr|rtmr|attributes|xfam|report_data|fmspc|tee )' <<<"$output" >said
    accepts -p said
    while read -r name _; do
        # The first digit is another one.
        sed -E "/^$name /{s/ 0/ x/;s/ [1-9a-f]/ 0/;s/ x/ 1/;s/ [01]dx/ sgx/}" said >policy
        [ "$name" != tee ] || sed 's/^tee .*/tee sgx/' said >policy
        rejects policy "$name" -p policy
    done <said
}

@test "values of one name are alternatives, on one line or several" {
    local mrtd other
    accepts
    mrtd=$(value mrtd) other=$(printf '00%.0s' {1..48})
    printf '# which image\n\nmrtd %s\n  mrtd\t%s   # the new one\r\n' "$other" "${mrtd^^}" >policy
    accepts -p policy
    printf 'mrtd %s %s' "$other" "$mrtd" >policy
    accepts -p policy
    printf 'mrtd %s\nmrtd %s # %s' "$other" "$other" "$mrtd" >policy
    rejects policy mrtd -p policy
}

@test "masks, numbers that are at least, dates" {
    local line
    for line in 'attributes 0000001000000000' 'attributes 0000001000000000/ffffffff000000ff' \
        'attributes 0100001000000000/feffffffffffffff' 'xfam 0300000000000000/0300000000000000' 'tcb_evaluation 20' \
        'tcb_evaluation 0' 'tcb_date 2025-05-31T00:00:00Z' 'tcb_date 1999-01-01T00:00:00Z' 'tee tdx' 'tee sgx tdx' \
        'fmspc 000000000000 B0C06F000000' 'report_data 6e6f6e6365'; do
        echo "$line" >policy
        accepts -p policy
    done
    for line in 'attributes 0000001100000000/ffffffffffffffff' 'xfam 0000000000000000' 'tcb_evaluation 21' \
        'tcb_date 2025-05-31T00:00:01Z' 'tee sgx' "mrenclave $(printf '00%.0s' {1..32})" 'isvsvn 0' 'isvprodid 0' \
        "mrservicetd $(printf '00%.0s' {1..48})" 'fmspc 000000000000'; do
        echo "$line" >policy
        rejects policy "${line%% *}" -p policy
    done
}

@test "a policy for enclaves is none for TDs" {
    "$BIN/sim-pki" -f -S seed -T "$NOW" -o tee=sgx "$MADE/made"
    "$BIN/sim-quote" -d 00 -m isv_svn=0700 -m isv_prod_id=0102 "$MADE/made" >quote
    MACHINE=$MADE/made QUOTE=quote
    accepts
    grep -E '^(mr|tee |isv)' <<<"$output" >policy
    assert_equal "$(value isvsvn) $(value isvprodid) $(value quote_version)" '7 513 3'
    accepts -p policy
    echo 'isvsvn 8' >policy
    rejects policy isvsvn -p policy
    echo 'isvprodid 512' >policy
    rejects policy isvprodid -p policy
    echo "mrtd $(printf '00%.0s' {1..48})" >policy
    rejects policy mrtd -p policy
    rejects replay 'an enclave has no event log' -e "$MADE/machine/eventlog.json"
}

@test "a policy that is not understood is refused before anything is judged" {
    local line
    while read -r line; do
        printf 'tee tdx\n%s\n' "$line" >policy
        unusable '-p: policy: line 2: ' -p policy
    done <<'END'
MRTD 00
mrtd
mrtd 00
mrtd # 00
rtmr4 00
mrtd zz
attributes 0000001000000000/ff
attributes 0000001000000000/
attributes /0000001000000000
xfam 00
tcb_evaluation -1
tcb_evaluation 4294967296
tcb_date 2025-05-31
tee TDX
report_data 0
event
event compose-hash
compose-hash 0
no
END
    unusable '-p: missing: no such file' -p missing
    for line in '' $'\n# mrtd 00'; do
        printf '%s' "$line" >policy
        unusable '-p: policy: no rule' -p policy
    done
    printf 'compose-hash 00\0' >policy
    unusable 'line 1' -p policy
}

@test "an event log that leads to the RTMRs, and its events" {
    local hash log=$MACHINE/eventlog.json
    hash=$("$BIN/json-get" . <"$log" | python3 -c '
import json, sys
print([e["event_payload"] for e in json.load(sys.stdin) if e["event"] == "compose-hash"][0])')
    accepts -e "$log"
    echo "compose-hash $(printf '00%.0s' {1..32}) $hash" >policy
    accepts -e "$log" -p policy
    rejects policy 'rules about events, and no event log' -p policy
    echo "event compose-hash $hash" >policy
    accepts -e "$log" -p policy
    echo "compose-hash 00" >policy
    rejects policy compose-hash -e "$log" -p policy
    echo "event nothing 00" >policy
    rejects policy event -e "$log" -p policy
}

@test "an event log that was touched" {
    local log=$MACHINE/eventlog.json
    python3 - "$log" <<'END'
import copy, json, sys
log = json.load(open(sys.argv[1]))
def write(name, log): json.dump(log, open(name, 'w'))
at = [i for i, e in enumerate(log) if e['event'] == 'compose-hash'][0]
payload = copy.deepcopy(log)
payload[at]['event_payload'] = '00' * 32
write('payload', payload)
payload[at]['digest'] = ''
write('digest', payload)
write('short', log[:-1])
write('none', [])
write('object', {'a': log})
END
    rejects replay "the digest is not that of what the event says" -e payload
    rejects replay 'the event log does not lead to the RTMRs' -e digest
    rejects replay 'the event log does not lead to the RTMRs' -e short
    rejects replay 'the event log does not lead to the RTMRs' -e none
    verify -e object
    assert_failure 1
    assert_line 'reason replay'
    unusable '-e: missing: no such file' -e missing
}

@test "a second event of a name cannot better the first" {
    python3 - "$MACHINE/eventlog.json" >added <<'END'
import json, sys
log = json.load(open(sys.argv[1]))
log.append({'imr': 3, 'event_type': 0x08000001, 'digest': '', 'event': 'compose-hash', 'event_payload': '11' * 32})
json.dump(log, sys.stdout)
END
    "$BIN/sim-quote" -d 00 -e added "$MACHINE" >quote
    QUOTE=quote
    accepts -e added
    echo "compose-hash $(printf '11%.0s' {1..32})" >policy
    rejects policy compose-hash -e added -p policy
}

# What was measured is in the file "measured", and what is shown in another of each attack's name.
@test "an identity event cannot be hidden, moved behind the application's start, or forged" {
    python3 - "$MACHINE/eventlog.json" <<'END'
import hashlib, json, sys
genuine = json.load(open(sys.argv[1]))
at = [e['event'] for e in genuine].index('compose-hash')
good = genuine[at]
def digest(e): return hashlib.sha384(b'\x01\0\0\x08:%s:%s' % (e['event'].encode(), bytes.fromhex(e['event_payload']))).hexdigest()
def runtime(name, payload, imr=3):
    e = {'imr': imr, 'event_type': 0x08000001, 'event': name, 'event_payload': payload}
    return dict(e, digest=digest(e))
def write(name, log): json.dump(log, open(name, 'w'))
evil = runtime('compose-hash', '3a' + '22' * 31)
write('measured', genuine[:at] + [evil] + genuine[at + 1:] + [good])
def shown(name, e): write(name, genuine[:at] + [e] + genuine[at + 1:] + [good])
shown('digest-only', dict(evil, event_type=1))
shown('unnamed', {'imr': 3, 'event_type': 1, 'digest': evil['digest']})
shown('longer-name', dict(evil, event='compose-hash:', event_payload='22' * 31))
write('late', genuine[:at] + genuine[at + 1:] + [good])
write('elsewhere', genuine[:at] + [dict(good, imr=2)] + genuine[at + 1:])
write('extra', genuine + [runtime('note', '00'), {'imr': 3, 'event_type': 1, 'digest': '11' * 48}])
open('payload', 'w').write(good['event_payload'])
bad = runtime('note', '3a11')
write('two-notes', genuine + [bad, runtime('note', '00')])
write('note-disguised', genuine + [dict(bad, event='note:', event_payload='11'), runtime('note', '00')])
write('note-elsewhere', genuine + [runtime('note', '00', 2)])
write('note', genuine + [dict(runtime('note:', '11'), version=2, digest=''), runtime('note', '00')])
END
    local hash log
    hash=$(<payload) QUOTE=quote
    "$BIN/sim-quote" -d 00 -e measured "$MACHINE" >quote
    for rule in "compose-hash $hash" "event compose-hash $hash"; do
        echo "$rule" >policy
        for log in measured digest-only unnamed longer-name; do
            accepts -e "$log"
            rejects policy "${rule%% *}" -e "$log" -p policy
        done
    done
    for log in late elsewhere; do
        "$BIN/sim-quote" -d 00 -e "$log" "$MACHINE" >quote
        rejects policy event -e "$log" -p policy
    done
    # What comes behind takes nothing from the boot's events, and proves nothing of others.
    "$BIN/sim-quote" -d 00 -e extra "$MACHINE" >quote
    accepts -e extra -p policy
    echo 'event note 00' >policy
    rejects policy event -e extra -p policy
    "$BIN/sim-quote" -d 00 -e two-notes "$MACHINE" >quote
    for log in two-notes note-disguised; do
        accepts -e "$log"
        rejects policy event -e "$log" -p policy
    done
    "$BIN/sim-quote" -d 00 -e note-elsewhere "$MACHINE" >quote
    rejects policy event -e note-elsewhere -p policy
    "$BIN/sim-quote" -d 00 -e note "$MACHINE" >quote
    accepts -e note -p policy
}

# Those of dstack's form go with a quote that no TCB level is for, so one of a machine of ours with
# its RTMRs stands in.
@test "every event log of the cases is judged as its answer says" {
    [ -d "$CASES" ] || skip "no genuine logs beside the project"
    local case log wanted i n=0 rtmrs=() from=$CASES/p09-dstack-eventlog gcp=$CASES/p05-tdx4-gcp-cos-ccel
    for i in 0 1 2 3; do
        rtmrs+=(-m "rtmr$i=$(od -An -v -tx1 -w48 -j$((376 + 48 * i)) -N48 "$from/quote.bin" | tr -d ' ')")
    done
    "$BIN/sim-quote" -d 00 "${rtmrs[@]}" "$MACHINE" >quote
    python3 - "$from/event_log.json" >policy <<'END'
import json, sys
for e in json.load(open(sys.argv[1])):
    if e['event'] in ('app-id', 'compose-hash', 'instance-id'): print(e['event'], e['event_payload'])
END
    [ "$(wc -l <policy)" = 3 ]
    for case in "$CASES"/e*; do
        wanted=$("$BIN/json-get" .strict_verdict <"$case/case.json")
        if [ -e "$case/ccel.bin" ]; then
            run --separate-stderr "$BIN/tdx-verify" -c "$gcp" -T 1753175614 -e "$case/ccel.bin" <"$gcp/quote.bin"
        else
            QUOTE=quote verify -p policy -e "$case/event_log.json"
        fi
        printf '# %-24s %-6s %-6s %s\n' "${case##*/}" "$(value verdict)" "$(value reason)" "$(value what)" >&3
        assert_equal "$status $(value verdict) $(value reason)" \
            "$([ "$wanted" = accept ] && echo '0 accept -' || echo '1 reject replay')"
        n=$((n + 1))
    done
    assert_equal "$n" 15
    echo "compose-hash $(printf '00%.0s' {1..32})" >policy
    QUOTE=quote rejects policy compose-hash -p policy -e "$from/event_log.json"
}

@test "the firmware's log is replayed too" {
    [ -d "$CASES" ] || skip "no genuine logs beside the project"
    local case=$CASES/p05-tdx4-gcp-cos-ccel
    run --separate-stderr "$BIN/tdx-verify" -c "$case" -T 1753175614 -e "$case/ccel.bin" <"$case/quote.bin"
    assert_success
}

@test "-B measures on standard error, and answers all the same" {
    verify -B 3
    assert_success
    assert_line 'verdict accept'
    [[ $stderr =~ ^tdx-verify:\ 3\ verifications,\ [0-9]+\ us\ each,\ [0-9]+\ us\ of\ processor\ time,\ 9\ signatures$ ]]
    unusable '-B' -B 0
}

@test "options that cannot be are wrong usage" {
    unusable 'usage: ' extra
    unusable 'usage: ' -x
    # A second one does not put the first out of force.
    unusable 'usage: ' -p "$BATS_TEST_FILENAME" -p policy
    unusable 'usage: ' -d 00 -d 6e6f6e6365
    unusable 'usage: ' -e log -e log
    unusable '-a: there is no such status: uptodate' -a uptodate
    unusable '-a: there is no such status:' -a ''
    unusable '-A: no status is admitted' -A INTEL-SA-00837
    unusable '-T' -T tomorrow
    unusable '-r: missing: no such file' -r missing
    unusable '-r: ' -r "$MACHINE/tcb_info.json"
    unusable '-r: ' -r "$MACHINE/pck_chain.pem"
    run "$BIN/tdx-verify" -h
    assert_success
    assert_line --index 0 'usage: tdx-verify [-j] [-A advisory] [-a statuses] [-B n] [-c collateral-dir]'
}

@test "an answer that nobody takes is a failure that may pass" {
    run --separate-stderr bash -c '"$1/tdx-verify" -c "$2" -r "$2/test_root.pem" -T "$3" <"$4" >/dev/full' - \
        "$BIN" "$MACHINE" "$NOW" "$QUOTE"
    assert_failure 111
    assert_equal "$stderr" 'tdx-verify: fatal: standard output: No space left on device'
}
