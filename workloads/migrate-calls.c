/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What move_pages(2), migrate_pages(2) and mbind(2) return. Each page of move_pages(2) has a status of its own, and a page
 * that cannot be moved is no error of the call (mm/migrate.c, do_pages_move: "not fatal"), unless that shows while pages
 * are being moved: then the call returns how many pages have stayed and writes no status for any page of that batch, moved
 * or not (move_pages_and_store_status). Of a mask the kernel reads maxnode - 1 bits (mm/mempolicy.c, get_nodes).
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
	bool well; /* sabotage: nothing is wrong with any call */
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

/* The status of one page of each kind: -errno, or the node where the page is. */
static void statuses(struct calls *c)
{
	char *area = area_on(c, c->near, c->well ? PAGES : 1), *there = area_on(c, c->far, 1), *shared;
	char *vdso = (char *)getauxval(AT_SYSINFO_EHDR); /* mapped, and on no LRU list */
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

/* Pages that a pipe refers to cannot be moved. */
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

/*
 * From nodes {0, 1} to {1, 2}: migrate_pages(2) keeps the order of the sets, so node 1's pages must leave before those of
 * node 0 come (do_migrate_pages).
 */
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

#define STATUS(name, page)                                                              \
	{                                                                               \
		name, "status", WL_REPORTED, .about = "move_pages(2)'s status of " page \
	}
#define ANSWER(name, call)                                                   \
	{                                                                    \
		name, "errno", WL_REPORTED, .about = "errno (or 0) of " call \
	}

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "the node where pages are first" },
	{ "far", "nid", WL_REPORTED, .about = "the node to which pages are moved" },
	STATUS("ok", "a page that can be moved"),
	STATUS("there", "a page that is on the target node already"),
	STATUS("untouched", "a page that has not been touched"),
	STATUS("zero_page", "a page that has only been read"),
	STATUS("unmapped", "an address without a mapping"),
	STATUS("kernels", "a page of the kernel's that all processes map (vDSO)"),
	STATUS("shared", "a page that another process maps, too, without MPOL_MF_MOVE_ALL"),
	{ "held_returned", "pages", WL_REPORTED,
	  .about = "what move_pages(2) of 16 pages returns when a pipe holds 4 of them" },
	{ "held_written", "pages", WL_REPORTED,
	  .about = "statuses written for 16 pages of which a pipe holds 4" },
	{ "held", "pages", WL_REPORTED,
	  .about = "pages by node after move_pages(2) of 16, of which a pipe holds 4" },
	{ "migrated", "pages", WL_VMSTAT, "pgmigrate_success", "held", "moved",
	  .about = "rise of pgmigrate_success while 16 pages are moved of which a pipe holds 4" },
	{ "failed", "pages", WL_VMSTAT, "pgmigrate_fail", "held", "moved",
	  .about = "rise of pgmigrate_fail while 16 pages are moved of which a pipe holds 4" },
	ANSWER("no_node", "move_pages(2) to node 1023"),
	ANSWER("no_flag", "move_pages(2) with an unknown flag"),
	ANSWER("no_task", "move_pages(2) of a process that does not exist"),
	ANSWER("no_target", "migrate_pages(2) to an empty set of nodes"),
	ANSWER("unaligned", "mbind(2) from an address that is not page-aligned"),
	ANSWER("no_bits", "mbind(2) with MPOL_BIND and an empty set of nodes"),
	ANSWER("default_bits", "mbind(2) with MPOL_DEFAULT and a node"),
	ANSWER("bits_short", "mbind(2) to the far node with a maxnode of its id plus 1"),
	ANSWER("bits_enough", "mbind(2) to the far node with a maxnode of its id plus 2"),
	ANSWER("strict", "mbind(2) to the far node with MPOL_MF_STRICT of pages on the near node"),
	{ "strict_pages", "pages", WL_REPORTED, .about = "pages by node after mbind(2) with MPOL_MF_STRICT" },
	{ "first", "pages", WL_REPORTED,
	  .about =
		  "pages of the first node by node, after migrate_pages(2) from the first two nodes to the second and third" },
	{ "second", "pages", WL_REPORTED,
	  .about =
		  "pages of the second node by node, after migrate_pages(2) from the first two nodes to the second and third" },
};

