# SPDX-License-Identifier: ISC
"""The files that say who may pass, as a start reads them: every error is told,
and nothing starts on rules that are not the administrator's."""

import os

import pytest

from programs import PROGRAMS

STRANGER = 64203
GOOD = "host all all all scram-sha-256\n"


@pytest.fixture(name="gate")
def fixture_gate(start_postern, data_directory):
    """An instance without SSL, of which nothing runs yet."""
    def make(**settings):
        settings.setdefault("ssl", "off")
        return start_postern.adopt(data_directory(**settings))
    return make


def write(gate, text, name="pg_hba.conf"):
    """A file of rules as an administrator writes it."""
    path = gate.data / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def refused(gate, *arguments):
    """What the listener says when it does not start."""
    run = gate.run(PROGRAMS.listener, "listener", arguments)
    assert run.returncode == 1, run.stderr
    assert gate.listener_pid is None
    return run.stderr


def test_without_a_file_the_log_says_what_holds(gate):
    """No pg_hba.conf: the gate serves, and its log has the rule."""
    instance = gate()
    instance.start()
    assert instance.psql("SELECT 1").stdout == "1\n"
    assert ('the rule is "host all,replication all all backend"'
            in instance.log())


def test_a_good_file_is_taken(gate):
    """With a pg_hba.conf the log says nothing of a default."""
    instance = gate()
    write(instance, "include rules.d/10.conf\ninclude_dir rules.d\n")
    write(instance, GOOD, "rules.d/10.conf")
    write(instance, "this is no rule\n", "rules.d/README")
    instance.start()
    assert instance.psql("SELECT 1").stdout == "1\n"
    assert "the rule is" not in instance.log()


def test_every_error_is_told_with_its_line(gate):
    """All errors of a file and of those it includes come at once, each with
    file and line, and nothing starts."""
    instance = gate()
    top = write(instance, "host all all 10.0.0.0/8 magic\n" + GOOD +
                "hots all all all md5\ninclude more.conf\n"
                "host all +staff all md5\n")
    more = write(instance, "\nhost all all 10.0.0.1/33 md5\n", "more.conf")
    maps = write(instance, "map only-two\n", "pg_ident.conf")
    said = refused(instance)
    assert 'invalid authentication method "magic"' in said
    assert 'invalid connection type "hots"' in said
    for line, path in ((1, top), (3, top), (5, top), (2, more), (1, maps)):
        assert f'line {line} of configuration file "{path}"' in said
    assert "FATAL:  could not load pg_hba.conf" in said
    assert "contain 5 errors" in said


def test_a_file_that_is_named_must_be_there(gate):
    """A name that is misspelt does not become the default."""
    instance = gate(hba_file="pg_hba.cnof")
    said = refused(instance)
    assert f'could not open configuration file "{instance.data}' \
        '/pg_hba.cnof": No such file or directory' in said
    assert "FATAL:  could not load pg_hba.conf" in said


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
@pytest.mark.parametrize("name", ["pg_hba.conf", "pg_ident.conf", "more.conf"])
def test_rules_of_another_user_are_refused(gate, name):
    """As root, every file of the rules is root's."""
    instance = gate()
    write(instance, GOOD + "include_if_exists more.conf\n")
    os.chown(write(instance, GOOD if name != "pg_ident.conf" else "", name),
             STRANGER, -1)
    said = refused(instance)
    assert f'"{instance.data}/{name}" must be owned by root' in said
    assert f"chown root {instance.data}/{name}" in said


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_a_directory_that_others_may_write_is_refused(gate):
    """As root, include_dir reads no directory in which others make names."""
    instance = gate()
    write(instance, GOOD + "include_dir rules.d\n")
    write(instance, GOOD, "rules.d/10.conf")
    (instance.data / "rules.d").chmod(0o777)
    assert "rules.d" in refused(instance)


@pytest.mark.parametrize("setting, words", [
    ("ssl_ca_file", "root certificate file"),
    ("ssl_crl_file", "SSL certificate revocation list file"),
    ("ssl_crl_dir", "SSL certificate revocation list directory")])
def test_authorities_that_are_named_must_be_there(gate, certificates, setting,
                                                  words):
    """A misspelt name of a CA or a revocation list is told as PostgreSQL
    does, and nothing starts."""
    settings = {"ssl": "on", "ssl_ca_file": certificates.ca}
    said = refused(gate(**{**settings, setting: "/nowhere"}))
    assert f'FATAL:  could not load {words} "/nowhere": No such file or ' \
        "directory" in said


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
@pytest.mark.parametrize("name", ["root.crt", "root.crl"])
def test_authorities_of_another_user_are_refused(gate, certificates, name):
    """As root, what says whose certificate is good is root's."""
    instance = gate(ssl="on")
    write(instance, certificates.ca.read_text(), "root.crt")
    os.chown(write(instance, "x", name), STRANGER, -1)
    assert f'"{instance.data}/{name}" must be owned by root' in \
        refused(instance)
