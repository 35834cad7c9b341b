# SPDX-License-Identifier: ISC
"""handshakes: clients that come as far as a TLS connection, and leave."""

import concurrent.futures
import socket
import ssl
import struct

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
