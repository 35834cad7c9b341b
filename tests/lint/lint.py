# SPDX-License-Identifier: ISC
"""lint: what the checks of the source have in common.

A check is a function from a tree (a directory) to a list of complaints. Before
it judges the project it shows on small trees of its own that it can complain,
and that it does not always.
"""

import os
import pathlib
import sys
import tempfile

FOLDERS = ("common", "keyd", "listener")


def project():
    """The source tree."""
    return pathlib.Path(os.environ.get("srcdir") or
                        pathlib.Path(__file__).resolve().parents[2])


def sources(tree, *suffixes):
    """The project's own C files as (path, name below the tree)."""
    found = [path for folder in FOLDERS if (tree / folder).is_dir()
             for path in sorted((tree / folder).rglob("*"))
             if path.suffix in suffixes]
    return [(path, path.relative_to(tree).as_posix()) for path in found]


def show(check, examples):
    """Each example: (sentence, {name: text}, part of the complaint or None).
    Returns complaints about the check itself."""
    wrong = []
    for sentence, files, expected in examples:
        with tempfile.TemporaryDirectory() as place:
            tree = pathlib.Path(place)
            for name, text in files.items():
                path = tree / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            said = "\n".join(check(tree))
        if (expected is None) != (said == "") or (expected or "") not in said:
            wrong.append(f"self-test: {sentence}: expected {expected!r}, "
                         f"got {said!r}")
    return wrong


def run(check, examples):
    """Shows that the check works, then judges the project."""
    wrong = show(check, examples)
    if not wrong:
        wrong = check(project())
    for line in wrong:
        print(line)
    if not wrong:
        print("no complaint")
    sys.exit(1 if wrong else 0)
