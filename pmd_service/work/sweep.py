"""The sweep: guarantees that every row of work ends, whatever got lost.

It runs every few seconds. Each statement is guarded, so that concurrent sweeps are harmless, and its cost does not
depend on the backlog.
"""

from collections.abc import Sequence
from typing import Any

from ..base.database import Connection, Pool, find_values, row_count
from ..base.telemetry import WORK_FAILURES, log
from .context import WorkerContext
from .kind import KEPT_DYING, Failed, Kind
from .lease import LEASE_SECONDS
from .retry import RETRY_CAP_SECONDS
from .runner import WAKE_BATCH, WOKEN
from .tickets import MAX_TICKETS

# Later than any lease or retry is scheduled: the database's clock has been set back since.
FAR_LEASE_SECONDS = 2 * LEASE_SECONDS
FAR_RETRY_SECONDS = 2 * RETRY_CAP_SECONDS

_CHECK = """
SELECT (SELECT count(*)
          FROM (SELECT FROM work WHERE kind = name AND state = 'waiting' AND turn IS NOT NULL LIMIT $2) AS line) AS due,
       EXISTS (SELECT FROM work WHERE kind = name AND state = 'running' AND lease_until < now()) AS has_expired,
       EXISTS (SELECT FROM work
                WHERE kind = name AND state = 'running' AND lease_until > now() + make_interval(secs => $3))
       OR EXISTS (SELECT FROM work_accounts
                   WHERE kind = name AND wakes_at > now() + make_interval(secs => $4)) AS was_set_back
  FROM unnest($1::text[]) WITH ORDINALITY AS kinds (name, place)
 ORDER BY place
"""

# The delay: hardly any the first time, which is most likely bad luck; rows whose workers die again and again are spread
# apart, up to 40 seconds. A lease that expired while Postgres was down is no fault of its worker.
_TAKE_OVER = """
UPDATE work
   SET state = 'waiting', turn = NULL, token = NULL, lease_until = NULL, claimed_at = NULL,
       expired = expired + (coalesce(claimed_at, now()) >= pg_postmaster_start_time())::int,
       due_at = clock_timestamp() + make_interval(secs => CASE expired WHEN 0 THEN random() * 1.25
                                                          ELSE least(2.5 * 2 ^ expired, 40) * (0.5 + random() / 2) END)
 WHERE kind = $1 AND state = 'running' AND lease_until < now() AND expired < $2
RETURNING subject
"""
_HOPELESS = """
SELECT subject FROM work WHERE kind = $1 AND state = 'running' AND lease_until < now() AND expired >= $2
"""
_GIVE_UP = """
UPDATE work
   SET state = 'failed', turn = NULL, token = NULL, lease_until = NULL, claimed_at = NULL, error = $4, code = $5,
       next_step = 'retry', ended_at = now()
 WHERE kind = $1 AND state = 'running' AND lease_until < now() AND expired >= $2 AND subject = ANY ($3)
RETURNING subject
"""

# A live worker renews its own anyway.
_RESET_LEASES = """
UPDATE work SET lease_until = now() + make_interval(secs => $2)
 WHERE kind = $1 AND state = 'running' AND lease_until > now() + make_interval(secs => $3)
"""
# The trigger on ``due_at`` gives them their turns.
_RESET_RETRIES = """
UPDATE work SET due_at = now()
 WHERE id = ANY (ARRAY(
       SELECT id FROM work
        WHERE kind = $1 AND state = 'waiting' AND turn IS NULL AND due_at > now() + make_interval(secs => $2)
          AND user_id IN (SELECT user_id FROM work_accounts
                           WHERE kind = $1 AND wakes_at > now() + make_interval(secs => $2) LIMIT 1000)
        ORDER BY id LIMIT 1000 FOR UPDATE SKIP LOCKED))
"""


async def sweep_work(worker: WorkerContext, kinds: Sequence[Kind[Any]]) -> None:
    """Queue what has become due, top up the tickets, and take over from dead workers."""
    await worker.pool.fetchval(f"SELECT {WOKEN}", WAKE_BATCH)
    names = [kind.name for kind in kinds]
    checks = await worker.pool.fetch(_CHECK, names, MAX_TICKETS, FAR_LEASE_SECONDS, FAR_RETRY_SECONDS)
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
    leases = row_count(await pool.execute(_RESET_LEASES, kind.name, LEASE_SECONDS, FAR_LEASE_SECONDS))
    retries = row_count(await pool.execute(_RESET_RETRIES, kind.name, FAR_RETRY_SECONDS))
    log.warning("database_clock_set_back", kind=kind.name, leases=leases, retries=retries)


async def take_over(pool: Pool, kind: Kind[Any]) -> None:
    """Release the rows whose lease has expired; their workers are dead, or too late to end them."""
    failed = Failed(kind.kept_dying_message, KEPT_DYING)
    async with pool.acquire() as connection, connection.transaction():
        # Give up first: taking over then takes the rest.
        given_up = await _give_up(connection, kind, failed)
        taken_over = await connection.fetch(_TAKE_OVER, kind.name, kind.max_expired_leases)
        for row in taken_over:
            await connection.execute(kind.release, kind.key(row["subject"]))
    for subject in given_up:
        kind.on_state("failed")
        WORK_FAILURES.labels(kind.name, "retry").inc()
        log.error(f"{kind.name}_given_up", **{f"{kind.name}_id": subject})
    for row in taken_over:
        kind.on_state("waiting")
        log.warning(f"{kind.name}_taken_over", **{f"{kind.name}_id": row["subject"]})


async def _give_up(connection: Connection, kind: Kind[Any], failed: Failed) -> Sequence[str]:
    """Fail the subjects whose workers have died too often; returns their ids."""
    hopeless = await find_values(connection, _HOPELESS, kind.name, kind.max_expired_leases)
    if not hopeless:
        return []
    await kind.lock_first(connection, [kind.key(subject) for subject in hopeless])
    reason = (failed.message, failed.code)
    given_up = await find_values(connection, _GIVE_UP, kind.name, kind.max_expired_leases, hopeless, *reason)
    await kind.fail(connection, [kind.key(subject) for subject in given_up], failed)
    return given_up
