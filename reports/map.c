// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory map of a finding: steps from top to bottom, guest-physical
 * addresses from left to right, as inline SVG.
 *
 *	             0x0        0x200000          0x400000
 *	             |  slot 0  |                 |
 *	 4 cr0 +cd   [WB+I======|=================]   what the rules say
 *	             [2M WB+I   ]                     the leaf SPTEs present
 *	 5 cr0 -cd   [UC========|=================]
 *	             [2M WB+I X ]                     stale
 *
 * Addresses are cut where something begins or ends and each piece is as wide as
 * the logarithm of its size, so that a 4K leaf and a 1G slot can both be seen.
 * What the rules say comes from the oracle, which follows the program anew; the
 * leaves come from the film of the run.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "oracle/state.h"
#include "reports/html_internal.h"

#define MAX_BOUNDS	40u
#define MAX_ROWS	14u
#define MAX_RUNS	24u	/* of one memtype, in a piece; more are drawn as a mix */

#define STRIP_LEFT	318.0
#define STRIP_RIGHT	940.0
#define WIDTH		1010
#define GAP_WIDTH	14.0
#define RULES_HEIGHT	12
#define LANE_HEIGHT	26
#define LINE_HEIGHT	15
#define SKIP_HEIGHT	18
#define HEAD_HEIGHT	86
#define MAX_LINES	6u	/* of a group's ops */

struct bound {
	uint64_t gfn;
	bool keep;		/* of the finding, or of a slot */
	double x;
};

struct map {
	FILE *out;
	const struct html_finding *f;
	const struct program *program;
	const struct film *film;
	unsigned vcpu, lanes;
	struct bound bounds[MAX_BOUNDS];
	unsigned nr;
	struct { uint64_t start, end; } covered[2 * MAX_SLOTS];	/* by slots, ever */
	unsigned nr_covered;
	unsigned nr_steps;
	bool *shown;		/* by step */
	double y;
	char *strip;		/* of the rules, as drawn last ... */
	unsigned strip_step;	/* ... after that step ... */
	double strip_y;		/* ... there */
	struct oracle oracle;
};

/* --- The axis ----------------------------------------------------------------------- */

static void add_bound(struct map *m, uint64_t gfn, bool keep)
{
	unsigned at = 0, drop = m->nr;

	while (at < m->nr && m->bounds[at].gfn < gfn)
		at++;
	if (at < m->nr && m->bounds[at].gfn == gfn) {
		m->bounds[at].keep |= keep;
		return;
	}
	if (m->nr == MAX_BOUNDS) {
		if (!keep)
			return;
		while (drop && m->bounds[drop - 1].keep)
			drop--;
		if (!drop--)
			return;
		memmove(&m->bounds[drop], &m->bounds[drop + 1], (m->nr - drop - 1) * sizeof(m->bounds[0]));
		m->nr--;
		at -= drop < at;
	}
	memmove(&m->bounds[at + 1], &m->bounds[at], (m->nr - at) * sizeof(m->bounds[0]));
	m->bounds[at] = (struct bound){ gfn, keep, 0 };
	m->nr++;
}

static void cover(struct map *m, const struct slot *slot)
{
	uint64_t limit = 1ULL << m->program->machine.maxphyaddr;
	uint64_t start = slot->gpa, end = slot->gpa + slot->size;

	if (!slot->size || end < start || start >= limit || m->nr_covered == 2 * MAX_SLOTS)
		return;
	if (end > limit)
		end = limit;
	m->covered[m->nr_covered].start = start >> PAGE_SHIFT;
	m->covered[m->nr_covered++].end = end >> PAGE_SHIFT;
	add_bound(m, start >> PAGE_SHIFT, true);
	add_bound(m, end >> PAGE_SHIFT, true);
}

/* Is anything ever at @gfn? */
static bool is_covered(const struct map *m, uint64_t gfn)
{
	for (unsigned i = 0; i < m->nr_covered; i++)
		if (gfn >= m->covered[i].start && gfn < m->covered[i].end)
			return true;
	return false;
}

static double log2_pages(uint64_t pages)
{
	return 63 - __builtin_clzll(pages);
}

