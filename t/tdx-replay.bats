#!/usr/bin/env bats
# tdx-replay: event logs to RTMRs, held against quotes.
# shellcheck disable=SC2154 # run sets stderr
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=60

setup() {
    load serving
    serving_setup
    DATA=$BATS_TEST_DIRNAME/../../shared/data
}

teardown() {
    serving_teardown
}

# replay INPUT [argument...]
replay() {
    run --separate-stderr "$BIN/tdx-replay" "${@:2}" <"$1"
}

refuses() { # status message: nothing else is said
    assert_failure "$1"
    assert_output ''
    assert_equal "$stderr" "tdx-replay: $2"
}

data() { # path: of the shared data
    [ -e "$DATA/$1" ] || skip "there is no shared/data/$1"
    echo "$DATA/$1"
}

zeros() { head -c $((2 * $1)) /dev/zero | tr '\0' 0; }

D1=$(printf '11%.0s' {1..48})
# a register after D1
ONE=c7304e0aec48bbbc703c099b425485b7a60e19b6a83630b0fb558ce2f02ec41e4cdf205335b4b613b3537ad83eb62262

# body RTMR0 RTMR1 RTMR2 RTMR3: a quote of version 4 as far as it is looked at, in hexadecimal.
body() {
    printf '0400020081000000%s%s%s%s%s%s%s' "$(zeros 40)" "$(zeros 328)" "$@" "$(zeros 64)"
}

event() { # name payload [more members]
    printf '{"imr":3,"event_type":134217729,"digest":"","event":"%s","event_payload":"%s"%s}' "$1" "$2" "${3-}"
}

firmware() { # imr digest
    printf '{"imr":%s,"event_type":2147483649,"digest":"%s","event":"x","event_payload":"0a"}' "$1" "$2"
}

# rtmr3 LOG: as it is computed.
rtmr3() { "$BIN/tdx-replay" <<<"$1" | awk '$1 == "rtmr3" { print $2 }'; }

BOOT="$(event app-id deadbeef),$(event prepared ''),$(event app-id 00),$(event system-ready '' ',"version":2')"

@test "a log alone gives registers, and claims" {
    echo "[$(firmware 0 "$D1"),$BOOT]" >log
    replay log
    assert_success
    assert_equal "$stderr" ''
    assert_line --index 0 "rtmr0 $ONE"
    assert_line --index 1 "rtmr1 $(zeros 48)"
    assert_line --index 2 "rtmr2 $(zeros 48)"
    assert_line --index 3 --regexp '^rtmr3 [0-9a-f]{96}$'
    assert_equal "$(printf '%s\n' "${lines[@]:4}")" "digest-only 0 0x80000001 $D1
claim app-id deadbeef
claim prepared -
claim app-id 00
claim system-ready -"
}

