#!/usr/bin/env bats
# acme-order and acme-due against a CA that misbehaves, and one that can do what
# Debian's pebble cannot: t/peer/acme-front has the words of the rules. A world a
# test (t/world); a table of faults in each.
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=60

setup() {
    bats_load_library bats-support
    bats_load_library bats-assert
    load world/bats
    world_setup
    WORLD_LIMIT_S=55
}

teardown() {
    world_show
}

ok() {
    [ "$status" = 0 ] && [ "$output" = "$1 tried" ] && return
    echo "$output"
    return 1
}

# try STATUS RULE...: an order of a certificate that is there already, with these
# rules, must end like that; 0 with another certificate than before, anything else
# with the same. Whatever happened, one certificate is made at most, nothing is
# left in the challenge directory, and the next run succeeds.
try() {
    local expected=$1 serial status made
    shift
    tried=$((tried + 1))
    # pebble throws dice even when told to reuse no authorization: one order in a hundred is ready
    # at once, and nobody asks for what such a rule is about.
    for _ in 1 2 3 4 5; do
        serial=$(store_serial a.example.test) made=$(issued)
        front_rules "$@"
        : >"$WORLD/log/acme-order"
        status=$(outcome acme-order -q -t "${LIMIT_S:-4}" -f a.example.test)
        ! ready_at_once || had_turn || continue
        break
    done
    had_turn || wrong 'no rule had its turn' "$@"
    front_rules
    [ "$status" = "$expected" ] || wrong "exit status $status, not $expected" "$@"
    store_good a.example.test a.example.test || [ "${TRUST-}" = any ] || wrong 'the store is not whole' "$@"
    [ "$(issued)" -le $((made + 1)) ] || wrong "$(($(issued) - made)) certificates" "$@"
    [ -z "$(ls "$CHAL_DIR")" ] || wrong 'the challenge directory is not empty' "$@"
    if [ "$status" = 0 ]; then
        [ "$serial" != "$(store_serial a.example.test)" ] || wrong 'the certificate is the old one' "$@"
    else
        [ "$serial" = "$(store_serial a.example.test)" ] || wrong 'the certificate is another one' "$@"
        [ "$(wc -l <"$WORLD/log/acme-order")" -gt 0 ] || wrong 'nothing was said' "$@"
        ! LC_ALL=C grep -q '[^ -~]' "$WORLD/log/acme-order" || wrong 'bytes not for a terminal' "$@"
        status=$(outcome acme-order -q -t 20 -f a.example.test)
        [ "$status" = 0 ] || wrong "the next run: exit status $status" "$@"
    fi
}

had_turn() { awk -F '\t' '$5 != "-" { n++ } END { exit !n }' "$FRONT_LOG"; }

ready_at_once() { [ "$(asked new-order)" = 1 ] && [ "$(asked challenge)" = 0 ]; }

wrong() { # what rule...
    echo "$1 --- ${*:2}"
    tail -n 3 "$WORLD/log/acme-order"
}

faulty() { # scene: in a world with a certificate
    local tried=0
    acme_vm -strict
    acme-order -q a.example.test
    "$1"
    echo "$tried tried"
}

### Odd, but right

