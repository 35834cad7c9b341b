# SPDX-License-Identifier: ISC
"""How clients leave, and servers."""

import contextlib
import os
import pathlib
import signal
import socket

import pytest

import processes
import wire

GONE_S = 5            # the server's session ends within that


def lives(instance):
    """The processes that must survive, whatever clients do."""
    return (instance.listener_pid, instance.dialer_pid(),
            sorted(instance.worker_pids()), instance.keyd_pid,
            instance.signer_pid())


def descriptors(instance):
    """Open descriptors of workers and dialer."""
    return {pid: len(os.listdir(f"/proc/{pid}/fd"))
            for pid in instance.worker_pids() + [instance.dialer_pid()]}


def begun(instance, transport="plain", sent=b"", answer=0):
    """A connection that stopped behind these bytes."""
    connection = wire.open_transport(instance, transport)
    if sent:
        connection.send(sent)
    connection.read(answer)
    return connection


def stages(instance):
    """One connection at every stage of a client's way."""
    backend = instance.backend
    message = wire.startup_of(backend)
    yield begun(instance)
    yield begun(instance, sent=message[:1])
    yield begun(instance, sent=message[:-1])
    yield begun(instance, sent=wire.gssenc_request(), answer=1)
    yield begun(instance, sent=wire.ssl_request(), answer=1)
    yield begun(instance, sent=b"\x16\x03\x01\x02\x00\x01")
    yield begun(instance, sent=wire.cancel_request(1, b"abcd"))
    for transport in wire.TRANSPORTS:
        yield begun(instance, transport)
        yield begun(instance, transport, message[:-1])
        yield begun(instance, transport, message)
        yield begun(instance, transport, message, 9)
        yield wire.open_session(instance, transport)
        for sql in ("SELECT pg_sleep(0.2)", "BEGIN; SELECT 1",
                    "SELECT repeat('x', 30000000)",
                    "COPY (SELECT generate_series(1, 3000000)) TO STDOUT"):
            session = wire.open_session(instance, transport)
            session.send(wire.query(sql))
            yield session
    # The handshake's second flight never comes
    connection = begun(instance, sent=wire.ssl_request(), answer=1)
    connection.begin_tls()
    yield connection


@pytest.mark.short
@pytest.mark.parametrize("how", ["close", "reset"])
def test_leaving_at_every_stage_leaves_nothing_behind(start_postern,
                                                      own_backend, how):
    """FIN or RST at every stage leaves the front alive, and neither a
    descriptor nor a session of the server."""
    gate = start_postern(backend=own_backend)
    for transport in wire.TRANSPORTS:
        wire.open_session(gate, transport).close()
    processes.wait_until(lambda: sessions_of(gate) == 0, GONE_S, "no session")
    for connection in stages(gate):      # once, so that every path is warm
        getattr(connection, how)()
    processes.wait_until(lambda: sessions_of(gate) == 0, 10, "no session")
    before, alive = settled_descriptors(gate), lives(gate)
    for connection in stages(gate):
        getattr(connection, how)()
    processes.wait_until(lambda: sessions_of(gate) == 0, GONE_S,
                         "the end of the server's sessions")
    processes.wait_until(lambda: descriptors(gate) == before, GONE_S,
                         f"descriptors as before ({before})")
    assert lives(gate) == alive
    for transport in wire.TRANSPORTS:
        with wire.open_session(gate, transport) as session:
            assert session.query("SELECT 1") == [("1",)]


def settled_descriptors(instance):
    """Descriptors once the farewells of earlier clients are over."""
    found = []

    def settled():
        found.append(descriptors(instance))
        return len(found) > 20 and len({str(d) for d in found[-20:]}) == 1
    processes.wait_until(settled, GONE_S, "descriptors that stay")
    return found[-1]


def sessions_of(instance):
    """How many sessions the server has besides the one that asks."""
    return int(instance.backend.psql(
        "SELECT count(*) FROM pg_stat_activity WHERE backend_type = "
        "'client backend' AND pid <> pg_backend_pid()"))


