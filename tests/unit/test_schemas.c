/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The schemas of results/schema but for result.schema.json, which test_schema.c has: each holds for the documents in this tree,
 * refuses every one of them as soon as one thing in it is wrong, and says of every number what it counts.
 *
 * As a program, for tests/check/schemas.sh: test_schemas valid|broken SCHEMA FILE...; `broken` also asks for every member that
 * the schema has, in the files together.
 */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/auto.h"
#include "schema.h"

#define FOLDER TEST_SOURCE_DIR "/results/schema/"
enum { MANY = 16, KEPT = 3 }; /* of more than MANY of one kind these are kept, where every place is broken */

/* What is known about a schema's documents, names with blanks between. */
static const struct kind {
	const char *name;
	const char *keyed; /* objects whose own names are data, by the name of the member that holds them */
	const char *optional; /* members that may be absent */
	const char *open;     /* members that may hold anything */
	const char *rare;     /* members that no document here has */
	const char *files;    /* of this tree, for glob(3) */
} kinds[] = {
	{ "topology", "",
	  "about distances expect_guest cpus mem dimm hotplug device initiator latency bandwidth cache empty",
	  "", "cache size line associativity policy",
	  "topologies/*.json tests/topologies/*.json cases/*/topology.json" },
	{ "plan", "", "about kernels knobs seeds", "about", "", "ci/regress.json" },
	{ "series", "knobs", "smallest facts check expected actual interrupted", "", "facts interrupted",
	  "" },
	{ "compare", "", "pass fail xfail skip broken", "", "pass fail xfail skip broken", "" },
	{ "baseline",
	  "packages inputs workloads knobs params declared records trace checks metrics nodes missing",
	  "lacks packages append exec raws trace plugin missing records pass fail xfail skip broken",
	  "file exec", "packages exec trace plugin missing pass fail xfail skip broken append",
	  "results/baselines/*/*.json" },
	{ "mission", "kernels", "number", "", "", "results/mission.json" },
	{ "repro", "values", "digest expected expected_values agrees package before at", "",
	  "package series looked_for result offered tried before at untold", "cases/results.json" },
	{ "list", "", "workload topologies workloads knobs kernels metrics cases", "file", "", "" },
	{ "bench", "", "min median max absent target name outcome", "", "", "" },
};

/* No shape here has a memory-side cache. */
#define WITH_CACHE                                                                                         \
	"{\"nodes\": [{\"cpus\": 1, \"mem\": \"64M\", \"latency\": [90], \"bandwidth\": 4096, \"cache\": " \
	"{\"size\": \"8M\", \"line\": 64, \"associativity\": \"direct\", \"policy\": \"write-back\"}}]}"

static bool among(const char *word, const char *words)
{
	size_t n = strlen(word);

	for (const char *at = words; *at && n; at += strcspn(at, " "), at += strspn(at, " "))
		if (strcspn(at, " ") == n && !memcmp(at, word, n))
			return true;
	return false;
}

static json_t *load(const char *path)
{
	json_error_t why;
	json_t *j = json_load_file(path, JSON_REJECT_DUPLICATES, &why);

	if (!j)
		fail_msg("%s: line %d: %s", path, why.line, why.text);
	return j;
}

static json_t *load_schema(const char *name)
{
	auto_free char *path = xasprintf(FOLDER "%s.schema.json", name);

	return load(path);
}

/* --- one thing wrong, at every place ----------------------------------------------------------------------------------- */
struct breaker {
	const struct kind *kind;
	json_t *schema, *root;
	size_t tried;
	char slip[256]; /* the first that was not refused */
};

/* The document is broken now: the schema has to refuse it. */
static void refused(struct breaker *b, const char *at, const char *what)
{
	struct err err = ERR_INIT;
	int r = schema_check(b->schema, b->root, &err);

	b->tried++;
	if (r != -EBADMSG && !*b->slip)
		snprintf(b->slip, sizeof(b->slip), "%s: %s: %s", at, what, r ? err.msg : "is taken");
}

static void break_at(struct breaker *b, json_t *v, const char *name, const char *at);

static void break_object(struct breaker *b, json_t *v, const char *name, const char *at)
{
	auto_json json_t *members = json_copy(v);
	bool keyed = among(name, b->kind->keyed);
	const char *key;
	json_t *m;

	json_object_set_new(v, "surplus", json_pack("[[]]"));
	refused(b, at, "with one member more");
	json_object_del(v, "surplus");
	json_object_foreach (members, key, m) {
		auto_free char *below = xasprintf("%s.%s", at, key);

		if (among(key, b->kind->open) && !keyed)
			continue;
		json_object_set_new(v, key, json_pack("{s:[[]]}", "surplus"));
		refused(b, below, "with another value");
		json_object_set(v, key, m);
		if (!keyed && !among(key, b->kind->optional)) {
			json_object_del(v, key);
			refused(b, below, "without it");
			json_object_set(v, key, m);
		}
		break_at(b, m, keyed ? "" : key, below);
	}
}

