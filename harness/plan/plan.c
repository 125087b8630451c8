/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/plan.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/sha256.h"
#include "base/suggest.h"
#include "workloads/lib/params.h"
#include "plan/plan_samples.h"

void settings_free(struct settings *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->v[i].name);
		free(s->v[i].value);
	}
	free(s->v);
	*s = (struct settings){ 0 };
}

void plan_free(struct plan *p)
{
	for (size_t i = 0; i < p->items; i++) {
		free(p->item[i].label);
		free(p->item[i].params);
	}
	free(p->item);
	settings_free(&p->user);
	strlist_free(&p->events);
	*p = (struct plan){ 0 };
}

const struct setting *settings_get(const struct settings *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->v[i].name, name))
			return &s->v[i];
	return NULL;
}

static void settings_set(struct settings *s, const char *name, const char *value, enum setting_from from)
{
	struct setting *x = (struct setting *)settings_get(s, name);

	if (!x) {
		s->v = xrealloc(s->v, (s->n + 1) * sizeof(*s->v));
		x = &s->v[s->n++];
		*x = (struct setting){ .name = xstrdup(name) };
	}
	free(x->value);
	x->value = xstrdup(value);
	x->from = from;
}

static int setting_add(struct settings *s, const char *arg, enum setting_from from, struct err *err)
{
	auto_free char *name = xstrdup(arg);
	char *eq = strchr(name, '=');
	unsigned number[2];

	if (!eq)
		return err_set(err, -EINVAL, "knob \"%s\": want KNOB=VALUE", arg);
	*eq = 0;
	const struct knob *k = knob_find(name, number, err);
	if (!k || knob_check(k, name, eq + 1, err))
		return err->code;
	settings_set(s, name, eq + 1, from);
	return 0;
}

int plan_add_knob(struct plan *p, const char *arg, struct err *err)
{
	return setting_add(&p->user, arg, SETTING_USER, err);
}

