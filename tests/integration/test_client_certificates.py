# SPDX-License-Identifier: ISC
"""Clients' certificates: every kind under every kind of rule, at the gate and
at a PostgreSQL with the same files; both say the same, to the client and in the
log."""

import os
import pwd
import re
import shutil

import pytest

import processes
from client_certificates import ClientCertificates
from conftest import Starter

# database -> its rule; the same text for both.
RULES = {
    "host": "host by_host all all scram-sha-256",
    "hostssl": "hostssl by_hostssl all all scram-sha-256",
    "hostnossl": "hostnossl by_hostnossl all all scram-sha-256",
    "ca": "hostssl by_ca all all scram-sha-256 clientcert=verify-ca",
    "full": "hostssl by_full all all scram-sha-256 clientcert=verify-full",
    "dn": "hostssl by_dn all all scram-sha-256 clientcert=verify-full "
          "clientname=DN",
    "cert": "hostssl by_cert all all cert",
    "map": "hostssl by_map all all cert map=people",
    "regex": "hostssl by_regex all all cert map=patterns clientname=DN",
    "othermap": "hostssl by_othermap all all cert map=others",
}
MAPS = ("people client client\n"
        "people somebody client\n"
        'patterns "/^CN=([a-z]+),O=Example$" \\1\n'
        "others client other\n")
CERTIFICATES = ("none", "good", "wrong CA", "expired", "revoked",
                "with intermediate", "intermediate missing", "wrong name")
TRANSPORTS = {
    "plain": {"sslmode": "disable"},
    "TLS 1.2": {"sslmode": "require", "ssl_max_protocol_version": "TLSv1.2"},
    "TLS 1.3": {"sslmode": "require", "ssl_min_protocol_version": "TLSv1.3"},
}


@pytest.fixture(name="clients", scope="module")
def fixture_clients(new_path):
    """Their certificates."""
    path = new_path("clients")
    path.mkdir()
    return ClientCertificates(path, "client")


def add_what_clients_ask_for(server, password):
    """The role and the databases that the rules name."""
    server.psql(f"CREATE ROLE client LOGIN PASSWORD '{password}'")
    for database in RULES:
        server.psql(f"CREATE DATABASE by_{database}")


@pytest.fixture(name="server", scope="module")
def fixture_server(new_path):
    """The server behind the gate, as postern.conf(5) says it must be."""
    from conftest import _run_backend
    user = "nobody" if os.geteuid() == 0 else \
        pwd.getpwuid(os.geteuid()).pw_name
    for server in _run_backend(new_path, listen_addresses="127.0.0.1"):
        add_what_clients_ask_for(server, server.password)
        server.set_maps(f"postern {user} client\n")
        server.set_rules("local all all peer map=postern\n"
                         "host all all 127.0.0.1/32 scram-sha-256\n")
        yield server


@pytest.fixture(name="model", scope="module")
def fixture_model(new_path, certificates, clients, server):
    """A PostgreSQL that does all itself: SSL, the rules, the CA, the lists."""
    from conftest import _run_backend
    pair = certificates.pair()
    for model in _run_backend(new_path, listen_addresses="127.0.0.1"):
        for name, path in (("server.crt", pair.crt), ("server.key", pair.key),
                           ("ca.crt", clients.ca), ("all.crl", clients.crl)):
            model.install(name, path)
        add_what_clients_ask_for(model, server.password)
        model.set(ssl="on", ssl_ca_file="ca.crt", ssl_crl_file="all.crl")
        model.set_maps(MAPS)
        model.set_rules("\n".join(RULES.values()) + "\n")
        yield model


@pytest.fixture(name="make_gate", scope="module")
def fixture_make_gate(data_directory, server, certificates, clients):
    """Makes a gate with the same files before that server."""
    starter = Starter(data_directory, server, certificates.ca)

    def make(rules="\n".join(RULES.values()) + "\n", crl=None, **settings):
        words = {"ssl_ca_file": "ca.crt", "ssl_crl_file": "all.crl",
                 "backend_host": "127.0.0.1", "backend_port": server.port,
                 "backend_cert_host": server.socket_directory,
                 "cert_user": "nobody"}
        words.update(settings)
        data = data_directory(**words)
        shutil.copyfile(clients.ca, data / "ca.crt")
        (data / "all.crl").write_text(crl or clients.crl.read_text())
        (data / "pg_hba.conf").write_text(rules)
        (data / "pg_ident.conf").write_text(MAPS)
        return starter.adopt(data, server)
    yield make
    starter.end_all()


@pytest.fixture(name="gate", scope="module")
def fixture_gate(make_gate):
    """The gate that most tests share."""
    return make_gate().start()


