# shellcheck shell=bash
# front.bash: the way in over TLS, of our own programs: sni-route before tls-serve.

# world_sni_gateway APP-ID=HOST...: our own in the place of the dstack gateway, at its port 443.
# TLS for APP-ID.gw.test ends there, by a tls-serve for each that passes plain bytes to port 80 of
# HOST; what is for APP-IDs.gw.test, or for a custom domain whose record names APP-ID, goes to
# HOST as it is.
world_sni_gateway() {
    local app id host dir=$WORLD/gateway family
    pki_issue gateway '*.gw.test' || return
    mkdir -p "$dir/routes" "$dir/certs/_.gw.test" &&
        cp "$WORLD/pki/gateway.key" "$dir/certs/_.gw.test/key.pem" &&
        cp "$WORLD/pki/gateway.pem" "$dir/certs/_.gw.test/fullchain.pem" || return
    for app; do
        id=${app%%=*} host=${app#*=}
        CERTDIR=$dir/certs world_start_ready "end-${id:0:8}" "$BIN/listen-on" -r 3 "unix:$dir/${id:0:8}" \
            "$BIN/tls-serve" -u "$(world_at "$host" 80)" || return
        echo "unix:$dir/${id:0:8}" >"$dir/routes/$id.gw.test"
        world_literal "$host" >"$dir/routes/$id"
    done
    for family in $WORLD_FAMILIES; do
        world_start_ready "gateway$family" "$BIN/listen-on" -r 3 "$(world_at gateway 443 "$family")" \
            "$BIN/sni-route" -p -d gw.test "$dir/routes" || return
    done
}

# world_sni_relay: port 443 of the relay, where the addresses of custom domains lead too: to the
# gateway, unopened.
world_sni_relay() {
    local family
    for family in $WORLD_FAMILIES; do
        world_start_ready "sni$family" "$BIN/listen-on" -r 3 "$(world_at relay 443 "$family")" \
            "$BIN/sni-route" -p -d gw.test || return
    done
}

# world_vm_tls HOST UPSTREAM [argument...]: tls-serve ARGUMENTS at port 443 of a VM, with the
# certificates its orders bring; what chal-alpn is to leave in $WORLD/HOST/alpn is shown too.
world_vm_tls() {
    local family
    mkdir -p "$WORLD/$1/certs" "$WORLD/$1/alpn" || return
    for family in $WORLD_FAMILIES; do
        CERTDIR=$WORLD/$1/certs CHAL_ALPN_DIR=$WORLD/$1/alpn world_start_ready "$1-tls$family" "$BIN/listen-on" -r 3 \
            "$(world_at "$1" 443 "$family")" "$BIN/tls-serve" -i acme -u "$2" "${@:3}" || return
    done
}

# What a client of the world gets from a URL, by the CA's root alone.
world_get() { # argument of curl...
    curl -sS --fail --max-time 10 --cacert "$WORLD_BUNDLE" "$@"
}
