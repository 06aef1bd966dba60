# SPDX-License-Identifier: GPL-2.0-only
"""html_check.py REPORT: an HTML report as another program reads it.

Tags are balanced, ids unique, links lead somewhere, nothing comes from elsewhere, nothing runs,
and no control character is in it. Prints the text, for the caller to search.
"""
import html.parser
import re
import sys

VOID = {"meta", "br", "rect", "path", "circle", "use", "link", "img"}


class Reader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.links, self.text = [], set(), set(), []
        self.policy = None

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        assert tag not in {"script", "link", "img", "iframe", "object", "embed", "base", "form"}, tag
        for name, value in attrs.items():
            assert not name.startswith("on"), f"{tag} {name}"
            assert name not in {"src", "srcset", "action", "style", "xlink:href"}, f"{tag} {name}"
            if name == "href":
                assert value.startswith("#"), f"a link to {value}"
                self.links.add(value[1:])
            if name == "id":
                assert value not in self.ids, f"id {value} twice"
                self.ids.add(value)
        if attrs.get("http-equiv") == "Content-Security-Policy":
            self.policy = attrs["content"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-1:]} at {self.getpos()}"
        self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1] == "style":
            for url in re.findall(r"url\(([^)]*)\)", data):
                assert url.startswith("#"), url
            assert "@import" not in data
        else:
            self.text.append(data)


data = open(sys.argv[1], "rb").read().decode("utf-8")
bad = [hex(ord(c)) for c in data if (ord(c) < 32 and c != "\n") or 0x7f <= ord(c) < 0xa0 or ord(c) == 0x202e]
assert not bad, bad
reader = Reader()
reader.feed(data)
reader.close()
assert not reader.open, reader.open
assert reader.links <= reader.ids, reader.links - reader.ids
assert reader.policy == "default-src 'none'; style-src 'unsafe-inline'", reader.policy
print("\n".join(reader.text))
