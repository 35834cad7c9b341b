# SPDX-License-Identifier: ISC
"""The signer's threads under ThreadSanitizer: connections come, go and break
while all of them sign; nothing is shared without a lock or an atomic."""

import os
import shlex
import subprocess

import pytest

from programs import PROGRAMS, SOURCE

BUILD = PROGRAMS.prefix.parent
TESTS = SOURCE / "tests" / "unit" / "keyd" / "signer"
RACE = """
#include <pthread.h>
static int number;
static void *run(void *arg) { number++; return arg; }
int main(void)
{
	pthread_t one, two;
	pthread_create(&one, 0, run, 0);
	pthread_create(&two, 0, run, 0);
	pthread_join(one, 0);
	pthread_join(two, 0);
	return number == 3;
}
"""


@pytest.fixture(name="run")
def fixture_run(new_path):
    """Compiles for ThreadSanitizer, and runs."""
    program = new_path("threads")

    def run(*arguments):
        subprocess.run(["cc", "-fsanitize=thread", "-g", "-O1", "-std=gnu11",
                        "-o", program, *arguments, "-lpthread"], check=True,
                       timeout=120)
        return subprocess.run(
            [program], env=dict(os.environ, CK_FORK="no",
                                TSAN_OPTIONS="exitcode=66"),
            timeout=120, text=True, capture_output=True, check=False)
    yield run
    program.unlink(missing_ok=True)


def flags(*modules):
    """What pkg-config says."""
    return shlex.split(subprocess.run(
        ["pkg-config", "--cflags", "--libs", *modules], check=True, text=True,
        capture_output=True).stdout)


def test_the_signers_threads_do_not_race(run):
    """The real objects of the signer, real sockets, many clients."""
    if not (BUILD / "config.h").exists():
        pytest.skip("wants the folder of the build around POSTERN_PREFIX")
    signer = [path for path in (SOURCE / "keyd" / "signer").glob("*.c")
              if path.name not in ("main.c", "confine.c")]
    done = run("-D_GNU_SOURCE", "-I", SOURCE, "-include", BUILD / "config.h",
               *signer, *(TESTS / name for name in
                          ("test_serve.c", "client.c", "keys.c")),
               BUILD / "common" / "wire" / "libwire.a",
               BUILD / "common" / "libcommon.a",
               *flags("check", "libcrypto", "libseccomp", "libbsd-overlay"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING: ThreadSanitizer" not in done.stderr
    assert "100%" in done.stdout


def test_a_race_is_seen(run, new_path):
    """The same way, two threads that count without a lock."""
    source = new_path("race").with_suffix(".c")
    source.write_text(RACE)
    done = run(source)
    assert done.returncode == 66 and "data race" in done.stderr
