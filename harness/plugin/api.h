/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of QEMU's plugin interface, version 4 (QEMU 9.2 and 10.0), and of QEMU's GLib that the plugin uses. Distributions ship
 * no qemu-plugin.h; this was written from QEMU's documentation (docs/devel/tcg-plugins.rst, "Plugin API").
 */
#ifndef NUMARIG_PLUGIN_API_H
#define NUMARIG_PLUGIN_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define API_VERSION 4

enum { CB_NO_REGS, CB_R_REGS };
enum { MEM_R = 1, MEM_W = 2 };

struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_plugin_hwaddr;
struct qemu_plugin_register;

struct api_bytes { /* GByteArray */
	uint8_t *data;
	unsigned len;
};

struct api_array { /* GArray */
	char *data;
	unsigned len;
};

struct api_reg { /* qemu_plugin_reg_descriptor */
	struct qemu_plugin_register *handle;
	const char *name, *feature;
};

extern struct api_bytes *g_byte_array_new(void);
extern struct api_bytes *g_byte_array_set_size(struct api_bytes *, unsigned);
extern char *g_array_free(struct api_array *, int);

extern struct api_array *qemu_plugin_get_registers(void);
extern int qemu_plugin_read_register(struct qemu_plugin_register *, struct api_bytes *);
extern bool qemu_plugin_read_memory_vaddr(uint64_t, struct api_bytes *, size_t);
extern void qemu_plugin_register_vcpu_init_cb(uint64_t, void (*)(uint64_t, unsigned));
extern void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t, void (*)(uint64_t, struct qemu_plugin_tb *));
extern void qemu_plugin_register_flush_cb(uint64_t, void (*)(uint64_t));
extern void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *, void (*)(unsigned, void *), int,
						 void *);
extern void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *, void (*)(unsigned, void *), int,
						   void *);
extern void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *,
					     void (*)(unsigned, uint32_t, uint64_t, void *), int, int,
					     void *);
extern uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
extern size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *, void *, size_t);
extern size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *);
extern uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
extern void *qemu_plugin_insn_haddr(const struct qemu_plugin_insn *);
extern unsigned qemu_plugin_mem_size_shift(uint32_t);
extern struct qemu_plugin_hwaddr *qemu_plugin_get_hwaddr(uint32_t, uint64_t);
extern uint64_t qemu_plugin_hwaddr_phys_addr(const struct qemu_plugin_hwaddr *);

#endif
