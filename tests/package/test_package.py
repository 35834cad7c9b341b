# SPDX-License-Identifier: ISC
"""The Debian package in its life, in this order: built, installed on a bare
machine, in front of a PostgreSQL, booted, upgraded, removed, purged."""

import json
import re
import shutil
import subprocess

import pytest

import processes
from machine import SOURCE

PASSPHRASE = "what opens it"
WRONG = "not the pass phrase"
PROMPT = 'Enter pass phrase for [^\r\n]*: '
AGENTS_PROMPT = PROMPT + "[^\r\n]*no echo[^\r\n]* "
# What a machine wants besides, and what its own running makes there.
OTHERS = ("openssl", "postgresql", "procps", "systemd", "sysvinit-core",
          "sysv-rc", "startpar", "insserv")
RUNNING = re.compile(
    r"/(var/(cache|log|tmp|backups|lib/(apt|dpkg|postgresql|systemd|pam|"
    r"private|dbus|init\.d|update-rc\.d))|run|tmp|proc|sys|dev|mnt|\.old|"
    r"root|etc/(machine-id|mtab|inittab|rc\d\.d/\.depend.*|"
    r"systemd/system/.*wants))(/|$)")
KEY = """
cd /etc/postern
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -days 30 \
    -subj /CN=localhost -addext subjectAltName=DNS:localhost \
    -passout 'pass:%s' -keyout server.key -out server.crt
""" % PASSPHRASE
PSQL = ("psql", "-X", "-A", "-t")
GATE = ("host=localhost port=54399 user=smoke password=smoke "
        "dbname=postgres sslmode=verify-full "
        "sslrootcert=/etc/postern/server.crt")
SQL = "SELECT current_user"


@pytest.fixture
def booted(machine):
    """The machine, halted in the end."""
    yield machine
    machine.halt()


def answered(console, *answers, prompt=PROMPT):
    """Answers the question for the pass phrase with each."""
    for answer in answers:
        console.expect(prompt)
        console.sendline(answer)


def query(there):
    """What a client gets through the gate."""
    return there.run(*PSQL, "-c", SQL, GATE)


def wait_for_server(there):
    """PostgreSQL starts beside Postern."""
    processes.wait_until(
        lambda: there.run("pg_isready", "-q").returncode == 0, 60,
        "the server's start")


def test_lintian_has_nothing_to_say(built):
    changes = next(built.glob("postern_*.changes"))
    run = subprocess.run(
        ["lintian", "--allow-root", "--display-info", "--pedantic",
         "--fail-on=error,warning,info,pedantic", changes], text=True,
        capture_output=True, check=False)
    assert run.returncode == 0 and run.stdout == "", run.stdout + run.stderr


def test_a_bare_machine_gets_all_that_it_needs(machine, package):
    shutil.copy(package, machine.root / "root" / "postern.deb")
    machine.install("/root/postern.deb")
    for program in ("postern-keyd", "postern-listener", "posternctl"):
        machine.chroot(f"/usr/sbin/{program}", "--version")
    machine.chroot("apt-get", "-qq", "-y", "purge", "postern")
    machine.install(*OTHERS)
    machine.allow_services()


@pytest.fixture(scope="module")
def files_before(machine):
    """What there was before the package."""
    return machine.files()


def test_it_is_installed_and_serves(booted, files_before):
    smoke = booted.root / "root" / "smoke"
    shutil.copy(SOURCE / "debian" / "tests" / "smoke", smoke)
    console = booted.boot("/bin/sh", "-ec", "dpkg -i /root/postern.deb && "
                          "/root/smoke && echo 'smoke: done'")
    console.expect_exact("smoke: done", timeout=120)
    # once more: what is there already is no hindrance
    booted.halt()
    console = booted.boot("/bin/sh", "-ec", "dpkg -i /root/postern.deb && "
                          "/root/smoke && echo 'smoke: done'")
    console.expect_exact("smoke: done", timeout=120)


@pytest.fixture(scope="module")
def encrypted(machine):
    """The same machine with a key under a pass phrase, and a role."""
    machine.chroot("sh", "-ec", KEY)
    machine.chroot("sh", "-ec", "service postgresql start && su postgres -c "
                   "\"psql -c \\\"CREATE ROLE smoke LOGIN PASSWORD 'smoke'\\\""
                   "\" && service postgresql stop")


def test_init_asks_on_the_console(booted, encrypted):
    console = booted.boot_sysvinit()
    answered(console, WRONG, PASSPHRASE)
    console.expect("postern-keyd is started")
    console.expect("postern-listener is started")
    for name in ("keyd", "listener"):
        status = booted.run("service", f"postern-{name}", "status")
        assert status.returncode == 0, status.stdout
        assert f"postern-{name} is running" in status.stdout
    wait_for_server(booted)
    assert query(booted).stdout == "smoke\n"


def test_init_says_why_nothing_starts(booted, encrypted):
    console = booted.boot_sysvinit()
    answered(console, WRONG, WRONG, WRONG)
    console.expect("wrong pass phrase")
    console.expect("postern-keyd is not started")
    console.expect("postern-listener: FATAL: [^\n]*postern-keyd")
    console.expect("postern-listener: HINT: [^\n]*postern-keyd")
    console.expect("postern-listener is not started")
    for name in ("keyd", "listener"):
        assert booted.run("service", f"postern-{name}",
                          "status").returncode == 3


def newer(package, place):
    """The package as a later version whose internal programs would not start
    as a daemon of this version wants them."""
    tree = place / "newer"
    subprocess.run(["dpkg-deb", "-R", package, tree], check=True)
    control = tree / "DEBIAN" / "control"
    control.write_text(re.sub(r"(?m)^Version: .*$", "Version: 99",
                              control.read_text()))
    for program in (tree / "usr" / "libexec" / "postern").glob("*-*"):
        program.write_text("#!/bin/sh\nexit 99\n")
    path = place / "newer.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", tree, path],
                   check=True, stdout=subprocess.DEVNULL)
    return path


