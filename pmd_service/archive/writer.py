"""A ZIP written straight into a part file, in a thread, in constant memory."""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar
from zipfile import ZIP_DEFLATED

from zipstream import ZipStream

from .part_file import PartFile

T = TypeVar("T")

# Images are compressed already. Level 0 keeps their bytes as they are, yet calls the entry “deflated”: readers that
# stream (Java's ZipInputStream, bsdtar) refuse *stored* entries whose sizes follow behind the data, and only those.
AS_IS = 0
COMPRESS = 6


class WriterStoppedError(Exception):
    """The writer was told to stop in the middle of an entry."""


class ArchiveWriter:
    """Adds one entry after the other; ``finish`` makes the archive durable.

    As an async context manager it closes the file, and stops a running thread first: the part file stays for the
    caller to publish or discard.
    """

    def __init__(self, part: Path) -> None:
        self._part = part
        self._zip = ZipStream(compress_type=ZIP_DEFLATED, compress_level=AS_IS)
        # zipstream is not thread-safe and neither is the file's position: one thread, one entry at a time.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="archive")
        self._opened = ExitStack()
        self._stopped = False

    async def __aenter__(self) -> Self:
        try:
            await self._run(self._open)
        except BaseException as error:
            # Cancelled while the thread opens: the file is waited for, or it would appear after it was discarded.
            await self.__aexit__(type(error), error, error.__traceback__)
            raise
        return self

    def _open(self) -> None:
        self._file = PartFile(self._part)
        self._opened.callback(self._file.close)

    async def add_file(self, name: str, source: Path) -> None:
        """Add a file's bytes as they are, with the file's own time.

        Raises:
            OSError: the source cannot be read or the part file cannot be written; the archive is spoilt.
        """

        def write() -> None:
            self._zip.add_path(source, name, recurse=False)
            self._write(self._zip.file())

        await self._run(write)

    async def add_text(self, name: str, render: Callable[[], bytes]) -> None:
        """Add what ``render`` returns, compressed; it is called in the writer's thread."""

        def write() -> None:
            self._zip.add(render(), name, compress_level=COMPRESS)
            self._write(self._zip.file())

        await self._run(write)

    async def finish(self) -> int:
        """Write the central directory, flush to the disk, and return the archive's size in bytes."""
        return await self._run(self._finish)

    def _finish(self) -> int:
        self._write(self._zip.footer())
        return self._file.finish()

    def _write(self, chunks: Iterable[bytes]) -> None:
        for chunk in chunks:
            if self._stopped:
                raise WriterStoppedError
            self._file.write(chunk)

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
