"""How a path is kept: by the service, and so by those who look for their files there (docs/uploads.md)."""

import unicodedata

# Cc control, Cf formatting (direction marks, zero width), Cs halves of surrogates, Zl and Zp line separators.
_DECEIVING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def normalized_path(path: str) -> str:
    """The path in NFC, its parts joined by ``/``, with ``_`` for what cannot be seen or makes others look different."""
    path = path.replace("\\", "/")
    if not path.isprintable():  # nearly all are, and a check has 512 of them
        path = "".join("_" if unicodedata.category(sign) in _DECEIVING else sign for sign in path)
    return unicodedata.normalize("NFC", path)
