#!/usr/bin/env bats
# The service files of etc/, each really used: under s6, xinetd, openbsd-inetd,
# tcpserver, tcpsvd and s6-ipcserver. Every test has a world of its own
# (t/world): port 80 there is free, and what a super-server leaves behind ends
# with the world.
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=60

APP=5b912f5c1a2d4e8f90716253a4b5c6d7e8f90a1b
PRINT=9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI
TOKEN=evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA
export APP PRINT TOKEN

setup() {
    bats_load_library bats-support
    bats_load_library bats-assert
    load world/bats
    world_setup
    ETC=$BATS_TEST_DIRNAME/../etc
    export ETC
}

teardown() {
    world_show
}

### What is asked, and the answers to all of it as one text.

# ask WHERE REQUEST: an address or the path of a socket; the answer without
# what changes with the time of day.
ask() {
    local to=TCP:$1:80
    case $1 in
    /*) to=UNIX-CONNECT:$1 ;;
    *:*) to=TCP:[$1]:80 ;;
    esac
    # shellcheck disable=SC2059 # requests are written as formats
    printf "$2" | timeout 10 socat -t 10 - "$to" | tr -d '\r' | sed '/^Date: /d'
}

relay_requests() {
    local host='Host: app.example.test\r\n' end='Connection: close\r\n\r\n'
    printf '%s\n' \
        "GET /.well-known/acme-challenge/$TOKEN HTTP/1.1\r\n$host$end" \
        "HEAD /.well-known/acme-challenge/$TOKEN HTTP/1.1\r\n$host$end" \
        "GET /a%%20path?with=query HTTP/1.1\r\n$host$end" \
        "GET /.well-known/acme-challenge/not~a~token HTTP/1.1\r\n$host$end" \
        "GET /1 HTTP/1.1\r\n$host\r\nPOST /2 HTTP/1.1\r\n${host}Content-Length: 5\r\n\r\nhelloGET /3 HTTP/1.1\r\n$host$end" \
        "GET / HTTP/1.0\r\n\r\n" \
        "GET /health HTTP/1.1\r\nHost: 192.0.2.10\r\n$end" \
        "GET /.well-known/acme-challenge/$TOKEN HTTP/1.1\r\nHost: nothing.example.test\r\n$end" \
        "GET / HTTP/1.1\r\n$end" \
        "GET / HTTP/1.1\r\n${host}Content-Length: x\r\n$end" \
        "\x16\x03\x01 this is not HTTP\r\n\r\n"
}

chal_requests() {
    local host='Host: app.example.test\r\n' end='Connection: close\r\n\r\n'
    printf '%s\n' \
        "GET /.well-known/acme-challenge/$TOKEN HTTP/1.1\r\n$host$end" \
        "HEAD /.well-known/acme-challenge/$TOKEN HTTP/1.0\r\n\r\n" \
        "GET /.well-known/acme-challenge/unknown HTTP/1.1\r\n$host$end" \
        "GET /health HTTP/1.1\r\n$host\r\nGET /other HTTP/1.1\r\n$host$end" \
        "GET / HTTP/1.1\r\n$end"
}

# answers WHERE relay|chal
answers() {
    local request
    "$2_requests" | while IFS= read -r request; do
        echo "=== $request"
        ask "$1" "$request" </dev/null
        echo
    done
}

# That the answers are the same is worth something only when they are answers.
good_relay() { # file
    grep -c "^Location: https://$APP\.gw\.test/" "$1"
    grep -c '^HTTP/1\.1 400 ' "$1"
    grep -c '^HTTP/1\.1 502 ' "$1"
}

good_chal() { # file
    grep -cx "$TOKEN\.$PRINT" "$1"
    grep -c 'HTTP/1\.1 404 ' "$1"
}

same() { # name: its answers are those of listen-on
    diff -u "$WORLD/listen-on" "$WORLD/$1" >&2
    echo "$1 the same"
}

relay_names() { # what the relay asks DNS
    dns_app app.example.test "$APP"
    world_dns
    dns_addresses nothing.example.test relay
}

relay_reference() {
    relay_names
    world_start_ready reference listen-on -r 3 192.0.2.10:80 relay-redirect -q
    answers 192.0.2.10 relay >"$WORLD/listen-on"
    world_stop reference
    good_relay "$WORLD/listen-on"
}

challenges() { # a directory with one
    mkdir -p "$WORLD/challenges"
    CHAL_DIR=$WORLD/challenges chal-file begin http-01 app.example.test "$TOKEN" "$TOKEN.$PRINT"
}

chal_reference() {
    challenges
    world_start_ready reference listen-on -r 3 192.0.2.10:80 chal-serve -q "$WORLD/challenges"
    answers 192.0.2.10 chal >"$WORLD/listen-on"
    world_stop reference
    good_chal "$WORLD/listen-on"
}

### s6

# service_copy NAME [VARIABLE=value...]: as somebody would install it. In a
# world there is no user but root.
service_copy() {
    local setting service=$WORLD/scan/$1
    mkdir -p "$WORLD/scan"
    cp -R "$ETC/s6/$1" "$service"
    mkdir "$service/env"
    for setting in RUN_AS=root "${@:2}"; do
        printf '%s\n' "${setting#*=}" >"$service/env/${setting%%=*}"
    done
}

scan() {
    world_start svscan s6-svscan "$WORLD/scan"
    world_await svscan s6-svok "$WORLD/scan/$1"
    world_await svscan s6-svok "$WORLD/scan/$1/log"
}

ready() { # service
    s6-svwait -U -t 10000 "$WORLD/scan/$1"
}

service_pid() { # service: -1 is what s6 says of one that is down
    local pid
    pid=$(s6-svstat -o pid "$WORLD/scan/$1")
    [ "$pid" -gt 1 ]
    echo "$pid"
}

service_log() { # service
    cat "$WORLD/scan/$1/log/main/current"
}

logged() { # service pattern: s6-log writes when it likes
    world_await svscan grep -q -- "$2" "$WORLD/scan/$1/log/main/current"
}

s6_relay_scene() {
    relay_reference
    service_copy relay
    scan relay
    ready relay
    # Ready is ready: asked once, at once.
    answers 192.0.2.10 relay >"$WORLD/relay"
    same relay
    answers 2001:db8::10 relay >"$WORLD/relay"
    same relay
    logged relay "app\.example\.test acme 307 $APP\.gw\.test "
    service_log relay | grep -Evc '^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:.]+  ' || echo 'every line has the time'
    curl -sS http://192.0.2.10/metrics | sed -n 's/^\(redirects_total{status="success"}\)/\1/p'
    ls "$WORLD/scan/relay/data"
}

@test "s6: the relay says it is ready, answers as it should, logs with the time and counts" {
    in_world s6_relay_scene
    assert_success
    assert_output "6
3
1
relay the same
relay the same
0
every line has the time
redirects_total{status=\"success\"} 12
metrics"
}

s6_chal_scene() {
    chal_reference
    service_copy chal CHAL_DIR="$WORLD/challenges"
    scan chal
    ready chal
    answers 192.0.2.10 chal >"$WORLD/chal"
    same chal
    logged chal ' 200 '
}

@test "s6: the challenge server says it is ready and answers from its directory" {
    in_world s6_chal_scene
    assert_success
    assert_output '1
2
chal the same'
}

s6_own_directory_scene() {
    service_copy chal
    scan chal
    ready chal
    CHAL_DIR=$WORLD/scan/chal/data chal-file begin http-01 app.example.test "$TOKEN" "$TOKEN.$PRINT"
    curl -sS "http://192.0.2.30/.well-known/acme-challenge/$TOKEN"
}

@test "s6: without a setting the challenge server has a directory of its own" {
    in_world s6_own_directory_scene
    assert_success
    assert_output "$TOKEN.$PRINT"
}

s6_thumbprint_scene() {
    service_copy chal CHAL_THUMBPRINT="$PRINT"
    scan chal
    ready chal
    curl -sS "http://192.0.2.30/.well-known/acme-challenge/any-token"
    [ ! -e "$WORLD/scan/chal/data" ]
}

@test "s6: with a thumbprint any token is answered" {
    in_world s6_thumbprint_scene
    assert_success
    assert_output "any-token.$PRINT"
}

s6_agent_scene() {
    service_copy agent AGENT_SIMULATE=yes AGENT_LISTEN="unix:$WORLD/agent.sock"
    sed -i "s,/usr/local/share/postern,$ETC," "$WORLD/scan/agent/run"
    scan agent
    ready agent
    curl -sS --unix-socket "$WORLD/agent.sock" 'http://agent/GetKey?path=a' | json-get .key | wc -c
    curl -sS --unix-socket "$WORLD/agent.sock" -d '{}' http://agent/GetQuote | json-get .event_log | json-get '.[-1].event'
    logged agent ' cgi 200 .*/GetQuote '
    stat -c '%a %n' "$WORLD/scan/agent/data/appkeys.json" | sed 's,/.*/,,'
}

