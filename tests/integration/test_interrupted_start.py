# SPDX-License-Identifier: ISC
"""A start that takes long can be ended at any time."""

import signal
import subprocess

import pytest

import processes
from programs import WRAPPER

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_signal_ends_a_listener_that_waits_for_keyd(start_postern, number):
    gate = start_postern(key_timeout="50s", workers=2)
    gate.stop_listener()
    with processes.stopped(gate.signer_pid()), \
            open(gate.data / "listener.start", "w") as stderr:
        starting = subprocess.Popen(
            [*WRAPPER, gate.programs.listener, "-F", "-D", gate.data],
            stdin=subprocess.DEVNULL, stdout=stderr, stderr=stderr, cwd="/")
        processes.wait_until(gate.worker_pids, 10, "a worker")
        below = processes.children(starting.pid)
        starting.send_signal(number)
        try:
            assert starting.wait(10) == 1
        finally:
            starting.kill()
    assert not any(processes.is_alive(pid) for pid in below)
    assert f"FATAL:  received signal {int(number)} " in gate.log()
    gate.start_listener()
    assert gate.psql("SELECT 17", "require").stdout.strip() == "17"
