/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/knobs.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/suggest.h"

#define VM "/proc/sys/vm/"
#define MM "/sys/kernel/mm/"
#define THP MM "transparent_hugepage/"
#define SCHED "/sys/kernel/debug/sched/numa_balancing/"
#define BIG 4294967295ll

const struct knob knob_table[] = {
	{ "balancing.mode", KNOB_FILE, "/proc/sys/kernel/numa_balancing", "0", NULL, 0, 3, NULL,
	  "automatic NUMA balancing: 0 off, 1 on, 2 memory tiering, 3 both" },
	{ "balancing.scan_delay_ms", KNOB_FILE, SCHED "scan_delay_ms", "1000", NULL, 0, BIG, NULL,
	  "a task's first scan comes after so much run time" },
	{ "balancing.scan_period_min_ms", KNOB_FILE, SCHED "scan_period_min_ms", "1000", NULL, 1, BIG, NULL,
	  "the scan period's lower end" },
	{ "balancing.scan_period_max_ms", KNOB_FILE, SCHED "scan_period_max_ms", "60000", NULL, 1, BIG, NULL,
	  "the scan period's upper end" },
	{ "balancing.scan_size_mb", KNOB_FILE, SCHED "scan_size_mb", "256", NULL, 1, 1 << 20, NULL,
	  "how much address space a scan marks for hint faults" },
	{ "balancing.hot_threshold_ms", KNOB_FILE, SCHED "hot_threshold_ms", "1000", NULL, 0, BIG, NULL,
	  "tiering: a page hinted within this time is hot" },
	{ "thp.enabled", KNOB_FILE, THP "enabled", "always", "always|madvise|never", 0, 0, NULL,
	  "transparent huge pages for anonymous memory" },
	{ "thp.defrag", KNOB_FILE, THP "defrag", "madvise", "always|defer|defer+madvise|madvise|never", 0, 0,
	  NULL, "what a huge-page fault may pay for: compaction, reclaim" },
	{ "thp.shmem", KNOB_FILE, THP "shmem_enabled", "never", "always|within_size|advise|never|deny|force",
	  0, 0, NULL, "huge pages for shared memory without mount option" },
	{ "thp.use_zero_page", KNOB_FILE, THP "use_zero_page", "1", NULL, 0, 1, NULL,
	  "a read fault may map the huge zero page" },
	{ "thp.*kB", KNOB_FILE, THP "hugepages-$1kB/enabled", NULL, "always|inherit|madvise|never", 0, 0,
	  "6.8", "multi-size THP: folios of this size" },
	{ "khugepaged.scan_sleep_ms", KNOB_FILE, THP "khugepaged/scan_sleep_millisecs", "3600000", NULL, 0,
	  BIG, NULL, "pause between passes; an hour is off" },
	{ "khugepaged.alloc_sleep_ms", KNOB_FILE, THP "khugepaged/alloc_sleep_millisecs", "60000", NULL, 0,
	  BIG, NULL, "pause after a failed allocation" },
	{ "khugepaged.pages_to_scan", KNOB_FILE, THP "khugepaged/pages_to_scan", "4096", NULL, 1, BIG, NULL,
	  "pages a pass looks at" },
	{ "khugepaged.max_ptes_none", KNOB_FILE, THP "khugepaged/max_ptes_none", "511", NULL, 0, 511, NULL,
	  "empty entries that may be filled in by a collapse" },
	{ "khugepaged.max_ptes_shared", KNOB_FILE, THP "khugepaged/max_ptes_shared", "256", NULL, 0, 511,
	  NULL, "shared pages that a collapse may copy" },
	{ "khugepaged.defrag", KNOB_FILE, THP "khugepaged/defrag", "1", NULL, 0, 1, NULL,
	  "khugepaged may compact" },
	{ "ksm.run", KNOB_FILE, MM "ksm/run", "0", NULL, 0, 2, NULL, "0 stop, 1 merge, 2 stop and unmerge" },
	{ "ksm.pages_to_scan", KNOB_FILE, MM "ksm/pages_to_scan", "100", NULL, 0, BIG, NULL,
	  "pages a batch looks at" },
	{ "ksm.sleep_ms", KNOB_FILE, MM "ksm/sleep_millisecs", "20", NULL, 0, BIG, NULL,
	  "pause between batches" },
	{ "ksm.merge_across_nodes", KNOB_FILE, MM "ksm/merge_across_nodes", "1", NULL, 0, 1, NULL,
	  "0: one merged page a node" },
	{ "ksm.use_zero_pages", KNOB_FILE, MM "ksm/use_zero_pages", "0", NULL, 0, 1, NULL,
	  "merge zeroes with the zero page" },
	{ "ksm.smart_scan", KNOB_FILE, MM "ksm/smart_scan", NULL, NULL, 0, 1, "6.7",
	  "skip pages that did not merge before" },
	{ "hugepages.*kB", KNOB_FILE, MM "hugepages/hugepages-$1kB/nr_hugepages", NULL, NULL, 0, BIG, NULL,
	  "hugetlb pages of this size, spread over the nodes" },
	{ "hugepages.*kB.*", KNOB_FILE,
	  "/sys/devices/system/node/node$2/hugepages/hugepages-$1kB/nr_hugepages", NULL, NULL, 0, BIG, NULL,
	  "hugetlb pages of this size on this node" },
	{ "overcommit_hugepages.*kB", KNOB_FILE, MM "hugepages/hugepages-$1kB/nr_overcommit_hugepages", NULL,
	  NULL, 0, BIG, NULL, "surplus hugetlb pages of this size" },
	{ "zone_reclaim_mode", KNOB_FILE, VM "zone_reclaim_mode", "0", NULL, 0, 7, NULL,
	  "reclaim locally before going to other nodes" },
	{ "swappiness", KNOB_FILE, VM "swappiness", "60", NULL, 0, 200, NULL,
	  "anonymous against file pages in reclaim" },
	{ "min_free_kbytes", KNOB_FILE, VM "min_free_kbytes", NULL, NULL, 1, BIG, NULL,
	  "base of the watermarks" },
	{ "watermark_scale_factor", KNOB_FILE, VM "watermark_scale_factor", "10", NULL, 1, 3000, NULL,
	  "distance of the watermarks, in 1/10000 of a zone" },
	{ "watermark_boost_factor", KNOB_FILE, VM "watermark_boost_factor", "15000", NULL, 0, BIG, NULL,
	  "how far fragmentation raises the watermarks" },
	{ "compaction.proactiveness", KNOB_FILE, VM "compaction_proactiveness", "20", NULL, 0, 100, NULL,
	  "background compaction" },
	{ "compaction.unevictable_allowed", KNOB_FILE, VM "compact_unevictable_allowed", "1", NULL, 0, 1,
	  NULL, "compaction may move mlocked pages" },
	{ "compaction.extfrag_threshold", KNOB_FILE, VM "extfrag_threshold", "500", NULL, 0, 1000, NULL,
	  "compact rather than reclaim above it" },
	{ "demotion", KNOB_FILE, MM "numa/demotion_enabled", "false", "false|true", 0, 0, NULL,
	  "reclaim moves pages to a lower tier" },
	{ "overcommit", KNOB_FILE, VM "overcommit_memory", "0", NULL, 0, 2, NULL,
	  "0 heuristic, 1 always, 2 never" },
	{ "overcommit_ratio", KNOB_FILE, VM "overcommit_ratio", "50", NULL, 0, 100, NULL,
	  "of RAM, under overcommit=2" },
	{ "numa_stat", KNOB_FILE, VM "numa_stat", "1", NULL, 0, 1, NULL, "count numastat's events" },
	{ "memhp.auto_online", KNOB_FILE, "/sys/devices/system/memory/auto_online_blocks", NULL,
	  "offline|online|online_kernel|online_movable", 0, 0, NULL, "what becomes of hot-added memory" },
	{ "boot.hugepages", KNOB_BOOT, "hugepagesz=2M hugepages=", NULL, "COUNT or NODE:COUNT,...", 0, 0,
	  NULL, "2 MiB hugetlb pages reserved at boot" },
	{ "boot.hugepages_1g", KNOB_BOOT, "hugepagesz=1G hugepages=", NULL, "COUNT or NODE:COUNT,...", 0, 0,
	  NULL, "1 GiB hugetlb pages reserved at boot" },
	{ "boot.movablecore", KNOB_BOOT, "movablecore=", NULL, "SIZE", 0, 0, NULL,
	  "memory for the Movable zone" },
	{ "boot.memhp_default_state", KNOB_BOOT, "memhp_default_state=", NULL,
	  "offline|online|online_kernel|online_movable", 0, 0, NULL, "hot-added memory, from boot on" },
	{ "cma", KNOB_BOOT, "cma=", NULL, "SIZE", 0, 0, NULL,
	  "the default CMA area (a kernel with CONFIG_CMA)" },
	{ "cma_pernuma", KNOB_BOOT, "cma_pernuma=", NULL, "SIZE", 0, 0, NULL,
	  "a CMA area a node (CONFIG_DMA_NUMA_CMA)" },
	{ "numa_cma", KNOB_BOOT, "numa_cma=", NULL, "NODE:SIZE,...", 0, 0, "6.6",
	  "a CMA area for each node named" },
	{ 0 }
};

