#!/usr/bin/env bats
# chal-cloudflare: records of DNS challenges at Cloudflare, against a stand-in of
# its API (peer/cloudflare-api).
# shellcheck disable=SC2154,SC2317 # run sets stderr; scenes are called by name
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=60

export TOKEN=LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0
export A=w7r9EBYxPZWMB1fFzPPE6S5WBpiYMNIsHLZJJD8ZF9U
export B=9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI

setup_file() {
    cd "$BATS_FILE_TMPDIR" || return
    printf '[req]\ndistinguished_name=dn\n[dn]\n' >cnf
    openssl req -x509 -config cnf -noenc -newkey ec -pkeyopt ec_paramgen_curve:P-256 -days 3 -subj /CN=test \
        -addext subjectAltName=DNS:localhost -keyout key.pem -out cert.pem 2>/dev/null
}

setup() {
    load serving
    serving_setup
    load world/bats
    world_setup
    export ACME_ANCHORS=$BATS_FILE_TMPDIR/cert.pem CLOUDFLARE_TOKEN_FILE=$PWD/token
    export CHAL_DNS_WAIT=0 DNSCACHEIP=127.0.0.1:1
    echo cf-Secret_token1 >token
    api example.com sub.example.com evil.test
}

teardown() {
    serving_teardown
    world_show
}

api() { # zone...: the stand-in, at $CLOUDFLARE_API
    mkfifo port
    "$BATS_TEST_DIRNAME/peer/cloudflare-api" "$BATS_FILE_TMPDIR/cert.pem" "$BATS_FILE_TMPDIR/key.pem" \
        cf-Secret_token1 "$PWD/log" "$@" >port 2>api.log </dev/null 3>&- &
    API=$!
    CHILDREN+=("$API")
    read -r -t 10 PORT <port
    export CLOUDFLARE_API=https://localhost:$PORT/client/v4
    : >log
}

hook() { # argument...
    run --separate-stderr "$BIN/chal-cloudflare" "$@"
}

succeeds() { # argument...
    hook "$@"
    assert_success
    assert_output ''
    assert_equal "$stderr" ''
}

fails() { # status text argument...
    hook "${@:3}"
    assert_failure "$1"
    assert_output ''
    [[ $stderr = "chal-cloudflare: fatal: "*"$2"* ]] || { echo "$stderr"; return 1; }
    [[ $stderr != *Secret* && $stderr != *$'\e'* && $stderr != *$'\n'* ]]
}

records() { # expected: NAME CONTENT of all zones, sorted
    rm -f log.records
    kill -USR1 "$API"
    until_true test -e log.records
    assert_equal "$(cut -d ' ' -f 2- log.records | LC_ALL=C sort)" "$1"
}

@test "a record is added in the nearest zone, and removed" {
    succeeds begin dns-01 app.Example.com "$TOKEN" "$A"
    records "_acme-challenge.app.example.com \"$A\" 60"
    assert_equal "$(cat log)" "\
GET /client/v4/zones?name=_acme-challenge.app.example.com 200
GET /client/v4/zones?name=app.example.com 200
GET /client/v4/zones?name=example.com 200
POST /client/v4/zones/00000000000000000000000000000001/dns_records 200"
    succeeds 'done' dns-01 app.example.com "$TOKEN" "$A"
    records ''
    succeeds failed dns-01 app.example.com "$TOKEN" "$A"
    succeeds begin dns-01 a.sub.example.com "$TOKEN" "$A"
    assert_equal "$(cut -d ' ' -f 1 log.records)" ''
    kill -USR1 "$API"
    until_true test -s log.records
    assert_equal "$(cut -d ' ' -f 1 log.records)" sub.example.com
}

@test "one connection is enough for all requests" {
    [ "${CHECK_FLAVOUR-}" != san ] || skip 'the leak checker does not work under strace'
    hook begin dns-01 app.example.com "$TOKEN" "$A"
    run strace -f -e trace=connect -o trace "$BIN/chal-cloudflare" 'done' dns-01 app.example.com "$TOKEN" "$A"
    assert_success
    assert_equal "$(grep -c 'sa_family=AF_INET, .*htons('"$PORT"')' trace)" 1
}

