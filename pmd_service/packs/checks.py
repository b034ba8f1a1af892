"""A dry run of a pack's export (LIBRARY section 5)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from ..assets.disclosures import Disclosure, find_disclosures
from ..assets.lineage import find_steps
from ..base.database import Connection, Pool
from ..base.settings import Settings
from ..http.errors import require
from ..identity.users import Actor
from ..media.stripping import CANNOT_STRIP, is_unread
from . import documents
from .contents import Edition, place
from .cover import Cover
from .licensing import Conflict, PackFile, PackLicense, find_conflicts
from .queries import load_files
from .references import FileReferences, find_references


class PackCheck(msgspec.Struct, frozen=True, kw_only=True):
    """The next edition: its conflicts, and its documents.

    ``license_text`` and ``readme`` are null if a conflict prevents rendering them. ``disclosures``, personal metadata
    in files, are not conflicts: the pack's ``marks`` decide whether it is removed from the copies. Nor are
    ``references``, what its files name: a missing one may be meant.
    """

    ok: bool
    conflicts: Sequence[Conflict]
    disclosures: Sequence[Disclosure]
    references: Sequence[FileReferences]
    edition: Annotated[int, Meta(examples=[3])]
    asset_count: Annotated[int, Meta(examples=[2])]
    total_size_bytes: Annotated[int, Meta(examples=[36_466])]
    readme: Annotated[str | None, Meta(examples=["# Seaside\n"])]
    license_text: Annotated[str | None, Meta(examples=["Seaside, edition 3\n"])]


class Checked(msgspec.Struct, frozen=True):
    """An edition as it would be built now, and its conflicts."""

    edition: Edition
    conflicts: Sequence[Conflict]


_LOAD = """
SELECT pack.id AS pack_id, name, slug, theme, description, marks, layout, license_type, licenses.identifier,
       CASE WHEN license_type = 'custom' THEN custom_license END AS words,
       edition + 1 AS edition, handle AS holder, pack.cover, pack.updated_at
  FROM pack
  JOIN users ON users.id = pack.user_id
  LEFT JOIN licenses ON licenses.id = license_id
 WHERE pack.id = $1 AND pack.user_id = $2 AND deleted_at IS NULL
"""


async def load_edition(
    connection: Connection | Pool, settings: Settings, *, user_id: int, pack_id: int, dated: datetime
) -> Checked | None:
    """The pack's next edition and its conflicts; None if there is no such pack."""
    row = await connection.fetchrow(_LOAD, pack_id, user_id)
    if row is None:
        return None
    columns = dict(row)
    license = PackLicense(**{name: columns.pop(name) for name in PackLicense.__struct_fields__})
    columns["cover"] = msgspec.convert(columns["cover"], Cover | None)
    layout = columns.pop("layout")
    files = await load_files(connection, user_id=user_id, pack_id=pack_id)
    steps = await find_steps(connection, user_id=user_id, asset_ids=[file.asset_id for file in files])
    edition = Edition(**columns, license=license, dated=dated, entries=place(files, license, steps, layout=layout))
    conflicts = find_conflicts(license, files, max_bytes=settings.pack_max_bytes)
    return Checked(edition, [*conflicts, *await _unstrippable(connection, user_id, edition)])


async def _unstrippable(connection: Connection | Pool, user_id: int, edition: Edition) -> Sequence[Conflict]:
    """Found before the build, which would fail, or disclose what is to be removed."""
    if edition.marks != "strip":
        return []
    files = [entry.file for entry in edition.entries]
    # Packed as they are.
    companions = [file.asset_id for file in files if file.type == "other"]
    disclosed = await find_disclosures(connection, user_id=user_id, asset_ids=companions) if companions else []
    personal = {each for found in disclosed if found.code != "tells_prompt" for each in found.asset_ids}
    return [
        Conflict(code="cannot_strip", message=message, asset_id=file.asset_id, file=file.name)
        for file in files
        if (message := _why_unstrippable(file, is_personal=file.asset_id in personal)) is not None
    ]


def _why_unstrippable(file: PackFile, *, is_personal: bool) -> str | None:
    form = file.file_format.upper()
    if file.file_format in CANNOT_STRIP or is_unread(file.type, file.file_format):
        return f"Metadata cannot be removed from {form} files: pack the files as they are, or convert this one."
    if is_personal:
        return f"It names a place or its author, and {form} files are packed as they are: save it without them."
    return None


async def check_pack(pool: Pool, settings: Settings, actor: Actor, pack_id: int) -> PackCheck:
    """The result that an export would have.

    Raises:
        ProblemError: 404.
    """
    async with pool.acquire() as connection:
        now = await connection.fetchval("SELECT now()")
        found = await load_edition(connection, settings, user_id=actor.subject.id, pack_id=pack_id, dated=now)
        checked = require(found, "pack")
        files = [entry.file for entry in checked.edition.entries]
        disclosures = await find_disclosures(
            connection,
            user_id=actor.subject.id,
            asset_ids=[file.asset_id for file in files],
            # A result's manifest has its original's.
            prompts={file.asset_id for file in files if file.generation and file.generation.prompt},
            unread={file.asset_id for file in files if is_unread(file.type, file.file_format)},
        )
        references = await find_references(connection, user_id=actor.subject.id, entries=checked.edition.entries)
    edition, is_renderable = checked.edition, not any(each.code == "license_unknown" for each in checked.conflicts)
    return PackCheck(
        ok=not checked.conflicts,
        conflicts=checked.conflicts,
        disclosures=disclosures,
        references=references,
        edition=edition.edition,
        asset_count=len(edition.entries),
        total_size_bytes=edition.size_bytes,
        readme=documents.readme(edition) if is_renderable else None,
        license_text=documents.license_document(edition) if is_renderable else None,
    )
