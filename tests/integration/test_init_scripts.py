# SPDX-License-Identifier: ISC
"""The init scripts, as init and an administrator call them. Each test has a
mount namespace in which they are the machine's own /etc/init.d."""

import os
import subprocess

import pexpect
import pytest

import processes
from programs import PREFIX

# The machine's own services are not in the namespace: nothing can meet them.
ENTER = """
mount --make-rprivate / &&
mount --bind "$1/etc/init.d" /etc/init.d &&
mount --bind "$2" "$1/etc/default" &&
shift 2 && exec "$@"
"""
WRONG = "not the pass phrase"
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="as init: root")


class Machine:
    """service(8) on one data directory."""

    def __init__(self, instance, defaults):
        self.instance = instance
        self.defaults = defaults

    def command(self, *command):
        """The command, in the namespace."""
        return ["unshare", "--mount", "sh", "-c", ENTER, "sh", str(PREFIX),
                str(self.defaults), *command]

    def run(self, *command):
        """(exit status, what it said) of a command, run without a
        terminal."""
        path = self.defaults / "said"
        with open(path, "w", encoding="utf-8") as said:
            status = subprocess.run(
                self.command(*command),
                stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                start_new_session=True, timeout=60, check=False).returncode
        return status, path.read_text(errors="replace")

    def service(self, name, action):
        """The same of service NAME ACTION."""
        return self.run("service", f"postern-{name}", action)

    def by_a_user(self, name, action):
        """The same for somebody who is not root."""
        return self.run("setpriv", "--reuid=65534", "--regid=65534",
                        "--clear-groups", f"/etc/init.d/postern-{name}",
                        action)

    def without_program(self, name, action):
        """The same where the program is not installed."""
        return self.run("sh", "-c", 'mount --bind /dev/null "$1" && '
                        'exec "$2" "$3"', "sh",
                        str(PREFIX / "sbin" / f"postern-{name}"),
                        f"/etc/init.d/postern-{name}", action)

    def on_console(self, name, action):
        """The same on a terminal."""
        command = self.command("service", f"postern-{name}", action)
        return pexpect.spawn(command[0], command[1:], timeout=30,
                             encoding="utf-8")


@pytest.fixture
def machine(new_path, start_postern, data_directory):
    """A machine with a data directory of which nothing runs yet."""
    def make(**settings):
        instance = start_postern.adopt(data_directory(**settings))
        defaults = new_path("defaults")
        defaults.mkdir()
        (PREFIX / "etc" / "default").mkdir(exist_ok=True)
        for name in ("keyd", "listener"):
            (defaults / f"postern-{name}").write_text(
                f"OPTIONS='-D {instance.data} -c log_filename={name}.log'\n"
                f"PIDFILE={instance.data}/run/{name}.pid\n")
        return Machine(instance, defaults)
    return make


def answer(console, *answers):
    """Answers the question for the pass phrase, and waits for the end."""
    for word in answers:
        console.expect("Enter pass phrase for [^:]*: ")
        console.sendline(word)
    console.expect(pexpect.EOF)
    console.close()
    return console.exitstatus


def test_from_start_to_stop(machine):
    there = machine()
    assert there.service("keyd", "status")[0] == 3
    assert there.service("listener", "status")[0] == 3
    for name in ("keyd", "listener"):
        status, said = there.service(name, "start")
        assert status == 0, said
        assert there.service(name, "status")[0] == 0
    assert there.instance.psql("SELECT 1", "verify-full").stdout == "1\n"
    keyd, listener = there.instance.keyd_pid, there.instance.listener_pid

    # a second start and a reload leave them as they are
    for name in ("keyd", "listener"):
        for action in ("start", "reload", "force-reload"):
            status, said = there.service(name, action)
            assert status == 0, said
    assert (keyd, listener) == (there.instance.keyd_pid,
                                there.instance.listener_pid)

    status, said = there.service("listener", "restart")
    assert status == 0, said
    again = there.instance.listener_pid
    assert again not in (None, listener)
    assert there.service("listener", "try-restart")[0] == 0
    assert there.instance.listener_pid not in (None, again)
    assert there.instance.psql("SELECT 1", "verify-full").stdout == "1\n"
    for name in ("listener", "keyd"):
        assert there.service(name, "stop")[0] == 0
        assert there.service(name, "status")[0] == 3
        assert there.service(name, "reload")[0] == 7
        assert there.service(name, "try-restart")[0] == 0
        assert there.service(name, "status")[0] == 3
        assert there.service(name, "stop")[0] == 0
        assert there.service(name, "jump")[0] == 2
    assert not processes.is_alive(keyd)


def test_everybody_may_ask_and_root_alone_may_act(machine):
    there = machine()
    for name in ("keyd", "listener"):
        assert there.by_a_user(name, "status")[0] == 3
        assert there.service(name, "start")[0] == 0
        status, said = there.by_a_user(name, "status")
        assert status == 0, said
    pids = there.instance.keyd_pid, there.instance.listener_pid
    for action in ("start", "stop", "restart", "try-restart", "reload",
                   "force-reload"):
        status, said = there.by_a_user("listener", action)
        assert status == 4 and "only root" in said, (action, said)
    assert pids == (there.instance.keyd_pid, there.instance.listener_pid)


def test_what_is_not_installed_or_not_configured_says_so(machine):
    there = machine()
    for action, expected in (("start", 5), ("restart", 5), ("reload", 5),
                             ("stop", 0), ("status", 3)):
        status, said = there.without_program("keyd", action)
        assert status == expected, (action, said)
    (there.defaults / "postern-listener").unlink()
    status, said = there.service("listener", "start")
    assert status == 6, said
    assert "there is no" in said and "postern.conf" in said
    assert there.service("listener", "bogus")[0] == 2


def test_the_console_is_asked_at_boot(machine, certificates):
    there = machine(encrypted=True)
    console = there.on_console("keyd", "start")
    assert answer(console, WRONG, certificates.passphrase) == 0
    assert there.service("keyd", "status")[0] == 0
    status, said = there.service("listener", "start")
    assert status == 0, said
    assert there.service("listener", "status")[0] == 0
    assert there.instance.psql("SELECT 1", "verify-full").stdout == "1\n"


def test_after_three_wrong_answers_both_say_why(machine):
    there = machine(encrypted=True)
    console = there.on_console("keyd", "start")
    assert answer(console, WRONG, WRONG, WRONG) == 1
    assert there.service("keyd", "status")[0] == 3
    status, said = there.service("listener", "start")
    assert status == 1
    assert "postern-keyd" in said and "HINT:" in said, said
    assert there.service("listener", "status")[0] == 3


def test_a_pid_file_that_a_crash_left_is_no_daemon(machine):
    there = machine()
    assert there.service("keyd", "start")[0] == 0
    pid_file = there.instance.data / "run" / "keyd.pid"
    assert there.service("keyd", "stop")[0] == 0
    pid_file.write_text(f"{os.getpid()}\n")
    assert there.service("keyd", "status")[0] == 1
    status, said = there.service("keyd", "start")
    assert status == 0, said
    assert there.service("keyd", "status")[0] == 0
