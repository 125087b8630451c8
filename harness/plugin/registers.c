/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/registers.h"

#include <string.h>

static struct api_bytes *bytes;

enum { GS_BASE, K_GS_BASE, RSP, RIP, RDI, RSI, RDX, CR3, REGISTERS };
static struct qemu_plugin_register *handle[REGISTERS];

void cpu_registers(void)
{
	static const char *const names[REGISTERS] = { "gs_base", "k_gs_base", "rsp", "rip",
						      "rdi",	 "rsi",	      "rdx", "cr3" };
	struct api_array *all;

	if (bytes)
		return;
	bytes = g_byte_array_new();
	all = qemu_plugin_get_registers();
	for (unsigned i = 0; i < all->len; i++) {
		const struct api_reg *r = (const struct api_reg *)(const void *)all->data + i;

		for (unsigned k = 0; k < REGISTERS; k++)
			if (!strcmp(r->name, names[k]))
				handle[k] = r->handle;
	}
	g_array_free(all, 1);
}

static uint64_t read_register(unsigned which)
{
	uint64_t v = 0;

	g_byte_array_set_size(bytes, 0);
	if (handle[which] && qemu_plugin_read_register(handle[which], bytes) > 0)
		memcpy(&v, bytes->data, bytes->len < sizeof(v) ? bytes->len : sizeof(v));
	return v;
}

uint64_t cpu_rsp(void)
{
	return read_register(RSP);
}

uint64_t cpu_rip(void)
{
	return read_register(RIP);
}

uint64_t cpu_rdi(void)
{
	return read_register(RDI);
}

uint64_t cpu_rsi(void)
{
	return read_register(RSI);
}

uint64_t cpu_rdx(void)
{
	return read_register(RDX);
}

uint64_t cpu_cr3(void)
{
	return read_register(CR3) & 0x000ffffffffff000ull;
}

const uint8_t *cpu_memory(uint64_t at, size_t n)
{
	return qemu_plugin_read_memory_vaddr(at, bytes, n) ? bytes->data : NULL;
}

static bool is_kernel(uint64_t address)
{
	return address >> 63;
}

uint64_t cpu_base(void)
{
	uint64_t base = read_register(GS_BASE);

	if (!is_kernel(base))
		base = read_register(K_GS_BASE);
	return is_kernel(base) ? base : 0;
}
