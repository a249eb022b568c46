#!/usr/bin/env bats
# tdx-quote: quotes from the kernel's report directory and device (peer/tsm-fake), the host's
# quote service (peer/qgs-odd), guest agents and a simulated machine.
# shellcheck disable=SC2154,SC2016 # run sets stderr; what other shells expand
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=60

# Report data of "hello": padded, and hashed as the older service does.
HELLO=68656c6c6f
SHA256=57d90585d4b2cce9b2818a7b2a01398d5d2d6a8cb7ca8b735acb8d3203cf8a77
KECCAK256=8ed51239a438104e85ca8d86fa87fbc67c21d00b124c0ff7eceee34309f5f362
SHA3_512=b0c3ee1f3a00e4d97dc29a8f69da29d724494ba2f3f46d8c987bccd96bd1af9e64c73bf81c0048fd51ae8d71391b6da0c9e2c62c748fda447e996f4c45c4516c

setup() {
    load serving
    load tsm
    serving_setup
    PEER=$BIN/../peer
    export BIN PEER
    unset DSTACK_SIMULATOR_ENDPOINT TAPPD_SIMULATOR_ENDPOINT
}

teardown() {
    serving_teardown
}

zeros() { # hexadecimal digits
    printf '%*s' "$1" '' | tr ' ' 0
}

pad() { # hex: to 64 bytes
    printf '%s%s' "$1" "$(zeros $((128 - ${#1})))"
}

# report_data_of FILE: in hexadecimal, of a quote of version 4.
report_data_of() {
    od -An -v -tx1 -j 568 -N 64 "$1" | tr -d ' \n'
}

# from_configfs PLANS [argument...]: a quote over "hello" into out; what is left, into left.
from_configfs() {
    in_kernel "$1" bash -c 'printf hello | "$BIN/tdx-quote" -s configfs:tsm "$@" >out
        status=$?; ls tsm >left; exit $status' x "${@:2}"
}

# from_device LIES PLANS [argument...]: the same from device and service.
from_device() {
    # shellcheck disable=SC2086 # words
    serve ../peer/qgs-odd $1
    in_kernel "$2" bash -c 'printf hello | "$BIN/tdx-quote" -s device:tsm/tdx_guest -q unix:$PWD/service "${@}" >out' \
        x "${@:3}"
    kill -KILL "$SERVER"
    wait "$SERVER" || :
    SERVER=''
}

fails() { # exit text
    assert_failure "$1"
    assert_output ''
    [ ! -s out ]
    [[ $stderr = *"$2"* ]] || { echo "$stderr"; return 1; }
    [ "$(wc -l <<<"$stderr")" = 1 ]
}

# method PATH SCRIPT: of a guest agent in the directory agent, which keeps what it is asked.
# $data is the report data, "$quote" a quote over it that nobody signed.
method() {
    mkdir -p "agent/$(dirname "$1")"
    {
        printf '#!/bin/bash\ncd %q || exit\nexport BIN=%q\n' "$PWD" "$BIN"
        printf '%s\n' 'cat >body' "echo \"\$SCRIPT_NAME \$(cat body)\" >>calls" \
            'data=$("$BIN/json-get" .report_data <body)' \
            'quote=0400020081000000$(printf "%01120d" 0)$data' \
            'say() { printf "Status: %s\nContent-Type: application/json\n\n%s" "$1" "$2"; }'
        printf '%s\n' "$2"
    } >"agent/$1"
    chmod +x "agent/$1"
}

agent() { # [socket]: serves it; without one, over TCP
    ADDRESS=${1:+unix:$PWD/$1} serve http-cgi agent
}

ask() { # argument...: over "hello", to out
    run --separate-stderr bash -c 'printf hello | "$BIN/tdx-quote" "$@" >out' x "$@"
}

@test "the report directory gives a quote over the data, and keeps nothing" {
    from_configfs ''
    assert_success
    assert_equal "$stderr" ''
    assert_equal "$(report_data_of out)" "$(pad $HELLO)"
    assert_equal "$(cat left)" ''
}

@test "what passes in the report directory is waited for" {
    from_configfs 'busy=2 eio=1 eintr=1 timeout=1 lost=1 moved=1 later=1 taken=2 pieces'
    assert_success
    assert_equal "$stderr" ''
    assert_equal "$(report_data_of out)" "$(pad $HELLO)"
    assert_equal "$(cat left)" ''
}

