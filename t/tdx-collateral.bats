#!/usr/bin/env bats
# tdx-collateral: what is asked for, what is believed, what is kept.
# shellcheck disable=SC2154 # run sets stderr
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=90

NOW=1780315200 # 2026-06-01T12:00:00Z
DAY=86400
NAME=b0c06f000000-platform-tdx
FOUR="tdx/certification/v4/tcb?fmspc=b0c06f000000
tdx/certification/v4/qe/identity
sgx/certification/v4/pckcrl?ca=platform&encoding=der
sgx/certification/v4/rootcacrl"

# Machines and caches are where nothing waits for a disk. All are the same one, at other times or otherwise.
setup_file() {
    local bin
    bin=$(readlink -m "${BIN:-$BATS_TEST_DIRNAME/../build/bin}")
    MADE=$(mktemp -d /dev/shm/tdx-collateral.XXXXXX 2>/dev/null) || MADE=$BATS_FILE_TMPDIR
    LOG=$MADE/log
    export MADE LOG
    machine machine
    machine other-fmspc -o tcb-fmspc=010203040506
    "$bin/sim-quote" -d 00 "$MADE/machine" >"$MADE/quote"
    : >"$LOG"
    mkfifo "$BATS_FILE_TMPDIR/port"
    "$BATS_TEST_DIRNAME/peer/pcs" "$MADE" "$LOG" >"$BATS_FILE_TMPDIR/port" 2>/dev/null 3>&- &
    PCS=$!
    read -r -t 10 PORT <"$BATS_FILE_TMPDIR/port"
    export PCS AT=http://127.0.0.1:$PORT
}

machine() { # NAME argument...: lists and documents are from a day before now, and for 30 days more
    "$(readlink -m "${BIN:-$BATS_TEST_DIRNAME/../build/bin}")/sim-pki" -f -S seed -T "$NOW" -o days=30 "${@:2}" "$MADE/$1"
}

teardown_file() {
    [ "${PCS:-0}" -le 1 ] || kill "$PCS"
    rm -rf "$MADE"
}

setup() {
    load serving
    serving_setup
    mkdir "$MADE/at.$BATS_TEST_NUMBER"
    cd "$MADE/at.$BATS_TEST_NUMBER" || return
    CASES=$BATS_TEST_DIRNAME/../../shared/data/tdx
    QUOTE=$MADE/quote
    : >"$LOG"
}

teardown() {
    serving_teardown
}

# collateral FAULTS/MACHINE argument...: from the service with these faults, for the quote $QUOTE.
collateral() {
    run --separate-stderr "$BIN/tdx-collateral" -c cache -r "$MADE/machine/test_root.pem" -T "$NOW" \
        -s "$AT/$1" "${@:2}" <"$QUOTE"
}

gets() { # FAULTS/MACHINE argument...
    collateral "$@"
    assert_success
    assert_output "cache/$NAME"
    assert_equal "$stderr" ''
}

# refuses MESSAGE FAULTS/MACHINE argument...: with nothing that was kept before.
refuses() {
    rm -rf cache
    collateral "${@:2}"
    assert_failure 111
    assert_output ''
    [ "${stderr_lines[0]}" = "tdx-collateral: $AT/$2: $1" ] || { echo "$stderr"; return 1; }
    assert_equal "${stderr_lines[1]}" \
        "tdx-collateral: fatal: cache/$NAME: nothing is kept, and none could be fetched"
    [ ! -e "cache/$NAME/collateral.json" ]
}

# asked: how many requests there were since the last time.
asked() {
    wc -l <"$LOG"
    : >"$LOG"
}

# verdict [DIRECTORY]: what tdx-verify says of the quote with it, in one word.
verdict() {
    "$BIN/tdx-verify" -c "${1:-cache/$NAME}" -r "$MADE/machine/test_root.pem" -T "$NOW" <"$QUOTE" | sed -n 2p
}

