# SPDX-License-Identifier: ISC
"""Fixtures: a real PostgreSQL, real certificates, the real programs.

POSTERN_PREFIX says where Postern is installed. Nothing is left behind: the
tests live in one directory below /tmp, and every process that they started
is ended by its pid.
"""

import itertools
import os
import pathlib
import shutil
import signal
import tempfile

import pytest

from backend import Backend
from certificates import Certificates
from instance import Instance, make_data_directory
from key_patterns import make_scan
from programs import POSTGRES, PROGRAMS

LOG_LINES = 150       # of each log, printed for a test that failed
LIMIT_S = 120         # of one test

_logs = {}            # what to print: name -> function that returns the text
_over = []            # names of _logs whose test is over


def pytest_configure(config):
    """A run that could only skip is a failure of its own. SIGTERM ends it
    like Ctrl-C, so that what was started is ended; and SIGINT and SIGHUP, which
    a shell and nohup ignore for what they start, are heard by what we start."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    for program in (PROGRAMS.keyd, PROGRAMS.listener):
        if not program.exists():
            pytest.exit(f"{program} is not there; set POSTERN_PREFIX", 4)


def pytest_collection_modifyitems(config, items):
    """What is marked long is left out, unless it is asked for."""
    if os.environ.get("POSTERN_LONG") == "1":
        return
    left_out = [item for item in items if item.get_closest_marker("long")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Puts every log under a test that failed."""
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for name, text in _logs.items():
            lines = text().splitlines()[-LOG_LINES:]
            report.sections.append((name, "\n".join(lines)))


def pytest_runtest_logfinish(nodeid, location):
    """Logs of what ended with this test interest nobody any more."""
    while _over:
        _logs.pop(_over.pop(), None)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    """No test runs for ever."""
    marker = item.get_closest_marker("limit")
    seconds = marker.args[0] if marker else LIMIT_S

    def ring(number, frame):
        raise TimeoutError(f"the test ran longer than {seconds} s")
    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="session")
def programs():
    """Paths: .keyd, .listener, .libexec, .prefix."""
    return PROGRAMS


@pytest.fixture(scope="session")
def postgres_programs():
    """The directory of psql, pgbench, pg_basebackup, ..."""
    return POSTGRES


@pytest.fixture(scope="session")
def place():
    """The directory of the whole run: root's, short enough for sockets."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="postern-", dir="/tmp"))
    path.chmod(0o755)
    old = os.umask(0o022)
    yield path
    os.umask(old)
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def new_path(place):
    """Returns a name in the run's directory that is not yet taken."""
    numbers = itertools.count(1)
    return lambda prefix: place / f"{prefix}{next(numbers)}"


@pytest.fixture(scope="session")
def certificates(place):
    """The CA, .pair(kind) of a server, .passphrase of encrypted keys."""
    path = place / "certificates"
    path.mkdir()
    return Certificates(path)


@pytest.fixture(scope="session")
def scan(place):
    """scan(pid, patterns): what is found in that process's memory."""
    return make_scan(place)


@pytest.fixture(scope="session")
def backend(new_path):
    """The server behind: Unix socket only, SCRAM for everybody."""
    yield from _run_backend(new_path)


@pytest.fixture
def own_backend(new_path):
    """A server that the test may stop and start."""
    yield from _run_backend(new_path)


@pytest.fixture
def tcp_backend(new_path):
    """A server that listens on 127.0.0.1 too."""
    yield from _run_backend(new_path, listen_addresses="127.0.0.1")


def _run_backend(new_path, **settings):
    path = new_path("pg")
    path.mkdir()
    server = Backend(path, **settings)
    _logs[f"server {path.name}"] = server.log
    yield server
    server.stop()
    text = server.log()
    _logs[f"server {path.name}"] = lambda: text
    _over.append(f"server {path.name}")
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def data_directory(new_path, certificates, backend):
    """Makes data directories that nothing runs on yet:
    data_directory(kind="rsa", encrypted=True, setting=value, ...)."""
    def make(kind="p256", encrypted=False, **settings):
        return make_data_directory(new_path("d"), backend,
                                   certificates.pair(kind), encrypted,
                                   **settings)
    return make


class Starter:
    """Starts instances, and ends all of them."""

    def __init__(self, data_directory, backend, ca):
        self.data_directory = data_directory
        self.backend = backend
        self.ca = ca
        self.started = []

    def __call__(self, kind="p256", encrypted=False, backend=None,
                 **settings):
        behind = backend or self.backend
        settings.setdefault("backend_host", behind.socket_directory)
        settings.setdefault("backend_port", behind.port)
        return self.adopt(self.data_directory(kind, encrypted, **settings),
                          behind).start()

    def adopt(self, data, backend=None):
        """An instance on that data directory, of which nothing runs yet;
        it is ended with the others."""
        instance = Instance(PROGRAMS, data, backend or self.backend, self.ca)
        self.started.append(instance)
        _logs[f"postern {data.name}"] = instance.log
        return instance

    def end_all(self):
        """Ends every instance; fails if one did not live as it should."""
        complaints = []
        for instance in self.started:
            instance.stop()
            _over.append(f"postern {instance.data.name}")
            complaints += instance.complaints()
        if complaints:
            pytest.fail("\n".join(complaints))


@pytest.fixture
def start_postern(data_directory, backend, certificates):
    """Starts an instance for this test alone: start_postern(ssl="off", ...),
    start_postern(kind="rsa"), start_postern(backend=own_backend)."""
    starter = Starter(data_directory, backend, certificates.ca)
    yield starter
    starter.end_all()


@pytest.fixture(scope="session")
def postern(data_directory, backend, certificates):
    """The instance that tests share when they leave it as it was."""
    starter = Starter(data_directory, backend, certificates.ca)
    yield starter()
    starter.end_all()
