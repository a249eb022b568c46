# shellcheck shell=bash
# bats.bash: for bats files. A test's scene is a function of the bats file; it
# runs in a world of its own, with set -eu and everything lib.bash has. Relay
# and VMs that are still there when it is done are stopped, and have to end well.

# in_world [-4|-6] FUNCTION [argument...]: as bats's run does: $status, $output,
# $stderr and, afterwards, the world's files in $WORLD_FILES.
in_world() {
    local world=(-d "$WORLD_FILES" -t "${WORLD_LIMIT_S:-40}") root=$BATS_TEST_DIRNAME/..
    case $1 in
    -4 | -6) world+=("$1"); shift ;;
    esac
    {
        declare -f
        printf 'set -eEu\n'
        # shellcheck disable=SC2016 # for the scene to expand
        printf 'trap %q ERR\n' 'echo "scene: failed: $BASH_COMMAND" >&2'
        printf '. %q\n' "$root/t/world/lib.bash"
        printf '"$@"\napp_stop\n'
    } >"$BATS_TEST_TMPDIR/scene"
    run --separate-stderr "$root/t/world/world" "${world[@]}" bash "$BATS_TEST_TMPDIR/scene" "$@"
}

world_setup() { # in setup()
    WORLD_FILES=$BATS_TEST_TMPDIR/world
}

# Shown only when the test fails: bats prints what a failed test had printed.
world_show() { # in teardown()
    [ -z "${stderr-}" ] || printf '%s\n' "$stderr"
}
