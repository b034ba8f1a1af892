"""How a path is kept: by the service, and so by those who look for their files there (docs/uploads.md)."""

import re
import unicodedata
from functools import cache

# Cc control, Cf formatting (direction marks, zero width), Cs halves of surrogates, Zl and Zp line separators.
_DECEIVING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})

# More marks on one letter than any script has (UAX 15 says 30): to put thousands of them in order takes as long as
# their number squared.
_MOST_MARKS = 30


@cache
def _heap() -> re.Pattern[str]:
    """Made where a path first has a letter that is not in ASCII: to find all marks takes some milliseconds."""
    marks = "".join(sign for sign in map(chr, range(0x300, 0x1F000)) if unicodedata.combining(sign))
    return re.compile(f"[{marks}]{{{_MOST_MARKS + 1},}}")


def normalized_path(path: str) -> str:
    """The path in NFC, its parts joined by ``/``, with ``_`` for what cannot be seen or makes others look different."""
    path = path.replace("\\", "/")
    if not path.isprintable():  # nearly all are, and a check has 512 of them
        path = "".join("_" if unicodedata.category(sign) in _DECEIVING else sign for sign in path)
    if not path.isascii():
        path = unicodedata.normalize("NFC", _heap().sub("_", path))
    return path
