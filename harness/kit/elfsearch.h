/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a dynamic loader finds a library, by the rules of ld.so(8) (glibc) and of ldso/dynlink.c (musl), for a program that
 * will run on the guest's CPU and not on this one.
 *
 * glibc, for a name without '/': the DT_RPATH of the object that needs it and of those that brought that one in, up to the
 * program, unless the object has a DT_RUNPATH; LD_LIBRARY_PATH; the object's own DT_RUNPATH; /etc/ld.so.cache; the system's
 * folders, these two not for an object marked DF_1_NODEFLIB. In each folder glibc-hwcaps/x86-64-v2 goes first, the one level
 * that the guest's CPU (TCG_CPU in qemu/argv.c: Nehalem) has; what glibc before 2.37 looked for besides, folders such as
 * haswell or tls, is not looked for. A loader that is not in one of the system's folders (Nix, a glibc in /opt) has its own
 * folder for these, and a cache in etc/ beside it.
 *
 * musl: LD_LIBRARY_PATH; the DT_RUNPATH or DT_RPATH of the object and of those that brought it in; then what
 * etc/ld-musl-x86_64.path beside the loader's lib/ names, else /lib:/usr/local/lib:/usr/lib. Names of musl itself (libc.so,
 * libm.so, ...) are the loader's.
 *
 * $ORIGIN is the folder of the program's real path (the kernel's /proc/self/exe), and for a library the folder it was found
 * in, links not followed: that is what both loaders take. $LIB and $PLATFORM are glibc's only.
 *
 * A file of another machine or class is passed over, as a loader does. What is no ELF file, or cut short, is an error:
 * there a loader gives up, too. Empty elements mean the current folder, as for glibc's loader.
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
	const struct elf_object *loader; /* what brought it in; NULL: the program, its interpreter */
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

/* The rules of the program's interpreter; both are the caller's and stay. Reads the cache or musl's path file. */
void elf_rules_init(struct elf_rules *r, const struct elf_object *program, const struct elf_object *interp);
void elf_rules_free(struct elf_rules *r);
#define auto_elf_rules __attribute__((cleanup(elf_rules_free)))

/* Opens and reads one object. -ENOENT and the like when it can't be opened; FOREIGN is for the caller to see. */
int elf_object_open(struct elf_object *o, const char *path, struct err *err);
void elf_object_free(struct elf_object *o);

/* A relative path (LD_LIBRARY_PATH=.) is one from here, as for a loader that runs here. malloc'ed; NULL: err is set. */
char *elf_absolute(const char *path, struct err *err);

/*
 * Finds what `loader` needs under `name` and reads it into `o` (empty before). 0; -ENOENT without a message when it is
 * nowhere; another error with one.
 */
int elf_search(const struct elf_rules *r, const struct elf_object *loader, const char *name,
	       struct elf_object *o, struct err *err);

#endif
