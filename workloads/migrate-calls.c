/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What move_pages(2), migrate_pages(2) and mbind(2) answer. Each page of move_pages(2) has a status of its own, and
 * trouble with one is no error of the call (mm/migrate.c, do_pages_move: "not fatal"), unless it shows while pages are
 * being moved: then the call returns how many have stayed and writes no status for any of that lot, moved or not
 * (move_pages_and_store_status). Masks: the kernel reads maxnode - 1 bits (mm/mempolicy.c, get_nodes).
 */
#include <errno.h>
#include <fcntl.h>
#include <numaif.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "workloads/lib/judge.h"
#include "workloads/lib/pair.h"

#define PAGES 16
#define HELD 4
#define UNWRITTEN (-777)

struct calls {
	struct wl *w;
	bool well;
	int near, far;
};

static char *area_on(struct calls *c, int nid, size_t pages)
{
	char *area = wl_map(c->w, PAGES * PAGE);
	struct idset one = wl_one(nid);

	wl_mbind(c->w, area, PAGES * PAGE, MPOL_BIND, &one, 0);
	wl_touch(area, pages * PAGE, 1);
	wl_mbind(c->w, area, PAGES * PAGE, MPOL_DEFAULT, NULL, 0);
	return area;
}

static void read_byte(const char *p)
{
	char byte = *(const volatile char *)p;
	(void)byte;
}

static int move_one(void *p, int to, int flags, int *status)
{
	*status = UNWRITTEN;
	return move_pages(0, 1, &p, &to, status, flags) < 0 ? errno : 0;
}

static void status_of(struct calls *c, const char *metric, void *p, int to, int flags)
{
	int status;

	if (move_one(p, to, flags, &status))
		status = UNWRITTEN;
	wl_value(c->w, metric, -1, status);
}

/* One page of each kind; -errno or the node it is on. */
static void statuses(struct calls *c)
{
	char *area = area_on(c, c->near, c->well ? PAGES : 1), *there = area_on(c, c->far, 1), *shared;
	char *vdso = (char *)getauxval(AT_SYSINFO_EHDR); /* mapped, and not the LRU lists' to give away */
	struct pair pair;
	int at = -1;

	status_of(c, "ok", area, c->far, MPOL_MF_MOVE);
	status_of(c, "there", there, c->far, MPOL_MF_MOVE);
	status_of(c, "untouched", area + PAGE, c->far, MPOL_MF_MOVE);
	read_byte(area + 2 * PAGE); /* maps the zero page */
	status_of(c, "zero_page", area + 2 * PAGE, c->far, MPOL_MF_MOVE);
	if (!c->well)
		munmap(area + 3 * PAGE, PAGE);
	status_of(c, "unmapped", area + 3 * PAGE, c->far, MPOL_MF_MOVE);
	read_byte(vdso);
	wl_page_nodes(c->w, vdso, 1, &at);
	status_of(c, "kernels", c->well ? area + PAGE : vdso, at == c->far ? c->near : c->far,
		  MPOL_MF_MOVE_ALL);
	shared = area_on(c, c->near, 1);
	if (pair_fork(c->w, &pair))
		_exit(0);
	status_of(c, "shared", shared, c->far, c->well ? MPOL_MF_MOVE_ALL : MPOL_MF_MOVE);
	pair_end(c->w, &pair);
}

/* Pages that a pipe refers to can't be moved: the count, no status, and the rest has moved. */
static void held(struct calls *c)
{
	char *area = area_on(c, c->near, PAGES);
	struct iovec first = { area, HELD * PAGE };
	int node[PAGES], status[PAGES], fd[2];
	int64_t written = 0;
	void *at[PAGES];
	long r;

	if (pipe(fd) || (!c->well && vmsplice(fd[1], &first, 1, 0) != HELD * PAGE))
		wl_broken(c->w, "a pipe does not take %d pages", HELD);
	for (unsigned i = 0; i < PAGES; i++) {
		at[i] = area + i * PAGE;
		node[i] = c->far;
		status[i] = UNWRITTEN;
	}
	wl_phase(c->w, "held");
	r = move_pages(0, PAGES, at, node, status, MPOL_MF_MOVE);
	wl_phase(c->w, "moved");
	for (unsigned i = 0; i < PAGES; i++)
		written += status[i] != UNWRITTEN;
	wl_value(c->w, "held_returned", -1, r);
	wl_value(c->w, "held_written", -1, written);
	wl_place(c->w, "held", area, PAGES * PAGE);
	close(fd[0]);
	close(fd[1]);
}

static int error_of(long r)
{
	return r < 0 ? errno : 0;
}

