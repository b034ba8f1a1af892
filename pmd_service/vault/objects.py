"""Reads the objects of any store by its core: whole, in parts, as copies for child processes, and over HTTP.

In a thread: copying a file in one hop.
"""

import asyncio
import posixpath
from collections import deque
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from concurrent.futures import Future
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import web

from .base import (
    CHUNK_BYTES,
    MISSING,
    UNREADABLE,
    ArtworkUnavailableError,
    Head,
    ObjectMissingError,
    ObjectUnreadableError,
    Slice,
    Source,
    Streamed,
    Take,
    VaultFaultError,
)
from .keys import MAX_KEY_BYTES, is_artwork
from .object_stream import stream
from .responses import is_file_etag, store_response
from .scratch import Scratch
from .store import Presigning, Store

T = TypeVar("T")

MAX_CONCURRENT = 16
# Read together with the metadata: most pixel art fits, and takes one request instead of two.
FIRST_BYTES = 64 << 10
CHUNKS_AHEAD = 4
CALL_SECONDS = 300.0  # longer than any client's timeouts and retries together


class ObjectReading:
    """The ability ``Reading`` by a store's core.

    Args:
        direct: whether downloads are redirects to presigned addresses, if the store has them.
    """

    def __init__(self, store: Store, scratch: Scratch, *, direct: bool) -> None:
        self._store = store
        self._scratch = scratch
        self._presign = store.presign if direct and isinstance(store, Presigning) else None

    async def find(self, key: str) -> "ObjectSource | None":
        head = await self._store.head(key)
        return None if head is None else ObjectSource(self._store, key, head)

    async def locate(
        self, keys: Sequence[str | None], known: Mapping[str, Head]
    ) -> list[Source | ArtworkUnavailableError]:
        larger = 0

        async def locate(key: str) -> Source | ArtworkUnavailableError:
            nonlocal larger
            # Artworks of one gallery are alike in size, and reading the start of large ones is expensive and useless.
            try:
                head = await self._store.head(key, FIRST_BYTES if larger <= 0 else 0)
            except ObjectUnreadableError:
                return ArtworkUnavailableError(UNREADABLE)
            if head is None:
                return ArtworkUnavailableError(MISSING)
            larger += 1 if head.size > FIRST_BYTES else -1
            return ObjectSource(self._store, key, head)

        wanted = [artwork_object(key) for key in keys]
        # After a move from a file vault the remembered tags are those of files.
        found: dict[str | None, Source | ArtworkUnavailableError] = {
            key: ObjectSource(self._store, key, head) for key, head in known.items() if not is_file_etag(head.etag)
        }
        unknown = [key for key in dict.fromkeys(wanted) if key is not None and key not in found]
        found |= zip(unknown, await gather(locate, unknown), strict=True)
        return [found[key] if key is not None else ArtworkUnavailableError(MISSING) for key in wanted]

    @asynccontextmanager
    async def local(self, key: str) -> AsyncIterator[Path]:
        source = await self.find(key)
        if source is None:
            raise ObjectMissingError(key)
        async with self._scratch.new() as folder:
            # Some readers tell the format by the file name's extension.
            copy = folder / posixpath.basename(key)
            await asyncio.to_thread(_copy, source, copy)
            yield copy

    def stream(self, pieces: Iterable[bytes | Slice]) -> AsyncGenerator[Streamed, None]:
        return stream(self._store, pieces)

    async def require_unchanged(self, slices: Iterable[Slice]) -> None:
        piece = next(iter(slices), None)
        if piece is None or piece.tag is None:
            return
        head = await self._store.head(piece.key)
        if head is None or (head.size, head.etag) != (piece.size, piece.tag):
            raise ObjectUnreadableError(piece.key, "is missing" if head is None else "has other bytes")

    async def respond(
        self, request: web.Request, key: str, headers: Mapping[str, str], *, direct: bool
    ) -> web.StreamResponse | None:
        head = await self._store.head(key)
        if head is None:
            return None
        return await store_response(
            request,
            key,
            head,
            headers,
            location=partial(self._presign, key, headers) if direct and self._presign else None,
            open_body=partial(self._store.read, key, head),
        )


def artwork_object(key: str | None) -> str | None:
    """The key of the object that an artwork's key denotes, which may contain ``..``; None if it can be none."""
    if key is not None:
        key = posixpath.normpath(key)
    return None if key is None or key.startswith("..") or not is_artwork(key) or not _is_valid(key) else key


def _is_valid(key: str) -> bool:
    try:
        return "\0" not in key and len(key.encode()) <= MAX_KEY_BYTES
    except UnicodeEncodeError:
        return False


async def gather(ask: Callable[[str], Awaitable[T]], keys: Sequence[str]) -> list[T]:
    """Call ``ask`` for each key, some concurrently; returns the results in order.

    Raises:
        VaultFaultError: the first one stands for all, so that an unavailable store is not many missing objects.
    """
    free = asyncio.Semaphore(MAX_CONCURRENT)

    async def limited(key: str) -> T:
        async with free:
            return await ask(key)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(limited(key)) for key in keys]
    except* VaultFaultError as faults:
        raise VaultFaultError(str(faults.exceptions[0])) from faults.exceptions[0]
    return [task.result() for task in tasks]


def _copy(source: Source, target: Path) -> None:
    with source.open() as chunks, target.open("wb") as file:
        file.writelines(chunks)


class ObjectSource:
    """An object with its metadata when it was located, and for a small one its bytes."""

    def __init__(self, store: Store, key: str, head: Head) -> None:
        self._store = store
        self._head = head
        self._loop = asyncio.get_running_loop()
        self.key = key
        self.size = head.size
        self.modified = head.modified.timestamp()
        self.tag = head.etag

    @contextmanager
    def open(self) -> Iterator[Iterator[bytes]]:
        if len(self._head.first) == self.size:
            yield iter([self._head.first] if self.size else [])
            return
        body = _Body(self._store, self.key, self._head, self._loop)
        try:
            yield body.chunks()
        finally:
            body.close()


class _Body:
    """An object's bytes, requested immediately and fetched some chunks ahead of the reading thread."""

    def __init__(self, store: Store, key: str, head: Head, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._opening = store.read(key, head)
        self._opened = AsyncExitStack()
        self._take: Take | None = None
        self._turn = asyncio.Lock()
        self._coming = deque(self._schedule(self._next()) for _ in range(CHUNKS_AHEAD))

    def _schedule(self, call: Coroutine[Any, Any, T]) -> "Future[T]":
        return asyncio.run_coroutine_threadsafe(call, self._loop)

    def chunks(self) -> Iterator[bytes]:
        while pieces := self._coming.popleft().result(CALL_SECONDS):
            self._coming.append(self._schedule(self._next()))
            yield from pieces

    async def _next(self) -> list[bytes]:
        """About a chunk, in the pieces that were received, to save a copy; empty at the end.

        A hop to the thread costs more than reading one packet.
        """
        async with self._turn:
            if self._take is None:
                self._take = await self._opened.enter_async_context(self._opening)
            pieces: list[bytes] = []
            gathered = 0
            while gathered < CHUNK_BYTES and (piece := await self._take(CHUNK_BYTES - gathered)):
                pieces.append(piece)
                gathered += len(piece)
            return pieces

    def close(self) -> None:
        for coming in self._coming:
            coming.cancel()
        self._schedule(self._close()).result(CALL_SECONDS)

    async def _close(self) -> None:
        async with self._turn:
            await self._opened.aclose()
