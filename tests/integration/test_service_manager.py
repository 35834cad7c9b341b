# SPDX-License-Identifier: ISC
"""As a unit of systemd: readiness, the journal, pass phrases by its agents;
and the units themselves, as far as systemd-analyze judges them."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import pytest

import processes
from programs import PREFIX
from service_manager import ASK, Agent, ServiceManager

UNITS = PREFIX / "lib" / "systemd" / "system"
WRONG = "not the pass phrase"
# What "systemd-analyze security" may say at most, of 10 (100 is all bad).
EXPOSURE = {"postern-keyd": 24, "postern-listener": 35}
LINE = re.compile(r"<([0-7])>postern-\w+\[\d+\]: ([A-Z]+):  .+|"
                  r"<([0-7])>(keyd|listener)-[a-z-]+\[\d+\]: ([A-Z]+):  .+")


@pytest.fixture
def manager(new_path):
    """A service manager; made by the socket's name, "@" for abstract."""
    made = []

    def make(name=None):
        made.append(ServiceManager(name or new_path("notify")))
        return made[-1]
    yield make
    for one in made:
        one.close()


def environment(pid):
    """The environment that a process was started with."""
    return pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")


@pytest.mark.short
@pytest.mark.parametrize("abstract", (False, True), ids=("path", "abstract"))
def test_each_state_of_both_is_told(start_postern, data_directory, manager,
                                    abstract):
    gate = start_postern.adopt(data_directory())
    systemd = manager(f"@{gate.data}" if abstract else None)
    keyd = systemd.start(gate, "keyd")
    assert systemd.next() == {"STATUS": "Unlocking the private key"}
    ready = {"READY": "1", "MAINPID": str(keyd.pid), "STATUS": "Serving"}
    assert systemd.next() == ready
    assert systemd.is_silent()
    listener = systemd.start(gate, "listener")
    assert systemd.next() == dict(ready, MAINPID=str(listener.pid))
    # ready means: served, now
    assert gate.psql("SELECT 1", "verify-full").stdout == "1\n"

    for service in (keyd, listener):
        before = time.monotonic_ns() // 1000
        service.send_signal(signal.SIGHUP)
        told = systemd.next()
        assert told["RELOADING"] == "1"
        assert before <= int(told["MONOTONIC_USEC"]) <= \
            time.monotonic_ns() // 1000
        assert systemd.next()["READY"] == "1"
    for service in (listener, keyd):
        service.send_signal(signal.SIGTERM)
        assert systemd.next() == {"STOPPING": "1", "STATUS": "Shutting down"}
        assert service.wait(15) == 0


def test_no_other_process_can_speak_for_them(start_postern, data_directory,
                                             manager):
    gate = start_postern.adopt(data_directory())
    systemd = manager()
    for name in ("keyd", "listener"):
        daemon = systemd.start(gate, name)
        while "READY" not in systemd.next():
            pass
        below = processes.children(daemon.pid)
        assert below
        for pid in below:
            names = {entry.partition(b"=")[0] for entry in environment(pid)}
            assert not names & {b"NOTIFY_SOCKET", b"JOURNAL_STREAM"}


def test_in_the_background_the_main_process_is_named(start_postern,
                                                     data_directory, manager):
    gate = start_postern.adopt(data_directory())
    systemd = manager()
    os.environ["NOTIFY_SOCKET"] = systemd.name
    try:
        gate.start_keyd()
    finally:
        del os.environ["NOTIFY_SOCKET"]
    systemd.next()
    assert systemd.next()["MAINPID"] == str(gate.keyd_pid)


def test_the_journal_gets_a_priority_on_each_line(start_postern,
                                                  data_directory, manager):
    gate = start_postern.adopt(data_directory())
    systemd = manager()
    for name in ("keyd", "listener"):
        systemd.start(gate, name)
        while "READY" not in systemd.next():
            pass
    assert gate.psql("SELECT 1", "verify-full").stdout == "1\n"
    for name in ("keyd", "listener"):
        lines = (gate.data / f"{name}.journal").read_text().splitlines()
        assert lines
        assert [line for line in lines if not LINE.fullmatch(line)] == []


