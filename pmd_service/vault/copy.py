"""``pmd vault copy``: everything of one vault into another, while the service runs.

An object is in the target whole or not at all, so a copy that was interrupted goes on where it ended. A copy of the
same size that is clearly younger than its source is taken for current; one of about the same age is compared with it.
Each new copy is read back, and what has changed or gone while it was copied does not stay. Half-received uploads are
left out, for they change while they are copied.
"""

import asyncio
import hashlib
from collections.abc import Callable

import msgspec

from .base import Found, Source, VaultFaultError
from .keys import INCOMING
from .vault import Vault

MAX_CONCURRENT = 4
# How far the clocks of two stores may be apart, and the seconds in which a store rounds its times.
CLOCKS_DIFFER_SECONDS = 60.0


class DifferentError(Exception):
    """The copy is not what its source is."""


class Copied(msgspec.Struct, kw_only=True):
    """What a copy has done; ``vanished`` were removed from the source meanwhile."""

    copied: int = 0
    bytes: int = 0
    there: int = 0
    vanished: int = 0
    failed: int = 0


async def copy_vault(
    source: Vault, target: Vault, *, verify: bool = False, told: Callable[[str], None] = lambda _: None
) -> Copied:
    """Copy what the target lacks.

    Args:
        verify: read and compare also the copies that are taken for current.
        told: is called with a message about each object that could not be copied.

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
                told(f"{found.key}: {error}")

    async for page in source.list(""):
        await target.check()  # a target that is away is one sentence, and not one about each object
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
        is_younger = there.modified > origin.modified + CLOCKS_DIFFER_SECONDS
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
        raise DifferentError("what was read back is not what was written; it was removed again")
    # Later changes are younger than the copy.
    now = await source.find(found.key)
    if now is None:
        await target.remove(found.key)
        done.vanished += 1
        return
    if now.tag != origin.tag:
        await target.remove(found.key)
        raise DifferentError("has changed while it was copied; copy again")
    done.copied += 1
    done.bytes += stored.size


def _write(source: Source, write: Callable[[bytes], None]) -> str:
    """Write the source's bytes, and their digest."""
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