@pytest.mark.parametrize("transport", wire.TRANSPORTS)
@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_copy_that_is_left_is_rolled_back(postern, transport, how):
    """A client that leaves within COPY FROM STDIN has copied nothing, and
    its session ends within 5 s."""
    table = f"left_{transport}_{how}"
    postern.backend.psql(f"DROP TABLE IF EXISTS {table}; "
                         f"CREATE TABLE {table} (line text)")
    session = wire.open_session(postern, transport)
    session.send(wire.query(f"COPY {table} FROM STDIN"))
    session.read_until("G")
    session.send(wire.message("d", b"a line\n" * 10000))
    getattr(session, how)()
    assert processes.wait_for_end(session.pid, GONE_S)
    assert postern.backend.psql(f"SELECT count(*) FROM {table}") == "0"


@pytest.mark.short
@pytest.mark.parametrize("transport", wire.TRANSPORTS)
@pytest.mark.parametrize("how", ["close", "reset"])
def test_an_idle_session_ends_with_its_client(postern, transport, how):
    """FIN or RST of an idle client ends the server's session within 5 s."""
    session = wire.open_session(postern, transport)
    session.query("BEGIN")
    getattr(session, how)()
    assert processes.wait_for_end(session.pid, GONE_S)


@pytest.mark.short
@pytest.mark.parametrize("transport", wire.TRANSPORTS)
def test_terminate_is_answered_by_an_orderly_end(postern, transport):
    """After Terminate the client gets TLS's close_notify and TCP's FIN, and
    no byte more."""
    with wire.open_session(postern, transport) as session:
        session.send(wire.terminate())
        assert session.read_to_end(GONE_S) == b""
        if transport != "plain":
            assert session.end == "close_notify"
            assert session.tcp_end(GONE_S) == "fin"
        assert session.end == "fin"
    assert processes.wait_for_end(session.pid, GONE_S)


@pytest.mark.parametrize("transport", ["tls", "direct"])
def test_close_notify_ends_the_session(postern, transport):
    """A client's close_notify ends its session, and is answered."""
    with wire.open_session(postern, transport) as session:
        session.close_notify()
        assert processes.wait_for_end(session.pid, GONE_S)
        assert session.read_to_end(GONE_S) == b""
        assert session.end == "close_notify"


@pytest.mark.short
@pytest.mark.parametrize("transport", wire.TRANSPORTS)
def test_a_slow_reader_gets_all_that_the_server_left(postern, transport):
    """The server ended long ago when the client begins to read: every byte
    comes, and an orderly end behind them."""
    with wire.open_session(postern, transport) as session:
        session.send(wire.query("SELECT repeat('x', 500000)")
                     + wire.terminate())
        assert processes.wait_for_end(session.pid, GONE_S)
        assert session.read_rows() == [("x" * 500000,)]
        assert session.read_to_end(GONE_S) == b""
        assert session.end == ("fin" if transport == "plain"
                               else "close_notify")


@pytest.mark.short
@pytest.mark.parametrize("transport", ["tls", "direct"])
def test_close_notify_behind_a_query_ends_the_session(postern, transport):
    """A close_notify that comes with the last query ends the session too,
    once its result was sent, though the client keeps TCP open."""
    with wire.open_session(postern, transport) as session:
        session.close_notify(last=wire.query("SELECT 'the last'"))
        assert session.read_rows() == [("the last",)]
        assert processes.wait_for_end(session.pid, GONE_S)
        assert session.read_to_end(GONE_S) == b""
        assert session.end == "close_notify"


@pytest.mark.short
@pytest.mark.parametrize("transport", wire.TRANSPORTS)
@pytest.mark.parametrize("busy", [False, True])
def test_the_server_s_fatal_reaches_the_client_whole(postern, transport,
                                                     busy):
    """pg_terminate_backend: the client gets the server's FATAL 57P01 and an
    orderly end, idle or within a query."""
    with wire.open_session(postern, transport) as session:
        if busy:
            session.send(wire.query("SELECT pg_sleep(60)"))
            processes.wait_until(lambda: postern.backend.psql(
                f"SELECT state FROM pg_stat_activity WHERE pid = "
                f"{session.pid}") == "active", 10, "the query's start")
        postern.backend.psql(f"SELECT pg_terminate_backend({session.pid})")
        with pytest.raises(wire.ServerError) as error:
            session.read_rows()
        assert (error.value.severity, error.value.code) == ("FATAL", "57P01")
        assert error.value.fields["R"] == "ProcessInterrupts"
        assert session.read_to_end(GONE_S) == b""
        assert session.end == ("fin" if transport == "plain"
                               else "close_notify")


