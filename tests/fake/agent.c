/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest: what the agent of the captured machine would send around an obedient `bind`. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/file.h"
#include "plan/knobs.h"
#include "tests/fake/fake.h"

#define CAPTURED TEST_SOURCE_DIR "/tests/data/sysfs-4node-6.12/boot.txt"
#define NODES 4

void stream_frame(struct text *stream, enum frame_type type, const char *name, const char *payload)
{
	static uint64_t seq;
	struct frame f = { .type = type, .payload = payload, .len = strlen(payload) };
	char head[FRAME_HEAD_MAX];

	f.seq = stream->len ? seq : 0;
	f.vns = 1000000000 + f.seq * 1000000;
	seq = f.seq + 1;
	snprintf(f.name, sizeof(f.name), "%s", name);
	text_add(stream, head, frame_head(&f, head));
	text_add(stream, payload, f.len);
	text_add(stream, "\n", 1);
}

__attribute__((format(printf, 4, 5))) static void frame(struct fake *f, enum frame_type type,
							const char *name, const char *fmt, ...)
{
	char payload[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(payload, sizeof(payload), fmt, ap);
	va_end(ap);
	stream_frame(&f->stream, type, name, payload);
}

static bool says(const struct fake *f, enum frame_type type, const char *name)
{
	const struct scenario *s = f->scenario;

	return s->frame && s->type == type && !strcmp(s->frame, name);
}

/* "=== PATH" opens each text of the captured file, as tests/unit/topo_dump.h reads it. */
static void captured_files(struct fake *f)
{
	auto_text struct text all = { 0 };
	struct err err = ERR_INIT;

	if (file_read(CAPTURED, 1 << 20, &all, &err))
		trouble("%s", err.msg);
	for (char *at = all.s; at && *at == '=';) {
		char *path = at + 4, *text = strchr(at, '\n'), *next = text ? strstr(text, "\n===") : NULL;

		if (!text)
			break;
		*text++ = 0;
		at = next ? next + 1 : NULL;
		auto_free char *own =
			xasprintf("%.*s", (int)(next ? next + 1 - text : (long)strlen(text)), text);
		if (*path == '/')
			stream_frame(&f->stream, FRAME_FILE, path,
				     says(f, FRAME_FILE, path) ? f->scenario->words : own);
	}
}

void agent_boot(struct fake *f, bool last)
{
	frame(f, FRAME_HELLO, "1", "boot");
	frame(f, FRAME_NOTE, "ext4", "ok");
	frame(f, FRAME_PHASE, "boot", "%d", 1000);
	captured_files(f);
	if (last)
		frame(f, FRAME_END, "end", "%s", "");
}

/* node%d/numastat of this moment: `pages` given to CPUs of other nodes so far. */
static void numastat(struct fake *f, unsigned long pages)
{
	char path[64];

	for (int nid = 0; nid < NODES; nid++) {
		snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/numastat", nid);
		frame(f, FRAME_FILE, path,
		      "numa_hit %lu\nnuma_miss 0\nnuma_foreign 0\ninterleave_hit 0\nlocal_node %lu\nother_node %lu\n",
		      5000 + pages, 5000 - pages, pages);
	}
}

/* As they stay to the end. */
static void meminfo(struct fake *f)
{
	char path[64];

	for (int nid = 0; nid < NODES; nid++) {
		snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/meminfo", nid);
		frame(f, FRAME_FILE, path, "Node %d MemFree:  100000 kB\nNode %d HugePages_Total:     0\n",
		      nid, nid);
	}
}

/* The knobs that the job writes to other than their declared values, as it would have them. */
static void knobs(struct fake *f)
{
	auto_text struct text job = { 0 };
	struct err err = ERR_INIT;
	char *state = NULL;

	if (file_read(f->job, 1 << 20, &job, &err))
		trouble("%s", err.msg);
	for (char *l = job.s ? strtok_r(job.s, "\n", &state) : NULL; l; l = strtok_r(NULL, "\n", &state)) {
		unsigned number[2];
		const char *value = strrchr(l, ' ');

		if (strncmp(l, "write ", 6) != 0 || !value)
			continue;
		auto_free char *name = xasprintf("%.*s", (int)strcspn(l + 6, " "), l + 6);
		const struct knob *k = knob_find(name, number, &err);
		if (k && strcmp(name, "thp.enabled") != 0 && (!k->def || strcmp(k->def, value + 1) != 0))
			frame(f, FRAME_KNOB, name, "%s", value + 1);
	}
}

/* The whole machine's, at whose path. */
static void vmstat(struct fake *f, const char *path, unsigned long pages)
{
	frame(f, FRAME_FILE, path,
	      "numa_hit %lu\nnuma_miss 0\nnuma_foreign 0\nnuma_interleave 0\nnuma_local %lu\nnuma_other %lu\n",
	      NODES * (5000 + pages), NODES * (5000 - pages), NODES * pages);
}

static unsigned long pages_asked(const struct fake *f)
{
	auto_text struct text job = { 0 };
	struct err err = ERR_INIT;
	const char *at;

	if (file_read(f->job, 1 << 20, &job, &err))
		trouble("%s", err.msg);
	at = strstr(text_str(&job), "\nparam pages ");
	return at ? strtoul(at + 13, NULL, 10) : 0;
}

void agent_job(struct fake *f, bool booted)
{
	static const char *const there[] = { "area", "task" }, *const elsewhere[] = { "area_elsewhere",
										      "task_elsewhere" };
	const struct scenario *s = f->scenario;
	unsigned long pages = pages_asked(f);

	if (booted)
		frame(f, FRAME_HELLO, "1", "restored");
	else
		agent_boot(f, false);
	frame(f, FRAME_KNOB, "thp.enabled", "always madvise [never]\n");
	knobs(f);
	frame(f, FRAME_PHASE, "start", "%d", 2000000);
	numastat(f, 0);
	meminfo(f);
	for (int nid = 0; nid < NODES; nid++)
		for (int i = 0; i < 2; i++) {
			frame(f, FRAME_VALUE, there[i], "%d %lu", nid, pages);
			frame(f, FRAME_VALUE, elsewhere[i], "%d 0", nid);
		}
	frame(f, FRAME_NOTE, "pages-agree", "100 0");
	frame(f, FRAME_PHASE, "end", "%d", 4000000);
	vmstat(f, "/proc/vmstat", 2 * pages);
	numastat(f, 2 * pages);
	vmstat(f, "/proc/./vmstat", 2 * pages);
	if (s->frame && s->type != FRAME_EXIT)
		frame(f, s->type, s->frame, "%s", s->words);
	if (says(f, FRAME_EXIT, "signal") && s->code == 9)
		frame(f, FRAME_FILE, "dmesg", "3,99,1,-;Out of memory: Killed process 77 (workloads)\n");
	if (s->frame && s->type == FRAME_EXIT)
		frame(f, FRAME_EXIT, s->frame, "%s", s->words);
	else
		frame(f, FRAME_EXIT, "code", "0");
	frame(f, FRAME_END, "end", "%s", "");
}
