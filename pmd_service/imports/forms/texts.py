"""Texts of other places as plain text: HTML without its tags, a title for what has none, what has no field here."""

from collections.abc import Sequence
from html.parser import HTMLParser

from ...site.texts import MAX_ALT_TEXT, MAX_WARNING, MAX_WARNINGS

# So that “ (12/20)” has room in a title of the site.
MAX_TITLE = 110
MAX_TEXT = 19_000
_BLOCKS = frozenset({"p", "div", "li", "blockquote", "h1", "h2", "h3", "h4", "ul", "ol"})
_UNSEEN = frozenset({"script", "style"})


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
    line = " ".join((title or text.partition("\n")[0]).split())
    short = line if len(line) <= MAX_TITLE else f"{line[: MAX_TITLE - 1]}…"
    return f"{short} ({number}/{count})".strip() if count > 1 else short


def described(text: str, *, warning: str | None = None, alt: str | None = None) -> str | None:
    """The description, with what is too long for the fields that posts have for it."""
    parts = [
        f"Content warning: {warning}" if warning and not warned(warning) else "",
        text,
        f"Alt text: {alt}" if alt and not alt_of(alt) else "",
    ]
    return "\n\n".join(part for part in parts if part)[:MAX_TEXT] or None


def alt_of(alt: str | None) -> str | None:
    """The alt text, unless it is too long for one."""
    return alt if alt and len(alt) <= MAX_ALT_TEXT else None


def warned(warning: str | None) -> list[str]:
    """The words of a content warning; none if they are too long, or too many."""
    words = [word for each in (warning or "").split(",") if (word := " ".join(each.split()))]
    return words if len(words) <= MAX_WARNINGS and all(len(word) <= MAX_WARNING for word in words) else []


def tagged(tags: Sequence[object]) -> Sequence[str]:
    """Those hashtags that are texts, without “#”."""
    return [tag.lstrip("#")[:500] for tag in tags if isinstance(tag, str) and tag.strip("# ")][:64]