static void place_bounds(struct map *m)
{
	double weights = 0, gaps = 0, x = STRIP_LEFT, unit;

	for (unsigned i = 0; i + 1 < m->nr; i++) {
		if (is_covered(m, m->bounds[i].gfn))
			weights += 4 + log2_pages(m->bounds[i + 1].gfn - m->bounds[i].gfn);
		else
			gaps += GAP_WIDTH;
	}
	unit = weights ? (STRIP_RIGHT - STRIP_LEFT - gaps) / weights : 0;
	for (unsigned i = 0; i < m->nr; i++) {
		m->bounds[i].x = x;
		if (i + 1 == m->nr)
			break;
		x += is_covered(m, m->bounds[i].gfn) ?
		     unit * (4 + log2_pages(m->bounds[i + 1].gfn - m->bounds[i].gfn)) : GAP_WIDTH;
	}
}

static double x_of(const struct map *m, uint64_t gfn)
{
	unsigned i = 0;
	double share;

	while (i + 1 < m->nr && m->bounds[i + 1].gfn <= gfn)
		i++;
	if (i + 1 >= m->nr || gfn <= m->bounds[i].gfn)
		return m->bounds[i].x;
	share = (double)(gfn - m->bounds[i].gfn) / (m->bounds[i + 1].gfn - m->bounds[i].gfn);
	return m->bounds[i].x + share * (m->bounds[i + 1].x - m->bounds[i].x);
}

/* --- Which steps, which addresses ----------------------------------------------------- */

/* Ends of the runs that the rules give @gfn's piece now. */
static void add_run_bounds(struct map *m)
{
	for (unsigned c = 0; c < m->nr_covered; c++) {
		uint64_t gfn = m->covered[c].start;

		for (unsigned runs = 0; gfn < m->covered[c].end && runs < 8; runs++) {
			gfn = oracle_memtype(&m->oracle, m->vcpu, gfn, EPOCH_NOW).end;
			if (gfn < m->covered[c].end)
				add_bound(m, gfn, false);
		}
	}
}

/* Follows the ops of @step, or begins for step 0; true if what the rules say may have changed. */
static bool follow(struct map *m, unsigned step)
{
	struct oracle_result result;
	unsigned nr, first;
	bool changed = !step;

	if (!step) {
		oracle_reset(&m->oracle, &m->program->machine, m->f->profile);
		return true;
	}
	first = program_step_ops(m->program, step, &nr);
	for (unsigned i = first; i < first + nr; i++) {
		oracle_step(&m->oracle, &m->program->ops[i], &result);
		changed |= result.changed || m->program->ops[i].kind == OP_SLOT;
	}
	return changed;
}

static bool leaves_changed(const struct map *m, unsigned step)
{
	const struct film_frame *now = m->film ? film_frame(m->film, step) : NULL;
	const struct film_frame *before = step && now ? film_frame(m->film, step - 1) : NULL;

	return now && (!before || now->first != before->first || now->nr != before->nr);
}

/* Marks the rows: what is near the failing step first, then what changed something, backwards. */
static void choose_rows(struct map *m, const bool *changed)
{
	unsigned fail = m->f->finding->step, cause = m->f->finding->cause, rows = 0;
	const unsigned must[] = { fail, fail ? fail - 1 : 0, cause, cause ? cause - 1 : 0, 0, fail + 1 };

	for (unsigned i = 0; i < sizeof(must) / sizeof(must[0]); i++) {
		if (must[i] > m->nr_steps || m->shown[must[i]])
			continue;
		m->shown[must[i]] = true;
		rows++;
	}
	for (unsigned step = fail < m->nr_steps ? fail : m->nr_steps; step > 0 && rows < MAX_ROWS; step--) {
		rows += changed[step] && !m->shown[step];
		m->shown[step] |= changed[step];
	}
	for (unsigned step = fail + 1; step <= m->nr_steps && rows < MAX_ROWS; step++) {
		rows += changed[step] && !m->shown[step];
		m->shown[step] |= changed[step];
	}
	/* A row that stands for one step alone may as well be that step. */
	for (unsigned step = 1; step < m->nr_steps && rows < MAX_ROWS; step++) {
		if (m->shown[step] || !m->shown[step - 1] || !m->shown[step + 1])
			continue;
		m->shown[step] = true;
		rows++;
	}
}

