#!/usr/bin/env bats
# agent-cgi: the guest agent's interface, behind http-cgi; dstack's own clients; openssl.
# shellcheck disable=SC2154 # run sets stderr
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=60

# What the original made of its simulator's keys is the same for all time; this was made with
# other libraries.
FIXTURE=$BATS_TEST_DIRNAME/../../shared/data/dstack
PATH_KEY=94855132d46eb62eb3e3d5d1bec821510e77f02251b0b89f3c700ff16691c595

setup() {
    load serving
    load tsm
    serving_setup
    export PATH=$BIN:$PATH
}

teardown() {
    serving_teardown
}

# A simulated machine with keys; its root key is $ROOT.
machine() {
    sim-pki machine
    ROOT=$(app-keys machine)
    export AGENT_DIR=$PWD/machine
}

agent_at() { # address: an agent there, as the manual has it
    ADDRESS=$1 serve http-cgi -b 10485760 -e AGENT_DIR "$BATS_TEST_DIRNAME/../etc/agent/cgi"
}

# call METHOD BODY [option...]: without a server.
call() {
    run --separate-stderr env REQUEST_METHOD=POST PATH_INFO="$1" agent-cgi "${@:3}" "$AGENT_DIR" <<<"$2"
}

ask() { # method query
    run --separate-stderr env REQUEST_METHOD=GET PATH_INFO="$1" QUERY_STRING="$2" agent-cgi "$AGENT_DIR"
}

answered() { # the head is that of an answer
    assert_success
    assert_equal "$stderr" ''
    assert_equal "${lines[0]}" 'Content-Type: application/json'
    [[ $output = *$'\nContent-Length: '* ]]
}

value() { # path: of the answer
    json-get "$1" <<<"${output#*$'\n\n'}"
}

refused() { # why: 400, and an object that says so
    assert_success
    assert_equal "${lines[0]}" 'Status: 400 Bad Request'
    [[ $(value .error) = *"$1"* ]] || { echo "$output, not $1"; return 1; }
}

has_clients() {
    [ -d "$BATS_TEST_DIRNAME/../build/peers/npm/node_modules/@phala/dstack-sdk" ] ||
        skip 'the clients were not installed: run mk/deps npm'
}

@test "dstack's clients have all they ask for, over a Unix socket" {
    has_clients
    machine
    agent_at "unix:$PWD/dstack.sock"
    run "$BATS_TEST_DIRNAME/peer/agent-sdk" "$PWD/dstack.sock" machine "$ROOT"
    assert_success
    refute_line --partial 'not ok'
    [ "${#lines[@]}" -gt 60 ]
}

@test "dstack's clients have all they ask for, over HTTP" {
    has_clients
    machine
    agent_at 127.0.0.1:0
    run "$BATS_TEST_DIRNAME/peer/agent-sdk" "http://127.0.0.1:$PORT" machine "$ROOT"
    assert_success
    # The chain of a key has to end at this root, and at no other.
    run "$BATS_TEST_DIRNAME/peer/agent-sdk" "http://127.0.0.1:$PORT" machine "02${ROOT#02}00"
    assert_failure
    assert_line 'not ok secp256k1: the chain holds'
}

@test "tdx-quote takes it for an agent, over a socket and over HTTP" {
    machine
    agent_at "unix:$PWD/dstack.sock"
    printf hello | tdx-quote -s "agent:unix:$PWD/dstack.sock" -j >answer
    assert_equal "$(json-get .report_data <answer)" "68656c6c6f$(printf '0%.0s' {1..118})"
    run tdx-replay -f answer <answer
    assert_success
    printf hello | DSTACK_SIMULATOR_ENDPOINT=$PWD/dstack.sock tdx-quote -x >by_socket
    assert_equal "$(tr -d '\n' <by_socket)" "$(json-get .quote <answer)"
    stop
    agent_at 127.0.0.1:0
    printf hello | DSTACK_SIMULATOR_ENDPOINT=http://127.0.0.1:$PORT tdx-quote -x >by_http
    assert_equal "$(<by_http)" "$(<by_socket)"
}

