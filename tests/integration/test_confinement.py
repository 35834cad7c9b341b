# SPDX-License-Identifier: ISC
"""What a process can still do once somebody else is in it."""

import ctypes
import errno
import os
import pathlib
import platform
import re
import shutil
import signal
import socket
import struct
import subprocess
import time

import pytest

import processes

HERE = pathlib.Path(__file__).parent
SIGSYS = ("killed", int(signal.SIGSYS))

# At most so many system calls.
CALLS = {"worker": 30, "dialer": 15, "signer": 15, "exporter": 20}
ROLES = tuple(CALLS)


def text(words):
    """An argument: the address of that text."""
    return "@" + words.encode().hex() + "00"


def pointer(data):
    """An argument: the address of those bytes."""
    return "@" + data.hex()


def flags(kind):
    """socket(2)'s type as the programs use it."""
    return kind | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC


LOOPBACK = pointer(struct.pack("=HHI", socket.AF_INET, socket.htons(22),
                               socket.htonl(0x7f000001)) + bytes(8))
PATH = text("/etc/passwd")
READ_WRITE_EXECUTE, PRIVATE_ANONYMOUS = 7, 0x22
NAMESPACE, THREAD = 0x10000000, 0x00010f00
PTRACE_ATTACH, PTRACE_TRACEME = 16, 0
F_DUPFD, F_SETOWN, FIONREAD = 0, 8, 0x541b

# What somebody would want: the call's number on x86-64, its arguments.
# SOME_PID stands for another process.
SOME_PID = object()
WANTED = {
    "open": (2, PATH, 0),
    "openat": (257, -100, PATH, 0),
    "openat2": (437, -100, PATH, pointer(bytes(24)), 24),
    "creat": (85, text("/tmp/made"), 0o600),
    "socket(AF_INET)": (41, socket.AF_INET, socket.SOCK_STREAM, 0),
    "socket(AF_INET, UDP)": (41, socket.AF_INET,
                             flags(socket.SOCK_DGRAM), 0),
    "socket(AF_INET6)": (41, socket.AF_INET6, socket.SOCK_STREAM, 0),
    "socket(AF_UNIX)": (41, socket.AF_UNIX, socket.SOCK_STREAM, 0),
    "socket(AF_UNIX, datagrams)": (41, socket.AF_UNIX,
                                   flags(socket.SOCK_DGRAM), 0),
    "socket(AF_NETLINK)": (41, socket.AF_NETLINK, flags(socket.SOCK_RAW), 0),
    "socketpair": (53, socket.AF_UNIX, socket.SOCK_STREAM, 0,
                   pointer(bytes(8))),
    "connect": (42, 0, LOOPBACK, 16),
    "bind": (49, 0, LOOPBACK, 16),
    "listen": (50, 0, 1),
    "execve": (59, text("/bin/sh"), 0, 0),
    "execveat": (322, -100, text("/bin/sh"), 0, 0, 0),
    "fork": (57,),
    "vfork": (58,),
    "clone": (56, signal.SIGCHLD, 0, 0, 0, 0),
    "clone, a thread": (56, THREAD, 0, 0, 0, 0),
    "clone3": (435, pointer(bytes(88)), 88),
    "ptrace": (101, PTRACE_ATTACH, SOME_PID, 0, 0),
    "ptrace, traced": (101, PTRACE_TRACEME, 0, 0, 0),
    "kill": (62, SOME_PID, 9),
    "tgkill": (234, SOME_PID, SOME_PID, 9),
    "pidfd_open": (434, SOME_PID, 0),
    "mmap, executable": (9, 0, 4096, READ_WRITE_EXECUTE, PRIVATE_ANONYMOUS,
                         -1, 0),
    "mprotect, executable": (10, 0, 4096, READ_WRITE_EXECUTE),
    "pkey_mprotect": (329, 0, 4096, READ_WRITE_EXECUTE, -1),
    "io_uring_setup": (425, 1, pointer(bytes(120))),
    "bpf": (321, 0, pointer(bytes(64)), 64),
    "userfaultfd": (323, 0),
    "perf_event_open": (298, pointer(bytes(120)), 0, -1, -1, 0),
    "keyctl": (250, 0, 0, 0, 0, 0),
    "unshare": (272, NAMESPACE),
    "setns": (308, 0, 0),
    "mount": (165, text("none"), text("/"), text("tmpfs"), 0, 0),
    "chroot": (161, text("/")),
    "setuid": (105, 0),
    "setresuid": (117, 0, 0, 0),
    "capset": (126, pointer(bytes(8)), pointer(bytes(24))),
    "prctl": (157, 4, 1, 0, 0, 0),
    "seccomp": (317, 0, 0, 0),
    "prlimit64": (302, 0, 7, 0, pointer(bytes(16))),
    "process_vm_readv": (310, SOME_PID, 0, 0, 0, 0, 0),
    "process_vm_writev": (311, SOME_PID, 0, 0, 0, 0, 0),
    "memfd_create": (319, text("x"), 0),
    "ioctl": (16, 0, FIONREAD, pointer(bytes(8))),
    "fcntl, another command": (72, 0, F_DUPFD, 0),
    "fcntl, signals": (72, 0, F_SETOWN, SOME_PID),
    "dup2": (33, 0, 1),
    "getdents64": (217, 0, pointer(bytes(256)), 256),
    "unlink": (87, text("/x")),
    "syslog": (103, 3, pointer(bytes(256)), 256),
    "reboot": (169, 0, 0, 0, 0),
}
# Where the table of a program says something else than the end.
OTHERWISE = {
    ("dialer", "connect"): ("returned", -errno.ENOTSOCK),
    ("dialer", "mmap, executable"): ("returned", -errno.ENOMEM),
    ("signer", "mmap, executable"): ("returned", -errno.ENOMEM),
    ("exporter", "ioctl"): ("returned", -errno.ENOTTY),
}


