// SPDX-License-Identifier: ISC
// lib/pq.
package main

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/lib/pq"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func number(row *sql.Row) (n int) {
	must(row.Scan(&n))
	return
}

func step(good bool, name string) {
	if !good {
		panic(name)
	}
	fmt.Println("ok", name)
}

func main() {
	fmt.Println("lib/pq")
	db, err := sql.Open("postgres", "")
	must(err)
	ctx := context.Background()
	conn, err := db.Conn(ctx)
	must(err)
	step(number(conn.QueryRowContext(ctx, "SELECT 1")) == 1, "login")
	prepared, err := conn.PrepareContext(ctx, "SELECT $1::int + 1")
	must(err)
	step(number(prepared.QueryRow(41)) == 42, "prepared")
	tx, err := db.Begin()
	must(err)
	_, err = tx.Exec("CREATE TEMP TABLE t (n int)")
	must(err)
	copy, err := tx.Prepare(pq.CopyIn("t", "n"))
	must(err)
	for n := 1; n <= 1000; n++ {
		_, err = copy.Exec(n)
		must(err)
	}
	_, err = copy.Exec()
	must(err)
	must(copy.Close())
	step(number(tx.QueryRow("SELECT sum(n) FROM t")) == 500500, "copy")
	must(tx.Commit())
	short, stop := context.WithTimeout(ctx, 500*time.Millisecond)
	_, err = conn.ExecContext(short, "SELECT pg_sleep(30)")
	stop()
	step(err != nil && err.Error() ==
		"pq: canceling statement due to user request", "cancel")
	rows, err := db.Query("SELECT repeat('x', 1000) " +
		"FROM generate_series(1, 20000)")
	must(err)
	sum := 0
	for rows.Next() {
		var text string
		must(rows.Scan(&text))
		sum += len(text)
	}
	step(sum == 20000000, "big")
}
