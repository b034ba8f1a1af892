"""SHA-256 and CRC-32 of a whole file, where they were not computed while it came in."""

import hashlib
import zlib
from pathlib import Path

CHUNK_BYTES = 1 << 20


def hash_file(path: Path) -> tuple[str, int]:
    """Blocks: it reads the file once, in chunks."""
    sha256, crc32 = hashlib.sha256(), 0
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(CHUNK_BYTES):
            sha256.update(chunk)
            crc32 = zlib.crc32(chunk, crc32)
    return sha256.hexdigest(), crc32
