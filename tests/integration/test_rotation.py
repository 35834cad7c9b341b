# SPDX-License-Identifier: ISC
"""posternctl rotate: from one key to another while clients come."""

import os
import re
import shutil
import signal
import socket
import ssl
import subprocess

import pexpect
import pytest

import processes
import wire
from certificates import PASSPHRASE
from handshakes import SSL_REQUEST, Load, certificate_of, shake
from key_patterns import patterns
from keyfiles import spki_id
from programs import PROGRAMS

WAIT_S = 60
NO_SIGNER = re.compile("ERROR:  could not (start a thread|lock)")
AFTER = 100      # handshakes that are seen after each rotation
SESSIONS = 50    # that last all the time
NEW, OLD = "p256", "rsa"


def put(gate, certificates, kind, encrypted=False, only=("key", "crt")):
    """Puts key and certificate where they belong, as a careful administrator:
    each by a rename."""
    pair = certificates.pair(kind)
    files = {"key": pair.encrypted_key if encrypted else pair.key,
             "crt": pair.crt}
    for name in only:
        path = gate.data / f"server.{name}.new"
        path.touch(mode=0o600)
        shutil.copyfile(files[name], path)
        path.rename(gate.data / f"server.{name}")


def posternctl(gate, *arguments):
    """Runs it to its end, without a terminal."""
    return subprocess.run(
        [PROGRAMS.ctl, "-D", gate.data, *arguments], text=True, check=False,
        capture_output=True, stdin=subprocess.DEVNULL, timeout=WAIT_S,
        start_new_session=True)


def on_terminal(gate):
    """posternctl rotate as the first process of a terminal's session."""
    return pexpect.spawn(str(PROGRAMS.ctl), ["-D", str(gate.data), "rotate"],
                         encoding="utf-8", timeout=WAIT_S, cwd="/")


def status_of(terminal):
    """What the terminal showed to the end, and the exit status."""
    terminal.expect(pexpect.EOF)
    text = terminal.before
    terminal.close()
    return text, terminal.exitstatus


def expect_prompt(terminal, gate):
    """Waits for the question, with echo off."""
    terminal.expect_exact(
        f'Enter pass phrase for "{gate.data}/server.key": ')
    processes.wait_until(lambda: not terminal.getecho(), what="echo off")


def keys_of(gate):
    """The kinds of the keys that are served, the newest first."""
    return re.findall(r"^  (?:old )?key +(.*?), SPKI", posternctl(
        gate, "status").stdout, re.M)


def served(certificates, kind):
    """What a client is shown of that pair."""
    return ssl.PEM_cert_to_DER_cert(certificates.pair(kind).crt.read_text())


def assert_unchanged(gate, certificates):
    """All is as before the rotation that failed."""
    assert keys_of(gate) == ["RSA 2048"]
    assert certificate_of(gate) == served(certificates, OLD)
    shake(gate, 10)


@pytest.fixture(name="gate")
def fixture_gate(start_postern):
    """An instance with the old key."""
    return start_postern(OLD, authentication_timeout="10s",
                         max_connections=200)


@pytest.mark.limit(300)
@pytest.mark.short
def test_no_handshake_fails_while_keys_rotate(gate, certificates):
    with Load(gate) as load:
        for kind in (NEW, OLD):
            load.wait_for(AFTER)
            put(gate, certificates, kind)
            run = posternctl(gate, "rotate")
            assert (run.returncode, run.stderr) == (0, ""), gate.log()
            assert run.stdout.endswith("is the only one now\n")
            assert certificate_of(gate) == served(certificates, kind)
            assert len(keys_of(gate)) == 1
    assert load.failures == []
    assert load.seen == {served(certificates, NEW), served(certificates, OLD)}
    assert "lost the connection" not in gate.log()


