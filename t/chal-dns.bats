#!/usr/bin/env bats
# chal-dns: records of DNS challenges, by dynamic updates, at knot (example.test)
# and at bind (bind.test). Each scene has a world of its own (t/world).
# shellcheck disable=SC2154,SC2317 # run sets stderr; scenes are called by name
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=60

export A=LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0
export B=9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI

setup() {
    bats_load_library bats-support
    bats_load_library bats-assert
    load world/bats
    world_setup
    BIN=$(readlink -m "${BIN:-$BATS_TEST_DIRNAME/../build/bin}")
}

teardown() {
    world_show
}

hook() { # argument...
    run --separate-stderr "$BIN/chal-dns" "$@"
}

refuses() { # text argument...
    hook "${@:2}"
    assert_failure 100
    assert_output ''
    [[ $stderr = "chal-dns: fatal: "*"$1"* ]] || { echo "$stderr"; return 1; }
}

### For scenes.

servers() { # knot, and bind in front of it
    world_dns
    world_resolver
    key_file "$TSIG_NAME" "$TSIG_SECRET"
    DNSCACHEIP=$(world_ip resolver)
    export DNSCACHEIP CHAL_DNS_WAIT=10
}

key_file() { # name secret
    export CHAL_DNS_KEY=$WORLD/key
    printf 'key "%s" {\n\talgorithm hmac-sha256;\n\tsecret "%s";\n};\n' "$1" "$2" >"$CHAL_DNS_KEY"
}

chal() { # argument...: the exit status is printed when it is not 0
    local status=0
    "$BIN/chal-dns" "$@" || status=$?
    [ "$status" = 0 ] || echo "exit $status"
}

# What a server has there, in one line.
texts() { # host-or-address name
    local at=$1
    [ -z "${WORLD_HOSTS[$1]+known}" ] || at=$(world_ip "$1")
    echo "$2:" "$(kdig +short "@$at" "$2" TXT | sed "s/\"$A\"/A/; s/\"$B\"/B/" | sort | paste -sd ' ')" | sed 's/ *$//'
}

# A further knot, at ADDRESS, with one zone of what it reads; keys and rules of
# its own. Its records change by another_change.
another_knot() { # name address zone algorithm secret
    local dir=$WORLD/$1
    mkdir -p "$dir/db"
    cat >"$dir/zone"
    cat >"$dir/conf" <<END
server:
  rundir: "$dir"
  listen: "$2@53"
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
control:
  listen: "$dir/sock"
log:
  - target: stderr
    any: info
database:
  storage: "$dir/db"
key:
  - id: other
    algorithm: $4
    secret: $5
acl:
  - id: acme
    key: other
    action: update
zone:
  - domain: $3
    file: "$dir/zone"
    zonefile-sync: -1
    journal-content: none
    acl: acme
END
    world_start "$1" knotd -c "$dir/conf"
    world_await "$1" another_answers "$2" "$3"
}

another_answers() { [ -n "$(kdig +short +timeout=1 +retry=0 "@$1" "$2" SOA)" ]; }

another_change() { # name zone record...
    knotc -s "$WORLD/$1/sock" zone-begin "$2" >/dev/null &&
        knotc -s "$WORLD/$1/sock" zone-set "$2" "${@:3}" >/dev/null &&
        knotc -s "$WORLD/$1/sock" zone-commit "$2" >/dev/null
}

### Without a network.

@test "other methods are declined with 1, whatever else is said" {
    for method in http-01 tls-alpn-01 DNS-01 dns-02 ''; do
        hook begin "$method" app.example.test ../x y
        assert_failure 1
        assert_output ''
        assert_equal "$stderr" ''
    done
}

@test "wrong usage is exit 100" {
    for arguments in '' 'begin' 'start dns-01 a.test t x' 'begin dns-01 a.test t' "begin dns-01 a.test t $A x"; do
        # shellcheck disable=SC2086 # words
        hook $arguments
        assert_failure 100
        [[ $stderr = 'usage: chal-dns '* ]]
    done
    refuses '-T: ' -T x begin dns-01 a.test t $A
}

