"""A pack's files without what they say beside their contents (its ``marks`` are ``strip``).

They are nobody's objects: their bytes lie in the edition's own archive. A file that says nothing is left as it is.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from pathlib import Path

import msgspec

from ..archive.sums import Summed
from ..assets.allowance import read_allowance
from ..assets.asset import key_of
from ..assets.disk import promised
from ..assets.hashing import CHUNK_BYTES, hash_file
from ..media.messages import Refused
from ..media.stripping import LEFT_AS_THEY_ARE, Given, strip_files
from ..vault import Vault
from ..work.context import WorkerContext
from ..work.kind import PermanentError
from .contents import Edition, Entry
from .licensing import PackFile

# In one child, each lent from the vault meanwhile.
AT_ONCE = 32


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """A stripped copy as a source of an archive; ``path`` lasts as long as the build's folder."""

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
    """An edition as it is packed: what its documents say of the files is true of the copies."""

    edition: Edition
    located: Sequence[Summed]


@asynccontextmanager
async def stripped(
    worker: WorkerContext, user_id: int, edition: Edition, located: Sequence[Summed]
) -> AsyncIterator[Ready]:
    """Copies of all files, for as long as the block lasts.

    Raises:
        PermanentError: there is no room for them, or one cannot be had without what it says; the message names it.
        OSError: the disk has no room just now.
        ChildFaultError, VaultFaultError: it may pass.
    """
    await _require_room(worker, user_id, edition.size_bytes)
    free = await worker.vault.free_bytes()
    # Once in the folder, and once in the archive.
    async with promised(worker.pool, size_bytes=2 * edition.size_bytes, free=free), worker.vault.scratch() as folder:
        ready = Ready(edition, located)
        for first in range(0, len(edition.entries), AT_ONCE):
            some = enumerate(edition.entries[first : first + AT_ONCE], first)
            places = [place for place, entry in some if not _is_left(entry.file)]
            ready = _with(ready, await _strip(worker.vault, ready, places, folder / str(first)))
        yield ready


async def _require_room(worker: WorkerContext, user_id: int, size_bytes: int) -> None:
    allowance = await read_allowance(worker.pool, worker.settings, user_id=user_id)
    if size_bytes > allowance.left_bytes:
        raise PermanentError(
            f"Copies that tell nothing take {size_bytes:,} bytes, and your library has room for "
            f"{allowance.left_bytes:,} more. Files that are packed as they are take none.",
            "allowance",
        )


def _is_left(file: PackFile) -> bool:
    """Companions go as they are, whatever stands in them: nothing here opens them."""
    return file.type == "other" or file.file_format in LEFT_AS_THEY_ARE


async def _strip(vault: Vault, ready: Ready, places: Sequence[int], folder: Path) -> Mapping[int, tuple[Entry, Summed]]:
    """The entries of these places that are others when they tell nothing, with their copies."""
    entries = [ready.edition.entries[place] for place in places]
    files = [Given(key_of(entry.file.path), entry.file.file_format) for entry in entries]
    await asyncio.to_thread(folder.mkdir)
    changed = {}
    async with aclosing(strip_files(vault, files, folder)) as copies:
        async for copy in copies:
            if isinstance(copy, Refused):
                name = entries[copy.item].file.name
                raise PermanentError(f"“{name}” cannot be packed without what it tells: {copy.message}", copy.code)
            entry, path = entries[copy.place], copy.path
            packed = await asyncio.to_thread(_measured, entry, path, ready.located[places[copy.place]])
            if packed is None:
                await asyncio.to_thread(path.unlink)
            else:
                changed[places[copy.place]] = packed
    return changed


def _measured(entry: Entry, path: Path, original: Summed) -> tuple[Entry, Summed] | None:
    """What is known of a copy; None where it is the file itself. Blocks."""
    content_hash, crc32 = hash_file(path)
    if content_hash == entry.file.hash:
        return None
    size, modified = path.stat().st_size, original.source.modified
    file = msgspec.structs.replace(entry.file, hash=content_hash, crc32=crc32, size_bytes=size)
    copy = Copy(path=path, key=original.source.key, size=size, tag=content_hash, modified=modified)
    return msgspec.structs.replace(entry, file=file), Summed(copy, crc32)


def _with(ready: Ready, changed: Mapping[int, tuple[Entry, Summed]]) -> Ready:
    entries, located = list(ready.edition.entries), list(ready.located)
    for place, (entry, summed) in changed.items():
        entries[place], located[place] = entry, summed
    return Ready(msgspec.structs.replace(ready.edition, entries=entries), located)