@test "s6: a simulated guest agent makes its machine and keys, and answers" {
    in_world s6_agent_scene
    assert_success
    assert_output '65
system-ready
600 appkeys.json'
}

# Two addresses of one machine, so both names of its setting are of use.
s6_quote_scene() {
    sim-pki "$WORLD/machine"
    service_copy quote QUOTE_SOURCE="sim:$WORLD/machine" QUOTE_SIDECAR_SERVER__HOST=2001:db8::30 QUOTE_STRICT_STATUS=1
    sed -i "s,/usr/local/share/postern,$ETC," "$WORLD/scan/quote/run"
    scan quote
    ready quote
    curl -sS 'http://[2001:db8::30]:9999/quote?hex=00ff' >"$WORLD/answer"
    "$ETC/../t/peer/quote-answer" 00ff <"$WORLD/answer"
    curl -sS -o /dev/null -w '%{http_code}\n' 'http://[2001:db8::30]:9999/quote?hex=0'
    logged quote ' cgi 400 .*/quote '
    s6-svc -wd -T 10000 -d "$WORLD/scan/quote"
    rm "$WORLD"/scan/quote/env/QUOTE_SIDECAR*
    echo 81 >"$WORLD/scan/quote/env/QUOTE_SIDECAR__SERVER__PORT"
    s6-svc -u "$WORLD/scan/quote"
    ready quote
    curl -sS http://192.0.2.30:81/health
}

