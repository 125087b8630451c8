/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/interrupt.h"
#include "run/jobs.h"

void stream_free(struct stream *s)
{
	judging_free(s->judging);
	free(s->ended);
	*s = (struct stream){ 0 };
}

void stream_begin(struct stream *s)
{
	struct run *r = s->r;

	judging_free(s->judging);
	s->judging = NULL;
	free(s->ended);
	s->ended = xcalloc(r->jobs ? r->jobs : 1, sizeof(*s->ended));
	if (s->shown && s->viewer->again)
		s->viewer->again(s->viewer->ctx);
	s->shown = s->held = false;
	if (r->setup.engine == ENGINE_EXACT)
		looks_begin(r, &s->looks);
}

/* Whether the workload's machine runs or is still to run. One that is skipped has none. */
static bool awaited(const struct stream *s, const char *label)
{
	for (size_t i = 0; i < s->r->jobs; i++)
		if (!strcmp(s->r->job[i].label, label))
			return !s->ended[i];
	return false;
}

static void show_next(struct stream *s)
{
	const json_t *entry = judging_judge(s->judging);

	if (s->viewer->workload)
		s->viewer->workload(s->viewer->ctx, judging_head(s->judging), entry,
				    judging_host(s->judging));
	s->shown = true;
}

void stream_ended(void *stream, size_t job)
{
	struct stream *s = stream;
	struct run *r = s->r;
	const struct run_machine *m = &r->machine[r->job[job].machine];
	struct err later = ERR_INIT; /* it comes again at the end */

	s->ended[job] = true;
	looks_end(r, &s->looks);
	if (r->setup.engine == ENGINE_EXACT && !m->snapshot.fresh && !s->held)
		s->held = m->bad || jobs_failed(r, job);
	if (s->held || (!s->judging && judging_open(r->dir, &s->judging, &later)))
		return;
	for (const char *next; (next = judging_next(s->judging)) && !awaited(s, next) && !interrupted();)
		show_next(s);
}

int stream_end(struct stream *s, json_t **result, enum outcome *outcome, struct err *err)
{
	if (!s->judging && judging_open(s->r->dir, &s->judging, err))
		return err->code;
	for (;;) {
		while (judging_next(s->judging) && !interrupted())
			show_next(s);
		/* a signal now, or a reader that is gone: there is time to keep it all the same */
		if (judging_end(s->judging, result, outcome, err) != -EINTR || !jobs_keep_ended(s->r))
			return err->code;
		*err = (struct err)ERR_INIT;
	}
}
