# SPDX-License-Identifier: ISC
"""The unlock program: key files, the question for the pass phrase, and what
it says to somebody who made a mistake."""

import os
import pty
import shutil
import signal
import subprocess
import termios

import pexpect
import pytest

import processes
from certificates import PASSPHRASE
from keyd_alone import STRANGER, beside_confinement, make_keyd
from keyfiles import KeyFiles, spki_id
from programs import PROGRAMS

PROMPT = 'Enter pass phrase for "{}": '
WRONG = "Wrong pass phrase, please try again."


@pytest.fixture(scope="session", name="keyfiles")
def fixture_keyfiles(place):
    """Key files of every kind."""
    path = place / "keyfiles"
    path.mkdir()
    return KeyFiles(path)


@pytest.fixture(name="keyd")
def fixture_keyd(new_path, certificates):
    """keyd on a data directory with an encrypted P-256 key."""
    keyd = make_keyd(new_path("k"), certificates.pair("p256"), True)
    yield keyd
    keyd.stop()


@pytest.fixture(name="users_keyd")
def fixture_users_keyd(new_path, certificates):
    """The same, started by a user without rights."""
    keyd = make_keyd(new_path("k"), certificates.pair("p256"), uid=STRANGER)
    yield keyd
    keyd.stop()


def put_key(keyd, path):
    """The data directory's key is that file from now on."""
    target = keyd.data / "server.key"
    target.unlink()
    shutil.copyfile(path, target)
    target.chmod(0o600)
    return target


def expect_prompt(terminal, keyd):
    """Waits for the question, whole and exact, with echo off."""
    terminal.expect_exact(PROMPT.format(keyd.data / "server.key"))
    processes.wait_until(lambda: not terminal.getecho(), what="echo off")


def status_of(terminal):
    """What the terminal showed until keyd ended, and its exit status."""
    terminal.expect(pexpect.EOF)
    text = terminal.before
    terminal.close()
    return text, terminal.exitstatus


@pytest.mark.short
def test_wrong_wrong_right(keyd):
    terminal = keyd.on_terminal()
    for answer in ("wrong", "worse"):
        expect_prompt(terminal, keyd)
        terminal.sendline(answer)
        terminal.expect_exact(WRONG)
        assert answer not in terminal.before
    expect_prompt(terminal, keyd)
    terminal.sendline(PASSPHRASE)
    text, status = status_of(terminal)
    assert status == 0, text
    assert PASSPHRASE not in text
    assert keyd.key_id() == spki_id(keyd.data / "server.key")
    titles = [processes.title(pid) for pid in processes.children(keyd.pid)]
    assert titles == ["postern-keyd: signer"]


def test_three_wrong_answers_end_it(keyd):
    terminal = keyd.on_terminal()
    for answer in ("one", "two", "three"):
        expect_prompt(terminal, keyd)
        terminal.sendline(answer)
    text, status = status_of(terminal)
    assert status == 1
    assert (f'could not load private key file "{keyd.data}/server.key": '
            "wrong pass phrase") in text
    assert keyd.pid is None


# What is done at the prompt, and what keyd says then.
LEAVING = [
    ("Ctrl-C", lambda t: t.sendintr(), "ended by Ctrl-C"),
    ("Ctrl-\\", lambda t: t.sendcontrol("\\"), "ended by signal 3"),
    ("Ctrl-D", lambda t: t.sendeof(), "The answer was empty."),
    ("an empty line", lambda t: t.sendline(""), "The answer was empty."),
]


@pytest.mark.parametrize("foreground", (False, True))
@pytest.mark.parametrize("leave,expected", [row[1:] for row in LEAVING],
                         ids=[row[0] for row in LEAVING])
def test_leaving_the_question(keyd, leave, expected, foreground):
    terminal = keyd.on_terminal(*(["-F"] if foreground else []))
    expect_prompt(terminal, keyd)
    leave(terminal)
    terminal.expect_exact("no pass phrase was given for private key file")
    processes.wait_until(terminal.getecho, what="echo on again")
    text, status = status_of(terminal)
    assert expected in text
    assert status == 1
    assert not (keyd.run_directory / "keyd.pid").exists()


def test_the_terminal_is_left_as_it_was(keyd):
    """Its settings byte for byte, seen by a shell that keeps it open."""
    shell = pexpect.spawn("/bin/sh", encoding="utf-8", timeout=20,
                          env={**os.environ, "PS1": "", "ENV": ""})
    before = termios.tcgetattr(shell.child_fd)
    program = " ".join([str(PROGRAMS.keyd), *keyd.arguments()])
    shell.sendline(program + "; echo status=$?")
    expect_prompt(shell, keyd)
    shell.sendintr()
    shell.expect("status=[0-9]")
    shell.sendline(program + "; echo status=$?")
    expect_prompt(shell, keyd)
    shell.sendline(PASSPHRASE)
    shell.expect_exact("status=0")
    assert termios.tcgetattr(shell.child_fd) == before
    shell.close(force=True)
    assert keyd.pid is not None