@test "what is no token, value or name is refused" {
    refuses 'not a token' begin dns-01 a.test '' $A
    refuses 'not a token' begin dns-01 a.test 'a b' $A
    refuses 'not what a record of dns-01 says' begin dns-01 a.test t ''
    refuses 'not what a record of dns-01 says' begin dns-01 a.test t "${A}x"
    refuses 'not what a record of dns-01 says' begin dns-01 a.test t "${A%?} "
    refuses 'the record: not a name' begin dns-01 'a b' t $A
    refuses 'the record: not a name' begin dns-01 '*.a.test' t $A
    refuses 'the record: not a name' begin dns-01 $'a\e[2J.test' t $A
    [[ $stderr != *$'\e'* ]]
    refuses 'not a name' begin dns-01 "$(printf 'a%.0s' {1..400})" t $A
    refuses 'dns-persist-01 has no token' begin dns-persist-01 a.test t 'ca.test; accounturi=x'
    refuses 'not what a record of dns-persist-01 says' begin dns-persist-01 a.test '' $'ca.test;\n'
    refuses 'CHAL_RECORD is not set' begin dns-account-01 a.test t $A
    CHAL_RECORD='x y' refuses 'CHAL_RECORD: not a name' begin dns-01 a.test t $A
}

@test "a malformed variable is refused" {
    CHAL_DNS_TTL=x refuses CHAL_DNS_TTL begin dns-01 a.test t $A
    CHAL_DNS_WAIT=-1 refuses CHAL_DNS_WAIT begin dns-01 a.test t $A
    CHAL_LATER=yes refuses CHAL_LATER begin dns-01 a.test t $A
    CHAL_DNS_SERVER='a b' refuses CHAL_DNS_SERVER begin dns-01 a.test t $A
    CHAL_DNS_SERVER='ns.test:0' refuses CHAL_DNS_SERVER begin dns-01 a.test t $A
    CHAL_DNS_SERVER='ns.test:99999' refuses CHAL_DNS_SERVER begin dns-01 a.test t $A
    DNSCACHEIP=x refuses DNSCACHEIP begin dns-01 a.test t $A
    CHAL_DNS_KEY=/nonexistent refuses 'CHAL_DNS_KEY: /nonexistent: no such file' begin dns-01 a.test t $A
    echo 'hmac-md5:a:AAAA' >"$BATS_TEST_TMPDIR/key"
    CHAL_DNS_KEY=$BATS_TEST_TMPDIR/key refuses 'its algorithm is none of' begin dns-01 a.test t $A
    echo 'hmac-sha256:a:SECRET!' >"$BATS_TEST_TMPDIR/key"
    CHAL_DNS_KEY=$BATS_TEST_TMPDIR/key refuses 'its secret is not base64' begin dns-01 a.test t $A
    [[ $stderr != *SECRET* ]]
}

@test "resolvers that are not there are exit 111" {
    DNSCACHEIP=127.0.0.1:1 hook begin dns-01 a.test t $A
    assert_failure 111
    [[ $stderr = 'chal-dns: fatal: _acme-challenge.a.test: its zone was not found: '* ]]
}

### At servers.

two_values() { # a name and its wildcard in one order
    local zone name at=dns
    servers
    for zone in example.test bind.test; do
        name=_acme-challenge.$zone
        chal begin dns-01 $zone t1 $A
        chal begin dns-01 $zone t2 $B
        texts $at $name
        chal begin dns-01 $zone t2 $B
        chal 'done' dns-01 $zone t1 $A
        texts $at $name
        chal 'done' dns-01 $zone t1 $A
        chal failed dns-01 $zone t2 $B
        texts $at $name
        at=resolver
    done
    dns_add _acme-challenge.kept.example.test TXT '"theirs"'
    chal begin dns-01 kept.example.test t $A
    chal 'done' dns-01 kept.example.test t $A
    texts dns _acme-challenge.kept.example.test | tr -d '"'
}

