#!/usr/bin/env bats
# The ACME programs against Debian's pebble, strict, as it is and with all it can
# be told to do; what it cannot is in acme-faults.bats. A world a test (t/world);
# between the programs and pebble stands t/peer/acme-front, to count requests.
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=60

setup() {
    bats_load_library bats-support
    bats_load_library bats-assert
    load world/bats
    world_setup
}

teardown() {
    world_show
}

### One order

order_scene() {
    acme_vm -strict
    front_rules
    acme-order -q a.example.test
    store_good a.example.test a.example.test
    front_kinds
    connections
    echo "left: $(ls "$CHAL_DIR")"
    stat -c '%A' "$CERTDIR/a.example.test" "$CERTDIR"/a.example.test/{key,cert,chain,fullchain}.pem
    openssl x509 -in "$CERTDIR/a.example.test/cert.pem" -noout -pubkey | openssl pkey -pubin -noout -text | grep NIST
}

@test "an order with an account takes nine requests over one connection" {
    in_world order_scene
    assert_success
    assert_output 'dir nonce new-order authz challenge order finalize order cert
1
left: 
lrwxrwxrwx
-rw-------
-rw-r--r--
-rw-r--r--
-rw-r--r--
NIST CURVE: P-256'
}

again_scene() {
    local key serial
    acme_vm -strict
    acme-order -q a.example.test
    key=$(sha256sum <"$CERTDIR/a.example.test/key.pem") serial=$(store_serial a.example.test)
    front_rules
    outcome acme-order -q a.example.test
    echo "asked $(asked new-order)"
    acme-order -q -f a.example.test
    store_good a.example.test a.example.test
    [ "$serial" != "$(store_serial a.example.test)" ]
    [ "$key" != "$(sha256sum <"$CERTDIR/a.example.test/key.pem")" ]
    key=$(sha256sum <"$CERTDIR/a.example.test/key.pem")
    acme-order -q -f -R a.example.test
    store_good a.example.test a.example.test
    [ "$key" = "$(sha256sum <"$CERTDIR/a.example.test/key.pem")" ]
    issued
}

@test "a certificate that is not due is left alone; -f orders anew, -R with the same key" {
    in_world again_scene
    assert_success
    assert_output '1
asked 0
3'
}

names_scene() {
    acme_vm -strict
    front_rules
    acme-order -q {a,b,c,d,e,f,g,h,i,j}.example.test
    store_good a.example.test {a,b,c,d,e,f,g,h,i,j}.example.test
    store_good j.example.test {a,b,c,d,e,f,g,h,i,j}.example.test
    echo "$(wc -l <"$FRONT_LOG") $(connections) $(asked authz) $(asked challenge)"
    readlink "$CERTDIR/j.example.test"
}

@test "ten names in one order: a link for each, challenges before any is waited for" {
    in_world names_scene
    assert_success
    assert_line --index 0 --regexp '^[23][0-9] 1 1?[0-9] 10$'
    assert_line --index 1 'a.example.test'
}

key_scene() {
    local kind
    acme_vm -strict
    for kind; do
        acme-order -q -f -k "$kind" a.example.test
        store_good a.example.test a.example.test
        openssl pkey -in "$CERTDIR/a.example.test/key.pem" -noout -text | sed -n 's/.*Key: (\([0-9]* bit\).*/\1/p'
    done
}

@test "keys of other kinds" {
    in_world key_scene p384 rsa2048 rsa3072
    assert_success
    assert_output '384 bit
2048 bit
3072 bit'
}

@test "the largest key, which takes its time to be made" {
    in_world key_scene rsa4096
    assert_success
    assert_output '4096 bit'
}

staple_scene() {
    acme_vm -strict
    front_rules
    acme-order -q -s a.example.test
    acme-order -q -f a.example.test
    payloads finalize | while read -r text; do
        json-get .csr <<<"$text" | tr -- -_ +/ | awk '{ while (length($0) % 4) $0 = $0 "="; print }' |
            openssl base64 -d -A | openssl req -inform DER -noout -text | grep -c 'status_request' || true
    done
}

@test "OCSP must-staple is asked for with -s, and only then" {
    in_world staple_scene
    assert_success
    assert_output '1
0'
}

