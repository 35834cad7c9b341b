# SPDX-License-Identifier: ISC
"""What posternctl and the metrics show of clients that are connected."""

import contextlib
import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import stat
import subprocess
import time

import psycopg
import pytest

import processes
import seeing
import wire
from client_certificates import Authority
from programs import PROGRAMS, SOURCE

STRANGER = 64299


def rows_of(postern, **wanted):
    """The rows of connections that have these values."""
    return [row for row in seeing.connections(postern)
            if all(row[name] == value for name, value in wanted.items())]


@pytest.mark.short
def test_a_session_is_shown_as_the_server_knows_it(start_postern):
    """pid, user, database and application name as in pg_stat_activity; of TLS
    what the client says."""
    gate = start_postern()
    with psycopg.connect(gate.conninfo("verify-full",
                                       application_name="über, alles")) as tls:
        with psycopg.connect(gate.conninfo()) as plain:
            for session in (tls, plain):
                session.execute("SELECT 1")
                pid, user, database, name = session.execute(
                    "SELECT pid, usename, datname, application_name FROM "
                    "pg_stat_activity WHERE pid = pg_backend_pid()").fetchone()
                row, = rows_of(gate, pid=pid)
                assert (row["usename"], row["datname"], row["state"]) == \
                    (user, database, "relay")
                assert row["ssl"] == (session is tls)
            assert row["version"] is row["cipher"] is row["bits"] is None
            assert name == row["application_name"] == ""
            assert len(seeing.connections(gate)) == 2
        row, = rows_of(gate, pid=tls.info.backend_pid)
        assert row["application_name"] == "über, alles"
        assert (row["version"], row["bits"]) == ("TLSv1.3", 256)
        assert row["cipher"] == "TLS_AES_256_GCM_SHA384"
        assert row["client_addr"] == "127.0.0.1"
        assert row["client_dn"] is row["issuer_dn"] is None
        assert 0 <= time.time() - seeing.seconds(row["since"]) < 60
    processes.wait_until(lambda: seeing.connections(gate) == [],
                         what="an empty list")


def test_bytes_are_counted_in_both_directions(start_postern):
    gate = start_postern()
    with psycopg.connect(gate.conninfo("require")) as session:
        pid = session.info.backend_pid
        before, = rows_of(gate, pid=pid)
        session.execute("SELECT %s::text", ["x" * 100000]).fetchone()
        after, = rows_of(gate, pid=pid)
    for name in ("bytes_in", "bytes_out"):
        assert 100000 <= after[name] - before[name] < 101000, name
    totals = seeing.status(gate)["connections"]
    assert totals["bytes_in"] >= after["bytes_in"]


def test_a_client_certificate_is_shown(start_postern, data_directory,
                                       new_path):
    path = new_path("clients")
    path.mkdir()
    authority = Authority(path, "clients")
    crt, key = authority.client("good", "/O=Example/CN=tester")
    data = data_directory()
    shutil.copyfile(authority.crt, data / "root.crt")
    gate = start_postern.adopt(data).start()
    with psycopg.connect(gate.conninfo("require", sslcert=crt,
                                       sslkey=key)) as session:
        row, = rows_of(gate, pid=session.info.backend_pid)
    shown = subprocess.run(
        ["openssl", "x509", "-in", crt, "-noout", "-serial", "-subject",
         "-issuer", "-nameopt", "compat"], text=True, check=True,
        capture_output=True).stdout
    serial, subject, issuer = (line.partition("=")[2].strip()
                               for line in shown.splitlines())
    assert row["client_dn"] == subject
    assert row["issuer_dn"] == issuer
    assert int(row["client_serial"]) == int(serial, 16)


def test_csv_and_json_and_the_table_agree(start_postern):
    gate = start_postern()
    with psycopg.connect(gate.conninfo("require")), \
            psycopg.connect(gate.conninfo()):
        rows = seeing.connections(gate)
        cells = seeing.connections_csv(gate)
        table = seeing.posternctl(gate, "connections").splitlines()
    assert len(rows) == len(cells) == 2 and len(table) == 3
    assert table[0].split() == list(rows[0]) == list(cells[0])
    for row, cell in zip(rows, cells):
        for name in ("pid", "client_port", "usename", "bytes_in"):
            assert str(row[name]) == cell[name]
        assert cell["ssl"] == ("t" if row["ssl"] else "f")
        assert cell["cipher"] == (row["cipher"] or "")
        assert any(str(row["pid"]) in line for line in table[1:])


