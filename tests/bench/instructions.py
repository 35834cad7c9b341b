# SPDX-License-Identifier: ISC
"""instructions: what a handshake or a megabyte costs in instructions of user
space, counted by valgrind: figures that repeat where time does not. By lackey:
callgrind writes its figures to a file, and a confined process opens none."""

import re
import shutil

import load
import measures as m

FEW, MANY = 10, 40     # handshakes; the difference is what is counted
FEW_MB, MANY_MB = 2, 10


def _wrapper(log):
    return ["valgrind", "--tool=lackey", "--basic-counts=yes",
            "--trace-children=yes", "--vgdb=no",
            f"--log-file={log}/%p.valgrind"]


def _collected(directory):
    """Instructions of all processes, by their ended lives' logs."""
    total = 0
    for path in directory.glob("*.valgrind"):
        found = re.findall(r"guest instrs: +([\d,]+)", path.read_text())
        total += int(found[-1].replace(",", "")) if found else 0
    return total


def _life(kind, place, pair, behind, work):
    """One life of a peer under callgrind."""
    logs = place.with_name("valgrind")
    logs.mkdir()
    logs.chmod(0o777)
    peer = kind(place, pair, behind, wrapper=_wrapper(logs), **kind.counted)
    try:
        peer.start()
        work(peer)
        peer.stop()
        return _collected(logs)
    finally:
        peer.stop()
        shutil.rmtree(place)
        shutil.rmtree(logs)


def _handshakes(count):
    def work(peer):
        gate = peer.gate(*m.TLS)
        counted = load.run("handshake", gate, tls=gate.tls, at_once=16,
                           count=count)
        if counted["failed"]:
            raise m.Failure(counted["error"])
    return work


def _copies(megabytes):
    def work(peer):
        gate = peer.gate(*m.AS_LIBPQ)
        counted = load.run(
            "copy-out", gate, tls=gate.tls, count=1,
            sql=f"COPY (SELECT line FROM bulk LIMIT {megabytes * 1000}) "
            "TO STDOUT")
        if counted["failed"]:
            raise m.Failure(counted["error"])
    return work


def handshake(peer, _):
    """For each handshake."""
    return _difference(peer, _handshakes, FEW, MANY)


def megabyte(peer, _):
    """For each megabyte of COPY TO over TLS."""
    return _difference(peer, _copies, FEW_MB, MANY_MB)


def _difference(peer, work, few, many):
    """A second and a third life, beside the first one that runs."""
    place = peer.directory.with_name(peer.directory.name + "-counted")
    totals = [_life(type(peer), place, peer.pair, peer.behind, work(count))
              for count in (few, many)]
    return {"instructions": (totals[1] - totals[0]) / (many - few)}
