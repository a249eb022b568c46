#!/usr/bin/env bats
# chal-exec: hooks of dehydrated, acme.sh and lego do the work. Those here write
# down what they were called with.
# shellcheck disable=SC2154,SC2317,SC2016 # run sets stderr; scenes are called by name; hooks expand later
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=60

export TOKEN=LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0
export THUMBPRINT=9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI
export DIGEST=w7r9EBYxPZWMB1fFzPPE6S5WBpiYMNIsHLZJJD8ZF9U

setup() {
    load serving
    serving_setup
    load world/bats
    world_setup
    export ROOT=$BATS_TEST_DIRNAME/.. CHAL_DNS_WAIT=0 DNSCACHEIP=127.0.0.1:1
    export CHAL_EXEC_HELPER=$ROOT/etc/hooks/acme-sh-env
}

teardown() {
    serving_teardown
    world_show
}

hook() { # argument...
    run --separate-stderr "$BIN/chal-exec" "$@"
}

refuses() { # text argument...
    hook "${@:2}"
    assert_failure 100
    assert_output ''
    [[ $stderr = "chal-exec: fatal: "*"$1"* ]] || { echo "$stderr"; return 1; }
    [ ! -e calls ]
}

program() { # kind: a hook of that kind which notes its arguments, each in brackets
    export CHAL_EXEC_KIND=$1 CHAL_EXEC=$PWD/program
    cat >program <<'END'
#!/bin/sh
for word in "$@"; do printf '[%s]' "$word"; done >>calls
echo >>calls
echo 'said to stdout'
cat
exit "${EXIT:-0}"
END
    chmod +x program
}

script() { # an acme.sh script, of what it reads
    export CHAL_EXEC_KIND=acme.sh CHAL_EXEC=$PWD/dns_test.sh
    cat >dns_test.sh
}

calls() { # expected
    assert_equal "$(cat calls)" "$1"
    rm calls
}

@test "dehydrated: deploy_challenge and clean_challenge" {
    program dehydrated
    hook begin dns-01 App.example.test "$TOKEN" "$DIGEST"
    assert_success
    assert_output ''
    assert_equal "$stderr" 'said to stdout'
    calls "[deploy_challenge][app.example.test][$TOKEN][$DIGEST]"
    for verb in 'done' failed; do
        hook "$verb" dns-01 app.example.test "$TOKEN" "$DIGEST"
        assert_success
        calls "[clean_challenge][app.example.test][$TOKEN][$DIGEST]"
    done
}

@test "dehydrated: http-01 too, when it is said to be wanted" {
    program dehydrated
    hook begin http-01 app.example.test "$TOKEN" "$TOKEN.$THUMBPRINT"
    assert_failure 1
    export CHAL_EXEC_METHODS='http-01 dns-01'
    hook begin http-01 app.example.test "$TOKEN" "$TOKEN.$THUMBPRINT"
    assert_success
    calls "[deploy_challenge][app.example.test][$TOKEN][$TOKEN.$THUMBPRINT]"
    hook begin http-01 2001:DB8::0:1 "$TOKEN" "$TOKEN.$THUMBPRINT"
    assert_success
    calls "[deploy_challenge][2001:db8::1][$TOKEN][$TOKEN.$THUMBPRINT]"
    hook wait http-01 app.example.test "$TOKEN" "$TOKEN.$THUMBPRINT"
    assert_failure 1
    refuses 'not a key authorization' begin http-01 app.example.test "$TOKEN" "x.$THUMBPRINT"
}

@test "lego: present and cleanup, with the record's name" {
    program lego
    hook begin dns-01 app.example.test "$TOKEN" "$DIGEST"
    assert_success
    calls "[present][_acme-challenge.app.example.test.][$DIGEST]"
    CHAL_RECORD=_acme-challenge.other.test. hook failed dns-01 app.example.test "$TOKEN" "$DIGEST"
    assert_success
    calls "[cleanup][_acme-challenge.other.test.][$DIGEST]"
}

