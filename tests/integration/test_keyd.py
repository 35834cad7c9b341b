# SPDX-License-Identifier: ISC
"""The key daemon: how it starts, serves, replaces its signer, and ends."""

import os
import re
import shutil
import signal
import stat
import subprocess

import pytest

import processes
from certificates import openssl
from keyd_alone import DIALER, STRANGER, USER, make_keyd
from programs import PROGRAMS


@pytest.fixture(name="keyd")
def fixture_keyd(new_path, certificates):
    """keyd on a data directory with a P-256 key."""
    keyd = make_keyd(new_path("k"), certificates.pair("p256"))
    yield keyd
    keyd.stop()


@pytest.fixture(name="users_keyd")
def fixture_users_keyd(new_path, certificates):
    """The same, started by a user without rights."""
    keyd = make_keyd(new_path("k"), certificates.pair("p256"), uid=STRANGER)
    yield keyd
    keyd.stop()


def rights(path):
    """(uid, gid, mode) of a file."""
    found = path.stat()
    return found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)


def fields(pid):
    """/proc/PID/status as a dictionary."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        return dict(line.rstrip("\n").split(":\t", 1) for line in status
                    if ":\t" in line)


@pytest.mark.short
def test_its_caller_returns_when_it_serves(keyd):
    keyd.start()
    assert keyd.hello()[0] == 0
    assert os.getsid(keyd.pid) == keyd.pid
    assert [os.readlink(f"/proc/{keyd.pid}/fd/{fd}") for fd in range(3)] == \
        ["/dev/null"] * 3
    assert os.readlink(f"/proc/{keyd.pid}/cwd") == "/"
    keyd.wait_for_log(r"LOG:  postern-keyd is ready: key [0-9a-f]{16} "
                      r"\(EC P-256\), key memory \"(secret|locked)\", "
                      rf"socket \"{keyd.socket}\"")


def test_the_socket_is_for_the_dialers_user_alone(keyd):
    keyd.start()
    assert rights(keyd.socket) == (0, DIALER, 0o660)
    assert rights(keyd.socket.parent) == (0, DIALER, 0o710)
    assert rights(keyd.run_directory) == (0, 0, 0o755)
    assert rights(keyd.run_directory / "keyd.pid") == (0, 0, 0o644)
    assert keyd.hello()[0] == 0
    for uid in (USER, STRANGER, 64202):
        assert keyd.hello(uid)[0] != 0


def test_the_signer_is_its_own_user(keyd):
    keyd.start()
    signer = fields(keyd.signer_pid)
    assert signer["Uid"].split() == ["64202"] * 4
    assert signer["Groups"].strip() == ""
    assert signer["NoNewPrivs"] == "1"
    assert int(signer["CapEff"], 16) == int(signer["CapBnd"], 16) == 0


def test_without_root_all_is_the_users(users_keyd):
    users_keyd.start()
    assert rights(users_keyd.socket) == (STRANGER, STRANGER, 0o600)
    assert rights(users_keyd.socket.parent) == (STRANGER, STRANGER, 0o700)
    assert users_keyd.socket.parent.parent == users_keyd.data
    assert users_keyd.hello(STRANGER)[0] == 0
    users_keyd.wait_for_log("started without root: the signer runs as the "
                            f"same user ID {STRANGER}")


def test_a_second_start_is_refused(keyd):
    keyd.start()
    pid, key = keyd.pid, keyd.key_id()
    run = keyd.run()
    assert run.returncode == 1
    assert "postern-keyd is already running" in run.stderr
    assert f"Process {pid} holds the lock" in run.stderr
    assert (keyd.pid, keyd.key_id()) == (pid, key)


@pytest.mark.parametrize("number", (signal.SIGTERM, signal.SIGINT,
                                    signal.SIGQUIT))
def test_a_signal_ends_it_and_nothing_is_left(keyd, number):
    keyd.start()
    pid, signer = keyd.pid, keyd.signer_pid
    assert processes.end(pid, number)
    assert processes.wait_for_end(signer, 5)
    assert not keyd.socket.exists()
    assert not (keyd.run_directory / "keyd.pid").exists()
    assert keyd.log_text().endswith("postern-keyd is shut down\n")
    keyd.start()


def test_in_the_foreground_ctrl_c_ends_it(keyd):
    terminal = keyd.on_terminal("-F", "-c", "log_filename=")
    terminal.expect_exact("postern-keyd is ready")
    assert keyd.pid == terminal.pid
    terminal.sendintr()
    terminal.expect_exact("received signal 2 (Interrupt), shutting down")
    terminal.expect_exact("postern-keyd is shut down")
    assert terminal.wait() == 0


@pytest.mark.short
def test_a_killed_signer_is_replaced_with_the_same_key(keyd):
    keyd.start()
    key = keyd.key_id()
    for _ in range(2):
        signer = keyd.signer_pid
        os.kill(signer, signal.SIGKILL)
        # Who connects meanwhile waits in the queue.
        assert keyd.key_id() == key
        assert keyd.signer_pid not in (None, signer)
    assert "killed by signal 9" in keyd.log_text()
    keyd.wait_for_log(r"keyd-signer \(PID \d+\) serves the key")


def test_a_killed_supervisor_leaves_no_signer(keyd):
    keyd.start()
    signer = keyd.signer_pid
    os.kill(keyd.pid, signal.SIGKILL)
    assert processes.wait_for_end(signer, 5)
    keyd.start()
    assert keyd.hello()[0] == 0


@pytest.mark.parametrize("kind", ("secret", "locked"))
def test_key_memory(keyd, kind):
    keyd.start("-c", f"key_memory={kind}")
    keyd.wait_for_log(f'key memory "{kind}"')
    first = keyd.signer_pid
    os.kill(first, signal.SIGKILL)
    assert keyd.hello()[0] == 0


def private_scalar(path):
    """The private number of an EC key, as its bytes."""
    text = openssl("pkey", "-in", path, "-noout", "-text")
    digits = re.search(r"priv:\n((?: +[0-9a-f:]+\n)+)", text).group(1)
    return bytes.fromhex(re.sub(r"[\s:]", "", digits))[-32:]


def memory_of(pid):
    """All of a process's readable memory, by the kernel's leave to root."""
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, \
            open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in maps:
            span, may = line.split()[:2]
            if "r" not in may or "[v" in line:
                continue
            start, end = (int(word, 16) for word in span.split("-"))
            if end - start > 1 << 28:   # a sanitizer's shadow
                continue
            try:
                memory.seek(start)
                yield memory.read(end - start)
            except OSError:
                pass


def test_the_supervisor_has_no_byte_of_the_key(keyd, certificates):
    keyd.start()
    secret = private_scalar(certificates.pair("p256").key)
    assert len(secret) == 32
    blocks = list(memory_of(keyd.pid))
    assert sum(map(len, blocks)) > 100000
    assert not any(secret in block for block in blocks)
    libraries = open(f"/proc/{keyd.pid}/maps", encoding="utf-8").read()
    assert "libcrypto" not in libraries


def test_sighup_opens_the_log_anew(keyd):
    keyd.start()
    old = keyd.log.with_suffix(".old")
    keyd.log.rename(old)
    os.kill(keyd.pid, signal.SIGHUP)
    processes.wait_until(keyd.log.exists, what="the new log")
    os.kill(keyd.signer_pid, signal.SIGKILL)
    keyd.wait_for_log("serves the key")
    assert "received SIGHUP" in old.read_text()


def test_a_directory_with_another_name_runs_elsewhere(new_path, certificates):
    """run_directory's default is /run/postern-NAME for root."""
    keyd = make_keyd(new_path("name"), certificates.pair("p256"),
                     run_directory=None)
    keyd.run_directory = keyd.data.__class__(f"/run/postern-{keyd.data.name}")
    keyd.socket = keyd.run_directory / "key" / "keyd.sock"
    try:
        keyd.start()
        assert keyd.hello()[0] == 0
    finally:
        keyd.stop()
        shutil.rmtree(keyd.run_directory, ignore_errors=True)


