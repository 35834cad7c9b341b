/* SPDX-License-Identifier: ISC */
/*
 * bench-speed: the machine's own speed at this moment: the CPU microseconds of
 * a fixed number of P-256 signatures and of system calls. What was measured
 * beside a slow one was measured on a slow machine.
 * Runs in: bench-speed.
 */
#include <sys/syscall.h>

#include <openssl/ec.h>
#include <openssl/evp.h>

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define SIGNATURES 1000
#define SYSTEM_CALLS 200000

static double
cpu_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static int
sign(EVP_PKEY *key)
{
	static const unsigned char bytes[130];
	unsigned char signature[128];
	size_t len = sizeof(signature);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ok = EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
	    EVP_DigestSign(ctx, signature, &len, bytes, sizeof(bytes)) == 1;

	EVP_MD_CTX_free(ctx);
	return ok ? 0 : -1;
}

int
main(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	double before, between, after;
	int i;

	before = cpu_us();
	for (i = 0; i < SIGNATURES; i++)
		if (sign(key) != 0)
			return 1;
	between = cpu_us();
	for (i = 0; i < SYSTEM_CALLS; i++)
		(void)syscall(SYS_getppid);
	after = cpu_us();
	(void)printf("{\"signature_us\": %.2f, \"system_call_us\": %.4f}\n",
	    (between - before) / SIGNATURES,
	    (after - between) / SYSTEM_CALLS);
	EVP_PKEY_free(key);
	return 0;
}
