"""Deleting files permanently (LIBRARY section 3): on request from the trash, and when their time there is over.

The rows are deleted here; in the same transaction a trigger schedules their objects for the vault's sweep.
"""

from collections.abc import Sequence
from http import HTTPStatus

import asyncpg
import msgspec

from ..assets.asset import key_of, lock_library
from ..base.database import Connection, Pool, find_values
from ..base.telemetry import log
from ..http.errors import Fault, ProblemError
from ..http.etags import IfMatch
from ..http.selection import check_all_found, distinct_ids
from ..identity.audit import check_reason, record
from ..identity.users import Actor
from ..locales import plural, translatable
from ..site.posts import LIVE_ARTWORK
from ..work.adding import drop_work
from .actions import AssetsChanged, changed
from .details import require_seen
from .stacking import unstack

# A file is needed by a pack whose archive has been built or is about to be, which would be built without a word about
# it, and by a post that shows the file itself, or has shown it.
_BUILT_PACK = """
(SELECT pack.name
   FROM pack_asset JOIN pack ON pack.id = pack_id
  WHERE pack_asset.asset_id = asset.id AND pack.deleted_at IS NULL
    AND (export_path IS NOT NULL
         OR EXISTS (SELECT FROM job WHERE job.pack_id = pack.id AND job.completed_at IS NULL))
  LIMIT 1)"""

_SHOWN = f"""
EXISTS (SELECT FROM posts
         WHERE posts.id = asset.post_id AND {LIVE_ARTWORK}
           AND (art_url = asset.path
                OR EXISTS (SELECT FROM post_version AS version
                            WHERE version.post_id = posts.id AND version.art_url = asset.path)))"""

_IS_NEEDED = f"({_BUILT_PACK} IS NOT NULL OR {_SHOWN})"

_NEEDED = f"""
SELECT id, {_BUILT_PACK} AS pack_name FROM asset WHERE id = ANY($1) AND user_id = $2 AND {_IS_NEEDED}
"""

_DUE = f"""
SELECT user_id, array_agg(id) AS asset_ids
  FROM (SELECT id, user_id
          FROM asset
         WHERE deleted_at < now() - make_interval(days => $1) AND NOT {_IS_NEEDED}
         ORDER BY deleted_at
         LIMIT 500) AS due
 GROUP BY user_id
"""

_STILL_DUE = f"""
SELECT id FROM asset WHERE id = ANY($1) AND deleted_at < now() - make_interval(days => $2) AND NOT {_IS_NEEDED}
"""

# Packs first, as what fills and removes them: the deletion of a file counts its packs' files again.
_LOCK_PACKS = """
SELECT FROM pack WHERE id IN (SELECT pack_id FROM pack_asset WHERE asset_id = ANY($1)) ORDER BY id FOR NO KEY UPDATE
"""

_LOCK_TRASHED = """
SELECT id, path FROM asset WHERE id = ANY($1) AND user_id = $2 AND deleted_at IS NOT NULL ORDER BY id FOR UPDATE
"""

# The time at which the last reference ends is known if only downloads refer to the bytes.
_STILL_REFERENCED = """
SELECT count(DISTINCT ref.key) AS files,
       CASE WHEN bool_and(bdr.expires_at IS NOT NULL) THEN max(bdr.expires_at) END AS until
  FROM archive_reference AS ref
  LEFT JOIN batch_download_requests AS bdr ON bdr.id = substring(ref.archive FROM '^bdr/[^/]+/([0-9a-f-]{36})')::uuid
 WHERE ref.key = ANY($1)
"""

# The tasks of files go with them; work that has failed would be offered to operators for a month.
_TASKS = "SELECT id FROM job WHERE asset_id = ANY($1) AND user_id = $2"
_PURGE = "DELETE FROM asset WHERE id = ANY($1) AND user_id = $2"


async def purge(
    pool: Pool, actor: Actor, named: Sequence[int], match: IfMatch, *, reason: str | None = None
) -> AssetsChanged:
    """Permanently delete files in the trash: their rows now, their bytes with the next sweep.

    Raises:
        ProblemError: 400 with each that is not in the trash; 409 with each that a built pack or a post needs; 412; 422
            for too many files, a reason from the owner, or none from a moderator.
    """
    check_reason(actor, reason, is_required=True)
    asset_ids, user_id = distinct_ids("file", named), actor.subject.id
    async with pool.acquire() as connection, connection.transaction():
        rows = await _lock_trashed(connection, asset_ids, user_id)
        found = [row["id"] for row in rows]
        check_all_found("file", named, found)
        await require_seen(connection, match, named, user_id=user_id)
        needed = {row["id"]: row["pack_name"] for row in await connection.fetch(_NEEDED, asset_ids, user_id)}
        if needed:
            raise _still_needed(named, needed)
        await _delete(connection, user_id, asset_ids)
        await record(connection, actor, "purge_assets", asset_ids=asset_ids, reason=reason)
        references = await connection.fetchrow(_STILL_REFERENCED, [key_of(row["path"]) for row in rows])
    done = changed(actor, "purge", len(asset_ids), translatable("gone for good"))
    if references is None or not references["files"]:
        return done
    until = translatable(f" until {references['until']:%-d %b}") if references["until"] else ""
    kept = plural(
        "Existing archives keep the bytes of {number} file{until}.",
        "Existing archives keep the bytes of {number} files{until}.",
        references["files"],
        until=until,
    )
    return msgspec.structs.replace(done, message=f"{done.message} {kept}")


async def empty_trash(pool: Pool, *, ttl_days: int) -> int:
    """Permanently delete files that were in the trash for ``ttl_days`` and are not needed; returns their number."""
    emptied = 0
    while due := await pool.fetch(_DUE, ttl_days):
        for row in due:
            async with pool.acquire() as connection, connection.transaction():
                locked = [each["id"] for each in await _lock_trashed(connection, row["asset_ids"], row["user_id"])]
                # Those restored in the meantime stay, also if they are in the trash again.
                asset_ids = await find_values(connection, _STILL_DUE, locked, ttl_days)
                await _delete(connection, row["user_id"], asset_ids)
            emptied += len(asset_ids)
    log.info("trash_emptied", assets=emptied)
    return emptied


async def _lock_trashed(connection: Connection, asset_ids: Sequence[int], user_id: int) -> Sequence[asyncpg.Record]:
    """Those of these files that are in the trash, locked until the transaction ends, with what deleting them writes."""
    await lock_library(connection, user_id=user_id)
    await connection.execute(_LOCK_PACKS, asset_ids)
    rows: Sequence[asyncpg.Record] = await connection.fetch(_LOCK_TRASHED, asset_ids, user_id)
    return rows


async def _delete(connection: Connection, user_id: int, asset_ids: Sequence[int]) -> None:
    await unstack(connection, user_id, asset_ids)
    tasks = await find_values(connection, _TASKS, asset_ids, user_id)
    await drop_work(connection, "task", tasks)
    await connection.execute(_PURGE, asset_ids, user_id)


def _still_needed(named: Sequence[int], needed: dict[int, str | None]) -> ProblemError:
    faults = [
        Fault(
            path=f"$.asset_ids[{named.index(asset_id)}]",
            message=f"It is in the pack “{pack}”, which is built or being built: remove it from the pack first."
            if pack
            else "A post shows this file: delete the post first.",
        )
        for asset_id, pack in needed.items()
    ]
    detail = plural(
        "Nothing was deleted: {number} file is still needed.",
        "Nothing was deleted: {number} files are still needed.",
        len(needed),
    )
    return ProblemError(HTTPStatus.CONFLICT, detail, faults=faults)
