// SPDX-License-Identifier: GPL-2.0-only
/*
 * zaplock bisect: which commit of a kernel tree brought a finding. `git bisect`
 * does the search, in a clone that borrows the tree's objects, so that the tree
 * itself and its branches are not touched; for each commit ukvm is rebuilt and
 * the program run. A commit is bad when it shows the same triage key.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/cli/isolate.h"
#include "harness/targets/ukvm/load.h"

#define PROGRAM_SECONDS	60.0	/* for the program on one commit */
#define PROBE_ENV	"ZAPLOCK_BISECT_PROBE"	/* set for the runs that `git bisect run` starts */

enum { PROBE_GOOD = 0, PROBE_BAD = 1, PROBE_SKIP = 125, PROBE_ABORT = 128 };

enum { KEY_TREE = KEY_COMMAND, KEY_GOOD, KEY_BAD, KEY_KEY };

struct bisect {
	const char *tree, *good, *bad;
	char key[KEY_MAX];
	char good_commit[64], bad_commit[64];
	char work[PATH_MAX], clone[PATH_MAX + 8], program[PATH_MAX];
	struct isolate iso;
};

static error_t parse_bisect(int key, char *arg, struct argp_state *state)
{
	struct bisect *b = state->input;

	switch (key) {
	case KEY_TREE:
		b->tree = arg;
		break;
	case KEY_GOOD:
		b->good = arg;
		break;
	case KEY_BAD:
		b->bad = arg;
		break;
	case KEY_KEY:
		snprintf(b->key, sizeof(b->key), "%s", arg);
	}
	return 0;
}

/*
 * Runs a command, argument by argument; its first line of output to @line, where one is wanted. @quiet: what
 * it says otherwise is nobody's business. Its exit status, or -1.
 */
static int command(char *line, size_t size, bool quiet, const char *const *argv)
{
	int fds[2], status;
	size_t length = 0;
	ssize_t n;
	pid_t pid;
	char c;

	if (pipe(fds))
		return -1;
	fflush(NULL);
	pid = fork();
	if (!pid) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, STDIN_FILENO);
		if (quiet)
			dup2(null, STDERR_FILENO);
		if (line || quiet)
			dup2(line ? fds[1] : null, STDOUT_FILENO);
		close(fds[0]);
		close(fds[1]);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	close(fds[1]);
	while (pid > 0 && (n = read(fds[0], &c, 1)) > 0)
		if (line && length + 1 < size)
			line[length++] = c;
	close(fds[0]);
	if (line)
		line[length] = '\0';
	if (line)
		line[strcspn(line, "\n")] = '\0';
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#define COMMAND(line, quiet, ...) \
	command(line, sizeof(line), quiet, (const char *const[]){ __VA_ARGS__, NULL })
#define SILENTLY(...) command(NULL, 0, true, (const char *const[]){ __VA_ARGS__, NULL })

/* "1234567890ab subject" of a commit in the clone. */
static const char *commit_name(const struct bisect *b, const char *commit, char name[160])
{
	char line[160];

	if (COMMAND(line, true, "git", "-C", b->clone, "log", "-1", "--format=%h %s", "--abbrev=12", commit))
		snprintf(line, sizeof(line), "%.40s", commit);
	return escape_text(line, name, 160);
}

/* -- one commit --------------------------------------------------------- */

static bool build(const struct bisect *b)
{
	char script[PATH_MAX], ukvm[PATH_MAX + 16];
	const char *shell = "\"$0\" --out \"$1\" \"$2\" >>\"$3/build.log\" 2>&1";

	ukvm_build_script(script, sizeof(script));
	snprintf(ukvm, sizeof(ukvm), "%s/ukvm", b->work);
	return !SILENTLY("sh", "-c", shell, script, ukvm, b->clone, b->work);
}

static const struct finding *shown(const struct result *result, const char *key)
{
	for (unsigned i = 0; i < result->nr_findings; i++)
		if (!strcmp(result->findings[i].key, key))
			return &result->findings[i];
	return NULL;
}

/* Builds and runs what the clone has checked out; says on a line what it showed. */
static int probe(struct cli *cli, struct bisect *b)
{
	const struct result *result = &b->iso.exchange->result;
	const struct finding *other;
	char spec[PATH_MAX + 32], name[160], said[400];
	int verdict = PROBE_GOOD;

	commit_name(b, "HEAD", name);
	snprintf(spec, sizeof(spec), "ukvm:%s", b->clone);
	cli->target = spec;
	if (!build(b)) {
		snprintf(said, sizeof(said), "does not build, see %.200s/build.log", b->work);
		verdict = PROBE_SKIP;
	} else if (isolate_run(cli, &b->iso)) {
		return PROBE_ABORT;
	} else if (result->verdict == VERDICT_SKIPPED || result->verdict == VERDICT_INFRA) {
		snprintf(said, sizeof(said), "%s: %s", verdict_names[result->verdict], result->why);
		verdict = PROBE_SKIP;
	} else if (b->key[0] ? shown(result, b->key) != NULL : cli_main_finding(result) != NULL) {
		if (!b->key[0])
			snprintf(b->key, sizeof(b->key), "%s", cli_main_finding(result)->key);
		snprintf(said, sizeof(said), "same finding");
		verdict = PROBE_BAD;
	} else if ((other = cli_main_finding(result))) {
		/* One that ends the program early may hide ours. */
		verdict = other->rule == VR_CRASH || other->rule == VR_HANG ? PROBE_SKIP : PROBE_GOOD;
		snprintf(said, sizeof(said), "other finding, %s%s", other->key,
			 verdict == PROBE_SKIP ? ", which may hide ours" : "");
	} else {
		snprintf(said, sizeof(said), "clean");
	}
	isolate_end(&b->iso);
	dprintf(getenv(PROBE_ENV) ? 3 : STDOUT_FILENO, "%s: %s\n", name, said);
	return verdict;
}

