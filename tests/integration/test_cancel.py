# SPDX-License-Identifier: ISC
"""CancelRequest, byte by byte."""

import os
import time

import pytest

import processes
import wire

CANCELED = "57014"
LIMIT_S = 10          # of a cancel request, from its packet on


def cancel(instance, transport, pid, key):
    """Sends a CancelRequest, and sees that it gets no answer."""
    with wire.open_transport(instance, transport) as connection:
        connection.send(wire.cancel_request(pid, key))
        assert connection.read_to_end(10) == b""
        if transport != "plain":
            assert connection.end in ("close_notify", "fin")


def assert_running(instance, session):
    """The server runs its query."""
    assert instance.backend.psql(
        f"SELECT state FROM pg_stat_activity WHERE pid = {session.pid}"
    ) == "active"


@pytest.mark.short
@pytest.mark.parametrize("of_session", wire.TRANSPORTS)
@pytest.mark.parametrize("of_cancel", wire.TRANSPORTS)
def test_a_cancel_reaches_its_session(postern, of_session, of_cancel):
    """Forwarded in plain, over TLS and over direct TLS, whatever the
    session's own transport; no answer, then a close; the right key cancels
    only its session, which goes on."""
    with wire.open_session(postern, of_session) as session, \
            wire.open_session(postern, of_session) as other:
        for each in (session, other):
            each.send(wire.query("SELECT pg_sleep(60)"))
        cancel(postern, of_cancel, session.pid, session.key)
        with pytest.raises(wire.ServerError) as error:
            session.read_rows()
        assert error.value.code == CANCELED
        assert session.query("SELECT 'goes on'") == [("goes on",)]
        assert_running(postern, other)
        cancel(postern, of_cancel, other.pid, other.key)
        with pytest.raises(wire.ServerError):
            other.read_rows()


@pytest.mark.parametrize("transport", wire.TRANSPORTS)
def test_wrong_keys_have_no_effect(start_postern, transport):
    """A wrong key, the key of another session, a wrong length: no effect,
    no answer, 200 in a row included."""
    postern = start_postern(max_cancels_per_address=0)
    with wire.open_session(postern) as session, \
            wire.open_session(postern) as other:
        session.send(wire.query("SELECT pg_sleep(60)"))
        wrong = [os.urandom(4), other.key, session.key[:3],
                 session.key + b"\0", session.key * 8, b"", b"k" * 300]
        for number in range(200 if transport == "plain" else 40):
            key = wrong[number % len(wrong)]
            if key != session.key:
                cancel(postern, transport, session.pid, key)
        assert_running(postern, session)
        assert other.query("SELECT 1") == [("1",)]
        cancel(postern, transport, session.pid, session.key)
        with pytest.raises(wire.ServerError) as error:
            session.read_rows()
        assert error.value.code == CANCELED


def test_bytes_behind_a_cancel_are_nobody_s(postern):
    """What follows a CancelRequest in its segment is not served."""
    with wire.connect(postern) as connection:
        connection.send(wire.cancel_request(1, b"abcd")
                        + wire.startup_of(postern.backend))
        assert connection.read_to_end(10) == b""


def test_a_cancel_is_not_logged_with_its_key(postern):
    """No key of a cancel stands in any log of the gate."""
    with wire.open_session(postern) as session:
        key = session.key
        cancel(postern, "plain", session.pid, key)
    log = postern.log()
    for text in (key.hex(), str(int.from_bytes(key, "big"))):
        assert text not in log


def send_cancel(instance, pid, key):
    """A CancelRequest on its way; nothing was read yet."""
    connection = wire.connect(instance)
    connection.send(wire.cancel_request(pid, key))
    return connection


def wait_for_worker(instance):
    """The only worker has read what was sent before this."""
    with wire.connect(instance) as connection:
        connection.send(wire.gssenc_request())
        assert connection.read(1) == b"N"


@pytest.mark.short
def test_64_cancels_at_once_reach_their_sessions(start_postern):
    """However many come at once, each cancels its session, also when its
    sender did not wait for the end."""
    gate = start_postern(workers=1)
    sessions = [wire.open_session(gate) for _ in range(64)]
    for session in sessions:
        session.send(wire.query("SELECT pg_sleep(60)"))
    with processes.stopped(gate.dialer_pid()):
        waiting = [send_cancel(gate, session.pid, session.key)
                   for session in sessions]
        wait_for_worker(gate)
        assert all(connection.is_silent(0) for connection in waiting)
        for connection in waiting[::2]:
            connection.close()
    for session in sessions:
        with pytest.raises(wire.ServerError) as error:
            session.read_rows()
        assert error.value.code == CANCELED
        session.close()
    for connection in waiting[1::2]:
        assert connection.read_to_end() == b""
        connection.close()


def test_a_cancel_that_nobody_takes_is_dropped_in_time(start_postern):
    """Neither a dialer that stands still nor the others before it keep a
    cancel request for longer than its limit; the next ones are served."""
    gate = start_postern(workers=1)
    with wire.open_session(gate) as session:
        session.send(wire.query("SELECT pg_sleep(60)"))
        with processes.stopped(gate.dialer_pid()):
            born = time.monotonic()
            waiting = [send_cancel(gate, session.pid, b"none")
                       for _ in range(20)]
            for connection in waiting:
                assert connection.read_to_end(LIMIT_S + 5) == b""
                assert time.monotonic() - born > LIMIT_S - 1
                connection.close()
        assert time.monotonic() - born < LIMIT_S + 5
        assert "dropping a cancel request due to timeout" in gate.log()
        cancel(gate, "plain", session.pid, session.key)
        with pytest.raises(wire.ServerError) as error:
            session.read_rows()
        assert error.value.code == CANCELED