@test "two values at one name, each removed alone, and others' stay" {
    succeeds begin dns-01 example.com "$TOKEN" "$A"
    succeeds begin dns-01 example.com "$TOKEN" "$B"
    succeeds begin dns-01 example.com "$TOKEN" "$B"
    for other in "$(printf 'x%.0s' {1..43})" "$(printf 'y%.0s' {1..43})" "$(printf 'z%.0s' {1..43})"; do
        succeeds begin dns-01 example.com "$TOKEN" "$other"
    done
    succeeds 'done' dns-01 example.com "$TOKEN" "$B"
    succeeds 'done' dns-01 example.com "$TOKEN" "$(printf 'z%.0s' {1..43})"
    records "_acme-challenge.example.com \"$A\" 60
_acme-challenge.example.com \"$(printf 'x%.0s' {1..43})\" 60
_acme-challenge.example.com \"$(printf 'y%.0s' {1..43})\" 60"
}

@test "a record that is gone already is no failure" {
    succeeds begin dns-01 gone.example.com "$TOKEN" "$A"
    succeeds 'done' dns-01 gone.example.com "$TOKEN" "$A"
}

@test "dns-account-01 by its record's name, and dns-persist-01, which stays" {
    CHAL_RECORD=_x._acme-challenge.example.com succeeds begin dns-account-01 example.com "$TOKEN" "$A"
    long="ca.test; accounturi=https://ca.test/\"\\$(printf '%0260d' 1)"
    succeeds begin dns-persist-01 example.com '' "$long"
    succeeds 'done' dns-persist-01 example.com '' "$long"
    succeeds failed dns-persist-01 example.com '' "$long"
    zeros=$(printf '%0260d' 1)
    # 38 bytes stand before the zeros.
    records "_validation-persist.example.com \"ca.test; accounturi=https://ca.test/\\\"\\\\${zeros:0:217}\" \"${zeros:217}\" 60
_x._acme-challenge.example.com \"$A\" 60"
}

@test "refusals are exit 100, with what Cloudflare says" {
    fails 100 'zones: Cloudflare refused (403): 9109: Invalid access token; 10000: Authentication error' \
        begin dns-01 denied.example.com "$TOKEN" "$A"
    fails 100 'other.test: it is in no zone that the token can see' begin dns-01 other.test "$TOKEN" "$A"
    echo wrong-Secret >token
    fails 100 'zones: Cloudflare refused (403): 9109: Invalid access token' begin dns-01 example.com "$TOKEN" "$A"
}

@test "too many requests, failures and nonsense are exit 111" {
    fails 111 'too many requests (429), again in 7 s: 971: Please wait' begin dns-01 limited.example.com "$TOKEN" "$A"
    fails 111 "Cloudflare's answer (500) is no JSON" begin dns-01 broken.example.com "$TOKEN" "$A"
    fails 111 "Cloudflare's answer (200) is no JSON" begin dns-01 garbage.example.com "$TOKEN" "$A"
    fails 111 'Cloudflare failed (302): without a reason' begin dns-01 redirect.example.com "$TOKEN" "$A"
    fails 111 'zones: ' begin dns-01 close.example.com "$TOKEN" "$A"
    kill "$API"
    wait "$API" || :
    fails 111 'zones: localhost: ' begin dns-01 example.com "$TOKEN" "$A"
}

@test "an id that is none gets into no URL, and a message into no line" {
    fails 100 'it is in no zone' begin dns-01 evil.test "$TOKEN" "$A"
    run grep -v '^GET /client/v4/zones?name=[a-z.-]* 200$' log
    assert_line --index 0 --partial '_acme-challenge.evil.test'
    refute_output --partial user
    : >log
    CHAL_RECORD=evil.example.com fails 100 'adding the record: Cloudflare refused (400): 1004: \x1b[2J\x0d\x0aforged: line' \
        begin dns-01 example.com "$TOKEN" "$A"
}

@test "a server that is not trusted gets no token" {
    export ACME_ANCHORS=$PWD/other.pem
    openssl req -x509 -config "$BATS_FILE_TMPDIR/cnf" -noenc -newkey ec -pkeyopt ec_paramgen_curve:P-256 -days 3 \
        -subj /CN=other -keyout other.key -out other.pem 2>/dev/null
    fails 100 'zones: localhost: ' begin dns-01 example.com "$TOKEN" "$A"
    export ACME_ANCHORS=$BATS_FILE_TMPDIR/cert.pem CLOUDFLARE_API=https://127.0.0.1:$PORT/client/v4
    fails 100 'zones: 127.0.0.1: ' begin dns-01 example.com "$TOKEN" "$A"
    [ ! -s log ] || ! grep -v ^connection log
    for url in "http://localhost:$PORT/client/v4" localhost x:y "https://localhost:$PORT/?a"; do
        CLOUDFLARE_API=$url fails 100 'CLOUDFLARE_API: not an https: URL' begin dns-01 example.com "$TOKEN" "$A"
    done
}

