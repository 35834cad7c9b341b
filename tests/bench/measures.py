# SPDX-License-Identifier: ISC
"""measures: what is measured of one peer, one function for each.

Each returns its figures by name: rate (1/s) or mb_s, cpu_us (CPU time of all
the peer's processes for each one), p50_us, p99_us, max_us, kb.
"""

import os
import re
import subprocess

from programs import POSTGRES

import load
import proc

TLS = ("direct", "request")       # TLS at once where the peer has it
AS_LIBPQ = ("request", "direct")  # SSLRequest first where it has that
ROWS, ROW_LEN = 100_000, 1000     # of the table that is copied: 100 MB
SELECT = "SELECT abalance FROM pgbench_accounts WHERE aid = $1"


class Failure(Exception):
    """A peer that could not do what was asked."""


def loaded(peer, goal, kinds, **options):
    """Runs a load and takes the peer's CPU time around it."""
    gate = peer.gate(*kinds)
    before = proc.settled_cpu_us(peer.roots())
    counted = load.run(goal, gate, tls=gate.tls, **options)
    cpu_us = proc.settled_cpu_us(peer.roots()) - before
    if counted["failed"] or not counted["done"]:
        raise Failure(f"{counted['failed']} failed of "
                      f"{counted['done'] + counted['failed']}: "
                      f"{counted['error']}")
    figures = {"rate": counted["done"] / counted["seconds"],
               "cpu_us": cpu_us / counted["done"]}
    for name in ("p50_us", "p99_us", "max_us"):
        figures[name] = counted[name]
    if counted["bytes"]:
        figures["mb_s"] = counted["bytes"] / 1e6 / counted["seconds"]
        figures["cpu_ms_gb"] = cpu_us / 1e3 / (counted["bytes"] / 1e9)
    return figures


def handshake(at_once):
    """Full TLS 1.3 handshakes, then close."""
    def measure(peer, seconds):
        return loaded(peer, "handshake", TLS, at_once=at_once,
                      seconds=seconds)
    return measure


def handshake_on_request(peer, seconds):
    """The same behind an SSLRequest, as libpq does before version 17."""
    return loaded(peer, "handshake", ("request",), at_once=16,
                  seconds=seconds)


def login(at_once):
    """TLS, StartupMessage, first ReadyForQuery, Terminate."""
    def measure(peer, seconds):
        return loaded(peer, "login", AS_LIBPQ, at_once=at_once,
                      seconds=2 * seconds)
    return measure


def login_front(peer, seconds):
    """The same before a stand-in, so that the front's part shows."""
    return loaded(peer, "login", AS_LIBPQ, at_once=16, seconds=seconds)


def query(*kinds):
    """Prepared single-row SELECTs in eight sessions."""
    def measure(peer, seconds):
        return loaded(peer, "query", kinds, at_once=8, seconds=seconds,
                      sql=SELECT)
    return measure


def copy_out(*kinds):
    """COPY TO STDOUT of 100 MB, three times in one session."""
    def measure(peer, _):
        return loaded(peer, "copy-out", kinds, count=3,
                      sql="COPY bulk TO STDOUT")
    return measure


def copy_in(*kinds):
    """COPY FROM STDIN of the same size, which the server throws away."""
    def measure(peer, _):
        return loaded(peer, "copy-in", kinds, count=3, rows=ROWS,
                      row=ROW_LEN, sql="COPY bulk FROM STDIN WHERE false")
    return measure


def pgbench(sslmode):
    """pgbench -S, prepared, eight clients."""
    def measure(peer, seconds):
        gate = peer.gate("plain" if sslmode == "disable" else "request")
        before = proc.settled_cpu_us(peer.roots())
        run = subprocess.run(
            [POSTGRES / "pgbench", "-n", "-S", "-M", "prepared", "-c", "8",
             "-T", str(max(1, round(seconds))), "-h", gate.host, "-p",
             str(gate.port), "-U", "bench", "bench"],
            env=dict(os.environ, PGSSLMODE=sslmode, PGGSSENCMODE="disable"),
            text=True, capture_output=True, check=False)
        cpu_us = proc.settled_cpu_us(peer.roots()) - before
        tps = re.search(r"^tps = ([\d.]+)", run.stdout, re.M)
        done = re.search(r"processed: (\d+)", run.stdout)
        if run.returncode or not tps:
            raise Failure(run.stderr.strip()[-200:])
        return {"rate": float(tps.group(1)),
                "cpu_us": cpu_us / int(done.group(1))}
    return measure


def memory(goal, kinds, count):
    """Memory of each of that many idle connections."""
    def measure(peer, _):
        gate = peer.gate(*kinds)
        before = proc.pss_kb(peer.roots())
        with load.held(goal, gate, count, tls=gate.tls):
            proc.settled_cpu_us(peer.roots())
            after = proc.pss_kb(peer.roots())
        if load.held.counted["failed"]:
            raise Failure(f"{load.held.counted['failed']} of {count} failed: "
                          f"{load.held.counted['error']}")
        return {"kb": (after - before) / count}
    return measure


def beside(goal, count, measured, figure):
    """A figure while connections are held, to the same without them."""
    def measure(peer, seconds):
        alone = measured(peer, seconds)
        gate = peer.gate(*TLS)
        with load.held(goal, gate, count, tls=gate.tls):
            proc.settled_cpu_us(peer.roots())
            held = measured(peer, seconds)
        if load.held.counted["failed"]:
            raise Failure(f"{load.held.counted['failed']} of {count} held "
                          f"failed: {load.held.counted['error']}")
        return {"alone": alone[figure], "held": held[figure],
                "ratio": held[figure] / alone[figure]}
    return measure