def test_an_upgrade_leaves_sessions_and_daemons(booted, encrypted, package,
                                                place):
    answered(booted.boot_sysvinit(), PASSPHRASE)
    booted.console.expect("postern-listener is started")
    wait_for_server(booted)
    session = booted.terminal(*PSQL, GATE)
    session.expect("=> ")
    session.sendline("SELECT 'be' || 'fore';")
    session.expect("before")
    pids = booted.run("cat", "/run/postern/keyd.pid",
                      "/run/postern/listener.pid").stdout

    shutil.copy(newer(package, place), booted.root / "root" / "newer.deb")
    said = booted.run("dpkg", "-i", "/root/newer.deb")
    assert said.returncode == 0, said.stderr
    assert "run on as the old version" in said.stdout
    assert "service postern-listener restart" in said.stdout
    session.sendline("SELECT 'af' || 'ter';")
    session.expect("after")
    assert query(booted).stdout == "smoke\n"
    assert booted.run("cat", "/run/postern/keyd.pid",
                      "/run/postern/listener.pid").stdout == pids

    # a program that dies is replaced by one of its daemon's own version
    session.close()
    booted.run("pkill", "-KILL", "-f", "postern-listener: |postern-keyd: ")
    processes.wait_until(lambda: query(booted).stdout == "smoke\n", 30,
                         "sessions through replaced programs")
    booted.run("dpkg", "-i", "/root/postern.deb")


def test_systemd_asks_its_agents(booted, encrypted):
    booted.boot_systemd()
    processes.wait_until(lambda: "activating" in booted.run(
        "systemctl", "is-active", "postern-keyd").stdout, 60,
        "the question")
    agent = booted.terminal("systemd-tty-ask-password-agent", "--watch")
    answered(agent, WRONG, PASSPHRASE, prompt=AGENTS_PROMPT)
    for name in ("keyd", "listener"):
        processes.wait_until(lambda unit=f"postern-{name}": booted.run(
            "systemctl", "is-active", unit).stdout == "active\n", 60, name)
    wait_for_server(booted)
    assert query(booted).stdout == "smoke\n"
    status = booted.run("systemctl", "status", "postern-listener").stdout
    assert 'Status: "Serving"' in status
    assert booted.run("systemctl", "reload", "postern-keyd",
                      "postern-listener").returncode == 0
    assert query(booted).stdout == "smoke\n"

    # files that are refused change nothing, and systemctl says so
    booted.run("sh", "-c", "echo nonsense >>/etc/postern/pg_hba.conf")
    assert booted.run("systemctl", "reload",
                      "postern-listener").returncode != 0
    booted.run("rm", "/etc/postern/pg_hba.conf")
    assert query(booted).stdout == "smoke\n"
    # the units take nothing away that the programs confine themselves by
    for name in ("keyd", "listener"):
        assert "; without" not in booted.run(
            "journalctl", "--no-pager", "-u", f"postern-{name}").stdout

    # the key daemon falls: sessions and the listener do not, it asks again
    listener = booted.run("systemctl", "show", "-P", "MainPID",
                          "postern-listener").stdout
    booted.run("systemctl", "kill", "--signal=KILL", "--kill-who=main",
               "postern-keyd")
    answered(agent, PASSPHRASE, prompt=AGENTS_PROMPT)
    processes.wait_until(lambda: query(booted).stdout == "smoke\n", 60,
                         "the key daemon's return")
    assert booted.run("systemctl", "show", "-P", "MainPID",
                      "postern-listener").stdout == listener
    agent.close()
    # the journal knows how serious a line is; 6 is what it takes others for
    journal = booted.run("journalctl", "-o", "json", "--output-fields",
                         "PRIORITY,MESSAGE", "-u", "postern-listener").stdout
    refused = [line for line in map(json.loads, journal.splitlines())
               if 'invalid connection type "nonsense"' in line["MESSAGE"]]
    assert {line["PRIORITY"] for line in refused} == {"4"}, journal
    stopped = booted.run("systemctl", "stop", "postern-listener",
                         "postern-keyd")
    assert stopped.returncode == 0, stopped.stderr


def test_purge_leaves_no_file(booted, encrypted, files_before):
    kept = {"/etc/postern", "/etc/postern/postern.conf",
            "/etc/postern/server.crt", "/etc/postern/server.key"}
    answered(booted.boot_sysvinit(), PASSPHRASE)
    booted.console.expect("postern-listener is started")
    pids = booted.run("cat", "/run/postern/keyd.pid",
                      "/run/postern/listener.pid").stdout.split()
    removed = booted.run("dpkg", "--remove", "postern")
    assert removed.returncode == 0, removed.stderr
    for pid in pids:
        assert booted.run("kill", "-0", pid).returncode != 0
    # the scripts that stay say what is the matter
    for action, status in (("start", 5), ("stop", 0), ("status", 3)):
        assert booted.run("sh", "/etc/init.d/postern-keyd",
                          action).returncode == status
    purged = booted.run("dpkg", "--purge", "postern")
    assert purged.returncode == 0, purged.stderr
    assert "/etc/postern is kept" in purged.stdout
    assert booted.run("test", "-e", "/run/postern").returncode != 0
    booted.halt()
    left = {name for name in booted.files() - files_before
            if not RUNNING.match(name)}
    assert left == kept
    users = (booted.root / "etc" / "passwd").read_text()
    assert "postern-keyd" in users
