# SPDX-License-Identifier: ISC
"""The lists of system calls have no row that nothing needs.

Both daemons run under strace while clients do all that clients do; a row that
no call fits after its process was confined is one too many, unless its reason
begins with "rare:" and says when it is needed."""

import collections
import platform
import re
import shutil

import pytest

import instance
import processes
import seeing
import wire
from handshakes import shake
from keyd_alone import Keyd
from programs import SOURCE

# title of a process -> its list, and how long that may be
LISTS = {"postern-listener: worker": ("listener/worker/confine.c", 30),
         "postern-listener: dialer": ("listener/dialer/confine.c", 15),
         "postern-listener: exporter": ("listener/exporter/confine.c", 20),
         "postern-keyd: signer": ("keyd/signer/confine.c", 15)}

Row = collections.namedtuple("Row", "call words reason fails")
CONSTANT = re.compile(r"\b(?:AF|SOCK|SOL|SO|TCP|IPPROTO|FUTEX|F|SHUT)_\w+|"
                      r"\bFIONREAD|\bMAP_SHARED\b(?=\)\))|"
                      r"\bPROT_READ \| PROT_WRITE|\bMREMAP_\w+")
# What strace calls them.
ALSO = {"IPPROTO_TCP": "SOL_TCP",
        "PROT_READ | PROT_WRITE": "PROT_READ|PROT_WRITE"}


def rows_of(path):
    """The rows of a confine.c."""
    table = (SOURCE / path).read_text().partition("rows[] = {")[2]
    table = re.sub(r"/\*.*?\*/", "", table[:table.index("\n};")], flags=re.S)
    found = []
    for row in re.split(r"\n\tSANDBOX_", table)[1:]:
        kind, _, inside = row.partition("(")
        call = "epoll_wait" if kind == "EPOLL_WAIT" else \
            re.match(r"\w+", inside).group()
        words = CONSTANT.findall(re.sub(r'"[^"]*"', "", inside))
        found.append(Row(call, {ALSO.get(word, word) for word in words},
                         "".join(re.findall(r'"([^"]*)"', inside)),
                         kind == "FAIL"))
    return found


def fits(row, line):
    """Is the call, in strace's words, one of the row?"""
    call, _, arguments = line.partition("(")
    return call == row.call and all(
        re.search(rf"\b{re.escape(word)}\b", arguments) for word in row.words)


class Trace:
    """strace's files, one for each thread: its calls, each with a time."""

    def __init__(self, folder):
        self.lines = {}
        for path in folder.iterdir():
            calls = [line.split(" ", 1) for line in
                     path.read_text(errors="replace").splitlines()]
            self.lines[path.suffix[1:]] = [
                (float(when), call) for when, call in calls]

    def confined(self, title):
        """The calls of all processes of that title from seccomp(2) on."""
        found = []
        for lines in self.lines.values():
            if not any(f'["{title}"]' in call for _, call in lines):
                continue
            since = next((when for when, call in lines if call.startswith(
                "seccomp(SECCOMP_SET_MODE_FILTER") and call.endswith("= 0")),
                None)
            threads = [match.group(1) for _, call in lines for match in
                       [re.match(r"clone3?\(.*= (\d+)", call)] if match]
            for each in [lines, *map(self.lines.get, threads)]:
                found += [call for when, call in each or ()
                          if since is not None and when > since]
        return found


def work(gate):
    """All that clients do, as far as it does not take minutes."""
    shake(gate, 40)
    shake(gate, 40, "TLSv1.2")
    for transport in wire.TRANSPORTS:
        with wire.open_session(gate, transport) as session:
            assert session.query("SELECT 1") == [("1",)]
            # More than fits into a socket, both ways.
            rows = session.query("SELECT repeat('x', 6000000)")
            assert len(rows[0][0]) == 6000000
            assert session.query(
                f"SELECT length('{'y' * 3000000}')") == [("3000000",)]
            session.send(wire.query("SELECT pg_sleep(60)"))
            processes.wait_until(lambda: gate.backend.psql(
                "SELECT count(*) FROM pg_stat_activity WHERE state = 'active'"
                " AND query LIKE '%pg_sleep(60)'") == "1")
            with wire.open_transport(gate, transport) as other:
                other.send(wire.cancel_request(session.pid, session.key))
                assert other.read_to_end(10) == b""
            with pytest.raises(wire.ServerError):
                session.read_rows()
    assert gate.psql("SELECT 1", user="nobody").returncode != 0
    # keyd's own rules: a stranger, and a message that is none.
    keyd = Keyd(gate.data)
    assert keyd.ask(b"\1\3" + bytes(10))[0] == 0
    assert gate.psql("SELECT 1", "require").stdout == "1\n"


@pytest.fixture(name="traced")
def fixture_traced(start_postern, tcp_backend, new_path, monkeypatch):
    """What two gates did, one before a Unix socket, one before TCP."""
    if not shutil.which("strace"):
        pytest.fail("strace is missing; Debian package: strace")
    folder = new_path("strace")
    folder.mkdir()
    monkeypatch.setattr(instance, "WRAPPER", [
        "strace", "-D", "-ff", "-ttt", "-qq", "-s", "64", "-e", "signal=none",
        "-o", folder / "calls"])
    port = processes.free_port()
    gates = [start_postern(metrics_listen=f"127.0.0.1:{port}"), start_postern(
        backend=tcp_backend, backend_host="127.0.0.1",
        backend_port=tcp_backend.port)]
    for gate in gates:
        work(gate)
        seeing.status(gate)
    seeing.metrics(port)
    for gate in gates:
        gate.stop()
    return Trace(folder)


@pytest.mark.limit(300)
def test_every_row_is_needed(traced):
    """And every list is short."""
    if platform.machine() != "x86_64":
        pytest.skip("other machines have other names for some calls")
    unused = []
    for title, (path, most) in LISTS.items():
        rows = rows_of(path)
        assert len({row.call for row in rows if not row.fails}) <= most, path
        calls = traced.confined(title)
        assert calls, title
        unused += [(title, row) for row in rows
                   if not row.reason.startswith("rare:")
                   and not any(fits(row, call) for call in calls)]
    assert unused == []
