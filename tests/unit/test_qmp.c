/* SPDX-License-Identifier: GPL-2.0-or-later */
/* qemu/qmp.h against a server that follows a script: a QEMU that answers, refuses, babbles, lies, dies or is silent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/auto.h"
#include "qemu/qmp.h"

#define LONG_MS 60000 /* for what must come: nobody waits that long */
#define SHORT_MS 50   /* for what never comes */
#define PASSED " of the host's time have passed, the limit (NUMARIG_DEADLINE=SECONDS raises it)"
#define SHORT_WORDS ": 0.05 s" PASSED
#define GREETING "{\"QMP\": {\"version\": {}, \"capabilities\": []}}\n"
#define READY "{\"return\": {}, \"id\": 1}\n"

/* One step of the script: wait for a line that holds `want` (NULL: none), then say `say` (NULL: nothing). */
struct step {
	const char *want, *say;
	bool forever; /* again and again, "@" standing for the call's id */
};

struct server {
	const struct step *step;
	int fd;
	bool keep; /* holds the connection open at the script's end: silence, not death */
	char got[65536];
	const char *missing; /* a line that did not come */
	pthread_t thread;
};

/* Reads one line of the client's, byte by byte. */
static bool read_line(struct server *s)
{
	size_t n = 0;

	while (n < sizeof(s->got) - 1 && read(s->fd, s->got + n, 1) == 1)
		if (s->got[n++] == '\n')
			break;
	s->got[n] = 0;
	return n && s->got[n - 1] == '\n';
}

static void say(const struct server *s, const char *p)
{
	while (*p) {
		ssize_t n = send(s->fd, p, strlen(p), MSG_NOSIGNAL);

		if (n <= 0)
			return;
		p += n;
	}
}

static void again_and_again(struct server *s, const struct step *t)
{
	size_t before = strcspn(t->say, "@");

	while (read_line(s)) {
		const char *id = strstr(s->got, "\"id\":");
		auto_free char *line = xasprintf("%.*s%d%s", (int)before, t->say, id ? atoi(id + 5) : 0,
						 t->say + before + 1);

		say(s, line);
	}
}

static void *serve(void *arg)
{
	struct server *s = arg;

	for (const struct step *t = s->step; t->want || t->say; t++) {
		if (t->forever) {
			again_and_again(s, t);
			break;
		}
		if (t->want && (!read_line(s) || !strstr(s->got, t->want))) {
			s->missing = t->want;
			break;
		}
		if (t->say)
			say(s, t->say);
	}
	if (!s->keep)
		shutdown(s->fd, SHUT_RDWR);
	return NULL;
}

struct talk {
	struct server server;
	struct qmp qmp;
	int fd[2];
};

static void talk_start(struct talk *t, const struct step *script, bool keep)
{
	memset(t, 0, sizeof(*t));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, t->fd), 0);
	t->server.step = script;
	t->server.fd = t->fd[1];
	t->server.keep = keep;
	qmp_init(&t->qmp, t->fd[0], NULL);
	assert_int_equal(pthread_create(&t->server.thread, NULL, serve, &t->server), 0);
}

static void talk_end(struct talk *t)
{
	shutdown(t->fd[0], SHUT_RDWR); /* a server that still waits for a line gets its end */
	pthread_join(t->server.thread, NULL);
	qmp_free(&t->qmp);
	close(t->fd[0]);
	close(t->fd[1]);
	if (t->server.missing)
		fail_msg("the client did not say %s, but: %s", t->server.missing, t->server.got);
}

static void good(int code, const struct err *err)
{
	if (code)
		fail_msg("%s", err->msg);
}

