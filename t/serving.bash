# shellcheck shell=bash
# serving.bash: for tests of programs that serve descriptor 0. In setup():
# serving_setup; in teardown(): serving_teardown. A test is in a directory of
# its own, with the programs under $BIN.

serving_setup() {
    bats_load_library bats-support
    bats_load_library bats-assert
    BIN=$(readlink -m "${BIN:-$BATS_TEST_DIRNAME/../build/bin}")
    SERVER='' CHILDREN=()
    cd "$BATS_TEST_TMPDIR" || return
}

serving_teardown() { # what the server said is shown when the test failed
    local pid
    for pid in ${SERVER:+"$SERVER"} "${CHILDREN[@]}"; do
        [ "$pid" -gt 1 ] && kill -KILL "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
    done
    [ ! -e server.log ] || tail -n 20 server.log
}

# A pipe for a server that says where it is. Who wrote to the one before may still have that open, and
# what closes it then would be the end for its next reader.
new_ready() {
    rm -f ready
    mkfifo ready
}

# serve PROGRAM [argument...]: at a free port of 127.0.0.1, which is $PORT; its
# process is $SERVER, its log server.log. Both are in listen-on's hands until
# the program is executed.
serve() {
    PORT=''
    new_ready
    "$BIN/listen-on" -r 9 "${ADDRESS:-127.0.0.1:0}" "$BIN/$1" "${@:2}" \
        </dev/null >server.out 2>>server.log 9>ready 3>&- &
    SERVER=$!
    read -r -t 10 PORT <ready
}

# Sends TERM; the exit status is the server's.
stop() {
    local pid=$SERVER
    kill -TERM "$pid"
    SERVER=
    wait "$pid"
}

# until_true COMMAND...: within ten seconds.
until_true() {
    local until=$((SECONDS + 10))
    until "$@"; do
        [ "$SECONDS" -lt "$until" ] || { echo "waited in vain for: $*"; return 1; }
        sleep 0.02
    done
}

workers_are() { # number: the server has that many
    [ "$(pgrep -c -P "$SERVER")" = "$1" ]
}

# talk BYTES: sends them (as printf's format) and the end; prints all that comes back.
talk() {
    # shellcheck disable=SC2059 # the bytes are a format
    printf "$1" | socat -t 15 - "TCP4:127.0.0.1:$PORT"
}

# head_of REQUEST-LINE HOST [FIELD...]: a request head for talk.
head_of() {
    local field
    printf '%s\\r\\nHost: %s\\r\\n' "$1" "$2"
    for field in "${@:3}"; do
        printf '%s\\r\\n' "$field"
    done
    printf '\\r\\n'
}

# status_of HOST PATH [curl argument...]: the status of one request.
status_of() {
    curl -sS -o /dev/null -w '%{http_code}' --path-as-is --max-time 20 -H "Host: $1" "${@:3}" "http://127.0.0.1:$PORT$2"
}

# location_of HOST PATH [curl argument...]: "STATUS LOCATION", as it stands in the head.
location_of() {
    curl -sS -o /dev/null -D - --path-as-is --max-time 20 -H "Host: $1" "${@:3}" "http://127.0.0.1:$PORT$2" |
        tr -d '\r' | awk 'NR == 1 { status = $2 } /^Location: / { to = substr($0, 11) } END { print status, to }'
}

# body_of HOST PATH [curl argument...]
body_of() {
    curl -sS --path-as-is --max-time 20 -H "Host: $1" "${@:3}" "http://127.0.0.1:$PORT$2"
}

# mortal COMMAND...: root without the powers that make permissions moot.
mortal() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --bounding-set=-all --inh-caps=-all "$@"
    else
        "$@"
    fi
}
