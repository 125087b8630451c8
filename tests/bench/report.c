/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#include "base/auto.h"
#include "report/mission.h"
#include "base/file.h"
#include "tests/bench/bench.h"
#include "report/mission_rows.h"

/* The six of the issue are what the target of `suite` is about: with fewer it says nothing. */
static const struct target *target_of(const struct bench_topology *t, const char *name)
{
	if (!strcmp(name, "suite") && bench_suite_has() < BENCH_SUITE_OF)
		return NULL;
	return target_find(t->name, name);
}

/* --- JSON
 * ------------------------------------------------------------------------------------------------------------
 */
static json_t *target_json(const struct target *t, double value)
{
	return json_pack("{s:s, s:f, s:b}", "is", t->is == TARGET_AT_MOST ? "at_most" : "at_least", "limit",
			 t->limit, "met", target_met(t->is, t->limit, value));
}

static void set_series(json_t *into, const struct series *s, const char *unit)
{
	json_t *samples = json_array();
	struct summary sum;

	json_object_set_new(into, "unit", json_string(unit));
	json_object_set_new(into, "n", json_integer((json_int_t)s->n));
	for (size_t i = 0; i < s->n; i++)
		json_array_append_new(samples, json_real(s->v[i]));
	json_object_set_new(into, "samples", samples);
	if (!series_summary(s, &sum))
		return;
	json_object_set_new(into, "min", json_real(sum.min));
	json_object_set_new(into, "median", json_real(sum.median));
	json_object_set_new(into, "max", json_real(sum.max));
}

static json_t *figures_json(const struct bench_topology *t)
{
	json_t *all = json_array();

	for (unsigned id = 0; id < FIGURES; id++) {
		const struct figure *f = &figure_table[id];
		const struct measured *m = &t->figure[id];
		const struct target *aim = target_of(t, f->name);
		struct summary sum;
		json_t *j = json_pack("{s:s, s:s}", "name", f->name, "about", f->about);

		set_series(j, &m->series, f->unit);
		if (m->absent[0])
			json_object_set_new(j, "absent", json_string(m->absent));
		if (aim && series_summary(&m->series, &sum))
			json_object_set_new(j, "target", target_json(aim, sum.median));
		json_array_append_new(all, j);
	}
	return all;
}

static json_t *ratios_json(const struct bench_topology *t)
{
	json_t *all = json_array();

	for (const struct ratio_of *r = ratio_table; r->name; r++) {
		const struct target *aim = target_of(t, r->name);
		struct ratio v;

		if (!series_ratio(&t->figure[r->of].series, &t->figure[r->over].series, &v))
			continue;
		json_t *j = json_pack("{s:s, s:f, s:f, s:f}", "name", r->name, "value", v.value, "low", v.low,
				      "high", v.high);
		if (aim)
			json_object_set_new(j, "target", target_json(aim, v.value));
		json_array_append_new(all, j);
	}
	return all;
}

static json_t *row_json(const struct workload_row *w)
{
	json_t *j = json_object(), *wall = json_object(), *virtual = json_object(),
	       *instructions = json_object();

	set_series(wall, &w->wall_s, "s");
	set_series(virtual, &w->virtual_s, "s");
	set_series(instructions, &w->instructions, "instructions");
	json_object_set_new(j, "wall", wall);
	json_object_set_new(j, "virtual", virtual);
	json_object_set_new(j, "instructions", instructions);
	return j;
}

/* A workload's time is its rows', by the number of checks that each has in it. */
static double row_seconds(const struct bench_topology *t, const char *id)
{
	double sum = 0;

	for (size_t i = 0; i < t->rows; i++) {
		unsigned mine = 0, all = 0;
		struct summary wall;

		for (const struct workload_entry *e = workload_table; e->name; e++)
			wl_foreach (x, &e->w->expects) {
				if (strcmp(e->name, t->row[i].name) != 0)
					break;
				mine += mission_names(x->rows, id);
				for (const struct mission_row *r = mission_rows; r->id; r++)
					all += mission_names(x->rows, r->id);
			}
		if (mine && series_summary(&t->row[i].wall_s, &wall))
			sum += wall.median * mine / all;
	}
	return sum;
}

struct row_time {
	const struct mission_row *row;
	double s;
};

static int by_time(const void *a, const void *b)
{
	const struct row_time *x = a, *y = b;

	return x->s > y->s ? -1 : x->s < y->s;
}

