# SPDX-License-Identifier: ISC
"""SIGHUP to the listener: all that was read anew takes over as a whole, or
nothing does; sessions go on as they began."""

import os
import re
import shutil
import signal
import socket
import subprocess

import pytest

import processes
import wire
from certificates import SAN, openssl
from programs import PROGRAMS

GOOD = "host all all all scram-sha-256\n"


def write_rules(gate, text):
    """The gate's pg_hba.conf."""
    (gate.data / "pg_hba.conf").write_text(text)


def works(session):
    """Does the session still reach its server's process?"""
    return session.query("SELECT pg_backend_pid()") == [(str(session.pid),)]


@pytest.mark.short
def test_sessions_go_on_while_new_rules_hold(start_postern):
    """A session lives under the generation that it began with; whoever comes
    after the reload is judged by the new rules."""
    gate = start_postern()
    before = gate.worker_pids()
    sessions = [wire.open_session(gate, transport)
                for transport in wire.TRANSPORTS for _ in range(3)]
    write_rules(gate, "hostnossl all all all reject\n" + GOOD)
    assert gate.reload() == 2
    assert gate.psql("SELECT 1").returncode == 2
    assert "rejects connection" in gate.psql("SELECT 1").stderr
    assert gate.psql("SELECT 1", "require").stdout == "1\n"
    assert all(works(session) for session in sessions)
    assert set(gate.worker_pids()) & set(before)
    for session in sessions:
        session.close()
    processes.wait_until(lambda: not set(gate.worker_pids()) & set(before), 10,
                         "the end of the old workers")
    processes.wait_until(lambda: "generation 1 has ended" in gate.log(), 10)
    assert len(gate.worker_pids()) == 2


def spoil_certificate(gate, text):
    """server.crt is no certificate."""
    (gate.data / "server.crt").write_text(text)


def expire_certificate(gate):
    """A certificate of the same key that is no more valid."""
    request, out = gate.data / "request", gate.data / "server.crt"
    openssl("req", "-new", "-key", gate.data / "server.key", "-subj",
            "/CN=localhost", "-addext", SAN, "-out", request)
    authority = gate.data / "authority"
    authority.mkdir(exist_ok=True)
    (authority / "index").touch()
    (authority / "serial").write_text("01\n")
    (authority / "conf").write_text(f"""[ca]
default_ca = x
[x]
database = {authority}/index
serial = {authority}/serial
new_certs_dir = {authority}
default_md = sha256
policy = p
[p]
commonName = supplied
""")
    openssl("ca", "-batch", "-config", authority / "conf", "-keyfile",
            gate.data / "server.key", "-selfsign", "-in", request, "-out",
            out, "-startdate", "20200101000000Z", "-enddate",
            "20200102000000Z", "-notext")


# name -> what is done to the data directory, what the log says then
BROKEN = {
    "a line that is none": (
        lambda gate, _: gate.change(port="none"),
        r'invalid value for parameter "port": "none"(.|\n)*postern.conf'),
    "a name that is unknown": (
        lambda gate, _: gate.change(worker=1),
        r'unrecognized configuration parameter "worker"'
        r'(.|\n)*postern.conf", line \d+'),
    "two errors": (
        lambda gate, _: gate.change(workers="many", no_such=1),
        r"contain 2 errors(.|\n)*The first: "),
    "a parameter that a reload cannot change": (
        lambda gate, _: gate.change(backend_port=1),
        r'parameter "backend_port" cannot be changed without restarting the '
        r"server"),
    "a rule with an error": (
        lambda gate, _: write_rules(gate, GOOD + "host all all all nothing\n"),
        r'invalid authentication method "nothing"(.|\n)*line 2 of '
        r'configuration file ".*/pg_hba.conf"(.|\n)*could not load'),
    "a file of rules that is missing": (
        lambda gate, _: gate.change(hba_file="absent"),
        r'could not open configuration file ".*/absent"'),
    "no certificate": (
        lambda gate, _: (gate.data / "server.crt").unlink(),
        r'server certificate file ".*/server.crt"(.|\n)*No such file'),
    "a certificate that is none": (
        lambda gate, _: spoil_certificate(gate, "rubbish\n"),
        r'could not load server certificate file ".*/server.crt"'),
    "a certificate of another key": (
        lambda gate, certificates: shutil.copy(
            certificates.pair("p384").crt, gate.data / "server.crt"),
        r'certificate ".*/server.crt" does not match any key of '
        r"postern-keyd"),
    "a certificate that has expired": (
        lambda gate, _: expire_certificate(gate),
        r'server certificate ".*/server.crt" has expired'
        r"(.|\n)*valid until Jan  2 00:00:00 2020"),
    "authorities that are none": (
        lambda gate, _: (gate.data / "root.crt").write_text("rubbish\n"),
        r'could not load root certificate file ".*/root.crt"'),
    "ciphers that nobody has": (
        lambda gate, _: gate.change(ssl_ciphers="NONE-SUCH"),
        r"could not set the TLSv1.2 cipher list"),
    "a port that somebody has": (
        lambda gate, _: gate.change(port=gate.taken_port),
        r'could not bind IPv4 address "127.0.0.1": Address already in use'),
}


def contents(gate):
    """What an administrator may change, to be put back."""
    return {path: path.read_bytes() for path in gate.data.iterdir()
            if path.is_file() and path.suffix not in (".log", ".start")}