agent_scene() {
    acme_vm -strict
    mkdir "$WORLD/keys"
    mv "$ACME_ACCOUNT/key.pem" "$WORLD/keys"
    echo account >"$ACME_ACCOUNT/key.agent"
    export KEYAGENT=$WORLD/agent
    mkfifo "$WORLD/agent-ready"
    listen-on -r 9 "unix:$KEYAGENT" key-agent -a account="$WORLD/keys/key.pem" 2>"$WORLD/log/key-agent" 9>"$WORLD/agent-ready" &
    read -r <"$WORLD/agent-ready" || true
    acme-order -q a.example.test
    store_good a.example.test a.example.test
    acme-revoke -q a.example.test
    acme-account -q show | grep -c "$(cat "$WORLD/account-url")"
    cut -d ' ' -f 2- "$WORLD/log/key-agent"
}

@test "an account whose key is in key-agent orders, revokes and shows" {
    in_world agent_scene
    assert_success
    assert_output '1
account opened
account opened
account opened'
}

csr_scene() {
    acme_vm -strict
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$WORLD/key" 2>/dev/null
    openssl req -new -key "$WORLD/key" -subj / -addext subjectAltName=DNS:a.example.test,DNS:b.example.test -out "$WORLD/csr"
    acme-order -q -r "$WORLD/csr" a.example.test b.example.test
    [ "$(cert_names "$CERTDIR/a.example.test/cert.pem" | paste -sd ' ')" = 'a.example.test b.example.test' ]
    cert_verifies "$CERTDIR/a.example.test/fullchain.pem" "$WORLD/key" a.example.test
    ls "$CERTDIR/a.example.test/"
    front_rules
    outcome acme-order -q -f -r "$WORLD/csr" a.example.test
    asked new-order
}

@test "a request from outside: its key stays there; its names must be those asked for" {
    in_world csr_scene
    assert_success
    assert_output 'cert.pem
chain.pem
fullchain.pem
100
0'
}

dry_scene() {
    acme_vm -strict
    front_rules
    acme-order -n a.example.test b.example.test
    asked new-order
    ls "$CERTDIR"
}

@test "-n says what would be done and does nothing" {
    in_world dry_scene
    assert_success
    assert_output --partial 'a.example.test'
    assert_output --partial 'b.example.test'
    assert_equal "${lines[-1]}" 0
}

### What pebble can be told to do

nonces_scene() {
    local status
    export PEBBLE_WFE_NONCEREJECT=$1
    acme_vm -strict
    front_rules
    # At 90 % fifty refusals in a row are not impossible: then it is "later".
    for _ in 1 2 3 4; do
        status=$(outcome acme-order -q a.example.test)
        [ "$status" != 0 ] || break
        [ "$status" = 111 ]
    done
    store_good a.example.test a.example.test
    echo "certificates $(issued)"
    awk -F '\t' '$4 == 400' "$FRONT_LOG" | wc -l
}

@test "one nonce in five refused: an order is not made twice" {
    in_world nonces_scene 20
    assert_success
    assert_line --index 0 'certificates 1'
}

@test "nine nonces in ten refused: it comes to an end all the same" {
    in_world nonces_scene 90
    assert_success
    assert_line --index 0 'certificates 1'
    [ "${lines[1]}" -gt 10 ]
}

reuse_scene() {
    export PEBBLE_AUTHZREUSE=100
    acme_vm -strict
    acme-order -q a.example.test
    front_rules
    acme-order -q -f a.example.test
    store_good a.example.test a.example.test
    front_kinds
    front_rules
    acme-order -q -f a.example.test b.example.test
    store_good a.example.test a.example.test b.example.test
    asked challenge
}

@test "authorizations that are valid already need no challenge" {
    in_world reuse_scene
    assert_success
    refute_line --index 0 --partial challenge
    assert_line --index 1 1
}

slow_scene() {
    export PEBBLE_VA_NOSLEEP='' PEBBLE_VA_SLEEPTIME=4
    acme_vm -strict
    front_rules
    acme-order -q {a,b,c}.example.test
    store_good a.example.test {a,b,c}.example.test
    connections
    [ "$(wc -l <"$FRONT_LOG")" -lt 60 ]
}

