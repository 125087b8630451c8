/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kit/elffile.h"

#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"

/* What a reader of one file carries along. */
struct reader {
	int fd;
	const char *path;
	Elf64_Phdr *ph;
	unsigned headers;
	uint64_t strings, strings_end; /* addresses, of DT_STRTAB */
};

static const struct {
	unsigned machine;
	const char *name;
} machines[] = {
	{ EM_X86_64, "x32 (x86-64 with 32-bit pointers)" }, /* only asked for when the class is 32 */
	{ EM_386, "i386" },
	{ EM_AARCH64, "aarch64" },
	{ EM_ARM, "arm" },
	{ EM_RISCV, "riscv" },
	{ EM_PPC64, "ppc64" },
	{ EM_PPC, "ppc" },
	{ EM_S390, "s390" },
	{ EM_MIPS, "mips" },
	{ EM_SPARCV9, "sparc64" },
	{ EM_IA_64, "ia64" },
	{ EM_LOONGARCH, "loongarch" },
};

void elf_file_free(struct elf_file *f)
{
	free(f->interp);
	free(f->soname);
	free(f->rpath);
	free(f->runpath);
	strlist_free(&f->needed);
	strlist_free(&f->optional);
	*f = (struct elf_file){ 0 };
}

static int read_at(const struct reader *r, void *buf, size_t n, uint64_t at, struct err *err)
{
	ssize_t got = at > INT64_MAX - n ? 0 : pread(r->fd, buf, n, (off_t)at);

	if (got < 0)
		return err_sys(err, "%s", r->path);
	if ((size_t)got != n)
		return err_set(err, -ENOEXEC, "%s: is an ELF file cut short: nothing at byte %llu", r->path,
			       (unsigned long long)at);
	return 0;
}

/* Where the file holds what the loader maps at an address, and how much of it from there on; 0: nowhere. */
static uint64_t mapped(const struct reader *r, uint64_t address, uint64_t *at)
{
	/* a later segment is mapped over an earlier one */
	for (unsigned i = r->headers; i-- > 0;) {
		const Elf64_Phdr *ph = &r->ph[i];

		if (ph->p_type != PT_LOAD || address < ph->p_vaddr || address - ph->p_vaddr >= ph->p_filesz ||
		    __builtin_add_overflow(ph->p_offset, address - ph->p_vaddr, at))
			continue;
		return ph->p_filesz - (address - ph->p_vaddr);
	}
	return 0;
}

static int read_interp(const struct reader *r, const Elf64_Phdr *ph, struct elf_file *f, struct err *err)
{
	if (ph->p_filesz < 2 || ph->p_filesz > PATH_MAX)
		return err_set(err, -ENOEXEC,
			       "%s: the name of its interpreter is %llu bytes long; 2 to %d are right",
			       r->path, (unsigned long long)ph->p_filesz, PATH_MAX);
	f->interp = xcalloc(1, ph->p_filesz + 1);
	if (read_at(r, f->interp, ph->p_filesz, ph->p_offset, err))
		return err->code;
	if (f->interp[ph->p_filesz - 1] || f->interp[0] != '/')
		return err_set(err, -ENOEXEC,
			       "%s: the name of its interpreter is not an absolute path ended by 0", r->path);
	return 0;
}

/* One string of DT_STRTAB, of at most `most` bytes. `what` names it in a message. */
static int read_string(const struct reader *r, const Elf64_Dyn *d, size_t most, const char *what, char **out,
		       struct err *err)
{
	char piece[512];
	uint64_t address, at, left;
	auto_text struct text t = { 0 };

