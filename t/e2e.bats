#!/usr/bin/env bats
# The whole way: an ACME authority validates a custom domain through port 80 of
# the relay, the gateway and the VM, and independent clients get certificates.
# Every test has a world of its own (t/world).
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=60

ONE=5b912f5c1a2d4e8f90716253a4b5c6d7e8f90a1b
TWO=00112233445566778899aabbccddeeff00112233
export ONE TWO

setup() {
    bats_load_library bats-support
    bats_load_library bats-assert
    load world/bats
    world_setup
}

teardown() {
    world_show
}

# What every scene begins with; the records are the scene's own.
street() { # [relay starter]
    world_dns
    world_pebble
    world_gateway "$ONE=vm" "$TWO=vm2"
    "${1:-world_relay}"
    world_vm vm
}

# Orders, and prints "certificate" with the names in it when it verifies.
uacme_order() { # vm domain...
    peer_uacme "$1" "$BIN/chal-file" "${@:2}" >>"$WORLD/log/uacme-$1" &&
        certificate "$(uacme_cert "$1" "$2")" "$(uacme_key "$1" "$2")" "${@:2}"
}

certificate() { # cert key domain...
    local name
    for name in "${@:3}"; do
        cert_verifies "$1" "$2" "$name" || return
    done
    echo "certificate $(cert_names "$1" | sort | tr '\n' ' ' | sed 's/ $//')"
}

gateway_saw() { # app: how many requests went through to its VM and were answered
    grep -c "^https://$1\.gw\.test/\.well-known/acme-challenge/[^ ]* -> [^ ]* 200$" "$WORLD_FILES/log/gateway"
}

relay_carries() {
    WORLD_RELAY=relay-proxy world_relay -p -H -a "$WORLD/pki/world.pem"
}

carried_scene() {
    dns_app app.example.test "$ONE"
    street relay_carries
    uacme_order vm app.example.test
    relay_log | grep -c "^app\.example\.test acme 200 $ONE\.gw\.test "
}

@test "relay-proxy: the authority's request is carried to the VM, and a certificate comes of it" {
    in_world carried_scene
    assert_success
    assert_line --index 0 'certificate app.example.test'
    # Each went through the gateway, and none was answered by the relay.
    [ "${lines[1]}" -ge 1 ]
    [ "$(gateway_saw "$ONE")" = "${lines[1]}" ]
}

ours_scene() {
    dns_app app.example.test "$ONE"
    street
    vm_acme vm
    acme-account -q new -y >"$WORLD/log/account"
    acme-order -q app.example.test
    certificate "$CERTDIR/app.example.test/fullchain.pem" "$CERTDIR/app.example.test/key.pem" app.example.test
    echo "left behind: $(ls "$CHAL_DIR")"
}

@test "acme-order gets a certificate through relay, gateway and VM, and the hook cleans up" {
    in_world ours_scene
    assert_success
    assert_line --index 0 'certificate app.example.test'
    assert_line --index 1 'left behind: '
    [ "$(gateway_saw "$ONE")" -ge 1 ]
}

# TLS all the way is ours: sni-route at the relay and at the gateway, tls-serve at the gateway and
# in the VM, which runs before there is a certificate and is never told of one.
tls_scene() {
    local old
    dns_app app.example.test "$ONE" 443
    world_dns
    world_pebble
    world_sni_gateway "$ONE=vm"
    world_relay
    world_sni_relay
    world_vm vm
    world_vm_tls vm "$(world_at vm 80)"
    vm_acme vm
    world_get https://app.example.test/health || echo "without a certificate: exit status $?"
    acme-account -q new -y >"$WORLD/log/account"
    acme-order -q app.example.test
    echo "$(world_get https://app.example.test/health)"
    shown >"$WORLD/old"
    acme-order -q -f app.example.test
    echo "$(world_get https://app.example.test/health)"
    shown | cmp -s - "$WORLD/old" || echo another
    shown | cmp - <(openssl x509 -in "$CERTDIR/app.example.test/cert.pem" -noout -serial) && echo 'the new one'
}