def test_no_name_breaks_a_line(start_postern):
    """Whatever a client calls itself, a row stays a line, of clean text."""
    names = ["a\nb", "\x1b[2J", 'q"u,o\\te', "\\.", "ä", "\udcff\udc80x"]
    gate = start_postern()
    with contextlib.ExitStack() as stack:
        for name in names:
            connection = stack.enter_context(contextlib.closing(
                wire.connect(gate)))
            connection.send(wire.startup_of(gate.backend,
                                            application_name=name))
        rows = processes.wait_until(
            lambda: (found := rows_of(gate, state="login")) and
            len(found) == len(names) and found, what="all clients")
        shown = {row["application_name"] for row in rows}
        text = seeing.posternctl(gate, "connections", "--csv")
        cells = seeing.connections_csv(gate)
        table = seeing.posternctl(gate, "connections")
    assert shown == {"a\\x0ab", "\\x1b[2J", 'q"u,o\\te', "\\.", "ä",
                     "\\xff\\x80x"}
    assert {cell["application_name"] for cell in cells} == shown
    assert len(text.splitlines()) == len(table.splitlines()) == 7
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text + table)


def test_clients_that_are_no_sessions_yet_are_shown(start_postern):
    """One that is silent, one amid its handshake; more of them than slots for
    such are counted, and hide no session."""
    gate = start_postern(workers=1, max_connections=5,
                         authentication_timeout=600)
    with contextlib.ExitStack() as stack:
        silent = [stack.enter_context(contextlib.closing(wire.connect(gate)))
                  for _ in range(300)]
        processes.wait_until(lambda: seeing.status(gate)["connections"]
                             ["open"] == 300, what="300 connections")
        assert len(rows_of(gate, state="first-bytes")) == 256
        silent[0].request_tls()
        processes.wait_until(lambda: len(rows_of(gate, state="handshake")) == 1
                             or len(seeing.connections(gate)) == 256)
        sessions = [stack.enter_context(psycopg.connect(gate.conninfo()))
                    for _ in range(5)]
        pids = {row["pid"] for row in rows_of(gate, state="relay")}
        assert pids == {session.info.backend_pid for session in sessions}
    processes.wait_until(lambda: seeing.connections(gate) == [],
                         what="an empty list")


def test_status_tells_what_runs(start_postern):
    gate = start_postern(workers=2)
    with psycopg.connect(gate.conninfo("require")):
        told = seeing.status(gate)
        text = seeing.posternctl(gate, "status")
        lines = seeing.posternctl(gate, "status", "--csv").splitlines()
    assert told["keyd"] == told["keyd"] | {
        "running": True, "pid": gate.keyd_pid, "made": 3, "refused": 0}
    key, = told["key"]
    assert told["key"][key]["algorithm"] == "EC P-256"
    assert told["certificate"]["spki_sha256"] == key
    assert told["listener"]["pid"] == gate.listener_pid
    assert told["listener"]["uptime_s"] < 60
    assert told["listener"]["generation"] == 1
    assert set(told["worker"]) == {str(pid) for pid in gate.worker_pids()}
    assert told["program"]["worker"] == {"running": 2, "restarts": 0}
    assert told["program"]["dialer"] == {"running": 1, "restarts": 0}
    assert told["program"]["exporter"] == {"running": 1, "restarts": 0}
    assert told["connections"]["sessions"] == 1
    assert told["connections"]["peak"] == 1
    assert told["connections"]["max_connections"] == 100
    assert sum(told["refused"].values()) == 0
    assert told["handshakes"]["ok"] == told["signatures"]["made"] == 1
    assert told["signatures"]["keyd_up"] is True
    assert told["certificate"]["subject"] == "/CN=localhost"
    assert told["certificate"]["names"].startswith("localhost, 127.0.0.1")
    assert told["certificate"]["days_left"] == 29
    assert re.findall(r"is ready: key (\w+)", gate.log()) == [key[:16]]
    assert "system calls" in told["sandbox"]["worker"]["in_force"]
    assert text.startswith(f"postern-keyd: running (PID: {gate.keyd_pid})\n")
    assert f"\npostern-listener: running (PID: {gate.listener_pid})\n" in text
    assert "\x1b" not in text
    assert lines[0] == "group,item,name,value"


