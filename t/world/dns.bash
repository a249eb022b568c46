# shellcheck shell=bash
# dns.bash: the names of a world.
#
# An authoritative server (knot) holds the zones example.test (custom domains),
# gw.test (the gateway's) and ca.test (the CA). Records may be written before
# world_dns starts it, and changed while it runs: when dns_add, dns_set or
# dns_del returns, the server answers with the change. Names are absolute, with
# or without the last dot; data is as in a zone file:
#
#   dns_add app.example.test A 192.0.2.10
#   dns_add _dstack-app-address.app.example.test TXT '"0123:80"'
#
# Who has the key $TSIG_NAME (hmac-sha256, $TSIG_SECRET) may update TXT records of
# example.test (RFC 2136); so it is with bind.test, which is the resolver's own.

WORLD_ZONES=(example.test gw.test ca.test)
# shellcheck disable=SC2034 # for clients
TSIG_NAME=acme-key TSIG_SECRET=MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=
DNS_TTL=${DNS_TTL:-60}

world_dns() { # with the records of gateway and CA, and those written before
    local zone
    for zone in "${WORLD_ZONES[@]}"; do
        zone_file "$zone"
    done
    dns_addresses '*.gw.test' gateway
    dns_addresses ca.test ca
    mkdir -p "$WORLD/zone/db"
    knot_configuration >"$WORLD/zone/knot.conf"
    world_start dns knotd -c "$WORLD/zone/knot.conf"
    # Answers in every zone: knot listens before it has read them all.
    for zone in "${WORLD_ZONES[@]}"; do
        world_await dns dns_has_zone "$zone" || return
    done
}

# world_resolver: a recursive server (named) in front of it, as the relay of
# the real world has one. It caches: DNS_TTL of the records counts. Its own zone
# bind.test has the VM's addresses for all names.
world_resolver() {
    named_zone >"$WORLD/zone/bind.test"
    named_configuration >"$WORLD/zone/named.conf"
    world_start resolver named -g -n 1 -c "$WORLD/zone/named.conf"
    world_await resolver dns_has_zone example.test resolver
}

dns_addresses() { # name host: A and AAAA as the world's families have them
    local family
    for family in $WORLD_FAMILIES; do
        case $family in
        4) dns_add "$1" A "$(world_ip "$2" 4)" ;;
        6) dns_add "$1" AAAA "$(world_ip "$2" 6)" ;;
        esac || return
    done
}

# dns_app DOMAIN APP-ID [PORT]: a custom domain complete: addresses of the relay,
# the record that names the app, the one that names the gateway, and a CAA record.
dns_app() {
    dns_addresses "$1" relay &&
        dns_add "_dstack-app-address.$1" TXT "\"$2:${3:-80}\"" &&
        dns_add "_dstack-gateway.$1" CNAME _.gw.test. &&
        dns_add "$1" CAA 0 issue '"ca.test"'
}

dns_add() { # name type data...
    local zone
    zone=$(dns_zone_of "$1") || return
    zone_file "$zone"
    if world_alive dns; then
        dns_change "$zone" "zone-set $zone ${1%.}. $DNS_TTL ${*:2}"
    else
        echo "${1%.}. $DNS_TTL ${*:2}" >>"$WORLD/zone/$zone"
    fi
}

dns_set() { # name type data...: instead of all records of that name and type, if any
    local zone
    zone=$(dns_zone_of "$1") || return
    dns_change "$zone" "zone-unset? $zone ${1%.}. $2" "zone-set $zone ${1%.}. $DNS_TTL ${*:2}"
}

dns_del() { # name [type [data...]]
    local zone
    zone=$(dns_zone_of "$1") || return
    dns_change "$zone" "zone-unset $zone ${1%.}. ${*:2}"
}

# All or nothing: one transaction, which the server answers from when the
# commit returns.
dns_change() { # zone command...
    local zone=$1 command
    shift
    dns_control "zone-begin $zone" || return
    for command; do
        if ! dns_control "$command"; then
            dns_control "zone-abort $zone"
            return 1
        fi
    done
    dns_control "zone-commit $zone"
}

# One line, its words apart by single spaces. "zone-unset?" may find nothing.
dns_control() { # command
    local words answer
    read -r -a words <<<"$1"
    answer=$(knotc -s "$WORLD/zone/knot.sock" "${words[0]%\?}" "${words[@]:1}" 2>&1) && return
    case $1:$answer in
    zone-unset\?*'no such '*) return 0 ;;
    esac
    echo "world: dns: $1: $answer" >&2
    return 1
}

