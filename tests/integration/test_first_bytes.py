# SPDX-License-Identifier: ISC
"""What a client says first: SSLRequest, GSSENCRequest, StartupMessage."""

import ssl
import struct

import pytest

import wire

UNSUPPORTED = ("unsupported frontend protocol 1234.{}: "
               "server supports 3.0 to 3.2")
REQUESTS = {"ssl": (wire.ssl_request(), "SSL", 5679),
            "gss": (wire.gssenc_request(), "GSSAPI encryption", 5680)}
SILENCE_S = 0.3       # long enough for a worker that would say more


def assert_refused(connection, code, text):
    """A FATAL ErrorResponse, nothing behind it, and the end."""
    error = connection.read_error()
    assert (error.severity, error.code, error.text) == ("FATAL", code, text)
    assert connection.read_to_end() == b""
    return error


def assert_works(connection, instance):
    """This connection becomes a session."""
    wire.log_in(connection, instance.backend)
    assert connection.query("SELECT 40 + 2") == [("42",)]


@pytest.mark.short
@pytest.mark.parametrize("slowly", [False, True])
def test_ssl_request_is_answered_by_s_alone(postern, slowly):
    """SSLRequest is answered by exactly S, and nothing follows before the
    client speaks; also when it comes byte by byte."""
    with wire.connect(postern) as connection:
        if slowly:
            connection.send_slowly(wire.ssl_request())
        else:
            connection.send(wire.ssl_request())
        assert connection.read(1) == b"S"
        assert connection.is_silent(SILENCE_S)
        connection.start_tls()
        assert_works(connection, postern)


@pytest.mark.parametrize("slowly", [False, True])
def test_ssl_request_is_answered_by_n_alone(start_postern, slowly):
    """With ssl off, SSLRequest is answered by exactly N, and the same
    connection goes on in plain."""
    off = start_postern(ssl="off")
    with wire.connect(off) as connection:
        if slowly:
            connection.send_slowly(wire.ssl_request())
        else:
            connection.send(wire.ssl_request())
        assert connection.read(1) == b"N"
        assert connection.is_silent(SILENCE_S)
        assert_works(connection, off)


def test_nothing_is_said_before_the_client_speaks(postern):
    """A client that says nothing is told nothing."""
    with wire.connect(postern) as connection:
        assert connection.is_silent(SILENCE_S)
        assert_works(connection, postern)


@pytest.mark.parametrize("then", ["plain", "tls"])
def test_gssenc_request_is_answered_by_n(postern, then):
    """GSSENCRequest is answered by N; then SSLRequest or a plain
    StartupMessage on the same connection is served."""
    with wire.connect(postern) as connection:
        connection.send(wire.gssenc_request())
        assert connection.read(1) == b"N"
        assert connection.is_silent(SILENCE_S)
        if then == "tls":
            connection.request_tls()
            connection.start_tls()
        assert_works(connection, postern)


@pytest.mark.parametrize("order", ["ssl gss", "gss ssl"])
def test_both_requests_may_be_refused_in_any_order(start_postern, order):
    """With ssl off, both requests are answered by N, one after the other,
    and the connection goes on in plain."""
    off = start_postern(ssl="off")
    with wire.connect(off) as connection:
        for name in order.split():
            connection.send(REQUESTS[name][0])
            assert connection.read(1) == b"N"
        assert_works(connection, off)


@pytest.mark.short
def test_plain_and_ssl_share_one_port(postern):
    """Plain sessions, sessions behind SSLRequest and direct TLS live on one
    port at the same time."""
    sessions = [wire.open_session(postern, transport)
                for transport in wire.TRANSPORTS * 2]
    pids = {session.query("SELECT pg_backend_pid()")[0][0]
            for session in sessions}
    assert len(pids) == 6
    for session in sessions:
        session.close()


@pytest.mark.parametrize("first, second", [
    ("gss", "gss"), ("ssl", "ssl"), ("ssl gss", "ssl"), ("ssl gss", "gss"),
    ("gss ssl", "gss"), ("gss ssl", "ssl")])
