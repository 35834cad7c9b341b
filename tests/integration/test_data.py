# SPDX-License-Identifier: ISC
"""Bytes arrive as they were sent, both ways, and nobody waits for another."""

import hashlib
import random
import select
import socket
import statistics
import threading
import time

import pytest

import processes
import wire

MB = 1 << 20
TRANSPORTS = ("plain", "tls")
LOGIN_S = 1.0


@pytest.fixture(name="session", params=TRANSPORTS)
def make_session(request, postern):
    """A session over each kind of stream."""
    with wire.open_session(postern, request.param) as session:
        yield session


def pieces_of(data, kind):
    """The data in writes of 64 KB or of random sizes."""
    sizes = random.Random(27)
    at = 0
    while at < len(data):
        size = 65536 if kind == "64 KB" else sizes.randint(1, 65536)
        yield data[at:at + size]
        at += size


def text_of(size, seed=1):
    """Letters that no compression or shift would survive unnoticed."""
    return random.Random(seed).randbytes(size // 2).hex()


@pytest.mark.parametrize("writes", ["64 KB", "random"])
def test_a_query_of_16_mb_arrives_whole(session, writes):
    """A 16 MB query in writes of 64 KB and of random sizes."""
    text = text_of(16 * MB)
    for piece in pieces_of(wire.query(f"SELECT md5('{text}')"), writes):
        session.send(piece)
    expected = hashlib.md5(text.encode()).hexdigest()
    assert session.read_rows(60) == [(expected,)]


def test_a_result_of_64_mb_arrives_whole(session):
    """A 64 MB result of many rows, with the server's own checksum."""
    sql = ("SELECT repeat(md5(i::text), 32) AS line "
           "FROM generate_series(1, 65536) i")
    digest = hashlib.md5()
    rows = session.query(sql, 60)
    for row, in rows:
        digest.update(row.encode())
    assert len(rows) == 65536
    assert session.query(
        f"SELECT md5(string_agg(line, '')) FROM ({sql}) t",
        60) == [(digest.hexdigest(),)]


def test_a_value_of_100_mb_arrives_whole(session):
    """A single value of 100 MB."""
    (value,), = session.query(
        "SELECT string_agg(repeat(md5(i::text), 1024), '') "
        "FROM generate_series(1, 3200) i", 60)
    expected = "".join(hashlib.md5(b"%d" % number).hexdigest() * 1024
                       for number in range(1, 3201))
    assert len(value) == 100 * MB
    assert value == expected, "another value came"


def test_copy_in_and_out_arrive_whole(session):
    """COPY IN of 20 MB, and COPY OUT of the same."""
    lines = [f"{number}\t{text_of(200, number)}\n".encode()
             for number in range(100000)]
    session.query("CREATE TEMP TABLE copied (number int, line text)")
    session.send(wire.query("COPY copied FROM STDIN"))
    session.read_until("G")
    for at in range(0, len(lines), 500):
        session.send(wire.message("d", b"".join(lines[at:at + 500])))
    session.send(wire.message("c"))
    session.read_rows(60)
    session.send(wire.query("COPY copied TO STDOUT"))
    found = [item.body for item in session.read_until("Z", 60)
             if item.type == "d"]
    assert found == lines


def test_copy_fail_copies_nothing(session):
    """CopyFail ends a COPY with the client's own words, and the session
    goes on."""
    session.query("CREATE TEMP TABLE copied (line text)")
    session.send(wire.query("COPY copied FROM STDIN"))
    session.read_until("G")
    session.send(wire.message("d", b"line\n" * 100000))
    session.send(wire.message("f", b"changed my mind\0"))
    with pytest.raises(wire.ServerError) as error:
        session.read_rows()
    assert error.value.code == "57014"
    assert "changed my mind" in error.value.text
    assert session.query("SELECT count(*) FROM copied") == [("0",)]


ECHO_BYTES = 64 * 1024


def fill(session, data):
    """Sends without reading until nothing goes any more for a second;
    returns how much of the data went to TLS or the socket."""
    sock, sent, rest = session.sock, 0, b""
    sock.setblocking(False)
    while sent < len(data) or rest:
        _, writable, _ = select.select([], [sock], [], 1.0)
        if not writable:
            return sent, rest
        if not rest:
            rest = data[sent:sent + 65536]
            sent += len(rest)
            if session.tls is not None:
                session.tls.write(rest)
                rest = session.encrypted()
        rest = rest[sock.send(rest):]
    pytest.fail("everything was taken: nothing was ever full")


def drain(session, data, rest, count):
    """Sends the rest of the data and reads count rows, both at once."""
    rows, sent = 0, 0
    sock = session.sock
    deadline = time.monotonic() + 60
    while rows < count:
        assert time.monotonic() < deadline, f"stuck after {rows} rows"
        if not rest and sent < len(data):
            rest = data[sent:sent + 65536]
            sent += len(rest)
            if session.tls is not None:
                session.tls.write(rest)
                rest = session.encrypted()
        readable, writable, _ = select.select(
            [sock], [sock] if rest else [], [], 5)
        assert readable or writable, f"deadlock after {rows} rows"
        if writable:
            sock.setblocking(False)
            rest = rest[sock.send(rest):]
        if readable:
            assert session.take_ready(), session.end
            rows += take_rows(session.buffer)
    return rows


def take_rows(buffer):
    """Takes the whole messages at the buffer's start; counts the rows."""
    at = rows = 0
    while len(buffer) - at >= 5:
        length = int.from_bytes(buffer[at + 1:at + 5], "big") + 1
        if len(buffer) - at < length:
            break
        if buffer[at] == ord("D"):
            rows += 1
            assert length > ECHO_BYTES
        assert buffer[at] in b"TDCZ", buffer[at:at + 200]
        at += length
    del buffer[:at]
    return rows


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_both_directions_full_is_no_deadlock(start_postern, transport):
    """A client that sends queries and reads nothing until every buffer is
    full, both ways: it delays no other, costs the worker no memory, and gets
    every answer once it reads."""
    gate = start_postern(workers=1)
    worker, = gate.worker_pids()
    for warm in TRANSPORTS:
        wire.open_session(gate, warm).close()
    before = processes.resident_kb(worker)
    text = text_of(ECHO_BYTES)
    data = wire.query(f"SELECT '{text}'") * 600
    with wire.open_session(gate, transport) as session:
        sent, rest = fill(session, data)
        assert sent < len(data)
        for _ in range(3):
            for other in wire.TRANSPORTS:
                begin = time.monotonic()
                with wire.open_session(gate, other) as fast:
                    assert fast.query("SELECT 1") == [("1",)]
                assert time.monotonic() - begin < LOGIN_S
        assert processes.resident_kb(worker) - before < 4096
        assert drain(session, data[sent:], rest, 600) == 600


def test_50_mixed_sessions_never_cross(postern):
    """50 sessions, plain and TLS, at once: each gets its own answers."""
    wrong = []

    def live(number):
        transport = wire.TRANSPORTS[number % 3]
        text = text_of(1000 + number * 300, number)
        try:
            with wire.open_session(postern, transport) as session:
                for turn in range(10):
                    rows = session.query(
                        f"SELECT pg_backend_pid(), {turn}, '{text}'")
                    if rows != [(str(session.pid), str(turn), text)]:
                        wrong.append(number)
        except Exception as error:               # a thread's is lost else
            wrong.append((number, repr(error)))
    threads = [threading.Thread(target=live, args=(number,))
               for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert not wrong


def test_small_writes_are_not_held_back(session):
    """A request in small pieces, and one of several messages: the median
    round trip stays well under 20 ms, so nobody waits for an ACK."""
    def in_pieces():
        data = wire.query("SELECT 1")
        for at in range(0, len(data), 5):
            session.send(data[at:at + 5])
        session.read_rows()

    def in_messages():
        for part in (wire.message("P", b"\0SELECT 1\0\0\0"),
                     wire.message("B", b"\0" * 8),
                     wire.message("E", b"\0" * 5), wire.message("S")):
            session.send(part)
        session.read_rows()
    for ask in (in_pieces, in_messages):
        times = []
        for _ in range(50):
            begin = time.monotonic()
            ask()
            times.append(time.monotonic() - begin)
        assert statistics.median(times) < 0.02, times


def test_notifications_reach_an_idle_client_in_order(session, backend):
    """NOTIFY reaches an idle client unasked, and in order."""
    session.query("LISTEN channel")
    for start in (1, 101):
        backend.psql("".join(f"NOTIFY channel, '{number}';"
                             for number in range(start, start + 100)))
        payloads = []
        while len(payloads) < 100:
            found = session.read_message()
            assert found.type == "A", found
            payloads.append(found.body[4:].split(b"\0")[1].decode())
        assert payloads == [str(number)
                            for number in range(start, start + 100)]


@pytest.mark.parametrize("transport", wire.TRANSPORTS)
@pytest.mark.parametrize("sql, rows", [
    ("SELECT pg_sleep(0.5), 'late'", [("", "late")]),
    ("SELECT repeat('x', 5000000)", [("x" * 5000000,)])])
def test_a_half_closed_client_gets_its_result(postern, transport, sql, rows):
    """A client that has sent its last byte, and TLS's close_notify where
    there is TLS, and then FIN: the pending result still comes, then the
    end."""
    with wire.open_session(postern, transport) as session:
        session.send(wire.query(sql))
        if transport != "plain":
            session.close_notify()
        session.sock.shutdown(socket.SHUT_WR)
        assert session.read_rows() == rows
        assert session.read_to_end(5) == b""
    assert processes.wait_for_end(session.pid, 5)