	if (__builtin_add_overflow(r->strings, d->d_un.d_val, &address) || address >= r->strings_end)
		return err_set(err, -ENOEXEC, "%s: its %s is behind the end of its string table", r->path,
			       what);
	left = mapped(r, address, &at);
	left = left < r->strings_end - address ? left : r->strings_end - address;
	while (left) {
		size_t n = left < sizeof(piece) ? left : sizeof(piece);

		if (read_at(r, piece, n, at, err))
			return err->code;
		size_t len = strnlen(piece, n);
		text_add(&t, piece, len);
		if (t.len >= most)
			return err_set(err, -ENOEXEC, "%s: its %s is longer than %zu bytes", r->path, what,
				       most - 1);
		if (len < n) {
			free(*out);
			*out = xstrdup(text_str(&t));
			return 0;
		}
		left -= n;
		at += n;
	}
	return err_set(err, -ENOEXEC, "%s: its %s is not ended by 0 in its string table", r->path, what);
}

static int read_name(const struct reader *r, const Elf64_Dyn *d, const char *what, struct strlist *names,
		     struct err *err)
{
	auto_free char *name = NULL;

	if (names->n == ELF_MOST_NEEDED)
		return err_set(err, -ENOEXEC, "%s: needs more than %d libraries", r->path, ELF_MOST_NEEDED);
	if (read_string(r, d, PATH_MAX, what, &name, err))
		return err->code;
	if (!*name)
		return err_set(err, -ENOEXEC, "%s: its %s is empty", r->path, what);
	strlist_add(names, "%s", name);
	return 0;
}

static int read_entry(const struct reader *r, const Elf64_Dyn *d, struct elf_file *f, struct err *err)
{
	switch (d->d_tag) {
	case DT_NEEDED:
		return read_name(r, d, "DT_NEEDED", &f->needed, err);
	case DT_FILTER:
		return read_name(r, d, "DT_FILTER", &f->needed, err);
	case DT_AUXILIARY:
		return read_name(r, d, "DT_AUXILIARY", &f->optional, err);
	case DT_SONAME:
		return read_string(r, d, PATH_MAX, "DT_SONAME", &f->soname, err);
	case DT_RPATH:
		return read_string(r, d, ELF_MOST_SEARCH, "DT_RPATH", &f->rpath, err);
	case DT_RUNPATH:
		return read_string(r, d, ELF_MOST_SEARCH, "DT_RUNPATH", &f->runpath, err);
	case DT_FLAGS_1:
		f->nodeflib = d->d_un.d_val & DF_1_NODEFLIB;
		return 0;
	default:
		return 0;
	}
}

/* The string table's bounds, and how many entries there are before the one that ends them. */
static size_t survey(struct reader *r, const Elf64_Dyn *d, size_t n)
{
	uint64_t size = 0;
	size_t i;

	for (i = 0; i < n && d[i].d_tag != DT_NULL; i++) {
		if (d[i].d_tag == DT_STRTAB)
			r->strings = d[i].d_un.d_ptr;
		if (d[i].d_tag == DT_STRSZ)
			size = d[i].d_un.d_val;
	}
	if (__builtin_add_overflow(r->strings, size, &r->strings_end))
		r->strings_end = UINT64_MAX;
	return i;
}

static int read_dynamic(struct reader *r, const Elf64_Phdr *ph, struct elf_file *f, struct err *err)
{
	auto_free Elf64_Dyn *d = NULL;
	uint64_t at, left = mapped(r, ph->p_vaddr, &at);
	size_t n = (size_t)(left < ph->p_filesz ? left : ph->p_filesz) / sizeof(*d);

	if (!n)
		return err_set(err, -ENOEXEC, "%s: its dynamic section lies in none of its segments",
			       r->path);
	if (n > ELF_MOST_DYNAMIC)
		return err_set(err, -ENOEXEC, "%s: its dynamic section has %zu entries; at most %d are right",
			       r->path, n, ELF_MOST_DYNAMIC);
	d = xcalloc(n, sizeof(*d));
	if (read_at(r, d, n * sizeof(*d), at, err))
		return err->code;
	n = survey(r, d, n);
	for (size_t i = 0; i < n; i++)
		if (read_entry(r, &d[i], f, err))
			return err->code;
	return 0;
}