@test "knot and bind: two values at one name, each taken away alone, others' stay" {
    in_world two_values
    assert_success
    assert_equal "$stderr" ''
    assert_output - <<'END'
_acme-challenge.example.test: A B
_acme-challenge.example.test: B
_acme-challenge.example.test:
_acme-challenge.bind.test: A B
_acme-challenge.bind.test: B
_acme-challenge.bind.test:
_acme-challenge.kept.example.test: theirs
END
}

fresh_names() {
    servers
    chal begin dns-01 deep.under.example.test t $A
    texts resolver _acme-challenge.deep.under.example.test
    chal begin dns-01 APP.bind.test. t $A
    texts resolver _acme-challenge.app.bind.test
    kdig +noall +answer "@$(world_ip resolver)" _acme-challenge.app.bind.test TXT | awk '{ print "TTL", $2 }'
    CHAL_DNS_TTL=7 chal begin dns-01 seven.bind.test t $A
    kdig +noall +answer "@$(world_ip resolver)" _acme-challenge.seven.bind.test TXT | awk '{ print "TTL", $2 }'
}

@test "the recursive server does not remember that the record was not there" {
    in_world fresh_names
    assert_success
    assert_equal "$stderr" ''
    assert_output - <<'END'
_acme-challenge.deep.under.example.test: A
_acme-challenge.app.bind.test: A
TTL 60
TTL 7
END
}

wrong_keys() {
    local zone
    servers
    for zone in example.test bind.test; do
        key_file "$TSIG_NAME" MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTM=
        chal begin dns-01 $zone t $A
        key_file stranger "$TSIG_SECRET"
        chal begin dns-01 $zone t $A
        printf 'hmac-sha512:%s:%s\n' "$TSIG_NAME" "$TSIG_SECRET" >"$CHAL_DNS_KEY"
        chal begin dns-01 $zone t $A
        CHAL_DNS_KEY='' chal begin dns-01 $zone t $A
        texts resolver _acme-challenge.$zone
    done
    # A key that is right, and a zone that is not its.
    key_file "$TSIG_NAME" "$TSIG_SECRET"
    chal begin dns-01 gw.test t $A
}

@test "knot and bind: a wrong secret, an unknown key, another algorithm and no key are refused with the reason" {
    in_world wrong_keys
    assert_success
    assert_equal "$(grep -c '^exit 100$' <<<"$output")" 9
    assert_line '_acme-challenge.example.test:'
    assert_line '_acme-challenge.bind.test:'
    for zone in example bind; do
        [[ $stderr = *"_acme-challenge.$zone.test: update of zone $zone.test at "*'(BADSIG)'* ]]
        [[ $stderr = *"_acme-challenge.$zone.test: update of zone $zone.test at "*'(BADKEY)'* ]]
    done
    [[ $stderr = *'bind.test at '*'(REFUSED)'* ]]
    [[ $stderr = *'update of zone gw.test at '* ]]
}

wrong_time() {
    servers
    chal -T 1000000000 begin dns-01 example.test t $A
    chal -T 1000000000 begin dns-01 bind.test t $A
    texts dns _acme-challenge.example.test
    texts resolver _acme-challenge.bind.test
    # Who does not have the key cannot set the clock.
    key_file "$TSIG_NAME" MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTM=
    chal -T 1000000000 begin dns-01 other.bind.test t $A
}

@test "knot and bind: a clock that is wrong is told so, and set right for the update" {
    in_world wrong_time
    assert_success
    assert_output - <<'END'
_acme-challenge.example.test: A
_acme-challenge.bind.test: A
exit 100
END
    [ "$(grep -c '^chal-dns: by the server.s clock this one is wrong by [0-9]* s$' <<<"$stderr")" = 2 ]
}

