/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/sha256.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/text.h"

static void to_hex(const unsigned char *raw, unsigned n, struct sha256 *out)
{
	static const char digits[] = "0123456789abcdef";

	for (unsigned i = 0; i < n && i < 32; i++) {
		out->hex[2 * i] = digits[raw[i] >> 4];
		out->hex[2 * i + 1] = digits[raw[i] & 15];
	}
	out->hex[64] = 0;
}

void sha256_bytes(const void *bytes, size_t n, struct sha256 *out)
{
	unsigned char raw[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (EVP_Digest(bytes, n, raw, &len, EVP_sha256(), NULL) != 1)
		abort(); /* only out of memory */
	to_hex(raw, len, out);
}

int sha256_file(const char *path, struct sha256 *out, struct err *err)
{
	auto_close int fd = file_open(path, err);
	size_t size = 1 << 18;
	auto_free char *buf = xcalloc(1, size);
	unsigned char raw[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	EVP_MD_CTX *ctx;
	ssize_t n = 0;

	if (fd < 0)
		return err->code;
	ctx = EVP_MD_CTX_new();
	if (!ctx || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1)
		abort();
	while (!interrupted() && (n = read(fd, buf, size)) > 0)
		EVP_DigestUpdate(ctx, buf, (size_t)n);
	EVP_DigestFinal_ex(ctx, raw, &len);
	EVP_MD_CTX_free(ctx);
	if (interrupt_check(err))
		return err->code;
	if (n < 0)
		return err_sys(err, "%s", path);
	to_hex(raw, len, out);
	return 0;
}

static void update_blocks(EVP_MD_CTX *ctx, const char *buf, size_t n, uint64_t at)
{
	static const char zero[4096];

	for (size_t i = 0; i < n; i += sizeof(zero)) {
		size_t len = n - i < sizeof(zero) ? n - i : sizeof(zero);
		uint64_t where = at + i;

		if (!memcmp(buf + i, zero, len))
			continue;
		EVP_DigestUpdate(ctx, &where, sizeof(where));
		EVP_DigestUpdate(ctx, buf + i, len);
	}
}

int sha256_file_sparse(const char *path, struct sha256 *out, struct err *err)
{
	auto_close int fd = file_open(path, err);
	size_t size = 1 << 18;
	auto_free char *buf = xcalloc(1, size);
	unsigned char raw[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	struct stat st;
	off_t at = 0;
	ssize_t n = 0;

	if (fd < 0)
		return err->code;
	if (fstat(fd, &st))
		return err_sys(err, "%s", path);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	if (!ctx || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1)
		abort();
	EVP_DigestUpdate(ctx, &st.st_size, sizeof(st.st_size));
	while (!interrupted() && (at = lseek(fd, at, SEEK_DATA)) >= 0 && (n = pread(fd, buf, size, at)) > 0) {
		update_blocks(ctx, buf, (size_t)n, (uint64_t)at);
		at += n;
	}
	EVP_DigestFinal_ex(ctx, raw, &len);
	EVP_MD_CTX_free(ctx);
	if (interrupt_check(err))
		return err->code;
	if (n < 0)
		return err_sys(err, "%s", path);
	to_hex(raw, len, out);
	return 0;
}