static void add_leaf_bounds(struct map *m)
{
	for (unsigned step = 0; m->film && step <= m->nr_steps; step++) {
		const struct film_frame *frame = m->shown[step] ? film_frame(m->film, step) : NULL;

		for (unsigned i = 0; frame && i < frame->nr; i++) {
			const struct film_leaf *leaf = &m->film->leaves[frame->first + i];

			add_bound(m, leaf->gfn, false);
			add_bound(m, leaf->end, false);
			if (leaf->as_id)
				m->lanes = 2;
		}
	}
}

static void plan(struct map *m)
{
	const struct finding *f = m->f->finding;
	bool *changed = calloc(m->nr_steps + 2, sizeof(*changed));

	if (!changed)
		return;
	for (unsigned s = 0; s < MAX_SLOTS; s++)
		cover(m, &m->program->machine.slots[s]);
	for (unsigned i = 0; i < m->program->nr_ops; i++)
		if (m->program->ops[i].kind == OP_SLOT)
			cover(m, &(struct slot){ m->program->ops[i].v[0], m->program->ops[i].v[1], 0 });
	if (f->has_gfn) {
		add_bound(m, f->gfn, true);
		add_bound(m, f->gfn + f->npages, true);
	}
	for (unsigned step = 0; step <= m->nr_steps; step++) {
		changed[step] = follow(m, step);
		changed[step] |= leaves_changed(m, step);
		if (changed[step])
			add_run_bounds(m);
	}
	choose_rows(m, changed);
	add_leaf_bounds(m);
	place_bounds(m);
	free(changed);
}

/* --- Drawing -------------------------------------------------------------------------- */

static void text_at(struct map *m, const char *class, double x, double y, const char *text)
{
	fprintf(m->out, "<text class=\"%s\" x=\"%.0f\" y=\"%.0f\">", class, x, y);
	escape_xml(m->out, text);
	fputs("</text>", m->out);
}

/* @text cut to @max characters of ASCII. */
static const char *cut(const char *text, size_t max, char *buf, size_t size)
{
	if (strlen(text) <= max)
		return text;
	snprintf(buf, size, "%.*s\xe2\x80\xa6", (int)max - 1, text);
	return buf;
}

/* Addresses that matter first, others where there is room between them. */
static void draw_addresses(struct map *m)
{
	const double room = 18;
	double taken[MAX_BOUNDS];
	unsigned nr = 0, at;

	for (unsigned pass = 0; pass < 2; pass++) {
		for (unsigned i = 0; i < m->nr; i++) {
			double x = m->bounds[i].x;

			for (at = 0; at < nr && (x - taken[at] >= room || taken[at] - x >= room); at++)
				;
			if (m->bounds[i].keep != !pass || at < nr)
				continue;
			taken[nr++] = x;
			fprintf(m->out, "<path class=\"tick\" d=\"M%.1f %d v6\"/><text class=\"gpa\" "
				"transform=\"translate(%.1f %d) rotate(-38)\">0x%" PRIx64 "</text>", x,
				HEAD_HEIGHT - 6, x + 2, HEAD_HEIGHT - 9, m->bounds[i].gfn << PAGE_SHIFT);
		}
	}
}

static void draw_head(struct map *m)
{
	draw_addresses(m);
	text_at(m, "axis", 10, HEAD_HEIGHT - 26, "steps");
	text_at(m, "axis", 10, HEAD_HEIGHT - 11, "\xe2\x86\x93");
	text_at(m, "axis end", STRIP_LEFT - 12, HEAD_HEIGHT - 11, "guest-physical addresses \xe2\x86\x92");
}

static void draw_run(struct map *m, uint64_t start, uint64_t end, struct mt mt, bool mixed)
{
	double x = x_of(m, start), width = x_of(m, end) - x;
	char type[40];

	if (width < 1)
		width = 1;
	fprintf(m->out, "<rect class=\"%s%u r\" x=\"%.1f\" y=\"%.0f\" width=\"%.1f\" height=\"%d\"/>",
		mixed ? "mix m" : "m", mixed ? 2 : mt_class(mt.type), x, m->y, width, RULES_HEIGHT);
	snprintf(type, sizeof(type), "%s%s%s", mixed ? "mixed" : memtype_name(mt.type),
		 mt.ipat && !mixed ? "+I" : "", mt.undefined && !mixed ? "?" : "");
	if (width > 6 * strlen(type) + 4)
		text_at(m, "rt", x + 3, m->y + 9.5, type);
}