@pytest.mark.limit(300)
def test_sessions_and_handshakes_outlive_rotations_from_a_terminal(
        gate, certificates):
    """RSA to ECDSA and back, with a pass phrase each time."""
    sessions = [wire.open_session(gate, ("tls", "plain")[number % 2])
                for number in range(SESSIONS)]
    with Load(gate) as load:
        for kind in (NEW, OLD, NEW):
            load.wait_for(AFTER)
            put(gate, certificates, kind, encrypted=True)
            terminal = on_terminal(gate)
            expect_prompt(terminal, gate)
            terminal.sendline(PASSPHRASE)
            text, status = status_of(terminal)
            assert status == 0, text
            for session in sessions:
                assert session.query("SELECT 17") == [("17",)]
        load.wait_for(AFTER)
    print(load.report())
    assert load.failures == []
    assert load.seen == {served(certificates, NEW), served(certificates, OLD)}
    for session in sessions:
        session.close()


def test_a_warning_of_the_unlock_program_is_seen(gate, certificates):
    put(gate, certificates, NEW)
    os.chown(gate.data / "server.key", 0, 64209)
    (gate.data / "server.key").chmod(0o640)
    run = posternctl(gate, "rotate")
    assert run.returncode == 0
    assert "server.key\" can be read by group 64209" in run.stderr


def test_status_says_what_is_served(gate, certificates):
    shake(gate, 10)
    shake(gate, 10, "TLSv1.2")
    text = posternctl(gate, "status").stdout
    assert re.search(r"^postern-keyd: running \(PID: \d+\)$", text, re.M)
    assert re.search(rf"^  signer +PID {gate.signer_pid()}, \d+ threads$",
                     text, re.M)
    assert re.search(r"^  key memory +(secret|locked)$", text, re.M)
    assert re.search(r"^  confined by +\S", text, re.M)
    assert re.search(r"^  rotation +none$", text, re.M)
    assert re.search(
        rf"^  key +RSA 2048, SPKI SHA-256 {spki_id(gate.data / 'server.key')}"
        r", used by [1-9]\d* connections?$", text, re.M)
    made = re.search(r"^  signatures +(\d+) made, 0 refused$", text, re.M)
    assert int(made.group(1)) >= 20
    by_scheme = re.findall(r"^    rsa_\S+ +(\d+)$", text, re.M)
    assert sum(map(int, by_scheme)) == int(made.group(1))
    assert re.search(r"^    PID \d+, user 64201 +\d+ made, 0 refused$", text,
                     re.M)
    # What a signer that has left counted is not lost.
    put(gate, certificates, NEW)
    assert posternctl(gate, "rotate").returncode == 0
    text = posternctl(gate, "status").stdout
    assert sum(map(int, re.findall(r"^    rsa_\S+ +(\d+)$", text,
                                   re.M))) >= int(made.group(1))


@pytest.mark.parametrize("key_memory", ("auto", "locked"))
def test_the_old_key_is_gone(start_postern, certificates, scan, key_memory):
    """In locked memory, where root can look, it is found before."""
    gate = start_postern(OLD, key_memory=key_memory)
    wanted = patterns(certificates.pair(OLD))
    if key_memory == "locked":
        assert scan(gate.signer_pid(), wanted) != []
        assert scan(gate.keyd_pid, wanted) != []
    put(gate, certificates, NEW)
    terminal = on_terminal(gate)
    text, status = status_of(terminal)
    assert status == 0, text
    shake(gate, AFTER)
    assert scan(gate.signer_pid(), wanted) == []
    assert scan(gate.keyd_pid, wanted) == []
    if key_memory == "locked":
        fresh = patterns(certificates.pair(NEW))
        assert scan(gate.signer_pid(), fresh) != []
        assert scan(gate.keyd_pid, fresh) != []