def refused(gate):
    """What status says of refusals, without what is 0."""
    return {name: count for name, count in
            seeing.status(gate)["refused"].items() if count}


def test_refusals_have_their_reasons(start_postern):
    gate = start_postern(max_connections=1, authentication_timeout=1)
    (gate.data / "pg_hba.conf").write_text(
        "host all forbidden all reject\nhost all all all scram-sha-256\n")
    gate.stop_listener()
    gate.start_listener()
    with psycopg.connect(gate.conninfo()):
        assert "too many clients" in gate.psql("SELECT 1").stderr
    processes.wait_until(lambda: gate.psql("SELECT 1").returncode == 0,
                         what="a free place")
    assert "rejects" in gate.psql("SELECT 1", user="forbidden").stderr
    assert "password" in gate.psql("SELECT 1", password="wrong").stderr
    with contextlib.closing(wire.connect(gate)) as nonsense:
        nonsense.send(b"GET / HTTP/1.0\r\n\r\n")
        nonsense.read_to_end()
    with contextlib.closing(wire.connect(gate)) as slow:
        slow.read_to_end()
    with contextlib.closing(wire.connect(gate)) as broken:
        broken.request_tls()
        broken.send(b"\x16\x03\x01\x00\x05hello")
        broken.read_to_end()
    found = refused(gate)
    assert found.pop("too_many_connections") >= 1
    assert found == {"access_rules": 1, "server": 1, "protocol": 1,
                     "timeout": 1, "tls": 1}
    assert seeing.status(gate)["handshakes"]["failed"] == 1


