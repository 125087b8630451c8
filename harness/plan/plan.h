/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to be run: workloads with parameters, knobs, schedule; and the job text the guest gets for each. */
#ifndef NUMARIG_PLAN_PLAN_H
#define NUMARIG_PLAN_PLAN_H

#include <stdbool.h>

#include "base/json.h"
#include "base/text.h"
#include "plan/knobs.h"
#include "workloads/workload.h"

/* Quotas of records: flooding more is a BROKEN of the workload, or the end of an exec'ed program's output. */
#define PLAN_QUOTA_RUN (8ull << 20)
#define PLAN_QUOTA_EXEC (64ull << 20)
#define PLAN_OUTPUT \
	(4ull << 20) /* of a program's output and errors; a second a MiB is what the channel takes */

enum setting_from { SETTING_DECLARED, SETTING_WORKLOAD, SETTING_USER };

struct setting {
	char *name, *value;
	enum setting_from from;
};

struct settings {
	struct setting *v;
	size_t n;
};

struct plan_item {
	char *label; /* the workload's name, or name#2 for its second appearance */
	const char *name;
	const struct workload *w;
	void *params;
	const char *sabotage; /* of the workload's table; NULL: none */
};

struct plan {
	struct plan_item *item;
	size_t items;
	struct settings user;  /* -s KNOB=V */
	struct strlist events; /* GROUP:NAME */
	unsigned seed, shift;
	unsigned sample_ms; /* exec --sample; 0: the workload's own */
	unsigned jobs;
};

void plan_free(struct plan *p);
#define auto_plan __attribute__((cleanup(plan_free)))

/* "bind" or "bind:pages=64,node=1"; "all" is every workload. Errors name the workload and what would be right. */
int plan_add_workload(struct plan *p, const char *arg, struct err *err);
/* As plan_add_workload takes it: its name and what differs from the defaults; malloc'ed. */
char *plan_item_words(const struct plan_item *i);
/* "thp.enabled=never". The later one of the same name counts. */
int plan_add_knob(struct plan *p, const char *arg, struct err *err);
/* "migrate:*,sched:sched_move_numa" */
int plan_add_events(struct plan *p, const char *arg, struct err *err);

/* What holds for a workload (NULL: for exec): declared defaults, over them the workload's, over them the user's. */
int plan_settings(const struct plan *p, const struct workload *w, struct settings *out, struct err *err);
void settings_free(struct settings *s);
const struct setting *settings_get(const struct settings *s, const char *name);
#define auto_settings __attribute__((cleanup(settings_free)))

/* Boot knobs of the user's as kernel arguments; malloc'ed, "" for none. */
char *plan_append(const struct plan *p);
/*
 * The same for a workload whose own .knobs have some of the kernel's command line, the user's over them; NULL where
 * that makes no difference. It needs a machine of its own.
 */
int plan_own_append(const struct plan *p, const struct workload *w, char **out, struct err *err);
/* Where DIR/raw keeps what such a machine showed while it booted: "boot" (NULL: the user's), "boot-1a2b3c4d". */
char *plan_boot_name(const char *own_append);

/* The job a machine is booted with before it is saved: what all that follow have in common is done there once. */
void plan_boot_job(struct text *out);
/* The job of one workload. */
int plan_job(const struct plan *p, const struct plan_item *i, struct text *out, struct err *err);
/* A program of the user's: what the guest runs instead of workloads. */
struct plan_exec {
	char *const *argv;	  /* ended by NULL */
	const char *root;	  /* folder of the guest that becomes its root */
	const char *cwd;	  /* below that */
	unsigned timeout_s;	  /* virtual */
	const char *library_path; /* LD_LIBRARY_PATH there; NULL: none */
};

int plan_exec_job(const struct plan *p, const struct plan_exec *x, struct text *out, struct err *err);

/* The plan as it stands in the result. */
json_t *plan_json(const struct plan *p);

#endif
