"""What a file's bytes are known by, counted while they come in."""

import hashlib
import zlib
from collections.abc import Sequence

import msgspec


class Digest:
    """SHA-256 and CRC-32 of a file's bytes up to ``size``."""

    def __init__(self) -> None:
        self.sha256 = hashlib.sha256()
        self.crc32 = 0
        self.size = 0

    def update(self, chunks: Sequence[bytes]) -> None:
        for chunk in chunks:
            self.sha256.update(chunk)
            self.crc32 = zlib.crc32(chunk, self.crc32)
            self.size += len(chunk)

    def copy(self) -> "Digest":
        copied = Digest()
        copied.sha256, copied.crc32, copied.size = self.sha256.copy(), self.crc32, self.size
        return copied


class Checksum(msgspec.Struct, frozen=True):
    """What tus's Upload-Checksum promises of one request's body."""

    sha256: bytes
