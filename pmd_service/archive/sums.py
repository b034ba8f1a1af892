"""Known checksums of artworks: a ZIP's local header needs the CRC-32 before the data, and takeouts list the SHA-256.

Each object is read once, by the first build that needs it or by ``pmd-admin sums``; its sum is valid while it has the
same size and tag. The library's files are named by their SHA-256, which the same read verifies.

In a thread: reading a file and its CRC-32 in one hop.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from typing import NamedTuple, TypeAlias

from ..assets.hashing import Digest
from ..base.database import Connection, Pool, find_all, find_values
from ..base.telemetry import log
from ..locales import translatable
from ..vault import UNREADABLE, ArtworkUnavailableError, ObjectUnreadableError, Source, Vault, VaultFaultError
from ..vault.base import Head

MAX_CONCURRENT_READS = 4
PAGE = 1000
OTHER_BYTES = translatable("The file's bytes are not those that were uploaded.")

_OF_LIBRARY = re.compile(r"assets/[^/]+/(?P<hash>[0-9a-f]{64})\.\w+")


class Sums(NamedTuple):
    """The checksums of some bytes; ``sha256`` in hex."""

    crc32: int
    sha256: str


class Summed(NamedTuple):
    """An artwork in the vault with its checksums."""

    source: Source
    crc32: int
    sha256: str


Located: TypeAlias = Summed | ArtworkUnavailableError


class Sum(Head, frozen=True, kw_only=True):
    """An object's metadata when it was read, and its checksums."""

    key: str
    crc32: int
    sha256: str


_RECALL = "SELECT key, size, tag AS etag, modified, crc32, sha256 FROM object_sum WHERE key = ANY($1)"

_KNOWN = "SELECT key FROM object_sum WHERE key = ANY($1)"

_FORGET_CHANGED = """
DELETE FROM object_sum
 WHERE key = ANY($1)
   AND (key, size, tag) NOT IN (SELECT * FROM unnest($2::text[], $3::bigint[], $4::text[]))
"""

_KEEP = """
INSERT INTO object_sum (key, size, tag, modified, crc32, sha256)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::timestamptz[], $5::bigint[], $6::text[])
    ON CONFLICT (key) DO UPDATE
   SET size = excluded.size, tag = excluded.tag, modified = excluded.modified, crc32 = excluded.crc32,
       sha256 = excluded.sha256
"""


async def locate_summed(pool: Pool, vault: Vault, art_urls: Sequence[str]) -> list[Located]:
    """The file behind each address with its checksums, in order, or why there is none; unknown ones are read.

    Known objects of an object store are not requested again: ``forget_changed`` does that.

    Raises:
        VaultFaultError: the vault is unavailable.
    """
    recalled = await _recall(pool, vault.keys_of(art_urls))
    found = await vault.locate_artworks(art_urls, recalled)
    sources = {source.key: source for source in found if not isinstance(source, ArtworkUnavailableError)}
    recalled |= await _recall(pool, [key for key in sources if key not in recalled])
    known: dict[str, Located] = {
        key: Summed(source, recalled[key].crc32, recalled[key].sha256)
        for key, source in sources.items()
        if key in recalled and (recalled[key].size, recalled[key].etag) == (source.size, source.tag)
    }
    if new := [source for key, source in sources.items() if key not in known]:
        known |= await _compute(pool, new)
    return [each if isinstance(each, ArtworkUnavailableError) else known[each.key] for each in found]


async def _recall(pool: Pool, keys: Sequence[str]) -> dict[str, Sum]:
    return {sum.key: sum for sum in await find_all(pool, Sum, _RECALL, keys)} if keys else {}


async def _compute(pool: Pool, sources: Sequence[Source]) -> Mapping[str, Located]:
    """Read each of them, and store the sums."""
    room = asyncio.Semaphore(MAX_CONCURRENT_READS)

    async def read(source: Source) -> Located:
        async with room:
            try:
                return Summed(source, *await asyncio.to_thread(read_sums, source))
            except ObjectUnreadableError as error:
                log.warning("artwork_unreadable", error=str(error))
                return ArtworkUnavailableError(UNREADABLE)
            except OtherBytesError:
                log.error("library_file_has_other_bytes", key=source.key)
                return ArtworkUnavailableError(OTHER_BYTES)

    try:
        async with asyncio.TaskGroup() as group:
            reading = [group.create_task(read(source)) for source in sources]
    except* (VaultFaultError, OSError) as faults:
        # The first one stands for all: callers expect a single error.
        raise VaultFaultError(str(faults.exceptions[0])) from faults
    learnt = [each for task in reading if isinstance(each := task.result(), Summed)]
    await pool.execute(
        _KEEP,
        [each.source.key for each in learnt],
        [each.source.size for each in learnt],
        [each.source.tag for each in learnt],
        [datetime.fromtimestamp(each.source.modified, UTC) for each in learnt],
        [each.crc32 for each in learnt],
        [each.sha256 for each in learnt],
    )
    return {source.key: task.result() for source, task in zip(sources, reading, strict=True)}


class OtherBytesError(Exception):
    """A file of the library does not have the hash in its name."""


def read_sums(source: Source) -> Sums:
    """Read all of an object; blocks.

    Raises:
        ObjectUnreadableError: it cannot be read.
        OtherBytesError: it does not have the hash in its name.
        OSError, VaultFaultError: the vault is unavailable.
    """
    named, digest = _OF_LIBRARY.fullmatch(source.key), Digest()
    with source.open() as chunks:
        digest.update(chunks)
    sums = Sums(digest.crc32, digest.sha256.hexdigest())
    if named and sums.sha256 != named["hash"]:
        raise OtherBytesError
    return sums


def is_of_library(key: str) -> bool:
    return _OF_LIBRARY.fullmatch(key) is not None


async def forget_changed(pool: Pool, vault: Vault, art_urls: Sequence[str]) -> None:
    """Compare the known sums of these artworks with an object store, and delete those that are out of date.

    Does nothing on a file vault, which compares them whenever they are used.

    Raises:
        VaultFaultError: the vault is unavailable.
    """
    known = await find_values(pool, _KNOWN, vault.keys_of(art_urls))
    if not known:
        return
    async with aclosing(vault.heads(known)) as pages:
        async for page in pages:
            there = {key: head for key, head in page.items() if head is not None}
            sizes, tags = [head.size for head in there.values()], [head.etag for head in there.values()]
            await pool.execute(_FORGET_CHANGED, list(page), list(there), sizes, tags)


async def forget(connection: Connection | Pool, key: str) -> None:
    """Have an object read again by the next build."""
    await connection.execute("DELETE FROM object_sum WHERE key = $1", key)


_POSTS = """
SELECT id, art_url FROM posts WHERE id > $1 AND art_url IS NOT NULL ORDER BY id LIMIT $2
"""


class Computed(NamedTuple):
    """How many artworks of a page have a sum now, and how many cannot be read."""

    known: int
    unavailable: int


async def compute_all(pool: Pool, vault: Vault) -> AsyncIterator[Computed]:
    """Compute the sums of all artworks in the vault ahead of the first build, in pages; one ``Computed`` a page."""
    last = 0
    while rows := await pool.fetch(_POSTS, last, PAGE):
        last = rows[-1]["id"]
        art_urls = [row["art_url"] for row in rows if vault.holds(row["art_url"])]
        await forget_changed(pool, vault, art_urls)
        located = await locate_summed(pool, vault, art_urls)
        known = sum(isinstance(each, Summed) for each in located)
        yield Computed(known, len(located) - known)
