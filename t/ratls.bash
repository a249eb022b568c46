# shellcheck shell=bash
# ratls.bash: for tests of evidence. In setup_file(): ratls_make; in teardown_file(): ratls_drop. Then
# $MADE/machine and $MADE/old are simulated machines, and the files key, ccc.pem, dstack.pem and
# gramine.pem of $MADE a key and its certificates.

ratls_make() { # where nothing waits for a disk: a machine is some twenty files, all of them synced
    local form
    BIN=$(readlink -m "${BIN:-$BATS_TEST_DIRNAME/../build/bin}")
    MADE=$(mktemp -d /dev/shm/ratls.XXXXXX 2>/dev/null) || MADE=$BATS_FILE_TMPDIR
    export BIN MADE
    "$BIN/sim-pki" -S seed "$MADE/machine"
    "$BIN/key-make" "$MADE/key"
    for form in ccc dstack gramine; do
        "$BIN/ratls-cert" -F "$form" -k "$MADE/key" -s "sim:$MADE/machine" a.test >"$MADE/$form.pem"
    done
    echo 'tee tdx' >"$MADE/any"
}

ratls_drop() {
    case $MADE in
    /dev/shm/ratls.*) rm -rf "$MADE" ;;
    esac
}

# s_server CERTIFICATE KEY: gives lines back reversed; at $PORT
s_server() {
    local line
    rm -f said
    mkfifo said
    openssl s_server -accept 127.0.0.1:0 -cert "$1" -key "$2" -rev </dev/null >said 2>server.log 3>&- &
    CHILDREN+=($!)
    exec 8<said
    while read -r -t 10 line <&8; do
        # shellcheck disable=SC2034 # the tests connect there
        case $line in ACCEPT*) PORT=${line##*:}; break ;; esac
    done
    cat <&8 >>server.out 3>&- &
    CHILDREN+=($!)
}
