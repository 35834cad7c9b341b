# SPDX-License-Identifier: ISC
"""psql in every sslmode, against a gate with SSL and one without."""

import re
import subprocess

import pytest

MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


def transport_of(instance, postgres_programs, sslmode, **more):
    """(version() of the server, what psql says of its connection)."""
    run = subprocess.run(
        [postgres_programs / "psql", "-XAtq", "-d",
         instance.conninfo(sslmode, **more), "-c", "SELECT version()", "-c",
         r"\conninfo"], text=True, capture_output=True, timeout=30,
        stdin=subprocess.DEVNULL, check=False)
    assert run.returncode == 0, run.stderr
    version, _, rest = run.stdout.partition("\n")
    return version, rest


@pytest.fixture(scope="module")
def plain_gate(data_directory, backend, certificates):
    """A gate with ssl = off, and no keyd at all."""
    from conftest import Starter
    starter = Starter(data_directory, backend, certificates.ca)
    yield starter(ssl="off")
    starter.end_all()


@pytest.mark.short
@pytest.mark.parametrize("sslmode", MODES)
def test_every_sslmode_reaches_the_server(postern, backend, postgres_programs,
                                          sslmode):
    version, rest = transport_of(postern, postgres_programs, sslmode)
    assert version == backend.psql("SELECT version()")
    is_tls = "SSL connection (protocol: TLSv1.3" in rest
    assert is_tls == (sslmode not in ("disable", "allow")), rest


@pytest.mark.short
@pytest.mark.parametrize("sslmode", MODES)
def test_without_ssl_only_plain_modes_connect(plain_gate, postgres_programs,
                                              sslmode):
    if sslmode in ("disable", "allow", "prefer"):
        _, rest = transport_of(plain_gate, postgres_programs, sslmode)
        assert "SSL" not in rest
    else:
        run = plain_gate.psql("SELECT 1", sslmode)
        assert run.returncode == 2
        assert "server does not support SSL, but SSL was required" \
            in run.stderr


def test_without_ssl_no_keyd_runs(plain_gate):
    assert plain_gate.keyd_pid is None


def test_verify_full_wants_the_name(postern):
    good = postern.psql("SELECT 1", "verify-full", host="localhost",
                        hostaddr="127.0.0.1")
    assert (good.returncode, good.stdout) == (0, "1\n"), good.stderr
    bad = postern.psql("SELECT 1", "verify-full", host="db.example.com",
                       hostaddr="127.0.0.1")
    assert bad.returncode == 2
    assert 'does not match host name "db.example.com"' in bad.stderr


def test_verify_ca_wants_the_ca(postern, certificates):
    other = certificates.pair("rsa").crt
    run = postern.psql("SELECT 1", "verify-ca", sslrootcert=other)
    assert run.returncode == 2
    assert "certificate verify failed" in run.stderr


@pytest.mark.parametrize("kind", ("rsa", "rsa-pss", "p256", "p384",
                                  "ed25519"))
def test_every_kind_of_key_serves_both_versions(start_postern, kind,
                                                postgres_programs):
    gate = start_postern(kind=kind)
    for version in ("TLSv1.2", "TLSv1.3"):
        _, rest = transport_of(gate, postgres_programs, "verify-full",
                               ssl_min_protocol_version=version,
                               ssl_max_protocol_version=version)
        assert re.search(rf"protocol: {version},", rest), rest


def test_one_session_in_plain_one_in_tls_at_once(postern, backend):
    import psycopg
    with psycopg.connect(postern.conninfo("disable")) as plain, \
            psycopg.connect(postern.conninfo("verify-full")) as tls:
        assert not plain.pgconn.ssl_in_use
        assert tls.pgconn.ssl_in_use
        answers = {conn.execute("SELECT version()").fetchone()[0]
                   for conn in (plain, tls)}
        assert answers == {backend.psql("SELECT version()")}