static void errors(struct calls *c)
{
	unsigned long none[16] = { 0 }, far[16] = { 0 }, most = (unsigned long)c->far;
	char *area = area_on(c, c->near, PAGES);
	int nowhere = c->well ? c->far : 1023, pid = c->well ? 0 : 1 << 22, status;
	void *p = area;

	far[most / 64] |= 1ul << (most % 64);
	wl_value(c->w, "no_node", -1, move_one(area, nowhere, MPOL_MF_MOVE, &status));
	wl_value(c->w, "no_flag", -1, move_one(area, c->far, c->well ? 0 : 1 << 5, &status));
	wl_value(c->w, "no_task", -1, error_of(move_pages(pid, 1, &p, NULL, &status, 0)));
	wl_value(c->w, "no_target", -1, error_of(migrate_pages(0, 1024, far, c->well ? far : none)));
	wl_value(c->w, "unaligned", -1, error_of(mbind(area + !c->well, PAGE, MPOL_BIND, far, 1024, 0)));
	wl_value(c->w, "no_bits", -1, error_of(mbind(area, PAGE, MPOL_BIND, c->well ? far : none, 1024, 0)));
	wl_value(c->w, "default_bits", -1,
		 error_of(mbind(area, PAGE, MPOL_DEFAULT, c->well ? NULL : far, c->well ? 0 : 1024, 0)));
	wl_value(c->w, "bits_short", -1, error_of(mbind(area, PAGE, MPOL_BIND, far, most + 1 + c->well, 0)));
	wl_value(c->w, "bits_enough", -1, error_of(mbind(area, PAGE, MPOL_BIND, far, most + 2, 0)));
	wl_mbind(c->w, area, PAGE, MPOL_DEFAULT, NULL, 0);
	wl_value(c->w, "strict", -1,
		 error_of(mbind(area, PAGES * PAGE, MPOL_BIND, far, 1024,
				c->well ? MPOL_MF_MOVE : MPOL_MF_STRICT)));
	wl_place(c->w, "strict_pages", area, PAGES * PAGE);
}

/* {0, 1} to {1, 2}: what was on the first goes to the first, though the second is on its way there as well. */
static void order(struct calls *c)
{
	int nid[3] = { wl_nth(&c->w->mem_nodes, 0), wl_nth(&c->w->mem_nodes, 1),
		       wl_nth(&c->w->mem_nodes, 2) };
	struct idset from = wl_one(nid[0]), to = wl_one(nid[1]);
	char *first, *second;

	if (nid[2] < 0)
		return;
	first = area_on(c, nid[c->well], PAGES);
	second = area_on(c, nid[!c->well], PAGES);
	idset_add(&from, (unsigned)nid[1]);
	idset_add(&to, (unsigned)nid[2]);
	if (migrate_pages(0, IDSET_MAX + 1, (unsigned long *)from.bits, (unsigned long *)to.bits) < 0)
		wl_broken(c->w, "migrate_pages: %d", errno);
	wl_place(c->w, "first", first, PAGES * PAGE);
	wl_place(c->w, "second", second, PAGES * PAGE);
}

static void run(struct wl *w)
{
	struct calls c = { .w = w, .well = wl_sabotaged(w, "all-well") };

	wl_two_nodes(w, &c.near, &c.far);
	wl_value(w, "near", -1, c.near);
	wl_value(w, "far", -1, c.far);
	wl_pin_node(w, c.near);
	statuses(&c);
	held(&c);
	errors(&c);
	order(&c);
}

#define ANSWER(name, about_)                                \
	{                                                   \
		name, "errno", WL_REPORTED, .about = about_ \
	}

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "where pages are moved from" },
	{ "far", "nid", WL_REPORTED, .about = "where they are moved to" },
	{ "ok", "status", WL_REPORTED, .about = "of a page that can be moved: its new node" },
	{ "there", "status", WL_REPORTED, .about = "of a page that is there already" },
	{ "untouched", "status", WL_REPORTED, .about = "of a page that has not been touched" },
	{ "zero_page", "status", WL_REPORTED, .about = "of one that has been read only" },
	{ "unmapped", "status", WL_REPORTED, .about = "of an address without a mapping" },
	{ "kernels", "status", WL_REPORTED, .about = "of a page of the kernel's that all map (vdso)" },
	{ "shared", "status", WL_REPORTED, .about = "of a page that another process maps as well" },
	{ "held_returned", "pages", WL_REPORTED,
	  .about = "said to have stayed, of 16 of which a pipe holds 4" },
	{ "held_written", "pages", WL_REPORTED, .about = "of these, with a status" },
	{ "held", "pages", WL_REPORTED, .about = "of these" },
	{ "migrated", "pages", WL_VMSTAT, "pgmigrate_success", "held", "moved",
	  .about = "counted by the kernel" },
	{ "failed", "pages", WL_VMSTAT, "pgmigrate_fail", "held", "moved", .about = "counted by the kernel" },
	ANSWER("no_node", "move_pages(2) to node 1023"),
	ANSWER("no_flag", "move_pages(2) with an unknown flag"),
	ANSWER("no_task", "move_pages(2) of a process there is not"),
	ANSWER("no_target", "migrate_pages(2) to no node"),
	ANSWER("unaligned", "mbind(2) from an address within a page"),
	ANSWER("no_bits", "mbind(2) with MPOL_BIND to no node"),
	ANSWER("default_bits", "mbind(2) with MPOL_DEFAULT and a node"),
	ANSWER("bits_short", "mbind(2) to the far node with maxnode one more than its number"),
	ANSWER("bits_enough", "mbind(2) to the far node with maxnode two more"),
	ANSWER("strict", "mbind(2) with MPOL_MF_STRICT of pages on the near node to the far"),
	{ "strict_pages", "pages", WL_REPORTED, .about = "of these" },
	{ "first", "pages", WL_REPORTED,
	  .about = "of the first of two nodes, moved to the second and the third" },
	{ "second", "pages", WL_REPORTED, .about = "of the second" },
};