odd() {
    try 0 'any chunked 3'
    try 0 'any chunked 4000'
    try 0 'any until-close'
    # But not before what must not be sent twice.
    try 0 'dir hangup' 'new-order hangup' 'authz hangup' 'challenge hangup' 'finalize hangup' 'cert hangup'
    try 0 'any relative'
    try 0 'any shuffle'
    try 0 'any delay 40'
    try 0 'any header X-Long '"$(printf 'x%.0s' {1..3000})" 'any header link "<https://ca.test/x>;rel=\"up\", </y>; rel=index"'
    try 0 'cert noise'
    try 0 'cert chunked 3' 'cert noise'
    try 0 'dir@1 redirect 301 /front-dir'
    try 0 'dir@1 redirect 307 https://ca.test/front-dir' 'dir@2 redirect 302 /dir'
    try 0 'dir set newAuthz null' 'dir set renewalInfo null' 'dir set meta null' 'dir set a [{},[[]],-1.5e3]'
    try 0 'dir unset keyChange' 'dir unset revokeCert' 'dir unset meta' 'dir set meta.profiles null'
    try 0 'authz insert challenges "{\"type\":\"dns-persist-01\",\"status\":\"pending\",\"url\":\"https://ca.test/chalZ/x\",\"issuer-domain-names\":[\"ca.test\"]}"'
    try 0 'authz insert challenges "{\"type\":\"mystery-02\",\"url\":null,\"token\":7}"'
    try 0 'authz insert challenges "{}"' 'authz insert challenges null' 'authz insert challenges "[1]"'
    try 0 'authz set expires null' 'authz set wildcard false' 'new-order set expires 7' 'order set notAfter null'
    try 0 'challenge set status "\"processing\""' 'challenge set error null'
    try 0 'challenge unset status' 'challenge header Retry-After never'
    try 0 'new-order header Link "<https://ca.test/dir>;rel=index"' 'new-order status 200'
}

@test "what is odd, but right, is taken" {
    in_world faulty odd
    ok 21
}

### Patience

busy() {
    local LIMIT_S=20
    try 0 'new-order@1 problem 503 serverInternal retry=1'
    try 0 'new-order@1-2 problem 429 rateLimited retry=0'
    try 0 'finalize@1 problem 503 serverInternal retry-date=1'
    try 0 'dir@1 html 503' 'dir@1 retry 1'
    try 0 'finalize set status "\"processing\""' 'finalize unset certificate' 'finalize retry 1'
    try 0 'finalize set status "\"processing\""' 'order@2-4 set status "\"processing\""' 'order@2-3 retry 0'
    try 0 'order@1-3 retry-date 1' 'order@1-2 set status "\"pending\""'
    try 0 'order header Retry-After 99999999999999999999' 'order@1 set status "\"pending\""'
    try 0 'order header Retry-After "Sun, 06 Nov 1994 08:49:37 GMT"' 'order@1 set status "\"pending\""'
    try 0 'finalize@1 problem 403 orderNotReady'
    try 0 'any@3-9 problem 400 badNonce'
    try 0 'new-order@1-3 problem 400 badNonce nonce=no' 'finalize@1 problem 400 badNonce'
    try 0 'new-order@1 problem 400 badNonce "detail=JWS has an invalid anti-replay nonce" content-type=application/json'
    try 0 'authz no-header Replay-Nonce' 'challenge no-header Replay-Nonce' 'new-order no-header Replay-Nonce'
    try 0 'order no-header Replay-Nonce' 'finalize no-header Replay-Nonce'
}

@test "who is busy is waited for, as long as he said and no longer; nonces are got" {
    in_world faulty busy
    ok 15
}

### Lost

lost() {
    local kind
    # On a connection that was kept for long the server may be gone: once more.
    for kind in authz challenge order cert; do
        try 0 "$kind@1 drop"
        try 0 "$kind@1 lose"
        try 0 "$kind@1 reset"
    done
    # Whether it was done is asked, or left to the next run: it is not done twice.
    for kind in finalize new-order; do
        front_rules
        lost_once "$kind"
    done
    try 111 'any@4- drop'
    try 111 'any@4- reset'
    try 111 'any@7- drop'
    try 111 'dir drop'
}

lost_once() { # kind
    local made status
    tried=$((tried + 1))
    made=$(issued)
    front_rules "$1@1 lose"
    : >"$WORLD/log/acme-order"
    status=$(outcome acme-order -q -t 10 -f a.example.test)
    [ "$(asked "$1")" = 1 ] || wrong "$1 was asked for $(asked "$1") times" "$1@1 lose"
    case $status in
    0) ;;
    111) status=$(outcome acme-order -q -t 10 -f a.example.test) ;;
    esac
    [ "$status" = 0 ] || wrong "exit status $status" "$1@1 lose"
    [ "$(issued)" = $((made + 1)) ] || wrong "$(($(issued) - made)) certificates" "$1@1 lose"
}