@pytest.fixture(scope="module")
def injector(place):
    """Runs one system call in a process: injector(pid, number, ...)."""
    if platform.machine() != "x86_64":
        pytest.skip("the injector knows x86-64 alone")
    program = place / "injector"
    subprocess.run(["cc", "-D_GNU_SOURCE", "-Wall", "-Werror", "-o", program,
                    HERE / "injector.c"], check=True, timeout=60)

    def attempt(pid, call):
        run = subprocess.run(
            [program, str(pid), *(str(int(word)) if not isinstance(word, str)
                                  else word for word in call)],
            capture_output=True, text=True, timeout=30, check=False)
        # 3: it was at work, and not in a system call at that moment.
        return run if run.returncode != 3 else None

    def inject(pid, *call):
        run = processes.wait_until(lambda: attempt(pid, call),
                                   what="a process within a system call")
        assert run.returncode == 0, run.stderr
        how, number = run.stdout.split()
        return how, int(number)
    return inject


def pid_of(instance, role):
    """The process of that role that lives now, or None."""
    if role == "worker":
        return (instance.worker_pids() or [None])[0]
    return {"dialer": instance.dialer_pid, "signer": instance.signer_pid,
            "exporter": instance.exporter_pid}[role]()


def serves(instance):
    """Does a client get through, with a signature?"""
    return instance.psql("SELECT 1", "require").stdout.strip() == "1"


