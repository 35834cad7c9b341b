# SPDX-License-Identifier: ISC
"""The README's openssl lines, run exactly as they stand there."""

import re

import pexpect
import psycopg
import pytest

from conftest import Starter
from programs import SOURCE

PASSPHRASE = "what the reader types"
BLOCK = re.compile(r"^<!-- run: ([a-z-]+) -->\n```\n(.*?)^```$", re.M | re.S)
BLOCKS = dict(BLOCK.findall((SOURCE / "README.md").read_text()))
PROMPT = "pass ?phrase.*:"

# the blocks in their order, whether keyd then asks, and the CA's file
WAYS = {
    "self-signed": (["self-signed"], False, "server.crt"),
    "self-signed with a passphrase":
        (["self-signed-passphrase"], True, "server.crt"),
    "signed by a CA": (["request", "ca"], False, "ca.crt"),
    "signed by a CA, with a passphrase":
        (["request-passphrase", "ca"], True, "ca.crt"),
    "a passphrase put on":
        (["self-signed", "passphrase-on"], True, "server.crt"),
    "a passphrase taken off":
        (["self-signed-passphrase", "passphrase-off"], False, "server.crt"),
}


def run_in_terminal(command, place, prompts):
    """Runs it on a terminal and types the passphrase at every prompt;
    returns how often it was asked for."""
    asked = 0
    child = pexpect.spawn(command[0], command[1:], cwd=place, timeout=30,
                          encoding="utf-8")
    said = []
    while child.expect([f"(?i){PROMPT}", pexpect.EOF]) == 0:
        said.append(child.before)
        asked += 1
        assert asked <= prompts, "it asks again: " + "".join(said)
        child.sendline(PASSPHRASE)
    said.append(child.before)
    child.close()
    assert child.exitstatus == 0, "".join(said)
    return asked


def test_every_block_is_used():
    used = {name for blocks, _, _ in WAYS.values() for name in blocks}
    assert used == BLOCKS.keys()


@pytest.mark.parametrize("way", WAYS)
def test_postern_starts_on_what_the_readme_makes(data_directory, backend, way):
    blocks, keyd_asks, ca = WAYS[way]
    data = data_directory()
    for name in ("server.key", "server.crt"):
        (data / name).unlink()
    for name in blocks:
        run_in_terminal(["/bin/sh", "-ec", BLOCKS[name]], data, 3)
    assert (data / "server.key").stat().st_mode & 0o777 == 0o600
    starter = Starter(None, backend, data / ca)
    gate = starter.adopt(data)
    try:
        assert run_in_terminal(
            [str(gate.programs.keyd), "-D", str(data), "-c",
             "log_filename=keyd.log"], "/", 1) == keyd_asks
        gate.start_listener()
        with psycopg.connect(gate.conninfo(
                "verify-full", host="db.example.com",
                hostaddr=gate.host)) as conn:
            assert conn.execute("SELECT 1").fetchone() == (1,)
    finally:
        starter.end_all()