static void hello_and_calls(void **state)
{
	static const struct step script[] = {
		{ NULL, GREETING },
		{ "\"execute\":\"qmp_capabilities\"", READY },
		{ "{\"execute\":\"query-status\",\"id\":2}\n",
		  "{\"return\": {\"status\": \"prelaunch\"}, \"id\": 2}\n" },
		{ "\"arguments\":{\"value\":3}", "{\"return\": {}, \"id\": 3}\n" },
		{ 0 },
	};
	auto_json json_t *answer = NULL;
	struct err err = ERR_INIT;
	struct talk t;

	(void)state;
	talk_start(&t, script, true);
	good(qmp_hello(&t.qmp, LONG_MS, &err), &err);
	good(qmp_call(&t.qmp, "query-status", NULL, &answer, LONG_MS, &err), &err);
	assert_string_equal(json_string_value(json_object_get(answer, "status")), "prelaunch");
	good(qmp_call(&t.qmp, "set", json_pack("{s:i}", "value", 3), NULL, LONG_MS, &err), &err);
	talk_end(&t);
}

/* Looks until the event is there; without it the script's end is an error. */
static void comes(struct qmp *q, const char *event)
{
	struct err err = ERR_INIT;
	int r;

	do
		r = qmp_saw_event(q, event, &err);
	while (!r);
	assert_string_equal(err.msg, "");
	assert_int_equal(r, 1);
}

/* Lines in pieces, and several in one: what is read is not what was written. */
static void pieces(void **state)
{
	static const struct step script[] = {
		{ NULL, "{\"QM" },
		{ NULL, "P\": {}}" },
		{ NULL, "\n" },
		{ "qmp_capabilities",
		  "{\"event\": \"RESUME\"}\n" READY "{\"event\": \"STOP\"}\n{\"return\": 7," },
		{ "query-x", " \"id\": 2}\n" },
		{ 0 },
	};
	auto_json json_t *answer = NULL;
	struct err err = ERR_INIT;
	struct talk t;

	(void)state;
	talk_start(&t, script, true);
	good(qmp_hello(&t.qmp, LONG_MS, &err), &err);
	good(qmp_call(&t.qmp, "query-x", NULL, &answer, LONG_MS, &err), &err);
	assert_int_equal(json_integer_value(answer), 7);
	comes(&t.qmp, "STOP");
	comes(&t.qmp, "RESUME");
	talk_end(&t);
}

static void events(void **state)
{
	static const struct step script[] = {
		{ NULL, GREETING },
		{ "qmp_capabilities", READY },
		{ "cont",
		  "{\"event\": \"RESUME\", \"data\": {}}\n{\"event\": \"OTHER\"}\n{\"return\": {}, \"id\": 2}\n" },
		{ "later", "{\"return\": {}, \"id\": 3}\n{\"event\": \"STOP\"}\n" },
		{ 0 },
	};
	struct err err = ERR_INIT;
	struct talk t;

	(void)state;
	talk_start(&t, script, true);
	good(qmp_hello(&t.qmp, LONG_MS, &err), &err);
	assert_int_equal(qmp_saw_event(&t.qmp, "RESUME", &err), 0);
	assert_int_equal(err.code, 0); /* nothing there is no error */
	assert_string_equal(err.msg, "");
	good(qmp_call(&t.qmp, "cont", NULL, NULL, LONG_MS, &err), &err);
	assert_int_equal(qmp_saw_event(&t.qmp, "RESUME", &err), 1);
	assert_int_equal(qmp_saw_event(&t.qmp, "RESUME", &err), 1); /* it stays */
	assert_int_equal(qmp_saw_event(&t.qmp, "OTHER", &err), 1);
	good(qmp_call(&t.qmp, "later", NULL, NULL, LONG_MS, &err), &err);
	comes(&t.qmp, "STOP"); /* one that comes behind the answer */
	talk_end(&t);
}

