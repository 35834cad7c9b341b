# SPDX-License-Identifier: ISC
"""report: tables in Markdown, from the records of a run."""

from peers import IN_PROCESS

US = "Postern"
NOT_PEERS = (US, "all cores", "local key", "many rules", "16 draining",
             "spares")

# measure -> figures that its table shows; the title of the table
TABLES = [
    ("TLS 1.3 handshakes, then close",
     ["handshake-p256-16", "handshake-p256-128", "handshake-p256-request",
      "handshake-rsa-16", "handshake-rsa-128", "handshake-rsa-request"],
     ["cpu_us", "rate", "p99_us"]),
    ("Logins", ["login", "login-one"],
     ["p50_us", "p99_us", "max_us", "rate", "cpu_us"]),
    ("pgbench -S and prepared SELECTs",
     ["pgbench-tls", "query-tls", "pgbench-plain"], ["rate", "cpu_us"]),
    ("Bulk", ["copy-out-tls", "copy-in-tls", "copy-out-plain",
              "copy-in-plain"], ["mb_s", "cpu_ms_gb"]),
    ("Costs that must not grow", ["growth"], ["cpu_us", "p50_us", "rate"]),
    ("Memory of an idle TLS connection",
     ["memory-before-1000", "memory-before-10000", "memory-after-1000"],
     ["kb"]),
    ("Instructions (valgrind, user space)",
     ["instructions-handshake", "instructions-copy-out"], ["instructions"]),
    ("Held connections", ["silent-1000", "idle-10000"], ["ratio"]),
]

UNITS = {"cpu_us": "CPU us", "rate": "1/s", "p50_us": "p50 us",
         "p99_us": "p99 us", "max_us": "max us", "mb_s": "MB/s",
         "cpu_ms_gb": "CPU ms/GB", "kb": "kB",
         "instructions": "instructions", "ratio": "held to alone"}

# sentence, measures, figure, to whom (peer, "best", "in-process"), sign,
# target
TARGETS = [
    ("CPU per handshake, P-256, to the best in-process peer",
     "handshake-p256-16", "cpu_us", "in-process", "<=", 1.00),
    ("CPU per handshake, RSA-2048, to the best in-process peer",
     "handshake-rsa-16", "cpu_us", "in-process", "<=", 1.00),
    ("the same, P-256, to the worker with its own key",
     "handshake-p256-16", "cpu_us", "local key", "<=", 1.15),
    ("the same, RSA-2048, to the worker with its own key",
     "handshake-rsa-16", "cpu_us", "local key", "<=", 1.10),
    ("login p50 to PostgreSQL", "login", "p50_us", "PostgreSQL", "<=", 0.9),
    ("login p99 to PostgreSQL", "login", "p99_us", "PostgreSQL", "<=", 0.9),
    ("pgbench -S over TLS, tps to PostgreSQL", "pgbench-tls", "rate",
     "PostgreSQL", ">=", 1.1),
    ("pgbench -S over TLS, tps to the best peer", "pgbench-tls", "rate",
     "best", ">=", 1.0),
    ("front CPU per transaction to the best peer", "pgbench-tls", "cpu_us",
     "best", "<=", 0.9),
    ("COPY TO over TLS, MB/s to PostgreSQL", "copy-out-tls", "mb_s",
     "PostgreSQL", ">=", 0.85),
    ("COPY TO over TLS, MB/s to the best peer", "copy-out-tls", "mb_s",
     "best", ">=", 1.05),
    ("COPY TO over TLS, CPU per GB to the best peer", "copy-out-tls",
     "cpu_ms_gb", "best", "<=", 0.95),
    ("pgbench -S plain, tps to the best peer", "pgbench-plain", "rate",
     "best", ">=", 1.0),
    ("COPY TO plain, MB/s to the best peer", "copy-out-plain", "mb_s",
     "best", ">=", 1.0),
    ("memory before login to the best peer", "memory-before-10000", "kb",
     "best", "<=", 1.0),
    ("memory after login to the best peer", "memory-after-1000", "kb",
     "best", "<=", 1.0),
]
# sentence, measure, sign, target: a ratio in itself
HELD_TARGETS = [
    ("handshake rate while 1,000 silent clients are held", "silent-1000",
     ">=", 0.97),
    ("CPU per handshake while 10,000 idle connections are held",
     "idle-10000", "<=", 1.05),
]


def target_measures():
    """The measures that the targets need."""
    return {row[1] for row in TARGETS + HELD_TARGETS}


def _text(value):
    if value is None:
        return "-"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _fronts(records, measure):
    """Peers that a front is compared with: not the server itself, whose CPU
    time is that of the queries too."""
    return [peer for peer in records.peers(measure)
            if peer not in NOT_PEERS and peer != "PostgreSQL"]


def _other(records, measure, figure, whom):
    fronts = _fronts(records, measure)
    if whom == "best":
        return records.best(measure, figure, fronts)
    if whom == "in-process":
        return records.best(measure, figure,
                            [peer for peer in fronts if peer in IN_PROCESS])
    return whom


def _verdict(value, sign, target):
    good = value <= target if sign == "<=" else value >= target
    return "yes" if good else "**no**"


def targets(records):
    """The rows of what must be shown."""
    rows = ["| what | to | target | measured | reached |",
            "|---|---|---|---|---|"]
    for what, measure, figure, whom, sign, target in TARGETS:
        other = _other(records, measure, figure, whom)
        value = other and records.ratio(measure, figure, US, other)
        if value is not None:
            rows.append(f"| {what} | {other} | {sign} {target} | "
                        f"{value:.2f} | {_verdict(value, sign, target)} |")
    for what, measure, sign, target in HELD_TARGETS:
        value = records.median(measure, US, "ratio")
        if value is not None:
            rows.append(f"| {what} | without | {sign} {target} | {value:.3f} "
                        f"| {_verdict(value, sign, target)} |")
    return rows


def _table(records, measures, titles, figure):
    measures = [measure for measure in measures if any(
        records.values(measure, peer, figure)
        for peer in records.peers(measure))]
    peers = list(dict.fromkeys(peer for measure in measures
                               for peer in records.peers(measure)))
    if not peers:
        return []
    rows = [f"| {UNITS[figure]} | " + " | ".join(peers) +
            " | to the best |", "|---" * (len(peers) + 2) + "|"]
    for measure in measures:
        cells = [_text(records.median(measure, peer, figure))
                 for peer in peers]
        best = records.best(measure, figure, _fronts(records, measure))
        ratio = best and records.ratio(measure, figure, US, best)
        rows.append(f"| {titles.get(measure, measure)} | " +
                    " | ".join(cells) + f" | {_text(ratio)} |")
    return rows + [""]


def markdown(records, titles, facts):
    """The whole report."""
    rows = [*facts, "", "## Targets", "", *targets(records), ""]
    for title, measures, figures in TABLES:
        body = [row for figure in figures
                for row in _table(records, measures, titles, figure)]
        if body:
            rows += [f"## {title}", "", *body]
    failed = [f"- {measure}, {peer}: {words}"
              for measure in titles
              for peer, words in records.failures(measure).items()]
    if failed:
        rows += ["## What a peer could not do", "", *failed, ""]
    return "\n".join(rows)