@test "what does not pass ends at the deadline, and nothing is left" {
    local plan
    declare -A text=(
        [busy]='no quote in time: outblob: ' [timeout]='no quote in time: outblob: '
        [moved]='generation: what was written is not what was there to be read'
        [lost]='generation: what was written is not what was there to be read'
    )
    for plan in "${!text[@]}"; do
        from_configfs "$plan" -t 0.3
        fails 111 "tdx-quote: fatal: configfs:tsm: "
        [[ $stderr = *"${text[$plan]}"* ]] || { echo "$plan: $stderr"; return 1; }
        assert_equal "$(cat left)" ''
    done
}

@test "a quote over other data is refused with 1, whatever the generation says" {
    from_configfs other
    fails 1 'configfs:tsm: its quote is over other report data'
    assert_equal "$(cat left)" ''
}

@test "half a quote, none, too much, and nonsense are no quote" {
    from_configfs short
    fails 111 'what it gave is no quote'
    from_configfs empty
    fails 111 'what it gave is no quote: outblob'
    from_configfs large
    fails 111 'outblob: File too large'
    from_configfs words
    fails 111 'what it gave is no quote: generation'
    from_configfs taken
    fails 111 'mkdir: File exists'
    assert_equal "$(cat left)" ''
}

@test "another provider's directory is none of TDX" {
    from_configfs sev
    fails 100 'configfs:tsm: there is none here: reports there are not of TDX'
    assert_equal "$(cat left)" ''
}

@test "who is told to end while the kernel waits for the host leaves nothing" {
    local signal
    for signal in TERM INT HUP; do
        in_kernel hang bash -c '"$BIN/tdx-quote" -d 00 -s configfs:tsm >out & pid=$!
            until ls tsm | grep -q postern; do :; done
            kill -'$signal' $pid; wait $pid; status=$?; ls tsm >left; exit $status'
        assert_failure "$((128 + $(kill -l $signal)))"
        assert_equal "$(cat left)" ''
    done
}

@test "the time is over even while the kernel waits for the host" {
    from_configfs hang -t 0.3
    fails 111 'tdx-quote: fatal: no quote in time'
    assert_equal "$(cat left)" ''
}

@test "the device and the quote service give a quote" {
    ADDRESS=unix:$PWD/service from_device '' ''
    assert_success
    assert_equal "$stderr" ''
    assert_equal "$(report_data_of out)" "$(pad $HELLO)"
}

@test "a service that lies about a length, or says less than it promised, gives no quote" {
    local lie
    for lie in frame=15 frame=4294967295 size=17 id=4294967295 quote=4294967295 quote=0 major=2 type=0 body=700; do
        ADDRESS=unix:$PWD/service from_device "$lie" ''
        fails 111 'what it gave is no quote'
    done
    ADDRESS=unix:$PWD/service from_device cut=1000 ''
    fails 111 'closed the connection before its answer was whole'
    ADDRESS=unix:$PWD/service from_device error=73735 ''
    fails 111 'refused: quote service: error 0x12007'
    ADDRESS=unix:$PWD/service from_device data=1 ''
    fails 1 'its quote is over other report data'
}

@test "a service that is silent or drips is left at the deadline" {
    ADDRESS=unix:$PWD/service from_device silent=1 '' -t 0.3
    fails 111 'no quote in time'
    ADDRESS=unix:$PWD/service from_device drip=50 '' -t 0.3
    fails 111 'no quote in time'
}

@test "a TD report over other data is refused before the service is asked" {
    in_kernel report bash -c '"$BIN/tdx-quote" -d 00 -s device:tsm/tdx_guest -q unix:/nonexistent >out'
    fails 1 'a TD report over other report data'
}

@test "a device that is none, and a service that is not there, are told" {
    run --separate-stderr "$BIN/tdx-quote" -d 00 -s device:/dev/null -q "unix:$PWD/none"
    fails 100 'device:/dev/null: there is none here'
    in_kernel '' bash -c '"$BIN/tdx-quote" -d 00 -s device:tsm/tdx_guest -q unix:$PWD/none >out'
    fails 111 'quote service: No such file or directory'
}

