"""Uploads an object while it is produced, and reads one while it is used, from threads and in bounded memory."""

import asyncio
from collections import deque
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import AsyncExitStack, contextmanager, suppress
from typing import Any, TypeVar

from .base import Chunk, Head, Stored, VaultFaultError
from .responses import CHUNK_BYTES, Take
from .s3_store import ObjectStore

T = TypeVar("T")

PART_BYTES = 8 << 20  # an object has at most 10,000 parts
PARTS_IN_FLIGHT = 2
CHUNKS_AHEAD = 4
CALL_SECONDS = 300.0  # longer than the client's timeouts and retries together


def _send(store: ObjectStore, call: Coroutine[Any, Any, T]) -> "Future[T]":
    """Schedule a call of the store from a thread."""
    return asyncio.run_coroutine_threadsafe(call, store.loop)


def _wait(store: ObjectStore, call: Coroutine[Any, Any, T]) -> T:
    return _send(store, call).result(CALL_SECONDS)


class S3Part:
    """A multipart upload, or a single PUT for what fits into one part; invisible before it is sealed."""

    def __init__(self, store: ObjectStore, key: str) -> None:
        self._store = store
        self._key = key
        self._upload_id: str | None = None
        self._chunks: list[Chunk] = []
        self._gathered = 0
        self._sent: deque[Future[str]] = deque()
        self._etags: list[str] = []
        self._size = 0
        self._is_sealed = False

    def write(self, chunk: Chunk) -> None:
        self._chunks.append(chunk)
        self._gathered += len(chunk)
        while self._gathered > PART_BYTES:
            self._send()

    def _send(self) -> None:
        """Upload the buffered bytes as the next part; waits while ``PARTS_IN_FLIGHT`` are under way."""
        if self._upload_id is None:
            self._upload_id = _wait(self._store, self._store.begin_upload(self._key))
        self._await_sent(PARTS_IN_FLIGHT - 1)
        # Only the last chunk can extend into the next part.
        over = max(0, self._gathered - PART_BYTES)
        last = memoryview(self._chunks.pop())
        cut = len(last) - over
        body = b"".join([*self._chunks, last[:cut]])
        number = len(self._etags) + len(self._sent) + 1
        self._sent.append(_send(self._store, self._store.upload_part(self._key, self._upload_id, number, body)))
        self._chunks, self._gathered = ([bytes(last[cut:])] if over else []), over
        self._size += len(body)

    def _await_sent(self, most: int) -> None:
        while len(self._sent) > most:
            self._etags.append(self._sent.popleft().result(CALL_SECONDS))

    def seal(self) -> Stored:
        if self._upload_id is None:
            data = b"".join(self._chunks)
            etag = _wait(self._store, self._store.put(self._key, data))
            self._size = len(data)
        else:
            if self._gathered:
                self._send()
            self._await_sent(0)
            etag = _wait(self._store, self._store.complete_upload(self._key, self._upload_id, self._etags))
        self._is_sealed = True
        return Stored(key=self._key, size=self._size, etag=etag)

    def abort(self) -> None:
        self._chunks.clear()
        for sent in self._sent:
            sent.cancel()
        if self._upload_id is not None and not self._is_sealed:
            # If this fails, the sweep finds the upload by its key.
            with suppress(VaultFaultError, TimeoutError):
                _wait(self._store, self._store.abort_upload(self._key, self._upload_id))
        self._upload_id = None


class S3Source:
    """An object with its metadata when it was located, and for a small one its bytes."""

    def __init__(self, store: ObjectStore, key: str, head: Head) -> None:
        self._store = store
        self._head = head
        self.key = key
        self.size = head.size
        self.modified = head.modified.timestamp()
        self.tag = head.etag

    @contextmanager
    def open(self) -> Iterator[Iterator[bytes]]:
        if len(self._head.first) == self.size:
            yield iter([self._head.first] if self.size else [])
            return
        body = _Body(self._store, self.key, self._head)
        try:
            yield body.chunks()
        finally:
            body.close()


class _Body:
    """An object's bytes, requested immediately and fetched some chunks ahead of the reading thread."""

    def __init__(self, store: ObjectStore, key: str, head: Head) -> None:
        self._store = store
        self._opening = store.read(key, head)
        self._opened = AsyncExitStack()
        self._take: Take | None = None
        self._turn = asyncio.Lock()
        self._coming = deque(_send(store, self._next()) for _ in range(CHUNKS_AHEAD))

    def chunks(self) -> Iterator[bytes]:
        while pieces := self._coming.popleft().result(CALL_SECONDS):
            self._coming.append(_send(self._store, self._next()))
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
        _wait(self._store, self._close())

    async def _close(self) -> None:
        async with self._turn:
            await self._opened.aclose()
