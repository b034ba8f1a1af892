"""The files of a download: a part beside the target, named after the version that it is a part of."""

import hashlib
import os
from pathlib import Path
from typing import BinaryIO, NamedTuple


class Part(NamedTuple):
    """The bytes that have arrived, without the last one, and the entity tag of what they belong to.

    The last byte is asked for again, so that there is always a range to ask for.
    """

    path: Path
    etag: str
    size: int


def find_part(target: Path) -> Part | None:
    """The part of an earlier attempt; further ones are deleted."""
    found = None
    for path in sorted(target.parent.glob(f"{_prefix(target)}*.part")):
        etag = bytes.fromhex(path.name.split(".")[2]).decode()
        if found is None and etag and (size := path.stat().st_size):
            found = Part(path, etag, size - 1)
        else:
            path.unlink(missing_ok=True)
    return found


def part_for(target: Path, etag: str) -> Path:
    return target.with_name(f"{_prefix(target)}{etag.encode().hex()}.part")


def publish(file: BinaryIO, part: Path, target: Path) -> None:
    """Give a whole part its name, once its bytes are on the disk."""
    file.flush()
    os.fsync(file.fileno())
    file.close()
    part.replace(target)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename durable. Windows has no such thing, and needs none."""
    if os.name != "nt":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def read_at(file: Path, offset: int, size: int) -> bytes:
    with file.open("rb") as opened:
        opened.seek(offset)
        return opened.read(size)


def _prefix(target: Path) -> str:
    """The target's name may be as long as a name can be."""
    return f".pmd-{hashlib.sha256(os.fsencode(target.name)).hexdigest()[:16]}."
