"""The checksums of an archive as it is downloaded, computed in the background.

In a thread: reading and hashing at given places (``os.pread``, which aiofiles lacks).
"""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing

from ..assets.hashing import Digest
from ..base.database import Pool
from ..vault.base import ObjectUnreadableError, Slice, Stored
from ..vault.vault import Vault
from .retag import with_current_tags
from .sparse import SUFFIX, SparseArchive
from .sums import Sums, is_of_library

CHUNK_BYTES = 1 << 20


async def digest_of(pool: Pool, vault: Vault, archive: Stored) -> Sums:
    """Read the whole archive once, in chunks, and rest after each for as long as it took.

    The store and the processor are thus free for half of the time, whatever the archive's size.

    Raises:
        ObjectUnreadableError: the archive, or a source of it, is missing or has changed.
        VaultFaultError, OSError: the vault is unavailable.
    """
    digest, began = Digest(), time.perf_counter()
    async with aclosing(chunks_of(vault, await pieces_of(pool, vault, archive))) as chunks:
        async for chunk in chunks:
            await asyncio.to_thread(digest.update, [chunk])
            await asyncio.sleep(time.perf_counter() - began)
            began = time.perf_counter()
    if digest.size != archive.size:
        raise ObjectUnreadableError(archive.key, f"has {digest.size} bytes instead of {archive.size}")
    return Sums(digest.crc32, digest.sha256.hexdigest())


async def pieces_of(pool: Pool, vault: Vault, archive: Stored) -> Iterable[bytes | Slice]:
    """The archive's bytes in order: its own, and those of the objects that it refers to.

    Raises:
        ObjectUnreadableError: the archive, or a source of it, is missing or has changed.
        VaultFaultError: the vault is unavailable.
    """
    everything = range(archive.size)
    if not archive.key.endswith(SUFFIX):
        return [Slice(key=archive.key, positions=everything)]
    sparse = await SparseArchive.load(vault, archive.key)
    if sparse is None:
        raise ObjectUnreadableError(archive.key, "is missing")
    try:
        await vault.require_unchanged(sparse.references(everything))
    except ObjectUnreadableError as error:
        if not is_of_library(error.key):
            raise
        sparse = await with_current_tags(pool, vault, sparse)
    return sparse.pieces(everything)


async def chunks_of(vault: Vault, pieces: Iterable[bytes | Slice]) -> AsyncGenerator[bytes]:
    """The pieces' bytes in order, in memory one chunk at a time."""
    async with aclosing(vault.stream(pieces)) as streamed:
        async for each in streamed:
            if isinstance(each, bytes):
                yield each
                continue
            end = each.start + each.size
            for at in range(each.start, end, CHUNK_BYTES):
                yield await asyncio.to_thread(os.pread, each.file.fileno(), min(CHUNK_BYTES, end - at), at)