@test "the simulator's own files are taken, and give its keys" {
    [ -d "$FIXTURE" ] || skip 'no data of the simulator here'
    for version in head v0.5.4; do
        sim-pki "$version"
        chmod 644 "$version/app-compose.json"
        cp "$FIXTURE/simulator-$version"/{appkeys,app-compose,sys-config}.json "$version"
        [ "$version" = head ] || cp "$FIXTURE/simulator-$version/eventlog.json" "$version"
        AGENT_DIR=$PWD/$version
        call /Info '{}'
        answered
        assert_equal "$(value .os_image_hash)" 64f0d1545cd510a8dfed7ad609d105b5d41f0cb2afcfdda8867ede00c88add7a
        name=$(value .app_name)
        call /GetTlsKey '{"usage_ra_tls":true}'
        answered
        value '.certificate_chain[0]' >leaf
        value '.certificate_chain[1]' >ca
        # The older one's CA says of itself that it may not sign certificates.
        [ "$version" != head ] || openssl verify -CAfile ca leaf
        assert_equal "$(openssl x509 -in leaf -noout -issuer)" 'issuer=O = Dstack, CN = Dstack KMS CA'
        call /GetQuote '{"report_data":"00"}'
        answered
        value .quote >quote
        value .event_log >log
        run tdx-replay -q quote <log
        assert_success
    done
    assert_equal "$name" kvin-nb
    AGENT_DIR=$PWD/head
    call /GetKey '{"path":"a/b","purpose":"signing"}'
    answered
    assert_equal "$(value .key)" "$PATH_KEY"
}

@test "each method is at its paths, in both forms, by POST and GET" {
    machine
    agent_at 127.0.0.1:0
    for path in GetQuote Attest Info GetKey GetTlsKey Version GpuInfo prpc/GetQuote prpc/Tappd.GetQuote \
        prpc/Tappd.TdxQuote prpc/TdxQuote prpc/Tappd.DeriveKey prpc/Tappd.DeriveK256Key prpc/Tappd.Info \
        'Sign?algorithm=k256' 'EmitEvent?event=e' 'GetKey?path=a%2Fb&algorithm=ed25519'; do
        run curl -sS --max-time 20 -w '\n%{http_code} %{content_type}' "http://127.0.0.1:$PORT/$path"
        assert_line '200 application/json'
        [[ $path = *\?* ]] || {
            run curl -sS --max-time 20 -w '\n%{http_code}' -d '{}' "http://127.0.0.1:$PORT/$path"
            assert_line 200
        }
    done
    for path in '' Nothing getquote GetQuote/ GetQuote/x TdxQuote prpc prpc/ prpc/Tappd. prpc/Worker.Info \
        prpc/Tappd.Nothing a/b/c .x; do
        run curl -sS --max-time 20 -w '\n%{http_code} %{content_type}' "http://127.0.0.1:$PORT/$path"
        assert_line '400 application/json'
        assert_line '  "error": "method not found"'
    done
    run curl -sS -o /dev/null -w '%{http_code}' -X PUT -d '{}' "http://127.0.0.1:$PORT/Info"
    assert_output 400
}

@test "GET and POST ask for the same" {
    machine
    ask /GetKey 'path=a+b&purpose=%C3%BC&algorithm=k256'
    answered
    by_get=$(value .signature_chain)
    call /GetKey '{"path":"a b","purpose":"ü","algorithm":"secp256k1","nobody":["knows"]}'
    assert_equal "$(value .signature_chain)" "$by_get"
    ask /GetTlsKey 'subject=s&alt_names=a.test&alt_names=b.test&usage_server_auth=true&not_after=1999999999'
    answered
    value '.certificate_chain[0]' >leaf
    run openssl x509 -in leaf -noout -ext subjectAltName,extendedKeyUsage -enddate
    assert_line --partial 'DNS:a.test, DNS:b.test'
    assert_line --partial 'TLS Web Server Authentication'
    assert_line 'notAfter=May 18 03:33:19 2033 GMT'
}

