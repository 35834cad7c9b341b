# SPDX-License-Identifier: ISC
"""Rules with the method cert: who has shown a certificate goes to the server by
its Unix socket, where its peer lets in the user of that route's dialer; nobody
else ever comes there."""

import concurrent.futures
import os
import pwd
import re
import shutil
import signal

import psycopg
import pytest

import processes
from client_certificates import ClientCertificates
from conftest import Starter

ROOT = os.geteuid() == 0
# A user that every machine has: the server asks for its name.
CERT_USER = "nobody" if ROOT else pwd.getpwuid(os.geteuid()).pw_name
ROLES = ("alice", "bob", "carol")
SERVER_RULES = ("local all tester scram-sha-256\n"
                "local all all peer map=postern\n"
                "host all all 127.0.0.1/32 scram-sha-256\n")
SERVER_MAP = f"postern {CERT_USER} alice\npostern {CERT_USER} bob\n"
RULES = ("hostssl by_cert all all cert\n"
         "hostssl by_map all all cert map=people\n"
         "host all all all scram-sha-256\n")
MAP = "people alice bob\npeople alice carol\n"
WHERE = "SELECT session_user || ' from ' || " \
    "coalesce(host(inet_client_addr()), 'the socket')"


@pytest.fixture(name="clients", scope="module")
def fixture_clients(new_path):
    """Certificates of alice."""
    path = new_path("clients")
    path.mkdir()
    return ClientCertificates(path, "alice")


@pytest.fixture(name="server", scope="module")
def fixture_server(new_path):
    """A PostgreSQL as doc/ says it must be."""
    from conftest import _run_backend
    for server in _run_backend(new_path, listen_addresses="127.0.0.1"):
        for role in ROLES:
            server.psql(f"CREATE ROLE {role} LOGIN PASSWORD "
                        f"'{server.password}'")
        for database in ("by_cert", "by_map", "by_password"):
            server.psql(f"CREATE DATABASE {database}")
        server.set_maps(SERVER_MAP)
        server.set_rules(SERVER_RULES)
        yield server


@pytest.fixture(name="make_gate", scope="module")
def fixture_make_gate(data_directory, server, certificates, clients):
    """Makes a gate of both routes before the server."""
    starter = Starter(data_directory, server, certificates.ca)

    def make(rules=RULES, **settings):
        words = {"ssl_ca_file": "ca.crt", "backend_host": "127.0.0.1",
                 "backend_port": server.port, "cert_user": CERT_USER,
                 "backend_cert_host": server.socket_directory}
        words.update(settings)
        data = data_directory(**words)
        shutil.copyfile(clients.ca, data / "ca.crt")
        (data / "pg_hba.conf").write_text(rules)
        (data / "pg_ident.conf").write_text(MAP)
        return starter.adopt(data, server)
    yield make
    starter.end_all()


@pytest.fixture(name="gate", scope="module")
def fixture_gate(make_gate):
    """The gate of the tests that leave it as it was."""
    return make_gate().start()


def by_cert(gate, clients, kind="good", **words):
    """psql with a certificate and without a password."""
    words = {"dbname": "by_cert", "user": "alice", "password": "",
             **clients.conninfo(kind), **words}
    return gate.psql(WHERE, "require", **words)


def by_password(gate, **words):
    return gate.psql(WHERE, **{"dbname": "by_password", "user": "alice",
                               **words})


def assert_both_ways(gate, clients):
    """Each kind of session, and only by its own way."""
    run = by_cert(gate, clients)
    assert run.stdout == "alice from the socket\n", run.stderr
    run = by_password(gate)
    assert run.stdout == "alice from 127.0.0.1\n", run.stderr


@pytest.mark.short
def test_a_certificate_is_enough(gate, clients, server):
    mark, server_mark = len(gate.log()), len(server.log())
    assert_both_ways(gate, clients)
    processes.wait_until(lambda: "connection authenticated: "
                         'identity="CN=alice,O=Example" method=cert '
                         f"({gate.data}/pg_hba.conf:1)"
                         in gate.log()[mark:])
    assert f'identity="{CERT_USER}" method=peer' in server.log()[server_mark:]


