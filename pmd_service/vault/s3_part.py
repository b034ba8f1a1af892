"""Uploads an object to the object store while it is produced, from a thread and in bounded memory."""

import asyncio
from collections import deque
from collections.abc import Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Protocol, TypeVar

from .base import Chunk, Stored, VaultFaultError
from .objects import CALL_SECONDS
from .pieces import PART_BYTES

T = TypeVar("T")

PARTS_IN_FLIGHT = 2


class Multipart(Protocol):
    """The operations of S3's multipart uploads."""

    loop: asyncio.AbstractEventLoop

    async def put_object(self, key: str, data: bytes) -> str: ...
    async def begin_upload(self, key: str) -> str: ...
    async def upload_part(self, key: str, upload_id: str, number: int, data: bytes) -> str: ...
    async def complete_upload(self, key: str, upload_id: str, etags: list[str]) -> str: ...
    async def abort_upload(self, key: str, upload_id: str) -> None: ...


class S3Part:
    """A multipart upload, or a single PUT for what fits into one part; invisible before it is sealed."""

    def __init__(self, store: Multipart, key: str) -> None:
        self._store = store
        self._key = key
        self._upload_id: str | None = None
        self._chunks: list[Chunk] = []
        self._gathered = 0
        self._sent: deque[Future[str]] = deque()
        self._etags: list[str] = []
        self._size = 0
        self._is_sealed = False

    def _call(self, call: Coroutine[Any, Any, T]) -> "Future[T]":
        """Schedule a call of the store from a thread."""
        return asyncio.run_coroutine_threadsafe(call, self._store.loop)

    def write(self, chunk: Chunk) -> None:
        self._chunks.append(chunk)
        self._gathered += len(chunk)
        while self._gathered > PART_BYTES:
            self._send()

    def _send(self) -> None:
        """Upload the buffered bytes as the next part; waits while ``PARTS_IN_FLIGHT`` are under way."""
        if self._upload_id is None:
            self._upload_id = self._call(self._store.begin_upload(self._key)).result(CALL_SECONDS)
        self._await_sent(PARTS_IN_FLIGHT - 1)
        # Only the last chunk can extend into the next part.
        over = max(0, self._gathered - PART_BYTES)
        last = memoryview(self._chunks.pop())
        cut = len(last) - over
        body = b"".join([*self._chunks, last[:cut]])
        number = len(self._etags) + len(self._sent) + 1
        self._sent.append(self._call(self._store.upload_part(self._key, self._upload_id, number, body)))
        self._chunks, self._gathered = ([bytes(last[cut:])] if over else []), over
        self._size += len(body)

    def _await_sent(self, most: int) -> None:
        while len(self._sent) > most:
            self._etags.append(self._sent.popleft().result(CALL_SECONDS))

    def seal(self) -> Stored:
        if self._upload_id is None:
            data = b"".join(self._chunks)
            etag = self._call(self._store.put_object(self._key, data)).result(CALL_SECONDS)
            self._size = len(data)
        else:
            if self._gathered:
                self._send()
            self._await_sent(0)
            whole = self._store.complete_upload(self._key, self._upload_id, self._etags)
            etag = self._call(whole).result(CALL_SECONDS)
        self._is_sealed = True
        return Stored(key=self._key, size=self._size, etag=etag)

    def abort(self) -> None:
        self._chunks.clear()
        for sent in self._sent:
            sent.cancel()
        if self._upload_id is not None and not self._is_sealed:
            # If this fails, the sweep finds the upload by its key.
            with suppress(VaultFaultError, TimeoutError):
                self._call(self._store.abort_upload(self._key, self._upload_id)).result(CALL_SECONDS)
        self._upload_id = None
