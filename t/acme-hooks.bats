#!/usr/bin/env bats
# acme-order and hooks: those of other clients, unchanged, and several names with one
# that has to wait; and what a person is told. A world a test (t/world).
# shellcheck disable=SC2154 # run sets stderr
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

uacme_scene() {
    acme_vm -strict
    export ACME_HOOK=/usr/share/uacme/uacme.sh UACME_CHALLENGE_PATH=$CHAL_DIR
    acme-order -q a.example.test b.example.test
    store_good a.example.test a.example.test b.example.test
    # What it declines is not tried with it.
    outcome acme-order -q -m dns-01,tls-alpn-01 c.example.test
    grep -o 'no challenge that the hook takes' "$WORLD/log/acme-order"
    ls "$CHAL_DIR"
}

@test "the hook that comes with uacme, unchanged" {
    [ -x /usr/share/uacme/uacme.sh ] || skip 'uacme is not installed'
    in_world uacme_scene
    assert_success
    assert_output '100
no challenge that the hook takes'
}

# One for dehydrated: records by knsupdate, files for http-01; it tells the two apart
# by what is to be published.
dehydrated_hook() {
    cat >"$WORLD/dehydrated" <<'END'
#!/bin/sh
set -eu
echo "$1 $2" >>"$WORLD/calls"
record() {
    printf 'server %s\nzone example.test.\nupdate %s\nsend\n' "$DNS_SERVER" "$1" |
        knsupdate -y "hmac-sha256:$TSIG_NAME:$TSIG_SECRET" >&2
}
case $1.$4 in
deploy_challenge.*.*) printf %s "$4" >"$CHAL_DIR/$3" ;;
clean_challenge.*.*) rm "$CHAL_DIR/$3" ;;
deploy_challenge.*) record "add _acme-challenge.$2. 60 TXT \"$4\"" ;;
clean_challenge.*) record "del _acme-challenge.$2. TXT \"$4\"" ;;
*) exit 1 ;;
esac
END
    chmod +x "$WORLD/dehydrated"
    DNS_SERVER=$(world_ip dns)
    export TSIG_NAME TSIG_SECRET DNS_SERVER
    export ACME_HOOK=$BIN/chal-exec CHAL_EXEC=$WORLD/dehydrated CHAL_EXEC_KIND=dehydrated
}

dehydrated_scene() {
    acme_vm -strict
    dehydrated_hook
    acme-order -q a.example.test '*.a.example.test'
    store_good a.example.test a.example.test '*.a.example.test'
    CHAL_EXEC_METHODS=http-01 acme-order -q b.example.test
    store_good b.example.test b.example.test
    sort "$WORLD/calls" | uniq -c | sed 's/^ *//'
    kdig +short "@$(world_ip dns)" _acme-challenge.a.example.test TXT
    ls "$CHAL_DIR"
}

@test "a hook for dehydrated, through chal-exec: dns-01 with a wildcard, and http-01" {
    in_world dehydrated_scene
    assert_success
    assert_output '2 clean_challenge a.example.test
1 clean_challenge b.example.test
2 deploy_challenge a.example.test
1 deploy_challenge b.example.test'
}

wait_scene() {
    acme_vm -strict
    dns_hook
    cat >"$WORLD/hook" <<'END'
#!/bin/sh
chal-dns "$@"
status=$?
echo "$1 $status" >>"$WORLD/calls"
exit "$status"
END
    chmod +x "$WORLD/hook"
    acme-order -q -m dns-01 -H "$WORLD/hook" {a,b,c}.example.test '*.c.example.test'
    store_good a.example.test {a,b,c}.example.test '*.c.example.test'
    uniq -c "$WORLD/calls" | sed 's/^ *//'
}

@test "several names by chal-dns: all begin, then all are waited for, then the CA looks" {
    in_world wait_scene
    assert_success
    assert_output '4 begin 99
4 wait 0
4 done 0'
}

failing_scene() {
    acme_vm -strict
    printf '#!/bin/sh\nexit 5\n' >"$WORLD/hook"
    chmod +x "$WORLD/hook"
    outcome acme-order -q -H "$WORLD/hook" a.example.test
    sed "s,$WORLD/,," "$WORLD/log/acme-order"
    : >"$WORLD/log/acme-order"
    front_rules 'finalize drop'
    outcome acme-order -q -f -t 4 b.example.test
    sed 's,/[a-z]*-order/[^:]*:,:,; s, (.*:443),,' "$WORLD/log/acme-order"
    front_rules 'dir drop'
    : >"$WORLD/log/acme-order"
    outcome acme-order -q -f -t 4 c.example.test
    sed 's, (.*:443),,' "$WORLD/log/acme-order"
}

@test "what failed is told line by line and once, and the last line is the outcome" {
    in_world failing_scene
    assert_success
    assert_line 'acme-order: warning: hook begin http-01 a.example.test: exit status 5'
    assert_line 'acme-order: fatal: a.example.test: the hook failed for http-01'
    refute_line --partial 'could not clean up'
    assert_line 'acme-order: b.example.test: https://ca.test: the connection was cut'
    assert_line 'acme-order: b.example.test: https://ca.test: asked for the certificate 5 times, still ready'
    assert_line 'acme-order: fatal: b.example.test: no new certificate'
    assert_line 'acme-order: fatal: c.example.test: https://ca.test/dir: the connection was cut'
    assert_equal "$(printf '%s\n' "${lines[@]}" | sort | uniq -d)" 111
}

verbose_scene() {
    acme_vm -strict
    front_rules
    acme-order -v a.example.test 2>"$WORLD/said"
    awk -F '\t' '{ print $3 " https://ca.test" $6 " " $4 }' "$FRONT_LOG" >"$WORLD/asked"
    sed -n 's/^acme-order: \([A-Z]* https.*\)/\1/p' "$WORLD/said" | diff "$WORLD/asked" - && wc -l <"$WORLD/asked"
    sed -n 's/^acme-order: \(hook .*\)/\1/p' "$WORLD/said"
    # Without -v there are only steps, with -q nothing at all.
    acme-order -f a.example.test 2>&1 | grep -c 'https://ca.test/[^d]' || true
    acme-order -q -f a.example.test 2>&1
}

@test "-v says each request with its status, and each call of the hook" {
    in_world verbose_scene
    assert_success
    assert_output '9
hook begin http-01 a.example.test
hook done http-01 a.example.test
0'
}

outcomes_scene() {
    acme_vm -strict
    acme-order -q a.example.test
    : >"$WORLD/log/acme-revoke"
    outcome acme-revoke a.example.test
    outcome acme-revoke a.example.test
    outcome acme-revoke -q a.example.test
    grep -v ': asking' "$WORLD/log/acme-revoke"
    acme-account rollover 2>&1 | grep -v ': asking'
    acme-account deactivate -y 2>&1 | grep -v ': asking' | sed 's,account/[0-9a-f]*,account/X,'
}

@test "what was done is said in the end, unless with -q" {
    in_world outcomes_scene
    assert_success
    assert_output "0
0
0
acme-revoke: a.example.test/cert.pem: revoked
acme-revoke: a.example.test/cert.pem: it was revoked already
acme-account: $WORLD_FILES/vm/account: the account has a new key
acme-account: https://ca.test/my-account/X: deactivated"
}
