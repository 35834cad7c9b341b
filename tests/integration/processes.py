# SPDX-License-Identifier: ISC
"""processes: what the kernel says about processes, and waiting for them."""

import contextlib
import ctypes
import os
import pathlib
import select
import signal
import socket
import time


PIDFD_GETFD = 438    # the call's number, the same for all machines


def wait_until(condition, seconds=10, what="the condition"):
    """Returns condition()'s first true value; fails after that many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds} s")
        select.select([], [], [], 0.01)


def settled(measure, seconds=10):
    """What measure() returns once it has been the same for a while."""
    found = []

    def is_settled():
        found.append(measure())
        return len(found) >= 20 and all(one == found[-1]
                                        for one in found[-20:])
    wait_until(is_settled, seconds, "something that stays")
    return found[-1]


def is_alive(pid):
    """Is there such a process, and not only its zombie?"""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return text.rpartition(")")[2].split()[0] not in "ZX"


def wait_for_end(pid, seconds):
    """Waits for the end of any process; False if it still lives then."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        return bool(poll.poll(seconds * 1000))
    finally:
        os.close(fd)


def end(pid, signal_number=signal.SIGTERM, seconds=10):
    """Ends a process; False if it had to be killed."""
    try:
        os.kill(pid, signal_number)
    except ProcessLookupError:
        return True
    if wait_for_end(pid, seconds):
        return True
    os.kill(pid, signal.SIGKILL)
    wait_for_end(pid, seconds)
    return False


def _is_stopped(pid):
    """Has every thread of it come to its stop?"""
    try:
        return all((task / "stat").read_text().rpartition(")")[2].split()[0]
                   in "TtZX"
                   for task in pathlib.Path(f"/proc/{pid}/task").iterdir())
    except (FileNotFoundError, ProcessLookupError):
        return not is_alive(pid)


@contextlib.contextmanager
def stopped(pid):
    """The process does nothing meanwhile; it may die meanwhile, too."""
    os.kill(pid, signal.SIGSTOP)
    try:
        # A busy machine lets its threads run on for a while.
        wait_until(lambda: _is_stopped(pid), what=f"the stop of {pid}")
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def take_descriptor(pid, number):
    """A copy of another process's descriptor, which the caller closes."""
    libc = ctypes.CDLL(None, use_errno=True)
    pidfd = os.pidfd_open(pid)
    try:
        fd = libc.syscall(PIDFD_GETFD, pidfd, number, 0)
        if fd == -1:
            raise OSError(ctypes.get_errno(), "pidfd_getfd")
        return fd
    finally:
        os.close(pidfd)


def take_socket(pid, number):
    """The same, as a socket."""
    return socket.socket(fileno=take_descriptor(pid, number))


def _states(pid):
    """The states of its threads, a letter each."""
    return {path.read_text().rpartition(")")[2].split()[0]
            for path in pathlib.Path(f"/proc/{pid}/task").glob("*/stat")}


def wait_until_asleep(pid):
    """Waits until it has nothing to do; a lock may let it sleep, briefly."""
    found = []

    def sleeps():
        found.append(_states(pid) == {"S"})
        return len(found) >= 20 and all(found[-20:])
    wait_until(sleeps, 10, "a process that sleeps")


def children(pid):
    """Pids of the process's children."""
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(word) for word in task.read_text().split()]
        except (FileNotFoundError, ProcessLookupError):
            pass
    return sorted(found)


def title(pid):
    """The command line as ps shows it; '' for a process that is gone."""
    try:
        raw = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return raw.replace(b"\0", b" ").decode(errors="replace").strip()


def resident_kb(pid):
    """Resident memory of the process in kB."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError(f"process {pid} has no VmRSS")


def free_port():
    """A TCP port on 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
