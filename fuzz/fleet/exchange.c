// SPDX-License-Identifier: GPL-2.0-only
/*
 * What crosses between engines: AFL++ reads libFuzzer's corpus (-F), libFuzzer
 * knows one directory, so what AFL++ queues is brought there. And the programs
 * that killed something, whoever noticed.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz/fleet/internal.h"
#include "fuzz/seeds.h"

unsigned count_files(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	unsigned nr = 0;

	while (d && (e = readdir(d)))
		nr += e->d_name[0] != '.';
	if (d)
		closedir(d);
	return nr;
}

/* -1: none, or longer than an input may be. */
static ssize_t read_input(const char *path, uint8_t data[FUZZ_MAX_INPUT])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	ssize_t n = -1;

	if (fd < 0)
		return -1;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size <= FUZZ_MAX_INPUT)
		n = read(fd, data, FUZZ_MAX_INPUT);
	close(fd);
	return n;
}

/* "id:000017,..." is 17; -1 for other names. */
static long afl_id(const char *name)
{
	return strncmp(name, "id:", 3) || !isdigit((unsigned char)name[3]) ? -1 : strtol(name + 3, NULL, 10);
}

/* Those of AFL++'s own finds that came since the last look: ids count up. */
static unsigned bring(struct fleet *f, const char *queue, unsigned taken)
{
	static uint8_t data[FUZZ_MAX_INPUT];
	unsigned next = taken;
	DIR *dir = opendir(queue);
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		char path[PATH_SIZE + 320];
		long id = afl_id(e->d_name);
		ssize_t n;

		if (id < (long)taken)
			continue;
		if (id >= (long)next)
			next = id + 1;
		/* What it took from others, and its seeds, is in the corpus already. */
		if (strstr(e->d_name, ",sync:") || strstr(e->d_name, ",orig:"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", queue, e->d_name);
		n = read_input(path, data);
		if (n < 0)
			continue;
		snprintf(path, sizeof(path), "%s/afl-%016llx", f->corpus,
			 (unsigned long long)content_hash(data, n));
		if (access(path, F_OK))
			write_atomically(path, data, n);
	}
	if (dir)
		closedir(dir);
	return next;
}

/*
 * AFL++ ends when a file goes that it was about to read, and libFuzzer removes what it found a smaller
 * input for; so AFL++ reads OUT/afl-in, where everything that ever was in the corpus has a link.
 */
void exchange_to_afl(struct fleet *f)
{
	static uint8_t data[FUZZ_MAX_INPUT];
	DIR *dir = opendir(f->corpus);
	struct dirent *e;

	while (dir && (e = readdir(dir))) {
		char from[PATH_SIZE + 320], to[PATH_SIZE + 320];
		ssize_t n;

		/* What came from AFL++ is in its queues. */
		if (e->d_name[0] == '.' || !strncmp(e->d_name, "afl-", 4))
			continue;
		snprintf(from, sizeof(from), "%s/%s", f->corpus, e->d_name);
		snprintf(to, sizeof(to), "%s/%s", f->afl_in, e->d_name);
		if (!link(from, to) || errno == EEXIST)
			continue;
		n = read_input(from, data);	/* no hard links here */
		if (n >= 0)
			write_atomically(to, data, n);
	}
	if (dir)
		closedir(dir);
}

void exchange_corpus(struct fleet *f)
{
	static unsigned taken[FUZZ_MAX_INSTANCES];
	char queue[PATH_SIZE + 64];
	bool afl = false;

	for (unsigned i = 0; i < f->nr_instances; i++) {
		if (f->instances[i].engine != ENGINE_AFL)
			continue;
		afl = true;
		snprintf(queue, sizeof(queue), "%s/afl/%s/queue", f->out, f->instances[i].name);
		taken[i] = bring(f, queue, taken[i]);
	}
	if (afl)
		exchange_to_afl(f);
	f->board->corpus = count_files(f->corpus);
}

/* "hang" or the wait status stands in the name. */
static void file_casualty(struct fleet *f, unsigned lane, const char *from, unsigned id, int status,
			  bool hung, const uint8_t *data, size_t size)
{
	char path[PATH_SIZE + 128];

	snprintf(path, sizeof(path), "%s/casualties", f->lanes[lane].dir);
	if (count_files(path) >= MAX_PENDING) {
		f->board->dropped++;
		return;
	}
	snprintf(path, sizeof(path), "%s/casualties/%s-%06u,status=%d,hung=%d,size=%zu", f->lanes[lane].dir,
		 from, id, status, hung, size);
	if (write_atomically(path, data, size))
		f->board->failed++;
}

void casualty_file(struct fleet *f, unsigned nr, int status, bool hung)
{
	const struct fuzz_stats *stats = &f->shared->stats[nr];
	struct instance *instance = &f->instances[nr];

	/* It said itself that it could not start, or ended as it was told to, or for its memory. */
	if (!hung && WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM)
		return;
	if (!hung && WIFEXITED(status) && (WEXITSTATUS(status) == 3 || WEXITSTATUS(status) == 0))
		return;
	file_casualty(f, instance->lane, instance->name, instance->worker.restarts, status, hung, stats->input,
		      stats->input_size);
}

static void take_crashes(struct fleet *f, unsigned nr, bool hangs)
{
	static uint8_t data[FUZZ_MAX_INPUT];
	struct instance *instance = &f->instances[nr];
	_Atomic uint32_t *taken = &f->board->crashes_taken[nr][hangs];
	char dir_path[PATH_SIZE + 64];
	unsigned next = *taken;
	struct dirent *e;
	DIR *dir;

	snprintf(dir_path, sizeof(dir_path), "%s/afl/%s/%s", f->out, instance->name,
		 hangs ? "hangs" : "crashes");
	dir = opendir(dir_path);
	while (dir && (e = readdir(dir))) {
		const char *sig = strstr(e->d_name, ",sig:");
		char path[PATH_SIZE + 320];
		long id = afl_id(e->d_name);
		ssize_t n;

		if (id < (long)*taken)
			continue;
		if (id >= (long)next)
			next = id + 1;
		snprintf(path, sizeof(path), "%s/%s", dir_path, e->d_name);
		n = read_input(path, data);
		if (n >= 0)
			file_casualty(f, instance->lane, instance->name, id,
				      sig ? atoi(sig + 5) & 0x7f : SIGKILL, hangs, data, n);
	}
	if (dir)
		closedir(dir);
	*taken = next;
}

void exchange_casualties(struct fleet *f)
{
	for (unsigned i = 0; i < f->nr_instances; i++) {
		if (f->instances[i].engine != ENGINE_AFL)
			continue;
		take_crashes(f, i, false);
		take_crashes(f, i, true);
	}
}