static void errors_answered(void **state)
{
	static const struct step script[] = {
		{ NULL, GREETING },
		{ "qmp_capabilities", READY },
		{ "a",
		  "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no such thing\"}, \"id\": 2}\n" },
		{ "b", "{\"error\": {}, \"id\": 3}\n" },
		{ "c", "{\"return\": 1, \"id\": 4}\n" },
		{ 0 },
	};
	auto_json json_t *answer = NULL;
	struct err err = ERR_INIT;
	struct talk t;

	(void)state;
	talk_start(&t, script, true);
	good(qmp_hello(&t.qmp, LONG_MS, &err), &err);
	assert_int_equal(qmp_call(&t.qmp, "a", NULL, &answer, LONG_MS, &err), -EIO);
	assert_string_equal(err.msg, "QEMU refused a: no such thing");
	assert_null(answer);
	assert_int_equal(qmp_call(&t.qmp, "b", NULL, NULL, LONG_MS, &err), -EIO);
	assert_string_equal(err.msg, "QEMU refused b: no reason given");
	good(qmp_call(&t.qmp, "c", NULL, &answer, LONG_MS, &err),
	     &err); /* the channel is as good as before */
	assert_int_equal(json_integer_value(answer), 1);
	talk_end(&t);
}

/* What is sent and not waited for: its answer is nobody's, its refusal comes when somebody looks. */
static void sent(void **state)
{
	static const struct step script[] = {
		{ NULL, GREETING },
		{ "qmp_capabilities", READY },
		{ "\"cont\"", "{\"return\": {}, \"id\": 2}\n{\"event\": \"RESUME\"}\n" },
		{ "\"cont\"",
		  "{\"error\": {\"class\": \"GenericError\", \"desc\": \"not now\"}, \"id\": 3}\n{\"event\": \"SEEN\"}\n" },
		{ 0 },
	};
	struct err err = ERR_INIT;
	struct talk t;
	int r;

	(void)state;
	talk_start(&t, script, true);
	good(qmp_hello(&t.qmp, LONG_MS, &err), &err);
	good(qmp_send(&t.qmp, "cont", &err), &err);
	comes(&t.qmp, "RESUME");
	good(qmp_send(&t.qmp, "cont", &err), &err);
	do
		r = qmp_saw_event(&t.qmp, "NEVER", &err);
	while (!r);
	assert_int_equal(r, -EIO);
	assert_string_equal(err.msg, "QEMU refused cont: not now");
	talk_end(&t);
}

/* The end of QEMU is the end of its channel, whoever else holds it open. */
static void dead_with_an_open_channel(void **state)
{
	static const struct step script[] = {
		{ NULL, GREETING }, { "qmp_capabilities", READY }, { "cont", NULL }, { 0 }
	};
	struct err err = ERR_INIT;
	struct talk t;
	int gone[2];

	(void)state;
	assert_int_equal(pipe(gone), 0);
	talk_start(&t, script, true);
	good(qmp_hello(&t.qmp, LONG_MS, &err), &err);
	t.qmp.pidfd = gone[0]; /* readable at the end, as a pidfd is */
	close(gone[1]);
	assert_int_equal(qmp_call(&t.qmp, "cont", NULL, NULL, LONG_MS, &err), -EPIPE);
	assert_string_equal(err.msg, "cont: QEMU closed its control channel");
	close(gone[0]);
	talk_end(&t);
}

/* An answer, or an error, that comes after its call's deadline is not taken for the next call's. */
static void late_answers(void **state)
{
	static const struct step script[] = {
		{ NULL, GREETING },
		{ "qmp_capabilities", READY },
		{ "slow", NULL },
		{ "slow2", NULL },
		{ "next",
		  "{\"return\": \"late\", \"id\": 2}\n{\"error\": {\"desc\": \"late\"}, \"id\": 3}\n{\"return\": \"mine\", \"id\": 4}\n" },
		{ 0 },
	};
	auto_json json_t *answer = NULL;
	struct err err = ERR_INIT;
	struct talk t;

	(void)state;
	talk_start(&t, script, true);
	good(qmp_hello(&t.qmp, LONG_MS, &err), &err);
	assert_int_equal(qmp_call(&t.qmp, "slow", NULL, NULL, SHORT_MS, &err), -ETIMEDOUT);
	assert_string_equal(err.msg, "slow: QEMU does not answer on its control channel" SHORT_WORDS);
	assert_int_equal(qmp_call(&t.qmp, "slow2", NULL, NULL, SHORT_MS, &err), -ETIMEDOUT);
	good(qmp_call(&t.qmp, "next", NULL, &answer, LONG_MS, &err), &err);
	assert_string_equal(json_string_value(answer), "mine");
	talk_end(&t);
}

