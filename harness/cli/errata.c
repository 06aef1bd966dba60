// SPDX-License-Identifier: GPL-2.0-only
/*
 * Errata do not last: an erratum is read again at its date, holds for the
 * kernels that it names, and for the finding whose key it gives.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness/cli/errata.h"

/* "2027-11-30", and a day that there is. */
static bool is_date(const char *text)
{
	struct tm tm = { 0 }, same;
	char *end = strptime(text, "%Y-%m-%d", &tm);

	if (!end || *end || strlen(text) != 10)
		return false;
	same = tm;
	return timegm(&same) != (time_t)-1 && same.tm_mday == tm.tm_mday && same.tm_mon == tm.tm_mon;
}

/* "v6.1", "6.1.192", "6.12.y": its series; 0 if it is none. *@end: behind it. */
static uint32_t parse_version(const char *text, const char **end)
{
	unsigned major, minor;
	int n = 0;

	text += *text == 'v';
	if (!isdigit((unsigned char)*text) || sscanf(text, "%3u.%3u%n", &major, &minor, &n) != 2 || !n)
		return 0;
	text += n;
	if (*text == '.')
		text += 1 + strspn(text + 1, "0123456789y");
	if (*text && !strchr(" \t,;", *text))
		return 0;
	*end = text;
	return major << 16 | minor;
}

/* A commit of 7 to 40 hex digits. */
static bool parse_commit(const char *text, char commit[41], const char **end)
{
	size_t n = strspn(text, "0123456789abcdef");

	if (n < 7 || n > 40 || (text[n] && !strchr(" \t,;", text[n])))
		return false;
	memcpy(commit, text, n);
	commit[n] = '\0';
	*end = text + n;
	return true;
}

/* "V", "V .. V", "COMMIT" or "COMMIT .. COMMIT"; words may follow. */
static bool parse_range(const char *text, struct kernel_range *range)
{
	const char *end;
	bool commits;

	*range = (struct kernel_range){ .from = parse_version(text, &end) };
	commits = !range->from;
	if (commits && !parse_commit(text, range->first, &end))
		return false;
	range->to = range->from;
	end += strspn(end, " \t");
	if (strncmp(end, "..", 2))
		return true;
	end += 2;
	end += strspn(end, " \t");
	if (commits)
		return parse_commit(end, range->fix, &end);
	range->to = parse_version(end, &end);
	return range->to >= range->from;
}

/* Ranges up to the first ';', commas between them; what follows is for people, as is all of "a proposal". */
static int parse_kernels(const char *text, struct erratum_terms *terms, char *error, size_t size)
{
	char list[256], *save, *item;

	if (!strncmp(text, "a proposal", 10))
		return 0;
	snprintf(list, sizeof(list), "%.*s", (int)strcspn(text, ";"), text);
	for (item = strtok_r(list, ",", &save); item; item = strtok_r(NULL, ",", &save)) {
		item += strspn(item, " \t");
		if (terms->nr_ranges == ERRATUM_MAX_RANGES ||
		    !parse_range(item, &terms->ranges[terms->nr_ranges])) {
			snprintf(error, size, "`# kernels:`: `%.40s`: expected up to %d of a version (v6.1, 6.12.y), a "
				 "commit of 7 digits or more, or a range `v4.2 .. v6.10`", item, ERRATUM_MAX_RANGES);
			return -EINVAL;
		}
		terms->nr_ranges++;
	}
	return 0;
}

int erratum_read(const struct program *program, struct erratum_terms *terms, char *error, size_t size)
{
	char value[256];

	*terms = (struct erratum_terms){ 0 };
	terms->is_erratum = program_note_value(program, "why", value, sizeof(value)) != NULL;
	if (!terms->is_erratum)
		return 0;
	program_note_value(program, "key", terms->key, sizeof(terms->key));
	if (program_note_value(program, "until", value, sizeof(value))) {
		if (!is_date(value)) {
			snprintf(error, size, "`# until:`: `%.40s`: expected a date, YYYY-MM-DD", value);
			return -EINVAL;
		}
		snprintf(terms->until, sizeof(terms->until), "%.10s", value);
	}
	if (program_note_value(program, "kernels", value, sizeof(value)))
		return parse_kernels(value, terms, error, size);
	return 0;
}

uint32_t target_kernel(const char *target)
{
	const char *end;
	/* A profile of the model is an era, and a host's kernel has its own name. */
	uint32_t version = strncmp(target, "ukvm:", 5) ? 0 : parse_version(target + 5, &end);

	return version && !*end ? version : 0;
}

/* Is @commit in the history of the tree? -1: nobody can tell. */
static int has_commit(const char *tree, const char *commit)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		if (!freopen("/dev/null", "w", stderr))
			_exit(2);
		execlp("git", "git", "-C", tree, "merge-base", "--is-ancestor", commit, "HEAD", (char *)NULL);
		_exit(2);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) > 1)
		return -1;
	return !WEXITSTATUS(status);
}

/* Does the range hold the target's kernel? -1: nobody can tell. */
static int in_range(const struct kernel_range *range, const char *target)
{
	const char *tree = strncmp(target, "ukvm:/", 6) ? NULL : target + 5;
	uint32_t version = target_kernel(target);
	int first, fix;

	if (range->from)
		return version ? version >= range->from && version <= range->to : -1;
	if (!tree)
		return -1;
	first = has_commit(tree, range->first);
	fix = range->fix[0] ? has_commit(tree, range->fix) : 0;
	return first < 0 || fix < 0 ? -1 : first && !fix;
}

static bool is_outside(const struct erratum_terms *terms, const char *target)
{
	for (unsigned i = 0; i < terms->nr_ranges; i++)
		if (in_range(&terms->ranges[i], target))
			return false;
	return terms->nr_ranges > 0;
}

static bool shows_key(const struct result *result, const char *key)
{
	for (unsigned i = 0; i < result->nr_findings; i++)
		if (!strcmp(result->findings[i].key, key))
			return true;
	return false;
}

void erratum_evaluate(const struct erratum_terms *terms, const char *today, struct result *result)
{
	char *said = result->expectation;
	size_t size = sizeof(result->expectation);

	if (!terms->is_erratum || !result->expectation_met || result->verdict == VERDICT_SKIPPED ||
	    result->verdict == VERDICT_INFRA)
		return;
	if (terms->until[0] && strcmp(terms->until, today) < 0)
		snprintf(said, size, "the erratum is past its date, `# until: %s`: read it again, then renew or remove it",
			 terms->until);
	else if (result->verdict == VERDICT_KNOWN && is_outside(terms, result->target))
		snprintf(said, size, "it shows on %.60s, which is outside the erratum's `# kernels:`", result->target);
	else if (result->verdict == VERDICT_KNOWN && terms->key[0] && !shows_key(result, terms->key))
		snprintf(said, size, "the erratum's `# key: %.80s` no longer shows; others do", terms->key);
	else
		return;
	result->expectation_met = false;
	if (result->verdict == VERDICT_KNOWN)
		result->verdict = VERDICT_FINDING;
}

void erratum_today(char today[12])
{
	const char *set = getenv("ZAPLOCK_TODAY");
	time_t now = time(NULL);

	if (set && is_date(set))
		snprintf(today, 12, "%s", set);
	else
		strftime(today, 12, "%Y-%m-%d", gmtime(&now));
}
