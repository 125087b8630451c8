/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a dynamic loader finds a library, by the rules of ld.so(8) (glibc) and of ldso/dynlink.c (musl), for a program that
 * will run on the guest's CPU and not on this one.
 *
 * glibc, for a name without '/', searches in this order: (1) unless the object that needs the library has a DT_RUNPATH, the
 * DT_RPATH of that object and of those that loaded it, up to the program; (2) LD_LIBRARY_PATH; (3) the object's own DT_RUNPATH;
 * (4) /etc/ld.so.cache; (5) the system's folders; (4) and (5) not for an object with DF_1_NODEFLIB. In each folder
 * glibc-hwcaps/x86-64-v2 is searched first, the only level that the guest's CPU has (TCG_CPU in qemu/argv.c: Nehalem). The older
 * subfolders that glibc before 2.37 searched, such as haswell or tls, are not searched. A loader outside of the system's folders
 * (Nix, a glibc in /opt) uses its own folder in place of these, and a cache in etc/ beside it.
 *
 * musl searches: (1) LD_LIBRARY_PATH; (2) the DT_RUNPATH or DT_RPATH of the object and of those that loaded it; (3) the folders
 * listed in etc/ld-musl-x86_64.path beside the loader's lib/, or, without that file, /lib:/usr/local/lib:/usr/lib. The names of
 * musl's own libraries (libc.so, libm.so, ...) mean the loader itself.
 *
 * $ORIGIN is, for the program, the folder of its real path (/proc/self/exe), and for a library the folder in which it was found,
 * links not followed; both loaders do so. $LIB and $PLATFORM exist in glibc only.
 *
 * A file for another machine or class is passed over, as by a loader. A file that is no ELF file or was cut short is an error, as
 * for a loader. An empty element of a search path is the current folder, as for glibc.
 */
#ifndef NUMARIG_KIT_ELFSEARCH_H
#define NUMARIG_KIT_ELFSEARCH_H

#include <sys/types.h>

#include "kit/elffile.h"

/* Something that is loaded: the program, its interpreter, a library. */
struct elf_object {
	char *path;   /* as the loader opens it, made absolute */
	char *origin; /* what $ORIGIN stands for in it */
	struct elf_file file;
	const struct elf_object
		*loader; /* the object that needs it; NULL for the program and its interpreter */
	dev_t dev;
	ino_t ino;
};

struct elf_rules {
	bool musl;
	const struct elf_object *program;
	const struct elf_object *interp;
	struct text cache;	 /* glibc: the bytes of ld.so.cache */
	struct strlist library;	 /* folders of LD_LIBRARY_PATH */
	struct strlist defaults; /* the system's folders */
};

/*
 * Sets up the rules of the program's interpreter and reads its cache or, for musl, its path file. The two objects are borrowed
 * and must outlive the rules.
 */
void elf_rules_init(struct elf_rules *r, const struct elf_object *program, const struct elf_object *interp);
void elf_rules_free(struct elf_rules *r);
#define auto_elf_rules __attribute__((cleanup(elf_rules_free)))

/* Opens and reads one object. An error when it can't be read; an object of ELF_TYPE_FOREIGN is none, the caller checks for it. */
int elf_object_open(struct elf_object *o, const char *path, struct err *err);
void elf_object_free(struct elf_object *o);

/* Makes a path absolute; a relative one (LD_LIBRARY_PATH=.) starts at this process's folder. malloc'ed; NULL: err is set. */
char *elf_absolute(const char *path, struct err *err);

/*
 * Finds the library `name` that the object `loader` needs, and reads it into `o`, which must be empty. 0, -ENOENT without a
 * message when it is not found, or another error with a message.
 */
int elf_search(const struct elf_rules *r, const struct elf_object *loader, const char *name,
	       struct elf_object *o, struct err *err);

#endif
