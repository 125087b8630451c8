/* SPDX-License-Identifier: GPL-2.0-or-later */
/* judge/traced.h: metrics of what the access trace counted, their checks, and what a program's pages are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>

#include "base/text.h"
#include "judge/traced.h"
#include "tests/unit/stream.h"
#include "workloads/lib/judge.h"

static const char text[] = "numarig-access 1\nnode 0\nnode 2\ncpu 0 0\ncpu 3 2\n"
			   "interval -\nn 0 u l 0 1000000\n"
			   "interval one\nn 0 u l 0 1\nn 0 u l 2 2\nn 0 k s 2 4\nn 3 u f 0 8\nn 3 k l -1 16\n"
			   "region buf\nr 2 u l 0 32\nr 0 u s 0 64\n"
			   "interval two\nn 0 u l 0 128\nn 3 u l 2 256\n"
			   "lost 0\nunmatched 0\nfull 0\nend\n";

static char *values(const struct wl_metric *m)
{
	auto_access struct access a = { 0 };
	struct wl_value *v = NULL;
	struct err err = ERR_INIT;
	struct text t = { 0 };
	size_t n = 0;

	assert_int_equal(access_parse(text, &a, &err), 0);
	if (traced_metric(&a, m, &v, &n, &err))
		text_printf(&t, "%s", err.msg);
	for (size_t i = 0; i < n; i++)
		text_printf(&t, "%d:%lld ", v[i].nid, (long long)v[i].value);
	free(v);
	return t.s ? t.s : xstrdup("");
}

static const struct {
	struct wl_metric m;
	const char *words;
} table[] = {
	{ { "m", "1", WL_TRACE, "loads", NULL, "one" }, "-1:19 " },
	{ { "m", "1", WL_TRACE, "loads user", NULL, "one" }, "-1:3 " },
	{ { "m", "1", WL_TRACE, "loads kernel", NULL, "one" }, "-1:16 " },
	{ { "m", "1", WL_TRACE, "loads local", NULL, "one" }, "-1:1 " },
	{ { "m", "1", WL_TRACE, "loads remote user", NULL, "one" }, "-1:2 " },
	{ { "m", "1", WL_TRACE, "accesses", NULL, "one" }, "-1:23 " },
	{ { "m", "1", WL_TRACE, "instructions", NULL, "one" }, "-1:8 " },
	{ { "m", "1", WL_TRACE, "fetches remote", NULL, "one" }, "-1:8 " },
	/* of all intervals: those of the workload's, not what was outside */
	{ { "m", "1", WL_TRACE, "loads user" }, "-1:387 " },
	{ { "m", "1", WL_TRACE_NODE, "loads user" }, "0:129 2:258 " },
	{ { "m", "1", WL_TRACE_CPU_NODE, "loads user" }, "0:131 2:256 " },
	{ { "m", "1", WL_TRACE, "loads", NULL, "one", .process = "buf" }, "-1:32 " },
	{ { "m", "1", WL_TRACE, "loads local", NULL, "one", .process = "buf" }, "-1:0 " },
	{ { "m", "1", WL_TRACE, "stores", .process = "buf" }, "-1:64 " },
	/* missing is not 0 */
	{ { "m", "1", WL_TRACE, "loads", NULL, "three" }, "" },
	{ { "m", "1", WL_TRACE, "loads", NULL, "two", .process = "buf" }, "" },
	{ { "m", "1", WL_TRACE, "loads", NULL, "one", .process = "none" }, "" },
	{ { "m", "1", WL_TRACE, "visits" }, "metric m: \"visits\" is nothing the trace counts" },
	{ { "m", "1", WL_TRACE, "loads stores" }, "metric m: \"loads stores\" is nothing the trace counts" },
	{ { "m", "1", WL_TRACE, "user" }, "metric m: \"user\" is nothing the trace counts" },
	{ { "m", "1", WL_TRACE, NULL }, "metric m: its table names nothing that the trace counts" },
};

static void metrics(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char *v = values(&table[i].m);

		assert_string_equal(v, table[i].words);
		free(v);
	}
}

/* --- checks --------------------------------------------------------------------------------------------------------------- */
static const struct wl_metric traced[] = {
	{ "two", "1", WL_TRACE, "loads", NULL, "two" },
	{ "three", "1", WL_TRACE, "loads", NULL, "three" },
};

static void sees_both(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "two", -1, 384);
	wl_want(v, out, "near", -1, 2);
}

static void wants_three(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "three", -1, 0);
}

static void fails(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "two", -1, 0);
}