def test_a_map_names_other_roles(gate, clients):
    run = by_cert(gate, clients, dbname="by_map", user="bob")
    assert run.stdout == "bob from the socket\n", run.stderr
    run = by_cert(gate, clients, dbname="by_map")
    assert 'FATAL:  certificate authentication failed for user "alice"' \
        in run.stderr


@pytest.mark.parametrize("kind,user,says", (
    ("none", "alice", "connection requires a valid client certificate"),
    ("good", "bob", 'certificate authentication failed for user "bob"'),
    ("wrong name", "alice",
     'certificate authentication failed for user "alice"'),
    ("wrong CA", "alice", "alert unknown ca"),
))
def test_who_has_no_right_name_reaches_no_server(gate, clients, server, kind,
                                                 user, says):
    mark = len(server.log())
    run = by_cert(gate, clients, kind, user=user, password=server.password,
                  ssl_max_protocol_version="TLSv1.2")
    assert says in run.stderr
    # The server takes connections in their order: this one is behind any.
    assert by_password(gate).returncode == 0
    received = re.findall("connection received: (.*)", server.log()[mark:])
    assert len(received) == 1 and received[0].startswith("host=127.0.0.1")


def test_a_role_that_the_servers_map_has_not(gate, clients):
    """The server's word is the last."""
    run = by_cert(gate, clients, dbname="by_map", user="carol")
    assert 'FATAL:  Peer authentication failed for user "carol"' in run.stderr


def test_a_plain_client_is_never_asked_for_a_name(gate):
    """hostssl does not match; the last rule does."""
    run = by_password(gate, dbname="by_cert")
    assert run.stdout == "alice from 127.0.0.1\n", run.stderr


def test_a_cancel_goes_the_ordinary_way(gate, clients, server):
    words = dict(clients.conninfo("good"), dbname="by_cert", user="alice",
                 password="")
    with psycopg.connect(gate.conninfo("require", **words),
                         autocommit=True) as conn, \
            concurrent.futures.ThreadPoolExecutor(1) as pool:
        mark = len(server.log())
        asleep = pool.submit(conn.execute, "SELECT pg_sleep(60)")
        processes.wait_until(lambda: server.psql(
            "SELECT wait_event FROM pg_stat_activity WHERE pid = "
            f"{conn.info.backend_pid}") == "PgSleep")
        conn.cancel()
        with pytest.raises(psycopg.errors.QueryCanceled):
            asleep.result(30)
    received = re.findall("connection received: (.*)", server.log()[mark:])
    assert [line for line in received if "local" not in line] != []


@pytest.mark.short
@pytest.mark.parametrize("victims", (("cert_dialer_pid",), ("dialer_pid",),
                                     ("cert_dialer_pid", "dialer_pid")))
def test_a_dialer_that_died_is_replaced_for_its_own_route(make_gate, clients,
                                                          victims):
    gate = make_gate().start()
    gate.deaths_expected = True
    before = {name: getattr(gate, name)()
              for name in ("dialer_pid", "cert_dialer_pid")}
    for name in victims:
        os.kill(before[name], signal.SIGKILL)
    for _ in range(4):      # by either worker
        assert_both_ways(gate, clients)
    after = {name: getattr(gate, name)() for name in before}
    assert {name for name in before if before[name] != after[name]} == \
        set(victims)


@pytest.mark.skipif(not ROOT, reason="takes descriptors of other processes")
@pytest.mark.parametrize("route", (0, 1))
def test_a_worker_that_lost_a_channel_gets_that_one(make_gate, clients, route):
    gate = make_gate(workers=1).start()
    worker, = gate.worker_pids()
    channel = processes.take_socket(worker, 7 + route)  # listener/handoff.h
    channel.shutdown(2)
    channel.close()
    assert_both_ways(gate, clients)
    assert "has lost the dialer" in gate.log()
    assert gate.worker_pids() == [worker]