/* Matches NAME against the row's pattern; each '*' takes a number, in the one way it can be written. */
static bool matches(const char *pattern, const char *name, unsigned number[2])
{
	unsigned n = 0;

	number[0] = number[1] = 0;
	for (; *pattern; pattern++) {
		if (*pattern != '*') {
			if (*pattern != *name++)
				return false;
			continue;
		}
		size_t digits = strspn(name, "0123456789");
		if (!digits || digits > 9 || (digits > 1 && *name == '0') || n == 2)
			return false;
		number[n++] = (unsigned)strtoul(name, NULL, 10);
		name += digits;
	}
	return !*name;
}

const struct knob *knob_find(const char *name, unsigned number[2], struct err *err)
{
	for (const struct knob *k = knob_table; k->name; k++)
		if (matches(k->name, name, number))
			return k;
	const char *near = suggest_row(name, &knob_table->name, sizeof(*knob_table));
	err_set(err, -ENOENT, "no knob \"%s\"%s%s%s: `numarig show knobs` lists them", name,
		near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "");
	return NULL;
}

/* "a|b|c" has the word */
static bool one_of(const char *values, const char *word)
{
	size_t len = strlen(word);

	for (const char *v = values; len; v++) {
		size_t n = strcspn(v, "|");

		if (n == len && !memcmp(v, word, n))
			return true;
		v += n;
		if (!*v)
			break;
	}
	return false;
}

