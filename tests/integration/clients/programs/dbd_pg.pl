# SPDX-License-Identifier: ISC
# DBI and DBD::Pg.
use strict;
use warnings;
use DBI;

$| = 1;
my $dbh = DBI->connect("dbi:Pg:", undef, undef,
    { RaiseError => 1, PrintError => 0, AutoCommit => 1 });
print "DBD::Pg $DBD::Pg::VERSION\n";
my ($one) = $dbh->selectrow_array("SELECT 1");
print "ok login\n" if $one == 1;
my $sth = $dbh->prepare("SELECT ?::int + 1");
my $good = 1;
for my $n (1 .. 3) {
    $sth->execute($n);
    $good &&= $sth->fetchrow_arrayref->[0] == $n + 1;
}
print "ok prepared\n" if $good;
$dbh->do("CREATE TEMP TABLE t (n int)");
$dbh->do("COPY t FROM STDIN");
$dbh->pg_putcopydata("$_\n") for 1 .. 1000;
$dbh->pg_putcopyend;
my ($sum) = $dbh->selectrow_array("SELECT sum(n) FROM t");
print "ok copy\n" if $sum == 500500;
$sth = $dbh->prepare("SELECT pg_sleep(30)",
    { pg_async => DBD::Pg::PG_ASYNC() });
$sth->execute;
select undef, undef, undef, 0.5;
$sth->pg_cancel;
print "ok cancel\n" if $dbh->selectrow_array("SELECT 1") == 1;
my $rows = $dbh->selectall_arrayref(
    "SELECT repeat('x', 1000) FROM generate_series(1, 20000)");
my $total = 0;
$total += length $_->[0] for @$rows;
print "ok big\n" if $total == 20_000_000;