def test_no_way_leads_to_the_other(make_gate, clients, server, new_path):
    """Where one way ends, its sessions end, and the other ones go on."""
    port = processes.free_port()
    gate = make_gate(backend_port=port, backend_cert_port=server.port).start()
    run = by_cert(gate, clients)
    assert run.stdout == "alice from the socket\n", run.stderr
    run = by_password(gate)
    assert f'could not connect to the server at "127.0.0.1:{port}": ' \
        "Connection refused" in run.stderr
    nowhere = new_path("empty")
    nowhere.mkdir()
    gate = make_gate(backend_cert_host=nowhere).start()
    run = by_password(gate)
    assert run.stdout == "alice from 127.0.0.1\n", run.stderr
    run = by_cert(gate, clients)
    assert f'could not connect to the server at "{nowhere}/.s.PGSQL.' \
        f'{server.port}": No such file or directory' in run.stderr


@pytest.mark.skipif(not ROOT, reason="without root all have one user")
def test_the_routes_dialer_is_a_user_of_its_own(gate):
    def uid(pid):
        return os.stat(f"/proc/{pid}").st_uid

    def sockets(pid):
        root = f"/proc/{pid}/root"
        return {name for path, _, names in os.walk(root) for name in names
                if path != root or name}
    assert uid(gate.cert_dialer_pid()) == pwd.getpwnam(CERT_USER).pw_uid
    assert uid(gate.dialer_pid()) != uid(gate.cert_dialer_pid())
    assert "keyd.sock" in sockets(gate.dialer_pid())
    assert "keyd.sock" not in sockets(gate.cert_dialer_pid())


def test_rules_without_cert_have_one_dialer(make_gate):
    gate = make_gate("host all all all scram-sha-256\n",
                     cert_user="nobody-at-all").start()
    assert by_password(gate).returncode == 0
    assert gate.dialer_pid() and gate.cert_dialer_pid() is None


ALIKE = "The server could not tell sessions that have shown a certificate"


@pytest.mark.parametrize("settings,says", (
    ({"backend_cert_host": ""},
     ('authentication method "cert" requires parameter "backend_cert_host" to '
      "be set", 'line 1 of configuration file "{data}/pg_hba.conf"',
      "Set it to the directory of the server's Unix socket")),
    ({"backend_cert_host": "127.0.0.1"},
     ('"backend_host" and "backend_cert_host" lead to the same address '
      '"127.0.0.1"', ALIKE)),
    ({"backend_host": "/tmp"},
     ('"backend_host" and "backend_cert_host" both have a Unix socket',
      ALIKE)),
    ({"backend_cert_host": "127.0.0.2", "listen_addresses": "127.0.0.2",
      "port": 64999, "backend_cert_port": 64999},
     ('"backend_cert_host" and "backend_cert_port" lead back to this '
      "listener",)),
    ({"backend_cert_host": "/a,,/b"},
     ('invalid list syntax in parameter "backend_cert_host"',)),
    pytest.param({"cert_user": "nobody-at-all"},
     ('user "nobody-at-all" of parameter "cert_user" does not exist',),
     marks=pytest.mark.skipif(not ROOT, reason="needs root")),
    pytest.param({"cert_user": "nobody", "user": "nobody"},
     ('"user" and "cert_user" must be different users',),
     marks=pytest.mark.skipif(not ROOT, reason="needs root")),
    pytest.param({"dial_user": 64201},
     ('"user" and "dial_user" must be different users',),
     marks=pytest.mark.skipif(not ROOT, reason="needs root")),
    pytest.param({"cert_user": 64202},
     ('"key_user" and "cert_user" must be different users',),
     marks=pytest.mark.skipif(not ROOT, reason="needs root")),
))
def test_what_cannot_be_kept_apart_does_not_start(make_gate, programs,
                                                  settings, says):
    gate = make_gate(**settings)
    run = gate.run(programs.listener, "listener")
    assert run.returncode == 1
    for text in says:
        assert text.format(data=gate.data) in run.stderr


def test_a_cert_route_over_tcp_is_told(make_gate):
    gate = make_gate(backend_cert_host="127.0.0.2").start()
    assert '"backend_cert_host" has an address that is no Unix socket: ' \
        '"127.0.0.2"' in gate.log()