/* What comes in place of a greeting: the code and the words. */
static void hello_fails(const char *say, bool keep, int code, const char *words)
{
	const struct step script[] = { { NULL, say }, { 0 } };
	struct err err = ERR_INIT;
	struct talk t;

	talk_start(&t, script, keep);
	assert_int_equal(qmp_hello(&t.qmp, keep && !strchr(say, '\n') ? SHORT_MS : LONG_MS, &err), code);
	assert_string_equal(err.msg, words);
	talk_end(&t);
}

static void bad_greetings(void **state)
{
	(void)state;
	hello_fails("", true, -ETIMEDOUT, "QEMU does not answer on its control channel" SHORT_WORDS);
	hello_fails("{\"QMP\": ", true, -ETIMEDOUT,
		    "QEMU does not answer on its control channel" SHORT_WORDS);
	hello_fails("", false, -EPIPE, "QEMU closed its control channel");
	hello_fails("{\"QMP\": {}}", false, -EPIPE, "QEMU closed its control channel"); /* half a line */
	hello_fails("hello\n", true, -EPROTO, "QEMU's control channel: is no QMP: \"hello\"");
	hello_fails("\n", true, -EPROTO, "QEMU's control channel: is no QMP: \"\"");
	hello_fails("[1]\n", true, -EPROTO, "QEMU's control channel: is no QMP: \"[1]\"");
	hello_fails("{}\n", true, -EPROTO, "QEMU's control channel: does not begin with a QMP greeting");
	hello_fails("{\"return\": {}, \"id\": 1}\n", true, -EPROTO,
		    "QEMU's control channel: does not begin with a QMP greeting");
	hello_fails("\x1b[31mred\xff\n", true, -EPROTO,
		    "QEMU's control channel: is no QMP: \"?[31mred\xff\"");
	hello_fails(
		"0123456789012345678901234567890123456789012345678901234567890123456789\n", true, -EPROTO,
		"QEMU's control channel: is no QMP: \"012345678901234567890123456789012345678901234567890123456789\"");
	hello_fails(GREETING, false, -EPIPE, "qmp_capabilities: QEMU closed its control channel");
	hello_fails(GREETING "garbage\n", true, -EPROTO,
		    "qmp_capabilities: QEMU's control channel: is no QMP: \"garbage\"");
}

static void endless_line(void **state)
{
	size_t n = (1 << 20) + 100000;
	auto_free char *lots = xcalloc(n + 1, 1);

	(void)state;
	memset(lots, 'x', n);
	hello_fails(lots, false, -EPROTO, "QEMU's control channel: a line of more than 1048576 bytes");
}

static void dies_in_the_middle(void **state)
{
	static const struct step script[] = {
		{ NULL, GREETING }, { "qmp_capabilities", READY }, { "migrate", NULL }, { 0 }
	};
	struct err err = ERR_INIT;
	struct talk t;

	(void)state;
	talk_start(&t, script, false);
	good(qmp_hello(&t.qmp, LONG_MS, &err), &err);
	assert_int_equal(qmp_call(&t.qmp, "migrate", NULL, NULL, LONG_MS, &err), -EPIPE);
	assert_string_equal(err.msg, "migrate: QEMU closed its control channel");
	/* it is dead for whatever is said next */
	assert_int_equal(qmp_call(&t.qmp, "cont", NULL, NULL, LONG_MS, &err), -EPIPE);
	assert_string_equal(err.msg, "cont: QEMU closed its control channel");
	assert_int_equal(qmp_saw_event(&t.qmp, "STOP", &err), -EPIPE);
	talk_end(&t);
}