@test "what is asked wrongly is 400, and says why" {
    machine
    long=$(printf '00%.0s' {1..65})
    while IFS='|' read -r path body why; do
        call "$path" "$body"
        refused "$why"
    done <<END
/GetQuote|{"report_data":"$long"}|Report data is too long
/Attest|{"report_data":"$long"}|Report data is too long
/GetQuote|{"report_data":"0"}|invalid argument: report_data
/GetQuote|{"report_data":"zz"}|invalid argument: report_data
/GetQuote|{"report_data":7}|invalid argument: report_data
/GetQuote|{"report_data":"00",}|not an object of JSON
/GetQuote|["00"]|not an object of JSON
/GetQuote|report_data=00|not an object of JSON
/GetKey|{"algorithm":"rsa"}|Unsupported algorithm
/GetKey|{"algorithm":"secp256k1_prehashed"}|Unsupported algorithm
/GetKey|{"path":1}|invalid argument: path
/Sign|{"data":"00"}|Unsupported algorithm
/Sign|{"algorithm":"secp256k1_prehashed","data":"0011"}|requires a 32-byte digest, but received 2 bytes
/Verify|{"algorithm":"ed25519","data":"00"}|invalid public key or signature
/Verify|{"algorithm":"secp256k1","public_key":"02","signature":"00"}|invalid public key or signature
/GetTlsKey|{"alt_names":["a b"]}|alt_names
/GetTlsKey|{"alt_names":"a"}|invalid argument: alt_names
/GetTlsKey|{"usage_ra_tls":"yes"}|invalid argument: usage_ra_tls
/GetTlsKey|{"not_before":10,"not_after":10}|not_before must be earlier than not_after
/GetTlsKey|{"not_after":10}|would end before it begins
/GetTlsKey|{"not_after":-1}|invalid argument: not_after
/GetTlsKey|{"not_after":999999999999}|invalid argument: not_after
/EmitEvent|{"payload":"00"}|Event name cannot be empty
/EmitEvent|{"event":"$long$long$long"}|event: too long
/prpc/Tappd.TdxQuote|{"hash_algorithm":"md5"}|invalid hash algorithm
/prpc/Tappd.TdxQuote|{"hash_algorithm":"raw","report_data":"00"}|invalid content length
/prpc/Tappd.RawQuote|{"report_data":"$long"}|invalid content length
END
    ask /GetKey 'path=%zz'
    refused 'malformed query'
    run --separate-stderr env REQUEST_METHOD=DELETE PATH_INFO=/Info agent-cgi machine
    refused 'neither POST nor GET'
}

@test "a body of more than 10 MiB is refused, one of just that is read" {
    machine
    head -c 10485700 /dev/zero | tr '\0' 0 >zeros
    { printf '{"algorithm":"ed25519","data":"'; cat zeros; printf '"}'; } >body
    run --separate-stderr env REQUEST_METHOD=POST PATH_INFO=/Sign agent-cgi machine <body
    answered
    run --separate-stderr env REQUEST_METHOD=POST PATH_INFO=/Sign agent-cgi machine < <(cat body zeros)
    refused 'payload too large'
}

@test "openssl takes a certificate for what it was asked for, and for nothing else" {
    machine
    call /GetTlsKey '{"subject":"app","alt_names":["app.test","192.0.2.7"],"usage_server_auth":true}'
    answered
    value '.certificate_chain[0]' >leaf
    value '.certificate_chain[1]' >ca
    value .key >key
    assert_equal "$(openssl pkey -in key -pubout)" "$(openssl x509 -in leaf -noout -pubkey)"
    run openssl verify -x509_strict -purpose sslserver -verify_hostname app.test -CAfile ca leaf
    assert_success
    run openssl verify -x509_strict -verify_ip 192.0.2.7 -CAfile ca leaf
    assert_success
    run openssl verify -purpose sslclient -CAfile ca leaf
    assert_failure
    run openssl verify -verify_hostname other.test -CAfile ca leaf
    assert_failure
    run openssl x509 -in leaf -noout -subject -issuer -ext keyUsage,basicConstraints
    assert_line 'subject=CN = app'
    assert_line 'issuer=CN = TEST app CA'
    assert_line --partial 'Digital Signature'
    refute_line --partial 'CA:TRUE'
}

@test "an end that nobody asked for is not after the CA's" {
    machine
    call /GetTlsKey '{}'
    value '.certificate_chain[0]' >leaf
    value '.certificate_chain[1]' >ca
    openssl x509 -in leaf -noout -checkend $((9 * 365 * 86400))
    # A CA that ends next year.
    key-make ca.key
    openssl req -x509 -new -key ca.key -subj /CN=short -days 300 -out short 2>/dev/null
    json-get -n k256_key="$(json-get .k256_key <machine/appkeys.json)" ca_cert@=short \
        k256_signature="$(json-get .k256_signature <machine/appkeys.json)" \
        key_provider:="$(json-get -n None:="$(json-get -n key@=ca.key)")" >keys
    mv keys machine/appkeys.json
    call /GetTlsKey '{}'
    answered
    value '.certificate_chain[0]' >leaf
    assert_equal "$(openssl x509 -in leaf -noout -enddate)" "$(openssl x509 -in short -noout -enddate)"
    run openssl verify -CAfile short leaf
    assert_success
}

