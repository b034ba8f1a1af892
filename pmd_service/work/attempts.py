"""A record of each attempt, for the console's timeline: worker, duration, steps, outcome."""

import os
import socket
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from ..base.database import DATABASE_DOWN, Connection, Pool, find_all, forget
from ..base.telemetry import log
from ..base.trace import Step, steps_so_far
from .held import Claimed, Held

KEEP_DAYS = 14
# The outcome of an attempt that an error of our own code or of the machine has ended.
ERROR = "error"
# Identifies this process to operators.
PROCESS = f"{socket.gethostname()}:{os.getpid()}"

_WRITE = """
INSERT INTO work_attempts (kind, row_id, user_id, attempt, worker, outcome, error, seconds, steps)
VALUES ($1, $2, $3, $4, $5, $6, left($7, 500), $8, $9)
"""
# Follows the “settled” CTE of the statement that ends the attempt.
_RECORDED_CTE = """,
recorded AS (INSERT INTO work_attempts (kind, row_id, user_id, attempt, worker, outcome, seconds, steps)
          SELECT ${}, ${}, ${}, ${}, ${}, 'done', ${}, ${} FROM settled)"""
_DELETE_OLD = """
DELETE FROM work_attempts
 WHERE id IN (SELECT id FROM work_attempts WHERE ended_at < now() - make_interval(days => $1) LIMIT $2)
"""
_COUNT_RECENT = """
SELECT count(*) FROM work_attempts
 WHERE kind = $1 AND row_id = $2 AND outcome = $3 AND ended_at > now() - interval '1 day'
"""
_LIST = """
SELECT attempt, worker, outcome, error, seconds, ended_at, steps FROM work_attempts
 WHERE kind = $1 AND row_id = $2 ORDER BY id LIMIT 100
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


def attempt_cte(kind: str, held: Held[Any], parameter: int) -> tuple[str, tuple[object, ...]]:
    """A CTE, and its parameters, by which the settling statement itself records the attempt as done.

    It saves a commit. Once that is committed, the handler may only return ``Done``.

    Args:
        parameter: the number of the statement's first free parameter.
    """
    held.is_recorded, row, steps = True, held.row, steps_so_far()
    seconds = time.perf_counter() - steps.began
    values = (kind, str(row.id), row.user_id, row.attempt, PROCESS, seconds, msgspec.to_builtins(steps.all))
    return _RECORDED_CTE.format(*range(parameter, parameter + len(values))), values


async def record_attempts(
    pool: Pool,
    kind: str,
    rows: Sequence[tuple[Claimed, Sequence[Step]]],
    *,
    outcome: str,
    seconds: float,
    error: str | None = None,
) -> None:
    """Record an attempt for each of these rows; without the database it is only logged, and no work waits for it."""
    values = [
        (kind, str(row.id), row.user_id, row.attempt, PROCESS, outcome, error, seconds, msgspec.to_builtins(steps))
        for row, steps in rows
    ]
    try:
        await pool.executemany(_WRITE, values)
    except (asyncpg.PostgresError, *DATABASE_DOWN) as fault:
        log.warning("attempt_not_written", error=repr(fault))


async def list_attempts(connection: Connection | Pool, kind: str, row_id: str) -> Sequence[Attempt]:
    return await find_all(connection, Attempt, _LIST, kind, row_id)


async def count_recent(connection: Connection | Pool, kind: str, row_id: str, outcome: str) -> int:
    """The row's attempts with this outcome within the last day."""
    counted: int = await connection.fetchval(_COUNT_RECENT, kind, row_id, outcome)
    return counted


async def delete_old_attempts(connection: Connection | Pool) -> None:
    """Daily upkeep."""
    await forget(connection, _DELETE_OLD, KEEP_DAYS)
