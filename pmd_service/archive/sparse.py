"""A sparse archive: an archive's own bytes (literals), and references to objects whose bytes stay where they are.

Its object has the long literals (documents, remote artworks, the central directory), then a compressed index of the
pieces in order, which contains the short literals (local headers), and last the index's length. One or two small reads
load the index of any archive, and bisection finds any range. Evan Miller's mod_zip does the same from a list that its
backend sends with each response.

In a thread: decoding a long index.
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

# Literals up to this size are stored in the index, where they are read with it and compress well together.
SHORT_BYTES = 64 << 10
# The first read, from the object's end: nearly always the whole index.
TAIL_BYTES = 256 << 10

_END = struct.Struct(">Q4s")
_MAGIC = b"pmd1"


class Reference(msgspec.Struct, frozen=True, array_like=True):
    """All bytes of an object, valid while it has this size and tag."""

    key: str
    size: int
    tag: str


class Index(msgspec.Struct, frozen=True, array_like=True):
    """The pieces in order: the length of a short literal, the negated length of a long one, or a reference.

    The literals' positions follow from their order.
    """

    pieces: list[int | Reference]
    short: bytes


class Sealed(Stored, frozen=True, kw_only=True):
    """An archive as its row records it; ``size`` is the ZIP's, ``stored_bytes`` the stored object's.

    ``digest`` is the SHA-256 of all literals and of each reference's key, size and tag, in order.
    """

    stored_bytes: int
    digest: str


class SparsePart:
    """Writes an archive's bytes and references, in order, to a vault's part.

    Args:
        whole: the object is the ZIP itself, without references.
    """

    def __init__(self, part: Part, *, whole: bool = False) -> None:
        self._part = part
        self._whole = whole
        self._digest = hashlib.sha256()
        self._pieces: list[int | Reference] = []
        self._short: list[bytes] = []
        self._run: list[Chunk] = []  # the current literal, while it is short
        self._run_bytes = 0
        self._size = 0

    @property
    def position(self) -> int:
        """Where the next byte will lie in the ZIP."""
        return self._size

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
    """A sparse archive for reading; ``size`` is the ZIP's in bytes, ``modified`` the stored object's."""

    def __init__(self, key: str, index: Index, modified: datetime) -> None:
        self.modified = modified
        self._key = key
        self._pieces = index.pieces
        self._short = memoryview(index.short)
        lengths = [piece.size if isinstance(piece, Reference) else abs(piece) for piece in index.pieces]
        self._starts = [*itertools.accumulate(lengths, initial=0)]
        self.size = self._starts[-1]
        # Offsets of the pieces among the short and among the long literals.
        literals = [0 if isinstance(piece, Reference) else piece for piece in index.pieces]
        self._short_starts = [*itertools.accumulate((max(0, each) for each in literals), initial=0)]
        self._long_starts = [*itertools.accumulate((max(0, -each) for each in literals), initial=0)]

    @classmethod
    async def load(cls, vault: Vault, key: str) -> Self | None:
        """None if it is missing.

        Raises:
            ObjectUnreadableError: it is not a sparse archive.
            VaultFaultError: the vault is unavailable.
        """
        source = await vault.find(key)
        if source is None:
            return None
        index = await _read_index(vault, source)
        modified = datetime.fromtimestamp(source.modified, UTC)
        # Decoding a small index costs less than a thread.
        decoded = _decode(key, index) if len(index) < SHORT_BYTES else await asyncio.to_thread(_decode, key, index)
        return cls(key, decoded, modified)

    def pieces(self, positions: range) -> Iterator[bytes | Slice]:
        """The pieces at these positions, in order."""
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
        """A copy of the archive with these tags, by key."""
        pieces = [
            Reference(piece.key, piece.size, tags.get(piece.key, piece.tag)) if isinstance(piece, Reference) else piece
            for piece in self._pieces
        ]
        return SparseArchive(self._key, Index(pieces, bytes(self._short)), self.modified)

    def references(self, positions: range) -> Iterator[Slice]:
        """The slices of other objects at these positions."""
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
    """The object's bytes from ``start`` to its end."""
    piece = Slice(key=source.key, positions=range(start, source.size), size=source.size, tag=source.tag)
    return await vault.read(piece)


def _decode(key: str, index: bytes) -> Index:
    try:
        return msgspec.msgpack.decode(zlib.decompress(index), type=Index)
    except (zlib.error, msgspec.MsgspecError) as error:
        raise ObjectUnreadableError(key, f"is no sparse archive: {error}") from error
