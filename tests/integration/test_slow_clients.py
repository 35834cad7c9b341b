# SPDX-License-Identifier: ISC
"""Clients that connect and say nothing, or one byte a second."""

import os
import selectors
import socket
import statistics
import struct
import threading
import time

import psycopg
import pytest

import processes

CLIENTS = 1_000
TIMEOUT_S = 6             # authentication_timeout of these gates
SERVED_S = 0.1            # a new client waits no longer than this
SSL_REQUEST = struct.pack("!II", 8, 80877103)


def startup_message(user):
    """A StartupMessage, long enough to drip for a while."""
    body = struct.pack("!I", 3 << 16) + b"user\0" + user.encode() + b"\0\0"
    return struct.pack("!I", len(body) + 4) + body


class Crowd:
    """Many clients; those that drip send one byte a second."""

    def __init__(self, gate, size, drip):
        self.born = time.monotonic()
        self.sockets = [socket.create_connection((gate.host, gate.port))
                        for _ in range(size)]
        self.message = startup_message("tester") if drip else b""
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._drip)
        self._thread.start()

    def _drip(self):
        for byte in self.message:
            if self._end.wait(1):
                return
            for client in self.sockets:
                try:
                    client.send(bytes([byte]))
                except OSError:
                    pass                        # it is gone, as it should be

    def wait_for_the_end(self, seconds):
        """How many are still connected that many seconds from now."""
        alive = selectors.DefaultSelector()
        for client in self.sockets:
            client.setblocking(False)
            alive.register(client, selectors.EVENT_READ)
        deadline = time.monotonic() + seconds
        while alive.get_map() and time.monotonic() < deadline:
            for key, _ in alive.select(0.1):
                try:
                    gone = not key.fileobj.recv(4096)
                except ConnectionResetError:
                    gone = True
                if gone:
                    alive.unregister(key.fileobj)
        return len(alive.get_map())

    def close(self):
        """Leaves."""
        self._end.set()
        self._thread.join()
        for client in self.sockets:
            client.close()


def first_answer_s(gate):
    """Seconds from connect to the answer to an SSLRequest."""
    begin = time.monotonic()
    with socket.create_connection((gate.host, gate.port)) as client:
        client.sendall(SSL_REQUEST)
        assert client.recv(1) == b"S"
        return time.monotonic() - begin


def login_s(gate, sslmode):
    """Seconds of a login, the server's SCRAM included."""
    begin = time.monotonic()
    psycopg.connect(gate.conninfo(sslmode)).close()
    return time.monotonic() - begin


def answers_and_logins(gate):
    """Seconds of some first answers and of some logins."""
    return ([first_answer_s(gate) for _ in range(20)],
            [login_s(gate, sslmode) for _ in range(5)
             for sslmode in ("disable", "verify-full")])


def descriptors(gate):
    """Open descriptors of all workers."""
    return sum(len(os.listdir(f"/proc/{pid}/fd"))
               for pid in gate.worker_pids())


@pytest.mark.parametrize("drip", (False, True), ids=("silent", "dripping"))
def test_1000_slow_clients_stop_nobody_and_are_gone_in_time(start_postern,
                                                            drip):
    gate = start_postern(authentication_timeout=TIMEOUT_S)
    before = descriptors(gate)          # while no client is on its way out
    alone_answers, alone_logins = answers_and_logins(gate)
    crowd = Crowd(gate, CLIENTS, drip)
    try:
        answers, logins = answers_and_logins(gate)
        assert time.monotonic() - crowd.born < TIMEOUT_S, \
            "too late to show anything"
        assert descriptors(gate) >= before + CLIENTS
        print(f"answers: alone {max(alone_answers):.3f} s at most, in the "
              f"crowd {max(answers):.3f}; logins: median "
              f"{statistics.median(alone_logins):.3f}, "
              f"{statistics.median(logins):.3f}")
        assert max(answers) < SERVED_S, answers
        # A login is the server's work above all, and the machine's pace.
        assert statistics.median(logins) < max(
            SERVED_S, 2 * statistics.median(alone_logins)), logins
        left = crowd.born + TIMEOUT_S - time.monotonic()
        assert crowd.wait_for_the_end(left + 3) == 0
    finally:
        crowd.close()
    processes.wait_until(lambda: descriptors(gate) <= before, 5,
                         "closed descriptors")


def test_the_timeout_does_not_end_a_session(start_postern):
    gate = start_postern(authentication_timeout=1)
    with psycopg.connect(gate.conninfo("verify-full")) as conn:
        assert conn.execute("SELECT pg_sleep(2)").fetchone()
