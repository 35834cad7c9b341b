# SPDX-License-Identifier: ISC
"""Who may pass, by pg_hba.conf: PostgreSQL itself, with the same file on the
same kind of connection, is what the words are compared with."""

import re
import subprocess

import psycopg
import pytest

import processes
from conftest import Starter

PASSWORD_RULE = "scram-sha-256"
# Each line tells a database of its own from the others.
RULES = (
    "host     by_host  all 127.0.0.1/32 {method}\n"
    "hostssl  by_ssl   all 127.0.0.1/32 {method}\n"
    "hostnossl by_plain all 127.0.0.1/32 {method}\n"
    "host     rejected all 127.0.0.1/32 reject\n"
    "hostssl  replication all 127.0.0.1/32 reject\n"
    "host     elsewhere all 192.0.2.0/24 {method}\n"
)
DATABASES = ("by_host", "by_ssl", "by_plain", "rejected", "elsewhere")
UNASKED = ("server behind asked for no authentication; its pg_hba.conf has "
           "trust or peer for this route")


def assert_logged(gate, text):
    """Confined processes' words come by way of their supervisor."""
    processes.wait_until(lambda: text in gate.log(), what=f"the log: {text}")


def message_of(run):
    """The last FATAL that psql shows, without where it came from."""
    found = re.findall(r"FATAL:  (.*)", run.stderr)
    return found[-1] if found else run.stdout.strip()


@pytest.fixture(name="server", scope="module")
def fixture_server(new_path, certificates):
    """A PostgreSQL that has the rules itself, with SSL, on 127.0.0.1."""
    from conftest import _run_backend
    for server in _run_backend(new_path, listen_addresses="127.0.0.1"):
        pair = certificates.pair()
        for name, path in (("server.crt", pair.crt),
                           ("server.key", pair.key)):
            server.install(name, path)
        server.set_rules("local all all scram-sha-256\n" +
                         RULES.format(method=PASSWORD_RULE))
        server.set(ssl="on")
        for database in DATABASES:
            server.psql(f"CREATE DATABASE {database}")
        yield server


@pytest.fixture(name="gate", scope="module")
def fixture_gate(data_directory, server, certificates):
    """A gate that has the same rules, before the same server."""
    starter = Starter(data_directory, server, certificates.ca)
    data = data_directory(backend_host=server.socket_directory,
                          backend_port=server.port)
    (data / "pg_hba.conf").write_text(RULES.format(method=PASSWORD_RULE))
    yield starter.adopt(data, server).start()
    starter.end_all()


@pytest.mark.parametrize("sslmode", ("disable", "require"))
@pytest.mark.parametrize("database", DATABASES)
def test_rules_by_transport_say_what_postgresql_says(gate, server, sslmode,
                                                     database):
    ours = gate.psql("SELECT 1", sslmode, dbname=database)
    theirs = gate.psql("SELECT 1", sslmode, dbname=database,
                       port=server.port)
    assert (ours.returncode, message_of(ours)) == \
        (theirs.returncode, message_of(theirs))
    passes = database == "by_host" or database == \
        ("by_ssl" if sslmode == "require" else "by_plain")
    assert (ours.returncode == 0) == passes, ours.stderr


@pytest.mark.parametrize("sslmode", ("disable", "require"))
def test_physical_replication_has_its_own_word(gate, server,
                                               sslmode, postgres_programs):
    said = []
    for port in (gate.port, server.port):
        run = subprocess.run(
            [postgres_programs / "psql", "-XAtq", "-d",
             gate.conninfo(sslmode, port=port, replication="true"), "-c",
             "IDENTIFY_SYSTEM"], text=True, capture_output=True, timeout=30,
            stdin=subprocess.DEVNULL, check=False)
        assert run.returncode == 2
        said.append(message_of(run))
    assert said[0] == said[1]