/* What the rules say between two bounds. */
static void draw_rules(struct map *m, uint64_t start, uint64_t end)
{
	uint64_t at = start, next;
	struct mt_run run;
	unsigned runs = 0;

	if (!oracle_slot(&m->oracle, start)) {
		if (is_covered(m, start))
			fprintf(m->out, "<path class=\"none\" d=\"M%.1f %.0f H%.1f\"/>", x_of(m, start),
				m->y + RULES_HEIGHT / 2.0, x_of(m, end));
		return;
	}
	for (uint64_t gfn = start; gfn < end && runs <= MAX_RUNS; runs++)
		gfn = oracle_memtype(&m->oracle, m->vcpu, gfn, EPOCH_NOW).end;
	if (runs > MAX_RUNS)
		return draw_run(m, start, end, (struct mt){ 0 }, true);
	for (; at < end; at = next) {
		run = oracle_memtype(&m->oracle, m->vcpu, at, EPOCH_NOW);
		next = run.end < end ? run.end : end;
		draw_run(m, at, next, run.mt, false);
	}
}

/* Wherever neighbouring pieces have the same answer, one bar. */
static void draw_rules_strip(struct map *m)
{
	unsigned from = 0;

	m->y = 0;
	for (unsigned i = 0; i + 1 < m->nr; i++) {
		uint64_t gfn = m->bounds[i].gfn, next = m->bounds[i + 1].gfn;
		bool joins = i + 2 < m->nr && oracle_slot(&m->oracle, gfn) &&
			     oracle_slot(&m->oracle, gfn) == oracle_slot(&m->oracle, next) &&
			     oracle_memtype(&m->oracle, m->vcpu, gfn, EPOCH_NOW).end > next;

		if (joins)
			continue;
		draw_rules(m, m->bounds[from].gfn, next);
		from = i + 1;
	}
}

/* The strip of @step; where it is the last one's, that one again. */
static void draw_rules_row(struct map *m, unsigned step)
{
	FILE *out = m->out;
	double y = m->y;
	char *strip = NULL;
	size_t bytes;

	m->out = open_memstream(&strip, &bytes);
	if (m->out) {
		draw_rules_strip(m);
		fclose(m->out);
	}
	m->out = out;
	m->y = y;
	if (!strip)
		return;
	if (!m->strip || strcmp(m->strip, strip)) {
		free(m->strip);
		m->strip = strip;
		m->strip_step = step;
		fprintf(out, "<g id=\"r%u-%u\" transform=\"translate(0 %.0f)\">%s</g>", m->f->page, step, y, strip);
		m->strip_y = y;
	} else {
		fprintf(out, "<use href=\"#r%u-%u\" y=\"%.0f\"/>", m->f->page, m->strip_step, y - m->strip_y);
		free(strip);
	}
}

static bool is_stale(struct map *m, const struct film_leaf *leaf)
{
	return leaf->reported &&
	       !oracle_memtype(&m->oracle, m->vcpu, leaf->gfn, EPOCH_NOW).mt.undefined;
}

static void draw_leaf(struct map *m, const struct film_leaf *leaf)
{
	/* The larger the page, the taller: levels are told apart without reading. */
	static const int heights[] = { 0, 13, 18, 23 };
	double x = x_of(m, leaf->gfn), width = x_of(m, leaf->end) - x;
	double y = m->y + RULES_HEIGHT + 2 + leaf->as_id * LANE_HEIGHT;
	unsigned level = leaf->level <= LEVEL_1G ? leaf->level : LEVEL_1G;
	uint64_t nr = (leaf->end - leaf->gfn) / level_pages(level);
	bool stale = is_stale(m, leaf);
	char label[64], many[24] = "";

	if (width < 3)
		width = 3;
	if (nr > 1)
		snprintf(many, sizeof(many), "%" PRIu64 "\xc3\x97", nr);
	fprintf(m->out, "<rect class=\"m%u l%s\" x=\"%.1f\" y=\"%.0f\" width=\"%.1f\" height=\"%d\"/>",
		mt_class(leaf->type), leaf->as_id ? " smm" : "", x, y, width, heights[level]);
	if (stale)
		fprintf(m->out, "<rect class=\"stale\" x=\"%.1f\" y=\"%.0f\" width=\"%.1f\" height=\"%d\"/>",
			x, y, width, heights[level]);
	snprintf(label, sizeof(label), "%s%s%s %s%s", stale ? "\xe2\x9c\x97 " : "", many, level_name(level),
		 memtype_name(leaf->type), leaf->ipat ? "+I" : "");
	if (width < 6.2 * strlen(label) + 2)
		snprintf(label, sizeof(label), "%s", stale ? "\xe2\x9c\x97" : level_name(level));
	if (width > 12)
		text_at(m, stale ? "lt bad" : "lt", x + 4, y + heights[level] / 2.0 + 4, label);
}

