# shellcheck shell=bash
# shellcheck disable=SC2154 # run sets stderr
# acme.bash: for tests of the acme programs that need no CA: what they refuse, what
# they find in their directories. With a CA they are in acme-pebble.bats and its like.

acme_setup() { # in setup()
    load serving
    serving_setup
    export ACME_DIRECTORY=https://127.0.0.1:1/directory ACME_ACCOUNT=$PWD/account CERTDIR=$PWD/certs
    export ACME_HOOK=/bin/false DNSCACHEIP=127.0.0.1:1
    unset ACME_ANCHORS
    mkdir certs
}

# acme PROGRAM [argument...]: as bats's run does; with MORTAL=mortal, without the powers of
# root. There is no CA at the port: one second is enough to find that out for good.
acme() {
    run --separate-stderr ${MORTAL:+"$MORTAL"} "$BIN/$1" -t 1 "${@:2}"
}

# refuses STATUS TEXT PROGRAM [argument...]: that exit status, one line with the text, no output.
refuses() {
    acme "${@:3}"
    assert_failure "$1"
    assert_output ''
    [[ $stderr = *"$2"* ]] || { printf 'without "%s": %s\n' "$2" "$stderr"; return 1; }
}

account_put() { # an account directory as acme-account new leaves it
    mkdir -m 700 account
    "$BIN/key-make" account/key.pem
    echo "$ACME_DIRECTORY https://127.0.0.1:1/account/1" >account/accounts
}

# store_put NAME [argument of cert-self...]: a certificate as acme-order leaves it, version 1.
store_put() {
    local dir=$CERTDIR/.$1/1
    mkdir -p "$dir"
    "$BIN/key-make" "$dir/key.pem"
    "$BIN/cert-self" -k "$dir/key.pem" "${@:2}" "$1" >"$dir/cert.pem"
    cp "$dir/cert.pem" "$dir/fullchain.pem"
    : >"$dir/chain.pem"
    ln -s ".$1/1" "$CERTDIR/$1"
}

# state_put NAME LINE...: its file state, about the certificate that is there.
state_put() {
    {
        echo 'seed 0011223344556677'
        echo "certificate $(openssl x509 -in "$CERTDIR/$1/cert.pem" -outform DER | sha256sum | cut -d ' ' -f 1)"
        [ $# -lt 2 ] || printf '%s\n' "${@:2}"
        echo end
    } >"$CERTDIR/.$1/state"
}