def test_sigterm_ends_the_question(keyd):
    terminal = keyd.on_terminal("-F")
    expect_prompt(terminal, keyd)
    os.kill(terminal.pid, signal.SIGTERM)
    text, status = status_of(terminal)
    assert "ended by signal 15" in text
    assert status == 1


def test_the_question_ends_with_its_supervisor(keyd):
    terminal = keyd.on_terminal("-F")
    expect_prompt(terminal, keyd)
    unlock = processes.children(terminal.pid)
    assert [processes.title(pid) for pid in unlock] == ["postern-keyd: unlock"]
    os.kill(terminal.pid, signal.SIGKILL)
    assert processes.wait_for_end(unlock[0], 10)
    terminal.close()


def test_a_console_that_is_nobodys_terminal(keyd):
    """At boot: standard input and error are a terminal, /dev/tty is none."""
    master, slave = pty.openpty()
    run = subprocess.Popen([PROGRAMS.keyd, *keyd.arguments()], stdin=slave,
                           stdout=slave, stderr=slave, start_new_session=True)
    seen = b""
    while b'server.key": ' not in seen:
        seen += os.read(master, 1000)
    assert not termios.tcgetattr(slave)[3] & termios.ECHO
    os.write(master, PASSPHRASE.encode() + b"\n")
    assert run.wait(20) == 0
    assert termios.tcgetattr(slave)[3] & termios.ECHO
    os.close(slave)
    os.close(master)
    assert keyd.pid is not None


def test_a_key_that_is_not_encrypted_asks_nothing(keyd, keyfiles):
    put_key(keyd, keyfiles.plain("p256"))
    text, status = status_of(keyd.on_terminal())
    assert (beside_confinement(text), status) == ("", 0)


def test_without_terminal_and_command_it_says_what_to_set(keyd):
    said = keyd.refusal()
    assert "could not ask for the pass phrase of private key file" in said
    assert "Start postern-keyd from a terminal, or set" in said
    assert "ssl_passphrase_command" in said


# The command, and what must be said (None: it serves).
COMMANDS = [
    ("echo '{pass}'", None),
    ("printf '{pass}\\r\\nmore\\n'", None),
    ("printf '{pass}'", None),
    ("test '%p' = 'Enter pass phrase for {key}:' && echo '{pass}'", None),
    ("test $((7 %% 4)) = 3 && echo '{pass}'", None),
    ("test -z \"$SECRET_OF_OURS\" && test -n \"$PATH\" && echo '{pass}'",
     None),
    ("test \"$(echo /proc/self/fd/*)\" = "
     "'/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3' && "
     "echo '{pass}'", None),
    ("test -z \"$(cat)\" && echo '{pass}'", None),
    ("echo wrong", "wrong pass phrase"),
    ("exit 3", 'command "exit 3" failed'),
    ("kill -9 $$", "was killed by signal 9"),
    ("true", 'command "true" wrote no pass phrase'),
    ("echo", 'command "echo" wrote no pass phrase'),
    ("head -c 5000 /dev/zero | tr '\\0' x", "wrote a line that is too long"),
    ("echo x; exit 1", "failed"),
]


@pytest.mark.parametrize("command,expected", COMMANDS,
                         ids=[row[0][:20] for row in COMMANDS])
def test_passphrase_command(keyd, command, expected):
    command = command.replace("{pass}", PASSPHRASE).replace(
        "{key}", str(keyd.data / "server.key"))
    run = keyd.run("-c", f"ssl_passphrase_command={command}",
                   env={**os.environ, "SECRET_OF_OURS": "1"})
    if expected is None:
        assert run.returncode == 0, run.stderr
        assert keyd.pid is not None
    else:
        assert run.returncode == 1
        assert expected in run.stderr
        assert "again" not in run.stderr


def test_the_command_goes_before_the_terminal(keyd):
    text, status = status_of(keyd.on_terminal(
        "-c", f"ssl_passphrase_command=echo '{PASSPHRASE}'"))
    assert (beside_confinement(text), status) == ("", 0)


def test_sigterm_ends_the_command(keyd):
    run = subprocess.Popen(
        [PROGRAMS.keyd, "-F", *keyd.arguments(
            "-c", "ssl_passphrase_command=echo here >&2; exec sleep 60")],
        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        start_new_session=True)
    assert run.stderr.readline() == "here\n"
    run.terminate()
    said = run.communicate(timeout=20)[1]
    assert run.returncode == 1
    assert "ended by signal 15" in said


