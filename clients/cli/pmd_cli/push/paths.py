"""Normalizing paths, as the service does, so that a client finds its files again (docs/uploads.md)."""

import re
import unicodedata
from functools import cache

# Cc control, Cf formatting (direction marks, zero width), Cs halves of surrogates, Zl and Zp line separators.
_DECEIVING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})

# More marks on one letter than any script uses (UAX 15: 30): ordering thousands of them takes quadratic time.
_MAX_MARKS = 30


@cache
def _heap() -> re.Pattern[str]:
    """Compiled for the first path that is not ASCII: collecting all marks takes some milliseconds."""
    marks = "".join(sign for sign in map(chr, range(0x300, 0x1F000)) if unicodedata.combining(sign))
    return re.compile(f"[{marks}]{{{_MAX_MARKS + 1},}}")


def normalized_path(path: str) -> str:
    """The path in NFC, joined by ``/``, with ``_`` for invisible characters and those that disguise others."""
    path = path.replace("\\", "/")
    if not path.isprintable():  # a fast path: nearly all are
        path = "".join("_" if unicodedata.category(sign) in _DECEIVING else sign for sign in path)
    if not path.isascii():
        path = unicodedata.normalize("NFC", _heap().sub("_", path))
    return path
