"""Partial uploads in an object store: small objects, each named by its offset.

An object store cannot append, so each flush stores a piece below ``incoming/{file_id}/``. Any server can list the
pieces and resume; those behind a gap are ignored. A store has no locks: the upload's row decides who may write. So the
final object is composed, inside the store, of exactly the pieces that were probed, each of which is written once.

Less than a part is buffered on this machine's disk while its writer is open. It is lost with the server: the upload
then ends after the store's last piece, and its client resumes there.
"""

import asyncio
import re
import secrets
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeAlias
from uuid import UUID

import msgspec

from .base import Found, Head, ObjectMissingError, Observer, OffsetError, Stored, create_in_thread, ignore
from .keys import INCOMING, checked_key
from .local_files import translate_faults
from .responses import CHUNK_BYTES
from .s3_part import PART_BYTES
from .s3_store import ObjectStore
from .scratch import Scratch
from .vault import Vault

_PIECE = re.compile(r".*/(?P<start>[0-9a-f]{12})-(?P<length>[0-9a-f]{1,12})-[0-9a-f]{8}")


class Piece(msgspec.Struct, frozen=True):
    """Bytes of the file that are stored as an object."""

    key: str
    start: int
    end: int
    etag: str | None = None  # if the name is predictable and so could be reused


# The pieces of each copy that is currently lent.
Lent: TypeAlias = dict[Path, Sequence[Piece]]

# S3's minimum for all parts but the last.
MIN_PART_BYTES = 5 << 20
# Read together with the metadata.
FIRST_BYTES = 64 << 10
MAX_CONCURRENT_COPIES = 8


class S3Incoming:
    """``incoming/{file_id}/{start}-{length}-{token}``."""

    def __init__(self, store: ObjectStore, vault: Vault, scratch: Scratch, lent: Lent, file_id: UUID) -> None:
        self._store = store
        self._vault = vault
        self._scratch = scratch
        self._lent = lent
        self._prefix = f"{INCOMING}/{file_id}/"
        # The name of a new file's first piece is predictable, and needs no listing.
        self._first = file_id.hex[:8]

    async def size(self) -> int:
        return _end(await self._pieces())

    async def _pieces(self) -> list[Piece]:
        """The contiguous pieces from the start."""
        return joined(await self._all())

    async def _all(self) -> list[Found]:
        return [found async for page in self._store.list(self._prefix) for found in page]

    async def open(self, offset: int, *, is_new: bool = False) -> "S3IncomingWriter":
        pieces = [] if is_new else await self._pieces()
        size = _end(pieces)
        if size != offset:
            raise OffsetError(size)
        return S3IncomingWriter(self._store, self._prefix, pieces, token=self._first if is_new else None)

    async def join(self, parts: Sequence[UUID]) -> int:
        """Copies the parts' pieces inside the store, to their offsets in the whole."""
        free = asyncio.Semaphore(MAX_CONCURRENT_COPIES)

        async def copy(piece: Piece, start: int) -> None:
            async with free:
                length = piece.end - piece.start
                await self._store.copy(piece.key, _name(self._prefix, start, length, secrets.token_hex(4)))

        size = 0
        async with asyncio.TaskGroup() as copying:
            for part in parts:
                pieces = await S3Incoming(self._store, self._vault, self._scratch, self._lent, part)._pieces()
                for piece in pieces:
                    copying.create_task(copy(piece, size + piece.start))
                size += _end(pieces)
        return size

    async def finish(self, key: str, *, looked_at: Path | None = None) -> Stored:
        checked_key(key)
        if looked_at is not None and (pieces := self._lent.get(looked_at)):
            stored = await self._compose(key, pieces, looked_at)
            for piece in pieces:
                await self._store.delete(piece.key)
            return stored
        if await self._pieces():
            async with self.local() as copy:
                return await self.finish(key, looked_at=copy)
        head = await self._store.head(key)
        if head is None:
            raise ObjectMissingError(key)
        return Stored(key=key, size=head.size, etag=head.etag)

    async def _compose(self, key: str, pieces: Sequence[Piece], copy: Path) -> Stored:
        """Inside the store, if the pieces are large enough to be parts of an object."""
        size = _end(pieces)
        if len(pieces) == 1:
            etag = await self._store.copy(pieces[0].key, key, pieces[0].etag)
            return Stored(key=key, size=size, etag=etag)
        if any(piece.end - piece.start < MIN_PART_BYTES for piece in pieces[:-1]):
            return await self._vault.put(key, copy)
        upload_id = await self._store.begin_upload(key)
        try:
            parts = [
                await self._store.copy_part(key, upload_id, number, piece.key)
                for number, piece in enumerate(pieces, start=1)
            ]
            return Stored(key=key, size=size, etag=await self._store.complete_upload(key, upload_id, parts))
        except BaseException:
            await asyncio.shield(self._store.abort_upload(key, upload_id))
            raise

    @asynccontextmanager
    async def local(self, *, size: int | None = None) -> AsyncIterator[Path]:
        async with self._scratch.new() as folder:
            copy = folder / "incoming"
            pieces = await self._copy_whole(copy, size) if size else []
            if not pieces:
                pieces = await self._copy_all(copy)
            self._lent[copy] = pieces
            try:
                yield copy
            finally:
                del self._lent[copy]

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

    async def discard(self) -> None:
        for found in await self._all():
            await self._store.delete(found.key)