def outcome(run):
    """What psql got: 1, or why not, without who said it."""
    if run.returncode == 0:
        return run.stdout.strip()
    lines = run.stderr.strip().splitlines()
    text = re.sub(r'^psql: error: connection to server at "[^"]*"(, port \d+ '
                  r"failed)?: |^connection to server at .*failed: ", "",
                  lines[-1])
    # A client that was sent an alert may find its socket broken first.
    if "SSL SYSCALL error" in text or "server closed" in text:
        return "an end"
    return re.sub(r"^SSL error: ", "", text)


def identities(log):
    """Whom a certificate made known, as both write it. (Passwords are no match:
    PostgreSQL asks for one first, and then looks at clientcert.)"""
    return re.findall(r'connection authenticated: identity="(.*)" method=cert',
                      log)


@pytest.mark.parametrize("certificate", CERTIFICATES)
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_every_rule_says_what_postgresql_says(gate, model, clients,
                                              transport, certificate):
    words = dict(TRANSPORTS[transport], **clients.conninfo(certificate))
    marks = len(gate.log()), len(model.log())
    ours, theirs = {}, {}
    for database in RULES:
        words["dbname"] = f"by_{database}"
        ours[database] = outcome(gate.psql("SELECT 1", **words))
        theirs[database] = outcome(gate.psql("SELECT 1", port=model.port,
                                             **words))
    assert ours == theirs
    known = identities(model.log()[marks[1]:])
    processes.wait_until(
        lambda: identities(gate.log()[marks[0]:]) == known, 5,
        f"as authenticated in the log: {known}")


def test_what_the_table_compares_is_what_it_seems(gate, clients):
    """That both say the same is worth nothing if all rows say one thing."""
    words = dict(TRANSPORTS["TLS 1.3"], **clients.conninfo("good"))
    said = {database: outcome(gate.psql("SELECT 1", dbname=f"by_{database}",
                                        **words)) for database in RULES}
    refused = {database for database in RULES if said[database] != "1"}
    assert refused == {"hostnossl", "dn", "othermap"}
    words.update(clients.conninfo("none"), dbname="by_cert")
    assert "connection requires a valid client certificate" in \
        outcome(gate.psql("SELECT 1", **words))


@pytest.mark.parametrize("certificate,words,alert", (
    ("wrong CA", "unable to get local issuer certificate", "unknown ca"),
    ("expired", "certificate has expired", "certificate expired"),
    ("revoked", "certificate revoked", "certificate revoked"),
    ("intermediate missing", "unable to get local issuer certificate",
     "unknown ca"),
))
def test_a_bad_certificate_is_told_by_its_alert_and_in_the_log(
        gate, clients, certificate, words, alert):
    mark = len(gate.log())
    run = gate.psql("SELECT 1", "require", dbname="by_host",
                    ssl_max_protocol_version="TLSv1.2",
                    **clients.conninfo(certificate))
    assert f"alert {alert}" in run.stderr
    said = processes.wait_until(lambda: re.search(
        r"could not accept SSL connection: certificate verify failed.*"
        r"DETAIL:  Client certificate verification failed at depth 0: "
        r"(.*?)\. Failed certificate data \(unverified\): subject "
        r'"/CN=client", serial number \d+, issuer "/CN=[a-z-]+"\.',
        gate.log()[mark:], re.S))
    assert said.group(1) == words


def test_a_revoked_intermediate_ends_its_certificates(make_gate, clients):
    run = make_gate(crl=clients.crl.read_text()).start().psql(
        "SELECT 1", "require", dbname="by_ca",
        **clients.conninfo("with intermediate"))
    assert run.stdout == "1\n", run.stderr
    clients.root.revoke(clients.middle.crt)
    gate = make_gate(crl=clients.root.crl() + clients.middle.crl()).start()
    run = gate.psql("SELECT 1", "require", dbname="by_ca",
                    ssl_max_protocol_version="TLSv1.2",
                    **clients.conninfo("with intermediate"))
    assert "alert certificate revoked" in run.stderr
    processes.wait_until(lambda: "failed at depth 1: certificate revoked"
                         in gate.log())


def test_every_authority_needs_a_list(make_gate, clients):
    gate = make_gate(crl=clients.root.crl()).start()
    run = gate.psql("SELECT 1", "require", dbname="by_ca",
                    **clients.conninfo("with intermediate"))
    assert run.returncode == 2
    processes.wait_until(lambda: "unable to get certificate CRL" in gate.log())


