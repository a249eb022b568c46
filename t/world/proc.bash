# shellcheck shell=bash
# proc.bash: starting, awaiting and stopping the programs of a world.

WORLD_PATIENCE_S=${WORLD_PATIENCE_S:-10}   # the longest wait for any one thing

# world_start NAME COMMAND...: in the background, its output in log/NAME.
world_start() {
    local name=$1
    shift
    "$@" >>"$WORLD/log/$name" 2>&1 </dev/null 3>&- &
    echo "$!" >"$WORLD/pid/$name"
}

# world_start_ready NAME COMMAND...: the same, and returns when the program has
# written a newline to descriptor 3. When it ends first, so does the wait.
world_start_ready() {
    local name=$1 pipe=$WORLD/pid/$1.ready ready
    shift
    rm -f "$pipe"
    mkfifo "$pipe" || return
    "$@" >>"$WORLD/log/$name" 2>&1 </dev/null 3>"$pipe" &
    echo "$!" >"$WORLD/pid/$name"
    exec {ready}<"$pipe"
    rm -f "$pipe"
    if ! read -r -t "$WORLD_PATIENCE_S" -u "$ready"; then
        exec {ready}<&-
        world_complain "$name" 'was not ready'
        return 1
    fi
    exec {ready}<&-
}

# world_await NAME CONDITION...: until the condition (a command) is true, as
# long as NAME lives.
world_await() {
    local name=$1 until=$((SECONDS + WORLD_PATIENCE_S))
    shift
    until "$@" >/dev/null 2>&1; do
        if ! world_alive "$name" || [ "$SECONDS" -ge "$until" ]; then
            world_complain "$name" "waited in vain for: $*"
            return 1
        fi
        sleep 0.02
    done
}

world_listens() { # address port: does anybody accept connections there?
    (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null
}

world_pid() { # NAME: its process id; 1 when there is none
    local pid
    read -r pid 2>/dev/null <"$WORLD/pid/$1" || return 1
    [ "$pid" -gt 1 ] && echo "$pid"
}

world_alive() { # NAME
    local pid
    pid=$(world_pid "$1") && kill -0 "$pid" 2>/dev/null
}

# world_stop NAME...: TERM, and KILL for whoever has not gone after five seconds.
world_stop() {
    local name pid until
    for name; do
        pid=$(world_pid "$name") || continue
        kill -TERM "$pid" 2>/dev/null
        until=$((SECONDS + 5))
        while kill -0 "$pid" 2>/dev/null; do
            [ "$SECONDS" -lt "$until" ] || kill -KILL "$pid" 2>/dev/null
            sleep 0.01
        done
        rm -f "$WORLD/pid/$name"
    done
}

# world_kill NAME: at once, and only gone when it returns.
world_kill() {
    local pid
    pid=$(world_pid "$1") || return
    kill -KILL "$pid" || return
    while kill -0 "$pid" 2>/dev/null; do sleep 0.01; done
    rm -f "$WORLD/pid/$1"
}

world_complain() { # NAME what
    echo "world: $1 $2" >&2
    [ ! -s "$WORLD/log/$1" ] || tail -n 15 "$WORLD/log/$1" | sed "s/^/  $1: /" >&2
}

# world_supervise NAME COMMAND...: under s6-supervise. The command writes its
# readiness to descriptor 3; when it dies it is started again. Service
# directory: $WORLD/s6/NAME (s6-svc, s6-svwait, s6-svstat).
world_supervise() {
    local name=$1 service=$WORLD/s6/$1
    shift
    mkdir -p "$service" || return
    echo 3 >"$service/notification-fd"
    {
        echo '#!/bin/bash'
        printf 'exec 2>&1\nexec'
        printf ' %q' "$@"
        echo
    } >"$service/run"
    chmod +x "$service/run"
    world_start "$name" s6-supervise "$service"
    world_await "$name" s6-svok "$service" || return
    if ! s6-svwait -U -t "$((WORLD_PATIENCE_S * 1000))" "$service"; then
        world_complain "$name" 'was not ready under s6-supervise'
        return 1
    fi
}