/* What happened to the leaves in this step, in words. */
static void leaf_words(struct map *m, unsigned step, char *buf, size_t size)
{
	const struct film_frame *now = film_frame(m->film, step);
	const struct film_frame *before = step ? film_frame(m->film, step - 1) : NULL;
	uint64_t stale = 0;

	buf[0] = 0;
	if (!now)
		return;
	for (unsigned i = 0; i < now->nr; i++) {
		const struct film_leaf *leaf = &m->film->leaves[now->first + i];

		if (is_stale(m, leaf))
			stale += (leaf->end - leaf->gfn) / level_pages(leaf->level);
	}
	if (before && now->present != before->present) {
		bool more = now->present > before->present;
		uint32_t by = more ? now->present - before->present : before->present - now->present;

		snprintf(buf, size, "%s%u %s", more ? "+" : "\xe2\x88\x92", by, by == 1 ? "leaf" : "leaves");
	}
	if (stale)
		snprintf(buf + strlen(buf), size - strlen(buf), "%s%" PRIu64 " wrong", buf[0] ? ", " : "",
			 stale);
}

/* "before", "after: missed-zap; +1 leaves" below the op. */
static void draw_note(struct map *m, unsigned step, double y)
{
	const struct finding *f = m->f->finding;
	char words[80] = "", note[200];

	if (m->film)
		leaf_words(m, step, words, sizeof(words));
	if (step == f->step)
		snprintf(note, sizeof(note), "\xe2\x9c\x97 %s%s%s", verdict_rule_names[f->rule],
			 words[0] ? ": " : "", words);
	else if (step == f->cause)
		snprintf(note, sizeof(note), "the cause%s%s", words[0] ? ": " : "", words);
	else if (step + 1 == f->step)
		snprintf(note, sizeof(note), "before%s%s", words[0] ? ": " : "", words);
	else
		snprintf(note, sizeof(note), "%s", words);
	if (note[0])
		text_at(m, step == f->step ? "note bad" : "note", 40, y, note);
}

/* Lines for the ops of @step; one for the start. */
static unsigned shown_ops(const struct map *m, unsigned step)
{
	unsigned nr = 1;

	if (step)
		program_step_ops(m->program, step, &nr);
	return nr < MAX_LINES ? nr : MAX_LINES;
}

/* Rows are as tall as what stands in them: ops and a note, or the rules and the leaves. */
static double row_height(const struct map *m, unsigned step)
{
	const struct film_frame *frame = m->film ? film_frame(m->film, step) : NULL;
	const struct finding *f = m->f->finding;
	bool note = leaves_changed(m, step) || step == f->cause || step == f->step || step + 1 == f->step;
	double text, strip = RULES_HEIGHT + 8 + (frame && frame->nr ? LANE_HEIGHT * m->lanes : 0);

	text = 8 + LINE_HEIGHT * (shown_ops(m, step) + note);
	return text > strip ? text : strip;
}

static void draw_row(struct map *m, unsigned step)
{
	const struct film_frame *frame = m->film ? film_frame(m->film, step) : NULL;
	unsigned nr = 0, first = program_step_ops(m->program, step, &nr), lines = shown_ops(m, step);
	double height = row_height(m, step), top = m->y;
	char op[300], shown[80], number[16];

	if (step == m->f->finding->step)
		fprintf(m->out, "<rect class=\"fail\" x=\"2\" y=\"%.0f\" width=\"%d\" height=\"%.0f\"/>"
			"<path class=\"mark\" d=\"M2 %.0f v%.0f\"/>", top - 4, WIDTH - 64, height, top - 4, height);
	snprintf(number, sizeof(number), "%u", step);
	text_at(m, "no", 32, top + 11, number);
	if (!step)
		text_at(m, "op", 40, top + 11, "the start");
	for (unsigned i = 0; step && i < lines; i++) {
		op_print(&m->program->ops[first + i], op, sizeof(op));
		if (i + 1 == MAX_LINES && nr > MAX_LINES)
			snprintf(op, sizeof(op), "... %u ops together", nr);
		text_at(m, "op", 40, top + 11 + i * LINE_HEIGHT, cut(op, 37, shown, sizeof(shown)));
	}
	draw_note(m, step, top + 11 + lines * LINE_HEIGHT);
	draw_rules_row(m, step);
	for (unsigned i = 0; frame && i < frame->nr; i++)
		draw_leaf(m, &m->film->leaves[frame->first + i]);
	m->y += height;
}

