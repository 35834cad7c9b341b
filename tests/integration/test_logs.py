# SPDX-License-Identifier: ISC
"""What the log says of sessions: PostgreSQL's lines, with the same files and the
same clients, are what they are compared with."""

import json
import re

import psycopg
import pytest

import processes
import wire
from conftest import Starter

RULES = ("hostssl by_ssl all 127.0.0.1/32 scram-sha-256\n"
         "hostnossl by_plain all 127.0.0.1/32 scram-sha-256\n"
         "host rejected all 127.0.0.1/32 reject\n"
         "host absent all 127.0.0.1/32 scram-sha-256\n"
         "host replication all 127.0.0.1/32 scram-sha-256\n")
SESSION_LINE = re.compile(
    r"LOG:  ((?:connection received|connection authenticated|(?:replication )?"
    r"connection authorized|disconnection): .*)")
# PostgreSQL 15's keys (20.8.5, jsonlog) that a message here may have, and ours.
KEYS = {"timestamp", "user", "dbname", "pid", "remote_host", "remote_port",
        "error_severity", "state_code", "message", "detail", "hint",
        "application_name", "backend_type", "server_pid"}


@pytest.fixture(name="model", scope="module")
def fixture_model(new_path, certificates):
    """A PostgreSQL that has the rules itself, with SSL; the gate is before it,
    too."""
    from conftest import _run_backend
    for server in _run_backend(new_path, listen_addresses="127.0.0.1"):
        pair = certificates.pair()
        for name, path in (("server.crt", pair.crt), ("server.key", pair.key)):
            server.install(name, path)
        server.set_rules("local all all scram-sha-256\n"
                         "local replication all scram-sha-256\n" + RULES)
        server.set(ssl="on")
        for database in ("by_ssl", "by_plain"):
            server.psql(f"CREATE DATABASE {database}")
        yield server


@pytest.fixture(name="make_gate", scope="module")
def fixture_make_gate(data_directory, model, certificates):
    """Makes gates with the same rules."""
    starter = Starter(data_directory, model, certificates.ca)

    def make(**settings):
        settings = {"backend_host": model.socket_directory,
                    "backend_port": model.port, **settings}
        data = data_directory(**settings)
        # Two rules of the server's own come before them there.
        (data / "pg_hba.conf").write_text("#\n#\n" + RULES)
        return starter.adopt(data, model).start()
    yield make
    starter.end_all()


@pytest.fixture(name="gate", scope="module")
def fixture_gate(make_gate):
    """The gate that most tests share."""
    return make_gate()


def normal(line):
    """Without what differs from one session to the next, and our server_pid."""
    for pattern, text in ((r"port=\d+", "port=N"),
                          (r"session time: [\d:.]+", "session time: T"),
                          (r"\([^()]*/pg_hba.conf:(\d+)\)", r"(HBA:\1)"),
                          (r" server_pid=\d+$", "")):
        line = re.sub(pattern, text, line)
    return line


def session_lines(text):
    """The lines of sessions, as they came."""
    return [normal(match.group(1)) for match in SESSION_LINE.finditer(text)]


def visit(conninfo):
    """A session that begins and ends, or what its server says to it."""
    try:
        psycopg.connect(conninfo).close()
        return None
    except psycopg.OperationalError as error:
        return str(error)


@pytest.mark.parametrize("words", (
    {"dbname": "by_plain"},
    {"dbname": "by_plain", "application_name": "a b"},
    {"dbname": "by_ssl", "sslmode": "require"},
    {"dbname": "by_ssl", "sslmode": "require", "application_name": "x",
     "ssl_max_protocol_version": "TLSv1.2"},
    {"dbname": "by_plain", "password": "wrong"},
    {"dbname": "rejected"},
    {"dbname": "by_ssl"},
    {"dbname": "absent"},
    {"dbname": "by_plain", "replication": "true"},
    {"dbname": "by_plain", "replication": "true", "application_name": "r",
     "sslmode": "require"},
    {"dbname": "by_plain", "replication": "database"},
), ids=str)
def test_a_session_is_logged_as_postgresql_logs_it(gate, model, words):
    marks = len(gate.log()), len(model.log())
    assert (visit(gate.conninfo(**words)) is None) == \
        (visit(gate.conninfo(port=model.port, **words)) is None)
    theirs = processes.wait_until(
        lambda: direct_session(model.log()[marks[1]:]), what="its lines")
    ours = processes.wait_until(
        lambda: at_least(len(theirs), session_lines(gate.log()[marks[0]:])),
        what=f"the lines {theirs}")
    assert ours == theirs


