"""The SHA-256 of an archive's files, where the archive does not name it, of those alone that may be there twice.

They have the size, and the CRC-32, of a file of the library, or of one before them in the archive. A small archive may
claim terabytes: no more is read than a library may have.

In a thread: reading an entry of the archive in one hop.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TypeAlias

import msgspec

from ..assets.hashing import Digest
from ..base.database import Pool
from .archive import entry_chunks
from .items import FileItem, Item, PostItem
from .listing import IN_TAR, Entry, EntryDamagedError

_File: TypeAlias = FileItem | PostItem

_SAME_SIZES = """
SELECT size_bytes, array_agg(crc32) FROM asset
 WHERE user_id = $1 AND size_bytes = ANY ($2) AND deleted_at IS NULL
 GROUP BY size_bytes
"""
_ITEMS = "SELECT item FROM import_item WHERE import_id = $1 AND number = ANY ($2)"


class KnownBytes:
    """``hashes`` are those of the files before the ones that are asked for, as far as they are known."""

    def __init__(self, pool: Pool, archive: Path, *, import_id: int, user_id: int, max_bytes: int) -> None:
        self.hashes: set[str] = set()
        self._left = max_bytes
        self._pool = pool
        self._archive = archive
        self._import_id = import_id
        self._user_id = user_id
        self._seen: dict[int, int | None] = {}  # the first item of each size and CRC-32; None if its hash is known

    async def find(self, files: Mapping[int, _File]) -> Mapping[int, str]:
        """By the items' numbers. Those before them are in the report already."""
        sums = {number: hash((item.entry.size, item.entry.crc32)) for number, item in files.items()}
        sizes = [item.entry.size for item in files.values()]
        known = dict(map(tuple, await self._pool.fetch(_SAME_SIZES, self._user_id, sizes)))
        await self._find_first({self._seen[each] for each in sums.values() if each in self._seen} - {None})
        times = Counter([*self._seen.keys() & sums.values(), *sums.values()])
        like = [number for number, item in files.items() if times[sums[number]] > 1 or _may_be(item.entry, known)]
        found = {number: await self._hash(files[number].entry) for number in like}
        self._seen |= {each: None if times[each] > 1 else number for number, each in sums.items()}
        return {number: content_hash for number, content_hash in found.items() if content_hash is not None}

    async def _find_first(self, numbers: Collection[int | None]) -> None:
        for row in await self._pool.fetch(_ITEMS, self._import_id, numbers) if numbers else []:
            item = msgspec.convert(row["item"], Item)
            assert isinstance(item, _File)
            if (content_hash := await self._hash(item.entry)) is not None:
                self.hashes.add(content_hash)

    async def _hash(self, entry: Entry) -> str | None:
        """None if it is damaged, which the import says, or is too much to read."""
        self._left -= entry.size
        if self._left < 0:
            return None
        return await asyncio.to_thread(_hash_of, self._archive, entry)


def _may_be(entry: Entry, known: Mapping[int, Collection[int | None]]) -> bool:
    checksums = known.get(entry.size, ())
    return bool(checksums) and (entry.method == IN_TAR or None in checksums or entry.crc32 in checksums)


def _hash_of(archive: Path, entry: Entry) -> str | None:
    digest = Digest()
    try:
        with archive.open("rb") as file:
            digest.update(entry_chunks(file, entry))
    except EntryDamagedError:
        return None
    return digest.sha256.hexdigest()
