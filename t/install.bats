#!/usr/bin/env bats
# make install: what goes where.
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=120

setup() {
    bats_load_library bats-support
    bats_load_library bats-assert
    bats_load_library bats-file
    ROOT=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
    # Programs that are built already are not built again.
    B=build
    [ -z "${BIN-}" ] || B=${BIN%/bin}
    DEST="$BATS_TEST_TMPDIR/a package"
}

make_install() { # [variable=value...]
    run --separate-stderr make -C "$ROOT" B="$B" install DESTDIR="$DEST" "$@"
    assert_success
    assert_equal "$stderr" ''
}

@test "programs, pages and service files land below DESTDIR and PREFIX" {
    local file name
    make_install PREFIX=/opt/postern
    for file in "$ROOT"/bin/*.c; do
        name=$(basename "$file" .c)
        assert_file_executable "$DEST/opt/postern/bin/$name"
        run "$DEST/opt/postern/bin/$name" -h
        assert_success
        assert_output --partial "usage: $name "
    done
    for file in "$ROOT"/man/*.[1-9]; do
        name=$(basename "$file")
        run cmp "$file" "$DEST/opt/postern/share/man/man${name##*.}/$name"
        assert_success
    done
    cd "$ROOT/etc"
    while IFS= read -r file; do
        assert_file_exist "$DEST/opt/postern/share/postern/$file"
    done < <(find . -type f)
    # And nothing else, nor anywhere else.
    run find "$DEST" -type f
    assert_equal "${#lines[@]}" "$(find "$ROOT"/bin/*.c "$ROOT"/man/*.[1-9] "$ROOT/etc" -type f | wc -l)"
    run find "$DEST" -mindepth 1 -maxdepth 3 -not -path "$DEST/opt*"
    assert_output ''
}

@test "without PREFIX it is /usr/local" {
    make_install
    assert_file_executable "$DEST/usr/local/bin/listen-on"
    assert_file_exist "$DEST/usr/local/share/man/man7/environ.7"
    assert_file_exist "$DEST/usr/local/share/postern/s6/relay/run"
}

@test "what s6 and ACME clients run can be executed, nothing else of the service files" {
    make_install
    cd "$DEST/usr/local/share/postern"
    run find . -type f -perm -u+x -printf '%f %m\n'
    assert_success
    assert_equal "$(sort -u <<<"$output")" "acme-sh-env 755
attest 755
default 755
deploy-haproxy 755
deploy-nginx 755
finish 755
health 755
index 755
quote 755
run 755"
    run find . -type f -not -perm 755 -not -perm 644
    assert_output ''
    run find . \( -name run -o -name finish -o -path './hooks/*' \) -not -perm 755
    assert_output ''
}

@test "service files name the programs where they are" {
    make_install PREFIX=/opt/postern
    cd "$DEST/opt/postern/share/postern"
    run grep -r /usr/local .
    assert_failure 1
    run sed -n 's/^ *server *= //p' xinetd/relay
    assert_output /opt/postern/bin/relay-redirect
}

@test "a second time changes nothing" {
    make_install PREFIX=/opt/postern
    cp -a "$DEST" "$BATS_TEST_TMPDIR/first"
    make_install PREFIX=/opt/postern
    run diff -r "$BATS_TEST_TMPDIR/first" "$DEST"
    assert_success
    run diff <(modes "$BATS_TEST_TMPDIR/first") <(modes "$DEST")
    assert_success
}

modes() { # directory
    (cd "$1" && find . -printf '%p %m\n' | sort)
}

# What goes onto small systems: the client is to stay a small one.
@test "acme-order, static and stripped, has less than 400000 bytes" {
    local program=$ROOT/$B/bin/acme-order
    [ -z "${BIN-}" ] || program=$BIN/acme-order
    run readelf -d -h "$program"
    assert_success
    [[ $output != *'(NEEDED)'* ]] || skip 'not the static build'
    strip -o "$BATS_TEST_TMPDIR/stripped" "$program"
    run stat -c %s "$BATS_TEST_TMPDIR/stripped"
    [ "$output" -lt 400000 ] || { echo "$output bytes"; false; }
    [ "$output" -gt 100000 ]
}
