"""Bulk edits of files' descriptions (LIBRARY section 3): all of the files, or none."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import asyncpg
import msgspec
from msgspec import UNSET, Meta, UnsetType

from ..assets.asset import Label, Provenance, Rating
from ..base.database import Pool
from ..http.errors import unprocessable
from ..http.etags import IfMatch
from ..http.selection import AssetIds, LicenseId
from ..http.wire import given_fields
from ..identity.audit import record
from ..identity.users import Actor
from ..locales import translatable
from ..search.language import file_tag
from ..site.licenses import require_licenses, unknown_license
from ..site.texts import (
    MAX_HASHTAGS,
    AltText,
    ContentWarnings,
    Hashtags,
    content_warnings,
    edited_hashtags,
    file_hashtags,
    readable,
    some_lines,
    spelled_otherwise,
)
from .actions import AssetsChanged, changed, lock_assets
from .details import require_seen
from .stacking import FOLLOW

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
    alt_text: AltText | UnsetType | None = UNSET
    content_warnings: ContentWarnings | UnsetType = UNSET
    ai_opt_out: bool | UnsetType | None = UNSET


class AssetEditRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/assets/edit."""

    asset_ids: AssetIds
    set: AssetChanges = AssetChanges()
    add_hashtags: Annotated[Hashtags, Meta(examples=[["lighthouse"]])] = []
    remove_hashtags: Hashtags = []


# What is not in the JSON document of $2 stays.
_EDIT = """
UPDATE asset
   SET (theme, source, provenance, license_id, attribution, name, note, rating, label, hashtags,
        alt_text, content_warnings, ai_opt_out, updated_at) = (
       SELECT edited.theme, edited.source, edited.provenance, edited.license_id, edited.attribution, edited.name,
              edited.note, edited.rating, edited.label, edited.hashtags, edited.alt_text, edited.content_warnings,
              edited.ai_opt_out, now()
         FROM jsonb_populate_record(asset, edits.document) AS edited)
  FROM unnest($1::bigint[], $2::jsonb[]) AS edits (asset_id, document)
 WHERE id = asset_id AND id = ANY($1)
"""


async def edit(pool: Pool, actor: Actor, body: AssetEditRequest, match: IfMatch) -> AssetsChanged:
    """Change all of these files, or none; repeating it changes nothing.

    Raises:
        ProblemError: 400 with each file that is unknown, another user's or in the trash; 412; 422 for too many files, a
            name for several, an unknown licence, an unreadable text, or more than 64 hashtags on a file.
    """
    given = _readable(body)
    if "name" in given and len(set(body.asset_ids)) > 1:
        raise unprocessable("Only one file can be renamed at a time.", path="$.set.name")
    add = file_hashtags(body.add_hashtags, path="$.add_hashtags")
    remove = file_hashtags(body.remove_hashtags, path="$.remove_hashtags")
    try:
        async with pool.acquire() as connection, connection.transaction():
            await require_licenses(connection, {"$.set.license_id": given.get("license_id")})
            assets = await lock_assets(connection, actor.subject.id, body.asset_ids)
            await require_seen(connection, match, body.asset_ids, user_id=actor.subject.id)
            edits = {asset["id"]: edited for asset in assets if (edited := _edited(asset, given, add, remove))}
            await connection.execute(_EDIT, list(edits), list(edits.values()))
            if "name" in given:
                await connection.execute(FOLLOW, body.asset_ids[:1], actor.subject.id)
            asset_ids = [asset["id"] for asset in assets]
            await record(connection, actor, "edit_assets", asset_ids=asset_ids)
    except asyncpg.ForeignKeyViolationError as error:  # deleted concurrently
        raise unknown_license(given["license_id"], "$.set.license_id") from error
    done = changed(actor, "edit", len(asset_ids), translatable("changed"))
    note = spelled_otherwise((asset["hashtags"] for asset in assets), add)
    return msgspec.structs.replace(done, message=f"{done.message} {note}".rstrip())


def _edited(
    asset: asyncpg.Record, given: Mapping[str, Any], add: Sequence[str], remove: Sequence[str]
) -> dict[str, Any]:
    """The columns that change, with their new values.

    Raises:
        ProblemError: 422, too many hashtags.
    """
    tags = edited_hashtags([file_tag(tag) for tag in asset["hashtags"]], add=add, remove=remove)
    if len(tags) > MAX_HASHTAGS:
        raise unprocessable(f"A file has at most {MAX_HASHTAGS} hashtags.", path="$.add_hashtags")
    return {name: value for name, value in (*given.items(), ("hashtags", tags)) if asset[name] != value}


def _readable(body: AssetEditRequest) -> dict[str, Any]:
    """The given columns, with texts cleaned up and put in one line; only a note and an alt text may have several."""
    given = given_fields(body.set)
    texts = {
        name: readable(value, path=f"$.set.{name}")
        for name, value in given.items()
        if isinstance(value, str) and name != "alt_text"
    }
    if "note" in texts:
        texts["note"] = some_lines(given["note"])
    if "alt_text" in given:
        given["alt_text"] = some_lines(given["alt_text"] or "") or None
    if "content_warnings" in given:
        given["content_warnings"] = content_warnings(given["content_warnings"], path="$.set.content_warnings")
    return given | texts
