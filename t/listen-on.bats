#!/usr/bin/env bats
# listen-on: binds a socket, puts it on descriptor 0, executes a program.
# shellcheck disable=SC2154,SC2016 # run sets stderr; other shells expand what is quoted
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=20

setup() {
    bats_load_library bats-support
    bats_load_library bats-assert
    PROGRAM=${BIN:-$BATS_TEST_DIRNAME/../build/bin}/listen-on
    PID=
    cd "$BATS_TEST_TMPDIR" || return 1
    mkfifo ready
}

teardown() {
    if [ "${PID:-0}" -gt 1 ]; then
        kill "$PID" 2>/dev/null || true
        wait "$PID" 2>/dev/null || true
    fi
    [ -z "${OPEN-}" ] || rm -rf "$OPEN"
}

# Starts listen-on with readiness on descriptor 9; its line is in $line, its process in $PID.
start() { # argument...
    "$PROGRAM" -r 9 "$@" </dev/null >out 2>err 9>ready 3>&- &
    PID=$!
    read -r -t 10 line <ready
}

# A program that takes connections from descriptor 0, and answers each with a
# line and what was sent to it.
answer=(perl -e '
    $SIG{PIPE} = "IGNORE";
    while (accept(my $client, STDIN)) {
        syswrite $client, "hello\n";
        while (sysread $client, my $bytes, 4096) { syswrite $client, $bytes }
    }')

ask() { # socat address: what comes back
    run --separate-stderr socat -t 5 - "$1" <<<'it is me'
    assert_success
    assert_output $'hello\nit is me'
}

only_root() {
    [ "$(id -u)" -eq 0 ] || skip "only root can become another user"
}

# A command as a user without privileges; the program is copied to where that one reaches it.
unprivileged() { # argument of listen-on...
    OPEN=$(mktemp -d /tmp/listen-on.XXXXXX)
    cp "$PROGRAM" "$OPEN/listen-on"
    chmod 755 "$OPEN" "$OPEN/listen-on"
    if [ "$(id -u)" -eq 0 ]; then
        run --separate-stderr setpriv --reuid=65534 --regid=65534 --clear-groups \
            "$OPEN/listen-on" "$@"
    else
        run --separate-stderr "$OPEN/listen-on" "$@"
    fi
}

has_ipv6() {
    grep -qs '^0\{31\}1 ' /proc/net/if_inet6 || skip "no IPv6 here"
}

@test "the program gets the listening socket on descriptor 0 and serves it" {
    start 127.0.0.1:0 "${answer[@]}"
    [ "$line" -gt 0 ]
    ask "TCP4:127.0.0.1:$line"
    ask "TCP4:127.0.0.1:$line"
}

@test "it becomes the program: the process stays the same" {
    start 127.0.0.1:0 sh -c 'echo "$$"'
    wait "$PID"
    run cat out
    assert_output "$PID"
}

@test "IPv6 addresses stand in brackets" {
    has_ipv6
    start '[::1]:0' "${answer[@]}"
    ask "TCP6:[::1]:$line"
    run socat - "TCP4:127.0.0.1:$line"
    assert_failure
}

@test ":port takes IPv6 and IPv4 on one socket" {
    has_ipv6
    start :0 "${answer[@]}"
    ask "TCP6:[::1]:$line"
    ask "TCP4:127.0.0.1:$line"
}

@test "[::]:port takes IPv6 alone and 0.0.0.0:port IPv4 alone" {
    has_ipv6
    start '[::]:0' "${answer[@]}"
    ask "TCP6:[::1]:$line"
    run socat - "TCP4:127.0.0.1:$line"
    assert_failure
    kill "$PID"
    wait "$PID" || true
    start 0.0.0.0:0 "${answer[@]}"
    ask "TCP4:127.0.0.1:$line"
    run socat - "TCP6:[::1]:$line"
    assert_failure
}

@test "localhost is the IPv4 address of this machine" {
    start localhost:0 "${answer[@]}"
    ask "TCP4:127.0.0.1:$line"
}

@test "a port that is given is not repeated with the readiness" {
    # A port the system has just given and taken back.
    start 127.0.0.1:0 true
    wait "$PID"
    local port=$line
    start "127.0.0.1:$port" "${answer[@]}"
    assert_equal "$line" ''
    ask "TCP4:127.0.0.1:$port"
}

@test "a Unix socket has the mode that was asked for, whatever the umask" {
    umask 077
    start "unix:$PWD/socket:666" "${answer[@]}"
    assert_equal "$line" ''
    assert_equal "$(stat -c '%F %a' socket)" 'socket 666'
    ask "UNIX-CONNECT:$PWD/socket"
}

@test "without a mode a Unix socket has what the umask leaves" {
    umask 027
    start "unix:$PWD/socket" "${answer[@]}"
    assert_equal "$(stat -c %a socket)" 750
}

@test "a Unix socket on which nobody listens is replaced" {
    start "unix:$PWD/socket" true
    wait "$PID"
    [ -S socket ]
    start "unix:$PWD/socket:600" "${answer[@]}"
    ask "UNIX-CONNECT:$PWD/socket"
}

@test "a Unix socket on which somebody listens stays, and that is 111" {
    start "unix:$PWD/socket" "${answer[@]}"
    run --separate-stderr "$PROGRAM" "unix:$PWD/socket" true
    assert_failure 111
    assert_regex "$stderr" "^listen-on: fatal: unix:$PWD/socket: Address (already )?in use\$"
    ask "UNIX-CONNECT:$PWD/socket"
}

@test "a file that is no socket is never replaced" {
    echo precious >file
    run --separate-stderr "$PROGRAM" "unix:$PWD/file" true
    assert_failure 111
    assert_equal "$(cat file)" precious
}

@test "a port in use is 111 and says so" {
    start 127.0.0.1:0 "${answer[@]}"
    run --separate-stderr "$PROGRAM" "127.0.0.1:$line" true
    assert_failure 111
    assert_output ''
    assert_regex "$stderr" "^listen-on: fatal: 127.0.0.1:$line: Address (already )?in use\$"
}

@test "an address of another machine is 111 and says so" {
    run --separate-stderr "$PROGRAM" 203.0.113.77:0 true
    assert_failure 111
    assert_regex "$stderr" '^listen-on: fatal: 203\.0\.113\.77:0: .*(not available|assign)'
}

@test "a port without permission is 100 and says so" {
    [ "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" -gt 80 ] || skip "port 80 is for all"
    unprivileged 127.0.0.1:80 true
    assert_failure 100
    assert_equal "$stderr" 'listen-on: fatal: 127.0.0.1:80: Permission denied'
}

@test "a path without permission is 100 and says so" {
    unprivileged unix:/listen-on-test true
    assert_failure 100
    assert_equal "$stderr" 'listen-on: fatal: unix:/listen-on-test: Permission denied'
}

@test "an address that is none is 100, and its bytes are escaped" {
    local address
    for address in '' 80 127.0.0.1 127.0.0.1:65536 127.0.0.1:x '[::1' ::1:80 unix: unix:relative \
        "unix:$PWD/socket:999" no-such-name.invalid:80 $'a\n\e:80'; do
        run --separate-stderr "$PROGRAM" "$address" true
        assert_failure 100
        assert_output ''
        assert_equal "${#stderr_lines[@]}" 1
    done
    assert_equal "$stderr" \
        'listen-on: fatal: a\x0a\x1b:80: not an address, nor a name in /etc/hosts, with a port'
}

@test "a program that is not found is 127, one that cannot be executed 126" {
    run -127 --separate-stderr "$PROGRAM" 127.0.0.1:0 no-such-program
    assert_equal "$stderr" 'listen-on: fatal: no-such-program: No such file or directory'
    echo text >file
    run --separate-stderr "$PROGRAM" 127.0.0.1:0 ./file
    assert_failure 126
    assert_equal "$stderr" 'listen-on: fatal: ./file: Permission denied'
}

@test "the program's exit status and arguments are its own" {
    run --separate-stderr "$PROGRAM" 127.0.0.1:0 sh -c 'echo "$0 $*"; exit 42' a -b 'c d'
    assert_failure 42
    assert_output 'a -b c d'
    assert_equal "$stderr" ''
}

@test "wrong usage is 100, -h prints the usage" {
    local arguments
    for arguments in '' '127.0.0.1:0' '-x 127.0.0.1:0 true' '-b'; do
        # shellcheck disable=SC2086 # several arguments
        run --separate-stderr "$PROGRAM" $arguments
        assert_failure 100
        assert_output ''
        assert_regex "$stderr" 'usage: listen-on \[-u '
    done
    run --separate-stderr "$PROGRAM" -h
    assert_success
    assert_output --partial 'usage: listen-on [-u user[:group]] [-b backlog]'
}

@test "option values are checked" {
    local option
    for option in '-b 0' '-b x' '-b 4294967296' '-n 0' '-n 65' '-r 0' '-r -1' '-r x'; do
        # shellcheck disable=SC2086 # two arguments
        run --separate-stderr "$PROGRAM" $option 127.0.0.1:0 true
        assert_failure 100
        assert_regex "$stderr" "^listen-on: fatal: ${option% *}: not a number from 1 to "
    done
    run --separate-stderr "$PROGRAM" -r 77 127.0.0.1:0 true
    assert_failure 100
    assert_equal "$stderr" 'listen-on: fatal: -r: descriptor 77: Bad file descriptor'
}

@test "readiness comes only once connections can come in" {
    # The program never accepts: the queue of the socket takes the connection.
    start 127.0.0.1:0 sleep 30
    run socat -u OPEN:/dev/null "TCP4:127.0.0.1:$line"
    assert_success
}

@test "readiness is one line, and then the descriptor is closed" {
    # cat ends only when nobody has the other end any more.
    "$PROGRAM" -r 9 127.0.0.1:0 sleep 30 </dev/null >out 2>err 9>ready 3>&- &
    PID=$!
    run timeout 10 cat ready
    assert_success
    assert_output --regexp '^[0-9]+$'
    assert_equal "${#lines[@]}" 1
}

@test "the readiness descriptor and the socket's first one are not inherited" {
    run --separate-stderr "$PROGRAM" -r 9 127.0.0.1:0 sh -c \
        'for fd in /proc/$$/fd/*; do echo "${fd##*/} $(readlink "$fd")"; done' 9>line 3>&- 4>&-
    assert_success
    refute_output --regexp '(^|'$'\n'')9 '
    assert_equal "$(grep -c 'socket:' <<<"$output")" 1
    assert_regex "$output" '(^|'$'\n'')0 socket:'
}

@test "readiness on descriptor 1 leaves the program with /dev/null there" {
    run --separate-stderr "$PROGRAM" -r 1 127.0.0.1:0 \
        sh -c 'where=$(readlink /proc/$$/fd/1); echo "$where" >&2'
    assert_success
    assert_output --regexp '^[0-9]+$'
    assert_equal "$stderr" /dev/null
}

@test "without -r nothing is written" {
    run --separate-stderr "$PROGRAM" 127.0.0.1:0 true
    assert_success
    assert_output ''
    assert_equal "$stderr" ''
}

@test "readiness that nobody reads is 111" {
    # The writing end of a pipe without a reader.
    run --separate-stderr bash -c 'exec 9> >(exec <&-; :); wait $!; exec "$@"' - \
        "$PROGRAM" -r 9 127.0.0.1:0 true
    assert_failure 111
    assert_equal "$stderr" 'listen-on: fatal: -r: descriptor 9: Broken pipe'
}

@test "-b is the length of the queue" {
    start -b 7 127.0.0.1:0 sleep 30
    run ss -Hltn "sport = :$line"
    assert_regex "$output" '^LISTEN +0 +7 '
}

@test "-n is handed on as WORKERS, and nothing else is" {
    run --separate-stderr env -i "$PROGRAM" -n 4 127.0.0.1:0 /usr/bin/env
    assert_success
    assert_output 'WORKERS=4'
    run --separate-stderr env -i "$PROGRAM" 127.0.0.1:0 /usr/bin/env
    assert_success
    assert_output ''
}

@test "the program gets SIGPIPE as by default, and no alarm" {
    # An exec clears neither an ignored signal nor a timer.
    run --separate-stderr "$PROGRAM" 127.0.0.1:0 sh -c 'kill -PIPE $$; echo survived'
    assert_failure 141
    assert_output ''
}

@test "-u user becomes that user with all the account's groups, for good" {
    only_root
    run --separate-stderr "$PROGRAM" -u nobody 127.0.0.1:0 \
        sh -c 'id -u; id -g; id -G; grep -E "^(Uid|Gid|CapEff|CapPrm):" /proc/$$/status'
    assert_success
    assert_line -n 0 "$(id -u nobody)"
    assert_line -n 1 "$(id -g nobody)"
    assert_line -n 2 "$(id -G nobody)"
    local uid gid
    uid=$(id -u nobody) gid=$(id -g nobody)
    assert_line -n 3 "Uid:"$'\t'"$uid"$'\t'"$uid"$'\t'"$uid"$'\t'"$uid"
    assert_line -n 4 "Gid:"$'\t'"$gid"$'\t'"$gid"$'\t'"$gid"$'\t'"$gid"
    assert_line -n 5 --regexp '^CapPrm:.0+$'
    assert_line -n 6 --regexp '^CapEff:.0+$'
}

@test "-u user:group has that group alone; numbers need no account" {
    only_root
    run --separate-stderr "$PROGRAM" -u nobody:daemon 127.0.0.1:0 sh -c 'id -un; id -gn; id -G'
    assert_success
    assert_output "nobody"$'\n'"daemon"$'\n'"$(getent group daemon | cut -d: -f3)"
    run --separate-stderr "$PROGRAM" -u 424242:434343 127.0.0.1:0 sh -c 'id -u; id -g; id -G'
    assert_success
    assert_output $'424242\n434343\n434343'
}

@test "-u of what one is already works where groups cannot be changed" {
    unshare --user --map-root-user setpriv --clear-groups true 2>/dev/null && skip 'groups can be changed here'
    unshare --user --map-root-user true 2>/dev/null || skip 'no user namespaces to be had'
    [ -z "$(id -G | tr ' ' '\n' | grep -vx "$(id -g)")" ] || skip 'this user has further groups'
    run --separate-stderr unshare --user --map-root-user "$PROGRAM" -u root:0 127.0.0.1:0 id -u
    assert_success
    assert_output 0
    run --separate-stderr unshare --user --map-root-user "$PROGRAM" -u 1:1 127.0.0.1:0 id -u
    assert_failure
}

@test "with -u a privileged port is bound before root is given up" {
    only_root
    run --separate-stderr unshare -n sh -c \
        'ip link set lo up && exec "$@"' - "$PROGRAM" -u nobody 127.0.0.1:80 \
        sh -c 'id -un; ss -Hltn "sport = :80" | wc -l'
    assert_success
    assert_output $'nobody\n1'
}

@test "with -u the file of a Unix socket belongs to the group" {
    only_root
    start -u nobody:daemon "unix:$PWD/socket:660" sleep 30
    assert_equal "$(stat -c '%U %G %a' socket)" 'root daemon 660'
}

@test "an unknown user or group is 100 and says so" {
    run --separate-stderr "$PROGRAM" -u no-such-user 127.0.0.1:0 true
    assert_failure 100
    assert_equal "$stderr" 'listen-on: fatal: -u: no-such-user: no such user'
    run --separate-stderr "$PROGRAM" -u root:no-such-group 127.0.0.1:0 true
    assert_failure 100
    assert_equal "$stderr" 'listen-on: fatal: -u: root:no-such-group: no such group'
    run --separate-stderr "$PROGRAM" -u 424242 127.0.0.1:0 true
    assert_failure 100
    assert_regex "$stderr" 'a group must be given$'
}

@test "-u without being root is 100, before anything is bound" {
    unprivileged -u nobody "unix:$BATS_TEST_TMPDIR/socket" true
    assert_failure 100
    assert_equal "$stderr" 'listen-on: fatal: -u: only root can become another user'
    [ ! -e socket ]
}

@test "s6-supervise sees the service ready" {
    mkdir service
    echo 3 >service/notification-fd
    printf '#!/bin/sh\nexec %q -r 3 127.0.0.1:0 sleep 30\n' "$PROGRAM" >service/run
    chmod +x service/run
    s6-supervise service >out 2>err 3>&- &
    PID=$!
    until [ -p service/event ] || [ -d service/event ]; do
        read -r -t 0.02 _ <>ready || true
    done
    run s6-svwait -U -t 10000 service
    assert_success
    run s6-svstat -o up,ready service
    assert_output 'true true'
    s6-svc -dx service
    wait "$PID"
    PID=
}
