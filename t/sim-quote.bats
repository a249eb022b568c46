#!/usr/bin/env bats
# sim-quote: quotes of a simulated machine, judged by openssl.
# shellcheck disable=SC2154 # run sets stderr
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=60

setup() {
    load serving
    serving_setup
    JUDGE=$BATS_TEST_DIRNAME/peer/sim-openssl
    "$BIN/sim-pki" -S seed machine
}

teardown() {
    serving_teardown
}

sim_quote() { # argument...: over "hello"
    run --separate-stderr bash -c 'printf hello | "$@"' - "$BIN/sim-quote" "$@"
}

# A quote that openssl takes; its fields are $output.
judged() { # argument...
    printf hello | "$BIN/sim-quote" "$@" machine >quote
    run "$JUDGE" quote machine/test_root.pem <quote
    assert_success
}

refuses() { # text argument...
    sim_quote "${@:2}"
    assert_failure 100
    assert_output ''
    [[ $stderr = *"$1"* ]] || { echo "$stderr"; return 1; }
}

zeros() { # number
    printf '%0*d' "$((2 * $1))" 0
}

@test "a quote has its report data, and openssl takes every signature in it" {
    judged
    assert_line 'version 4'
    assert_line 'tee 0x81'
    assert_line 'body td10'
    assert_line "report_data 68656c6c6f$(zeros 59)"
    assert_line 'tee_tcb_svn 05010600000000000000000000000000'
    assert_line 'td_attributes 0000001000000000'
    assert_line 'qe_isv_prod_id 0200'
    # What the judge would say of others.
    for at in 60 640 720 1000; do
        cp quote damaged
        printf '\x77' | dd of=damaged bs=1 seek="$at" conv=notrunc status=none
        run "$JUDGE" quote machine/test_root.pem <damaged
        assert_failure
    done
}

@test "every version with every body" {
    for kind in '5:td15' '5:td10' '5:td15ex' '4:td10'; do
        judged -V "${kind%:*}" -b "${kind#*:}"
        assert_line "version ${kind%:*}"
        assert_line "body ${kind#*:}"
    done
    judged -V 5
    assert_line 'body td15'
    assert_line 'tee_tcb_svn_2 05010600000000000000000000000000'
    "$BIN/sim-pki" -f -o tee=sgx -o ca=processor machine
    judged
    assert_line 'version 3'
    assert_line 'body sgx'
    assert_line 'svns 04000d00'
    assert_line 'qe_isv_prod_id 0100'
    judged -V 4
    assert_line 'tee 0x0'
    assert_line 'svns 00000000'
    judged -V 5 -b sgx
    assert_line 'version 5'
}

@test "a strict verifier that is given the root accepts every version, and sees what was changed" {
    [ -x "$BIN/tdx-verify" ] || skip 'tdx-verify is not built'
    verify() { # status reason argument...
        run --separate-stderr bash -c '"$0" -d 00 "$@" | "$VERIFY" -c "${*: -1}" -r "${*: -1}/test_root.pem"' \
            "$BIN/sim-quote" "${@:3}" machine
        assert_equal "$status" "$1"
        assert_line "reason $2"
    }
    export VERIFY=$BIN/tdx-verify
    verify 0 -
    verify 0 - -V 5
    verify 0 - -V 5 -b td10
    verify 0 - -S other
    verify 1 debug -m td_attributes=0100000000000000
    verify 1 unsupported -m qe_isv_svn=0000
    "$BIN/sim-pki" -f -o status=SWHardeningNeeded machine
    verify 1 status
    "$BIN/sim-pki" -f -o revoke=pck machine
    verify 1 revoked
    "$BIN/sim-pki" -f -o tee=sgx -o ca=processor machine
    echo '[]' >log
    run --separate-stderr "$BIN/sim-quote" -e log -d 00 machine
    assert_failure 100
    assert_equal "$stderr" 'sim-quote: fatal: -e: a machine with SGX has no RTMRs'
    verify 0 -
    verify 0 - -V 5
}

