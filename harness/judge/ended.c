/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/ended.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"

#define NS_PER_S UINT64_C(1000000000)

/* The last place of `what` in the n bytes at s; NULL. */
static const char *last_of(const char *s, size_t n, const char *what)
{
	const char *found = NULL, *at = s;

	while ((at = memmem(at, n - (size_t)(at - s), what, strlen(what))))
		found = at++;
	return found;
}

/* "NAME=" of the line's words, parted by commas. */
static void word_of(const char *line, const char *name, char *out, size_t size)
{
	size_t len = strcspn(line, "\n");
	const char *at = memmem(line, len, name, strlen(name));

	out[0] = 0;
	if (!at)
		return;
	at += strlen(name);
	snprintf(out, size, "%.*s", (int)strcspn(at, ",\n"), at);
}

bool ended_oom(const struct records *r, struct oom_kill *out)
{
	const struct phase *p = records_phase(r, "end");
	const char *log = p ? rawset_get(&p->raw, "dmesg") : NULL;
	/* also "Memory cgroup out of memory" */
	const char *kill = log ? last_of(log, strlen(log), "ut of memory: Killed process") : NULL;

	*out = (struct oom_kill){ .constraint = "" };
	if (!kill)
		return false;
	const char *line = kill;
	while (line > log && line[-1] != '\n')
		line--;
	/* "6,99,1234,-;": the head of a record of /dev/kmsg */
	const char *text = memchr(line, ';', (size_t)(kill - line));
	text = text ? text + 1 : line;
	snprintf(out->words, sizeof(out->words), "%.*s", (int)strcspn(text, "\n"), text);
	/* the kernel's own summary comes before the kill: "oom-kill:constraint=...,task=...,pid=77,uid=0" */
	const char *summary = last_of(log, (size_t)(kill - log), "oom-kill:constraint=");
	if (summary) {
		word_of(summary, "constraint=", out->constraint, sizeof(out->constraint));
		word_of(summary, ",task=", out->task, sizeof(out->task));
	}
	return true;
}

void ended_signal(uint64_t number, char *name, size_t size)
{
	const char *known = number < 128 ? sigabbrev_np((int)number) : NULL;

	if (known)
		snprintf(name, size, "SIG%s", known);
	else
		snprintf(name, size, "signal %" PRIu64, number);
}

static void oom_words(const struct oom_kill *k, const char *who, char *why, size_t size)
{
	auto_text struct text of = { 0 };

	if (*k->constraint)
		text_printf(&of, " (constraint %s, task %s)", k->constraint,
			    *k->task ? k->task : "not named");
	snprintf(why, size, "%s%s: %s", who, text_str(&of), k->words);
}

static void signal_words(const struct records *r, const char *who, char *why, size_t size)
{
	const char *meaning = sigdescr_np((int)r->end_number);
	char name[32];

	ended_signal(r->end_number, name, sizeof(name));
	snprintf(why, size, meaning ? "%s%s (%s)" : "%s%s", who, name, meaning);
}

static bool killed(const struct records *r)
{
	return r->end == RECORD_END_SIGNAL && r->end_number == 9;
}

void ended_judge(const struct records *r, struct judged *out)
{
	const char *not_started = pairs_get(&r->notes, "not-started");
	struct oom_kill oom;
	bool any_oom = ended_oom(r, &oom);

	out->outcome = OUTCOME_BROKEN;
	if (r->broken.n) {
		snprintf(out->why, sizeof(out->why), "%s: %s", r->broken.v[0].name, r->broken.v[0].text);
		return;
	}
	if (not_started) {
		snprintf(out->why, sizeof(out->why), "the program can't be started: %s", not_started);
		return;
	}
	if (r->end == RECORD_END_NONE || r->end == RECORD_END_FLOOD) {
		snprintf(out->why, sizeof(out->why), "the program's end was not reported");
		return;
	}
	out->outcome = OUTCOME_FAIL;
	if (any_oom) {
		oom_words(&oom,
			  killed(r) ? "the program was killed by the OOM killer"
				    : "a process of the program was killed by the OOM killer",
			  out->why, sizeof(out->why));
	} else if (r->end == RECORD_END_SIGNAL) {
		signal_words(r, "the program was ended by ", out->why, sizeof(out->why));
	} else if (r->end == RECORD_END_DEADLINE) {
		snprintf(out->why, sizeof(out->why),
			 "the program had not ended after %" PRIu64 " s of virtual time (see --timeout)",
			 r->end_number / NS_PER_S);
	} else {
		out->outcome = OUTCOME_PASS;
	}
}

/* Whether a kill is what the workload is about: it counts them by the kernel's log. */
static bool provokes_oom(const struct workload *w)
{
	wl_foreach (m, &w->metrics)
		if (m->from == WL_DMESG_MATCHES && strstr(m->counter, "constraint="))
			return true;
	return false;
}

void ended_trouble(const struct workload *w, const struct records *r, char *why, size_t size)
{
	struct oom_kill oom;
	bool any_oom = ended_oom(r, &oom);

	why[0] = 0;
	if (any_oom && killed(r))
		oom_words(&oom, "was killed by the OOM killer", why, size);
	else if (r->end == RECORD_END_SIGNAL)
		signal_words(r, "crashed: ", why, size);
	else if (any_oom && !provokes_oom(w))
		oom_words(&oom, "a process of it was killed by the OOM killer", why, size);
	else if (r->broken.n)
		snprintf(why, size, "%s: %s", r->broken.v[0].name, r->broken.v[0].text);
	else if (r->end == RECORD_END_DEADLINE)
		snprintf(why, size, "has not ended after %" PRIu64 " s of virtual time",
			 r->end_number / NS_PER_S);
	else if (r->end == RECORD_END_FLOOD)
		snprintf(why, size, "floods the record channel: more than %" PRIu64 " bytes", r->end_number);
	else if (r->end == RECORD_END_CODE && r->end_number)
		snprintf(why, size, "ended with exit code %" PRIu64 "%s%.100s", r->end_number,
			 r->out[1].len ? ": " : "", text_str(&r->out[1]));
	else if (r->end == RECORD_END_NONE)
		snprintf(why, size, "its end was not reported");
}
