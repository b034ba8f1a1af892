"""What a vault keeps, and what goes wrong with it: the words that every store shares (SPEC sections 3 and 13)."""

import asyncio
import errno
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import datetime
from io import FileIO
from pathlib import Path
from typing import NamedTuple, Protocol, TypeAlias, TypeVar
from uuid import UUID

import msgspec

from ..http.errors import PassingFaultError

T = TypeVar("T")

Chunk: TypeAlias = bytes | memoryview  # what is written and not changed afterwards


class VaultFaultError(PassingFaultError):
    """The store is full, read-only, broken or out of reach: it may pass, and says nothing about what is there."""


def is_disk_full(error: BaseException) -> bool:
    """Whether this, or what caused it, is a full disk or a used-up quota of the file system."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


class ObjectUnreadableError(VaultFaultError, OSError):
    """One object cannot be read, while the store answers for the others: it will hardly pass by itself.

    Args:
        reason: what is wrong with it, to be read after the key, for the log and the operator.
        errno: the file system's number, where it has one.
    """

    def __init__(self, key: str, reason: str, *, errno: int | None = None) -> None:
        super().__init__(f"{key} {reason}.")
        self.key = key
        self.reason = reason
        self.errno = errno


class ArtworkUnavailableError(Exception):
    """An artwork's file cannot be had; the message is a reason that a user can read, without paths."""


class ObjectMissingError(Exception):
    """There is no such object."""


class OffsetError(Exception):
    """What has been received ends at ``size``, and not where the writer would begin."""

    def __init__(self, size: int) -> None:
        super().__init__(f"{size} bytes have been received")
        self.size = size


class BusyError(Exception):
    """Another writer holds the half-received file."""


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """An object as the row that publishes it knows it; ``etag`` is without quotes, None where a row has none."""

    key: str
    size: int
    etag: str | None


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """An object in a listing; ``age`` is in seconds."""

    key: str
    size: int
    age: float


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What an object store knows of an object; ``first`` are its first bytes, where they were asked for."""

    size: int
    etag: str
    modified: datetime
    first: bytes = b""


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """Some bytes of an object, as long as it has still this size and tag; without a tag, whatever it is."""

    key: str
    positions: range
    size: int = 0
    tag: str | None = None


class FileSlice(NamedTuple):
    """Bytes of an open file, which the kernel can send by itself; others have come before them."""

    file: FileIO
    start: int
    size: int

    def read(self) -> bytes:
        """All of it; blocks."""
        return os.pread(self.file.fileno(), self.size, self.start)


Streamed: TypeAlias = bytes | FileSlice


class Source(Protocol):
    """An object to be read; ``modified`` is in seconds since 1970, and other bytes have another ``tag``."""

    @property
    def key(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def modified(self) -> float: ...
    @property
    def tag(self) -> str: ...

    def open(self) -> AbstractContextManager[Iterator[bytes]]:
        """Its bytes in chunks. It blocks, and so belongs into a thread.

        Raises:
            ObjectUnreadableError: this one cannot be read, or is no more what was found; also in the middle.
            OSError, VaultFaultError: also in the middle.
        """
        ...


class Part(Protocol):
    """A new object while it is written: nobody sees it before it is sealed.

    ``write`` and ``seal`` block and belong into one thread; ``abort`` may come from any, any number of times.
    """

    def write(self, chunk: Chunk) -> None:
        """Take the next bytes; waits while too many are on their way.

        Raises:
            OSError, VaultFaultError: these or earlier bytes are lost, and so is the part.
        """
        ...

    def seal(self) -> Stored:
        """Make all of it durable under its key.

        Raises:
            OSError, VaultFaultError: there is no such object.
        """
        ...

    def abort(self) -> None:
        """Leave nothing behind of what is not sealed. Never raises: what it cannot remove is a leftover."""
        ...


Observer: TypeAlias = Callable[[Sequence[bytes]], None]


def ignore(_chunks: Sequence[bytes]) -> None:
    """Nobody counts or hashes what is written."""


class IncomingWriter(Protocol):
    """Appends to a half-received file; of one task, and the only writer of its file on this vault."""

    async def write(self, chunks: Sequence[bytes], *, observer: Observer = ignore) -> None:
        """Append; ``observer`` is called with the chunks first, in the thread that writes them.

        Raises:
            VaultFaultError: what ``flush`` has not seen may be lost.
        """
        ...

    async def flush(self) -> int:
        """Make what was written durable; the file's size in bytes.

        Raises:
            VaultFaultError: how much of it is durable, ``Incoming.size`` tells.
        """
        ...

    async def tell(self) -> int:
        """How much of the file is kept by now, in bytes: durable, or for as long as this writer is open.

        Raises:
            VaultFaultError: as ``flush`` does.
        """
        ...

    @property
    def has_more(self) -> bool:
        """Whether some of that is kept by this writer alone, since a store bills each piece: it may be left open."""
        ...

    async def truncate(self, size: int) -> None:
        """Take back what lies behind ``size``."""
        ...

    async def forget(self, size: int) -> None:
        """Take back what it alone has behind ``size``."""
        ...

    async def close(self) -> None:
        """Let go of the file; what ``flush`` has not seen may be lost. Never raises."""
        ...


class Incoming(Protocol):
    """A half-received file, which any server can continue where another has stopped."""

    async def size(self) -> int:
        """How many bytes are durable; 0 also where there is nothing."""
        ...

    async def open(self, offset: int, *, is_new: bool = False) -> IncomingWriter:
        """Go on at ``offset``.

        Args:
            is_new: nobody was told of a byte of it: a store need not be asked for what may lie there all the same.

        Raises:
            OffsetError: what has been received ends elsewhere.
            BusyError: another writer has not let go.
        """
        ...

    async def join(self, parts: Sequence[UUID]) -> int:
        """Make it, of which there is nothing yet, of other half-received files, one behind the other; its size.

        They stay as they are; of one without bytes there may be nothing.
        """
        ...

    async def finish(self, key: str, *, looked_at: Path | None = None) -> Stored:
        """Make it the object ``key``; doing so again, after a crash in between, is harmless.

        Args:
            looked_at: the copy that ``local`` has lent, so that what was looked at is what is kept.

        Raises:
            ObjectMissingError: nothing has been received, and there is no such object.
            BusyError: a writer has not let go.
        """
        ...

    def local(self, *, size: int | None = None) -> AbstractAsyncContextManager[Path]:
        """What has been received as a file to be read by a child process.

        Args:
            size: what it should come to, in bytes, where that is known: a store may be asked less.

        Raises:
            ObjectMissingError: nothing has been received.
        """
        ...

    async def discard(self) -> None:
        """Remove it, if it is there."""
        ...


async def create_in_thread(make: Callable[[], T], unmake: Callable[[T], object]) -> T:
    """What ``make`` returns. A thread cannot be cancelled: what comes for nobody is waited for, and unmade."""
    making = asyncio.ensure_future(asyncio.to_thread(make))

    async def undo() -> None:
        await asyncio.wait({making})
        if not making.cancelled() and making.exception() is None:
            await asyncio.to_thread(unmake, making.result())

    try:
        return await asyncio.shield(making)
    except asyncio.CancelledError:
        await asyncio.shield(undo())
        raise
