"""Writes an archive in a thread, in constant memory: its own bytes literally, others' by reference.

In a thread: zipstream-ng, which is synchronous and compresses.
"""

import asyncio
from collections.abc import AsyncIterable, Callable, Sequence
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple, Self, TypeVar

from ..base.deflate import crc32
from ..vault.base import ObjectUnreadableError, Part, Source
from .entries import Document, Entries
from .sparse import Reference, Sealed, SparsePart

T = TypeVar("T")

# Switching to the thread costs as much as writing a hundred headers or compressing a few kilobytes: document bytes and
# small writes are batched.
BATCH_BYTES = 128 << 10
BATCH_WRITES = 4


class WriterStoppedError(Exception):
    """The writer was stopped in the middle of an entry."""


class Entry(NamedTuple):
    """An object to add under this name; its CRC-32 is known from an earlier read."""

    name: str
    source: Source
    crc32: int


class Nested(NamedTuple):
    """An archive to add to another one; ``modified`` is in seconds since 1970."""

    key: str
    size: int
    crc32: int
    modified: float


class ArchiveWriter:
    """Adds entries one after the other; ``finish`` seals the part. An entry's error may be raised by a later call.

    With ``dated`` as the time of all entries, the same entries give the same bytes. Leaving the context stops a running
    thread; sealing or aborting the part is up to the caller.

    Args:
        whole: write every source's bytes instead of references.
    """

    def __init__(self, part: Part, *, dated: datetime | None = None, whole: bool = False) -> None:
        self._part = SparsePart(part, whole=whole)
        self._whole = whole
        self._zip = Entries(dated)
        self._working: asyncio.Future[Any] | None = None
        self._batched: list[Callable[[], object]] = []
        self._documents = ExitStack()
        self._stopped = False

    async def __aenter__(self) -> Self:
        return self

    async def add_sources(self, entries: Sequence[Entry]) -> None:
        """Add objects uncompressed, with their own times, by reference.

        Raises:
            ObjectUnreadableError: in a whole archive, a source cannot be read or has changed. The archive is unusable.
            OSError, VaultFaultError: the archive is unusable.
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

        await self._batch(write)

    async def add_bytes(self, entry: Entry) -> int:
        """Add an object's bytes themselves, uncompressed; returns the position of the first one in the ZIP.

        Raises:
            ObjectUnreadableError, OSError, VaultFaultError: the archive is unusable.
        """
        name, source, expected = entry

        def write() -> int:
            self._part.write(self._zip.stored(name, size=source.size, crc32=expected, modified=source.modified))
            begins, found = self._part.position, 0
            with source.open() as chunks:
                for chunk in chunks:
                    self._check_stopped()
                    found = crc32(chunk, found)
                    self._part.write(chunk)
            if found != expected:
                raise ObjectUnreadableError(source.key, "has other bytes than it had")
            return begins

        return await self._run(write)

    async def add_small(self, texts: Sequence[tuple[str, bytes]], *, modified: float) -> None:
        """Add many short documents, uncompressed: a sparse archive's index compresses them together."""

        def write() -> None:
            for name, text in texts:
                self._part.write(self._zip.stored(name, size=len(text), crc32=crc32(text), modified=modified))
                self._part.write(text)

        await self._batch(write)

    async def add_archive(self, name: str, archive: Nested, pieces: AsyncIterable[bytes | Reference]) -> None:
        """Add another archive, uncompressed, from its pieces in order.

        Raises:
            ObjectUnreadableError: it has another size. The archive is unusable.
            OSError, VaultFaultError: the archive is unusable.
        """
        size, crc, modified = archive.size, archive.crc32, archive.modified
        await self._run(lambda: self._part.write(self._zip.stored(name, size=size, crc32=crc, modified=modified)))
        begins = self._part.position
        async for piece in pieces:
            self._check_stopped()
            write = self._part.refer if isinstance(piece, Reference) else self._part.write
            await self._run(partial(write, piece))  # type: ignore[arg-type]
        if (written := self._part.position - begins) != size:
            raise ObjectUnreadableError(archive.key, f"has {written} bytes instead of {size}")

    async def add_text(self, name: str, text: bytes) -> None:
        """Add a document, compressed."""

        def write() -> None:
            with Document() as document:
                self._end(name, document, text)

        await self._batch(write)

    async def add_stream(self, name: str, chunks: AsyncIterable[bytes]) -> None:
        """Add a document that is compressed while it arrives, in constant memory."""
        buffer = bytearray()
        document = self._documents.enter_context(Document())
        async for chunk in chunks:
            buffer += chunk
            if len(buffer) >= BATCH_BYTES:
                await self._begin(partial(document.write, bytes(buffer)))  # compressed while more arrives
                buffer.clear()

        def write() -> None:
            with document:
                self._end(name, document, bytes(buffer))

        await self._batch(write)

    def _end(self, name: str, document: Document, rest: bytes) -> None:
        document.write(rest)
        document.end()
        self._part.write(self._zip.deflated(name, document))
        for chunk in document.chunks():
            self._check_stopped()
            self._part.write(chunk)

    async def finish(self) -> Sealed:
        """Write the central directory, and store the archive durably under its key."""
        return await self._run(self._finish)

    def _finish(self) -> Sealed:
        for chunk in self._zip.footer():
            self._part.write(chunk)
        return self._part.seal()

    def _check_stopped(self) -> None:
        if self._stopped:
            raise WriterStoppedError

    async def _batch(self, work: Callable[[], object]) -> None:
        """Run small work together with the work that follows."""
        self._batched.append(work)
        if len(self._batched) >= BATCH_WRITES:
            await self._run(self._batched.pop())

    async def _run(self, work: Callable[[], T]) -> T:
        working = await self._begin(work)
        return await asyncio.shield(working)

    async def _begin(self, work: Callable[[], T]) -> "asyncio.Future[T]":
        """Start batched work and this, after the running call has ended; that call's error is raised here."""
        # Neither zipstream nor a part is thread-safe: only one call runs at a time.
        if self._working is not None:
            await asyncio.shield(self._working)
        batched, self._batched = self._batched, []

        def run() -> T:
            for each in batched:
                each()
            return work()

        working = asyncio.ensure_future(asyncio.to_thread(run))
        self._working = working
        return working

    async def __aexit__(self, *_: object) -> None:
        # A thread cannot be cancelled: it stops at its next chunk, and is awaited.
        self._stopped = True
        if self._working is not None:
            await asyncio.shield(asyncio.gather(self._working, return_exceptions=True))
        self._documents.close()
