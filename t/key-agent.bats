#!/usr/bin/env bats
# key-agent: holds private keys and signs with them for whom it may.
# shellcheck disable=SC2154,SC2030,SC2031 # run sets stderr; each test is a shell of its own
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=60

# What a TLS server signs (in printf's escapes): 64 random bytes, 3, the curve, the point.
EXCHANGE="$(printf '%064d' 0 | tr 0 r)\\3\\0\\35\\40$(printf '%032d' 0 | tr 0 p)"
PUBLIC='\0\1\1'
TLS='\0\146\5\0'$EXCHANGE
DIGEST=$(printf '%032d' 0 | tr 0 d)

setup() {
    load serving
    serving_setup
    unset CERTDIR WORKERS
    mkdir store
    talk_in=
}

teardown() {
    end_talk
    serving_teardown
}

# store_key NAME VERSION [argument of key-make...]: that version is current from now on.
store_key() {
    mkdir -p "store/.$1/$2"
    "$BIN/key-make" "${@:3}" "store/.$1/$2/key.pem"
    ln -s ".$1/$2" store/link
    mv -T store/link "store/$1"
}

# agent [argument...]: on the socket s.
agent() {
    ADDRESS=unix:$PWD/s serve key-agent "$@"
}

# ask BYTES: sends them (in printf's escapes) and the end; prints what comes back in hex.
ask() {
    # shellcheck disable=SC2059 # the bytes are a format
    printf "$1" | socat -t 15 - UNIX-CONNECT:s 2>/dev/null | od -An -v -tx1 | tr -d ' \n'
}

