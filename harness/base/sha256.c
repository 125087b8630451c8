/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/auto.h"
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
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t size = 1 << 18;
	auto_free char *buf = xcalloc(1, size);
	unsigned char raw[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	EVP_MD_CTX *ctx;
	ssize_t n;

	if (fd < 0)
		return err_sys(err, "%s", path);
	ctx = EVP_MD_CTX_new();
	if (!ctx || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1)
		abort();
	while ((n = read(fd, buf, size)) > 0 || (n < 0 && errno == EINTR))
		if (n > 0)
			EVP_DigestUpdate(ctx, buf, (size_t)n);
	EVP_DigestFinal_ex(ctx, raw, &len);
	EVP_MD_CTX_free(ctx);
	if (n < 0)
		return err_sys(err, "%s", path);
	to_hex(raw, len, out);
	return 0;
}