@pytest.mark.parametrize("transport", wire.TRANSPORTS)
def test_a_server_that_dies_ends_its_clients(own_backend, start_postern,
                                             transport):
    """SIGQUIT to the server: its last words reach the clients, then the
    end."""
    gate = start_postern(backend=own_backend)
    with wire.open_session(gate, transport) as session:
        own_backend.stop(signal.SIGQUIT)
        data = session.read_to_end(GONE_S)
        assert b"57P02" in data or b"57P01" in data or data == b""


@pytest.mark.short
@pytest.mark.parametrize("transport", wire.TRANSPORTS)
def test_without_a_server_the_client_is_told(own_backend, start_postern,
                                             transport):
    """With no server behind, the client gets a FATAL ErrorResponse that
    says so, in plain and over TLS, and is served again once it is back."""
    gate = start_postern(backend=own_backend)
    own_backend.stop()
    with wire.open_transport(gate, transport) as connection:
        connection.send(wire.startup_of(own_backend))
        error = connection.read_error()
        assert error.severity == "FATAL"
        assert error.code == "57P03"
        assert f".s.PGSQL.{own_backend.port}" in error.text
        assert connection.read_to_end(GONE_S) == b""
    own_backend.start()
    with wire.open_session(gate, transport) as session:
        assert session.query("SELECT 1") == [("1",)]


@pytest.mark.short
def test_a_dial_that_fails_within_a_farewell_is_nobody_s(own_backend,
                                                        start_postern):
    """authentication_timeout ends a client that is still being connected;
    the server's absence, found when it is told already, is not told again,
    and moves nothing."""
    gate = start_postern(backend=own_backend, workers=1,
                         authentication_timeout="1s")
    alive = lives(gate)
    own_backend.stop()
    with wire.connect(gate) as late:
        with processes.stopped(gate.dialer_pid()):
            late.send(wire.startup_of(own_backend))
            assert late.read_error().code == "57014"
            assert late.read_to_end(GONE_S) == b""
        with wire.connect(gate) as other:
            other.send(wire.startup_of(own_backend))
            assert other.read_error().code == "57P03"
    assert "may not move" not in gate.log()
    assert lives(gate) == alive


def test_a_cancel_without_a_server_is_closed(own_backend, start_postern):
    """With no server behind, a CancelRequest is closed without an answer."""
    gate = start_postern(backend=own_backend)
    own_backend.stop()
    with wire.connect(gate) as connection:
        connection.send(wire.cancel_request(1, b"abcd"))
        assert connection.read_to_end(GONE_S) == b""


def watched(pid):
    """The descriptors in a process's epoll sets, open ones or not."""
    found = set()
    for path in pathlib.Path(f"/proc/{pid}/fdinfo").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found |= {int(line.split()[1])
                      for line in path.read_text().splitlines()
                      if line.startswith("tfd:")}
    return found


def is_listening(pid, number):
    """Is that descriptor a listening socket?"""
    try:
        with processes.take_socket(pid, number) as taken:
            return bool(taken.getsockopt(socket.SOL_SOCKET,
                                         socket.SO_ACCEPTCONN))
    except OSError:
        return False


@pytest.mark.skipif(os.geteuid() != 0,
                    reason="takes descriptors of other processes")
def test_a_draining_worker_is_not_woken_for_new_clients(start_postern):
    gate = start_postern(workers=1)
    worker, = gate.worker_pids()
    numbers = {number for number in watched(worker)
               if is_listening(worker, number)}
    assert numbers
    # As a supervisor does that starts a next generation.
    held = [processes.take_socket(worker, number) for number in numbers]
    session = wire.open_session(gate, "plain")
    os.kill(gate.listener_pid, signal.SIGINT)
    processes.wait_until(
        lambda: not any(is_listening(worker, number) for number in numbers),
        10, "the worker has closed its listening sockets")
    assert session.query("SELECT 1") == [("1",)]
    assert not watched(worker) & numbers
    for taken in held:
        taken.close()
    session.close()