@test "lego: other DNS methods, and what is to persist does" {
    program lego
    hook begin dns-account-01 app.example.test "$TOKEN" "$DIGEST"
    assert_failure 1
    export CHAL_EXEC_METHODS='dns-account-01 dns-persist-01'
    CHAL_RECORD=_x._acme-challenge.app.example.test hook begin dns-account-01 app.example.test "$TOKEN" "$DIGEST"
    assert_success
    calls "[present][_x._acme-challenge.app.example.test.][$DIGEST]"
    hook begin dns-persist-01 app.example.test '' 'ca.test; accounturi=https://ca.test/1'
    assert_success
    calls "[present][_validation-persist.app.example.test.][ca.test; accounturi=https://ca.test/1]"
    hook 'done' dns-persist-01 app.example.test '' 'ca.test; accounturi=https://ca.test/1'
    assert_success
    [ ! -e calls ]
}

@test "acme.sh: the script's functions are called with name and text" {
    script <<'END'
#!/usr/bin/env sh
dns_test_add() { printf '[%s]' add "$@" >>calls; echo >>calls; echo "to stdout"; }
dns_test_rm() { printf '[%s]' rm "$@" >>calls; echo >>calls; _err "gone wrong"; }
END
    hook begin dns-01 app.example.test "$TOKEN" "$DIGEST"
    assert_success
    assert_output ''
    assert_equal "$stderr" 'to stdout'
    calls "[add][_acme-challenge.app.example.test][$DIGEST]"
    hook 'done' dns-01 app.example.test "$TOKEN" "$DIGEST"
    assert_failure 111
    assert_equal "$stderr" "gone wrong
chal-exec: fatal: $PWD/dns_test.sh: exit status 1"
    calls "[rm][_acme-challenge.app.example.test][$DIGEST]"
}

@test "acme.sh: what the scripts call is there and does what they expect" {
    script <<'END'
dns_test_add() {
    {
        printf 'a b/+\303\251~._-' | _url_encode; echo
        printf '/+' | _url_encode upper-hex; echo
        printf '48656c00ff' | _h2b | _hex_dump; echo
        printf hello | _hmac sha256 "$(printf key | _hex_dump | tr -d ' ')" hex
        printf hello | _digest sha256 hex
        printf hello | _digest md5; echo
        _hmac sha3-9 00 || echo "no such hash"
        _getfield a,b,c 2; _getfield a,b 5; _getfield a.b 2 .; echo
        _math 3 + 4 \* 2; echo
        printf '{"a" : "b",\n  "c": {"d" : [1]}}' | _normalizeJson; echo
        _contains abc b && _startswith abc a && _endswith abc c && echo yes
        _contains abc x || _startswith abc b || _endswith abc b || echo no
        printf '"id":"12","id":"3"' | _egrep_o '"id":"[^"]*"' | _tail_n 1
        printf 'aBc' | _lower_case; printf 'aBc' | _upper_case; echo
        printf 'abc?' | _base64; printf 'YWJj' | _dbase64; printf 'a/+=' | _url_replace; echo
        printf 'http:\\/\\/x' | _json_decode; echo
        _idn plain.test; echo
        _exists sh && ! _exists no-such-program && echo exists
        _debug shown "not without DEBUG"
        _secure_debug token "$CHAL_RECORD"
        f=$(_mktemp) && echo x >"$f" && _sed_i s/x/y/ "$f" && cat "$f"
    } >calls
}
END
    DEBUG=1 CHAL_RECORD=_acme-challenge.secret.test hook begin dns-01 app.example.test "$TOKEN" "$DIGEST"
    assert_success
    [[ $stderr = *"shown='not without DEBUG'"* && $stderr = *'sha3-9 is not supported'* && $stderr != *secret* ]]
    calls 'a%20b%2f%2b%c3%a9~._-
%2F%2B
 48 65 6c 00 ff
9307b3b915efb5171ff14d8cb55fbcc798c6c0ef1456d66ded1a6aa723a58b7b
2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824
XUFAKrxLKna5cZ2REBfFkg==
no such hash
bbb
11
{"a":"b","c":{"d":[1]}}
yes
no
"id":"3"
abcABC
YWJjPw==abca_-
http://x
plain.test
exists
y'
}

