# SPDX-License-Identifier: ISC
"""What scanners of TLS look for; testssl.sh and sslscan themselves with
tests/run --long."""

import json
import re
import shutil
import subprocess

import pytest

import hello
import wire

HANDSHAKE_FAILURE, PROTOCOL_VERSION = 40, 70      # RFC 8446 6.2
INAPPROPRIATE_FALLBACK = 86                       # RFC 7507
AEAD = 0xc02b           # ECDHE, ECDSA, AES-128-GCM
DOWNGRADE_MARK = b"DOWNGRD\x01"                   # RFC 8446 4.1.3
HEARTBEAT_RECORD = bytes([24, 3, 3, 0, 3, 1, 0x40, 0])
# Findings about the tests' own certificate and the scanner's own machine.
OF_THE_TRIAL = re.compile(r"engine_problem|DNS_CAArecord|cert_.*|scanTime")


def ask(gate, record, more=b""):
    """What is answered behind SSLRequest, and what comes in the end."""
    with wire.connect(gate) as connection:
        connection.request_tls()
        connection.send(record)
        answer = hello.read_answer(connection)
        if more:
            connection.send(more)
            connection.read_to_end(10)
        return answer


@pytest.mark.short
@pytest.mark.parametrize("version, suites, alert", [
    (hello.TLS11, [0xc009], PROTOCOL_VERSION),
    (hello.SSL30, [0xc009], HANDSHAKE_FAILURE),    # it knows no other
    (hello.TLS12, [0xc009], HANDSHAKE_FAILURE),
    (hello.TLS12, [AEAD, hello.FALLBACK_SCSV], INAPPROPRIATE_FALLBACK),
], ids=["TLS 1.1", "SSL 3.0", "no suite in common", "a needless fallback"])
def test_a_refusal_has_the_alert_that_the_rfc_names(postern, version, suites,
                                                    alert):
    """And nothing else comes before the close."""
    answer = ask(postern, hello.client_hello(version, suites))
    assert (answer.kind, answer.alert) == ("alert", alert)


def test_a_downgrade_is_marked(postern):
    """The random of TLS 1.2 tells a client that could have had 1.3."""
    answer = ask(postern, hello.client_hello(hello.TLS12, [AEAD]))
    assert answer.version == hello.TLS12
    assert answer.random.endswith(DOWNGRADE_MARK)


def test_there_is_no_heartbeat(postern):
    """It is not agreed on, and a heartbeat ends the connection without an
    echo (read_to_end sees alerts and the close alone)."""
    answer = ask(postern, hello.client_hello(hello.TLS12, [AEAD],
                                             heartbeat=True))
    assert hello.HEARTBEAT not in answer.extensions
    ask(postern, hello.client_hello(hello.TLS12, [AEAD], heartbeat=True),
        HEARTBEAT_RECORD)
    with wire.open_session(postern, "tls") as session:
        assert session.query("SELECT 'still here'") == [("still here",)]


def scan(*command):
    """Runs a scanner; returns what it printed."""
    if not shutil.which(command[0]):
        pytest.fail(f"{command[0]} is missing; see LONG_PACKAGES in tests/run")
    return subprocess.run(command, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=290,
                          stdin=subprocess.DEVNULL, check=False).stdout


@pytest.mark.long
@pytest.mark.limit(300)
@pytest.mark.parametrize("kind", ["p256", "rsa"])
def test_testssl_finds_nothing(start_postern, tmp_path, kind):
    """testssl.sh --starttls postgres: nothing above INFO, but for the trial's
    own certificate."""
    gate = start_postern(kind=kind)
    path = tmp_path / "found.json"
    said = scan("testssl", "--starttls", "postgres", "--color", "0",
                "--warnings", "batch", "--quiet", "--ip", "127.0.0.1",
                "--add-ca", gate.ca, "--jsonfile", path,
                f"{gate.host}:{gate.port}")
    found = json.loads(path.read_text())
    assert len(found) > 80, said
    bad = [row for row in found if row["severity"] not in ("OK", "INFO") and
           not OF_THE_TRIAL.fullmatch(row["id"])]
    assert not bad, bad


@pytest.mark.long
@pytest.mark.parametrize("kind", ["p256", "rsa"])
def test_sslscan_finds_nothing(start_postern, kind):
    """TLS 1.2 and 1.3, AEAD suites with forward secrecy alone."""
    gate = start_postern(kind=kind)
    said = scan("sslscan", "--starttls-psql", "--no-colour",
                f"{gate.host}:{gate.port}")
    for line in ("SSLv3     disabled", "TLSv1.0   disabled",
                 "TLSv1.1   disabled", "TLSv1.2   enabled",
                 "TLSv1.3   enabled", "Session renegotiation not supported",
                 "Server supports TLS Fallback SCSV"):
        assert line in said, said
    accepted = re.findall(r"(?:Accepted|Preferred)\s+\S+\s+\d+ bits\s+(\S+)",
                          said)
    assert len(accepted) == 6, said
    assert all(re.fullmatch(r"(TLS_|ECDHE-\w+-)\w.*(GCM|POLY1305).*", name)
               for name in accepted), said
