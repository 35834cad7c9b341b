# SPDX-License-Identifier: ISC
"""Reloads, and processes killed, while clients come and sessions are used:
nobody notices. With POSTERN_LONG=1 (tests/run --long) at full size."""

import os
import re
import signal
import time

import pytest

import processes
import wire
from load import LONG, Load

RATE = 200 if LONG else 50        # handshakes a second
SESSIONS = 50 if LONG else 20
RELOADS = 50 if LONG else 15      # every fifth of them is broken
SIGNERS = 100 if LONG else 15     # killed
WORKERS = 20 if LONG else 5

GOOD = "host all all all scram-sha-256\n"


@pytest.fixture(name="gate")
def fixture_gate(start_postern):
    """A gate that says little, so that the log is not the load."""
    return start_postern(max_connections=400, log_connections="off",
                         log_disconnections="off")


def spoil(gate, number):
    """One of the things that go wrong; returns how it is mended."""
    path = gate.data / ("server.crt", "pg_hba.conf")[number % 2]
    before = path.read_bytes()
    path.write_bytes(before[:len(before) // 2] + b"\nrubbish\n")
    return lambda: path.write_bytes(before)


@pytest.mark.limit(600)
def test_reloads(gate):
    """Not one connection is refused, no handshake fails, no session is lost;
    a broken reload changes nothing."""
    (gate.data / "pg_hba.conf").write_text(GOOD)
    generation = 1
    with Load(gate, RATE, SESSIONS) as load:
        for number in range(RELOADS):
            load.wait_for(RATE // 5)
            before = gate.worker_pids()
            if number % 5 == 4:
                mend = spoil(gate, number // 5)
                assert gate.reload() is None
                assert set(before) >= set(gate.worker_pids())
                mend()
            else:
                generation += 1
                assert gate.reload() == generation
        load.wait_for(RATE // 5)
        load.wait_for_pings(2 * SESSIONS)
    load.assert_flawless()
    assert len(re.findall("is in force", gate.log())) == generation
    assert generation == 1 + RELOADS - RELOADS // 5
    processes.wait_until(lambda: len(gate.worker_pids()) == 2, 10,
                         "the end of all other generations")


@pytest.mark.limit(600)
def test_changes_of_the_number_of_workers(gate):
    """More and fewer of them: no connection is refused or left in a queue."""
    with Load(gate, RATE, SESSIONS) as load:
        for workers in (4, 1, 3, 2) * (3 if LONG else 1):
            gate.change(workers=workers)
            assert gate.reload()
            load.wait_for(RATE // 2)
    load.assert_flawless()


@pytest.mark.limit(900)
def test_signers_are_killed(gate):
    """The signer is forked anew, and what it was asked is asked again: no
    handshake fails. Three at a time, as one more would be a back-off."""
    gate.deaths_expected = True
    with Load(gate, RATE) as load:
        killed = []
        for number in range(SIGNERS):
            signer = processes.wait_until(
                lambda: (gate.signer_pid() or None) not in [None, *killed] and
                gate.signer_pid(), 30, "another signer")
            if number % 3 == 0:
                processes.wait_until(lambda: age_s([signer]) > 1.1, 10)
            load.wait_for(1)
            os.kill(signer, signal.SIGKILL)
            killed.append(signer)
        load.wait_for(RATE // 5)
    load.assert_flawless()
    assert len(set(killed)) == SIGNERS
    print(f"{SIGNERS} signers killed")


def sessions_by_worker(gate, sessions):
    """{worker: its sessions}, by the sockets that it has open."""
    found = {}
    for session in sessions:
        inode = inode_of_peer(session)
        for worker in gate.worker_pids():
            if inode in inodes_of(worker):
                found.setdefault(worker, []).append(session)
    return found


def inode_of_peer(session):
    """The gate's end of a client's TCP connection."""
    port = session.sock.getsockname()[1]
    with open("/proc/net/tcp", encoding="ascii") as table:
        for line in table:
            words = line.split()
            if words[2].endswith(f":{port:04X}") and words[9] != "0":
                return words[9]
    raise AssertionError("no such connection")


def inodes_of(pid):
    """Sockets of a process."""
    links = []
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            links.append(os.readlink(f"/proc/{pid}/fd/{name}"))
        except FileNotFoundError:
            pass
    return {link[8:-1] for link in links if link.startswith("socket:[")}


def is_lost(session):
    """Did it end?"""
    try:
        session.query("SELECT 1")
    except (wire.Ended, OSError):
        return True
    return False


@pytest.mark.limit(600)
def test_workers_are_killed(gate):
    """Only the killed worker's sessions end, each counted; those of the other
    go on; who comes is served by its successor."""
    gate.deaths_expected = True
    lost = 0
    for number in range(WORKERS):
        sessions = [wire.open_session(gate, ("plain", "tls")[n % 2])
                    for n in range(12)]
        its = sessions_by_worker(gate, sessions)
        assert sum(map(len, its.values())) == len(sessions)
        victim = sorted(its)[number % len(its)]
        os.kill(victim, signal.SIGKILL)
        ended = [session for session in sessions if is_lost(session)]
        assert ended == its[victim]
        lost += len(ended)
        with wire.open_session(gate, "tls") as session:
            assert session.query("SELECT 1") == [("1",)]
        processes.wait_until(lambda: len(gate.worker_pids()) == 2, 10)
        for session in sessions:
            session.close()
        # Three quick deaths in a row are another test's matter.
        processes.wait_until(lambda: age_s(gate.worker_pids()) > 1.1, 10)
    print(f"{WORKERS} workers killed, {lost} sessions lost, all of them "
          "theirs")


def age_s(pids):
    """Seconds that the youngest of the processes has lived."""
    begun = []
    for pid in pids:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            begun.append(int(stat.read().rpartition(")")[2].split()[19]))
    now = time.clock_gettime(time.CLOCK_BOOTTIME)
    return now - max(begun) / os.sysconf("SC_CLK_TCK")


@pytest.mark.limit(300)
def test_without_keyd_plain_clients_are_served(start_postern):
    """keyd is down for 5 seconds: plain clients and all sessions go on; TLS
    clients fail cleanly within key_timeout, and are served again when it is
    back, without a touch to the listener."""
    gate = start_postern(max_connections=400, key_timeout="2s",
                         log_connections="off", log_disconnections="off")
    gate.deaths_expected = True
    before = gate.worker_pids()
    with Load(gate, RATE, SESSIONS, transport="plain") as load:
        load.wait_for(5)
        os.kill(gate.keyd_pid, signal.SIGKILL)
        down = time.monotonic()
        while time.monotonic() - down < 5:
            begin = time.monotonic()
            with pytest.raises((wire.Ended, OSError)):
                wire.open_session(gate, "tls")
            assert time.monotonic() - begin < 4
        load.wait_for(5)
        gate.start_keyd()
        processes.wait_until(lambda: gate.psql(
            "SELECT 1", "verify-full").returncode == 0, 10)
        load.wait_for_pings(SESSIONS)
    load.assert_flawless()
    assert gate.worker_pids() == before
