# SPDX-License-Identifier: ISC
"""proc: what the kernel says about a tree of processes."""

import os
import pathlib
import re
import time

TICK_US = 1_000_000 / os.sysconf("SC_CLK_TCK")
QUIET_S = 0.05        # a tree that used no CPU for so long is done


def tree(roots):
    """The pids and all their descendants that live now."""
    found, todo = [], list(roots)
    while todo:
        pid = todo.pop()
        try:
            tasks = list(pathlib.Path(f"/proc/{pid}/task").iterdir())
            for task in tasks:
                todo += map(int, (task / "children").read_text().split())
        except (FileNotFoundError, ProcessLookupError):
            continue
        found.append(pid)
    return found


def _cpu_of(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    fields = text.rpartition(")")[2].split()
    return sum(map(int, fields[11:15]))    # utime stime cutime cstime


def cpu_us(roots):
    """CPU time of a tree so far, of its ended children too."""
    return sum(map(_cpu_of, tree(roots))) * TICK_US


def settled_cpu_us(roots, limit_s=5):
    """The same, once the tree has finished what it was at."""
    deadline = time.monotonic() + limit_s
    before = cpu_us(roots)
    while time.monotonic() < deadline:
        time.sleep(QUIET_S)
        now = cpu_us(roots)
        if now == before:
            break
        before = now
    return before


def pss_kb(roots):
    """Proportional set size of a tree."""
    total = 0
    for pid in tree(roots):
        try:
            text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += int(re.search(r"^Pss:\s+(\d+)", text, re.M).group(1))
    return total
