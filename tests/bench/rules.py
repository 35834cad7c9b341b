#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""rules: what 10,000 lines of pg_hba.conf cost a start and a connection that
the last one matches, and what 100,000 entries of a revocation list cost a
handshake with a client's certificate: each beside the same with few, in one
run, in turns. Prints the ratios; exits with 1 if one misses its target.

    POSTERN_PREFIX=... tests/bench/rules.py [rules|regex|crl]...
"""

import pathlib
import shutil
import socket
import ssl
import statistics
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "integration"))

import wire                                            # noqa: E402
from certificates import Certificates                  # noqa: E402
from client_certificates import Authority              # noqa: E402
from instance import Instance, make_data_directory     # noqa: E402
from programs import PROGRAMS                          # noqa: E402

TURNS = 20            # blocks of each of the two, one after the other
LINES = 10_000
REVOKED = 100_000
TARGET = 1.10
START_TARGET_S = 1.0


class Nobody:
    """No server behind: nobody is let in."""

    user, password, database = "last", "x", "last"
    socket_directory, port = "/nonexistent", 5432


def make(place, name, certificates, files, **settings):
    """An instance of one worker with those files."""
    settings = {"workers": 1, "log_connections": "off", "backend_host":
                "127.0.0.1", "backend_port": 1, "log_min_messages": "fatal",
                "max_unfinished_per_address": 0, **settings}
    data = make_data_directory(place / name, None, certificates.pair(),
                               **settings)
    for file, text in files.items():
        (data / file).write_text(text)
    return Instance(PROGRAMS, data, Nobody, certificates.ca)


def cpu_of(pid):
    """Seconds of CPU of a process, to the nanosecond."""
    return int(pathlib.Path(f"/proc/{pid}/schedstat").read_text()
               .split()[0]) / 1e9


def cost(gate, act, count):
    """Microseconds of the worker's CPU for one of count acts."""
    worker, = gate.worker_pids()
    before = cpu_of(worker)
    for _ in range(count):
        act(gate)
    return (cpu_of(worker) - before) / count * 1e6


def compare(few, many, act, count):
    """Medians of both in turns, so that a busy machine is busy for both."""
    costs = ([], [])
    for gate in (few, many):
        cost(gate, act, count // 4)
    for turn in range(TURNS):
        pair = [(costs[0], few), (costs[1], many)]
        for into, gate in pair if turn % 2 else reversed(pair):
            into.append(cost(gate, act, count))
    return [statistics.median(each) for each in costs]


def start_of(gate):
    """Seconds from the command to the moment when clients are served."""
    begin = time.monotonic()
    gate.start_listener()
    return time.monotonic() - begin


def be_refused(gate):
    """A connection that the last rule rejects."""
    with socket.create_connection((gate.host, gate.port)) as client:
        client.sendall(wire.startup({"user": "last", "database": "last"}))
        answer = b""
        while more := client.recv(4096):
            answer += more
    assert b"pg_hba.conf rejects connection" in answer, answer


def some_rules(count, line):
    """That many lines; the last is the one that matches."""
    return "".join(line(i) for i in range(count - 1)) + \
        "host last last 127.0.0.1/32 reject\n"


def literal_line(i):
    """A rule as sites have thousands of: a user, a database, a network."""
    return (f"hostssl db{i % 97} user{i} 10.{i // 250 % 250}.{i % 250}.0/24 "
            "scram-sha-256\n")


def regex_line(i):
    """A rule that must be tried for every client."""
    return f"host all /^team{i}_[a-z]+$ 127.0.0.0/8 scram-sha-256\n"


def judge(title, few, many, target, unit="us"):
    """Prints a line; is the target met?"""
    ratio = many / few
    verdict = "" if target is None else \
        f"  (at most {target:.2f}: {'met' if ratio <= target else 'MISSED'})"
    print(f"{title}: {few:.1f} {unit}, {many:.1f} {unit}, "
          f"ratio {ratio:.3f}{verdict}", flush=True)
    return target is None or ratio <= target


def measure_rules(place, certificates, line=literal_line, target=TARGET,
                  name="rules"):
    """10 lines and 10,000."""
    gates = [make(place, f"{name}{count}", certificates,
                  {"pg_hba.conf": some_rules(count, line)}, ssl="off")
             for count in (10, LINES)]
    try:
        starts = [start_of(gate) for gate in gates]
        print(f"{name}: start with 10 lines {starts[0]:.3f} s, with {LINES} "
              f"{starts[1]:.3f} s (less than {START_TARGET_S} s: "
              f"{'met' if starts[1] < START_TARGET_S else 'MISSED'})")
        few, many = compare(*gates, be_refused, 200)
    finally:
        for gate in gates:
            gate.stop()
    return judge(f"{name}: CPU of a connection that the last of 10 and of "
                 f"{LINES} lines rejects", few, many, target) and \
        starts[1] < START_TARGET_S


def long_list(authority):
    """Its revocation list with REVOKED entries."""
    (authority.directory / "index").write_text("".join(
        f"R\t350101000000Z\t250101000000Z\t{0x10000000 + 7 * i:X}\tunknown\t"
        f"/CN=gone{i}\n" for i in range(REVOKED)))
    return authority.crl()


def measure_crl(place, certificates):
    """A list of one entry and one of 100,000."""
    authority = Authority(place, "clients")
    crt, key = authority.client("client", "/CN=client")
    gone, _ = authority.client("gone", "/CN=gone")
    authority.revoke(gone)
    files = {"ca.crt": authority.crt.read_text(), "all.crl": authority.crl(),
             "pg_hba.conf": "host last last 127.0.0.1/32 reject\n"}
    few = make(place, "few", certificates, files, ssl_ca_file="ca.crt",
               ssl_crl_file="all.crl", ssl_client_cert="require")
    many = make(place, "many", certificates,
                dict(files, **{"all.crl": long_list(authority)}),
                ssl_ca_file="ca.crt", ssl_crl_file="all.crl",
                ssl_client_cert="require")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.load_cert_chain(crt, key)
    context.set_alpn_protocols(["postgresql"])

    def shake(gate):
        with socket.create_connection((gate.host, gate.port)) as client, \
                context.wrap_socket(client) as tls:
            tls.sendall(wire.startup({"user": "last", "database": "last"}))
            assert b"rejects" in tls.recv(4096)
    try:
        for gate in (few, many):
            gate.start_keyd()
            took = start_of(gate)
        print(f"crl: start with {REVOKED} entries {took:.3f} s")
        costs = compare(few, many, shake, 40)
    finally:
        for gate in (few, many):
            gate.stop()
    return judge(f"crl: CPU of a handshake with a list of 1 and of {REVOKED} "
                 "entries", *costs, TARGET)


def main(arguments):
    """All, or those that are named."""
    place = pathlib.Path(tempfile.mkdtemp(prefix="postern-", dir="/tmp"))
    place.chmod(0o755)
    (place / "server").mkdir()
    certificates = Certificates(place / "server")
    kinds = {
        "rules": lambda: measure_rules(place, certificates),
        "regex": lambda: measure_rules(place, certificates, regex_line, None,
                                       "regex"),
        "crl": lambda: measure_crl(place, certificates)}
    try:
        met = [kinds[name]() for name in arguments or kinds]
    finally:
        shutil.rmtree(place)
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
