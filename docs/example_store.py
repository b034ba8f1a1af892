"""A store of objects in one SQLite file: all that a new kind of storage has to implement.

The store's tests run on it as well (``tests/vault``). It has none of the optional abilities of
``pmd_service/vault/store.py``; a store that can do more implements those protocols beside this one.
"""

import asyncio
import hashlib
import sqlite3
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pmd_service.vault import Found, Head, ObjectUnreadableError, Stored, Take, Vault, VaultFaultError

_PUT = """
INSERT INTO object (key, data, tag, modified) VALUES (?, ?, ?, ?)
    ON CONFLICT (key) DO UPDATE SET data = excluded.data, tag = excluded.tag, modified = excluded.modified
"""
_LIST = """
SELECT key, length(data), modified FROM object WHERE key > ? AND substr(key, 1, ?) = ? ORDER BY key LIMIT ?
"""
PAGE = 1000


class SQLiteStore:
    """Objects as rows, each written by one transaction: SQLite syncs it to the disk."""

    def __init__(self, path: Path) -> None:
        self.name = f"SQLite file {path}"
        self._path = path
        self._query("CREATE TABLE IF NOT EXISTS object (key text PRIMARY KEY, data blob, tag text, modified real)")

    def _query(self, statement: str, *values: object) -> list[Any]:
        """Run one statement in a transaction; blocks."""
        try:
            with closing(sqlite3.connect(self._path)) as connection, connection:
                return connection.execute(statement, values).fetchall()
        except sqlite3.Error as error:  # a full disk, a lock that is not released: it may succeed later
            raise VaultFaultError(f"{self.name}: {error}.") from error

    async def check(self) -> None:
        await asyncio.to_thread(self._query, "SELECT 1 FROM object LIMIT 1")

    async def put(self, key: str, source: Path | bytes, *, lasting: bool = True) -> Stored:
        def put() -> Stored:
            data = source if isinstance(source, bytes) else source.read_bytes()
            tag = hashlib.sha256(data).hexdigest()
            self._query(_PUT, key, data, tag, time.time())
            return Stored(key=key, size=len(data), etag=tag)

        return await asyncio.to_thread(put)

    async def head(self, key: str, first: int = 0) -> Head | None:
        statement = "SELECT length(data), tag, modified FROM object WHERE key = ?"
        rows = await asyncio.to_thread(self._query, statement, key)
        return None if not rows else Head(size=rows[0][0], etag=rows[0][1], modified=_time(rows[0][2]))

    @asynccontextmanager
    async def read(self, key: str, head: Head | None = None, positions: range | None = None) -> AsyncIterator[Take]:
        rows = await asyncio.to_thread(self._query, "SELECT data, tag FROM object WHERE key = ?", key)
        if not rows or (head is not None and rows[0][1] != head.etag):
            raise ObjectUnreadableError(key, "is missing or has changed")
        data = rows[0][0] if positions is None else rows[0][0][positions.start : positions.stop]
        at = 0

        async def take(max_bytes: int) -> bytes:
            nonlocal at
            taken: bytes = data[at:] if max_bytes < 0 else data[at : at + max_bytes]
            at += len(taken)
            return taken

        yield take

    async def delete(self, key: str, *, unfinished: bool = False) -> None:
        await asyncio.to_thread(self._query, "DELETE FROM object WHERE key = ?", key)

    async def list(self, prefix: str) -> AsyncIterator[Sequence[Found]]:
        last = ""
        while rows := await asyncio.to_thread(self._query, _LIST, last, len(prefix), prefix, PAGE):
            yield [Found(key=key, size=size, age=time.time() - modified) for key, size, modified in rows]
            last = rows[-1][0]


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def sqlite_vault(path: Path, scratch: Path) -> Vault:
    """The vault on a SQLite file. The settings choose a store in ``pmd_service/vault/opened.py``."""
    return Vault(SQLiteStore(path), scratch)
