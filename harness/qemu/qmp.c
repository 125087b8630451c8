/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "qemu/qmp.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/interrupt.h"

#define LONGEST_LINE (1u << 20)

void qmp_init(struct qmp *q, int fd, FILE *log)
{
	*q = (struct qmp){ .fd = fd, .log = log, .events = json_array(), .pidfd = -1 };
}

void qmp_free(struct qmp *q)
{
	text_free(&q->in);
	json_decref(q->events);
	q->events = NULL;
}

static int read_more(struct qmp *q, struct err *err)
{
	char buf[8192];
	ssize_t n;

	do
		n = read(q->fd, buf, sizeof(buf));
	while (n < 0 && errno == EINTR && !interrupt_check(err));
	if (n < 0 && errno == EINTR)
		return err->code;
	if (n <= 0)
		return err_set(err, -EPIPE, "QEMU closed its control channel");
	text_add(&q->in, buf, (size_t)n);
	return 0;
}

/* `wait` NULL: takes what is there. */
static int more_input(struct qmp *q, struct patience *wait, struct err *err)
{
	for (;;) {
		struct pollfd p[2] = { { q->fd, POLLIN, 0 }, { q->pidfd, POLLIN, 0 } };
		char words[200];

		if (interrupt_check(err))
			return err->code;
		int r = poll(p, 2, wait ? patience_poll_ms(wait) : 0);
		if (r < 0 && errno != EINTR)
			return err_sys(err, "QEMU's control channel");
		if (r > 0 && p[0].revents)
			return read_more(q, err);
		if (r > 0) /* it is dead, and so is the channel, whoever else holds an end of it */
			return err_set(err, -EPIPE, "QEMU closed its control channel");
		if (!wait)
			return err_set(err, -ETIMEDOUT, "nothing there");
		enum patience_state state = patience_look(wait);
		if (state != PATIENCE_WAIT)
			return err_set(err, -ETIMEDOUT, "QEMU does not answer on its control channel: %s",
				       patience_words(wait, state, words, sizeof(words)));
	}
}

/* Takes one line as a JSON object. */
static int next_message(struct qmp *q, struct patience *wait, json_t **message, struct err *err)
{
	char *nl;
	json_error_t why;

	while (!(nl = q->in.len ? memchr(q->in.s, '\n', q->in.len) : NULL)) {
		if (q->in.len > LONGEST_LINE)
			return err_set(err, -EPROTO, "QEMU's control channel: a line of more than %u bytes",
				       LONGEST_LINE);
		int r = more_input(q, wait, err);
		if (r)
			return r;
	}
	size_t len = (size_t)(nl - q->in.s);
	if (q->log) {
		fprintf(q->log, "<- %.*s\n", (int)len, q->in.s);
		fflush(q->log);
	}
	*message = json_loadb(q->in.s, len, 0, &why);
	if (!json_is_object(*message)) {
		json_decref(*message);
		*message = NULL; /* the caller gives back what it holds */
		return err_set(err, -EPROTO, "QEMU's control channel: is no QMP: \"%.*s\"",
			       (int)(len < 60 ? len : 60), q->in.s);
	}
	memmove(q->in.s, nl + 1, q->in.len - len);
	q->in.len -= len + 1;
	return 0;
}

int qmp_hello(struct qmp *q, unsigned limit_ms, struct err *err)
{
	auto_json json_t *hello = NULL;
	struct patience wait;

	patience_begin(&wait, &q->rule, limit_ms);
	if (next_message(q, &wait, &hello, err))
		return err->code;
	if (!json_object_get(hello, "QMP"))
		return err_set(err, -EPROTO, "QEMU's control channel: does not begin with a QMP greeting");
	return qmp_call(q, "qmp_capabilities", NULL, NULL, limit_ms, err);
}

static int send_line(struct qmp *q, json_t *message, struct err *err)
{
	char *text = json_dumps(message, JSON_COMPACT);
	auto_text struct text line = { 0 };

	text_printf(&line, "%s\n", text);
	free(text);
	if (q->log) {
		fprintf(q->log, "-> %s", line.s);
		fflush(q->log);
	}
	for (size_t at = 0; at < line.len;) {
		ssize_t n = write(q->fd, line.s + at, line.len - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EPIPE)
			return err_set(err, -EPIPE, "QEMU closed its control channel");
		if (n < 0)
			return err_sys(err, "QEMU's control channel");
		at += (size_t)n;
	}
	return 0;
}

