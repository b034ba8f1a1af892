"""The lease on a row of work: claim, renew, release, fail.

Each statement checks the token (fencing), so that a worker which has lost its lease because it was killed, frozen or
cut off cannot change the row any more: ending it raises LeaseLostError. The row of work is always changed before its
subject, so that no two transactions deadlock.
"""

from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record

from ..base.database import Connection, Pool
from ..base.telemetry import log
from .claimed import Claimed, LeaseLostError, R, Slot
from .kind import Failed, Kind
from .row import Work

LEASE_SECONDS = 30.0
# From this many lost leases on, the row itself may be what kills its workers; claim_work() has the same number.
SUSPECT_AFTER = 2

_DROP = "DELETE FROM work WHERE id = $1 AND token = $2"
_HAS_LEASE = "SELECT id FROM work WHERE id = $1 AND token = $2"
_RENEW = "UPDATE work SET lease_until = now() + make_interval(secs => $3) WHERE id = $1 AND token = $2 RETURNING id"
_RELEASE = """
UPDATE work
   SET state = 'waiting', turn = NULL, token = NULL, lease_until = NULL, claimed_at = NULL, faults = faults + $3,
       due_at = clock_timestamp() + make_interval(secs => $4), error = left($5, 500)
 WHERE id = $1 AND token = $2
RETURNING id
"""
_FAIL = """
UPDATE work
   SET state = 'failed', turn = NULL, token = NULL, lease_until = NULL, claimed_at = NULL, error = left($3, 500),
       code = $4, next_step = $5, ended_at = now()
 WHERE id = $1 AND token = $2
RETURNING id
"""


async def claim(pool: Pool, kind: Kind[R], *, suspects: bool = True, slot: Slot | None = None) -> Claimed[R] | None:
    """Claim the row with the lowest turn; None if no row is due.

    Args:
        suspects: also rows whose workers have died repeatedly.
    """
    while row := await pool.fetchrow(kind.claim, LEASE_SECONDS, suspects, None):
        if claimed := _claimed(kind, row, slot):
            return claimed
        work = row["work"]
        # claim_work() has a snapshot of its own: it sees a row that was committed while the statement ran, whose
        # subject the statement does not see. The next statement does.
        again = await pool.fetchrow(kind.claim, LEASE_SECONDS, True, work["token"])
        if again is None:
            continue  # its lease has been lost since
        if claimed := _claimed(kind, again, slot):
            return claimed
        # The subject was removed, or has ended, by a statement that left its work.
        log.info("work_without_subject", kind=kind.name, subject=work["subject"])
        await pool.execute(_DROP, work["id"], work["token"])
    return None


async def adopt(pool: Pool, kind: Kind[R], token: UUID) -> Claimed[R] | None:
    """Continue an attempt that the parent process has claimed; None if its lease has been lost since."""
    row = await pool.fetchrow(kind.claim, LEASE_SECONDS, True, token)
    return None if row is None else _claimed(kind, row, None)


def _claimed(kind: Kind[R], row: Record, slot: Slot | None) -> Claimed[R] | None:
    columns = dict(row)
    work = msgspec.convert(dict(columns.pop("work")), Work)
    return None if columns["id"] is None else Claimed(work, kind.row(**columns), slot=slot)


async def renew(pool: Pool, kind: Kind[Any], claimed: Claimed[Any], *, progress: bool) -> bool:
    """Extend the lease, and write the progress; False if the lease is lost."""
    if kind.write_progress is None or not progress:
        return await pool.fetchrow(_RENEW, *claimed.key, LEASE_SECONDS) is not None
    async with pool.acquire() as connection, connection.transaction():
        if await connection.fetchrow(_RENEW, *claimed.key, LEASE_SECONDS) is None:
            return False
        await kind.write_progress(connection, claimed)
        return True


async def has_lease(connection: Connection | Pool, claimed: Claimed[Any]) -> bool:
    return await connection.fetchrow(_HAS_LEASE, *claimed.key) is not None


async def require_lease(connection: Connection, claimed: Claimed[Any]) -> None:
    """Hold the row until the transaction ends.

    Raises:
        LeaseLostError: the lease is lost.
    """
    if await connection.fetchrow(f"{_HAS_LEASE} FOR UPDATE", *claimed.key) is None:
        raise LeaseLostError


async def release(
    pool: Pool, kind: Kind[Any], claimed: Claimed[Any], *, fault: bool, delay_seconds: float, error: str | None = None
) -> None:
    """Return the row to the queue for its next attempt; a ``fault`` uses up one of its retries.

    Raises:
        LeaseLostError: the lease is lost.
    """
    async with pool.acquire() as connection, connection.transaction():
        if await connection.fetchrow(_RELEASE, *claimed.key, int(fault), delay_seconds, error) is None:
            raise LeaseLostError
        await connection.execute(kind.release, claimed.row.id)


async def fail(pool: Pool, kind: Kind[Any], claimed: Claimed[Any], failed: Failed) -> None:
    """Fail the row and its subject for good, in one transaction.

    Raises:
        LeaseLostError: the lease is lost.
    """
    async with pool.acquire() as connection, connection.transaction():
        await kind.lock_first(connection, [claimed.row.id])
        reason = (failed.message, failed.code, kind.next_step(failed))
        if await connection.fetchrow(_FAIL, *claimed.key, *reason) is None:
            raise LeaseLostError
        await kind.fail(connection, [claimed.row.id], failed)