@pytest.mark.short
def test_the_pass_phrase_is_asked_for_on_the_terminal(gate, certificates):
    put(gate, certificates, NEW, encrypted=True)
    with Load(gate) as load:
        terminal = on_terminal(gate)
        for answer in ("wrong", "worse"):
            expect_prompt(terminal, gate)
            terminal.sendline(answer)
            terminal.expect_exact("Wrong pass phrase, please try again.")
        expect_prompt(terminal, gate)
        load.wait_for(AFTER)
        terminal.sendline(PASSPHRASE)
        text, status = status_of(terminal)
        assert status == 0, text
        assert PASSPHRASE not in text
        load.wait_for(AFTER)
    assert load.failures == []
    assert keys_of(gate) == ["EC P-256"]
    # What it was unlocked to lives on without the pass phrase.
    gate.deaths_expected = True
    os.kill(gate.signer_pid(), signal.SIGKILL)
    assert certificate_of(gate) == served(certificates, NEW)


def test_a_command_gives_the_pass_phrase(start_postern, certificates,
                                         new_path):
    answer = new_path("phrase")
    answer.write_text(PASSPHRASE + "\n")
    gate = start_postern(OLD, ssl_passphrase_command=f"cat {answer}")
    put(gate, certificates, NEW, encrypted=True)
    run = posternctl(gate, "rotate")
    assert (run.returncode, run.stderr) == (0, "")
    assert keys_of(gate) == ["EC P-256"]


# How the unlocking fails, and what must be said.
UNANSWERED = [
    ("three wrong answers", ["one", "two", "three"], "wrong pass phrase"),
    ("an empty answer", [""], "The answer was empty."),
    ("Ctrl-C", ["\x03"], "The question was ended by Ctrl-C."),
    ("Ctrl-D", ["\x04"], "The answer was empty."),
]


@pytest.mark.parametrize("answers,expected", [row[1:] for row in UNANSWERED],
                         ids=[row[0] for row in UNANSWERED])
def test_without_the_pass_phrase_nothing_changes(gate, certificates, answers,
                                                 expected):
    put(gate, certificates, NEW, encrypted=True)
    terminal = on_terminal(gate)
    for answer in answers:
        expect_prompt(terminal, gate)
        if answer in ("\x03", "\x04"):
            terminal.send(answer)
        else:
            terminal.sendline(answer)
    terminal.expect_exact("ERROR:  could not unlock the new key: ")
    processes.wait_until(terminal.getecho, what="echo on again")
    text, status = status_of(terminal)
    assert status == 1
    assert expected in text
    assert_unchanged(gate, certificates)
    # And the next one is not in its way.
    put(gate, certificates, NEW)
    assert posternctl(gate, "rotate").returncode == 0


def test_without_a_terminal_it_says_where_to_get_the_pass_phrase(
        gate, certificates):
    put(gate, certificates, NEW, encrypted=True)
    run = posternctl(gate, "rotate")
    assert run.returncode == 1
    assert "could not unlock the new key: could not ask for the pass phrase" \
        in run.stderr
    assert_unchanged(gate, certificates)


def test_a_certificate_of_another_key_is_refused_at_once(gate, certificates):
    put(gate, certificates, NEW, only=("key",))
    run = posternctl(gate, "rotate")
    assert run.returncode == 1
    assert (f'ERROR:  could not unlock the new key: certificate "{gate.data}/'
            'server.crt" does not match private key file "'
            f'{gate.data}/server.key"\n') in run.stderr
    assert "HINT:  Put the certificate of the new key there first." in \
        run.stderr
    assert_unchanged(gate, certificates)


def break_key(gate):
    (gate.data / "server.key").write_text("no key\n")
    return "could not unlock the new key", None


def break_certificate(gate):
    (gate.data / "server.crt").write_text("no certificate\n")
    return ("could not unlock the new key: could not load server certificate "
            "file"), None


def open_key(gate):
    (gate.data / "server.key").chmod(0o644)
    return "has group or world access", "chmod 0600"


def break_settings(gate):
    with open(gate.data / "postern.conf", "a", encoding="utf-8") as conf:
        conf.write("bogus = 1\n")
    return 'unrecognized configuration parameter "bogus"', None


def break_rules(gate):
    (gate.data / "pg_hba.conf").write_text("host all all frob\n")
    return "could not reload postern-listener", None


