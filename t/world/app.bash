# shellcheck shell=bash
# app.bash: what stands between a custom domain and its app: relay, gateway, VM.

# Programs of ours are taken from $BIN. On a machine that uses IPv6 and IPv4
# the relay and the VM listen once for each: here every host has its own
# addresses of one machine, so ":80" is not to be had.

# The gateway of this world is one that relay and applookup may send to, in
# every shell of it. Other settings too are their own environment variables.
export ALLOWED_DOMAIN_REGEX=${ALLOWED_DOMAIN_REGEX-'^_\.(gw\.test)$'}

# world_relay [argument...]: listen-on + relay-redirect ARGUMENTS at the relay's
# port 80, or $WORLD_RELAY in place of relay-redirect.
world_relay() {
    relay_by world_start_ready "$@"
}

# The same under s6-supervise: services relay4 and relay6.
world_relay_supervised() {
    relay_by world_supervise "$@"
}

relay_by() { # starter argument...
    local family starter=$1
    shift
    for family in $WORLD_FAMILIES; do
        "$starter" "relay$family" "$BIN/listen-on" -r 3 "$(world_at relay 80 "$family")" \
            "$BIN/${WORLD_RELAY:-relay-redirect}" "$@" || return
    done
}

relay_log() { # what the relay said, of all its processes
    cat "$WORLD"/log/relay[46] 2>/dev/null
}

# world_vm [HOST [argument...]]: listen-on + chal-serve ARGUMENTS at port 80 of
# vm (or vm2), answering from that VM's challenge directory.
world_vm() {
    local host=${1:-vm} family
    vm_make "$host" || return
    for family in $WORLD_FAMILIES; do
        world_start_ready "$host-$family" "$BIN/listen-on" -r 3 "$(world_at "$host" 80 "$family")" \
            "$BIN/chal-serve" "${@:2}" "$(vm_challenges "$host")" || return
    done
}

# app_stop: relay and VMs are told to end, and must end well: whatever has been
# asked is answered, exit 0, and no sanitizer has anything to say. For the shell
# that started them.
app_stop() {
    local file name pid status bad=0
    for file in "$WORLD"/pid/relay[46] "$WORLD"/pid/vm*; do
        name=${file##*/} status=0
        pid=$(world_pid "$name" 2>/dev/null) || continue
        kill -TERM "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null || status=$?
        rm -f "$file"
        if [ "$status" != 0 ]; then
            world_complain "$name" "ended with exit status $status when told to end"
            bad=1
        fi
    done
    return "$bad"
}

# The challenge directory is where certbot's webroot plugin puts it below its
# own, so both kinds of client write to the same place.
vm_webroot() { echo "$WORLD/$1/www"; }
vm_challenges() { echo "$WORLD/$1/www/.well-known/acme-challenge"; }
vm_make() { mkdir -p "$(vm_challenges "$1")"; }

# world_gateway APP-ID=HOST...: nginx in the place of the dstack gateway: ends
# TLS for *.gw.test and passes APP-ID.gw.test to port 80 of HOST, or
# APP-ID-PORT.gw.test to PORT, as plain HTTP.
world_gateway() {
    pki_issue gateway '*.gw.test' || return
    mkdir -p "$WORLD/gateway/tmp"
    gateway_apps "$@" >"$WORLD/gateway/apps"
    gateway_listeners >"$WORLD/gateway/listeners"
    gateway_configuration >"$WORLD/gateway/nginx.conf"
    world_start gateway nginx -e stderr -p "$WORLD/gateway" -c "$WORLD/gateway/nginx.conf"
    world_await gateway world_listens "$(world_ip gateway)" 443
}

gateway_apps() { # app-id=host...: what a map of nginx reads
    local app
    for app; do
        printf '%s "%s";\n' "${app%%=*}" "$(world_literal "${app#*=}")"
    done
}

gateway_listeners() {
    local family
    for family in $WORLD_FAMILIES; do
        printf 'listen %s ssl;\n' "$(world_at gateway 443 "$family")"
    done
}

# Paths are below $WORLD/gateway. One process: a master would give its workers
# another user, and root is the only one there is in a world.
gateway_configuration() {
    cat <<'END'
user root;
daemon off;
master_process off;
error_log stderr;
pid pid;
events { worker_connections 512; }
http {
    log_format path 'https://$host$request_uri -> $upstream_addr $status';
    access_log ../log/gateway path;
    client_body_temp_path tmp/body;
    proxy_temp_path tmp/proxy;
    fastcgi_temp_path tmp/fastcgi;
    uwsgi_temp_path tmp/uwsgi;
    scgi_temp_path tmp/scgi;
    map $app $vm { include apps; }
    map $port $target_port { "" 80; default $port; }
    server {
        include listeners;
        server_name "~^(?<app>[0-9a-z]+)(-(?<port>[0-9]+))?\.gw\.test$";
        ssl_certificate ../pki/gateway.pem;
        ssl_certificate_key ../pki/gateway.key;
        location / {
            if ($vm = "") { return 404; }
            proxy_set_header Host $host;
            proxy_pass http://$vm:$target_port;
        }
    }
}
END
}