static void judged_as(struct wl_expects expects, enum outcome outcome)
{
	const struct workload w = { .trace_metrics = WL_LIST(traced), .trace_expects = expects };
	struct wl_value near = { "near", -1, 2 };
	struct judged main = { .outcome = OUTCOME_PASS, .value = &near, .values = 1 };
	struct topo_guest g = { .nodes = 1 };
	auto_access struct access a = { 0 };
	auto_judged struct judged out = { 0 };
	struct err err = ERR_INIT;

	assert_int_equal(access_parse(text, &a, &err), 0);
	judge_traced(&w, NULL, &main, &a, &g, (unsigned[3]){ 6, 12, 0 }, 5, &out);
	assert_int_equal(out.outcome, outcome);
	assert_int_equal(out.values, 1); /* its own only */
}

static void checks(void **state)
{
	static const struct wl_expect good[] = { { "a", "", "", sees_both } };
	static const struct wl_expect missing[] = { { "a", "", "", sees_both },
						    { "b", "", "", wants_three } };
	static const struct wl_expect bad[] = { { "a", "", "", fails } };

	(void)state;
	judged_as((struct wl_expects){ 0 }, OUTCOME_PASS);
	judged_as((struct wl_expects)WL_LIST(good), OUTCOME_PASS);
	judged_as((struct wl_expects)WL_LIST(missing), OUTCOME_BROKEN);
	judged_as((struct wl_expects)WL_LIST(bad), OUTCOME_FAIL);
}

/* --- a program's pages ------------------------------------------------------------------------------------------------------ */
static const char maps[] = "555555554000-555555556000 r-xp 00001000 01:00 99 /ext4/home/a.out\n"
			   "555555556000-555555557000 rw-p 00008000 01:00 99 /ext4/home/a.out\n"
			   "55555556e000-55555558f000 rw-p 00000000 00:00 0 [heap]\n"
			   "7ffff8000000-7ffff8600000 rw-p 00000000 00:00 0 \n";
static const char pages[] =
	"numarig-access 1\nnode 0\ncpu 0 0\ninterval program\n"
	"program /bin/numactl\np 555555554 0 0 1 0 0 0 0 0\n"
	"program ./a.out\np 555555554 0 0 0 0 5 0 0 0\np 555555555 0 0 0 0 6 0 0 0\n"
	"p 555555556 0 0 1 2 0 0 0 0\np 55555556e 0 0 3 0 0 0 0 0\np 7ffff8000 0 0 0 4 0 0 0 7\n"
	"p 7ffff9000 0 0 0 1 0 0 0 0\n"
	"lost 0\nunmatched 0\nfull 0\nend\n";

static void mappings(void **state)
{
	auto_stream struct stream s = { 0 };
	auto_records struct records r = { 0 };
	auto_access struct access a = { 0 };
	auto_access_regions struct access_regions out = { 0 };
	auto_text struct text t = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	stream_add(&s, FRAME_PHASE, "every-1", "1");
	stream_add(&s, FRAME_FILE, "/proc/PID/maps", maps);
	stream_add(&s, FRAME_PHASE, "end", "2");
	stream_end(&s);
	assert_int_equal(records_parse(s.t.s, s.t.len, NULL, &r, &err), 0);
	if (access_parse(pages, &a, &err) || traced_mappings(&a, &r, &out, &err))
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < out.n; i++) {
		const struct access_pair *p = &out.v[i].pairs.v[0];

		text_printf(&t, "%s %llu %llu %llu; ", out.v[i].name,
			    (unsigned long long)p->n[ACCESS_USER][ACCESS_LOAD],
			    (unsigned long long)p->n[ACCESS_USER][ACCESS_STORE],
			    (unsigned long long)p->n[ACCESS_USER][ACCESS_FETCH]);
	}
	assert_string_equal(t.s,
			    "/bin/numactl 1 0 0; /ext4/home/a.out text 0 0 11; /ext4/home/a.out data 1 2 0; "
			    "[heap] 3 0 0; anonymous 0 4 0; elsewhere 0 1 0; ");
}

/* Without a sample, each program is one region. */
static void no_maps(void **state)
{
	auto_records struct records r = { 0 };
	auto_access struct access a = { 0 };
	auto_access_regions struct access_regions out = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(access_parse(pages, &a, &err), 0);
	assert_int_equal(traced_mappings(&a, &r, &out, &err), 0);
	assert_int_equal(out.n, 2);
	assert_string_equal(out.v[1].name, "./a.out");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(metrics),
		cmocka_unit_test(checks),
		cmocka_unit_test(mappings),
		cmocka_unit_test(no_maps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