int knob_check(const struct knob *k, const char *name, const char *value, struct err *err)
{
	if (k->kind == KNOB_BOOT) {
		if (!*value ||
		    value[strspn(value,
				 "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:,._-%")])
			return err_set(
				err, -EINVAL,
				"knob %s: \"%s\" is not a value for the kernel's command line (want %s)",
				name, value, k->values);
		return 0;
	}
	if (k->values) {
		if (!one_of(k->values, value))
			return err_set(err, -EINVAL, "knob %s: \"%s\" is none of %s", name, value, k->values);
		return 0;
	}
	char *end;
	errno = 0;
	long long v = strtoll(value, &end, 10);
	if (end == value || *end || errno || !isdigit((unsigned char)value[*value == '-']))
		return err_set(err, -EINVAL, "knob %s: \"%s\" is no number", name, value);
	if (v < k->min || v > k->max)
		return err_set(err, -ERANGE, "knob %s: %lld is out of range (%lld to %lld)", name, v, k->min,
			       k->max);
	return 0;
}

char *knob_place(const struct knob *k, const unsigned number[2])
{
	auto_text struct text t = { 0 };

	for (const char *c = k->place; *c; c++) {
		if (*c == '$' && (c[1] == '1' || c[1] == '2'))
			text_printf(&t, "%u", number[*++c - '1']);
		else
			text_add(&t, c, 1);
	}
	return take_ptr(t.s);
}

char *knob_effective(const char *text, size_t len)
{
	const char *open = memchr(text, '[', len);
	const char *close = open ? memchr(open, ']', len - (size_t)(open - text)) : NULL;

	if (close)
		return xasprintf("%.*s", (int)(close - open - 1), open + 1);
	return xasprintf("%.*s", (int)len, text);
}

bool knob_reads(const char *got, const char *asked)
{
	char *a, *b;
	long long x = strtoll(got, &a, 10), y = strtoll(asked, &b, 10);

	return !strcmp(got, asked) || (a > got && b > asked && !*a && !*b && x == y);
}
