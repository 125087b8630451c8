/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads those parts of an ELF file that a dynamic loader needs before it maps anything: the kind of file, its interpreter, the
 * libraries that it needs, and where to search for them. Neither the file nor its interpreter is run.
 *
 * Source: elf(5), the System V gABI. The dynamic section and its strings are found through the program headers' mappings, as the
 * loader finds them. Section headers and the file offset of PT_DYNAMIC are not used, as they may say something else.
 *
 * The file may be hostile. Each read is checked against the file's end, and there are bounds, each with a message of its own:
 * ELF_MOST_HEADERS program headers, ELF_MOST_DYNAMIC entries, ELF_MOST_NEEDED names, a name or path of PATH_MAX bytes, a
 * search path of ELF_MOST_SEARCH bytes. So a file costs at most some 10 MiB of memory however large it is.
 *
 * Life cycle: elf_file_read() fills the struct, and may have filled a part of it when it fails; elf_file_free() frees it and may
 * be called twice.
 */
#ifndef NUMARIG_KIT_ELFFILE_H
#define NUMARIG_KIT_ELFFILE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/text.h"

#define ELF_MOST_HEADERS 1024	    /* program headers; programs have about a dozen */
#define ELF_MOST_DYNAMIC 65536	    /* entries of the dynamic section; libraries have about thirty */
#define ELF_MOST_NEEDED 1024	    /* DT_NEEDED and its kin */
#define ELF_MOST_SEARCH (64u << 10) /* bytes of a DT_RPATH or DT_RUNPATH */

enum elf_type {
	ELF_TYPE_NONE,	  /* no ELF file at all */
	ELF_TYPE_FOREIGN, /* for another machine, class or byte order; nothing else of it is read */
	ELF_TYPE_OTHER,	  /* not linked: an object file, a core dump; nothing else of it is read */
	ELF_TYPE_LINKED,  /* a program or a shared library for x86-64 */
};

struct elf_file {
	enum elf_type type;
	char *interp;		 /* PT_INTERP, an absolute path; NULL: none */
	char *soname;		 /* DT_SONAME, or NULL */
	char *rpath;		 /* DT_RPATH, or NULL; it is not used when there is a DT_RUNPATH */
	char *runpath;		 /* DT_RUNPATH, or NULL */
	struct strlist needed;	 /* DT_NEEDED and DT_FILTER (which is as necessary), in the file's order */
	struct strlist optional; /* DT_AUXILIARY: loaded when the library exists */
	bool nodeflib;		 /* DF_1_NODEFLIB: the system's own folders are not searched */
};

/*
 * Opens a regular file for reading. Returns its descriptor and fills *st. Anything else is -EISDIR ("is not a file") and is not
 * opened, since opening a device can have effects, and opening a FIFO blocks.
 */
int elf_open(const char *path, struct stat *st, struct err *err);

/*
 * Reads from an open regular file; messages begin with `path`. A file for another machine (ELF_TYPE_FOREIGN) is no error here,
 * since a loader that searches for a library passes over it; elf_foreign() sets an error for it. -ENOEXEC: the file is cut
 * short or contradicts itself. Other errors are those of reading.
 */
int elf_file_read(int fd, const char *path, struct elf_file *f, struct err *err);

/* Sets the error "PATH: is built for aarch64, the guest is x86-64" for a file of ELF_TYPE_FOREIGN. Returns -ENOEXEC. */
int elf_foreign(int fd, const char *path, struct err *err);

void elf_file_free(struct elf_file *f);
#define auto_elf_file __attribute__((cleanup(elf_file_free)))

#endif