int plan_add_events(struct plan *p, const char *arg, struct err *err)
{
	auto_free char *list = xstrdup(arg);
	size_t before = p->events.n;

	for (char *e = strtok(list, ","); e; e = strtok(NULL, ",")) {
		const char *colon = strchr(e, ':');

		if (!colon || colon == e || !colon[1] ||
		    e[strspn(e, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:*?-")])
			return err_set(err, -EINVAL, "--events \"%s\": want GROUP:NAME, such as migrate:*",
				       e);
		strlist_add(&p->events, "%s", e);
	}
	return p->events.n > before ? 0 : err_set(err, -EINVAL, "--events: names no event");
}

int plan_settings(const struct plan *p, const struct workload *w, struct settings *out, struct err *err)
{
	for (const struct knob *k = knob_table; k->name; k++)
		if (k->def)
			settings_set(out, k->name, k->def, SETTING_DECLARED);
	auto_free char *own = xstrdup(w && w->knobs ? w->knobs : "");
	for (char *one = strtok(own, " "); one; one = strtok(NULL, " "))
		if (setting_add(out, one, SETTING_WORKLOAD, err))
			return err->code;
	for (size_t i = 0; i < p->user.n; i++)
		settings_set(out, p->user.v[i].name, p->user.v[i].value, SETTING_USER);
	return 0;
}

static char *arguments(const struct settings *s)
{
	auto_text struct text t = { 0 };

	for (size_t i = 0; i < s->n; i++) {
		unsigned number[2];
		struct err ignored = ERR_INIT;
		const struct knob *k = knob_find(s->v[i].name, number, &ignored);

		if (k && k->kind == KNOB_BOOT)
			text_printf(&t, "%s%s%s", t.len ? " " : "", k->place, s->v[i].value);
	}
	return xstrdup(text_str(&t));
}

char *plan_append(const struct plan *p)
{
	return arguments(&p->user);
}

int plan_own_append(const struct plan *p, const struct workload *w, char **out, struct err *err)
{
	auto_settings struct settings s = { 0 };

	*out = NULL;
	if (plan_settings(p, w, &s, err))
		return err->code;
	auto_free char *users = plan_append(p), *own = arguments(&s);
	if (strcmp(own, users) != 0)
		*out = take_ptr(own);
	return 0;
}

char *plan_boot_name(const char *own_append)
{
	struct sha256 sha;

	if (!own_append)
		return xstrdup("boot");
	sha256_bytes(own_append, strlen(own_append), &sha);
	return xasprintf("boot-%.8s", sha.hex);
}

/* --- the job's text (wire/job.h) --------------------------------------------------------------------------------- */
static void word(struct text *out, const char *s)
{
	text_printf(out, " ");
	if (!*s)
		text_printf(out, "%%-");
	for (; *s; s++)
		if (*s <= ' ' || *s == '%' || (unsigned char)*s >= 0x7f)
			text_printf(out, "%%%02X", (unsigned char)*s);
		else
			text_add(out, s, 1);
}

static void line(struct text *out, const char *key, const char *a, const char *b, const char *c)
{
	text_printf(out, "%s", key);
	word(out, a);
	if (b)
		word(out, b);
	if (c)
		word(out, c);
	text_printf(out, "\n");
}

static void knob_lines(const struct settings *s, struct text *out)
{
	unsigned number[2];
	struct err ignored = ERR_INIT;

	for (size_t i = 0; i < s->n; i++) {
		const struct knob *k = knob_find(s->v[i].name, number, &ignored);

		if (!k || k->kind == KNOB_BOOT)
			continue;
		auto_free char *place = knob_place(k, number);
		line(out, "write", s->v[i].name, place, s->v[i].value);
	}
	for (const struct knob *k = knob_table; k->name; k++)
		if (k->kind == KNOB_FILE && !strchr(k->name, '*'))
			line(out, "read", k->name, k->place, NULL);
	for (size_t i = 0; i < s->n; i++) {
		const struct knob *k = knob_find(s->v[i].name, number, &ignored);

		if (!k || k->kind == KNOB_BOOT || !strchr(k->name, '*'))
			continue;
		auto_free char *place = knob_place(k, number);
		line(out, "read", s->v[i].name, place, NULL);
	}
}

void plan_boot_job(struct text *out)
{
	static const struct plan none;
	auto_settings struct settings s = { 0 };
	struct err ignored = ERR_INIT; /* the declared defaults are good: tests/unit/test_knobs.c */

	plan_settings(&none, NULL, &s, &ignored);
	text_printf(out, "mode snapshot\n");
	knob_lines(&s, out);
	plan_sample_lines(out);
}

static int common_lines(const struct plan *p, const struct workload *w, unsigned timeout_s, struct text *out,
			struct err *err)
{
	auto_settings struct settings s = { 0 };
	unsigned every_ms = p->sample_ms ? p->sample_ms : w ? w->every_ms : 0;

	if (plan_settings(p, w, &s, err))
		return err->code;
	text_printf(out, "seed %u\ndeadline %llu\nquota %llu\noutput %llu\nevery %llu\n", p->seed,
		    timeout_s * 1000000000ull, w ? PLAN_QUOTA_RUN : PLAN_QUOTA_EXEC, PLAN_OUTPUT,
		    every_ms * 1000000ull);
	knob_lines(&s, out);
	plan_sample_lines(out);
	for (size_t i = 0; i < p->events.n; i++)
		line(out, "event", p->events.v[i], NULL, NULL);
	return 0;
}

int plan_job(const struct plan *p, const struct plan_item *i, struct text *out, struct err *err)
{
	char value[64];

	text_printf(out, "mode run\n");
	if (common_lines(p, i->w, i->w->timeout_s, out, err))
		return err_prefix(err, "workload %s", i->name);
	line(out, "workload", i->name, NULL, NULL);
	wl_foreach (q, &i->w->params)
		line(out, "param", q->name, params_show(q, i->params, value, sizeof(value)), NULL);
	if (i->sabotage)
		line(out, "param", "sabotage", i->sabotage, NULL);
	return 0;
}

int plan_exec_job(const struct plan *p, const struct plan_exec *x, struct text *out, struct err *err)
{
	text_printf(out, "mode exec\n");
	if (common_lines(p, NULL, x->timeout_s, out, err))
		return err->code;
	line(out, "sample", "/proc/PID/maps", NULL, NULL); /* what the pages of an access trace are */
	line(out, "root", x->root, NULL, NULL);
	line(out, "cwd", x->cwd, NULL, NULL);
	if (x->library_path)
		line(out, "env", "LD_LIBRARY_PATH", x->library_path, NULL);
	for (char *const *a = x->argv; *a; a++)
		line(out, "arg", *a, NULL, NULL);
	return 0;
}

static json_t *item_json(const struct plan *p, const struct plan_item *i)
{
	json_t *params = json_object();
	auto_free char *append = NULL;
	struct err ignored = ERR_INIT; /* who runs the plan hears of it */
	char value[64];

	wl_foreach (q, &i->w->params)
		json_object_set_new(params, q->name,
				    json_string(params_show(q, i->params, value, sizeof(value))));
	if (i->sabotage)
		json_object_set_new(params, "sabotage", json_string(i->sabotage));
	json_t *j = json_pack("{s:s, s:s, s:o}", "name", i->label, "workload", i->name, "params", params);
	if (!plan_own_append(p, i->w, &append, &ignored) && append)
		json_object_set_new(j, "append", json_string(append));
	return j;
}

json_t *plan_json(const struct plan *p)
{
	json_t *workloads = json_array(), *knobs = json_object(), *events = json_array();

	for (size_t i = 0; i < p->items; i++)
		json_array_append_new(workloads, item_json(p, &p->item[i]));
	for (size_t i = 0; i < p->user.n; i++)
		json_object_set_new(knobs, p->user.v[i].name, json_string(p->user.v[i].value));
	for (size_t i = 0; i < p->events.n; i++)
		json_array_append_new(events, json_string(p->events.v[i]));
	return json_pack("{s:o, s:o, s:o, s:i, s:i, s:i}", "workloads", workloads, "knobs", knobs, "events",
			 events, "seed", (int)p->seed, "shift", (int)p->shift, "sample_ms",
			 (int)p->sample_ms);
}