@test "s6: the quote service answers where its settings say" {
    in_world s6_quote_scene
    assert_success
    assert_output 'agrees
400
{"status":"ok"}'
}

# The keys are key-agent's; tls-serve, a user that cannot read them, shows the certificate.
s6_tls_scene() {
    local store=$WORLD/store/www.example.test
    pki_issue www www.example.test
    mkdir -p "$store"
    cp "$WORLD/pki/www.pem" "$store/fullchain.pem"
    install -m 600 "$WORLD/pki/www.key" "$store/key.pem"
    challenges
    world_start_ready upstream listen-on -r 3 127.0.0.1:8080 chal-serve -q "$WORLD/challenges"
    service_copy keys CERTDIR="$WORLD/store" KEYAGENT="$WORLD/keys.sock" KEYS_MODE=600
    service_copy tls CERTDIR="$WORLD/store" KEYAGENT="$WORLD/keys.sock" TLS_UPSTREAM=127.0.0.1:8080
    scan keys
    world_await svscan s6-svok "$WORLD/scan/tls"
    ready keys
    ready tls
    curl -sS --cacert "$WORLD/pki/world.pem" --resolve "www.example.test:443:192.0.2.30" https://www.example.test/health
    echo
    s6-svc -wD -T 10000 -d "$WORLD/scan/keys"
    curl -sS --cacert "$WORLD/pki/world.pem" --resolve "www.example.test:443:192.0.2.30" \
        -o /dev/null https://www.example.test/health || echo "without the agent: $?"
}

@test "s6: tls-serve ends TLS with keys that key-agent has" {
    in_world s6_tls_scene
    assert_success
    assert_line OK
    assert_line 'without the agent: 35'
}

