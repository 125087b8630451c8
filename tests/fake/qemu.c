/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine: command line and QMP. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/json.h"
#include "tests/fake/fake.h"
#include "wire/job.h"

#define LONGEST_LIFE_S 300
#define TROUBLE 98
/* As QEMU has it in its saved state: version, bias, count (harness/machine/snapshot.h) */
#define CLOCK_SECTION "\x05\x0ctimer/icount"

void trouble(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "fake: ");
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\n");
	va_end(ap);
	exit(TROUBLE);
}

void append(const char *path, const char *bytes, size_t n)
{
	auto_close int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

	while (fd >= 0 && n) {
		ssize_t w = write(fd, bytes, n);

		if (w <= 0)
			trouble("%s: %s", path, strerror(errno));
		bytes += w;
		n -= (size_t)w;
	}
	if (fd < 0)
		trouble("%s: %s", path, strerror(errno));
}

void hold(void)
{
	for (;;)
		pause();
}

/* --- command line ------------------------------------------------------------------------------ */
/* The value behind `key` at the end of an option's text, where QEMU has commas doubled; malloc'ed. */
static char *path_behind(const char *option, const char *key)
{
	const char *at = strstr(option, key);
	struct text t = { 0 };

	if (!at)
		return NULL;
	for (at += strlen(key); *at && (*at != ',' || at[1] == ','); at++) {
		at += *at == ',';
		text_add(&t, at, 1);
	}
	return t.s;
}

static void add_ram(struct fake *f, const char *object)
{
	auto_free char *path = path_behind(object, "mem-path=");

	if (path)
		strlist_add(&f->ram, "%s", path);
}

static void take_value(struct fake *f, const char *option, const char *value)
{
	if (!strcmp(option, "-chardev") && !strncmp(value, "file,id=records,", 16))
		f->records = path_behind(value, "path=");
	else if (!strcmp(option, "-chardev") && !strncmp(value, "file,id=console,", 16))
		f->console = path_behind(value, "path=");
	else if (!strcmp(option, "-chardev") && !strncmp(value, "socket,id=qmp,fd=", 17))
		f->qmp_fd = atoi(value + 17);
	else if (!strcmp(option, "-fw_cfg") &&
		 !strncmp(value, "name=" JOB_FILE ",", 5 + strlen(JOB_FILE) + 1))
		f->job = path_behind(value, "file=");
	else if (!strcmp(option, "-object"))
		add_ram(f, value);
	else if (!strcmp(option, "-incoming"))
		f->incoming = !strcmp(value, "defer");
	else if (!strcmp(option, "-kernel"))
		f->kernel = true;
	else if (!strcmp(option, "-sandbox"))
		f->sandbox = true;
}

static void read_command_line(struct fake *f, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-S"))
			f->stopped = true;
		else if (argv[i][0] == '-' && i + 1 < argc && argv[i + 1][0] != '-')
			take_value(f, argv[i], argv[i + 1]);
	}
	if (!f->records || !f->console || !f->job || f->qmp_fd < 0 || !f->stopped || f->kernel == f->incoming)
		trouble("not the command line of numarig: records, console, job, QMP, -S and one of -kernel and -incoming are wanted");
	/* one that was built without seccomp refuses the option; every other is to have it */
	if (f->sandbox == (f->scenario->stage == AT_SANDBOX))
		trouble("-sandbox is %s", f->sandbox ? "not taken by this QEMU" : "not there");
	append(f->console, "", 0);
}

/* What a guest does to its memory, so that a snapshot has something to lose: so many pages of each node. */
static void touch_ram(const struct fake *f, unsigned pages)
{
	char page[4096];

	memset(page, 'x', sizeof(page));
	for (size_t i = 0; i < f->ram.n; i++) {
		auto_close int fd = open(f->ram.v[i], O_WRONLY | O_CLOEXEC);

		for (unsigned p = 0; p < pages; p++)
			if (pwrite(fd, page, sizeof(page), (off_t)p * 4096) != (ssize_t)sizeof(page))
				trouble("%s: %s", f->ram.v[i], strerror(errno));
	}
}

/* --- QMP --------------------------------------------------------------------------------------- */
__attribute__((format(printf, 2, 3))) static void say(const struct fake *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (vdprintf(f->qmp_fd, fmt, ap) < 0)
		exit(1); /* who started it is gone */
	va_end(ap);
}

static void save_state(const char *uri)
{
	static const char rest[4 + 16] = { 0 };

	if (!uri || strncmp(uri, "file:", 5) != 0)
		trouble("migrate: wants a file");
	unlink(uri + 5);
	append(uri + 5, CLOCK_SECTION, sizeof(CLOCK_SECTION) - 1);
	append(uri + 5, rest, sizeof(rest));
}

