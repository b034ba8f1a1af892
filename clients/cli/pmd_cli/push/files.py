"""The files on this disk: which are sent, and how they are described."""

import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from ..mirror.state import FOLDER
from .paths import normalized_path

# Files that a program is still writing, and files of the operating system.
_UNFINISHED = (".part", ".tmp", ".crdownload", "~")
_SYSTEMS = frozenset({"thumbs.db", "desktop.ini"})

_LICENSE = re.compile(r"(un)?licen[cs]e(\.(txt|md))?|copying(\.txt)?", re.IGNORECASE)
_MAX_LICENSE_BYTES = 64 * 1024


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A file to send: its location, its path here and at the service, and its state when it was found."""

    file: Path
    name: str
    path: str
    size: int
    mtime_ns: int


class Hashed(Found, frozen=True, kw_only=True):
    """A file with the SHA-256 of its contents, in hexadecimal."""

    hash: str

    @property
    def identity(self) -> tuple[str, int, str]:
        """As ``announce.identity_of`` a line."""
        return self.path, self.size, self.hash


def is_shown(path: Path) -> bool:
    """Whether a file is to be sent by its name: not hidden, unfinished or of the operating system."""
    is_hidden = any(part.startswith((".", "~$")) and part not in (".", "..") for part in path.parts)
    return not is_hidden and path.name.lower() not in _SYSTEMS and not path.name.endswith(_UNFINISHED)


def mirror_of(path: Path) -> Path | None:
    """The mirror that the path is in: sent, what it has of the library would come back with descriptions, for ever."""
    place = path.resolve()
    return next((each for each in (place, *place.parents) if (each / FOLDER).is_dir()), None)


def find_files(
    roots: Iterable[Path], unreadable: list[str] | None = None, left_out: list[str] | None = None
) -> Iterator[Found]:
    """Every file at or below the roots, ordered by name. A root that is a file is sent whatever its name.

    Mirrors below them are left out.

    Links to folders are not followed, so that no folder is walked twice.

    Args:
        unreadable: receives the paths that cannot be read.
        left_out: receives the paths that are hidden or unfinished; of a hidden folder or a mirror its own.
    """
    unreadable = [] if unreadable is None else unreadable
    left_out = [] if left_out is None else left_out

    def note_unreadable(error: OSError) -> None:
        unreadable.append(str(error.filename))

    for root in roots:
        if root.is_file():
            if found := find_file(root, root.name):
                yield found
            continue
        top = Path(root.resolve().name)
        for folder, folders, names in os.walk(root, onerror=note_unreadable):
            hidden = sorted(name for name in folders if name.startswith(".") or Path(folder, name, FOLDER).is_dir())
            left_out += [(top / Path(folder, name).relative_to(root)).as_posix() for name in hidden]
            folders[:] = sorted(set(folders).difference(hidden))
            for name in sorted(names):
                file = Path(folder, name)
                below = file.relative_to(root)
                path = (top / below).as_posix()
                if not is_shown(below):
                    left_out.append(path)
                elif found := find_file(file, path):
                    yield found
                else:
                    unreadable.append(path)


def path_below(root: Path, file: Path) -> str:
    """The folder's own name, and the path below it."""
    return (Path(root.resolve().name) / file.relative_to(root)).as_posix()


def find_file(file: Path, name: str) -> Found | None:
    """The file in its current state; None if it is missing or not a regular file."""
    try:
        status = file.stat()
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return Found(file=file, name=name, path=normalized_path(name), size=status.st_size, mtime_ns=status.st_mtime_ns)


def license_among(found: Sequence[Found]) -> Found | None:
    """The outermost licence file."""
    named = [each for each in found if _LICENSE.fullmatch(each.file.name) and each.size <= _MAX_LICENSE_BYTES]
    return min(named, key=lambda each: each.path.count("/"), default=None)


def hash_file(found: Found) -> Hashed | None:
    """Read the file once; None when it cannot be read. Blocks."""
    if isinstance(found, Hashed):
        return found
    try:
        with found.file.open("rb", buffering=0) as file:
            digest = hashlib.file_digest(file, "sha256")
    except OSError:
        return None
    return Hashed(hash=digest.hexdigest(), **msgspec.structs.asdict(found))


def counted_files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"
