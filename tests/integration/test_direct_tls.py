# SPDX-License-Identifier: ISC
"""TLS from the first byte, and ALPN wherever TLS is."""

import ssl

import pytest

import hello
import wire


def assert_session(connection, instance):
    """It serves, and the protocol was agreed on."""
    assert connection.tls.selected_alpn_protocol() == wire.ALPN
    wire.log_in(connection, instance.backend)
    assert connection.query("SELECT 1") == [("1",)]


@pytest.mark.short
@pytest.mark.parametrize("maximum", [ssl.TLSVersion.TLSv1_2, None],
                         ids=["TLSv1.2", "TLSv1.3"])
@pytest.mark.parametrize("alpn", [
    ["postgresql"], ["http/1.1", "postgresql"], ["postgresql", "h2"]])
def test_direct_tls_with_alpn_is_served(postern, alpn, maximum):
    """ALPN postgresql, alone or among others: that protocol is selected, in
    TLS 1.2 and 1.3."""
    context = wire.tls_context(postern.ca, alpn=alpn, maximum=maximum)
    with wire.open_transport(postern, "direct", context) as connection:
        assert_session(connection, postern)


def test_direct_tls_without_alpn_has_no_session(postern):
    """Without ALPN there is no session: no message of the protocol comes,
    and the connection is closed."""
    with wire.connect(postern) as connection:
        try:
            connection.start_tls(wire.tls_context())
            connection.send(wire.startup_of(postern.backend))
        except (ssl.SSLError, wire.Ended, ConnectionError):
            pass
        assert connection.read_to_end(5) == b""


@pytest.mark.parametrize("alpn", [["http/1.1"], ["h2", "postgres"],
                                  ["Postgresql"], ["postgresql2"]])
@pytest.mark.parametrize("direct", [True, False])
def test_other_protocols_alone_are_refused(postern, alpn, direct):
    """A list without postgresql is refused with no_application_protocol,
    in direct TLS and behind SSLRequest."""
    with wire.connect(postern) as connection:
        if not direct:
            connection.request_tls()
        with pytest.raises(ssl.SSLError) as error:
            connection.start_tls(wire.tls_context(alpn=alpn))
        assert "no application protocol" in str(error.value)
        assert connection.tcp_end(5) == "fin"


def test_direct_tls_with_ssl_off_is_closed_without_a_byte(start_postern):
    """With ssl off a ClientHello ends the connection, and not one byte is
    sent."""
    off = start_postern(ssl="off")
    with wire.connect(off) as connection:
        connection.send(hello.client_hello(hello.TLS12, [0xc02b, 0xc02f]))
        assert connection.read_to_end(5) == b""


@pytest.mark.short
@pytest.mark.parametrize("alpn", [["postgresql"], ["h2", "postgresql"]])
def test_alpn_behind_ssl_request_is_selected(postern, alpn):
    """Behind SSLRequest ALPN postgresql is selected if it is offered."""
    context = wire.tls_context(postern.ca, alpn=alpn)
    with wire.open_transport(postern, "tls", context) as connection:
        assert_session(connection, postern)


def test_no_alpn_behind_ssl_request_is_accepted(postern):
    """Behind SSLRequest a client without ALPN is served without it."""
    with wire.open_transport(postern, "tls") as connection:
        assert connection.tls.selected_alpn_protocol() is None
        wire.log_in(connection, postern.backend)


def test_direct_tls_may_come_slowly(postern):
    """A ClientHello of direct TLS works one byte at a time."""
    with wire.connect(postern) as connection:
        connection.start_tls(
            wire.tls_context(alpn=[wire.ALPN]),
            send=lambda data: connection.send_slowly(data, raw=True))
        assert_session(connection, postern)