@test "acme.sh: what a script saves is there the next time, and is never evaluated" {
    script <<'END'
dns_test_add() {
    _saveaccountconf_mutable Key "it's \$(touch evaluated) \"quoted\"
second line"
    _saveaccountconf_mutable Other 1
    _saveaccountconf Plain 2
    _saveaccountconf_mutable Other 3
    _saveaccountconf_mutable 'bad name' 4
}
dns_test_rm() {
    { _readaccountconf_mutable Key; echo; _readaccountconf_mutable Other; _readaccountconf Plain
        _readaccountconf_mutable Theirs; _readaccountconf_mutable None; echo; } >calls
    _clearaccountconf_mutable Other
}
END
    export CHAL_EXEC_CONF=$PWD/conf
    echo "SAVED_Theirs='\$(touch evaluated)'" >conf
    hook begin dns-01 app.example.test "$TOKEN" "$DIGEST"
    assert_success
    assert_equal "$(stat -c %a conf)" 600
    hook 'done' dns-01 app.example.test "$TOKEN" "$DIGEST"
    assert_success
    calls 'it'\''s $(touch evaluated) "quoted"
second line
32$(touch evaluated)'
    [ ! -e evaluated ]
    assert_equal "$(cut -d = -f 1 conf | sort | tr '\n' ' ')" 'Plain SAVED_Key SAVED_Theirs '
    assert_equal "$(echo conf*)" conf
}

# A web server that shows what it was asked.
web() {
    cat >web.py <<'END'
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if self.path == "/old":
            self.send_response(302)
            self.send_header("Location", "/new")
            self.end_headers()
            return
        said = f"{self.command} {self.path} {self.headers.get('X-Auth')} {self.headers.get('Content-Type')} [{body}]".encode()
        self.send_response(200)
        self.send_header("X-Extra", "yes")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(said)
    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = answer
    def log_message(self, *words): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
END
    mkfifo web
    python3 web.py >web 2>web.log </dev/null 3>&- &
    CHILDREN+=($!)
    read -r -t 10 PORT <web
    export PORT
}

@test "acme.sh: _get and _post, with headers and bodies that are not in anybody's arguments" {
    web
    script <<'END'
dns_test_add() {
    export _H1="X-Auth: secret \"quoted\""
    url=http://127.0.0.1:$PORT
    {
        _get "$url/a"; echo
        _get "$url/old"; echo
        _post '{"a":1}' "$url/b"; echo
        _post '@/etc/passwd' "$url/c" "" PUT application/json; echo
        _post '' "$url/d" '' DELETE; echo
        _post x "$url/e" needbase64 | _dbase64; echo
        _get "$url/f" onlyheader | grep -c X-Extra
        grep -c X-Extra "$HTTP_HEADER"
        _get "http://127.0.0.1:1/" 2>/dev/null || echo "not reached"
        _H1=''
        _get "$url/g"; echo
    } >calls
}
END
    hook begin dns-01 app.example.test "$TOKEN" "$DIGEST"
    assert_success
    calls 'GET /a secret "quoted" None []
GET /new secret "quoted" None []
POST /b secret "quoted" application/x-www-form-urlencoded [{"a":1}]
PUT /c secret "quoted" application/json [@/etc/passwd]
DELETE /d secret "quoted" None []
POST /e secret "quoted" application/x-www-form-urlencoded [x]
1
1
not reached
GET /g None None []'
}

@test "acme.sh: a script that is none, or has another name, is exit 111 with a reason" {
    script <<<'true'
    hook begin dns-01 app.example.test "$TOKEN" "$DIGEST"
    assert_failure 111
    [[ $stderr = *'it has no function dns_test_add'*'exit status 100' ]]
    CHAL_EXEC=$PWD/nothing.sh hook begin dns-01 app.example.test "$TOKEN" "$DIGEST"
    assert_failure 111
    [[ $stderr = *'nothing.sh: cannot be read'* ]]
    cp dns_test.sh 'dns;touch x.sh'
    CHAL_EXEC="$PWD/dns;touch x.sh" hook begin dns-01 app.example.test "$TOKEN" "$DIGEST"
    assert_failure 111
    [[ $stderr = *'its name is not dns_NAME.sh'* ]]
    mkdir -p there/bin there/share/postern
    cp "$BIN/chal-exec" there/bin
    ln -s "$ROOT/etc/hooks" there/share/postern
    CHAL_EXEC_HELPER='' run --separate-stderr there/bin/chal-exec begin dns-01 app.example.test "$TOKEN" "$DIGEST"
    assert_failure 111
    [[ $stderr = *'it has no function dns_test_add'* ]]
    CHAL_EXEC_HELPER=$PWD/none hook begin dns-01 app.example.test "$TOKEN" "$DIGEST"
    assert_failure 100
    [[ $stderr = *': not found' ]]
}

