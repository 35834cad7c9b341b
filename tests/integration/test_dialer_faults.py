# SPDX-License-Identifier: ISC
"""No worker stays without a dialer, whatever becomes of its channel."""

import os
import signal
import socket

import pytest

import processes

# listener/handoff.h
CHANNEL_OF_SUPERVISOR = 3
CHANNEL_OF_DIALER = 7

pytestmark = pytest.mark.skipif(os.geteuid() != 0,
                                reason="takes descriptors of other processes")


def answers(instance):
    run = instance.psql("SELECT 17", "disable")
    return (run.returncode, run.stdout.strip()) == (0, "17")


def cut(pid, number, how=socket.SHUT_RDWR):
    """Ends a channel of a process that goes on living."""
    channel = processes.take_socket(pid, number)
    channel.shutdown(how)
    channel.close()


@pytest.mark.short
def test_a_worker_whose_channel_ended_gets_another(start_postern):
    gate = start_postern(workers=2)
    dialer, workers = gate.dialer_pid(), gate.worker_pids()
    for worker in workers:
        cut(worker, CHANNEL_OF_DIALER)
    assert all(answers(gate) for _ in range(8))
    assert (gate.dialer_pid(), gate.worker_pids()) == (dialer, workers)
    assert "has lost the dialer" in gate.log()


@pytest.mark.short
def test_a_dialer_that_takes_no_channel_is_replaced(start_postern):
    gate = start_postern(workers=1)
    gate.deaths_expected = True
    dialer, (worker,) = gate.dialer_pid(), gate.worker_pids()
    os.kill(dialer, signal.SIGSTOP)
    cut(dialer, CHANNEL_OF_SUPERVISOR, socket.SHUT_RD)
    os.kill(worker, signal.SIGKILL)
    processes.wait_until(
        lambda: gate.dialer_pid() not in (None, dialer), 10,
        "another dialer")
    assert answers(gate)


def test_a_worker_that_takes_no_channel_is_replaced(start_postern):
    gate = start_postern(workers=1)
    gate.deaths_expected = True
    dialer, (worker,) = gate.dialer_pid(), gate.worker_pids()
    os.kill(worker, signal.SIGSTOP)
    cut(worker, CHANNEL_OF_SUPERVISOR, socket.SHUT_RD)
    os.kill(dialer, signal.SIGKILL)
    processes.wait_until(lambda: gate.worker_pids() not in ([], [worker]), 10,
                         "another worker")
    assert answers(gate)


def test_a_signal_to_all_is_the_supervisors_matter(start_postern):
    gate = start_postern(workers=1)
    dialer, workers = gate.dialer_pid(), gate.worker_pids()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        for pid in (dialer, *workers):
            os.kill(pid, number)
    assert answers(gate)
    assert (gate.dialer_pid(), gate.worker_pids()) == (dialer, workers)