@test "an app whose certificates come from elsewhere has everything else" {
    machine
    json-get -n k256_key="$(json-get .k256_key <machine/appkeys.json)" ca_cert=none \
        k256_signature="$(json-get .k256_signature <machine/appkeys.json)" \
        key_provider:='{"Kms":{"url":"https://kms.test"}}' >keys
    mv keys machine/appkeys.json
    call /Info '{}'
    answered
    assert_equal "$(value .app_cert)" ''
    assert_equal "$(value .app_name)" TEST
    call /GetKey '{}'
    answered
    call /GetTlsKey '{}'
    refused 'its key provider keeps the key of the CA'
}

@test "events are measured one after the other, whoever comes at once, and what they say of the app is nothing" {
    machine
    call /Info '{}'
    before=$(value .app_id)
    for i in {1..8}; do
        REQUEST_METHOD=GET PATH_INFO=/EmitEvent QUERY_STRING="event=app-id&payload=0$i" \
            agent-cgi machine >/dev/null 3>&- &
        CHILDREN+=("$!")
    done
    wait "${CHILDREN[@]}"
    CHILDREN=()
    call /GetQuote '{"report_data":"01"}'
    value .quote >quote
    value .event_log >log
    run tdx-replay -q quote <log
    assert_success
    assert_equal "$(grep -o '"event":"app-id"' log | wc -l)" 9
    call /Info '{}'
    assert_equal "$(value .app_id)" "$before"
    [ -z "$(find machine -name '.new-*')" ]
}

@test "events that fill the log of a simulated machine are refused, and it goes on making quotes" {
    machine
    payload=$(printf '%0130000d' 0)
    for _ in {1..8}; do
        printf ',{"imr":3,"event_type":134217729,"digest":"","event":"e","event_payload":"%s"}' "$payload"
    done >further
    { head -c -1 machine/eventlog.json; cat further; echo ']'; } >log
    mv log machine/eventlog.json
    call /EmitEvent '{"event":"e","payload":"00"}'
    answered
    call /EmitEvent "{\"event\":\"e\",\"payload\":\"${payload:0:8192}\"}"
    refused 'the event log is full'
    call /GetQuote '{}'
    answered
}

@test "of a log that does not lead to the quote nothing is believed" {
    machine
    # A machine whose registers are zero, and a directory with the log of another.
    mkdir app
    mv machine/eventlog.json machine/appkeys.json app
    AGENT_DIR=$PWD/app
    call /Info '{}' -s sim:machine
    answered
    assert_equal "$(value .app_id)$(value .compose_hash)$(value .key_provider_info)" ''
    value .tcb_info >tcb
    assert_equal "$(json-get .rtmr3 <tcb)" "$(printf '0%.0s' {1..96})"
    json-get -e '.event_log[0].digest' <tcb
}

@test "in a VM an event goes to the kernel's register and the runtime log" {
    machine
    mkdir vm registers
    cp machine/appkeys.json vm
    : >registers/rtmr3:sha384
    AGENT_DIR=$PWD/vm
    call /EmitEvent '{"event":"mine","payload":"c0de"}' -D registers -l events
    answered
    assert_equal "$(od -An -tx1 registers/rtmr3:sha384 | tr -d ' \n')" \
        "$(printf '\1\0\0\10:mine:\300\336' | openssl dgst -sha384 -r | cut -d ' ' -f 1)"
    assert_equal "$(json-get .event .payload <events)" $'mine\nwN4='
    # And is in the log that goes with quotes.
    call /GetQuote '{}' -l events -s sim:machine
    mv machine/eventlog.json machine/log
    call /GetQuote '{}' -l events -s sim:machine
    answered
    value .event_log >log
    assert_equal "$(json-get '.[-1].event' '.[-1].event_payload' '.[-1].imr' <log)" $'mine\nc0de\n3'
    call /EmitEvent '{"event":"mine"}' -D missing -l events
    assert_failure 111
    [[ $stderr = 'agent-cgi: fatal: missing: RTMR3: '* ]]
}

@test "only what RTMR3 has by name says what the app is" {
    machine
    call /Info '{}'
    before=$(value .app_id)
    # A runtime event of another register, before all others; and one behind an event that could be any.
    digest=$(printf '\1\0\0\10:app-id:\300\336' | openssl dgst -sha384 -r | cut -d ' ' -f 1)
    other='{"imr":2,"event_type":134217729,"digest":"'$digest'","event":"app-id","event_payload":"c0de"}'
    sed -i "s/^\[/[$other,/" machine/eventlog.json
    call /Info '{}'
    answered
    assert_equal "$(value .app_id)" "$before"
    hidden='{"imr":3,"event_type":1,"digest":"'$digest'","event":"x","event_payload":""}'
    sed -i "s/^\[/[$hidden,/" machine/eventlog.json
    call /Info '{}'
    answered
    assert_equal "$(value .app_id)" ''
}