class S3IncomingWriter:
    """Buffers up to a part's size on this machine's disk before it stores a piece; ``flush`` stores immediately."""

    def __init__(self, store: ObjectStore, prefix: str, pieces: Sequence[Piece], *, token: str | None) -> None:
        self._store = store
        self._prefix = prefix
        self._token = token
        self._pieces = list(pieces)
        self._durable = _end(pieces)
        self._gathered = 0
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - until close()

    async def write(self, chunks: Sequence[bytes], *, observer: Observer = ignore) -> None:
        await self._gather(chunks, observer)
        if self._gathered >= PART_BYTES:
            await self.flush()

    async def _gather(self, chunks: Sequence[bytes], observer: Observer = ignore) -> None:
        def gather() -> None:
            observer(chunks)
            with translate_faults():
                # Overwrites what a failed write has left.
                self._file.seek(self._gathered)
                self._file.writelines(chunks)
                self._file.flush()
            self._gathered += sum(map(len, chunks))

        await create_in_thread(gather, lambda _: None)

    async def flush(self) -> int:
        if self._gathered or not self._pieces:
            await self._put(await asyncio.to_thread(self._read))
            self._forget()
        return self._durable

    async def tell(self) -> int:
        return self._durable + self._gathered

    @property
    def has_more(self) -> bool:
        return self._gathered > 0

    async def forget(self, size: int) -> None:
        self._gathered = min(self._gathered, max(0, size - self._durable))

    def _read(self) -> bytes:
        self._file.seek(0)
        return self._file.read(self._gathered)

    def _forget(self) -> None:
        self._file.seek(0)
        self._file.truncate()
        self._gathered = 0

    async def _put(self, data: bytes) -> None:
        # Only the first piece may have the predictable name.
        token, self._token = self._token or secrets.token_hex(4), None
        name = _name(self._prefix, self._durable, len(data), token)
        await self._store.put(name, data)
        self._pieces.append(Piece(name, self._durable, self._durable + len(data)))
        self._durable += len(data)

    async def truncate(self, size: int) -> None:
        await self.forget(size)
        while self._pieces and self._pieces[-1].end > size:
            piece = self._pieces.pop()
            kept = b""
            if piece.start < size:
                async with self._store.read(piece.key, positions=range(0, size - piece.start)) as take:
                    kept = await take(-1)
            await self._store.delete(piece.key)
            self._durable = piece.start
            if kept:
                await self._put(kept)

    async def close(self) -> None:
        self._file.close()


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
    match = _PIECE.fullmatch(found.key)
    if match is None or int(match["length"], 16) != found.size:
        return None
    start = int(match["start"], 16)
    return Piece(found.key, start, start + found.size)


def _append(path: Path, chunk: bytes) -> None:
    with path.open("ab") as file:
        file.write(chunk)