def test_the_group_may_ask_and_nobody_else(start_postern):
    """The socket is the group's; control stays root's."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    gate = start_postern(status_group=STRANGER)
    path = gate.data / "run" / "status"
    seen = path.stat()
    assert stat.S_IMODE(seen.st_mode) == 0o660
    assert (seen.st_uid, seen.st_gid) == (0, STRANGER)
    member = {"user": STRANGER, "group": STRANGER, "extra_groups": []}
    other = {"user": STRANGER + 1, "group": STRANGER + 1, "extra_groups": []}
    assert seeing.posternctl(gate, "connections", "--json", **member) == \
        "[\n]\n"
    told = json.loads(seeing.posternctl(gate, "status", "--json", **member))
    assert told["listener"]["pid"] == gate.listener_pid
    for verb in ("connections", "status"):
        run = subprocess.run([PROGRAMS.ctl, "-D", gate.data, verb], text=True,
                             capture_output=True, check=False, **other)
        assert run.returncode == 1
        assert "status_group" in run.stderr
    run = subprocess.run([PROGRAMS.ctl, "-D", gate.data, "stop"], text=True,
                         capture_output=True, check=False, **member)
    assert run.returncode == 1 and gate.listener_pid


@pytest.mark.parametrize("setting, what", [
    ({"status_group": "no-such-group"}, 'group "no-such-group"'),
    ({"metrics_listen": "0.0.0.0:9187"}, "this machine alone"),
    ({"stat_user": "no-such-user"}, '"stat_user" does not exist')])
def test_a_start_that_cannot_be(data_directory, start_postern, setting, what):
    gate = start_postern.adopt(data_directory(ssl="off", **setting))
    run = gate.run(PROGRAMS.listener, "listener")
    assert run.returncode == 1
    assert what in run.stderr and "HINT" in run.stderr


def test_a_port_that_is_taken(start_postern, data_directory):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        gate = start_postern.adopt(data_directory(
            ssl="off", metrics_listen=f"127.0.0.1:{port}"))
        run = gate.run(PROGRAMS.listener, "listener")
    assert run.returncode == 1
    assert f'could not listen for metrics at "127.0.0.1:{port}"' in run.stderr
    assert not (gate.data / "run" / "status").exists()


@pytest.mark.short
def test_metrics_count_what_happened(start_postern):
    port = processes.free_port()
    gate = start_postern(metrics_listen=f"127.0.0.1:{port}", workers=2)
    before = seeing.metrics(port)
    assert seeing.value(before, "postern_keyd_up") == 1
    for mode, most in (("require", ""), ("require", "TLSv1.2"),
                       ("disable", "")):
        assert gate.psql("SELECT 1", mode,
                         ssl_max_protocol_version=most).returncode == 0
    assert gate.psql("SELECT 1", "require", ssl_min_protocol_version="TLSv1.1",
                     ssl_max_protocol_version="TLSv1.1").returncode != 0
    samples = seeing.metrics(port)

    def count(name, **labels):
        return seeing.value(samples, f"postern_{name}", **labels)
    assert count("handshakes_total", version="TLSv1.3", result="ok") == 1
    assert count("handshakes_total", version="TLSv1.2", result="ok",
                 cipher="ECDHE-ECDSA-AES256-GCM-SHA384") == 1
    assert count("handshakes_total", version="none", result="version") == 1
    assert count("handshake_seconds_count") == 2
    assert count("signature_wait_seconds_count") == 2
    assert count("signatures_total", result="ok") == 2
    assert count("connections_accepted_total") == 4
    assert count("refusals_total", reason="tls") == 1
    assert count("bytes_total", direction="to_client") > 300
    assert count("programs", program="worker") == 2
    assert abs(count("certificate_expiry_timestamp_seconds") -
               time.time() - 30 * 86400) < 86400
    promtool = shutil.which("promtool")
    if promtool:
        subprocess.run([promtool, "check", "metrics"], check=True,
                       text=True, input=seeing.fetch(port)[2])


def test_metrics_on_a_unix_socket_and_nothing_else(start_postern):
    gate = start_postern(metrics_listen="")
    assert not list((gate.data / "run").glob("metrics*"))
    path = gate.data / "run" / "m"
    gate.stop_listener()
    gate.start_listener("-c", f"metrics_listen={path}")
    assert seeing.value(seeing.metrics(path), "postern_keyd_up") == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    assert seeing.fetch(path, "/")[0] == 404
    assert seeing.fetch(path, "/metrics", "POST")[0] in (405, 501)
    code, headers, body = seeing.fetch(path, "/metrics", "HEAD")
    assert (code, body) == (200, "")
    assert headers["Content-Type"].startswith("text/plain")
    gate.stop_listener()
    assert not path.exists() and not (gate.data / "run" / "status").exists()


def test_nonsense_hurts_neither_socket(start_postern):
    """Bytes that are no question, no HTTP; askers that say nothing; many of
    them: it serves on, and dies of none."""
    port = processes.free_port()
    gate = start_postern(metrics_listen=f"127.0.0.1:{port}")
    exporter = gate.exporter_pid()
    requests = [b"\r\n\r\n", b"\x16\x03\x01" + bytes(200), b"GET",
                b"GET /metrics HTTP/9.9\r\n\r\n", b"GET " + b"a" * 20000,
                b"GET /metrics HTTP/1.1\r\nA: " + b"b" * 20000 + b"\r\n\r\n",
                b"POST /metrics HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n",
                b"GET //../metrics%00 HTTP/1.1\r\n\r\n"]
    with contextlib.ExitStack() as stack:
        for request in requests:
            sock = stack.enter_context(
                socket.create_connection(("127.0.0.1", port), 20))
            with contextlib.suppress(ConnectionError):
                sock.sendall(request)
        for _ in range(100):
            stack.enter_context(socket.create_connection(
                ("127.0.0.1", port), 20))
        seeing.metrics(port)
        for question in (b"x", bytes(5000), b"\1\1\0\0", b"\1\4\0\0"):
            asker = stack.enter_context(
                socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
            asker.connect(os.fspath(gate.data / "run" / "status"))
            asker.send(question)
        assert seeing.connections(gate) == []
        asker.settimeout(20)
        assert asker.recv(1) == b""
    seeing.metrics(port)
    assert gate.exporter_pid() == exporter


def test_counters_outlive_worker_and_exporter(start_postern):
    """Who dies is replaced, nothing that was counted is lost, and sessions do
    not notice the exporter's death."""
    port = processes.free_port()
    gate = start_postern(metrics_listen=f"127.0.0.1:{port}", workers=1)
    gate.deaths_expected = True

    def accepted():
        return seeing.value(seeing.metrics(port),
                            "postern_connections_accepted_total")
    for _ in range(3):
        assert gate.psql("SELECT 1", "require").returncode == 0
    assert accepted() == 3
    with psycopg.connect(gate.conninfo("require")) as session:
        exporter = gate.exporter_pid()
        os.kill(exporter, signal.SIGKILL)
        processes.wait_until(lambda: gate.exporter_pid() not in
                             (None, exporter), what="another exporter")
        assert accepted() == 4
        row, = rows_of(gate, pid=session.info.backend_pid)
        assert row["state"] == "relay"
        worker, = gate.worker_pids()
        os.kill(worker, signal.SIGKILL)
        processes.wait_until(lambda: gate.worker_pids() not in
                             ([], [worker]), what="another worker")
        processes.wait_until(lambda: seeing.connections(gate) == [],
                             what="a list without the dead")
        assert accepted() == 4
    assert gate.psql("SELECT 1", "require").returncode == 0
    with processes.stopped(gate.exporter_pid()):
        worker, = gate.worker_pids()
        os.kill(worker, signal.SIGKILL)
        processes.wait_until(lambda: gate.worker_pids() not in
                             ([], [worker]), what="another worker")
        os.kill(gate.exporter_pid(), signal.SIGKILL)
    processes.wait_until(gate.exporter_pid, what="another exporter")
    processes.wait_until(lambda: gate.psql("SELECT 1").returncode == 0)
    assert accepted() == 6
    samples = seeing.metrics(port)
    for program in ("worker", "exporter"):
        assert seeing.value(samples, "postern_program_restarts_total",
                            program=program) == 2