@test "four requests over one connection, a directory that tdx-verify reads, and no request more" {
    gets good/machine
    run cut -d ' ' -f 2- "$LOG"
    assert_output "$(sed "s|^|GET /good/machine/|" <<<"$FOUR")"
    assert_equal "$(cut -d ' ' -f 1 "$LOG" | sort -u | wc -l)" 1
    assert_equal "$(verdict)" 'reason -'
    assert_equal "$(ls -A cache) $(ls -A "cache/$NAME")" "$NAME collateral.json"
    asked
    gets good/machine
    assert_equal "$(asked)" 0
    od -An -v -tx1 "$QUOTE" >hex
    QUOTE=hex gets silent/machine
    COLLATERAL_DIR=cache run --separate-stderr "$BIN/tdx-collateral" -r "$MADE/machine/test_root.pem" -T "$NOW" <"$QUOTE"
    assert_success
    assert_output "cache/$NAME"
}

@test "what is kept is the very bytes that were signed" {
    gets good/machine
    run python3 - "$MADE/machine" "cache/$NAME/collateral.json" <<'END'
import json, os, sys
def read(name): return open(os.path.join(sys.argv[1], name), 'rb').read()
kept = json.load(open(sys.argv[2]))
for name, member in ('tcb_info', 'tcbInfo'), ('qe_identity', 'enclaveIdentity'):
    signed = '{"%s":%s,"signature":"%s"}' % (member, kept.pop(name), kept.pop(name + '_signature'))
    assert signed.encode() == read(name + '.json').strip(), name
for name in 'tcb_info_issuer_chain', 'qe_identity_issuer_chain', 'pck_crl_issuer_chain':
    assert kept.pop(name).encode() == read(name + '.pem'), name
for name in 'pck_crl', 'root_ca_crl':
    assert bytes.fromhex(kept.pop(name)) == read(name + '.der'), name
assert not kept
END
    assert_success
}

@test "an enclave of the other CA needs other documents" {
    machine sgx -o tee=sgx -o ca=processor
    "$BIN/sim-quote" -d 00 "$MADE/sgx" >quote
    QUOTE=quote
    collateral good/sgx
    assert_success
    assert_output cache/b0c06f000000-processor-sgx
    run cut -d / -f 4- "$LOG"
    assert_output "$(sed 's/tdx/sgx/; s/platform/processor/' <<<"$FOUR")"
    assert_equal "$(verdict cache/b0c06f000000-processor-sgx)" 'reason -'
}

@test "the early TCB info, and the one of a number, are kept apart" {
    collateral good/machine -u early
    assert_success
    assert_output "cache/$NAME-early"
    run cut -d / -f 4- "$LOG"
    assert_output "$(sed '1s/$/\&update=early/; 2s/$/?update=early/' <<<"$FOUR")"
    collateral no-early/machine -u early -f
    assert_success
    assert_equal "$stderr" "tdx-collateral: $AT/no-early/machine: TCB info: the server says 404 Not Found"
    asked
    collateral good/machine -u 20
    assert_output "cache/$NAME-20"
    assert_equal "$(head -n 2 "$LOG" | grep -c 'tcbEvaluationDataNumber=20$')" 2
    collateral any/machine -u 19
    assert_failure 111
    assert_equal "${stderr_lines[0]}" \
        "tdx-collateral: $AT/any/machine: TCB info or QE identity has another evaluation number"
    gets good/machine -u standard
}

@test "names of header fields in lower case, the old one, lists in DER, a base that ends in /" {
    local base
    for base in lower/machine old-name/machine lower,old-name,der/machine hex/machine good/machine/; do
        rm -rf cache
        gets "$base"
    done
    rm -rf cache
    gets good/machine -R "$AT/der/machine/sgx/certification/v4/rootcacrl"
    assert_equal "$(tail -n 1 "$LOG" | cut -d ' ' -f 3)" /der/machine/sgx/certification/v4/rootcacrl
}

@test "answers that are none" {
    local here="127.0.0.1: " there=" (${AT#http://})"
    refuses 'TCB info: the answer has no issuer chain' no-chain/machine
    refuses 'TCB info: the issuer chain is not encoded as it should be' broken-chain/machine
    refuses 'no certificates in PEM' bare-chain/machine
    refuses 'TCB info or QE identity is no signed document, or all of it is too large' garbage/machine
    refuses 'TCB info or QE identity is no signed document, or all of it is too large' unsigned/machine
    refuses "TCB info: ${here}the connection ended before the answer did$there" short/machine
    refuses "TCB info: ${here}the answer is too large$there" huge/machine
    refuses 'TCB info: the server says 302 Found' redirect/machine
    refuses 'TCB info: the server says 404 Not Found' missing/machine
    refuses 'TCB info: the server says 500 Internal Server Error' broken/machine
    refuses 'TCB info: the server says 404 Not Found' good/other-fmspc
    refuses "root's revocation list: the server says 404 Not Found" good/machine -R "$AT/missing/machine/x"
    refuses "root's revocation list: neither DER nor hexadecimal" good/machine -R "$AT/garbage/machine/tdx/certification/v4/qe/identity"
}