@test "the token's file" {
    CLOUDFLARE_TOKEN_FILE='' fails 100 'CLOUDFLARE_TOKEN_FILE is not set' begin dns-01 example.com "$TOKEN" "$A"
    CLOUDFLARE_TOKEN_FILE=none fails 100 'CLOUDFLARE_TOKEN_FILE: none: no such file' begin dns-01 example.com "$TOKEN" "$A"
    printf ' \ncf-Secret_token1 \r\n\n' >token
    succeeds begin dns-01 example.com "$TOKEN" "$A"
    for text in '' ' ' 'Secret a' $'Secret\nX: y' 'Secretü' "$(printf 'x%.0s' {1..300})"; do
        printf '%s\n' "$text" >token
        fails 100 'CLOUDFLARE_TOKEN_FILE: ' begin dns-01 example.com "$TOKEN" "$A"
    done
    echo cf-Secret_token1 >token
    ACME_ANCHORS=/dev/null fails 100 'ACME_ANCHORS: /dev/null: ' begin dns-01 example.com "$TOKEN" "$A"
}

@test "other methods are declined with 1, wrong usage and values are exit 100" {
    for method in http-01 tls-alpn-01 DNS-01 ''; do
        CLOUDFLARE_TOKEN_FILE='' hook begin "$method" ../x ../x y
        assert_failure 1
        assert_output ''
        assert_equal "$stderr" ''
    done
    hook begin dns-01 example.com "$TOKEN"
    assert_failure 100
    hook -x
    assert_failure 100
    fails 100 'not a token' begin dns-01 example.com 'a&b' "$A"
    fails 100 'not what a record' begin dns-01 example.com "$TOKEN" "$A&"
    fails 100 'not a name' begin dns-01 'a&b.example.com' "$TOKEN" "$A"
    CHAL_DNS_WAIT=x fails 100 'CHAL_DNS_WAIT: ' begin dns-01 example.com "$TOKEN" "$A"
    [ ! -s log ]
}

# In a world the API is reached over its loopback, and knot is what all the world sees.
in_vain() {
    cd "$WORLD" || return
    dns_add _acme-challenge.there.example.test TXT "\"$A\""
    dns_add _acme-challenge.alias.example.test CNAME there2.gw.test.
    dns_add there2.gw.test TXT "\"$A\""
    world_dns
    mkfifo port
    world_start api "$ROOT/t/peer/cloudflare-api" "$FILES/cert.pem" "$FILES/key.pem" cf-Secret_token1 "$WORLD/calls" \
        example.test gw.test
    world_await api api_is_there
    CLOUDFLARE_API=https://localhost:$(head -n 1 "$WORLD/log/api")/client/v4
    DNSCACHEIP=$(world_ip dns)
    export CLOUDFLARE_API DNSCACHEIP CHAL_DNS_WAIT=5
    "$BIN/chal-cloudflare" begin dns-01 there.example.test t "$A"
    "$BIN/chal-cloudflare" begin dns-01 alias.example.test t "$A"
    echo begun >>"$WORLD/calls"
    CHAL_DNS_WAIT=1 "$BIN/chal-cloudflare" begin dns-01 never.example.test t "$A" || echo "exit $?"
    CHAL_LATER=1 "$BIN/chal-cloudflare" begin dns-01 later.example.test t "$A" || echo "exit $?"
    echo waiting >>"$WORLD/calls"
    CHAL_DNS_WAIT=1 "$BIN/chal-cloudflare" wait dns-01 later.example.test t "$A" || echo "exit $?"
    sed 's,/client/v4/zones/[0-9]*,ZONE,; s,dns_records/.*,dns_records/ID,; /GET/d' "$WORLD/calls"
}

api_is_there() { [ -s "$WORLD/log/api" ]; }

@test "it waits until all servers show the record, follows aliases, and takes back what was in vain" {
    ROOT=$BATS_TEST_DIRNAME/.. FILES=$BATS_FILE_TMPDIR
    export ROOT FILES
    in_world in_vain
    assert_success
    assert_output "exit 111
exit 99
exit 111
POST ZONE/dns_records 200
POST ZONE/dns_records 200
begun
POST ZONE/dns_records 200
DELETE ZONE/dns_records/ID
POST ZONE/dns_records 200
waiting"
    [[ $stderr = *'_acme-challenge.never.example.test: not shown after 1 s by '* ]]
}
