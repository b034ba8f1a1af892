"""The sweep: what makes every row of work end, whatever was lost on the way.

It runs every few seconds; each statement is guarded, so that two at once do no harm, and costs the same whatever waits.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec

from ..base.database import Pool
from ..base.telemetry import log
from .context import WorkerContext
from .kind import KEPT_DYING, Kind
from .lease import FREE, also
from .queue import MAX_TICKETS
from .retry import TAKE_OVER_DELAY
from .runner import WAKE_BATCH

# A lease that ran out while the database itself was down tells nothing about who held it.
_DIED = "(coalesce(claimed_at, now()) >= pg_postmaster_start_time())::int"


class Statements(msgspec.Struct, frozen=True):
    """What is said to Postgres about the rows of one kind that nobody holds."""

    look: str
    take_over: str
    give_up: str


@cache
def statements(kind: Kind[Any]) -> Statements:
    """The statements of a kind, made once."""
    free = f"UPDATE {kind.table} SET {FREE}"
    # Kinds may share a table: what another one has lost is given up in its words, and counted by it.
    # What runs has a turn: the line's index finds it, whatever waits.
    running = f"{kind.status} = '{kind.running}' AND turn IS NOT NULL AND {kind.where}"
    lost = f"{running} AND lease_expires_at < now()"
    coded = also(kind.error_code and f"{kind.error_code} = '{KEPT_DYING}'")
    return Statements(
        look=f"""
SELECT (SELECT count(*)
          FROM (SELECT FROM {kind.table}
                 WHERE {kind.status} = '{kind.waiting}' AND turn IS NOT NULL AND {kind.where}
                 LIMIT {MAX_TICKETS}) AS in_line) AS due,
       EXISTS (SELECT FROM {kind.table} WHERE {lost}) AS is_lost""",
        take_over=f"{free}, {kind.status} = '{kind.waiting}', expired_leases = expired_leases + {_DIED}, "
        f"next_attempt_at = now() + {TAKE_OVER_DELAY}{also(kind.set_on_release)} "
        f"WHERE {lost} AND expired_leases < $1 RETURNING id",
        give_up=f"{free}, {kind.status} = '{kind.failed}', {kind.error_message} = $2{coded}{also(kind.set_on_fail)} "
        f"WHERE {lost} AND expired_leases >= $1 RETURNING id",
    )


async def sweep_work(worker: WorkerContext, kinds: Sequence[Kind[Any]]) -> None:
    """Line up what has become due, take over from the dead, and see to it that tickets say what waits."""
    await worker.pool.fetchval("SELECT work_wake($1)", WAKE_BATCH)
    looks = await worker.pool.fetch(" UNION ALL ".join(statements(kind).look for kind in kinds))
    for kind, look in zip(kinds, looks, strict=True):
        if look["due"]:
            await worker.queues.top_up(kind.queue, look["due"])
    for kind, look in zip(kinds, looks, strict=True):
        if look["is_lost"]:
            await take_over(worker.pool, kind)


async def take_over(pool: Pool, kind: Kind[Any]) -> None:
    """Free the rows whose lease has run out; their workers are dead or too slow to settle them any more."""
    said = statements(kind)
    # Giving up comes first: taking over takes the rest.
    async with pool.acquire() as connection, connection.transaction():
        given_up = [
            row["id"] for row in await connection.fetch(said.give_up, kind.max_expired_leases, kind.kept_dying_message)
        ]
        if given_up:
            await kind.on_failed(connection, given_up)
    for row_id in given_up:
        kind.on_status(kind.failed)
        log.error(f"{kind.name}_given_up", **{f"{kind.name}_id": str(row_id)})
    for row in await pool.fetch(said.take_over, kind.max_expired_leases):
        kind.on_status(kind.waiting)
        log.warning(f"{kind.name}_taken_over", **{f"{kind.name}_id": str(row["id"])})
