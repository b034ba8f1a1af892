"""The lease on a row of work: who is at it, for how long, and every way an attempt can end.

Each statement guards on the attempt and the token, so that a worker that lost its lease (killed, frozen, cut off) can
change nothing any more: for it, settling raises LeaseLostError.
"""

from enum import Enum
from functools import cache
from typing import Any
from uuid import UUID

import msgspec

from ..database import Connection, Pool
from .held import Held, LeaseLostError, R, Slot
from .kind import Failed, Kind

LEASE_SECONDS = 30.0


class Unclaimed(Enum):
    """Why a row was not claimed."""

    NOT_WAITING = "not_waiting"
    USER_IS_BUSY = "user_is_busy"
    IS_SUSPECT = "is_suspect"


class Statements(msgspec.Struct, frozen=True):
    """What is said to Postgres about one kind of work."""

    held: str
    lock: str
    claim: str
    renew: str
    is_held: str
    settle: str
    release: str


@cache
def statements(kind: Kind[Any]) -> Statements:
    """The statements of a kind, made once."""
    is_held = f"WHERE id = $1 AND {kind.status} = '{kind.running}' AND attempt = $2 AND lease_token = $3"
    held = f"{is_held} RETURNING id"
    due = f"id = $1 AND {kind.status} = '{kind.waiting}' AND next_attempt_at <= now() AND {kind.is_wanted}"
    told = "".join(f", {column} = ${number}" for number, column in enumerate(kind.progress, start=5))
    settle = f"UPDATE {kind.table} SET lease_token = NULL, lease_expires_at = NULL"
    return Statements(
        held=held,
        # One user's claims of a kind come one after the other, so that none overlooks another's running row.
        lock=f"SELECT pg_advisory_xact_lock(hashtext('work {kind.table}'), user_id), user_id, expired_leases "
        f"FROM {kind.table} WHERE {due}",
        claim=f"""
UPDATE {kind.table}
   SET {kind.status} = '{kind.running}', attempt = attempt + 1, lease_token = gen_random_uuid(),
       lease_expires_at = now() + make_interval(secs => $2){also(kind.on_claim)}
 WHERE {due}
   AND (SELECT count(*) FROM {kind.table} WHERE user_id = $3 AND {kind.status} = '{kind.running}' AND {kind.is_wanted})
       < $4
RETURNING {", ".join(kind.row.__struct_fields__)}""",
        renew=f"UPDATE {kind.table} SET lease_expires_at = now() + make_interval(secs => $4){told} {held}",
        is_held=f"SELECT id FROM {kind.table} {is_held}",
        settle=settle,
        release=f"{settle}, {kind.status} = '{kind.waiting}', faults = faults + $4, "
        f"next_attempt_at = now() + make_interval(secs => $5){also(kind.on_release)} {held}",
    )


def also(changes: str | None) -> str:
    """Further changes, as they follow others in a SET."""
    return f", {changes}" if changes else ""


async def claim(
    pool: Pool,
    kind: Kind[R],
    row_id: UUID | int,
    *,
    running_per_user: int,
    slot: Slot | None = None,
    suspect_after: int | None = None,
) -> Held[R] | Unclaimed:
    """Take a waiting row, unless its user has enough of them running.

    A row that is not waiting (any more) is nobody's: a second delivery of a job is harmless.

    Args:
        suspect_after: how many expired leases make a row one that this process does not take.
    """
    said = statements(kind)
    async with pool.acquire() as connection, connection.transaction():
        waiting = await connection.fetchrow(said.lock, row_id)
        if waiting is None:
            return Unclaimed.NOT_WAITING
        if suspect_after is not None and waiting["expired_leases"] >= suspect_after:
            return Unclaimed.IS_SUSPECT
        row = await connection.fetchrow(said.claim, row_id, LEASE_SECONDS, waiting["user_id"], running_per_user)
        if row is None:
            return await _why_not(connection, kind, row_id)
    return Held(kind.row(**row), settle=said.settle, held=said.held, slot=slot)


async def _why_not(connection: Connection, kind: Kind[Any], row_id: UUID | int) -> Unclaimed:
    status = await connection.fetchval(f"SELECT {kind.status} FROM {kind.table} WHERE id = $1", row_id)
    return Unclaimed.USER_IS_BUSY if status == kind.waiting else Unclaimed.NOT_WAITING


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
        await held.settle(connection, named + also(kind.on_fail), *changes.values())
        await kind.when_failed(connection, [held.row.id])
