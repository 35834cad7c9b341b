# SPDX-License-Identifier: ISC
"""load: runs the load generator (tests/bench/load)."""

import contextlib
import json
import os
import pathlib
import subprocess

PROGRAMS = pathlib.Path(os.environ["BENCH_PROGRAMS"])
LIMIT_S = 300


def _command(goal, gate, options):
    words = [f"{name.replace('_', '-')}={value}"
             for name, value in options.items()]
    return [PROGRAMS / "bench-load", goal, gate.host, str(gate.port), *words]


def run(goal, gate, **options):
    """One run; returns what it counted. Failures are the caller's to judge."""
    done = subprocess.run(_command(goal, gate, options), text=True, check=True,
                          stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                          timeout=LIMIT_S)
    return json.loads(done.stdout)


@contextlib.contextmanager
def held(goal, gate, at_once, **options):
    """Connections that stay at their goal meanwhile; gives the number of
    those that got there."""
    options.update(at_once=at_once, hold="yes")
    with subprocess.Popen(_command(goal, gate, options), text=True,
                          stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as process:
        try:
            if process.stdout.readline() != "held\n":
                raise AssertionError(f"{goal}: not held")
            yield
        finally:
            process.stdin.close()
            held.counted = json.loads(process.stdout.read() or "{}")


def speed():
    """The machine's own speed now."""
    done = subprocess.run([PROGRAMS / "bench-speed"], text=True, check=True,
                          stdout=subprocess.PIPE)
    return json.loads(done.stdout)


class Standin:
    """A server that says ready at once, where PostgreSQL's fork would hide
    what is measured."""

    def __init__(self, directory):
        self.socket_directory = pathlib.Path(directory)
        self.port = 5432
        self.socket_directory.mkdir(mode=0o755)
        path = self.socket_directory / f".s.PGSQL.{self.port}"
        self._process = subprocess.Popen([PROGRAMS / "bench-standin", path],
                                         stdin=subprocess.DEVNULL)
        while not path.exists() and self._process.poll() is None:
            os.sched_yield()

    def stop(self):
        """Ends it."""
        self._process.terminate()
        self._process.wait()
