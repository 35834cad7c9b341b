# SPDX-License-Identifier: ISC
"""Clients that are slow, or stop half-way."""

import os
import pathlib
import select
import socket
import time

import pytest

import wire

TIMEOUT_S = 2         # authentication_timeout of these gates
SLACK_S = 1.5
LOGIN_S = 1.0         # "well under a second", on a busy machine


@pytest.mark.parametrize("transport", wire.TRANSPORTS)
def test_startup_login_and_queries_work_byte_by_byte(postern, transport):
    """StartupMessage, password and Query work one byte at a time, or one
    byte per TLS record."""
    backend = postern.backend
    scram = wire.Scram(backend.password)
    with wire.open_transport(postern, transport) as connection:
        connection.send_slowly(wire.startup_of(backend))
        connection.read_message()
        connection.send_slowly(scram.first())
        challenge = connection.read_message()
        connection.send_slowly(scram.final(challenge.body[4:]))
        connection.authenticate(scram)
        connection.send_slowly(wire.query("SELECT 'slow'"))
        assert connection.read_rows() == [("slow",)]


def test_a_client_hello_works_byte_by_byte(postern):
    """SSLRequest and ClientHello work one byte at a time."""
    with wire.connect(postern) as connection:
        connection.send_slowly(wire.ssl_request())
        assert connection.read(1) == b"S"
        connection.start_tls(
            send=lambda data: connection.send_slowly(data, raw=True))
        wire.log_in(connection, postern.backend)


@pytest.mark.parametrize("transport", wire.TRANSPORTS)
def test_a_cancel_works_byte_by_byte(postern, transport):
    """CancelRequest works one byte at a time."""
    with wire.open_session(postern) as session:
        session.send(wire.query("SELECT pg_sleep(60)"))
        with wire.open_transport(postern, transport) as connection:
            connection.send_slowly(
                wire.cancel_request(session.pid, session.key))
            assert connection.read_to_end() == b""
        with pytest.raises(wire.ServerError) as error:
            session.read_rows()
        assert error.value.code == "57014"


def half_open(instance):
    """Connections that stopped at every stage before the login's end, by
    the stage's name, with what drips from there."""
    backend = instance.backend
    message = wire.startup_of(backend)
    found = {}

    def stop(name, transport="plain", sent=b"", drip=b""):
        connection = wire.open_transport(instance, transport)
        if sent:
            connection.send(sent)
        found[name] = (connection, drip)
        return connection
    stop("silent", drip=message)
    stop("one byte", sent=message[:1], drip=message[1:])
    stop("half a startup", sent=message[:20], drip=message[20:])
    stop("after N", sent=wire.gssenc_request(), drip=message).read(1)
    stop("after S", sent=wire.ssl_request(),
         drip=b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"r" * 32
         ).read(1)
    stop("direct TLS begun", sent=b"\x16\x03\x01",
         drip=b"\x02\x00\x01\x00\x01\xfc\x03\x03" + b"r" * 32)
    stop("TLS and silent", "tls", drip=message)
    stop("half a startup in TLS", "tls", message[:20], message[20:])
    stop("direct TLS and silent", "direct", drip=message)
    stop("half a cancel", sent=wire.cancel_request(1, b"abcd")[:14])
    for transport in wire.TRANSPORTS:
        stop(f"password due, {transport}", transport, message).read_message()
    return found


def wait_for_ends(waiting, born, drip=False):
    """Seconds from born to the end of each, by name; drips meanwhile."""
    ends, next_drip = {}, 0.0
    while len(ends) < len(waiting):
        now = time.monotonic() - born
        assert now < TIMEOUT_S + SLACK_S + 5, \
            f"still open: {set(waiting) - set(ends)}"
        open_now = {name: pair for name, pair in waiting.items()
                    if name not in ends}
        if drip and now > next_drip:
            next_drip = now + 0.1
            for name, (connection, rest) in open_now.items():
                try:
                    connection.send(rest[:1])
                except OSError:
                    pass
                waiting[name] = (connection, rest[1:])
        ready, _, _ = select.select(
            [pair[0].sock for pair in open_now.values()], [], [], 0.02)
        for name, (connection, _) in open_now.items():
            if connection.sock in ready:
                connection.read_to_end(5)
                ends[name] = time.monotonic() - born
    return ends


