/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a program of the user's needs beside itself to run in the guest: its ELF interpreter and its shared
 * libraries, or for a script the programs its #! line names and what those need.
 *
 * Nothing of the user's is run for it, neither the program nor the interpreter it names: files are read, and libraries
 * looked for by the loader's rules (elffile.h, elfsearch.h). So the answer is what a loader would load on this host now,
 * under this process's LD_LIBRARY_PATH, for the guest's CPU; libraries opened with dlopen(3) (NSS, plugins) are not in it.
 */
#ifndef NUMARIG_KIT_ELFDEPS_H
#define NUMARIG_KIT_ELFDEPS_H

#include "base/err.h"
#include "base/text.h"

enum elf_kind {
	ELF_KIND_OTHER,	  /* neither of the below: text, data, an object file that is not linked */
	ELF_KIND_STATIC,  /* an x86-64 program without interpreter, static-pie included */
	ELF_KIND_DYNAMIC, /* an x86-64 program with PT_INTERP */
	ELF_KIND_SCRIPT,  /* begins with #! */
};

/*
 * Tells the kind of a file. An error (-errno) when it can't be read, is an ELF file for another machine
 * ("a.out: is built for aarch64, the guest is x86-64"), or is an ELF file cut short.
 */
int elf_kind(const char *path, enum elf_kind *kind, struct err *err);

/*
 * Appends to files the absolute host paths `program` needs, without duplicates and without the program
 * itself, in a stable order: the interpreter, then the libraries as the loader lists them (breadth first).
 * Nothing for a static program. Paths are as the loader names them, symbolic links not followed: a copy under
 * the same path in the guest is found there again, except in folders that only this host's /etc/ld.so.cache
 * knows of. For those set LD_LIBRARY_PATH in the guest.
 *
 * For a script: the program of the #! line and its closure, and for `#!/usr/bin/env NAME` the NAME found in
 * $PATH too.
 *
 * Errors: program missing, not executable, of no runnable kind, built for another machine; an interpreter that is no ELF
 * file; a library not found (names program, library and which library needs it); one that is damaged; more than 1024.
 */
int elf_closure(const char *program, struct strlist *files, struct err *err);

#endif