@test "an answer that is lost is asked for again where that does no harm" {
    in_world faulty lost
    ok 18
}

### Broken

broken() {
    local LIMIT_S=2
    try 111 'dir html 502'
    try 111 'new-order html 502'
    try 111 'order html 500'
    try 111 'dir raw "\\x16\\x03garbage\\r\\n\\r\\n"'
    try 111 'new-order raw "HTTP/1.1 201 Created\\r\\nContent-Length: 99999999999999999999\\r\\n\\r\\n{}"'
    try 111 'order raw "HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\nzz\\r\\n"'
    try 111 'order raw "HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\nContent-Length: 3\\r\\n\\r\\n0\\r\\n\\r\\n"'
    # Once more where that does no harm is enough.
    try 0 'authz@1 raw ""'
    try 111 'authz raw "" '
    try 111 'dir truncate 20'
    try 111 'cert truncate 500'
    try 111 'cert until-close rude'
    try 111 'order length 5'
    try 111 'dir raw "{}"'
    # What is no directory is the caller's to change.
    try 100 'dir set newOrder 7'
    try 100 'dir set newOrder "\"http://ca.test/order-plz\""'
    try 100 'dir set newNonce "\"file:///etc/passwd\""'
    try 100 'dir redirect 302 /dir'
    try 111 'new-order no-header Location'
    try 111 'new-order set authorizations "[]"' 'new-order unset finalize'
    try 100 'new-order set authorizations "[null]"'
    try 100 'authz set identifier "{\"type\":\"dns\",\"value\":\"other.test\"}"'
    try 100 'authz set challenges null'
}

@test "what is broken is no reason to install anything, nor to give up for good" {
    in_world faulty broken
    ok 23
}

slow() {
    local began=$SECONDS
    try 111 'order drip 500'
    try 111 'authz delay 30000'
    [ $((SECONDS - began)) -lt 30 ] || echo "took $((SECONDS - began)) s"
    try 111 'new-order problem 429 rateLimited retry=3600'
    try 111 'order set status "\"processing\""'
}

@test "no answer can be so slow that the deadline does not hold" {
    in_world faulty slow
    ok 4
}

### Certificates that are not what was ordered

unfit() {
    local ca="$WORLD/pki/world.pem $WORLD/pki/world.key"
    try 111 "cert reissue $ca key=other"
    try 111 "cert reissue $ca names=DNS:a.example.test,DNS:evil.test"
    try 111 "cert reissue $ca names=DNS:b.example.test"
    try 111 "cert reissue $ca days=-1"
    try 111 'cert raw "HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n"'
    try 111 'cert html 200'
}

@test "a certificate of another key, other names or another time is not installed" {
    in_world faulty unfit
    ok 6
}

empty_scene() {
    acme_vm -strict
    front_rules "cert reissue $WORLD/pki/world.pem $WORLD/pki/world.key subject=/ days=6"
    acme-order -q a.example.test b.example.test
    store_good a.example.test -r "$WORLD/pki/world.pem" a.example.test b.example.test
    openssl x509 -in "$CERTDIR/a.example.test/cert.pem" -noout -subject
}

@test "a certificate may have no subject at all" {
    in_world empty_scene
    assert_success
    assert_output 'subject='
}

### Refused

refused() {
    local kind
    for kind in unauthorized malformed caa rejectedIdentifier unsupportedIdentifier badCSR \
        badPublicKey userActionRequired accountDoesNotExist externalAccountRequired; do
        try 100 "new-order problem 403 $kind"
    done
    for kind in serverInternal rateLimited connection dns tls incorrectResponse; do
        try 111 "new-order problem 500 $kind"
    done
    try 100 'finalize problem 400 badCSR'
    try 100 'new-order html 403'
    try 100 'order set status "\"invalid\""' 'order set error "{\"type\":\"urn:ietf:params:acme:error:caa\",\"detail\":\"no\"}"'
}

@test "refusals are 100 where somebody must change something and 111 where time helps" {
    in_world faulty refused
    ok 19
}