static int read_headers(struct reader *r, const Elf64_Ehdr *eh, struct elf_file *f, struct err *err)
{
	const Elf64_Phdr *dynamic = NULL;

	if (eh->e_phentsize != sizeof(*r->ph) || !eh->e_phnum || eh->e_phnum > ELF_MOST_HEADERS)
		return err_set(err, -ENOEXEC,
			       "%s: has %u program headers of %u bytes; 1 to %d of %zu bytes are right",
			       r->path, eh->e_phnum, eh->e_phentsize, ELF_MOST_HEADERS, sizeof(*r->ph));
	r->ph = xcalloc(eh->e_phnum, sizeof(*r->ph));
	r->headers = eh->e_phnum;
	if (read_at(r, r->ph, r->headers * sizeof(*r->ph), eh->e_phoff, err))
		return err->code;
	for (unsigned i = 0; i < r->headers; i++) {
		if (r->ph[i].p_type == PT_DYNAMIC)
			dynamic = &r->ph[i]; /* glibc takes the last */
		if (r->ph[i].p_type == PT_INTERP && !f->interp && read_interp(r, &r->ph[i], f, err))
			return err->code; /* the kernel takes the first */
	}
	return dynamic ? read_dynamic(r, dynamic, f, err) : 0;
}

/* Machine and class have the same place in both classes. */
static int read_ident(const struct reader *r, Elf64_Ehdr *eh, unsigned *machine, bool *foreign,
		      struct err *err)
{
	*machine = EM_NONE;
	*foreign = true;
	if (read_at(r, eh, offsetof(Elf64_Ehdr, e_version), 0, err))
		return err->code;
	bool swapped = eh->e_ident[EI_DATA] == ELFDATA2MSB;
	*machine = swapped ? be16toh(eh->e_machine) : eh->e_machine;
	*foreign = swapped || eh->e_ident[EI_CLASS] != ELFCLASS64 || *machine != EM_X86_64;
	return 0;
}

int elf_foreign(int fd, const char *path, struct err *err)
{
	struct reader r = { .fd = fd, .path = path };
	unsigned machine;
	Elf64_Ehdr eh;
	bool foreign;

	if (read_ident(&r, &eh, &machine, &foreign, err))
		return err->code;
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++)
		if (machines[i].machine == machine)
			return err_set(err, -ENOEXEC, "%s: is built for %s, the guest is x86-64", path,
				       machines[i].name);
	return err_set(err, -ENOEXEC, "%s: is built for ELF machine %u, the guest is x86-64", path, machine);
}

int elf_open(const char *path, struct stat *st, struct err *err)
{
	if (stat(path, st))
		return err_sys(err, "%s", path);
	if (S_ISREG(st->st_mode)) {
		/* for the case that it has become something else: not to hang on it */
		auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

		if (fd < 0 || fstat(fd, st))
			return err_sys(err, "%s", path);
		if (S_ISREG(st->st_mode))
			return take_fd(&fd);
	}
	return err_set(err, -EISDIR, "%s: is not a file", path);
}

int elf_file_read(int fd, const char *path, struct elf_file *f, struct err *err)
{
	struct reader r = { .fd = fd, .path = path };
	char magic[SELFMAG];
	unsigned machine;
	Elf64_Ehdr eh;
	bool foreign;

	*f = (struct elf_file){ 0 };
	ssize_t n = pread(fd, magic, sizeof(magic), 0);
	if (n < 0)
		return err_sys(err, "%s", path);
	if (n < SELFMAG || memcmp(magic, ELFMAG, SELFMAG) != 0)
		return 0;
	if (read_ident(&r, &eh, &machine, &foreign, err))
		return err->code;
	f->type = foreign ? ELF_TYPE_FOREIGN : ELF_TYPE_OTHER;
	if (foreign || (eh.e_type != ET_EXEC && eh.e_type != ET_DYN))
		return 0;
	f->type = ELF_TYPE_LINKED;
	if (read_at(&r, &eh, sizeof(eh), 0, err))
		return err->code;
	int bad = read_headers(&r, &eh, f, err);
	free(r.ph);
	return bad;
}
