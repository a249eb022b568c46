# shellcheck shell=sh
# request.sh: what the programs of the quote service have in common; they begin with ". ../request.sh".
# quote-cgi(7) is their manual.
#
# Nothing of a request is ever decoded in here: a value is checked byte by byte and made into
# hexadecimal, which is all that programs are given of it.
LC_ALL=C
nl='
'
ascii=' !"#$%&'\''()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_`abcdefghijklmnopqrstuvwxyz{|}~'

say() { # text: into the log
    printf '%s: %s\n' "$SCRIPT_NAME" "$1" >&2
}

wrong_setting() { # variable: http-cgi answers 502
    say "fatal: $1 is not what it can be"
    exit 100
}

case ${QUOTE_STRICT_STATUS:-0} in 0 | 1) ;; *) wrong_setting QUOTE_STRICT_STATUS ;; esac
case ${QUOTE_NONCE_ONLY:-0} in 0 | 1) ;; *) wrong_setting QUOTE_NONCE_ONLY ;; esac
case ${QUOTE_TIMEOUT:-30} in . | *[!0-9.]* | *.*.*) wrong_setting QUOTE_TIMEOUT ;; esac
case ${QUOTE_LOG:-info} in off | info | debug) ;; *) wrong_setting QUOTE_LOG ;; esac

send() { # status fields body
    printf 'Status: %s\nContent-Type: application/json\nCache-Control: no-store\n%sContent-Length: %s\n\n%s' \
        "$1" "$2" "${#3}" "$3"
}

answer() { # json
    send 200 '' "$1"
}

# The original's status of a failure is 200. error is text, which has no control character.
fail() { # status error
    if [ "${QUOTE_STRICT_STATUS:-0}" = 0 ]; then
        set -- 200 "$2"
    fi
    send "$1" '' "$(json-get -n "error=$2" || echo "{\"error\":\"${2%%:*}\"}")"
    say "$2"
    exit 0
}

refuse() { # status fields error: of the request, which does not get as far as that
    send "$1" "$2" "{\"error\":\"$3\"}"
    exit 0
}

methods() { # method...: those there are
    [ -z "${PATH_INFO-}" ] || refuse 404 '' 'Not found'
    case " $* " in
    *" $REQUEST_METHOD "*) ;;
    *) refuse 405 "Allow: $(IFS=,; echo "$*")$nl" 'Method not allowed' ;;
    esac
}

# What the report data are to be: $hex are the data, or the nonce when $hash says how the report data
# come from it. Both empty: the data are the body. $rtmrs is how these are wanted.
data_read() { # how the error begins
    failed=$1 kind='' value='' rtmrs=''
    rest=${QUERY_STRING-}
    [ "${#rest}" -le 1024 ] || fail 400 "$failed: the query is longer than 1024 bytes"
    rest=$rest'&'
    while [ -n "$rest" ]; do
        pair=${rest%%&*}
        rest=${rest#*&}
        case $pair in
        data | data=* | hex | hex=* | nonce | nonce=*) given "$pair" ;;
        rtmrs | rtmrs=*)
            [ -z "$rtmrs" ] || fail 400 "$failed: rtmrs is there twice"
            rtmrs=${pair#rtmrs}
            ;;
        esac
    done
    case $rtmrs in
    '' | =string) rtmrs=string ;;
    =object) rtmrs=object ;;
    *) fail 400 "$failed: rtmrs is neither string nor object" ;;
    esac
    [ "$REQUEST_METHOD" != POST ] || given body
    data_take
}

given() { # name=value
    [ -z "$kind" ] || fail 400 "$failed: more than one of data, hex, nonce and a body"
    kind=${1%%=*} value=${1#"${1%%=*}"} value=${value#=}
}

data_take() {
    hex='' hash=''
    if [ "${QUOTE_NONCE_ONLY:-0}" = 1 ] && [ "$kind" != nonce ]; then
        fail 403 "$failed: only a nonce is taken here"
    fi
    case ${kind:-default} in
    default) hex=68656c6c6f20776f726c64 ;; # hello world
    data) decode "$value" ;;
    nonce) decode "$value" && hash=sha512 ;;
    hex) case $value in *[!0-9A-Fa-f]*) false ;; *) hex=$value ;; esac ;;
    body) body_length; return ;;
    esac || fail 400 "$failed: malformed $kind"
    [ $((${#hex} % 2)) = 0 ] || fail 400 "$failed: an odd number of hexadecimal digits"
    [ "$hash" ] || [ "${#hex}" -le 128 ] || wrong_length $((${#hex} / 2))
    [ "$hex" ] || wrong_length 0
}

wrong_length() { # bytes
    fail 400 "$failed: Invalid report data length: $1 bytes, which can be 1 to 64"
}

# Of a body without a length one could not say whether it was empty: 64 zeros are data, too.
body_length() {
    case ${CONTENT_LENGTH-} in
    '') refuse 411 '' 'The body must have a Content-Length' ;;
    0* | ???* | 6[5-9] | [789]?) wrong_length "$CONTENT_LENGTH" ;;
    esac
}

# decode TEXT: $hex, from what forms write. False for a malformed one. "%%" below is not only what
# takes the first byte but also what does it in the time of one comparison.
decode() {
    text=$1 hex=''
    while [ -n "$text" ]; do
        case $text in
        %[0-9A-Fa-f][0-9A-Fa-f]*)
            text=${text#%}
            hex=$hex${text%%"${text#??}"}
            text=${text#??}
            ;;
        +*)
            hex=${hex}20
            text=${text#?}
            ;;
        [!\ -~]* | %*) return 1 ;;
        *)
            byte=${ascii%%"${text%%"${text#?}"}"*}
            byte=$((${#byte} + 32))
            case $((byte % 16)) in
            10) hex=$hex$((byte / 16))a ;;
            11) hex=$hex$((byte / 16))b ;;
            12) hex=$hex$((byte / 16))c ;;
            13) hex=$hex$((byte / 16))d ;;
            14) hex=$hex$((byte / 16))e ;;
            15) hex=$hex$((byte / 16))f ;;
            *) hex=$hex$((byte / 16))$((byte % 16)) ;;
            esac
            text=${text#?}
            ;;
        esac
    done
}

# quote OPTION...: $out is what tdx-quote with these options prints, one line. What it says beside
# that comes in lines before, or in its place.
quote() {
    out=$(tdx-quote "$@" ${hash:+-H "$hash" -p postern-quote-nonce} ${hex:+-d "$hex"} \
        -s "${QUOTE_SOURCE:-agent}" -t "${QUOTE_TIMEOUT:-30}" 2>&1)
    status=$?
    if [ "$status" != 0 ]; then
        reason "$out" tdx-quote
        case $status:$why in
        111:*'no quote in time'*) fail 504 "$failed: $why" ;;
        111:*) fail 503 "$failed: $why" ;;
        1:*) fail 502 "$failed: $why" ;;
        *) fail 500 "$failed: $why" ;;
        esac
    fi
    case $out in
    *"$nl"*)
        [ "${QUOTE_LOG:-info}" != debug ] || say "${out%"$nl"*}"
        out=${out#"${out%"$nl"*}$nl"}
        ;;
    esac
}

# reason LINES PROGRAM: $why is what they say, on one line.
reason() {
    why='' rest=$1$nl
    while [ -n "$rest" ]; do
        line=${rest%%"$nl"*}
        rest=${rest#*"$nl"}
        line=${line#"$2: "}
        why=$why${why:+; }${line#fatal: }
    done
    : "${why:=no reason given}"
}
