"""An archive that is written in a thread, in constant memory: its own bytes literally, others' by reference."""

import asyncio
from collections.abc import AsyncIterable, Callable, Sequence
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar
from zlib import crc32

from ..vault.base import ObjectUnreadableError, Part, Source
from .entries import Document, Entries
from .sparse import Reference, Sealed, SparsePart

T = TypeVar("T")

# What is packed in one go: to cross to the thread and back costs as much as to pack some thousand bytes.
GATHERED_BYTES = 128 << 10


class WriterStoppedError(Exception):
    """The writer was told to stop in the middle of an entry."""


class Entry(NamedTuple):
    """An object that goes into an archive under this name; its CRC-32 is known from an earlier reading."""

    name: str
    source: Source
    crc32: int


class ArchiveWriter:
    """Adds one entry after the other; ``finish`` seals the part.

    With a date, which all entries have, the same entries make the same bytes. As an async context manager it stops a
    running thread in the end: what becomes of the part is the caller's to say.

    Args:
        whole: nothing is referred to: every source's bytes are written.
    """

    def __init__(self, part: Part, *, dated: datetime | None = None, whole: bool = False) -> None:
        self._part = SparsePart(part, whole=whole)
        self._whole = whole
        self._zip = Entries(dated)
        self._working: asyncio.Future[Any] | None = None
        self._stopped = False

    async def __aenter__(self) -> Self:
        return self

    async def add_sources(self, entries: Sequence[Entry]) -> None:
        """Add objects as they are, with their own times, by reference.

        Raises:
            ObjectUnreadableError: of a whole archive, a source cannot be read, or has changed: the archive is spoilt.
            OSError, VaultFaultError: so it is too.
        """
        if self._whole:
            for entry in entries:
                await self.add_bytes(entry)
            return

        def write() -> None:
            for name, source, crc in entries:
                self._part.write(self._zip.stored(name, size=source.size, crc32=crc, modified=source.modified))
                if source.size:
                    self._part.refer(Reference(source.key, source.size, source.tag))

        await self._run(write)

    async def add_bytes(self, entry: Entry) -> None:
        """Add an object's bytes themselves.

        Raises:
            ObjectUnreadableError, OSError, VaultFaultError: the archive is spoilt.
        """
        name, source, expected = entry

        def write() -> None:
            self._part.write(self._zip.stored(name, size=source.size, crc32=expected, modified=source.modified))
            found = 0
            with source.open() as chunks:
                for chunk in chunks:
                    self._require_going()
                    found = crc32(chunk, found)
                    self._part.write(chunk)
            if found != expected:
                raise ObjectUnreadableError(source.key, "has other bytes than it had")

        await self._run(write)

    async def add_text(self, name: str, text: bytes) -> None:
        """Add a document, compressed."""
        with Document() as document:
            await self._run(lambda: self._end(name, document, text))

    async def add_stream(self, name: str, chunks: AsyncIterable[bytes]) -> None:
        """Add what comes, compressed, in constant memory."""
        gathered = bytearray()
        with Document() as document:
            async for chunk in chunks:
                gathered += chunk
                if len(gathered) >= GATHERED_BYTES:
                    await self._run(partial(document.write, bytes(gathered)))
                    gathered.clear()
            await self._run(lambda: self._end(name, document, bytes(gathered)))

    def _end(self, name: str, document: Document, rest: bytes) -> None:
        document.write(rest)
        document.end()
        self._part.write(self._zip.deflated(name, document))
        for chunk in document.chunks():
            self._require_going()
            self._part.write(chunk)

    async def finish(self) -> Sealed:
        """Write the central directory, and make the archive durable under its key."""
        return await self._run(self._finish)

    def _finish(self) -> Sealed:
        for chunk in self._zip.footer():
            self._part.write(chunk)
        return self._part.seal()

    def _require_going(self) -> None:
        if self._stopped:
            raise WriterStoppedError

    async def _run(self, work: Callable[[], T]) -> T:
        # zipstream is not thread-safe and neither is a part: one piece of work at a time.
        self._working = asyncio.ensure_future(asyncio.to_thread(work))
        return await asyncio.shield(self._working)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A thread cannot be cancelled, so it is asked to stop at the next chunk and then waited for.
        self._stopped = True
        if self._working is not None:
            await asyncio.shield(asyncio.wait({self._working}))