/* Where rows are left out. */
static void draw_skip(struct map *m, unsigned steps)
{
	char text[48];

	snprintf(text, sizeof(text), "\xe2\x8b\xae %u more steps", steps);
	text_at(m, "note", 40, m->y + 8, text);
	m->y += SKIP_HEIGHT;
}

static void draw_slots(struct map *m)
{
	char text[24];

	for (unsigned s = 0; s < MAX_SLOTS; s++) {
		const struct slot *slot = &m->program->machine.slots[s];
		double x, width;

		if (!slot->size)
			continue;
		x = x_of(m, slot->gpa >> PAGE_SHIFT);
		width = x_of(m, (slot->gpa + slot->size) >> PAGE_SHIFT) - x;
		fprintf(m->out, "<path class=\"slot\" d=\"M%.1f %d v-7 h%.1f v7\"/>", x + 1, HEAD_HEIGHT + 14,
			width - 2);
		snprintf(text, sizeof(text), "slot %u%s", s, slot->flags & SLOT_READONLY ? " ro" : "");
		if (width > 7 * strlen(text) + 8)
			text_at(m, "st", x + 8, HEAD_HEIGHT + 18, text);
	}
}

static void draw_focus(struct map *m, double bottom)
{
	const struct finding *f = m->f->finding;

	if (!f->has_gfn)
		return;
	fprintf(m->out, "<path class=\"focus\" d=\"M%.1f %d V%.0f M%.1f %d V%.0f\"/>", x_of(m, f->gfn),
		HEAD_HEIGHT, bottom, x_of(m, f->gfn + f->npages), HEAD_HEIGHT, bottom);
}

static double total_height(const struct map *m)
{
	double height = HEAD_HEIGHT + 26;

	for (unsigned step = 0; step <= m->nr_steps; step++) {
		if (m->shown[step])
			height += row_height(m, step);
		else if (m->shown[step - 1])
			height += SKIP_HEIGHT;
	}
	return height;
}

static void draw(struct map *m)
{
	double height = total_height(m);
	unsigned skipped = 0;

	fprintf(m->out, "<svg class=\"map\" viewBox=\"0 0 %d %.0f\" role=\"img\" aria-label=\"Memory map: what the "
		"rules say of guest memory after each step, and the leaf SPTEs that were present\">", WIDTH,
		height + 4);
	draw_head(m);
	draw_slots(m);
	m->y = HEAD_HEIGHT + 26;
	for (unsigned step = 0; step <= m->nr_steps; step++) {
		follow(m, step);
		if (!m->shown[step]) {
			skipped++;
			continue;
		}
		if (skipped)
			draw_skip(m, skipped);
		skipped = 0;
		draw_row(m, step);
	}
	if (skipped)
		draw_skip(m, skipped);
	draw_focus(m, height);
	fputs("</svg>\n", m->out);
}

bool map_draw(FILE *out, const struct html_finding *f)
{
	struct map *m = f->program && f->profile != PROFILE_NONE ? calloc(1, sizeof(*m)) : NULL;
	bool drawn = false;

	if (!m)
		return false;
	*m = (struct map){
		.out = out, .f = f, .program = f->program, .film = f->film, .lanes = 1,
		.vcpu = f->finding->vcpu < 0 ? 0 : f->finding->vcpu,
		.nr_steps = program_steps(f->program),
	};
	if (m->vcpu >= m->program->machine.nr_vcpus)
		m->vcpu = 0;
	m->shown = calloc(m->nr_steps + 2, sizeof(*m->shown));
	if (m->shown) {
		plan(m);
		drawn = m->nr > 1;
		if (drawn)
			draw(m);
	}
	free(m->shown);
	free(m->strip);
	free(m);
	return drawn;
}
