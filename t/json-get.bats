#!/usr/bin/env bats
# json-get: values out of a JSON document, and small documents.
# shellcheck disable=SC2154 # run sets stderr
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=60

setup() {
    load serving
    serving_setup
}

teardown() {
    serving_teardown
}

# get DOCUMENT [argument...]: the document without anything behind it.
get() {
    printf '%s' "$1" >document
    run --separate-stderr "$BIN/json-get" "${@:2}" <document
}

make() {
    run --separate-stderr "$BIN/json-get" -n "$@"
}

fails() { # status text
    assert_failure "$1"
    assert_output ''
    assert_equal "$stderr" "$2"
}

# bytes_of ARGUMENT...: what is printed, in hex, the document being there already.
bytes_of() {
    "$BIN/json-get" "$@" <document | od -An -tx1 | tr -d ' \n'
}

DOCUMENT='{"a":{"b":[1,"two",{"c d":true}]}, "n" : null, "s":"x\ty", "big":12345678901234567890.10e-5,
 "list" : [ 1 , [ ] , { } , "a b" ]}'

@test "values are printed in the order of the paths, one a line" {
    get "$DOCUMENT" '.a.b[0]' '.a.b[1]' '.a.b[2]."c d"' '.a.b[2]["c d"]' '.a.b[-1]' '["a"]["b"][1]'
    assert_success
    assert_output $'1\ntwo\ntrue\ntrue\n{"c d":true}\ntwo'
    assert_equal "$stderr" ''
}

@test "a number keeps its spelling, an array is one line, the root is a path" {
    get "$DOCUMENT" .big .list .n
    assert_success
    assert_output $'12345678901234567890.10e-5\n[1,[],{},"a b"]\nnull'
    get ' [ 1 ,
 2 ] ' . '.[0]' '[1]'
    assert_output $'[1,2]\n1\n2'
    get '"x"' .
    assert_output x
}

@test "-j prints strings as JSON, and -0 ends each value with a NUL" {
    get "$DOCUMENT" -j .s .a.b .n
    assert_success
    assert_output $'"x\\ty"\n[1,"two",{"c d":true}]\nnull'
    assert_equal "$(bytes_of -0 .s '.a.b[0]')" 780979003100
    assert_equal "$(bytes_of -0j .s)" 22785c74792200
}

@test "a string's bytes come as they are, and with -j none of them is a control" {
    printf '{"s":"a\\n\\u001b[2J\\u007f\x7f\xc2\x9b2J\xc3\xa9\\ud83d\\ude00"}' >document
    assert_equal "$(bytes_of .s)" 610a1b5b324a7f7fc29b324ac3a9f09f98800a
    run "$BIN/json-get" -j .s <document
    assert_output $'"a\\n\\u001b[2J\\u007f\\u007f\\u009b2J\xc3\xa9\\ud83d\\ude00"'
    [ "$("$BIN/json-get" -j .s <document | tr -d '[:print:]\n\303\251' | wc -c)" = 0 ]
}

@test "a string with a NUL or half a surrogate pair is refused, but with -j or -e" {
    local text
    for text in 'a\u0000b' '\ud800' 'x\udc00' '\ude00\ud83d'; do
        get "{\"s\":\"$text\",\"t\":1}" .t .s
        fails 100 'json-get: fatal: .s: a string with a NUL or half a surrogate pair (-j prints it)'
        get "{\"s\":\"$text\"}" -j .s
        assert_success
        assert_output "\"$text\""
        get "{\"s\":\"$text\"}" -e .s
        assert_success
        get "{\"s\":\"$text\"}" .
        assert_output "{\"s\":\"$text\"}"
    done
}

@test "a path that leads nowhere is 1, and then nothing is printed" {
    local path
    for path in .x .a.x '.a[0]' .a.b.c '.a.b[3]' '.a.b[-4]' .n.x '.n[0]' .s.length '.s[0]' .A '."a "' '[0]' '.list[1][0]' .big.x; do
        get "$DOCUMENT" "$path"
        fails 1 ''
        get "$DOCUMENT" .a "$path" .n
        fails 1 ''
    done
}

@test "-e says whether values are there, and prints nothing" {
    get "$DOCUMENT" -e .n '.a.b[2]["c d"]'
    assert_success
    assert_output ''
    assert_equal "$stderr" ''
    get "$DOCUMENT" -e .n .x
    fails 1 ''
    get '{"a":1' -e .a
    fails 100 'json-get: fatal: standard input: not JSON, or too much of it'
}

