"""Types and errors shared by all stores (SPEC sections 3 and 13).

In a thread: resources whose making must be undone if the caller was cancelled.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import datetime
from io import FileIO
from pathlib import Path
from typing import NamedTuple, Protocol, TypeAlias, TypeVar
from uuid import UUID

import msgspec

from ..http.errors import PassingFaultError
from ..locales import translatable

T = TypeVar("T")

Chunk: TypeAlias = bytes | memoryview  # not modified after it was passed to ``write``
# Returns the next bytes, up to a maximum, or all that are left for -1; none at the end.
Take: TypeAlias = Callable[[int], Awaitable[bytes]]
CHUNK_BYTES = 1 << 20

MISSING = translatable("The artwork's file is missing.")
UNREADABLE = translatable("The artwork's file cannot be read.")


class VaultFaultError(PassingFaultError):
    """The store is full, read-only, broken or unreachable: a temporary fault that says nothing about its objects."""


class ObjectUnreadableError(VaultFaultError, OSError):
    """One object cannot be read while the store works otherwise; this is hardly temporary.

    Args:
        reason: what is wrong, as it reads after the key, for the log and the operator.
        errno: the file system's error number, if there is one.
    """

    def __init__(self, key: str, reason: str, *, errno: int | None = None) -> None:
        super().__init__(f"{key} {reason}.")
        self.key = key
        self.reason = reason
        self.errno = errno


class ArtworkUnavailableError(Exception):
    """An artwork's file is not available; the message tells a user why, without paths."""


class ObjectMissingError(Exception):
    """There is no such object."""


class OffsetError(Exception):
    """The received bytes end at ``size``, not at the writer's offset."""

    def __init__(self, size: int) -> None:
        super().__init__(f"{size} bytes have been received")
        self.size = size


class BusyError(Exception):
    """Another writer holds the partial upload."""


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """An object as its row records it; ``etag`` is without quotes, None if the row has none."""

    key: str
    size: int
    etag: str | None


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """An object in a listing; ``age`` is in seconds."""

    key: str
    size: int
    age: float


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """An object's metadata in a store; ``first`` are its first bytes, if requested and cheap."""

    size: int
    etag: str
    modified: datetime
    first: bytes = b""


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """Some bytes of an object, provided it still has this size and tag; unconditionally without a tag."""

    key: str
    positions: range
    size: int = 0
    tag: str | None = None


class FileSlice(NamedTuple):
    """Bytes of an open file, to be sent by sendfile."""

    file: FileIO
    start: int
    size: int

    def read(self) -> bytes:
        """All of it; blocks."""
        return os.pread(self.file.fileno(), self.size, self.start)


Streamed: TypeAlias = bytes | FileSlice


class Source(Protocol):
    """An object for reading; ``modified`` is in seconds since 1970, and ``tag`` changes with the bytes."""

    @property
    def key(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def modified(self) -> float: ...
    @property
    def tag(self) -> str: ...

    def open(self) -> AbstractContextManager[Iterator[bytes]]:
        """Its bytes in chunks; blocks, so call it in a thread.

        Raises:
            ObjectUnreadableError: it cannot be read, or has changed since it was found; also while iterating.
            OSError, VaultFaultError: also while iterating.
        """
        ...


class Part(Protocol):
    """A new object while it is written; invisible until it is sealed.

    ``write`` and ``seal`` block and must be called in one thread at a time; ``abort`` in any, any number of times.
    """

    def write(self, chunk: Chunk) -> None:
        """Append; blocks while too many bytes are in flight.

        Raises:
            OSError, VaultFaultError: these or earlier bytes are lost, and so is the part.
        """
        ...

    def seal(self) -> Stored:
        """Store it durably under its key.

        Raises:
            OSError, VaultFaultError: it was not stored.
        """
        ...

    def abort(self) -> None:
        """Discard it unless it is sealed. Never raises: what cannot be removed is a leftover."""
        ...


Observer: TypeAlias = Callable[[Sequence[bytes]], None]


def ignore(_chunks: Sequence[bytes]) -> None:
    """The default observer."""


class IncomingWriter(Protocol):
    """Appends to a partial upload; used by one task, and the only writer of its file."""

    @property
    def size(self) -> int:
        """The file's size in bytes, with those that are written and not yet durable."""
        ...

    async def write(self, chunks: Sequence[bytes], *, observer: Observer = ignore) -> None:
        """Append; ``observer`` is called with the chunks first, in the thread that writes them.

        Raises:
            VaultFaultError: bytes since the last ``flush`` may be lost.
        """
        ...

    async def flush(self) -> int:
        """Make the written bytes durable; returns the file's size.

        Raises:
            VaultFaultError: ``Incoming.size`` returns how much is durable.
        """
        ...

    async def truncate(self, size: int) -> None:
        """Discard the bytes from ``size`` on."""
        ...

    async def close(self) -> None:
        """Release the file; bytes since the last ``flush`` may be lost. Never raises."""
        ...


class Incoming(Protocol):
    """A partial upload, which any server can resume."""

    async def size(self) -> int:
        """The number of durable bytes; 0 also if there is no such file."""
        ...

    async def open(self, offset: int, *, is_new: bool = False) -> IncomingWriter:
        """Resume at ``offset``.

        Args:
            is_new: no byte of it was ever acknowledged, so a store need not be listed.

        Raises:
            OffsetError: the received bytes end elsewhere.
            BusyError: another writer holds it.
        """
        ...

    async def join(self, parts: Sequence[UUID]) -> int:
        """Create it as the concatenation of other partial uploads, which stay; returns its size.

        An empty upload may have no file.
        """
        ...

    def local(self, *, size: int | None = None) -> AbstractAsyncContextManager[Path]:
        """The received bytes as a file for a child process, within the block.

        Args:
            size: the expected size in bytes, if known: saves requests to a store.

        Raises:
            ObjectMissingError: there is no such upload.
        """
        ...

    async def finish(self, key: str) -> Stored:
        """Turn it into the object ``key``: the bytes that are lent by ``local``, if they are.

        Idempotent, for the retry after a crash.

        Raises:
            ObjectMissingError: there is neither such an upload nor such an object.
            BusyError: a writer holds it.
        """
        ...

    async def discard(self) -> None:
        """Remove it, if it exists."""
        ...


async def create_in_thread(make: Callable[[], T], unmake: Callable[[T], object]) -> T:
    """Run ``make`` in a thread. If the caller is cancelled meanwhile, the result is undone by ``unmake``."""
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
