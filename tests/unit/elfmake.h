/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes small ELF files for tests of what a loader reads: one PT_LOAD over the whole file, a dynamic section, its strings,
 * and an interpreter when there is one. Nothing in them can be run.
 */
#ifndef TEST_ELFMAKE_H
#define TEST_ELFMAKE_H

#include <elf.h>
#include <string.h>

#include "base/auto.h"
#include "base/text.h"

#define ELFMAKE_BASE 0x400000u /* so that an address is no offset */

struct elfmake {
	const char *interp, *soname, *rpath, *runpath, *auxiliary;
	const char *needed[4]; /* ended by NULL */
	unsigned flags_1;
	unsigned char class; /* 0: ELFCLASS64 */
	Elf64_Half machine;  /* 0: EM_X86_64 */
};

static inline void elfmake_entry(Elf64_Dyn *d, unsigned *n, Elf64_Sxword tag, uint64_t value)
{
	d[*n].d_tag = tag;
	d[(*n)++].d_un.d_val = value;
}

static inline void elfmake_string(struct text *strings, Elf64_Dyn *d, unsigned *n, Elf64_Sxword tag,
				  const char *s)
{
	if (!s)
		return;
	elfmake_entry(d, n, tag, strings->len);
	text_add(strings, s, strlen(s) + 1);
}

static inline void elfmake(const struct elfmake *m, struct text *out)
{
	Elf64_Phdr ph[3] = { { .p_type = PT_LOAD, .p_vaddr = ELFMAKE_BASE }, { .p_type = PT_DYNAMIC } };
	auto_text struct text strings = { 0 };
	Elf64_Dyn d[16] = { 0 };
	unsigned n = 0;

	text_add(&strings, "", 1);
	for (unsigned i = 0; i < ARRAY_SIZE(m->needed) && m->needed[i]; i++)
		elfmake_string(&strings, d, &n, DT_NEEDED, m->needed[i]);
	elfmake_string(&strings, d, &n, DT_AUXILIARY, m->auxiliary);
	elfmake_string(&strings, d, &n, DT_SONAME, m->soname);
	elfmake_string(&strings, d, &n, DT_RPATH, m->rpath);
	elfmake_string(&strings, d, &n, DT_RUNPATH, m->runpath);
	elfmake_entry(d, &n, DT_FLAGS_1, m->flags_1);
	elfmake_entry(d, &n, DT_STRTAB, ELFMAKE_BASE + sizeof(Elf64_Ehdr) + sizeof(ph) + sizeof(d));
	elfmake_entry(d, &n, DT_STRSZ, strings.len);
	Elf64_Ehdr eh = { .e_ident = { 0x7f, 'E', 'L', 'F', m->class ? m->class : ELFCLASS64, ELFDATA2LSB,
				       EV_CURRENT },
			  .e_type = ET_DYN,
			  .e_machine = m->machine ? m->machine : EM_X86_64,
			  .e_phoff = sizeof(eh),
			  .e_phentsize = sizeof(ph[0]),
			  .e_phnum = m->interp ? 3 : 2 };
	ph[1].p_offset = sizeof(eh) + sizeof(ph);
	ph[1].p_vaddr = ELFMAKE_BASE + ph[1].p_offset;
	ph[1].p_filesz = sizeof(d);
	ph[2].p_type = m->interp ? PT_INTERP : PT_NULL;
	ph[2].p_offset = ph[1].p_offset + sizeof(d) + strings.len;
	ph[2].p_filesz = m->interp ? strlen(m->interp) + 1 : 0;
	ph[0].p_filesz = ph[2].p_offset + ph[2].p_filesz;
	text_free(out);
	text_add(out, &eh, sizeof(eh));
	text_add(out, ph, sizeof(ph));
	text_add(out, d, sizeof(d));
	text_add(out, strings.s, strings.len);
	text_add(out, m->interp ? m->interp : "", ph[2].p_filesz);
}

#endif
