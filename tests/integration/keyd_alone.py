# SPDX-License-Identifier: ISC
"""keyd_alone: a data directory for postern-keyd, and keyd without a gate."""

import os
import re
import subprocess
import sys

import pexpect

import processes
from instance import make_data_directory
from programs import PROGRAMS

USER = 64201        # the workers', see instance.SETTINGS
DIALER = 64204
STRANGER = 64203    # nobody's

# A client of the key socket: connects as the one user and goes on as the other,
# sends messages one by one, each as soon as the one before is answered;
# messages and answers in hexadecimal.
CLIENT = """
import os, socket, sys
path, dialer, user = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
os.setgroups([])
os.setegid(dialer)
os.seteuid(dialer)
link = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
link.settimeout(10)
link.connect(path)
os.seteuid(0)
os.setresgid(user, user, user)
os.setresuid(user, user, user)
for message in sys.stdin:
    link.send(bytes.fromhex(message))
    print(link.recv(65536).hex())
"""

# Types of messages, and reasons why one is refused (common/wire/keywire.h).
HELLO, KEYS, SIGN_TLS13, SIGN_TLS12, SIGNED, REFUSED = range(1, 7)
REASONS = ("", "bad message", "no HELLO", "peer changed", "unknown key",
           "bad scheme", "bad hash length", "bad curve",
           "no downgrade sentinel", "rate limit", "internal")


def message(kind, body=b"", number=7):
    """A message of that type and request id."""
    return bytes([1, kind, 0, 0]) + number.to_bytes(8, "big") + body


def sign_tls13(key_id, scheme=0x0403, length=32):
    """A request for the signature of a TLS 1.3 handshake."""
    return message(SIGN_TLS13, key_id + scheme.to_bytes(2, "big")
                   + bytes([length]) + b"h" * length)


def sign_tls12(key_id, scheme=0x0403, server_random=bytes(32)):
    """A request for the signature of a TLS 1.2 handshake on x25519."""
    return message(SIGN_TLS12, key_id + scheme.to_bytes(2, "big") + bytes(32)
                   + server_random + b"\0\x1d\x20" + bytes(32))


def outcome(answer):
    """"signed", or the reason."""
    if answer[1] == SIGNED:
        return "signed"
    assert answer[1] == REFUSED
    return REASONS[answer[12]]


def beside_confinement(text):
    """What keyd said at start besides how its signer is confined."""
    return re.sub(r".* keyd-signer\[\d+\]: (INFO|LOG):  confined by .*\n", "",
                  text)


class Keyd:
    """One data directory, and the daemon that was started on it."""

    def __init__(self, data, uid=None):
        self.data = data
        self.uid = uid
        self.run_directory = data / "run" if uid is None else data
        self.socket = self.run_directory / "key" / "keyd.sock"
        self.log = data / "keyd.log"

    def arguments(self, *more):
        """The command line's, the log in a file."""
        return ["-D", str(self.data), "-c", f"log_filename={self.log}",
                *map(str, more)]

    def _as_user(self):
        return {} if self.uid is None else {
            "user": self.uid, "group": self.uid, "extra_groups": []}

    def run(self, *more, **options):
        """Runs keyd without a terminal until it serves or gives up. Its
        standard error is a file, which the daemon may keep open."""
        path = self.data / "keyd.start"
        with open(path, "w", encoding="utf-8") as stderr:
            run = subprocess.run(
                [PROGRAMS.keyd, *self.arguments(*more)], stderr=stderr,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                start_new_session=True, timeout=60, check=False, cwd="/",
                **self._as_user(), **options)
        run.stderr = path.read_text(errors="replace")
        return run

    def start(self, *more):
        """Runs keyd; it must serve, and say no more than how its signer is
        confined."""
        run = self.run(*more)
        assert run.returncode == 0, run.stderr
        assert beside_confinement(run.stderr) == ""
        return self

    def refusal(self, *more):
        """Runs keyd, which must not serve; what it says."""
        run = self.run(*more)
        assert run.returncode == 1, f"{run.returncode}: {run.stderr}"
        assert self.pid is None
        return run.stderr

    def on_terminal(self, *more):
        """Starts keyd as the first process of a terminal's session."""
        return pexpect.spawn(str(PROGRAMS.keyd), self.arguments(*more),
                             encoding="utf-8", timeout=20, cwd="/")

    @property
    def pid(self):
        """The supervisor's pid; None if it does not run."""
        path = self.run_directory / "keyd.pid"
        words = path.read_text().split() if path.exists() else []
        if words and processes.is_alive(int(words[0])):
            return int(words[0])
        return None

    @property
    def signer_pid(self):
        """The signer's pid; None if there is none now."""
        found = [pid for pid in processes.children(self.pid or 0)
                 if "signer" in processes.title(pid)]
        return found[0] if found else None

    def ask(self, *messages, uid=None):
        """(status, the answers) of a process of that user's which sends these
        messages; a dialer has connected it, unless a user is given."""
        user = self.uid or USER if uid is None else uid
        dialer = DIALER if self.uid is None and uid is None else user
        run = subprocess.run([sys.executable, "-c", CLIENT, self.socket,
                              str(dialer), str(user)],
                             input="".join(each.hex() + "\n"
                                           for each in messages),
                             capture_output=True, text=True, timeout=30,
                             check=False)
        return run.returncode, [bytes.fromhex(line)
                                for line in run.stdout.split()]

    def hello(self, uid=None):
        """(status, answer to HELLO as bytes) as that user sees it."""
        status, answers = self.ask(message(HELLO), uid=uid)
        return status, answers[0] if answers else b""

    def outcomes(self, *requests, uid=None):
        """What came of requests behind a HELLO."""
        status, answers = self.ask(message(HELLO), *requests, uid=uid)
        assert status == 0 and answers[0][1] == KEYS
        return [outcome(answer) for answer in answers[1:]]

    def key_id(self):
        """The id that the key socket names, 64 hexadecimal digits."""
        status, answer = self.hello()
        assert status == 0 and answer[:2] == b"\1\2"
        assert answer[4:12] == (7).to_bytes(8, "big") and answer[12] == 1
        return answer[13:45].hex()

    def log_text(self):
        """What it logged to its file."""
        return self.log.read_text() if self.log.exists() else ""

    def wait_for_log(self, pattern, seconds=10):
        """The first match of the pattern in the log."""
        return processes.wait_until(
            lambda: re.search(pattern, self.log_text()), seconds,
            f"{pattern!r} in the log")

    def stop(self):
        """Ends it, if it runs; nothing may be left."""
        pid = self.pid
        if pid is None:
            return
        below = processes.children(pid)
        assert processes.end(pid), "keyd had to be killed"
        for child in below:
            assert processes.wait_for_end(child, 5)


def make_keyd(path, pair, encrypted=False, uid=None, **settings):
    """A data directory of root's, or all of it that user's."""
    if uid is not None:
        settings.setdefault("run_directory", None)
    data = make_data_directory(path, None, pair, encrypted,
                               log_connections=None, log_disconnections=None,
                               **settings)
    if uid is not None:
        for name in (data, *data.iterdir()):
            os.chown(name, uid, uid)
    return Keyd(data, uid)
