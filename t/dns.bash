# shellcheck shell=bash
# dns.bash: DNS servers for tests, each at a free port of 127.0.0.1.
# shellcheck disable=SC2034 # for who sources this

# dns_knot DIR: a real authoritative server (knot) with the zones DIR/NAME.zone;
# its address is $KNOT, its process $KNOT_PID. The zone of an empty file is
# one that it cannot load: SERVFAIL.
dns_knot() {
    local try
    for try in 1 2 3 4 5; do
        KNOT=127.0.0.1:$(dns_free_port)
        dns_knot_configuration "$1" "${KNOT#*:}" >"$1/knot.conf"
        PATH=$PATH:/usr/sbin knotd -c "$1/knot.conf" >"$1/knot.log" 2>&1 </dev/null 3>&- &
        KNOT_PID=$!
        dns_knot_answers && return
        kill "$KNOT_PID" 2>/dev/null
        wait "$KNOT_PID"
    done
    echo "knot did not start (try $try):" >&2
    tail -n 20 "$1/knot.log" >&2
    return 1
}

dns_knot_answers() {
    local until=$((SECONDS + 10))
    until kdig +short +timeout=1 +retry=0 "@127.0.0.1" -p "${KNOT#*:}" ready.test TXT | grep -q yes; do
        kill -0 "$KNOT_PID" 2>/dev/null && [ "$SECONDS" -lt "$until" ] || return
        sleep 0.02
    done
}

dns_knot_configuration() { # dir port
    local file
    printf 'server:\n  rundir: "%s"\n  listen: 127.0.0.1@%s\n' "$1" "$2"
    printf '  udp-workers: 1\n  tcp-workers: 1\n  background-workers: 1\n'
    printf 'control:\n  listen: "%s/knot.sock"\n' "$1"
    printf 'log:\n  - target: stderr\n    any: info\ndatabase:\n  storage: "%s/db"\nzone:\n' "$1"
    printf 'ready.test. 0 SOA a. b. 1 1 1 1 1\nready.test. 0 NS a.\nready.test. 0 TXT yes\n' >"$1/ready.test.zone"
    for file in "$1"/*.zone; do
        printf '  - domain: %s\n    file: "%s"\n' "$(basename "$file" .zone)" "$file"
        printf '    zonefile-sync: -1\n    journal-content: none\n'
    done
}

dns_free_port() { # free for UDP and TCP; somebody else may still be quicker
    perl -MIO::Socket::INET -e 'for (1 .. 100) {
        my $t = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1", Proto => "tcp") or next;
        my $u = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => $t->sockport, Proto => "udp") or next;
        print $t->sockport;
        last;
    }'
}

# dns_domains: peer/dns-domains; its address is $DOMAINS, its process
# $DOMAINS_PID, and the questions it was asked are in the file questions.
dns_domains() {
    local port
    : >questions
    [ -p domains ] || mkfifo domains
    "$BATS_TEST_DIRNAME/peer/dns-domains" questions >domains 2>domains.log </dev/null 3>&- &
    DOMAINS_PID=$!
    read -r -t 10 port <domains
    DOMAINS=127.0.0.1:$port
}

dns_asked() { # TYPE NAME: was this asked for?
    grep -qFx -- "$1 $2" questions
}