static int refused(const json_t *fault, const char *command, struct err *err)
{
	const char *desc = json_string_value(json_object_get(fault, "desc"));

	return err_set(err, -EIO, "QEMU refused %s: %s", command, desc ? desc : "no reason given");
}

int qmp_send(struct qmp *q, const char *command, struct err *err)
{
	q->sent = ++q->next_id;
	q->sent_command = command;
	auto_json json_t *call = json_pack("{s:s, s:i}", "execute", command, "id", (int)q->sent);

	return send_line(q, call, err) ? err_prefix(err, "%s", command) : 0;
}

int qmp_call(struct qmp *q, const char *command, json_t *arguments, json_t **answer, unsigned limit_ms,
	     struct err *err)
{
	unsigned id = ++q->next_id;
	auto_json json_t *call = json_pack("{s:s, s:i}", "execute", command, "id", (int)id);
	struct patience wait;
	int r;

	if (arguments)
		json_object_set_new(call, "arguments", arguments);
	patience_begin(&wait, &q->rule, limit_ms);
	r = send_line(q, call, err);
	while (!r) {
		auto_json json_t *m = NULL;

		r = next_message(q, &wait, &m, err);
		if (r)
			break;
		if (json_object_get(m, "event")) {
			json_array_append(q->events, m);
			continue;
		}
		json_t *fault = json_object_get(m, "error"), *of = json_object_get(m, "id");
		if (of ? json_integer_value(of) != id : !fault)
			continue; /* of a call whose limit had passed, or that nobody waits for */
		if (fault)
			return refused(fault, command, err);
		if (answer)
			*answer = json_incref(json_object_get(m, "return"));
		return 0;
	}
	return err_prefix(err, "%s", command);
}

static bool has_event(const struct qmp *q, const char *name)
{
	size_t i;
	json_t *e;

	json_array_foreach (q->events, i, e) {
		const char *n = json_string_value(json_object_get(e, "event"));

		if (n && !strcmp(n, name))
			return true;
	}
	return false;
}

int qmp_saw_event(struct qmp *q, const char *name, struct err *err)
{
	for (;;) {
		auto_json json_t *m = NULL;
		struct err why = ERR_INIT;
		int r = next_message(q, NULL, &m, &why);

		if (r == -ETIMEDOUT) /* nothing there: no error */
			break;
		if (r) {
			*err = why;
			return r;
		}
		json_t *fault = json_object_get(m, "error");
		if (fault && q->sent && json_integer_value(json_object_get(m, "id")) == q->sent)
			return refused(fault, q->sent_command, err);
		json_array_append(q->events, m);
	}
	return has_event(q, name);
}

int qmp_wait_migration(struct qmp *q, unsigned limit_ms, struct err *err)
{
	struct timespec pause = { 0, 500000 };
	struct patience wait;

	patience_begin(&wait, &q->rule, limit_ms);
	for (;;) {
		char words[200];
		auto_json json_t *state = NULL;
		int r = qmp_call(q, "query-migrate", NULL, &state, limit_ms, err);
		const char *status = json_string_value(json_object_get(state, "status"));
		const char *why = json_string_value(json_object_get(state, "error-desc"));

		if (r)
			return r;
		if (status && !strcmp(status, "completed"))
			return 0;
		if (status && !strcmp(status, "failed"))
			return err_set(err, -EIO, "QEMU could not move the machine's state: %s",
				       why ? why : "no reason given");
		enum patience_state spent = patience_look(&wait);
		if (spent != PATIENCE_WAIT)
			return err_set(err, -ETIMEDOUT, "QEMU is still moving the machine's state: %s",
				       patience_words(&wait, spent, words, sizeof(words)));
		/* there is no event without the "events" capability, which costs a round trip more than this */
		nanosleep(&pause, NULL);
	}
}
