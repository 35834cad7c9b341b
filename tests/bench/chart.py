# SPDX-License-Identifier: ISC
"""chart: one SVG by gnuplot: how each peer stands to Postern."""

import shutil
import subprocess

SHOWN = [
    ("handshake-p256-16", "cpu_us", "CPU per handshake, P-256 (us)"),
    ("handshake-rsa-16", "cpu_us", "CPU per handshake, RSA-2048 (us)"),
    ("pgbench-tls", "cpu_us", "CPU per pgbench transaction, TLS (us)"),
    ("copy-out-tls", "cpu_ms_gb", "CPU per GB, COPY TO, TLS (ms)"),
    ("memory-before-10000", "kb", "kB per idle TLS connection"),
]
PEERS = ["Postern", "PgBouncer", "stunnel", "HAProxy", "nginx", "hitch"]


def _plot(records, measure, figure, title):
    """One small bar chart; nothing where nobody was measured."""
    found = [(peer, records.median(measure, peer, figure)) for peer in PEERS]
    found = [(peer, value) for peer, value in found if value is not None]
    if not found:
        return []
    rows = [f'"{peer}" {index} {value}'
            for index, (peer, value) in enumerate(found)]
    return [f'set title "{title}"', "$d << E", *rows, "E",
            'plot $d using 2:3:($2==0?0x1f5f8b:0xb0b8c0) with boxes lc rgb '
            'variable notitle, "" using 2:3:(sprintf("%.0f",$3)) with labels '
            'offset 0,0.6 notitle, "" using 2:(0):xtic(1) with lines notitle']


def draw(records, path):
    """Writes it; says why not if it cannot."""
    if not shutil.which("gnuplot"):
        print("no chart: gnuplot is not installed")
        return
    plots = [_plot(records, *row) for row in SHOWN]
    plots = [plot for plot in plots if plot]
    if not plots:
        return
    script = [f'set terminal svg size 520,{170 * len(plots)} font "sans,11"',
              f'set output "{path}"', "set style fill solid noborder",
              "set boxwidth 0.7", "set border 1", "unset ytics",
              "set xtics nomirror scale 0", "set yrange [0:*<1e9]",
              "set offsets 0.4,0.4,0,0",
              f"set multiplot layout {len(plots)},1"]
    for plot in plots:
        script += plot
    subprocess.run(["gnuplot"], input="\n".join(script), text=True,
                   check=True)