def age(pid):
    """Seconds since the start of the process."""
    ticks = int(pathlib.Path(f"/proc/{pid}/stat").read_text()
                .rpartition(")")[2].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - \
        ticks / os.sysconf("SC_CLK_TCK")


def victims_of(instance, grown_up):
    """role -> process, once all of them serve. The third death in a row
    within a second of a start would make the next start wait."""
    def found():
        pids = {role: pid_of(instance, role) for role in ROLES}
        ready = all(pids.values()) and serves(instance)
        return ready and pids
    pids = processes.wait_until(found, 40, "service")
    if grown_up:
        processes.wait_until(lambda: min(map(age, pids.values())) > 1.1)
    return pids


def test_no_other_system_call(start_postern, injector):
    """Each call that an intruder would want ends the process (or fails as
    its table says); the supervisor replaces it, and service goes on."""
    gate = start_postern(workers=1)
    gate.deaths_expected = True
    deaths = 0
    for step, (name, (number, *arguments)) in enumerate(WANTED.items()):
        call = [gate.listener_pid if word is SOME_PID else word
                for word in arguments]
        for role, victim in victims_of(gate, step % 3 == 0).items():
            expected = OTHERWISE.get((role, name), SIGSYS)
            assert injector(victim, number, *call) == expected, (role, name)
            deaths += expected == SIGSYS
            assert processes.is_alive(victim) == (expected != SIGSYS)
    victims_of(gate, False)
    assert gate.log().count("ts sandbox refused a system call.") == deaths
    assert deaths > 3 * 50


@pytest.mark.parametrize("role", ROLES)
def test_a_call_of_the_list_works(postern, injector, role):
    """The same injector, a call that is allowed: it returns, and the process
    lives and serves."""
    victim = pid_of(postern, role)
    for _ in range(3):
        assert injector(victim, 3, 9999) == ("returned", -errno.EBADF)
        assert serves(postern)
    assert pid_of(postern, role) == victim


def test_the_dialer_reaches_its_addresses_alone(start_postern, injector):
    """It may make sockets; but the file system has no other Unix socket, the
    network no address, and Landlock no port."""
    gate = start_postern(workers=1)
    dialer = pid_of(gate, "dialer")

    def connect(family, kind, address):
        how, fd = injector(dialer, 41, family, flags(kind), 0)
        assert how == "returned" and fd > 0
        answer = injector(dialer, 42, fd, pointer(address), len(address))
        assert injector(dialer, 3, fd) == ("returned", 0)
        return answer

    def unix(path):
        return struct.pack("=H", socket.AF_UNIX) + os.fsencode(path) + b"\0"

    behind = pathlib.Path(gate.backend.socket_directory)
    ours = behind / f".s.PGSQL.{gate.backend.port}"
    assert connect(socket.AF_UNIX, socket.SOCK_STREAM, unix(ours)) == \
        ("returned", 0)
    with socket.socket(socket.AF_UNIX) as other:
        path = gate.data / "other.sock"
        other.bind(os.fspath(path))
        path.chmod(0o777)
        other.listen(1)
        assert connect(socket.AF_UNIX, socket.SOCK_STREAM, unix(path)) == \
            ("returned", -errno.ENOENT)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen(1)
        address = struct.pack("=HHI", socket.AF_INET,
                              socket.htons(other.getsockname()[1]),
                              socket.htonl(0x7f000001)) + bytes(8)
        how, number = connect(socket.AF_INET, socket.SOCK_STREAM, address)
        assert how == "returned"
        assert -number in (errno.EACCES, errno.ENETUNREACH)


def status_of(pid):
    """/proc/PID/status as a dictionary."""
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in
            (line.partition(":") for line in lines)}


@pytest.mark.parametrize("role", ROLES)
def test_no_privilege_is_left(postern, role):
    """Its own user alone, no group, no capability, nothing to gain by an
    exec, a filter in force."""
    status = status_of(pid_of(postern, role))
    user = {"worker": "64201", "signer": "64202", "dialer": "64204",
            "exporter": "64205"}[role]
    assert status["Uid"].split() == [user] * 4
    assert status["Gid"].split() == [user] * 4
    assert status["Groups"] == ""
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[name], 16) == 0, name
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"


@pytest.mark.parametrize("role", ROLES)
def test_limits_and_dumps(postern, role):
    """No core file, no new process; /proc shows it to root alone."""
    pid = pid_of(postern, role)
    limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
    for name in ("Max core file size", "Max processes"):
        assert re.search(rf"^{name}\s+0\s+0\s", limits, re.M), limits
    assert os.stat(f"/proc/{pid}/mem").st_uid == 0


