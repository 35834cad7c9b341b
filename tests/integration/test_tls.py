# SPDX-License-Identifier: ISC
"""TLS as the gate offers it."""

import os
import re
import select
import ssl
import subprocess
import time

import pytest

import hello
import wire

TLS12 = ssl.TLSVersion.TLSv1_2
AEAD = {"p256": 0xc02b, "rsa": 0xc02f}       # ECDHE, AES-128-GCM
OLD = [0xc009, 0xc013, 0x002f, 0x0035, 0x000a]
REFUSED_SUITES = {
    "anonymous": [0xc018, 0x0034, 0x00a6, 0x006c],
    "NULL": [0xc006, 0xc010, 0x003b, 0x0002],
    "export": [0x0003, 0x0006, 0x0008, 0x0014, 0x0017],
    "RC4": [0xc007, 0xc011, 0x0005, 0x0004],
    "3DES": [0xc008, 0xc012, 0x000a],
    "static RSA": [0x009c, 0x009d, 0x002f, 0x0035],
    "DHE": [0x009e, 0x009f, 0x0033],
    "CBC": [0xc023, 0xc027, 0xc009, 0xc013],
}


@pytest.fixture(name="gate", params=["p256", "rsa"])
def make_gate(request, start_postern):
    """A gate with a key of each common kind; .kind says which."""
    instance = start_postern(kind=request.param)
    instance.kind = request.param
    return instance


def ask(instance, record, direct=False):
    """What the server answers to a ClientHello made by hand."""
    with wire.connect(instance) as connection:
        if not direct:
            connection.request_tls()
        connection.send(record)
        answer = hello.read_answer(connection)
        if answer.kind != "server hello":
            connection.read_to_end(5)
        return answer


def test_old_versions_are_refused(gate):
    """SSL 3.0, TLS 1.0 and 1.1 get an alert; TLS 1.2 a ServerHello."""
    for version in (hello.SSL30, hello.TLS10, hello.TLS11):
        answer = ask(gate, hello.client_hello(version, OLD))
        assert answer.kind != "server hello", (hex(version), answer)
    answer = ask(gate, hello.client_hello(hello.TLS12, [AEAD[gate.kind]]))
    assert (answer.kind, answer.version) == ("server hello", hello.TLS12)


def test_weak_suites_are_refused(gate):
    """Anonymous, NULL, export, RC4 and 3DES suites, static RSA, DHE and CBC
    get an alert, alone; behind them, a good one is chosen."""
    for name, suites in REFUSED_SUITES.items():
        answer = ask(gate, hello.client_hello(hello.TLS12, suites))
        assert answer.kind != "server hello", (name, answer)
        good = AEAD[gate.kind]
        answer = ask(gate, hello.client_hello(hello.TLS12, suites + [good]))
        assert (answer.kind, answer.suite) == ("server hello", good), name


def test_tls_1_2_has_neither_compression_nor_tickets(gate):
    """A client that offers compression and tickets gets neither, and no
    session id to come back with."""
    answer = ask(gate, hello.client_hello(
        hello.TLS12, [AEAD[gate.kind]], compressions=b"\1\0", ticket=True))
    assert answer.kind == "server hello"
    assert answer.compression == 0
    assert answer.session_id == b""
    assert hello.SESSION_TICKET not in answer.extensions


@pytest.mark.short
@pytest.mark.parametrize("transport", ["tls", "direct"])
@pytest.mark.parametrize("maximum, version", [
    (TLS12, "TLSv1.2"), (None, "TLSv1.3")])
def test_1_2_and_1_3_are_accepted_1_3_preferred(postern, transport, maximum,
                                                version):
    """A client of both versions gets 1.3, one of 1.2 gets 1.2, each with an
    AEAD suite and a certificate that verifies."""
    context = wire.tls_context(postern.ca, alpn=[wire.ALPN], maximum=maximum)
    with wire.open_session(postern, transport, context) as session:
        assert session.tls.version() == version
        assert re.search("GCM|CHACHA20", session.tls.cipher()[0])
        assert session.query("SELECT 1") == [("1",)]