@test "the registers are those that another implementation computes" {
    echo "[$(firmware 1 "$D1"),$BOOT,$(firmware 1 "${D1//1/f}")]" >log
    replay log
    assert_success
    python3 - >expected <<'END'
import hashlib, json, struct
sha = lambda b: hashlib.sha384(b).digest()
v1 = lambda n, p: sha(struct.pack('<I', 0x8000001) + b':' + n + b':' + p)
digests = {1: [b'\x11' * 48, b'\xff' * 48],
           3: [v1(b'app-id', b'\xde\xad\xbe\xef'), v1(b'prepared', b''), v1(b'app-id', b'\0'),
               sha(json.dumps({'name': 'system-ready', 'payload': '', 'type': 0x8000001}, separators=(',', ':')).encode())]}
for i in range(4):
    register = bytes(48)
    for digest in digests.get(i, []):
        register = sha(register + digest)
    print(f'rtmr{i}', register.hex())
END
    assert_equal "$(printf '%s\n' "${lines[@]:0:4}")" "$(cat expected)"
}

@test "with a quote all four must agree, and then the machine has an identity" {
    log="[$(firmware 0 "$D1"),$BOOT,$(event app-id ff),$(event 'a b\n' '')]"
    r3=$(rtmr3 "$log")
    echo "$log" >log
    body "$ONE" "$(zeros 48)" "$(zeros 48)" "$r3" >quote
    replay log -q quote
    assert_success
    assert_output "rtmr0 $ONE equal
rtmr1 $(zeros 48) equal
rtmr2 $(zeros 48) equal
rtmr3 $r3 equal
identity app-id deadbeef
boot prepared -
boot app-id 00
boot system-ready -
application app-id ff
application a\\x20b\\x0a -
digest-only 0 0x80000001 $D1"
    body "$ONE" "$(zeros 48)" "$D1" "$r3" >quote
    replay log -q quote
    assert_failure 1
    assert_line "rtmr2 $(zeros 48) differs $D1"
    assert_line "rtmr3 $r3 equal"
    assert_line 'identity app-id deadbeef'
    assert_equal "$stderr" ''
}

@test "nothing is called identity when RTMR3 differs" {
    echo "[$BOOT]" >log
    body "$(zeros 48)" "$(zeros 48)" "$(zeros 48)" "$D1" >quote
    replay log -q quote
    assert_failure 1
    assert_line --regexp "^rtmr3 [0-9a-f]{96} differs $D1\$"
    assert_line 'claim app-id deadbeef'
    refute_line --regexp '^(identity|boot|application)'
    replay log -j -q quote
    assert_failure 1
    json() { "$BIN/json-get" "$@" <<<"$output"; }
    assert_equal "$(json -j .identity .boot .application .comparison.agrees '.comparison.equal["3"]' .system_ready)" \
        $'{}\n[]\n[]\nfalse\nfalse\nfalse'
    assert_equal "$(json '.claims[0].event' '.claims[-1].event')" $'app-id\nsystem-ready'
}

@test "after an event of RTMR3 that hides its name nothing is called identity" {
    log="[$(event app-id aa),$(firmware 3 "$D1"),$(event compose-hash bb),$(event system-ready '')]"
    echo "$log" >log
    body "$(zeros 48)" "$(zeros 48)" "$(zeros 48)" "$(rtmr3 "$log")" >quote
    replay log -q quote
    assert_success
    assert_line 'identity app-id aa'
    assert_line 'application compose-hash bb'
    assert_line 'application system-ready -'
    assert_line "digest-only 3 0x80000001 $D1"
    replay log -j -q quote
    assert_equal "$("$BIN/json-get" -j .identity .system_ready <<<"$output")" $'{"app-id":"aa"}\nfalse'
}

@test "a runtime event of another register is the application's" {
    log="[$(event app-id aa | sed 's/:3/:2/')]"
    echo "$log" >log
    body "$(zeros 48)" "$(zeros 48)" "$("$BIN/tdx-replay" <log | awk '/^rtmr2/ { print $2 }')" "$(zeros 48)" >quote
    replay log -q quote
    assert_success
    assert_equal "$(printf '%s\n' "${lines[@]:4}")" 'application app-id aa'
}

@test "-j prints one document, with what is not authenticated apart" {
    log="[$(firmware 0 "$D1"),$BOOT,$(event late 01)]"
    echo "$log" >log
    body "$ONE" "$(zeros 48)" "$(zeros 48)" "$(rtmr3 "$log")" >quote
    replay log -j -q quote
    assert_success
    assert_equal "${#lines[@]}" 1
    json() { "$BIN/json-get" "$@" <<<"$output"; }
    assert_equal "$(json '.rtmrs["0"]' '.comparison.quote["0"]' .comparison.agrees .events .skipped .system_ready)" \
        "$(printf '%s\n' "$ONE" "$ONE" true 6 0 true)"
    assert_equal "$(json -j .identity .boot .application .claims)" '{"app-id":"deadbeef"}
[{"imr":3,"event":"prepared","payload":""},{"imr":3,"event":"app-id","payload":"00"},{"imr":3,"event":"system-ready","payload":""}]
[{"imr":3,"event":"late","payload":"01"}]
[]'
    assert_equal "$(json -j .digest_only)" \
        "[{\"imr\":0,\"event_type\":2147483649,\"digest\":\"$D1\",\"unauthenticated\":{\"event\":\"x\",\"payload\":\"0a\"}}]"
    replay log -j
    assert_success
    assert_equal "$(json -j .comparison .identity)" $'null\n{}'
}

@test "an agent's answer has both, its log as a string or an array" {
    log="[$BOOT]"
    quote=$(body "$(zeros 48)" "$(zeros 48)" "$(zeros 48)" "$(rtmr3 "$log")")
    "$BIN/json-get" -n "quote=$quote" "event_log=$log" report_data= vm_config={} >answer
    replay answer
    assert_success
    assert_line 'identity app-id deadbeef'
    "$BIN/json-get" -n "quote=$quote" "event_log:=$log" >answer
    replay answer
    assert_success
    assert_line 'identity app-id deadbeef'
    "$BIN/json-get" -n "event_log:=$log" >answer
    replay answer
    assert_success
    assert_line 'claim app-id deadbeef'
    body "$D1" "$(zeros 48)" "$(zeros 48)" "$(zeros 48)" >other
    "$BIN/json-get" -n "quote=$quote" "event_log=$log" >answer
    replay answer -q other
    assert_failure 1
    assert_line "rtmr0 $(zeros 48) differs $D1"
}

@test "what tdx-quote prints with -j goes straight in" {
    "$BIN/sim-pki" machine
    echo "[$(firmware 0 "$D1"),$BOOT]" >machine/eventlog.json
    printf nonce | "$BIN/tdx-quote" -s "sim:$PWD/machine" -j >answer
    replay answer
    assert_success
    assert_line --index 0 "rtmr0 $ONE equal"
    assert_line 'identity app-id deadbeef'
}

@test "a quote is its bytes or hexadecimal, and may come through a pipe" {
    echo '[]' >log
    body "$(zeros 48)" "$(zeros 48)" "$(zeros 48)" "$(zeros 48)" >hex
    xxd -r -p hex >raw
    xxd -p raw >wrapped
    { printf 0x; tr a-f A-F <hex; echo; } >upper
    for quote in hex raw wrapped upper; do
        replay log -q $quote
        assert_success
    done
    replay log -q <(cat raw)
    assert_success
}

@test "lines are what rtmr-extend and the agent write, and may follow a log" {
    {
        echo '{"event":"app-id","payload":"3q2+7w=="}'
        echo
        echo '{"event":"prepared","payload":"","version":1}'
        event app-id 00
        printf '\r\n{"event":"system-ready","payload":"","version":2}'
    } >lines
    replay lines
    assert_success
    assert_line --index 3 "rtmr3 $(rtmr3 "[$BOOT]")"
    echo "[$(firmware 0 "$D1")]" >log
    replay log -r lines
    assert_success
    assert_line --index 0 "rtmr0 $ONE"
    assert_line --index 3 "rtmr3 $(rtmr3 "[$BOOT]")"
    head -n 1 lines >one
    replay one
    assert_success
    assert_line 'claim app-id deadbeef'
    : >none
    replay none -f lines
    assert_success
}

@test "a log that contradicts itself is answered with 1" {
    echo "[$(event a 00),$(event a 00 | sed "s/\"digest\":\"\"/\"digest\":\"$D1\"/")]" >log
    replay log
    refuses 1 'event 1: the digest is not that of what the event says'
    echo "[$(event a 00 ',"preimage":"00"')]" >log
    replay log -j
    refuses 1 'event 0: the digest is not that of what the event says'
}

