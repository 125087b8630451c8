/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the files that a program of the user needs in the guest: its ELF interpreter and its shared libraries; for a script, the
 * programs that its #! line names and the files that those need.
 *
 * Neither the program nor its interpreter is run for this: files are read, and libraries are searched for by the loader's
 * rules (elffile.h, elfsearch.h). The result is what a loader would load now on this host, with this process's LD_LIBRARY_PATH,
 * for the guest's CPU. Libraries that are opened with dlopen(3) (NSS, plugins) are not found.
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
 * Finds out the kind of a file. An error when it can't be read, is an ELF file for another machine ("a.out: is built for
 * aarch64, the guest is x86-64"), or is an ELF file that was cut short.
 */
int elf_kind(const char *path, enum elf_kind *kind, struct err *err);

/*
 * Appends to `files` the absolute paths on this host that `program` needs, without the program itself and without duplicates, in
 * a stable order: the interpreter, then the libraries as the loader lists them (breadth first). Nothing is appended for a static
 * program. Paths are as the loader opens them, symbolic links not followed: so a copy at the same path in the guest is found
 * there, too, except in folders that only this host's /etc/ld.so.cache names. For those, set LD_LIBRARY_PATH in the guest.
 *
 * For a script: the program of the #! line and its closure, and for `#!/usr/bin/env NAME` the NAME found in
 * $PATH too.
 *
 * Errors: the program is missing, not executable, of no kind that can run, or built for another machine; its interpreter is no
 * ELF file; a library is not found (the message names program, library and the object that needs it) or damaged; there are more
 * than 1024 libraries.
 */
int elf_closure(const char *program, struct strlist *files, struct err *err);

#endif
