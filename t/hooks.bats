#!/usr/bin/env bats
# etc/hooks: deploy hooks, with the servers they are for.
# shellcheck disable=SC2154 # run sets stderr
bats_require_minimum_version 1.5.0

export BATS_TEST_TIMEOUT=60

setup() {
    load serving
    serving_setup
    HOOKS=$BATS_TEST_DIRNAME/../etc/hooks
    PATH=$PATH:/usr/sbin
    mkdir certs
    certificate old
    certificate new
    use old
}

# A master that is killed leaves its workers behind; one that is told takes them along.
teardown() {
    if [ "${SERVER:-0}" -gt 1 ] && kill -TERM "$SERVER" 2>/dev/null; then
        wait "$SERVER" || :
        SERVER=
    fi
    serving_teardown
}

certificate() { # common name: in the version directory of that name
    mkdir "$1"
    printf '[req]\ndistinguished_name=dn\n[dn]\n' >cnf
    openssl req -x509 -config cnf -noenc -newkey ec -pkeyopt ec_paramgen_curve:P-256 -days 3 \
        -subj "/CN=$1" -keyout "$1/key.pem" -out "$1/fullchain.pem" 2>/dev/null
}

use() { # as the store does it
    ln -s "$PWD/$1" certs/.link
    mv -T certs/.link certs/app.test
}

free_port() {
    perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1")->sockport'
}

shown() { # the common name of the certificate that is shown at $PORT
    openssl s_client -connect "127.0.0.1:$PORT" </dev/null 2>/dev/null | sed -n 's/^subject=CN *= *//p'
}

shows() { [ "$(shown)" = "$1" ]; }

nginx_start() {
    PORT=$(free_port)
    mkdir -p tmp
    cat >nginx.conf <<END
daemon off;
pid $PWD/nginx.pid;
error_log $PWD/nginx.log;
events { worker_connections 64; }
http {
    access_log off;
    client_body_temp_path tmp;
    proxy_temp_path tmp;
    fastcgi_temp_path tmp;
    uwsgi_temp_path tmp;
    scgi_temp_path tmp;
    server {
        listen 127.0.0.1:$PORT ssl;
        ssl_certificate $PWD/certs/app.test/fullchain.pem;
        ssl_certificate_key $PWD/certs/app.test/key.pem;
    }
}
END
    export NGINX_CONF=$PWD/nginx.conf
    nginx -p "$PWD" -e "$PWD/nginx.log" -c "$NGINX_CONF" </dev/null >nginx.out 2>&1 3>&- &
    SERVER=$!
    until_true shows old
}

@test "nginx shows the new certificate" {
    nginx_start
    use new
    run --separate-stderr "$HOOKS/deploy-nginx" app.test "$PWD/new"
    assert_success
    assert_output ''
    until_true shows new
}

@test "nginx keeps the old one when the files are not there or its configuration is wrong" {
    nginx_start
    run --separate-stderr "$HOOKS/deploy-nginx" app.test "$PWD/none"
    assert_failure 111
    [[ $stderr = 'deploy-nginx: fatal: '*/none/fullchain.pem:* ]]
    use new
    echo nonsense >>nginx.conf
    run --separate-stderr "$HOOKS/deploy-nginx" app.test "$PWD/new"
    assert_failure 100
    shows old
}

haproxy_start() { # argument...
    PORT=$(free_port)
    mkdir pem
    export HAPROXY_CERTS=$PWD/pem
    cat old/fullchain.pem old/key.pem >pem/app.test.pem
    cat >haproxy.cfg <<END
global
    stats socket $PWD/stats level admin
defaults
    mode http
    timeout connect 5s
    timeout client 5s
    timeout server 5s
frontend main
    bind 127.0.0.1:$PORT ssl crt $PWD/pem/
END
    haproxy "$@" -f haproxy.cfg </dev/null >haproxy.log 2>&1 3>&- &
    SERVER=$!
    until_true shows old
}

@test "haproxy's running process shows the new certificate" {
    haproxy_start -db
    use new
    HAPROXY_SOCKET=$PWD/stats run --separate-stderr "$HOOKS/deploy-haproxy" app.test "$PWD/new"
    assert_success
    assert_output ''
    shows new
    cat new/fullchain.pem new/key.pem | cmp - pem/app.test.pem
    assert_equal "$(stat -c %a pem/app.test.pem)" 600
    assert_equal "$(ls -A pem)" app.test.pem
    kill -0 "$SERVER"
}

@test "haproxy's master reads everything anew where the socket does not help" {
    haproxy_start -W -p "$PWD/pid"
    use new
    HAPROXY_PIDFILE=$PWD/pid run --separate-stderr "$HOOKS/deploy-haproxy" app.test "$PWD/new"
    assert_success
    until_true shows new
    # A name the process does not know yet.
    HAPROXY_SOCKET=$PWD/stats HAPROXY_PIDFILE=$PWD/pid run --separate-stderr \
        "$HOOKS/deploy-haproxy" '*.second.test' "$PWD/old"
    assert_success
    assert_equal "$(cd pem && echo *)" '_.second.test.pem app.test.pem'
    until_true shows new
}

@test "what cannot be deployed is a failure, and leaves nothing behind" {
    mkdir pem
    export HAPROXY_CERTS=$PWD/pem
    run --separate-stderr "$HOOKS/deploy-haproxy" app.test "$PWD/new"
    assert_failure 111
    [[ $stderr = *'neither HAPROXY_SOCKET nor HAPROXY_PIDFILE'* ]]
    for pid in '' x 0 1 -1 '12 34'; do
        echo "$pid" >pid
        HAPROXY_PIDFILE=$PWD/pid run --separate-stderr "$HOOKS/deploy-haproxy" app.test "$PWD/new"
        assert_failure 111
        [[ $stderr = *'no process id'* ]]
    done
    run --separate-stderr "$HOOKS/deploy-haproxy" other.test "$PWD/none"
    assert_failure 111
    for name in '' . ../x a/b; do
        run --separate-stderr "$HOOKS/deploy-haproxy" "$name" "$PWD/new"
        assert_failure 100
    done
    assert_equal "$(ls -A pem)" app.test.pem
    for hook in nginx haproxy; do
        run --separate-stderr "$HOOKS/deploy-$hook" app.test
        assert_failure 100
    done
}