/*
 * A page that has not been touched has status ENOENT, as move_pages(2) promises, since folio_walk took the place of
 * follow_page (6.12). Before, it was EFAULT: no_page_table() in mm/gup.c took FOLL_DUMP, which was to find the zero page,
 * for a core dump.
 */
static void status_matrix(const struct wl_view *v, struct wl_verdict *out)
{
	int64_t far = wl_get(v, out, "far", -1);

	wl_want(v, out, "ok", -1, far);
	wl_want(v, out, "there", -1, far);
	wl_want(v, out, "untouched", -1, wl_since(v, out, 6, 12) ? -ENOENT : -EFAULT);
	wl_want(v, out, "zero_page", -1, -EFAULT);
	wl_want(v, out, "unmapped", -1, -EFAULT);
	wl_want(v, out, "kernels", -1, -EBUSY);
	wl_want(v, out, "shared", -1, -EACCES);
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
	{ "status-matrix", "N4",
	  "move_pages(2) writes for each page its new node, or why it stays: ENOENT (EFAULT before 6.12), EFAULT, EBUSY, EACCES",
	  status_matrix },
	{ "error-matrix", "N4",
	  "move_pages(2), migrate_pages(2) and mbind(2) refuse a wrong node, flag, process, address or set of nodes, each with its errno",
	  .wants = WL_WANTS({ "no_node", "ENODEV" }, { "no_flag", "EINVAL" }, { "no_task", "ESRCH" },
			    { "no_target", "EINVAL" }, { "unaligned", "EINVAL" }, { "no_bits", "EINVAL" },
			    { "default_bits", "EINVAL" }) },
	{ "one-bit-less", "N4",
	  "mbind(2) reads maxnode - 1 bits of a mask: a maxnode of the node's id plus 1 is EINVAL, plus 2 is accepted",
	  .wants = WL_WANTS({ "bits_short", "EINVAL" }, { "bits_enough", "0" }) },
	{ "strict-refuses", "N4",
	  "mbind(2) with MPOL_MF_STRICT of pages on another node returns EIO and moves none of the 16",
	  .wants = WL_WANTS({ "strict", "EIO" }, { "strict_pages", "16", "only on near" }) },
	{ "held-stay", "N4",
	  "move_pages(2) of 16 pages of which a pipe holds 4 moves 12, returns 4 and writes no status",
	  .wants = WL_WANTS({ "held_returned", "4" }, { "held_written", "0" }, { "held", "4", "on near" },
			    { "held", "12", "on far" }, { "held", "0", "not on near, far" }) },
	{ "counted", "N4",
	  "move_pages(2) of 16 pages of which a pipe holds 4: pgmigrate_success rises by 12, pgmigrate_fail by 4",
	  .wants = WL_WANTS({ "migrated", "12" }, { "failed", "4" }) },
	{ "keeps-order", "N4",
	  "migrate_pages(2) from nodes {0, 1} to {1, 2} moves node 0's pages to node 1 and node 1's to node 2",
	  keeps_order },
};

static const struct wl_sabotage sabotage[] = {
	{ "all-well",
	  "Every page can be moved, every call is right, and the pages for migrate_pages(2) change places.",
	  "status-matrix error-matrix one-bit-less strict-refuses held-stay counted keeps-order" },
};

WORKLOAD(migrate_calls) = {
	.about = "move_pages(2), migrate_pages(2) and mbind(2) return exactly what they did, page by page",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .free_mib_per_node = 16 },
	.knobs = "thp.enabled=never",
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 30,
	.run = run,
};
