"""A sparse archive: the bytes that are an archive's own, and references to objects whose bytes stay where they are.

Its object holds the long literals (documents, remote artworks, the directory), then an index: what the pieces are in
their order, with the short literals (local headers) themselves, packed; and at the very end the index's length. So an
archive of any size is known after one or two small reads, and any range of it by bisection. Evan Miller's mod_zip does
the same from a list that its backend sends with each answer.
"""

import asyncio
import bisect
import hashlib
import itertools
import struct
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Self

import msgspec

from ..vault.base import Chunk, ObjectUnreadableError, Part, Slice, Source, Stored
from ..vault.vault import Vault

SUFFIX = ".sparse"

# A literal up to here stands in the index: it is read with it, and packs well beside others of its kind.
SHORT_BYTES = 64 << 10
# What is read of the object's end at once: nearly always all of the index.
TAIL_BYTES = 256 << 10

_END = struct.Struct(">Q4s")
_MAGIC = b"pmd1"


class Reference(msgspec.Struct, frozen=True, array_like=True):
    """All bytes of an object, as long as it has this size and tag."""

    key: str
    size: int
    tag: str


class Index(msgspec.Struct, frozen=True, array_like=True):
    """What the object's index holds: the pieces in their order.

    A piece is the length of a short literal, a long one's as a negative number, or a reference; the literals' bytes
    follow from their order.
    """

    pieces: list[int | Reference]
    short: bytes


class Sealed(Stored, frozen=True, kw_only=True):
    """An archive as its row knows it; ``size`` is what a reader gets, ``stored_bytes`` what its object takes.

    ``digest`` is over all literal bytes, and each reference's key, size and tag, in their order (SHA-256).
    """

    stored_bytes: int
    digest: str


class SparsePart:
    """Takes an archive's bytes and references in their order, and keeps them in a vault's part.

    Args:
        whole: the object is to be the archive itself, byte by byte, and nothing is referred to.
    """

    def __init__(self, part: Part, *, whole: bool = False) -> None:
        self._part = part
        self._whole = whole
        self._digest = hashlib.sha256()
        self._pieces: list[int | Reference] = []
        self._short: list[bytes] = []
        self._run: list[Chunk] = []  # of the literal that is being written, as long as it is short
        self._run_bytes = 0
        self._size = 0

    def write(self, chunk: Chunk) -> None:
        """Raises: OSError, VaultFaultError: the archive is lost."""
        self._digest.update(chunk)
        self._size += len(chunk)
        if self._whole:
            self._part.write(chunk)
            return
        self._run_bytes += len(chunk)
        self._run.append(chunk)
        if self._run_bytes > SHORT_BYTES:
            for each in self._run:
                self._part.write(each)
            self._run.clear()

    def refer(self, reference: Reference) -> None:
        self._end_run()
        self._digest.update(msgspec.msgpack.encode(reference))
        self._size += reference.size
        self._pieces.append(reference)

    def _end_run(self) -> None:
        if self._run_bytes > SHORT_BYTES:
            self._pieces.append(-self._run_bytes)
        elif self._run_bytes:
            self._pieces.append(self._run_bytes)
            self._short.extend(bytes(chunk) for chunk in self._run)
        self._run, self._run_bytes = [], 0

    def seal(self) -> Sealed:
        """Raises: OSError, VaultFaultError: there is no archive."""
        digest = self._digest.hexdigest()
        if self._whole:
            stored = self._part.seal()
            return Sealed(key=stored.key, size=stored.size, etag=stored.etag, stored_bytes=stored.size, digest=digest)
        self._end_run()
        index = zlib.compress(msgspec.msgpack.encode(Index(self._pieces, b"".join(self._short))), 3)
        self._part.write(index)
        self._part.write(_END.pack(len(index), _MAGIC))
        stored = self._part.seal()
        return Sealed(key=stored.key, size=self._size, etag=digest, stored_bytes=stored.size, digest=digest)


