"""Pictures of a pack, drawn in the media child from the previews of its files (LIBRARY section 5)."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from ..assets.asset import key_of, nearest_preview
from ..base.telemetry import log
from ..media.child import require_plain_file, run_one
from ..media.messages import Limits, Refused, Work
from ..vault import ObjectMissingError, Vault
from .contents import Entry
from .licensing import conditions_of

ENGINE = "pmd_service.media.engines.contact_sheet"
MAX_IN_GRID = 64
MAX_LARGE = 5
_GRID_SIZE, _LARGE_SIZE = 256, 512
GRID = "grid.png"


async def draw_previews(vault: Vault, entries: Sequence[Entry]) -> dict[str, bytes]:
    """A grid of the pack's files and up to five large pictures, by their paths in the pack's folder.

    There are none where no file has a picture, or only such as may not be shown in another form.

    Raises:
        ChildFaultError, VaultFaultError: it may go another time.
    """
    async with vault.scratch() as folder:
        given = folder / "given"
        await asyncio.to_thread(given.mkdir)
        shown = [entry for entry in entries if entry.file.previews and may_be_drawn(entry)]
        grid = await _fetch(vault, shown[:MAX_IN_GRID], given, _GRID_SIZE)
        large = await _fetch(vault, shown[:MAX_LARGE], given, _LARGE_SIZE)
        if not grid or not large:
            return {}
        # The child is told plain names; what a picture is called in the pack is a user's word.
        stems = [PurePosixPath(entry.filename).stem for entry in large.values()]
        drawn = {f"{place}.png": f"{place}-{stem}.png" for place, stem in enumerate(stems, start=1)}
        work = Work(
            source=str(given / next(iter(grid))),
            folder=str(folder / "drawn"),
            output_names=[GRID, *drawn],
            params={"grid": list(grid), "large": list(large), "names": list(drawn)},
        )
        answer = await run_one(ENGINE, work, folder=folder, limits=Limits())
        if isinstance(answer, Refused):
            # A pack without pictures is whole all the same.
            log.warning("pack_previews_refused", code=answer.code)
            return {}
        return await asyncio.to_thread(_read, folder / "drawn", {GRID: GRID} | drawn)


def may_be_drawn(entry: Entry) -> bool:
    """Whether a smaller picture of it may be passed on: a licence may forbid everything but the file as it is."""
    file = entry.file
    return not (file.attribution and "no_changes" in (conditions_of(file.license_identifier or "") or ()))


async def _fetch(vault: Vault, entries: Sequence[Entry], folder: Path, size: int) -> dict[str, Entry]:
    """Copies of the previews of this size, by their names in the folder; what is not there is left out."""
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
    return {f"previews/{called}": (folder / name).read_bytes() for name, called in names.items()}
