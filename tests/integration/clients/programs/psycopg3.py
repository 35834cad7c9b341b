# SPDX-License-Identifier: ISC
"""psycopg 3."""
import threading

import psycopg

print("psycopg", psycopg.__version__, "libpq", psycopg.pq.version())
with psycopg.connect("") as conn:
    assert conn.execute("SELECT 1").fetchone() == (1,)
    print("ok login")
    for n in range(3):
        assert conn.execute("SELECT %s::int + 1", (n,),
                            prepare=True).fetchone() == (n + 1,)
    print("ok prepared")
    conn.execute("CREATE TEMP TABLE t (n int)")
    with conn.cursor().copy("COPY t FROM STDIN") as copy:
        for n in range(1, 1001):
            copy.write_row((n,))
    assert conn.execute("SELECT sum(n) FROM t").fetchone() == (500500,)
    print("ok copy")
    conn.commit()
    timer = threading.Timer(0.5, conn.cancel)
    timer.start()
    try:
        conn.execute("SELECT pg_sleep(30)")
    except psycopg.errors.QueryCanceled:
        print("ok cancel")
    timer.join()        # until the server has acted on it
    conn.rollback()
    rows = conn.execute("SELECT repeat('x', 1000) "
                        "FROM generate_series(1, 20000)").fetchall()
    assert sum(len(row[0]) for row in rows) == 20_000_000
    print("ok big")
