# shellcheck shell=bash
# ca.bash: the ACME authority of a world, and the certificates servers need.
#
# Two authorities: the world's own, which signs what the gateway and the CA's
# API present, and pebble's (or caddy's), made anew at each start, which signs what
# clients order. All are in the bundle every program in the world trusts.

# shellcheck disable=SC2034 # for clients
CA_DIRECTORY=https://ca.test/dir
PEBBLE_ROOT=$WORLD/pki/pebble-root.pem

# world_pebble [argument...]: pebble at ca.test:$PEBBLE_PORT, asking the DNS server
# $PEBBLE_DNS and validating over port 80 and 443. Its environment is taken from
# the caller's (PEBBLE_VA_NOSLEEP, PEBBLE_WFE_NONCEREJECT, PEBBLE_AUTHZREUSE ...);
# by default it does not sleep and throws no dice, but one: an order in a hundred for what
# the account has an authorization for reuses that. `-strict` may be an argument.
# With PEBBLE_EAB="kid key" (base64url) accounts need that external account.
PEBBLE_PORT=443 PEBBLE_DNS=dns PEBBLE_EAB=''

world_pebble() {
    pki_issue api ca.test &&
        pebble_configuration >"$WORLD/pki/pebble.json" || return
    PEBBLE_VA_NOSLEEP=${PEBBLE_VA_NOSLEEP-1} \
        PEBBLE_WFE_NONCEREJECT=${PEBBLE_WFE_NONCEREJECT-0} \
        PEBBLE_AUTHZREUSE=${PEBBLE_AUTHZREUSE-0} \
        world_start ca pebble -config "$WORLD/pki/pebble.json" -dnsserver "$(world_at "$PEBBLE_DNS" 53)" "$@"
    world_await ca pebble_answers roots/0 "$PEBBLE_ROOT" &&
        world_await ca ca_get ca.test ca "$PEBBLE_PORT" dir /dev/null &&
        cat "$PEBBLE_ROOT" >>"$WORLD_BUNDLE"
}

# Its management: roots/N, intermediates/N, cert-status-by-serial/HEX.
pebble_answers() { ca_get ca.test ca 15000 "$1" "$2"; } # path file

ca_get() { # name host port path file: the answer goes there
    curl -sS --fail --max-time 5 --cacert "$WORLD/pki/world.pem" \
        --resolve "$1:$3:$(world_ip "$2")" -o "$5" "https://$1:$3/$4"
}

# cert_status FILE: Valid or Revoked, and the reason if there is one.
cert_status() {
    local serial
    serial=$(openssl x509 -in "$1" -noout -serial) &&
        pebble_answers "cert-status-by-serial/${serial#serial=}" "$WORLD/pki/status" &&
        sed -n 's/^ *"\(Status\|Reason\)": "\{0,1\}\([^",]*\).*/\2/p' "$WORLD/pki/status" | paste -sd ' '
}

pebble_configuration() {
    local eab='"externalAccountBindingRequired": false'
    [ -z "$PEBBLE_EAB" ] || eab="\"externalAccountBindingRequired\": true,
  \"externalAccountMACKeys\": {\"${PEBBLE_EAB% *}\": \"${PEBBLE_EAB#* }\"}"
    cat <<END
{"pebble": {
  "listenAddress": "$(world_at ca "$PEBBLE_PORT")",
  "managementListenAddress": "$(world_at ca 15000)",
  "certificate": "$WORLD/pki/api.pem",
  "privateKey": "$WORLD/pki/api.key",
  "httpPort": 80,
  "tlsPort": 443,
  $eab
}}
END
}

# world_front [argument...]: pebble with those arguments, and in front of it
# t/peer/acme-front, which does what front_rules says. What was asked is in
# $FRONT_LOG.
# shellcheck disable=SC2034 # for the tests
FRONT_LOG=$WORLD/log/front.tsv

world_front() {
    local family listen=()
    PEBBLE_PORT=14000
    world_pebble "$@" || return
    for family in $WORLD_FAMILIES; do
        listen+=(-l "$(world_at ca 443 "$family")")
    done
    world_start_ready front "$WORLD_LIB/../peer/acme-front" "${listen[@]}" -u "$(world_at ca 14000)" \
        -n ca.test -c "$WORLD/pki/api.pem" -k "$WORLD/pki/api.key" -a "$WORLD/pki/world.pem" \
        -r "$WORLD/front.rules" -o "$FRONT_LOG" -f 3
}

