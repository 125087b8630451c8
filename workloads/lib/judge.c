/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/judge.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void wl_worse(struct wl_verdict *out, enum outcome o, const char *why, ...)
{
	va_list ap;

	if (o <= out->outcome)
		return;
	out->outcome = o;
	va_start(ap, why);
	vsnprintf(out->why, sizeof(out->why), why, ap);
	va_end(ap);
}

void wl_looked(struct wl_verdict *out, const char *what, ...)
{
	va_list ap;

	if (out->outcome > OUTCOME_XFAIL)
		return;
	va_start(ap, what);
	vsnprintf(out->expected, sizeof(out->expected), what, ap);
	va_end(ap);
	snprintf(out->actual, sizeof(out->actual), "the same");
}

static const struct wl_value *find(const struct wl_view *v, const char *metric, int nid)
{
	for (size_t i = 0; i < v->nvalues; i++)
		if (v->values[i].nid == nid && !strcmp(v->values[i].name, metric))
			return &v->values[i];
	return NULL;
}

bool wl_has(const struct wl_view *v, const char *metric, int nid)
{
	return find(v, metric, nid) != NULL;
}

static void broken(struct wl_verdict *out, const char *metric, int nid)
{
	if (nid < 0)
		wl_worse(out, OUTCOME_BROKEN, "%s was not measured", metric);
	else
		wl_worse(out, OUTCOME_BROKEN, "%s on node %d was not measured", metric, nid);
}

int64_t wl_get(const struct wl_view *v, struct wl_verdict *out, const char *metric, int nid)
{
	const struct wl_value *x = find(v, metric, nid);

	if (!x)
		broken(out, metric, nid);
	return x ? x->value : 0;
}

bool wl_clocked(const struct wl_view *v, struct wl_verdict *out)
{
	if (v->shift >= 0)
		return true;
	if (out->outcome < OUTCOME_SKIP)
		out->expected[0] = out->actual[0] = 0; /* of what came before, which holds */
	wl_worse(out, OUTCOME_SKIP, "instructions are counted by engine exact only");
	return false;
}

int64_t wl_sum(const struct wl_view *v, struct wl_verdict *out, const char *metric)
{
	int64_t sum = 0;
	bool any = false;

	for (size_t i = 0; i < v->nvalues; i++) {
		if (v->values[i].nid < 0 || strcmp(v->values[i].name, metric) != 0)
			continue;
		sum += v->values[i].value;
		any = true;
	}
	if (!any)
		wl_worse(out, OUTCOME_BROKEN, "%s was not measured on any node", metric);
	return sum;
}

/* Whether it is; false and BROKEN when it is not. */
static bool version_known(const struct wl_view *v, struct wl_verdict *out, unsigned major, unsigned minor)
{
	if (!kernel_known(v->kernel))
		wl_worse(out, OUTCOME_BROKEN,
			 "the kernel's version is not known, and what is right changed with Linux %u.%u",
			 major, minor);
	return kernel_known(v->kernel);
}

bool wl_since(const struct wl_view *v, struct wl_verdict *out, unsigned major, unsigned minor)
{
	return version_known(v, out, major, minor) && kernel_since(v->kernel, major, minor);
}

bool wl_since_fix(const struct wl_view *v, struct wl_verdict *out, unsigned major, unsigned minor,
		  unsigned fix)
{
	return version_known(v, out, major, minor) && kernel_since_fix(v->kernel, major, minor, fix);
}

int wl_nid(const struct wl_view *v, struct wl_verdict *out, const char *metric, int nid)
{
	struct idset all = wl_either(&v->mem_nodes, &v->cpu_nodes);
	int64_t id = wl_get(v, out, metric, nid);

	if (id >= 0 && id < IDSET_MAX && idset_has(&all, (unsigned)id))
		return (int)id;
	wl_worse(out, OUTCOME_BROKEN, "%s is %" PRId64 ", and there is no such node", metric, id);
	return wl_nth(&all, 0);
}

unsigned wl_count(const struct wl_view *v, struct wl_verdict *out, const char *metric, unsigned most)
{
	int64_t n = wl_get(v, out, metric, -1);

	if (n >= 1 && n <= (int64_t)most)
		return (unsigned)n;
	wl_worse(out, OUTCOME_BROKEN, "%s is %" PRId64 ", want 1 to %u", metric, n, most);
	return 0;
}

