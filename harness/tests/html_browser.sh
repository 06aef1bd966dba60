#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
# The HTML report in a real browser: light, dark, narrow. Skipped where there is none.
#
# The report itself runs no script. A copy of it does, with its policy taken out and a probe put in, which
# writes what the browser made of the page into the page. With ZAPLOCK_PICTURES, a directory, its screenshots stay there.
. "$(dirname "$0")/lib.sh"

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || {
	echo 'there is no browser here: apt-get install chromium'
	exit 77
}
pictures=${ZAPLOCK_PICTURES:-$work}
browse() {
	timeout 60 "$browser" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --hide-scrollbars \
		--user-data-dir="$work/profile" --virtual-time-budget=5000 --enable-logging=stderr "$@" 2>.log
}

finding_program >finding.zap
expect 1 "$zaplock" run --format html --out . finding.zap
browse --window-size=1180,1400 --screenshot="$pictures/report.png" "file://$work/run.html"
[ -s "$pictures/report.png" ] || { tail -n 5 .log; echo 'the browser does not run here'; exit 77; }
! grep -iE 'CONSOLE.*(refused|violat|error)' .log || fail 'the browser complains'
browse --force-dark-mode --window-size=1180,1400 --screenshot="$pictures/report-dark.png" "file://$work/run.html"
browse --no-pdf-header-footer --print-to-pdf="$pictures/report.pdf" "file://$work/run.html"
head -c 5 "$pictures/report.pdf" | grep -q '%PDF-' || fail 'no PDF'

cat >probe.js <<'JS'
const said = [];
const rgb = c => c.match(/[\d.]+/g).map(Number);
const light = c => { const [r, g, b] = rgb(c).map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
	return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const contrast = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
const style = (e, p) => getComputedStyle(e)[p];
const card = style(document.querySelector(".f"), "backgroundColor");
for (const s of [".msg", ".facts dt", ".why small", "pre mark"])
	if (contrast(style(document.querySelector(s), "color"), card) < 4.5) said.push("contrast of " + s);
for (const s of [".map .op", ".map .note", ".map .gpa", ".map .bad", ".map .lt"])
	if (contrast(style(document.querySelector(s), "fill"), card) < 4.5) said.push("contrast of " + s);
if (document.documentElement.scrollWidth > innerWidth + 1) said.push("wider than the window");
const map = document.querySelector(".map"), box = map.viewBox.baseVal;
for (const e of map.querySelectorAll("text, rect, path")) {
	const b = e.getBoundingClientRect(), m = map.getBoundingClientRect();
	if (b.right > m.right + 1 || b.left < m.left - 1 || b.top < m.top - 1 || b.bottom > m.bottom + 1)
		said.push("outside the map: " + (e.textContent || e.outerHTML));
}
if (map.getBoundingClientRect().width < 600) said.push("the map is too small to read");
const fills = [0, 1, 4, 5].map(t => document.querySelector("#m" + t)).filter(p => p && p.childElementCount > 1);
if (fills.length != 4) said.push("patterns are missing");
if (!map.querySelector(".stale") || style(map.querySelector(".stale"), "strokeWidth") < "2") said.push("what is stale does not stand out");
document.title = "probe: " + (said.join("; ") || "all well") + " on " + card;
JS
sed '/Content-Security-Policy/d' run.html >probe.html
{ echo '<script>'; cat probe.js; echo '</script>'; } >>probe.html
for mode in --window-size=1180,1400 --force-dark-mode --window-size=900,1200; do
	checks=$((checks + 1))
	browse --dump-dom "$mode" "file://$work/probe.html" | grep -oE '<title>[^<]*' >.out
	grep -q 'probe: all well' .out || fail "$mode"
	cat .out >>backgrounds
done
[ "$(sed 's/.* on //' backgrounds | sort -u | wc -l)" = 2 ] || fail 'light and dark are the same'

done_testing
