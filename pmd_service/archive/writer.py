"""A ZIP written straight into a vault's part, in a thread, in constant memory."""

import asyncio
import itertools
import struct
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime
from types import TracebackType
from typing import NamedTuple, Self, TypeVar
from zipfile import ZIP64_LIMIT, ZIP_DEFLATED
from zlib import crc32

from zipstream import ZipStream
from zipstream.ng import ZipStreamInfo

from ..vault.base import Chunk, ObjectUnreadableError, Part, Source, Stored
from .ahead import Opened, fail

T = TypeVar("T")

# Comments of 580 kB take 2.3 ms and come to 95 kB; at the usual level 6 it is 5.1 ms and 85 kB.
COMPRESS = 3

DATA_DESCRIPTOR = 1 << 3  # the flag of an entry whose sizes follow behind its data
BLOCK_HEADER = struct.Struct("<BHH")
BLOCK_BYTES = 0xFFFF
LAST_BLOCK = BLOCK_HEADER.pack(1, 0, 0xFFFF)


class WriterStoppedError(Exception):
    """The writer was told to stop in the middle of an entry."""


class Written(NamedTuple):
    """An entry as the archive's directory will have it."""

    name: str
    size: int
    crc32: int


def _stored(chunks: Iterable[bytes]) -> Iterator[Chunk]:
    """Blocks, each behind its length, of bytes that are not copied.

    All but the last are full, wherever a chunk ends: from a store far away the same bytes come in others each time.
    """
    block: list[Chunk] = []
    size = 0
    for chunk in chunks:
        left = memoryview(chunk)
        while left:
            piece = left[: BLOCK_BYTES - size]
            block.append(piece)
            size += len(piece)
            left = left[len(piece) :]
            if size == BLOCK_BYTES:
                yield BLOCK_HEADER.pack(0, size, size ^ 0xFFFF)
                yield from block
                block, size = [], 0
    if size:
        yield BLOCK_HEADER.pack(0, size, size ^ 0xFFFF)
        yield from block


