# SPDX-License-Identifier: ISC
"""main: plays the scenes in rounds, A B C A B C, and writes the report."""

import argparse
import os
import pathlib
import platform
import resource
import shutil
import sys
import tempfile
import time

sys.path.insert(1, str(pathlib.Path(__file__).parents[1] / "integration"))

# pylint: disable=wrong-import-position
from certificates import Certificates

import chart
import load
import report
from measures import Failure
from records import Records
from scenes import all_scenes


def _words():
    parser = argparse.ArgumentParser(prog="tests/bench/run")
    parser.add_argument("--quick", action="store_true",
                        help="two rounds of half a second")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=float, help="of one measurement")
    parser.add_argument("--only", default="",
                        help="parts of measures' names, by commas")
    parser.add_argument("--targets", action="store_true",
                        help="only what the table of targets needs")
    parser.add_argument("--peers", default="",
                        help="names of peers, by commas")
    parser.add_argument("--list", action="store_true",
                        help="says what there is to measure")
    parser.add_argument("--report", metavar="RAW",
                        help="measures nothing: the report of earlier figures")
    parser.add_argument("--out", default=os.environ.get("BENCH_OUT", "."))
    words = parser.parse_args()
    words.rounds = words.rounds or (2 if words.quick else 5)
    words.seconds = words.seconds or (0.5 if words.quick else 2)
    return words


def _is_wanted(name, wanted):
    return not wanted or any(part in name for part in wanted.split(","))


def _measure(measure, peer, number, words, records):
    row = {"measure": measure.name, "peer": peer.name, "round": number}
    try:
        row["figures"] = measure.run(peer, words.seconds)
    except (Failure, AssertionError, OSError) as error:
        row["failed"] = str(error)
    row["speed"] = load.speed()
    records.add(**row)
    said = row.get("failed") or " ".join(
        f"{name}={value:.1f}" if value > 2 else f"{name}={value:.3f}"
        for name, value in row["figures"].items())
    print(f"{number} {measure.name:24} {peer.name:11} {said}", flush=True)


def _play(scene, words, records):
    failed = set()
    for number in range(1, words.rounds + 1):
        for measure in scene.measures:
            if measure.once and number > 1:
                continue
            for peer in scene.peers:
                if peer.gate(*measure.kinds) is None or \
                        (measure.name, peer.name) in failed:
                    continue
                _measure(measure, peer, number, words, records)
                if "failed" in records.rows[-1]:
                    failed.add((measure.name, peer.name))


def _facts(words, records):
    speeds = [row["speed"]["signature_us"] for row in records.rows]
    model = next((line.partition(":")[2].strip() for line in
                  pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), "?")
    return [f"{time.strftime('%Y-%m-%d')}: {os.cpu_count()} cores "
            f"({model}), Linux {platform.release()}; {words.rounds} rounds "
            f"of {words.seconds} s, medians. The machine's own speed beside: "
            f"a P-256 signature took {min(speeds):.0f} to {max(speeds):.0f} "
            "us."]


def _write(words, records, titles):
    out = pathlib.Path(words.out)
    text = report.markdown(records, titles, _facts(words, records))
    (out / "report.md").write_text(text + "\n", encoding="utf-8")
    chart.draw(records, out / "chart.svg")
    print(text)


def _run(words, scenes, records):
    place = pathlib.Path(tempfile.mkdtemp(prefix="bench-", dir="/tmp"))
    place.chmod(0o755)
    os.umask(0o022)
    try:
        (place / "certificates").mkdir()
        certificates = Certificates(place / "certificates")
        for scene in scenes:
            try:
                scene.open(place / scene.name, certificates)
                _play(scene, words, records)
            finally:
                scene.close()
    finally:
        shutil.rmtree(place)


def main():
    """From the command line."""
    words = _words()
    scenes = all_scenes()
    titles = {measure.name: f"{scene.name}: {measure.title}"
              for scene in scenes for measure in scene.measures}
    if words.list:
        print("\n".join(f"{name:24} {text}" for name, text in titles.items()))
        return
    if words.report:
        _write(words, Records.load(words.report), titles)
        return
    wanted = words.peers.lower().split(",") if words.peers else None
    for scene in scenes:
        scene.measures = [measure for measure in scene.measures
                          if _is_wanted(measure.name, words.only) and (
                              not words.targets or
                              measure.name in report.target_measures())]
        scene.classes = [kind for kind in scene.classes
                         if wanted is None or kind.name.lower() in wanted]
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    raw = pathlib.Path(words.out) / "raw.jsonl"
    raw.unlink(missing_ok=True)
    records = Records(raw)
    _run(words, [scene for scene in scenes
                 if scene.measures and scene.classes], records)
    _write(words, records, titles)


main()