@test "without -q the service is where the configuration says, or nowhere" {
    in_kernel '' bash -c 'mount -t tmpfs etc /etc || exit 77
        "$BIN/tdx-quote" -d 00 -s device:tsm/tdx_guest >out'
    fails 100 'there is none here: /etc/tdx-attest.conf: no such file'
    in_kernel '' bash -c 'mount -t tmpfs etc /etc && echo "#port = 4050" >/etc/tdx-attest.conf || exit 77
        "$BIN/tdx-quote" -d 00 -s device:tsm/tdx_guest >out'
    fails 100 'there is none here: /etc/tdx-attest.conf: no port in it'
}

@test "an agent is asked with its newer interface, and all it says is printed" {
    method GetQuote 'say 200 "{\"quote\":\"$quote\",\"event_log\":\"[{\\\"imr\\\":3}]\",\"report_data\":\"$data\",\"vm_config\":\"{}\",\"attestation\":\"00ab\"}"'
    agent agent.sock
    ask -s "agent:unix:$PWD/agent.sock" -j
    assert_success
    assert_equal "$stderr" ''
    assert_equal "$(cat calls)" "/GetQuote {\"report_data\":\"$(pad $HELLO)\"}"
    run "$BIN/json-get" .event_log .report_data .vm_config .attestation <out
    assert_output "$(printf '%s\n' '[{"imr":3}]' "$(pad $HELLO)" '{}' 00ab)"
    quote=0400020081000000$(zeros 1120)$(pad $HELLO)
    assert_equal "$("$BIN/json-get" .quote <out)" "$quote"
    ask -s "agent:unix:$PWD/agent.sock" -x
    assert_success
    assert_equal "$(cat out)" "$quote"
    ask -s "agent:unix:$PWD/agent.sock"
    assert_equal "$(report_data_of out)" "$(pad $HELLO)"
    assert_equal "$(stat -c %s out)" 632
}

@test "an agent over HTTP, and what it has not is not in the JSON" {
    method GetQuote 'say 200 "{\"quote\":\"$quote\",\"event_log\":\"\"}"'
    agent
    ask -s "agent:http://127.0.0.1:$PORT" -j
    assert_success
    cp out first
    ask -s "agent:http://localhost:$PORT" -j
    assert_success
    cmp out first
    assert_equal "$(cat out)" "{\"quote\":\"0400020081000000$(zeros 1120)$(pad $HELLO)\",\"report_data\":\"$(pad $HELLO)\"}"
}

@test "an agent that knows no GetQuote is asked as the older ones are" {
    method GetQuote 'say 400 "{\"error\":\"unknown method\"}"'
    method prpc/Tappd.RawQuote 'say 400 "{\"error\":\"unknown method\"}"'
    method prpc/Tappd.TdxQuote 'say 200 "{\"quote\":\"$quote\",\"event_log\":\"[]\",\"hash_algorithm\":\"raw\",\"prefix\":\"\"}"'
    agent agent.sock
    ask -s "agent:unix:$PWD/agent.sock"
    assert_success
    assert_equal "$(report_data_of out)" "$(pad $HELLO)"
    assert_equal "$(cat calls)" "$(
        echo "/GetQuote {\"report_data\":\"$(pad $HELLO)\"}"
        echo "/prpc/Tappd.RawQuote {\"report_data\":\"$(pad $HELLO)\"}"
        echo "/prpc/Tappd.TdxQuote {\"report_data\":\"$(pad $HELLO)\",\"hash_algorithm\":\"raw\",\"prefix\":\"\"}"
    )"
}

@test "a socket with the older agent's name is asked the older way first" {
    method prpc/Tappd.RawQuote 'say 200 "{\"quote\":\"$quote\",\"event_log\":\"[]\"}"'
    agent tappd.sock
    ask -s "agent:unix:$PWD/tappd.sock" -H sha256
    assert_success
    assert_equal "$(cat calls)" "/prpc/Tappd.RawQuote {\"report_data\":\"$(pad $SHA256)\"}"
}

@test "what an agent says when it refuses is told, harmless and in one line" {
    method GetQuote 'say 400 "{\"error\":\"no\\u001b[2J quote\"}"'
    agent agent.sock
    ask -s "agent:unix:$PWD/agent.sock"
    fails 111 'refused: /GetQuote: 400: no\x1b[2J quote; /prpc/Tappd.RawQuote: 404'
    [[ $stderr != *$'\e'* ]]
}