static void run_job(struct fake *f)
{
	agent_job(f, f->incoming);
	scenario_at(f, AT_JOB);
	append(f->records, text_str(&f->stream), f->stream.len);
	exit(EXIT_STATUS_DONE);
}

static bool job_wants_snapshot(const struct fake *f)
{
	char line[64] = "";
	auto_fclose FILE *job = fopen(f->job, "re");

	if (!job || !fgets(line, sizeof(line), job))
		trouble("%s: no job", f->job);
	return !strcmp(line, "mode snapshot\n");
}

static void run_machine(struct fake *f)
{
	if (f->incoming || !job_wants_snapshot(f))
		run_job(f);
	agent_boot(f, true);
	touch_ram(f, strcmp(f->scenario->name, "much-ram") ? 1 : 1024);
	scenario_at(f, AT_BOOT);
	append(f->records, text_str(&f->stream), f->stream.len);
	say(f,
	    "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"WATCHDOG\", \"data\": {\"action\": \"pause\"}}\n");
	say(f, "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 3}, \"event\": \"STOP\"}\n");
}

/* What a real one would break over is refused. NULL: done. */
static const char *execute(struct fake *f, const char *command, const json_t *arguments)
{
	if (!strcmp(command, "migrate-set-parameters")) {
		if (json_integer_value(json_object_get(arguments, "announce-rounds")) == 1)
			f->announced_once = true;
	} else if (!strcmp(command, "migrate")) {
		save_state(json_string_value(json_object_get(arguments, "uri")));
		scenario_at(f, AT_SAVE);
	} else if (!strcmp(command, "migrate-incoming")) {
		if (!f->announced_once)
			return "announce-rounds was left at its default";
		scenario_at(f, AT_RESTORE);
	} else if (!strcmp(command, "cont")) {
		scenario_at(f, AT_CONT);
		return f->refusal;
	} else if (strcmp(command, "qmp_capabilities") != 0 &&
		   strcmp(command, "migrate-set-capabilities") != 0 &&
		   strcmp(command, "query-migrate") != 0) {
		return "The command has not been found";
	}
	return NULL;
}

static void answer(struct fake *f, const char *line)
{
	auto_json json_t *call = json_loads(line, 0, NULL);
	const char *command = json_string_value(json_object_get(call, "execute"));
	int id = (int)json_integer_value(json_object_get(call, "id"));

	if (!command)
		trouble("QMP: no command: %s", line);
	const char *refused = execute(f, command, json_object_get(call, "arguments"));
	if (refused)
		say(f, "{\"id\": %d, \"error\": {\"class\": \"GenericError\", \"desc\": \"%s\"}}\n", id,
		    refused);
	else if (strcmp(command, "query-migrate") != 0)
		say(f, "{\"return\": {}, \"id\": %d}\n", id);
	else if (f->migration_error)
		say(f, "{\"return\": {\"status\": \"failed\", \"error-desc\": \"%s\"}, \"id\": %d}\n",
		    f->migration_error, id);
	else
		say(f, "{\"return\": {\"status\": \"completed\"}, \"id\": %d}\n", id);
	if (!refused && !strcmp(command, "cont"))
		run_machine(f);
}

/* Of a SAN= build: this one ends wherever its scenario wants, with all it holds. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

int main(int argc, char **argv)
{
	struct fake f = { .qmp_fd = -1, .scenario = scenario_find(getenv("NUMARIG_FAKE")) };
	const char *only = getenv("NUMARIG_FAKE_ONLY");
	char line[65536];

	alarm(LONGEST_LIFE_S);
	if (!f.scenario)
		trouble("there is no scenario \"%s\"", getenv("NUMARIG_FAKE"));
	if (argc == 2 && !strcmp(argv[1], "--version")) {
		scenario_at(&f, AT_VERSION);
		printf("QEMU emulator version 10.0.2 (fake)\nCopyright (c) 2003-2025 Fabrice Bellard and the QEMU Project developers\n");
		return 0;
	}
	if (argc == 5 && !strcmp(argv[1], "-sandbox") && !strcmp(argv[4], "help")) {
		scenario_at(&f, AT_SANDBOX);
		printf("Supported machines are:\n");
		return 0;
	}
	read_command_line(&f, argc, argv);
	if (only && *only && !strstr(f.records, only))
		f.scenario = scenario_find("good");
	scenario_at(&f, AT_START);
	ppoll(NULL, 0, &(struct timespec){ 0 },
	      NULL); /* as a main loop does: steady.so says that it is there */
	scenario_at(&f, AT_HELLO);
	say(&f,
	    "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 2, \"minor\": 0, \"major\": 10}}, \"capabilities\": [\"oob\"]}}\n");
	auto_fclose FILE *in = fdopen(f.qmp_fd, "r");
	while (in && fgets(line, sizeof(line), in))
		answer(&f, line);
	return 0; /* the other end is closed */
}
