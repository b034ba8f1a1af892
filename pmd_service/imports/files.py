"""Making files of the library. What was made is recorded with it, so that it is made once."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from ..assets.allowance import read_allowance
from ..assets.asset import Known, NewAsset, add_assets, asset_key, find_known, lock_library
from ..assets.reports import add_reports
from ..base.database import Connection, Pool
from ..media.probe_store import columns_of, object_keys, provenance_of, report_of, store_previews
from ..site.texts import file_hashtags
from ..vault.leftovers import SweptAwayError, keep, reserve
from .drafts import with_drafts
from .items import FileItem, Item, PostItem
from .making import Made, Making, Taken, failed_item, find_ids, name_of

FULL = "Your library has not enough room."

_DETAILS = """
UPDATE asset
   SET note = new.note, rating = new.rating, label = new.label, approved = new.approved, rejected_at = new.rejected_at,
       created_at = coalesce(new.created_at, asset.created_at), updated_at = coalesce(new.created_at, asset.created_at)
  FROM jsonb_to_recordset($2) AS new (id bigint, note text, rating smallint, label smallint, approved boolean,
                                      rejected_at timestamptz, created_at timestamptz)
 WHERE asset.id = new.id AND user_id = $1
"""


async def find_present(connection: Connection | Pool, *, user_id: int, hashes: Collection[str]) -> Mapping[str, Known]:
    """The user's files outside the trash with these bytes; one in the trash is restored by an import."""
    found = await find_known(connection, user_id=user_id, hashes=hashes)
    return {content_hash: known for content_hash, known in found.items() if not known.is_in_trash}


async def make_files(making: Making, files: Sequence[Taken]) -> None:
    pool = making.worker.pool
    first = {each.sha256: each for each in reversed(files)}
    async with pool.acquire() as connection, connection.transaction():
        await lock_library(connection, user_id=making.user_id)
        known = await find_present(connection, user_id=making.user_id, hashes=first.keys())
        fresh = [each for content_hash, each in first.items() if content_hash not in known]
        is_full = await _is_full(connection, making, fresh)
        writer = None if is_full else await reserve(connection, [key for each in fresh for key in _keys(making, each)])
    if writer is None:
        await making.record([failed_item(each.planned.number, FULL) for each in files])
        return
    new = {each.sha256: await _store(making, each) for each in fresh}
    async with pool.acquire() as connection, connection.transaction():
        await lock_library(connection, user_id=making.user_id)
        known = await find_present(connection, user_id=making.user_id, hashes=first.keys())
        if any(content_hash not in known and content_hash not in new for content_hash in first):
            raise SweptAwayError("a known file was purged meanwhile")
        adding = [each for each in first.values() if each.sha256 not in known]
        if await _is_full(connection, making, adding):
            raise SweptAwayError("the room was taken meanwhile")
        await keep(connection, [key for each in adding for key in _keys(making, each)], writer)
        made = {content_hash: each.asset_id for content_hash, each in known.items()}
        for some in _originals_first(adding):
            made |= await _add(making, connection, some, new)
        fresh_numbers = {each.planned.number for each in adding}
        done = [
            Made(
                number=each.planned.number,
                state="made" if each.planned.number in fresh_numbers else "present",
                kind="file",
                made_id=made[each.sha256],
            )
            for each in files
        ]
        await making.record_in(connection, await with_drafts(connection, making, files, done))


async def _is_full(connection: Connection, making: Making, fresh: Sequence[Taken]) -> bool:
    allowance = await read_allowance(connection, making.settings, user_id=making.user_id)
    wanted = sum(each.path.stat().st_size for each in fresh)
    return wanted > allowance.left_bytes or len(fresh) > allowance.left_files


async def _store(making: Making, taken: Taken) -> NewAsset:
    previews = await store_previews(
        making.worker.vault, taken.probed, taken.previews, user_sqid=making.sqid, content_hash=taken.sha256
    )
    key = asset_key(making.sqid, taken.sha256, taken.probed.file_format)
    stored = await making.worker.vault.put(key, taken.path)
    item = taken.planned.item
    own = item if isinstance(item, FileItem) else None
    assert isinstance(item, FileItem | PostItem)
    details = making.details(item)
    return NewAsset(
        hash=taken.sha256,
        crc32=taken.crc32,
        name=name_of(item),
        original_path=own.original_path if own else None,
        theme=own.theme if own else None,
        source=own.source if own else None,
        provenance=provenance_of(taken.probed, own.provenance if own else "unknown"),
        license_id=making.license_of(item),
        attribution=own.attribution if own else None,
        hashtags=making.hashtags(item.hashtags, file_hashtags),
        alt_text=details.alt_text,
        content_warnings=details.content_warnings,
        ai_opt_out=details.ai_opt_out,
        **columns_of(taken.probed, stored, previews),
    )


async def _add(
    making: Making, connection: Connection, adding: Sequence[Taken], new: Mapping[str, NewAsset]
) -> dict[str, int]:
    """Insert the rows with their details and reports; returns the ids by hash."""
    items = [each.planned.item for each in adding]
    parents = [item.parent for item in items if isinstance(item, FileItem) and item.parent]
    by_hash = await find_ids(connection, making.user_id, parents)
    rows = [
        msgspec.structs.replace(new[each.sha256], parent_asset_id=by_hash.get(getattr(item, "parent", None) or ""))
        for each, item in zip(adding, items, strict=True)
    ]
    added = await add_assets(connection, user_id=making.user_id, new=rows) if rows else []
    details = [_details(making, item) | {"id": each.asset_id} for item, each in zip(items, added, strict=True)]
    await connection.execute(_DETAILS, making.user_id, msgspec.to_builtins(details))
    reports = [
        report_of(
            each.probed,
            user_id=making.user_id,
            asset_id=result.asset_id,
            outcome=result.outcome,
            file_name=row.name,
            hash=each.sha256,
        )
        for each, row, result in zip(adding, rows, added, strict=True)
    ]
    if reports:
        await add_reports(connection, reports)
    return {each.sha256: result.asset_id for each, result in zip(adding, added, strict=True)}


def _keys(making: Making, taken: Taken) -> list[str]:
    return object_keys(taken.probed, user_sqid=making.sqid, content_hash=taken.sha256)


def _originals_first(taken: Sequence[Taken]) -> Iterator[Sequence[Taken]]:
    """In groups, so that what a file was made from is there before it."""
    left = list(taken)
    while left:
        hashes = {each.sha256 for each in left}
        some = [each for each in left if getattr(each.planned.item, "parent", None) not in hashes] or left
        yield some
        left = [each for each in left if each not in some]


def _details(making: Making, item: Item) -> dict[str, Any]:
    if isinstance(item, FileItem):
        return {name: getattr(item, name) for name in _DETAIL_FIELDS}
    assert isinstance(item, PostItem)
    values = {"note": (making.description(item) or "")[:2000] or None, "created_at": item.created_at}
    return {"rating": 0, "label": None, "approved": False, "rejected_at": None} | values


_DETAIL_FIELDS = ("note", "rating", "label", "approved", "rejected_at", "created_at")