s6_killed_scene() {
    local before after
    relay_names
    service_copy relay "$@"
    scan relay
    ready relay
    before=$(service_pid relay)
    s6-svc -wR -T 10000 -k "$WORLD/scan/relay"
    after=$(service_pid relay)
    [ "$before" != "$after" ]
    curl -sS -o /dev/null -w '%{http_code}\n' -H 'Host: app.example.test' http://192.0.2.10/
    curl -sS http://192.0.2.10/metrics | grep -c '^redirects_total{status="success"} 1$'
}

@test "s6: a relay that is killed is back and ready" {
    in_world s6_killed_scene
    assert_success
    assert_output '307
1'
}

@test "s6: so it is with two workers" {
    in_world s6_killed_scene WORKERS=2
    assert_success
    assert_output '307
1'
}

# Clients that were accepted and have sent half a request when TERM comes.
s6_drain_scene() {
    local old fd fds=() line
    relay_names
    service_copy relay "$@"
    scan relay
    ready relay
    old=$(service_pid relay)
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        exec {fd}<>/dev/tcp/192.0.2.10/80
        fds+=("$fd")
        # An answer shows that the connection was accepted.
        printf 'GET /one HTTP/1.1\r\nHost: app.example.test\r\n\r\n' >&"$fd"
        IFS= read -r -t 10 line <&"$fd"
        [ "$line" = $'HTTP/1.1 307 Temporary Redirect\r' ]
        printf 'GET /two HTTP/1.1\r\nHost: app.exa' >&"$fd"
    done
    s6-svc -t "$WORLD/scan/relay"
    # It has heard of it once nobody is let in any more.
    world_await svscan refused 192.0.2.10
    [ "$(service_pid relay)" = "$old" ]
    for fd in "${fds[@]}"; do
        printf 'mple.test\r\n\r\n' >&"$fd"
    done
    for fd in "${fds[@]}"; do
        timeout 10 cat <&"$fd" | grep -o '^Location: .*/two'
        exec {fd}<&-
    done | sort | uniq -c | sed 's/^ *//'
    world_await svscan another "$old"
    ready relay
    curl -sS http://192.0.2.10/health
}

refused() { ! world_listens "$1" 80; }
another() { [ "$(service_pid relay)" != "$1" ]; }

@test "s6: TERM ends the relay only when requests under way have their answers" {
    in_world s6_drain_scene
    assert_success
    assert_output "10 Location: https://$APP.gw.test/two
OK"
}

@test "s6: so it does with two workers" {
    in_world s6_drain_scene WORKERS=2
    assert_success
    assert_output "10 Location: https://$APP.gw.test/two
OK"
}

# Under load, with restarts: the counters outlive them, so what was accepted
# can be held against what was answered. A connection refused, or reset because
# its listener went before anybody took it, was never accepted.
s6_load_scene() {
    local n clients=()
    relay_names
    service_copy relay
    scan relay
    ready relay
    for n in 1 2 3; do
        hammer "$WORLD/stop" >"$WORLD/load.$n" &
        clients+=($!)
    done
    for n in 1 2 3 4; do
        world_await svscan answered "$((n * 300))"
        s6-svc -wR -T 10000 -t "$WORLD/scan/relay"
    done
    : >"$WORLD/stop"
    wait "${clients[@]}"
    curl -sS http://192.0.2.10/metrics >"$WORLD/metrics"
    awk -v metrics="$WORLD/metrics" '
        { n[$1]++ }
        END {
            while ((getline line < metrics) > 0)
                if (line ~ /^connections_total{result="accepted"}/) accepted = substr(line, index(line, " ") + 1)
            # The one that asked for the metrics is among the accepted.
            print "lost", accepted - 1 - n["answered"]
            print "partial", n["partial"] + 0
            print (n["answered"] >= 1200 ? "enough" : "too few")
        }' "$WORLD"/load.?
}

answered() { [ "$(cat "$WORLD"/load.? | grep -c answered)" -ge "$1" ]; }

