"""A language in which every text of the catalogue has full-width letters: what is still in ASCII came past it."""

import re
from collections.abc import Collection, Iterator
from html.parser import HTMLParser

import pytest
from babel.messages.catalog import Catalog

from pmd_service.locales import language, templates

from .catalogue import extracted

# One whose dates are digits, and which has one plural form.
PSEUDO = "ja"
_SHOWN_ATTRIBUTES = {"alt", "aria-label", "data-copied", "data-dark", "data-light", "placeholder", "title"}
_SHOWN_TO_OTHERS = {"description", "og:title", "og:description", "og:image:alt", "og:site_name"}
# Of what is the same in every language.
_UNTRANSLATED = {"UTC", "byte", "KB", "MB", "SHA-256"}


def widened(text: str) -> str:
    """“Hello %(handle)s,” → “Ｈｅｌｌｏ %(handle)s,”."""
    parts = re.split(r"(%\(\w+\)s|%%|\{\w+\})", text)
    return "".join(part if place % 2 else re.sub("[A-Za-z]", _wide, part) for place, part in enumerate(parts))


def _wide(letter: re.Match[str]) -> str:
    return chr(ord(letter[0]) + 0xFEE0)


def install(patch: pytest.MonkeyPatch) -> None:
    """Have the service know this language."""
    catalogue = Catalog(locale=PSEUDO)
    for message in extracted():
        if isinstance(message.id, str):
            catalogue.add(message.id, widened(message.id))
        else:
            catalogue.add(message.id, (widened(message.id[1]),))
    patch.setitem(language._CATALOGUES, PSEUDO, catalogue)
    patch.setattr(language, "LANGUAGES", (*language.LANGUAGES, PSEUDO))


def forget() -> None:
    language.language_of.cache_clear()
    language._accepted.cache_clear()
    templates._environment.cache_clear()


class _Shown(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._is_code = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._is_code = tag in ("script", "style")
        given = dict(attrs)
        is_text = tag == "meta" and not {given.get("name"), given.get("property")}.isdisjoint(_SHOWN_TO_OTHERS)
        self.texts += [
            value or "" for name, value in attrs if name in _SHOWN_ATTRIBUTES or (name == "content" and is_text)
        ]

    def handle_data(self, data: str) -> None:
        if not self._is_code:
            self.texts.append(data)


def shown_in(page: str) -> Iterator[str]:
    """The texts of a page that somebody sees or hears: its content, and some of its attributes."""
    parser = _Shown()
    parser.feed(page)
    yield from (text for each in parser.texts if (text := " ".join(each.split())))


def words_past_the_catalogue(texts: Collection[str], values: Collection[str] = ()) -> list[str]:
    """ASCII words that are neither among these values nor in an address."""
    found = []
    for text in texts:
        rest = re.sub(r"https?://\S+", "", text)
        for value in sorted(values, key=len, reverse=True):
            rest = rest.replace(value, "")
        found += [word for word in re.findall(r"[A-Za-z][\w-]+", rest, re.ASCII) if word not in _UNTRANSLATED]
    return found
