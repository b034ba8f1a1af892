"""The daily cleanup: archives past their time, strays, and rows nobody needs any more (SPEC section 8).

A row that lets go of its archive leaves it to the sweep (a trigger sees to that), so nothing here removes a file. What
the scan finds besides is removed only where it bears our mark: the name that we give to archives, *and* a request of
this very id that names another archive or none. The folder may hold the site's own files.
"""

import re
from collections.abc import Sequence
from uuid import UUID

import msgspec

from ..base.database import Pool, forget
from ..base.telemetry import BDR_STATUS, log
from ..vault import Found, Vault
from ..vault.leftovers import schedule_removal, sweep_leftovers

ARCHIVES = "bdr/"
KEEP_ROW_DAYS = 14
EXPIRED_AT_ONCE = 1000
# A young file may belong to a transaction that is about to commit.
STRAY_SECONDS = 3600.0

# {id}.{attempt}.sparse, or .zip where it is whole; archives of versions before have no attempt in their name.
_ARCHIVE = re.compile(
    r"bdr/[^/]+/(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\.(?P<attempt>\d{1,9}))?\.(?:zip|sparse)"
)

_EXPIRE = """
UPDATE batch_download_requests
   SET status = 'expired', file_path = NULL, file_size_bytes = NULL, etag = NULL, stored_bytes = NULL
 WHERE id IN (SELECT id
                FROM batch_download_requests
               WHERE status = 'ready' AND expires_at <= now()
               ORDER BY expires_at
               LIMIT $1
                 FOR UPDATE SKIP LOCKED)
RETURNING id
"""

# By their ids, one by one: joined, the whole table may be read for each thousand.
_FORGET = """
DELETE FROM batch_download_requests
 WHERE id = ANY (ARRAY(SELECT id FROM batch_download_requests
                        WHERE status IN ('failed', 'expired')
                          AND coalesce(deleted_at, expires_at, completed_at) < now() - make_interval(days => $1)
                        LIMIT $2))
"""

# What waits for a row's lock looks at it again: the attempt may be about to publish, or have done so meanwhile.
_STRAYS = """
SELECT found.key
  FROM unnest($1::text[], $2::uuid[], $3::int[]) AS found (key, id, attempt)
  JOIN batch_download_requests AS request ON request.id = found.id
 WHERE request.file_path IS DISTINCT FROM found.key
   AND (found.attempt IS NULL OR request.attempt > found.attempt
        OR (request.attempt = found.attempt AND request.status <> 'processing'))
   FOR UPDATE OF request
"""


class Cleanup(msgspec.Struct, frozen=True, kw_only=True):
    """What a cleanup has done; ``errors`` counts archives that could not be removed and are tried again."""

    expired: int
    errors: int
    orphans: int
    forgotten: int


async def clean_up(pool: Pool, vault: Vault) -> Cleanup:
    """Expire, remove strays, forget; one failure stops nothing else."""
    expired = await expire(pool)
    swept = await sweep_leftovers(pool, vault)
    strays = await leave_strays(pool, vault)
    swept_strays = await sweep_leftovers(pool, vault)
    await vault.tidy()
    forgotten = await forget(pool, _FORGET, KEEP_ROW_DAYS)
    result = Cleanup(expired=expired, errors=swept.errors + swept_strays.errors, orphans=strays, forgotten=forgotten)
    log.info("bdr_cleanup", **msgspec.structs.asdict(result))
    return result


async def expire(pool: Pool) -> int:
    """End what is past its time; the number of requests."""
    expired = 0
    while rows := await pool.fetch(_EXPIRE, EXPIRED_AT_ONCE):
        for row in rows:
            BDR_STATUS.labels("expired").inc()
            log.info("bdr_expired", bdr_id=str(row["id"]))
        expired += len(rows)
    return expired


async def leave_strays(pool: Pool, vault: Vault) -> int:
    """Look through all archives, in pages, for what requests have let go of unseen; the number of strays."""
    strays = 0
    async for page in vault.list(ARCHIVES):
        if named := _ours(page):
            async with pool.acquire() as connection, connection.transaction():
                rows = await connection.fetch(_STRAYS, *map(list, zip(*named, strict=True)))
                await schedule_removal(connection, [row["key"] for row in rows])
            for row in rows:
                log.warning("bdr_stray_found", file=row["key"])
            strays += len(rows)
    return strays


def _ours(page: Sequence[Found]) -> Sequence[tuple[str, UUID, int | None]]:
    """The archives that are old enough, by what their names say."""
    named = [(found.key, _ARCHIVE.fullmatch(found.key)) for found in page if found.age > STRAY_SECONDS]
    return [
        (key, UUID(match["id"]), int(match["attempt"]) if match["attempt"] else None) for key, match in named if match
    ]
