# SPDX-License-Identifier: ISC
"""The key daemon signs handshakes of a TLS server and nothing else, whatever
it is asked for."""

import collections
import pathlib
import subprocess

import pytest

from keyd_alone import DIALER, REASONS, STRANGER, USER, make_keyd

HERE = pathlib.Path(__file__).parent
Kind = collections.namedtuple("Kind", "sent signed refused")

REQUESTS = {"p256": 100_000, "rsa": 4_000}
PROCESSES = 4
# What may be signed: a mutation, a scheme, a digest may be a good one.
SIGNED_AT_TIMES = {"good-1.3", "good-1.2", "mutation", "scheme", "context",
                   "certificate", "ssh", "jwt"}
NEVER_SIGNED = {"old-tls", "noise", "no-hello"}


@pytest.fixture(scope="module", name="oracle")
def fixture_oracle(place):
    """The program that asks and judges."""
    program = place / "oracle"
    subprocess.run(["cc", "-O2", "-D_GNU_SOURCE", "-Wall", "-Werror", "-o",
                    program, HERE / "oracle.c", "-lcrypto"], check=True,
                   timeout=60)
    return program


@pytest.fixture(name="start_keyd")
def fixture_start_keyd(new_path, certificates):
    """Starts keyd alone with a key of that kind; gives the certificate."""
    started = []

    def start(kind):
        pair = certificates.pair(kind)
        started.append(make_keyd(new_path("k"), pair))
        return started[-1].start(), pair.crt
    yield start
    for keyd in started:
        keyd.stop()


def begin(oracle, keyd, crt, count, *more, seed=1):
    """Starts the oracle, which becomes the listener's users."""
    return subprocess.Popen(
        [oracle, keyd.socket, crt, str(count), str(seed), str(DIALER),
         str(USER), *more], text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT)


def ask(oracle, keyd, crt, count):
    """What came of so many requests, of several processes at once: kind ->
    Kind, reason -> times."""
    crowd = [begin(oracle, keyd, crt, count // PROCESSES, seed=seed)
             for seed in range(PROCESSES)]
    said = [process.communicate(timeout=300)[0] for process in crowd]
    assert all(process.returncode == 0 for process in crowd), said
    kinds, refused = {}, collections.Counter()
    for name, *numbers in map(str.split, "".join(said).splitlines()):
        numbers = list(map(int, numbers))
        if name == "reason":
            refused[REASONS[numbers[0]]] += numbers[1]
        else:
            kinds[name] = Kind(*map(sum, zip(kinds.get(name, (0, 0, 0)),
                                             numbers)))
    return kinds, refused


@pytest.mark.parametrize("key", REQUESTS)
def test_no_signature_over_anything_but_a_handshake(oracle, start_keyd, key):
    """Each signature is verified with the public key, over the bytes of a
    server's handshake that the test itself makes from the request."""
    keyd, crt = start_keyd(key)
    kinds, refused = ask(oracle, keyd, crt, REQUESTS[key])
    assert sum(kind.sent for kind in kinds.values()) == REQUESTS[key]
    assert set(kinds) == SIGNED_AT_TIMES | NEVER_SIGNED
    for name, kind in kinds.items():
        assert (kind.signed > 0) == (name in SIGNED_AT_TIMES), name
        assert kind.signed == kind.sent if name.startswith("good") else \
            kind.refused > 0, name
    # Each rule was needed.
    for reason in ("bad message", "no HELLO", "unknown key", "bad scheme",
                   "bad hash length", "bad curve", "no downgrade sentinel"):
        assert refused[reason] > 0, reason
    assert refused["internal"] == refused["peer changed"] == 0
    # It goes on, and its log is not flooded: 10 lines a second.
    assert keyd.hello()[0] == 0
    lines = keyd.log_text().count("refused SIGN")
    assert 0 < lines < REQUESTS[key] // 10
    keyd.wait_for_log("more messages about requests for signatures held back")


def test_the_judge_sees_a_wrong_signature(oracle, start_keyd):
    """The same, but with the public key of another pair."""
    keyd, crt = start_keyd("p256")
    judge = begin(oracle, keyd, crt, 1000, "another")
    said, _ = judge.communicate(timeout=60)
    assert judge.returncode == 1
    assert said.startswith("signed other bytes than its handshake's")


def test_another_users_connection_is_refused(start_keyd):
    """By the directory's mode; and, where somebody opens it, by keyd."""
    keyd, _ = start_keyd("p256")
    assert keyd.hello(STRANGER)[0] != 0
    assert keyd.hello(USER)[0] != 0
    keyd.socket.parent.chmod(0o711)
    keyd.socket.chmod(0o666)
    for user in (STRANGER, USER):
        assert keyd.hello(user)[0] != 0
        keyd.wait_for_log(rf"refused a connection of process \d+ of user "
                          rf"{user}: only the listener's dialer is served")
    # Who may connect may not ask: the dialer hands connections over.
    status, answers = keyd.ask(bytes([1, 1, 0, 0]) + bytes(8), uid=DIALER)
    assert status == 0 and answers[0][12] == REASONS.index("peer changed")
    assert keyd.hello()[0] == 0
