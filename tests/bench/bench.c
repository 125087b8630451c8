/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * usage: bench [--quick] [--rounds N] [--topology T]... [--kernel K] [--out FILE]
 *
 * Measures what docs/bench.md says, in a cache folder of its own that is removed at the end: the user's
 * snapshots are neither used nor touched; kernels are those of the user's cache.
 */
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/place.h"
#include "tests/bench/bench.h"

enum { EXIT_ALL = 0, EXIT_CHECK = 1, EXIT_WORDS = 2, EXIT_ABSENT = 3 };

static const char usage[] =
	"usage: bench [--quick] [--rounds N] [--topology T]... [--kernel K] [--out FILE]\n";

static void say(const char *what)
{
	if (isatty(2))
		fprintf(stderr, "\r\033[K%s", what);
}

static void add_topology(struct bench *b, const char *name)
{
	b->topology = xrealloc(b->topology, (b->topologies + 1) * sizeof(*b->topology));
	b->topology[b->topologies++] = (struct bench_topology){ .name = name };
}

/* 0, or the exit code. */
static int options(struct bench *b, int argc, char **argv)
{
	static const struct option known[] = {
		{ "quick", no_argument, NULL, 'q' },	      { "rounds", required_argument, NULL, 'r' },
		{ "topology", required_argument, NULL, 't' }, { "kernel", required_argument, NULL, 'k' },
		{ "out", required_argument, NULL, 'o' },      { 0 },
	};
	static const char *const shapes[] = { "2node", "4node", "8node", "16node" };
	bool quick = false;
	char *end = NULL;
	int o;

	while ((o = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (o == 'q')
			quick = true;
		else if (o == 'r')
			b->rounds = (unsigned)strtoul(optarg, &end, 10);
		else if (o == 't')
			add_topology(b, optarg);
		else if (o == 'k')
			b->kernel = optarg;
		else if (o == 'o')
			b->out = optarg;
		else
			return fputs(usage, stderr), EXIT_WORDS;
	}
	if (optind < argc || (end && (*end || !b->rounds || b->rounds > 1000))) {
		fprintf(stderr,
			"bench: rounds are a number from 1 to 1000, and no other words are expected\n%s",
			usage);
		return EXIT_WORDS;
	}
	if (!b->rounds)
		b->rounds = quick ? 3 : 5;
	for (size_t i = 0; !b->topologies && i < ARRAY_SIZE(shapes); i++)
		if (!quick || !strcmp(shapes[i], "4node"))
			add_topology(b, shapes[i]);
	return 0;
}

static double load(void)
{
	double one = 0;

	return getloadavg(&one, 1) == 1 ? one : 0;
}

/* Links to the user's kernels one by one: what a run makes beside them stays in our folder. */
static int link_kernels(const struct cache *users, const char *root, struct err *err)
{
	auto_free char *from = cache_path(users, "kernels");
	auto_free char *real = realpath(from, NULL);
	auto_free char *to = xasprintf("%s/kernels", root);
	struct dirent **names;

	if (dir_make(to, err))
		return err->code;
	int n = real ? scandir(real, &names, NULL, alphasort) : -1;
	for (int i = 0; i < n; i++) {
		auto_free char *there = xasprintf("%s/%s/package", real, names[i]->d_name);
		auto_free char *here = xasprintf("%s/%s", to, names[i]->d_name);

		if (path_exists(there)) {
			*strrchr(there, '/') = 0;
			if (!err->code && symlink(there, here))
				err_sys(err, "%s", here);
		}
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return err->code;
}

/* The kernel is found (and fetched) in the user's own cache; what is measured gets a cache beside it. */
static int own_cache(struct bench *b, const struct cache *users, const char *tree, char **kernel,
		     struct err *err)
{
	auto_kernel struct kernel k = { 0 };
	auto_free char *root = xasprintf("%s/cache", b->dir);

	if (kernel_find(users, tree, b->kernel, &k, err) || link_kernels(users, root, err))
		return err->code;
	/* a stock kernel by its full name: an index that changes meanwhile must not change the guest */
	*kernel = path_exists(b->kernel) ? realpath(b->kernel, NULL)
					 : xstrdup(strstr(k.name, "-amd64") ? k.name : b->kernel);
	if (!*kernel)
		return err_sys(err, "kernel %s", b->kernel);
	b->kernel_name = xstrdup(k.release && *k.release ? k.release : k.name);
	setenv("NUMARIG_CACHE", root, 1);
	return 0;
}

static int write_json(const struct bench *b, struct err *err)
{
	auto_json json_t *j = bench_json(b);
	char *dumped = j ? json_dumps(j, JSON_INDENT(1) | JSON_SORT_KEYS | JSON_REAL_PRECISION(9)) : NULL;
	auto_text struct text t = { 0 };

	if (!dumped)
		return err_set(err, -EINVAL, "%s: the figures can't be written as JSON", b->out);
	text_printf(&t, "%s\n", dumped);
	free(dumped);
	return file_write(b->out, t.s, t.len, err);
}

/* Everything was measured, and every workload did what it should? */
static int verdict(const struct bench *b)
{
	int code = EXIT_ALL;

	for (size_t i = 0; i < b->topologies; i++) {
		const struct bench_topology *t = &b->topology[i];

		for (size_t k = 0; k < t->rows; k++)
			if (!strcmp(t->row[k].outcome, "fail") || !strcmp(t->row[k].outcome, "broken"))
				code = EXIT_CHECK;
		for (unsigned id = 0; id < FIGURES; id++)
			if (t->figure[id].absent[0])
				return EXIT_ABSENT;
	}
	return code;
}

/* A name that is none is said at once, not after an hour. */
static int check_names(const struct bench *b, const char *tree, struct err *err)
{
	auto_free char *dir = xasprintf("%s/topologies", tree);

	for (size_t i = 0; i < b->topologies; i++) {
		auto_free char *path = NULL;

		if (topo_find(dir, b->topology[i].name, &path, err))
			return err->code;
	}
	return 0;
}

static int measure_all(struct bench *b, const struct cache *users, const char *tree, struct err *err)
{
	auto_free char *kernel = NULL;
	struct qemu qemu;

	b->load_before = load();
	if (check_names(b, tree, err) || own_cache(b, users, tree, &kernel, err))
		return err->code;
	b->kernel = kernel;
	int code = qemu_find(users, &qemu, err);
	b->qemu = xstrdup(qemu.version ? qemu.version : "");
	b->qemu[strcspn(b->qemu, "\n")] = 0;
	qemu_free(&qemu);
	for (size_t i = 0; !code && i < b->topologies; i++)
		code = bench_measure(b, &b->topology[i], say, err);
	b->load_after = load();
	return code;
}

/* `run` points results/latest at its newest run: ours are gone when the bench ends, so it gets its old aim
 * back. */
static void latest_restore(const char *latest, const char *aim, ssize_t n)
{
	unlink(latest);
	if (n > 0 && symlink(aim, latest))
		fprintf(stderr, "bench: %s: %s\n", latest, strerror(errno));
}

static int bench(struct bench *b, struct err *err)
{
	auto_free char *tree = place_data(), *build = place_built();
	auto_free char *results = place_results();
	auto_free char *latest = xasprintf("%s/latest", results);
	auto_free char *out = xasprintf("%s/bench.json", results);
	auto_cache struct cache users = { 0 };
	auto_close int lock = -1;
	struct err ignored = ERR_INIT;
	char aim[4096] = "";

	b->numarig = xasprintf("%s/numarig", build);
	b->out = b->out ? b->out : out;
	if (dir_make(results, err) || cache_open(&users, err))
		return err->code;
	auto_free char *tmp = cache_path(&users, "tmp");
	if (cache_workspace(tmp, &b->dir, &lock, err))
		return err->code;
	ssize_t n = readlink(latest, aim, sizeof(aim) - 1);
	if (!measure_all(b, &users, tree, err))
		write_json(b, err);
	say("");
	latest_restore(latest, aim, n);
	dir_remove(b->dir, &ignored);
	return err->code;
}

int main(int argc, char **argv)
{
	struct bench b = { .kernel = KERNEL_DEFAULT };
	auto_text struct text table = { 0 };
	struct err err = ERR_INIT;
	time_t now = time(NULL);
	int code = options(&b, argc, argv);

	interrupt_install();
	strftime(b.utc, sizeof(b.utc), "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
	if (!code && bench(&b, &err)) {
		fprintf(stderr, "bench: %s\n", err.msg);
		code = err.code == -ENOENT || err.code == -EINVAL ? EXIT_WORDS : EXIT_ABSENT;
	} else if (!code) {
		bench_table(&b, &table);
		fputs(text_str(&table), stdout);
		code = verdict(&b);
		if (fflush(stdout) || ferror(stdout))
			code = EXIT_ABSENT;
	}
	for (size_t i = 0; i < b.topologies; i++)
		bench_topology_free(&b.topology[i]);
	free(b.topology);
	free(b.qemu);
	free(b.kernel_name);
	free(b.numarig);
	free(b.dir);
	return code;
}