def test_a_list_that_another_key_signed_is_not_believed(make_gate, clients):
    """Its signature is checked, and a bad one refuses whoever it concerns."""
    lines = clients.root.crl().splitlines()
    last = lines[-2]
    lines[-2] = last[:4] + ("B" if last[4] == "A" else "A") + last[5:]
    gate = make_gate(crl="\n".join(lines) + "\n").start()
    for _ in range(2):
        run = gate.psql("SELECT 1", "require", dbname="by_ca",
                        **clients.conninfo("good"))
        assert run.returncode == 2
    processes.wait_until(lambda: "CRL signature failure" in gate.log())


def test_demanded_by_the_gate_itself(make_gate, clients):
    gate = make_gate(ssl_client_cert="require").start()
    run = gate.psql("SELECT 1", "require", dbname="by_host",
                    **clients.conninfo("good"))
    assert run.stdout == "1\n", run.stderr
    run = gate.psql("SELECT 1", "require", dbname="by_host",
                    **clients.conninfo("none"))
    assert run.returncode == 2
    processes.wait_until(
        lambda: "peer did not return a certificate" in gate.log())
    run = gate.psql("SELECT 1", "disable", dbname="by_host", user="client")
    assert run.stdout == "1\n", run.stderr


def test_conditions_of_our_own(make_gate, server, clients):
    """san= and fingerprint= choose the rule."""
    from certificates import openssl
    print_ = openssl("x509", "-in", clients.pairs["good"][0], "-noout",
                     "-fingerprint", "-sha256").split("=")[1]
    digits = print_.strip().replace(":", "").lower()
    gate = make_gate(
        f"hostssl by_ca all all scram-sha-256 fingerprint=sha256:{digits}\n"
        "hostssl by_full all all scram-sha-256 san=DNS:client.example\n"
        "hostssl by_dn all all scram-sha-256 san=DNS:other.example\n"
        ).start()
    for database, certificate, passes in (
            ("by_ca", "good", True), ("by_ca", "wrong name", False),
            ("by_ca", "none", False), ("by_full", "good", True),
            ("by_full", "none", False), ("by_dn", "good", False)):
        run = gate.psql("SELECT 1", "require", dbname=database,
                        **clients.conninfo(certificate))
        assert (run.returncode == 0) == passes, run.stderr
        assert passes or "no pg_hba.conf entry for host" in run.stderr


@pytest.mark.parametrize("database,words,passes", (
    ("by_ca", {"ssl_max_protocol_version": "TLSv1.2"}, False),
    ("by_ca", {}, True),
    ("by_full", {"host": "db.example", "hostaddr": "127.0.0.1"}, True),
    ("by_full", {"host": "DB.example", "hostaddr": "127.0.0.1"}, True),
    ("by_full", {"host": "other.example", "hostaddr": "127.0.0.1"}, False),
    ("by_full", {}, False),          # libpq sends no address as a name
    ("by_dn", {"certificate": "good"}, True),
    ("by_dn", {}, False),
    ("by_cert", {"certificate": "good"}, True),
    ("by_map", {"certificate": "good"}, False),
    ("by_host", {"certificate": "good"}, False),
    ("by_host", {"certificate": "good", "host": "db.example",
                 "hostaddr": "127.0.0.1"}, True),
))
def test_conditions_of_transport_and_names(conditional, clients, database,
                                           words, passes):
    """tlsmin=, sni= and the other kinds of san=, by real libpq."""
    words = {"certificate": "none", **words}
    words.update(clients.conninfo(words.pop("certificate")))
    run = conditional.psql("SELECT 1", "require", dbname=database, **words)
    assert (run.returncode == 0) == passes, run.stderr
    assert passes or "no pg_hba.conf entry for host" in run.stderr


@pytest.fixture(name="conditional", scope="module")
def fixture_conditional(make_gate):
    """A gate with a condition in each rule."""
    return make_gate(
        "hostssl by_ca all all scram-sha-256 tlsmin=TLSv1.3\n"
        "hostssl by_full all all scram-sha-256 sni=db.example\n"
        "hostssl by_dn all all scram-sha-256 san=email:tester@example.com\n"
        'hostssl by_cert all all scram-sha-256 "san=DNS:/^CLIENT\\."\n'
        "hostssl by_map all all scram-sha-256 san=DNS:/^nobody\n"
        "hostssl by_host all all scram-sha-256 sni=db.example "
        "san=DNS:client.example tlsmin=TLSv1.2\n").start()


@pytest.mark.parametrize("name,text", (
    ("ca.crt", 'could not load root certificate file "{}": '),
    ("all.crl",
     'could not load SSL certificate revocation list file "{}": '),
))
def test_a_file_without_what_it_should_have_is_no_start(make_gate, programs,
                                                        name, text):
    gate = make_gate()
    (gate.data / name).write_text("nothing\n")
    gate.start_keyd()
    run = gate.run(programs.listener, "listener")
    assert run.returncode == 1
    assert text.format(gate.data / name) in run.stderr
