"""A record of each attempt, for the console's timeline: worker, duration, steps, outcome."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
import msgspec

from ..base.database import DATABASE_DOWN, Connection, Pool, find_all, forget
from ..base.telemetry import log
from ..base.trace import Step
from .row import PROCESS, Work

KEEP_DAYS = 14
# The outcome of an attempt that an error of our own code or of the machine has ended.
ERROR = "error"

_WRITE = """
INSERT INTO work_attempts (kind, subject, user_id, title, attempt, worker, outcome, error, seconds, steps, request_id,
                           created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, left($8, 500), $9, $10, $11, $12)
"""
# They are written as they end: the oldest have the lowest ids.
_DELETE_OLD = """
DELETE FROM work_attempts
 WHERE id = ANY (ARRAY(SELECT id FROM work_attempts ORDER BY id LIMIT $2))
   AND ended_at < now() - make_interval(days => $1)
"""
_COUNT_ERRORS = f"""
SELECT count(*) FROM work_attempts
 WHERE kind = $1 AND subject = $2 AND outcome = '{ERROR}' AND ended_at > now() - interval '1 day'
"""
_LIST = """
SELECT attempt, worker, outcome, error, seconds, ended_at, steps FROM work_attempts
 WHERE kind = $1 AND subject = $2 ORDER BY id LIMIT 100
"""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """An ended attempt; ``outcome`` is one of the runner's OUTCOMES."""

    attempt: int
    worker: str
    outcome: str
    error: str | None
    seconds: float
    ended_at: datetime
    steps: Sequence[Step]


async def record_attempt(
    pool: Pool, work: Work, steps: Sequence[Step], *, outcome: str, seconds: float, error: str | None = None
) -> None:
    """Record an attempt that did not end well; without the database it is only logged, and no work waits for it."""
    attempt = (work.kind, work.subject, work.user_id, work.title, work.attempt, PROCESS)
    result = (outcome, error, seconds, msgspec.to_builtins(steps), work.request_id, work.created_at)
    try:
        await pool.execute(_WRITE, *attempt, *result)
    except (asyncpg.PostgresError, *DATABASE_DOWN) as fault:
        log.warning("attempt_not_written", error=repr(fault))


async def list_attempts(connection: Connection | Pool, kind: str, subject: str) -> Sequence[Attempt]:
    return await find_all(connection, Attempt, _LIST, kind, subject)


async def count_errors(connection: Connection | Pool, kind: str, subject: str) -> int:
    """The attempts at this subject within the last day that ended by an ``ERROR``."""
    counted: int = await connection.fetchval(_COUNT_ERRORS, kind, subject)
    return counted


async def delete_old_attempts(connection: Connection | Pool) -> None:
    """Daily upkeep."""
    await forget(connection, _DELETE_OLD, KEEP_DAYS)
