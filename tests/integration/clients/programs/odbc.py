# SPDX-License-Identifier: ISC
"""psqlodbc, by way of unixODBC and pyodbc."""
import os
import threading

import pyodbc

env = os.environ
conn = pyodbc.connect(
    "Driver={PostgreSQL Unicode};"
    f"Servername={env['PGHOST']};Port={env['PGPORT']};"
    f"Database={env['PGDATABASE']};UID={env['PGUSER']};"
    f"PWD={env['PGPASSWORD']};SSLmode={env['PGSSLMODE']}", autocommit=True)
print("psqlodbc", conn.getinfo(pyodbc.SQL_DRIVER_VER))
cur = conn.cursor()
assert cur.execute("SELECT 1").fetchone()[0] == 1
print("ok login")
for n in range(3):
    assert cur.execute("SELECT ?::int + 1", n).fetchone()[0] == n + 1
print("ok prepared")
cur.execute("CREATE TEMP TABLE t (n int)")
cur.executemany("INSERT INTO t VALUES (?)", [(n,) for n in range(1, 1001)])
assert cur.execute("SELECT sum(n) FROM t").fetchone()[0] == 500500
print("ok copy")
timer = threading.Timer(0.5, cur.cancel)
timer.start()
try:
    cur.execute("SELECT pg_sleep(30)")
except pyodbc.Error as error:
    assert error.args[0] in ("57014", "HY008", "HY000"), error
    print("ok cancel")
timer.join()
rows = cur.execute("SELECT repeat('x', 1000) "
                   "FROM generate_series(1, 20000)").fetchall()
assert sum(len(row[0]) for row in rows) == 20_000_000
print("ok big")
