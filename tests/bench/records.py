# SPDX-License-Identifier: ISC
"""records: the raw figures, a line of JSON each, and what is made of them."""

import collections
import json
import statistics


class Records:
    """All figures of a run, by measure, peer and round."""

    def __init__(self, path=None):
        self.path = path
        self.rows = []

    @classmethod
    def load(cls, path):
        """Those of an earlier run."""
        records = cls()
        with open(path, encoding="utf-8") as lines:
            records.rows = [json.loads(line) for line in lines]
        return records

    def add(self, **row):
        """Keeps one, in the file too."""
        self.rows.append(row)
        if self.path is not None:
            with open(self.path, "a", encoding="utf-8") as out:
                out.write(json.dumps(row) + "\n")

    def values(self, measure, peer, figure):
        """Those of each round: {round: value}."""
        return {row["round"]: row["figures"][figure] for row in self.rows
                if row["measure"] == measure and row["peer"] == peer and
                figure in row.get("figures", {})}

    def peers(self, measure):
        """Who has figures of it, in their order."""
        return list(collections.OrderedDict.fromkeys(
            row["peer"] for row in self.rows if row["measure"] == measure and
            "figures" in row))

    def failures(self, measure):
        """What each peer that has no figures said: {peer: words}."""
        return {row["peer"]: row["failed"] for row in self.rows
                if row["measure"] == measure and "failed" in row}

    def median(self, measure, peer, figure):
        """None without figures."""
        values = self.values(measure, peer, figure)
        return statistics.median(values.values()) if values else None

    def ratio(self, measure, figure, peer, other):
        """Median of the rounds' ratios: both were measured in turn, so what
        the machine did meanwhile concerns both."""
        mine = self.values(measure, peer, figure)
        theirs = self.values(measure, other, figure)
        both = [mine[number] / theirs[number] for number in mine
                if theirs.get(number)]
        return statistics.median(both) if both else None

    def best(self, measure, figure, among):
        """The peer with the best median: the least, or the greatest rate."""
        found = [(self.median(measure, peer, figure), peer) for peer in among]
        found = [entry for entry in found if entry[0] is not None]
        if not found:
            return None
        choose = max if figure in ("rate", "mb_s") else min
        return choose(found)[1]
