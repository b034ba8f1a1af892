"""Partial uploads in a store without objects that grow: small objects, each named by its offset.

Each flush stores what has arrived as a piece below ``incoming/{file_id}/``: nothing is left on the server for the next
request, which any server can receive. It lists the pieces; those behind a gap are ignored. Pieces smaller than a part
are the file's tail: as soon as they make up a part, one piece replaces them. So a file has few pieces, however small
its requests are, and each of its bytes is stored twice at most.

A store has no locks: the upload's row decides who may write. So the final object is composed of exactly the pieces that
were probed, each of which is written once.

In a thread: appending to a copy: open, write and close in one hop.
"""

import asyncio
import re
import secrets
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import takewhile
from pathlib import Path
from uuid import UUID

import msgspec

from .base import (
    CHUNK_BYTES,
    Found,
    Head,
    ObjectMissingError,
    Observer,
    OffsetError,
    Stored,
    VaultFaultError,
    create_in_thread,
    ignore,
)
from .keys import INCOMING, checked_key
from .local_files import translate_faults
from .objects import gather
from .scratch import Scratch
from .store import Bytes, Composing, Store

PART_BYTES = 8 << 20  # an object has at most 10,000 parts in S3
# S3's minimum for all parts but the last.
MIN_PART_BYTES = 5 << 20
# Read together with the metadata.
FIRST_BYTES = 64 << 10
MAX_CONCURRENT_COPIES = 8

_NAME = re.compile(r".*/(?P<start>[0-9a-f]{12})-(?P<length>[0-9a-f]{1,12})-[0-9a-f]{8}")


class Piece(msgspec.Struct, frozen=True):
    """Bytes of the file that are stored as an object."""

    key: str
    start: int
    end: int
    etag: str | None = None  # if the name is predictable and so could be reused

    @property
    def size(self) -> int:
        return self.end - self.start


