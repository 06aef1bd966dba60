// SPDX-License-Identifier: GPL-2.0-only
/* Programs from files that are and that are not programs. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "harness/program/program.h"

static struct program program, other;
static struct parse_error error;
static char dir[] = "/tmp/zaplock-load-XXXXXX", path[64];

static int make_dir(void **state)
{
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	unlink(path);
	return rmdir(dir);
}

static const char *file_of(const void *data, size_t size)
{
	FILE *file;

	snprintf(path, sizeof(path), "%s/p", dir);
	file = fopen(path, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	fclose(file);
	return path;
}

static const char text[] = "zaplock 1\n# kept\nslot 0 gpa=0 size=4K\n---\nvcpu0 write 0\n"
			   "vcpu0 cr0 +cd\nexpect clean\n";

static void test_text_and_binary(void **state)
{
	uint8_t bytes[512];
	size_t length;

	assert_int_equal(program_load(&program, file_of(text, strlen(text)), &error), 0);
	assert_int_equal(program.nr_ops, 2);
	length = program_encode(&program, bytes, sizeof(bytes));
	assert_int_equal(program_load(&other, file_of(bytes, length), &error), 0);
	assert_true(program_equal(&program, &other));
}

static void assert_refused(const char *file, int err, const char *expected)
{
	char line[512];

	assert_int_equal(program_load(&program, file, &error), err);
	parse_error_format(&error, line, sizeof(line));
	if (!strstr(line, expected) || strncmp(line, error.file, strlen(error.file)))
		fail_msg("got: %s", line);
	assert_int_equal(program.nr_ops, 0);
}

static void test_not_files(void **state)
{
	assert_refused(dir, -EISDIR, ": a directory: expected a program file");
	assert_int_equal(error.line, 0);
	assert_refused("/nonexistent/x.zl", -ENOENT, "/nonexistent/x.zl: No such file");
	assert_refused("/dev/zero", -EFBIG, "at most 1 MiB");
}

static void test_huge_file(void **state)
{
	assert_int_equal(truncate(file_of("zaplock 1\n", 10), 100L << 20), 0);
	assert_refused(path, -EFBIG, "at most 1 MiB");
}

/* Every cut and every lie about the size of a binary is seen. */
static void test_damaged_binary(void **state)
{
	uint8_t bytes[512];
	size_t length;

	assert_int_equal(program_parse(&program, text, strlen(text), "t", &error), 0);
	length = program_encode(&program, bytes, sizeof(bytes));
	for (size_t cut = 3; cut < length; cut++)
		assert_refused(file_of(bytes, cut), -EINVAL,
			       cut < 12 ? "within its first 12 bytes" : "cut short");
	bytes[3] = 9;
	assert_refused(file_of(bytes, length), -EINVAL, "version");
	bytes[3] = PROGRAM_VERSION;
	bytes[9] = 0xff;
	assert_refused(file_of(bytes, length), -EINVAL, "tail");
}

static void test_random_file(void **state)
{
	assert_refused(file_of("\x7f" "ELF\2\1\1", 7), -EINVAL, "byte 0x7f");
	assert_int_equal(error.line, 1);
	assert_int_equal(error.column, 1);
	assert_refused(file_of("", 0), -EINVAL, "zaplock 1");
	assert_refused(file_of("\x89", 1), -EINVAL, "byte 0x89");
}

static void test_stdin(void **state)
{
	int saved = dup(STDIN_FILENO);

	assert_non_null(freopen(file_of(text, strlen(text)), "r", stdin));
	assert_int_equal(program_load(&program, "-", &error), 0);
	assert_int_equal(program.nr_ops, 2);
	assert_non_null(freopen(file_of("x\n", 2), "r", stdin));
	assert_refused("-", -EINVAL, "<stdin>:1:1");
	dup2(saved, STDIN_FILENO);
	close(saved);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_and_binary), cmocka_unit_test(test_not_files),
		cmocka_unit_test(test_huge_file), cmocka_unit_test(test_damaged_binary),
		cmocka_unit_test(test_random_file), cmocka_unit_test(test_stdin),
	};

	return cmocka_run_group_tests_name("program_load", tests, make_dir, remove_dir);
}
