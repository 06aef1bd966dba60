// SPDX-License-Identifier: GPL-2.0-only
/*
 * What must hold of every program and of any bytes (design 3): repair and
 * valid agree, text and binary lose nothing, everything decodes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <time.h>
#include <cmocka.h>

#include "harness/program/tests/random_program.h"

static struct program first, second, third;
static char text[PROGRAM_MAX_TEXT + 1], again[PROGRAM_MAX_TEXT + 1];
static uint8_t bytes[PROGRAM_MAX_TEXT], more_bytes[PROGRAM_MAX_TEXT];

static void assert_valid(const struct program *p)
{
	const char *why;

	program_copy(&third, p);
	program_repair(&third);
	assert_true(program_equal(p, &third));
	for (unsigned i = 0; i < p->nr_ops; i++)
		if (!op_valid(&p->ops[i], &p->machine, &why))
			fail_msg("op %u: %s", i, why);
}

static void test_repair_agrees_with_valid(void **state)
{
	unsigned valid = 0, invalid = 0;

	for (unsigned i = 0; i < 200000; i++) {
		struct machine machine;
		struct op op, repaired, twice;
		enum op_field field;
		const char *why;

		random_machine(&machine);
		random_op(&op);
		/* Mostly: a valid op with one field that may not be. */
		if (random_below(4)) {
			op_repair(&op, &machine);
			switch (random_below(5)) {
			case 0:
				op.flags ^= 1u << random_below(16);
				break;
			case 1:
				op.arg ^= 1u << random_below(32);
				break;
			case 2:
				op.vcpu ^= 1u << random_below(8);
				break;
			default:
				op.v[random_below(4)] ^= 1ULL << random_below(64);
			}
		}
		repaired = op;
		op_repair(&repaired, &machine);
		why = op_check(&repaired, &machine, &field);
		if (why) {
			op_print(&repaired, text, sizeof(text));
			fail_msg("%s: field %u: %s", text, field, why);
		}
		twice = repaired;
		op_repair(&twice, &machine);
		assert_memory_equal(&twice, &repaired, sizeof(op));
		if (op_valid(&op, &machine, &why)) {
			assert_memory_equal(&op, &repaired, sizeof(op));
			valid++;
		} else {
			assert_non_null(why);
			invalid++;
		}
	}
	assert_true(valid > 20000 && invalid > 20000);
}

static void test_program_repair_is_idempotent(void **state)
{
	for (unsigned i = 0; i < 5000; i++) {
		random_program(&first, 40);
		assert_valid(&first);
		assert_true(program_steps(&first) <= first.nr_ops);
	}
}

static void test_text_loses_nothing(void **state)
{
	struct parse_error error;
	char message[512];

	for (unsigned i = 0; i < 5000; i++) {
		size_t length;

		random_program(&first, 40);
		length = program_print(&first, text, sizeof(text));
		if (program_parse(&second, text, length, "printed", &error)) {
			parse_error_format(&error, message, sizeof(message));
			fail_msg("%s\nin:\n%s", message, text);
		}
		program_print(&second, again, sizeof(again));
		assert_string_equal(text, again);
		if (!program_equal(&first, &second))
			fail_msg("not equal:\n%s", text);
	}
}

static void test_binary_loses_nothing(void **state)
{
	for (unsigned i = 0; i < 5000; i++) {
		size_t length, small;

		random_program(&first, 40);
		length = program_encode(&first, bytes, sizeof(bytes));
		assert_true(program_is_binary(bytes, length));
		assert_null(binary_check(bytes, length));
		program_decode(&second, bytes, length);
		if (!program_equal(&first, &second)) {
			program_print(&first, text, sizeof(text));
			program_print(&second, again, sizeof(again));
			fail_msg("not equal:\n%s\nand\n%s", text, again);
		}
		/* A small buffer is filled and not overrun. */
		small = random_below(length);
		memset(more_bytes, 0xa5, length);
		assert_int_equal(program_encode(&first, more_bytes, small), length);
		assert_int_equal(more_bytes[small], 0xa5);
		/* The size and tail fields may be cut in the middle. */
		if (small >= 12)
			assert_memory_equal(more_bytes, bytes, small);
	}
}

static void test_everything_decodes(void **state)
{
	for (unsigned i = 0; i < 20000; i++) {
		size_t size = random_below(600), length;

		random_bytes(bytes, size);
		if (size >= 12 && random_below(3) == 0) {
			memcpy(bytes, "\x89ZL\1", 4);
			memset(bytes + 9, 0, 3);	/* a tail that fits now and then */
		}
		program_decode(&first, bytes, size);
		assert_valid(&first);
		length = program_encode(&first, more_bytes, sizeof(more_bytes));
		program_decode(&second, more_bytes, length);
		assert_true(program_equal(&first, &second));
	}
}

