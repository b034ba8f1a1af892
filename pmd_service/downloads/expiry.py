"""``cleanup_expired_bdrs``: archives past their time, orphans, and rows nobody needs any more (SPEC section 8)."""

from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from ..database import DATABASE_DOWN, Pool
from ..ops.telemetry import BDR_STATUS, log
from ..vault import Vault
from ..work.context import WorkerContext

KEEP_ROW_DAYS = 14
# A file without a ready request is an orphan; a young one may belong to a transaction that is about to commit.
ORPHAN_SECONDS = 3600.0

_EXPIRED = """
SELECT id, file_path
  FROM batch_download_requests
 WHERE status = 'ready' AND expires_at <= now()
 ORDER BY expires_at
"""

_EXPIRE = """
UPDATE batch_download_requests
   SET status = 'expired', file_path = NULL, file_size_bytes = NULL
 WHERE id = $1 AND status = 'ready' AND expires_at <= now()
RETURNING id
"""

_FORGET = """
DELETE FROM batch_download_requests
 WHERE status IN ('failed', 'expired')
   AND coalesce(deleted_at, expires_at, completed_at) < now() - make_interval(days => $1)
RETURNING id
"""

_READY = "SELECT id FROM batch_download_requests WHERE id = ANY($1) AND status = 'ready'"


class Cleanup(msgspec.Struct, frozen=True, kw_only=True):
    """What a cleanup has done."""

    expired: int
    errors: int
    orphans: int
    forgotten: int


async def cleanup_expired_bdrs(context: dict[str, Any]) -> None:
    """The daily job."""
    worker: WorkerContext = context["worker"]
    await clean_up(worker.pool, worker.vault)


async def clean_up(pool: Pool, vault: Vault) -> Cleanup:
    """Expire, remove orphans, forget; one failure stops nothing else."""
    expired, errors = 0, 0
    for row in await pool.fetch(_EXPIRED):
        try:
            expired += await _expire(pool, vault, row["id"], row["file_path"])
        except (asyncpg.PostgresError, *DATABASE_DOWN) as error:
            errors += 1
            log.error("bdr_expire_failed", bdr_id=str(row["id"]), error=repr(error))
    orphans = await _remove_orphans(pool, vault)
    await vault.remove_empty_folders()
    forgotten = len(await pool.fetch(_FORGET, KEEP_ROW_DAYS))
    result = Cleanup(expired=expired, errors=errors, orphans=orphans, forgotten=forgotten)
    log.info("bdr_cleanup", **msgspec.structs.asdict(result))
    return result


async def _expire(pool: Pool, vault: Vault, bdr_id: UUID, file_path: str) -> bool:
    """Mark and delete in one transaction: a file that cannot be deleted leaves a row that is tried again."""
    async with pool.acquire() as connection, connection.transaction():
        if await connection.fetchrow(_EXPIRE, bdr_id) is None:
            return False
        await vault.remove(file_path)
    BDR_STATUS.labels("expired").inc()
    log.info("bdr_expired", bdr_id=str(bdr_id))
    return True


async def _remove_orphans(pool: Pool, vault: Vault) -> int:
    """Remove archives without a ready request; what builds are writing is the sweep's."""
    files = [file for file in await vault.list_files() if file.attempt is None and file.age > ORPHAN_SECONDS]
    ready = {row["id"] for row in await pool.fetch(_READY, [file.bdr_id for file in files if file.bdr_id])}
    orphans = [file for file in files if file.bdr_id not in ready]
    for orphan in orphans:
        log.info("bdr_orphan_removed", file=orphan.file_path)
        await vault.remove(orphan.file_path)
    return len(orphans)