def below(pid):
    """All names below the root directory of a process."""
    root = f"/proc/{pid}/root/"
    return {os.path.relpath(os.path.join(path, name), root)
            for path, folders, files in os.walk(root)
            for name in folders + files}


def parents(path):
    """The path and those above it, as below() names them."""
    return {os.fspath(part.relative_to("/"))
            for part in (path, *path.parents) if part != part.parent}


def skip_where_lacking(instance, word):
    """What the kernel, or a container, does not give is said in the log."""
    lacking = re.findall(r"confined by .*; without (.*)", instance.log())
    if any(word in line for line in lacking):
        pytest.skip(lacking[0])


@pytest.mark.parametrize("role", ["worker", "signer", "exporter"])
def test_the_root_directory_is_empty(postern, role):
    """There is no file to see, and no place to make one."""
    skip_where_lacking(postern, "empty root")
    pid = pid_of(postern, role)
    assert below(pid) == set()
    assert pathlib.Path(f"/proc/{pid}/cwd/").samefile(f"/proc/{pid}/root/")


def test_the_dialers_root_has_its_sockets_alone(postern):
    """The directories of the key socket and of the server's, no others."""
    skip_where_lacking(postern, "empty root")
    found = below(pid_of(postern, "dialer"))
    keys = postern.data / "run" / "key"
    behind = pathlib.Path(postern.backend.socket_directory)
    inside = {os.fspath((path / name).relative_to("/"))
              for path in (keys, behind) for name in os.listdir(path)}
    assert found == parents(keys) | parents(behind) | inside


def namespaces(kind, *pids):
    """The namespaces of that kind of processes."""
    return [os.readlink(f"/proc/{pid}/ns/{kind}") for pid in pids]


def test_namespaces_of_its_own(postern):
    """Mounts, network and IPC are not those of the machine, nor of another
    process."""
    skip_where_lacking(postern, "own mounts")
    for kind in ("mnt", "net", "ipc"):
        seen = namespaces(kind, os.getpid(), *postern.worker_pids(),
                          postern.dialer_pid(), postern.signer_pid(),
                          postern.exporter_pid())
        assert len(set(seen)) == len(seen), kind


def test_nobody_else_to_name(postern):
    """Workers, dialer and exporter are process 1 of a pid namespace of their own: no
    number is another process's. Not so the signer: it tells its peers apart by
    the pid that the kernel attaches to their messages, which is 0 for whoever
    is outside of a namespace."""
    skip_where_lacking(postern, "own process IDs")
    alone = [*postern.worker_pids(), postern.dialer_pid(),
             postern.exporter_pid()]
    seen = namespaces("pid", os.getpid(), *alone)
    assert len(set(seen)) == len(seen)
    for pid in alone:
        assert status_of(pid)["NSpid"].split()[1:] == ["1"]
    assert namespaces("pid", os.getpid()) == \
        namespaces("pid", postern.signer_pid())


@pytest.mark.parametrize("role", ROLES)
def test_named_descriptors_alone(postern, role):
    """Sockets, memory and what epoll is made of; no file, no terminal."""
    pid = pid_of(postern, role)
    kinds = {re.sub(r"[\[(].*|\d+$", "", os.readlink(f"/proc/{pid}/fd/{fd}"))
             for fd in os.listdir(f"/proc/{pid}/fd")}
    assert kinds <= {"/dev/null", "socket:", "pipe:", "anon_inode:",
                     "/memfd:postern-handoff ", "/memfd:postern-roster ",
                     "/memfd:postern-scoreboard "}, kinds


def test_the_lists_are_short(postern):
    """At most 30 system calls for a worker, 15 for dialer and signer, 20 for
    the exporter: each says so at its start."""
    said = re.findall(r"(\w+)\[\d+\]: (?:INFO|LOG):  confined by .*?"
                      r"(\d+) system calls", postern.log())
    assert {role for role, _ in said} == set(ROLES)
    for role, calls in said:
        assert int(calls) <= CALLS[role], role


