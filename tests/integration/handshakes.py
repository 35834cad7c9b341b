# SPDX-License-Identifier: ISC
"""handshakes: clients that come as far as a TLS connection, and leave."""

import concurrent.futures
import socket
import ssl
import struct
import threading
import time

import processes

SSL_REQUEST = struct.pack("!II", 8, 80877103)


def shake(gate, count, version="TLSv1.3"):
    """That many handshakes in that version of TLS, some at once; all must
    succeed."""
    context = ssl.create_default_context(cafile=gate.ca)
    if version == "TLSv1.2":
        context.maximum_version = ssl.TLSVersion.TLSv1_2

    def one(_):
        with socket.create_connection((gate.host, gate.port)) as client:
            client.sendall(SSL_REQUEST)
            assert client.recv(1) == b"S"
            with context.wrap_socket(client,
                                     server_hostname="localhost") as tls:
                return tls.version()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        versions = set(pool.map(one, range(count), chunksize=50))
    assert versions == {version}


def certificate_of(gate):
    """The certificate that a client is shown now, in DER."""
    context = ssl.create_default_context(cafile=gate.ca)
    with socket.create_connection((gate.host, gate.port),
                                  timeout=30) as client:
        client.sendall(SSL_REQUEST)
        assert client.recv(1) == b"S"
        with context.wrap_socket(client, server_hostname="localhost") as tls:
            return tls.getpeercert(binary_form=True)


class Load:
    """Handshakes one after the other, some at once, as long as the with block
    lasts. None may fail."""

    def __init__(self, gate, clients=4):
        self.gate = gate
        self.done = 0           # handshakes
        self.failures = []      # texts
        self.longest = 0.0      # seconds
        self.begun = time.monotonic()
        self.seen = set()       # certificates that clients were shown
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._run)
                         for _ in range(clients)]

    def _run(self):
        while not self._stopped.is_set():
            try:
                begun = time.monotonic()
                self.seen.add(certificate_of(self.gate))
                self.longest = max(self.longest, time.monotonic() - begun)
                self.done += 1
            except (OSError, AssertionError) as error:
                self.failures.append(repr(error))

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stopped.set()
        for thread in self._threads:
            thread.join(60)

    def report(self):
        """What was done, in words."""
        seconds = time.monotonic() - self.begun
        return (f"{self.done} handshakes in {seconds:.1f} s, "
                f"{len(self.failures)} failed, the longest "
                f"{self.longest * 1000:.0f} ms")

    def wait_for(self, count):
        """Waits until that many more are done."""
        before = self.done
        processes.wait_until(lambda: self.done >= before + count, 60,
                             f"{count} handshakes")