class PiecesIncoming:
    """``incoming/{file_id}/{start}-{length}-{token}``."""

    def __init__(self, store: Store, scratch: Scratch, file_id: UUID) -> None:
        self._store = store
        self._scratch = scratch
        self._prefix = f"{INCOMING}/{file_id}/"
        # The name of a new file's first piece is predictable, and needs no listing.
        self._first = file_id.hex[:8]
        self._lent: tuple[Path, Sequence[Piece]] | None = None

    async def size(self) -> int:
        return _end(await self._pieces())

    async def _pieces(self) -> list[Piece]:
        """The contiguous pieces from the start."""
        return joined(await self._all())

    async def _all(self) -> list[Found]:
        return [found async for page in self._store.list(self._prefix) for found in page]

    async def open(self, offset: int, *, is_new: bool = False) -> "PiecesWriter":
        pieces = [] if is_new else await self._pieces()
        if (size := _end(pieces)) != offset:
            raise OffsetError(size)
        return PiecesWriter(self._store, self._prefix, pieces, token=self._first if is_new else None)

    async def join(self, parts: Sequence[UUID]) -> int:
        """Copies the parts' pieces to their offsets in the whole, inside the store if it can."""
        free = asyncio.Semaphore(MAX_CONCURRENT_COPIES)

        async def copy(piece: Piece, start: int) -> None:
            async with free:
                name = _name(self._prefix, start, piece.size, secrets.token_hex(4))
                if isinstance(self._store, Composing):
                    await self._store.copy(piece.key, name)
                else:
                    await self._store.put(name, await _read(self._store, piece.key))

        size = 0
        async with asyncio.TaskGroup() as copying:
            for part in parts:
                pieces = await PiecesIncoming(self._store, self._scratch, part)._pieces()
                for piece in pieces:
                    copying.create_task(copy(piece, size + piece.start))
                size += _end(pieces)
        return size

    @asynccontextmanager
    async def local(self, *, size: int | None = None) -> AsyncIterator[Path]:
        async with self._scratch.new() as folder:
            copy = folder / "incoming"
            pieces = await self._copy_whole(copy, size) if size else []
            pieces = pieces or await self._copy_all(copy)
            if size is not None and _end(pieces) != size:  # a part of a file must not be taken for it
                raise VaultFaultError(f"The store lists {_end(pieces)} bytes of a file, and {size} were stored.")
            self._lent = copy, pieces
            try:
                yield copy
            finally:
                self._lent = None

    async def _copy_whole(self, copy: Path, size: int) -> Sequence[Piece]:
        """Copy the file if its first piece is all of it; otherwise returns no pieces."""
        key = _name(self._prefix, 0, size, self._first)
        head = await self._store.head(key, FIRST_BYTES)
        if head is None or head.size != size:
            return []
        if len(head.first) == size:
            await asyncio.to_thread(copy.write_bytes, head.first)
        else:
            await self._append(copy, key, head)
        return [Piece(key, 0, size, head.etag)]

    async def _copy_all(self, copy: Path) -> Sequence[Piece]:
        pieces = await self._pieces()
        if not pieces:
            raise ObjectMissingError(self._prefix)
        await asyncio.to_thread(copy.touch)
        for piece in pieces:
            await self._append(copy, piece.key)
        return pieces

    async def _append(self, copy: Path, key: str, head: Head | None = None) -> None:
        async with self._store.read(key, head) as take:
            while chunk := await take(CHUNK_BYTES):
                await asyncio.to_thread(_append, copy, chunk)

    async def finish(self, key: str) -> Stored:
        checked_key(key)
        if self._lent is not None:
            copy, pieces = self._lent
            stored = await self._compose(key, pieces, copy)
            # Without the first one, the others are not taken for the file.
            await self._store.delete(pieces[0].key)
            await gather(self._store.delete, [piece.key for piece in pieces[1:]])
            return stored
        if await self._pieces():
            async with self.local():
                return await self.finish(key)
        head = await self._store.head(key)
        if head is None:
            raise ObjectMissingError(key)
        return Stored(key=key, size=head.size, etag=head.etag)

    async def _compose(self, key: str, pieces: Sequence[Piece], copy: Path) -> Stored:
        """Inside the store, as far as it can, and from the copy."""
        runs = _runs(pieces)
        if not isinstance(self._store, Composing) or (len(runs) == 1 and len(pieces) > 1):
            return await self._store.put(key, copy)
        if len(pieces) == 1:
            etag = await self._store.copy(pieces[0].key, key, pieces[0].etag)
        else:
            parts: list[str | Bytes] = [run[0].key if len(run) == 1 else _bytes_of(copy, run) for run in runs]
            etag = await self._store.compose(key, parts)
        return Stored(key=key, size=_end(pieces), etag=etag)

    async def discard(self) -> None:
        await gather(self._store.delete, [found.key for found in await self._all()])


