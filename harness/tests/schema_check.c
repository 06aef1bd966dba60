// SPDX-License-Identifier: GPL-2.0-only
/*
 * schema_check SCHEMA: is each line of stdin JSON that the schema allows?
 *
 * The part of JSON Schema that reports/schema uses, and an error for any word
 * of it that is not known here, so that no check is skipped unseen. Bare
 * Debian has no validator of its own.
 */
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

static json_t *root;
static char where[512];		/* path of the value being checked */
static bool quiet;		/* inside oneOf: a mismatch is no failure */

static bool allows(json_t *schema, json_t *value);

static bool no(const char *what)
{
	if (!quiet)
		fprintf(stderr, "at %s: %s\n", where[0] ? where : "the top", what);
	return false;
}

static bool is_type(const char *name, json_t *value)
{
	return (!strcmp(name, "object") && json_is_object(value)) ||
	       (!strcmp(name, "array") && json_is_array(value)) ||
	       (!strcmp(name, "string") && json_is_string(value)) ||
	       (!strcmp(name, "integer") && json_is_integer(value)) ||
	       (!strcmp(name, "number") && json_is_number(value)) ||
	       (!strcmp(name, "boolean") && json_is_boolean(value)) ||
	       (!strcmp(name, "null") && json_is_null(value));
}

static bool check_type(json_t *rule, json_t *value)
{
	json_t *name;
	size_t i;

	if (json_is_string(rule))
		return is_type(json_string_value(rule), value) || no("wrong type");
	json_array_foreach(rule, i, name)
		if (is_type(json_string_value(name), value))
			return true;
	return no("wrong type");
}

static bool check_enum(json_t *rule, json_t *value)
{
	json_t *one;
	size_t i;

	json_array_foreach(rule, i, one)
		if (json_equal(one, value))
			return true;
	return no("not in the enum");
}

static bool check_pattern(json_t *rule, json_t *value)
{
	regex_t regex;
	bool match;

	if (!json_is_string(value))
		return true;
	if (regcomp(&regex, json_string_value(rule), REG_EXTENDED | REG_NOSUB))
		return no("the schema's pattern is no regex");
	match = !regexec(&regex, json_string_value(value), 0, NULL, 0);
	regfree(&regex);
	return match || no("does not match the pattern");
}

/* Checks @value with the path extended by @step. */
static bool below(const char *step, json_t *schema, json_t *value)
{
	size_t length = strlen(where);
	bool ok;

	snprintf(where + length, sizeof(where) - length, "/%s", step);
	ok = allows(schema, value);
	where[length] = 0;
	return ok;
}

static bool check_object(json_t *schema, json_t *value)
{
	json_t *properties = json_object_get(schema, "properties"), *name, *one;
	json_t *other = json_object_get(schema, "additionalProperties");
	const char *key;
	size_t i;
	bool ok = true;

	if (!json_is_object(value))
		return true;
	json_array_foreach(json_object_get(schema, "required"), i, name)
		if (!json_object_get(value, json_string_value(name)))
			ok = no(json_string_value(name)) && no("is required");
	json_object_foreach(value, key, one) {
		json_t *sub = json_object_get(properties, key);

		if (sub)
			ok = below(key, sub, one) && ok;
		else if (json_is_false(other))
			ok = no(key);
		else if (json_is_object(other))
			ok = below(key, other, one) && ok;
	}
	return ok;
}

static bool check_items(json_t *schema, json_t *value)
{
	json_t *items = json_object_get(schema, "items"), *one;
	bool unique = json_is_true(json_object_get(schema, "uniqueItems")), ok = true;
	size_t i;

	if (!json_is_array(value))
		return true;
	json_array_foreach(value, i, one) {
		if (items)
			ok = below("item", items, one) && ok;
		for (size_t j = 0; unique && j < i; j++)
			if (json_equal(one, json_array_get(value, j)))
				ok = no("appears twice");
	}
	return ok;
}

static bool check_one_of(json_t *rule, json_t *value)
{
	unsigned matches = 0;
	bool before = quiet;
	json_t *one;
	size_t i;

	quiet = true;
	json_array_foreach(rule, i, one)
		matches += allows(one, value);
	quiet = before;
	return matches == 1 || no("matches none, or several, of oneOf");
}

static bool check_ref(json_t *rule, json_t *value)
{
	static const char prefix[] = "#/$defs/";
	const char *ref = json_string_value(rule);
	json_t *target = NULL;

	if (!strncmp(ref, prefix, strlen(prefix)))
		target = json_object_get(json_object_get(root, "$defs"), ref + strlen(prefix));
	return target ? allows(target, value) : no("the schema's $ref leads nowhere");
}

static bool allows(json_t *schema, json_t *value)
{
	static const char *const elsewhere[] = {	/* annotations, and what check_object and check_items read */
		"$schema", "title", "description", "$defs", "properties", "required",
		"additionalProperties", "items", "uniqueItems",
	};
	const char *word;
	json_t *rule;
	bool ok = true;

	json_object_foreach(schema, word, rule) {
		if (!strcmp(word, "type"))
			ok = check_type(rule, value) && ok;
		else if (!strcmp(word, "const"))
			ok = (json_equal(rule, value) || no("is not the constant")) && ok;
		else if (!strcmp(word, "enum"))
			ok = check_enum(rule, value) && ok;
		else if (!strcmp(word, "pattern"))
			ok = check_pattern(rule, value) && ok;
		else if (!strcmp(word, "minimum"))
			ok = (!json_is_number(value) || json_number_value(value) >= json_number_value(rule) ||
			      no("below the minimum")) && ok;
		else if (!strcmp(word, "minLength"))
			ok = (!json_is_string(value) ||
			      json_string_length(value) >= (size_t)json_integer_value(rule) ||
			      no("too short")) && ok;
		else if (!strcmp(word, "minItems"))
			ok = (!json_is_array(value) ||
			      json_array_size(value) >= (size_t)json_integer_value(rule) ||
			      no("too few")) && ok;
		else if (!strcmp(word, "maxItems"))
			ok = (!json_is_array(value) ||
			      json_array_size(value) <= (size_t)json_integer_value(rule) ||
			      no("too many")) && ok;
		else if (!strcmp(word, "oneOf"))
			ok = check_one_of(rule, value) && ok;
		else if (!strcmp(word, "$ref"))
			ok = check_ref(rule, value) && ok;
		else {
			size_t i = 0;

			while (i < sizeof(elsewhere) / sizeof(elsewhere[0]) && strcmp(word, elsewhere[i]))
				i++;
			if (i == sizeof(elsewhere) / sizeof(elsewhere[0])) {
				fprintf(stderr, "schema_check does not know `%s'\n", word);
				exit(2);
			}
		}
	}
	return check_object(schema, value) && check_items(schema, value) && ok;
}

int main(int argc, char **argv)
{
	unsigned lines = 0, bad = 0;
	json_error_t error;
	char *line = NULL;
	size_t size = 0;

	root = argc == 2 ? json_load_file(argv[1], 0, &error) : NULL;
	if (!root) {
		fprintf(stderr, "usage: schema_check SCHEMA <LINES\n");
		return 2;
	}
	while (getline(&line, &size, stdin) > 0) {
		json_t *value = json_loads(line, 0, &error);

		lines++;
		if (!value)
			fprintf(stderr, "line %u: %s\n", lines, error.text);
		if (!value || !allows(root, value))
			bad++;
		json_decref(value);
	}
	free(line);
	json_decref(root);
	printf("%u lines, %u bad\n", lines, bad);
	return bad || !lines;
}
