"""``pmd-admin vault copy``: everything of one vault into another, while the service runs.

An object is in the target whole or not at all, so an interrupted copy resumes. A copy of the same size that is clearly
younger than its source counts as current; one of about the same age is compared with it. Each new copy is read back,
and removed if its source has changed meanwhile. Partial uploads, which are still changing, are left out.

In a thread: reading, hashing and writing in one hop, and the fsync of a part file.
"""

import asyncio
import hashlib
from collections.abc import Callable

import msgspec

from .base import Found, Source, VaultFaultError
from .keys import INCOMING
from .vault import Vault

MAX_CONCURRENT = 4
# The tolerated clock skew between two stores, including a store's rounding to seconds.
CLOCK_SKEW_SECONDS = 60.0


class DifferentError(Exception):
    """The copy differs from its source."""


class Copied(msgspec.Struct, kw_only=True):
    """Counts of a copy; ``there`` were current, ``vanished`` were removed from the source meanwhile."""

    copied: int = 0
    bytes: int = 0
    there: int = 0
    vanished: int = 0
    failed: int = 0


async def copy_vault(
    source: Vault, target: Vault, *, verify: bool = False, report: Callable[[str], None] = lambda _: None
) -> Copied:
    """Copy what the target lacks.

    Args:
        verify: also read and compare the copies that count as current.
        report: called with a message about each object that could not be copied.

    Raises:
        VaultFaultError: the source cannot be listed, or the target cannot be written at all.
    """
    done = Copied()
    room = asyncio.Semaphore(MAX_CONCURRENT)

    async def one(found: Found) -> None:
        async with room:
            try:
                await _copy(source, target, found, done, verify=verify)
            except (VaultFaultError, DifferentError, ValueError, OSError) as error:
                done.failed += 1
                report(f"{found.key}: {error}")

    async for page in source.list(""):
        await target.check()  # an unavailable target is one error, not one for each object
        async with asyncio.TaskGroup() as group:
            for found in page:
                if found.key.partition("/")[0] != INCOMING and not found.key.startswith("."):
                    group.create_task(one(found))
    return done


async def _copy(source: Vault, target: Vault, found: Found, done: Copied, *, verify: bool) -> None:
    origin = await source.find(found.key)
    if origin is None:
        done.vanished += 1
        return
    there = await target.find(found.key)
    if there is not None and there.size == origin.size:
        is_younger = there.modified > origin.modified + CLOCK_SKEW_SECONDS
        if (is_younger and not verify) or await digest_of(there) == await digest_of(origin):
            done.there += 1
            return
    part = await target.begin(found.key)
    try:
        written = await asyncio.to_thread(_write, origin, part.write)
        stored = await asyncio.to_thread(part.seal)
    finally:
        await asyncio.to_thread(part.abort)
    copy = await target.find(found.key)
    if copy is None or await digest_of(copy) != written:
        await target.remove(found.key)
        raise DifferentError("the copy reads back differently than it was written, and was removed")
    # Any later change is younger than the copy.
    now = await source.find(found.key)
    if now is None:
        await target.remove(found.key)
        done.vanished += 1
        return
    if now.tag != origin.tag:
        await target.remove(found.key)
        raise DifferentError("it changed while it was copied; please copy again")
    done.copied += 1
    done.bytes += stored.size


def _write(source: Source, write: Callable[[bytes], None]) -> str:
    """Write the source's bytes; returns their SHA-256."""
    digest = hashlib.sha256()
    with source.open() as chunks:
        for chunk in chunks:
            digest.update(chunk)
            write(chunk)
    return digest.hexdigest()


async def digest_of(source: Source) -> str:
    """The SHA-256 of an object's bytes, read from its store.

    Raises:
        VaultFaultError, OSError: it cannot be read.
    """
    return await asyncio.to_thread(_write, source, lambda _: None)