dns_has_zone() { # zone [host]
    local answer
    answer=$(kdig +tcp +short +timeout=1 +retry=0 "@$(world_ip "${2:-dns}")" "$1" SOA) &&
        [ -n "$answer" ]
}

dns_zone_of() { # name
    local zone
    for zone in "${WORLD_ZONES[@]}"; do
        case .${1%.} in
        *".$zone") echo "$zone"; return ;;
        esac
    done
    echo "world: dns: $1 is in none of the zones ${WORLD_ZONES[*]}" >&2
    return 1
}

# "No such name" is remembered for five seconds at most, by whoever caches.
zone_file() { # zone: made, unless it is there
    [ ! -e "$WORLD/zone/$1" ] || return 0
    mkdir -p "$WORLD/zone"
    printf '%s. %s\n' \
        "$1" "$DNS_TTL SOA ns.$1. hostmaster.$1. 1 3600 600 86400 5" \
        "$1" "$DNS_TTL NS ns.$1." >"$WORLD/zone/$1"
    dns_addresses "ns.$1" dns
}

knot_configuration() {
    local family zone
    echo 'server:'
    printf '  rundir: "%s"\n' "$WORLD/zone"
    for family in $WORLD_FAMILIES; do
        printf '  listen: "%s@53"\n' "$(world_ip dns "$family")"
    done
    printf '  udp-workers: 1\n  tcp-workers: 1\n  background-workers: 1\n'
    printf 'control:\n  listen: "%s"\n' "$WORLD/zone/knot.sock"
    printf 'log:\n  - target: stderr\n    any: info\n'
    printf 'database:\n  storage: "%s"\n' "$WORLD/zone/db"
    printf 'key:\n  - id: %s\n    algorithm: hmac-sha256\n    secret: %s\n' "$TSIG_NAME" "$TSIG_SECRET"
    printf 'acl:\n  - id: acme\n    key: %s\n    action: update\n    update-type: [TXT]\n' "$TSIG_NAME"
    printf 'zone:\n'
    for zone in "${WORLD_ZONES[@]}"; do
        printf '  - domain: %s\n    file: "%s"\n' "$zone" "$WORLD/zone/$zone"
        printf '    zonefile-sync: -1\n    journal-content: none\n'
        [ "$zone" != example.test ] || printf '    acl: acme\n'
    done
}

named_configuration() {
    local zone
    printf 'options {\n  directory "%s";\n  pid-file none;\n' "$WORLD/zone"
    printf '  listen-on { %s };\n' "$(named_addresses 4 resolver)"
    printf '  listen-on-v6 { %s };\n' "$(named_addresses 6 resolver)"
    printf '  recursion yes;\n  allow-recursion { any; };\n  dnssec-validation no;\n'
    printf '  empty-zones-enable no;\n  notify no;\n};\n'
    printf 'controls { };\nkey "%s" { algorithm hmac-sha256; secret "%s"; };\n' "$TSIG_NAME" "$TSIG_SECRET"
    printf 'zone "bind.test" { type primary; file "%s"; update-policy { grant %s subdomain bind.test. TXT; }; };\n' \
        "$WORLD/zone/bind.test" "$TSIG_NAME"
    for zone in "${WORLD_ZONES[@]}"; do
        printf 'zone "%s" { type static-stub; server-addresses { %s }; };\n' \
            "$zone" "$(named_addresses 4 dns)$(named_addresses 6 dns)"
    done
}

named_zone() {
    local family
    printf 'bind.test. 60 SOA ns.bind.test. hostmaster.bind.test. 1 3600 600 86400 5\nbind.test. 60 NS ns.bind.test.\n'
    for family in $WORLD_FAMILIES; do
        case $family in
        4) set -- A 4 ;;
        6) set -- AAAA 6 ;;
        esac
        printf '%s 60 %s %s\n' ns.bind.test. "$1" "$(world_ip resolver "$2")" \
            bind.test. "$1" "$(world_ip vm "$2")" '*.bind.test.' "$1" "$(world_ip vm "$2")"
    done
}

named_addresses() { # family host: an address list of named.conf, "none;" for a listener without
    case " $WORLD_FAMILIES " in
    *" $1 "*) printf '%s; ' "$(world_ip "$2" "$1")" ;;
    *) [ "$2" = dns ] || printf 'none; ' ;;
    esac
}
