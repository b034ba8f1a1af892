"""Entry names that are valid on every file system (SPEC section 7, Archive).

Windows' rules are the strictest: https://learn.microsoft.com/windows/win32/fileio/naming-a-file
"""

import itertools
import re
import unicodedata

MAX_STEM_BYTES = 200  # file systems stop at 255 for the whole name

_NOT_OF_EXTENSIONS = re.compile(r"[^a-z0-9]")
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*]')
_RESERVED = re.compile(r"(con|prn|aux|nul|clock\$|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\.|$)", re.IGNORECASE)
# Directional overrides and the like make a name read as another one; Zl and Zp break lines.
_INVISIBLE = {"Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def safe_name(stem: str, extension: str, *, number: int = 1) -> str:
    """``stem.extension`` as one path component: no separators, control characters, reserved names, or leading or
    trailing dots and spaces.

    A ``number`` from 2 on is appended to names that would otherwise collide.
    """
    extension = _NOT_OF_EXTENSIONS.sub("", extension.lower())[:10]
    ending = f"-{number}" if number > 1 else ""
    if not (stem.isascii() and stem.isalnum()):  # nearly all stems are public ids, and safe
        stem = _without_unsafe_characters(stem)
    stem = stem.encode()[: MAX_STEM_BYTES - len(ending)].decode(errors="ignore").rstrip(". ") or "_"
    stem += ending
    if _RESERVED.match(stem):
        stem = f"_{stem}"
    return f"{stem}.{extension}" if extension else stem


def _without_unsafe_characters(stem: str) -> str:
    if not stem.isascii():  # ASCII has no invisible ones but those that are forbidden anyway
        stem = unicodedata.normalize("NFC", stem)
        stem = "".join("_" if unicodedata.category(c) in _INVISIBLE else c for c in stem)
    return _FORBIDDEN.sub("_", stem).strip(". ")


class ArchiveNames:
    """Hands out names that are unique even on case-insensitive file systems."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        # The next free number by name, so that a thousand files of one name are not quadratic.
        self._next: dict[str, int] = {}

    def unique(self, stem: str, extension: str, *, beside: str = "") -> str:
        """Args: beside: what is appended to the name of another entry of its own."""
        name = safe_name(stem, extension)
        if self._is_taken(name, beside):
            second = safe_name(stem, extension, number=2).casefold()
            for number in itertools.count(self._next.get(second, 2)):
                name = safe_name(stem, extension, number=number)
                if not self._is_taken(name, beside):
                    self._next[second] = number + 1
                    break
        self._taken |= {name.casefold(), (name + beside).casefold()}
        return name

    def _is_taken(self, name: str, beside: str) -> bool:
        return name.casefold() in self._taken or (name + beside).casefold() in self._taken
