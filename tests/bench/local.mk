# SPDX-License-Identifier: ISC
# Programs of tests/bench/run; made by "make bench-programs", never installed.

bench_programs = tests/bench/bench-load tests/bench/bench-speed \
	tests/bench/bench-standin tests/bench/bench-worker
EXTRA_PROGRAMS += $(bench_programs)
CLEANFILES += $(bench_programs)

tests_bench_bench_load_CPPFLAGS = $(AM_CPPFLAGS) $(SSL_CFLAGS)
tests_bench_bench_load_SOURCES = \
	tests/bench/load/main.c \
	tests/bench/load/session.c tests/bench/load/session.h \
	tests/bench/load/tally.c tests/bench/load/tally.h \
	tests/bench/load/wire.c tests/bench/load/wire.h
tests_bench_bench_load_LDADD = $(SSL_LIBS) $(CRYPTO_LIBS)

tests_bench_bench_speed_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS)
tests_bench_bench_speed_SOURCES = tests/bench/load/speed.c
tests_bench_bench_speed_LDADD = $(CRYPTO_LIBS)

tests_bench_bench_standin_SOURCES = tests/bench/load/standin.c

# The worker's own objects with a key in their own memory: what separation
# costs is the difference.
tests_bench_bench_worker_CPPFLAGS = $(AM_CPPFLAGS) $(SSL_CFLAGS)
tests_bench_bench_worker_SOURCES = tests/bench/local_key/local_key.c \
	listener/worker/main.c
tests_bench_bench_worker_LDADD = $(worker_libs)

bench-programs: $(bench_programs)
.PHONY: bench-programs

EXTRA_DIST += tests/bench/run tests/bench/sandbox tests/bench/sandbox.py \
	tests/bench/chart.py tests/bench/gatekeeper.py \
	tests/bench/instructions.py tests/bench/load.py tests/bench/main.py \
	tests/bench/measures.py tests/bench/peers.py tests/bench/proc.py \
	tests/bench/records.py tests/bench/report.py tests/bench/rules.py \
	tests/bench/scenes.py