class StoredBlocks(ZipStreamInfo):  # type: ignore[misc]
    """An entry whose bytes stay as they are, in deflate's stored blocks (RFC 1951, section 3.2.4).

    Images are compressed already. The entry calls itself deflated nevertheless: readers that stream (Java's
    ZipInputStream, bsdtar) refuse *stored* entries whose sizes follow behind the data, and only those.

    zlib writes the same at level 0, but copies every byte and sets up a quarter of a megabyte first, which for a small
    artwork takes longer than everything else.
    """

    file_size: int

    def _file_data(self, iterable: Iterable[bytes]) -> Iterator[Chunk]:
        self.flag_bits |= DATA_DESCRIPTOR
        # The size was looked up before; a file that has grown past the limit since then fails in the descriptor.
        zip64 = self.file_size * 1.05 > ZIP64_LIMIT
        yield self.FileHeader(zip64)
        self.CRC = self.file_size = 0
        self.compress_size = len(LAST_BLOCK)
        for piece in _stored(self._counted(iterable)):
            self.compress_size += len(piece)
            yield piece
        yield LAST_BLOCK
        yield self.DataDescriptor(zip64)

    def _counted(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self.CRC = crc32(chunk, self.CRC)
            self.file_size += len(chunk)
            yield chunk


class DatedZipStream(ZipStream):  # type: ignore[misc]
    """zipstream-ng gives the time of a file to paths only; a vault's objects have one as well.

    Args:
        dated: the time of every entry, where an archive's bytes must follow from its contents alone.
    """

    def __init__(self, dated: datetime | None) -> None:
        super().__init__(compress_type=ZIP_DEFLATED, compress_level=COMPRESS)
        self._dated = dated

    def source(self, name: str, source: Source, chunks: Iterator[bytes]) -> Iterator[Chunk]:
        """The entry's bytes: as they are, with the object's own time."""
        yield from self._entry(StoredBlocks, name, chunks, size=source.size, modified=source.modified)

    def text(self, name: str, text: bytes) -> Iterator[Chunk]:
        """The entry's bytes, compressed."""
        yield from self._entry(ZipStreamInfo, name, [text], size=len(text), modified=time.time())

    def _entry(
        self, kind: type[ZipStreamInfo], name: str, chunks: Iterable[bytes], *, size: int, modified: float
    ) -> Iterator[Chunk]:
        dated = self._dated.timetuple() if self._dated else time.localtime(modified)
        entry = kind(name, dated[:6])
        entry.compress_type, entry._compresslevel = ZIP_DEFLATED, COMPRESS
        entry.external_attr = 0o644 << 16
        entry.file_size = size
        entry.header_offset = self._pos
        for data in entry._file_data(chunks):
            yield self._track(data)
        self._filelist.append(entry)

    def written(self) -> list[Written]:
        return [Written(entry.filename, entry.file_size, entry.CRC) for entry in self._filelist]


class ArchiveWriter:
    """Adds one entry after the other; ``finish`` seals the part.

    With a date, which all entries have, the same entries make the same bytes.

    As an async context manager it stops a running thread in the end: what becomes of the part is the caller's to say.
    """

    def __init__(self, part: Part, *, dated: datetime | None = None) -> None:
        self._part = part
        self._zip = DatedZipStream(dated)
        # zipstream is not thread-safe and neither is a part: one thread, one entry at a time.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="archive")
        self._stopped = False
        self._opened = Opened()

    async def __aenter__(self) -> Self:
        return self

    async def add_sources(
        self,
        sources: Sequence[tuple[str, Source]],
        *,
        then: Sequence[Source] = (),
        leave_out: Callable[[ObjectUnreadableError], None] = fail,
    ) -> None:
        """Add objects' bytes as they are, with their own times, in one go: to cross to the thread costs more than to
        write a small one.

        Args:
            then: what the next call begins with; the first of them are opened while the last of these are written.
            leave_out: called in the writer's thread for a source that cannot be read from its beginning: it gets no
                entry, and the archive is as if it had not been asked for.

        Raises:
            OSError, VaultFaultError: a source cannot be read or the part cannot be written; the archive is spoilt.
        """
        order = [*(source for _, source in sources), *then]

        def write() -> None:
            for number, (name, source) in enumerate(sources, start=1):
                with ExitStack() as opened:
                    chunks = opened.enter_context(self._opened.taken(source, itertools.islice(order, number, None)))
                    try:
                        first = next(chunks, b"")
                    except ObjectUnreadableError as error:
                        leave_out(error)
                        continue
                    self._write(self._zip.source(name, source, itertools.chain([first], chunks)))

        await self._run(write)

    async def add_text(self, name: str, render: Callable[[], bytes]) -> None:
        """Add what ``render`` returns, compressed; it is called in the writer's thread."""

        await self._run(lambda: self._write(self._zip.text(name, render())))

    def written(self) -> list[Written]:
        """The entries so far, in their order."""
        return self._zip.written()

    async def add_stream(self, name: str, chunks: AsyncIterator[bytes]) -> None:
        """Add what comes, compressed, in constant memory; the thread waits for each chunk."""
        loop = asyncio.get_running_loop()

        async def next_chunk() -> bytes | None:
            return await anext(chunks, None)

        def pull() -> Iterator[bytes]:
            while not self._stopped:
                chunk = asyncio.run_coroutine_threadsafe(next_chunk(), loop).result()
                if chunk is None:
                    return
                yield chunk

        def write() -> None:
            self._zip.add(pull(), name)
            self._write(self._zip.file())

        try:
            await self._run(write)
        except asyncio.CancelledError:
            # Whoever makes the chunks may clear up only when nobody waits for one any more.
            self._stopped = True
            await asyncio.shield(self._run(lambda: None))
            raise

    async def finish(self) -> Stored:
        """Write the central directory, and make the archive durable under its key."""
        return await self._run(self._finish)

    def _finish(self) -> Stored:
        self._write(self._zip.footer())
        return self._part.seal()

    def _write(self, chunks: Iterable[Chunk]) -> None:
        for chunk in chunks:
            if self._stopped:
                raise WriterStoppedError
            self._part.write(chunk)

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A thread cannot be cancelled, so it is asked to stop at the next chunk and then waited for.
        self._stopped = True
        try:
            await asyncio.shield(self._run(self._opened.close))
        finally:
            self._thread.shutdown(wait=False)