@test "an answer that drips, and none, end with the time" {
    local began=$SECONDS
    refuses "TCB info: 127.0.0.1: timed out while waiting for the answer (${AT#http://})" drip/machine -t 0.4
    refuses "TCB info: 127.0.0.1: timed out while waiting for the answer (${AT#http://})" silent/machine -t 0.4
    [ $((SECONDS - began)) -lt 20 ]
}

child() { # the process that $SERVER waits for, into $CHILD
    CHILD=$(pgrep -P "$SERVER")
}

@test "who talks to the network has no files, and cannot get any" {
    local said
    "$BIN/tdx-collateral" -c cache -r "$MADE/machine/test_root.pem" -T "$NOW" -s "$AT/silent/machine" \
        <"$QUOTE" >out 2>err 3>&- &
    SERVER=$!
    until_true grep -q silent "$LOG"
    until_true child
    run sh -c "readlink /proc/$CHILD/fd/* | sort -u; sed -n 's/^\\(Seccomp\\|NoNewPrivs\\):\\t/\\1 /p' /proc/$CHILD/status"
    refute_output --partial "cache"
    assert_line 'NoNewPrivs 1'
    kill -KILL "$SERVER"
    wait "$SERVER" || true
    SERVER=
    until_true [ ! -e "/proc/$CHILD" ]
    assert_equal "$(ls -A "cache/$NAME")" ''
    said=$output
    gets good/machine
    [[ $said != *'Seccomp 0'* ]] || skip 'built without the filter'
    [[ $said = *'Seccomp 2'* ]]
}

@test "good signatures in the wrong place" {
    machine sgx -o tee=sgx
    machine processor -o ca=processor
    machine old -o pck-crl-from=-9d -o pck-crl-until=-1d -o root-crl-from=-9d -o tcb-info-from=-9d -o qe-identity-from=-9d
    machine future -o qe-identity-from=+1d
    machine revoked -o revoke=signer
    refuses 'TCB info is of another FMSPC' any/other-fmspc
    refuses "the root's revocation list is not the root's" swapped/machine
    refuses 'TCB info is of the other kind of TEE' any/sgx
    refuses 'the PCK revocation list is of another CA' any/processor
    refuses 'the signer of TCB info' good/revoked
    refuses expired good/old
    refuses 'not yet valid' good/future
    "$BIN/sim-pki" -f -S another -T "$NOW" "$MADE/another"
    refuses "signature of the root's revocation list" good/another
    cp -r "$MADE/machine" "$MADE/forged"
    sed -i 's/OutOfDate/UpToDate/' "$MADE/forged/tcb_info.json"
    refuses 'signature of TCB info' good/forged
}

@test "that the machine is revoked is kept, for tdx-verify to say" {
    local who
    for who in pck platform-ca; do
        rm -rf cache
        machine revoked -o "revoke=$who"
        gets good/revoked
        assert_equal "$(verdict)" 'reason revoked'
    done
}

@test "what is older than what is kept is refused, though it is valid" {
    local part
    gets good/machine
    cp "cache/$NAME/collateral.json" before
    for part in 'TCB info=tcb-info' 'QE identity=qe-identity' 'PCK revocation list=pck-crl' \
        "root's revocation list=root-crl"; do
        machine older -o "${part#*=}-from=-2d"
        collateral good/older -f
        assert_success
        assert_output "cache/$NAME"
        assert_equal "$stderr" "tdx-collateral: $AT/good/older: ${part%=*} is older than what is kept"
        cmp before "cache/$NAME/collateral.json"
    done
}

