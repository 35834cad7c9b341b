# SPDX-License-Identifier: ISC
"""posternctl: what it says, its exit status, and who is heard."""

import signal
import socket
import stat
import struct
import subprocess

import pytest

import processes
from keyd_alone import STRANGER, make_keyd
from programs import PROGRAMS

WAIT_S = 60


def posternctl(*arguments, **options):
    """Runs it to its end."""
    return subprocess.run(
        [PROGRAMS.ctl, *map(str, arguments)], text=True, check=False,
        capture_output=True, stdin=subprocess.DEVNULL, timeout=WAIT_S,
        **options)


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


@pytest.mark.short
@pytest.mark.parametrize("mode", ("smart", "fast", "immediate"))
def test_stop_waits_for_the_end(keyd, mode):
    keyd.start()
    pid = keyd.pid
    run = posternctl("-D", keyd.data, "stop", "-m", mode, "keyd")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("waiting for postern-keyd to shut down....")
    assert run.stdout.endswith(" done\npostern-keyd stopped\n")
    assert not processes.is_alive(pid)
    assert not (keyd.run_directory / "keyd.control").exists()
    assert f"received {mode} shutdown request from posternctl" in \
        keyd.log_text()


def test_stop_of_both_takes_one_that_has_ended(keyd):
    keyd.start()
    run = posternctl("stop", "-D", keyd.data)
    assert (run.returncode, run.stderr) == (0, "")
    assert "postern-keyd stopped" in run.stdout


def test_stop_gives_up_waiting_and_says_so(keyd):
    keyd.start()
    with processes.stopped(keyd.signer_pid):
        run = posternctl("-D", keyd.data, "stop", "keyd", "--timeout=1")
    assert run.returncode == 1
    assert "done" not in run.stdout
    assert "posternctl: ERROR:  postern-keyd does not shut down\n" in run.stderr


@pytest.mark.parametrize("words,daemon", [
    (["stop"], "postern-keyd"), (["stop", "keyd"], "postern-keyd"),
    (["stop", "postern-listener"], "postern-listener"),
    (["reload"], "postern-listener")])
def test_a_daemon_that_does_not_run(keyd, words, daemon):
    run = posternctl("-D", keyd.data, *words)
    assert (run.returncode, run.stdout) == (1, "")
    assert f"posternctl: ERROR:  {daemon} is not running\n" in run.stderr
    assert f"HINT:  Start it: {daemon} -D {keyd.data}\n" in run.stderr


def test_a_killed_daemon_is_not_running(keyd):
    keyd.start()
    signer, pid = keyd.signer_pid, keyd.pid
    assert processes.end(pid, signal.SIGKILL)
    assert processes.wait_for_end(signer, 5)
    run = posternctl("-D", keyd.data, "status")
    assert run.returncode == 3
    assert "postern-keyd: not running\n" in run.stdout
    keyd.start()
    assert f"postern-keyd: running (PID: {keyd.pid})\n" in \
        posternctl("-D", keyd.data, "status").stdout


def test_the_socket_is_roots_alone(keyd):
    keyd.start()
    path = keyd.run_directory / "keyd.control"
    found = path.stat()
    assert (found.st_uid, stat.S_IMODE(found.st_mode)) == (0, 0o600)
    run = posternctl("-D", keyd.data, "stop", "keyd", user=STRANGER,
                     group=STRANGER, extra_groups=[])
    assert run.returncode == 1
    assert "Permission denied" in run.stderr
    assert "Only root, or the user that runs postern-keyd, may control it." \
        in run.stderr
    # By the kernel's word, too, should somebody change the mode.
    path.chmod(0o666)
    run = posternctl("-D", keyd.data, "stop", "keyd", user=STRANGER,
                     group=STRANGER, extra_groups=[])
    assert run.returncode == 1
    keyd.wait_for_log("refused a control connection of process [0-9]+ of user "
                      f"{STRANGER}")
    assert keyd.hello()[0] == 0


def test_without_root_its_own_user_is_heard(users_keyd):
    users_keyd.start()
    run = posternctl("-D", users_keyd.data, "stop", "keyd", user=STRANGER,
                     group=STRANGER, extra_groups=[])
    assert (run.returncode, run.stderr) == (0, "")
    assert users_keyd.pid is None


def test_another_version_is_told_from_nonsense(keyd):
    keyd.start()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as link:
        link.settimeout(10)
        link.connect(str(keyd.run_directory / "keyd.control"))
        link.send(struct.pack("I", 99) + bytes(3000))
        assert b"are of different versions" in link.recv(65536)
        link.send(b"?")
        assert b"does not understand" in link.recv(65536)
    assert keyd.hello()[0] == 0


def test_connections_that_say_nothing_keep_nobody_out(keyd):
    keyd.start()
    idle = []
    for _ in range(40):
        link = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        link.connect(str(keyd.run_directory / "keyd.control"))
        idle.append(link)
    assert "postern-keyd: running" in \
        posternctl("-D", keyd.data, "status").stdout
    assert keyd.hello()[0] == 0
    run = posternctl("-D", keyd.data, "stop", "keyd")
    assert (run.returncode, run.stderr) == (0, "")
    for link in idle:
        link.close()


def test_no_data_directory():
    run = posternctl("-D", "/nonexistent", "status")
    assert run.returncode == 4
    assert "Name the directory that has it with -D" in run.stderr


@pytest.mark.parametrize("arguments,expected", [
    ([], "no operation specified"), (["frob"], "unrecognized operation mode"),
    (["status", "-m", "fast"], '"status" has no option "-m"'),
    (["stop", "-m", "slow"], "The modes are smart, fast and immediate."),
    (["stop", "worker"], 'there is no daemon "worker"')])
def test_a_mistake_is_said(keyd, arguments, expected):
    run = posternctl("-D", keyd.data, *arguments)
    assert run.returncode == 1
    assert expected in run.stderr


@pytest.mark.parametrize("option,expected", [
    ("--help", "Operations:"), ("-?", "Operations:"),
    ("--version", "posternctl (Postern) "), ("-V", "posternctl (Postern) ")])
def test_it_says_what_it_is(option, expected):
    run = posternctl(option)
    assert (run.returncode, run.stderr) == (0, "")
    assert expected in run.stdout