@pytest.mark.parametrize("maximum", [TLS12, None], ids=["1.2", "1.3"])
def test_no_session_is_resumed(postern, maximum):
    """No ticket is given, and a session that is offered again is not
    resumed."""
    context = wire.tls_context(postern.ca, maximum=maximum)
    with wire.open_session(postern, "tls", context) as first:
        first.query("SELECT 1")
        session = first.tls.session
        assert not session.has_ticket
    with wire.connect(postern) as connection:
        connection.request_tls()
        connection.start_tls(context, session=session)
        assert not connection.tls.session_reused
        wire.log_in(connection, postern.backend)


@pytest.mark.short
@pytest.mark.parametrize("name", ["localhost", "nobody.example",
                                  "xn--bcher-kva.example", None])
@pytest.mark.parametrize("transport", ["tls", "direct"])
def test_any_server_name_is_accepted(postern, name, transport):
    """Any SNI is accepted, and none."""
    with wire.connect(postern) as connection:
        if transport == "tls":
            connection.request_tls()
        connection.start_tls(wire.tls_context(alpn=[wire.ALPN]), name=name)
        wire.log_in(connection, postern.backend)
        assert connection.query("SELECT 1") == [("1",)]


class SClient:
    """openssl s_client as a connection: it can renegotiate and change keys,
    which Python's ssl cannot."""

    def __init__(self, instance, *options):
        self.process = subprocess.Popen(
            ["openssl", "s_client", "-brief", "-starttls", "postgres",
             "-connect", f"{instance.host}:{instance.port}", *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        self.said = b""
        self.wait_for(b"CONNECTION ESTABLISHED")

    def _read(self, stream, seconds):
        ready, _, _ = select.select([stream], [], [], seconds)
        return os.read(stream.fileno(), 1 << 16) if ready else b""

    def wait_for(self, words):
        """Until it said so."""
        deadline = time.monotonic() + 10
        while words not in self.said:
            assert time.monotonic() < deadline, self.said
            self.said += self._read(self.process.stderr, 0.1)

    def command(self, letter):
        """One of its own commands."""
        self.process.stdin.write(letter + b"\n")
        self.process.stdin.flush()

    def end(self):
        """Ends it."""
        self.process.kill()
        self.process.communicate()


class ThroughSClient(wire.Connection):
    """A session whose TLS is s_client's."""

    def __init__(self, client):
        self.client = client
        self.tls = self.end = self.pid = self.key = None
        self.buffer, self.parameters, self.others = bytearray(), {}, []

    def send(self, data):
        self.client.process.stdin.write(data)
        self.client.process.stdin.flush()

    def _receive(self, deadline):
        stream = self.client.process.stdout
        ready, _, _ = select.select([stream], [], [],
                                    max(deadline - time.monotonic(), 0))
        assert ready, f"nothing came: {self.client.said}"
        return os.read(stream.fileno(), 1 << 16)


def sync(session, number):
    """An empty query by the extended protocol: no letter of it is one of
    s_client's commands."""
    session.send(wire.message("P", b"\0SELECT %d\0\0\0" % number)
                 + wire.message("B", b"\0" * 8) + wire.message("E", b"\0" * 5)
                 + wire.message("S"))
    return session.read_rows()


@pytest.mark.parametrize("letter", [b"K", b"k"])
def test_a_key_update_is_survived(postern, letter):
    """KeyUpdate, with and without the request for ours, twenty times: the
    session goes on."""
    client = SClient(postern, "-tls1_3")
    try:
        session = ThroughSClient(client)
        wire.log_in(session, postern.backend)
        for number in range(20):
            client.command(letter)
            client.wait_for(b"KEYUPDATE\n" * (number + 1))
            assert sync(session, number) == [(str(number),)]
    finally:
        client.end()


def test_renegotiation_is_refused(postern):
    """A client of TLS 1.2 that wants to renegotiate is told no."""
    client = SClient(postern, "-tls1_2")
    try:
        session = ThroughSClient(client)
        wire.log_in(session, postern.backend)
        assert sync(session, 1) == [("1",)]
        client.command(b"R")
        client.wait_for(b"no renegotiation")
    finally:
        client.end()
    with wire.open_session(postern, "tls") as other:
        assert other.query("SELECT 1") == [("1",)]
