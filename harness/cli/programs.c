// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs from files and directories, and the engines that run them.
 */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/cli/cli.h"

struct engine {
	struct engine *next;
	struct target *target;
	struct lockstep *ls;
	char spec[];
};

static int paths_add(struct cli *cli, struct path_list *list, const char *path)
{
	if (list->nr == list->max) {
		size_t max = list->max ? list->max * 2 : 64;
		char **paths = realloc(list->paths, max * sizeof(*paths));

		if (!paths)
			return cli_infra(cli, "out of memory");
		list->paths = paths;
		list->max = max;
	}
	list->paths[list->nr] = strdup(path);
	if (!list->paths[list->nr])
		return cli_infra(cli, "out of memory");
	list->nr++;
	return EXIT_CLEAN;
}

/* In a directory only programs count: *.zap, and what begins like a binary one. */
static bool looks_like_program(const char *path)
{
	size_t length = strlen(path);
	uint8_t head[64];
	ssize_t got;
	int fd;

	if (length > 4 && !strcmp(path + length - 4, ".zap"))
		return true;
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return false;
	got = read(fd, head, sizeof(head));
	close(fd);
	return got > 0 && program_is_binary(head, got);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int paths_walk(struct cli *cli, struct path_list *list, char *dir)
{
	char *roots[] = { dir, NULL }, shown[512];
	FTS *fts = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, by_name);
	int code = EXIT_CLEAN;
	FTSENT *entry;

	if (!fts)
		return cli_infra(cli, "%s: %s", dir, strerror(errno));
	while (!code && (errno = 0, entry = fts_read(fts))) {
		switch (entry->fts_info) {
		case FTS_F:
			if (looks_like_program(entry->fts_path))
				code = paths_add(cli, list, entry->fts_path);
			break;
		case FTS_DNR:
		case FTS_ERR:
		case FTS_NS:
			code = cli_bad_input(cli, "%s: %s", escape_text(entry->fts_path, shown,
					     sizeof(shown)), strerror(entry->fts_errno));
		}
	}
	fts_close(fts);
	return code;
}

int paths_collect(struct cli *cli, char **args, unsigned nr_args, bool empty_ok,
		  struct path_list *list)
{
	*list = (struct path_list){ 0 };
	for (unsigned i = 0; i < nr_args; i++) {
		size_t before = list->nr;
		char shown[512];
		struct stat st;
		int code;

		if (stat(args[i], &st) || !S_ISDIR(st.st_mode)) {
			code = paths_add(cli, list, args[i]);
		} else {
			code = paths_walk(cli, list, args[i]);
			if (!code && !empty_ok && list->nr == before)
				code = cli_bad_input(cli, "%s: there is no program in this directory "
						     "(*.zap, or binary)",
						     escape_text(args[i], shown, sizeof(shown)));
		}
		if (code) {
			paths_free(list);
			return code;
		}
	}
	return EXIT_CLEAN;
}

void paths_free(struct path_list *list)
{
	for (size_t i = 0; i < list->nr; i++)
		free(list->paths[i]);
	free(list->paths);
	*list = (struct path_list){ 0 };
}

int cli_load(struct cli *cli, struct program *program, const char *path, struct report *report)
{
	char raw[768], message[1024];
	struct parse_error error;

	if (!program_load(program, path, &error))
		return EXIT_CLEAN;
	parse_error_format(&error, raw, sizeof(raw));
	escape_text(raw, message, sizeof(message));
	if (report)
		report_bad_input(report, path, message);
	return cli_bad_input(cli, "%s", message);
}

char *cli_bytes(const struct program *program, bool binary, size_t *length)
{
	char *bytes;

	*length = binary ? program_encode(program, NULL, 0) : program_print(program, NULL, 0);
	bytes = malloc(*length + 1);
	if (bytes && binary)
		program_encode(program, (uint8_t *)bytes, *length);
	else if (bytes)
		program_print(program, bytes, *length + 1);
	return bytes;
}