@test "even when what is kept has expired" {
    machine newer -o tcb-info-from=-3d -o tcb-info-until=+1d
    machine older -o tcb-info-from=-4d
    gets good/newer
    collateral good/older -T $((NOW + 2 * DAY))
    assert_failure 111
    assert_equal "${stderr_lines[0]}" "tdx-collateral: $AT/good/older: TCB info is older than what is kept"
    assert_equal "${stderr_lines[1]}" \
        "tdx-collateral: fatal: cache/$NAME: not valid, and none could be fetched"
    gets good/machine -T $((NOW + 2 * DAY)) -f
}

@test "it is fetched anew a week before its end, or as long before as -e says" {
    local end=$((NOW + 30 * DAY))
    machine newer -o days=60
    gets good/machine
    asked
    gets good/newer -T $((end - 7 * DAY))
    gets good/newer -T $((end - 2 * DAY)) -e $((2 * DAY))
    assert_equal "$(asked)" 0
    gets good/newer -T $((end - 7 * DAY + 1))
    assert_equal "$(asked)" 4
    gets good/newer -T $((end - 7 * DAY + 2))
    assert_equal "$(asked)" 0
    # Half of its life, of 61 days, is early enough, whatever -e says.
    gets silent/newer -T $((NOW + 29 * DAY)) -e $((365 * DAY))
    gets good/newer -T $((NOW + 30 * DAY)) -e $((365 * DAY))
    assert_equal "$(asked)" 4
}

@test "a service that has nothing newer is asked again after an hour" {
    local late=$((NOW + 28 * DAY))
    gets good/machine
    gets good/machine -T "$late"
    assert_equal "$(asked)" 8
    gets good/machine -T $((late + 3599))
    assert_equal "$(asked)" 0
    gets good/machine -T $((late + 3600))
    assert_equal "$(asked)" 4
}

@test "while nothing can be fetched, what is valid is used, and nothing after that" {
    local end=$((NOW + 30 * DAY))
    gets good/machine
    collateral broken/machine -T "$end"
    assert_success
    assert_output "cache/$NAME"
    assert_equal "$stderr" "tdx-collateral: $AT/broken/machine: TCB info: the server says 500 Internal Server Error"
    collateral broken/machine -T $((end + 1)) -f
    assert_failure 111
    assert_output ''
    assert_equal "${stderr_lines[1]}" "tdx-collateral: fatal: cache/$NAME: not valid, and none could be fetched"
    collateral broken/machine -T $((end + 1)) -f -x
    assert_success
    assert_output "cache/$NAME"
    assert_equal "${stderr_lines[1]}" "tdx-collateral: cache/$NAME: not valid: none could be fetched"
}

@test "without a network it works from what is kept" {
    gets good/machine
    chmod a-w cache "cache/$NAME"
    asked
    gets good/machine -n
    gets good/machine -n -T $((NOW + 29 * DAY))
    collateral good/machine -n -T $((NOW + 31 * DAY))
    assert_failure 111
    assert_equal "$stderr" "tdx-collateral: fatal: cache/$NAME: not valid, and no service is asked"
    collateral good/machine -n -x -T $((NOW + 31 * DAY))
    assert_success
    assert_output "cache/$NAME"
    chmod u+w cache "cache/$NAME"
    rm -r cache
    collateral good/machine -n -x
    assert_failure 111
    assert_equal "$stderr" "tdx-collateral: fatal: cache/$NAME: nothing is kept, and no service is asked"
    [ ! -e cache ]
    assert_equal "$(asked)" 0
}

@test "after a failure nobody is asked for a while, and for as long as a service wants it" {
    refuses 'TCB info: the server says 429 Too Many Requests' limited/machine
    asked
    collateral good/machine -T $((NOW + 7199))
    assert_failure 111
    assert_equal "$stderr" \
        "tdx-collateral: fatal: cache/$NAME: nothing is kept, and nobody is asked before 2026-06-01T14:00:00Z"
    assert_equal "$(asked)" 0
    gets good/machine -T $((NOW + 7200))
    [ ! -e "cache/$NAME/wait" ]
    refuses 'TCB info: the server says 500 Internal Server Error' broken/machine
    collateral good/machine -T $((NOW + 14))
    assert_failure 111
    collateral broken/machine -T $((NOW + 15))
    assert_failure 111
    assert_equal "$(<"cache/$NAME/wait")" "failures 2
until $((NOW + 45))"
    gets good/machine -f -T $((NOW + 16))
}