key_forms() {
    servers
    printf 'hmac-sha256:%s:%s\n' "$TSIG_NAME" "$TSIG_SECRET" >"$CHAL_DNS_KEY"
    chal begin dns-01 line.example.test t $A
    keymgr -t other hmac-sha512 >"$CHAL_DNS_KEY"
    another_knot second 127.0.0.11 keymgr.test hmac-sha512 "$(sed -n 's/.*secret: //p' "$CHAL_DNS_KEY")" <<'END'
keymgr.test. 60 SOA ns.keymgr.test. h. 1 3600 600 86400 5
keymgr.test. 60 NS ns.keymgr.test.
ns.keymgr.test. 60 A 127.0.0.11
END
    DNSCACHEIP=127.0.0.11 chal begin dns-01 keymgr.test t $A
    texts dns _acme-challenge.line.example.test
    texts 127.0.0.11 _acme-challenge.keymgr.test
    tsig-keygen -a hmac-sha512 other >"$CHAL_DNS_KEY"
    DNSCACHEIP=127.0.0.11 chal begin dns-01 keymgr.test t $B
}

@test "keys as knsupdate, keymgr and tsig-keygen have them, SHA-512 too" {
    in_world key_forms
    assert_success
    assert_output - <<'END'
_acme-challenge.line.example.test: A
_acme-challenge.keymgr.test: A
exit 100
END
    [[ $stderr = *'(BADSIG)'* ]]
}

aliases() {
    dns_add _acme-challenge.app.example.test CNAME app.acme.bind.test.
    dns_add _acme-challenge.two.example.test CNAME Three.example.test.
    dns_add three.example.test CNAME four.example.test.
    dns_add _acme-challenge.loop.example.test CNAME loop2.example.test.
    dns_add loop2.example.test CNAME _acme-challenge.loop.example.test.
    servers
    chal begin dns-01 app.example.test t $A
    texts resolver app.acme.bind.test
    texts resolver _acme-challenge.app.example.test | sed 's, app.acme.bind.test.,,'
    chal 'done' dns-01 app.example.test t $A
    texts resolver app.acme.bind.test
    chal begin dns-01 two.example.test t $A
    texts dns four.example.test
    chal begin dns-01 loop.example.test t $A
}

@test "an alias is followed, into another zone too, and one that goes in circles is not" {
    in_world aliases
    assert_success
    assert_output - <<'END'
app.acme.bind.test: A
_acme-challenge.app.example.test: A
app.acme.bind.test:
four.example.test: A
exit 111
END
    [[ $stderr = 'chal-dns: fatal: '*'loop'*'its zone was not found'* ]]
}

delegated() {
    dns_add _acme-challenge.own.example.test NS ns.own.example.test.
    dns_add ns.own.example.test A 127.0.0.11
    servers
    another_knot second 127.0.0.11 _acme-challenge.own.example.test hmac-sha256 "$TSIG_SECRET" <<'END'
_acme-challenge.own.example.test. 60 SOA ns.own.example.test. h. 1 3600 600 86400 5
_acme-challenge.own.example.test. 60 NS ns.own.example.test.
END
    printf 'hmac-sha256:other:%s\n' "$TSIG_SECRET" >"$CHAL_DNS_KEY"
    DNSCACHEIP="$(world_ip dns) 127.0.0.11" chal begin dns-01 own.example.test t $A
    texts 127.0.0.11 _acme-challenge.own.example.test
}

@test "a zone may begin at the record's own name" {
    in_world delegated
    assert_success
    assert_equal "$stderr" ''
    assert_output '_acme-challenge.own.example.test: A'
}

# example.test has a second server that does not follow the first.
lazy_server() {
    dns_add example.test NS lazy.example.test.
    dns_add lazy.example.test A 127.0.0.11
    servers
    another_knot lazy 127.0.0.11 example.test hmac-sha256 "$TSIG_SECRET" <<'END'
example.test. 60 SOA ns.example.test. h. 1 3600 600 86400 5
example.test. 60 NS ns.example.test.
END
}

