"""The lease on a row of work: claim, renew, release, fail.

Each statement checks the attempt number and the token (fencing), so that a worker which has lost its lease because it
was killed, frozen or cut off cannot change the row any more: settling raises LeaseLostError.
"""

from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record

from ..base.database import Connection, Pool
from .held import Held, LeaseLostError, R, Slot
from .kind import Failed, Kind

LEASE_SECONDS = 30.0
# Clears the columns that a row has only while it is leased.
NO_LEASE = "lease_token = NULL, lease_expires_at = NULL, claimed_at = NULL"
# From this many lost leases on, the row itself may be what kills its workers.
SUSPECT_AFTER = 2


class Statements(msgspec.Struct, frozen=True):
    """The SQL of one kind of work."""

    where: str
    claim: str
    adopt: str
    renew: str
    is_held: str
    settle: str
    release: str


@cache
def statements(kind: Kind[Any]) -> Statements:
    """A kind's statements, built once."""
    where = f"WHERE id = $1 AND {kind.status} = '{kind.running}' AND attempt = $2 AND lease_token = $3"
    held = f"{where} RETURNING id"
    columns = ", ".join(kind.row.__struct_fields__)
    progress = "".join(f", {column} = ${number}" for number, column in enumerate(kind.progress, start=5))
    settle = f"UPDATE {kind.table} SET {NO_LEASE}"
    return Statements(
        where=where,
        # Triggers give a turn only to rows that are due and within their user's limit (migrations 0030 and 0300).
        claim=f"""
UPDATE {kind.table}
   SET {kind.status} = '{kind.running}', attempt = attempt + 1, lease_token = gen_random_uuid(),
       lease_expires_at = now() + make_interval(secs => $1), claimed_at = clock_timestamp(){and_set(kind.set_on_claim)}
 WHERE id = (SELECT id
               FROM {kind.table}
              WHERE {kind.status} = '{kind.waiting}' AND turn IS NOT NULL AND {kind.where}
                AND (expired_leases < {SUSPECT_AFTER} OR $2)
                AND NOT EXISTS (SELECT FROM work_kinds WHERE name = '{kind.name}' AND paused_at IS NOT NULL)
              ORDER BY turn, id
              LIMIT 1
                FOR UPDATE SKIP LOCKED)
RETURNING {columns}""",
        adopt=f"SELECT {columns} FROM {kind.table} {where}",
        renew=f"UPDATE {kind.table} SET lease_expires_at = now() + make_interval(secs => $4){progress} {held}",
        is_held=f"SELECT id FROM {kind.table} {where}",
        settle=settle,
        release=f"{settle}, {kind.status} = '{kind.waiting}', faults = faults + $4, "
        f"next_attempt_at = now() + make_interval(secs => $5){and_set(kind.set_on_release)} {held}",
    )


def and_set(changes: str | None) -> str:
    """Further assignments, appended to a SET."""
    return f", {changes}" if changes else ""


async def claim(pool: Pool, kind: Kind[R], *, suspects: bool = True, slot: Slot | None = None) -> Held[R] | None:
    """Claim the row with the lowest turn; None if no row is due.

    Args:
        suspects: also rows whose workers have died repeatedly.
    """
    return _held(kind, await pool.fetchrow(statements(kind).claim, LEASE_SECONDS, suspects), slot)


async def adopt(pool: Pool, kind: Kind[R], row_id: UUID | int, attempt: int, token: UUID) -> Held[R] | None:
    """Continue an attempt that the parent process has claimed; None if its lease has been lost since."""
    return _held(kind, await pool.fetchrow(statements(kind).adopt, row_id, attempt, token), None)


def _held(kind: Kind[R], row: Record | None, slot: Slot | None) -> Held[R] | None:
    if row is None:
        return None
    sql = statements(kind)
    return Held(kind.row(**row), settle=sql.settle, where=sql.where, slot=slot)


async def renew(connection: Connection | Pool, kind: Kind[Any], held: Held[Any]) -> bool:
    """Extend the lease and write the progress; False if the row is not held any more."""
    progress = (held.done, held.step)[: len(kind.progress)]
    return await connection.fetchrow(statements(kind).renew, *held.key, LEASE_SECONDS, *progress) is not None


async def is_held(connection: Connection | Pool, kind: Kind[Any], held: Held[Any]) -> bool:
    return await connection.fetchrow(statements(kind).is_held, *held.key) is not None


async def release(
    connection: Connection | Pool, kind: Kind[Any], held: Held[Any], *, fault: bool, delay_seconds: float
) -> None:
    """Return the row to the queue for its next attempt; a ``fault`` uses up one of its retries.

    Raises:
        LeaseLostError: the row is not held any more.
    """
    if await connection.fetchrow(statements(kind).release, *held.key, int(fault), delay_seconds) is None:
        raise LeaseLostError


async def fail(pool: Pool, kind: Kind[Any], held: Held[Any], failed: Failed) -> None:
    """Fail the row for good and run the kind's hook, in one transaction.

    Raises:
        LeaseLostError: the row is not held any more.
    """
    changes = {kind.status: kind.failed, kind.error_message: failed.message[:500]} | dict(failed.also)
    if kind.error_code is not None:
        changes[kind.error_code] = failed.code
    named = ", ".join(f"{column} = ${number}" for number, column in enumerate(changes, start=4))
    async with pool.acquire() as connection, connection.transaction():
        await held.settle(connection, named + and_set(kind.set_on_fail), *changes.values())
        await kind.on_failed(connection, [held.row.id])
