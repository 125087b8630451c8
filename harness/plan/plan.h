/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A plan: which workloads run, with which parameters, knobs and seed; and the job (wire/job.h) that the guest gets for each. */
#ifndef NUMARIG_PLAN_PLAN_H
#define NUMARIG_PLAN_PLAN_H

#include <stdbool.h>

#include "base/json.h"
#include "base/text.h"
#include "plan/knobs.h"
#include "workloads/workload.h"

/* The most bytes of records that a job may send. More makes a workload BROKEN, and ends a program of the user's (exec). */
#define PLAN_QUOTA_RUN (8ull << 20)
#define PLAN_QUOTA_EXEC (64ull << 20)
/* The bytes that are kept of a program's output and errors; the channel takes about a second for each MiB. */
#define PLAN_OUTPUT (4ull << 20)

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
	unsigned sample_ms; /* exec --sample: virtual ms between samples; 0: as the workload has it */
	unsigned jobs;
};

void plan_free(struct plan *p);
#define auto_plan __attribute__((cleanup(plan_free)))

/*
 * Adds "bind", "bind:pages=64,node=1", or several: "bind:pages=64,fork-cow". What stands behind a comma is another parameter when it
 * has a '=' before any ':', else the next workload. "all" is every workload. An error names the workload and what would be right.
 */
int plan_add_workload(struct plan *p, const char *list, struct err *err);
/* The item in the form of plan_add_workload(): its name, and the parameters that differ from their defaults; malloc'ed. */
char *plan_item_words(const struct plan_item *i);
/* Adds a setting of the user's: "thp.enabled=never". Of two for the same knob the later one counts. */
int plan_add_knob(struct plan *p, const char *arg, struct err *err);
/* Adds trace events: "migrate:*,sched:sched_move_numa". */
int plan_add_events(struct plan *p, const char *arg, struct err *err);

/* The settings of a workload (NULL: of exec): the user's, else the workload's own, else what every run sets. */
int plan_settings(const struct plan *p, const struct workload *w, struct settings *out, struct err *err);
void settings_free(struct settings *s);
const struct setting *settings_get(const struct settings *s, const char *name);
#define auto_settings __attribute__((cleanup(settings_free)))

/* The user's boot knobs as kernel arguments; malloc'ed, "" for none. */
char *plan_append(const struct plan *p);
/*
 * The kernel arguments of a workload whose own .knobs have boot knobs (a setting of the user's replaces the workload's). *out is
 * NULL when they are the same as plan_append()'s; else the workload needs a machine that was booted with them.
 */
int plan_own_append(const struct plan *p, const struct workload *w, char **out, struct err *err);
/* The name of such a machine's boot records in DIR/raw: "boot" for NULL, else "boot-1a2b3c4d" by a digest; malloc'ed. */
char *plan_boot_name(const char *own_append);

/* The job of the boot before a snapshot: it prepares what all later jobs have in common. */
void plan_boot_job(struct text *out);
/* The job of one workload. */
int plan_job(const struct plan *p, const struct plan_item *i, struct text *out, struct err *err);
/* A program of the user's, which the guest runs instead of a workload. */
struct plan_exec {
	char *const *argv;	  /* NULL-ended */
	const char *root;	  /* folder of the guest that becomes the program's root */
	const char *cwd;	  /* its working folder, below root */
	unsigned timeout_s;	  /* seconds of virtual time */
	const char *library_path; /* its LD_LIBRARY_PATH; NULL: not set */
};

int plan_exec_job(const struct plan *p, const struct plan_exec *x, struct text *out, struct err *err);

/* The plan as result.json has it. New reference. */
json_t *plan_json(const struct plan *p);

#endif