@test "what is no log is refused" {
    printf '' >log && replay log
    refuses 100 'fatal: standard input: nothing, where an event log should be'
    replay log -f ccel
    refuses 100 'fatal: event 0: it ends within an event'
    echo hello >log && replay log
    refuses 100 'fatal: event 0: it ends within an event'
    head -c 100 /dev/zero >log && replay log
    refuses 100 'fatal: event 0: not an event log'
    echo '[' >log && replay log
    refuses 100 'fatal: standard input: not JSON, or too much of it'
    echo '{}' >log && replay log
    refuses 100 'fatal: line 0: a member is missing or malformed'
    echo '[{}]' >log && replay log
    refuses 100 'fatal: event 0: a member is missing or malformed'
    echo "[$(firmware 4 "$D1")]" >log && replay log
    refuses 100 'fatal: event 0: there is no such register'
    echo "[$(firmware 0 "${D1:2}")]" >log && replay log
    refuses 100 'fatal: event 0: the digest is missing or not 48 bytes'
    echo '{"quote":""}' >log && replay log
    refuses 100 'fatal: standard input: its quote: it ends early'
    echo '{"quote":1,"event_log":[]}' >log && replay log
    refuses 100 'fatal: standard input: its quote is not text, or too long'
    echo '{"event_log":1}' >log && replay log
    refuses 100 'fatal: standard input: its event_log is neither text nor an array, or too long'
    echo '{"event_log":"["}' >log && replay log
    refuses 100 'fatal: standard input: its event_log is not JSON, or too much of it'
    echo '{"event_log":"{}"}' >log && replay log
    refuses 100 'fatal: event 0: not an event log'
    echo '[]' >log && replay log -f answer
    refuses 100 'fatal: standard input: an answer without an event_log'
    echo '[]' >log && replay log -f ccel
    refuses 100 'fatal: event 0: it ends within an event'
    echo '{"event":"a","payload":"%"}' >log && replay log
    refuses 100 'fatal: line 0: a member is missing or malformed'
}