def test_the_rule_is_for_the_log_alone(gate):
    run = gate.psql("SELECT 1", dbname="by_host")
    assert run.returncode == 0, run.stderr
    assert_logged(gate, "connection authenticated: "
                  f'identity="{gate.backend.user}" method=scram-sha-256 '
                  f"({gate.data}/pg_hba.conf:1)")
    run = gate.psql("SELECT 1", dbname="rejected")
    assert "pg_hba.conf:" not in run.stderr and "matched" not in run.stderr


def test_the_log_names_the_servers_own_process(gate, server):
    """A line here joins those of the server's log."""
    mark = len(gate.log())
    with psycopg.connect(gate.conninfo(dbname="by_host")) as conn:
        pid = conn.info.backend_pid
    for kind in ("connection authorized: ", "disconnection: "):
        processes.wait_until(
            lambda: [line for line in gate.log_lines_since(mark)
                     if kind in line and f"server_pid={pid}" in line],
            what=f"a line \"{kind}\" of server process {pid}")
    assert f"[{pid}]" in server.log()


@pytest.fixture(name="trusting", scope="module")
def fixture_trusting(new_path):
    """A server as initdb makes it: local all all trust."""
    from conftest import _run_backend
    for server in _run_backend(new_path):
        server.set_rules("local all all trust\n")
        yield server


@pytest.fixture(name="peering", scope="module")
def fixture_peering(new_path):
    """A server as Debian makes it: local all all peer; here the dialer's user
    has a name there, which peer then takes for the client's."""
    from conftest import _run_backend
    for server in _run_backend(new_path):
        server.set_rules("local all all peer map=any\n")
        server.set_maps(r"any /^(.*)$ " + server.user + "\n")
        yield server


@pytest.mark.parametrize("rule", ("backend", "scram-sha-256", "md5",
                                  "password"))
@pytest.mark.parametrize("sslmode", ("disable", "require"))
def test_a_server_that_trusts_lets_nobody_in(start_postern, data_directory,
                                             trusting, rule, sslmode):
    data = data_directory(backend_host=trusting.socket_directory,
                          backend_port=trusting.port)
    (data / "pg_hba.conf").write_text(f"host all all all {rule}\n")
    gate = start_postern.adopt(data, trusting).start()
    with pytest.raises(psycopg.OperationalError) as error:
        psycopg.connect(gate.conninfo(sslmode))
    assert f'authentication failed for user "{trusting.user}"' \
        in str(error.value)
    assert_logged(gate, UNASKED)
    assert "pg_hba.conf" not in str(error.value)


def test_a_server_whose_peer_lets_in_lets_nobody_in(start_postern,
                                                    data_directory, peering):
    """The dialer's user is who the server's peer would let in."""
    settings = {"dial_user": "postgres"}
    data = data_directory(backend_host=peering.socket_directory,
                          backend_port=peering.port, **settings)
    gate = start_postern.adopt(data, peering).start()
    run = gate.psql("SELECT 1")
    assert run.returncode == 2
    assert f'authentication failed for user "{peering.user}"' in run.stderr
    assert_logged(gate, UNASKED)


def test_trust_is_trust_where_the_rule_says_so(start_postern, data_directory,
                                               trusting):
    data = data_directory(backend_host=trusting.socket_directory,
                          backend_port=trusting.port)
    (data / "pg_hba.conf").write_text("host all all all trust\n")
    gate = start_postern.adopt(data, trusting).start()
    run = gate.psql("SELECT 1", password="")
    assert run.stdout == "1\n", run.stderr


def test_a_challenge_of_another_kind_is_refused(start_postern, data_directory,
                                                own_backend):
    """No client's password goes in clear to a server that should not ask."""
    own_backend.set_rules("local all all password\n")
    data = data_directory(backend_host=own_backend.socket_directory,
                          backend_port=own_backend.port)
    (data / "pg_hba.conf").write_text("host all all all scram-sha-256\n")
    gate = start_postern.adopt(data, own_backend).start()
    run = gate.psql("SELECT 1")
    assert run.returncode == 2
    assert "authentication failed for user" in run.stderr
    assert_logged(gate, 'asked for a clear-text password, which the method '
                  '"scram-sha-256" does not allow')