struct answer {
	const char *metric;
	int want;
};

static void want_all(const struct wl_view *v, struct wl_verdict *out, const struct answer *a)
{
	for (; a->metric; a++)
		wl_want(v, out, a->metric, -1, a->want);
}

/*
 * An anonymous page that there is not: ENOENT, as move_pages(2) promises; until folio_walk took follow_page's place EFAULT,
 * since no_page_table() in mm/gup.c thinks of core dumps (FOLL_DUMP, which was to find the zero page).
 */
static int untouched(const struct wl_view *v, struct wl_verdict *out)
{
	return wl_since(v, out, 6, 12) ? -ENOENT : -EFAULT;
}

static void status_matrix(const struct wl_view *v, struct wl_verdict *out)
{
	int far = (int)wl_get(v, out, "far", -1);

	want_all(v, out,
		 (struct answer[]){ { "ok", far },
				    { "there", far },
				    { "untouched", untouched(v, out) },
				    { "zero_page", -EFAULT },
				    { "unmapped", -EFAULT },
				    { "kernels", -EBUSY },
				    { "shared", -EACCES },
				    { 0 } });
}

static void error_matrix(const struct wl_view *v, struct wl_verdict *out)
{
	want_all(v, out,
		 (struct answer[]){ { "no_node", ENODEV },
				    { "no_flag", EINVAL },
				    { "no_task", ESRCH },
				    { "no_target", EINVAL },
				    { "unaligned", EINVAL },
				    { "no_bits", EINVAL },
				    { "default_bits", EINVAL },
				    { 0 } });
}

static void one_bit_less(const struct wl_view *v, struct wl_verdict *out)
{
	want_all(v, out, (struct answer[]){ { "bits_short", EINVAL }, { "bits_enough", 0 }, { 0 } });
}

static void strict_refuses(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "strict", -1, EIO);
	wl_want_only_on(v, out, "strict_pages", (int)wl_get(v, out, "near", -1), PAGES);
}

static void held_stay(const struct wl_view *v, struct wl_verdict *out)
{
	int near = (int)wl_get(v, out, "near", -1), far = (int)wl_get(v, out, "far", -1);

	wl_want(v, out, "held_returned", -1, HELD);
	wl_want(v, out, "held_written", -1, 0);
	idset_foreach (nid, &v->mem_nodes) {
		wl_want(v, out, "held", (int)nid,
			(int)nid == near  ? HELD
			: (int)nid == far ? PAGES - HELD
					  : 0);
	}
}

static void counted(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "migrated", -1, PAGES - HELD);
	wl_want(v, out, "failed", -1, HELD);
}

static void keeps_order(const struct wl_view *v, struct wl_verdict *out)
{
	if (idset_count(&v->mem_nodes) < 3) {
		wl_worse(out, OUTCOME_SKIP, "needs three nodes with memory");
		return;
	}
	wl_want_only_on(v, out, "first", wl_nth(&v->mem_nodes, 1), PAGES);
	wl_want_only_on(v, out, "second", wl_nth(&v->mem_nodes, 2), PAGES);
}

static const struct wl_expect expects[] = {
	{ "status-matrix", "N4", "move_pages(2) says of each page whether it moved, or why not",
	  status_matrix },
	{ "error-matrix", "N4", "calls that make no sense are refused, each with its errno", error_matrix },
	{ "one-bit-less", "N4", "maxnode is one more than the bits that are read", one_bit_less },
	{ "strict-refuses", "N4",
	  "mbind(2) with MPOL_MF_STRICT is EIO where a page is elsewhere, and moves none", strict_refuses },
	{ "held-stay", "N4",
	  "pages in use elsewhere stay: move_pages(2) returns their number and no status at all", held_stay },
	{ "counted", "N4", "pgmigrate_success and pgmigrate_fail rise by exactly those that moved and stayed",
	  counted },
	{ "keeps-order", "N4",
	  "migrate_pages(2) from two nodes to two keeps them apart, also where the sets overlap",
	  keeps_order },
};

static const struct wl_sabotage sabotage[] = {
	{ .name = "all-well",
	  .breaks =
		  "Every page can be moved, every call is right, and migrate_pages(2) turns the order round.",
	  .fails = "status-matrix error-matrix one-bit-less strict-refuses held-stay counted keeps-order" },
};

WORKLOAD(migrate_calls) = {
	.about = "the calls that move pages say exactly what they did, page by page",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .free_mib_per_node = 16 },
	.knobs = "thp.enabled=never",
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 30,
	.run = run,
};
