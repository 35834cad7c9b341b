# SPDX-License-Identifier: ISC
"""gates: gates for clients: plain, TLS 1.2 at most, TLS 1.3 at least; and what each
client did, for doc/compatibility.md."""

import json
import os
import pathlib

import pytest

from conftest import Starter

SETTINGS = {
    "plain": {"ssl": "off"},
    "TLS 1.2": {"ssl_max_protocol_version": "TLSv1.2"},
    "TLS 1.3": {"ssl_min_protocol_version": "TLSv1.3"},
}
_rows = []      # of all modules that take the fixture


@pytest.fixture(scope="session")
def gates(data_directory, backend, certificates):
    """gates(transport): the one that serves it, started once."""
    starter = Starter(data_directory, backend, certificates.ca)
    there = {}

    def gate(transport):
        if transport not in there:
            there[transport] = starter(**SETTINGS[transport])
        return there[transport]
    yield gate
    starter.end_all()


@pytest.fixture(scope="session")
def record():
    """record(client, version, transport, features): one line of the table;
    all go to the file that POSTERN_COMPATIBILITY names."""
    yield lambda *row: _rows.append(row)
    path = os.environ.get("POSTERN_COMPATIBILITY")
    if path:
        pathlib.Path(path).write_text(json.dumps(_rows))