# What is wrong with the start, and what must be said.
MISTAKES = [
    (["-c", "key_user=64201"], '"user" and "key_user" must be different'),
    (["-c", "dial_user=64202"], '"dial_user" and "key_user" must be'),
    (["-c", "user=nobody-here"], 'user "nobody-here" of parameter "user" '
     "does not exist"),
    (["-c", "user=nobody-here"], "Run: useradd --system"),
    (["-c", "key_user=root"], 'parameter "key_user" must not name root'),
    (["-c", "signers=65"], "65 is outside the valid range"),
    (["-c", "key_memory=swap"], "auto, secret, locked"),
    (["-c", "log_destination=csvlog"], "Available values: stderr, syslog"),
    (["-c", "ssl_passphrase_command=a %q"], 'unexpected placeholder "%q"'),
    (["-c", "ssl_key_file="], "It must not be empty."),
    (["-c", "singers=1"], 'Perhaps you meant "signers".'),
    (["-c", "key_socket=/" + "x" * 120], "is too long"),
    (["-c", "log_filename=/nonexistent/log"], "could not open log file"),
    (["-D", "/nonexistent"], "Name the directory that has it with -D"),
    (["--bogus"], 'Try "postern-keyd --help"'),
    (["more"], "too many command-line arguments"),
]


@pytest.mark.parametrize("arguments,expected", MISTAKES,
                         ids=[" ".join(row[0])[:30] for row in MISTAKES])
def test_a_mistake_is_said(keyd, arguments, expected):
    said = keyd.refusal(*arguments)
    assert expected in said
    assert "FATAL:  " in said


def test_every_wrong_line_is_named(keyd):
    with open(keyd.data / "postern.conf", "a", encoding="utf-8") as conf:
        conf.write("bogus = 1\nsigners = many\nport = 5432\n")
    said = keyd.refusal()
    assert 'unrecognized configuration parameter "bogus"' in said
    assert 'parameter "signers"' in said
    lines = [int(number) for number in re.findall(r"line (\d+)\.", said)]
    assert len(lines) == 2 and lines[1] == lines[0] + 1
    assert "contain 2 errors" in said


def test_settings_that_others_may_write_are_refused(keyd):
    conf = keyd.data / "postern.conf"
    conf.chmod(0o666)
    said = keyd.refusal()
    assert f'configuration file "{conf}"' in said
    assert f"chmod go-w {conf}" in said
    conf.chmod(0o644)
    keyd.data.chmod(0o777)
    said = keyd.refusal()
    assert f"chmod go-w {keyd.data}" in said
    keyd.data.chmod(0o755)
    keyd.start()


@pytest.mark.parametrize("option,expected", [
    ("--help", "Usage:"), ("-?", "Usage:"),
    ("--version", "postern-keyd (Postern) "), ("-V", "postern-keyd ")])
def test_it_says_what_it_is(option, expected):
    run = subprocess.run([PROGRAMS.keyd, option], text=True, timeout=20,
                         capture_output=True, check=False)
    assert run.returncode == 0
    assert expected in run.stdout and run.stderr == ""
