#!/usr/bin/env bats
# sni-route: TLS connections sent on by the name their client asks for.
# shellcheck disable=SC2154,SC2030,SC2031 # run sets stderr; each test is a shell of its own
# shellcheck disable=SC2094 # names of files that are functions too
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=50

# Backends that last for the whole file: two of TLS, known by their certificates,
# and one that sends back what it gets. And DNS.
setup_file() {
    load dns
    local name dir=$BATS_FILE_TMPDIR
    for name in one two; do
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$dir/$name.key" \
            -out "$dir/$name.pem" -days 30 -subj /CN=$name 2>/dev/null || return
        openssl s_server -accept 127.0.0.1:0 -cert "$dir/$name.pem" -key "$dir/$name.key" -www \
            >"$dir/$name.out" 2>&1 </dev/null 3>&- &
        echo $! >>"$dir/pids"
    done
    tcpserver -1 -RHl0 -c 3000 -b 3000 127.0.0.1 0 cat >"$dir/echo.out" 2>/dev/null </dev/null 3>&- &
    echo $! >>"$dir/pids"
    ONE=$(port_in "$dir/one.out" 's/^ACCEPT .*:\([0-9]*\)$/\1/p') || return
    TWO=$(port_in "$dir/two.out" 's/^ACCEPT .*:\([0-9]*\)$/\1/p') || return
    ECHO=$(port_in "$dir/echo.out" '/^[0-9][0-9]*$/p') || return
    export ONE TWO ECHO
    zones
}

port_in() { # file sed-program
    local until=$((SECONDS + 10)) port
    until port=$(sed -n "$2" "$1") && [ -n "$port" ]; do
        [ "$SECONDS" -lt "$until" ] || return
        sleep 0.02
    done
    echo "$port"
}

zones() {
    local dir=$BATS_FILE_TMPDIR/zones head
    mkdir -p "$dir"
    head='@ 60 SOA ns hostmaster 1 3600 600 86400 5'$'\n''@ 60 NS ns'$'\n'
    # shellcheck disable=SC2016 # a zone file's own words
    {
        printf '$TTL 60\n%s' "$head"
        echo 'app1 A 127.0.0.1'
        echo 'app1 AAAA ::1'
        echo 'public A 192.0.2.1'
        echo 'lan A 10.0.0.1'
    } >"$dir/gw.test.zone"
    # shellcheck disable=SC2016
    {
        printf '$TTL 60\n%s' "$head"
        echo "_dstack-app-address.custom TXT \"app1:$ONE\""
        echo "_tapp-address.old TXT \"APP1:$TWO\""
        echo "_dstack-app-address-wildcard.wild TXT \"app1:$ONE\""
        echo '_dstack-app-address.evil TXT "app1/x:443"'
        echo '_dstack-app-address.away TXT "nobody:443"'
        echo '_dstack-app-address.default TXT "default:443"'
        echo 'backend A 127.0.0.1'
    } >"$dir/example.test.zone"
    : >"$dir/broken.test.zone"
    dns_knot "$dir" || return
    echo "$KNOT_PID" >>"$BATS_FILE_TMPDIR/pids"
    export KNOT
}

teardown_file() {
    local pid
    while read -r pid; do
        [ "$pid" -le 1 ] || kill "$pid"
    done <"$BATS_FILE_TMPDIR/pids"
}

setup() {
    load serving
    load dns
    serving_setup
    export DNSCACHEIP=$KNOT
    SEND=$BATS_TEST_DIRNAME/peer/hello-send
    HELLO=$BATS_TEST_DIRNAME/fuzz/hello.seeds/openssl # for app.example.test
}

teardown() {
    serving_teardown
}

route() { # [argument...]: with the routes in the file routes
    serve sni-route "$@" routes
}

client() { # NAME [argument...]: openssl's words to a server asked for that name
    openssl s_client -connect "127.0.0.1:$PORT" -servername "$1" "${@:2}" </dev/null 2>&1
}

answers() { # NAME wanted: whose certificate it is
    run client "$1"
    assert_line --regexp "^subject=CN ?= ?$2\$"
}

alert_is() { # NAME number
    run client "$1"
    assert_failure
    assert_line --partial "alert number $2"
}

