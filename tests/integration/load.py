# SPDX-License-Identifier: ISC
"""load: clients that come all the time, and sessions that stay, while a test
does to the gate what it likes."""

import collections
import os
import socket
import ssl
import threading
import time

import wire

LONG = os.environ.get("POSTERN_LONG") == "1"
THREADS = 8
LOGIN_EVERY = 10       # of the handshakes one goes on to a session
LIMIT_S = 15           # of one client


class Load:
    """Handshakes at a rate (a second; what the machine gives, if that is
    less), and that many sessions, each of which is used all the time.

    with Load(gate, 200, 50) as load: ...; afterwards load.done counts what
    was done, load.refused and load.failed say what went wrong, load.lost
    which sessions ended.
    """

    def __init__(self, gate, rate, sessions=0, transport="tls"):
        self.gate = gate
        self.interval = 1 / rate
        self.transport = transport
        self.context = wire.tls_context(gate.ca)
        self.done = collections.Counter()
        self.refused, self.failed, self.lost = [], [], []
        self.seconds = 0
        self._sessions = [wire.open_session(gate, ("tls", "plain")[n % 2])
                          for n in range(sessions)]
        self._lock = threading.Lock()
        self._end = threading.Event()
        self._next = time.monotonic()
        self._threads = [threading.Thread(target=self._come)
                         for _ in range(THREADS)]
        self._threads.append(threading.Thread(target=self._stay))

    def __enter__(self):
        self._begin = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        for thread in self._threads:
            thread.join()
        self.seconds = time.monotonic() - self._begin
        for session in self._sessions:
            session.close()

    def wait_for(self, clients, seconds=60):
        """Until that many more clients have come."""
        wanted = self.done["clients"] + clients
        deadline = time.monotonic() + seconds
        while self.done["clients"] < wanted:
            assert time.monotonic() < deadline, f"{clients} more clients"
            self._end.wait(0.01)

    def wait_for_pings(self, count, seconds=60):
        """Until the sessions were used that many times more."""
        wanted = self.done["pings"] + count
        deadline = time.monotonic() + seconds
        while self.done["pings"] < wanted:
            assert time.monotonic() < deadline, f"{count} more pings"
            self._end.wait(0.01)

    def report(self):
        """What was done, in words."""
        return (f"{self.done['clients']} clients in {self.seconds:.1f} s, "
                f"{self.done['clients'] / max(self.seconds, 0.001):.0f}/s, "
                f"{self.done['logins']} logins, {self.done['pings']} queries "
                f"of {len(self._sessions)} sessions; refused "
                f"{len(self.refused)}, failed {len(self.failed)}, lost "
                f"{len(self.lost)}")

    def assert_flawless(self):
        """Nobody was refused, failed or lost his session."""
        print(self.report())
        assert (self.refused, self.failed, self.lost) == ([], [], []), \
            self.report()

    def _turn(self):
        """Waits for this thread's turn; its number."""
        with self._lock:
            now = time.monotonic()
            self._next = max(self._next + self.interval, now - 1)
            wait, self.done["begun"] = self._next - now, \
                self.done["begun"] + 1
            number = self.done["begun"]
        if wait > 0:
            self._end.wait(wait)
        return number

    def _come(self):
        while not self._end.is_set():
            number = self._turn()
            if self._end.is_set():
                return
            try:
                logins = self._one(number)
            except ConnectionRefusedError as error:
                self.refused.append((time.monotonic() - self._begin, error))
            except Exception as error:      # whatever: it is a failure
                self.failed.append((time.monotonic() - self._begin,
                                    repr(error)))
            else:
                with self._lock:
                    self.done["clients"] += 1
                    self.done["logins"] += logins

    def _one(self, number):
        if number % LOGIN_EVERY == 0:
            with wire.open_session(self.gate, self.transport,
                                   self.context if self.transport == "tls"
                                   else None) as session:
                assert session.query("SELECT 1") == [("1",)]
            return 1
        with socket.create_connection((self.gate.host, self.gate.port),
                                      LIMIT_S) as client:
            if self.transport != "tls":
                client.sendall(wire.startup_of(self.gate.backend))
                assert client.recv(1) == b"R"
                return 0
            client.sendall(wire.ssl_request())
            assert client.recv(1) == b"S", "no SSL"
            tls = self.context.wrap_socket(client, server_hostname="localhost",
                                           suppress_ragged_eofs=False)
            tls.close()
        return 0

    def _stay(self):
        sessions = list(self._sessions)
        while not self._end.is_set():
            for session in list(sessions):
                try:
                    assert session.query("SELECT pg_backend_pid()") == [
                        (str(session.pid),)]
                except (wire.ServerError, wire.Ended, OSError, ssl.SSLError,
                        AssertionError) as error:
                    self.lost.append((session, repr(error)))
                    sessions.remove(session)
                else:
                    with self._lock:
                        self.done["pings"] += 1
            self._end.wait(0.02 if sessions else 0.1)
