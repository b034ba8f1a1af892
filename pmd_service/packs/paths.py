"""The paths of a pack's files: as in the library, below the folder that all of them share, unless one was set."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from ..http.errors import unprocessable
from .licensing import PackFile

MAX_PATH = 500
# What cannot be unpacked everywhere: control characters, Windows' own signs, empty names, dots and spaces at an end.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f<>:\"|?*\\]|\.(?:/|$)| (?:/|$)|(?:^|/)(?: |/|$)")


def paths_of(files: Sequence[PackFile]) -> list[str]:
    """The path of each file in the pack."""
    shared = _shared([file.folder for file in files if file.pack_path is None])
    return [file.pack_path or "/".join((*PurePosixPath(file.folder).parts[shared:], file.name)) for file in files]


def _shared(folders: Sequence[str]) -> int:
    """How many names all of these begin with."""
    parts = [PurePosixPath(folder).parts for folder in set(folders)]
    return next(
        (depth for depth, names in enumerate(zip(*parts, strict=False)) if len(set(names)) > 1),
        min((len(each) for each in parts), default=0),
    )


def checked_path(path: str, *, at: str) -> None:
    """Raises: ProblemError: 422 a path that cannot be unpacked everywhere."""
    if _UNSAFE.search(path):
        raise unprocessable('A path has no < > : " | ? * \\, and no dot or space at the end of a name.', path=at)