told_scene() {
    acme_vm -strict
    front_rules 'new-order problem 400 compound "detail=some\x1b[31m names" sub=a.example.test:caa sub=b.example.test:rejectedIdentifier'
    acme-order -q a.example.test b.example.test 2>&1 || echo "exit $?"
    front_rules 'new-order problem 403 userActionRequired instance=https://ca.test/agree "link=<https://ca.test/terms/2>;rel=\"terms-of-service\""'
    acme-order -q -f a.example.test 2>&1 || echo "exit $?"
    # Both names fail, and both are told of.
    front_rules
    rm -r "$CHAL_DIR" && mkdir "$WORLD/elsewhere"
    CHAL_DIR=$WORLD/elsewhere acme-order -q -f a.example.test b.example.test 2>&1 || echo "exit $?"
}

@test "every subproblem is told, with bytes a terminal can bear, and where to go" {
    in_world told_scene
    assert_line --partial 'a.example.test'
    assert_line --regexp 'a\.example\.test.*caa|caa.*a\.example\.test'
    assert_line --regexp 'b\.example\.test.*rejectedIdentifier|rejectedIdentifier.*b\.example\.test'
    assert_line --partial 'https://ca.test/agree'
    refute_output --partial $'\e'
    [ "$(grep -c '^exit 1[01][01]$' <<<"$output")" = 3 ]
    local after
    after=$(sed '1,/^exit/d' <<<"$output" | sed '1,/^exit/d')
    [[ $after == *a.example.test* && $after == *b.example.test* ]]
}

keys_scene() {
    local key
    acme_vm -strict
    key=$(sha256sum <"$ACME_ACCOUNT/key.pem")
    # Now or never: orders go on with the key that is good.
    front_rules 'key-change problem 500 serverInternal'
    echo "rollover $(outcome acme-account -q -t 5 rollover)"
    [ -e "$ACME_ACCOUNT/new-key.pem" ]
    echo "order $(outcome acme-order -q a.example.test)"
    front_rules 'key-change problem 403 unauthorized'
    echo "rollover $(outcome acme-account -q -t 5 rollover)"
    [ ! -e "$ACME_ACCOUNT/new-key.pem" ]
    [ "$key" = "$(sha256sum <"$ACME_ACCOUNT/key.pem")" ]
    front_rules 'dir unset keyChange'
    echo "rollover $(outcome acme-account -q rollover)"
    [ ! -e "$ACME_ACCOUNT/new-key.pem" ]
    # The answer is lost, and the change was made.
    front_rules 'key-change lose'
    echo "rollover $(outcome acme-account -q rollover)"
    [ "$key" != "$(sha256sum <"$ACME_ACCOUNT/key.pem")" ]
    front_rules
    echo "order $(outcome acme-order -q -f a.example.test)"
}

@test "a rollover that the CA does not take leaves an account that can be used" {
    in_world keys_scene
    assert_success
    assert_output 'rollover 111
order 0
rollover 100
rollover 100
rollover 0
order 0'
}

### What Debian's pebble has not

profile_scene() {
    acme_vm -strict
    local rule='dir set meta.profiles "{\"classic\":\"the usual one\",\"shortlived\":\"https://ca.test/six\"}"'
    front_rules "$rule"
    acme-order -q -n -p shortlived a.example.test
    echo "status $(outcome acme-order -q -p nonsense a.example.test) $(asked new-order)"
    acme-order -q -f -p shortlived a.example.test
    payloads new-order | grep -o '"profile":"[a-z]*"'
    front_rules
    echo "status $(outcome acme-order -q -f -p shortlived a.example.test) $(asked new-order)"
    front_rules "$rule" 'new-order problem 400 invalidProfile'
    echo "status $(outcome acme-order -q -f -p classic a.example.test)"
}

@test "profiles are shown, checked and asked for" {
    in_world profile_scene
    assert_success
    assert_line --regexp 'shortlived.*https://ca.test/six'
    assert_line --regexp 'classic.*the usual one'
    assert_line 'status 100 0'
    assert_line '"profile":"shortlived"'
    assert_line --index -1 'status 100'
}

