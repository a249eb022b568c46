# shellcheck shell=bash
# lookup.bash: for the tests of txtlookup, cnamelookup and caalookup: a real
# server with the zone below, and one that lies (peer/dns-liar), both started
# once a file. In setup_file(): lookup_setup_file; likewise for the others.
#
#   $HONEST, $LIAR      addresses of the servers, as DNSCACHEIP takes them
#   $LIAR_UDP, $LIAR_6  a liar that refuses TCP, and one at ::1 (empty without IPv6)
#   $NOBODY             an address where there is no server
# shellcheck source=t/dns.bash
. "${BASH_SOURCE[0]%/*}/dns.bash"

lookup_zone() {
    cat <<'ZONE'
$ORIGIN t.test.
$TTL 60
@           SOA   ns hostmaster 1 3600 600 86400 5
@           NS    ns
ns          A     127.0.0.1
one         TXT   "abc:443"
joined      TXT   "first " "second" " third"
many        TXT   "a"
many        TXT   "b"
bytes       TXT   "nul\000 tab\009 newline\010 escape\027 backslash\\ delete\127 high\255"
empty       TXT   ""
alias       CNAME alias2
alias2      CNAME Alias3
alias3      TXT   "at the end"
nowhere     CNAME gone
outside     CNAME Target.Example.NET.
strange     CNAME we\.ird\000\032name.t.test.
*.wild      TXT   "any"
servfail    TXT   "honest"
silent      TXT   "honest"
cut         TXT   "honest"
cut-close   TXT   "honest"
@           CAA   0 issue "ca.test; policy=ev"
@           CAA   128 iodef "mailto:hostmaster@t.test"
own.deep    CAA   0 issuewild ";"
under.own.deep A  127.0.0.1
aliased     CNAME own.deep
bytes       CAA   0 issue "a\001b\"c"
ZONE
    lookup_long large 5      # over 512 bytes, within 1232
    lookup_long larger 10    # over 1232
    lookup_long huge 320     # nearly 64 KiB
}

lookup_long() { # name strings: a TXT record of so many strings of 200 bytes
    printf '%s TXT' "$1"
    # shellcheck disable=SC2046 # words
    printf ' "%0200d"' $(seq "$2")
    echo
}

lookup_liar() { # name [option...]: its port; what it was asked is in $BATS_FILE_TMPDIR/NAME
    local log=$BATS_FILE_TMPDIR/$1 port
    mkfifo "$log.port" || return
    "$BATS_TEST_DIRNAME/peer/dns-liar" "${@:2}" >"$log.port" 2>"$log" </dev/null 3>&- &
    echo "$!" >>"$BATS_FILE_TMPDIR/pids"
    read -r -t 10 port <"$log.port"
    [ -n "$port" ] && echo "$port"
}

lookup_setup_file() {
    local port
    mkdir "$BATS_FILE_TMPDIR/zones" && lookup_zone >"$BATS_FILE_TMPDIR/zones/t.test.zone" || return
    dns_knot "$BATS_FILE_TMPDIR/zones" || return
    echo "$KNOT_PID" >>"$BATS_FILE_TMPDIR/pids"
    export HONEST=$KNOT LIAR LIAR_UDP LIAR_6='' NOBODY
    port=$(lookup_liar liar) || return
    LIAR=127.0.0.1:$port
    port=$(lookup_liar liar-udp -u) || return
    LIAR_UDP=127.0.0.1:$port
    if grep -qs '^0*1 ' /proc/net/if_inet6; then
        port=$(lookup_liar liar-6 -6) || return
        LIAR_6="[::1]:$port"
    fi
    NOBODY=127.0.0.1:$(dns_free_port)
}

lookup_teardown_file() {
    local pid
    while read -r pid; do
        [ "$pid" -gt 1 ] && kill "$pid" 2>/dev/null
    done <"$BATS_FILE_TMPDIR/pids"
    return 0
}

lookup_setup() {
    bats_load_library bats-support
    bats_load_library bats-assert
    BIN=$(readlink -m "${BIN:-$BATS_TEST_DIRNAME/../build/bin}")
    export DNSCACHEIP=$HONEST
}

# asked LIAR NAME: the lines of its log about that name.
asked() {
    grep -F " $2 " "$BATS_FILE_TMPDIR/$1"
}

# elapsed_ms COMMAND...: runs it as bats's run does; its time is in $elapsed_ms.
# shellcheck disable=SC2034 # for the tests
elapsed_ms() {
    local from=${EPOCHREALTIME/[.,]/}
    run --separate-stderr "$@"
    elapsed_ms=$(((${EPOCHREALTIME/[.,]/} - from) / 1000))
}
