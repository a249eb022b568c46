# shellcheck shell=bash
# certs.bash: certificates for tests, made with openssl in the current directory, FILE.pem and FILE.key.

certificates_begin() { # before the first of them
    printf '[req]\ndistinguished_name=dn\n[dn]\n' >openssl.cnf
}

# certificate FILE KEY BASIC-CONSTRAINTS NAMES [EXTENSION]: with names it is signed by `authority`,
# else by itself. Keys are ec, p384, rsa and rsa1024.
certificate() {
    local key=() more=()
    case $2 in
    ec) key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256) ;;
    p384) key=(-newkey ec -pkeyopt ec_paramgen_curve:P-384) ;;
    rsa) key=(-newkey rsa:2048) ;;
    rsa1024) key=(-newkey rsa:1024) ;;
    esac
    [ -z "$4" ] || more=(-CA authority.pem -CAkey authority.key -addext "subjectAltName=$4")
    openssl req -x509 -config openssl.cnf -noenc -days 30 -subj "/CN=$1" -addext "basicConstraints=$3" \
        "${key[@]}" "${more[@]}" ${5:+-addext "$5"} -keyout "$1.key" -out "$1.pem" 2>"$1.log"
}

pin_of() { # CERTIFICATE, of those in $BATS_FILE_TMPDIR
    printf 'SHA256:'
    openssl x509 -in "$BATS_FILE_TMPDIR/$1.pem" -noout -pubkey | openssl pkey -pubin -outform DER |
        openssl dgst -sha256 -r | cut -d ' ' -f 1
}