hammer() { # file: until it is there, one request a connection, a line for each
    # shellcheck disable=SC2016 # perl
    perl -MIO::Socket::INET -e '
        $| = 1; $SIG{PIPE} = "IGNORE";
        until (-e $ARGV[0]) {
            my $s = IO::Socket::INET->new("192.0.2.10:80")
                or do { print "refused\n"; select undef, undef, undef, 0.005; next };
            print $s "GET /x HTTP/1.1\r\nHost: app.example.test\r\nConnection: close\r\n\r\n";
            my ($answer, $part) = ("");
            $answer .= $part while sysread $s, $part, 4096;
            print $answer eq "" ? "reset\n" : $answer =~ m{^HTTP/1.1 307 .*\r\n\r\n}s ? "answered\n" : "partial\n";
        }' "$1"
}

@test "s6: restarts under load lose no request that was accepted" {
    in_world s6_load_scene
    assert_success
    assert_output 'lost 0
partial 0
enough'
}

# down WHAT: the service is down, and s6 will not start it again.
s6_refused_scene() { # service setting pattern
    service_copy "$1" "$2"
    scan "$1"
    s6-svwait -D -t 10000 "$WORLD/scan/$1"
    logged "$1" 'staying down'
    s6-svstat -o up,exitcode "$WORLD/scan/$1"
    service_log "$1" | sed 's/^[-0-9 :.]*  //'
    # Mended, it comes up.
    printf '%s\n' "$3" >"$WORLD/scan/$1/env/${2%%=*}"
    s6-svc -u "$WORLD/scan/$1"
    ready "$1"
    curl -sS http://192.0.2.10/health
}

s6_proxy_scene() {
    dns_app app.example.test "$APP"
    world_dns
    world_gateway "$APP=vm"
    # Port 80 is the relay's, at all addresses.
    world_start_ready vm listen-on -r 3 "$(world_at vm 8080 4)" chal-serve -q -T "$PRINT"
    service_copy relay RELAY_MODE=proxy RELAY_PORT=8080 RELAY_ANCHORS="$WORLD/pki/world.pem" \
        RELAY_PRIVATE=yes RELAY_REWRITE=yes
    scan relay
    ready relay
    curl -sS -H 'Host: app.example.test' "http://192.0.2.10/.well-known/acme-challenge/$TOKEN"
    echo
    logged relay "app\.example\.test acme 200 $APP-8080\.gw\.test "
    curl -sS http://192.0.2.10/metrics | sed -n 's/^\(redirects_total{status="success"}\)/\1/p'
}