@test "report data of up to 64 bytes, from standard input or in hexadecimal" {
    head -c 64 "$BIN/sim-quote" >data
    "$BIN/sim-quote" machine <data >quote
    run "$JUDGE" quote machine/test_root.pem <quote
    assert_line "report_data $(od -An -v -tx1 data | tr -d ' \n')"
    "$BIN/sim-quote" -d "$(od -An -v -tx1 data | tr -d ' \n' | tr a-f A-F)" machine </dev/null >other
    cmp quote other
    "$BIN/sim-quote" machine </dev/null >quote
    "$BIN/sim-quote" -d '' machine >other
    cmp quote other
    "$BIN/sim-quote" machine <&- >other
    cmp quote other
    "$BIN/sim-quote" -d "$(zeros 64)" machine >other
    cmp quote other
    run --separate-stderr bash -c 'head -c 65 /dev/zero | "$@"' - "$BIN/sim-quote" machine
    assert_failure 100
    assert_equal "$stderr" 'sim-quote: fatal: stdin: more than 64 bytes of report data'
    refuses '-d: not hexadecimal of 64 bytes at most' -d "$(zeros 65)" machine
    refuses '-d: not hexadecimal' -d 0 machine
    refuses '-d: not hexadecimal' -d 0x00 machine
}

@test "hexadecimal is the same quote" {
    judged
    "$BIN/sim-quote" -x -d 68656c6c6f machine >text
    assert_equal "$(cat text)" "$(od -An -v -tx1 quote | tr -d ' \n')"
}

@test "the same request gives the same bytes; another seed, another attestation key" {
    "$BIN/sim-quote" -d 00 machine >a
    "$BIN/sim-quote" -d 00 machine >b
    cmp a b
    "$BIN/sim-pki" -S seed again
    "$BIN/sim-quote" -d 00 again >b
    cmp a b
    judged
    key=$(grep '^key ' <<<"$output")
    judged -S other
    assert_equal "$(grep -c '^key ' <<<"$output")" 1
    refute_line "$key"
    other=$(grep '^key ' <<<"$output")
    judged -S other
    assert_line "$other"
}

@test "the registers are what the machine's event log leads to" {
    judged
    fields=$output
    run "$JUDGE" replay machine/eventlog.json
    assert_success
    assert_equal "${#lines[@]}" 4
    for line in "${lines[@]}"; do
        grep -qx "$line" <<<"$fields"
    done
    run python3 -c '
import hashlib, json
events = [e for e in json.load(open("machine/eventlog.json")) if e["imr"] == 3]
print(*[e["event"] for e in events])
compose = hashlib.sha256(open("machine/app-compose.json", "rb").read()).hexdigest()
print([e["event_payload"] for e in events if e["event"] == "compose-hash"] == [compose])'
    assert_output 'system-preparing app-id compose-hash instance-id boot-mr-done os-image-hash key-provider system-ready
True'
}

@test "another event log, and fields go before it" {
    python3 - <<'PYTHON'
import hashlib, json
log = json.load(open("machine/eventlog.json"))
digest = hashlib.sha384(b"\1\0\0\x08:more:\1").hexdigest()
log.append({"imr": 3, "event_type": 134217729, "digest": digest, "event": "more", "event_payload": "01"})
json.dump(log, open("longer.json", "w"))
PYTHON
    judged -e longer.json -m "rtmr0=$(zeros 48)"
    fields=$output
    assert_line "rtmr0 $(zeros 48)"
    run "$JUDGE" replay longer.json
    for i in 1 2 3; do
        grep -qx "${lines[i]}" <<<"$fields"
    done
    for text in '{}' '[{"imr":4}]' '[{"imr":3,"event_type":134217729,"digest":"00","event":"a","event_payload":""}]'; do
        echo "$text" >bad.json
        refuses 'bad.json: event 0: the event log is malformed' -e bad.json machine
    done
    echo '[' >bad.json
    refuses 'bad.json: not JSON' -e bad.json machine
    refuses 'missing.json: no such file' -e missing.json machine
}

