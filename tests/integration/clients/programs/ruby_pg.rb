# SPDX-License-Identifier: ISC
# Ruby's pg.
require 'pg'

$stdout.sync = true
conn = PG.connect
puts "pg #{PG::VERSION} libpq #{PG.library_version}"
puts 'ok login' if conn.exec('SELECT 1').getvalue(0, 0) == '1'
conn.prepare('p', 'SELECT $1::int + 1')
puts 'ok prepared' if conn.exec_prepared('p', [41]).getvalue(0, 0) == '42'
conn.exec('CREATE TEMP TABLE t (n int)')
conn.copy_data('COPY t FROM STDIN') do
  (1..1000).each { |n| conn.put_copy_data("#{n}\n") }
end
sum = conn.exec('SELECT sum(n) FROM t').getvalue(0, 0)
puts 'ok copy' if sum == '500500'
conn.send_query('SELECT pg_sleep(30)')
sleep 0.5
conn.cancel
begin
  conn.get_last_result
rescue PG::QueryCanceled
  puts 'ok cancel'
end
rows = conn.exec("SELECT repeat('x', 1000) FROM generate_series(1, 20000)")
puts 'ok big' if rows.sum { |row| row['repeat'].length } == 20_000_000
