# shellcheck shell=bash
# relay.bash: the custom domains that the tests of the relay's programs look up.
# In setup_file(): relay_zones; in teardown_file(): relay_zones_end.
# shellcheck disable=SC2016 # a zone file's own words

export ALLOWED_DOMAIN_REGEX='^_\.(gw[0-9]?\.test)$'

ID=5b912f5c1a2d4e8f90716253a4b5c6d7e8f90a1b
LABEL63=$(printf 'a%.0s' {1..63})

# Each host stands for one thing: its own records and no others.
relay_zones() {
    local dir=$BATS_FILE_TMPDIR/zones head
    mkdir -p "$dir"
    head='@ 60 SOA ns hostmaster 1 3600 600 86400 5'$'\n''@ 60 NS ns'$'\n'
    {
        printf '$TTL 60\n%s' "$head"
        sed 's/^ *//' <<END
            _dstack-app-address.app     TXT "$ID:443"
            app                         CNAME _.gw.test.
            _tapp-address.old           TXT "oldapp:80"
            old                         CNAME _.gw.test.
            _dstack-app-address-wildcard.wild TXT "wildapp:80"
            *.wild                      CNAME _.gw.test.
            _dstack-app-address.all.order TXT "first:1"
            _tapp-address.all.order     TXT "second:2"
            _tapp-address.old.order     TXT "second:2"
            _dstack-app-address-wildcard.order TXT "third:3"
            all.order                   CNAME _.gw.test.
            old.order                   CNAME _.gw.test.
            wild.order                  CNAME _.gw.test.
            _dstack-app-address.beside  TXT "$ID:80"
            beside                      A 192.0.2.10
            _dstack-gateway.beside      CNAME _.gw2.test.
            _dstack-app-address.both    TXT "$ID:80"
            both                        CNAME _.gw1.test.
            _dstack-gateway.both        CNAME _.gw2.test.
            _dstack-app-address.other   TXT "$ID:80"
            other                       CNAME elsewhere.test.
            _dstack-gateway.other       CNAME _.gw2.test.
            _dstack-app-address.plain   TXT "$ID:80"
            plain                       A 192.0.2.10
            _dstack-app-address.unlike  TXT "$ID:80"
            unlike                      CNAME elsewhere.test.
            _dstack-gateway.unlike      CNAME _.gw2.test.elsewhere.test.
            _dstack-app-address.bad     TXT "evil.test/x:1"
            _dstack-app-address.bad     TXT "$ID:0"
            _dstack-app-address.bad     TXT "$ID:65536"
            _dstack-app-address.bad     TXT "$ID:80:80"
            bad                         CNAME _.gw.test.
            _dstack-app-address.several TXT "v=spf1 -all"
            _dstack-app-address.several TXT "$ID:80"
            _dstack-app-address.several TXT "https://evil.test"
            several                     CNAME _.gw.test.
            _dstack-app-address.pieces  TXT "pie" "ces:" "8" "080"
            pieces                      CNAME _.gw.test.
            _dstack-app-address.p80     TXT "port:80"
            p80                         CNAME _.gw.test.
            _dstack-app-address.p443    TXT "port:443"
            p443                        CNAME _.gw.test.
            _dstack-app-address.p8080   TXT "port:8080"
            p8080                       CNAME _.gw.test.
            _dstack-app-address.long    TXT "$LABEL63:8080"
            long                        CNAME _.gw.test.
            _dstack-app-address.upper   TXT "ABCdef:80"
            upper                       CNAME _.GW.Test.
            _dstack-app-address.xn--bcher-kva TXT "$ID:80"
            xn--bcher-kva               CNAME _.gw.test.
            _dstack-app-address.under_score TXT "$ID:80"
            under_score                 CNAME _.gw.test.
            none                        A 192.0.2.10
END
    } >"$dir/example.test.zone"
    : >"$dir/broken.test.zone"
    : >"$dir/mixed.test.zone"
    printf '$TTL 60\n%s@ TXT "%s:80"\n' "$head" "$ID" >"$dir/_dstack-app-address.app.mixed.test.zone"
    dns_knot "$dir" || return
    export KNOT KNOT_PID
}

relay_zones_end() {
    [ "${KNOT_PID:-0}" -le 1 ] || kill "$KNOT_PID"
}
