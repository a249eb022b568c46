# shellcheck shell=bash
# tsm.bash: for tests of programs that have quotes from the kernel: its report directory and device
# as peer/tsm-fake makes them. After serving_setup.

# in_kernel PLANS COMMAND...: with our kernel's directory at tsm.
in_kernel() {
    local plan=() word fake=$BIN/../peer/tsm-fake
    [ -x "$fake" ] || skip 'make tests makes the fake'
    for word in $1; do
        plan+=(-m "$word")
    done
    mkdir -p tsm
    run --separate-stderr unshare -Urm "$fake" "${plan[@]}" tsm "${@:2}"
    # shellcheck disable=SC2154 # run sets it
    [ "$status" != 77 ] || skip 'no file system in user space here'
}
