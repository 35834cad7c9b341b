# SPDX-License-Identifier: ISC
"""psycopg 2."""
import io
import sys
import threading

sys.path.pop(0)     # this file has the module's name
import psycopg2     # noqa: E402
import psycopg2.extensions

print("psycopg2", psycopg2.__version__, "libpq",
      psycopg2.extensions.libpq_version())
conn = psycopg2.connect("")
cur = conn.cursor()
cur.execute("SELECT 1")
assert cur.fetchone() == (1,)
print("ok login")
cur.execute("PREPARE p AS SELECT $1::int + 1")
cur.execute("EXECUTE p(%s)", (41,))
assert cur.fetchone() == (42,)
print("ok prepared")
cur.execute("CREATE TEMP TABLE t (n int)")
cur.copy_expert("COPY t FROM STDIN",
                io.StringIO("".join(f"{n}\n" for n in range(1, 1001))))
cur.execute("SELECT sum(n) FROM t")
assert cur.fetchone() == (500500,)
print("ok copy")
conn.commit()
timer = threading.Timer(0.5, conn.cancel)
timer.start()
try:
    cur.execute("SELECT pg_sleep(30)")
except psycopg2.extensions.QueryCanceledError:
    print("ok cancel")
timer.join()
conn.rollback()
cur.execute("SELECT repeat('x', 1000) FROM generate_series(1, 20000)")
assert sum(len(row[0]) for row in cur.fetchall()) == 20_000_000
print("ok big")