open_request() { # NAME: the request for that key
    printf '\\0\\%03o\\4%s' $((${#1} + 1)) "$1"
}

spki_of() { # FILE: its key's public half, in hex
    openssl pkey -in "$1" -pubout -outform DER | od -An -v -tx1 | tr -d ' \n'
}

# answers_key NAME FILE: the agent has that file's key under the name.
answers_key() {
    local spki
    spki=$(spki_of "$2")
    run ask "$(open_request "$1")"
    assert_output "$(printf '%04x' $((${#spki} / 2 + 1)))00$spki"
}

# signature_of NAME REQUEST: the bytes that are answered behind the key.
signature_of() {
    local answer len
    answer=$(ask "$(open_request "$1")$2")
    len=$((16#${answer:0:4}))
    answer=${answer:$((4 + 2 * len))}
    [ "${answer:4:2}" = 00 ]
    xxd -r -p <<<"${answer:6}"
}

refused() { # NAME: that key is not for us, and the connection is at its end
    run ask "$(open_request "$1")$PUBLIC"
    assert_output 000101
}

let_in() { # NAME
    [ -n "$(ask "$(open_request "$1")")" ]
}

# A connection that stays: then say, at last end_talk.
begin_talk() {
    coproc SOCAT { exec socat - UNIX-CONNECT:s 3>&-; }
    CHILDREN+=("$SOCAT_PID")
    exec {talk_out}<&"${SOCAT[0]}" {talk_in}>&"${SOCAT[1]}"
}

end_talk() {
    [ -z "$talk_in" ] || exec {talk_in}>&- {talk_out}<&-
    [ -z "$talk_in" ] || [ "$SOCAT_PID" -le 1 ] || kill "$SOCAT_PID" 2>/dev/null || true
    talk_in=
}

# say BYTES COUNT: sends them and prints that many bytes of what comes.
say() {
    # shellcheck disable=SC2059 # the bytes are a format
    printf "$1" >&"$talk_in"
    head -c "$2" <&"$talk_out" | od -An -v -tx1 | tr -d ' \n'
}

@test "usage, and what is not there" {
    run --separate-stderr "$BIN/key-agent" -h
    assert_success
    assert_output --partial 'usage: key-agent [-q]'
    refuse_line() { # TEXT ARGUMENT...
        run --separate-stderr "$BIN/key-agent" "${@:2}" </dev/null
        assert_failure 100
        assert_output ''
        [[ $stderr = *"$1"* ]] || { printf 'without "%s": %s\n' "$1" "$stderr"; return 1; }
    }
    refuse_line usage: -x
    refuse_line usage: word
    refuse_line 'no keys: neither -a, -d, -k nor CERTDIR is given'
    refuse_line 'nowhere: No such file or directory' -d nowhere
    refuse_line '-k: not name=file: key.pem' -k key.pem
    refuse_line '-a: not name=file: a/b=key.pem' -a a/b=key.pem
    refuse_line 'key.pem: no such file' -k a=key.pem
    echo none >key.pem
    refuse_line 'key.pem: not a private key' -k a=key.pem
    "$BIN/key-make" good.pem
    refuse_line '-a: a second key of that name' -k a=good.pem -a a=good.pem
    printf 'user 0 *\nuser no-such-user *\n' >rules
    refuse_line '-p: rules: line 2: no such user' -k a=good.pem -p rules
    refuse_line '-p: norules: no such file' -k a=good.pem -p norules
    [ "$(id -u)" = 0 ] || chmod 0 store
    CERTDIR=$PWD/nowhere refuse_line nowhere
}

@test "a key of the store is there by its name and by its pin, and its public half can be asked for" {
    local pin
    store_key a.test 1
    store_key b.test 1 -t rsa2048
    store_key _.c.test 1 -t p384
    agent -d store
    for name in a.test b.test _.c.test; do
        answers_key "$name" "store/$name/key.pem"
        pin=$("$BIN/key-make" -p "store/$name/key.pem" | grep -o 'SHA256:[0-9a-f]*')
        answers_key "$pin" "store/$name/key.pem"
    done
    run ask "$(open_request a.test)$PUBLIC"
    assert_output "$(ask "$(open_request a.test)" | sed 's/.*/&&/')"
    for name in d.test A.test .a.test ../store/a.test a.test/ "SHA256:$(printf '%064d' 0)"; do
        refused "$name"
    done
    stop
}

@test "what a TLS server says is signed with each kind of key" {
    store_key p256.test 1
    store_key p384.test 1 -t p384
    store_key rsa.test 1 -t rsa2048
    CERTDIR=store agent
    # shellcheck disable=SC2059 # the bytes are a format
    printf "$EXCHANGE" >message
    for name in p256 p384 rsa; do
        openssl pkey -in "store/$name.test/key.pem" -pubout -out public.pem
        for hash in 0:sha256 1:sha384 2:sha512; do
            signature_of "$name.test" "\\0\\146\\5\\${hash%:*}$EXCHANGE" >signature
            run openssl dgst "-${hash#*:}" -verify public.pem -signature signature message
            assert_output 'Verified OK'
        done
    done
}

@test "a TLS key signs no digest, an account's key nothing else" {
    "$BIN/key-make" key.pem
    "$BIN/key-make" -t rsa2048 rsa.pem
    agent -k tls=key.pem -a account=key.pem -a rsa=rsa.pem
    # DER, raw; SHA-512 of neither.
    for request in '\0\43\2\0\0'"$DIGEST" '\0\43\2\0\1'"$DIGEST"; do
        run ask "$(open_request tls)$request"
        assert_output --regexp '000101$'
    done
    for request in '\0\43\2\0\0'"$DIGEST" '\0\103\2\2\1'"$DIGEST$DIGEST" "$TLS"; do
        for key in account rsa; do
            run ask "$(open_request "$key")$request"
            assert_output --regexp '000101$'
        done
    done
    [ "$(signature_of account '\0\43\2\0\1'"$DIGEST" | wc -c)" = 64 ]
    signature_of rsa '\0\43\2\0\1'"$DIGEST" >signature
    openssl pkey -in rsa.pem -pubout -out public.pem
    printf %s "$DIGEST" >digest
    run openssl pkeyutl -verify -pubin -inkey public.pem -pkeyopt digest:sha256 -in digest -sigfile signature
    assert_output 'Signature Verified Successfully'
    # There is no MAC under any of them.
    run ask "$(open_request account)\\0\\3\\3\\0x"
    assert_output --regexp '000101$'
}

@test "who is nobody's user gets no key, unless a rule says so" {
    store_key a.test 1
    store_key b.test 1
    store_key c.b.test 1
    "$BIN/key-make" key.pem
    printf '# nobody else\nuser 4000000000 *\n' >rules
    agent -d store -k k=key.pem -p rules
    for name in a.test k "$("$BIN/key-make" -p key.pem | grep -o 'SHA256:[0-9a-f]*')"; do
        refused "$name"
    done
    stop
    printf 'user %s a.test\n\n group %s *.b.test k \n' "$(id -u)" "$(id -g)" >rules
    agent -d store -k k=key.pem -p rules
    answers_key a.test store/a.test/key.pem
    answers_key c.b.test store/c.b.test/key.pem
    answers_key k key.pem
    refused b.test
    refused "$("$BIN/key-make" -p store/b.test/key.pem | grep -o 'SHA256:[0-9a-f]*')"
    run grep -c 'refused$' server.log
    assert_output 5
    run grep -Fx "$(id -u) b.test refused" server.log
    assert_success
}

@test "a link that is switched counts with the next connection, and one that is open keeps its key" {
    local old
    store_key a.test 1
    agent -d store
    old=$(spki_of store/a.test/key.pem)
    begin_talk
    run say "$(open_request a.test)" 94
    assert_output "005c00$old"
    store_key a.test 2
    answers_key a.test store/.a.test/2/key.pem
    answers_key "$("$BIN/key-make" -p store/.a.test/2/key.pem | grep -o 'SHA256:[0-9a-f]*')" store/.a.test/2/key.pem
    refused "$("$BIN/key-make" -p store/.a.test/1/key.pem | grep -o 'SHA256:[0-9a-f]*')"
    run say "$PUBLIC" 94
    assert_output "005c00$old"
    # One that cannot be read changes nothing, and a new name is found by its key.
    mkdir store/.a.test/3
    echo none >store/.a.test/3/key.pem
    ln -s .a.test/3 store/link
    mv -T store/link store/a.test
    answers_key a.test store/.a.test/2/key.pem
    answers_key a.test store/.a.test/2/key.pem
    run grep -c 'warning: a.test: not a private key' server.log
    assert_output 1
    store_key new.test 1
    answers_key "$("$BIN/key-make" -p store/new.test/key.pem | grep -o 'SHA256:[0-9a-f]*')" store/new.test/key.pem
    rm store/a.test
    refused a.test
}

@test "a bad frame ends its connection and no other" {
    store_key a.test 1
    agent -d store
    begin_talk
    run say "$(open_request a.test)" 3
    assert_output 005c00
    for bytes in '\0\0' '\2\1' '\377\377' '\0\1\1' 'GET / HTTP/1.1\r\n\r\n' '\0\2\11x' \
        "$(open_request a.test)\\0\\1\\11" "$(open_request a.test)$(open_request a.test)" \
        "$(open_request a.test)"'\0\145\5\0'"${EXCHANGE%p}" "$(open_request a.test)"'\0\2\5\0'; do
        run ask "$bytes$PUBLIC"
        [ ${#output} -le 188 ] # no more than the key that was asked for
        refute_output --regexp '005c00.*005c00'
    done
    head -c 65536 /dev/urandom | socat -u - UNIX-CONNECT:s 2>/dev/null || true
    run say "$PUBLIC" 94
    assert_output --regexp "005c00$"
}

@test "a connection has five seconds to say which key, and for a frame that it began" {
    local from=$SECONDS silent begun
    store_key a.test 1
    agent -d store
    begin_talk
    say "$(open_request a.test)" 94 >/dev/null
    tail -f /dev/null --pid=$$ | socat -t 0 - UNIX-CONNECT:s >/dev/null 3>&- &
    silent=$!
    # shellcheck disable=SC2059 # the bytes are a format
    { printf "$(open_request a.test)"'\0\146\5'; tail -f /dev/null --pid=$$; } |
        socat -t 0 - UNIX-CONNECT:s >/dev/null 3>&- &
    begun=$!
    CHILDREN+=("$silent" "$begun")
    wait "$silent" "$begun"
    [ $((SECONDS - from)) -ge 4 ]
    # Between frames it may wait for good.
    say "$PUBLIC" 94 >/dev/null
    run say "$PUBLIC" 3
    assert_output 005c00
}

@test "one connection on descriptor 0, whose other end is known; a pipe has none" {
    "$BIN/key-make" key.pem
    socat UNIX-LISTEN:s EXEC:"$BIN/key-agent -k k=key.pem" 2>server.log 3>&- &
    SERVER=$!
    until_true test -S s
    answers_key k key.pem
    wait "$SERVER"
    SERVER=
    # shellcheck disable=SC2059 # the bytes are a format
    run bash -c "printf '$(open_request k)' | '$BIN/key-agent' -k k=key.pem | cat"
    assert_success
    assert_output ''
}

@test "a user has so many connections, and the next one is closed" {
    store_key a.test 1
    agent -C 1 -d store
    begin_talk
    say "$(open_request a.test)" 94 >/dev/null
    run ask "$(open_request a.test)"
    assert_output ''
    end_talk
    until_true let_in a.test
}

@test "several workers, and the end" {
    store_key a.test 1
    agent -n 3 -d store
    until_true workers_are 3
    for _ in 1 2 3 4; do
        answers_key a.test store/a.test/key.pem
    done
    stop
}

@test "nothing is left to it but its socket, its memory is its own, and locked where that can be" {
    "$BIN/key-make" key.pem
    agent -k k=key.pem
    answers_key k key.pem
    run sed -n 's/^NoNewPrivs:\t//p' "/proc/$SERVER/status"
    assert_output 1
    run grep '^Max core file size *0 *0 ' "/proc/$SERVER/limits"
    assert_success
    # What cannot be dumped belongs to root.
    run stat -c %u "/proc/$SERVER/mem"
    assert_output 0
    # With a sanitizer nothing is ever locked.
    if ! grep -q __asan_init "$BIN/key-agent" && [ "$(sed -n 's/^VmLck:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$SERVER/status")" = 0 ]; then
        grep -q 'warning: memory is not locked' server.log
    fi
    # The file is not needed any more.
    cp key.pem copy.pem
    rm key.pem
    answers_key k copy.pem
}

@test "thirty at once, each with its key" {
    local i pids=() names=(a.test b.test)
    store_key a.test 1
    store_key b.test 1 -t rsa2048
    agent -d store
    for i in {1..30}; do
        ask "$(open_request "${names[i % 2]}")$TLS$TLS$TLS" >"out.$i" &
        pids+=($!)
    done
    wait "${pids[@]}"
    for i in {1..30}; do
        run cat "out.$i"
        if [ $((i % 2)) = 0 ]; then
            assert_output --regexp '^005c003059'
        else
            assert_output --regexp '^01270030820122'
            [ ${#output} = $((2 * (2 + 0x127 + 3 * (2 + 257)))) ]
        fi
    done
}

# certificate NAME: of the store's key, in certs, where tls-serve looks and no key is.
certificate() {
    local version
    version=$(readlink "store/$1")
    mkdir -p "certs/$version"
    "$BIN/cert-self" -k "store/$1/key.pem" "$1" >"certs/$version/fullchain.pem"
    ln -s "$version" certs/link
    mv -T certs/link "certs/$1"
}

# Who tls-serve shows and proves to be: its public key's pin.
shown() {
    timeout 20 openssl s_client -connect "127.0.0.1:$PORT" -servername a.test -tls1_2 \
        </dev/null 2>/dev/null >shown.pem || return
    "$BIN/cert-show" shown.pem | grep -o 'SHA256:[0-9a-f]*' | tail -n 1
}

pin() { # FILE
    "$BIN/key-make" -p "$1" | grep -o 'SHA256:[0-9a-f]*'
}

@test "tls-serve has no key, and serves: a new one with its certificate, and after the agent was away" {
    local agent
    store_key a.test 1
    certificate a.test
    agent -d store
    agent=$SERVER
    CHILDREN+=("$agent")
    KEYAGENT=unix:$PWD/s CERTDIR=certs serve tls-serve -R 0 cat
    run shown
    assert_output "$(pin store/.a.test/1/key.pem)"
    store_key a.test 2
    # The certificate comes last: until then the old key is there, for who has it open.
    run shown
    assert_output "$(pin store/.a.test/1/key.pem)"
    certificate a.test
    run shown
    assert_output "$(pin store/.a.test/2/key.pem)"
    kill "$agent"
    wait "$agent"
    run shown
    assert_failure
    SERVED=$SERVER PORT_SERVED=$PORT
    agent -d store
    CHILDREN+=("$SERVER")
    SERVER=$SERVED PORT=$PORT_SERVED
    run shown
    assert_output "$(pin store/.a.test/2/key.pem)"
}