@pytest.mark.parametrize("drip", [False, True], ids=["silent", "dripping"])
def test_the_timeout_covers_everything_before_the_login(start_postern, drip):
    """A connection that is not through the login within
    authentication_timeout in total is closed, at whatever stage it stands;
    dripping bytes do not extend it; a session that began outlives it."""
    gate = start_postern(authentication_timeout=f"{TIMEOUT_S}s")
    born = time.monotonic()
    sessions = [wire.open_session(gate, transport)
                for transport in wire.TRANSPORTS]
    waiting = half_open(gate)
    ends = wait_for_ends(waiting, born, drip)
    for name, seconds in ends.items():
        assert TIMEOUT_S - 0.2 < seconds < TIMEOUT_S + SLACK_S, (name, ends)
    for session in sessions:
        assert session.query("SELECT 'still here'") == [("still here",)]
        session.close()


def login_times(instance, count=6):
    """Seconds of that many logins, plain and TLS by turns."""
    found = []
    for number in range(count):
        begin = time.monotonic()
        wire.open_session(instance, wire.TRANSPORTS[number % 3]).close()
        found.append(time.monotonic() - begin)
    return found


def test_60_half_open_connections_delay_nobody(postern):
    """60 connections that stopped half-way: a login takes well under a
    second all the same."""
    crowd = [half_open(postern) for _ in range(5)]
    assert sum(map(len, crowd)) >= 60
    assert max(login_times(postern)) < LOGIN_S
    for found in crowd:
        for connection, _ in found.values():
            connection.close()


def test_300_broken_handshakes_delay_nobody(postern):
    """300 handshakes that break at once: a login takes well under a second
    all the same."""
    crowd = [wire.connect(postern) for _ in range(300)]
    for connection in crowd:
        connection.send_raw(wire.ssl_request())
    for connection in crowd:
        assert connection.read(1) == b"S"
        connection.send_raw(b"\x16\x03\x01\x00\x40" + b"\x02" * 64)
    assert max(login_times(postern)) < LOGIN_S
    for connection in crowd:
        connection.read_to_end(5)
        connection.close()


def cpu_s(pid):
    """Processor seconds that a process has used."""
    words = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]
    used = sum(map(int, words.split()[11:13]))
    return used / os.sysconf("SC_CLK_TCK")


def waiting_sessions(instance):
    """Sessions in which somebody waits for somebody else."""
    for transport in wire.TRANSPORTS:
        for sql in ("SELECT pg_sleep(60)",
                    "SELECT repeat('x', 1000) FROM generate_series(1, 30000)",
                    "BEGIN"):
            session = wire.open_session(instance, transport)
            session.send(wire.query(sql))
            yield session                    # and it never reads
        session = wire.open_session(instance, transport)
        session.send(wire.query("SELECT pg_sleep(60)"))
        if transport != "plain":
            session.close_notify()
        session.sock.shutdown(socket.SHUT_WR)
        yield session


def test_waiting_costs_no_processor_time(start_postern, own_backend):
    """Half-open connections, sleeping queries, results that nobody reads and
    half-closed clients leave the workers asleep."""
    gate = start_postern(backend=own_backend)
    open_now = [pair[0] for pair in half_open(gate).values()]
    open_now += waiting_sessions(gate)
    pids = gate.worker_pids() + [gate.dialer_pid()]
    idle = open_now[0]
    assert idle.is_silent(1)                 # what has to be moved is moved
    before = {pid: cpu_s(pid) for pid in pids}
    assert idle.is_silent(2)
    used = {pid: cpu_s(pid) - before[pid] for pid in pids}
    assert max(used.values()) < 0.1, used
    for connection in open_now:
        connection.close()
