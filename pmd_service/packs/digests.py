"""The checksums of editions, computed after they are published: a step of the upkeep.

Reading a large archive takes longer than building it, so an export does not wait for it. One process at a time computes
one edition at a time, the smallest first.
"""

import asyncio
import time

import msgspec

from ..archive.digest import digest_of
from ..archive.sums import Sums
from ..base.database import Pool, find_one
from ..base.telemetry import log
from ..vault import ObjectUnreadableError, Stored, VaultFaultError
from ..work.context import WorkerContext

# Of a pass; what is being read then is finished.
PASS_SECONDS = 60.0
# Of one edition, and of the step.
EDITION_SECONDS = 3500.0
LIMIT_SECONDS = PASS_SECONDS + EDITION_SECONDS + 30.0
# After a process was killed, or the vault was unavailable, and after an archive could not be read.
RETRY_SECONDS, RECHECK_SECONDS = 60.0, 86_400.0

IS_DIGEST_DUE = "EXISTS (SELECT FROM pack_edition WHERE sha256 IS NULL AND sha256_due_at <= now())"


class Undigested(msgspec.Struct, frozen=True, kw_only=True):
    """An edition without a SHA-256."""

    pack_id: int
    edition: int
    key: str
    size_bytes: int
    etag: str | None

    @property
    def stored(self) -> Stored:
        return Stored(key=self.key, size=self.size_bytes, etag=self.etag)


# Postponed before it is read: an edition that ends its process does not keep the others from theirs.
_CLAIM = """
UPDATE pack_edition
   SET sha256_due_at = now() + make_interval(secs => $1)
 WHERE (pack_id, edition) = (SELECT pack_id, edition
                               FROM pack_edition
                              WHERE sha256 IS NULL AND sha256_due_at <= now()
                              ORDER BY size_bytes
                              LIMIT 1
                                FOR UPDATE SKIP LOCKED)
RETURNING pack_id, edition, key, size_bytes, etag
"""

# The pack first, as exports lock it; its trigger notifies the page. An edition of the pack as it is stays one.
_LOCK = "SELECT updated_at FROM pack WHERE id = $1 AND deleted_at IS NULL FOR UPDATE"
_TOUCH = "UPDATE pack SET updated_at = now() WHERE id = $1 AND deleted_at IS NULL"
_STAY = "UPDATE pack_edition SET built_from = now() WHERE pack_id = $1 AND built_from = $2"

_KEEP = "UPDATE pack_edition SET sha256 = $3, crc32 = $4 WHERE pack_id = $1 AND edition = $2"

_POSTPONE = """
UPDATE pack_edition SET sha256_due_at = now() + make_interval(secs => $3) WHERE pack_id = $1 AND edition = $2
"""


async def compute_digests(worker: WorkerContext) -> None:
    """Compute what is due for some seconds; ends early if the store is unavailable."""
    until = time.monotonic() + PASS_SECONDS
    while time.monotonic() < until:
        edition = await find_one(worker.pool, Undigested, _CLAIM, RETRY_SECONDS)
        if edition is None:
            return
        try:
            async with asyncio.timeout(EDITION_SECONDS):
                sums = await digest_of(worker.pool, worker.vault, edition.stored)
        except (ObjectUnreadableError, TimeoutError) as error:
            log.error("edition_not_digested", pack_id=edition.pack_id, edition=edition.edition, error=repr(error))
            await worker.pool.execute(_POSTPONE, edition.pack_id, edition.edition, RECHECK_SECONDS)
        except VaultFaultError as error:
            log.warning("digests_wait", error=str(error))
            return
        else:
            await _keep(worker.pool, edition, sums)


async def _keep(pool: Pool, edition: Undigested, sums: Sums) -> None:
    async with pool.acquire() as connection, connection.transaction():
        updated_at = await connection.fetchval(_LOCK, edition.pack_id)
        await connection.execute(_TOUCH, edition.pack_id)
        await connection.execute(_STAY, edition.pack_id, updated_at)
        await connection.execute(_KEEP, edition.pack_id, edition.edition, sums.sha256, sums.crc32)