SERVED = [
    ("RSA 2048", lambda k: k.plain("rsa")),
    ("RSA 2048", lambda k: k.encrypted("rsa")),
    ("RSA 2048", lambda k: k.traditional("rsa")),
    ("RSA 2048", lambda k: k.traditional("rsa", "-aes256")),
    ("RSA 2048", lambda k: k.traditional("rsa", "-des3")),
    ("RSA-PSS 2048", lambda k: k.plain("rsa-pss")),
    ("EC P-256", lambda k: k.encrypted("p256", "-scrypt")),
    ("EC P-256", lambda k: k.encrypted("p256", "-v1", "PBE-SHA1-3DES")),
    ("EC P-256", lambda k: k.encrypted("p256", "-v2", "aes-128-cbc",
                                       "-v2prf", "hmacWithSHA512")),
    ("EC P-256", lambda k: k.with_parameters()),
    ("EC P-256", lambda k: k.traditional("p256", "-aes128")),
    ("EC P-384", lambda k: k.plain("p384")),
    ("EC P-384", lambda k: k.traditional("p384")),
    ("Ed25519", lambda k: k.plain("ed25519")),
    ("Ed25519", lambda k: k.encrypted("ed25519")),
]


@pytest.mark.parametrize("kind,make", SERVED,
                         ids=[str(i) + row[0] for i, row in enumerate(SERVED)])
def test_served_key(keyd, keyfiles, kind, make):
    path = put_key(keyd, make(keyfiles))
    keyd.start("-c", f"ssl_passphrase_command=echo '{PASSPHRASE}'")
    assert keyd.key_id() == spki_id(path)
    keyd.wait_for_log(rf"ready: key {spki_id(path)[:16]} \({kind}\)")


def test_a_key_behind_its_certificate(keyd, keyfiles, certificates):
    pair = certificates.pair("p256")
    path = keyfiles.text("both.key", pair.crt.read_bytes() +
                         pair.key.read_bytes())
    put_key(keyd, path)
    keyd.start()
    assert keyd.key_id() == spki_id(pair.key)


def cut(path, lines):
    """The first lines of a file."""
    return b"".join(path.read_bytes().splitlines(True)[:lines])


REFUSED = [
    ("P-521", lambda k: k.plain("p521"), "an EC key on curve secp521r1"),
    ("short RSA", lambda k: k.plain("rsa1024"),
     "an RSA key of 1024 bits, which is too short"),
    ("Ed448", lambda k: k.plain("ed448"), "a key of type ED448"),
    ("X25519", lambda k: k.plain("x25519"), "a key of type X25519"),
    ("DSA", lambda k: k.dsa(), "a key of type DSA"),
    ("explicit curve", lambda k: k.plain("explicit"),
     "describes its curve by explicit parameters"),
    ("certificate", lambda k: k.text("crt.key", cut(k.public(), 99).replace(
        b"PUBLIC KEY", b"CERTIFICATE")), "It holds a certificate."),
    ("public key", lambda k: k.public(), "It holds a public key."),
    ("DER", lambda k: k.der(), "It looks like DER."),
    ("OpenSSH", lambda k: k.text("ssh.key", cut(k.plain("p256"), 99).replace(
        b"PRIVATE", b"OPENSSH PRIVATE")), "OpenSSH's own format"),
    ("garbage", lambda k: k.text("garbage.key", b"garbage\n"),
     "it holds no private key"),
    ("empty", lambda k: k.text("empty.key", b""), "is empty"),
    ("large", lambda k: k.text("large.key", b"x" * 65536), "is too large"),
    ("cut", lambda k: k.text("cut.key", cut(k.plain("rsa"), 5)),
     "bad end line"),
    ("bad base64", lambda k: k.text("base64.key", cut(
        k.plain("rsa"), 99).replace(b"A", b"!")), "bad base64 decode"),
    ("damaged", lambda k: k.text("damaged.key", cut(
        k.plain("rsa"), 99).replace(b"\nMII", b"\nMIJ")),
     "is damaged, or not complete"),
    ("old cipher", lambda k: k.encrypted("p256", "-v1", "PBE-MD5-DES",
                                         "legacy"),
     "is encrypted with pbeWithMD5AndDES-CBC, which is not supported"),
    ("unknown cipher", lambda k: k.text("cipher.key", cut(
        k.traditional("rsa", "-aes256"), 99).replace(b"AES-256", b"FOO-9")),
     "is encrypted with FOO-9-CBC, which is not supported"),
    ("no cipher", lambda k: k.text("dek.key", cut(
        k.traditional("rsa", "-aes256"), 99).replace(b"DEK-Info", b"X")),
     "its header lines are damaged"),
]


