# SPDX-License-Identifier: ISC
"""key_patterns: what a key looks like in memory, and looking for it there."""

import collections
import pathlib
import re
import subprocess
import sys

from certificates import PASSPHRASE, openssl

HERE = pathlib.Path(__file__).parent
PIECE = 16      # bytes: what is left of a key in pieces is found, too

Hit = collections.namedtuple("Hit", "name flags")


def pieces(name, data):
    """Patterns of the whole of some bytes."""
    if len(data) <= PIECE:
        return [(name, data)]
    return [(f"{name}+{at}", data[at:at + PIECE])
            for at in range(0, len(data) - PIECE + 1, PIECE)]


def numbers(path):
    """The private numbers of a key: (name, big-endian bytes)."""
    text = openssl("pkey", "-in", path, "-noout", "-text")
    found = re.findall(r"^(priv|privateExponent|prime[12]|exponent[12]|"
                       r"coefficient):\n((?: +[0-9a-f:]+\n)+)", text, re.M)
    assert len(found) in (1, 6), text
    return [(name, bytes.fromhex(re.sub(r"[\s:]", "", digits)).lstrip(b"\0"))
            for name, digits in found]


def pem_lines(path, encrypted):
    """The lines of a PEM file that have bytes of the private numbers: not
    the first third, which begins with what is public, unless all of it is
    encrypted or the key is short."""
    lines = [line for line in path.read_text().splitlines()
             if not line.startswith("-")]
    if not encrypted and len(lines) > 3:
        lines = lines[len(lines) // 3:]
    return [(f"{path.name}:{at}", line.encode())
            for at, line in enumerate(lines[:-1])]


def patterns(pair):
    """All that must not be found: numbers in the order of DER and in that of
    OpenSSL's limbs, lines of the key file, the pass phrase."""
    found = [("pass phrase", PASSPHRASE.encode())]
    for name, number in numbers(pair.key):
        found += pieces(name, number)
        found += pieces(f"{name}, limbs", number[::-1])
    found += pem_lines(pair.encrypted_key, True) + pem_lines(pair.key, False)
    traditional = pair.key.with_suffix(".traditional")
    openssl("pkey", "-in", pair.key, "-traditional", "-out", traditional)
    return found + pem_lines(traditional, False)


def make_scan(place):
    """Builds the scanner; returns scan(pid, patterns): what is found in that
    process's memory."""
    program = place / "scanner"
    subprocess.run(["cc", "-O2", "-D_GNU_SOURCE", "-Wall", "-Werror", "-o",
                    program, HERE / "scanner.c"], check=True, timeout=60)

    def scan(pid, wanted):
        run = subprocess.run(
            [program, str(pid)], timeout=60, text=True, check=False,
            input="".join(data.hex() + "\n" for _, data in wanted),
            capture_output=True)
        assert run.returncode == 0, run.stderr
        *lines, total = run.stdout.splitlines()
        assert int(total.removeprefix("read ")) > 1 << 20
        return [Hit(wanted[int(index)][0], set(flags)) for index, _, *flags
                in map(str.split, lines)]
    return scan


def has_secret_memory():
    """Does this kernel have memfd_secret(2), and is it on?"""
    return subprocess.run(
        [sys.executable, "-c", "import ctypes, sys; sys.exit(ctypes.CDLL("
         "None).syscall(447, 0) == -1)"], check=False).returncode == 0
