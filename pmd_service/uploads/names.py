"""What a file may be called, and what becomes of a name that could deceive.

A path is the owner's own: it is kept for them, and no file of ours is ever called by it. Both slashes part its
components; control, direction and invisible characters become ``_``, so that what is read is what is there.
"""

import unicodedata

from .rules import RefusedError

MAX_NAME = 255
MAX_PATH = 1024
MAX_LEVELS = 16

# Cc control, Cf formatting (direction marks, zero width), Cs halves of surrogates, Zl and Zp line separators.
_DECEIVING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def checked_path(path: str) -> str:
    """The relative path as it is kept, its parts joined by ``/``.

    Raises:
        RefusedError: it is too long or too deep, or leads out of its folder.
    """
    if len(path) > MAX_PATH:
        raise RefusedError("path_too_long")
    levels = unicodedata.normalize("NFC", _undeceiving(path.replace("\\", "/"))).split("/")
    if any(level.strip(" .") == "" for level in levels):
        raise RefusedError("bad_name")
    if len(levels) > MAX_LEVELS:
        raise RefusedError("path_too_deep")
    if any(len(level) > MAX_NAME for level in levels) or sum(map(len, levels)) > MAX_PATH:
        raise RefusedError("path_too_long")
    return "/".join(levels)


def _undeceiving(path: str) -> str:
    if path.isprintable():  # nearly all are, and a check has 512 of them
        return path
    return "".join("_" if unicodedata.category(sign) in _DECEIVING else sign for sign in path)


def name_of(path: str) -> str:
    """The last component of a checked path."""
    return path.rpartition("/")[2]


def extension_of(name: str) -> str:
    """In lower case, without the dot; empty where there is none."""
    stem, dot, extension = name.rpartition(".")
    return extension.lower() if dot and stem else ""
