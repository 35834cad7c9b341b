// SPDX-License-Identifier: ISC
// postgres (Postgres.js).
const fs = require('fs');
const assert = require('assert');
const env = process.env;
const ssl = env.PGSSLMODE === 'disable' ? false :
  { ca: fs.readFileSync(env.PGSSLROOTCERT), rejectUnauthorized: true };
delete env.PGSSLMODE;
const sql = require('postgres')({ ssl, max: 2 });

async function main() {
  console.log('postgres', JSON.parse(fs.readFileSync(
    `${env.NODE_PATH}/postgres/package.json`)).version);
  assert.equal((await sql`SELECT 1 AS n`)[0].n, 1);
  console.log('ok login');
  for (let n = 0; n < 3; n++)
    assert.equal((await sql`SELECT ${n}::int + 1 AS n`)[0].n, n + 1);
  console.log('ok prepared');
  await sql.begin(async (tx) => {
    await tx`CREATE TEMP TABLE t (n int)`;
    const stream = await tx`COPY t FROM STDIN`.writable();
    for (let n = 1; n <= 1000; n++)
      stream.write(`${n}\n`);
    await new Promise((resolve, reject) => {
      stream.on('finish', resolve);
      stream.on('error', reject);
      stream.end();
    });
    assert.equal((await tx`SELECT sum(n)::int AS n FROM t`)[0].n, 500500);
  });
  console.log('ok copy');
  const query = sql`SELECT pg_sleep(30)`;
  setTimeout(() => query.cancel(), 500);
  await assert.rejects(query, (error) => error.code === '57014');
  console.log('ok cancel');
  const rows = await sql`SELECT repeat('x', 1000) AS x
    FROM generate_series(1, 20000)`;
  assert.equal(rows.reduce((sum, row) => sum + row.x.length, 0), 20000000);
  console.log('ok big');
  await sql.end();
}

main().catch((error) => { console.error(error); process.exit(1); });
