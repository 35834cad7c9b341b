# SPDX-License-Identifier: ISC
"""The key is in the memory of one process, and there in protected memory."""

import pathlib
import re
import subprocess
import sys

import pytest

import processes
from certificates import PASSPHRASE
from handshakes import shake
from key_patterns import has_secret_memory, patterns

HANDSHAKES = 1_000

# What is left where a kernel has no memfd_secret(2).
WITHOUT_SECRET = "this kernel has no memfd_secret"

# A process that has in its ordinary memory what it reads.
CONTROL = ("import sys; secrets = sys.stdin.buffer.read(); print('ready', "
           "flush=True); import time; time.sleep(600)")


@pytest.fixture(name="dump")
def fixture_dump(new_path):
    """dump(pid, patterns): what is found in a core of it, forced by gdb, which
    leaves out what the kernel would, and reads as root what it would not."""
    def dump(pid, wanted):
        path = new_path("core")
        run = subprocess.run(["gcore", "-o", path, str(pid)], timeout=60,
                             text=True, check=False, capture_output=True)
        core = path.with_suffix(f".{pid}")
        assert core.exists(), run.stdout + run.stderr
        data = core.read_bytes()
        core.unlink()
        assert data[:4] == b"\x7fELF" and len(data) > 1 << 17
        return [name for name, pattern in wanted if pattern in data]
    return dump


def strangers(gate):
    """Every process of the listener's."""
    return [gate.listener_pid, *processes.children(gate.listener_pid)]


def protected(hits):
    """Are all in locked memory that no core dump has?"""
    return all({"lo", "dd"} <= hit.flags for hit in hits)


def accessible(hits):
    """Those in memory that the process itself may read or write."""
    return [hit for hit in hits if hit.flags & {"rd", "wr"}]


def key_mappings(pid):
    """VmFlags of the signer's protected memory, which a kind has a name
    for."""
    text = pathlib.Path(f"/proc/{pid}/smaps").read_text()
    return [(kind, set(flags.split())) for kind, flags in re.findall(
        r"/(secretmem|memfd:postern-secret)(?:.*\n)+?VmFlags: (.*)", text)]


KINDS = [("rsa", "secret"), ("rsa", "locked"), ("p256", "secret"),
         ("p256", "locked")]


@pytest.mark.parametrize("kind,key_memory", KINDS,
                         ids=["-".join(row) for row in KINDS])
def test_the_key_is_in_the_signers_protected_memory_alone(
        start_postern, certificates, new_path, scan, dump, kind, key_memory):
    if key_memory == "secret" and not has_secret_memory():
        pytest.skip(WITHOUT_SECRET)
    wanted = patterns(certificates.pair(kind))
    answer = new_path("phrase")
    answer.write_text(PASSPHRASE + "\n")
    gate = start_postern(kind, encrypted=True, key_memory=key_memory,
                         ssl_passphrase_command=f"cat {answer}")
    answer.unlink()
    assert f'key memory "{key_memory}"' in gate.log()
    shake(gate, HANDSHAKES // 2)
    shake(gate, HANDSHAKES // 2, "TLSv1.2")
    assert len(strangers(gate)) >= 4
    for pid in strangers(gate):
        assert scan(pid, wanted) == [], processes.title(pid)
        assert dump(pid, wanted) == [], processes.title(pid)
    for pid in (gate.keyd_pid, gate.signer_pid()):
        assert dump(pid, wanted) == [], processes.title(pid)
    kept = scan(gate.keyd_pid, wanted)
    found = scan(gate.signer_pid(), wanted)
    mapped = key_mappings(gate.signer_pid())
    assert mapped and all({"lo", "dd"} <= flags for _, flags in mapped)
    if key_memory == "secret":
        assert (kept, found) == ([], [])  # not even root reads it this way
        assert {name for name, _ in mapped} == {"secretmem"}
        return
    # Root does, and a core dump would not; keyd itself has no access to what
    # it keeps locked.
    assert protected(kept) and accessible(kept) == []
    assert {name for name, _ in mapped} == {"memfd:postern-secret"}
    assert any("limbs" in hit.name for hit in found)
    assert protected(found)
    assert not any("pass phrase" in hit.name or ":" in hit.name
                   for hit in found)


@pytest.mark.parametrize("kind", ("rsa", "p256"))
def test_the_scanner_finds_a_key_in_ordinary_memory(certificates, scan, dump,
                                                    kind):
    wanted = patterns(certificates.pair(kind))
    with subprocess.Popen([sys.executable, "-c", CONTROL],
                          stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as control:
        try:
            control.stdin.write(b"".join(data + b"." for _, data in wanted))
            control.stdin.close()
            assert control.stdout.readline() == b"ready\n"
            found = scan(control.pid, wanted)
            assert {hit.name for hit in found} == {name for name, _ in wanted}
            assert any("dd" not in hit.flags for hit in found)
            assert dump(control.pid, wanted) == [name for name, _ in wanted]
        finally:
            control.kill()
