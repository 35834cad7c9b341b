// SPDX-License-Identifier: ISC
// node-postgres.
const fs = require('fs');
const { Client } = require('pg');
const assert = require('assert');

const env = process.env;
const ssl = env.PGSSLMODE === 'disable' ? false :
  { ca: fs.readFileSync(env.PGSSLROOTCERT), rejectUnauthorized: true };
delete env.PGSSLMODE;
delete env.PGSSLROOTCERT;

async function main() {
  console.log('pg', require('pg/package.json').version);
  const one = new Client({ ssl }), other = new Client({ ssl });
  await one.connect();
  await other.connect();
  assert.equal((await one.query('SELECT 1 AS n')).rows[0].n, 1);
  console.log('ok login');
  for (let n = 0; n < 3; n++) {
    const found = await one.query({ name: 'p', text: 'SELECT $1::int + 1 AS n',
      values: [n] });
    assert.equal(found.rows[0].n, n + 1);
  }
  console.log('ok prepared');
  await one.query('CREATE TEMP TABLE t (n int)');
  await Promise.all([...Array(1000).keys()].map((n) =>
    one.query('INSERT INTO t VALUES ($1)', [n + 1])));
  const sum = await one.query('SELECT sum(n)::int AS n FROM t');
  assert.equal(sum.rows[0].n, 500500);
  console.log('ok copy');
  // Its own cancel: another connection that says so.
  const query = new (require('pg').Query)('SELECT pg_sleep(30)');
  const canceled = new Promise((resolve) => query.on('error', resolve));
  one.query(query);
  setTimeout(() => new Client({ ssl }).cancel(one, query), 500);
  assert.equal((await canceled).code, '57014');
  console.log('ok cancel');
  const big = await other.query(
    "SELECT repeat('x', 1000) AS x FROM generate_series(1, 20000)");
  assert.equal(big.rows.reduce((total, row) => total + row.x.length, 0),
    20000000);
  console.log('ok big');
  await one.end();
  await other.end();
}

main().catch((error) => { console.error(error); process.exit(1); });