@test "an agent that lies, errs, or is none gives no quote" {
    method GetQuote 'say 200 "{\"quote\":\"${quote%?}1\"}"'
    agent agent.sock
    ask -s "agent:unix:$PWD/agent.sock"
    fails 1 'its quote is over other report data'
    method GetQuote 'say 200 "{\"quote\":\"${quote:0:1000}\"}"'
    ask -s "agent:unix:$PWD/agent.sock"
    fails 111 'what it gave is no quote'
    method GetQuote 'say 200 "<html>"'
    ask -s "agent:unix:$PWD/agent.sock"
    fails 111 '/GetQuote: not a JSON object'
    method GetQuote 'say 200 "{\"quote\":\"$quote\",\"event_log\":[]}"'
    ask -s "agent:unix:$PWD/agent.sock"
    fails 111 '/GetQuote: a malformed event_log'
    method GetQuote 'say 500 ""'
    ask -s "agent:unix:$PWD/agent.sock"
    fails 111 'refused: /GetQuote: 500'
    method GetQuote 'sleep 5'
    ask -s "agent:unix:$PWD/agent.sock" -t 0.3
    fails 111 'no quote in time'
    rm agent.sock
    ask -s "agent:unix:$PWD/agent.sock"
    fails 100 'there is none here'
    : >agent.sock
    ask -s "agent:unix:$PWD/agent.sock"
    fails 100 'not a socket'
}

@test "a simulated machine signs" {
    "$BIN/sim-pki" machine
    ask -s sim:machine
    assert_success
    assert_equal "$stderr" ''
    assert_equal "$(report_data_of out)" "$(pad $HELLO)"
    cp out first
    printf hello | "$BIN/sim-quote" machine >second
    cmp first second
    rm machine/pck.key
    ask -s sim:machine
    fails 100 'pck.key'
}

@test "an agent's attestation is one over the data, and replays" {
    "$BIN/sim-pki" machine
    ask -a -s sim:machine -x
    assert_success
    run "$BIN/tdx-replay" -f attestation <out
    assert_success
    assert_line --regexp '^rtmr3 [0-9a-f]* equal$'
    cp out hex
    method Attest 'say 200 "{\"attestation\":\"$(cat hex)\"}"'
    agent agent.sock
    ask -a -s "agent:unix:$PWD/agent.sock" -x
    assert_success
    assert_equal "$stderr" ''
    cmp out hex
    assert_equal "$(cat calls)" "/Attest {\"report_data\":\"$(pad $HELLO)\"}"
    ask -a -s "agent:unix:$PWD/agent.sock"
    assert_success
    assert_equal "$(od -An -v -tx1 out | tr -d ' \n')" "$(cat hex)"
    ask -a -s "agent:unix:$PWD/agent.sock" -j
    assert_success
    assert_equal "$(cat out)" "{\"report_data\":\"$(pad $HELLO)\",\"attestation\":\"$(cat hex)\"}"
    # Over other data in the quote, and where the attestation says it beside the quote.
    ask -a -s "agent:unix:$PWD/agent.sock" -p x -H sha512
    fails 1 'its quote is over other report data'
    for at in 1 2; do
        sed "s/$(pad $HELLO)/$(pad 00)/$at" hex >other
        method Attest 'say 200 "{\"attestation\":\"$(cat other)\"}"'
        ask -a -s "agent:unix:$PWD/agent.sock"
        fails 1 'its quote is over other report data'
    done
}

@test "an agent without attestations, or with malformed ones, gives none" {
    method Attest 'say 400 "{\"error\":\"no\"}"'
    agent agent.sock
    ask -a -s "agent:unix:$PWD/agent.sock"
    fails 111 'refused: /Attest: 400: no'
    for answer in '{}' '{"attestation":""}' '{"attestation":"0000ff"}' '{"attestation":"zz"}' '{"attestation":1}'; do
        printf '%s' "$answer" >answer
        method Attest 'say 200 "$(cat answer)"'
        ask -a -s "agent:unix:$PWD/agent.sock"
        fails 111 'what it gave is no quote: /Attest: a malformed attestation'
    done
    method Attest 'say 200 "[]"'
    ask -a -s "agent:unix:$PWD/agent.sock"
    fails 111 '/Attest: not a JSON object'
}

