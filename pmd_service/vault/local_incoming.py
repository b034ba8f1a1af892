"""Half-received uploads as files, each held by at most one writer, on whichever server that shares the disk."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from uuid import UUID

from .base import BusyError, NotThereError, OffsetError, Seen, Stored, unseen
from .file_response import file_etag
from .keys import INCOMING, checked_key
from .local_files import faults_told, make_folder, sync_folder


class LocalIncoming:
    """``incoming/{file_id}``; the kernel's lock on it ends with the process that holds it."""

    def __init__(self, root: Path, file_id: UUID) -> None:
        self._root = root
        self._path = root / INCOMING / str(file_id)

    async def size(self) -> int:
        with faults_told():
            try:
                return await asyncio.to_thread(self._durable_size)
            except FileNotFoundError:
                return 0

    def _durable_size(self) -> int:
        descriptor = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            # Whoever was killed while it received may have left bytes that only memory has.
            os.fsync(descriptor)
            return os.fstat(descriptor).st_size
        finally:
            os.close(descriptor)

    async def open(self, offset: int) -> "LocalIncomingWriter":
        opening = asyncio.ensure_future(asyncio.to_thread(self._open, offset))
        try:
            return LocalIncomingWriter(await asyncio.shield(opening), offset)
        except asyncio.CancelledError:
            # A thread cannot be cancelled: what it opens is waited for, or nobody would ever let go of the lock.
            opening.add_done_callback(_close_opened)
            raise

    def _open(self, offset: int) -> int:
        with faults_told():
            make_folder(self._path.parent, self._root)
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o644)
            try:
                _lock(descriptor)
                size = os.fstat(descriptor).st_size
                if size != offset:
                    raise OffsetError(size)
                if not size:
                    sync_folder(self._path.parent)
            except BaseException:
                os.close(descriptor)
                raise
        return descriptor

    async def finish(self, key: str, *, looked_at: Path | None = None) -> Stored:
        return await asyncio.to_thread(self._finish, key, self._root / checked_key(key))

    def _finish(self, key: str, target: Path) -> Stored:
        with faults_told():
            make_folder(target.parent, self._root)
            try:
                with self._locked() as descriptor:
                    os.fsync(descriptor)
                    if target.exists():  # the same key is the same content
                        self._path.unlink()
                    else:
                        self._path.rename(target)
                        sync_folder(target.parent)
                status = target.stat()
            except FileNotFoundError as error:
                if not target.exists():
                    raise NotThereError(key) from error
                status = target.stat()
        return Stored(key=key, size=status.st_size, etag=file_etag(status))

    @contextmanager
    def _locked(self) -> Iterator[int]:
        descriptor = os.open(self._path, os.O_RDWR | os.O_NOFOLLOW)
        try:
            _lock(descriptor)
            yield descriptor
        finally:
            os.close(descriptor)

    @asynccontextmanager
    async def local(self) -> AsyncIterator[Path]:
        if not await asyncio.to_thread(self._path.is_file):
            raise NotThereError(str(self._path.name))
        yield self._path

    async def discard(self) -> None:
        with faults_told():
            await asyncio.to_thread(self._path.unlink, missing_ok=True)


class LocalIncomingWriter:
    """Writes at its own place, so that one who was thought dead never writes behind another's back."""

    def __init__(self, descriptor: int, offset: int) -> None:
        self._descriptor = descriptor
        self._end = offset
        self._is_open = True
        self._running: asyncio.Future[None] | None = None

    async def write(self, chunks: Sequence[bytes], *, seen_by: Seen = unseen) -> None:
        await self._run(lambda: self._write(chunks, seen_by))

    def _write(self, chunks: Sequence[bytes], seen_by: Seen) -> None:
        seen_by(chunks)
        for chunk in chunks:
            rest = memoryview(chunk)
            while rest:
                written = os.pwrite(self._descriptor, rest, self._end)
                self._end += written
                rest = rest[written:]

    async def flush(self) -> int:
        await self._run(lambda: os.fsync(self._descriptor))
        return self._end

    async def truncate(self, size: int) -> None:
        await self._run(lambda: os.ftruncate(self._descriptor, size))
        self._end = size

    async def close(self) -> None:
        if self._is_open:
            self._is_open = False
            # A thread cannot be cancelled: closed under it, the descriptor could be another file's by then.
            if self._running is not None:
                await asyncio.wait({self._running})
            with suppress(OSError):
                os.close(self._descriptor)

    async def _run(self, work: Callable[[], None]) -> None:
        self._running = asyncio.get_running_loop().run_in_executor(None, work)
        with faults_told():
            await asyncio.shield(self._running)


def _lock(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise BusyError("another writer has not let go") from error


def _close_opened(opening: asyncio.Future[int]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        os.close(opening.result())