# The server validates over HTTP what it calls a DNS challenge, and finds the
# answer that needs no token; what the hook was told is looked at here.
records_scene() {
    acme_vm -strict
    world_stop vm-4 vm-6
    world_vm vm -q -T "$(thumbprint "$ACME_ACCOUNT/key.pem")"
    # shellcheck disable=SC2016 # for the hook to expand
    printf '#!/bin/sh\necho "$1 $2 $3 ${4:+token} $CHAL_RECORD = $5" >>"$WORLD/hooked"\n' >"$WORLD/hook"
    chmod +x "$WORLD/hook"
    front_rules 'authz as http-01 dns-account-01'
    acme-order -q -H "$WORLD/hook" -m dns-account-01 a.example.test
    store_good a.example.test a.example.test
    front_rules 'authz as http-01 dns-persist-01'
    acme-order -q -H "$WORLD/hook" -m dns-persist-01 b.example.test
    store_good b.example.test b.example.test
    sed "s,$(account_label),LABEL,; s,$(cat "$WORLD/account-url"),ACCOUNT,; s/= [A-Za-z0-9_-]\{43\}$/= DIGEST/" "$WORLD/hooked"
}

thumbprint() { # FILE with a P-256 key
    openssl pkey -in "$1" -pubout -outform DER | tail -c 64 | perl -MMIME::Base64=encode_base64url -MDigest::SHA=sha256 -e '
        read STDIN, $x, 32;
        read STDIN, $y, 32;
        printf "%s\n", encode_base64url(sha256(sprintf "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}",
            map { encode_base64url($_) } $x, $y));'
}

account_label() { # the first ten bytes of the hash of the account's URL, in base32
    tr -d '\n' <"$WORLD/account-url" | openssl dgst -sha256 -binary | head -c 10 | base32 | tr 'A-Z' 'a-z'
}

@test "dns-account-01 and dns-persist-01: the hook is told name and text of the record" {
    in_world records_scene
    assert_success
    assert_output 'begin dns-account-01 a.example.test token _LABEL._acme-challenge.a.example.test = DIGEST
done dns-account-01 a.example.test token _LABEL._acme-challenge.a.example.test = DIGEST
begin dns-persist-01 b.example.test  _validation-persist.b.example.test = ca.test; accounturi=ACCOUNT
done dns-persist-01 b.example.test  _validation-persist.b.example.test = ca.test; accounturi=ACCOUNT'
}

same_scene() {
    acme_vm -strict
    front_rules
    acme-order -q a.example.test
    # With the same key the certificate of that order is ours.
    front_rules 'new-order same-order'
    outcome acme-order -q -t 10 -f -R a.example.test
    front_kinds
    store_good a.example.test a.example.test
    # With another it is not, and is not installed.
    outcome acme-order -q -t 10 -f a.example.test
    store_good a.example.test a.example.test
    front_rules
    outcome acme-order -q -t 10 -f a.example.test
    store_good a.example.test a.example.test
}

@test "an order that is valid at once" {
    in_world same_scene
    assert_success
    assert_output '0
dir nonce new-order cert
111
0'
}

# shellcheck disable=SC2089 # the quotes are the rule's
ARI='dir set renewalInfo "\"https://ca.test/front-renewal\""'
# shellcheck disable=SC2090
export ARI

due() { # how it ended; what is said is in log/acme-due
    : >"$WORLD/log/acme-due"
    echo "due $(outcome acme-due -v -t 3 a.example.test) asked $(asked renewal)"
}

STATE=.a.example.test/state
export STATE

forget_state() { rm -f "$CERTDIR/$STATE"; }

ask_again_in() { # how many seconds from now, to the half minute
    echo "ask again in $((($(sed -n 's/^ask-again //p' "$CERTDIR/$STATE") - $(date +%s) + 15) / 30 * 30))"
}