@test "what is no quote of such a machine is refused" {
    echo '[]' >log
    body "$(zeros 48)" "$(zeros 48)" "$(zeros 48)" "$(zeros 48)" >quote
    head -c 1262 quote >bad && replay log -q bad
    refuses 100 'fatal: -q: it ends early'
    head -c 1263 quote >bad && replay log -q bad
    refuses 100 'fatal: -q: neither a quote nor hexadecimal'
    { printf 03; tail -c +3 quote; } >bad && replay log -q bad
    refuses 100 'fatal: -q: a TEE or body type that this version does not have'
    sed 's/^0400020081/0400020000/' quote >bad && replay log -q bad
    refuses 100 'fatal: -q: the quote of an enclave: it has no RTMRs'
    head -c 200000 /dev/zero >bad && replay log -q bad
    refuses 100 'fatal: -q: longer than 131076 bytes'
    replay log -q none
    refuses 100 'fatal: -q: none: No such file or directory'
    replay log -f xml
    refuses 100 'fatal: -f: not json, ccel, lines, answer or attestation: xml'
    replay log extra
    assert_failure 100
    replay log -h
    assert_success
    assert_output --partial 'usage: tdx-replay [-j]'
}

# The cases' own words: rtmr_match is what the registers say, strict_verdict what a careful tool answers.
@test "the cases of event logs are answered as they say" {
    data tdx/e01-ev-good/case.json >/dev/null
    n=0
    for case in "$DATA"/tdx/e*/case.json; do
        dir=${case%/*}
        mapfile -t said < <("$BIN/json-get" .base .strict_verdict <"$case")
        log=$dir/event_log.json
        [ -e "$log" ] || log=$dir/ccel.bin
        replay "$log" -q "$DATA/tdx/${said[0]}/quote.bin"
        case ${said[1]} in
        accept) [ "$status" = 0 ] && [ "$(grep -c '^rtmr. [0-9a-f]* equal$' <<<"$output")" = 4 ] ;;
        reject) [ "$status" = 1 ] || [ "$status" = 100 ] ;;
        *) false ;;
        esac || { echo "${dir##*/} (${said[1]}): $status $output $stderr"; return 1; }
        # What is only to be seen in the registers is seen there.
        case ${dir##*/} in
        e04-* | e05-* | e06-*) assert_equal "$status $(grep -c differs <<<"$output")" '1 1' ;;
        e01-*) good=$output ;;
        e09-*) assert_output "$good" ;; # a payload that nobody measured is not shown
        esac
        n=$((n + 1))
    done
    [ "$n" -ge 15 ]
}

