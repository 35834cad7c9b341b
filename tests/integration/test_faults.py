# SPDX-License-Identifier: ISC
"""System calls of a worker that fail: it lives, loses no descriptor, and the
next client is served."""

import contextlib
import errno
import os
import pathlib
import platform
import ssl
import subprocess

import pytest

import processes
import wire

HERE = pathlib.Path(__file__).parent
# x86-64's numbers, and how each may fail. close(2) does what it is for whatever
# it says, shutdown(2) fails for a connection that is gone already.
STREAM = ["EINTR", "EAGAIN", "ECONNRESET", "ETIMEDOUT", "ENOMEM", "short"]
CALLS = {
    "accept4": (288, ["EINTR", "EAGAIN", "EMFILE", "ENFILE", "ENOMEM",
                      "ECONNABORTED", "EPROTO"]),
    "recvfrom": (45, STREAM),
    "sendto": (44, ["EINTR", "EAGAIN", "EPIPE", "ECONNRESET", "ENOBUFS",
                    "ENOMEM", "short"]),
    "sendmmsg": (307, ["EINTR", "EAGAIN", "EPIPE", "ECONNRESET", "ENOBUFS"]),
    "recvmsg": (47, ["EINTR", "EAGAIN", "ENOMEM"]),
    "epoll_wait": (232, ["EINTR"]),
    "epoll_ctl": (233, ["ENOMEM", "ENOSPC"]),
    "setsockopt": (54, ["ENOBUFS", "ENOPROTOOPT"]),
    "mmap": (9, ["ENOMEM"]),
    "brk": (12, ["ENOMEM"]),
    "getrandom": (318, ["EINTR"]),
}
RARE = ("sendmmsg", "mmap", "brk", "getrandom")     # not in every exercise
CASES = [pytest.param(call, how, nth, id=f"{call} {how} {nth}",
                      marks=[] if nth == 1 else [pytest.mark.long])
         for call, (_, ways) in CALLS.items() for how in ways
         for nth in (1, 2, 3, 5, 8)]


@pytest.fixture(name="failer", scope="module")
def build_failer(place):
    """The program's path."""
    if platform.machine() != "x86_64":
        pytest.skip("failer knows x86-64 alone")
    program = place / "failer"
    subprocess.run(["cc", "-D_GNU_SOURCE", "-Wall", "-Werror", "-o", program,
                    HERE / "failer.c"], check=True, timeout=60)
    return program


@pytest.fixture(name="gate", scope="module")
def start_gate(data_directory, backend, certificates):
    """One worker, which all tests here maltreat."""
    from conftest import Starter
    starter = Starter(data_directory, backend, certificates.ca)
    yield starter(workers=1, authentication_timeout="5s")
    starter.end_all()


@contextlib.contextmanager
def failing(failer, pid, call, nth, word):
    """The call fails within the block; [0] is then what failer said."""
    program = subprocess.Popen(
        [failer, str(pid), str(CALLS[call][0]), str(nth), word],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = []
    try:
        assert program.stdout.readline() == "ready\n"
        yield said
    finally:
        program.terminate()
        said.append(program.communicate(timeout=10)[0])


def exercise(gate):
    """What a worker does all day; any of it may fail this once."""
    for transport in ("plain", "tls"):
        with contextlib.suppress(OSError, wire.Ended, wire.ServerError,
                                 ssl.SSLError, AssertionError):
            with wire.open_session(gate, transport) as session:
                session.query("SELECT repeat('x', 300000)")
                with wire.connect(gate) as cancel:
                    cancel.send(wire.cancel_request(session.pid, b"none"))
                    cancel.read_to_end(3)


def descriptors(pid):
    """How many it has."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def is_served(gate):
    """Is a client, in plain and over TLS?"""
    for transport in ("plain", "tls"):
        with wire.open_session(gate, transport) as session:
            assert session.query("SELECT 1") == [("1",)]
    return True


@pytest.mark.parametrize("call, how, nth", CASES)
def test_a_call_that_fails_is_survived(gate, failer, call, how, nth):
    """Once, the NTH from now on; then all is as before."""
    is_served(gate)
    worker, = gate.worker_pids()
    processes.wait_until_asleep(worker)
    before = descriptors(worker)
    word = how if how == "short" else str(getattr(errno, how))
    with failing(failer, worker, call, nth, word) as result:
        exercise(gate)
    said = result[0]
    assert said in ("failed\n", ""), said
    assert gate.worker_pids() == [worker]
    is_served(gate)
    processes.wait_until(lambda: descriptors(worker) == before, 10,
                         f"{before} descriptors, not {descriptors(worker)}")
    if nth == 1 and call not in RARE:
        assert said == "failed\n", "the call was not made"


def test_a_client_that_cannot_be_watched_is_closed(gate, failer):
    """At once, with the reason in the log: no event would ever wake it."""
    worker, = gate.worker_pids()
    mark = len(gate.log())
    with failing(failer, worker, "epoll_ctl", 1, str(errno.ENOSPC)) as said:
        with wire.connect(gate) as connection:
            assert connection.read_to_end(3) == b""
    assert said == ["failed\n"]
    assert "could not watch a socket: No space left" in gate.log()[mark:]
    is_served(gate)
