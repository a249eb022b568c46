# shellcheck shell=bash
# tee.bash: what makes a VM confidential, simulated, and who says so to the world.

WORLD_ETC=$(cd "$WORLD_LIB/../../etc" && pwd)

# world_quote [HOST]: vm (or vm2) is a machine under a test root of its own; its guest agent is at a
# socket, and the quote service at port 9999 asks that one.
world_quote() {
    local host=${1:-vm} family machine
    machine=$(vm_machine "$host")
    mkdir -p "$WORLD/$host" && "$BIN/sim-pki" "$machine" &&
        "$BIN/app-keys" "$machine" >"$WORLD/$host/root-key" || return
    world_start_ready "$host-agent" "$BIN/listen-on" -r 3 "unix:$WORLD/$host/dstack.sock" \
        "$BIN/http-cgi" -b 10485760 -e "AGENT_DIR=$machine" "$WORLD_ETC/agent/cgi" || return
    for family in $WORLD_FAMILIES; do
        world_start_ready "$host-quote-$family" "$BIN/listen-on" -r 3 "$(world_at "$host" 9999 "$family")" \
            "$BIN/http-cgi" -b 4096 -e "DSTACK_SIMULATOR_ENDPOINT=$WORLD/$host/dstack.sock" "$WORLD_ETC/quote/cgi" || return
    done
}

vm_machine() { echo "$WORLD/$1/machine"; }
