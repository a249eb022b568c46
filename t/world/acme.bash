# shellcheck shell=bash
# acme.bash: our ACME programs, as they run inside a VM.

# vm_acme VM: from here on acme-account and its like work for that VM: its account,
# its store, its challenges (chal-file), the world's CA.
vm_acme() {
    vm_make "$1" || return
    export ACME_DIRECTORY=$CA_DIRECTORY ACME_ACCOUNT=$WORLD/$1/account CERTDIR=$WORLD/$1/certs
    export ACME_HOOK=$BIN/chal-file CHAL_DIR
    CHAL_DIR=$(vm_challenges "$1")
    mkdir -p "$CERTDIR"
}

# dns_hook: chal-dns as the hook, with the key that may.
dns_hook() {
    printf 'hmac-sha256:%s:%s\n' "$TSIG_NAME" "$TSIG_SECRET" >"$WORLD/tsig"
    export CHAL_DNS_KEY=$WORLD/tsig ACME_HOOK=$BIN/chal-dns
}

# store_good NAME [-r ROOT] DOMAIN...: what is in the store under NAME is a whole
# certificate of the CA (or of who has ROOT) for exactly those names, for the key
# beside it.
store_good() {
    local dir=$CERTDIR/$1 root=$PEBBLE_ROOT name
    shift
    [ "$1" != -r ] || { root=$2; shift 2; }
    [ "$(stat -L -c %a "$dir/key.pem")" = 600 ] || return
    [ "$(cert_names "$dir/cert.pem" | sort | tr '\n' ' ')" = "$(printf '%s\n' "$@" | sort | tr '\n' ' ')" ] || return
    for name; do
        cert_verifies "$dir/fullchain.pem" "$dir/key.pem" "${name/#\*/any}" "$root" || return
    done
    # The leaf stands first in the whole chain, and the rest is the chain.
    cat "$dir/cert.pem" "$dir/chain.pem" | cmp -s - "$dir/fullchain.pem"
}

store_serial() { # NAME
    openssl x509 -in "$CERTDIR/$1/cert.pem" -noout -serial
}

# acme_vm [argument...]: names, the CA with the front before it (world_front's
# arguments), a VM that answers challenges, and an account there. The names
# a.example.test to j.example.test are the VM's.
acme_vm() {
    local letter
    for letter in a b c d e f g h i j; do
        dns_addresses "$letter.example.test" vm || return
    done
    world_dns && world_front "$@" && front_rules && world_vm vm -q && vm_acme vm &&
        acme-account -q new -y >"$WORLD/account-url"
}

# outcome COMMAND...: prints its exit status; what it says is in log/NAME.
outcome() {
    local status=0
    "$@" >>"$WORLD/log/$1" 2>&1 || status=$?
    echo "$status"
}

# asked KIND: how often the CA was asked for that since front_rules.
asked() {
    cut -f 2 "$FRONT_LOG" | grep -cx -- "$1" || true
}

connections() { # how many of them there were since front_rules
    cut -f 1 "$FRONT_LOG" | sort -u | wc -l
}

payloads() { # KIND: what was said
    awk -F '\t' -v kind="$1" '$2 == kind { print $7 }' "$FRONT_LOG"
}

issued() { # how many certificates pebble has made since it was started
    grep -c 'Issued certificate serial' "$WORLD/log/ca" || true
}
