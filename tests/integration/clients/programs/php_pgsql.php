<?php
// SPDX-License-Identifier: ISC
// PHP: pgsql and PDO.
ini_set('memory_limit', '256M');
$db = pg_connect(sprintf('host=%s port=%s', getenv('PGHOST'),
    getenv('PGPORT')));
echo 'PHP ', PHP_VERSION, ' libpq ', pg_version($db)['client'], "\n";
if (pg_fetch_result(pg_query($db, 'SELECT 1'), 0) == 1)
    echo "ok login\n";
$pdo = new PDO(sprintf('pgsql:host=%s;port=%s;dbname=%s', getenv('PGHOST'),
    getenv('PGPORT'), getenv('PGDATABASE')), getenv('PGUSER'),
    getenv('PGPASSWORD'));
$statement = $pdo->prepare('SELECT ?::int + 1');
$statement->execute([41]);
if ($statement->fetchColumn() == 42)
    echo "ok prepared\n";
pg_query($db, 'CREATE TEMP TABLE t (n int)');
pg_copy_from($db, 't', array_map(fn($n) => "$n\n", range(1, 1000)));
if (pg_fetch_result(pg_query($db, 'SELECT sum(n) FROM t'), 0) == 500500)
    echo "ok copy\n";
pg_send_query($db, 'SELECT pg_sleep(30)');
usleep(500000);
if (pg_cancel_query($db) &&
    pg_fetch_result(pg_query($db, 'SELECT 1'), 0) == 1)
    echo "ok cancel\n";
$total = 0;
foreach ($pdo->query("SELECT repeat('x', 1000) FROM generate_series(1, 20000)")
    as $row)
    $total += strlen($row[0]);
if ($total == 20000000)
    echo "ok big\n";
