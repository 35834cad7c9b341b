#!/bin/sh
# SPDX-License-Identifier: ISC
# psql, with everything from the environment.
set -eu
run() { psql -XAtq -v ON_ERROR_STOP=1 "$@"; }
psql --version
[ "$(run -c 'SELECT 1')" = 1 ] && echo ok login
[ "$(run -c 'PREPARE p AS SELECT $1::int + 1' -c 'EXECUTE p(41)')" = 42 ] &&
    echo ok prepared
seq 1000 | run -c 'CREATE TEMP TABLE t (n int)' -c '\copy t FROM STDIN' \
    -c 'SELECT sum(n) FROM t' | grep -qx 500500 && echo ok copy
psql -XAtq -c '\set VERBOSITY verbose' -c 'SELECT pg_sleep(30)' >cancel.out 2>&1 &
pid=$!
until [ "$(run -c "SELECT count(*) FROM pg_stat_activity
    WHERE query = 'SELECT pg_sleep(30)'")" = 1 ]; do :; done
kill -INT "$pid"
wait "$pid" || :
grep -q 'canceling statement' cancel.out && echo ok cancel
[ "$(run -c "SELECT repeat('x', 1000) FROM generate_series(1, 20000)" |
    wc -c)" = 20020000 ] && echo ok big
