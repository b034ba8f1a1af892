"""Texts that users write, as the site stores them."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Annotated

import msgspec

from ..http.errors import unprocessable
from ..locales import translatable
from ..search.language import file_tag, tag_key

MAX_TITLE, MAX_DESCRIPTION, MAX_HASHTAGS, MAX_TAG = 128, 5000, 64, 50

# As users send them, not yet normalized.
Hashtags = Annotated[
    list[Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TAG)]], msgspec.Meta(max_length=MAX_HASHTAGS)
]

MAX_ALT_TEXT, MAX_WARNINGS, MAX_WARNING = 1500, 10, 40

# What a picture shows, for people who do not see it; what it warns of; and what is declared about AI.
AltText = Annotated[
    str, msgspec.Meta(max_length=MAX_ALT_TEXT, examples=["A small red imp with round eyes looks left and right."])
]
ContentWarnings = Annotated[
    list[Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_WARNING)]],
    msgspec.Meta(max_length=MAX_WARNINGS, examples=[["Flashing"]]),
]

_TAG = re.compile(r"[\w-]+")
# Variation selectors and the grapheme joiner: marks by category (Unicode 5.22, default ignorable).
_UNSEEN = frozenset(map(chr, (0x34F, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))


def one_line(text: str) -> str:
    """The text as one line, without line breaks, control characters and directional overrides."""
    # Nearly all texts are printable: without control and format characters, and separators other than the space.
    if not text.isprintable():
        text = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(text.split())


def line_or_none(text: str | None) -> str | None:
    """The text as one line; None if nothing visible is left."""
    return one_line(text) or None if text else None


def readable(text: str, *, path: str) -> str:
    """The text as one line.

    Raises:
        ProblemError: 422, nothing visible is left.
    """
    line = one_line(text)
    if not line:
        raise unprocessable("This text has no visible characters.", path=path)
    return line


def some_lines(text: str) -> str:
    """The text with its line breaks, without control characters."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    return "".join(sign for sign in lines if sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cs"))


def hashtags(texts: Sequence[str], *, path: str) -> list[str]:
    """Normalized hashtags: lower case, without “#”, each once, as it was spelled first.

    Raises:
        ProblemError: 422, one has characters other than letters and digits of any script, “_” and “-”.
    """
    tags = [unicodedata.normalize("NFC", text).strip().lstrip("#").lower() for text in texts]
    for index, tag in enumerate(tags):
        if len(tag) > MAX_TAG or not _TAG.fullmatch(_without_vowel_signs(tag)):
            raise unprocessable(
                f"A hashtag has at most {MAX_TAG} characters: letters, digits, “_” and “-”.", path=f"{path}[{index}]"
            )
    return once(tags)


def once(tags: Sequence[str]) -> list[str]:
    """Each hashtag once, as it is spelled first."""
    return list({tag_key(tag): tag for tag in reversed(tags)}.values())[::-1]


def _without_vowel_signs(tag: str) -> str:
    """Without the marks that Hindi, Tamil, Thai and others write on letters; those that cannot be seen stay."""
    return "".join(sign for sign in tag if unicodedata.category(sign) not in ("Mn", "Mc") or sign in _UNSEEN)


def file_hashtags(texts: Sequence[str], *, path: str) -> list[str]:
    """Hashtags of the library's files, as ``hashtags`` and ``file_tag`` make them.

    Those of posts belong to the site, which may tell full-width letters from plain ones.

    Raises:
        ProblemError: 422, as ``hashtags``.
    """
    return hashtags([file_tag(text) for text in texts], path=path)


def content_warnings(texts: Sequence[str], *, path: str) -> list[str]:
    """Content warnings, each in one line and once, whatever their case.

    Raises:
        ProblemError: 422, one has no visible characters.
    """
    words = [readable(text, path=f"{path}[{index}]") for index, text in enumerate(texts)]
    return list({without_case(word): word for word in reversed(words)}.values())[::-1]


def edited_hashtags(own: Sequence[str], *, add: Sequence[str], remove: Sequence[str]) -> list[str]:
    """A row's remaining hashtags, unchanged and in order, then those that it does not have in another spelling.

    The site's own posts may have hashtags with capitals.

    Args:
        add, remove: from ``hashtags``.
    """
    owned = {tag_key(tag) for tag in own}
    removed = {tag_key(tag) for tag in remove}
    tags = [*own, *(tag for tag in add if tag_key(tag) not in owned)]
    return [tag for tag in dict.fromkeys(tags) if tag_key(tag) not in removed]


def spelled_otherwise(rows: Iterable[Sequence[str]], add: Sequence[str]) -> str:
    """A sentence, if one of these new hashtags is on a row in other letters, which stay; else an empty text."""
    added = {tag_key(tag): tag for tag in add}
    for own in rows:
        for tag in own:
            new = added.get(tag_key(tag), tag)
            if new.lower() != tag.lower():
                return translatable("“{new}” is there as “{tag}”.").format(new=new, tag=tag)
    return ""


def without_case(text: str) -> str:
    """A text for comparisons. By way of capitals: some letters have two small ones."""
    return text.upper().lower()
