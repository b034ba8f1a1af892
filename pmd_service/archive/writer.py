"""A ZIP written straight into a vault's part, in a thread, in constant memory."""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self, TypeVar
from zipfile import ZIP_DEFLATED

from zipstream import ZipStream
from zipstream.ng import ZipStreamInfo

from ..vault.base import Part, Source, Stored

T = TypeVar("T")

# Images are compressed already. Level 0 keeps their bytes as they are, yet calls the entry “deflated”: readers that
# stream (Java's ZipInputStream, bsdtar) refuse *stored* entries whose sizes follow behind the data, and only those.
AS_IS = 0
COMPRESS = 6


class WriterStoppedError(Exception):
    """The writer was told to stop in the middle of an entry."""


class DatedZipStream(ZipStream):  # type: ignore[misc]
    """zipstream-ng gives the time of a file to paths only; a vault's objects have one as well."""

    def source(self, name: str, source: Source) -> Iterator[bytes]:
        """The entry's bytes: as they are, with the object's own time."""
        entry = ZipStreamInfo(name, time.localtime(source.modified)[:6])
        entry.compress_type, entry._compresslevel = ZIP_DEFLATED, AS_IS
        entry.external_attr = 0o644 << 16
        entry.file_size = source.size
        entry.header_offset = self._pos
        with source.open() as chunks:
            for data in entry._file_data(chunks):
                yield self._track(data)
        self._filelist.append(entry)


class ArchiveWriter:
    """Adds one entry after the other; ``finish`` seals the part.

    As an async context manager it stops a running thread in the end: what becomes of the part is the caller's to say.
    """

    def __init__(self, part: Part) -> None:
        self._part = part
        self._zip = DatedZipStream(compress_type=ZIP_DEFLATED, compress_level=AS_IS)
        # zipstream is not thread-safe and neither is a part: one thread, one entry at a time.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="archive")
        self._stopped = False

    async def __aenter__(self) -> Self:
        return self

    async def add_source(self, name: str, source: Source) -> None:
        """Add an object's bytes as they are, with its own time.

        Raises:
            OSError, VaultFaultError: the source cannot be read or the part cannot be written; the archive is spoilt.
        """
        await self._run(lambda: self._write(self._zip.source(name, source)))

    async def add_text(self, name: str, render: Callable[[], bytes]) -> None:
        """Add what ``render`` returns, compressed; it is called in the writer's thread."""

        def write() -> None:
            self._zip.add(render(), name, compress_level=COMPRESS)
            self._write(self._zip.file())

        await self._run(write)

    async def finish(self) -> Stored:
        """Write the central directory, and make the archive durable under its key."""
        return await self._run(self._finish)

    def _finish(self) -> Stored:
        self._write(self._zip.footer())
        return self._part.seal()

    def _write(self, chunks: Iterable[bytes]) -> None:
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
            await asyncio.shield(self._run(lambda: None))
        finally:
            self._thread.shutdown(wait=False)
