# SPDX-License-Identifier: ISC
"""postern-listener --check: all that a start would find, before one, and what is
legal but sad."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

from certificates import KINDS, openssl
from client_certificates import ClientCertificates
from programs import PROGRAMS, WRAPPER

STRANGER = 64203


@pytest.fixture(name="gate")
def fixture_gate(start_postern, data_directory):
    """An instance of which nothing runs yet."""
    def make(kind="p256", **settings):
        settings.setdefault("log_min_messages", "fatal")
        return start_postern.adopt(data_directory(kind, **settings))
    return make


@pytest.fixture(name="clients", scope="module")
def fixture_clients(new_path):
    """Authorities and revocation lists."""
    path = new_path("clients")
    path.mkdir()
    return ClientCertificates(path, "client")


def check(gate):
    """Exit status, and what it says."""
    run = subprocess.run([*WRAPPER, PROGRAMS.listener, "--check", "-D",
                          gate.data], stdin=subprocess.DEVNULL, text=True,
                         capture_output=True, timeout=60, check=False)
    assert not (gate.data / "run" / "listener.pid").exists() or \
        gate.listener_pid
    return run.returncode, run.stderr


def levels(said, level):
    """The messages of that level, without program and time."""
    return re.findall(rf"{level}:  (.*)", said)


def self_signed(gate, *more, days=30, kind="p256"):
    """A server certificate of another kind."""
    openssl("req", "-x509", "-newkey", *openssl_kind(kind), "-noenc", "-days",
            days, "-subj", "/CN=db.example.com", "-keyout",
            gate.data / "server.key", "-out", gate.data / "server.crt", *more)


def openssl_kind(kind):
    """-newkey's words, of genpkey's."""
    name, *options = KINDS[kind][1:]
    return [name, *options]


def test_a_good_directory_is_good_while_it_serves_too(gate, certificates):
    instance = gate()
    for start in (False, True):
        if start:
            instance.start()
        status, said = check(instance)
        assert status == 0, said
        assert "can start on data directory" in said
        assert "is for DNS:localhost, IP Address:127.0.0.1" in said
        warnings = levels(said, "WARNING")
        assert any("did not compare" in text for text in warnings) != start
        assert not any("server behind" in text for text in warnings), said
    assert instance.psql("SELECT 1").stdout == "1\n"


def test_every_error_is_told_at_once(gate, clients):
    """Of the settings, of the rules, of the files that only OpenSSL reads."""
    instance = gate(max_connections="many", ssl_ca_file="ca.crt", ssl_crl_file="all.crl",
                    ssl_crl_dir="nowhere", unheard_of=1)
    (instance.data / "ca.crt").write_text("nothing\n")
    (instance.data / "all.crl").write_text(clients.ca.read_text())
    (instance.data / "server.crt").write_text("nothing\n")
    (instance.data / "pg_hba.conf").write_text(
        "host all all all magic\nhost all /( all md5\n"
        "host all +staff all md5\n")
    (instance.data / "pg_ident.conf").write_text("map /[a x\n")
    status, said = check(instance)
    assert status == 1
    for text in ('invalid value for parameter "max_connections": "many"',
                 'unrecognized configuration parameter "unheard_of"',
                 'invalid authentication method "magic"',
                 'invalid regular expression "(": ',
                 'membership in role "staff" cannot be checked',
                 'invalid regular expression "[a": ',
                 'could not load server certificate file "',
                 'could not load root certificate file "',
                 'could not load SSL certificate revocation list file "',
                 'could not load SSL certificate revocation list directory "'):
        assert any(text in error for error in levels(said, "ERROR")), text
    assert said.splitlines()[-1].endswith(
        f'could not start on data directory "{instance.data}"')


def test_another_key_than_keyds_is_an_error(gate, certificates):
    instance = gate()
    instance.start_keyd()
    shutil.copyfile(certificates.pair("p384").crt,
                    instance.data / "server.crt")
    status, said = check(instance)
    assert status == 1
    assert any("does not match any key of postern-keyd" in error
               for error in levels(said, "ERROR")), said


@pytest.mark.parametrize("more,kind,days,warning", (
    ((), "p256", 29, "expires in "),
    ((), "p256", 400, "has no subjectAltName"),
    (("-addext", "subjectAltName=DNS:a.example"), "ed25519", 400,
     "allows no channel binding"),
    (("-addext", "subjectAltName=DNS:a.example", "-addext",
      "extendedKeyUsage=clientAuth"), "p256", 400, "is not for servers"),
))
def test_what_is_sad_about_a_certificate(gate, more, kind, days, warning):
    instance = gate()
    self_signed(instance, *more, kind=kind, days=days)
    status, said = check(instance)
    assert status == 0, said
    assert any(f'server.crt" {warning}' in text
               for text in levels(said, "WARNING")), said


def test_a_certificate_without_sorrow(gate):
    instance = gate()
    self_signed(instance, "-addext", "subjectAltName=DNS:a.example", days=400)
    status, said = check(instance)
    assert status == 0, said
    assert 'server.crt" is for DNS:a.example' in said
    assert not any("server.crt" in text and "did not compare" not in text
                   for text in levels(said, "WARNING")), said


def test_an_expired_list_and_authority(gate, clients):
    instance = gate(ssl_ca_file="ca.crt", ssl_crl_file="all.crl")
    shutil.copyfile(clients.ca, instance.data / "ca.crt")
    (instance.data / "all.crl").write_text(clients.root.crl(
        "-crl_lastupdate", "20200101000000Z", "-crl_nextupdate",
        "20200102000000Z"))
    status, said = check(instance)
    assert status == 0, said
    assert re.search(r'certificate revocation list in ".*/all.crl" has expired'
                     r'.*Every certificate of its issuer "/CN=client-root" is '
                     r"refused", said, re.S)
    (instance.data / "all.crl").write_text(clients.root.crl())
    assert "revocation list" not in check(instance)[1]
    shutil.copyfile(clients.pairs["expired"][0], instance.data / "ca.crt")
    said = check(instance)[1]
    assert 'root certificate file' in said and "has expired" in said
    assert "that is no authority's" in said


def test_rules_that_never_hold(gate):
    instance = gate()
    (instance.data / "pg_hba.conf").write_text(
        "local all all peer\nhost all all 10.0.0.0/8 scram-sha-256\n"
        "host sales bob 10.1.0.0/16 reject\n"
        "hostssl all all all scram-sha-256 clientcert=verify-ca\n")
    status, said = check(instance)
    assert status == 0, said
    warnings = levels(said, "WARNING")
    assert "local record cannot match because clients come by TCP" in warnings
    assert f'rule never holds because line 2 of "{instance.data}' \
        '/pg_hba.conf" comes first' in warnings
    assert any(text.startswith("client certificates can only be checked if")
               for text in warnings), said


def test_the_manuals_example_is_good(gate, clients):
    """Each record of postern_hba.conf(5) is what it seems."""
    page = pathlib.Path(__file__).resolve().parents[2] / "doc" / \
        "postern_hba.conf.5"
    example = re.search(r"^\.Bd -literal\n(.*?)^\.Ed$", page.read_text(),
                        re.M | re.S).group(1).replace(r"\e", "\\")
    instance = gate(ssl_ca_file="ca.crt", ssl_crl_file="",
                    backend_host="127.0.0.1", backend_port=1,
                    backend_cert_host="/nonexistent", cert_user="nobody")
    shutil.copyfile(clients.ca, instance.data / "ca.crt")
    (instance.data / "pg_hba.conf").write_text(example)
    (instance.data / "pg_ident.conf").write_text("services ci billing\n")
    status, said = check(instance)
    assert status == 0, said
    assert not any("rule never holds" in text or "cannot match" in text
                   for text in levels(said, "WARNING")), said


UNASKED = ("server behind asked for no authentication; its pg_hba.conf has "
           "trust or peer for this route")


def test_a_server_that_lets_in_is_told_by_check_and_start(gate, own_backend):
    """As initdb makes it: trust for everybody on the socket."""
    words = {"backend_host": own_backend.socket_directory,
             "backend_port": own_backend.port}
    own_backend.set_rules("local all all trust\n")
    instance = gate(**words, log_min_messages="warning")
    assert UNASKED in levels(check(instance)[1], "WARNING")
    instance.start()
    wait_for(instance, UNASKED)
    own_backend.set_rules("local all all scram-sha-256\n")
    assert "server behind" not in check(instance)[1]
    own_backend.set_rules("local all tester scram-sha-256\n")
    assert any("server behind refuses a session: no pg_hba.conf entry" in text
               for text in levels(check(instance)[1], "WARNING"))
    own_backend.stop()
    assert any("could not connect to the server at" in text
               for text in levels(check(instance)[1], "WARNING"))


def test_a_rule_trust_wants_no_question(gate, own_backend):
    own_backend.set_rules("local all all trust\n")
    instance = gate(backend_host=own_backend.socket_directory,
                    backend_port=own_backend.port)
    (instance.data / "pg_hba.conf").write_text("host all all all trust\n")
    status, said = check(instance)
    assert status == 0 and UNASKED not in said, said


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_the_route_of_the_method_cert(gate, tcp_backend, clients):
    """It must let in by peer those whom its map names, and nobody else."""
    instance = gate(backend_host="127.0.0.1", backend_port=tcp_backend.port,
                    backend_cert_host=tcp_backend.socket_directory,
                    cert_user="nobody", ssl_ca_file="ca.crt",
                    ssl_crl_file="")
    shutil.copyfile(clients.ca, instance.data / "ca.crt")
    (instance.data / "pg_hba.conf").write_text("hostssl all all all cert\n")
    said = check(instance)[1]
    assert "server behind asks for a password on the route of the method " \
        "cert" in levels(said, "WARNING")
    tcp_backend.set_rules("local all all trust\nhost all all all md5\n")
    said = check(instance)[1]
    assert "server behind lets everybody in on the route of the method " \
        "cert" in levels(said, "WARNING")
    tcp_backend.set_rules("local all all peer map=postern\n"
                          "host all all all md5\n")
    status, said = check(instance)
    assert status == 0 and "server behind" not in said, said


def wait_for(instance, text):
    """Confined programs' words come by way of their supervisor."""
    import processes
    processes.wait_until(lambda: text in instance.log(), what=text)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_a_file_of_another_user_is_one_error_of_many(gate):
    instance = gate(ssl_ca_file="nowhere")
    os.chown(instance.data / "server.crt", STRANGER, -1)
    status, said = check(instance)
    errors = levels(said, "ERROR")
    assert status == 1 and len(errors) == 2, said
    assert any("must be owned by root" in error for error in errors)
