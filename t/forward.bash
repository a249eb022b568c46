# shellcheck shell=bash
# forward.bash: upstreams for the tests of http-forward and relay-proxy. After serving.bash.

forward_certificates() { # in setup_file(): an authority and a server's certificate
    cd "$BATS_FILE_TMPDIR" || return
    load certs
    certificates_begin
    certificate authority ec 'critical,CA:TRUE' ''
    certificate server ec 'critical,CA:FALSE' 'DNS:localhost,DNS:*.gw.test,IP:127.0.0.1'
}

# upstream [ADDRESS [CERTIFICATE]]: peer/http-odd; its port, or its socket, is $UP, its process $UPSTREAM.
upstream() {
    local fifo=fifo.$RANDOM
    mkfifo "$fifo"
    "$BATS_TEST_DIRNAME/peer/http-odd" "${1:-127.0.0.1}" \
        ${2:+"$BATS_FILE_TMPDIR/$2.pem" "$BATS_FILE_TMPDIR/$2.key"} </dev/null >"$fifo" 2>>server.log 3>&- &
    UPSTREAM=$!
    CHILDREN+=("$UPSTREAM")
    read -r -t 10 UP <"$fifo"
}

# says BYTES (as printf's format): an upstream that says them to whoever comes first; its port is $UP.
says() {
    # shellcheck disable=SC2059 # the bytes are a format
    printf "$1" >said
    : >socat.log
    socat -d -d TCP4-LISTEN:0,bind=127.0.0.1 'SYSTEM:head -c 20 >/dev/null; cat said' \
        </dev/null 2>socat.log 3>&- &
    CHILDREN+=($!)
    until_true said_where
}

# smuggler HOST [CERTIFICATE]: peer/smuggle; the port of its server is $UP. smuggled: it found
# nothing wrong with the proxy at $PORT.
smuggler() {
    mkfifo told
    "$BATS_TEST_DIRNAME/peer/smuggle" "$1" ${2:+"$BATS_FILE_TMPDIR/$2.pem" "$BATS_FILE_TMPDIR/$2.key"} \
        <>told >smuggled 2>&1 3>&- &
    SMUGGLER=$!
    CHILDREN+=("$SMUGGLER")
    until_true test -s smuggled
    read -r UP <smuggled
}

smuggled() {
    echo "$PORT" >told
    wait "$SMUGGLER" || { cut -c 1-2000 smuggled; return 1; }
}

said_where() {
    UP=$(sed -n 's/.*listening on .*:\([0-9]*\)$/\1/p' socat.log)
    [ -n "$UP" ]
}

get() { # path [curl argument...]: the body
    curl -sS --path-as-is --max-time 20 "${@:2}" "http://127.0.0.1:$PORT$1"
}

code() { # path [curl argument...]: the status
    get "$1" -o /dev/null -w '%{http_code}' "${@:2}"
}

logged() { # pattern
    until_true grep -q -- "$1" server.log
}
