"""The files that a pack's files name, and whether they are where they are named: maps and their images, scenes, styles.

What a file names was found when it was probed (``ProbeResult.references``); here it is looked up among the paths of an
edition, as the program that opens the map would.

In a thread: looking up the names of a whole pack, 256 a file, would hold up all other requests.
"""

import asyncio
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Annotated

import msgspec
from msgspec import Meta

from ..base.database import Connection, Pool, find_all
from ..locales import Sentence, plural
from .contents import Entry

MAX_LISTED = 20
_GODOT_ROOT = "res://"


class MissingReference(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is not where another one names it."""

    path: Annotated[str, Meta(description="As the file names it.", examples=["../tiles/sea.png"])]
    message: Annotated[Sentence, Meta(examples=["It is in your library, and not in the pack."])]
    asset_id: Annotated[int | None, Meta(description="Of the library's file, if it is known.", examples=[9])] = None


class FileReferences(msgspec.Struct, frozen=True, kw_only=True):
    """What one file names."""

    asset_id: Annotated[int, Meta(examples=[7])]
    file: Annotated[str, Meta(description="Relative to the pack's files.", examples=["maps/island.tmx"])]
    count: Annotated[int, Meta(examples=[3])]
    missing: Annotated[Sequence[MissingReference], Meta(description=f"The first {MAX_LISTED}.")]
    message: Annotated[Sentence, Meta(examples=["1 of 3 references of island.tmx is missing."])]


class _Naming(msgspec.Struct, frozen=True, kw_only=True):
    asset_id: int
    names: Sequence[str]


_NAMED = """
SELECT DISTINCT ON (asset_id) asset_id, facts -> 'references' AS names
  FROM reports
 WHERE asset_id = ANY($1) AND user_id = $2 AND facts -> 'references' <> '[]'
 ORDER BY asset_id, created_at DESC
"""

_IN_LIBRARY = """
SELECT id, folder, name, original_path
  FROM asset
 WHERE user_id = $1 AND deleted_at IS NULL AND folder = ANY($2) AND (name = ANY($3) OR original_path = ANY($4))
"""


class _Known(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    folder: str
    name: str
    original_path: str | None

    @property
    def paths(self) -> Iterator[str]:
        yield posixpath.join(self.folder, self.name)
        if self.original_path:
            yield self.original_path


async def find_references(
    connection: Connection | Pool, *, user_id: int, entries: Sequence[Entry]
) -> Sequence[FileReferences]:
    """What each file of an edition names, in the pack's order; files that name none are left out."""
    by_id = {entry.file.asset_id: entry for entry in entries}
    namings = await find_all(connection, _Naming, _NAMED, [*by_id], user_id)
    packed = Packed(entries)

    def resolve() -> dict[int, list[str]]:
        return {
            each.asset_id: [name for name in each.names if packed.resolve(by_id[each.asset_id].path, name) is None]
            for each in namings
        }

    missing = await asyncio.to_thread(resolve)
    known = await _find_known(connection, user_id, by_id, missing)
    counts = {each.asset_id: len(each.names) for each in namings}
    return [
        _of_file(entry, counts[asset_id], len(missing[asset_id]), packed.explained(entry, missing[asset_id], known))
        for asset_id, entry in by_id.items()
        if asset_id in counts
    ]


async def _find_known(
    connection: Connection | Pool, user_id: int, entries: Mapping[int, Entry], missing: Mapping[int, Sequence[str]]
) -> Mapping[str, int]:
    """The ids of the library's files, by their paths, that are where the missing ones would be."""
    wanted = {
        _joined(entries[asset_id].file.folder, name)
        for asset_id, names in missing.items()
        for name in names[:MAX_LISTED]
        if not name.startswith(_GODOT_ROOT)
    }
    if not wanted:
        return {}
    folders, names = {posixpath.dirname(path) for path in wanted}, {posixpath.basename(path) for path in wanted}
    found = await find_all(connection, _Known, _IN_LIBRARY, user_id, [*folders], [*names], [*wanted])
    return {path: each.id for each in found for path in each.paths}


def _of_file(entry: Entry, count: int, missing_count: int, missing: Sequence[MissingReference]) -> FileReferences:
    name = entry.filename
    message = plural(
        "{number} reference of {name} resolves.", "{number} references of {name} resolve.", count, name=name
    )
    if missing_count:
        message = plural(
            "{number} of {all} references of {name} is missing.",
            "{number} of {all} references of {name} are missing.",
            missing_count,
            all=count,
            name=name,
        )
    return FileReferences(asset_id=entry.file.asset_id, file=entry.path, count=count, missing=missing, message=message)


class Packed:
    """An edition's files by their paths."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._paths = {entry.path: entry.file.asset_id for entry in entries}
        self._by_case = {path.casefold(): path for path in self._paths}
        self._by_id = {asset_id: path for path, asset_id in self._paths.items()}

    def resolve(self, of: str, name: str) -> str | None:
        """The path that a file of the pack names; None if nothing is there."""
        return next((path for path in _places(of, name) if path in self._paths), None)

    def explained(self, entry: Entry, names: Sequence[str], known: Mapping[str, int]) -> list[MissingReference]:
        return [self._explained(entry, name, known) for name in islice(names, MAX_LISTED)]

    def _explained(self, entry: Entry, name: str, known: Mapping[str, int]) -> MissingReference:
        places = (self._by_case.get(path.casefold()) for path in _places(entry.path, name))
        if (path := next(filter(None, places), None)) is not None:
            message = f"The pack has it as “{path}”: the letters' case differs."
            return MissingReference(path=name, message=message, asset_id=self._paths[path])
        asset_id = known.get(_joined(entry.file.folder, name))
        if asset_id is None:
            return MissingReference(path=name, message="There is no such file.")
        moved = self._by_id.get(asset_id)
        message = f"It is packed as “{moved}”." if moved else "It is in your library, and not in the pack."
        return MissingReference(path=name, message=message, asset_id=asset_id)


def _places(of: str, name: str) -> Iterator[str]:
    """Where a path may lead. Godot's project may be any folder above the file, and is the nearest."""
    if not name.startswith(_GODOT_ROOT):
        yield _joined(posixpath.dirname(of), name)
        return
    folder = "" if ".." in name.split("/") else of
    while folder:
        folder = posixpath.dirname(folder)
        yield _joined(folder, name.removeprefix(_GODOT_ROOT))


def _joined(folder: str, name: str) -> str:
    """Relative to the same root as the folder; begins with ``../`` if it leads out of that."""
    return posixpath.normpath(name.lstrip("/") if name.startswith("/") else posixpath.join(folder, name))
