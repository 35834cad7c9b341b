# SPDX-License-Identifier: ISC
"""CancelRequest, byte by byte."""

import os

import pytest

import wire

CANCELED = "57014"


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
def test_wrong_keys_have_no_effect(postern, transport):
    """A wrong key, the key of another session, a wrong length: no effect,
    no answer, 200 in a row included."""
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
