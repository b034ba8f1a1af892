"""The lease on a row of work: who is at it, for how long, and every way an attempt can end.

Each statement guards on the attempt and the token, so that a worker that lost its lease (killed, frozen, cut off) can
change nothing any more: for it, settling raises LeaseLostError.
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
# What a row has only while somebody holds it.
FREE = "lease_token = NULL, lease_expires_at = NULL, claimed_at = NULL"
# A row that has lost so many leases may be the one that its workers have died of.
SUSPECT_AFTER = 2


class Statements(msgspec.Struct, frozen=True):
    """What is said to Postgres about one kind of work."""

    held: str
    claim: str
    hold: str
    renew: str
    is_held: str
    settle: str
    release: str


@cache
def statements(kind: Kind[Any]) -> Statements:
    """The statements of a kind, made once."""
    is_held = f"WHERE id = $1 AND {kind.status} = '{kind.running}' AND attempt = $2 AND lease_token = $3"
    held = f"{is_held} RETURNING id"
    columns = ", ".join(kind.row.__struct_fields__)
    told = "".join(f", {column} = ${number}" for number, column in enumerate(kind.progress, start=5))
    settle = f"UPDATE {kind.table} SET {FREE}"
    return Statements(
        held=held,
        # What has a turn is due, and its user may have it running: triggers see to that (migrations 0030 and 0300).
        claim=f"""
UPDATE {kind.table}
   SET {kind.status} = '{kind.running}', attempt = attempt + 1, lease_token = gen_random_uuid(),
       lease_expires_at = now() + make_interval(secs => $1), claimed_at = clock_timestamp(){also(kind.set_on_claim)}
 WHERE id = (SELECT id
               FROM {kind.table}
              WHERE {kind.status} = '{kind.waiting}' AND turn IS NOT NULL AND {kind.where}
                AND (expired_leases < {SUSPECT_AFTER} OR $2)
                AND NOT EXISTS (SELECT FROM work_kinds WHERE name = '{kind.name}' AND paused_at IS NOT NULL)
              ORDER BY turn, id
              LIMIT 1
                FOR UPDATE SKIP LOCKED)
RETURNING {columns}""",
        hold=f"SELECT {columns} FROM {kind.table} {is_held}",
        renew=f"UPDATE {kind.table} SET lease_expires_at = now() + make_interval(secs => $4){told} {held}",
        is_held=f"SELECT id FROM {kind.table} {is_held}",
        settle=settle,
        release=f"{settle}, {kind.status} = '{kind.waiting}', faults = faults + $4, "
        f"next_attempt_at = now() + make_interval(secs => $5){also(kind.set_on_release)} {held}",
    )


def also(changes: str | None) -> str:
    """Further changes, as they follow others in a SET."""
    return f", {changes}" if changes else ""


async def claim(pool: Pool, kind: Kind[R], *, suspects: bool = True, slot: Slot | None = None) -> Held[R] | None:
    """Take the row whose turn it is; None when nobody's is.

    Args:
        suspects: take one that has cost workers their lives, too.
    """
    return _held(kind, await pool.fetchrow(statements(kind).claim, LEASE_SECONDS, suspects), slot)


async def hold(pool: Pool, kind: Kind[R], row_id: UUID | int, attempt: int, token: UUID) -> Held[R] | None:
    """An attempt that another process has claimed for this one; None when it has been lost since."""
    return _held(kind, await pool.fetchrow(statements(kind).hold, row_id, attempt, token), None)


def _held(kind: Kind[R], row: Record | None, slot: Slot | None) -> Held[R] | None:
    said = statements(kind)
    return Held(kind.row(**row), settle=said.settle, held=said.held, slot=slot) if row is not None else None


async def renew(connection: Connection | Pool, kind: Kind[Any], held: Held[Any]) -> bool:
    """Keep the row for another lease and tell how far the work is; False when it is not held any more."""
    told = (held.done, held.step)[: len(kind.progress)]
    return await connection.fetchrow(statements(kind).renew, *held.key, LEASE_SECONDS, *told) is not None


async def is_held(connection: Connection | Pool, kind: Kind[Any], held: Held[Any]) -> bool:
    return await connection.fetchrow(statements(kind).is_held, *held.key) is not None


async def release(
    connection: Connection | Pool, kind: Kind[Any], held: Held[Any], *, fault: bool, delay_seconds: float
) -> None:
    """Give the row back to wait for its next attempt; a ``fault`` uses up one of its retries.

    Raises:
        LeaseLostError: it is not held any more.
    """
    if await connection.fetchrow(statements(kind).release, *held.key, int(fault), delay_seconds) is None:
        raise LeaseLostError


async def fail(pool: Pool, kind: Kind[Any], held: Held[Any], failed: Failed) -> None:
    """End the row for good, and what must be written together with that.

    Raises:
        LeaseLostError: it is not held any more.
    """
    changes = {kind.status: kind.failed, kind.error_message: failed.message[:500]} | dict(failed.also)
    if kind.error_code is not None:
        changes[kind.error_code] = failed.code
    named = ", ".join(f"{column} = ${number}" for number, column in enumerate(changes, start=4))
    async with pool.acquire() as connection, connection.transaction():
        await held.settle(connection, named + also(kind.set_on_fail), *changes.values())
        await kind.on_failed(connection, [held.row.id])