@test "who is told to end while the kernel waits for the host leaves no entry in its directory" {
    machine
    mkdir app
    cp machine/appkeys.json app
    # shellcheck disable=SC2016 # the inner shell expands it
    in_kernel hang bash -c 'export REQUEST_METHOD=GET PATH_INFO=/GetQuote
        agent-cgi -s configfs:tsm app >out & pid=$!
        until ls tsm | grep -q postern; do :; done
        kill -TERM $pid; wait $pid; status=$?; ls tsm >left; exit $status'
    assert_failure 143
    assert_equal "$(<left)" ''
}

@test "the kernel's report directory gives quotes" {
    machine
    mkdir app
    cp machine/appkeys.json app
    # shellcheck disable=SC2016
    in_kernel '' bash -c 'export REQUEST_METHOD=GET PATH_INFO=/GetQuote QUERY_STRING=report_data=c0de
        agent-cgi -s configfs:tsm app; status=$?; ls tsm >left; exit $status'
    answered
    assert_equal "$(value .report_data | head -c 6)" c0de00
    assert_equal "$(<left)" ''
}

@test "the jail leaves the device what it is there for" {
    machine
    call /GetQuote '{}' -s device:/dev/null
    # As it answers outside of one, too.
    refused 'Failed to get quote: there is none here: TDX_CMD_GET_REPORT0: '
}

has_open() { # pid file
    find "/proc/$1/fd" -lname "$2" | grep -q .
}

@test "a runtime event whose measuring is under way is waited for" {
    machine
    mkdir vm
    mv machine/eventlog.json .
    cp machine/appkeys.json vm
    echo '{"event":"first","payload":""}' >events
    exec 8>>events
    flock 8
    REQUEST_METHOD=GET PATH_INFO=/GetQuote agent-cgi -l events -s sim:machine vm >out 8>&- 3>&- &
    CHILDREN+=("$!")
    until_true has_open "$!" "$PWD/events"
    echo '{"event":"second","payload":""}' >&8
    exec 8>&-
    wait "$!"
    output=$(<out)
    value .event_log >log
    assert_equal "$(json-get '.[-1].event' <log)" second
}

@test "without anybody who makes quotes, keys are there all the same" {
    machine
    mkdir app
    cp machine/appkeys.json app
    AGENT_DIR=$PWD/app
    call /GetQuote '{}' -s configfs:missing
    refused 'Failed to get quote'
    call /Info '{}' -s configfs:missing
    refused 'Failed to get certificate attestation'
    call /GetTlsKey '{}' -s configfs:missing
    answered
    call /GetKey '{}' -s configfs:missing
    answered
}

@test "a directory that is not as it should be ends it with 100 and a message" {
    machine
    call /Version '' -x
    assert_failure 100
    [[ $stderr = *'usage: agent-cgi '* ]]
    call /Version '' -s nothing
    assert_failure 100
    [[ $stderr = 'agent-cgi: fatal: -s: not a source: nothing' ]]
    call /Version '' -s agent:unix:x
    assert_failure 100
    mv machine/appkeys.json keys
    call /Version ''
    assert_failure 100
    [[ $stderr = "agent-cgi: fatal: $PWD/machine/appkeys.json: no such file" ]]
    echo '{}' >machine/appkeys.json
    call /Version ''
    assert_failure 100
    [[ $stderr = "agent-cgi: fatal: $PWD/machine/appkeys.json: malformed" ]]
    mv keys machine/appkeys.json
    echo '{' >machine/sys-config.json
    call /Version ''
    [[ $stderr = "agent-cgi: fatal: $PWD/machine/sys-config.json: malformed" ]]
    rm machine/sys-config.json
    run --separate-stderr env -u REQUEST_METHOD PATH_INFO=/Version agent-cgi machine
    assert_failure 100
    [[ $stderr = *'REQUEST_METHOD is not set'* ]]
    run --separate-stderr agent-cgi missing
    assert_failure 100
    [[ $stderr = 'agent-cgi: fatal: missing: No such file or directory' ]]
    run agent-cgi -h
    assert_success
    assert_output --partial 'usage: agent-cgi '
}