def without_seccomp():
    """From now on this process gets ENOSYS from seccomp(2), as do those that
    it starts."""
    program = struct.pack(
        "=HBBIHBBIHBBIHBBI",
        0x20, 0, 0, 0,                                # the call's number
        0x15, 0, 1, 317 if platform.machine() == "x86_64" else 277,
        0x06, 0, 0, 0x00050000 | errno.ENOSYS,
        0x06, 0, 0, 0x7fff0000)                       # any other is allowed
    code = ctypes.create_string_buffer(program)
    whole = struct.pack("HL", 4, ctypes.addressof(code))
    libc = ctypes.CDLL(None)
    assert libc.prctl(38, 1, 0, 0, 0) == 0
    assert libc.prctl(22, 2, ctypes.c_char_p(whole)) == 0


def start_without_seccomp(instance, program, name, *arguments):
    """Runs a daemon on a kernel that has no seccomp(2)."""
    path = instance.data / f"{name}.start"
    with open(path, "w", encoding="utf-8") as stderr:
        run = subprocess.run(
            [program, "-D", instance.data, "-c", f"log_filename={name}.log",
             *arguments], stdin=subprocess.DEVNULL, stdout=stderr,
            stderr=stderr, cwd="/", timeout=60, check=False,
            preexec_fn=without_seccomp)
    return run.returncode, path.read_text()


def test_without_seccomp_nothing_starts(data_directory, start_postern,
                                        programs):
    """sandbox = required, the default: a kernel without seccomp ends the
    start, with words; preferred: it goes on, and says what is lacking."""
    gate = start_postern.adopt(data_directory(ssl="off"))
    status, said = start_without_seccomp(gate, programs.listener, "listener")
    assert status == 1
    assert "could not confine the process to its system calls" in said
    assert 'set "sandbox" to "preferred"' in said
    assert gate.listener_pid is None
    status, _ = start_without_seccomp(gate, programs.listener, "listener",
                                      "-c", "sandbox=preferred")
    assert status == 0
    assert gate.psql("SELECT 1").stdout.strip() == "1"
    assert re.search(r"worker\[\d+\]: LOG:  confined by .*; without an "
                     "allow-list of system calls", gate.log())
    gate.stop()
    status, said = start_without_seccomp(gate, programs.keyd, "keyd")
    assert status == 1
    assert "could not confine the process to its system calls" in said


def test_a_socket_directory_that_is_made_anew(own_backend, start_postern):
    """A server whose socket directory went and came back is reached again,
    though the dialer had the one before."""
    gate = start_postern(backend=own_backend)
    assert serves(gate)
    path = pathlib.Path(own_backend.socket_directory)
    owner = path.stat()
    own_backend.stop()
    shutil.rmtree(path)
    path.mkdir(mode=0o755)
    os.chown(path, owner.st_uid, owner.st_gid)
    path.chmod(owner.st_mode & 0o7777)
    own_backend.start()
    processes.wait_until(lambda: serves(gate), 30, "service")


@pytest.mark.parametrize("word", ("off", "none", "0"))
def test_the_sandbox_cannot_be_switched_off(data_directory, programs,
                                            start_postern, word):
    """But by a build of its own, for measurements
    (--enable-test-sandbox-off)."""
    gate = start_postern.adopt(data_directory(sandbox=word))
    for program in (programs.keyd, programs.listener):
        run = gate.run(program, program.name)
        assert run.returncode == 1
        assert f'invalid value for parameter "sandbox": "{word}"' in run.stderr
        assert "Available values: required, preferred." in run.stderr


def test_no_variable_switches_it_off(start_postern, monkeypatch):
    """Nothing in the environment does."""
    monkeypatch.setenv("POSTERN_TEST_SANDBOX_OFF", "1")
    gate = start_postern()
    assert status_of(gate.signer_pid())["Seccomp"] == "2"
