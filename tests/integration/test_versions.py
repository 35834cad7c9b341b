# SPDX-License-Identifier: ISC
"""Protocol versions: those that the server negotiates, those that nobody
speaks."""

import pytest

import wire

GREASE = {"_pq_.test_protocol_negotiation": ""}


def login(connection, backend, version, options):
    """Logs in; returns NegotiateProtocolVersion's body, None if none came."""
    wire.log_in(connection, backend, version=version, **options)
    assert connection.query("SELECT 1") == [("1",)]
    bodies = [found.body for found in connection.others if found.type == "v"]
    assert len(bodies) < 2
    return bodies[0] if bodies else None


@pytest.mark.short
@pytest.mark.parametrize("transport", wire.TRANSPORTS)
@pytest.mark.parametrize("version, options", [
    ((3, 0), {}), ((3, 2), {}), ((3, 9999), {}), ((3, 0), GREASE),
    ((3, 2), GREASE), ((3, 9999), {**GREASE, "_pq_.another": "1"})])
def test_versions_are_the_server_s_to_negotiate(postern, version, options,
                                                transport):
    """3.2, 3.9999 and unknown _pq_ options reach the server, and its
    NegotiateProtocolVersion reaches the client as it was."""
    with wire.connect_behind(postern.backend) as straight:
        expected = login(straight, postern.backend, version, options)
    assert (expected is None) == (version == (3, 0) and not options)
    with wire.open_transport(postern, transport) as connection:
        assert login(connection, postern.backend, version,
                     options) == expected


@pytest.mark.short
@pytest.mark.parametrize("transport", wire.TRANSPORTS)
@pytest.mark.parametrize("major, minor", [
    (0, 0), (1, 0), (2, 0), (2, 9999), (4, 0), (9, 1), (65535, 65535)])
def test_other_versions_are_refused(postern, major, minor, transport):
    """Every other major version: FATAL 0A000 with what is supported."""
    with wire.open_transport(postern, transport) as connection:
        connection.send(wire.startup_of(postern.backend, (major, minor)))
        error = connection.read_error()
        assert (error.severity, error.code) == ("FATAL", "0A000")
        assert error.text == (f"unsupported frontend protocol {major}.{minor}:"
                              " server supports 3.0 to 3.2")
        assert connection.read_to_end(5) == b""


def test_a_version_is_refused_before_its_packet_is_whole(postern):
    """The header suffices to refuse a version: nobody waits for the rest."""
    with wire.connect(postern) as connection:
        connection.send(wire.startup_of(postern.backend, (2, 0))[:8])
        assert connection.read_error(3).code == "0A000"
