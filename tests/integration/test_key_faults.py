# SPDX-License-Identifier: ISC
"""What clients see when signatures are slow, lost or refused."""

import os
import shutil
import signal
import socket
import ssl
import threading

import pytest

import processes
import wire

PENDING = 50      # handshakes that wait for a signature at once
BURST = 400       # more replies than a socket's buffer takes


def say_hello(instance):
    """A client that has sent its ClientHello and waits for the rest."""
    connection = wire.connect(instance)
    connection.request_tls()
    connection.begin_tls()
    return connection


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def answers(instance, sslmode):
    run = instance.psql("SELECT 17", sslmode)
    return (run.returncode, run.stdout.strip()) == (0, "17")


class Later:
    """A psql over TLS that runs beside the test."""

    def __init__(self, instance):
        self.good = None
        self.thread = threading.Thread(target=self._run, args=(instance,))
        self.thread.start()

    def _run(self, instance):
        self.good = answers(instance, "require")

    def result(self):
        self.thread.join(30)
        return self.good


def wait_for_log(instance, text):
    processes.wait_until(lambda: text in instance.log(), 10, text)


@pytest.mark.short
def test_a_slow_signer_stalls_no_other_client(start_postern):
    gate = start_postern()
    with processes.stopped(gate.signer_pid()):
        waiting = [say_hello(gate) for _ in range(PENDING)]
        assert answers(gate, "disable")
        assert all(client.is_silent(0) for client in waiting)
        later = Later(gate)
    assert later.result()
    for client in waiting:
        assert not client.is_silent(10)
        client.close()


@pytest.mark.short
def test_clients_may_leave_while_their_signature_is_pending(start_postern):
    gate = start_postern()
    workers = gate.worker_pids()
    # The server behind is asked once, how it lets in.
    before = processes.settled(lambda: [descriptors(pid) for pid in workers])
    with processes.stopped(gate.signer_pid()):
        for i, client in enumerate([say_hello(gate) for _ in range(PENDING)]):
            client.reset() if i % 2 else client.close()
        assert answers(gate, "disable")
    assert answers(gate, "require")
    processes.wait_until(
        lambda: [descriptors(pid) for pid in workers] == before, 10,
        "the descriptors of those who left are closed")
    assert gate.worker_pids() == workers


@pytest.mark.short
def test_a_burst_of_handshakes_keeps_the_key_connection(start_postern):
    """More signatures than are asked for at once: none is lost with the
    connection, however late the worker reads the replies."""
    gate = start_postern(workers=1)
    worker, = gate.worker_pids()
    signer = gate.signer_pid()
    clients = []
    with processes.stopped(signer):
        for _ in range(BURST):
            client = wire.connect(gate)
            client.request_tls()
            clients.append((client, client.begin_tls()))
        assert answers(gate, "disable")    # the worker has read them all
        os.kill(worker, signal.SIGSTOP)    # before the signer goes on
    with processes.stopped(worker):
        processes.wait_until_asleep(signer)
    for client, tls in clients:
        client.finish_tls(tls)
        client.close()
    assert "lost the connection" not in gate.log()


def test_authentication_timeout_ends_a_pending_handshake(start_postern):
    gate = start_postern(authentication_timeout="1s", key_timeout="30s")
    workers = gate.worker_pids()
    with processes.stopped(gate.signer_pid()):
        waiting = [say_hello(gate) for _ in range(PENDING)]
        for client in waiting:
            client.read_to_end()
            client.close()
    assert answers(gate, "require")
    assert gate.worker_pids() == workers


def test_key_timeout_ends_a_pending_handshake(start_postern):
    gate = start_postern(key_timeout="500ms")
    with processes.stopped(gate.signer_pid()):
        client = wire.connect(gate)
        client.request_tls()
        with pytest.raises(ssl.SSLError, match="(?i)internal.error"):
            client.start_tls()
        client.close()
    assert answers(gate, "require")


@pytest.mark.short
def test_no_handshake_fails_when_the_signer_is_killed(start_postern):
    gate = start_postern()
    gate.deaths_expected = True
    signer = gate.signer_pid()
    with processes.stopped(signer):
        later = [Later(gate) for _ in range(5)]
        os.kill(signer, signal.SIGKILL)
        assert all(client.result() for client in later)
    assert gate.signer_pid() not in (None, signer)


def test_sessions_and_plain_clients_live_without_keyd(start_postern):
    gate = start_postern(key_timeout="1s")
    session = wire.open_session(gate, "tls")
    gate.stop_keyd(signal.SIGKILL)
    assert session.query("SELECT 1") == [("1",)]
    assert answers(gate, "disable")
    assert not answers(gate, "require")
    gate.start_keyd()
    processes.wait_until(lambda: answers(gate, "require"), 10,
                         "TLS clients are served again")
    assert session.query("SELECT 2") == [("2",)]
    session.close()


def test_a_key_that_keyd_no_longer_has_is_refused_not_fatal(
        start_postern, certificates):
    gate = start_postern()
    workers = gate.worker_pids()
    gate.stop_keyd()
    shutil.copyfile(certificates.pair("rsa").key, gate.data / "server.key")
    gate.start_keyd()
    wait_for_log(gate, "connected to postern-keyd again")
    assert not answers(gate, "require")
    assert answers(gate, "disable")
    assert gate.worker_pids() == workers
    assert "unknown key" in gate.log()


def test_a_replaced_worker_serves_plain_clients_without_keyd(start_postern):
    gate = start_postern(key_timeout="1s", workers=1)
    gate.deaths_expected = True
    gate.stop_keyd(signal.SIGKILL)
    worker, = gate.worker_pids()
    os.kill(worker, signal.SIGKILL)
    processes.wait_until(lambda: gate.worker_pids() not in ([], [worker]), 10,
                         "another worker")
    assert answers(gate, "disable")
    gate.start_keyd()
    processes.wait_until(lambda: answers(gate, "require"), 10,
                         "TLS clients are served again")


def test_a_keyd_that_does_not_answer_is_tried_anew(start_postern):
    gate = start_postern(key_timeout="1s", workers=1)
    path = gate.data / "run" / "key" / "keyd.sock"
    gate.stop_keyd()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as mute:
        path.unlink(missing_ok=True)
        mute.bind(str(path))
        path.chmod(0o777)
        mute.listen()
        mute.settimeout(10)
        first, _ = mute.accept()
        second, _ = mute.accept()
        first.settimeout(10)
        assert first.recv(100)[:2] == b"\1\1"    # HELLO
        assert first.recv(100) == b""
        path.unlink()
        first.close()
        second.close()
    gate.start_keyd()
    processes.wait_until(lambda: answers(gate, "require"), 10,
                         "TLS clients are served again")


def test_a_replaced_dialer_serves_the_next_client(start_postern):
    gate = start_postern()
    gate.deaths_expected = True
    workers = gate.worker_pids()
    os.kill(gate.dialer_pid(), signal.SIGKILL)
    assert answers(gate, "disable")
    assert answers(gate, "require")
    assert gate.worker_pids() == workers