@pytest.mark.parametrize("spoil", (break_key, break_certificate, open_key,
                                   break_settings, break_rules))
def test_a_step_that_fails_leaves_the_old_state(gate, certificates, spoil):
    put(gate, certificates, NEW)
    what, todo = spoil(gate)
    with Load(gate) as load:
        run = posternctl(gate, "rotate")
        load.wait_for(AFTER)
    assert run.returncode in (1, 4)
    assert what in run.stderr
    assert todo is None or todo in run.stderr
    assert load.failures == []
    assert load.seen == {served(certificates, OLD)}
    (gate.data / "pg_hba.conf").unlink(missing_ok=True)
    conf = gate.data / "postern.conf"
    conf.write_text(conf.read_text().replace("bogus = 1\n", ""))
    assert keys_of(gate) == ["RSA 2048"]


@pytest.mark.parametrize("daemon", ("keyd", "listener"))
def test_without_a_daemon_nobody_is_asked(gate, certificates, daemon):
    put(gate, certificates, NEW, encrypted=True)
    stop = {"keyd": gate.stop_keyd, "listener": gate.stop_listener}
    stop[daemon]()
    text, status = status_of(on_terminal(gate))
    assert status == 1
    assert (f"could not begin the rotation: postern-{daemon} is not running"
            in text)
    assert "Enter pass phrase" not in text


def test_a_key_that_is_served_already_may_get_a_new_certificate(
        gate, certificates):
    run = posternctl(gate, "rotate")
    assert (run.returncode, run.stderr) == (0, "")
    assert "is served already" in run.stdout
    assert_unchanged(gate, certificates)


def test_one_at_a_time(gate, certificates):
    put(gate, certificates, NEW, encrypted=True)
    terminal = on_terminal(gate)
    expect_prompt(terminal, gate)
    run = posternctl(gate, "rotate")
    assert run.returncode == 1
    assert "another rotation is in progress" in run.stderr
    assert 'One is at the step "unlocking".' in run.stderr
    terminal.sendline(PASSPHRASE)
    assert status_of(terminal)[1] == 0


def test_one_that_is_killed_at_the_question_leaves_nothing(gate,
                                                           certificates):
    put(gate, certificates, NEW, encrypted=True)
    terminal = on_terminal(gate)
    expect_prompt(terminal, gate)
    terminal.kill(signal.SIGKILL)
    processes.wait_until(
        lambda: "a rotation was left; nothing has changed" in gate.log(), 10,
        "keyd has noticed")
    put(gate, certificates, OLD)
    assert_unchanged(gate, certificates)


def assert_both_stay(gate):
    """As long as another signer would need to take over, and longer."""
    with pytest.raises(AssertionError, match="not within"):
        processes.wait_until(
            lambda: keys_of(gate) != ["EC P-256", "RSA 2048"], 2)


def arrive(gate):
    """A client that has its connection, and asks for nothing yet."""
    return socket.create_connection((gate.host, gate.port), timeout=WAIT_S)


def finish_handshake(gate, client):
    """Its handshake, at last; returns the certificate that it is shown."""
    client.sendall(SSL_REQUEST)
    assert client.recv(1) == b"S"
    context = ssl.create_default_context(cafile=gate.ca)
    with context.wrap_socket(client, server_hostname="localhost") as tls:
        return tls.getpeercert(binary_form=True)


def test_the_old_key_stays_as_long_as_somebody_needs_it(gate, certificates):
    slow = arrive(gate)
    put(gate, certificates, NEW)
    terminal = on_terminal(gate)
    terminal.expect_exact("waiting until no process of the listener needs "
                          "another key")
    assert certificate_of(gate) == served(certificates, NEW)
    assert_both_stay(gate)
    assert finish_handshake(gate, slow) == served(certificates, OLD)
    text, status = status_of(terminal)
    assert status == 0, text
    assert keys_of(gate) == ["EC P-256"]