front_rules() { # rule...: instead of those before; what was counted and logged is forgotten
    printf '%s\n' "$@" >"$WORLD/front.rules.new" &&
        mv "$WORLD/front.rules.new" "$WORLD/front.rules" &&
        : >"$FRONT_LOG"
}

front_kinds() { # what was asked, in a line
    cut -f 2 "$FRONT_LOG" | paste -sd ' '
}

# world_caddy: caddy's authority at two.ca.test:443, whose directory is
# $CADDY_DIRECTORY. It asks the resolver of the world, over the ports 80 and 443.
CADDY_DIRECTORY=https://two.ca.test/acme/local/directory
CADDY_ROOT=$WORLD/caddy/pki/authorities/local/root.crt

world_caddy() {
    pki_issue api2 two.ca.test && dns_addresses two.ca.test ca2 &&
        mkdir -p "$WORLD/caddy" && caddy_configuration >"$WORLD/caddy/Caddyfile" || return
    HOME=$WORLD/caddy XDG_DATA_HOME=$WORLD/caddy XDG_CONFIG_HOME=$WORLD/caddy \
        world_start caddy caddy run --config "$WORLD/caddy/Caddyfile" --adapter caddyfile
    world_await caddy ca_get two.ca.test ca2 443 acme/local/directory /dev/null &&
        cat "$CADDY_ROOT" >>"$WORLD_BUNDLE"
}

caddy_configuration() {
    local family addresses=''
    for family in $WORLD_FAMILIES; do
        addresses+=" $(world_ip ca2 "$family")"
    done
    cat <<END
{
 admin off
 auto_https disable_redirects
 skip_install_trust
 storage file_system $WORLD/caddy
 pki {
  ca local {
   name "Caddy Test"
  }
 }
}
https://two.ca.test {
 bind$addresses
 tls $WORLD/pki/api2.pem $WORLD/pki/api2.key
 acme_server {
  ca local
  lifetime 24h
 }
}
END
}

# pki_issue FILE NAME...: pki/FILE.key and pki/FILE.pem for those DNS names.
pki_issue() {
    local file=$WORLD/pki/$1 names
    shift
    pki_authority || return
    printf -v names ',DNS:%s' "$@"
    pki_openssl req -x509 -CA "$WORLD/pki/world.pem" -CAkey "$WORLD/pki/world.key" -days 30 \
        -subj "/CN=$1" -addext "subjectAltName=${names#,}" -addext basicConstraints=critical,CA:FALSE \
        -addext extendedKeyUsage=serverAuth -keyout "$file.key" -out "$file.pem"
}

pki_authority() { # the world's own, once
    [ ! -e "$WORLD/pki/world.pem" ] || return 0
    mkdir -p "$WORLD/pki"
    pki_openssl req -x509 -days 30 -subj '/CN=the world' -addext basicConstraints=critical,CA:TRUE \
        -addext keyUsage=critical,keyCertSign,cRLSign -keyout "$WORLD/pki/world.key" -out "$WORLD/pki/world.pem" &&
        cat "$WORLD/pki/world.pem" >>"$WORLD_BUNDLE"
}

# Its own configuration, so that nothing of the machine's adds an extension.
pki_openssl() { # openssl's words: with a fresh P-256 key
    local answer
    printf '[req]\ndistinguished_name=dn\n[dn]\n' >"$WORLD/pki/openssl.cnf"
    if ! answer=$(openssl "$@" -config "$WORLD/pki/openssl.cnf" -noenc \
        -newkey ec -pkeyopt ec_paramgen_curve:P-256 2>&1); then
        echo "world: openssl: $answer" >&2
        return 1
    fi
}

cert_names() { # FILE: the DNS names of the first certificate, one a line
    openssl x509 -in "$1" -noout -ext subjectAltName | tr ',' '\n' | sed -n 's/^ *DNS://p'
}

cert_issuer() { # FILE
    openssl x509 -in "$1" -noout -issuer -nameopt RFC2253 | sed 's/^issuer=//'
}

cert_verifies() { # FILE KEY NAME [ROOT]: pebble signed it (or who has ROOT), for that name and that key
    openssl verify -CAfile "${4:-$PEBBLE_ROOT}" -untrusted "$1" -verify_hostname "$3" "$1" >/dev/null &&
        [ "$(openssl x509 -in "$1" -noout -pubkey)" = "$(openssl pkey -in "$2" -pubout)" ]
}
