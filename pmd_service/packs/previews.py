"""Preview pictures of a pack, drawn in the media child from its files' previews (LIBRARY section 5).

In a thread: small files, each read or written by several system calls in one hop.
"""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import aiofiles.os

from ..assets.asset import key_of, nearest_preview
from ..assets.pack_pictures import FIRST
from ..base.telemetry import log
from ..media.child import require_plain_file, run_one
from ..media.kind import ENGINES
from ..media.messages import Limits, Refused, Work
from ..vault import ObjectMissingError, Vault
from .contents import Entry
from .cover import HEIGHT, WIDTH, Cover, drawn_scale, fills_cover
from .license_kinds import conditions_of

ENGINE = f"{ENGINES}.contact_sheet"
MAX_IN_GRID = 64
MAX_LARGE = 5
_GRID_SIZE, _LARGE_SIZE, _COVER_SIZE = 256, 512, 1024
GRID, COVER = "grid.png", "cover.png"


class DrawnCover(NamedTuple):
    """A cover as PNG, and whether none of its background is seen."""

    picture: bytes
    fills: bool


async def draw_previews(
    vault: Vault, entries: Sequence[Entry], cover: Cover | None
) -> tuple[dict[str, bytes], DrawnCover | None]:
    """A grid of the pack's files and up to five large pictures, by path in the pack's folder; and its cover.

    Empty if no file has a preview whose licence permits one.

    Raises:
        ChildFaultError, VaultFaultError: a temporary fault.
    """
    async with vault.scratch() as folder:
        given = folder / "given"
        await aiofiles.os.mkdir(given)
        shown = [entry for entry in entries if entry.file.previews and may_be_drawn(entry)]
        grid = await _fetch(vault, shown[:MAX_IN_GRID], given, _GRID_SIZE)
        large = await _fetch(vault, shown[:MAX_LARGE], given, _LARGE_SIZE)
        chosen = [entry for entry in shown if cover is not None and entry.file.asset_id == cover.asset_id]
        covering = await _fetch(vault, chosen or shown[:FIRST], given, _COVER_SIZE)
        if not grid or not large or not covering:
            return {}, None
        # The child gets generated names; those in the pack come from users.
        stems = [PurePosixPath(entry.filename).stem for entry in large.values()]
        drawn = {f"{place}.png": f"{place}-{stem}.png" for place, stem in enumerate(stems, start=1)}
        work = Work(
            source=str(given / next(iter(grid))),
            folder=str(folder / "drawn"),
            output_names=[GRID, COVER, *drawn],
            params={
                "grid": list(grid),
                "large": list(large),
                "names": list(drawn),
                "cover": _cover_params(covering, cover if chosen else None),
            },
        )
        answer = await run_one(ENGINE, work, folder=folder, limits=Limits())
        if isinstance(answer, Refused):
            # A pack is complete without previews.
            log.warning("pack_previews_refused", code=answer.code)
            return {}, None
        read = await asyncio.to_thread(_read, folder / "drawn", {GRID: GRID, COVER: COVER} | drawn)
        fills = cover is not None and bool(chosen) and fills_cover(chosen[0].file, cover)
        return read, DrawnCover(read.pop(f"previews/{COVER}"), fills)


def _cover_params(covering: Mapping[str, Entry], cover: Cover | None) -> Mapping[str, Any]:
    """One placed picture, or several in a row on the middle background, which shows light and dark ones."""
    width = WIDTH // len(covering)
    return {
        "size": [WIDTH, HEIGHT],
        "pictures": [
            [
                name,
                entry.file.width or width,
                entry.file.height or HEIGHT,
                drawn_scale(entry.file, cover, width, HEIGHT),
            ]
            for name, entry in covering.items()
        ],
        "place": [0.5, 0.5] if cover is None else [cover.x, cover.y],
        "mat": "middle" if cover is None or cover.mat == "auto" else cover.mat,
    }


def may_be_drawn(entry: Entry) -> bool:
    """Whether its licence permits a preview: some forbid any changed version."""
    file = entry.file
    return not (file.attribution and "no_changes" in (conditions_of(file.license_identifier or "") or ()))


async def _fetch(vault: Vault, entries: Sequence[Entry], folder: Path, size: int) -> dict[str, Entry]:
    """Copies of the previews of this size, by name in the folder; missing ones are left out."""
    fetched = {}
    for place, entry in enumerate(entries):
        preview = nearest_preview(entry.file.previews, size)
        if preview is None:
            continue
        name = f"{size}-{place}{PurePosixPath(preview.path).suffix}"
        try:
            async with vault.local(key_of(preview.path)) as path:
                await asyncio.to_thread((folder / name).write_bytes, await asyncio.to_thread(path.read_bytes))
        except ObjectMissingError:
            continue
        fetched[name] = entry
    return fetched


def _read(folder: Path, names: Mapping[str, str]) -> dict[str, bytes]:
    for name in names:
        require_plain_file(folder / name)
    return {f"previews/{target}": (folder / name).read_bytes() for name, target in names.items()}