@test "s6: with RELAY_MODE=proxy requests are carried to the app" {
    in_world s6_proxy_scene
    assert_success
    assert_output "$TOKEN.$PRINT
redirects_total{status=\"success\"} 1"
}

@test "s6: a RELAY_MODE that is none says so, and does not try again and again" {
    in_world s6_refused_scene relay RELAY_MODE=both redirect
    assert_success
    assert_output 'false 100
relay: fatal: RELAY_MODE is neither redirect nor proxy: both
finish: exit status 100: staying down; mend it, then s6-svc -u
OK'
}

@test "s6: a setting the relay refuses keeps it down" {
    in_world s6_refused_scene relay RELAY_STATUS=303 302
    assert_success
    assert_line --index 0 'false 100'
    assert_line --index 1 --partial 'relay-redirect: fatal: RELAY_STATUS'
    assert_line --index 3 OK
}

@test "s6: so does a setting the challenge server refuses" {
    in_world s6_refused_scene chal CHAL_THUMBPRINT=short "$PRINT"
    assert_success
    assert_line --index 0 'false 100'
    assert_line --index 1 --partial 'chal-serve: fatal: -T'
    assert_line --index 3 OK
}

# Something the world may change is tried again, once a second: here the port
# is taken at first.
s6_taken_scene() {
    world_start_ready taken listen-on -r 3 :80 chal-serve -q -T "$PRINT"
    service_copy chal CHAL_THUMBPRINT="$PRINT"
    scan chal
    logged chal 'listen-on: fatal: '
    world_stop taken
    ready chal
    service_log chal | grep -c 'staying down' || curl -sS http://192.0.2.10/health
}

@test "s6: a port that is taken is tried again" {
    in_world s6_taken_scene
    assert_success
    assert_output '0
OK'
}

@test "s6: started by root, both become nobody once the port is bound" {
    local service pid until
    [ "$(id -u)" = 0 ] || skip 'only root can become another user'
    chmod 755 "$BATS_TEST_TMPDIR"
    mkdir "$BATS_TEST_TMPDIR/scan"
    for service in relay chal; do
        cp -R "$ETC/s6/$service" "$BATS_TEST_TMPDIR/scan/$service"
        mkdir "$BATS_TEST_TMPDIR/scan/$service/env"
        echo 0 >"$BATS_TEST_TMPDIR/scan/$service/env/PORT"
    done
    # The address family of the test machine does not matter: no port is asked.
    PATH=${BIN:-$BATS_TEST_DIRNAME/../build/bin}:$PATH DNSCACHEIP=192.0.2.53 \
        s6-svscan "$BATS_TEST_TMPDIR/scan" >"$BATS_TEST_TMPDIR/log" 2>&1 3>&- &
    pid=$!
    [ "$pid" -gt 1 ]
    until=$((SECONDS + 10))
    until s6-svok "$BATS_TEST_TMPDIR/scan/relay" && s6-svok "$BATS_TEST_TMPDIR/scan/chal"; do
        [ "$SECONDS" -lt "$until" ]
        sleep 0.02
    done
    run s6-svwait -U -t 10000 "$BATS_TEST_TMPDIR/scan/relay" "$BATS_TEST_TMPDIR/scan/chal"
    local ended=$status
    run who_runs
    # Everything down, logs too, whatever came of it.
    s6-svscanctl -t "$BATS_TEST_TMPDIR/scan"
    wait "$pid" || true
    assert_equal "$ended" 0
    assert_output 'relay nobody relay-redirect
chal nobody chal-serve
metrics nobody'
}

who_runs() {
    local service pid
    for service in relay chal; do
        pid=$(s6-svstat -o pid "$BATS_TEST_TMPDIR/scan/$service")
        [ "$pid" -gt 1 ] || return
        echo "$service $(ps -o user=,comm= -p "$pid" | tr -s ' ')"
    done
    stat -c '%n %U' "$BATS_TEST_TMPDIR/scan/relay/data/metrics" | sed 's,.*/,,'
}

# A certificate: ordered because there is none, then waited for, until s6 ends it.
s6_acme_scene() {
    dns_addresses app.example.test vm
    world_dns
    world_pebble
    world_vm vm -q
    vm_acme vm
    service_copy acme ACME_NAMES='app.example.test' ACME_DIRECTORY="$CA_DIRECTORY" CHAL_DIR="$CHAL_DIR" \
        ACME_ACCOUNT="$ACME_ACCOUNT" CERTDIR="$CERTDIR" ACME_DEPLOY="$WORLD/deploy"
    printf '#!/bin/sh\necho "deployed $1"\n' >"$WORLD/deploy"
    chmod 755 "$WORLD/deploy"
    scan acme
    s6-svwait -D -t 10000 "$WORLD/scan/acme"
    logged acme 'staying down'
    acme-account -q new -y >/dev/null
    s6-svc -u "$WORLD/scan/acme"
    logged acme 'deployed app.example.test'
    store_good app.example.test app.example.test
    logged acme 'none is due; waiting'
    s6-svc -wD -T 5000 -d "$WORLD/scan/acme"
    s6-svstat -o up,exitcode,signal "$WORLD/scan/acme"
    pgrep -x acme-due || echo 'nobody waits any more'
}

@test "s6: a certificate is ordered, deployed and waited for; without an account the service stays down" {
    in_world s6_acme_scene
    assert_success
    assert_line --partial 'nobody waits any more'
}

### xinetd and openbsd-inetd

# They give up their groups, whoever they are to become.
groups_can_change() {
    "$BATS_TEST_DIRNAME/world/world" setpriv --clear-groups true 2>/dev/null ||
        skip 'nobody may change groups in a world of who is not root'
}

# The files as they are installed, with what differs in a world.
xinetd_start() { # file
    sed "s,/usr/local/bin,$BIN,; s,/var/lib/postern,$WORLD,; s/= nobody/= root/
        s/FALLBACK_GATEWAY_DOMAIN=$/FALLBACK_GATEWAY_DOMAIN=gw.test/" "$ETC/xinetd/$1" >"$WORLD/xinetd.conf"
    world_start xinetd xinetd -dontfork -stayalive -f "$WORLD/xinetd.conf" -pidfile "$WORLD/xinetd.pid" \
        -filelog "$WORLD/log/xinetd.log"
    world_await xinetd world_listens 192.0.2.10 80
}

xinetd_scene() { # file relay|chal
    "$2_reference"
    xinetd_start "$1"
    answers 192.0.2.10 "$2" >"$WORLD/$1"
    same "$1"
    answers 2001:db8::10 "$2" >"$WORLD/$1"
    same "$1"
}

@test "xinetd: the relay, one process a connection, answers the same" {
    groups_can_change
    in_world xinetd_scene relay relay
    assert_success
    assert_output '6
3
1
relay the same
relay the same'
    [ -s "$WORLD_FILES/metrics" ]
}

@test "xinetd: the relay, one process for all, answers the same" {
    groups_can_change
    in_world xinetd_scene relay-wait relay
    assert_success
    assert_output '6
3
1
relay-wait the same
relay-wait the same'
}

@test "xinetd: the challenge server answers the same" {
    groups_can_change
    in_world xinetd_scene chal chal
    assert_success
    assert_output '1
2
chal the same
chal the same'
}

xinetd_agent_scene() {
    sim-pki "$WORLD/agent"
    app-keys "$WORLD/agent" >"$WORLD/root"
    sed "s,/usr/local/bin,$BIN,; s,/var/lib/postern,$WORLD,; s,/usr/local/share/postern,$ETC," \
        "$ETC/xinetd/agent" >"$WORLD/xinetd.conf"
    world_start xinetd xinetd -dontfork -stayalive -f "$WORLD/xinetd.conf" -pidfile "$WORLD/xinetd.pid" \
        -filelog "$WORLD/log/xinetd.log"
    world_await xinetd world_listens 127.0.0.1 8090
    curl -sS 'http://127.0.0.1:8090/GetKey?path=a' | json-get .key | wc -c
    curl -sS -w '%{http_code}\n' -o "$WORLD/answer" http://127.0.0.1:8090/prpc/Tappd.Nothing
}

@test "xinetd: the guest agent answers at its port" {
    groups_can_change
    in_world xinetd_agent_scene
    assert_success
    assert_output '65
400'
}

# quote_reached: at port 9999 of the machine.
quote_reached() {
    curl -sS 'http://192.0.2.30:9999/quote?nonce=1' >"$WORLD/answer"
        "$ETC/../t/peer/quote-answer" "$(printf postern-quote-nonce:1 | sha512sum | cut -d ' ' -f 1)" <"$WORLD/answer"
    curl -sS -d x http://192.0.2.30:9999/health
}

quote_settings() { # file: with the programs that were built, and a machine
    sim-pki "$WORLD/machine"
    sed "s,/usr/local/bin,$BIN,g; s,QUOTE_SOURCE=agent,QUOTE_SOURCE=sim:$WORLD/machine,; s,/usr/local/share/postern,$ETC," \
        "$ETC/$1" >"$WORLD/${1##*/}"
}

xinetd_quote_scene() {
    quote_settings xinetd/quote
    world_start xinetd xinetd -dontfork -stayalive -f "$WORLD/quote" -pidfile "$WORLD/xinetd.pid" \
        -filelog "$WORLD/log/xinetd.log"
    world_await xinetd world_listens 192.0.2.30 9999
    quote_reached
}

@test "xinetd: the quote service answers at its port" {
    groups_can_change
    in_world xinetd_quote_scene
    assert_success
    assert_output 'agrees
{"error":"Method not allowed"}'
}

inetd_quote_scene() {
    quote_settings inetd/inetd.conf
    sed -n -i 's/^#\(9999 \)/\1/p' "$WORLD/inetd.conf"
    world_start inetd "$ETC/../build/peers/openbsd-inetd/usr/sbin/inetd" -i "$WORLD/inetd.conf"
    world_await inetd world_listens 192.0.2.30 9999
    quote_reached
}

@test "openbsd-inetd: the quote service answers at its port" {
    inetd_is_there
    groups_can_change
    in_world inetd_quote_scene
    assert_success
    assert_output 'agrees
{"error":"Method not allowed"}'
}

# Which of the file's lines: the first that begins with this, as a comment or not.
inetd_scene() { # relay|chal pattern
    local inetd=$ETC/../build/peers/openbsd-inetd/usr/sbin/inetd
    "$1_reference"
    sed -n "s/^#\{0,1\}\(80 stream tcp $2\)/\1/p" "$ETC/inetd/inetd.conf" |
        sed "s,/usr/local/bin,$BIN,; s,/var/lib/postern,$WORLD,; s/ nobody / root /" >"$WORLD/inetd.conf"
    [ "$(wc -l <"$WORLD/inetd.conf")" = 1 ]
    world_start inetd "$inetd" -i "$WORLD/inetd.conf"
    world_await inetd world_listens 192.0.2.10 80
    answers 192.0.2.10 "$1" >"$WORLD/inetd"
    same inetd
    answers 2001:db8::10 "$1" >"$WORLD/inetd"
    same inetd
}

inetd_is_there() {
    [ -x "$ETC/../build/peers/openbsd-inetd/usr/sbin/inetd" ] ||
        skip 'openbsd-inetd was not unpacked: run mk/deps'
}

@test "openbsd-inetd: the relay, one process a connection, answers the same" {
    inetd_is_there
    groups_can_change
    in_world inetd_scene relay 'nowait\.[0-9]* nobody [^ ]*relay-redirect'
    assert_success
    assert_output '6
3
1
inetd the same
inetd the same'
    [ -s "$WORLD_FILES/metrics" ]
}

@test "openbsd-inetd: the relay, one process for all, answers the same" {
    inetd_is_there
    groups_can_change
    in_world inetd_scene relay 'wait nobody [^ ]*relay-redirect'
    assert_success
    assert_output '6
3
1
inetd the same
inetd the same'
}

@test "openbsd-inetd: the challenge server answers the same" {
    inetd_is_there
    groups_can_change
    in_world inetd_scene chal 'nowait\.[0-9]* nobody [^ ]*chal-serve'
    assert_success
    assert_output '1
2
inetd the same
inetd the same'
}

### Without a file of settings

ucspi_scene() { # relay|chal
    local program=(relay-redirect -q)
    "$1_reference"
    [ "$1" = relay ] || program=(chal-serve -q "$WORLD/challenges")
    world_start tcpserver tcpserver -v -R -H -l 0 -c 200 192.0.2.10 80 "${program[@]}"
    world_await tcpserver world_listens 192.0.2.10 80
    answers 192.0.2.10 "$1" >"$WORLD/tcpserver"
    same tcpserver
    world_stop tcpserver
    world_start tcpsvd tcpsvd -v -l 0 -c 200 -C 50 192.0.2.10 80 "${program[@]}"
    world_await tcpsvd world_listens 192.0.2.10 80
    answers 192.0.2.10 "$1" >"$WORLD/tcpsvd"
    same tcpsvd
    # It tells on descriptor 1 that it is ready.
    # shellcheck disable=SC2016 # sh expands
    world_start_ready s6-ipcserver sh -c 'exec "$@" 1>&3 3>&-' sh s6-ipcserver -1 "$WORLD/socket" "${program[@]}"
    answers "$WORLD/socket" "$1" >"$WORLD/s6-ipcserver"
    same s6-ipcserver
}

@test "tcpserver, tcpsvd and s6-ipcserver: the relay answers the same" {
    in_world ucspi_scene relay
    assert_success
    assert_output '6
3
1
tcpserver the same
tcpsvd the same
s6-ipcserver the same'
}

@test "tcpserver, tcpsvd and s6-ipcserver: the challenge server answers the same" {
    in_world ucspi_scene chal
    assert_success
    assert_output '1
2
tcpserver the same
tcpsvd the same
s6-ipcserver the same'
}