@test "what is no path is refused before anything is read" {
    local path
    for path in '' a .a. ..a '.a b' '.a[' '.a[]' '.a[x]' '.a[1' ".['a']" '."a' '."\x"' '.a.[0]' '[2147483648]' $'.a\n'; do
        run --separate-stderr "$BIN/json-get" .ok "$path" </dev/null
        assert_failure 100
        [[ $stderr = 'json-get: fatal: not a path:'* ]] || { echo "$path: $stderr"; return 1; }
    done
    assert_equal "$stderr" 'json-get: fatal: not a path: .a\x0a'
}

@test "what is not quite JSON is refused" {
    local text
    for text in '' ' ' '{' '{"a"}' '{,}' '{"a":1,}' '[1,,3]' '[1,]' tru '{"a":01}' '{"a":1}{}' '{"a":1} x' \
        "{'a':1}" '{a:1}' '{"a":1,"a":2}' '{"a":1,"\u0061":2}' '{"x":{"a":1,"a":2}}' '[NaN]' '[1.]' '["\x"]' \
        $'["a\nb"]' $'["\xff"]' $'\xef\xbb\xbf{}' '// c
{}' '{"a":+1}' '[.5]' $'{"a":"\xed\xa0\x80"}'; do
        get "$text" .
        fails 100 'json-get: fatal: standard input: not JSON, or too much of it'
    done
    printf '{"a":"\0"}' >document
    run --separate-stderr "$BIN/json-get" .a <document
    fails 100 'json-get: fatal: standard input: not JSON, or too much of it'
}

@test "depth, length and number of values have limits" {
    get "$(printf '[%.0s' {1..32})$(printf ']%.0s' {1..32})" -e .
    assert_success
    get "$(printf '[%.0s' {1..33})$(printf ']%.0s' {1..33})" -e .
    assert_failure 100
    { printf '[0'; printf ',%s' {2..65535}; printf ']'; } >document
    run --separate-stderr "$BIN/json-get" '[-1]' <document
    assert_success
    assert_output 65535
    { printf '[0'; printf ',%s' {2..65536}; printf ']'; } >document
    run --separate-stderr "$BIN/json-get" '[-1]' <document
    fails 100 'json-get: fatal: standard input: not JSON, or too much of it'
    { printf '"'; head -c 4194302 /dev/zero | tr '\0' x; printf '"'; } >document
    [ "$("$BIN/json-get" . <document | wc -c)" = 4194303 ]
    printf ' ' >>document
    run --separate-stderr "$BIN/json-get" . <document
    fails 100 'json-get: fatal: standard input: longer than 4194304 bytes'
    head -c 4194304 /dev/zero | tr '\0' '[' >document
    run --separate-stderr "$BIN/json-get" . <document
    assert_failure 100
}

@test "a document of nothing but controls fits when it is printed" {
    { printf '"'; head -c 4194302 /dev/zero | tr '\0' '\177'; printf '"'; } >document
    [ "$("$BIN/json-get" -j . <document | wc -c)" = $((4194302 * 6 + 3)) ]
}

@test "whatever Python writes is read as Python reads it" {
    python3 - "$BIN/json-get" <<'END'
import json, random, subprocess, sys
random.seed(7)
def text():
    return ''.join(random.choice('ab"\\/ \t\n.[]é\u2028😀\x7f\x85-_0') for _ in range(random.randrange(8)))
def value(depth):
    kind = random.randrange(8 if depth < 4 else 6)
    if kind == 6: return [value(depth + 1) for _ in range(random.randrange(5))]
    if kind == 7: return {text(): value(depth + 1) for _ in range(random.randrange(5))}
    return [None, True, False, random.randrange(-10**12, 10**12), random.random() * 1e9, text()][kind]
def places(v, path):
    yield path, v
    if isinstance(v, list):
        for i, c in enumerate(v): yield from places(c, path + '[%d]' % random.choice([i, i - len(v)]))
    if isinstance(v, dict):
        for n, c in v.items():
            yield from places(c, path + random.choice(['[%s]', '.%s']) % json.dumps(n, ensure_ascii=random.random() < .5))
for _ in range(60):
    document = {'root': value(0)}
    source = json.dumps(document, indent=random.choice([None, 1]), ensure_ascii=random.random() < .5)
    all = list(places(document['root'], '.root'))[:200]
    def run(*options):
        return subprocess.run([sys.argv[1], *options, *[p for p, _ in all]], input=source.encode(),
                              capture_output=True, check=True).stdout.decode()
    raw, spelled = run('-0').split('\0'), run('-j').split('\n')
    assert raw.pop() == '' and spelled.pop() == '' and len(raw) == len(spelled) == len(all)
    for (path, wanted), r, s in zip(all, raw, spelled):
        assert json.loads(s) == wanted, (path, s)
        assert (r == wanted) if isinstance(wanted, str) else json.loads(r) == wanted, (path, r)
END
}