static void break_at(struct breaker *b, json_t *v, const char *name, const char *at)
{
	auto_json json_t *was = json_is_array(v) ? json_copy(v) : NULL;
	json_t *m;
	size_t i;

	if (json_is_object(v))
		break_object(b, v, name, at);
	json_array_foreach (was, i, m) {
		auto_free char *below = xasprintf("%s[%zu]", at, i);

		json_array_set_new(v, i, json_pack("{s:[[]]}", "surplus"));
		refused(b, below, "with another value");
		json_array_set(v, i, m);
		break_at(b, m, "", below);
	}
}

/* The first few of what there are many of. */
static void prune(const struct kind *k, json_t *v, const char *name)
{
	bool keyed = among(name, k->keyed), many = keyed && json_object_size(v) > MANY;
	const char *key;
	void *next;
	json_t *m;
	size_t i = 0;

	while (json_array_size(v) > KEPT)
		json_array_remove(v, KEPT);
	json_array_foreach (v, i, m) {
		prune(k, m, "");
	}
	i = 0;
	json_object_foreach_safe(v, next, key, m)
	{
		if (many && ++i > KEPT)
			json_object_del(v, key);
		else
			prune(k, m, keyed ? "" : key);
	}
}

static const struct kind *kind_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

/* NULL, or what was not refused; malloc'ed. */
static char *break_document(const struct kind *k, json_t *schema, const json_t *document)
{
	auto_json json_t *copy = json_deep_copy(document);
	struct breaker b = { .kind = k, .schema = schema, .root = copy };
	struct err err = ERR_INIT;

	prune(k, copy, "");
	if (schema_check(schema, copy, &err))
		return xstrdup(err.msg);
	break_at(&b, copy, "", "$");
	return *b.slip ? xstrdup(b.slip) : b.tried < 5 ? xstrdup("there is too little in it") : NULL;
}

/* --- members ------------------------------------------------------------------------------------------------------------ */
static void names_in(const json_t *v, json_t *names)
{
	const char *key;
	json_t *m;
	size_t i;

	json_array_foreach (v, i, m) {
		names_in(m, names);
	}
	json_object_foreach ((json_t *)(uintptr_t)v, key, m) {
		json_object_set_new(names, key, json_true());
		names_in(m, names);
	}
}

typedef void each_property(const char *name, json_t *rule, json_t *schema, void *ctx);

/* Every member that a schema describes, at any depth. */
static void properties(json_t *v, json_t *schema, each_property *each, void *ctx)
{
	json_t *known = json_object_get(v, "properties"), *m;
	const char *key;
	size_t i;

	json_object_foreach (known, key, m) {
		each(key, m, schema, ctx);
	}
	json_array_foreach (v, i, m) {
		properties(m, schema, each, ctx);
	}
	json_object_foreach (v, key, m) {
		properties(m, schema, each, ctx);
	}
}

struct absent {
	const struct kind *kind;
	json_t *names; /* of all documents */
	const char *first;
};

static void look_for(const char *name, json_t *rule, json_t *schema, void *ctx)
{
	struct absent *a = ctx;

	(void)rule;
	(void)schema;
	if (!a->first && !json_object_get(a->names, name) && !among(name, a->kind->rare))
		a->first = name;
}

/* A member of the schema that none of the documents has: there its rule was not tried. */
static const char *never_seen(const struct kind *k, json_t *schema, json_t *names)
{
	struct absent a = { .kind = k, .names = names };

	properties(schema, schema, look_for, &a);
	return a.first;
}

static bool is_number(const json_t *rule)
{
	const json_t *type = json_object_get(rule, "type");
	const char *one = json_string_value(json_is_array(type) ? json_array_get(type, 0) : type);
	return one && (!strcmp(one, "integer") || !strcmp(one, "number"));
}

/* A number means nothing without what it counts, and in which unit. */
static void number_is_described(const char *name, json_t *rule, json_t *schema, void *ctx)
{
	const char *ref = json_string_value(json_object_get(rule, "$ref"));
	json_t *def = json_object_get(json_object_get(schema, "$defs"), ref ? strrchr(ref, '/') + 1 : "");

	if ((is_number(rule) || is_number(def)) && !json_object_get(rule, "description"))
		fail_msg("%s: \"%s\" is not described", (const char *)ctx, name);
}