@test "what has no event log gives no attestation" {
    "$BIN/sim-pki" machine
    rm machine/eventlog.json
    ask -a -s sim:machine
    fails 100 'there is none here: no event log'
    "$BIN/sim-pki" -f machine
    echo '{}' >machine/eventlog.json
    ask -a -s sim:machine
    [ "$status" != 0 ] && [ ! -s out ]
}

@test "auto says which source it was, and takes the first that has a quote" {
    method GetQuote 'say 200 "{\"quote\":\"$quote\"}"'
    method prpc/Tappd.RawQuote 'say 200 "{\"quote\":\"$quote\"}"'
    # Sockets where an agent has them, in a /run of our own.
    run --separate-stderr unshare -Urm bash -c '
        mount -t tmpfs run /run && [ -e /var/run/. ] || exit 77
        ask() { printf hello | "$BIN/tdx-quote" "$@" >out; }
        mkfifo ready
        "$BIN/listen-on" -r 9 unix:/var/run/tappd.sock "$BIN/http-cgi" agent 9>ready 2>log &
        read -r _ <ready
        ask || exit
        mkdir /run/dstack
        "$BIN/listen-on" -r 9 unix:/var/run/dstack/dstack.sock "$BIN/http-cgi" agent 9>ready 2>log &
        read -r _ <ready
        ask -s agent || exit
        "$BIN/listen-on" -r 9 unix:/var/run/dstack.sock "$BIN/http-cgi" agent 9>ready 2>log &
        read -r _ <ready
        ask -s auto || exit
        kill %1 %2 %3; wait'
    [ "$status" != 77 ] || skip 'no tmpfs here'
    assert_success
    assert_equal "$stderr" "$(printf 'tdx-quote: from agent:unix:/var/run/%s\n' tappd.sock dstack/dstack.sock dstack.sock)"
}

@test "auto without any source is 100, and says so" {
    run --separate-stderr unshare -Urm bash -c 'mount -t tmpfs run /run || exit 77; "$BIN/tdx-quote" -d 00'
    [ "$status" != 77 ] || skip 'no tmpfs here'
    fails 100 'no source of quotes here'
}

@test "the simulators' variables say where the agent is" {
    method GetQuote 'say 200 "{\"quote\":\"$quote\"}"'
    agent agent.sock
    DSTACK_SIMULATOR_ENDPOINT=$PWD/agent.sock TAPPD_SIMULATOR_ENDPOINT=/nonexistent ask -s agent
    assert_success
    assert_equal "$stderr" "tdx-quote: from agent:unix:$PWD/agent.sock"
    TAPPD_SIMULATOR_ENDPOINT=unix:$PWD/agent.sock ask -s agent
    assert_success
    DSTACK_SIMULATOR_ENDPOINT='' TAPPD_SIMULATOR_ENDPOINT=$PWD/agent.sock ask
    assert_success
    DSTACK_SIMULATOR_ENDPOINT=dstack.sock ask -s agent
    fails 100 'DSTACK_SIMULATOR_ENDPOINT: not http://host:port'
    TAPPD_SIMULATOR_ENDPOINT=https://a ask -s auto
    fails 100 'TAPPD_SIMULATOR_ENDPOINT: not http://host:port'
    # A source that is named is the one.
    DSTACK_SIMULATOR_ENDPOINT=$PWD/agent.sock ask -s configfs:/nonexistent
    fails 100 'configfs:/nonexistent: there is none here'
}

