"""ZIP entries whose size and CRC-32 are known before their first byte (APPNOTE 6.3.10, sections 4.3.7 and 4.3.12).

zipstream-ng writes all headers and the central directory. No entry has a data descriptor: streaming readers accept
stored entries only without one, and Java 17's ``ZipInputStream`` fails on 64-bit descriptors.
"""

import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from typing import IO, Any
from zipfile import ZIP64_LIMIT, ZIP_DEFLATED, ZIP_STORED

from zipstream import ZipStream
from zipstream.ng import ZipStreamInfo

from ..base.deflate import compressobj, crc32

# 675 kB of comments take 1.7 ms and become 107 kB; level 3 takes 2.3 ms and gives 103 kB. Without zlib-ng: 2.7 ms and
# 113 kB.
COMPRESSION_LEVEL = 2
# A larger compressed document is spooled to an unnamed temporary file.
SPOOLED_BYTES = 4 << 20
READ_BYTES = 1 << 20


class Document(AbstractContextManager["Document"]):
    """A text, compressed as it is written; its sizes and CRC-32 are known after ``end``."""

    def __init__(self) -> None:
        self.size = 0
        self.packed_size = 0
        self.crc32 = 0
        self._packer = compressobj(COMPRESSION_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        self._packed: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=SPOOLED_BYTES)  # noqa: SIM115 - our own exit

    def write(self, text: bytes) -> None:
        self.size += len(text)
        self.crc32 = crc32(text, self.crc32)
        self._keep(self._packer.compress(text))

    def end(self) -> None:
        self._keep(self._packer.flush())

    def _keep(self, packed: bytes) -> None:
        self._packed.write(packed)
        self.packed_size += len(packed)

    def chunks(self) -> Iterator[bytes]:
        """The compressed bytes."""
        self._packed.seek(0)
        while chunk := self._packed.read(READ_BYTES):
            yield chunk

    def __exit__(self, *_: object) -> None:
        self._packed.close()


class Entries(ZipStream):  # type: ignore[misc]
    """The archive's entries in order; the caller appends each entry's data after its header.

    Args:
        dated: the time of every entry, for archives whose bytes must depend on their contents alone.
    """

    def __init__(self, dated: datetime | None) -> None:
        super().__init__(compress_type=ZIP_STORED)
        self._dated = dated.timetuple()[:6] if dated else None

    def stored(self, name: str, *, size: int, crc32: int, modified: float) -> bytes:
        """The header of an uncompressed entry."""
        return self._begin(name, ZIP_STORED, size=size, packed_size=size, crc32=crc32, modified=modified)

    def deflated(self, name: str, document: Document) -> bytes:
        """The header of a document."""
        sizes = {"size": document.size, "packed_size": document.packed_size}
        return self._begin(name, ZIP_DEFLATED, **sizes, crc32=document.crc32, modified=time.time())

    def _begin(self, name: str, method: int, *, size: int, packed_size: int, crc32: int, modified: float) -> bytes:
        entry: Any = ZipStreamInfo(name, self._dated or time.localtime(modified)[:6])
        entry.compress_type, entry.external_attr = method, 0o644 << 16
        entry.CRC, entry.file_size, entry.compress_size = crc32, size, packed_size
        entry.header_offset = self._pos
        header: bytes = entry.FileHeader(max(size, packed_size) > ZIP64_LIMIT)
        self._pos += len(header) + packed_size
        self._filelist.append(entry)
        return header