@test "a CA that takes its time is waited for politely" {
    in_world slow_scene
    assert_success
    assert_output 1
}

chains_scene() {
    local root
    export PEBBLE_CHAIN_LENGTH=3 PEBBLE_ALTERNATE_ROOTS=2
    acme_vm -strict
    pebble_answers roots/2 "$WORLD/pki/root2.pem"
    acme-order -q a.example.test
    store_good a.example.test a.example.test
    grep -c BEGIN "$CERTDIR/a.example.test/chain.pem"
    root=$(openssl x509 -in "$WORLD/pki/root2.pem" -noout -subject -nameopt multiline | sed -n 's/.*commonName *= //p')
    acme-order -q -f -i "$root" a.example.test
    store_good a.example.test -r "$WORLD/pki/root2.pem" a.example.test
    # A chain that is not offered is no reason to have none.
    acme-order -f -i 'No Such Root' a.example.test 2>&1 | grep -c 'issuer wished for'
    store_good a.example.test a.example.test
}

@test "long chains, and the one that is preferred" {
    in_world chains_scene
    assert_success
    assert_line --index 0 3
    assert_line --index 1 1
}

eab_scene() {
    local key=zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W
    PEBBLE_EAB="kid-1 $key"
    world_dns
    dns_addresses a.example.test vm
    world_front -strict
    world_vm vm -q
    vm_acme vm
    printf '%s\n' "$key" >"$WORLD/mac"
    printf '%s\n' "${key/z/y}" >"$WORLD/wrong"
    outcome acme-account -q new -y
    outcome acme-account -q new -y -e "kid-1:$WORLD/wrong"
    outcome acme-account -q new -y -e "kid-2:$WORLD/mac"
    acme-account -q new -y -e "kid-1:$WORLD/mac" >"$WORLD/log/url"
    acme-order -q a.example.test
    store_good a.example.test a.example.test
}

@test "an external account is bound, and asked for where it is missing or wrong" {
    in_world eab_scene
    assert_success
    assert_output '100
100
100'
}

# binding_holds HASH: the last newAccount's, as openssl computes it from what was sent.
binding_holds() {
    payloads new-account | tail -n 1 >"$WORLD/payload"
    local signed
    signed=$(json-get .externalAccountBinding.protected .externalAccountBinding.payload <"$WORLD/payload" | paste -sd .)
    json-get .externalAccountBinding.protected <"$WORLD/payload" | tr -- -_ +/ | openssl base64 -d -A 2>/dev/null | grep -q "\"HS${1#sha}\""
    [ "$(printf %s "$signed" | openssl dgst "-$1" -mac HMAC -macopt "hexkey:$MAC_KEY" -binary | openssl base64 -A | tr -d = | tr +/ -_)" = \
        "$(json-get .externalAccountBinding.signature <"$WORLD/payload")" ]
}

