"""The names in a sheet's data: those under which its pages are in the library, where others may have had them first.

In a thread: several reads and writes in one hop, and their digests.
"""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..assets.hashing import hash_file
from ..base.database import Pool
from ..media.atlas_names import with_data_names, with_page_names
from .results import names_in_library


async def name_sheet(pool: Pool, *, user_id: int, paths: Sequence[Path], names: Sequence[str]) -> list[str]:
    """What a sheet's files will be called; data that names others is written again."""

    async def named(chosen: Mapping[Path, str]) -> dict[str, str]:
        hashes = [(await asyncio.to_thread(hash_file, path))[0] for path in chosen]
        found = await names_in_library(pool, user_id=user_id, names=[*chosen.values()], hashes=hashes)
        return dict(zip(chosen.values(), found, strict=True))

    given = dict(zip(paths, names, strict=True))
    pages = await named({path: name for path, name in given.items() if path.suffix == ".png"})
    data = {path: name for path, name in given.items() if path.suffix != ".png"}
    await asyncio.to_thread(_write_names, data, pages, {})
    others = await named(data)
    await asyncio.to_thread(_write_names, data, {}, others)
    return [(pages | others)[name] for name in names]


def _write_names(data: Mapping[Path, str], pages: Mapping[str, str], others: Mapping[str, str]) -> None:
    changed = {old: new for old, new in others.items() if old != new}
    for path in data:
        text = path.read_text(encoding="utf-8")
        made = with_page_names(text, path.suffix, {old: new for old, new in pages.items() if old != new})
        made = with_data_names(made, changed) if path.suffix == ".json" else made
        if made != text:
            path.write_text(made, encoding="utf-8")
