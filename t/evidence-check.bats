#!/usr/bin/env bats
# evidence-check: what an ingress and a gateway publish, and the endpoints behind it.
# shellcheck disable=SC2154 # run sets stderr
# shellcheck disable=SC2030,SC2031 # a test is a process of its own
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=60

setup_file() {
    load ratls
    ratls_make
    cd "$MADE" || return
    local name
    for name in a.test '*.b.test'; do
        mkdir -p "certs/.${name/\*/_}/1"
        "$BIN/key-make" "key.${name/\*/_}"
        "$BIN/cert-self" -k "key.${name/\*/_}" "$name" >"certs/.${name/\*/_}/1/fullchain.pem"
        ln -s ".${name/\*/_}/1" "certs/${name/\*/_}"
    done
    echo '{"uri":"https://ca.test/acct/1"}' >account
    CERTDIR=certs "$BIN/evidence-make" -s sim:machine -a account evidences a.test '*.b.test'
    python3 "$BATS_TEST_DIRNAME/peer/acme-info" "$BIN" machine https://ca.test/acct/1 key key.a.test >acme-info
}

teardown_file() {
    load ratls
    ratls_drop
}

setup() {
    load serving
    load ratls
    serving_setup
    HELD=(-c "$MADE/machine" -r "$MADE/machine/test_root.pem")
    cp -rL "$MADE/evidences" mine
}

teardown() {
    serving_teardown
}

look() { # argument...
    run --separate-stderr timeout 50 "$BIN/evidence-check" "${HELD[@]}" "$@"
}

accepts() { # argument...
    look "$@"
    assert_success
    assert_equal "$stderr" ''
    assert_line --index 0 'evidence accept'
}

rejects() { # why argument...
    look "${@:2}"
    assert_failure 1
    assert_equal "$stderr" ''
    assert_output "evidence reject $1"
}

fails() { # status text argument...
    look "${@:3}"
    assert_failure "$1"
    [[ $stderr = *"$2"* ]] || { echo "$stderr"; return 1; }
}

# sealed: whatever is in mine now, summed up and quoted anew.
sealed() {
    local sum
    (cd mine && sha256sum acme-account.json cert-*.pem >sha256sum.txt)
    sum=$(sha256sum <mine/sha256sum.txt | cut -d ' ' -f 1)
    "$BIN/tdx-quote" -j -d "$sum" -s "sim:$MADE/machine" >mine/quote.json
}

pin() { # KEY
    "$BIN/key-make" -p "$MADE/$1"
}

@test "a directory is accepted, and says which key is whose" {
    accepts mine
    assert_line "key a.test $(pin key.a.test)"
    assert_line "key *.b.test $(pin key._.b.test)"
    assert_equal "${#lines[@]}" 3
}

@test "the directory is fetched from a server" {
    mkdir cgi
    # Files of a directory, by a program: what a server of files would do.
    printf '#!/bin/sh\nprintf "Content-Type: text/plain\\n\\n"\ncat "%s/mine/${PATH_INFO#/}"\n' "$PWD" >cgi/files
    chmod +x cgi/files
    serve http-cgi cgi
    accepts "http://127.0.0.1:$PORT/files"
    assert_equal "${#lines[@]}" 3
    fails 111 'sha256sum.txt: ' "http://127.0.0.1:$PORT/none"
}

@test "an endpoint with the key is live, others are not" {
    s_server "$MADE/certs/a.test/fullchain.pem" "$MADE/key.a.test"
    accepts -V "127.0.0.1:$PORT" mine a.test
    assert_line 'live a.test yes'
    look -V "127.0.0.1:$PORT" mine a.test x.b.test c.test x.y.b.test
    assert_failure 1
    assert_line 'live a.test yes'
    assert_line 'live x.b.test other-key'
    assert_line 'live c.test no-certificate'
    assert_line 'live x.y.b.test no-certificate'
}

@test "a server that shows the certificate and has another key is not live" {
    [ -x "$BIN/../peer/tls-pretender" ] || skip "make tests makes who tries"
    mkfifo said
    "$BIN/../peer/tls-pretender" "$MADE/certs/a.test/fullchain.pem" >said 3>&- &
    CHILDREN+=($!)
    exec 8<said
    read -r -t 10 PORT <&8
    fails 111 'a.test: the TLS handshake: ' -V "127.0.0.1:$PORT" mine a.test
    refute_line 'live a.test yes'
}

