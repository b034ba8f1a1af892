"""Streams the bytes of many objects, by ranged requests that are made ahead."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import AsyncExitStack, aclosing
from datetime import UTC, datetime
from typing import NamedTuple, TypeAlias

from .base import CHUNK_BYTES, Head, Slice, Streamed, Take
from .store import Store

AHEAD = 8
# Smaller slices are read whole ahead of their turn; for larger ones only the response is opened.
SMALL_BYTES = 256 << 10


class _Opened(NamedTuple):
    """A slice whose response has started: its bytes, or a function that returns them until ``stack`` is closed."""

    small: bytes
    take: Take | None
    stack: AsyncExitStack

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        async with self.stack:
            if self.small:
                yield self.small
            while self.take is not None and (chunk := await self.take(CHUNK_BYTES)):
                yield chunk


async def _open(store: Store, piece: Slice) -> _Opened:
    head = None if piece.tag is None else Head(size=piece.size, etag=piece.tag, modified=_ANY_TIME)
    async with AsyncExitStack() as stack:
        take = await stack.enter_async_context(store.read(piece.key, head, piece.positions))
        if len(piece.positions) <= SMALL_BYTES:
            return _Opened(await take(-1), None, AsyncExitStack())
        return _Opened(b"", take, stack.pop_all())


_ANY_TIME = datetime.fromtimestamp(0, UTC)
_Coming: TypeAlias = "bytes | asyncio.Task[_Opened]"


async def stream(store: Store, pieces: Iterable[bytes | Slice]) -> AsyncGenerator[Streamed, None]:
    """Like ``Vault.stream``."""
    left = iter(pieces)
    coming: deque[_Coming] = deque()
    try:
        _begin(store, left, coming)
        while coming:
            piece = coming.popleft()
            if isinstance(piece, bytes):
                yield piece
            else:
                async with aclosing((await piece).chunks()) as chunks:
                    async for chunk in chunks:
                        yield chunk
            _begin(store, left, coming)
    finally:
        await asyncio.shield(_close([piece for piece in coming if not isinstance(piece, bytes)]))


def _begin(store: Store, left: Iterator[bytes | Slice], coming: "deque[_Coming]") -> None:
    asked = sum(not isinstance(piece, bytes) for piece in coming)
    while asked < AHEAD and (piece := next(left, None)) is not None:
        if isinstance(piece, bytes):
            coming.append(piece)
        else:
            coming.append(asyncio.create_task(_open(store, piece)))
            asked += 1


async def _close(opening: "list[asyncio.Task[_Opened]]") -> None:
    for task in opening:
        task.cancel()
    for ended in await asyncio.gather(*opening, return_exceptions=True):
        if isinstance(ended, _Opened):
            await ended.stack.aclose()