@test "-n makes an object of strings, of JSON and of files, in their order" {
    printf 'se\ncret "x"\n' >secret
    make a=b 'c d=e=f' n:=1.50 'o:={ "x" : [ 1, true ] }' 's:="y z"' empty= z@=secret
    assert_success
    assert_output '{"a":"b","c d":"e=f","n":1.50,"o":{"x":[1,true]},"s":"y z","empty":"","z":"se\ncret \"x\""}'
    assert_equal "$stderr" ''
    make
    assert_output '{}'
    run --separate-stderr "$BIN/json-get" -n x@=- y=1 <secret
    assert_output '{"x":"se\ncret \"x\"","y":"1"}'
    make $'q=\e"\\\n\x7f'
    assert_output '{"q":"\u001b\"\\\n\u007f"}'
    make '=x'
    assert_output '{"":"x"}'
}

@test "what -n made is read again by others" {
    make 'a"b=é😀' n:=-0.5e3
    run python3 -c 'import json, sys; print(json.loads(sys.argv[1]) == {"a\"b": "é😀", "n": -500.0})' "$output"
    assert_output True
}

@test "-n cannot be made to make something else" {
    make 'a:=1,"b":2'
    fails 100 'json-get: fatal: a: not JSON, or too much of it'
    make 'a:='
    fails 100 'json-get: fatal: a: not JSON, or too much of it'
    make 'a:=tru'
    fails 100 'json-get: fatal: a: not JSON, or too much of it'
    make 'a:={"x":1,"x":2}'
    fails 100 'json-get: fatal: a: not JSON, or too much of it'
    make a=1 b=2 a=3
    fails 100 'json-get: fatal: a name that is there twice, or too much JSON in it'
    make "a:=$(printf '[%.0s' {1..32})$(printf ']%.0s' {1..32})"
    fails 100 'json-get: fatal: a name that is there twice, or too much JSON in it'
    make $'a=\xff'
    fails 100 'json-get: fatal: a: not UTF-8'
    make $'\xffa=b'
    fails 100 'json-get: fatal: \xffa: not UTF-8'
    make nothing
    fails 100 'json-get: fatal: not name=value, name:=json or name@=file: nothing'
}

@test "a file that -n cannot take is told, and not what is in it" {
    make a@=missing
    fails 100 'json-get: fatal: missing: no such file'
    mkdir directory
    make a@=directory
    fails 100 'json-get: fatal: directory: not a regular file'
    printf 'secret\377' >binary
    make a@=binary
    fails 100 'json-get: fatal: a: not UTF-8'
    head -c 4194305 /dev/zero | tr '\0' x >large
    make a@=large
    fails 100 'json-get: fatal: large: too large'
    head -c 4194304 /dev/zero | tr '\0' x >large
    make a@=large
    fails 100 'json-get: fatal: longer than 4194304 bytes'
}

@test "options that do not go together are wrong usage" {
    local words
    for words in '' -j -e -x '-n -j' '-n -e' '-n -0'; do
        # shellcheck disable=SC2086 # words
        run --separate-stderr "$BIN/json-get" $words </dev/null
        assert_failure 100
        assert_output ''
        [[ $stderr = *'usage: json-get [-0ej] path ...'* ]]
    done
    run "$BIN/json-get" -h
    assert_success
    assert_line --index 0 'usage: json-get [-0ej] path ...'
}

@test "output that nobody takes is a failure that may pass" {
    printf '{"a":1}' >document
    run --separate-stderr bash -c '"$1/json-get" .a <document >/dev/full' - "$BIN"
    fails 111 "json-get: fatal: standard output: No space left on device"
}