def read_until(fd, wanted, seconds=20):
    """What a terminal shows, up to those bytes."""
    text, deadline = b"", time.monotonic() + seconds
    while wanted not in text:
        left = deadline - time.monotonic()
        assert left > 0 and select.select([fd], [], [], left)[0], text
        text += os.read(fd, 65536)
    return text


def test_top_on_a_terminal(start_postern):
    """It colours, refreshes, and ends with q, the terminal as it was."""
    gate = start_postern()
    with psycopg.connect(gate.conninfo("require")) as session:
        pid = str(session.info.backend_pid).encode()
        child, fd = pty.fork()
        if child == 0:
            os.execv(PROGRAMS.ctl, [PROGRAMS.ctl, "-D", gate.data, "top",
                                    "-d", "1"])
        assert b"\x1b[1m" in read_until(fd, pid)
        read_until(fd, pid)
        os.write(fd, b"q")
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        os.close(fd)
        text = seeing.posternctl(gate, "top", "-n", "2", "-d", "1")
        assert text.count(pid.decode()) == 2 and "\x1b" not in text


def test_no_color_is_heard(start_postern):
    gate = start_postern()
    for variables, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
        child, fd = pty.fork()
        if child == 0:
            os.execve(PROGRAMS.ctl, [PROGRAMS.ctl, "-D", gate.data,
                                     "connections"], variables)
        assert (b"\x1b[1m" in read_until(fd, b"bytes_out")) == coloured
        os.waitpid(child, 0)
        os.close(fd)


def test_every_metric_of_the_dashboard_exists(start_postern):
    """doc/'s Grafana dashboard and the manual name what there is."""
    port = processes.free_port()
    gate = start_postern(metrics_listen=f"127.0.0.1:{port}")
    assert gate.psql("SELECT 1", "require").returncode == 0
    served = {name for name, _ in seeing.metrics(port)}
    dashboard = json.loads((SOURCE / "doc" / "grafana-dashboard.json")
                           .read_text())
    panels = [panel for panel in dashboard["panels"] if "targets" in panel]
    asked = set()
    for panel in panels:
        for target in panel["targets"]:
            found = set(re.findall(r"\bpostern_\w+", target["expr"]))
            assert found, panel["title"]
            asked |= found
    assert len(panels) >= 8 and asked <= served, asked - served
    manual = (SOURCE / "doc" / "postern-metrics.7").read_text()
    families = set(re.findall(r"^\.It Ic (postern_\w+)", manual, re.M))
    strip = re.compile(r"_(bucket|sum|count)$")
    assert families == {strip.sub("", name) if strip.sub("", name) in families
                        else name for name in served}