def test_a_request_repeated_in_plain_is_refused(start_postern, first, second):
    """A second SSLRequest or GSSENCRequest gets FATAL 0A000 and a close."""
    off = start_postern(ssl="off")
    with wire.connect(off) as connection:
        for name in first.split():
            connection.send(REQUESTS[name][0])
            assert connection.read(1) == b"N"
        request, _, number = REQUESTS[second]
        connection.send(request)
        assert_refused(connection, "0A000", UNSUPPORTED.format(number))


def test_a_repeated_gssenc_request_is_refused_with_ssl_on(postern):
    """A second GSSENCRequest gets FATAL 0A000 and a close."""
    with wire.connect(postern) as connection:
        connection.send(wire.gssenc_request())
        assert connection.read(1) == b"N"
        connection.send(wire.gssenc_request())
        assert_refused(connection, "0A000", UNSUPPORTED.format(5680))


@pytest.mark.parametrize("before", ["", "gss"])
@pytest.mark.parametrize("name", ["ssl", "gss"])
def test_a_request_inside_tls_is_refused(postern, name, before):
    """SSLRequest or GSSENCRequest inside TLS gets FATAL 0A000 and a close:
    never a second S, never an N."""
    with wire.connect(postern) as connection:
        if before:
            connection.send(wire.gssenc_request())
            assert connection.read(1) == b"N"
        connection.request_tls()
        connection.start_tls()
        request, _, number = REQUESTS[name]
        connection.send(request)
        assert_refused(connection, "0A000", UNSUPPORTED.format(number))
        assert connection.end == "close_notify"


def test_a_gssenc_request_inside_direct_tls_is_refused(postern):
    """GSSENCRequest inside direct TLS gets FATAL 0A000 and a close."""
    with wire.open_transport(postern, "direct") as connection:
        connection.send(wire.gssenc_request())
        assert_refused(connection, "0A000", UNSUPPORTED.format(5680))


def test_an_ssl_request_inside_direct_tls_gets_no_s(postern):
    """SSLRequest inside direct TLS gets N, and the session goes on, or
    FATAL 0A000: never S."""
    with wire.open_transport(postern, "direct") as connection:
        connection.send(wire.ssl_request())
        answer = connection.read(1)
        assert answer in (b"N", b"E")
        if answer == b"N":
            assert_works(connection, postern)


def _behind(instance, session):
    """What an attacker would like to have taken for the client's words."""
    return {"startup": wire.startup_of(instance.backend),
            "query": wire.query("SELECT 1"),
            "cancel": wire.cancel_request(session.pid, session.key),
            "one byte": b"\0"}


@pytest.mark.short
@pytest.mark.parametrize("ssl_setting", ["on", "off"])
@pytest.mark.parametrize("name", ["ssl", "gss"])
@pytest.mark.parametrize("behind", ["startup", "query", "cancel", "one byte"])
def test_plain_bytes_behind_a_request_are_refused(
        postern, start_postern, ssl_setting, name, behind):
    """Bytes in the same segment behind SSLRequest or GSSENCRequest get FATAL
    08P01 with PostgreSQL's DETAIL, and are never obeyed."""
    gate = postern if ssl_setting == "on" else start_postern(ssl="off")
    request, word, _ = REQUESTS[name]
    seconds = 0.3 if behind == "cancel" else 0
    with wire.open_session(gate) as victim:
        victim.send(wire.query(f"SELECT pg_sleep({seconds}), 'unharmed'"))
        with wire.connect(gate) as connection:
            connection.send(request + _behind(gate, victim)[behind])
            error = assert_refused(
                connection, "08P01",
                f"received unencrypted data after {word} request")
            assert "man-in-the-middle" in error.fields["D"]
        assert victim.read_rows() == [("", "unharmed")]


def test_a_hello_in_the_request_s_own_segment_does_not_hang(postern):
    """A ClientHello in SSLRequest's own segment is used for the handshake,
    or the connection is closed."""
    with wire.connect(postern) as connection:
        def with_request(hello):
            connection.send_raw(wire.ssl_request() + hello)
            first = connection.sock.recv(1)
            if first != b"S":
                raise wire.Ended(first)
        try:
            connection.start_tls(send=with_request)
        except (wire.Ended, ConnectionError):
            connection.read_to_end(5)
        else:
            assert_works(connection, postern)


