/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Moving the text of a running program by migrate_pages(2). A page that two processes map stays, and that is "not
 * counted as a failure" (mm/mempolicy.c, migrate_folio_add), unless MPOL_MF_MOVE_ALL is given. migrate_pages(2) sets that
 * flag for a caller with CAP_SYS_NICE (kernel_migrate_pages), so a plain user is this process without that capability.
 */
#include <errno.h>
#include <linux/capability.h>
#include <numaif.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "workloads/lib/judge.h"
#include "workloads/lib/mapped.h"
#include "workloads/lib/named.h"
#include "workloads/lib/waiter.h"
#include "workloads/lib/text.h"

struct move {
	struct wl *w;
	int near, far;
	struct waiter one, two;
};

/* Gives this process the right to move pages that others map, or takes it. */
static void set_nice(struct wl *w, bool may)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data))
		wl_broken(w, "capget: %s", strerror(errno));
	data[0].effective &= ~(1u << CAP_SYS_NICE);
	data[0].effective |= may ? 1u << CAP_SYS_NICE : 0;
	if (syscall(SYS_capset, &head, data))
		wl_broken(w, "capset: %s", strerror(errno));
}

/* Moves the first waiter from one node to another, and reports where its text and its own pages lie then. */
static void migrate(struct move *m, const char *name, int from, int to, bool root)
{
	static struct text before, other, after;
	struct idset old = wl_one(from), new = wl_one(to);
	long left = 0;

	text_read(m->w, &before, m->one.pid);
	other.n = 0;
	if (m->two.pid)
		text_read(m->w, &other, m->two.pid);
	set_nice(m->w, root && !wl_sabotaged(m->w, "as-user"));
	if (!wl_sabotaged(m->w, "no-move"))
		left = migrate_pages(m->one.pid, IDSET_MAX + 1, (const unsigned long *)old.bits,
				     (const unsigned long *)new.bits);
	if (left < 0)
		wl_broken(m->w, "migrate_pages: %s", strerror(errno));
	set_nice(m->w, true);
	wl_phase(m->w, name);
	wl_maps(m->w, name, m->one.pid);
	text_read(m->w, &after, m->one.pid);
	wl_value(m->w, WL_NAMED(name, "left"), -1, left);
	wl_value(m->w, WL_NAMED(name, "pages"), -1, (int64_t)before.n);
	wl_value(m->w, WL_NAMED(name, "common"), -1, text_common(&before, &other));
	wl_value(m->w, WL_NAMED(name, "kept"), -1, text_common(&before, &after));
}

static void run(struct wl *w)
{
	struct move m = { .w = w };

	wl_two_nodes(w, &m.near, &m.far);
	wl_value(w, "near", -1, m.near);
	wl_value(w, "far", -1, m.far);
	wl_pin_node(w, m.near);
	waiter_drop_caches(w);
	waiter_start(w, &m.one, &(struct waiter_how){ .from = m.near, .bind = -1 });
	if (wl_sabotaged(w, "mapped-by-two"))
		waiter_start(w, &m.two, &(struct waiter_how){ .from = m.far, .bind = -1 });
	migrate(&m, "alone", m.near, m.far, false);
	if (!m.two.pid && !wl_sabotaged(w, "mapped-by-one"))
		waiter_start(w, &m.two, &(struct waiter_how){ .from = m.far, .bind = -1 });
	migrate(&m, "shared", m.far, m.near, false);
	migrate(&m, "root", m.far, m.near, true);
	waiter_stop(w, &m.one);
	if (m.two.pid)
		waiter_stop(w, &m.two);
}

/* clang-format off */
#define MIGRATED(run, what) \
	MAPPED(run, "text", WL_MAPS_TEXT, NULL, "text of the program and its libraries"), \
	MAPPED(run, "anon", WL_MAPS_ANON, NULL, "the program's own pages"), \
	{ run "_pages", "pages", WL_REPORTED, .about = "of text that the first process maps, moved " what }, \
	{ run "_common", "pages", WL_REPORTED, .about = "of text that both processes map, moved " what }, \
	{ run "_kept", "pages", WL_REPORTED, .about = "of text with the same PFN before and after, moved " what }, \
	{ run "_left", "pages", WL_REPORTED, .about = "that migrate_pages(2) returned as not moved, moved " what }

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "the first node with CPUs and memory" },
	{ "far", "nid", WL_REPORTED, .about = "the node with CPUs and memory farthest from it" },
	MIGRATED("alone", "by a user to far, mapped by one process"),
	MIGRATED("shared", "by a user back to near, mapped by two processes"),
	MIGRATED("root", "by root back to near, mapped by two processes"),
};
/* clang-format on */

static const struct wl_expect expects[] = {
	{ "alone-moves", "T5",
	  "migrate_pages(2) without CAP_SYS_NICE: all text that one process maps is on the target node, each page with a new PFN",
	  .wants = WL_WANTS({ "alone_left", "0" }, { "alone_kept", "0" }, MAPPED_WANT("alone", "text", "far"),
			    { "alone_text", "alone_pages", "on far" }) },
	{ "shared-stays", "T5",
	  "migrate_pages(2) without CAP_SYS_NICE: all text that two processes map is on the target node",
	  .documented = WL_WANTS({ "shared_common", ">= 1" }, { "shared_kept", "shared_common" },
				 { "shared_left", "0" }, { "shared_text", "shared_common", "on far" },
				 { "shared_text", "shared_pages - shared_common", "on near" }),
	  .wished = WL_WANTS({ "shared_text", "shared_pages", "on near" }),
	  .why = "migrate_pages(2) returns 0 and leaves the pages that two processes map; only the others have moved" },
	{ "own-moves", "T5",
	  "migrate_pages(2) without CAP_SYS_NICE: anonymous pages move and none stays, whether one or two processes map the text",
	  .wants = WL_WANTS(MAPPED_WANT("alone", "anon", "far"), MAPPED_WANT("shared", "anon", "near")) },
	{ "root-moves-all", "T5",
	  "migrate_pages(2) by root, which implies MPOL_MF_MOVE_ALL: all text that two processes map is on the target node",
	  .wants = WL_WANTS({ "root_common", ">= 1" }, { "root_left", "0" },
			    { "root_text", "root_pages", "only on near" }) },
};

static const struct wl_sabotage sabotage[] = {
	{ "mapped-by-two", "Two processes map the text from the start.", "alone-moves" },
	{ "mapped-by-one", "Only one process ever maps the text.", "shared-stays" },
	{ "as-user", "Root moves the pages without CAP_SYS_NICE.", "root-moves-all" },
	{ "no-move", "No page is moved.", "own-moves" },
};

WORKLOAD(text_migrate) = {
	.about =
		"migrate_pages(2) moves text that one process maps; text that two map stays, with success, unless root moves it",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .fs = "ext4", .free_mib_per_node = 32 },
	.knobs = "thp.enabled=never",
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 30,
	.run = run,
};
