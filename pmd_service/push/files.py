"""The files on this disk: which of them are taken, and what is told of each."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

CHUNK_BYTES = 1 << 20

# What is still being written by a program that renames it at the end, and what hides.
_UNFINISHED = (".part", ".tmp", ".crdownload", "~")
SUPPORTED = frozenset(
    {
        *("png", "apng", "jpg", "jpeg", "jpe", "jfif", "gif", "bmp", "dib", "tif", "tiff", "webp"),
        *("wav", "wave", "mp3", "flac", "ogg", "oga", "opus", "m4a", "m4b", "aac", "adts", "weba"),
        *("mp4", "m4v", "mov", "qt", "avi", "mkv", "mka", "webm", "flv"),
    }
)


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A file to send: where it is, what it is called there, and how it was when it was found."""

    file: Path
    path: str
    size: int
    mtime_ns: int


class Hashed(Found, frozen=True, kw_only=True):
    """A file with the SHA-256 of its contents, in hexadecimal."""

    hash: str


def is_taken(path: Path) -> bool:
    """Whether a file of this name is sent: nothing hidden, nothing unfinished, nothing but images, sound and video."""
    name = path.name
    if any(part.startswith(".") and part not in (".", "..") for part in path.parts) or name.endswith(_UNFINISHED):
        return False
    return path.suffix[1:].lower() in SUPPORTED


def find_files(roots: Iterable[Path]) -> Iterator[Found]:
    """Every file at or below the roots, in the order of their names; a file that is named itself is always sent.

    Links are not followed, so that no folder is walked twice.
    """
    for root in roots:
        if root.is_file():
            if found := look_at(root, root.name):
                yield found
            continue
        for folder, folders, names in os.walk(root):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                file = Path(folder, name)
                if is_taken(file.relative_to(root)) and (found := look_at(file, path_below(root, file))):
                    yield found


def path_below(root: Path, file: Path) -> str:
    """What the service is told: the folder's own name, and the path below it."""
    return (Path(root.resolve().name) / file.relative_to(root)).as_posix()


def look_at(file: Path, path: str) -> Found | None:
    """The file as it is now; None when it is gone, or no file."""
    try:
        status = file.stat()
    except OSError:
        return None
    if not file.is_file():
        return None
    return Found(file=file, path=path, size=status.st_size, mtime_ns=status.st_mtime_ns)


def hash_file(found: Found) -> Hashed | None:
    """Read the file once; None when it cannot be read. Blocks."""
    if isinstance(found, Hashed):
        return found
    digest = hashlib.sha256()
    try:
        with found.file.open("rb", buffering=0) as file:
            while chunk := file.read(CHUNK_BYTES):
                digest.update(chunk)
    except OSError:
        return None
    return Hashed(hash=digest.hexdigest(), **msgspec.structs.asdict(found))