class SparseArchive:
    """A sparse archive to be read; ``size`` in bytes, ``modified`` of its object."""

    def __init__(self, key: str, index: Index, modified: datetime) -> None:
        self.modified = modified
        self._key = key
        self._pieces = index.pieces
        self._short = memoryview(index.short)
        lengths = [piece.size if isinstance(piece, Reference) else abs(piece) for piece in index.pieces]
        self._starts = [*itertools.accumulate(lengths, initial=0)]
        self.size = self._starts[-1]
        # Where each piece's bytes are, among the short or the long literals.
        literals = [0 if isinstance(piece, Reference) else piece for piece in index.pieces]
        self._short_starts = [*itertools.accumulate((max(0, each) for each in literals), initial=0)]
        self._long_starts = [*itertools.accumulate((max(0, -each) for each in literals), initial=0)]

    @classmethod
    async def load(cls, vault: Vault, key: str) -> Self | None:
        """None when it is not there.

        Raises:
            ObjectUnreadableError: it is no archive of ours.
            VaultFaultError: it may pass.
        """
        source = await vault.find(key)
        if source is None:
            return None
        index = await _read_index(vault, source)
        made = datetime.fromtimestamp(source.modified, UTC)
        # A thread costs more than to unpack a small one.
        decoded = _decode(key, index) if len(index) < SHORT_BYTES else await asyncio.to_thread(_decode, key, index)
        return cls(key, decoded, made)

    def pieces(self, positions: range) -> Iterator[bytes | Slice]:
        """What stands at these positions, in order."""
        number = bisect.bisect_right(self._starts, positions.start) - 1
        while number < len(self._pieces) and self._starts[number] < positions.stop:
            begins, ends = self._starts[number], self._starts[number + 1]
            wanted = range(max(positions.start, begins) - begins, min(positions.stop, ends) - begins)
            if wanted:
                yield self._piece(number, wanted)
            number += 1

    def all_references(self) -> Iterator[Reference]:
        return (piece for piece in self._pieces if isinstance(piece, Reference))

    def retagged(self, tags: Mapping[str, str]) -> "SparseArchive":
        """The same with these tags, by their keys."""
        pieces = [
            Reference(piece.key, piece.size, tags.get(piece.key, piece.tag)) if isinstance(piece, Reference) else piece
            for piece in self._pieces
        ]
        return SparseArchive(self._key, Index(pieces, bytes(self._short)), self.modified)

    def references(self, positions: range) -> Iterator[Slice]:
        """What of the positions is other objects' bytes."""
        return (piece for piece in self.pieces(positions) if isinstance(piece, Slice) and piece.tag is not None)

    def _piece(self, number: int, wanted: range) -> bytes | Slice:
        piece = self._pieces[number]
        if isinstance(piece, Reference):
            return Slice(key=piece.key, positions=wanted, size=piece.size, tag=piece.tag)
        if piece < 0:
            at = self._long_starts[number]
            return Slice(key=self._key, positions=range(at + wanted.start, at + wanted.stop))
        at = self._short_starts[number]
        return bytes(self._short[at + wanted.start : at + wanted.stop])


async def _read_index(vault: Vault, source: Source) -> bytes:
    tail = await _read(vault, source, max(0, source.size - TAIL_BYTES))
    length, magic = _END.unpack(tail[-_END.size :]) if len(tail) >= _END.size else (0, b"")
    needed = length + _END.size
    if magic != _MAGIC or needed > source.size:
        raise ObjectUnreadableError(source.key, "is no sparse archive")
    if needed > len(tail):
        tail = await _read(vault, source, source.size - needed)
    return tail[len(tail) - needed : -_END.size]


async def _read(vault: Vault, source: Source, start: int) -> bytes:
    """The object's bytes from here to its end."""
    piece = Slice(key=source.key, positions=range(start, source.size), size=source.size, tag=source.tag)
    return await vault.read(piece)


def _decode(key: str, index: bytes) -> Index:
    try:
        return msgspec.msgpack.decode(zlib.decompress(index), type=Index)
    except (zlib.error, msgspec.MsgspecError) as error:
        raise ObjectUnreadableError(key, f"is no sparse archive: {error}") from error
