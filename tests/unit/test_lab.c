/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kit/kernel.h: the lab kernel of this tree's lab.config, and what a .config lacks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <elf.h>
#include <errno.h>

#include "base/auto.h"
#include "base/file.h"
#include "kit/kernel.h"

struct place {
	char path[64];
	struct cache cache;
};

static int setup(void **state)
{
	struct place *p = xcalloc(1, sizeof(*p));
	struct err err = ERR_INIT;

	snprintf(p->path, sizeof(p->path), "/tmp/numarig-test-lab.XXXXXX");
	*state = p;
	if (!mkdtemp(p->path))
		return -1;
	auto_free char *cache = xasprintf("%s/cache", p->path);
	return setenv("NUMARIG_CACHE", cache, 1) || cache_open(&p->cache, &err);
}

static int teardown(void **state)
{
	struct place *p = *state;
	struct err err = ERR_INIT;
	int bad = dir_remove(p->path, &err);

	cache_close(&p->cache);
	free(p);
	return bad;
}

/* Writes a file of the place, and the folders it lies in; returns its path. */
static char *put(const struct place *p, const char *name, const void *bytes, size_t n)
{
	char *path = xasprintf("%s/%s", p->path, name);
	auto_free char *dir = xasprintf("%.*s", (int)(strrchr(path, '/') - path), path);
	struct err err = ERR_INIT;

	if (dir_make(dir, &err) || file_write(path, bytes, n, &err))
		fail_msg("%s", err.msg);
	return path;
}

#define ELF_SIZE 1024

/* A vmlinux with a note of this type where PVH's would be. */
static void make_vmlinux(char *p, unsigned type)
{
	Elf64_Ehdr eh = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64 },
			  .e_type = ET_EXEC,
			  .e_machine = EM_X86_64,
			  .e_phoff = sizeof(eh),
			  .e_phentsize = sizeof(Elf64_Phdr),
			  .e_phnum = 2 };
	struct {
		Elf64_Nhdr h;
		char name[4];
		uint64_t entry;
	} note = { { .n_namesz = 4, .n_descsz = 8, .n_type = type }, "Xen", 0 };
	Elf64_Phdr ph[2] = { { .p_type = PT_NOTE, .p_offset = 256, .p_filesz = sizeof(note) },
			     { .p_type = PT_LOAD, .p_filesz = ELF_SIZE } };

	memset(p, 0, ELF_SIZE);
	memcpy(p, &eh, sizeof(eh));
	memcpy(p + sizeof(eh), ph, sizeof(ph));
	memcpy(p + 256, &note, sizeof(note));
	memcpy(p + 512, "Linux version 6.12.117-lab (numarig@lab) #1 SMP", 48);
}

#define NOT_BUILT \
	"kernel lab: is not built on this machine: `sh %s/guests/kernel/lab %s` does it, in some 5 minutes"

