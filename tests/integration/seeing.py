# SPDX-License-Identifier: ISC
"""seeing: what posternctl shows of a listener, and a scraper of its metrics."""

import csv
import datetime
import http.client
import io
import json
import re
import socket
import subprocess

from programs import PROGRAMS

SAMPLE = re.compile(
    r'([a-zA-Z_:][a-zA-Z0-9_:]*)'
    r'(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*",?)*)\})?'
    r' ([0-9.eE+-]+|\+Inf|-Inf|NaN)')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"')
TYPES = {"counter", "gauge", "histogram"}


def posternctl(postern, *arguments, **options):
    """Runs it on an instance's data directory; returns its output."""
    run = subprocess.run(
        [PROGRAMS.ctl, "-D", postern.data, *map(str, arguments)],
        capture_output=True, stdin=subprocess.DEVNULL, timeout=60,
        check=False, **options)
    if run.returncode != 0:
        raise AssertionError(f"posternctl {arguments}: {run.returncode}\n"
                             f"{run.stderr.decode(errors='replace')}")
    return run.stdout.decode()


def connections(postern):
    """Rows of posternctl connections --json."""
    return json.loads(posternctl(postern, "connections", "--json"))


def connections_csv(postern):
    """The same by way of --csv."""
    text = posternctl(postern, "connections", "--csv")
    return list(csv.DictReader(io.StringIO(text)))


def status(postern):
    """posternctl status --json."""
    return json.loads(posternctl(postern, "status", "--json"))


def seconds(text):
    """Seconds since 1970 of a time in JSON."""
    return datetime.datetime.fromisoformat(
        text.replace("Z", "+00:00")).timestamp()


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        self.sock.connect(str(self.path))


def fetch(where, path="/metrics", method="GET"):
    """(status, headers, text) of a request to a port or a Unix socket."""
    if isinstance(where, int):
        connection = http.client.HTTPConnection("127.0.0.1", where,
                                                timeout=20)
    else:
        connection = UnixConnection(where)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), \
            answer.read().decode()
    finally:
        connection.close()


def _labels(text):
    found = LABEL.findall(text or "")
    names = [name for name, _ in found]
    assert len(set(names)) == len(names), text
    assert ",".join(f'{name}="{value}"' for name, value in found) == \
        (text or ""), text
    return frozenset(found)


def parse_metrics(text):
    """{(name, labels): value} of a text in Prometheus's format 0.0.4; fails
    for whatever that does not allow, or promtool would complain of."""
    assert text.endswith("\n")
    kinds, helped, samples, family = {}, set(), {}, None
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            name, _, words = line[7:].partition(" ")
            assert name not in helped and words, line
            helped.add(name)
            family = name
        elif line.startswith("# TYPE "):
            name, kind = line[7:].split(" ")
            assert name == family and name not in kinds, line
            assert kind in TYPES, line
            kinds[name] = kind
        else:
            match = SAMPLE.fullmatch(line)
            assert match, line
            name, labels, value = match.groups()
            kind = kinds[family]
            suffixes = ("_bucket", "_sum", "_count") \
                if kind == "histogram" else ("",)
            assert name in [family + suffix for suffix in suffixes], line
            assert (kind == "counter") == family.endswith("_total"), line
            key = (name, _labels(labels))
            assert key not in samples, line
            samples[key] = float(value)
    assert helped == set(kinds)
    for name, kind in kinds.items():
        if kind == "histogram":
            check_histogram(name, samples)
    return samples


def check_histogram(name, samples):
    """Its buckets grow, and end with +Inf, which is the count."""
    buckets = sorted((float(dict(labels)["le"]), value)
                     for (found, labels), value in samples.items()
                     if found == name + "_bucket")
    counts = [value for _, value in buckets]
    assert buckets and buckets[-1][0] == float("inf")
    assert counts == sorted(counts)
    assert counts[-1] == samples[name + "_count", frozenset()]
    assert samples[name + "_sum", frozenset()] >= 0


def metrics(where):
    """The samples that are served there."""
    code, headers, text = fetch(where)
    assert code == 200
    assert headers["Content-Type"].startswith("text/plain; version=0.0.4")
    return parse_metrics(text)


def value(samples, name, **labels):
    """The sum of a metric's samples that have those labels."""
    found = [number for (sample, have), number in samples.items()
             if sample == name and set(labels.items()) <= set(have)]
    assert found, (name, labels)
    return sum(found)