def test_keyd_goes_on_alone_when_nobody_waits_any_more(gate, certificates):
    slow = arrive(gate)
    put(gate, certificates, NEW)
    terminal = on_terminal(gate)
    terminal.expect_exact("waiting until")
    terminal.sendintr()
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert_both_stay(gate)
    assert finish_handshake(gate, slow) == served(certificates, OLD)
    processes.wait_until(lambda: keys_of(gate) == ["EC P-256"], 20,
                         "the old key is retired")
    shake(gate, 10)


def test_a_signer_that_dies_meanwhile_is_replaced_with_both(gate,
                                                            certificates):
    slow = arrive(gate)
    put(gate, certificates, NEW)
    terminal = on_terminal(gate)
    terminal.expect_exact("waiting until")
    gate.deaths_expected = True
    with Load(gate) as load:
        os.kill(gate.signer_pid(), signal.SIGKILL)
        load.wait_for(AFTER)
    assert load.failures == []
    assert finish_handshake(gate, slow) == served(certificates, OLD)
    text, status = status_of(terminal)
    assert status == 0, text


def test_sighup_takes_a_key_that_needs_no_terminal(start_postern,
                                                   certificates):
    gate = start_postern(OLD, authentication_timeout="2s")
    put(gate, certificates, NEW)
    os.kill(gate.keyd_pid, signal.SIGHUP)
    processes.wait_until(
        lambda: keys_of(gate) == ["EC P-256", "RSA 2048"], 20, "both keys")
    with Load(gate) as load:
        os.kill(gate.listener_pid, signal.SIGHUP)
        # Nobody said that the listener has turned to it: that is seen.
        processes.wait_until(lambda: keys_of(gate) == ["EC P-256"], 30,
                             "the old key is retired")
    assert load.failures == []
    assert certificate_of(gate) == served(certificates, NEW)


def test_sighup_does_not_ask(gate, certificates):
    put(gate, certificates, NEW, encrypted=True)
    os.kill(gate.keyd_pid, signal.SIGHUP)
    processes.wait_until(
        lambda: "could not ask for the pass phrase" in gate.log(), 20,
        "keyd says that it cannot")
    assert_unchanged(gate, certificates)


def test_settings_that_no_signer_can_serve_by_change_nothing(gate,
                                                             certificates):
    """More threads than the limits of processes, or of locked memory, which
    root of a container cannot raise, allow."""
    conf = gate.data / "postern.conf"
    before = conf.read_text()
    conf.write_text(before + "signers = 64\n")
    signer = gate.signer_pid()
    with Load(gate) as load:
        subprocess.run(["prlimit", f"--pid={gate.keyd_pid}", "--nproc=20:20"],
                       check=True)
        os.kill(gate.keyd_pid, signal.SIGHUP)
        processes.wait_until(
            lambda: len(NO_SIGNER.findall(gate.log())) == 1, 20,
            "the next signer does not start, which is said once")
        assert gate.signer_pid() == signer
        # And one that dies is replaced by one of the kind that served.
        gate.deaths_expected = True
        os.kill(signer, signal.SIGKILL)
        load.wait_for(AFTER)
    assert load.failures == []
    conf.write_text(before)
    assert_unchanged(gate, certificates)


def test_sighup_renews_the_signer_by_its_settings(gate, certificates):
    before = gate.signer_pid()
    with open(gate.data / "postern.conf", "a", encoding="utf-8") as conf:
        conf.write("signers = 3\nkey_memory = locked\n")
    with Load(gate) as load:
        os.kill(gate.keyd_pid, signal.SIGHUP)
        processes.wait_until(
            lambda: ", 3 threads" in posternctl(gate, "status").stdout, 20,
            "another signer")
        processes.wait_until(
            lambda: gate.signer_pid() not in (None, before)
            and not processes.is_alive(before), 10, "the old one has left")
    assert load.failures == []
    assert 'parameter "key_memory" cannot be changed without restarting' in \
        gate.log()
    assert_unchanged(gate, certificates)
