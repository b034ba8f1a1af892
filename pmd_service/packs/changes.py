"""Creating, changing, filling and removing packs (LIBRARY section 5)."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ..assets.disclosures import Marks
from ..base.database import Connection, Pool, find_values, forget, lock
from ..base.telemetry import log
from ..http.errors import conflict, require, unprocessable
from ..http.etags import IfMatch
from ..http.once import Once
from ..http.selection import RowId, check_all_found
from ..identity.audit import record
from ..identity.users import Actor
from ..site.licenses import unknown_license
from ..site.texts import line_or_none, one_line, readable
from ..work.context import WorkerContext
from .cover import Cover, choose_cover
from .license_kinds import CUSTOM, LICENSE_KINDS, LicenseType
from .licensing import MAX_FILES
from .paths import MAX_PATH, Layout, checked_path
from .queries import Pack, PackDetails, count_packs, find_details, find_pack

MAX_PACKS = 1_000
KEEP_ROW_DAYS = 14
_FORGET = """
DELETE FROM pack
 WHERE id = ANY (ARRAY(SELECT id FROM pack WHERE deleted_at < now() - make_interval(days => $1) LIMIT $2))
"""

_Name = Annotated[str, Meta(min_length=1, max_length=255, examples=["Seaside"])]
_Theme = Annotated[str, Meta(min_length=1, max_length=64, examples=["sea"])]
_Description = Annotated[str, Meta(max_length=5_000)]
_Words = Annotated[
    str, Meta(max_length=20_000, description="The full text of a `custom` licence; unused by other types.")
]


_Path = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=MAX_PATH,
        description="Where it is packed, relative to the pack's files; null: as in the library.",
        examples=["trees/oak.png"],
    ),
]


class ChosenAsset(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of a pack."""

    asset_id: Annotated[RowId, Meta(examples=[7])]
    notes: Annotated[str, Meta(max_length=500)] | None = None
    path: _Path | None = None


ChosenAssets = Annotated[list[ChosenAsset], Meta(max_length=MAX_FILES)]


class PackRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/packs. The default licence is CC-BY-4.0 for ``attribution``, else our own text."""

    name: _Name
    license_type: LicenseType
    license_id: RowId | None = None
    custom_license: _Words | None = None
    theme: _Theme | None = None
    description: _Description | None = None
    marks: Marks = "strip"
    layout: Layout = "folders"
    assets: ChosenAssets = []


class PackChanges(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of PATCH /api/pmd/packs/{pack_id}; omitted fields stay unchanged, and null removes a value."""

    name: _Name | UnsetType = UNSET
    license_type: LicenseType | UnsetType = UNSET
    license_id: RowId | UnsetType | None = UNSET
    custom_license: _Words | UnsetType | None = UNSET
    theme: _Theme | UnsetType | None = UNSET
    description: _Description | UnsetType | None = UNSET
    marks: Marks | UnsetType = UNSET
    layout: Layout | UnsetType = UNSET
    cover: Cover | UnsetType | None = UNSET