static size_t row_times(const struct bench_topology *t, struct row_time *out, size_t most)
{
	size_t n = 0;

	for (const struct mission_row *r = mission_rows; r->id && n < most; r++)
		out[n++] = (struct row_time){ r, row_seconds(t, r->id) };
	qsort(out, n, sizeof(*out), by_time);
	return n;
}

static json_t *mission_json(const struct bench_topology *t)
{
	struct row_time times[64];
	size_t n = row_times(t, times, ARRAY_SIZE(times));
	json_t *all = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(all, json_pack("{s:s, s:f}", "row", times[i].row->id, "s", times[i].s));
	return all;
}

static void mission_rows_text(const struct bench_topology *t, struct text *out)
{
	struct row_time times[64];
	size_t n = row_times(t, times, ARRAY_SIZE(times));

	if (!t->rows)
		return;
	text_printf(out, "  row    machine s  (the mission's, dearest first)\n");
	for (size_t i = 0; i < n; i++)
		text_printf(out, "  %-6s %9.2f  %s\n", times[i].row->id, times[i].s, times[i].row->statement);
	text_printf(out, "\n");
}

static json_t *topology_json(const struct bench_topology *t)
{
	json_t *workloads = json_array(), *argv = json_array();

	for (size_t i = 0; i < t->rows; i++) {
		json_t *j = row_json(&t->row[i]);

		json_object_set_new(j, "name", json_string(t->row[i].name));
		json_object_set_new(j, "outcome", json_string(t->row[i].outcome));
		json_array_append_new(workloads, j);
	}
	for (size_t i = 0; i < t->plain_argv.n; i++)
		json_array_append_new(argv, json_string(t->plain_argv.v[i]));
	return json_pack("{s:s, s:i, s:i, s:o, s:o, s:o, s:o, s:o, s:o}", "name", t->name, "nodes",
			 (int)t->nodes, "cpus", (int)t->cpus, "plain_argv", argv, "figures", figures_json(t),
			 "ratios", ratios_json(t), "workloads", workloads, "workloads_sum", row_json(&t->sum),
			 "mission", mission_json(t));
}

/* "model name	: ..." of the first CPU; "" when there is none. */
static void cpu_model(char *buf, size_t size)
{
	auto_text struct text t = { 0 };
	struct err ignored = ERR_INIT;
	char *at;

	buf[0] = 0;
	if (file_read("/proc/cpuinfo", 16u << 20, &t, &ignored))
		return;
	at = strstr(text_str(&t), "model name");
	at = at ? strchr(at, ':') : NULL;
	if (at && at[1])
		snprintf(buf, size, "%.*s", (int)strcspn(at + 2, "\n"), at + 2);
}

static json_t *host_json(const struct bench *b)
{
	struct utsname u;
	struct sysinfo si;
	char model[128];

	uname(&u);
	sysinfo(&si);
	cpu_model(model, sizeof(model));
	return json_pack("{s:s, s:i, s:I, s:s, s:s, s:f, s:f}", "cpu", model, "cpus", get_nprocs(),
			 "memory_mib", (json_int_t)((uint64_t)si.totalram * si.mem_unit >> 20), "kernel",
			 u.release, "machine", u.nodename, "load_before", b->load_before, "load_after",
			 b->load_after);
}

json_t *bench_json(const struct bench *b)
{
	json_t *topologies = json_array();

	for (size_t i = 0; i < b->topologies; i++)
		json_array_append_new(topologies, topology_json(&b->topology[i]));
	return json_pack("{s:i, s:s, s:i, s:i, s:o, s:s, s:s, s:o}", "schema", BENCH_SCHEMA, "utc", b->utc,
			 "rounds", (int)b->rounds, "suite_has", (int)bench_suite_has(), "host", host_json(b),
			 "qemu", b->qemu, "kernel", b->kernel_name, "topologies", topologies);
}

/* --- the table --- */
static void aim_words(const struct target *aim, double value, char *buf, size_t size)
{
	buf[0] = 0;
	if (aim)
		snprintf(buf, size, "  %s %g: %s", aim->is == TARGET_AT_MOST ? "at most" : "at least",
			 aim->limit, target_met(aim->is, aim->limit, value) ? "met" : "NOT MET");
}

