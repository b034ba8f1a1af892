"""Names that every file system takes: Windows' reserved ones, separators and lengths are the narrowest."""

import re
import unicodedata

_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|$)", re.IGNORECASE)
# Of the 255 bytes that most take; “.json” and a suffix come after it.
MAX_BYTES = 200


def safe_name(name: str, *, suffix: str = "") -> str:
    """One part of a path: never empty, hidden, ``..``, reserved, or too long; the extension is kept.

    Args:
        suffix: put before the extension, to tell two files of one name apart.
    """
    name = _UNSAFE.sub("_", unicodedata.normalize("NFC", name)).strip(" ").rstrip(". ")
    if name.startswith("."):
        name = f"_{name[1:]}"
    if not name or _RESERVED.match(name):
        name = f"_{name}"
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension.encode()) > 20:
        stem, dot, extension = name, "", ""
    stem = _cut(stem, MAX_BYTES - len(f"{suffix}{dot}{extension}".encode()))
    return f"{stem}{suffix}{dot}{extension}"


def safe_folder(path: str) -> str:
    """A path of safe parts, joined by ``/``."""
    return "/".join(safe_name(part) for part in path.split("/") if part)


def _cut(text: str, size: int) -> str:
    """At most so many bytes of UTF-8, and no half letter."""
    return text.encode(errors="replace")[:size].decode(errors="ignore").rstrip(" ")