@test "a file that was changed is rejected" {
    echo ' ' >>mine/acme-account.json
    rejects 'a file is not that of sha256sum.txt' mine
    cp "$MADE/evidences/acme-account.json" mine
    cp "$MADE/plain.pem" mine/cert-a.test.pem 2>/dev/null || "$BIN/cert-self" -k "$MADE/key" a.test >mine/cert-a.test.pem
    rejects 'a file is not that of sha256sum.txt' mine
    # And summed up again: the quote is over the old sums.
    (cd mine && sha256sum acme-account.json cert-*.pem >sha256sum.txt)
    rejects 'the quote is about something else' mine
    sealed
    accepts mine
}

@test "report data with something behind the sum is rejected" {
    local sum
    sum=$(sha256sum <mine/sha256sum.txt | cut -d ' ' -f 1)
    "$BIN/tdx-quote" -j -d "${sum}01" -s "sim:$MADE/machine" >mine/quote.json
    rejects 'the quote is about something else' mine
    "$BIN/tdx-quote" -x -d "$sum" -s "sim:$MADE/machine" >mine/quote.json
    accepts mine
}

@test "sums of other files, or twice of one, are malformed" {
    local line
    for line in '../../etc/passwd' 'cert-../x.pem' 'other.txt' 'cert-a.test.pem' 'cert-A.test.pem' 'cert-.pem' 'cert-a.test.key'; do
        cp "$MADE/evidences/sha256sum.txt" mine/sha256sum.txt
        printf '%064d  %s\n' 0 "$line" >>mine/sha256sum.txt
        rejects 'sha256sum.txt is malformed' mine
    done
    : >mine/sha256sum.txt
    rejects 'sha256sum.txt is malformed' mine
    grep account "$MADE/evidences/sha256sum.txt" >mine/sha256sum.txt
    rejects 'sha256sum.txt is malformed' mine
    grep -v account "$MADE/evidences/sha256sum.txt" >mine/sha256sum.txt
    rejects 'sha256sum.txt is malformed' mine
    tr -d '\n' <"$MADE/evidences/sha256sum.txt" >mine/sha256sum.txt
    rejects 'sha256sum.txt is malformed' mine
}

@test "the policy counts, with the events of quote.json" {
    local hash
    hash=$(sha256sum <"$MADE/machine/app-compose.json" | cut -d ' ' -f 1)
    echo "compose-hash $hash" >policy
    accepts -p policy mine
    printf 'compose-hash %064d\n' 0 >other
    rejects 'its quote is refused: policy: compose-hash' -p other mine
    look -T 9999999999 mine
    assert_failure 1
    assert_output --regexp '^evidence reject its quote is refused: expired: .'
    HELD=(-c "$MADE/machine")
    rejects 'its quote is refused: chain: ends in a root that is not trusted' mine
}

@test "a quote that is none, or that has another form, is rejected" {
    echo '{}' >mine/quote.json
    rejects 'quote.json is malformed' mine
    echo '{"quote":"0x"}' >mine/quote.json
    rejects 'quote.json is malformed' mine
    echo '{"quote":"04"}' >mine/quote.json
    rejects 'the evidence has no quote' mine
    rm mine/quote.json
    fails 100 'mine/quote.json: no such file' mine
}

@test "a gateway's acme-info is accepted, and its keys are good for any name" {
    accepts -g "$MADE/acme-info"
    assert_line "key - $(pin key)"
    assert_line "key - $(pin key.a.test)"
    s_server "$MADE/certs/a.test/fullchain.pem" "$MADE/key.a.test"
    accepts -g -V "127.0.0.1:$PORT" "$MADE/acme-info" app.gateway.test
    assert_line 'live app.gateway.test yes'
}

@test "in acme-info each quote is over its own tag and text" {
    sed 's/acct.1/acct\/2/' "$MADE/acme-info" >other
    rejects 'the quote is about something else' -g other
    python3 - "$MADE/acme-info" >swapped <<'END'
import json, sys
a = json.load(open(sys.argv[1]))
k = a["quoted_hist_keys"]
k[0]["quote"], k[1]["quote"] = k[1]["quote"], k[0]["quote"]
print(json.dumps(a))
END
    rejects 'the quote is about something else' -g swapped
    python3 - "$MADE/acme-info" >crossed <<'END'
import json, sys
a = json.load(open(sys.argv[1]))
a["account_quote"] = a["quoted_hist_keys"][0]["quote"]
print(json.dumps(a))
END
    rejects 'the quote is about something else' -g crossed
    echo '{"account_uri":"x","quoted_hist_keys":[]}' >empty
    rejects 'acme-info is malformed' -g empty
    echo '{' >bad
    rejects 'acme-info is malformed' -g bad
}

@test "what is missing or wrong is said" {
    look
    assert_failure 100
    [[ $stderr = usage:* ]]
    fails 100 'none: No such file' none
    fails 100 '-V: not an address' -V nowhere mine
    fails 100 '-p: none' -p none mine
    HELD=(-c none)
    fails 111 '-c: none' mine
}
