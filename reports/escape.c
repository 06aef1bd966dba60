// SPDX-License-Identifier: GPL-2.0-only
/*
 * Escaping: a program, a trace or a file name may hold terminal escapes, bytes
 * that are not UTF-8, or characters that reorder what a reviewer sees
 * (CVE-2021-42574). None of these leave zaplock as they came.
 */
#include <stdint.h>
#include <string.h>

#include "reports/reports.h"

/* Length of the well-formed UTF-8 sequence at @s (RFC 3629) and its value; 0 if there is none. */
static unsigned utf8_next(const unsigned char *s, uint32_t *value)
{
	static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned length = s[0] < 0x80 ? 1 : (s[0] & 0xe0) == 0xc0 ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 :
			  (s[0] & 0xf8) == 0xf0 ? 4 : 0;

	if (!length)
		return 0;
	*value = length == 1 ? s[0] : s[0] & (0x7fu >> length);
	for (unsigned i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*value = *value << 6 | (s[i] & 0x3f);
	}
	if (*value < least[length] || *value > 0x10ffff || (*value >= 0xd800 && *value < 0xe000))
		return 0;
	return length;
}

/* Does character @c move the cursor, reorder its neighbours or not show at all? */
static bool deceptive(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) ||	/* C0, DEL, C1 */
	       (c >= 0x200b && c <= 0x200f) ||		/* zero width, direction marks */
	       (c >= 0x2028 && c <= 0x202e) ||		/* line separators, embeddings */
	       (c >= 0x2060 && c <= 0x2069) ||		/* invisible operators, isolates */
	       c == 0xfeff || (c & 0xfffe) == 0xfffe;	/* BOM, noncharacters */
}

const char *escape_text(const char *text, char *buf, size_t size)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t at = 0;

	while (*s) {
		uint32_t c = 0;
		unsigned length = utf8_next(s, &c);

		if (length && !deceptive(c)) {
			if (at + length + 1 > size)
				break;
			memcpy(buf + at, s, length);
			at += length;
			s += length;
			continue;
		}
		if (at + 5 > size)
			break;
		at += snprintf(buf + at, size - at, "\\x%02x", *s++);
	}
	if (size)
		buf[at] = 0;
	return buf;
}

void escape_xml(FILE *out, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	while (*s) {
		uint32_t c = 0;
		unsigned length = utf8_next(s, &c);

		if (!length || (deceptive(c) && c != '\n')) {
			fprintf(out, "\\x%02x", *s++);
			continue;
		}
		switch (c) {
		case '&': fputs("&amp;", out); break;
		case '<': fputs("&lt;", out); break;
		case '>': fputs("&gt;", out); break;
		case '"': fputs("&quot;", out); break;
		case '\'': fputs("&apos;", out); break;
		default: fwrite(s, 1, length, out);
		}
		s += length;
	}
}