class PackFilling(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of PUT /api/pmd/packs/{pack_id}/assets: all files, in order."""

    assets: ChosenAssets


# The cover is of the pack's files, and so is chosen by itself.
_FIELDS = tuple(name for name in PackChanges.__struct_fields__ if name != "cover")
_COLUMNS = ", ".join(_FIELDS)
_VALUES = ", ".join(f"${number}" for number in range(3, 3 + len(_FIELDS)))
_CREATE = f"INSERT INTO pack (user_id, slug, {_COLUMNS}) VALUES ($1, $2, {_VALUES}) RETURNING id"
_CHANGE = f"UPDATE pack SET ({_COLUMNS}) = ({_VALUES}), updated_at = now() WHERE id = $1 AND user_id = $2"


async def create_pack(pool: Pool, actor: Actor, body: PackRequest, once: Once) -> PackDetails:
    """Create a pack, optionally with files.

    Raises:
        ProblemError: 422 an unknown, unfitting or empty licence, a name without a letter, or too many packs; 400 with
            each file that is unknown or another user's; and as ``Once.begin``.
    """
    async with pool.acquire() as connection, connection.transaction():
        await once.begin(connection)
        pack_id = await add_pack(connection, actor, body)
        pack = require(await find_details(connection, user_id=actor.subject.id, pack_id=pack_id), "pack")
        await once.end(connection, pack)
    log.info("pack_created", pack_id=pack_id, user=actor.subject.sqid, by=actor.viewer.sqid)
    return pack


async def add_pack(connection: Connection, actor: Actor, body: PackRequest) -> int:
    """Insert a pack and its files in the caller's transaction; returns its id.

    Raises:
        ProblemError: as ``create_pack``.
    """
    user_id = actor.subject.id
    # Serialized per user, for unique slugs and the limit.
    await lock(connection, "pack", user_id)
    count = await count_packs(connection, user_id=user_id)
    if count >= MAX_PACKS:
        raise unprocessable(f"You have {count} packs; the maximum is {MAX_PACKS}.", path="$")
    slug, values = await _free_slug(connection, user_id, body.name), await _values(connection, body)
    pack_id: int = await connection.fetchval(_CREATE, user_id, slug, *values)
    await _fill(connection, user_id, pack_id, body.assets)
    await record(connection, actor, "create_pack", pack_id=pack_id)
    return pack_id


async def change_pack(pool: Pool, actor: Actor, pack_id: int, body: PackChanges, match: IfMatch) -> PackDetails:
    """Change the given fields; existing editions stay unchanged.

    Raises:
        ProblemError: 404; 412; 422 an unknown, unfitting or empty licence, or a cover that the pack does not have.
    """
    user_id = actor.subject.id
    async with pool.acquire() as connection, connection.transaction():
        before = await _locked(connection, user_id, pack_id, match)
        after = _changed(before, body)
        await connection.execute(_CHANGE, pack_id, user_id, *await _values(connection, after))
        if body.cover is not UNSET:
            await choose_cover(connection, pack_id, body.cover)
        await record(connection, actor, "edit_pack", pack_id=pack_id)
        return require(await find_details(connection, user_id=user_id, pack_id=pack_id), "pack")


async def fill_pack(pool: Pool, actor: Actor, pack_id: int, body: PackFilling, match: IfMatch) -> PackDetails:
    """Set the pack's files, in this order.

    Raises:
        ProblemError: 404; 412; 400 with each file that is unknown or another user's; 422 a duplicate.
    """
    user_id = actor.subject.id
    async with pool.acquire() as connection, connection.transaction():
        await _locked(connection, user_id, pack_id, match)
        await _fill(connection, user_id, pack_id, body.assets)
        await connection.execute("UPDATE pack SET updated_at = now() WHERE id = $1", pack_id)
        ids = [chosen.asset_id for chosen in body.assets]
        await record(connection, actor, "fill_pack", pack_id=pack_id, asset_ids=ids)
        return require(await find_details(connection, user_id=user_id, pack_id=pack_id), "pack")


async def remove_pack(pool: Pool, actor: Actor, pack_id: int, match: IfMatch) -> None:
    """Remove a pack and its archives; its files stay in the library.

    Raises:
        ProblemError: 404; 412; 409 while it is being exported.
    """
    async with pool.acquire() as connection, connection.transaction():
        await drop_pack(connection, actor, pack_id, match)
    log.info("pack_removed", pack_id=pack_id, user=actor.subject.sqid, by=actor.viewer.sqid)


async def drop_pack(connection: Connection, actor: Actor, pack_id: int, match: IfMatch) -> None:
    """Remove a pack in the caller's transaction.

    Raises:
        ProblemError: as ``remove_pack``.
    """
    await _locked(connection, actor.subject.id, pack_id, match)
    if await connection.fetchval(
        "SELECT EXISTS (SELECT FROM job WHERE pack_id = $1 AND status IN ('pending', 'running'))", pack_id
    ):
        raise conflict("This pack is being exported: cancel that first.")
    await connection.execute("DELETE FROM pack_edition WHERE pack_id = $1", pack_id)
    # The row stays, hidden, while its exports count towards a day's limit.
    await connection.execute(
        """UPDATE pack SET deleted_at = now(), export_path = NULL, exported_at = NULL, export_hash = NULL,
                           export_size_bytes = NULL
            WHERE id = $1""",
        pack_id,
    )
    await connection.execute("DELETE FROM pack_asset WHERE pack_id = $1", pack_id)
    await record(connection, actor, "delete_pack", pack_id=pack_id)


async def forget_removed_packs(worker: WorkerContext) -> None:
    """The daily step: delete the rows of packs that were removed long ago."""
    log.info("packs_forgotten", packs=await forget(worker.pool, _FORGET, KEEP_ROW_DAYS))


async def _locked(connection: Connection, user_id: int, pack_id: int, match: IfMatch) -> Pack:
    await connection.execute(
        "SELECT FROM pack WHERE id = $1 AND user_id = $2 AND deleted_at IS NULL FOR UPDATE", pack_id, user_id
    )
    pack = require(await find_pack(connection, user_id=user_id, pack_id=pack_id), "pack")
    match.require(pack)
    return pack


async def _fill(connection: Connection, user_id: int, pack_id: int, assets: list[ChosenAsset]) -> None:
    ids = [chosen.asset_id for chosen in assets]
    seen: set[int] = set()
    for index, asset_id in enumerate(ids):
        if asset_id in seen:
            raise unprocessable(f"File {asset_id} appears twice.", path=f"$.assets[{index}]")
        seen.add(asset_id)
    rows = await connection.fetch(
        "SELECT id, file_format FROM asset WHERE id = ANY($1) AND user_id = $2 ORDER BY id FOR KEY SHARE",
        ids,
        user_id,
    )
    check_all_found("file", ids, [row["id"] for row in rows], path="$.assets")
    paths = _checked_paths(assets, {row["id"]: row["file_format"] for row in rows})
    await connection.execute("DELETE FROM pack_asset WHERE pack_id = $1", pack_id)
    await connection.execute(
        """INSERT INTO pack_asset (pack_id, asset_id, order_index, notes, path)
           SELECT $1, chosen.id, place - 1, notes, path
             FROM unnest($2::bigint[], $3::text[], $4::text[]) WITH ORDINALITY AS chosen (id, notes, path, place)""",
        pack_id,
        ids,
        [line_or_none(chosen.notes) for chosen in assets],
        paths,
    )


def _checked_paths(assets: Sequence[ChosenAsset], formats: Mapping[int, str]) -> list[str | None]:
    """The paths that are set.

    Raises:
        ProblemError: 422 one cannot be used, or two files have the same one.
    """
    seen: set[str] = set()
    for index, chosen in enumerate(assets):
        if (path := chosen.path) is None:
            continue
        at = f"$.assets[{index}].path"
        checked_path(path, file_format=formats[chosen.asset_id], at=at)
        if path.casefold() in seen:
            raise unprocessable(f"Two files cannot both be “{path}”.", path=at)
        seen.add(path.casefold())
    return [chosen.path for chosen in assets]


def _changed(before: Pack, body: PackChanges) -> PackRequest:
    given = {name: value for name in _FIELDS if (value := getattr(body, name)) is not UNSET}
    if given.get("license_type", before.license_type) != before.license_type:
        given = {"license_id": None} | given  # the old type's licence does not fit the new one
    return PackRequest(**{name: getattr(before, name) for name in _FIELDS} | given)


async def _values(connection: Connection, body: PackRequest) -> Sequence[Any]:
    """The pack's column values, in the order of ``_FIELDS``."""
    return (
        readable(body.name, path="$.name"),
        body.license_type,
        await _fitting_license(connection, body.license_type, body.license_id),
        _own_words(body.license_type, body.custom_license),
        body.theme and readable(body.theme, path="$.theme"),
        _paragraphs(body.description),
        body.marks,
        body.layout,
    )


async def _fitting_license(connection: Connection, license_type: LicenseType, license_id: int | None) -> int | None:
    """The id of the pack's licence; None for our own text.

    Raises:
        ProblemError: 422 there is no such licence, or it does not fit the type.
    """
    if license_id is None:
        first = LICENSE_KINDS[license_type].fitting[0]
        if first is None:
            return None
        license_id = await connection.fetchval("SELECT id FROM licenses WHERE identifier = $1", first)
    identifier = await connection.fetchval("SELECT identifier FROM licenses WHERE id = $1", license_id)
    if identifier is None:
        raise unknown_license(license_id, "$.license_id")
    if identifier not in LICENSE_KINDS[license_type].fitting:
        raise unprocessable(f"{identifier} does not fit this type of pack.", path="$.license_id")
    return license_id


def _own_words(license_type: LicenseType, words: str | None) -> str | None:
    """The custom licence's text, which is kept when another type is chosen."""
    written = _paragraphs(words)
    if license_type == CUSTOM.name and written is None:
        raise unprocessable("A custom licence needs a text: write what people may do with it.", path="$.custom_license")
    return written


async def _free_slug(connection: Connection, user_id: int, name: str) -> str:
    """The name as a slug for file names and addresses, unique among the user's packs by a number."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain)[:44].strip("-") or "pack"
    sql = "SELECT slug FROM pack WHERE user_id = $1 AND deleted_at IS NULL AND starts_with(slug, $2)"
    taken = {*await find_values(connection, sql, user_id, stem)}
    candidates = [stem, *(f"{stem}-{number}" for number in range(2, len(taken) + 3))]
    return next(slug for slug in candidates if slug not in taken)


def _paragraphs(text: str | None) -> str | None:
    return "\n".join(one_line(line) for line in text.splitlines()).strip() or None if text else None
