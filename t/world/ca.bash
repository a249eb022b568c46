# shellcheck shell=bash
# ca.bash: the ACME authority of a world, and the certificates servers need.
#
# Two authorities: the world's own, which signs what the gateway and the CA's
# API present, and pebble's, made anew at each start, which signs what clients
# order. Both are in the bundle every program in the world trusts.

# shellcheck disable=SC2034 # for clients
CA_DIRECTORY=https://ca.test/dir
PEBBLE_ROOT=$WORLD/pki/pebble-root.pem

# world_pebble [argument...]: pebble at ca.test:443, asking the authoritative
# server and validating over port 80 and 443. Its environment is taken from the
# caller's (PEBBLE_VA_NOSLEEP, PEBBLE_WFE_NONCEREJECT, PEBBLE_AUTHZREUSE ...);
# by default it neither sleeps nor throws dice. `-strict` may be an argument.
world_pebble() {
    pki_issue api ca.test &&
        pebble_configuration >"$WORLD/pki/pebble.json" || return
    PEBBLE_VA_NOSLEEP=${PEBBLE_VA_NOSLEEP-1} \
        PEBBLE_WFE_NONCEREJECT=${PEBBLE_WFE_NONCEREJECT-0} \
        PEBBLE_AUTHZREUSE=${PEBBLE_AUTHZREUSE-0} \
        world_start ca pebble -config "$WORLD/pki/pebble.json" -dnsserver "$(world_at dns 53)" "$@"
    world_await ca pebble_answers 15000/roots/0 "$PEBBLE_ROOT" &&
        world_await ca pebble_answers 443/dir /dev/null &&
        cat "$PEBBLE_ROOT" >>"$WORLD_BUNDLE"
}

pebble_answers() { # port/path file: the answer goes there
    curl -sS --fail --max-time 5 --cacert "$WORLD/pki/world.pem" \
        --resolve "ca.test:${1%%/*}:$(world_ip ca)" -o "$2" "https://ca.test:$1"
}

pebble_configuration() {
    cat <<END
{"pebble": {
  "listenAddress": "$(world_at ca 443)",
  "managementListenAddress": "$(world_at ca 15000)",
  "certificate": "$WORLD/pki/api.pem",
  "privateKey": "$WORLD/pki/api.key",
  "httpPort": 80,
  "tlsPort": 443,
  "externalAccountBindingRequired": false
}}
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

cert_verifies() { # FILE KEY NAME: pebble signed it, for that name and that key
    openssl verify -CAfile "$PEBBLE_ROOT" -untrusted "$1" -verify_hostname "$3" "$1" >/dev/null &&
        [ "$(openssl x509 -in "$1" -noout -pubkey)" = "$(openssl pkey -in "$2" -pubout)" ]
}