int cli_write(const struct cli *cli, const struct program *program, bool binary, const char *path)
{
	struct outfile out = { .file = stdout };
	size_t length;
	char *bytes = cli_bytes(program, binary, &length);
	int error = 0;

	if (!bytes)
		return cli_infra(cli, "out of memory");
	if (path)
		error = outfile_open(&out, path);
	if (!error)
		fwrite(bytes, 1, length, out.file);
	if (!error && path)
		error = outfile_commit(&out);
	free(bytes);
	if (error)
		return cli_infra(cli, "cannot write %s: %s", cli_shown(path), strerror(-error));
	return EXIT_CLEAN;
}

/* Names of targets and of the instances that they list, as far as they fit, for the nearest one. */
struct instances {
	const char *target;
	const char *names[64];
	char text[64][64];
	unsigned nr;
};

static void add_instance(const char *arg, const char *note, void *ctx)
{
	struct instances *instances = ctx;
	unsigned i = instances->nr;

	if (i == 63)
		return;
	snprintf(instances->text[i], sizeof(instances->text[i]), "%s%s%s", instances->target,
		 *arg ? ":" : "", arg);
	instances->names[i] = instances->text[i];
	instances->nr++;
}

static int open_code;

int cli_target_code(void)
{
	return open_code;
}

struct target *cli_target(const struct cli *cli, const char *spec)
{
	struct instances instances = { .nr = 0 };
	char error[512] = "", shown[600], hint[100], base[80];
	struct target *target = target_open(spec, error, sizeof(error));

	if (target)
		return target;
	open_code = errno == ENODEV ? EXIT_INFRA : EXIT_INPUT;
	if (open_code == EXIT_INFRA) {
		cli_infra(cli, "%s", escape_text(error, shown, sizeof(shown)));
		return NULL;
	}
	for (unsigned i = 0; target_table[i]; i++) {
		instances.target = target_table[i]->name;
		add_instance("", NULL, &instances);
		if (target_table[i]->list)
			target_table[i]->list(add_instance, &instances);
	}
	/* "model:linux-6.1" of "model:linux-6.1,defect=x": is that what is wrong? */
	snprintf(base, sizeof(base), "%.*s", (int)strcspn(spec, ","), spec);
	nearest_hint(base, instances.names, hint, sizeof(hint));
	for (unsigned i = 0; i < instances.nr; i++)
		if (!strcmp(base, instances.names[i]))
			hint[0] = 0;
	if (hint[0])
		cli_bad_input(cli, "there is no target `%s`%s; `zaplock targets` lists them",
			      escape_text(spec, shown, 100), hint);
	else
		cli_bad_input(cli, "%s", escape_text(error, shown, sizeof(shown)));
	return NULL;
}

int cli_engine(struct cli *cli, const struct program *program, struct lockstep **ls)
{
	enum profile profile = program ? program->machine.profile : PROFILE_NONE;
	struct engine *engine;
	char spec[128];

	if (cli->target)
		snprintf(spec, sizeof(spec), "%s", cli->target);
	else if (profile != PROFILE_NONE)
		snprintf(spec, sizeof(spec), "model:%s", profile_table[profile].name);
	else
		snprintf(spec, sizeof(spec), DEFAULT_TARGET);
	for (engine = cli->engines; engine; engine = engine->next)
		if (!strcmp(engine->spec, spec))
			break;
	if (!engine) {
		struct target *target = cli_target(cli, spec);

		if (!target)
			return cli_target_code();
		engine = calloc(1, sizeof(*engine) + strlen(spec) + 1);
		if (!engine || !(engine->ls = lockstep_new(target))) {
			free(engine);
			target_close(target);
			return cli_infra(cli, "out of memory");
		}
		engine->target = target;
		strcpy(engine->spec, spec);
		engine->next = cli->engines;
		cli->engines = engine;
	}
	*ls = engine->ls;
	return EXIT_CLEAN;
}

void cli_close(struct cli *cli)
{
	while (cli->engines) {
		struct engine *engine = cli->engines;

		cli->engines = engine->next;
		lockstep_free(engine->ls);
		target_close(engine->target);
		free(engine);
	}
	free(cli->args);
	cli->args = NULL;
}

const struct finding *cli_main_finding(const struct result *result)
{
	const struct finding *best = NULL;

	for (unsigned i = 0; i < result->nr_findings; i++) {
		const struct finding *f = &result->findings[i];

		if (f->rule < VR_FIRST_ADVISORY && (!best || f->severity < best->severity))
			best = f;
	}
	return best;
}