/* As `git bisect run` starts us, in the clone: "WORK KEY" in the environment. */
static int probe_main(struct cli *cli, struct bisect *b, const char *env)
{
	const char *blank = strchr(env, ' ');

	if (!blank || (size_t)(blank - env) >= sizeof(b->work))
		return PROBE_ABORT;
	snprintf(b->work, sizeof(b->work), "%.*s", (int)(blank - env), env);
	snprintf(b->key, sizeof(b->key), "%s", blank + 1);
	snprintf(b->clone, sizeof(b->clone), "%s/tree", b->work);
	return probe(cli, b);
}

/* -- the search --------------------------------------------------------- */

static int resolve(struct cli *cli, const struct bisect *b, const char *name, char commit[64])
{
	char object[300], line[64];

	snprintf(object, sizeof(object), "%.250s^{commit}", name);
	if (name[0] == '-' || COMMAND(line, true, "git", "-C", b->tree, "rev-parse", "--verify", "--quiet", object))
		return cli_bad_input(cli, "%s has no commit `%s`", b->tree, cli_shown(name));
	snprintf(commit, 64, "%s", line);
	return EXIT_CLEAN;
}

static int check_arguments(struct cli *cli, struct bisect *b)
{
	char line[64], script[PATH_MAX];
	int code;

	if (!b->tree || !b->good || !b->bad)
		return cli_bad_input(cli, "wants --tree DIR, --good COMMIT and --bad COMMIT");
	if (COMMAND(line, true, "git", "--version"))
		return cli_infra(cli, "git is missing: apt install git");
	if (COMMAND(line, true, "git", "-C", b->tree, "rev-parse", "--git-dir"))
		return cli_bad_input(cli, "%s is no git repository", cli_shown(b->tree));
	ukvm_build_script(script, sizeof(script));
	if (access(script, X_OK))
		return cli_infra(cli, "%s is missing: bisecting builds kernels, from zaplock's sources", script);
	code = resolve(cli, b, b->good, b->good_commit);
	if (!code)
		code = resolve(cli, b, b->bad, b->bad_commit);
	if (code)
		return code;
	if (SILENTLY("git", "-C", b->tree, "merge-base", "--is-ancestor", b->good_commit, b->bad_commit))
		return cli_bad_input(cli, "the good commit %s is no ancestor of the bad one, %s", cli_shown(b->good),
				     b->bad);
	return EXIT_CLEAN;
}

