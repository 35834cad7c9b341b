# SPDX-License-Identifier: ISC
"""Clients that people use: each logs in (SCRAM), verifies the certificate where
there is one, runs a prepared statement, COPY or a batch, a cancel, and a big
result. psql, psycopg and asyncpg always; the others with tests/run --long."""

import os
import pathlib
import shutil
import subprocess

import pytest

from gates import gates, record  # noqa: F401 (fixtures)

PROGRAMS = pathlib.Path(__file__).parent / "programs"
FEATURES = ["login", "prepared", "copy", "cancel", "big"]
TRANSPORTS = ["plain", "TLS 1.2", "TLS 1.3"]
PYTHON = "/usr/bin/python3"

# name -> command; {} is the program's own directory. Debian's packages are in
# tests/run; pg and postgres come from npm.
SHORT = {
    "psql": ["sh", "{}/libpq.sh"],
    "psycopg 3": [PYTHON, "{}/psycopg3.py"],
    "asyncpg": [PYTHON, "{}/asyncpg_client.py"],
}
LONG = {
    "psycopg 2": [PYTHON, "{}/psycopg2.py"],
    "pgjdbc": ["java", "-cp", "/usr/share/java/postgresql.jar",
               "{}/Jdbc.java"],
    "node-postgres (pg)": ["node", "{}/node_pg.js"],
    "Postgres.js (postgres)": ["node", "{}/node_postgres.js"],
    "lib/pq (Go)": ["go", "run", "{}/libpq_go.go"],
    "DBD::Pg (Perl)": ["perl", "{}/dbd_pg.pl"],
    "pgsql and PDO (PHP)": ["php", "{}/php_pgsql.php"],
    "psqlodbc": [PYTHON, "{}/odbc.py"],
    "pg (Ruby)": ["ruby", "{}/ruby_pg.rb"],
}
CASES = [pytest.param(name, transport, id=f"{name}, {transport}",
                      marks=[pytest.mark.long] if name in LONG else [])
         for name in SHORT | LONG for transport in TRANSPORTS]


@pytest.fixture(scope="session")
def node_modules(tmp_path_factory):
    """Where npm has put pg and postgres."""
    place = tmp_path_factory.mktemp("npm")
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent",
                    "pg@8", "postgres@3"], cwd=place, check=True, timeout=110,
                   stdin=subprocess.DEVNULL)
    return place / "node_modules"


def environment(gate, transport, place):
    """libpq's words, which most clients read."""
    words = {"PGHOST": gate.host, "PGPORT": str(gate.port),
             "PGUSER": gate.backend.user,
             "PGPASSWORD": gate.backend.password,
             "PGDATABASE": gate.backend.database, "PGGSSENCMODE": "disable",
             "PGSSLMODE": "disable", "HOME": str(place),
             "GO111MODULE": "off", "GOPATH": "/usr/share/gocode",
             "GOCACHE": str(place.parent / "go-cache"), "GOFLAGS": ""}
    if transport != "plain":
        words.update(PGSSLMODE="verify-full", PGSSLROOTCERT=str(gate.ca))
        # psqlodbc and lib/pq look where libpq does by default.
        (place / ".postgresql").mkdir()
        shutil.copyfile(gate.ca, place / ".postgresql/root.crt")
    return {**os.environ, **words}


@pytest.mark.limit(240)
@pytest.mark.parametrize("name, transport", CASES)
def test_a_client_does_all_that_it_can(gates, record, request, tmp_path, name,
                                       transport):
    """Each step is said by the program, its encryption by our log."""
    command = (SHORT | LONG)[name]
    if not shutil.which(command[0]):
        pytest.fail(f"{command[0]} is missing; see TEST_PACKAGES in tests/run")
    gate = gates(transport)
    words = environment(gate, transport, tmp_path)
    if command[0] == "node":
        words["NODE_PATH"] = str(request.getfixturevalue("node_modules"))
    mark = len(gate.log())
    run = subprocess.run([word.format(PROGRAMS) for word in command],
                         env=words, cwd=tmp_path, text=True, timeout=200,
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, check=False)
    lines = run.stdout.splitlines()
    done = [feature for feature in FEATURES if f"ok {feature}" in lines]
    record(name, lines[0] if lines else "", transport, done)
    assert done == FEATURES and run.returncode == 0, run.stdout
    authorized = [line for line in gate.log()[mark:].splitlines()
                  if "connection authorized" in line]
    assert authorized
    version = "protocol=" + transport.replace("TLS ", "TLSv")
    for line in authorized:
        assert ("SSL enabled" not in line) if transport == "plain" else \
            version in line, line
