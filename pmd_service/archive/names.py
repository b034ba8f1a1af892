"""Entry names that every file system takes (SPEC section 7, Archive).

Windows' rules are the strictest: https://learn.microsoft.com/windows/win32/fileio/naming-a-file
"""

import re
import unicodedata

MAX_NAME_BYTES = 200  # file systems stop at 255; a de-duplicated name grows a little

_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*]')
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(\.|$)", re.IGNORECASE)


def safe_name(stem: str, extension: str) -> str:
    """``stem.extension`` as one path component: no separators, control characters, reserved names or odd ends."""
    extension = re.sub(r"[^a-z0-9]", "", extension.lower())[:10]
    stem = unicodedata.normalize("NFC", stem)
    # Directional overrides and the like make a name read as another one.
    stem = "".join("_" if unicodedata.category(c) in ("Cf", "Cs", "Co", "Cn") else c for c in stem)
    stem = _FORBIDDEN.sub("_", stem).strip(". ")
    stem = stem.encode()[:MAX_NAME_BYTES].decode(errors="ignore").rstrip(". ") or "_"
    if _RESERVED.match(stem):
        stem = f"_{stem}"
    return f"{stem}.{extension}" if extension else stem


class ArchiveNames:
    """Gives out names that differ even where case does not count."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def unique(self, stem: str, extension: str) -> str:
        name = safe_name(stem, extension)
        number = 2
        while name.casefold() in self._taken:
            name = safe_name(f"{stem[:MAX_NAME_BYTES]}-{number}", extension)
            number += 1
        self._taken.add(name.casefold())
        return name
