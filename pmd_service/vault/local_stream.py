"""Streams the bytes of many files: large ones by sendfile, small ones read in batches.

In a thread: several files opened, compared and read in one hop.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import suppress
from io import FileIO
from typing import NamedTuple, TypeAlias

from .base import FileSlice, ObjectUnreadableError, Slice, Streamed, create_in_thread
from .local_files import translate_object_faults
from .responses import file_etag

# Below this, copying a file is faster than sending it by itself.
SMALL_BYTES = 64 << 10
BEGINNING_BYTES = 16 << 10
GATHERED_BYTES = 1 << 20
GATHERED_PIECES = 256
# Fewer at first: the response starts once they have been opened and read.
FIRST_PIECES = 16


class Gathered(NamedTuple):
    """Small pieces to read in one go, and the large one after them."""

    small: list[bytes | Slice]
    large: Slice | None


class _Large(NamedTuple):
    piece: Slice
    file: FileSlice


_Read: TypeAlias = tuple[bytes, _Large | None]


class LocalStream:
    """Reads slices of files.

    Args:
        root: the vault's folder, ending with ``/``.
        look_up: the path and status of the regular file behind a key; None if there is none.
    """

    def __init__(self, root: str, look_up: Callable[[str], tuple[str, os.stat_result] | None]) -> None:
        self._root = root
        self._look_up = look_up

    async def stream(self, pieces: Iterable[bytes | Slice]) -> AsyncGenerator[Streamed, None]:
        """Like ``Vault.stream``; the next file is opened while one is sent."""
        groups = gathered(pieces)
        coming = self._begin(groups)
        try:
            while coming is not None:
                data, large = await coming
                coming = self._begin(groups)
                if large is None:
                    yield data
                    continue
                with large.file.file:
                    if data:
                        yield data
                    yield large.file
                    _require_same(large.piece, os.fstat(large.file.file.fileno()))
        finally:
            if coming is not None:
                await asyncio.shield(_unmake(coming))

    def _begin(self, groups: Iterator[Gathered]) -> "asyncio.Future[_Read] | None":
        group = next(groups, None)
        return None if group is None else asyncio.ensure_future(create_in_thread(lambda: self._read(group), _close))

    def _read(self, group: Gathered) -> "_Read":
        data = b"".join(piece if isinstance(piece, bytes) else self._bytes_of(piece) for piece in group.small)
        if (piece := group.large) is None:
            return data, None
        file = self.open(piece)
        # The first bytes are written together with the pieces before them, such as HTTP headers: one write less.
        data += os.pread(file.fileno(), BEGINNING_BYTES, piece.positions.start)
        rest = piece.positions[BEGINNING_BYTES:]
        return data, _Large(piece, FileSlice(file, rest.start, len(rest)))

    def _bytes_of(self, piece: Slice) -> bytes:
        with self.open(piece) as file, translate_object_faults(self._root, piece.key):
            data = os.pread(file.fileno(), len(piece.positions), piece.positions.start)
            _require_same(piece, os.fstat(file.fileno()))  # again: it may be written in place
        if len(data) < len(piece.positions):
            raise ObjectUnreadableError(piece.key, "is shorter than it was")
        return data

    def open(self, piece: Slice) -> FileIO:
        """The file, if it is unchanged."""
        path, _ = self._found(piece.key)
        with translate_object_faults(self._root, piece.key):
            file = FileIO(path)
        try:
            _require_same(piece, os.fstat(file.fileno()))
        except ObjectUnreadableError:
            file.close()
            raise
        return file

    def require_unchanged(self, slices: Iterable[Slice]) -> None:
        """Like ``Vault.require_unchanged``; blocks."""
        for piece in slices:
            _require_same(piece, self._found(piece.key)[1])

    def _found(self, key: str) -> tuple[str, os.stat_result]:
        found = self._look_up(key)
        if found is None:
            raise ObjectUnreadableError(key, "is missing")
        return found


def _require_same(piece: Slice, status: os.stat_result) -> None:
    if piece.tag is not None and (status.st_size, file_etag(status)) != (piece.size, piece.tag):
        raise ObjectUnreadableError(piece.key, "has other bytes than it had")


def _close(read: "_Read") -> None:
    _, large = read
    if large is not None:
        large.file.file.close()


async def _unmake(coming: "asyncio.Future[_Read]") -> None:
    with suppress(Exception):  # the reader is gone: there is nobody to report it to
        _close(await coming)


def gathered(pieces: Iterable[bytes | Slice]) -> Iterator[Gathered]:
    """The pieces in order: small ones in batches of up to about a megabyte, each large one by itself."""
    small: list[bytes | Slice] = []
    size, most = 0, FIRST_PIECES
    for piece in pieces:
        if isinstance(piece, Slice) and len(piece.positions) > SMALL_BYTES:
            yield Gathered(small, piece)
            small, size, most = [], 0, GATHERED_PIECES
            continue
        small.append(piece)
        size += len(piece) if isinstance(piece, bytes) else len(piece.positions)
        if size >= GATHERED_BYTES or len(small) >= most:
            yield Gathered(small, None)
            small, size, most = [], 0, GATHERED_PIECES
    if small:
        yield Gathered(small, None)