accepts() { # port
    (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

refuses() { # port
    ! accepts "$1"
}

said() { # NAME TEXT: in what openssl says to a server asked for that name
    client "$1" | grep -qE -- "$2"
}

logged() { # EXTENDED-REGULAR-EXPRESSION: a line of the log, sooner or later
    until_true grep -qE -- "$1" server.log
}

# ---- whose name it is

@test "a name's route, a wildcard's and the default are taken in this order" {
    printf '%s\n' "a.test 127.0.0.1:$ONE" "*.a.test 127.0.0.1:$TWO" "x.a.test 127.0.0.1:$ONE" \
        "default 127.0.0.1:$TWO" >routes
    route
    answers a.test one
    answers A.Test one
    answers y.a.test two
    answers x.a.test one
    answers z.y.a.test two
    answers other.test two
    run openssl s_client -connect "127.0.0.1:$PORT" -noservername </dev/null
    assert_line --regexp '^subject=CN ?= ?two$'
    logged "^a\.test 127\.0\.0\.1 done 127\.0\.0\.1:$ONE [0-9]+ [0-9]+ [0-9]+\$"
    logged "^- 127\.0\.0\.1 done 127\.0\.0\.1:$TWO "
}

@test "without a route a client gets the alert unrecognized_name" {
    echo "a.test 127.0.0.1:$ONE" >routes
    route
    alert_is b.test 112
    run openssl s_client -connect "127.0.0.1:$PORT" -noservername </dev/null
    assert_output --partial 'alert number 112'
    alert_is under_score.test 112
    logged '^b\.test 127\.0\.0\.1 no-route - 0 0 [0-9]+$'
    logged '^- 127\.0\.0\.1 no-route - 0 0 '
    logged '^under_score\.test 127\.0\.0\.1 bad-name - 0 0 '
}

@test "a directory has a file a name, and is read for every connection" {
    mkdir routes
    echo "127.0.0.1:$ONE" >routes/a.test
    echo "127.0.0.1:$TWO" >routes/_.a.test
    echo 'no route at all' >routes/bad.test
    route
    answers a.test one
    answers b.a.test two
    alert_is b.test 112
    echo "127.0.0.1:$TWO" >routes/default
    answers b.test two
    echo "127.0.0.1:$ONE" >routes/new && mv routes/new routes/default
    answers b.test one
    alert_is bad.test 80
    logged '^bad\.test 127\.0\.0\.1 bad-route - '
}

refused_routes() { # it looks when somebody comes
    client a.test >/dev/null
    grep -qx 'sni-route: routes:2: not a route: the routes stay what they were' server.log
}

@test "a changed file is read again, one with a mistake refused, without a signal" {
    echo "a.test 127.0.0.1:$ONE" >routes
    route
    answers a.test one
    echo "a.test 127.0.0.1:$TWO" >new && mv new routes
    until_true said a.test '^subject=CN ?= ?two$'
    printf 'a.test 127.0.0.1:%s\nb.test\n' "$ONE" >routes
    until_true refused_routes
    answers a.test two
}

@test "a host's name is looked up, both families tried, the first that answers taken" {
    printf '%s\n' "a.test backend.example.test:$ONE" "b.test app1.gw.test:$ONE" \
        "c.test localhost:$TWO" "d.test nothing.example.test:1" "e.test x.broken.test:1" >routes
    route
    answers a.test one
    answers b.test one
    answers c.test two
    logged "^c\.test 127\.0\.0\.1 done 127\.0\.0\.1:$TWO "
    alert_is d.test 80
    alert_is e.test 80
    logged '^d\.test 127\.0\.0\.1 no-host - '
    logged '^e\.test 127\.0\.0\.1 no-dns - '
}

@test "a backend can be a Unix socket" {
    echo "a.test unix:$PWD/socket" >routes
    socat "UNIX-LISTEN:socket,fork" "TCP4:127.0.0.1:$ONE" 3>&- &
    CHILDREN+=($!)
    until_true test -S socket
    route
    answers a.test one
    logged "^a\.test 127\.0\.0\.1 done unix"
}

# ---- apps

@test "-d: an app's name leads to the app's address and the port in the name" {
    serve sni-route -p -d gw.test
    answers "app1-${ONE}s.gw.test" one
    answers "APP1-${TWO}S.GW.Test" two
    alert_is "app1-${ONE}.gw.test" 112
    alert_is "app1-${ONE}g.gw.test" 112
    alert_is "app1-${ONE}gs.gw.test" 112
    alert_is app1-0s.gw.test 112
    alert_is nobody-443s.gw.test 80
    alert_is gw.test 112
    logged "^app1-${ONE}s\.gw\.test 127\.0\.0\.1 done 127\.0\.0\.1:$ONE "
    logged '^nobody-443s\.gw\.test 127\.0\.0\.1 no-host - '
}

@test "-d: names for which the gateway ends TLS go where *.BASE goes" {
    printf '*.gw.test 127.0.0.1:%s\n' "$TWO" >routes
    route -p -d gw.test
    answers app1.gw.test two
    answers app1-8080.gw.test two
    answers app1-8080g.gw.test two
    answers "app1-${ONE}s.gw.test" one
}

@test "-d: an app's route is the operator's word, with or without a port" {
    printf '%s\n' "web 127.0.0.1" "fixed 127.0.0.1:$TWO" "default 127.0.0.1" >routes
    route -d gw.test
    answers "web-${ONE}s.gw.test" one
    answers "fixed-${ONE}s.gw.test" two
    alert_is "default-${ONE}s.gw.test" 80
    logged "^default-${ONE}s\.gw\.test 127\.0\.0\.1 no-host - "
}

@test "-d: a custom domain's TXT record names the app, under each of three names" {
    serve sni-route -p -d gw.test
    answers custom.example.test one
    answers old.example.test two
    answers any.wild.example.test one
    alert_is none.example.test 112
    alert_is evil.example.test 112
    alert_is away.example.test 80
}

@test "-d: the default is for domains without a record, never because a lookup failed" {
    echo "default 127.0.0.1:$TWO" >routes
    route -p -d gw.test
    answers none.example.test two
    answers custom.example.test one
    alert_is x.broken.test 80
    logged '^x\.broken\.test 127\.0\.0\.1 no-dns - '
}

@test "-d: an address that is not public is refused unless -p allows it" {
    serve sni-route -d gw.test
    alert_is "app1-${ONE}s.gw.test" 80
    alert_is custom.example.test 80
    alert_is lan-443s.gw.test 80
    alert_is public-443s.gw.test 80
    [ "$(grep -c ' forbidden - 0 0 ' server.log)" = 4 ]
}

@test "-d: a name that leads back here is refused, -p or not" {
    serve sni-route -p -d gw.test
    alert_is "app1-${PORT}s.gw.test" 80
    logged "^app1-${PORT}s\.gw\.test 127\.0\.0\.1 (forbidden|refused) "
    [ "$(wc -l <server.log)" = 1 ]
}

@test "-D: the apps' addresses are those of another domain" {
    serve sni-route -p -d gate.test -D gw.test
    answers "app1-${ONE}s.gate.test" one
    alert_is "app1-${ONE}s.gw.test" 112
}

# ---- hellos

@test "a post-quantum hello is put together from segments, wherever they meet" {
    echo "app.example.test 127.0.0.1:$ECHO" >routes
    route -C 3000
    run --separate-stderr "$SEND" "127.0.0.1:$PORT"
    assert_success
    assert_output --regexp '^1[3-9][0-9][0-9] right, 0 wrong$'
}

@test "a post-quantum hello is put together from records, wherever they meet" {
    echo "app.example.test 127.0.0.1:$ECHO" >routes
    route -C 3000
    run --separate-stderr "$SEND" -m records "127.0.0.1:$PORT"
    assert_success
    assert_output --regexp '^1[3-9][0-9][0-9] right, 0 wrong$'
}

@test "a hello may come a byte at a time, and be as large as 16 KiB" {
    echo "app.example.test 127.0.0.1:$ECHO" >routes
    route
    run "$SEND" -m bytes "127.0.0.1:$PORT"
    assert_output '1 right, 0 wrong'
    run "$SEND" -m bytes -p 14900 "127.0.0.1:$PORT"
    assert_output '1 right, 0 wrong'
    run "$SEND" -m bytes -p 15400 "127.0.0.1:$PORT"
    assert_output '0 right, 1 wrong'
    logged '^- 127\.0\.0\.1 too-large - 0 0 '
}

@test "what is no hello is refused: HTTP in its own language, garbage, nothing" {
    echo "default 127.0.0.1:$ONE" >routes
    route
    run talk 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n'
    assert_line $'HTTP/1.0 400 Bad Request\r'
    run talk 'SSH-2.0-OpenSSH_9\r\n'
    assert_output ''
    run talk ''
    assert_output ''
    talk '\x16\x03\x01\0\x05\x02\0\0\x01\0' >answer
    run od -An -tx1 answer
    assert_output ' 15 03 03 00 02 02 32'
    talk '\x16\x03\x01\0\x50\x01\0' >answer
    [ ! -s answer ]
    head -c 100000 /dev/urandom | tr '\026' x | socat -t 5 - "TCP4:127.0.0.1:$PORT" >answer || :
    [ ! -s answer ]
    logged '^- 127\.0\.0\.1 malformed - '
    logged '^- 127\.0\.0\.1 cut - '
    [ "$(grep -c '^- 127\.0\.0\.1 not-tls - ' server.log)" -ge 3 ]
    answers a.test one
}

stalled_are() { # number
    [ "$(grep -c ' stalled - 0 0 5[0-9][0-9][0-9]$' server.log)" = "$1" ]
}

@test "a thousand stalled hellos leave room for others, and end after five seconds" {
    echo "app.example.test 127.0.0.1:$ONE" >routes
    mkfifo stalled
    route -C 3000
    "$SEND" -m stall "127.0.0.1:$PORT" >stalled 2>&1 3>&- &
    local pid=$! line
    CHILDREN+=("$pid")
    exec {from}<stalled
    read -r -t 20 line <&"$from"
    [ "$line" = stalled ]
    answers app.example.test one
    read -r -t 20 line <&"$from"
    [ "$line" = '1000 right, 0 wrong' ]
    until_true stalled_are 1000
}

# ---- clients and servers of others

@test "curl and gnutls-cli come through to a server of TLS 1.3 and of 1.2" {
    printf '%s\n' "a.test 127.0.0.1:$ONE" >routes
    route
    run curl -sS -k --tlsv1.3 --resolve "a.test:$PORT:127.0.0.1" "https://a.test:$PORT/"
    assert_output --partial 's_server'
    run curl -sS -k --tls-max 1.2 --resolve "a.test:$PORT:127.0.0.1" "https://a.test:$PORT/"
    assert_output --partial 's_server'
    command -v gnutls-cli >/dev/null || skip 'gnutls-cli is not installed'
    run gnutls-cli --insecure --sni-hostname a.test -p "$PORT" 127.0.0.1 </dev/null
    assert_output --partial 'Handshake was completed'
}

proxied() { # -P or nothing; the routes are written
    route "$@"
    run curl -sS -k --resolve "a.test:$PORT:127.0.0.1" --interface 127.0.0.7 "https://a.test:$PORT/"
    assert_output --partial "from 127.0.0.7 at 127.0.0.1:$PORT"
}

haproxy_backend() {
    local port
    port=$(dns_free_port)
    cat "$BATS_FILE_TMPDIR/one.pem" "$BATS_FILE_TMPDIR/one.key" >both.pem
    cat >haproxy.cfg <<END
defaults
    mode http
    timeout connect 5s
    timeout client 5s
    timeout server 5s
frontend front
    bind 127.0.0.1:$port accept-proxy ssl crt $PWD/both.pem
    http-request return status 200 content-type text/plain lf-string "from %[src] at %[dst]:%[dst_port] for %[fc_pp_authority]\n"
END
    PATH=$PATH:/usr/sbin haproxy -f haproxy.cfg -db >haproxy.log 2>&1 </dev/null 3>&- &
    CHILDREN+=($!)
    until_true accepts "$port"
    HAPROXY=$port
}

@test "-P: haproxy is told by PROXY v2 whose connection it is and for what name" {
    haproxy_backend
    echo "a.test 127.0.0.1:$HAPROXY" >routes
    proxied -P
    assert_output --partial 'for a.test'
}

@test "the word proxy in a route is for that route alone" {
    haproxy_backend
    printf '%s\n' "a.test 127.0.0.1:$HAPROXY proxy" "b.test 127.0.0.1:$ONE" >routes
    proxied
    answers b.test one
}

@test "nginx takes the PROXY v2 header, too, and IPv6" {
    local port
    port=$(dns_free_port)
    mkdir -p nginx/tmp
    cat >nginx/conf <<END
daemon off;
master_process off;
error_log stderr;
pid pid;
events { }
http {
    access_log off;
    client_body_temp_path tmp/body; proxy_temp_path tmp/proxy; fastcgi_temp_path tmp/fastcgi;
    uwsgi_temp_path tmp/uwsgi; scgi_temp_path tmp/scgi;
    server {
        listen 127.0.0.1:$port ssl proxy_protocol;
        ssl_certificate $BATS_FILE_TMPDIR/one.pem;
        ssl_certificate_key $BATS_FILE_TMPDIR/one.key;
        location / { return 200 "from \$proxy_protocol_addr at \$proxy_protocol_server_addr:\$proxy_protocol_server_port\n"; }
    }
}
END
    PATH=$PATH:/usr/sbin nginx -e stderr -p "$PWD/nginx" -c conf >nginx.log 2>&1 </dev/null 3>&- &
    CHILDREN+=($!)
    until_true accepts "$port"
    echo "a.test 127.0.0.1:$port proxy" >routes
    proxied
    stop
    ADDRESS='[::1]:0' route
    run curl -sS -k --resolve "a.test:$PORT:[::1]" "https://a.test:$PORT/"
    assert_output "from ::1 at ::1:$PORT"
}

# ---- bytes

@test "a megabyte goes both ways at once, and both ends are seen" {
    echo "app.example.test 127.0.0.1:$ECHO" >routes
    route
    run "$SEND" -m echo "127.0.0.1:$PORT"
    assert_output '1 right, 0 wrong'
    logged '^app\.example\.test 127\.0\.0\.1 done [^ ]* 1001[0-9]{3} 1001[0-9]{3} '
}

@test "after 64 KiB the bytes stay in the kernel" {
    echo "app.example.test 127.0.0.1:$ECHO" >routes
    mkfifo ready
    ASAN_OPTIONS=detect_leaks=0 "$BIN/listen-on" -r 9 127.0.0.1:0 strace -o trace -e trace=splice \
        "$BIN/sni-route" routes </dev/null >server.out 2>>server.log 9>ready 3>&- &
    SERVER=$!
    read -r -t 10 PORT <ready
    run "$SEND" -m echo "127.0.0.1:$PORT"
    assert_output '1 right, 0 wrong'
    # strace takes the signal for itself and leaves the program alone.
    pkill -TERM -P "$SERVER"
    wait "$SERVER"
    SERVER=
    [ "$(grep -c 'splice(.*= [1-9]' trace)" -ge 4 ]
}

# A client that sends a hello, what is in the file rest, and its end; prints all that comes.
says_all() {
    cat "$HELLO" rest | socat -t 20 - "TCP4:127.0.0.1:$PORT"
}

@test "half-close: a client that is done still gets its answer" {
    echo "app.example.test unix:$PWD/socket" >routes
    # It waits for the end, then answers.
    socat -t 20 UNIX-LISTEN:socket,fork SYSTEM:'wc -c; echo late' 3>&- &
    CHILDREN+=($!)
    until_true test -S socket
    route
    head -c 1000 /dev/zero >rest
    run says_all
    assert_line "$(($(wc -c <"$HELLO") + 1000))"
    assert_line late
}

@test "half-close: a backend that is done still gets what the client says" {
    echo "app.example.test unix:$PWD/socket" >routes
    perl -MIO::Socket::UNIX -e '
        my $l = IO::Socket::UNIX->new(Local => "socket", Listen => 5) or die;
        my $s = $l->accept; print $s "early"; $s->flush; shutdown $s, 1;
        local $/; my $all = <$s>; open my $got, ">", "got"; print $got length $all; close $got;' 3>&- &
    local pid=$!
    CHILDREN+=("$pid")
    until_true test -S socket
    route
    run perl -MIO::Socket::INET -e '
        my $s = IO::Socket::INET->new(PeerAddr => $ARGV[0]) or die;
        open my $hello, "<", $ARGV[1]; local $/; my $bytes = <$hello>;
        print $s $bytes; $s->flush;
        print scalar <$s>;   # to the end of what comes
        print $s "y" x 500_000; $s->flush; shutdown $s, 1;' "127.0.0.1:$PORT" "$HELLO"
    assert_output early
    wait "$pid"
    [ "$(cat got)" = $(($(wc -c <"$HELLO") + 500000)) ]
    logged '^app\.example\.test 127\.0\.0\.1 done '
}

# ---- faults

@test "a backend that refuses, or never answers: internal_error, and the log says which" {
    local down full
    down=$(dns_free_port)
    perl -MIO::Socket::INET -e '
        my $l = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1") or die;
        listen $l, 0;
        my @full = map { IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => $l->sockport, Timeout => 0.3) } 1 .. 3;
        $| = 1; print $l->sockport, "\n"; sleep 60' >full 3>&- &
    CHILDREN+=($!)
    full=$(port_in full p)
    printf '%s\n' "down.test 127.0.0.1:$down" "full.test 127.0.0.1:$full" >routes
    route -t 0.5
    alert_is down.test 80
    logged "^down\.test 127\.0\.0\.1 refused 127\.0\.0\.1:$down 0 0 "
    alert_is full.test 80
    logged "^full\.test 127\.0\.0\.1 connect-timeout 127\.0\.0\.1:$full 0 0 [5-9][0-9][0-9]\$"
}

@test "a backend that breaks off in the middle: what it sent arrives, then the end" {
    perl -MIO::Socket::INET -MSocket -e '
        my $l = IO::Socket::INET->new(Listen => 5, LocalAddr => "127.0.0.1") or die;
        $| = 1; print $l->sockport, "\n";
        my $s = $l->accept; sysread $s, my $hello, 10; syswrite $s, "half an answ"; select undef, undef, undef, 0.2;
        setsockopt $s, SOL_SOCKET, SO_LINGER, pack("ii", 1, 0); close $s; sleep 20' >breaks 3>&- &
    CHILDREN+=($!)
    echo "default 127.0.0.1:$(port_in breaks p)" >routes
    route
    hold
    run cat <&"$HELD"
    assert_output 'half an answ'
    exec {HELD}>&-
    logged '^app\.example\.test 127\.0\.0\.1 reset '
}

hold() { # on a new connection, left open on descriptor $HELD: a hello
    exec {HELD}<>"/dev/tcp/127.0.0.1/$PORT"
    cat "$HELLO" >&"$HELD"
}

echoed() { # what was sent on $HELD comes back
    head -c "$(wc -c <"$HELLO")" <&"$HELD" | cmp - "$HELLO"
}

@test "idle and total limits end a connection, each for its own reason" {
    echo "default 127.0.0.1:$ECHO" >routes
    route -i 0.4
    hold
    echoed
    logged '^app\.example\.test 127\.0\.0\.1 idle [^ ]+ [0-9]+ [0-9]+ [4-9][0-9][0-9]$'
    exec {HELD}>&-
    stop
    route -i 5 -T 0.6
    hold
    echoed
    logged '^app\.example\.test 127\.0\.0\.1 total [^ ]+ [0-9]+ [0-9]+ [6-9][0-9][0-9]$'
}

@test "-m: a name has so many connections, another its own" {
    printf '%s\n' "app.example.test 127.0.0.1:$ECHO" "b.test 127.0.0.1:$ONE" >routes
    route -m 1
    hold
    echoed
    alert_is app.example.test 80
    logged '^app\.example\.test 127\.0\.0\.1 busy - 0 0 '
    answers b.test one
    answers b.test one
    exec {HELD}>&-
    logged '^app\.example\.test 127\.0\.0\.1 done '
    hold
    echoed
}

@test "-C: a client has so many connections" {
    echo "default 127.0.0.1:$ECHO" >routes
    route -C 1
    hold
    echoed
    run talk 'x'
    refute_output --partial x
    [ "$(wc -l <server.log)" = 0 ]
}

# ---- its life

@test "TERM: connections under way go on to their end, then it exits with 0" {
    local line
    echo "default 127.0.0.1:$ECHO" >routes
    route
    hold
    echoed
    kill -TERM "$SERVER"
    until_true refuses "$PORT"
    echo still here >&"$HELD"
    read -r -t 10 line <&"$HELD"
    [ "$line" = 'still here' ]
    exec {HELD}>&-
    wait "$SERVER"
    SERVER=
}

@test "-g: but not for longer than the grace time" {
    echo "default 127.0.0.1:$ECHO" >routes
    route -g 0.3
    hold
    echoed
    stop
}

@test "-n: workers share the socket" {
    printf '%s\n' "a.test 127.0.0.1:$ONE" >routes
    route -n 2
    until_true workers_are 2
    for _ in 1 2 3 4; do answers a.test one; done
    stop
}

@test "-q: no log" {
    printf '%s\n' "a.test 127.0.0.1:$ONE" >routes
    route -q
    answers a.test one
    alert_is b.test 112
    stop
    [ ! -s server.log ]
}

@test "one connection: under tcpserver, and over pipes" {
    echo "default 127.0.0.1:$ONE" >routes
    tcpserver -1 -RHl0 127.0.0.1 0 "$BIN/sni-route" routes >port 2>>server.log </dev/null 3>&- &
    CHILDREN+=($!)
    PORT=$(port_in port '/^[0-9][0-9]*$/p')
    answers a.test one
    logged "^a\.test 127\.0\.0\.1 done 127\.0\.0\.1:$ONE "
    echo "default 127.0.0.1:$ECHO" >routes
    run "$SEND" -m echo "127.0.0.1:$PORT"
    assert_output '1 right, 0 wrong'
    "$BIN/sni-route" routes <"$HELLO" 2>log | cat >out
    cmp out "$HELLO"
    run cat log
    assert_output --regexp "^app\.example\.test - done 127\.0\.0\.1:$ECHO 340 340 [0-9]+\$"
}

@test "a listening sni-route is filtered, and cannot get new privileges" {
    echo "default 127.0.0.1:$ONE" >routes
    route
    answers a.test one
    grep -q '^NoNewPrivs:[[:space:]]1' "/proc/$SERVER/status"
    if grep -qs -e '-DJAIL=0' "$BIN/../flags"; then
        skip 'this build has no filter'
    fi
    grep -q '^Seccomp:[[:space:]]2' "/proc/$SERVER/status"
}

@test "the service directory serves what is in its routes, under s6" {
    command -v s6-supervise >/dev/null || skip 's6 is not installed'
    chmod 755 . .. 2>/dev/null || :
    cp -r "$BATS_TEST_DIRNAME/../etc/s6/sni" sni
    mkdir -p sni/env sni/routes
    rm -r sni/log
    PORT=$(dns_free_port)
    echo "$PORT" >sni/env/PORT
    id -un >sni/env/RUN_AS
    echo gw.test >sni/env/SNI_BASE
    echo yes >sni/env/SNI_PRIVATE
    echo "127.0.0.1:$TWO" >sni/routes/_.gw.test
    PATH=$BIN:$PATH s6-supervise sni >server.log 2>&1 </dev/null 3>&- &
    SERVER=$!
    until_true test -p sni/supervise/control
    s6-svwait -U -t 10000 sni
    answers x.gw.test two
    answers "app1-${ONE}s.gw.test" one
    s6-svc -xd sni
    wait "$SERVER"
    SERVER=
}

@test "the clumsy caller is told what to change" {
    echo "a.test nonsense here" >bad
    touch good
    while IFS='|' read -r arguments said; do
        # shellcheck disable=SC2086 # words
        run --separate-stderr "$BIN/sni-route" $arguments </dev/null
        [ "$status" = 100 ] && [[ "$stderr" == *"$said"* ]] || { echo "$arguments: $status $stderr"; false; }
    done <<'END'
|usage: sni-route
good good|usage: sni-route
-D gw.test good|usage: sni-route
-x good|usage: sni-route
-d bad_domain|-d: not a domain: bad_domain
-d 10.0.0.1|-d: not a domain: 10.0.0.1
-d gw.test -D -|-D: not a domain: -
-m 0 good|-m
-t x good|-t
-i -1 good|-i
-T 99999999999 good|-T
missing|missing: No such file
bad|bad:1: not a route
END
    run --separate-stderr "$BIN/sni-route" -h
    assert_success
    [ "$stderr" = '' ]
}