@test "an event log that agents give is replayed too" {
    local log=$BATS_TEST_DIRNAME/../../shared/data/dstack/simulator-v0.5.4/eventlog.json
    [ -e "$log" ] || skip 'there is no shared data'
    judged -e "$log"
    fields=$output
    run "$JUDGE" replay "$log"
    assert_equal "${#lines[@]}" 4
    for line in "${lines[@]}"; do
        grep -qx "$line" <<<"$fields"
    done
}

@test "fields are set by name, of either body and of the quoting enclave" {
    judged -m "mrtd=$(zeros 47)ff" -m td_attributes=0100000000000000 -m "user_data=$(zeros 19)07" \
        -m qe_isv_svn=0900 -m qe_auth= -m "mr_config_id=A5$(zeros 47)"
    assert_line "mr_td $(zeros 47)ff"
    assert_line "mr_config_id a5$(zeros 47)"
    assert_line 'td_attributes 0100000000000000'
    assert_line "user_data $(zeros 19)07"
    assert_line 'qe_isv_svn 0900'
    assert_line 'qe_auth '
    judged -V 5 -m tee_tcb_svn=04010600000000000000000000000000
    assert_line 'tee_tcb_svn 04010600000000000000000000000000'
    assert_line 'tee_tcb_svn_2 05010600000000000000000000000000'
    # The judge knows what binds the key, and what does not.
    "$BIN/sim-quote" -d 00 -m "qe_report_data_2=$(zeros 31)01" machine >quote
    run "$JUDGE" quote machine/test_root.pem <quote
    assert_failure
    assert_line 'binding'
    refuses '-m: mrtd=00: cannot have this value' -m mrtd=00 machine
    refuses '-m: rtmr4=00: there is nothing of this name' -m rtmr4=00 machine
    refuses '-m: mrtd: there is nothing of this name' -m mrtd machine
    refuses '\x1b' -m $'\e=' machine
}

@test "two machines are not the same, and neither's root takes the other's quote" {
    "$BIN/sim-pki" other
    judged
    run "$JUDGE" quote other/test_root.pem <quote
    assert_failure
    assert_line 'chain'
}

@test "what is no machine is said, and which file it is" {
    mkdir empty
    refuses 'empty/platform: no such file' empty
    refuses 'missing: No such file or directory' missing
    refuses 'quote: Not a directory' "$(touch quote; echo quote)"
    for file in platform pck_chain.pem pck.key attestation.key; do
        cp -r machine "without-$file"
        rm "without-$file/$file"
        refuses "without-$file/$file: no such file" "without-$file"
        mkdir "without-$file/$file"
        refuses "without-$file/$file: malformed" "without-$file"
    done
    echo text >machine/pck.key
    refuses 'machine/pck.key: malformed' machine
    echo tee=sev >machine/platform
    refuses 'machine/platform: malformed' machine
}

@test "versions and bodies that do not go together are refused" {
    refuses 'this version has no such body' -V 3 machine
    refuses 'this version has no such body' -V 4 -b td15 machine
    refuses 'this version has no such body' -b sgx machine
    refuses '-V: ' -V 6 machine
    refuses '-V: ' -V 2 machine
    refuses '-b: neither sgx, td10, td15 nor td15ex: td20' -b td20 machine
}

@test "a disk that is full is another matter than wrong usage" {
    run --separate-stderr bash -c '"$@" >/dev/full' - "$BIN/sim-quote" -d 00 machine
    assert_failure 111
    [[ $stderr = 'sim-quote: fatal: '* ]]
}

@test "wrong usage is 100, and asking for it is not" {
    refuses 'usage: sim-quote '
    refuses 'usage: sim-quote ' machine machine
    refuses 'usage: sim-quote ' -y machine
    refuses 'usage: sim-quote ' -S '' machine
    sim_quote -h
    assert_success
    assert_output 'usage: sim-quote [-x] [-b body] [-d hex] [-e log] [-m field=hex] ... [-S seed] [-V version] dir'
}
