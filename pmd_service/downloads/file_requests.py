"""Requesting downloads of files of the library, chosen or of a folder."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from ..base.database import Connection, Pool, lock
from ..base.settings import Settings
from ..base.telemetry import BDR_STATUS, log, request_id
from ..events.unanswered import ASKED, notify
from ..http.errors import bad_request, unprocessable
from ..http.once import Once
from ..http.selection import RowId, check_all_found, counted, distinct_ids
from ..identity import audit
from ..identity.users import Actor
from ..locales import plural
from ..site.texts import line_or_none
from ..work.queue import Queue, Queues
from .queries import LOCK
from .requests import MAX_NAME, BdrAccepted, add_build, check_allowance

# The index of an archive is read whole when it is served.
MAX_FILES = 20_000
# The audit log names only the first files of a download.
AUDITED_FILES = 128


class FilesRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/assets/download: files, or a folder; repeated ids count once."""

    asset_ids: (
        Annotated[
            list[RowId],
            Meta(min_length=1, max_length=MAX_FILES, description=f"1 to {MAX_FILES:,} files.", examples=[[7]]),
        ]
        | None
    ) = None
    folder: Annotated[
        Annotated[str, Meta(min_length=1, max_length=1024)] | None,
        Meta(description="Instead: all in it and below it.", examples=[None]),
    ] = None
    name: Annotated[str, Meta(min_length=1, max_length=MAX_NAME)] | None = None


# In the order of the library's folders.
_CHOSEN = """
SELECT coalesce(array_agg(id ORDER BY sort_path, id), '{}')
  FROM asset WHERE id = ANY ($2) AND user_id = $1 AND deleted_at IS NULL
"""
# A slash is followed by a zero.
_IN_FOLDER = """
SELECT coalesce(array_agg(id ORDER BY sort_path, id), '{}')
  FROM (SELECT id, sort_path FROM asset
         WHERE user_id = $1 AND (folder = $2::text OR (folder > $2::text || '/' AND folder < $2::text || '0'))
           AND deleted_at IS NULL
         LIMIT $3) AS found
"""
_INSERT = f"""
INSERT INTO batch_download_requests (user_id, requested_by, post_ids, asset_ids, artwork_count, name, request_id)
VALUES ($1, $2, '{{}}', $3, cardinality($3::bigint[]), $4, $5)
RETURNING id, status, artwork_count, created_at,
          {notify("bdr", ASKED, user="user_id", about="id")} AS notified
"""


async def request_files(
    pool: Pool, queues: Queues, settings: Settings, actor: Actor, body: FilesRequest, once: Once
) -> BdrAccepted:
    """Commit a download of these files, then enqueue it. Which files a folder has is fixed now.

    Raises:
        ProblemError: 400 a file that cannot be downloaded, or a folder without any; 422 files and a folder, neither, or
            too many; 429 the day's allowance is used up; and as ``Once.begin``.
    """
    if (body.asset_ids is None) == (body.folder is None):
        raise unprocessable("Name either files or a folder.", path="$.folder")
    async with pool.acquire() as connection, connection.transaction():
        await once.begin(connection)
        await lock(connection, LOCK, actor.viewer.id)
        await check_allowance(connection, settings, requested_by=actor.viewer.id)
        asset_ids = await _find(connection, actor.subject.id, body)
        accepted = await _create(connection, actor, body, asset_ids)
        await once.end(connection, accepted)
    await queues.put(Queue.DOWNLOADS)
    return accepted


async def _find(connection: Connection, user_id: int, body: FilesRequest) -> Sequence[int]:
    """Raises: ProblemError: 400; 422 too many."""
    if body.asset_ids is not None:
        named = distinct_ids("file", body.asset_ids, most=MAX_FILES)
        found: Sequence[int] = await connection.fetchval(_CHOSEN, user_id, named)
        check_all_found("file", named, found)
        return found
    found = await connection.fetchval(_IN_FOLDER, user_id, body.folder, MAX_FILES + 1)
    if not found:
        raise bad_request(f"There are no files in “{body.folder}”.", path="$.folder")
    if len(found) > MAX_FILES:
        raise unprocessable(f"More than {MAX_FILES:,} files are in this folder: take one below it.", path="$.folder")
    return found


async def _create(connection: Connection, actor: Actor, body: FilesRequest, asset_ids: Sequence[int]) -> BdrAccepted:
    name = line_or_none(body.name or (body.folder or "").rpartition("/")[2][:MAX_NAME])
    row = await connection.fetchrow(_INSERT, actor.subject.id, actor.viewer.id, asset_ids, name, request_id())
    assert row is not None
    files = counted(len(asset_ids), "file")
    await add_build(connection, actor.subject.id, row["id"], name or files)
    await audit.record(connection, actor, "request_download", asset_ids=asset_ids[:AUDITED_FILES])
    BDR_STATUS.labels("pending").inc()
    log.info("bdr_requested", bdr_id=str(row["id"]), files=len(asset_ids), user=actor.subject.sqid)
    return BdrAccepted(
        id=row["id"],
        status=row["status"],
        artwork_count=row["artwork_count"],
        created_at=row["created_at"],
        message=plural(
            "Your download of {number} file is being prepared.",
            "Your download of {number} files is being prepared.",
            len(asset_ids),
        ),
    )
