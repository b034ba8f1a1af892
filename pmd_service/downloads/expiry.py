"""The daily cleanup: expired archives, strays, and old rows (SPEC section 8).

A trigger schedules an archive's removal when its row drops it, so nothing here removes a file. A stray is removed only
if it has an archive's name *and* the request of that id names another archive or none: the folder may contain the
site's own files.
"""

import re
from collections.abc import Sequence
from uuid import UUID

import msgspec

from ..base.database import Pool, find_values, forget
from ..base.telemetry import BDR_STATUS, log
from ..vault import Found, Vault
from ..vault.leftovers import schedule_removal, sweep_leftovers

ARCHIVES = "bdr/"
KEEP_ROW_DAYS = 14
EXPIRE_BATCH = 1000
# A young file may belong to a transaction that is about to commit.
STRAY_SECONDS = 3600.0

# {id}.{attempt}.sparse, or .zip for whole archives.
_ARCHIVE = re.compile(
    r"bdr/[^/]+/(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(?P<attempt>\d{1,9})\.(?:zip|sparse)"
)

# By an array of ids, here and wherever a batch is bounded: a join may scan the whole table, and run a subquery again
# for each row, which takes other rows each time that they are locked.
_EXPIRE = """
UPDATE batch_download_requests
   SET status = 'expired', file_path = NULL, file_size_bytes = NULL, etag = NULL, stored_bytes = NULL
 WHERE id = ANY (ARRAY(SELECT id FROM batch_download_requests
                        WHERE status = 'ready' AND expires_at <= now()
                        ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED))
RETURNING id
"""

_FORGET = """
DELETE FROM batch_download_requests
 WHERE id = ANY (ARRAY(SELECT id FROM batch_download_requests
                        WHERE status IN ('failed', 'expired') AND created_at < now() - make_interval(days => $1)
                          AND coalesce(deleted_at, expires_at, completed_at) < now() - make_interval(days => $1)
                        LIMIT $2 FOR UPDATE SKIP LOCKED))
"""

# FOR UPDATE rechecks the row after waiting: the attempt may be publishing.
_STRAYS = """
SELECT found.key
  FROM unnest($1::text[], $2::uuid[], $3::int[]) AS found (key, id, attempt)
  JOIN batch_download_requests AS request ON request.id = found.id
 WHERE request.file_path IS DISTINCT FROM found.key
   AND (request.attempt > found.attempt OR (request.attempt = found.attempt AND request.status <> 'processing'))
   FOR UPDATE OF request
"""


class Cleanup(msgspec.Struct, frozen=True, kw_only=True):
    """A cleanup's counts; ``errors`` are archives that could not be removed and will be retried."""

    expired: int
    errors: int
    orphans: int
    forgotten: int


async def clean_up(pool: Pool, vault: Vault) -> Cleanup:
    """Expire archives, remove strays, delete old rows."""
    expired = await expire(pool)
    swept = await sweep_leftovers(pool, vault)
    strays = await schedule_strays(pool, vault)
    swept_strays = await sweep_leftovers(pool, vault)
    await vault.tidy()
    forgotten = await forget(pool, _FORGET, KEEP_ROW_DAYS)
    result = Cleanup(expired=expired, errors=swept.errors + swept_strays.errors, orphans=strays, forgotten=forgotten)
    log.info("bdr_cleanup", **msgspec.structs.asdict(result))
    return result


async def expire(pool: Pool) -> int:
    """Expire the requests that are due; returns their number."""
    expired = 0
    while rows := await pool.fetch(_EXPIRE, EXPIRE_BATCH):
        for row in rows:
            BDR_STATUS.labels("expired").inc()
            log.info("bdr_expired", bdr_id=str(row["id"]))
        expired += len(rows)
    return expired


async def schedule_strays(pool: Pool, vault: Vault) -> int:
    """List all archives, and schedule the removal of those that no request names; returns their number."""
    strays = 0
    async for page in vault.list(ARCHIVES):
        if named := _ours(page):
            async with pool.acquire() as connection, connection.transaction():
                keys = await find_values(connection, _STRAYS, *map(list, zip(*named, strict=True)))
                await schedule_removal(connection, keys)
            for key in keys:
                log.warning("bdr_stray_found", file=key)
            strays += len(keys)
    return strays


def _ours(page: Sequence[Found]) -> Sequence[tuple[str, UUID, int]]:
    """The archives among them that are old enough, as key, request id and attempt."""
    named = [(found.key, _ARCHIVE.fullmatch(found.key)) for found in page if found.age > STRAY_SECONDS]
    return [(key, UUID(match["id"]), int(match["attempt"])) for key, match in named if match]