@pytest.mark.parametrize("what", ["startup", "query", "one byte"])
def test_plain_bytes_after_s_are_a_tls_error(postern, what):
    """What comes in plain where a ClientHello is due ends the connection,
    and no message of the protocol answers it."""
    data = {"startup": wire.startup_of(postern.backend),
            "query": wire.query("SELECT 1"), "one byte": b"\0"}[what]
    with wire.connect(postern) as connection:
        connection.request_tls()
        connection.send_raw(data + b"\0" * 8)
        answer = connection.read_to_end(5)
        assert answer == b"" or answer[0] == 21, f"answered by {answer}"


@pytest.mark.parametrize("transport", wire.TRANSPORTS)
def test_what_is_pipelined_behind_the_startup_is_served(postern, transport):
    """Messages in the StartupMessage's own segment or record reach the
    server, and so does a Query behind the last answer of the login."""
    scram = wire.Scram(postern.backend.password)
    with wire.open_transport(postern, transport) as connection:
        connection.send(wire.startup_of(postern.backend) + scram.first())
        kinds = []
        while kinds[-1:] != [11]:
            found = connection.read_message()
            assert found.type == "R", found
            kinds += struct.unpack("!I", found.body[:4])
            assert kinds in ([10], [10, 11])
        connection.send(scram.final(found.body[4:])
                        + wire.query("SELECT 'pipelined'"))
        connection.read_until("Z")
        assert connection.read_rows() == [("pipelined",)]


@pytest.mark.parametrize("transport", wire.TRANSPORTS)
def test_startup_parameters_and_status_pass_unchanged(postern, transport):
    """options, application_name and client_encoding reach the server; every
    ParameterStatus and BackendKeyData comes as the server sent it."""
    words = {"options": "-c work_mem=7654kB -c search_path=\"a\\ b\"",
             "application_name": "caf\u00e9 test", "client_encoding": "LATIN1",
             "DateStyle": "German"}
    with wire.connect_behind(postern.backend) as straight:
        wire.log_in(straight, postern.backend, **words)
        expected = straight.parameters
    with wire.open_session(postern, transport, **words) as session:
        assert session.parameters == expected
        assert session.parameters["client_encoding"] == "LATIN1"
        assert session.query("SELECT pg_backend_pid()") == [
            (str(session.pid),)]
        assert session.query("SHOW work_mem") == [("7654kB",)]


@pytest.mark.parametrize("transport", wire.TRANSPORTS)
@pytest.mark.parametrize("wrong, code", [
    ({"password": "not this one"}, "28P01"),
    ({"database": "no such database"}, "3D000"),
    ({"options": "-c no_such_parameter=1"}, "42704"),
    ({"replication": "perhaps"}, "22023")])
def test_the_server_s_errors_pass_unchanged(postern, transport, wrong, code):
    """A refusal comes with every field as the server wrote it, and then the
    end. The front refuses a bad replication word itself, in the server's
    words."""
    with wire.connect_behind(postern.backend) as straight:
        with pytest.raises(wire.ServerError) as expected:
            wire.log_in(straight, postern.backend, **wrong)
    with wire.open_transport(postern, transport) as connection:
        with pytest.raises(wire.ServerError) as got:
            wire.log_in(connection, postern.backend, **wrong)
        assert got.value.code == code
        for field in "SVCMDH":
            assert (got.value.fields.get(field)
                    == expected.value.fields.get(field))
        assert connection.read_to_end() == b""


def test_tls_is_not_offered_twice(postern):
    """After S only a handshake is possible: an SSLRequest repeated in plain
    is a TLS error."""
    with wire.connect(postern) as connection:
        connection.request_tls()
        connection.send_raw(wire.ssl_request() * 2)
        answer = connection.read_to_end(5)
        assert b"S" not in answer[:1]


def test_a_handshake_that_fails_harms_no_other(postern):
    """A client that distrusts the certificate ends alone."""
    with wire.open_session(postern, "tls") as other:
        with wire.connect(postern) as connection:
            connection.request_tls()
            context = wire.tls_context()
            context.check_hostname = True
            context.verify_mode = ssl.CERT_REQUIRED
            with pytest.raises(ssl.SSLError):
                connection.start_tls(context)
        assert other.query("SELECT 1") == [("1",)]
