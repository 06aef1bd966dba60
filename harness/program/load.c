// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs from files. Whatever the file is, memory stays bounded and the
 * error says which file and what is wrong with it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/program/lex.h"

static int refuse(struct parse_error *error, const char *path, int err, const char *why)
{
	struct lexer lex;

	memset(error, 0, sizeof(*error));
	lex_init(&lex, path, 0, path, error);
	lex_fail(&lex, (struct word){ path, 0 }, "%s", why);
	error->column = 0;
	return err;
}

/* Reads @fd to its end into @buf of @size bytes; -EFBIG if it holds more, -errno. */
static ssize_t read_all(int fd, char *buf, size_t size)
{
	size_t length = 0;

	while (length < size) {
		ssize_t n = read(fd, buf + length, size - length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			return length;
		length += n;
	}
	return -EFBIG;
}

static int load_bytes(struct program *program, const char *name, const char *bytes, size_t size,
		      struct parse_error *error)
{
	const uint8_t *data = (const uint8_t *)bytes;
	const char *why;

	if (!program_is_binary(data, size))
		return program_parse(program, bytes, size, name, error);
	why = binary_check(data, size);
	if (why)
		return refuse(error, name, -EINVAL, why);
	program_decode(program, data, size);
	return 0;
}

static int load_fd(struct program *program, int fd, const char *name, struct parse_error *error)
{
	const size_t room = PROGRAM_MAX_TEXT + 1;	/* to see that there is more than allowed */
	struct stat st;
	ssize_t length;
	char *bytes;
	int ret;

	if (fstat(fd, &st))
		return refuse(error, name, -errno, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return refuse(error, name, -EISDIR, "a directory: expected a program file");
	bytes = malloc(room);
	if (!bytes)
		return refuse(error, name, -ENOMEM, "memory is out");
	length = S_ISREG(st.st_mode) && st.st_size > PROGRAM_MAX_TEXT ? -EFBIG :
									 read_all(fd, bytes, room);
	if (length == -EFBIG)
		ret = refuse(error, name, -EFBIG, "expected a program of at most 1 MiB");
	else if (length < 0)
		ret = refuse(error, name, length, strerror(-length));
	else
		ret = load_bytes(program, name, bytes, length, error);
	free(bytes);
	return ret;
}

int program_load(struct program *program, const char *path, struct parse_error *error)
{
	int fd, ret;

	program_init(program);
	if (!strcmp(path, "-"))
		return load_fd(program, STDIN_FILENO, "<stdin>", error);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return refuse(error, path, -errno, strerror(errno));
	ret = load_fd(program, fd, path, error);
	close(fd);
	return ret;
}

/* The first word of @line, "" if there is none: enough of it to tell a step's words apart. */
static void first_word(const char *line, char word[10])
{
	if (sscanf(line, " %9[^ \t\r\n#]", word) != 1)
		word[0] = 0;
}

/* Closes @in. */
static unsigned find_step(FILE *in, unsigned step)
{
	bool in_steps = false, group = false;
	unsigned number = 0, steps = 0;
	char *line = NULL, word[10];
	size_t size = 0;

	while (getline(&line, &size, in) > 0 && !program_is_binary((const uint8_t *)line, strlen(line))) {
		number++;
		first_word(line, word);
		if (!in_steps) {
			in_steps = !strcmp(word, "---");
			if (!step && !strcmp(word, "zaplock"))
				goto found;
		} else if (!strcmp(word, "together")) {
			group = true;
			steps++;
		} else if (!strcmp(word, "end")) {
			group = false;
		} else if (word[0] && strcmp(word, "expect")) {
			steps += !group;
		}
		if (step && steps == step)
			goto found;
	}
	number = 0;
found:
	free(line);
	fclose(in);
	return number;
}

unsigned program_step_line(const char *path, unsigned step)
{
	FILE *in = strcmp(path, "-") ? fopen(path, "re") : NULL;

	return in ? find_step(in, step) : 0;
}

unsigned program_text_step_line(char *text, unsigned step)
{
	FILE *in = *text ? fmemopen(text, strlen(text), "r") : NULL;

	return in ? find_step(in, step) : 0;
}
