// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file, line by line, in bounded memory: any bytes, any length of line, and
 * no newline at the end of it all.
 */
#include <errno.h>

#include "harness/trace/parse.h"

void trace_reader_init(struct trace_reader *r, FILE *in)
{
	r->in = in;
	r->pos = r->end = 0;
	r->number = 0;
}

static int next_byte(struct trace_reader *r)
{
	if (r->pos == r->end) {
		r->pos = 0;
		r->end = fread(r->chunk, 1, sizeof(r->chunk), r->in);
		if (!r->end)
			return EOF;
	}
	return (unsigned char)r->chunk[r->pos++];
}

int trace_reader_next(struct trace_reader *r)
{
	int c = next_byte(r);

	if (c == EOF)
		return ferror(r->in) ? -EIO : 0;
	r->number++;
	r->length = 0;
	r->overlong = r->controls = false;
	for (; c != EOF && c != '\n'; c = next_byte(r)) {
		if (r->length == TRACE_LINE_MAX) {
			r->overlong = true;
			continue;
		}
		if ((c < 0x20 && c != '\t' && c != '\r') || c == 0x7f) {
			r->controls = true;
			c = '?';
		}
		r->line[r->length++] = c;
	}
	if (ferror(r->in))
		return -EIO;
	r->unfinished = c == EOF;
	if (r->length && r->line[r->length - 1] == '\r')
		r->length--;
	r->line[r->length] = '\0';
	return 1;
}
