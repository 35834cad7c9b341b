# SPDX-License-Identifier: ISC
"""wire: a client of PostgreSQL's protocol that works on the bare socket.

Every wait has a deadline; how the other side ended is part of the answer.
"""

import base64
import collections
import contextlib
import fcntl
import hashlib
import hmac
import secrets
import select
import socket
import ssl
import struct
import termios
import time

SSL_CODE, GSS_CODE, CANCEL_CODE = 80877103, 80877104, 80877102
V3_0, V3_2 = (3, 0), (3, 2)
LIMIT_S = 20          # of one wait
ALPN = "postgresql"
TRANSPORTS = ("plain", "tls", "direct")

Message = collections.namedtuple("Message", "type body")


def packet(code, body=b""):
    """A first packet: length word, code, body."""
    return struct.pack("!II", 8 + len(body), code) + body


def ssl_request():
    """SSLRequest."""
    return packet(SSL_CODE)


def gssenc_request():
    """GSSENCRequest."""
    return packet(GSS_CODE)


def cancel_request(pid, key):
    """CancelRequest; key is bytes."""
    return packet(CANCEL_CODE, struct.pack("!I", pid) + key)


def startup(parameters, version=V3_0):
    """StartupMessage of a dict of parameters."""
    pairs = b"".join(word.encode(errors="surrogateescape") + b"\0"
                     for pair in parameters.items() for word in pair)
    return packet(version[0] << 16 | version[1], pairs + b"\0")


def message(kind, body=b""):
    """Any message of a session."""
    return kind.encode() + struct.pack("!I", 4 + len(body)) + body


def query(sql):
    """Query."""
    return message("Q", sql.encode() + b"\0")


def terminate():
    """Terminate."""
    return message("X")


class ServerError(Exception):
    """An ErrorResponse; .fields by their letters, .code, .text."""

    def __init__(self, body):
        self.fields = {part[:1].decode(): part[1:].decode(errors="replace")
                       for part in body.split(b"\0") if part}
        self.severity = self.fields.get("V", self.fields.get("S"))
        self.code = self.fields.get("C")
        self.text = self.fields.get("M")
        super().__init__(f"{self.severity} {self.code} {self.text}")


class Ended(Exception):
    """The other side ended where more was due."""


class Scram:
    """SCRAM-SHA-256 without channel binding (RFC 5802, RFC 7677)."""

    def __init__(self, password):
        self.password = password.encode()
        self.first_bare = f"n=,r={secrets.token_urlsafe(18)}"
        self.server_signature = None

    def first(self):
        """SASLInitialResponse: depends on nothing that the server says."""
        text = b"n,," + self.first_bare.encode()
        return message("p", b"SCRAM-SHA-256\0" + struct.pack("!I", len(text))
                       + text)

    def final(self, server_first):
        """SASLResponse to the server's challenge."""
        words = dict(word.split("=", 1)
                     for word in server_first.decode().split(","))
        salted = hashlib.pbkdf2_hmac("sha256", self.password,
                                     base64.b64decode(words["s"]),
                                     int(words["i"]))
        bare = f"c=biws,r={words['r']}"
        signed = ",".join((self.first_bare, server_first.decode(),
                           bare)).encode()
        key = _hmac(salted, b"Client Key")
        proof = bytes(a ^ b for a, b in zip(
            key, _hmac(hashlib.sha256(key).digest(), signed)))
        self.server_signature = _hmac(_hmac(salted, b"Server Key"), signed)
        return message("p", f"{bare},p={base64.b64encode(proof).decode()}"
                       .encode())

    def check(self, server_final):
        """The server knows the password too."""
        expected = b"v=" + base64.b64encode(self.server_signature)
        assert server_final == expected, "the server's proof is wrong"


def _hmac(key, text):
    return hmac.digest(key, text, "sha256")


