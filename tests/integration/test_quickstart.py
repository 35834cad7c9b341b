# SPDX-License-Identifier: ISC
"""The first command of the README, as a newcomer runs it."""

import os
import re
import signal
import subprocess

import pexpect
import pytest

import processes
from programs import SOURCE

QUICKSTART = SOURCE / "conf" / "quickstart"
pytestmark = pytest.mark.skipif(os.geteuid() != 0,
                                reason="the quickstart wants root")


def processes_of(place):
    """Processes whose command line names the directory."""
    return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc")))
            if str(place) in processes.title(pid)]


@pytest.fixture
def home(new_path):
    """A directory that holds nothing but what a quickstart makes."""
    path = new_path("q")
    path.mkdir(mode=0o755)
    return path


@pytest.fixture
def environment(programs, home):
    """With the programs that are built already."""
    return dict(os.environ, POSTERN_PREFIX=str(programs.prefix),
                TMPDIR=str(home))


def test_once_without_a_terminal(environment, home):
    run = subprocess.run(
        [QUICKSTART, "--once"], env=environment, start_new_session=True,
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=110, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.count("PostgreSQL 1") == 2
    assert "SSL connection (protocol: TLSv1.3, cipher: " in run.stdout
    for name in ("postgres", "postern-keyd", "signer", "postern-listener",
                 "worker", "dialer"):
        assert name in run.stdout, name
    assert not list(home.iterdir())


def test_with_a_terminal_it_prompts_and_ctrl_c_ends_it(environment, home):
    child = pexpect.spawn(str(QUICKSTART), env=environment, timeout=60,
                          encoding="utf-8")
    child.expect("to be typed now: ([^\r\n]+)\r\n")
    passphrase = child.match.group(1)
    for answer in ("wrong", "wrong again", passphrase):
        child.expect("(?i)pass ?phrase[^\r\n]*: *")
        child.sendline(answer)
    child.expect("Ctrl-C ends all of it")
    place, = home.iterdir()
    assert processes_of(place)
    # the line that it prints connects
    line = re.search(r"With SSL: +(PGPASSWORD=.*)\r\n", child.before)
    connect = subprocess.run(
        ["sh", "-c", line.group(1) + " -XAtc 'SELECT 42'"], text=True,
        capture_output=True, stdin=subprocess.DEVNULL, check=False)
    assert connect.stdout == "42\n", connect.stderr
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert not list(home.iterdir())
    assert not processes_of(place)


@pytest.mark.parametrize("number", (signal.SIGTERM, signal.SIGHUP))
def test_any_end_cleans_up(environment, home, number):
    script = subprocess.Popen(
        [QUICKSTART], env=environment, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True)
    try:
        for line in script.stdout:
            if "Ctrl-C ends" in line:
                break
        place, = home.iterdir()
        script.send_signal(number)
        script.stdout.read()
        assert script.wait(30) == 128 + signal.SIGTERM
    finally:
        processes.end(script.pid)
        script.stdout.close()
    assert not list(home.iterdir())
    assert not processes_of(place)
