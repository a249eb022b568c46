# shellcheck shell=bash
# peer.bash: ACME clients that other people wrote, as they run inside a VM.
# Each prints what the client said; the certificate is then at NAME_cert, its
# key at NAME_key.

# peer_uacme VM HOOK DOMAIN...: one order, one account a VM.
peer_uacme() {
    local vm=$1 hook=$2 directory=$WORLD/$1/uacme
    shift 2
    [ -e "$directory/private/key.pem" ] ||
        uacme -v -y -t EC -c "$directory" -a "$CA_DIRECTORY" new 2>&1 || return
    CHAL_DIR=$(vm_challenges "$vm") \
        uacme -v -t EC -c "$directory" -a "$CA_DIRECTORY" -h "$hook" issue "$@" 2>&1
}

uacme_cert() { echo "$WORLD/$1/uacme/$2/cert.pem"; }           # vm domain
uacme_key() { echo "$WORLD/$1/uacme/private/$2/key.pem"; }

# peer_certbot VM DOMAIN...: webroot, no account kept.
peer_certbot() {
    local vm=$1 directory=$WORLD/$1/certbot domain names=()
    shift
    for domain; do names+=(-d "$domain"); done
    certbot certonly --non-interactive --agree-tos --register-unsafely-without-email \
        --server "$CA_DIRECTORY" --webroot --webroot-path "$(vm_webroot "$vm")" \
        --config-dir "$directory" --work-dir "$directory/work" --logs-dir "$directory/log" \
        "${names[@]}" 2>&1
}

certbot_cert() { echo "$WORLD/$1/certbot/live/$2/fullchain.pem"; }   # vm domain
certbot_key() { echo "$WORLD/$1/certbot/live/$2/privkey.pem"; }
