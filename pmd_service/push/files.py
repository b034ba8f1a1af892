"""The files on this disk: which of them are taken, and what is told of each."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

# So many of the files that are not sent are told by name.
NAMED = 5

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


class PassedOver:
    """What was found and is not sent: files of other types, and what cannot be looked at."""

    def __init__(self) -> None:
        self.other_types: list[str] = []
        self.unreadable: list[str] = []

    def in_words(self) -> str | None:
        """How many files of other types there are, and what the first ones are called."""
        if not (count := len(self.other_types)):
            return None
        names = ", ".join(self.other_types[:NAMED]) + (", …" if count > NAMED else "")
        if count == 1:
            return f"1 file is no image, sound or video and is not sent: {names}"
        return f"{count} files are no images, sounds or videos and are not sent: {names}"


def is_taken(path: Path) -> bool:
    """Whether a file of this name is sent: nothing hidden, nothing unfinished, nothing but images, sound and video."""
    return is_shown(path) and path.suffix[1:].lower() in SUPPORTED


def is_shown(path: Path) -> bool:
    """Whether a file of this name is meant for anybody: nothing hidden, nothing unfinished."""
    is_hidden = any(part.startswith(".") and part not in (".", "..") for part in path.parts)
    return not is_hidden and not path.name.endswith(_UNFINISHED)


def find_files(roots: Iterable[Path], passed_over: PassedOver | None = None) -> Iterator[Found]:
    """Every file at or below the roots, in the order of their names; a file that is named itself is always sent.

    Links are not followed, so that no folder is walked twice.

    Args:
        passed_over: is told of what is not sent although its owner may think so.
    """
    passed_over = passed_over or PassedOver()

    def cannot_be_read(error: OSError) -> None:
        passed_over.unreadable.append(str(error.filename))

    for root in roots:
        if root.is_file():
            if found := look_at(root, root.name):
                yield found
            continue
        for folder, folders, names in os.walk(root, onerror=cannot_be_read):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                file = Path(folder, name)
                if not is_shown(file.relative_to(root)):
                    continue
                path = path_below(root, file)
                if not is_taken(file.relative_to(root)):
                    passed_over.other_types.append(path)
                elif found := look_at(file, path):
                    yield found
                else:
                    passed_over.unreadable.append(path)


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
    try:
        with found.file.open("rb", buffering=0) as file:
            digest = hashlib.file_digest(file, "sha256")
    except OSError:
        return None
    return Hashed(hash=digest.hexdigest(), **msgspec.structs.asdict(found))


def counted_files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"