/* Cut anywhere, a stripped program is a prefix of itself. */
static void test_missing_tail_means_fewer_ops(void **state)
{
	for (unsigned i = 0; i < 100; i++) {
		size_t length;
		unsigned nr_ops = 0;

		random_program(&first, 30);
		program_strip(&first);
		first.nr_switches = 0;
		length = program_encode(&first, bytes, sizeof(bytes));
		for (size_t cut = 12; cut <= length; cut++) {
			program_decode(&second, bytes, cut);
			assert_true(second.nr_ops >= nr_ops);
			nr_ops = second.nr_ops;
			if (cut < length)
				assert_true(nr_ops == 0 || nr_ops < first.nr_ops);
			if (machine_equal(&first.machine, &second.machine))
				assert_memory_equal(first.ops, second.ops,
						    nr_ops * sizeof(*first.ops));
			if (cut < length)
				assert_non_null(binary_check(bytes, cut));
		}
		assert_int_equal(nr_ops, first.nr_ops);
	}
}

/* Of nothing: the default machine, no op. */
static void test_empty_is_default(void **state)
{
	program_init(&first);
	program_decode(&second, NULL, 0);
	assert_true(program_equal(&first, &second));
	program_decode(&second, (const uint8_t *)"\x89ZL", 3);
	assert_true(program_equal(&first, &second));
}

/* No bytes overflow the bounds: the most ops that fit, and more. */
static void test_decode_is_bounded(void **state)
{
	memset(bytes, OP_WBINVD, sizeof(bytes));
	program_decode(&first, bytes, sizeof(bytes));
	assert_int_equal(first.nr_ops, PROGRAM_MAX_OPS);
	assert_valid(&first);
}

static void test_copy_and_strip(void **state)
{
	for (unsigned i = 0; i < 200; i++) {
		random_program(&first, 20);
		program_copy(&second, &first);
		assert_true(program_equal(&first, &second));
		program_strip(&second);
		assert_int_equal(second.nr_expects + second.nr_notes, 0);
		assert_int_equal(second.nr_switches, first.nr_switches);
		assert_int_equal(second.nr_ops, first.nr_ops);
		assert_true(first.nr_notes + first.nr_expects == 0 ||
			    !program_equal(&first, &second));
	}
}

/* Removing ops keeps programs valid, and every schedule with its own group. */
static void test_remove_ops(void **state)
{
	for (unsigned i = 0; i < 5000; i++) {
		unsigned at, nr, kept;

		random_program(&first, 12);
		first.nr_expects = first.nr_notes = first.note_bytes = 0;
		if (!first.nr_ops)
			continue;
		at = random_below(first.nr_ops);
		nr = 1 + random_below(first.nr_ops - at);
		program_copy(&second, &first);
		program_remove_ops(&second, at, nr);
		assert_int_equal(second.nr_ops, first.nr_ops - nr);
		assert_valid(&second);
		for (unsigned j = 0; j < second.nr_ops; j++) {
			unsigned old = j < at ? j : j + nr;

			second.ops[j].flags &= ~(OP_TOGETHER | OP_ALONG);
			first.ops[old].flags &= ~(OP_TOGETHER | OP_ALONG);
			assert_memory_equal(&second.ops[j], &first.ops[old], sizeof(struct op));
		}
		/* Schedules of groups outside the removed range stay whole. */
		kept = 0;
		for (unsigned j = 0; j < first.nr_switches; j++)
			kept += first.switches[j].op >= at + nr;
		assert_true(second.nr_switches >= kept);
	}
}

/*
 * Decoding stands in every engine's inner loop: about 1 us for 32 ops. The
 * bound is ten times that, as the machine is shared and sanitizers run here.
 */
static void test_decode_is_fast(void **state)
{
	struct timespec start, end;
	const unsigned runs = 20000;
	size_t length;
	double us;

	random_program(&first, 0);
	while (first.nr_ops < 32)
		random_op(&first.ops[first.nr_ops++]);
	program_strip(&first);
	first.nr_switches = 0;
	program_repair(&first);
	length = program_encode(&first, bytes, sizeof(bytes));
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
	for (unsigned i = 0; i < runs; i++)
		program_decode(&second, bytes, length);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	us = ((end.tv_sec - start.tv_sec) * 1e6 + (end.tv_nsec - start.tv_nsec) / 1e3) / runs;
	print_message("decode of 32 ops in %zu bytes: %.2f us\n", length, us);
	assert_true(us < 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_repair_agrees_with_valid),
		cmocka_unit_test(test_program_repair_is_idempotent),
		cmocka_unit_test(test_text_loses_nothing),
		cmocka_unit_test(test_binary_loses_nothing),
		cmocka_unit_test(test_everything_decodes),
		cmocka_unit_test(test_missing_tail_means_fewer_ops),
		cmocka_unit_test(test_empty_is_default),
		cmocka_unit_test(test_decode_is_bounded),
		cmocka_unit_test(test_copy_and_strip),
		cmocka_unit_test(test_remove_ops),
		cmocka_unit_test(test_decode_is_fast),
	};

	random_seed("program_properties");
	return cmocka_run_group_tests_name("program_properties", tests, NULL, NULL);
}