waits() {
    lazy_server
    CHAL_DNS_WAIT=30 "$BIN/chal-dns" begin dns-01 example.test t $A &
    waiting=$!
    world_await lazy primary_has
    kill -0 $waiting
    another_change lazy example.test _acme-challenge.example.test. 60 TXT "\"$A\""
    wait $waiting
    texts dns _acme-challenge.example.test
    # Without waiting, and with somebody who waits later.
    CHAL_DNS_WAIT=0 chal begin dns-01 none.example.test t $A
    CHAL_LATER=1 chal begin dns-01 later.example.test t $A
    texts dns _acme-challenge.later.example.test
    CHAL_DNS_WAIT=1 chal wait dns-01 later.example.test t $A
    texts dns _acme-challenge.later.example.test
    another_change lazy example.test _acme-challenge.later.example.test. 60 TXT "\"$A\""
    chal wait dns-01 later.example.test t $A
    # A value that is there does not stand for another.
    CHAL_DNS_WAIT=1 chal begin dns-01 later.example.test t $B
    texts dns _acme-challenge.later.example.test
}

primary_has() { kdig +short "@$(world_ip dns)" _acme-challenge.example.test TXT | grep -q "$A"; }

@test "begin returns when every server shows it, wait waits alone, and what was in vain is taken back" {
    in_world waits
    assert_success
    assert_output - <<'END'
_acme-challenge.example.test: A
exit 99
_acme-challenge.later.example.test: A
exit 111
_acme-challenge.later.example.test: A
exit 111
_acme-challenge.later.example.test: A
END
    assert_equal "$(grep -c 'chal-dns: fatal: _acme-challenge.later.example.test: not shown after 1 s by 1 of [23] servers, one of them 127.0.0.11$' <<<"$stderr")" 2
}

no_way() {
    dns_add example.test NS six.example.test.
    dns_add six.example.test AAAA 2001:db8::99
    servers
    chal begin dns-01 example.test t $A
    texts dns _acme-challenge.example.test
    # A server that is not there at all is not passed over.
    dns_add example.test NS gone.example.test.
    dns_add gone.example.test A 127.0.0.99
    rndc_flush
    CHAL_DNS_WAIT=1 chal begin dns-01 gone.example.test t $A
    texts dns _acme-challenge.gone.example.test
}

rndc_flush() { world_stop resolver; world_resolver; }

@test "addresses this machine has no way to are passed over, silent servers are not" {
    in_world -4 no_way
    assert_success
    assert_output - <<'END'
_acme-challenge.example.test: A
exit 111
_acme-challenge.gone.example.test:
END
    [[ $stderr = *'not shown after 1 s by 1 of 2 servers, one of them 127.0.0.99'* ]]
}

other_methods() {
    local name text
    servers
    name=_ujmmovf2vn55tgye._acme-challenge.example.test
    CHAL_RECORD=$name chal begin dns-account-01 example.test t $A
    texts dns $name
    CHAL_RECORD=$name chal 'done' dns-account-01 example.test t $A
    texts dns $name
    text="ca.test; accounturi=https://ca.test/acct/$(printf '%0300d' 1); policy=wildcard"
    for name in example.test bind.test; do
        chal begin dns-persist-01 $name '' "$text"
        chal 'done' dns-persist-01 $name '' "$text"
        chal failed dns-persist-01 $name '' "$text"
        [ "$("$BIN/txtlookup" _validation-persist.$name)" = "$text" ] && echo "$name persists"
    done
}

@test "dns-account-01 by its record's name, and dns-persist-01, which stays" {
    in_world other_methods
    assert_success
    assert_equal "$stderr" ''
    assert_output - <<'END'
_ujmmovf2vn55tgye._acme-challenge.example.test: A
_ujmmovf2vn55tgye._acme-challenge.example.test:
example.test persists
bind.test persists
END
}

named_servers() {
    servers
    CHAL_DNS_SERVER=$(world_ip dns) chal begin dns-01 a.example.test t $A
    CHAL_DNS_SERVER="127.0.0.9 $(world_at dns 53)" chal begin dns-01 b.example.test t $A
    CHAL_DNS_SERVER=ns.example.test chal begin dns-01 c.example.test t $A
    CHAL_DNS_SERVER=ns.example.test:53 chal begin dns-01 d.example.test t $A
    CHAL_DNS_SERVER=nowhere.example.test chal begin dns-01 e.example.test t $A
    CHAL_DNS_SERVER=127.0.0.9 chal begin dns-01 f.example.test t $A
    CHAL_DNS_SERVER=$(world_ip resolver) chal begin dns-01 g.example.test t $A
    for name in a b c d e f g; do
        texts dns _acme-challenge.$name.example.test
    done
}

