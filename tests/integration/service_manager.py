# SPDX-License-Identifier: ISC
"""service_manager: what systemd is to a service: a socket that is told how it
is, the journal's stream, and agents that are asked for pass phrases."""

import configparser
import os
import select
import socket
import subprocess
import threading

import processes
from programs import PROGRAMS

ASK = "/run/systemd/ask-password"


class ServiceManager:
    """The socket and the services that were started from it. name is a path,
    or begins with "@" for an abstract one."""

    def __init__(self, name):
        self.name = str(name)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.name.replace("@", "\0"))
        self.socket.settimeout(20)
        self.started = []

    def next(self):
        """The next datagram as {name: value}."""
        return dict(line.split("=", 1) for line in
                    self.socket.recv(4096).decode().splitlines())

    def is_silent(self):
        """Has nothing been said that was not read?"""
        return not select.select([self.socket], [], [], 0)[0]

    def start(self, instance, name, *arguments):
        """Starts a daemon as the units do: in the foreground, its standard
        error the journal's stream, which is the file NAME.journal."""
        path = instance.data / f"{name}.journal"
        with open(path, "wb") as journal:
            seen = os.fstat(journal.fileno())
            service = subprocess.Popen(
                [getattr(PROGRAMS, name), "-F", "-D",
                 instance.data, *arguments], stdin=subprocess.DEVNULL, stdout=journal,
                stderr=journal, cwd="/", start_new_session=True,
                env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8",
                     "NOTIFY_SOCKET": self.name,
                     "JOURNAL_STREAM": f"{seen.st_dev}:{seen.st_ino}"})
        self.started.append(service)
        return service

    def close(self):
        """Ends what still runs."""
        for service in reversed(self.started):
            if service.poll() is None:
                processes.end(service.pid)
            service.wait()
        self.socket.close()


class Agent(threading.Thread):
    """Answers the questions of systemd-ask-password(1), the next answer to
    each (https://systemd.io/PASSWORD_AGENTS)."""

    def __init__(self, answers):
        super().__init__(daemon=True)
        self.answers = list(answers)
        self.asked = []
        self.over = threading.Event()
        self.start()

    def run(self):
        seen = set()
        while not self.over.wait(0.02) and self.answers:
            for name in sorted(os.listdir(ASK) if os.path.isdir(ASK) else []):
                if name.startswith("ask.") and name not in seen:
                    seen.add(name)
                    self._answer(os.path.join(ASK, name))

    def _answer(self, path):
        question = configparser.RawConfigParser()
        question.read(path)
        self.asked.append(question["Ask"]["Message"])
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as reply:
            reply.sendto(b"+" + self.answers.pop(0).encode(),
                         question["Ask"]["Socket"])

    def end(self):
        """Waits for its end."""
        self.over.set()
        self.join()
