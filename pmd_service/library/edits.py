"""Bulk edits of files' descriptions (LIBRARY section 3): all of the files, or none."""

from collections.abc import Sequence
from typing import Annotated, Any

import asyncpg
import msgspec
from msgspec import UNSET, Meta, UnsetType

from ..assets.asset import Label, Provenance, Rating
from ..base.database import Pool
from ..http.errors import unprocessable
from ..http.selection import AssetIds, LicenseId, check_all_found, distinct_ids
from ..identity.users import Actor
from ..site.texts import MAX_HASHTAGS, Hashtags, edited_hashtags, hashtags, readable, some_lines
from .actions import AssetsChanged, changed, statement

_Note = Annotated[str, Meta(min_length=1, max_length=2000, examples=["The cover, if it is redrawn."])]


class AssetChanges(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The new values for all chosen files; null clears a value, and an omitted one stays as it is."""

    theme: Annotated[str, Meta(min_length=1, max_length=64, examples=["sea"])] | UnsetType | None = UNSET
    source: Annotated[str, Meta(min_length=1, max_length=500)] | UnsetType | None = UNSET
    provenance: Provenance | UnsetType = UNSET
    license_id: LicenseId | UnsetType | None = UNSET
    attribution: Annotated[str, Meta(min_length=1, max_length=500)] | UnsetType | None = UNSET
    name: Annotated[str, Meta(min_length=1, max_length=255)] | UnsetType = UNSET
    note: _Note | UnsetType | None = UNSET
    rating: Rating | UnsetType = UNSET
    label: Label | UnsetType | None = UNSET


class AssetEditRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/assets/edit."""

    asset_ids: AssetIds
    set: AssetChanges = AssetChanges()
    add_hashtags: Annotated[Hashtags, Meta(examples=[["lighthouse"]])] = []
    remove_hashtags: Hashtags = []


# The columns of AssetChanges and their types.
_COLUMNS = {
    "theme": "text",
    "source": "text",
    "provenance": "text",
    "license_id": "int",
    "attribution": "text",
    "name": "text",
    "note": "text",
    "rating": "smallint",
    "label": "smallint",
}


# In lists, results come after their original, by its name.
_FOLLOW = """
WITH RECURSIVE made AS (
    SELECT id, user_id, concat_ws(chr(1), made_from, name) AS names FROM asset WHERE id = $1 AND user_id = $2
     UNION ALL
    SELECT asset.id, asset.user_id, concat_ws(chr(1), made.names, asset.name)
      FROM made JOIN asset ON asset.parent_asset_id = made.id AND asset.user_id = made.user_id)
UPDATE asset SET made_from = made.names FROM made
 WHERE asset.parent_asset_id = made.id AND asset.made_from IS DISTINCT FROM made.names
"""


async def edit(pool: Pool, actor: Actor, body: AssetEditRequest) -> AssetsChanged:
    """Change all of these files, or none; repeating it changes nothing.

    Raises:
        ProblemError: 400 with each file that is unknown, another user's or in the trash; 422 for too many files, a name
            for several, an unknown licence, an unreadable text, or more than 64 hashtags on a file.
    """
    asset_ids = distinct_ids("file", body.asset_ids)
    given = _readable(body)
    if "name" in given and len(asset_ids) > 1:
        raise unprocessable("Only one file can be renamed at a time.", path="$.set.name")
    add = hashtags(body.add_hashtags, path="$.add_hashtags")
    remove = hashtags(body.remove_hashtags, path="$.remove_hashtags")
    sql, values = _edit_statement(given, add, remove)
    try:
        async with pool.acquire() as connection, connection.transaction():
            row = await connection.fetchrow(sql, asset_ids, actor.subject.id, actor.viewer.id, "edit_assets", *values)
            if "name" in given:
                await connection.execute(_FOLLOW, asset_ids[0], actor.subject.id)
    except asyncpg.ForeignKeyViolationError as error:  # deleted concurrently
        raise unprocessable("There is no such licence.", path="$.set.license_id") from error
    assert row is not None
    if not row["license_there"]:
        raise unprocessable(f"There is no licence {given['license_id']}.", path="$.set.license_id")
    check_all_found("file", body.asset_ids, row["found"])
    if not row["allowed"]:
        raise unprocessable(f"A file has at most {MAX_HASHTAGS} hashtags.", path="$.add_hashtags")
    return changed(actor, "edit", len(asset_ids), "changed")


def _edit_statement(given: dict[str, Any], add: Sequence[str], remove: Sequence[str]) -> tuple[str, list[Any]]:
    """The statement for the given columns only, and its values from $5 on."""
    values: list[Any] = [*given.values(), given.get("license_id"), list(add), list(remove)]
    after = {name: f"${number}::{_COLUMNS[name]}" for number, name in enumerate(given, start=5)}
    at = 5 + len(given)
    after["hashtags"] = edited_hashtags(add=f"${at + 1}", remove=f"${at + 2}")
    license_there = f"(${at}::int IS NULL OR EXISTS (SELECT FROM licenses WHERE licenses.id = ${at}))"
    sql = statement(
        ", ".join(f"{name} = {value}" for name, value in after.items()),
        holds=" AND ".join(f"{name} IS NOT DISTINCT FROM {value}" for name, value in after.items()),
        allowed=f"{license_there} AND coalesce((SELECT bool_and(fits) FROM chosen), true)",
        also=f", cardinality({after['hashtags']}) <= {MAX_HASHTAGS} AS fits",
    )
    return f"{sql}, {license_there} AS license_there", values


def _readable(body: AssetEditRequest) -> dict[str, Any]:
    """The given columns, with texts cleaned up and put in one line; only a note may have several."""
    given = {name: value for name in _COLUMNS if (value := getattr(body.set, name)) is not UNSET}
    texts = {name: readable(value, path=f"$.set.{name}") for name, value in given.items() if isinstance(value, str)}
    if "note" in texts:
        texts["note"] = some_lines(given["note"])
    return given | texts
