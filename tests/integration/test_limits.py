# SPDX-License-Identifier: ISC
"""Limits of clients: of one address, of one worker, reserved sessions."""

import contextlib
import re
import select
import socket
import time

import pytest

import processes
import wire

TOO_MANY = "53300"


def open_silent(gate, count):
    """So many connections that say nothing, of 127.0.0.1."""
    return [wire.connect(gate) for _ in range(count)]


def come_from(gate, address):
    """A connection whose own address is another one of the loopback's."""
    raw = socket.create_connection((gate.host, gate.port), 10,
                                   (address, 0))
    return wire.Connection(raw)


def closed_of(connections, count):
    """Waits until the gate has closed that many; which ones is a matter of
    the order in which two workers accept them."""
    def closed():
        ready, _, _ = select.select([one.sock for one in connections], [], [],
                                    0)
        return [one for one in connections if one.sock in ready]
    processes.wait_until(lambda: len(closed()) >= count, 10, "a close")
    found = closed()
    assert len(found) == count and all(is_closed(one) for one in found)
    return found


def is_closed(connection):
    """Did the gate close it?"""
    with contextlib.suppress(OSError):
        return connection.read_to_end(10) == b""
    return True


def wait_until_served(gate):
    """Waits until there is a place again."""
    def is_served():
        with contextlib.suppress(OSError, wire.Ended, wire.ServerError):
            with wire.open_session(gate) as session:
                return session.query("SELECT 1") == [("1",)]
        return False
    processes.wait_until(is_served, 10, "a place")


def wait_for_log(gate, mark, text):
    """Waits until the log says so."""
    processes.wait_until(lambda: text in gate.log()[mark:], 10, text)


@pytest.mark.short
def test_one_address_has_so_many_unfinished_clients(start_postern):
    """One more is closed and named in the log; who has logged in does not
    count, another address has its own limit, an excepted one none."""
    gate = start_postern(max_unfinished_per_address=5,
                         address_limits_except="127.0.0.9")
    with wire.open_session(gate), wire.open_session(gate):
        mark = len(gate.log())
        silent = open_silent(gate, 6)
        silent.remove(closed_of(silent, 1)[0])
        wait_for_log(gate, mark, "too many connections of one address")
        assert "max_unfinished_per_address" in gate.log()[mark:]
        others = [come_from(gate, "127.0.0.2") for _ in range(6)]
        closed_of(others, 1)
        excepted = [come_from(gate, "127.0.0.9") for _ in range(6)]
        with come_from(gate, "127.0.0.9") as last:
            wire.log_in(last, gate.backend)
        silent.pop().close()
        wait_until_served(gate)
        for connection in silent + others + excepted:
            connection.close()


@pytest.mark.parametrize("transport", ["plain", "tls"])
def test_one_address_has_so_many_sessions(start_postern, transport):
    """One more is told, with PostgreSQL's code, before its login."""
    gate = start_postern(max_connections_per_address=2)
    with wire.open_session(gate, transport), \
            wire.open_session(gate, transport):
        with pytest.raises(wire.ServerError) as error:
            wire.open_session(gate, transport)
        assert error.value.code == TOO_MANY
        assert error.value.text == \
            'too many connections for address "127.0.0.1"'
        with come_from(gate, "127.0.0.2") as other:
            wire.log_in(other, gate.backend)
    wait_until_served(gate)


def test_the_last_sessions_are_for_some_addresses(start_postern):
    """Others are told so."""
    gate = start_postern(max_connections=3, reserved_connections=2,
                         reserved_connections_from="127.0.0.2/31")
    with wire.open_session(gate):
        with pytest.raises(wire.ServerError) as error:
            wire.open_session(gate)
        assert error.value.code == TOO_MANY
        assert "reserved for certain addresses" in error.value.text
        with come_from(gate, "127.0.0.2") as one, \
                come_from(gate, "127.0.0.3") as two:
            wire.log_in(one, gate.backend)
            wire.log_in(two, gate.backend)
            with come_from(gate, "127.0.0.2") as three, \
                    pytest.raises(wire.ServerError) as error:
                wire.log_in(three, gate.backend)
            assert error.value.text == "sorry, too many clients already"


def test_a_flood_of_silent_clients_ends_itself(start_postern):
    """The oldest goes for each new one: a client that says what it wants is
    served at once while the flood goes on, in plain and inside SSL."""
    gate = start_postern(max_handshakes=20, workers=1)
    waits = []
    silent = open_silent(gate, 20)
    for turn in range(15):
        silent += open_silent(gate, 20)
        began = time.monotonic()
        with wire.open_session(gate, "tls" if turn % 2 else "plain") as one:
            assert one.query("SELECT 1") == [("1",)]
        waits.append(time.monotonic() - began)
    ended = sum(is_closed(connection) for connection in silent[:-20])
    assert ended == len(silent) - 20
    assert "closing the oldest" in gate.log()
    print("longest wait for a session:", max(waits))
    for connection in silent:
        connection.close()


def test_cancel_requests_of_one_address_are_few(start_postern):
    """Those beyond the limit of a second never reach the server."""
    gate = start_postern(max_cancels_per_address=3, workers=1)
    mark = len(gate.log())
    requests = []
    for _ in range(40):
        connection = wire.connect(gate)
        connection.send(wire.cancel_request(1, b"none"))
        requests.append(connection)
    assert all(is_closed(connection) for connection in requests)
    wait_for_log(gate, mark, "too many cancel requests of one address")
    with wire.open_session(gate) as session:
        session.send(wire.query("SELECT pg_sleep(60)"))

        def is_canceled():
            with wire.connect(gate) as one:
                one.send(wire.cancel_request(session.pid, session.key))
                is_closed(one)
            return "canceling statement" in gate.backend.log()
        processes.wait_until(is_canceled, 10, "a cancel, a second later")


@pytest.mark.parametrize("name, value, complaint", [
    ("address_limits_except", "localhost", 'invalid value for parameter'),
    ("reserved_connections_from", "10.0.0.0/40", "invalid value for"),
    ("reserved_connections", 100, "must be less than"),
])
def test_what_makes_no_sense_is_told(data_directory, start_postern, name,
                                     value, complaint):
    """At start, with the setting's name."""
    gate = start_postern.adopt(data_directory(ssl="off", **{name: value}))
    run = gate.run(gate.programs.listener, "listener")
    assert run.returncode != 0
    assert re.search(f'(?s){complaint}.*', run.stderr + gate.log())
    assert name in run.stderr + gate.log()
