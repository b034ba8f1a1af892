"""What is known of artworks' bytes: an archive names each one's CRC-32 before its first byte.

Each object is read once in its life, by the first build that needs it or by ``pmd sums``; what is kept holds for as
long as the object has the same size and tag.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from zlib import crc32

import msgspec

from ..assets.asset import key_of
from ..base.database import Connection, Pool, find_all
from ..base.telemetry import log
from ..vault import UNREADABLE, ArtworkUnavailableError, ObjectUnreadableError, Source, Vault
from ..vault.base import Head

# What the library's files are called in the vault; their names say their bytes, and their rows have sums of their own.
ASSETS = "assets/"
READ_AT_ONCE = 4
PAGE = 1000


class Summed(NamedTuple):
    """An artwork in the vault, and its CRC-32; ``is_new`` until somebody has seen it with these size and tag."""

    source: Source
    crc32: int
    is_new: bool = True


class Sum(msgspec.Struct, frozen=True, kw_only=True):
    """An object as it was when it was read."""

    key: str
    size: int
    tag: str
    modified: datetime
    crc32: int


_RECALL = "SELECT key, size, tag, modified, crc32 FROM object_sum WHERE key = ANY($1)"

_KEEP = """
INSERT INTO object_sum (key, size, tag, modified, crc32)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::timestamptz[], $5::bigint[])
    ON CONFLICT (key) DO UPDATE
   SET size = excluded.size, tag = excluded.tag, modified = excluded.modified, crc32 = excluded.crc32
"""

_OF_LIBRARY = """
SELECT path, size_bytes, crc32
  FROM asset
 WHERE user_id = $1 AND hash = ANY($2) AND crc32 IS NOT NULL
"""


async def locate_summed(
    pool: Pool, vault: Vault, *, owner_id: int, art_urls: Sequence[str], look: bool = False
) -> list[Summed | ArtworkUnavailableError]:
    """The file behind each address with its CRC-32, in order, or why there is none; what is not known yet is read.

    Args:
        look: look for each at its store, even where it is known how it was when it was read.

    Raises:
        VaultFaultError: it may pass.
    """
    recalled = await _recall(pool, () if look else vault.keys_of(art_urls))
    heads = {key: Head(size=sum.size, etag=sum.tag, modified=sum.modified) for key, sum in recalled.items()}
    found = await vault.locate_artworks(art_urls, heads)
    sources = {source.key: source for source in found if not isinstance(source, ArtworkUnavailableError)}
    recalled |= await _recall(pool, [key for key in sources if key not in recalled])
    known = {key: recalled[key].crc32 for key, source in sources.items() if _is_same(recalled.get(key), source)}
    if new := [source for key, source in sources.items() if key not in known]:
        known |= await _learn(pool, owner_id, new)
    return [
        source
        if isinstance(source, ArtworkUnavailableError)
        else Summed(source, known[source.key], is_new=not _is_same(recalled.get(source.key), source))
        if source.key in known
        else ArtworkUnavailableError(UNREADABLE)
        for source in found
    ]


def _is_same(sum: Sum | None, source: Source) -> bool:
    return sum is not None and (sum.size, sum.tag) == (source.size, source.tag)


async def _recall(pool: Pool, keys: Sequence[str]) -> dict[str, Sum]:
    return {sum.key: sum for sum in await find_all(pool, Sum, _RECALL, keys)} if keys else {}


async def _learn(pool: Pool, owner_id: int, sources: Sequence[Source]) -> Mapping[str, int]:
    """The CRC-32 of each that can be read, from its row in the library or from its bytes; kept for the next time."""
    hashes = {source.key.rpartition("/")[2].partition(".")[0]: source for source in sources if is_of_library(source)}
    rows = await pool.fetch(_OF_LIBRARY, owner_id, list(hashes)) if hashes else []
    told = {key_of(row["path"]): row for row in rows}
    known = {
        source.key: told[source.key]["crc32"]
        for source in sources
        if source.key in told and told[source.key]["size_bytes"] == source.size
    }
    room = asyncio.Semaphore(READ_AT_ONCE)

    async def read(source: Source) -> None:
        async with room:
            try:
                known[source.key] = await asyncio.to_thread(crc32_of, source)
            except ObjectUnreadableError as error:
                log.warning("artwork_unreadable", error=str(error))

    async with asyncio.TaskGroup() as reading:
        for source in sources:
            if source.key not in known:
                reading.create_task(read(source))
    learnt = [source for source in sources if source.key in known]
    await pool.execute(
        _KEEP,
        [source.key for source in learnt],
        [source.size for source in learnt],
        [source.tag for source in learnt],
        [datetime.fromtimestamp(source.modified, UTC) for source in learnt],
        [known[source.key] for source in learnt],
    )
    return known


def is_of_library(source: Source) -> bool:
    return source.key.startswith(ASSETS)


def crc32_of(source: Source) -> int:
    found = 0
    with source.open() as chunks:
        for chunk in chunks:
            found = crc32(chunk, found)
    return found


async def forget(connection: Connection | Pool, key: str) -> None:
    """Have an object looked at anew before it goes into the next archive."""
    await connection.execute("DELETE FROM object_sum WHERE key = $1", key)


_POSTS = """
SELECT id, owner_id, art_url FROM posts WHERE id > $1 AND art_url IS NOT NULL ORDER BY id LIMIT $2
"""


class Learnt(NamedTuple):
    """How many artworks have a sum now, and how many have none."""

    known: int
    unavailable: int


async def learn_all(pool: Pool, vault: Vault) -> AsyncIterator[Learnt]:
    """Learn every artwork of the vault ahead of the first build, in pages; one ``Learnt`` a page."""
    last = 0
    while rows := await pool.fetch(_POSTS, last, PAGE):
        last = rows[-1]["id"]
        held = [row for row in rows if vault.holds(row["art_url"])]
        known = unavailable = 0
        for owner_id in {row["owner_id"] for row in held}:
            art_urls = [row["art_url"] for row in held if row["owner_id"] == owner_id]
            for each in await locate_summed(pool, vault, owner_id=owner_id, art_urls=art_urls):
                known, unavailable = known + isinstance(each, Summed), unavailable + (not isinstance(each, Summed))
        yield Learnt(known, unavailable)