static void migrate(const char *first, const char *second, int code, const char *words)
{
	const struct step script[] = { { NULL, GREETING },
				       { "qmp_capabilities", READY },
				       { "query-migrate", first },
				       { second ? "query-migrate" : NULL, second },
				       { 0 } };
	struct err err = ERR_INIT;
	struct talk t;

	talk_start(&t, script, true);
	good(qmp_hello(&t.qmp, LONG_MS, &err), &err);
	assert_int_equal(qmp_wait_migration(&t.qmp, LONG_MS, &err), code);
	assert_string_equal(err.msg, words);
	talk_end(&t);
}

static void migrations(void **state)
{
	(void)state;
	migrate("{\"return\": {\"status\": \"completed\"}, \"id\": 2}\n", NULL, 0, "");
	migrate("{\"return\": {\"status\": \"active\"}, \"id\": 2}\n",
		"{\"return\": {\"status\": \"completed\"}, \"id\": 3}\n", 0, "");
	migrate("{\"return\": {}, \"id\": 2}\n", "{\"return\": {\"status\": \"completed\"}, \"id\": 3}\n", 0,
		"");
	migrate("{\"return\": {\"status\": \"failed\", \"error-desc\": \"No space left on device\"}, \"id\": 2}\n",
		NULL, -EIO, "QEMU could not move the machine's state: No space left on device");
	migrate("{\"return\": {\"status\": \"failed\"}, \"id\": 2}\n", NULL, -EIO,
		"QEMU could not move the machine's state: no reason given");
}

static void migration_without_end(void **state)
{
	static const struct step script[] = { { NULL, GREETING },
					      { "qmp_capabilities", READY },
					      { "query-migrate",
						"{\"return\": {\"status\": \"active\"}, \"id\": @}\n", true },
					      { 0 } };
	struct err err = ERR_INIT;
	struct talk t;

	(void)state;
	talk_start(&t, script, true);
	good(qmp_hello(&t.qmp, LONG_MS, &err), &err);
	assert_int_equal(qmp_wait_migration(&t.qmp, 1000, &err), -ETIMEDOUT);
	assert_string_equal(err.msg, "QEMU is still moving the machine's state: 1 s" PASSED);
	talk_end(&t);
}

/* Both directions are in the log, a line each. */
static void logged(void **state)
{
	static const struct step script[] = { { NULL, GREETING }, { "qmp_capabilities", READY }, { 0 } };
	struct err err = ERR_INIT;
	struct talk t;
	char *text;
	size_t n;
	FILE *log = open_memstream(&text, &n);

	(void)state;
	talk_start(&t, script, true);
	t.qmp.log = log;
	good(qmp_hello(&t.qmp, LONG_MS, &err), &err);
	talk_end(&t);
	fclose(log);
	assert_string_equal(text, "<- {\"QMP\": {\"version\": {}, \"capabilities\": []}}\n"
				  "-> {\"execute\":\"qmp_capabilities\",\"id\":1}\n"
				  "<- {\"return\": {}, \"id\": 1}\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hello_and_calls),
		cmocka_unit_test(pieces),
		cmocka_unit_test(events),
		cmocka_unit_test(errors_answered),
		cmocka_unit_test(late_answers),
		cmocka_unit_test(bad_greetings),
		cmocka_unit_test(endless_line),
		cmocka_unit_test(dies_in_the_middle),
		cmocka_unit_test(migrations),
		cmocka_unit_test(migration_without_end),
		cmocka_unit_test(logged),
		cmocka_unit_test(sent),
		cmocka_unit_test(dead_with_an_open_channel),
	};

	signal(SIGPIPE, SIG_IGN); /* as interrupt_install has it */
	return cmocka_run_group_tests_name("qmp", tests, NULL, NULL);
}
