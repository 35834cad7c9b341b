# SPDX-License-Identifier: ISC
"""programs: where the installed programs and PostgreSQL's are."""

import os
import pathlib
import shlex
import subprocess

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PREFIX = pathlib.Path(os.environ.get("POSTERN_PREFIX",
                                     SOURCE / "build" / "installed"))
# What the daemons are run by: valgrind and its options, or nothing.
WRAPPER = shlex.split(os.environ.get("POSTERN_WRAPPER", ""))


class Programs:
    """Paths of the programs below one prefix."""

    def __init__(self, prefix):
        self.prefix = prefix
        self.keyd = prefix / "sbin" / "postern-keyd"
        self.listener = prefix / "sbin" / "postern-listener"
        self.ctl = prefix / "sbin" / "posternctl"
        self.libexec = prefix / "libexec" / "postern"


def postgres_directory():
    """PostgreSQL's programs: the newest of Debian's, else those of PATH."""
    versions = [path for path in pathlib.Path("/usr/lib/postgresql").glob("*")
                if (path / "bin" / "initdb").exists()]
    if versions:
        return max(versions, key=lambda path: int(path.name)) / "bin"
    found = subprocess.run(["pg_config", "--bindir"], text=True, check=True,
                           capture_output=True)
    return pathlib.Path(found.stdout.strip())


PROGRAMS = Programs(PREFIX)
POSTGRES = postgres_directory()
