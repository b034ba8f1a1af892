"""Texts that must match a pattern: the error says what is meant, as a regular expression helps few."""

from typing import Any

from msgspec import Meta

from ..locales import translatable

_MEANT: dict[str, str] = {}


def matching(pattern: str, meant: str, **others: Any) -> Meta:
    """The constraint; ``meant`` is the sentence for a value that does not match."""
    _MEANT[repr(pattern)] = meant
    return Meta(pattern=pattern, **others)


def in_words(message: str) -> str:
    """A message of msgspec, with what is meant where it quotes a pattern."""
    return _MEANT.get(message.partition(" matching regex ")[2], message)


NOT_BLANK = matching(r"\S", translatable("Expected some text, not only spaces"))
SHA256 = matching("^[0-9a-f]{64}$", translatable("Expected 64 hexadecimal digits in lower case"))