shown() { # the serial number of the certificate a client is shown
    openssl s_client -connect "$(world_at relay 443)" -servername app.example.test </dev/null 2>/dev/null |
        openssl x509 -noout -serial
}

@test "a client trusts app.example.test by the CA's root, and is shown a renewed certificate at once" {
    in_world tls_scene
    assert_success
    assert_line --partial 'without a certificate: exit status 35'
    assert_equal "$(grep -c ^OK <<<"$output")" 2
    assert_line another
    assert_line 'the new one'
}

uacme_scene() {
    dns_app app.example.test "$ONE"
    street
    uacme_order vm app.example.test
    echo "left behind: $(ls "$(vm_challenges vm)")"
}

@test "uacme gets a certificate through relay, gateway and VM, and the hook cleans up" {
    in_world uacme_scene
    assert_success
    assert_line --index 0 'certificate app.example.test'
    assert_line --index 1 'left behind: '
    [ "$(gateway_saw "$ONE")" -ge 1 ]
}

certbot_scene() {
    dns_app app.example.test "$ONE"
    street
    peer_certbot vm app.example.test >"$WORLD/log/certbot"
    certificate "$(certbot_cert vm app.example.test)" "$(certbot_key vm app.example.test)" app.example.test
}

@test "certbot gets a certificate with its webroot plugin" {
    in_world certbot_scene
    assert_success
    assert_output 'certificate app.example.test'
    [ "$(gateway_saw "$ONE")" -ge 1 ]
}

ipv6_scene() {
    [ -z "$(ip -4 -o address show scope global)" ]
    uacme_scene
}

@test "where there is no IPv4 at all everything works over IPv6" {
    in_world -6 ipv6_scene
    assert_success
    assert_line --index 0 'certificate app.example.test'
    run grep -c '\[2001:db8::30\]:80 200$' "$WORLD_FILES/log/gateway"
    assert_success
}

@test "where there is no IPv6 at all everything works over IPv4" {
    in_world -4 uacme_scene
    assert_success
    assert_line --index 0 'certificate app.example.test'
}

wildcard_scene() {
    local name
    for name in one.apps.example.test two.apps.example.test; do
        dns_addresses "$name" relay
        dns_add "_dstack-gateway.$name" CNAME _.gw.test.
    done
    dns_add _dstack-app-address-wildcard.apps.example.test TXT "\"$ONE:80\""
    street
    uacme_order vm one.apps.example.test two.apps.example.test
}

@test "one wildcard record serves every name below it" {
    in_world wildcard_scene
    assert_success
    assert_output 'certificate one.apps.example.test two.apps.example.test'
    [ "$(gateway_saw "$ONE")" -ge 2 ]
}

legacy_scene() {
    dns_addresses old.example.test relay
    dns_add _tapp-address.old.example.test TXT "\"$ONE:80\""
    dns_add _dstack-gateway.old.example.test CNAME _.gw.test.
    street
    uacme_order vm old.example.test
}

@test "the older name of the app's record still works" {
    in_world legacy_scene
    assert_success
    assert_output 'certificate old.example.test'
}

fallback_scene() {
    dns_addresses plain.example.test relay
    dns_add _dstack-app-address.plain.example.test TXT "\"$ONE:443\""
    export FALLBACK_GATEWAY_DOMAIN=gw.test
    street
    uacme_order vm plain.example.test
}

@test "a domain that names no gateway goes to the fallback gateway" {
    in_world fallback_scene
    assert_success
    assert_output 'certificate plain.example.test'
}

# A name with a CNAME has no addresses of its own: whoever asks for it follows
# it to the gateway, so only a host that is asked with that name in the Host
# field can be the relay. Asked through a recursive resolver, as in real life.
cname_scene() {
    dns_add cname.example.test CNAME _.gw.test.
    dns_add _dstack-app-address.cname.example.test TXT "\"$ONE:80\""
    export DNSCACHEIP
    DNSCACHEIP=$(world_ip resolver)
    world_resolver_first
    curl -sS --max-time 10 -o /dev/null -w '%{http_code} %{redirect_url}\n' \
        -H 'Host: cname.example.test' "http://$(world_at relay 80)/.well-known/acme-challenge/abc-DEF_1"
    curl -sS --max-time 10 -L --connect-to "cname.example.test:80:$(world_at relay 80)" \
        -w '\n' http://cname.example.test/health
    applookup cname.example.test
}

