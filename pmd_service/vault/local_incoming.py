"""Partial uploads as files, each locked by at most one writer among all servers that share the disk.

In a thread: write, fsync and rename in one hop, in the order that durability needs.
"""

import asyncio
import fcntl
import os
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager, suppress
from io import FileIO
from pathlib import Path
from uuid import UUID

import aiofiles.os

from .base import BusyError, ObjectMissingError, Observer, OffsetError, Stored, create_in_thread, ignore
from .keys import INCOMING, checked_key
from .local_files import make_folder, sync_folder, translate_faults
from .responses import file_etag

COPY_BYTES = 1 << 20


class LocalIncoming:
    """``incoming/{file_id}``, locked by flock, which ends with the process."""

    def __init__(self, root: Path, file_id: UUID) -> None:
        self._root = root
        self._path = root / INCOMING / str(file_id)

    async def size(self) -> int:
        return await asyncio.to_thread(self._durable_size)

    def _durable_size(self) -> int:
        with translate_faults(), suppress(FileNotFoundError), self._opened(os.O_RDONLY) as file:
            # A killed server may have left bytes in the page cache only.
            os.fsync(file.fileno())
            return os.fstat(file.fileno()).st_size
        return 0

    def _opened(self, flags: int) -> FileIO:
        return FileIO(os.open(self._path, flags | os.O_NOFOLLOW, 0o644), "r+")

    def _held(self, flags: int) -> FileIO:
        file = self._opened(flags)
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.close()
            if isinstance(error, BlockingIOError):
                raise BusyError("another writer holds the file") from error
            raise
        return file

    async def open(self, offset: int, *, is_new: bool = False) -> "LocalIncomingWriter":
        # Closed again if the caller is cancelled, or the lock would stay held.
        file = await create_in_thread(lambda: self._open(offset), FileIO.close)
        return LocalIncomingWriter(file, offset)

    def _open(self, offset: int) -> FileIO:
        with translate_faults(), ExitStack() as unless_opened:
            make_folder(self._path.parent, self._root)
            file = unless_opened.enter_context(self._held(os.O_WRONLY | os.O_CREAT))
            size = os.fstat(file.fileno()).st_size
            if size != offset:
                raise OffsetError(size)
            if not size:
                sync_folder(self._path.parent)
            unless_opened.pop_all()
            return file

    async def join(self, parts: Sequence[UUID]) -> int:
        return await asyncio.to_thread(self._join, [LocalIncoming(self._root, part) for part in parts])

    def _join(self, parts: Sequence["LocalIncoming"]) -> int:
        with translate_faults(), self._opened(os.O_WRONLY | os.O_CREAT | os.O_EXCL) as file:
            for part in parts:
                with suppress(FileNotFoundError), part._opened(os.O_RDONLY) as source:
                    shutil.copyfileobj(source, file, COPY_BYTES)
            os.fsync(file.fileno())
            sync_folder(self._path.parent)
            return file.tell()

    async def finish(self, key: str) -> Stored:
        return await asyncio.to_thread(self._finish, key, self._root / checked_key(key))

    def _finish(self, key: str, target: Path) -> Stored:
        with translate_faults():
            make_folder(target.parent, self._root)
            try:
                with self._held(os.O_RDWR) as file:
                    os.fsync(file.fileno())
                    if target.exists():  # the same key is the same content
                        self._path.unlink()
                    else:
                        self._path.rename(target)
                        sync_folder(target.parent)
            except FileNotFoundError as error:
                if not target.exists():
                    raise ObjectMissingError(key) from error
            status = target.stat()
        return Stored(key=key, size=status.st_size, etag=file_etag(status))

    @asynccontextmanager
    async def local(self, *, size: int | None = None) -> AsyncIterator[Path]:
        if not await aiofiles.os.path.isfile(self._path):
            raise ObjectMissingError(str(self._path.name))
        yield self._path

    async def discard(self) -> None:
        with translate_faults(), suppress(FileNotFoundError):
            await aiofiles.os.unlink(self._path)


class LocalIncomingWriter:
    """Writes at explicit offsets, so that a stale writer never appends to another's bytes."""

    def __init__(self, file: FileIO, offset: int) -> None:
        self._file = file
        self.size = offset
        self._running: asyncio.Future[None] | None = None

    async def write(self, chunks: Sequence[bytes], *, observer: Observer = ignore) -> None:
        await self._run(lambda: self._write(chunks, observer))

    def _write(self, chunks: Sequence[bytes], observer: Observer) -> None:
        observer(chunks)
        for chunk in chunks:
            rest = memoryview(chunk)
            while rest:
                written = os.pwrite(self._file.fileno(), rest, self.size)
                self.size += written
                rest = rest[written:]

    async def flush(self) -> int:
        await self._run(lambda: os.fsync(self._file.fileno()))
        return self.size

    async def truncate(self, size: int) -> None:
        await self._run(lambda: os.ftruncate(self._file.fileno(), size))
        self.size = size

    async def close(self) -> None:
        # A thread cannot be cancelled, and after a close the descriptor could be another file's.
        if self._running is not None:
            await asyncio.wait({self._running})
        with suppress(OSError):
            self._file.close()

    async def _run(self, work: Callable[[], None]) -> None:
        self._running = asyncio.get_running_loop().run_in_executor(None, work)
        with translate_faults():
            await asyncio.shield(self._running)