def test_the_journal_gets_what_ends_a_start(start_postern, data_directory,
                                            manager):
    gate = start_postern.adopt(data_directory())
    with open(gate.data / "postern.conf", "a", encoding="utf-8") as conf:
        conf.write("workers = lots\n")
    systemd = manager()
    assert systemd.start(gate, "listener").wait(20) == 1
    said = (gate.data / "listener.journal").read_text()
    assert said.startswith("<"), said
    assert [line for line in said.splitlines() if not LINE.fullmatch(line)] \
        == []
    assert systemd.is_silent()


@pytest.fixture
def agents(manager):
    """A service manager whose services ask agents of the test's own."""
    if os.geteuid() != 0 or not shutil.which("systemd-ask-password"):
        pytest.skip("as root, with the package systemd")
    if os.path.isdir("/run/systemd/system"):
        pytest.skip("this machine's own agents would be asked")
    made = []

    def make(*answers):
        made.append(Agent(answers))
        return manager(), made[-1]
    yield make
    for agent in made:
        agent.end()
    if os.path.isdir(ASK):
        shutil.rmtree(ASK)


def test_agents_are_asked_where_there_is_no_terminal(
        start_postern, data_directory, agents, certificates):
    gate = start_postern.adopt(data_directory(encrypted=True))
    systemd, agent = agents(WRONG, certificates.passphrase)
    keyd = systemd.start(gate, "keyd")
    assert "STATUS" in systemd.next()
    assert systemd.next()["MAINPID"] == str(keyd.pid)
    question = f"Enter pass phrase for {gate.data}/server.key:"
    assert agent.asked == [question, question]


def test_after_three_wrong_answers_of_agents_it_ends(
        start_postern, data_directory, agents):
    gate = start_postern.adopt(data_directory(encrypted=True))
    systemd, agent = agents(WRONG, WRONG, WRONG, WRONG)
    assert systemd.start(gate, "keyd").wait(30) == 1
    assert len(agent.asked) == 3
    said = (gate.data / "keyd.journal").read_text()
    assert "]: FATAL:  could not load private key file" in said
    assert systemd.next() == {"STATUS": "Unlocking the private key"}
    assert systemd.is_silent()


def systemd_analyze(*arguments):
    """What it says, of units that need not be installed."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("the package systemd is not installed")
    return subprocess.run(
        ["systemd-analyze", *arguments], text=True, capture_output=True,
        env=dict(os.environ, SYSTEMD_COLORS="0", SYSTEMD_PAGER=""),
        check=False)


def test_the_units_are_valid():
    units = [UNITS / f"postern-{name}{at}.service"
             for name in ("keyd", "listener") for at in ("", "@other")]
    run = systemd_analyze("verify", "--man=no", *units)
    assert run.returncode == 0 and run.stdout + run.stderr == ""


@pytest.mark.parametrize("name", EXPOSURE)
def test_the_units_refuse_what_they_can(name):
    run = systemd_analyze("security", "--offline=true",
                          f"--threshold={EXPOSURE[name]}",
                          UNITS / f"{name}.service")
    assert run.returncode == 0, run.stdout


def test_users_and_directories_are_made(new_path):
    root = new_path("root")
    for program, kind in (("systemd-sysusers", "sysusers.d"),
                          ("systemd-tmpfiles", "tmpfiles.d")):
        if not shutil.which(program):
            pytest.skip("the package systemd is not installed")
        target = root / "usr" / "lib" / kind
        target.mkdir(parents=True)
        shutil.copy(PREFIX / "lib" / kind / "postern.conf", target)
    (root / "etc").mkdir()
    for _ in range(2):
        subprocess.run(["systemd-sysusers", f"--root={root}"], check=True)
        subprocess.run(["systemd-tmpfiles", f"--root={root}", "--create"],
                       check=True)
    users = (root / "etc" / "passwd").read_text()
    assert re.findall(r"^(postern[a-z-]*):", users, re.M) == [
        "postern", "postern-dial", "postern-cert", "postern-stat",
        "postern-keyd"]
    assert re.search(r"^postern-status:", (root / "etc" / "group").read_text(),
                     re.M)
    assert (root / "run" / "postern").stat().st_mode & 0o777 == 0o755
