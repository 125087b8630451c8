/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One ELF file, as far as a dynamic loader reads it before it maps anything: what it is, its interpreter, what it needs
 * and where that is to be looked for. It is only read: neither it nor its interpreter is run.
 *
 * Source: elf(5), the System V gABI. What the loader sees through its mappings (the dynamic section, its strings) is found
 * through the same mappings here, so that a file whose section headers or PT_DYNAMIC offset say otherwise is read as the
 * loader would read it. Section headers are never looked at.
 *
 * The file may be hostile. Each read is checked against the file's end, and there are bounds, each with a message of its own:
 * ELF_MOST_HEADERS program headers, ELF_MOST_DYNAMIC entries, ELF_MOST_NEEDED names, a name or path of PATH_MAX bytes, a
 * search path of ELF_MOST_SEARCH bytes. So a file costs at most some 10 MiB of memory however large it is.
 *
 * Life cycle: elf_file_read fills (also after an error something may be in it), elf_file_free empties; may be called again.
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
	char *interp;  /* PT_INTERP, an absolute path; NULL: none */
	char *soname;  /* DT_SONAME, or NULL */
	char *rpath;   /* DT_RPATH, or NULL; also when there is a DT_RUNPATH, which takes it out of use */
	char *runpath; /* DT_RUNPATH, or NULL */
	struct strlist
		needed; /* DT_NEEDED in the file's order, DT_FILTER among them, which is as necessary */
	struct strlist optional; /* DT_AUXILIARY: loaded when it is there */
	bool nodeflib;		 /* DF_1_NODEFLIB: not to be looked for in the system's own folders */
};

/*
 * Opens a regular file for reading: its descriptor, and in *st what it is. Anything else is -EISDIR ("is not a file") and is
 * not even opened: devices do things when they are, and a FIFO waits.
 */
int elf_open(const char *path, struct stat *st, struct err *err);

/*
 * Reads it from an open regular file; `path` is for messages only, and each begins with it. A file that is FOREIGN is no
 * error here, since a loader that looks for a library passes over one; elf_foreign makes the message. Errors: -ENOEXEC,
 * the file is cut short or makes no sense; else that of reading.
 */
int elf_file_read(int fd, const char *path, struct elf_file *f, struct err *err);

/* Sets "PATH: is built for aarch64, the guest is x86-64" for a file that was FOREIGN; -ENOEXEC. */
int elf_foreign(int fd, const char *path, struct err *err);

void elf_file_free(struct elf_file *f);
#define auto_elf_file __attribute__((cleanup(elf_file_free)))

#endif
