# shellcheck shell=bash
# lib.bash: what stands in a world, and where. Sourced by whatever runs in one
# (see the file world): a test's scene, mk/demo, the shell of --keep.
#
# Hosts. Each has one IPv4 and one IPv6 address, in the blocks kept for
# documentation; a world made with -4 or -6 has only the one.
#
#   dns       authoritative DNS, port 53        dns.bash
#   resolver  recursive DNS, port 53            dns.bash
#   ca, ca2   ACME authorities, port 443        ca.bash
#   gateway   TLS for *.gw.test, port 443       app.bash
#   relay     our relay, port 80                app.bash
#   vm, vm2   our challenge server, port 80     app.bash
#             the quote service, port 9999      tee.bash
#
# Every function that starts something returns when that answers, or fails with
# one line and the last of its log. State is in files under $WORLD, so functions
# work from every shell of the world:
#
#   log/NAME  what NAME said      pid/NAME  its process      etc/  covered files
#   pki/      keys, certificates  zone/     DNS zones        vm/   a VM's files

: "${WORLD:?no world: run this under t/world/world}" "${WORLD_FAMILIES:?}" "${BIN:?}"

WORLD_LIB=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
# shellcheck disable=SC2034 # inside and ca.bash cover and fill it
WORLD_BUNDLE=/etc/ssl/certs/ca-certificates.crt
declare -gA WORLD_HOSTS=([dns]=53 [resolver]=54 [ca]=2 [ca2]=3 [gateway]=20 [relay]=10 [vm]=30 [vm2]=31)

world_ip() { # host [4|6]: its address; without a family, the first the world has
    local family=${2:-${WORLD_FAMILIES%% *}}
    case $family in
    4) echo "192.0.2.${WORLD_HOSTS[$1]}" ;;
    6) echo "2001:db8::${WORLD_HOSTS[$1]}" ;;
    esac
}

world_literal() { # host [family]: its address as it stands in a URL
    local address
    address=$(world_ip "$@")
    case $address in
    *:*) echo "[$address]" ;;
    *) echo "$address" ;;
    esac
}

world_at() { # host port [family]: address and port as listeners and URLs want them
    echo "$(world_literal "$1" "${3-}"):$2"
}

world_hosts() { # the contents of /etc/hosts
    echo '127.0.0.1 localhost'
    echo '::1 localhost'
}

world_shell() { # an interactive shell in the world, or one that reads commands from a pipe
    local rc=$WORLD/etc/shellrc
    printf '. %q\nPS1="world \\w \\$ "\n' "$WORLD_LIB/lib.bash" >"$rc"
    if [ -t 0 ]; then
        bash --noprofile --rcfile "$rc" -i
    else
        BASH_ENV=$rc bash --noprofile
    fi
}

for WORLD_PART in proc dns ca app front tee acme peer; do
    # shellcheck source=/dev/null
    . "$WORLD_LIB/$WORLD_PART.bash"
done
unset WORLD_PART