@test "the next service is asked when one has nothing good" {
    collateral limited/machine -s "$AT/any/other-fmspc" -s "$AT/good/machine" -s "$AT/silent/machine"
    assert_success
    assert_output "cache/$NAME"
    assert_equal "$stderr" "tdx-collateral: $AT/limited/machine: TCB info: the server says 429 Too Many Requests
tdx-collateral: $AT/any/other-fmspc: TCB info is of another FMSPC"
    assert_equal "$(asked)" 9
    rm -r cache
    collateral silent/machine -s "$AT/good/machine" -t 3
    assert_success
    # Only when all of them want it are they left alone for so long.
    rm -r cache
    collateral limited/machine -s "$AT/broken/machine"
    assert_failure 111
    assert_equal "$(tail -n 1 "cache/$NAME/wait")" "until $((NOW + 15))"
}

certificate() { # NAME
    openssl req -x509 -config openssl.cnf -noenc -days 30 -subj "/CN=$1" -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
        -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE \
        -keyout "$1.key" -out "$1.pem" 2>>openssl.log
}

@test "https, with a pin or anchors of one's own" {
    local pin port
    printf '[req]\ndistinguished_name=dn\n[dn]\n' >openssl.cnf
    certificate pccs
    certificate another
    pin=SHA256:$(openssl x509 -in pccs.pem -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256 -r | cut -d ' ' -f 1)
    mkfifo port
    "$BATS_TEST_DIRNAME/peer/pcs" "$MADE" "$LOG" pccs.pem pccs.key >port 2>/dev/null 3>&- &
    CHILDREN+=($!)
    read -r -t 10 port <port
    AT=https://127.0.0.1:$port
    gets good/machine -p "$pin"
    assert_equal "$(cut -d ' ' -f 1 "$LOG" | sort -u | wc -l)" 1
    rm -r cache
    gets good/machine -a pccs.pem
    rm -r cache
    collateral good/machine -p "${pin%?????}00000"
    assert_failure 111
    [[ ${stderr_lines[0]} = *'another key than the pinned'* ]] || { echo "$stderr"; return 1; }
    rm -r cache
    collateral good/machine -a another.pem
    assert_failure 111
    [ ! -e "cache/$NAME/collateral.json" ]
}

@test "of several at a time one fetches, and the others take what it brought" {
    local i pids=()
    for i in 1 2 3 4 5 6; do
        "$BIN/tdx-collateral" -c cache -r "$MADE/machine/test_root.pem" -T "$NOW" -s "$AT/good/machine" \
            <"$QUOTE" >"out.$i" 2>"err.$i" 3>&- &
        pids+=($!)
    done
    for i in 1 2 3 4 5 6; do
        wait "${pids[i - 1]}"
        assert_equal "$(cat "out.$i" "err.$i")" "cache/$NAME"
    done
    assert_equal "$(asked)" 4
    # While somebody fetches, what is valid is good enough.
    exec 7<"cache/$NAME"
    flock 7
    gets good/machine -f
    collateral good/machine -T $((NOW + 31 * DAY)) -t 0.2
    assert_failure 111
    assert_equal "$stderr" "tdx-collateral: fatal: cache/$NAME: not valid, and somebody else is fetching"
    exec 7<&-
    assert_equal "$(asked)" 0
}

@test "what is damaged in the cache is fetched anew, and what a killed process has left goes" {
    gets good/machine
    head -c 4000 "cache/$NAME/collateral.json" >"cache/$NAME/.new-0123456789abcdef"
    cp "cache/$NAME/.new-0123456789abcdef" "cache/$NAME/collateral.json"
    collateral good/machine
    assert_success
    assert_equal "$stderr" "tdx-collateral: cache/$NAME/collateral.json: collateral.json is malformed"
    assert_equal "$(ls -A "cache/$NAME")" collateral.json
    sed -i 's/OutOfDate/UpToDate/' "cache/$NAME/collateral.json"
    collateral good/machine -n
    assert_failure 111
    assert_equal "${stderr_lines[0]}" "tdx-collateral: cache/$NAME/collateral.json: signature of TCB info"
    ln -sfn /nowhere "cache/$NAME/wait"
    collateral good/machine
    assert_success
    assert_equal "$(verdict)" 'reason -'
}

