"""The sweep: guarantees that every row of work ends, whatever got lost.

It runs every few seconds. Each statement is guarded, so that concurrent sweeps are harmless, and its cost does not
depend on the backlog.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec

from ..base.database import Pool
from ..base.telemetry import log
from .context import WorkerContext
from .kind import KEPT_DYING, Kind
from .lease import LEASE_SECONDS, NO_LEASE, and_set
from .retry import RETRY_CAP_SECONDS, TAKE_OVER_DELAY
from .runner import WAKE_BATCH
from .tickets import MAX_TICKETS

# Later than any lease or retry is scheduled: the database's clock has been set back since.
_FAR_LEASE = f"now() + make_interval(secs => {2 * LEASE_SECONDS})"
_FAR_RETRY = f"now() + make_interval(secs => {2 * RETRY_CAP_SECONDS})"
# Rows of one pass that are made due after that.
_MAX_RESET = 1000

# A lease that expired while Postgres was down says nothing about its worker.
_DIED = "(coalesce(claimed_at, now()) >= pg_postmaster_start_time())::int"


class Statements(msgspec.Struct, frozen=True):
    """The SQL for one kind's rows that no worker holds."""

    check: str
    take_over: str
    give_up: str
    reset_leases: str
    reset_retries: str


@cache
def statements(kind: Kind[Any]) -> Statements:
    """A kind's statements, built once."""
    update = f"UPDATE {kind.table} SET {NO_LEASE}"
    # ``where``: kinds may share a table, and each gives up its own rows. ``turn``: running rows have one, so that the
    # queue's index finds them.
    running = f"{kind.status} = '{kind.running}' AND turn IS NOT NULL AND {kind.where}"
    expired, is_far = f"{running} AND lease_expires_at < now()", f"{running} AND lease_expires_at > {_FAR_LEASE}"
    accounts = f"FROM work_accounts WHERE kind = '{kind.name}' AND wakes_at > {_FAR_RETRY}"
    code = and_set(kind.error_code and f"{kind.error_code} = '{KEPT_DYING}'")
    return Statements(
        check=f"""
SELECT (SELECT count(*)
          FROM (SELECT FROM {kind.table}
                 WHERE {kind.status} = '{kind.waiting}' AND turn IS NOT NULL AND {kind.where}
                 LIMIT {MAX_TICKETS}) AS in_line) AS due,
       EXISTS (SELECT FROM {kind.table} WHERE {expired}) AS has_expired,
       EXISTS (SELECT FROM {kind.table} WHERE {is_far}) OR EXISTS (SELECT {accounts}) AS was_set_back""",
        take_over=f"{update}, {kind.status} = '{kind.waiting}', expired_leases = expired_leases + {_DIED}, "
        f"next_attempt_at = now() + {TAKE_OVER_DELAY}{and_set(kind.set_on_release)} "
        f"WHERE {expired} AND expired_leases < $1 RETURNING id",
        give_up=f"{update}, {kind.status} = '{kind.failed}', {kind.error_message} = $2{code}"
        f"{and_set(kind.set_on_fail)} WHERE {expired} AND expired_leases >= $1 RETURNING id",
        # A live worker renews its own anyway.
        reset_leases=f"UPDATE {kind.table} SET lease_expires_at = now() + make_interval(secs => {LEASE_SECONDS}) "
        f"WHERE {is_far}",
        # The trigger on ``next_attempt_at`` gives them their turns, and sets ``wakes_at``.
        reset_retries=f"""
UPDATE {kind.table} SET next_attempt_at = now()
 WHERE id IN (SELECT id FROM {kind.table}
               WHERE user_id IN (SELECT user_id {accounts} LIMIT {_MAX_RESET})
                 AND {kind.status} = '{kind.waiting}' AND turn IS NULL AND {kind.where}
                 AND next_attempt_at > {_FAR_RETRY} AND next_attempt_at < 'infinity'
               ORDER BY id LIMIT {_MAX_RESET} FOR UPDATE SKIP LOCKED)""",
    )


async def sweep_work(worker: WorkerContext, kinds: Sequence[Kind[Any]]) -> None:
    """Queue what has become due, top up the tickets, and take over from dead workers."""
    await worker.pool.fetchval("SELECT work_wake($1)", WAKE_BATCH)
    checks = await worker.pool.fetch(" UNION ALL ".join(statements(kind).check for kind in kinds))
    for kind, check in zip(kinds, checks, strict=True):
        if check["due"]:
            await worker.queues.top_up(kind.queue, check["due"])
    for kind, check in zip(kinds, checks, strict=True):
        if check["was_set_back"]:
            await reset_times(worker.pool, kind)
        if check["has_expired"]:
            await take_over(worker.pool, kind)


async def reset_times(pool: Pool, kind: Kind[Any]) -> None:
    """After the database's clock was set back, rows wait no longer than they would have without it."""
    sql = statements(kind)
    leases, retries = await pool.execute(sql.reset_leases), await pool.execute(sql.reset_retries)
    log.warning("database_clock_set_back", kind=kind.name, leases=leases, retries=retries)


async def take_over(pool: Pool, kind: Kind[Any]) -> None:
    """Release the rows whose lease has expired; their workers are dead, or too late to settle them."""
    sql = statements(kind)
    # Give up first: taking over then takes the rest.
    async with pool.acquire() as connection, connection.transaction():
        rows = await connection.fetch(sql.give_up, kind.max_expired_leases, kind.kept_dying_message)
        given_up = [row["id"] for row in rows]
        if given_up:
            await kind.on_failed(connection, given_up)
    for row_id in given_up:
        kind.on_status(kind.failed)
        log.error(f"{kind.name}_given_up", **{f"{kind.name}_id": str(row_id)})
    for row in await pool.fetch(sql.take_over, kind.max_expired_leases):
        kind.on_status(kind.waiting)
        log.warning(f"{kind.name}_taken_over", **{f"{kind.name}_id": str(row["id"])})
