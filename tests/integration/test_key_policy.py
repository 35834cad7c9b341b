# SPDX-License-Identifier: ISC
"""What the key daemon signs, for whom, how often, and what it counts."""

import os
import re
import signal
import subprocess

import pytest

import processes

from handshakes import shake
from keyd_alone import STRANGER, make_keyd, sign_tls12, sign_tls13
from programs import PROGRAMS

MARKED = bytes(24) + b"DOWNGRD\1"      # RFC 8446, 4.1.3
UNMARKED = bytes(32)


@pytest.fixture(name="start_keyd")
def fixture_start_keyd(new_path, certificates):
    """Starts keyd alone, with a P-256 key and these settings."""
    started = []

    def start(**settings):
        started.append(make_keyd(new_path("k"), certificates.pair("p256"),
                                 **settings))
        return started[-1].start()
    yield start
    for keyd in started:
        keyd.stop()


@pytest.mark.short
def test_1_2_is_signed_with_the_mark_of_a_server_of_1_3_alone(start_keyd):
    keyd = start_keyd()
    key = bytes.fromhex(keyd.key_id())
    assert keyd.outcomes(sign_tls12(key, server_random=UNMARKED),
                         sign_tls12(key, server_random=MARKED),
                         sign_tls12(key, server_random=MARKED[::-1]),
                         sign_tls13(key)) == \
        ["no downgrade sentinel", "signed", "no downgrade sentinel", "signed"]
    keyd.wait_for_log(r"refused SIGN_TLS12 from process \d+ of user 64201: "
                      "no downgrade sentinel")


def test_a_server_of_1_2_alone_needs_no_mark(start_keyd):
    keyd = start_keyd(ssl_max_protocol_version="TLSv1.2")
    key = bytes.fromhex(keyd.key_id())
    assert keyd.outcomes(sign_tls12(key, server_random=UNMARKED),
                         sign_tls12(key, server_random=MARKED)) == \
        ["signed", "signed"]


@pytest.mark.short
@pytest.mark.parametrize("most", ("", "TLSv1.3", "TLSv1.2"))
def test_clients_of_1_2_are_served_at_every_maximum(start_postern, most):
    gate = start_postern(ssl_max_protocol_version=most)
    shake(gate, 8, "TLSv1.2")
    assert not re.search("refused|sentinel", gate.log())


def test_a_process_gets_so_many_signatures_a_second(start_keyd):
    """A second's worth at once, for each process its own; what is refused
    anyhow costs none of it."""
    keyd = start_keyd(max_signatures_per_second=3)
    key = bytes.fromhex(keyd.key_id())
    for _ in range(2):
        found = keyd.outcomes(sign_tls13(key, length=31), sign_tls13(key),
                              sign_tls13(key), sign_tls13(key),
                              *[sign_tls13(key)] * 20)
        assert found[:4] == ["bad hash length"] + ["signed"] * 3
        assert set(found[4:]) <= {"rate limit", "signed"}
        assert found[4:].count("rate limit") >= 10
    keyd.wait_for_log(r"refused SIGN_TLS13 from process \d+ of user 64201: "
                      "rate limit")


def status(keyd):
    """What root reads of it."""
    run = subprocess.run([PROGRAMS.ctl, "-D", keyd.data, "status"],
                         text=True, capture_output=True, timeout=30,
                         check=False)
    return run.stdout


def test_root_reads_what_was_signed_and_refused_by_every_signer(start_keyd):
    """By scheme, reason and process; a signer's death forgets nothing."""
    keyd = start_keyd()
    key = bytes.fromhex(keyd.key_id())
    keyd.outcomes(sign_tls13(key), sign_tls13(key), sign_tls13(key, 0x0804))
    keyd.hello(STRANGER)
    dead = keyd.signer_pid
    os.kill(dead, signal.SIGKILL)
    processes.wait_until(lambda: keyd.signer_pid not in (None, dead))
    keyd.outcomes(sign_tls13(key), sign_tls13(key, length=31))
    said = status(keyd)
    assert re.search(r"signatures +3 made, 2 refused", said), said
    assert re.search(r"ecdsa_secp256r1_sha256 +3\b", said), said
    for reason in ("bad scheme", "bad hash length"):
        assert re.search(rf"{reason} .*\b1\b", said), said
    for made in (2, 1):
        assert re.search(rf"PID \d+, user 64201 +{made} made, 1 refused",
                         said), said