/* Of this tree's lab.config: one that was built from another is none. */
static void lab(void **state)
{
	static const char fragment[] = "CONFIG_CMA=y\n", other[] = "CONFIG_CMA=n\n";
	const struct place *p = *state;
	auto_kernel struct kernel k = { 0 };
	auto_free char *tree = xasprintf("%s/tree", p->path);
	struct err err = ERR_INIT;
	struct sha256 sha;
	char elf[ELF_SIZE];

	auto_free char *none = kernel_lab(&p->cache, tree);
	auto_free char *not_built = xasprintf(NOT_BUILT, tree, p->cache.root);
	assert_null(none);
	assert_int_equal(kernel_find(&p->cache, tree, "lab", &k, &err), -ENOPKG);
	assert_string_equal(err.msg, not_built);
	kernel_free(&k);
	free(put(p, "tree/guests/kernel/lab.config", fragment, sizeof(fragment) - 1));
	sha256_bytes(fragment, sizeof(fragment) - 1, &sha);
	auto_free char *dir = kernel_lab(&p->cache, tree),
		       *want = xasprintf("%s/kernels/lab-%.16s", p->cache.root, sha.hex);
	assert_string_equal(dir, want);
	assert_int_equal(kernel_find(&p->cache, tree, "lab", &k, &err), -ENOPKG);
	assert_string_equal(err.msg, not_built);
	kernel_free(&k);
	/* a folder that is not whole */
	auto_free char *at = xasprintf("cache/kernels/lab-%.16s", sha.hex),
		       *package = xasprintf("%s/package", at), *vmlinux = xasprintf("%s/vmlinux", at),
		       *config = xasprintf("%s/config", at);
	free(put(p, config, fragment, sizeof(fragment) - 1));
	assert_int_equal(kernel_find(&p->cache, tree, "lab", &k, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "kernel lab: "));
	assert_non_null(strstr(err.msg, "/package: No such file or directory"));
	kernel_free(&k);
	free(put(p, package, "linux-source-6.12 6.12.117-1 sha\n", 33));
	assert_int_equal(kernel_find(&p->cache, tree, "lab", &k, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "/vmlinux: No such file or directory"));
	kernel_free(&k);
	make_vmlinux(elf, 17);
	free(put(p, vmlinux, elf, sizeof(elf)));
	assert_int_equal(kernel_find(&p->cache, tree, "lab", &k, &err), -ENOEXEC);
	assert_non_null(strstr(err.msg, "has no PVH entry"));
	kernel_free(&k);
	make_vmlinux(elf, 18);
	free(put(p, vmlinux, elf, sizeof(elf)));
	if (kernel_find(&p->cache, tree, "lab", &k, &err))
		fail_msg("%s", err.msg);
	assert_string_equal(k.name, "lab");
	assert_string_equal(k.release, "6.12.117-lab");
	assert_string_equal(k.package, "linux-source-6.12 6.12.117-1 sha");
	assert_true(k.elf && !k.boot_image);
	assert_non_null(strstr(k.config, "/config"));
	kernel_free(&k);
	free(put(p, "tree/guests/kernel/lab.config", other, sizeof(other) - 1));
	assert_int_equal(kernel_find(&p->cache, tree, "lab", &k, &err), -ENOPKG);
}

/* Those asked for, once each; a name that only begins or ends so is another; without a .config nothing is known. */
static void lacks(void **state)
{
	static const char text[] =
		"CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_BB=m\nXCONFIG_C=y\nCONFIG_D=m\n";
	const struct place *p = *state;
	auto_strlist struct strlist out = { 0 };
	auto_free char *config = put(p, "config", text, strlen(text)), *none = xasprintf("%s/none", p->path),
		       *want = xasprintf("kernel mine: %s: No such file or directory", none);
	struct kernel k = { .asked = (char *)(uintptr_t) "mine" };
	struct err err = ERR_INIT;

	assert_int_equal(kernel_lacks(&k, "CONFIG_B", &out, &err), 0);
	assert_int_equal(out.n, 0);
	k.config = config;
	assert_int_equal(kernel_lacks(&k, NULL, &out, &err), 0);
	assert_int_equal(kernel_lacks(&k, "", &out, &err), 0);
	assert_int_equal(kernel_lacks(&k, "CONFIG_A CONFIG_D CONFIG_BB", &out, &err), 0);
	assert_int_equal(out.n, 0);
	assert_int_equal(kernel_lacks(&k, "CONFIG_B  CONFIG_A CONFIG_C", &out, &err), 0);
	assert_int_equal(kernel_lacks(&k, "CONFIG_C CONFIG_B CONFIG_E", &out, &err), 0);
	assert_int_equal(out.n, 3);
	assert_string_equal(out.v[0], "CONFIG_B");
	assert_string_equal(out.v[1], "CONFIG_C");
	assert_string_equal(out.v[2], "CONFIG_E");
	k.config = none;
	assert_int_equal(kernel_lacks(&k, "CONFIG_A", &out, &err), -ENOENT);
	assert_string_equal(err.msg, want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lab, setup, teardown),
		cmocka_unit_test_setup_teardown(lacks, setup, teardown),
	};

	return cmocka_run_group_tests_name("lab", tests, NULL, NULL);
}