@test "a quote that leads elsewhere, or is none, makes nobody ask anything" {
    run --separate-stderr "$BIN/tdx-collateral" -c cache -T "$NOW" -s "$AT/good/machine" <"$QUOTE"
    assert_failure 100
    assert_equal "$stderr" 'tdx-collateral: fatal: standard input: ends in a root that is not trusted'
    head -c 100 "$QUOTE" >quote
    QUOTE=quote collateral good/machine
    assert_failure 100
    assert_equal "$stderr" 'tdx-collateral: fatal: standard input: it ends early'
    printf 'zz' >quote
    QUOTE=quote collateral good/machine
    assert_failure 100
    QUOTE=/dev/null collateral good/machine
    assert_failure 100
    assert_equal "$stderr" 'tdx-collateral: fatal: standard input: no quote'
    # Another FMSPC in the certificate is no longer signed.
    python3 - "$QUOTE" quote <<'END'
import base64, re, sys
quote = bytearray(open(sys.argv[1], 'rb').read())
at = quote.index(b'-----BEGIN CERTIFICATE-----\n') + 28
end = quote.index(b'-----END', at)
der = base64.b64decode(bytes(quote[at:end]))
assert der.count(bytes.fromhex('b0c06f000000')) == 1
text = base64.b64encode(der.replace(bytes.fromhex('b0c06f000000'), bytes.fromhex('00906ed50000')))
quote[at:end] = b'\n'.join(re.findall(b'.{1,64}', text)) + b'\n'
open(sys.argv[2], 'wb').write(quote)
END
    QUOTE=quote collateral good/machine
    assert_failure 100
    assert_equal "$stderr" 'tdx-collateral: fatal: standard input: the signature of a certificate is wrong'
    [ ! -e cache ]
    assert_equal "$(asked)" 0
}

@test "wrong usage" {
    local arguments
    while read -ra arguments; do
        collateral good/machine "${arguments[@]}"
        assert_failure 100
        assert_output ''
    done <<'END'
-f -n
more
-s ftp://host
-s https://user@host
-s http://host/?query
-R nothing
-p SHA256:00
-u late
-u -1
-u 4294967296
-e -1
-t 0
-T x
-a /nowhere
-r /nowhere
-r /dev/null
END
    collateral good/machine -p "SHA256:$(printf '00%.0s' {1..32})"
    assert_failure 100
    assert_equal "$stderr" 'tdx-collateral: fatal: -p is for https: alone'
    run --separate-stderr "$BIN/tdx-collateral" <"$QUOTE"
    assert_failure 100
    assert_equal "$stderr" 'tdx-collateral: fatal: no directory: neither -c nor COLLATERAL_DIR is given'
    touch file
    collateral good/machine -c file
    assert_failure 111
    assert_equal "$(asked)" 0
}

@test "for genuine quotes with Intel's collateral, the verdict is the same as with the case's own files" {
    local case now root port tried=0
    [ -d "$CASES" ] || skip "no cases with answers beside the project"
    root=$(readlink -f "$CASES")
    mkfifo port
    "$BATS_TEST_DIRNAME/peer/pcs" "$root" "$LOG" >port 2>/dev/null 3>&- &
    CHILDREN+=($!)
    read -r -t 10 port <port
    for case in "$root"/p*/; do
        case=${case%/}
        [ -e "$case/tcb_info.json" ] && [ -e "$case/root_ca_crl.der" ] || continue
        now=$("$BIN/json-get" .verify_at <"$case/case.json")
        run --separate-stderr "$BIN/tdx-collateral" -c "cache.$tried" -T "$now" \
            -s "http://127.0.0.1:$port/good/${case##*/}" <"$case/quote.bin"
        echo "# ${case##*/}: $output $stderr" >&3
        assert_success
        "$BIN/tdx-verify" -c "$output" -T "$now" <"$case/quote.bin" >with || true
        "$BIN/tdx-verify" -c "$case" -T "$now" <"$case/quote.bin" >own || true
        cmp with own
        tried=$((tried + 1))
    done
    [ "$tried" -gt 5 ]
}