@test "other methods are declined with 1, and nothing is run" {
    program lego
    for method in http-01 tls-alpn-01 DNS-01 '' 'dns-01 http-01'; do
        hook begin "$method" ../x ../x y
        assert_failure 1
        assert_output ''
        assert_equal "$stderr" ''
    done
    [ ! -e calls ]
    CHAL_EXEC_METHODS=tls-alpn-01 refuses 'CHAL_EXEC_METHODS: not for lego: tls-alpn-01' begin tls-alpn-01 a.test t x
    CHAL_EXEC_KIND=dehydrated CHAL_EXEC_METHODS=dns-persist-01 refuses 'not for dehydrated' begin dns-persist-01 a.test '' x
}

@test "hostile values never reach the hook" {
    for kind in dehydrated lego; do
        program $kind
        for name in '' '*.a.test' 'a b' '$(id)' ';id' '-x.test' '../a' $'a\n.test' 'a`id`.test' "a'.test"; do
            refuses 'neither a name nor an address' begin dns-01 "$name" "$TOKEN" "$DIGEST"
        done
        for token in '' '$(id)' 'a b' '../x' 'a;id' $'a\n'; do
            refuses 'not a token' begin dns-01 app.test "$token" "$DIGEST"
        done
        for value in '' '$(id)' "${DIGEST}x" "${DIGEST%???}\$()"; do
            refuses 'not what a record' begin dns-01 app.test "$TOKEN" "$value"
        done
        CHAL_RECORD='$(id).test' refuses 'CHAL_RECORD: not a name' begin dns-01 app.test "$TOKEN" "$DIGEST"
    done
    # What is printable and allowed stays one word, whatever a shell would make of it.
    program lego
    CHAL_EXEC_METHODS=dns-persist-01 hook begin dns-persist-01 app.test '' 'a; b "$(touch x)" `touch x` '\'' \ * ?'
    assert_success
    calls '[present][_validation-persist.app.test.][a; b "$(touch x)" `touch x` '\'' \ * ?]'
    [ ! -e x ]
}

@test "a hook that fails, is killed, hangs or is not there" {
    program dehydrated
    EXIT=3 hook begin dns-01 app.test "$TOKEN" "$DIGEST"
    assert_failure 111
    [[ $stderr = *"chal-exec: fatal: $PWD/program: exit status 3" ]]
    EXIT=1 hook begin dns-01 app.test "$TOKEN" "$DIGEST"
    assert_failure 111
    printf '#!/bin/sh\nkill -9 $$\n' >program
    hook begin dns-01 app.test "$TOKEN" "$DIGEST"
    assert_failure 111
    [[ $stderr = *'killed by signal 9' ]]
    printf '#!/bin/sh\nsleep 77 & echo $! >pid\nwait\n' >program
    CHAL_EXEC_TIMEOUT=1 hook begin dns-01 app.test "$TOKEN" "$DIGEST"
    assert_failure 111
    [[ $stderr = *'not done in time' ]]
    until_true gone "$(cat pid)"
    CHAL_EXEC=$PWD/none hook begin dns-01 app.test "$TOKEN" "$DIGEST"
    assert_failure 100
    [[ $stderr = *'none: not found' ]]
    chmod -x program
    hook begin dns-01 app.test "$TOKEN" "$DIGEST"
    assert_failure 100
    [[ $stderr = *'program: could not be executed' ]]
}

gone() { ! kill -0 "$1" 2>/dev/null; }