/* --- tests -------------------------------------------------------------------------------------------------------------- */
static void documents_hold(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		auto_json json_t *schema = load_schema(kinds[i].name), *names = json_object();
		auto_free char *patterns = xstrdup(kinds[i].files);
		char *save = NULL, *p = strtok_r(patterns, " ", &save);
		glob_t found = { 0 };

		for (int flags = 0; p; p = strtok_r(NULL, " ", &save), flags = GLOB_APPEND) {
			auto_free char *path = xasprintf("%s/%s", TEST_SOURCE_DIR, p);

			assert_int_equal(glob(path, flags, NULL, &found), 0);
		}
		for (size_t f = 0; f < found.gl_pathc; f++) {
			auto_json json_t *document = load(found.gl_pathv[f]);
			struct err err = ERR_INIT;

			names_in(document, names);
			if (schema_check(schema, document, &err))
				fail_msg("%s: %s", found.gl_pathv[f], err.msg);
			auto_free char *slip = break_document(&kinds[i], schema, document);
			if (slip)
				fail_msg("%s: %s", found.gl_pathv[f], slip);
		}
		globfree(&found);
		if (*kinds[i].files && never_seen(&kinds[i], schema, names))
			fail_msg("%s: no document has \"%s\"", kinds[i].name,
				 never_seen(&kinds[i], schema, names));
	}
}

static void every_schema_is_here(void **state)
{
	glob_t found = { 0 };

	(void)state;
	assert_int_equal(glob(FOLDER "*.schema.json", 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, ARRAY_SIZE(kinds) + 1); /* result */
	for (size_t i = 0; i < found.gl_pathc; i++) {
		auto_json json_t *schema = load(found.gl_pathv[i]);

		assert_non_null(json_object_get(schema, "title"));
		assert_string_equal(json_string_value(json_object_get(schema, "$schema")),
				    "https://json-schema.org/draft/2020-12/schema");
		properties(schema, schema, number_is_described, found.gl_pathv[i]);
	}
	globfree(&found);
}

/* What a schema can say of a topology that the parser refuses, it says; and nothing else is refused. */
static void topologies_refused(void **state)
{
	static const char *const both[] = {
		"about-number",	   "cache-line",    "cache-policy",	"cpus-256",
		"cpus-fraction",   "cpus-negative", "cpus-kind",	"cpus-list-malformed",
		"cpus-list-empty", "empty-word",    "device-unknown",	"distance-255",
		"distance-string", "distance-zero", "expect-no-why",	"expect-unknown",
		"latency-string",  "mem-no-unit",   "mem-number",	"mem-unit",
		"node-string",	   "nodes-129",	    "nodes-empty",	"nodes-missing",
		"nodes-object",	   "unknown-key",   "unknown-node-key", "unknown-cache-key"
	};
	auto_json json_t *schema = load_schema("topology"), *cache = json_loads(WITH_CACHE, 0, NULL);
	auto_free char *slip = break_document(kind_of("topology"), schema, cache);

	(void)state;
	assert_null(slip);
	for (size_t i = 0; i < ARRAY_SIZE(both); i++) {
		auto_free char *path =
			xasprintf("%s/tests/topologies/invalid/%s.json", TEST_SOURCE_DIR, both[i]);
		auto_json json_t *j = load(path);
		struct err err = ERR_INIT;

		if (schema_check(schema, j, &err) != -EBADMSG)
			fail_msg("%s: %s", both[i], err.code ? err.msg : "is taken");
	}
}

/* --- as a program -------------------------------------------------------------------------------------------------------- */
static int one_file(const struct kind *k, json_t *schema, const char *path, bool breaking, json_t *names)
{
	json_error_t why = { .text = "" };
	auto_json json_t *j = json_load_file(path, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &why);
	auto_free char *slip = NULL;
	struct err err = ERR_INIT;

	if (!j)
		slip = xasprintf("line %d: %s", why.line, why.text);
	else if (schema_check(schema, j, &err))
		slip = xstrdup(err.msg);
	else if (breaking)
		slip = break_document(k, schema, j);
	names_in(j, names);
	if (slip)
		printf("%s: %s\n", path, slip);
	return slip != NULL;
}

static int as_program(int argc, char **argv)
{
	const struct kind *k = argc > 2 ? kind_of(argv[2]) : NULL;
	auto_json json_t *schema = k ? load_schema(k->name) : NULL, *names = json_object();
	bool breaking = !strcmp(argv[1], "broken");
	int bad = 0;

	if (!k || argc < 4)
		return fprintf(stderr, "usage: %s valid|broken SCHEMA FILE...\n", argv[0]), 2;
	for (int i = 3; i < argc; i++)
		bad |= one_file(k, schema, argv[i], breaking, names);
	const char *unseen = breaking ? never_seen(k, schema, names) : NULL;
	if (unseen)
		printf("%s: no document has \"%s\"\n", k->name, unseen);
	return bad || unseen;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents_hold),
		cmocka_unit_test(every_schema_is_here),
		cmocka_unit_test(topologies_refused),
	};

	if (argc > 1)
		return as_program(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
