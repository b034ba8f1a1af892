"""The sweep: what makes every row of work end, whatever was lost on the way, and lets waiting users take turns.

It runs every few seconds; each statement is guarded, so that two at once do no harm.
"""

from functools import cache
from typing import Any

import msgspec

from ..database import Pool
from ..ops.telemetry import log
from .context import WorkerContext
from .held import Held
from .kind import Kind
from .lease import also
from .queue import Queues
from .retry import TAKE_OVER_DELAY

# A job older than this that nobody has answered is stale: its worker died between taking it and claiming the row.
STALE_JOB_SECONDS = 20.0
MOST_ENQUEUED = 1000


class Statements(msgspec.Struct, frozen=True):
    """What is said to Postgres about the rows of one kind that nobody holds."""

    take_over: str
    give_up: str
    waiting: str
    next_of_user: str


@cache
def statements(kind: Kind[Any]) -> Statements:
    """The statements of a kind, made once."""
    free = f"UPDATE {kind.table} SET lease_token = NULL, lease_expires_at = NULL"
    # Kinds may share a table: what another one has lost is given up in its words, and counted by it.
    running = f"{kind.status} = '{kind.running}' AND {kind.is_wanted}"
    lost = f"{running} AND lease_expires_at < now()"
    coded = also(kind.error_code and f"{kind.error_code} = 'kept_dying'")
    due = f"{kind.status} = '{kind.waiting}' AND next_attempt_at <= now() AND {kind.is_wanted}"
    return Statements(
        take_over=f"{free}, {kind.status} = '{kind.waiting}', expired_leases = expired_leases + 1, "
        f"next_attempt_at = now() + {TAKE_OVER_DELAY}{also(kind.on_release)} "
        f"WHERE {lost} AND expired_leases < $1 RETURNING id",
        give_up=f"{free}, {kind.status} = '{kind.failed}', {kind.error_message} = $2{coded}{also(kind.on_fail)} "
        f"WHERE {lost} AND expired_leases >= $1 RETURNING id",
        # A user's first rows before anybody's second ones, and no more of each user's than may run.
        waiting=f"""
SELECT id, attempt, next_attempt_at < now() - make_interval(secs => $1) AS is_overdue
  FROM (SELECT id, attempt, next_attempt_at,
               row_number() OVER (PARTITION BY user_id ORDER BY next_attempt_at, id) AS place
          FROM {kind.table}
         WHERE {due}) AS in_line
 WHERE place <= $2
 ORDER BY place, next_attempt_at
 LIMIT {MOST_ENQUEUED}""",
        next_of_user=f"""
SELECT id, attempt
  FROM {kind.table}
 WHERE user_id = $1 AND {due}
 ORDER BY next_attempt_at, id
 LIMIT greatest($2 - (SELECT count(*) FROM {kind.table} WHERE user_id = $1 AND {running}), 0)""",
    )


async def sweep_work(worker: WorkerContext, kind: Kind[Any]) -> None:
    """Take over from the dead, and enqueue what waits."""
    await take_over(worker.pool, kind)
    await enqueue_waiting(worker.pool, worker.queues, kind, at_most=per_user(worker, kind))


async def take_over(pool: Pool, kind: Kind[Any]) -> None:
    """Free the rows whose lease has run out; their workers are dead or too slow to settle them any more."""
    said = statements(kind)
    # Giving up comes first: taking over takes the rest.
    async with pool.acquire() as connection, connection.transaction():
        given_up = [row["id"] for row in await connection.fetch(said.give_up, kind.max_expired_leases, kind.kept_dying)]
        if given_up:
            await kind.when_failed(connection, given_up)
    for row_id in given_up:
        kind.entered(kind.failed)
        log.error(f"{kind.name}_given_up", **{f"{kind.name}_id": str(row_id)})
    for row in await pool.fetch(said.take_over, kind.max_expired_leases):
        kind.entered(kind.waiting)
        log.warning(f"{kind.name}_taken_over", **{f"{kind.name}_id": str(row["id"])})


async def enqueue_waiting(pool: Pool, queues: Queues, kind: Kind[Any], *, at_most: int) -> None:
    """Enqueue what is due and may run."""
    for row in await pool.fetch(statements(kind).waiting, STALE_JOB_SECONDS, at_most):
        await queues.enqueue(kind.job, row["id"], row["attempt"], is_overdue=row["is_overdue"])


async def enqueue_next(worker: WorkerContext, kind: Kind[Any], ended: Held[Any]) -> None:
    """Let the user's next rows have the place that this attempt has left, behind what others have enqueued.

    As many as may run beside those that do: two attempts that end together find the same first one.
    """
    because_of = f"{ended.row.id}.{ended.row.attempt}"
    for row in await worker.pool.fetch(statements(kind).next_of_user, ended.row.user_id, per_user(worker, kind)):
        await worker.queues.enqueue(kind.job, row["id"], row["attempt"], because_of=because_of)


def per_user(worker: WorkerContext, kind: Kind[Any]) -> int:
    """How many rows of one user run at a time."""
    return kind.running_per_user or worker.settings.running_per_user
