"""The files on this disk: which of them are taken, and what is told of each."""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from .paths import normalized_path

# What is still being written by a program that renames it at the end, and what hides or is a system's own.
_UNFINISHED = (".part", ".tmp", ".crdownload", "~")
_SYSTEMS = frozenset({"thumbs.db", "desktop.ini"})

_LICENSE = re.compile(r"(un)?licen[cs]e(\.(txt|md))?|copying(\.txt)?", re.IGNORECASE)
_MOST_LICENSE_BYTES = 64 * 1024


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A file to send: where it is, what it is called there, and how it was when it was found."""

    file: Path
    path: str
    size: int
    mtime_ns: int


class Hashed(Found, frozen=True, kw_only=True):
    """A file with the SHA-256 of its contents, in hexadecimal."""

    hash: str

    @property
    def identity(self) -> tuple[str, int, str]:
        """As ``api.Line`` has it."""
        return self.path, self.size, self.hash


def is_shown(path: Path) -> bool:
    """Whether a file of this name is meant for anybody: nothing hidden, nothing unfinished, nothing of a system's."""
    is_hidden = any(part.startswith((".", "~$")) and part not in (".", "..") for part in path.parts)
    return not is_hidden and path.name.lower() not in _SYSTEMS and not path.name.endswith(_UNFINISHED)


def find_files(roots: Iterable[Path], unreadable: list[str] | None = None) -> Iterator[Found]:
    """Every file at or below the roots, in the order of their names; a file that is named itself is always sent.

    Links are not followed, so that no folder is walked twice.

    Args:
        unreadable: gets the paths of what cannot be looked at.
    """
    unreadable = [] if unreadable is None else unreadable

    def cannot_be_read(error: OSError) -> None:
        unreadable.append(str(error.filename))

    for root in roots:
        if root.is_file():
            if found := look_at(root, normalized_path(root.name)):
                yield found
            continue
        for folder, folders, names in os.walk(root, onerror=cannot_be_read):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                file = Path(folder, name)
                if not is_shown(file.relative_to(root)):
                    continue
                path = path_below(root, file)
                if found := look_at(file, path):
                    yield found
                else:
                    unreadable.append(path)


def path_below(root: Path, file: Path) -> str:
    """What the service is told: the folder's own name, and the path below it."""
    return normalized_path((Path(root.resolve().name) / file.relative_to(root)).as_posix())


def look_at(file: Path, path: str) -> Found | None:
    """The file as it is now; None when it is gone, or no file."""
    try:
        status = file.stat()
    except OSError:
        return None
    if not file.is_file():
        return None
    return Found(file=file, path=path, size=status.st_size, mtime_ns=status.st_mtime_ns)


def license_among(found: Sequence[Found]) -> Found | None:
    """The file that says what may be done with the others: the outermost one."""
    named = [each for each in found if _LICENSE.fullmatch(each.file.name) and each.size <= _MOST_LICENSE_BYTES]
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