@test "updates go to the server that is named, by address or name" {
    in_world named_servers
    assert_success
    assert_output - <<'END'
exit 111
exit 111
exit 100
_acme-challenge.a.example.test: A
_acme-challenge.b.example.test: A
_acme-challenge.c.example.test: A
_acme-challenge.d.example.test: A
_acme-challenge.e.example.test:
_acme-challenge.f.example.test:
_acme-challenge.g.example.test:
END
    [[ $stderr = *'nowhere.example.test: no such record'*'127.0.0.9:53: no server answered'*'(NOTAUTH)'* ]]
}

six() {
    servers
    chal begin dns-01 example.test t $A
    texts dns _acme-challenge.example.test
    chal begin dns-01 bind.test t $A
    texts resolver _acme-challenge.bind.test
    chal 'done' dns-01 bind.test t $A
    texts resolver _acme-challenge.bind.test
}

@test "all of it works over IPv6 alone" {
    grep -qs '^0*1 ' /proc/net/if_inet6 || skip 'no IPv6 here'
    in_world -6 six
    assert_success
    assert_equal "$stderr" ''
    assert_output - <<'END'
_acme-challenge.example.test: A
_acme-challenge.bind.test: A
_acme-challenge.bind.test:
END
}

crowd() { # more than a datagram holds
    local i
    servers
    for i in {1..40}; do dns_add _acme-challenge.example.test TXT "\"$(printf '%043d' "$i")\""; done
    chal begin dns-01 example.test t $A
    kdig +tcp +short "@$(world_ip dns)" _acme-challenge.example.test TXT | wc -l
    chal 'done' dns-01 example.test t $A
    kdig +tcp +short "@$(world_ip dns)" _acme-challenge.example.test TXT | wc -l
}

@test "a record is seen and removed among so many that it takes TCP" {
    in_world crowd
    assert_success
    assert_equal "$stderr" ''
    assert_output $'41\n40'
}

broken_server() {
    dns_add example.test NS ns.nowhere.ca.test.
    dns_add example.test NS example.test.
    servers
    chal begin dns-01 example.test t $A
    texts dns _acme-challenge.example.test
}

@test "a server whose name leads nowhere is left out" {
    in_world broken_server
    assert_success
    assert_output '_acme-challenge.example.test: A'
}

many() {
    local pids=() i
    servers
    for i in {1..12}; do
        "$BIN/chal-dns" begin dns-01 "n$i.example.test" t $A &
        pids+=($!)
    done
    for i in "${pids[@]}"; do wait "$i"; done
    for i in {1..12}; do texts dns "_acme-challenge.n$i.example.test"; done | grep -c ' A$'
}

@test "hooks of many names may run side by side" {
    in_world many
    assert_success
    assert_equal "$stderr" ''
    assert_output 12
}

uacme_order() { # zone
    world_pebble >/dev/null
    uacme -y -t EC -c "$WORLD/uacme" -a "$CA_DIRECTORY" new 2>"$WORLD/log/uacme" &&
        uacme -v -t EC -c "$WORLD/uacme" -a "$CA_DIRECTORY" -h "$BIN/chal-dns" issue "$1" "*.$1" 2>>"$WORLD/log/uacme"
    cert_names "$WORLD/uacme/$1/cert.pem" | sort
    texts dns "_acme-challenge.$1"
}

uacme_knot() { servers; PEBBLE_DNS=dns uacme_order example.test; }
uacme_bind() { servers; PEBBLE_DNS=resolver uacme_order bind.test; }

@test "uacme gets a certificate for a name and its wildcard, at knot and at bind" {
    in_world uacme_knot
    assert_success
    assert_output $'*.example.test\nexample.test\n_acme-challenge.example.test:'
    WORLD_FILES=$BATS_TEST_TMPDIR/bind
    in_world uacme_bind
    assert_success
    assert_line --index 0 '*.bind.test'
    assert_line --index 1 'bind.test'
}
