"""Background work of kind ``bdr``: downloads, and takeouts, which are downloads of everything."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from ..base.database import Connection
from ..base.telemetry import BDR_STATUS
from ..locales import translatable
from ..work.claimed import Claimed
from ..work.context import WorkerContext
from ..work.kind import Failed, Kind, Outcome, PermanentError, State
from ..work.queue import Queue
from .build import MAX_RETRIES, Build, BuildRow
from .everything.build import TakeoutBuild
from .file_build import FilesBuild
from .mail import announce
from .queries import CAN_RESTART, RESTART
from .takeout_ending import reopen_takeout

TIME_LIMIT_SECONDS = 3600.0
# Builds that compute at the same time in a process. They also wait for Postgres and the disk; with more of them they
# contend for the GIL.
MAX_COMPUTING = 3

_CLAIM = """
WITH claimed AS (SELECT work FROM claim_work('bdr', $1, $2, $3) AS work),
     started AS (
         UPDATE batch_download_requests AS request
            SET status = 'processing', attempt = request.attempt + (request.status = 'pending')::int,
                started_at = now(), processed_count = 0, missing = '[]'
           FROM claimed
          WHERE request.id = (work).subject::uuid AND request.status IN ('pending', 'processing')
            AND request.deleted_at IS NULL
         RETURNING request.id, request.user_id, request.attempt, post_ids, asset_ids, include_comments,
                   include_reactions, send_email, takeout_id,
                   (SELECT since FROM takeouts WHERE id = takeout_id),
                   (SELECT parts FROM takeouts WHERE id = takeout_id))
SELECT work, started.* FROM claimed LEFT JOIN started ON true
"""
_RELEASE = """
UPDATE batch_download_requests SET status = 'pending', processed_count = 0 WHERE id = $1 AND status = 'processing'
"""
_PROGRESS = """
UPDATE batch_download_requests SET processed_count = least($2, artwork_count) WHERE id = $1
"""
_FAIL = """
UPDATE batch_download_requests
   SET status = 'failed', error_message = left($2, 500), completed_at = now(), missing = coalesce($3, missing)
 WHERE id = ANY ($1) AND status IN ('pending', 'processing')
"""


async def build_download(worker: WorkerContext, claimed: Claimed[BuildRow]) -> Outcome:
    """Build a request's archive and publish it."""
    build = _of(claimed.row)(worker, claimed)
    try:
        return await build.run()
    except PermanentError as error:
        return Failed(str(error), details=msgspec.to_builtins(build.missing))


def _of(row: BuildRow) -> type[Build]:
    if row.takeout_id is not None:
        return TakeoutBuild
    return FilesBuild if row.asset_ids else Build


async def fail_requests(connection: Connection, bdr_ids: Sequence[UUID], failed: Failed) -> None:
    """These requests end without an archive; ``details``: the artworks that are missing."""
    await connection.execute(_FAIL, bdr_ids, failed.message, failed.details)
    await announce(connection, bdr_ids)


async def write_progress(connection: Connection, claimed: Claimed[BuildRow]) -> None:
    await connection.execute(_PROGRESS, claimed.row.id, claimed.done)


def _count(state: State) -> None:
    BDR_STATUS.labels({"waiting": "pending", "running": "processing", "failed": "failed"}[state]).inc()


BDR = Kind(
    name="bdr",
    queue=Queue.DOWNLOADS,
    key=UUID,
    row=BuildRow,
    run=build_download,
    claim=_CLAIM,
    release=_RELEASE,
    write_progress=write_progress,
    before_restart=reopen_takeout,
    fail=fail_requests,
    restart=f"UPDATE batch_download_requests SET {RESTART} WHERE id = $1 AND {CAN_RESTART} RETURNING id",
    on_state=_count,
    needs=("store",),
    max_retries=MAX_RETRIES,
    time_limit_seconds=TIME_LIMIT_SECONDS,
    concurrency=24,  # many wait for other people's servers
    max_computing=MAX_COMPUTING,
    gave_up_message=translatable(
        "The archive could not be built, although it was tried several times. Please try again later."
    ),
    kept_dying_message=translatable(
        "The archive could not be built: every attempt was cut off before it was finished."
    ),
)