renewal_scene() {
    local id
    acme_vm -strict
    front_rules
    acme-order -q a.example.test
    forget_state
    front_rules "$ARI" 'renewal window 86400 90000'
    due
    # What was heard is kept: nobody is asked before Retry-After is over.
    due
    id=$(awk -F '\t' '$2 == "renewal" { sub(".*/", "", $6); print $6 }' "$FRONT_LOG")
    [ "$id" = "$(certificate_id "$CERTDIR/a.example.test/cert.pem")" ]
    awk -F '\t' '$2 == "renewal" { print $3 }' "$FRONT_LOG"
    forget_state
    front_rules "$ARI" 'renewal window -90000 -86400 https://ca.test/why'
    due
    cat "$WORLD/log/acme-due"
    # The order says what it replaces, and does without where that is refused.
    front_rules "$ARI" 'new-order~replaces problem 409 alreadyReplaced'
    acme-order -q a.example.test
    payloads new-order | grep -o '"replaces":"[^"]*"' | sed "s/$id/ID/"
    asked new-order
    store_good a.example.test a.example.test
}

certificate_id() { # FILE: RFC 9773, 4.1
    openssl x509 -in "$1" -noout -serial -ext authorityKeyIdentifier | perl -MMIME::Base64=encode_base64url -ne '
        s/://g;
        $serial = $1 if /^serial=(\w+)/;
        $issuer = $1 if /^ +(?:keyid)?(\w+)$/;
        END {
            $serial = "00$serial" if $serial =~ /^[89A-F]/;
            print join(".", map { encode_base64url(pack "H*", $_) } $issuer, $serial), "\n";
        }'
}

@test "renewal information: asked once, followed, explained; the order replaces" {
    in_world renewal_scene
    assert_success
    assert_line --index 0 'due 1 asked 1'
    assert_line --index 1 'due 1 asked 1'
    assert_line --index 2 GET
    assert_line --index 3 'due 0 asked 1'
    assert_line --partial 'https://ca.test/why'
    assert_line '"replaces":"ID"'
    assert_equal "${lines[-1]}" 2
}

again_scene() {
    local rule
    acme_vm -strict
    acme-order -q a.example.test
    for rule in 'renewal no-header Retry-After' 'renewal retry-date 7200' 'renewal retry 3600' 'renewal retry 0' \
        'renewal retry 99999999' 'renewal header Retry-After soon'; do
        forget_state
        front_rules "$ARI" 'renewal window 864000 900000' "$rule"
        due
        ask_again_in
    done
    # When that moment has come the CA is asked, and what it says now holds.
    sed -i 's/^ask-again .*/ask-again 1700000000/' "$CERTDIR/$STATE"
    front_rules "$ARI" 'renewal window -900 -800'
    due
}

@test "Retry-After in both forms says when renewal information is asked for again" {
    in_world again_scene
    assert_success
    assert_output 'due 1 asked 1
ask again in 21600
due 1 asked 1
ask again in 7200
due 1 asked 1
ask again in 3600
due 1 asked 1
ask again in 60
due 1 asked 1
ask again in 86400
due 1 asked 1
ask again in 21600
due 0 asked 1'
}

malformed_scene() {
    local answer
    acme_vm -strict
    acme-order -q a.example.test
    for answer in 'raw "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"' 'problem 404 malformed' 'html 502' drop \
        'window 10 5' 'raw "HTTP/1.1 200 OK\r\nContent-Length: 70\r\n\r\n{\"suggestedWindow\":{\"start\":\"2025-13-02T04:00:00Z\",\"end\":\"1\"}}      "'; do
        forget_state
        front_rules "$ARI" "renewal $answer"
        due
        grep ' not-due ' "$WORLD/log/acme-due" | cut -d ' ' -f 1-2,4-
    done
}

@test "renewal information that is of no use: the lifetime decides" {
    in_world malformed_scene
    assert_success
    assert_equal "$(grep -cx 'a.example.test not-due by its lifetime' <<<"$output")" 6
    assert_equal "$(grep -c '^due 1 asked [1-9]' <<<"$output")" 6
}