@test "genuine quotes agree with their logs" {
    data tdx/p05-tdx4-gcp-cos-ccel/ccel.bin >/dev/null
    replay "$DATA/tdx/p05-tdx4-gcp-cos-ccel/ccel.bin" -q "$DATA/tdx/p05-tdx4-gcp-cos-ccel/quote.bin"
    assert_success
    assert_equal "$(grep -c ^digest-only <<<"$output")" 43
    replay "$DATA/tdx/p09-dstack-eventlog/event_log.json" -q "$DATA/tdx/p09-dstack-eventlog/quote.bin"
    assert_success
    assert_line 'identity app-id 06768e6df639ce3be65e9e5321f8b2d82dbffb01'
    assert_line 'identity compose-hash 06768e6df639ce3be65e9e5321f8b2d82dbffb01c74323462d34c2feb9653aff'
    replay "$DATA/dstack/examples/rtmr3-report.json"
    assert_success
    assert_line 'identity instance-id 9ba3255b85b26ec04b5ce853056f7651144ff3b5'
}

@test "the simulator's logs lead to its quotes, stripped of what newer agents leave out too" {
    data dstack/simulator-v0.5.4/eventlog.json >/dev/null
    replay "$DATA/dstack/simulator-v0.5.4/eventlog.json" -q "$DATA/dstack/simulator-v0.5.4/quote.hex"
    assert_success
    assert_line 'identity app-id ea549f02e1a25fabd1cb788380e033ec5461b2ff'
    before=$output
    python3 - "$DATA/dstack/simulator-v0.5.4/eventlog.json" >stripped <<'END'
import json, sys
log = json.load(open(sys.argv[1]))
for event in log:
    event['digest' if event['imr'] == 3 else 'event_payload'] = ''
print(json.dumps(log))
END
    replay stripped -q "$DATA/dstack/simulator-v0.5.4/quote.hex"
    assert_success
    assert_output "$before"
}

@test "an attestation has its quote and its log in one" {
    data tdx/p13-dstack-simulator/attestation.bin >/dev/null
    replay "$DATA/tdx/p13-dstack-simulator/attestation.bin" -f attestation
    assert_success
    assert_line 'identity os-image-hash e61be43dd1cc6a6f5edefd7c51b608983780839b0000ce60dd99737dcffe09b9'
    before=$output
    xxd -p -c 0 "$DATA/tdx/p13-dstack-simulator/attestation.bin" >hex
    replay hex -f attestation
    assert_success
    assert_output "$before"
    head -c -1 "$DATA/tdx/p13-dstack-simulator/attestation.bin" >bad
    replay bad -f attestation
    refuses 100 'fatal: standard input: malformed'
    replay /dev/null -f attestation
    refuses 100 'fatal: standard input: not an attestation'
}

@test "a CCEL leads where the events that dstack reads in it lead" {
    data dstack/eventlog/ccel.bin >/dev/null
    sed '1,/^\[$/{/^\[$/!d}' "$DATA/dstack/eventlog/parse_ccel-2.snap" >events
    replay events
    assert_success
    expected=$output
    replay "$DATA/dstack/eventlog/ccel.bin"
    assert_success
    assert_output "$expected"
    assert_equal "$(grep -c ^digest-only <<<"$output")" 18
}
