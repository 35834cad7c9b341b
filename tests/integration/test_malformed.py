# SPDX-License-Identifier: ISC
"""What is not PostgreSQL's protocol."""

import os
import struct

import pytest

import processes
import wire

AT_ONCE_S = 3         # far below authentication_timeout's 60 s
RUBBISH = {
    "length 0": struct.pack("!II", 0, 3 << 16),
    "length 4": struct.pack("!II", 4, 3 << 16),
    "length 7": struct.pack("!II", 7, 3 << 16),
    "length 0 alone": struct.pack("!I", 0),
    "length 7 alone": struct.pack("!I", 7),
    "a body of 10001 bytes": struct.pack("!II", 10005, 3 << 16),
    "a negative length": struct.pack("!iI", -8, 3 << 16),
    "a huge length": struct.pack("!II", 0x7fffffff, 3 << 16),
    "HTTP": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "SSH": b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
    "a Query": wire.query("SELECT 1"),
    "SSLv2's hello": bytes.fromhex("802e010002001500000010010080020080"),
    "random bytes": b"\xf1" + os.urandom(300),
    "zeros": b"\0" * 64,
    "a cancel without a key": wire.cancel_request(1, b""),
    "a cancel key of 257 bytes": wire.cancel_request(1, b"k" * 257),
    "a cancel without a pid": wire.packet(wire.CANCEL_CODE),
    "SSLRequest of 9 bytes": wire.packet(wire.SSL_CODE, b"\0"),
}


@pytest.mark.short
@pytest.mark.parametrize("transport", wire.TRANSPORTS)
@pytest.mark.parametrize("what", RUBBISH)
def test_what_is_no_packet_is_closed_at_once(postern, what, transport):
    """Absurd lengths and other protocols are closed at once, without an
    answer, in plain and inside TLS."""
    with wire.open_transport(postern, transport) as connection:
        connection.send(RUBBISH[what])
        assert connection.read_to_end(AT_ONCE_S) == b""


def startup_with_body(backend, size):
    """A StartupMessage whose body, the code included, has that size."""
    bare = wire.startup_of(backend, application_name="")
    filling = "x" * (size + 4 - len(bare))
    return wire.startup_of(backend, application_name=filling)


@pytest.mark.parametrize("transport", wire.TRANSPORTS)
def test_a_startup_of_10000_bytes_is_served(postern, transport):
    """A body of exactly 10,000 bytes is accepted, one byte more is not."""
    backend = postern.backend
    longest = startup_with_body(backend, 10000)
    assert struct.unpack("!I", longest[:4]) == (10004,)
    with wire.open_transport(postern, transport) as connection:
        connection.send(longest)
        connection.authenticate(wire.Scram(backend.password))
        assert connection.query("SELECT 1") == [("1",)]
    with wire.open_transport(postern, transport) as connection:
        connection.send(startup_with_body(backend, 10001))
        assert connection.read_to_end(AT_ONCE_S) == b""


NO_USER = "no PostgreSQL user name specified in startup packet"
LAYOUT = "invalid startup packet layout: expected terminator as last byte"


@pytest.mark.short
@pytest.mark.parametrize("transport", wire.TRANSPORTS)
@pytest.mark.parametrize("pairs, code, text", [
    (b"\0", "28000", NO_USER),
    (b"database\0gate\0\0", "28000", NO_USER),
    (b"user\0\0\0", "28000", NO_USER),
    (b"", "08P01", LAYOUT),
    (b"user\0tester\0", "08P01", LAYOUT),
    (b"user\0tester", "08P01", LAYOUT),
    (b"user\0tester\0database\0", "08P01", LAYOUT),
    (b"user\0tester\0\0\0", "08P01", LAYOUT),
    (b"user\0tester\0\0database\0gate\0\0", "08P01", LAYOUT),
    (b"user\0tester\0\0x", "08P01", LAYOUT)])
def test_a_bad_startup_is_told_so(postern, pairs, code, text, transport):
    """No user: FATAL 28000; a terminator that is absent or not the last
    byte: FATAL 08P01; and a close."""
    with wire.open_transport(postern, transport) as connection:
        connection.send(wire.packet(3 << 16, pairs))
        error = connection.read_error()
        assert (error.severity, error.code, error.text) == ("FATAL", code,
                                                            text)
        assert connection.read_to_end(AT_ONCE_S) == b""


ABSURD = {
    "random bytes": os.urandom(200),
    "a record of 65535 bytes": b"\x17\x03\x03\xff\xff" + b"x" * 100,
    "an unknown record": b"\x63\x03\x03\x00\x10" + b"x" * 16,
    "an empty handshake": b"\x16\x03\x01\x00\x00",
    "data before the handshake": b"\x17\x03\x03\x00\x20" + b"x" * 32,
    "a hello that is none": b"\x16\x03\x01\x00\x08\x01\xff\xff\xff" + b"x" * 4,
}


def assert_alert_or_nothing(data):
    """Whole alert records and nothing else."""
    while data:
        kind, _, length = struct.unpack("!BHH", data[:5])
        assert kind == 21, data
        data = data[5 + length:]


@pytest.mark.parametrize("what", ABSURD)
def test_garbage_after_s_is_a_tls_error(postern, what):
    """Garbage in place of a handshake: at most an alert, and a close."""
    with wire.connect(postern) as connection:
        connection.request_tls()
        connection.send_raw(ABSURD[what])
        if what == "an empty handshake":
            connection.send_raw(b"\x16\x03\x01\x00\x00" * 40)
        assert_alert_or_nothing(connection.read_to_end(AT_ONCE_S))


@pytest.mark.short
@pytest.mark.parametrize("what", ["random bytes", "a record of 65535 bytes",
                                  "an unknown record",
                                  "data before the handshake"])
@pytest.mark.parametrize("transport", ["tls", "direct"])
def test_garbage_inside_a_tls_session_ends_it(postern, what, transport):
    """A record that nobody encrypted ends the session, the server's too."""
    connection = wire.open_session(postern, transport)
    with connection:
        connection.send_raw(ABSURD[what])
        assert connection.read_to_end(AT_ONCE_S) == b""
        assert connection.end != "fin", "TCP ended without a word of TLS"
    assert processes.wait_for_end(connection.pid, 5)


@pytest.mark.parametrize("transport", wire.TRANSPORTS)
def test_garbage_inside_a_session_is_the_server_s_to_judge(postern,
                                                           transport):
    """A message that the server does not know gets the server's own FATAL."""
    with wire.open_session(postern, transport) as session:
        session.send(wire.message("\x01", b"garbage"))
        error = session.read_error()
        assert (error.code, error.severity) == ("08P01", "FATAL")
        assert "invalid frontend message type" in error.text
        assert session.read_to_end(AT_ONCE_S) == b""
    assert processes.wait_for_end(session.pid, 5)
