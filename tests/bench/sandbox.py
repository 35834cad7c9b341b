# SPDX-License-Identifier: ISC
"""sandbox: what confinement costs: the same programs with "sandbox = required"
and "off", in turns, by the CPU time of all their processes for a handshake."""

import argparse
import os
import pathlib
import shutil
import statistics
import sys
import tempfile

sys.path.insert(1, str(pathlib.Path(__file__).parents[1] / "integration"))

# pylint: disable=wrong-import-position
from certificates import Certificates

import load
from gatekeeper import Postern
from measures import handshake

MOST = 0.03     # of the time without


def _words():
    parser = argparse.ArgumentParser(prog="tests/bench/sandbox")
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=2)
    return parser.parse_args()


def _confined(peer):
    """Processes of it that have a filter of system calls."""
    pids = [peer.instance.signer_pid(), peer.instance.dialer_pid(),
            *peer.instance.worker_pids()]
    return sum("Seccomp:\t2" in pathlib.Path(f"/proc/{pid}/status").read_text()
               for pid in pids)


def _measure(peers, words):
    """kind -> CPU microseconds of a handshake, one for each round."""
    measure = handshake(16)
    found = {kind: [] for kind in peers}
    for number in range(words.rounds):
        order = sorted(peers, reverse=number % 2 == 1)
        for kind in order:
            figures = measure(peers[kind], words.seconds)
            found[kind].append(figures["cpu_us"])
            print(f"{number + 1} {kind:9} {figures['cpu_us']:.1f} us, "
                  f"{figures['rate']:.0f}/s", flush=True)
    return found


def _judge(found):
    """The median of the pairs' ratios, and the exit status."""
    ratios = [on / off for on, off in zip(found["required"], found["off"])]
    cost = statistics.median(ratios) - 1
    for kind, figures in found.items():
        middle = statistics.median(figures)
        print(f"{kind}: {middle:.1f} us of CPU a handshake, "
              f"{1e6 / middle:.0f} handshakes a CPU second")
    print(f"confinement costs {cost:+.1%} (pairs from {min(ratios) - 1:+.1%} "
          f"to {max(ratios) - 1:+.1%}); at most {MOST:.0%} may be")
    return 0 if cost <= MOST else 1


def main():
    """From the command line."""
    words = _words()
    os.umask(0o022)
    place = pathlib.Path(tempfile.mkdtemp(prefix="bench-", dir="/tmp"))
    place.chmod(0o755)
    peers, behind = {}, None
    try:
        (place / "certificates").mkdir()
        pair = Certificates(place / "certificates").pair("p256")
        behind = load.Standin(place / "standin")
        for kind in ("off", "required"):
            peers[kind] = Postern(place / kind, pair, behind, sandbox=kind)
            peers[kind].start()
        if _confined(peers["off"]) or not _confined(peers["required"]):
            sys.exit("the one is not off, or the other not on")
        return _judge(_measure(peers, words))
    finally:
        for peer in peers.values():
            peer.stop()
        if behind is not None:
            behind.stop()
        shutil.rmtree(place)


if __name__ == "__main__":
    sys.exit(main())
