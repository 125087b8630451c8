/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plan's workloads, from words and back. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/suggest.h"
#include "plan/plan.h"
#include "workloads/lib/params.h"

/* params_set knows no suggestions: the guest is linked with it, too. */
static int suggest_param(const struct workload *w, const char *name, struct err *err)
{
	const char *names[64];
	size_t n = 0;

	wl_foreach (p, &w->params) {
		if (n < ARRAY_SIZE(names) - 1)
			names[n++] = p->name;
	}
	names[n] = NULL;
	const char *near = suggest(name, names);
	return near ? err_set(err, -ENOENT, "has no parameter \"%s\" (did you mean \"%s\"?)", name, near)
		    : -ENOENT;
}

static int item_params(struct plan_item *i, char *list, struct err *err)
{
	for (char *one = strtok(list, ","); one; one = strtok(NULL, ",")) {
		char *eq = strchr(one, '=');

		if (!eq)
			return err_set(err, -EINVAL, "workload %s: \"%s\": want PARAM=VALUE", i->name, one);
		*eq = 0;
		int r = !strcmp(one, "sabotage") ? params_sabotage(i->w, eq + 1, &i->sabotage, err)
						 : params_set(i->w, i->params, one, eq + 1, err);
		if (r == -ENOENT)
			suggest_param(i->w, one, err);
		if (r)
			return err_prefix(err, "workload %s", i->name);
	}
	return 0;
}

static int item_add(struct plan *p, const struct workload_entry *e, char *params, struct err *err)
{
	unsigned same = 1;

	for (size_t i = 0; i < p->items; i++)
		same += p->item[i].w == e->w;
	p->item = xrealloc(p->item, (p->items + 1) * sizeof(*p->item));
	struct plan_item *i = &p->item[p->items++];
	*i = (struct plan_item){ .name = e->name, .w = e->w, .params = xcalloc(1, e->w->params.size) };
	i->label = same > 1 ? xasprintf("%s#%u", e->name, same) : xstrdup(e->name);
	params_default(e->w, i->params);
	return params ? item_params(i, params, err) : 0;
}

static int unknown_workload(const char *name, struct err *err)
{
	const char *near = suggest_row(name, &workload_table->name, sizeof(*workload_table));

	return err_set(err, -ENOENT, "no workload \"%s\"%s%s%s: `numarig list workloads` has them", name,
		       near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "");
}

/* Up to the comma behind which the next workload begins: what has a '=' there before any ':' is a parameter of this one. */
static size_t one_workload(const char *list)
{
	size_t n = strcspn(list, ",");

	while (list[n] && list[n + 1 + strcspn(list + n + 1, ",:=")] == '=')
		n += 1 + strcspn(list + n + 1, ",");
	return n;
}

static int add_one(struct plan *p, const char *arg, size_t n, struct err *err)
{
	auto_free char *name = xasprintf("%.*s", (int)n, arg);
	char *params = strchr(name, ':'), *comma = params ? NULL : strchr(name, ',');

	if (comma)
		return err_set(err, -EINVAL, "workload %.*s: \"%s\": parameters follow a colon: %.*s:%s",
			       (int)(comma - name), name, comma + 1, (int)(comma - name), name, comma + 1);
	if (params)
		*params++ = 0;
	if (params && *params && !strcmp(name, "all"))
		return err_set(err, -EINVAL, "all workloads: take no parameters");
	for (const struct workload_entry *e = workload_table; e->name; e++) {
		bool all = !strcmp(name, "all");

		if (!all && strcmp(e->name, name) != 0)
			continue;
		int r = item_add(p, e, params, err);
		if (r || !all)
			return r;
	}
	return !strcmp(name, "all") ? 0 : unknown_workload(name, err);
}

int plan_add_workload(struct plan *p, const char *list, struct err *err)
{
	for (size_t n;; list += n + 1) {
		n = one_workload(list);
		if (add_one(p, list, n, err) || !list[n])
			return err->code;
	}
}

char *plan_item_words(const struct plan_item *i)
{
	auto_free void *defaults = xcalloc(1, i->w->params.size);
	auto_text struct text t = { 0 };
	char is[64], was[64];

	params_default(i->w, defaults);
	text_printf(&t, "%s", i->name);
	wl_foreach (q, &i->w->params)
		if (strcmp(params_show(q, i->params, is, sizeof(is)),
			   params_show(q, defaults, was, sizeof(was))) != 0)
			text_printf(&t, "%c%s=%s", strchr(text_str(&t), ':') ? ',' : ':', q->name, is);
	if (i->sabotage)
		text_printf(&t, "%csabotage=%s", strchr(text_str(&t), ':') ? ',' : ':', i->sabotage);
	return xstrdup(text_str(&t));
}
