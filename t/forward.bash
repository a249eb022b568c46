# shellcheck shell=bash
# forward.bash: upstreams for the tests of http-forward and relay-proxy. After serving.bash.

forward_certificates() { # in setup_file(): an authority and a server's certificate
    cd "$BATS_FILE_TMPDIR" || return
    printf '[req]\ndistinguished_name=dn\n[dn]\n' >openssl.cnf
    forward_certificate authority 'critical,CA:TRUE'
    forward_certificate server 'critical,CA:FALSE' -CA authority.pem -CAkey authority.key \
        -addext 'subjectAltName=DNS:localhost,DNS:*.gw.test,IP:127.0.0.1'
}

forward_certificate() { # FILE BASIC-CONSTRAINTS [argument...]
    openssl req -x509 -config openssl.cnf -noenc -days 30 -subj "/CN=$1" -addext "basicConstraints=$2" \
        -newkey ec -pkeyopt ec_paramgen_curve:P-256 "${@:3}" -keyout "$1.key" -out "$1.pem" 2>"$1.log"
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
