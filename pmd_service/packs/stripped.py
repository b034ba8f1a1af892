"""Copies of a pack's files without personal metadata (its ``marks`` are ``strip``).

The edition's archive contains their bytes literally. Files without such metadata are used as they are.

In a thread: reading and hashing a file in one hop.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from pathlib import Path

import aiofiles.os
import msgspec

from ..archive.sums import Summed
from ..assets.allowance import read_allowance
from ..assets.asset import key_of
from ..assets.disk import reserve_disk
from ..assets.hashing import CHUNK_BYTES, hash_file
from ..media.child import fault_of
from ..media.messages import Faulted, Refused
from ..media.stripping import LEFT_AS_THEY_ARE, Given, strip_files
from ..vault import Vault
from ..work.context import WorkerContext
from ..work.kind import PermanentError
from .contents import Edition, Entry
from .licensing import PackFile

# Files for one child, each opened from the vault meanwhile.
BATCH = 32
# A packet of XMP, with what its format needs around it.
STATED_BYTES = 2048


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """A stripped copy as a source of an archive, in the build's scratch folder."""

    path: Path
    key: str
    size: int
    tag: str
    modified: float

    @contextmanager
    def open(self) -> Iterator[Iterator[bytes]]:
        with self.path.open("rb") as file:
            yield iter(lambda: file.read(CHUNK_BYTES), b"")


class Ready(msgspec.Struct, frozen=True):
    """An edition as it is packed, with the copies' sizes and hashes."""

    edition: Edition
    located: Sequence[Summed]


@asynccontextmanager
async def stripped(
    worker: WorkerContext, user_id: int, edition: Edition, located: Sequence[Summed]
) -> AsyncIterator[Ready]:
    """The edition with stripped copies, within the block.

    Raises:
        PermanentError: the user's allowance is too small, or a file cannot be stripped; the message names it.
        OSError: the disk is full.
        ChildFaultError, VaultFaultError: a temporary fault.
    """
    await _require_room(worker, user_id, _copies_bytes(edition))
    free = await worker.vault.free_bytes()
    # In the scratch folder, and in the archive.
    async with (
        reserve_disk(worker.pool, size_bytes=2 * _copies_bytes(edition), free=free),
        worker.vault.scratch() as folder,
    ):
        ready = Ready(edition, located)
        for first in range(0, len(edition.entries), BATCH):
            some = enumerate(edition.entries[first : first + BATCH], first)
            places = [place for place, entry in some if not _is_left(entry.file)]
            ready = _with(ready, await _strip(worker.vault, ready, places, folder / str(first)))
        yield ready


def _copies_bytes(edition: Edition) -> int:
    """What copies need at most: as much as the files, and what they are to say."""
    return edition.size_bytes + STATED_BYTES * sum(entry.file.rights.is_stated for entry in edition.entries)


async def _require_room(worker: WorkerContext, user_id: int, size_bytes: int) -> None:
    allowance = await read_allowance(worker.pool, worker.settings, user_id=user_id)
    if size_bytes > allowance.left_bytes:
        raise PermanentError(
            f"Copies without personal metadata need {size_bytes:,} bytes, and your library has room for "
            f"{allowance.left_bytes:,} more. Packing the files as they are needs none.",
            "allowance",
        )


def _is_left(file: PackFile) -> bool:
    """Companions are packed as they are: nothing here parses them."""
    return file.type == "other" or file.file_format in LEFT_AS_THEY_ARE


async def _strip(vault: Vault, ready: Ready, places: Sequence[int], folder: Path) -> Mapping[int, tuple[Entry, Summed]]:
    """The entries of these places that stripping changes, with their copies."""
    entries = [ready.edition.entries[place] for place in places]
    files = [Given(key_of(entry.file.path), entry.file.file_format, entry.file.rights) for entry in entries]
    await aiofiles.os.mkdir(folder)
    changed = {}
    async with aclosing(strip_files(vault, files, folder)) as copies:
        async for copy in copies:
            if isinstance(copy, Faulted):
                raise fault_of(copy)
            if isinstance(copy, Refused):
                name = entries[copy.item].file.name
                raise PermanentError(f"“{name}” cannot be packed without its metadata: {copy.message}", copy.code)
            path = copy.path
            entry = msgspec.structs.replace(entries[copy.place], says_rights=copy.says_rights)
            packed = await asyncio.to_thread(_measured, entry, path, ready.located[places[copy.place]])
            if packed is None:
                await aiofiles.os.unlink(path)
            else:
                changed[places[copy.place]] = packed
    return changed


def _measured(entry: Entry, path: Path, original: Summed) -> tuple[Entry, Summed] | None:
    """The entry for a copy; None if the copy is identical. Blocks."""
    content_hash, crc32 = hash_file(path)
    if content_hash == entry.file.hash:
        return None
    size, modified = path.stat().st_size, original.source.modified
    file = msgspec.structs.replace(entry.file, hash=content_hash, crc32=crc32, size_bytes=size)
    copy = Copy(path=path, key=original.source.key, size=size, tag=content_hash, modified=modified)
    return msgspec.structs.replace(entry, file=file), Summed(copy, crc32, content_hash)


def _with(ready: Ready, changed: Mapping[int, tuple[Entry, Summed]]) -> Ready:
    entries, located = list(ready.edition.entries), list(ready.located)
    for place, (entry, summed) in changed.items():
        entries[place], located[place] = entry, summed
    return Ready(msgspec.structs.replace(ready.edition, entries=entries), located)
