# SPDX-License-Identifier: ISC
"""Started as root, the daemons read no file that somebody else than root could
have written, or put in its place; and say what would mend it."""

import os

import pytest

from instance import Instance
from keyd_alone import STRANGER
from programs import PROGRAMS

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")

BOTH = (PROGRAMS.keyd, PROGRAMS.listener)
KEYD, LISTENER = BOTH[:1], BOTH[1:]

# Every file that a data directory may have, and who reads it.
FILES = {
    "postern.conf": BOTH,
    "server.key": KEYD,
    "server.crt": LISTENER,
    "root.crt": LISTENER,
    "root.crl": LISTENER,
    "crl.d/deadbeef.r0": LISTENER,
    "pg_hba.conf": LISTENER,
    "more.conf": LISTENER,          # include
    "rules.d/10.conf": LISTENER,    # include_dir
    "people": LISTENER,             # @people
    "pg_ident.conf": LISTENER,
}
RULES = ("include more.conf\ninclude_dir rules.d\n"
         "host all @people all scram-sha-256\n")
RULE = "host all all all scram-sha-256\n"


def another_owner(path):
    """It is somebody else's."""
    os.chown(path, STRANGER, -1)
    return f"chown root{':root' if path.name == 'server.key' else ''} {path}"


def a_writing_group(path):
    """Its group may write it."""
    path.chmod(path.stat().st_mode | 0o020)
    return "chmod "


def all_may_write(path):
    """Everybody may write it."""
    path.chmod(path.stat().st_mode | 0o002)
    return "chmod "


def a_loose_directory(path):
    """A link leads to it, in a directory where others may replace it."""
    loose = path.parent / "loose"
    loose.mkdir(mode=0o755)
    loose.chmod(0o777)
    target = path.rename(loose / path.name)
    path.symlink_to(target)
    return f"chmod go-w {loose}"


FAULTS = (another_owner, a_writing_group, all_may_write, a_loose_directory)


@pytest.fixture(name="gate")
def fixture_gate(data_directory, certificates, backend):
    """A data directory that has every file; nothing runs on it."""
    data = data_directory(ssl_crl_dir="crl.d")
    texts = {"root.crt": certificates.ca.read_text(), "root.crl": "x",
             "crl.d/deadbeef.r0": "x", "pg_hba.conf": RULES, "people": "a\n",
             "more.conf": RULE, "rules.d/10.conf": RULE,
             "pg_ident.conf": "map x y\n"}
    for name, text in texts.items():
        (data / name).parent.mkdir(exist_ok=True)
        (data / name).write_text(text)
    gate = Instance(PROGRAMS, data, backend, certificates.ca)
    yield gate
    gate.stop()


def refusals(gate, readers):
    """What the daemons say that do not start."""
    for program in readers:
        run = gate.run(program, program.name)
        assert run.returncode == 1, run.stderr
        yield run.stderr


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
@pytest.mark.parametrize("name", FILES)
def test_a_file_in_others_reach_is_refused(gate, name, fault):
    """The text names the file, the hint what to run."""
    mended_by = fault(gate.data / name)
    if name == "server.key" and fault == a_loose_directory:
        name = "loose"      # is named itself
    for said in refusals(gate, FILES.get(name, KEYD)):
        assert "FATAL" in said
        assert f'"{gate.data}/{name}"' in said
        assert f"HINT:  Run: {mended_by}" in said


@pytest.mark.parametrize("part", ("", "crl.d", "rules.d"))
@pytest.mark.parametrize("fault", FAULTS[:3],
                         ids=lambda fault: fault.__name__)
def test_a_directory_in_others_reach_is_refused(gate, part, fault):
    """The data directory, and one that is read whole."""
    fault(gate.data / part)
    for said in refusals(gate, LISTENER if part else BOTH):
        assert "FATAL" in said and "HINT:  Run: ch" in said
        assert f"{gate.data}/{part}".rstrip("/") in said


def test_below_a_directory_of_another_user(gate, new_path):
    """What stands above counts too."""
    outside = new_path("outside")
    outside.mkdir(mode=0o755)
    gate.data.rename(outside / "d")
    os.chown(outside, STRANGER, -1)
    inside = Instance(PROGRAMS, outside / "d", gate.backend, gate.ca)
    for said in refusals(inside, BOTH):
        assert f'data directory "{outside}/d" can be replaced' in said
        assert f"HINT:  Run: chown root {outside}" in said


@pytest.mark.parametrize("name", FILES)
def test_a_pipe_in_a_files_place_holds_nobody_up(gate, name):
    """Each is opened without waiting, and must be a file."""
    (gate.data / name).unlink()
    os.mkfifo(gate.data / name, 0o600)
    for said in refusals(gate, FILES[name]):
        assert f'"{gate.data}/{name}" is not a regular file' in said
