/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a KSM scan does to pages that it does not merge with others. With use_zero_pages, pages of zeroes become the zero
 * page; pages for which no scan finds an equal one are left out of later scans (smart scan, since Linux 6.7).
 */
#include "workloads/lib/judge.h"
#include "workloads/lib/ksm.h"
#include "workloads/lib/smaps.h"

/*
 * Of so many passes the first 4 look at a page without an equal. Then 1, 2 and 4 passes in a row leave it out, with a pass
 * that looks at it between them: the 5th, the 7th and 8th, and the 10th to 12th do so (should_skip_rmap_item, skip_age).
 */
#define PASSES 12
#define LEFT_OUT 6

struct params {
	uint64_t pages;
};

static const struct wl_param params[] = {
	{ "pages", WL_U64, offsetof(struct params, pages), "32", 1, 4096,
	  "4 KiB pages of zeroes, and as many without an equal" },
};

/* How many pages of the area are the zero page. */
static int64_t zero_pages(struct wl *w, const char *area, size_t pages)
{
	volatile char *read = wl_map(w, PAGE);
	int64_t n = 0;

	(void)*read;
	uint64_t zero = wl_pfn(w, (void *)(uintptr_t)read);
	for (size_t i = 0; i < pages; i++)
		n += wl_pfn(w, area + i * PAGE) == zero;
	wl_unmap((void *)(uintptr_t)read, PAGE);
	return n;
}

static void zeroes(struct wl *w)
{
	const struct params *p = w->params;
	size_t bytes = p->pages * PAGE;
	char *area = wl_map(w, bytes);

	wl_touch(area, bytes, 0);
	ksm_mergeable(w, area, bytes);
	ksm_set(w, "use_zero_pages", !wl_sabotaged(w, "not-asked"));
	wl_value(w, "rss_before", -1, smaps_get(w, area, bytes, "Rss"));
	ksm_scan(w, KSM_PASSES);
	ksm_pause(w);
	wl_value(w, "zeroes", -1, zero_pages(w, area, p->pages));
	wl_value(w, "shared", -1, ksm_get(w, "pages_shared"));
	wl_value(w, "rss", -1, smaps_get(w, area, bytes, "Rss"));
	if (ksm_has("ksm_zero_pages"))
		wl_value(w, "counted", -1, ksm_get(w, "ksm_zero_pages"));
	if (!wl_sabotaged(w, "no-unmerge"))
		ksm_end(w);
	wl_value(w, "left", -1, zero_pages(w, area, p->pages));
	wl_unmap(area, bytes); /* so that the next scans do not count these pages */
}

static void unlike(struct wl *w)
{
	const struct params *p = w->params;
	char *area = wl_map(w, p->pages * PAGE);
	bool counted = ksm_has("pages_skipped");
	int64_t before = counted ? ksm_get(w, "pages_skipped") : 0;

	ksm_write(area, p->pages, p->pages, 0);
	ksm_mergeable(w, area, p->pages * PAGE);
	ksm_scan(w, PASSES);
	ksm_pause(w);
	if (counted)
		wl_value(w, "skipped", -1, ksm_get(w, "pages_skipped") - before);
}

static void run(struct wl *w)
{
	zeroes(w);
	wl_phase(w, "zeroes");
	unlike(w);
	wl_phase(w, "unlike");
}

static const struct wl_metric metrics[] = {
	{ "rss_before", "kB", WL_REPORTED, .about = "RSS of the area of zeroes before it is scanned" },
	{ "rss", "kB", WL_REPORTED, .about = "RSS of the area of zeroes after it is scanned" },
	{ "zeroes", "pages", WL_REPORTED,
	  .about = "of zeroes that are the zero page after they are scanned" },
	{ "shared", "pages", WL_REPORTED, .about = "KSM's pages_shared after the zeroes are scanned" },
	{ "counted", "pages", WL_REPORTED,
	  .about = "KSM's ksm_zero_pages (since Linux 6.6) after the zeroes are scanned" },
	{ "left", "pages", WL_REPORTED, .about = "of zeroes that still are the zero page after run=2" },
	{ "skipped", "pages", WL_REPORTED, .timing = true,
	  .about = "by which KSM's pages_skipped (since Linux 6.7) rose: left out of scans" },
};

static int64_t pages(const struct wl_view *v)
{
	return (int64_t)((const struct params *)v->params)->pages;
}

static void zero_page(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "rss_before", -1, 4 * pages(v));
	wl_want(v, out, "rss", -1, 0);
	wl_want(v, out, "shared", -1, 0);
	if (wl_since(v, out, 6, 6))
		wl_want(v, out, "counted", -1, pages(v));
	wl_want(v, out, "zeroes", -1, pages(v));
}

/* Before Linux 6.6 break_ksm() passes over pages that are no KSM pages, and no counter knows those made zero pages. */
static void zeroes_unmerged(const struct wl_view *v, struct wl_verdict *out)
{
	int64_t left = wl_get(v, out, "left", -1);

	if (wl_since(v, out, 6, 6))
		wl_want(v, out, "left", -1, 0);
	else
		wl_documented(
			out, left == pages(v), left == 0,
			"before Linux 6.6 KSM does not account for the zero pages it has placed: run=2 leaves them");
}

static void smart_scan(const struct wl_view *v, struct wl_verdict *out)
{
	if (!wl_since(v, out, 6, 7))
		wl_worse(out, OUTCOME_SKIP, "needs Linux 6.7: pages_skipped, smart_scan");
	else
		wl_want_least(v, out, "skipped", -1, LEFT_OUT * pages(v));
}

static const struct wl_expect expects[] = {
	{ "zero-page", "W4",
	  "use_zero_pages=1: KSM maps every mergeable page of zeroes to the zero page, which reduces the area's RSS to 0 kB",
	  zero_page },
	{ "zeroes-unmerged", "W5",
	  "run=2: every page that KSM had mapped to the zero page is a page of its own again",
	  zeroes_unmerged },
	{ "smart-scan", "W4",
	  "smart_scan=1: in 12 passes KSM leaves out each page without an equal at least 6 times (pages_skipped)",
	  smart_scan },
};

static const struct wl_sabotage sabotage[] = {
	{ "not-asked", "KSM does not use the zero page: use_zero_pages is 0.", "zero-page" },
	{ "no-unmerge", "No page is unmerged: run=2 is not written.", "zeroes-unmerged" },
	{ NULL, "Smart scan is off.", "smart-scan", "-s ksm.smart_scan=0" },
};

WORKLOAD(ksm_scan) = {
	.about = "KSM maps pages of zeroes to the zero page and leaves pages without an equal out of scans",
	.needs = { .mem_nodes = 1, .free_mib_per_node = 16 },
	.knobs = "thp.enabled=never ksm.pages_to_scan=100000 ksm.sleep_ms=5",
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 60,
	.run = run,
};