def tls_context(ca=None, alpn=None, minimum=None, maximum=None):
    """A client's TLS; with ca it verifies the certificate and its name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ca is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        context.load_verify_locations(ca)
    if alpn is not None:
        context.set_alpn_protocols(alpn)
    if minimum is not None:
        context.minimum_version = minimum
    if maximum is not None:
        context.maximum_version = maximum
    return context


class Connection:
    """One connection, plain or TLS, from its first byte to its end.

    end is None, or how the other side ended: "fin", "rst", "close_notify"
    (TLS's own end), or "alert: REASON".
    """

    def __init__(self, sock):
        self.sock = sock
        self.tls = None
        self.buffer = bytearray()     # plain text, not yet taken
        self.end = None
        self.pid = self.key = None    # BackendKeyData
        self.parameters = {}          # ParameterStatus
        self.others = []              # messages that nobody asked for
        self._in = self._out = None
        if sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Closes: a FIN, if all was read."""
        self.sock.close()

    def reset(self):
        """Closes with a RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                             struct.pack("ii", 1, 0))
        self.sock.close()

    # Sending

    def send_raw(self, data):
        """Bytes on the socket, past any TLS."""
        self.sock.settimeout(LIMIT_S)
        self.sock.sendall(data)

    def send(self, data):
        """One piece: one segment if it is small, one record over TLS."""
        if self.tls is None:
            self.send_raw(data)
            return
        view = memoryview(data)
        for at in range(0, len(view), 1 << 20):
            self.tls.write(view[at:at + (1 << 20)])
            self.flush()

    def flush(self):
        """Sends what TLS wants to be sent."""
        if self._out.pending:
            self.send_raw(self._out.read())

    def encrypted(self):
        """What TLS made of tls.write(), for a sender of the test's own."""
        return self._out.read()

    def send_slowly(self, data, raw=False):
        """One byte at a time, each arrived before the next is sent."""
        for i in range(len(data)):
            (self.send_raw if raw else self.send)(data[i:i + 1])
            self._arrived()

    def _arrived(self):
        """Waits until the kernel there acknowledged, 2 ms at most."""
        deadline = time.monotonic() + 0.002
        while time.monotonic() < deadline:
            left = fcntl.ioctl(self.sock, termios.TIOCOUTQ, b"\0\0\0\0")
            if left == b"\0\0\0\0":
                return

    # Receiving

    def _receive(self, deadline):
        """Bytes of the socket; b"" at its end, which self.end then names."""
        self.sock.settimeout(max(deadline - time.monotonic(), 0.001))
        try:
            data = self.sock.recv(1 << 18)
        except ConnectionResetError:
            self.end = "rst"
            return b""
        except TimeoutError:
            raise AssertionError("nothing came, and no end") from None
        if not data:
            self.end = "fin"
        return data

    def fill(self, deadline):
        """Adds what comes next to the buffer; False at the end."""
        if self.end is not None:
            return False
        if self.tls is None:
            data = self._receive(deadline)
        else:
            data = self._read_tls(deadline)
        self.buffer += data
        return bool(data)

    def _read_tls(self, deadline):
        while True:
            try:
                data = self.tls.read(1 << 18)
                if not data:
                    self.end = "close_notify"
                return data
            except ssl.SSLWantReadError:
                self.flush()
                self._feed(deadline)
            except ssl.SSLZeroReturnError:
                self.end = "close_notify"
                return b""
            except ssl.SSLEOFError:
                return b""            # self.end says how
            except ssl.SSLError as error:
                self.end = f"alert: {error.reason}"
                return b""

    def _feed(self, deadline):
        data = self._receive(deadline)
        if data:
            self._in.write(data)
        else:
            self._in.write_eof()

    def take_ready(self):
        """Adds all that a readable socket has now; False at the end."""
        data = self._receive(time.monotonic() + LIMIT_S)
        if self.tls is None:
            self.buffer += data
            return bool(data)
        self._in.write(data)
        while True:
            try:
                self.buffer += self.tls.read(1 << 18)
            except ssl.SSLWantReadError:
                return bool(data)

    def read(self, count, limit=LIMIT_S):
        """Exactly that many bytes."""
        deadline = time.monotonic() + limit
        while len(self.buffer) < count:
            if not self.fill(deadline):
                raise Ended(f"{self.end} instead of {count} bytes, after "
                            f"{bytes(self.buffer[:200])}")
        data = bytes(self.buffer[:count])
        del self.buffer[:count]
        return data

    def read_to(self, count, limit=LIMIT_S):
        """That many bytes, or fewer if the other side ends before."""
        deadline = time.monotonic() + limit
        while len(self.buffer) < count and self.fill(deadline):
            pass
        return self.read(min(count, len(self.buffer)))

    def read_to_end(self, limit=LIMIT_S):
        """All that still comes; fails if the other side does not end."""
        deadline = time.monotonic() + limit
        while self.fill(deadline):
            pass
        data = bytes(self.buffer)
        self.buffer.clear()
        return data

    def tcp_end(self, limit=LIMIT_S):
        """How TCP ended behind TLS's end: "fin" or "rst"."""
        deadline = time.monotonic() + limit
        while self._receive(deadline):
            pass
        return self.end

    def is_silent(self, seconds):
        """Nothing comes for so long, and no end either."""
        readable, _, _ = select.select([self.sock], [], [], seconds)
        return not readable and not self.buffer

    # TLS

    def request_tls(self, request=None):
        """SSLRequest; fails unless the answer is S."""
        self.send(request or ssl_request())
        answer = self.read(1)
        assert answer == b"S", f"SSLRequest was answered by {answer}"

    def start_tls(self, context=None, name="localhost", send=None,
                  session=None):
        """The handshake; ssl.SSLError or Ended if it fails. send(bytes)
        stands in for the sending of the client's first flight."""
        self.finish_tls(self.begin_tls(context, name, send, session))

    def begin_tls(self, context=None, name="localhost", send=None,
                  session=None):
        """Sends the ClientHello; what it returns is for finish_tls()."""
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = context or tls_context()
        tls = context.wrap_bio(self._in, self._out, server_hostname=name,
                               session=session)
        with contextlib.suppress(ssl.SSLWantReadError):
            tls.do_handshake()
        (send or self.send_raw)(self._out.read())
        return tls

    def finish_tls(self, tls):
        """The rest of the handshake."""
        deadline = time.monotonic() + LIMIT_S
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self.flush()
                self._feed(deadline)
            except ssl.SSLEOFError:
                raise Ended(f"{self.end} within the handshake") from None
        self.tls = tls
        self.flush()

    def close_notify(self, last=b""):
        """TLS's end of what we send, in one segment with the last bytes, if
        any; reading goes on."""
        if last:
            self.tls.write(last)
        with contextlib.suppress(ssl.SSLWantReadError):
            self.tls.unwrap()
        self.flush()

    # Messages

    def read_message(self, limit=LIMIT_S):
        """The next Message, whatever it is."""
        header = self.read(5, limit)
        length = struct.unpack("!I", header[1:])[0]
        assert 4 <= length < 1 << 30, f"no message: {header}"
        return Message(chr(header[0]), self.read(length - 4, limit))

    def read_error(self, limit=LIMIT_S):
        """The ErrorResponse that must come now."""
        found = self.read_message(limit)
        assert found.type == "E", f"{found} instead of an ErrorResponse"
        return ServerError(found.body)

    def read_until(self, kind, limit=LIMIT_S):
        """Messages up to one of that type."""
        found = []
        while not found or found[-1].type != kind:
            found.append(self.read_message(limit))
        return found

    def login(self, user, password, database, version=V3_0, **parameters):
        """From the StartupMessage to ReadyForQuery; ServerError if refused."""
        self.send(startup({"user": user, "database": database, **parameters},
                          version))
        return self.authenticate(Scram(password))

    def authenticate(self, scram):
        """Answers the server up to ReadyForQuery."""
        while True:
            found = self.read_message()
            if found.type == "E":
                raise ServerError(found.body)
            if found.type == "R":
                self._answer(scram, found.body)
            elif not self._note(found):
                self.others.append(found)
            if found.type == "Z":
                return self

    def _answer(self, scram, body):
        kind = struct.unpack("!I", body[:4])[0]
        if kind == 10:
            self.send(scram.first())
        elif kind == 11:
            self.send(scram.final(body[4:]))
        elif kind == 12:
            scram.check(body[4:])
        else:
            assert kind == 0, f"authentication {kind} was not expected"

    def _note(self, found):
        if found.type == "K":
            self.pid, = struct.unpack("!I", found.body[:4])
            self.key = found.body[4:]
        elif found.type == "S":
            name, value, _ = found.body.decode().split("\0")
            self.parameters[name] = value
        return found.type in "KSZ"

    def query(self, sql, limit=LIMIT_S):
        """Rows of texts; ServerError after ReadyForQuery."""
        self.send(query(sql))
        return self.read_rows(limit)

    def read_rows(self, limit=LIMIT_S):
        """Rows up to ReadyForQuery."""
        rows, error = [], None
        while True:
            found = self.read_message(limit)
            if found.type == "D":
                rows.append(_row(found.body))
            elif found.type == "E":
                error = ServerError(found.body)
                if error.severity == "FATAL":
                    raise error
            elif found.type == "Z":
                if error is not None:
                    raise error
                return rows
            elif found.type in "NA":
                self.others.append(found)


def _row(body):
    count, = struct.unpack("!H", body[:2])
    at, values = 2, []
    for _ in range(count):
        length, = struct.unpack("!i", body[at:at + 4])
        at += 4
        if length < 0:
            values.append(None)
            continue
        values.append(body[at:at + length].decode())
        at += length
    return tuple(values)


def connect(instance):
    """A connection of which nothing was said yet."""
    return Connection(socket.create_connection(
        (instance.host, instance.port), LIMIT_S))


def connect_behind(backend):
    """The same to the server itself, past the gate."""
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(LIMIT_S)
    sock.connect(f"{backend.socket_directory}/.s.PGSQL.{backend.port}")
    return Connection(sock)


def open_transport(instance, transport, context=None):
    """Connected, and TLS made where it is one of its transports."""
    connection = connect(instance)
    if transport == "tls":
        connection.request_tls()
        connection.start_tls(context)
    elif transport == "direct":
        connection.start_tls(context or tls_context(alpn=[ALPN]))
    return connection


def log_in(connection, backend, **more):
    """As the tests' user."""
    words = {"user": backend.user, "password": backend.password,
             "database": backend.database, **more}
    return connection.login(**words)


def open_session(instance, transport="plain", context=None, **more):
    """A session of the tests' user."""
    return log_in(open_transport(instance, transport, context),
                  instance.backend, **more)


def startup_of(backend, version=V3_0, **more):
    """The StartupMessage of the tests' user."""
    return startup({"user": backend.user, "database": backend.database,
                    **more}, version)