static void figure_rows(const struct bench_topology *t, struct text *out)
{
	char words[96];

	text_printf(out, "  %-22s %4s %9s %9s %9s\n", "figure", "n", "median", "min", "max");
	for (unsigned id = 0; id < FIGURES; id++) {
		const struct figure *f = &figure_table[id];
		const struct measured *m = &t->figure[id];
		struct summary s;

		if (series_summary(&m->series, &s)) {
			aim_words(target_of(t, f->name), s.median, words, sizeof(words));
			text_printf(out, "  %-22s %4zu %9.3f %9.3f %9.3f %-4s%s\n", f->name, s.n, s.median,
				    s.min, s.max, f->unit, words);
		}
		if (m->absent[0])
			text_printf(out, "  %-22s %s: %s\n", f->name,
				    m->series.n ? "then failed" : "not measured", m->absent);
	}
	text_printf(out, "\n");
}

static void ratio_rows(const struct bench_topology *t, struct text *out)
{
	char words[96];

	text_printf(out, "  %-38s %9s %9s %9s\n", "ratio", "medians", "least", "most");
	for (const struct ratio_of *r = ratio_table; r->name; r++) {
		struct ratio v;

		if (!series_ratio(&t->figure[r->of].series, &t->figure[r->over].series, &v))
			continue;
		aim_words(target_of(t, r->name), v.value, words, sizeof(words));
		text_printf(out, "  %-38s %9.2f %9.2f %9.2f%s\n", r->name, v.value, v.low, v.high, words);
	}
	text_printf(out, "\n");
}

static void workload_row_text(const char *name, const char *outcome, const struct workload_row *w,
			      struct text *out)
{
	struct summary wall, virtual, count;

	text_printf(out, "  %-22s %-7s", name, outcome);
	if (series_summary(&w->wall_s, &wall))
		text_printf(out, " %9.3f %9.3f %9.3f", wall.median, wall.min, wall.max);
	else
		text_printf(out, " %9s %9s %9s", "-", "-", "-");
	if (series_summary(&w->virtual_s, &virtual) && series_summary(&w->instructions, &count))
		text_printf(out, " %10.3f %10.1f%s\n", virtual.median, count.median / 1e6,
			    count.min == count.max && virtual.min == virtual.max
				    ? ""
				    : "  differs between rounds");
	else
		text_printf(out, " %10s %10s\n", "-", "-");
}

static void workload_rows(const struct bench_topology *t, struct text *out)
{
	if (!t->rows)
		return;
	text_printf(out, "  %-22s %-7s %9s %9s %9s %10s %10s\n", "workload (all_j2)", "", "wall s", "min",
		    "max", "virtual s", "M instr.");
	for (size_t i = 0; i < t->rows; i++)
		workload_row_text(t->row[i].name, t->row[i].outcome, &t->row[i], out);
	workload_row_text("sum", "", &t->sum, out);
	if (bench_suite_has() < BENCH_SUITE_OF)
		text_printf(out,
			    "  this build has %zu of the suite's %d workloads: its target is not judged\n",
			    bench_suite_has(), BENCH_SUITE_OF);
	text_printf(out, "\n");
}

void bench_table(const struct bench *b, struct text *out)
{
	auto_json json_t *host = host_json(b);

	text_printf(out, "numarig bench, %s, %u rounds\n", b->utc, b->rounds);
	text_printf(out, "guest %s, QEMU %s\n", b->kernel_name, b->qemu);
	text_printf(out, "host  %s, %d CPUs, %lld MiB, Linux %s, load %.2f before and %.2f after\n",
		    json_string_value(json_object_get(host, "cpu")), get_nprocs(),
		    (long long)json_integer_value(json_object_get(host, "memory_mib")),
		    json_string_value(json_object_get(host, "kernel")), b->load_before, b->load_after);
	if (b->load_before > BENCH_QUIET_LOAD)
		text_printf(
			out,
			"This machine was NOT QUIET when the bench began: the figures have other work in them.\n");
	for (size_t i = 0; i < b->topologies; i++) {
		const struct bench_topology *t = &b->topology[i];

		text_printf(out, "\n%s: %u nodes, %u CPUs\n", t->name, t->nodes, t->cpus);
		figure_rows(t, out);
		ratio_rows(t, out);
		workload_rows(t, out);
		mission_rows_text(t, out);
	}
}
