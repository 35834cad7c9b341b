# SPDX-License-Identifier: ISC
"""hello: a ClientHello made by hand, for versions and ciphers that today's
TLS libraries no longer speak, and what a server answers to it."""

import collections
import os
import struct

ALERT, HANDSHAKE = 21, 22
SERVER_HELLO = 2
SSL30, TLS10, TLS11, TLS12 = 0x0300, 0x0301, 0x0302, 0x0303
HEARTBEAT, SESSION_TICKET = 15, 35
FALLBACK_SCSV = 0x5600

Answer = collections.namedtuple(
    "Answer", "kind alert version suite session_id compression extensions "
    "random", defaults=[None])


def _extension(number, body):
    return struct.pack("!HH", number, len(body)) + body


def _list(items):
    body = b"".join(struct.pack("!H", item) for item in items)
    return struct.pack("!H", len(body)) + body


def client_hello(version, suites, compressions=b"\0", ticket=False,
                 heartbeat=False):
    """The record of a ClientHello that offers exactly this."""
    extensions = [
        _extension(10, _list([0x001d, 0x0017])),       # groups
        _extension(11, b"\1\0"),                       # point formats
        _extension(13, _list([0x0403, 0x0804, 0x0401, 0x0201, 0x0203])),
        _extension(0xff01, b"\0"),                     # renegotiation
    ]
    if ticket:
        extensions.append(_extension(SESSION_TICKET, b""))
    if heartbeat:
        extensions.append(_extension(HEARTBEAT, b"\1"))
    extensions = b"".join(extensions)
    body = (struct.pack("!H", version) + os.urandom(32) + b"\0"
            + _list(suites) + bytes([len(compressions)]) + compressions)
    if version > SSL30:
        body += struct.pack("!H", len(extensions)) + extensions
    body = struct.pack("!I", 1 << 24 | len(body)) + body
    return struct.pack("!BHH", HANDSHAKE, min(version, TLS10),
                       len(body)) + body


def read_answer(connection):
    """The server's first record as an Answer; kind "closed" where none."""
    header = connection.read_to(5)
    if len(header) < 5:
        return Answer("closed", None, None, None, None, None, None)
    kind, _, length = struct.unpack("!BHH", header)
    body = connection.read(length)
    if kind == ALERT:
        return Answer("alert", body[1], None, None, None, None, None)
    assert (kind, body[0]) == (HANDSHAKE, SERVER_HELLO), body[:40]
    return _read_server_hello(body[4:4 + int.from_bytes(body[1:4], "big")])


def _read_server_hello(body):
    version, = struct.unpack("!H", body[:2])
    at = 35 + body[34]
    suite, compression = struct.unpack("!HB", body[at:at + 3])
    extensions, at = set(), at + 5
    while at < len(body):
        number, length = struct.unpack("!HH", body[at:at + 4])
        extensions.add(number)
        at += 4 + length
    return Answer("server hello", None, version, suite, body[35:35 + body[34]],
                  compression, extensions, body[2:34])