class PiecesWriter:
    """Buffers up to a part's size in a temporary file; ``flush`` stores it immediately."""

    def __init__(self, store: Store, prefix: str, pieces: Sequence[Piece], *, token: str | None) -> None:
        self._store = store
        self._prefix = prefix
        self._token = token
        self._pieces = list(pieces)
        self._buffered = 0
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - until close()

    @property
    def size(self) -> int:
        return _end(self._pieces) + self._buffered

    async def write(self, chunks: Sequence[bytes], *, observer: Observer = ignore) -> None:
        def buffer() -> None:
            observer(chunks)
            with translate_faults():
                # Overwrites what a failed write has left.
                self._file.seek(self._buffered)
                self._file.writelines(chunks)
                self._file.flush()
            self._buffered += sum(map(len, chunks))

        await create_in_thread(buffer, lambda _: None)
        if self._buffered + sum(piece.size for piece in self._tail()) >= PART_BYTES:
            await self.flush()

    def _tail(self) -> list[Piece]:
        """The last pieces that are smaller than a part."""
        return [*takewhile(lambda piece: piece.size < PART_BYTES, reversed(self._pieces))][::-1]

    async def flush(self) -> int:
        if self._buffered or not self._pieces:
            tail = self._tail()
            replaced = tail if self._buffered + sum(piece.size for piece in tail) >= PART_BYTES else []
            earlier = [await _read(self._store, piece.key) for piece in replaced]
            await self._replace(replaced, b"".join([*earlier, await asyncio.to_thread(self._read_buffer)]))
            self._buffered = 0
        return _end(self._pieces)

    def _read_buffer(self) -> bytes:
        self._file.seek(0)
        return self._file.read(self._buffered)

    async def _replace(self, replaced: Sequence[Piece], data: bytes) -> None:
        """Store these bytes in place of the last pieces, which are deleted once they are there."""
        kept = self._pieces[: len(self._pieces) - len(replaced)]
        if data or not self._pieces:
            # Only the first piece may have the predictable name.
            token, self._token = self._token or secrets.token_hex(4), None
            start = _end(kept)
            name = _name(self._prefix, start, len(data), token)
            await self._store.put(name, data)
            kept.append(Piece(name, start, start + len(data)))
        self._pieces = kept
        for piece in replaced:
            await self._store.delete(piece.key)

    async def truncate(self, size: int) -> None:
        self._buffered = max(0, min(self._buffered, size - _end(self._pieces)))
        if replaced := [piece for piece in self._pieces if piece.end > size]:
            first = await _read(self._store, replaced[0].key) if replaced[0].start < size else b""
            await self._replace(replaced, first[: size - replaced[0].start])

    async def close(self) -> None:
        self._file.close()


def _runs(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The pieces in runs that are large enough to be parts, except for the last one."""
    runs: list[list[Piece]] = []
    for piece in pieces:
        if runs and runs[-1][-1].end - runs[-1][0].start < MIN_PART_BYTES:
            runs[-1].append(piece)
        else:
            runs.append([piece])
    return runs


def _bytes_of(copy: Path, run: Sequence[Piece]) -> Bytes:
    def read() -> bytes:
        with copy.open("rb") as file:
            file.seek(run[0].start)
            return file.read(run[-1].end - run[0].start)

    return read


async def _read(store: Store, key: str) -> bytes:
    async with store.read(key) as take:
        return await take(-1)


def _name(prefix: str, start: int, size: int, token: str) -> str:
    return f"{prefix}{start:012x}-{size:x}-{token}"


def _end(pieces: Sequence[Piece]) -> int:
    return pieces[-1].end if pieces else 0


def joined(found: Sequence[Found]) -> list[Piece]:
    """The longest chain of pieces without a gap, from the start.

    Two servers may have written at the same offset, one of them after losing the upload to the other: bytes that the
    other has acknowledged must not be lost.
    """
    pieces = [piece for entry in found if (piece := _piece(entry)) is not None]
    ends: dict[int, int] = {}
    onward: dict[int, Piece] = {}
    for piece in sorted(pieces, key=lambda piece: piece.start, reverse=True):
        if piece.start == piece.end:
            continue
        end = ends.get(piece.end, piece.end)
        if end > ends.get(piece.start, -1):
            ends[piece.start], onward[piece.start] = end, piece
    chain: list[Piece] = []
    while (piece_at := onward.get(chain[-1].end if chain else 0)) is not None:
        chain.append(piece_at)
    return chain or [piece for piece in pieces if piece.end == 0][:1]


def _piece(found: Found) -> Piece | None:
    match = _NAME.fullmatch(found.key)
    if match is None or int(match["length"], 16) != found.size:
        return None
    start = int(match["start"], 16)
    return Piece(found.key, start, start + found.size)


def _append(path: Path, chunk: bytes) -> None:
    with path.open("ab") as file:
        file.write(chunk)
