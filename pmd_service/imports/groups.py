"""Making what an archive has, some at a time. Files are probed in the media child, like uploads.

In a thread: writing an entry of the archive in one hop.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import TypeVar

from ..assets.allowance import read_allowance
from ..assets.hashing import Digest
from ..desk.imported import TOO_MANY_DRAFTS
from ..library.new_posts import too_large
from ..media.child import fault_of
from ..media.messages import Faulted, Refused
from ..media.probe import Candidate, preview_folder, probe_files
from .archive import entry_chunks
from .drafts import beyond_limit, make_drafts, of_library
from .files import FULL, make_files
from .items import DraftItem, FileItem, Item, PackItem, PostItem, SeriesItem, SettingItem
from .listing import Entry, EntryDamagedError
from .making import Made, Making, Planned, Taken, failed_item, name_of, only_a_file
from .packs import make_pack
from .posts import make_posts
from .settings import make_one_series, make_setting

T = TypeVar("T", SeriesItem, PackItem, SettingItem)
# A post's file before its metadata is removed, by the bytes that a post may have.
MAX_METADATA_TIMES = 4


async def make_group(making: Making, group: Sequence[Planned]) -> None:
    """Make these.

    Raises:
        LeaseLostError: the import has been cancelled meanwhile.
        VaultFaultError, ChildFaultError, SweptAwayError: may pass; what was made is recorded.
    """
    beyond = await beyond_limit(making, group)
    await making.record([failed_item(each.number, TOO_MANY_DRAFTS) for each in beyond])
    group = [each for each in group if each not in beyond]
    there = await of_library(making, group)
    with_bytes = [each for each in group if isinstance(each.item, FileItem | PostItem) and each not in there]
    await _make_each(making, group, SeriesItem, make_one_series)
    await _make_from_bytes(making, with_bytes)
    await _make_each(making, group, PackItem, make_pack)
    await make_drafts(making, [*there, *(each for each in group if isinstance(each.item, DraftItem))])
    await _make_each(making, group, SettingItem, make_setting)


async def _make_each(
    making: Making, group: Sequence[Planned], kind: type[T], make: Callable[[Making, Planned, T], Awaitable[None]]
) -> None:
    for each in group:
        if isinstance(each.item, kind):
            await make(making, each, each.item)


async def _make_from_bytes(making: Making, group: Sequence[Planned]) -> None:
    if not group:
        return
    async with making.worker.vault.scratch() as folder:
        taken, failed = await _take(making, group, folder)
        await making.record(failed)
        if files := [each for each in taken if _becomes_file(making, each.planned.item)]:
            await make_files(making, files)
        if posts := [each for each in taken if not _becomes_file(making, each.planned.item)]:
            await make_posts(making, posts, folder)


def _becomes_file(making: Making, item: Item) -> bool:
    is_chosen = isinstance(item, FileItem) or making.choices.posts_as != "posts"
    return is_chosen or only_a_file(making.settings, item) is not None


async def _take(making: Making, group: Sequence[Planned], folder: Path) -> tuple[list[Taken], list[Made]]:
    """Unpack and probe them; the second list are those that cannot be, each with its reason."""
    unpacked: list[tuple[Planned, Path, Digest]] = []
    failed: list[Made] = []
    previews = folder / "previews"
    previews.mkdir()
    left = (await read_allowance(making.worker.pool, making.settings, user_id=making.user_id)).left_bytes
    for each in group:
        path, size = folder / str(each.number), each.item.entry.size  # type: ignore[union-attr]
        # Before it is unpacked: a small archive may claim terabytes.
        if _becomes_file(making, each.item):
            left -= size
            refusal = ("full", FULL) if left < 0 else None
        else:
            is_too_large = size > MAX_METADATA_TIMES * making.settings.post_max_bytes
            refusal = too_large(size, making.settings) if is_too_large else None
        if refusal is not None:
            failed.append(failed_item(each.number, refusal[1]))
            continue
        try:
            digest = await asyncio.to_thread(_unpack, making.archive, each.item.entry, path)  # type: ignore[union-attr]
            if each.item.sha256 not in (None, digest.sha256.hexdigest()):  # type: ignore[union-attr]
                raise EntryDamagedError("Its bytes are not those that the archive names.")
        except EntryDamagedError as error:
            failed.append(failed_item(each.number, str(error)))
        else:
            unpacked.append((each, path, digest))
    candidates = [Candidate(path, name_of(each.item)) for each, path, _ in unpacked]
    taken: list[Taken] = []
    async with aclosing(probe_files(candidates, previews, spare=making.worker.spare)) as answers:
        place = 0
        async for answer in answers:
            each, path, digest = unpacked[place]
            if isinstance(answer, Faulted):
                raise fault_of(answer)
            if isinstance(answer, Refused):
                failed.append(failed_item(each.number, answer.message))
            else:
                found = Taken(
                    planned=each,
                    path=path,
                    sha256=digest.sha256.hexdigest(),
                    crc32=digest.crc32,
                    previews=preview_folder(previews, place),
                    probed=answer,
                )
                taken.append(found)
            place += 1
    return taken, failed


def _unpack(archive: Path, entry: Entry, target: Path) -> Digest:
    """Blocks. Raises: EntryDamagedError."""
    digest = Digest()
    with archive.open("rb") as source, target.open("wb") as file:
        for chunk in entry_chunks(source, entry):
            digest.update([chunk])
            file.write(chunk)
    return digest