def direct_session(text):
    """The lines of the server's process that was reached past the gate, once it
    has come to its end."""
    found = re.search(r"\[(\d+)\] LOG:  connection received: host=127", text)
    if not found:
        return None
    mine = "".join(line for line in text.splitlines(keepends=True)
                   if f"[{found.group(1)}] " in line)
    return session_lines(mine) if re.search("disconnection:|FATAL:", mine) \
        else None


def at_least(count, lines):
    """The lines, once there are as many."""
    return lines if len(lines) >= count else None


def test_the_prefix_has_whom_the_message_is_about(make_gate):
    gate = make_gate(log_line_prefix="%b %q<%u@%d %a %h %r %P %e>%% ")
    with psycopg.connect(gate.conninfo(dbname="by_plain",
                                       application_name="lister")) as conn:
        pid = conn.info.backend_pid
    text = processes.wait_until(lambda: [
        line for line in gate.log().splitlines() if "disconnection:" in line])
    assert re.match(r"listener-worker <tester@by_plain lister 127\.0\.0\.1 "
                    rf"127\.0\.0\.1\(\d+\) {pid} 00000>% LOG:  disconnection: ",
                    text[0]), text
    received = [line for line in gate.log().splitlines()
                if "connection received:" in line]
    assert received[0].startswith(
        "listener-worker <[unknown]@[unknown] [unknown] 127.0.0.1 "), received
    assert visit(gate.conninfo(dbname="rejected"))
    processes.wait_until(lambda: re.search(
        r"^listener-worker <tester@rejected .* 28000>% FATAL:  pg_hba\.conf "
        "rejects", gate.log(), re.M))
    ready = [line for line in gate.log().splitlines()
             if "is ready to accept connections" in line]
    assert ready[0].startswith("postern-listener LOG:  "), ready


def objects(gate):
    """The listener's log, each line an object."""
    lines = (gate.data / "listener.log").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_jsonlog_has_one_object_for_each_message(make_gate):
    gate = make_gate(log_destination="jsonlog")
    with psycopg.connect(gate.conninfo("require", dbname="by_ssl",
                                       application_name="x")) as conn:
        pid = conn.info.backend_pid
    assert visit(gate.conninfo(dbname="rejected"))
    found = processes.wait_until(lambda: [
        one for one in objects(gate) if "disconnection" in one["message"]])
    assert found[0]["server_pid"] == pid
    assert found[0]["user"] == "tester" and found[0]["dbname"] == "by_ssl"
    assert found[0]["remote_host"] == "127.0.0.1"
    assert isinstance(found[0]["remote_port"], int)
    assert found[0]["application_name"] == "x"
    assert found[0]["backend_type"] == "listener-worker"
    refused = processes.wait_until(lambda: [
        one for one in objects(gate) if one["error_severity"] == "FATAL"])
    assert refused[0]["state_code"] == "28000"
    assert "Connection matched" not in refused[0]["message"]
    assert "The client is host=127.0.0.1" in refused[0]["detail"]
    assert set().union(*objects(gate)) <= KEYS


HOSTILE = ("a\nFATAL:  forged", "\x1b[2Jb", "c\r", 'd"e\\f', "\u009bg", "h%n%s")


@pytest.mark.parametrize("destination", ("stderr", "jsonlog"))
def test_a_clients_names_never_break_a_line(make_gate, destination):
    gate = make_gate(log_destination=destination,
                     log_line_prefix="%m %b[%p] %u@%d/%a: ")
    for name in HOSTILE:
        with wire.connect(gate) as client:
            client.send(wire.startup({"user": name, "database": name,
                                      "application_name": name}))
            assert client.read_error().code == "28000"
    # Bytes that are no UTF-8, too.
    with wire.connect(gate) as client:
        body = b"user\0\xff\xfe\0database\0\xc0\xaf\0\0"
        client.send(wire.packet(3 << 16, body))
        client.read_error()
    path = gate.data / "listener.log"
    processes.wait_until(lambda: path.read_bytes().count(
        b"no pg_hba.conf entry for host") == len(HOSTILE) + 1)
    text = path.read_bytes().decode("utf-8")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)
    if destination == "jsonlog":
        users = [one.get("user") for one in objects(gate)
                 if one["error_severity"] == "FATAL"]
        assert sorted(users) == sorted((*HOSTILE, "\xff\xfe"))
    else:
        line = re.compile(r"[0-9 :.-]+ \S+ [a-z-]+\[\d+\] ")
        assert all(line.match(one) for one in text.splitlines()), text


def test_jsonlog_in_the_background_wants_a_file(start_postern, data_directory):
    gate = start_postern.adopt(data_directory(ssl="off",
                                              log_destination="jsonlog"))
    run = gate.run(gate.programs.listener, "listener",
                   ("-c", "log_filename="))
    assert run.returncode == 1
    assert "has jsonlog, for which there is no file" in run.stderr