@test "auto asks the kernel first; one that fails is told, and the next is asked; one that lies ends it" {
    method GetQuote 'say 200 "{\"quote\":\"$quote\"}"'
    agent agent.sock
    in_place() { # plan: the fake where the kernel's directory is
        [ -x "$PEER/tsm-fake" ] || skip 'make tests makes the fake'
        run --separate-stderr unshare -Urm bash -c '
            report=/sys/kernel/config/tsm/report
            mount -t tmpfs sys /sys/kernel && mkdir -p $report || exit 77
            export DSTACK_SIMULATOR_ENDPOINT=$PWD/agent.sock
            exec "$PEER/tsm-fake" -m "$1" $report bash -c "printf hello | \"\$BIN/tdx-quote\" >out"' x "$1"
        [ "$status" != 77 ] || skip 'no file system in the place of the kernel'"'"'s'
    }
    in_place pieces
    assert_success
    assert_equal "$stderr" 'tdx-quote: from configfs:/sys/kernel/config/tsm/report'
    assert_equal "$(report_data_of out)" "$(pad $HELLO)"
    [ ! -e calls ]
    in_place short
    assert_success
    assert_equal "$stderr" "tdx-quote: configfs:/sys/kernel/config/tsm/report: what it gave is no quote: it ends early
tdx-quote: from agent:unix:$PWD/agent.sock"
    assert_equal "$(report_data_of out)" "$(pad $HELLO)"
    rm calls
    in_place sev
    assert_success
    assert_equal "$stderr" "tdx-quote: from agent:unix:$PWD/agent.sock"
    rm calls agent.sock
    in_place short
    assert_failure 111
    [ ! -s out ]
    assert_equal "$stderr" "tdx-quote: configfs:/sys/kernel/config/tsm/report: what it gave is no quote: it ends early
tdx-quote: fatal: no source gave a quote"
    in_place other
    fails 1 'configfs:/sys/kernel/config/tsm/report: its quote is over other report data'
    [ ! -e calls ]
}

@test "the report data: 0 to 64 bytes and zeros, in hexadecimal, or hashed" {
    "$BIN/sim-pki" machine
    data() { # expected, of INPUT [argument...]
        # shellcheck disable=SC2059 # the bytes are a format
        printf "$2" | "$BIN/tdx-quote" -s sim:machine "${@:3}" >out
        assert_equal "$(report_data_of out)" "$(pad "$1")"
    }
    data '' ''
    data 00 '\0'
    data "$(printf '61%.0s' {1..64})" "$(printf 'a%.0s' {1..64})"
    data 0aff '' -d 0aFF
    data '' hello -d ''
    data $SHA256 hello -H sha256
    data $KECCAK256 hello -H keccak256
    data $SHA3_512 hello -H sha3-512 -p app-data
    data $SHA256 '' -d $HELLO -H sha256 -p ''
    data "$(printf 'x:%s' "$(zeros 100)" | sha512sum | cut -d ' ' -f 1)" "$(zeros 100)" -H sha512 -p x
    data "$(printf '62%.0s' {1..64})" "$(printf 'b%.0s' {1..64})" -H raw
}

@test "too many bytes, no hexadecimal and hashes that are none are refused" {
    refuses() { # text input argument...
        run --separate-stderr bash -c 'printf "$1" | "$BIN/tdx-quote" "${@:2}"' x "${@:2}"
        fails 100 "$1"
    }
    : >out
    refuses 'standard input: more than 64 bytes' "$(zeros 65)" -s sim:machine
    refuses '-d: more than 64 bytes' '' -d "$(zeros 130)"
    refuses '-d: not hexadecimal: 0' '' -d 0
    refuses '-d: not hexadecimal: 0x00' '' -d 0x00
    refuses '-H: not a hash' '' -H sha1
    refuses '-H: not a hash' '' -H ''
    refuses '-H raw: 5 bytes in place of 64' hello -H raw
    refuses '-s: not a source: kernel' '' -s kernel
    refuses '-s: not a source: agent:https://a' '' -s agent:https://a
    refuses '-q: not vsock:cid:port or unix:path' '' -q 4050
    refuses '-t: ' '' -t 0
    run --separate-stderr "$BIN/tdx-quote" -x -j
    assert_failure 100
    [[ $stderr = 'usage: tdx-quote '* ]]
    run --separate-stderr "$BIN/tdx-quote" -p prefix
    assert_failure 100
    run --separate-stderr "$BIN/tdx-quote" more
    assert_failure 100
}

@test "input that does not come is not waited for beyond the time" {
    mkfifo silent
    run --separate-stderr bash -c '"$BIN/tdx-quote" -t 0.2 -s sim:machine <>silent'
    assert_failure 111
    [[ $stderr = *'standard input: '* ]]
}

@test "an agent that a variable names and that is not there is named" {
    DSTACK_SIMULATOR_ENDPOINT=$PWD/agent.sock ask -s agent
    fails 100 "no guest agent: agent:unix:$PWD/agent.sock"
    DSTACK_SIMULATOR_ENDPOINT=agent.sock ask -s agent
    fails 100 'DSTACK_SIMULATOR_ENDPOINT: not http://host:port or the absolute path of a socket: agent.sock'
}
