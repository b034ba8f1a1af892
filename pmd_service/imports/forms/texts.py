"""Texts of other places as plain text: HTML without its tags, a title for what has none, what has no field here."""

import re
from collections.abc import Sequence
from html.parser import HTMLParser

from ...site.texts import MAX_WARNING, MAX_WARNINGS

# So that “ (12/20)” has room in a title of the site.
MAX_TITLE = 110
MAX_TEXT = 19_000
_BLOCKS = frozenset({"p", "div", "li", "blockquote", "h1", "h2", "h3", "h4", "ul", "ol"})
_UNSEEN = frozenset({"script", "style"})
_HASHTAG = re.compile(r"(?<![\w#&/])#(\w{1,50})")
_TAGS_AROUND = re.compile(r"^(?:#\w+\s+)+|(?:\s+#\w+)+$|^#\w+$")
_CC = re.compile(
    r"\b(?:creativecommons\.org/licenses/|cc[ _-])(by(?:[ _-](?:nc|sa|nd))*)[ _/-]+(\d\.\d)\b", re.IGNORECASE
)
_CC0 = re.compile(r"\b(?:creativecommons\.org/publicdomain/zero\b|cc[ _-]?0\b)", re.I)


class _Plain(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._unseen += tag in _UNSEEN
        if tag == "br":
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in _UNSEEN and self._unseen > 0
        if tag in _BLOCKS:
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(data)


def plain(html: str | None) -> str:
    """The text of HTML, with its paragraphs and line breaks."""
    parser = _Plain()
    parser.feed((html or "")[: 4 * MAX_TEXT])
    parser.close()
    lines = [" ".join(line.split()) for line in "".join(parser.parts).splitlines()]
    return "\n".join(line for line, before in zip(lines, ["", *lines], strict=False) if line or before).strip()


def titled(title: str | None, *, text: str = "", number: int = 1, count: int = 1) -> str:
    """The title, or else the text's first line; with the number where a work has several pictures."""
    line = " ".join((title or _first_line(text)).split())
    short = line if len(line) <= MAX_TITLE else f"{line[: MAX_TITLE - 1]}…"
    return f"{short} ({number}/{count})".strip() if count > 1 else short


def _first_line(text: str) -> str:
    """Without the hashtags before and after it, if anything else is in it."""
    line = text.partition("\n")[0].strip()
    return _TAGS_AROUND.sub("", line) or line


def described(text: str, *, warnings: Sequence[str], alt: str | None) -> str | None:
    """The description, with what is too long for a field of its own."""
    parts = [*(f"Content warning: {warning}" for warning in warnings), text, f"Alt text: {alt}" if alt else ""]
    return "\n\n".join(part for part in parts if part)[:MAX_TEXT] or None


def warnings_of(text: str | None) -> Sequence[str]:
    """The words of a content warning that lists some, else its whole text."""
    words = [word for each in (text or "").split(",") if (word := " ".join(each.split()))]
    if len(words) <= MAX_WARNINGS and all(len(word) <= MAX_WARNING for word in words):
        return words
    return [" ".join((text or "").split())[:500]]


def tagged(tags: Sequence[object]) -> Sequence[str]:
    """Those hashtags that are texts, without “#”, their words joined."""
    return ["_".join(tag.lstrip("# ").split())[:500] for tag in tags if isinstance(tag, str) and tag.strip("# ")][:64]


def hashtags_in(text: str) -> Sequence[str]:
    return list(dict.fromkeys(_HASHTAG.findall(text)))[:64]


def licence_of(text: str | None) -> str | None:
    """The SPDX identifier where a name or an address is one of Creative Commons', else the text."""
    line = " ".join((text or "").split())
    if found := _CC.search(line):
        return f"CC-{re.sub('[ _-]', '-', found[1]).upper()}-{found[2]}"
    return "CC0-1.0" if _CC0.search(line) else line[:500] or None


def is_common_licence(text: str) -> bool:
    return bool(_CC.search(text) or _CC0.search(text))


def unescaped(text: str | None) -> str:
    """A text whose UTF-8 was escaped as if it were Latin-1, as Meta's exports have it; others as they are."""
    try:
        return (text or "").encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text or ""