@test "wrong usage and malformed variables are exit 100" {
    program lego
    hook
    assert_failure 100
    hook begin dns-01 app.test "$TOKEN"
    assert_failure 100
    CHAL_EXEC_KIND='' refuses 'CHAL_EXEC_KIND is not set' begin dns-01 app.test "$TOKEN" "$DIGEST"
    CHAL_EXEC_KIND=certbot refuses 'CHAL_EXEC_KIND: none of' begin dns-01 app.test "$TOKEN" "$DIGEST"
    CHAL_EXEC='' refuses 'CHAL_EXEC is not set' begin dns-01 app.test "$TOKEN" "$DIGEST"
    CHAL_EXEC_TIMEOUT=0 refuses 'CHAL_EXEC_TIMEOUT' begin dns-01 app.test "$TOKEN" "$DIGEST"
}

### With DNS.

# The hook is a lego program that keeps knot's records.
lego_at_knot() {
    cd "$WORLD" || return
    cat >program <<'END'
#!/bin/bash
. "$ROOT/t/world/lib.bash"
echo "$1 $2" >>"$WORLD/calls"
[ "${LAZY-}" = 1 ] && exit
if [ "$1" = present ]; then dns_add "$2" TXT "\"$3\""; else dns_del "$2" TXT "\"$3\""; fi
END
    chmod +x program
    export CHAL_EXEC_KIND=lego CHAL_EXEC=$WORLD/program CHAL_DNS_WAIT=10 DNSCACHEIP
    DNSCACHEIP=$(world_ip dns)
    world_dns
}

waiting() {
    dns_add _acme-challenge.alias.example.test CNAME there.gw.test.
    lego_at_knot
    "$BIN/chal-exec" begin dns-01 app.example.test "$TOKEN" "$DIGEST"
    kdig +short "@$DNSCACHEIP" _acme-challenge.app.example.test TXT
    "$BIN/chal-exec" 'done' dns-01 app.example.test "$TOKEN" "$DIGEST"
    "$BIN/chal-exec" begin dns-01 alias.example.test "$TOKEN" "$DIGEST"
    LAZY=1 CHAL_DNS_WAIT=1 "$BIN/chal-exec" begin dns-01 lazy.example.test "$TOKEN" "$DIGEST" || echo "exit $?"
    LAZY=1 CHAL_LATER=1 "$BIN/chal-exec" begin dns-01 later.example.test "$TOKEN" "$DIGEST" || echo "exit $?"
    CHAL_DNS_WAIT=1 "$BIN/chal-exec" wait dns-01 later.example.test "$TOKEN" "$DIGEST" || echo "exit $?"
    dns_add _acme-challenge.later.example.test TXT "\"$DIGEST\""
    "$BIN/chal-exec" wait dns-01 later.example.test "$TOKEN" "$DIGEST"
    cat "$WORLD/calls"
}

@test "it waits until all servers show the record, follows aliases, and cleans up what was in vain" {
    in_world waiting
    assert_success
    assert_output "\"$DIGEST\"
exit 111
exit 99
exit 111
present _acme-challenge.app.example.test.
cleanup _acme-challenge.app.example.test.
present there.gw.test.
present _acme-challenge.lazy.example.test.
cleanup _acme-challenge.lazy.example.test.
present _acme-challenge.later.example.test."
    [[ $stderr = *'_acme-challenge.lazy.example.test: not shown after 1 s by '* ]]
}

uacme_order() {
    lego_at_knot
    world_pebble >/dev/null
    uacme -y -t EC -c "$WORLD/uacme" -a "$CA_DIRECTORY" new 2>"$WORLD/log/uacme"
    uacme -v -t EC -c "$WORLD/uacme" -a "$CA_DIRECTORY" -h "$BIN/chal-exec" issue example.test '*.example.test' 2>>"$WORLD/log/uacme"
    cert_names "$WORLD/uacme/example.test/cert.pem" | sort
    echo "left: $(kdig +short "@$DNSCACHEIP" _acme-challenge.example.test TXT)"
}

@test "uacme gets a certificate with a wildcard through a lego program" {
    in_world uacme_order
    assert_success
    assert_output $'*.example.test\nexample.test\nleft: '
}
