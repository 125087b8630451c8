/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Moving the text of a running program by migrate_pages(2). A page that two processes map stays, and that is "not
 * counted as a failure" (mm/mempolicy.c, migrate_folio_add), unless MPOL_MF_MOVE_ALL is given: migrate_pages takes
 * that for whoever has CAP_SYS_NICE (kernel_migrate_pages). So `user` is this process without it.
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

/* This process's right to move what others map, and its lack. */
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

/* Moves the first waiter from a node to another; how its text and its own pages lie then. */
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
	if (wl_sabotaged(m.w, "mapped-by-two"))
		waiter_start(w, &m.two, &(struct waiter_how){ .from = m.far, .bind = -1 });
	migrate(&m, "alone", m.near, m.far, false);
	if (!m.two.pid && !wl_sabotaged(m.w, "mapped-by-one"))
		waiter_start(w, &m.two, &(struct waiter_how){ .from = m.far, .bind = -1 });
	migrate(&m, "shared", m.far, m.near, false);
	migrate(&m, "root", m.far, m.near, true);
	waiter_stop(w, &m.one);
	if (m.two.pid)
		waiter_stop(w, &m.two);
	waiter_drop_caches(w);
}

/* clang-format off */
#define MIGRATED(run, what) \
	MAPPED(run, "text", WL_MAPS_TEXT, NULL, "text of the program and its libraries"), \
	MAPPED(run, "anon", WL_MAPS_ANON, NULL, "what is the program's own"), \
	{ run "_pages", "pages", WL_REPORTED, .about = "of text it maps, moved " what }, \
	{ run "_common", "pages", WL_REPORTED, .about = "of it that a second process maps, too" }, \
	{ run "_kept", "pages", WL_REPORTED, .about = "of it with the same PFN afterwards" }, \
	{ run "_left", "pages", WL_REPORTED, .about = "that migrate_pages says it could not move" }

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "the first node with CPUs and memory" },
	{ "far", "nid", WL_REPORTED, .about = "the one farthest from it" },
	MIGRATED("alone", "by a user to far"),
	MIGRATED("shared", "by a user back to near"),
	MIGRATED("root", "by root back to near"),
};
/* clang-format on */

static const char *const text[] = { "text", NULL };
static const char *const anon[] = { "anon", NULL };

static int64_t get(const struct wl_view *v, struct wl_verdict *out, const char *metric)
{
	return wl_get(v, out, metric, -1);
}

static void alone_moves(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "alone_left", -1, 0);
	wl_want(v, out, "alone_kept", -1, 0);
	mapped_want(v, out, "alone", text, "far");
	wl_want(v, out, "alone_text", (int)get(v, out, "far"), get(v, out, "alone_pages"));
}

/* What the second does not map has moved. */
static void shared_stays(const struct wl_view *v, struct wl_verdict *out)
{
	int near = (int)get(v, out, "near"), far = (int)get(v, out, "far");
	int64_t common = get(v, out, "shared_common"), pages = get(v, out, "shared_pages");
	bool documented = common > 0 && get(v, out, "shared_kept") == common && !get(v, out, "shared_left") &&
			  wl_get(v, out, "shared_text", far) == common &&
			  wl_get(v, out, "shared_text", near) == pages - common;

	wl_documented(out, documented, wl_get(v, out, "shared_text", near) == pages,
		      "it returns 0 and leaves the %lld of %lld pages that two processes map",
		      (long long)common, (long long)pages);
}

static void own_moves(const struct wl_view *v, struct wl_verdict *out)
{
	mapped_want(v, out, "alone", anon, "far");
	mapped_want(v, out, "shared", anon, "near");
}

static void root_moves_all(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want_least(v, out, "root_common", -1, 1);
	wl_want(v, out, "root_left", -1, 0);
	wl_want_only_on(v, out, "root_text", (int)get(v, out, "near"), get(v, out, "root_pages"));
}

static const struct wl_expect expects[] = {
	{ "alone-moves", "T5",
	  "moved by a user, text that one process maps is on the other node, each page with a new PFN",
	  alone_moves },
	{ "shared-stays", "T5", "moved by a user, text that two processes map is on the other node",
	  shared_stays },
	{ "own-moves", "T5", "what is the process's own moves in both cases, none of it stays", own_moves },
	{ "root-moves-all", "T5", "moved by root, who has MOVE_ALL, it is: the other process's text as well",
	  root_moves_all },
};

static const struct wl_sabotage sabotage[] = {
	{ .name = "mapped-by-two", .breaks = "Always two processes map the text.", .fails = "alone-moves" },
	{ .name = "mapped-by-one", .breaks = "Always one.", .fails = "shared-stays" },
	{ .name = "as-user", .breaks = "Root moves as a user does.", .fails = "root-moves-all" },
	{ .name = "no-move", .breaks = "Nobody moves anything.", .fails = "own-moves" },
};

WORKLOAD(text_migrate) = {
	.about =
		"migrate_pages moves text that one process maps; of two it stays, with success, unless root moves it",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .fs = "ext4", .free_mib_per_node = 32 },
	.knobs = "thp.enabled=never",
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 30,
	.run = run,
};