world_resolver_first() {
    world_dns
    world_resolver
    world_gateway "$ONE=vm"
    world_relay
    world_vm vm
}

@test "a CNAME of the domain itself names the gateway, through a recursive resolver" {
    in_world cname_scene
    assert_success
    assert_line --index 0 "307 https://$ONE.gw.test/.well-known/acme-challenge/abc-DEF_1"
    assert_line --index 1 'OK'
    assert_line --regexp '^gateway gw\.test CNAME'
    assert_line "url https://$ONE.gw.test/"
}

two_scene() {
    local first second
    dns_app one.example.test "$ONE"
    dns_app two.example.test "$TWO"
    street
    world_vm vm2
    uacme_order vm one.example.test &
    first=$!
    uacme_order vm2 two.example.test &
    second=$!
    wait "$first"
    wait "$second"
}

@test "two domains at once, each to its own VM" {
    in_world two_scene
    assert_success
    assert_line 'certificate one.example.test'
    assert_line 'certificate two.example.test'
    [ "$(gateway_saw "$ONE")" -ge 1 ]
    [ "$(gateway_saw "$TWO")" -ge 1 ]
    run grep "^https://$ONE\..*192\.0\.2\.31\|^https://$TWO\..*192\.0\.2\.30" "$WORLD_FILES/log/gateway"
    assert_failure 1
}

# The hook kills the relay when the token is in place, before the authority is
# told to look, and returns when supervision has brought it back.
killed_scene() {
    dns_app one.example.test "$ONE"
    dns_app two.example.test "$ONE"
    street world_relay_supervised
    killing_hook >"$WORLD/hook"
    chmod +x "$WORLD/hook"
    peer_uacme vm "$WORLD/hook" one.example.test two.example.test >"$WORLD/log/uacme"
    certificate "$(uacme_cert vm one.example.test)" "$(uacme_key vm one.example.test)" \
        one.example.test two.example.test
    echo "killed $(wc -l <"$WORLD/killed")"
}

killing_hook() {
    cat <<'END'
#!/bin/bash
"$BIN/chal-file" "$@" || exit
[ "$1" = begin ] || exit 0
for service in "$WORLD"/s6/relay[46]; do
    s6-svstat -o pid "$service" >>"$WORLD/killed"
    s6-svc -wR -T 10000 -k "$service" || exit 2
done
END
}

@test "an order outlives a relay killed under supervision for each of its names" {
    in_world killed_scene
    assert_success
    assert_line --index 0 'certificate one.example.test two.example.test'
    assert_line --index 1 'killed 4'
    # Four different processes, all really there.
    [ "$(grep -vc '^-1$' "$WORLD_FILES/killed")" -eq 4 ]
    [ "$(sort -u "$WORLD_FILES/killed" | wc -l)" -eq 4 ]
}

absent_scene() {
    dns_app app.example.test "$ONE"
    street
    world_kill relay4
    world_kill relay6
    if uacme_order vm app.example.test; then
        echo 'an order succeeded without a relay'
    fi
    world_relay
    uacme_order vm app.example.test
}

@test "an order fails while the relay is gone, and the next succeeds when it is back" {
    in_world absent_scene
    assert_success
    assert_output 'certificate app.example.test'
}

unknown_scene() {
    dns_app app.example.test "$ONE"
    dns_addresses other.example.test relay
    street
    if uacme_order vm other.example.test; then
        echo 'a domain without records got a certificate'
    fi
    dns_add _dstack-app-address.other.example.test TXT "\"$ONE:80\""
    dns_add _dstack-gateway.other.example.test CNAME _.elsewhere.test.
    if uacme_order vm other.example.test; then
        echo 'a domain at a gateway that is not allowed got a certificate'
    fi
}

@test "a domain without records, or at a gateway that is not allowed, gets nothing" {
    in_world unknown_scene
    assert_success
    assert_output ''
    run ! gateway_saw "$ONE"
}