eab_kinds_scene() {
    local hash text MAC_KEY=fbeffffbeffffbeffffbeffffbeffffbeffffbeffffbeffffbeffffbeffffb00
    text=$(printf %s "$MAC_KEY" | xxd -r -p | openssl base64 -A)
    # Both digits that the two alphabets do not share, and padding.
    [[ $text = *+* && $text = */* && $text = *= ]]
    PEBBLE_EAB="kid-1 $(printf %s "$text" | tr -d = | tr +/ -_)"
    world_dns
    world_front -strict
    front_rules
    vm_acme vm
    printf '%s\n' "$text" >"$WORLD/padded"
    printf '%s' "${text%=}" >"$WORLD/plain"
    printf '%s\r\n' "${PEBBLE_EAB#* }=" >"$WORLD/url"
    for hash in 256:padded 384:plain 512:url; do
        acme-account -q new -y -a "$WORLD/${hash#*:}-account" -E "HS${hash%:*}" -e "kid-1:$WORLD/${hash#*:}" >>"$WORLD/log/url"
        binding_holds "sha${hash%:*}"
    done
    sort -u "$WORLD/log/url" | wc -l
}

@test "an external account by each hash, its key in either alphabet, with padding and without" {
    in_world eab_kinds_scene
    assert_success
    assert_output 3
}

terms_scene() {
    world_dns
    world_front -strict
    vm_acme vm
    front_rules 'dir set meta.termsOfService "\"https://ca.test/terms\""'
    outcome acme-account -q new
    cat "$WORLD/log/acme-account"
    echo "asked $(asked new-account)"
    ls "$ACME_ACCOUNT"
    # With a key there is still no account.
    outcome acme-account -q show
    acme-account -q new -y | cut -d / -f 1-4
    outcome acme-account -q show
}

@test "terms of service are agreed to by -y, or there is no account" {
    in_world terms_scene
    assert_success
    assert_output '100
acme-account: fatal: new account: the terms of service must be agreed to, with -y: https://ca.test/terms
asked 0
key.pem
1
https://ca.test/my-account
0'
}

### Identifiers and methods

address_scene() {
    acme_vm -strict
    acme-order -q 192.0.2.30
    [ "$(openssl x509 -in "$CERTDIR/192.0.2.30/cert.pem" -noout -ext subjectAltName | grep -o 'IP Address:.*')" = 'IP Address:192.0.2.30' ]
    # With addresses of both families at once pebble 2.4 finds one missing in the request.
    acme-order -q -f 2001:db8::30
    openssl x509 -in "$CERTDIR/2001:db8::30/cert.pem" -noout -ext subjectAltName | grep -o 'IP.*'
    mkdir -p "$WORLD/vm2/www/.well-known"
    ln -s "$CHAL_DIR" "$(vm_challenges vm2)"
    world_vm vm2 -q
    acme-order -q a.example.test 192.0.2.31 192.0.2.30
    openssl x509 -in "$CERTDIR/a.example.test/cert.pem" -noout -ext subjectAltName | tr ',' '\n' | grep -o '[DI].*' | sort
}

@test "addresses are identifiers" {
    in_world address_scene
    assert_success
    assert_output 'IP Address:2001:DB8:0:0:0:0:0:30
DNS:a.example.test
IP Address:192.0.2.30
IP Address:192.0.2.31'
}

family_scene() {
    acme_vm -strict
    acme-order -q a.example.test
    store_good a.example.test a.example.test
    acme-due a.example.test && echo due
    outcome acme-revoke -q a.example.test
}

@test "where there is no IPv4 at all everything works over IPv6" {
    in_world -6 family_scene
    assert_success
    assert_line --index -1 0
}

@test "where there is no IPv6 at all everything works over IPv4" {
    in_world -4 family_scene
    assert_success
    assert_line --index -1 0
}

elsewhere_scene() {
    acme_vm -strict
    # Hosts of this world that have nobody at port 443, in front and behind.
    dns_add ca.test A "$(world_ip relay)"
    dns_add ca.test A "$(world_ip vm)"
    dns_add ca.test AAAA "$(world_ip relay 6)"
    dns_add ca.test AAAA "$(world_ip vm 6)"
    acme-order -q a.example.test
    store_good a.example.test a.example.test
}

@test "addresses of the CA where nobody is are passed over" {
    [ -e /proc/net/if_inet6 ] || skip 'no IPv6 on this machine'
    in_world elsewhere_scene
    assert_success
}

knot_scene() {
    acme_vm -strict
    dns_hook
    acme-order -q -m dns-01 example.test '*.example.test' a.example.test '*.a.example.test'
    store_good example.test example.test '*.example.test' a.example.test '*.a.example.test'
    readlink "$CERTDIR/_.a.example.test"
    kdig +short "@$(world_ip dns)" _acme-challenge.example.test TXT
    kdig +short "@$(world_ip dns)" _acme-challenge.a.example.test TXT
    # Somebody else's record there is left alone.
    dns_add _acme-challenge.b.example.test TXT '"not ours"'
    acme-order -q -m dns-01 b.example.test '*.b.example.test'
    store_good b.example.test b.example.test '*.b.example.test'
    kdig +short "@$(world_ip dns)" _acme-challenge.b.example.test TXT
    # And an alias is followed.
    dns_add _acme-challenge.c.example.test CNAME answers.example.test.
    acme-order -q -m dns-01 c.example.test
    store_good c.example.test c.example.test
    kdig +short "@$(world_ip dns)" answers.example.test TXT
}

@test "dns-01 at knot: apex and wildcard in one order, an alias, nobody else's record touched" {
    in_world knot_scene
    assert_success
    assert_output 'example.test
"not ours"'
}

bind_scene() {
    PEBBLE_DNS=resolver
    world_resolver_and_dns
    dns_hook
    acme-order -q -m dns-01 bind.test '*.bind.test'
    store_good bind.test bind.test '*.bind.test'
    kdig +short "@$(world_ip resolver)" _acme-challenge.bind.test TXT
}

world_resolver_and_dns() {
    world_dns
    world_resolver
    export DNSCACHEIP
    DNSCACHEIP=$(world_ip resolver)
    world_front -strict
    vm_acme vm
    acme-account -q new -y >"$WORLD/account-url"
}

@test "dns-01 at bind: apex and wildcard in one order" {
    in_world bind_scene
    assert_success
    assert_output ''
}

alpn_scene() {
    local family listen=()
    acme_vm -strict
    export CHAL_ALPN_DIR=$WORLD/alpn ACME_HOOK=$BIN/chal-alpn
    mkdir "$CHAL_ALPN_DIR"
    for family in $WORLD_FAMILIES; do
        listen+=("$(world_at vm 443 "$family")")
    done
    world_start responder "$WORLD_LIB/../peer/alpn-responder" "$BIN/../peer/alpn-cert" "$CHAL_ALPN_DIR" "${listen[@]}"
    world_await responder world_listens "$(world_ip vm)" 443
    acme-order -q -m tls-alpn-01 a.example.test b.example.test 192.0.2.30
    store_good a.example.test a.example.test b.example.test
    ls "$CHAL_ALPN_DIR"
}

@test "tls-alpn-01: two names and an address" {
    [ -x "${BIN:-$BATS_TEST_DIRNAME/../build/bin}/../peer/alpn-cert" ] || skip 'make tests makes what answers'
    in_world alpn_scene
    assert_success
    assert_output ''
}

# Requests for a.example.test, one after the other, by several clients, as long as there is no file "done".
alpn_load() {
    LOAD=()
    for _ in 1 2; do
        while [ ! -e "$WORLD/done" ]; do
            curl -sSk --max-time 10 --resolve "a.example.test:443:$(world_ip vm)" https://a.example.test/ >/dev/null 2>>"$WORLD/load" &&
                echo >>"$WORLD/good"
        done 3>&- &
        LOAD+=("$!")
    done
}

# Which certificate a client is shown now, by its key.
alpn_pin() {
    openssl s_client -connect "$(world_at vm 443)" -servername "$1" </dev/null 2>/dev/null | openssl x509 -noout -pubkey | sha256sum
}

alpn_serve_scene() {
    local family before
    acme_vm -strict
    export CHAL_ALPN_DIR=$WORLD/alpn ACME_HOOK=$BIN/chal-alpn
    mkdir "$CHAL_ALPN_DIR"
    for family in $WORLD_FAMILIES; do
        world_start_ready "tls-serve$family" "$BIN/listen-on" -r 3 "$(world_at vm 443 "$family")" \
            "$BIN/tls-serve" -n 2 -i acme -l http/1.1 sh -c 'read -r x; printf "HTTP/1.0 200 OK\r\n\r\nfine\n"'
    done
    # Ready is the socket; this is tls-serve's.
    world_await tls-serve4 grep -q 'no certificate yet' "$WORLD/log/tls-serve4"
    grep -h 'no certificate yet' "$WORLD/log/tls-serve4"
    acme-order -q -m tls-alpn-01 a.example.test
    store_good a.example.test a.example.test
    before=$(alpn_pin a.example.test)
    alpn_load
    acme-order -q -m tls-alpn-01 b.example.test 192.0.2.30
    acme-order -q -f -m tls-alpn-01 a.example.test
    : >"$WORLD/done"
    wait "${LOAD[@]}"
    [ "$before" != "$(alpn_pin a.example.test)" ] || echo 'the certificate before is shown'
    [ "$(alpn_pin b.example.test)" = "$(openssl x509 -in "$CERTDIR/b.example.test/cert.pem" -noout -pubkey | sha256sum)" ] ||
        echo 'b.example.test has another one'
    [ -s "$WORLD/good" ] || echo 'there was no load'
    cat "$WORLD/load"
    ls "$CHAL_ALPN_DIR"
}

@test "tls-alpn-01 by tls-serve, under load, and the new certificate is shown without a restart" {
    [ -x "${BIN:-$BATS_TEST_DIRNAME/../build/bin}/tls-serve" ] || skip 'no tls-serve'
    in_world alpn_serve_scene
    assert_success
    assert_output 'tls-serve: CERTDIR: no certificate yet: only challenges are answered'
}

mixed_scene() {
    acme_vm -strict
    dns_hook
    # A hook for both: the one declines what it does not do, the other takes it.
    printf '#!/bin/sh\n"%s" "$@"\nstatus=$?\n[ "$status" != 1 ] || exec "%s" "$@"\nexit "$status"\n' \
        "$BIN/chal-file" "$BIN/chal-dns" >"$WORLD/hook"
    chmod +x "$WORLD/hook"
    acme-order -q -H "$WORLD/hook" -m http-01,dns-01 a.example.test '*.a.example.test'
    store_good a.example.test a.example.test '*.a.example.test'
    awk -F '\t' '$2 == "challenge"' "$FRONT_LOG" | wc -l
}

@test "each name by the method its hook accepts: http-01 and dns-01 in one order" {
    in_world mixed_scene
    assert_success
    assert_output 2
}

refused_scene() {
    acme_vm -strict
    front_rules
    # Wildcards cannot be proved by a file.
    outcome acme-order -q '*.a.example.test'
    # That it has no address yet may change.
    outcome acme-order -q nothing.example.test
    ls -A "$CHAL_DIR"
    ls "$CERTDIR"
}

@test "what cannot be proved gets nothing and leaves nothing" {
    in_world refused_scene
    assert_success
    assert_output '100
111'
}

### The account

rollover_scene() {
    local before after
    acme_vm -strict
    before=$(sha256sum <"$ACME_ACCOUNT/key.pem")
    cp -R "$ACME_ACCOUNT" "$WORLD/old"
    acme-account -q rollover
    after=$(sha256sum <"$ACME_ACCOUNT/key.pem")
    [ "$before" != "$after" ]
    acme-order -q a.example.test
    store_good a.example.test a.example.test
    outcome acme-order -q -a "$WORLD/old" b.example.test
    acme-account -q show | grep -c "$(cat "$WORLD/account-url")"
}

@test "after a rollover the new key is the account's and the old one nobody's" {
    in_world rollover_scene
    assert_success
    assert_output '100
1'
}

deactivate_scene() {
    acme_vm -strict
    outcome acme-account -q deactivate -y
    outcome acme-order -q a.example.test
    ls "$CERTDIR"
}

@test "a deactivated account orders nothing" {
    in_world deactivate_scene
    assert_success
    assert_output '0
100'
}

contacts_scene() {
    acme_vm -strict
    acme-account -q update -m mailto:one@example.test -m two@example.test
    acme-account -q update -m '' | grep -c contact || true
}

@test "contacts are changed, read back and removed" {
    in_world contacts_scene
    assert_success
    assert_line --partial 'mailto:one@example.test'
    assert_line --partial 'mailto:two@example.test'
    assert_line --index -1 0
}

caa_scene() {
    local url
    acme_vm -strict
    url=$(cat "$WORLD/account-url")
    front_rules 'dir set meta.caaIdentities "[\"ca.test\",\"not a name\",\"ca.example\"]"'
    {
        acme-account -q show -C
        acme-account -q show -C -M http-01,dns-01,tls-alpn-01,dns-account-01
        acme-account -q new -y -C -M http-01,tls-alpn-01 | tail -n 2
        front_rules
        acme-account -q -C -M dns-01 show 2>&1
    } >"$WORLD/records"
    sed "s,$url,URL," "$WORLD/records"
}

@test "the records that allow this account alone, for wildcards too" {
    in_world caa_scene
    assert_success
    assert_output '0 issue "ca.test; accounturi=URL"
0 issuewild "ca.test; accounturi=URL"
0 issue "ca.example; accounturi=URL"
0 issuewild "ca.example; accounturi=URL"
0 issue "ca.test; accounturi=URL; validationmethods=http-01,dns-01,tls-alpn-01,dns-account-01"
0 issuewild "ca.test; accounturi=URL; validationmethods=dns-01,dns-account-01"
0 issue "ca.example; accounturi=URL; validationmethods=http-01,dns-01,tls-alpn-01,dns-account-01"
0 issuewild "ca.example; accounturi=URL; validationmethods=dns-01,dns-account-01"
0 issue "ca.example; accounturi=URL; validationmethods=http-01,tls-alpn-01"
0 issuewild ";"
acme-account: warning: the directory names no CAA identities: what is printed belongs behind the CA'"'"'s name and "; "
accounturi=URL; validationmethods=dns-01'
}

### Revocation

revoke_scene() {
    acme_vm -strict
    acme-order -q a.example.test
    cert_status "$CERTDIR/a.example.test/cert.pem"
    acme-revoke -q -r 4 a.example.test
    cert_status "$CERTDIR/a.example.test/cert.pem"
    # Once more is no failure.
    outcome acme-revoke -q a.example.test
    outcome acme-due a.example.test
    acme-order -q a.example.test
    store_good a.example.test a.example.test
    cert_status "$CERTDIR/a.example.test/cert.pem"
    acme-revoke -q -k "$CERTDIR/a.example.test/key.pem" a.example.test
    cert_status "$CERTDIR/a.example.test/cert.pem"
}

@test "revoked by the account and by its own key, and then due" {
    in_world revoke_scene
    assert_success
    assert_output 'Valid
Revoked 4
0
0
Valid
Revoked'
}

### Deploying, locking, the store

deploy_scene() {
    acme_vm -strict
    cat >"$WORLD/deploy" <<'END'
#!/bin/sh
echo "deploy $*" >>"$WORLD/deployed"
[ ! -e "$WORLD/broken" ]
END
    chmod +x "$WORLD/deploy"
    touch "$WORLD/broken"
    outcome acme-order -q -d "$WORLD/deploy" a.example.test
    store_good a.example.test a.example.test
    front_rules
    outcome acme-order -q -d "$WORLD/deploy" a.example.test
    rm "$WORLD/broken"
    outcome acme-order -q -d "$WORLD/deploy" a.example.test
    wc -l <"$WORLD/deployed"
    outcome acme-order -q -d "$WORLD/deploy" a.example.test
    wc -l <"$WORLD/deployed"
    echo "orders $(asked new-order)"
}

@test "a deploy hook that failed is called again by the next run, without an order" {
    in_world deploy_scene
    assert_success
    refute_line --index 0 0
    refute_line --index 1 0
    assert_line --index 2 0
    assert_line --index 3 3
    assert_line --index 5 3
    assert_line --index 6 'orders 0'
}

lock_scene() {
    local first other
    acme_vm -strict
    front_rules 'order@1 delay 1500'
    acme-order -q a.example.test &
    first=$!
    world_await front front_has order
    outcome acme-order -q a.example.test
    outcome acme-order -q b.example.test
    wait "$first"
    store_good a.example.test a.example.test
    store_good b.example.test b.example.test
    issued
}

front_has() { [ "$(asked "$1")" -gt 0 ]; }

@test "two orders of one name do not meet; of two names they do" {
    in_world lock_scene
    assert_success
    assert_output '111
0
2'
}

denied_scene() {
    acme_vm -strict
    chmod 555 "$CERTDIR"
    front_rules
    outcome setpriv --bounding-set=-all --inh-caps=-all "$(command -v acme-order)" -q a.example.test
    : >"$WORLD/file"
    outcome acme-order -q -c "$WORLD/file" a.example.test
    chmod 755 "$CERTDIR"
    # A directory of somebody's own in the place of the link.
    mkdir "$CERTDIR/b.example.test"
    outcome acme-order -q b.example.test
    wc -l <"$FRONT_LOG"
    ls "$CERTDIR"
}

@test "a store that cannot be written is found out before anything is ordered" {
    in_world denied_scene
    assert_success
    assert_output '100
100
100
0
b.example.test'
}
