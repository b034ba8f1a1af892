"""Clip Studio Paint's files: chunks, one of which is an SQLite database with a picture of the canvas."""

import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO

from .. import caps
from ..messages import RefusalError
from .drawings import Drawing
from .embedded import NO_PICTURE, embedded_picture

_DATABASE = b"CHNKSQLi"
_CHUNK = struct.Struct(">8sQ")
_MAX_CHUNKS = 1 << 20
_MAX_DATABASE_BYTES = 256 * caps.MIB
# Instructions of SQLite's machine: reading a row takes some hundred. A view may be a program without end.
_MAX_STEPS = 100_000
_FIND = "SELECT ImageData FROM CanvasPreview WHERE ImageData IS NOT NULL LIMIT 1"


def draw(path: Path, folder: Path) -> Drawing:
    """Raises: RefusalError: the picture exceeds the limits."""
    with path.open("rb") as file:
        database = next((file.read(size) for name, size in _chunks(file) if name == _DATABASE), b"")
    if not database:
        return Drawing(missing=NO_PICTURE)
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(database)
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.set_progress_handler(lambda: True, _MAX_STEPS)
        row = connection.execute(_FIND).fetchone()
    if row is None or not isinstance(row[0], bytes):
        return Drawing(missing=NO_PICTURE)
    return Drawing(picture=embedded_picture(row[0]))


def _chunks(file: IO[bytes]) -> Iterator[tuple[bytes, int]]:
    """Each chunk's name and size; the file stands at its content.

    Raises: RefusalError: the database is too large.
    """
    at = int.from_bytes(file.read(24)[16:], "big")
    for _ in range(_MAX_CHUNKS):
        file.seek(at)
        head = file.read(_CHUNK.size)
        if len(head) < _CHUNK.size:
            return
        name, size = _CHUNK.unpack(head)
        if name == _DATABASE and size > _MAX_DATABASE_BYTES:
            raise RefusalError("too_large", f"Its database is larger than {_MAX_DATABASE_BYTES // caps.MIB} MiB.")
        yield name, size
        at += _CHUNK.size + size
