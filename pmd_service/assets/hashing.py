"""SHA-256 and CRC-32 of files: incrementally while they are received, and of files on a disk."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from ..base.deflate import crc32

CHUNK_BYTES = 1 << 20


class Digest:
    """SHA-256 and CRC-32 of a file's bytes up to ``size``."""

    def __init__(self) -> None:
        self.sha256 = hashlib.sha256()
        self.crc32 = 0
        self.size = 0

    def update(self, chunks: Iterable[bytes | memoryview]) -> None:
        for chunk in chunks:
            self.sha256.update(chunk)
            self.crc32 = crc32(chunk, self.crc32)
            self.size += len(chunk)


def hash_file(path: Path) -> tuple[str, int]:
    """The SHA-256 in hex, and the CRC-32. Blocks: it reads the whole file, in chunks."""
    digest = Digest()
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update([chunk])
    return digest.sha256.hexdigest(), digest.crc32