@pytest.mark.parametrize("make,expected", [row[1:] for row in REFUSED],
                         ids=[row[0] for row in REFUSED])
def test_refused_key(keyd, keyfiles, make, expected):
    path = put_key(keyd, make(keyfiles))
    said = keyd.refusal()
    assert expected in said
    assert str(path) in said
    assert said.startswith("postern-keyd: FATAL:  ")


def change(path, owner=0, group=0, mode=0o600):
    """Who owns it, and who may what."""
    os.chown(path, owner, group)
    path.chmod(mode)


# Started by root: what is done to the key, what is said (None: it serves).
ROOT_RULES = [
    ("0400", {"mode": 0o400}, None),
    ("0640", {"mode": 0o640}, None),
    ("a group may read", {"mode": 0o640, "group": 1}, None),
    ("0644", {"mode": 0o644}, "has group or world access"),
    ("0660", {"mode": 0o660}, "has group or world access"),
    ("0601", {"mode": 0o601}, "Its mode is 0601."),
    ("another's", {"owner": STRANGER}, "must be owned by root"),
    ("another's, read by a group", {"owner": 1, "group": 2, "mode": 0o640},
     'owned by user "daemon", who can read it, and so can its group, '
     'group "bin".'),
    ("another's, read by all", {"owner": 1, "mode": 0o644},
     "and so can everybody."),
]


@pytest.mark.parametrize("changes,expected", [row[1:] for row in ROOT_RULES],
                         ids=[row[0] for row in ROOT_RULES])
def test_key_file_of_root(keyd, keyfiles, changes, expected):
    path = put_key(keyd, keyfiles.plain("p256"))
    change(path, **changes)
    run = keyd.run()
    if expected is not None:
        assert run.returncode == 1 and expected in run.stderr
        assert f"chmod 0600 {path}" in run.stderr
        return
    assert run.returncode == 0, run.stderr
    warned = 'can be read by group "daemon"' in run.stderr
    assert warned == ("group" in changes)


def test_root_trusts_no_directory_of_others(keyd, keyfiles):
    place = keyd.data / "keys"
    place.mkdir()
    shutil.copyfile(keyfiles.plain("p256"), place / "server.key")
    change(place / "server.key")
    change(place, mode=0o777)
    said = keyd.refusal("-c", "ssl_key_file=keys/server.key")
    assert "write access" in said and f"chmod go-w {place}" in said
    change(place, mode=0o755)
    keyd.start("-c", "ssl_key_file=keys/server.key")


# Started by STRANGER: PostgreSQL's rule.
USER_RULES = [
    ("own 0600", {"owner": STRANGER}, None),
    ("own 0640", {"owner": STRANGER, "mode": 0o640},
     "has group or world access"),
    ("root's 0640", {"group": STRANGER, "mode": 0o640}, None),
    ("root's 0660", {"group": STRANGER, "mode": 0o660},
     "has group or world access"),
    ("root's 0644", {"mode": 0o644}, "File must have permissions u=rw (0600) "
     "or less if owned by the database user, or permissions u=rw,g=r (0640) "
     "or less if owned by root."),
    ("root's 0600", {}, "could not access private key file"),
    ("another's", {"owner": 1, "group": STRANGER, "mode": 0o640},
     "must be owned by the database user or root"),
]


@pytest.mark.parametrize("changes,expected", [row[1:] for row in USER_RULES],
                         ids=[row[0] for row in USER_RULES])
def test_key_file_of_a_user(users_keyd, changes, expected):
    change(users_keyd.data / "server.key", **changes)
    run = users_keyd.run()
    if expected is None:
        assert run.returncode == 0, run.stderr
    else:
        assert run.returncode == 1 and expected in run.stderr


@pytest.mark.parametrize("name", ("directory", "fifo", "absent"))
def test_not_a_file(keyd, name):
    path = keyd.data / "server.key"
    path.unlink()
    if name == "directory":
        path.mkdir()
    elif name == "fifo":
        os.mkfifo(path, 0o600)
    said = keyd.refusal()
    if name == "absent":
        assert (f'could not access private key file "{path}": '
                "No such file or directory") in said
    else:
        assert f'private key file "{path}" is not a regular file' in said


def test_nobody_starts_it_by_hand():
    run = subprocess.run([PROGRAMS.libexec / "keyd-unlock"], text=True,
                         stdin=subprocess.DEVNULL, capture_output=True,
                         timeout=20, check=False)
    assert run.returncode == 1
    assert "cannot be started by hand" in run.stderr
