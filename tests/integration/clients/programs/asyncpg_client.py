# SPDX-License-Identifier: ISC
"""asyncpg."""
import asyncio
import os
import ssl

import asyncpg


async def main():
    """All steps."""
    print("asyncpg", asyncpg.__version__)
    context = False
    if os.environ["PGSSLMODE"] != "disable":
        context = ssl.create_default_context(
            cafile=os.environ["PGSSLROOTCERT"])
    conn = await asyncpg.connect(ssl=context)
    assert await conn.fetchval("SELECT 1") == 1
    print("ok login")
    statement = await conn.prepare("SELECT $1::int + 1")
    assert await statement.fetchval(41) == 42
    print("ok prepared")
    await conn.execute("CREATE TEMP TABLE t (n int)")
    await conn.copy_records_to_table(
        "t", records=[(n,) for n in range(1, 1001)])
    assert await conn.fetchval("SELECT sum(n) FROM t") == 500500
    print("ok copy")
    try:
        await conn.execute("SELECT pg_sleep(30)", timeout=0.5)
    except asyncio.TimeoutError:
        assert await conn.fetchval("SELECT 1") == 1
        print("ok cancel")
    rows = await conn.fetch("SELECT repeat('x', 1000) "
                            "FROM generate_series(1, 20000)")
    assert sum(len(row[0]) for row in rows) == 20_000_000
    print("ok big")
    await conn.close()

asyncio.run(main())