/* "moved on node 2" */
static const char *place(const char *metric, int nid, char *buf, size_t size)
{
	if (nid < 0)
		snprintf(buf, size, "%s", metric);
	else
		snprintf(buf, size, "%s on node %d", metric, nid);
	return buf;
}

/* The words of a check that holds show its last value, of one that does not its first wrong one. */
static void compare(const struct wl_view *v, struct wl_verdict *out, const char *metric, int nid,
		    bool (*ok)(int64_t, int64_t), const char *sign, int64_t bound)
{
	char where[96];
	int64_t x = wl_get(v, out, metric, nid);

	if (out->outcome > OUTCOME_XFAIL)
		return;
	place(metric, nid, where, sizeof(where));
	snprintf(out->expected, sizeof(out->expected), "%s %s%" PRId64, where, sign, bound);
	snprintf(out->actual, sizeof(out->actual), "%" PRId64, x);
	if (!ok(x, bound))
		wl_worse(out, OUTCOME_FAIL, "%s is %" PRId64 ", expected %s%" PRId64, where, x, sign, bound);
}

static bool equal(int64_t a, int64_t b)
{
	return a == b;
}

static bool at_least(int64_t a, int64_t b)
{
	return a >= b;
}

static bool at_most(int64_t a, int64_t b)
{
	return a <= b;
}

void wl_want(const struct wl_view *v, struct wl_verdict *out, const char *metric, int nid, int64_t expected)
{
	compare(v, out, metric, nid, equal, "", expected);
}

void wl_want_least(const struct wl_view *v, struct wl_verdict *out, const char *metric, int nid,
		   int64_t least)
{
	compare(v, out, metric, nid, at_least, ">= ", least);
}

void wl_want_most(const struct wl_view *v, struct wl_verdict *out, const char *metric, int nid, int64_t most)
{
	compare(v, out, metric, nid, at_most, "<= ", most);
}

void wl_want_only_on(const struct wl_view *v, struct wl_verdict *out, const char *metric, int nid,
		     int64_t pages)
{
	idset_foreach (other, &v->mem_nodes) {
		if ((int)other != nid)
			wl_want(v, out, metric, (int)other, 0);
	}
	wl_want(v, out, metric, nid, pages);
	if (out->outcome <= OUTCOME_XFAIL) {
		snprintf(out->expected, sizeof(out->expected), "%s: %" PRId64 " on node %d, 0 elsewhere",
			 metric, pages, nid);
		snprintf(out->actual, sizeof(out->actual), "the same");
	}
}

void wl_want_some_on(const struct wl_view *v, struct wl_verdict *out, const char *metric, int nid)
{
	idset_foreach (other, &v->mem_nodes) {
		if ((int)other != nid)
			wl_want(v, out, metric, (int)other, 0);
	}
	wl_want_least(v, out, metric, nid, 1);
}

void wl_documented(struct wl_verdict *out, bool documented, bool wished, const char *why, ...)
{
	char words[WL_WORDS];
	va_list ap;

	va_start(ap, why);
	vsnprintf(words, sizeof(words), why, ap);
	va_end(ap);
	if ((wished || !documented) && out->outcome <= OUTCOME_XFAIL)
		out->expected[0] = out->actual[0] = 0; /* of a comparison that holds: it is not the reason */
	if (wished)
		wl_worse(out, OUTCOME_FAIL, "the documented behaviour is gone: %.200s", words);
	else if (documented)
		wl_worse(out, OUTCOME_XFAIL, "%s", words);
	else
		wl_worse(out, OUTCOME_FAIL, "neither what was asked for nor what is documented: %.180s",
			 words);
}

int wl_nth(const struct idset *s, unsigned n)
{
	idset_foreach (id, s) {
		if (!n--)
			return (int)id;
	}
	return -1;
}

struct idset wl_either(const struct idset *a, const struct idset *b)
{
	struct idset s = *a;

	idset_foreach (id, b) {
		idset_add(&s, id);
	}
	return s;
}

int wl_fallback(const struct wl_view *v, int nid, unsigned n)
{
	uint16_t to = WL_NOWHERE;

	if (nid >= 0 && (unsigned)nid < v->distance_stride && n < idset_count(&v->mem_nodes))
		to = v->fallback[(unsigned)nid * v->distance_stride + n];
	return to == WL_NOWHERE ? -1 : to;
}