/* A clone of the folders that ukvm is made of; the objects stay where they are. */
static int make_clone(struct cli *cli, struct bisect *b)
{
	const char *tmp = getenv("TMPDIR");
	char tree[PATH_MAX];

	if (!realpath(b->tree, tree))
		return cli_bad_input(cli, "%s: %s", cli_shown(b->tree), strerror(errno));
	snprintf(b->work, sizeof(b->work), "%s/zaplock-bisect-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(b->work))
		return cli_infra(cli, "cannot make %s: %s", b->work, strerror(errno));
	snprintf(b->clone, sizeof(b->clone), "%s/tree", b->work);
	if (SILENTLY("git", "clone", "--quiet", "--shared", "--no-checkout", tree, b->clone) ||
	    SILENTLY("git", "-C", b->clone, "sparse-checkout", "set", "--no-cone", "/Makefile", "/arch/x86/", "/include/",
		     "/virt/", "/lib/", "/scripts/", "/kernel/time/"))
		return cli_infra(cli, "git cannot clone %s to %s", cli_shown(b->tree), b->clone);
	return EXIT_CLEAN;
}

/* Is @commit what the user says it is? */
static int check_end(struct cli *cli, struct bisect *b, const char *commit, int wanted)
{
	int verdict;

	if (SILENTLY("git", "-C", b->clone, "checkout", "--quiet", "--detach", commit))
		return cli_infra(cli, "git cannot check out %s", commit);
	verdict = probe(cli, b);
	if (verdict == wanted)
		return EXIT_CLEAN;
	if (verdict == PROBE_SKIP || verdict == PROBE_ABORT)
		return cli_infra(cli, "without a verdict on %s there is nothing to search between", commit);
	return cli_bad_input(cli, wanted == PROBE_BAD ? "the bad commit does not show %s" :
			     "the good commit shows it as well: %s", b->key[0] ? b->key : "a finding");
}

static int search(struct cli *cli, struct bisect *b)
{
	char self[PATH_MAX], env[PATH_MAX + KEY_MAX + 8], log[PATH_MAX + 16], line[64], name[160];
	int status;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n <= 0)
		return cli_infra(cli, "cannot find my own program");
	self[n] = '\0';
	snprintf(log, sizeof(log), "%s/git.log", b->work);
	snprintf(env, sizeof(env), "%s %s", b->work, b->key);
	setenv(PROBE_ENV, env, 1);
	if (SILENTLY("git", "-C", b->clone, "bisect", "start", b->bad_commit, b->good_commit))
		return cli_infra(cli, "git bisect cannot start in %s", b->clone);
	/* What git says of its progress goes to a log; our own lines come through file descriptor 3. */
	status = command(NULL, 0, false, (const char *const[]){ "sh", "-c",
			 "cd \"$0\" && exec git bisect run \"$1\" bisect \"$2\" 3>&1 >../git.log 2>&1",
			 b->clone, self, b->program, NULL });
	unsetenv(PROBE_ENV);
	if (status == 0 && !COMMAND(line, true, "git", "-C", b->clone, "rev-parse", "refs/bisect/bad")) {
		printf("first bad commit: %s\n", commit_name(b, line, name));
		return EXIT_CLEAN;
	}
	if (status == 2) {
		fprintf(stderr, "zaplock %s: commits without a verdict are left; the first bad one is among these:\n",
			cli->command);
		command(NULL, 0, false, (const char *const[]){ "sed", "-n", "/^[0-9a-f]\\{40\\}$/p", log, NULL });
		return EXIT_SKIPPED;
	}
	return cli_infra(cli, "git bisect failed (%d); see %s", status, log);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static int bisect(struct cli *cli, struct bisect *b)
{
	struct program *program = &b->iso.exchange->program;
	char ukvm[PATH_MAX + 16];
	int code = cli_load(cli, program, cli->args[0], NULL);

	if (!code && !realpath(cli->args[0], b->program))
		code = cli_bad_input(cli, "%s: %s", cli_shown(cli->args[0]), strerror(errno));
	if (code)
		return code;
	if (!b->key[0])
		program_note_value(program, "key", b->key, sizeof(b->key));
	code = check_arguments(cli, b);
	if (!code)
		code = make_clone(cli, b);
	if (code)
		return code;
	snprintf(ukvm, sizeof(ukvm), "%s/ukvm", b->work);
	setenv("ZAPLOCK_UKVM_DIR", ukvm, 1);
	code = check_end(cli, b, b->bad_commit, PROBE_BAD);
	if (!code)
		code = check_end(cli, b, b->good_commit, PROBE_GOOD);
	if (!code) {
		printf("bisecting for %s\n", b->key);
		fflush(stdout);
		code = search(cli, b);
	}
	if (code == EXIT_INFRA)
		fprintf(stderr, "zaplock %s: what was built is in %s\n", cli->command, b->work);
	else
		nftw(b->work, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return code;
}

int cmd_bisect(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "tree", KEY_TREE, "DIR", 0, "A git repository of the kernel; it is only read", 1 },
		{ "good", KEY_GOOD, "COMMIT", 0, "One that does not show the finding", 1 },
		{ "bad", KEY_BAD, "COMMIT", 0, "A later one that does", 1 },
		{ "key", KEY_KEY, "KEY", 0, "The triage key to look for (default: the program's `# key:`, else the most "
		  "severe finding of the bad commit)", 1 },
		{ 0 }
	};
	struct bisect b = { 0 };
	const struct command_args args = {
		.options = options,
		.parse = parse_bisect,
		.input = &b,
		.args_doc = "PROGRAM",
		.doc = "Find the commit of a kernel tree that brought a finding, by `git bisect`.\v"
		       "For each commit the real KVM is built as a library (half a minute, seconds where little changed) and "
		       "PROGRAM run on it. Only the same triage key makes a commit bad: one that shows another finding is "
		       "good, or without a verdict where that finding ends the program early. One that does not build is "
		       "skipped. Both ends are checked first.\n\n"
		       "Examples:\n"
		       "  zaplock bisect --tree ~/linux --good v6.1 --bad HEAD finding.zap\n"
		       "  zaplock bisect --tree ~/linux --good v6.1 --bad v6.2 --key missed-zap/cr0:cd-clear/too-cached/type a.zap\n\n"
		       "Exit status: 0 found, 2 bad input (the ends are not good and bad), 3 a build or git broke, 4 only "
		       "commits without a verdict are left.",
		.formats = 1u << FORMAT_TEXT,
		.min_args = 1,
		.max_args = 1,
	};
	const char *env = getenv(PROBE_ENV);
	struct cli cli;
	int code;

	cli_parse(&cli, &args, argc, argv);
	code = isolate_init(&cli, &b.iso, PROGRAM_SECONDS);
	if (!code && env)
		code = cli_load(&cli, &b.iso.exchange->program, cli.args[0], NULL) ? PROBE_ABORT :
										      probe_main(&cli, &b, env);
	else if (!code)
		code = bisect(&cli, &b);
	cli_close(&cli);
	return code;
}