def put_back(gate, kept):
    """Every file as it was, and no other one."""
    for path in set(contents(gate)) - set(kept):
        path.unlink()
    for path, data in kept.items():
        path.write_bytes(data)


@pytest.fixture(name="gate_and_port", scope="module")
def fixture_gate_and_port(data_directory, backend, certificates):
    """A gate for all that is broken, and a port that is taken."""
    from conftest import Starter
    starter = Starter(data_directory, backend, certificates.ca)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        gate = starter(log_destination="stderr")
        gate.taken_port = taken.getsockname()[1]
        yield gate
    starter.end_all()


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_changes_nothing(gate_and_port, certificates, name):
    """The log says what is wrong and where; the same workers go on, with
    the same certificate and rules, and the next reload works."""
    gate = gate_and_port
    spoil, words = BROKEN[name]
    kept, before = contents(gate), lives(gate)
    session = wire.open_session(gate, "tls")
    mark = len(gate.log())
    try:
        spoil(gate, certificates)
        assert gate.reload() is None
        assert re.search(words, gate.log()[mark:]), gate.log()[mark:]
        assert lives(gate) == before
        assert works(session)
        assert gate.psql("SELECT 1", "verify-full").stdout == "1\n"
        assert gate.psql("SELECT 1").stdout == "1\n"
    finally:
        put_back(gate, kept)
        session.close()
    assert gate.reload() is not None
    assert gate.psql("SELECT 1", "verify-full").stdout == "1\n"
    processes.wait_until(lambda: len(gate.worker_pids()) == 2, 10)


def test_a_log_that_cannot_be_opened_changes_nothing(start_postern):
    """The log goes on where it was."""
    gate = start_postern()
    before = lives(gate)
    log, moved = gate.data / "listener.log", gate.data / "moved.log"
    log.rename(moved)
    log.symlink_to(moved)
    assert gate.reload() is None
    assert "could not open log file" in moved.read_text()
    assert lives(gate) == before
    log.unlink()
    assert gate.reload() == 2
    assert "generation 2 is in force" in log.read_text()
    assert "generation 2" not in moved.read_text()


def lives(gate):
    """The listener's processes."""
    return processes.children(gate.listener_pid)


def test_equal_requests_merge(start_postern):
    """While a reload is under way, however many more are asked for, one more
    comes of them; meanwhile clients are served, and dead workers replaced."""
    gate = start_postern(key_timeout="50s")
    before = gate.worker_pids()
    with processes.stopped(gate.signer_pid()):
        os.kill(gate.listener_pid, signal.SIGHUP)
        processes.wait_until(lambda: len(gate.worker_pids()) == 3, 10,
                             "a worker of the next generation")
        mark = len(gate.log())
        for number in range(5):
            os.kill(gate.listener_pid, signal.SIGHUP)
            processes.wait_until(
                lambda: gate.log()[mark:].count("received SIGHUP") > number,
                10, "a signal taken")
        assert gate.psql("SELECT 1").stdout == "1\n"
        gate.deaths_expected = True
        os.kill(before[0], signal.SIGKILL)
        processes.wait_until(lambda: len(gate.worker_pids()) == 3, 10,
                             "another worker in its place")
        assert gate.psql("SELECT 1").stdout == "1\n"
        assert "generation 2 is in force" not in gate.log()
    processes.wait_until(lambda: "generation 3 is in force" in gate.log(), 20)
    processes.wait_until(lambda: len(gate.worker_pids()) == 2, 10)
    assert gate.reload() == 4


def posternctl(gate, *arguments):
    """Runs it on the gate's data directory."""
    return subprocess.run([PROGRAMS.ctl, *arguments, "-D", gate.data],
                          text=True, capture_output=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=60)


@pytest.mark.short
def test_posternctl_tells_what_came_of_it(start_postern):
    """reload returns when the new generation serves, or says why none does."""
    gate = start_postern()
    run = posternctl(gate, "reload")
    assert (run.returncode, run.stderr) == (0, ""), run
    assert "2" in run.stdout
    write_rules(gate, "hostnossl all all all reject\n" + GOOD)
    assert posternctl(gate, "reload").returncode == 0
    assert gate.psql("SELECT 1").returncode == 2
    write_rules(gate, GOOD + "host all\n")
    run = posternctl(gate, "reload")
    assert run.returncode == 1
    assert "contain 1 error. The first: " in run.stderr, run.stderr
    assert f'line 2 of configuration file "{gate.data}/pg_hba.conf"' in \
        run.stderr
    gate.change(workers="many", port="none")
    run = posternctl(gate, "reload")
    assert run.returncode == 1
    assert "contain 2 errors" in run.stderr
    assert 'The first: invalid value for parameter "' in run.stderr
    assert "3 is in force" in gate.log()
    assert "4 is in force" not in gate.log()


@pytest.mark.short
def test_posternctl_stops_it(start_postern):
    """smart waits for the sessions, fast ends them."""
    gate = start_postern()
    session = wire.open_session(gate, "tls")
    assert posternctl(gate, "stop", "-m", "smart", "-t", "1",
                      "listener").returncode == 1
    assert works(session)
    assert posternctl(gate, "reload").returncode == 1
    assert posternctl(gate, "stop", "listener").returncode == 0
    with pytest.raises(wire.ServerError) as error:
        session.read_rows()
    assert error.value.code == "57P01"
    assert gate.listener_pid is None
    assert "received smart shutdown request from posternctl" in gate.log()
