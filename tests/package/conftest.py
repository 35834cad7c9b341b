# SPDX-License-Identifier: ISC
"""Fixtures: the package, built from the sources as they are checked out, and a
machine of its own. Wants root, and a few minutes."""

import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

from machine import SOURCE, Machine

BUILD_TIMEOUT_S = 900


def pytest_configure(config):
    """Nothing here is of use to who is not root."""
    if os.geteuid() != 0:
        pytest.exit("the tests of the package want root", 4)


@pytest.fixture(scope="session")
def place():
    """A directory for the whole run."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="postern-package-",
                                         dir="/var/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def built(place):
    """The directory with what dpkg-buildpackage made."""
    path = place / "built"
    path.mkdir()
    subprocess.run(["sh", "-c", '. "$1/conf/build.sh" && source_copy "$1" "$2"',
                    "sh", SOURCE, path / "postern"], check=True)
    with open(path / "log", "w", encoding="utf-8") as log:
        status = subprocess.run(
            ["dpkg-buildpackage", "-us", "-uc", "-j2"], stdout=log, stderr=log,
            stdin=subprocess.DEVNULL, cwd=path / "postern", check=False,
            timeout=BUILD_TIMEOUT_S, env=dict(
                os.environ, DEB_BUILD_OPTIONS="nocheck")).returncode
    assert status == 0, (path / "log").read_text()[-4000:]
    return path


@pytest.fixture(scope="session")
def package(built):
    """The package's file."""
    return next(built.glob("postern_*.deb"))


@pytest.fixture(scope="session")
def machine(place):
    """A minimal Debian 12."""
    there = Machine(place / "machine", place / "machine.log")
    try:
        there.make()
        yield there
    finally:
        there.halt()
        there.log.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Puts the machine's last lines under a test that failed."""
    outcome = yield
    report = outcome.get_result()
    there = getattr(item, "funcargs", {}).get("machine")
    if report.failed and there is not None:
        there.log.flush()
        text = pathlib.Path(there.log.name).read_text(errors="replace")
        report.sections.append(("machine", text[-6000:]))
