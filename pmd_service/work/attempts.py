"""One line an attempt: who was at a row, for how long, what took its time, and how it ended. For the timeline."""

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
# As operators and the log's collector know this process.
PROCESS = f"{socket.gethostname()}:{os.getpid()}"

_WRITE = """
INSERT INTO work_attempts (kind, row_id, user_id, attempt, worker, outcome, error, seconds, steps)
VALUES ($1, $2, $3, $4, $5, $6, left($7, 500), $8, $9)
"""
# Behind the “settled” of the statement that ends the attempt; its parameters are the last ones.
_NOTED = """,
noted AS (INSERT INTO work_attempts (kind, row_id, user_id, attempt, worker, outcome, seconds, steps)
          SELECT ${}, ${}, ${}, ${}, ${}, 'done', ${}, ${} FROM settled)"""
_FORGET = """
DELETE FROM work_attempts
 WHERE id IN (SELECT id FROM work_attempts WHERE ended_at < now() - make_interval(days => $1) LIMIT $2)
"""
_LIST = """
SELECT attempt, worker, outcome, error, seconds, ended_at, steps FROM work_attempts
 WHERE kind = $1 AND row_id = $2 ORDER BY id LIMIT 100
"""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt that has ended; ``outcome`` is one of the runner's."""

    attempt: int
    worker: str
    outcome: str
    error: str | None
    seconds: float
    ended_at: datetime
    steps: Sequence[Step]


def attempt_cte(kind: str, held: Held[Any], parameter: int) -> tuple[str, tuple[object, ...]]:
    """What the statement that settles a row writes besides, and its parameters: the attempt, as done.

    It saves a commit. The handler is to return ``Done`` once it is committed, and nothing else.

    Args:
        parameter: the number of the statement's first free one.
    """
    held.is_recorded, row, steps = True, held.row, steps_so_far()
    seconds = time.perf_counter() - steps.began
    told = (kind, str(row.id), row.user_id, row.attempt, PROCESS, seconds, msgspec.to_builtins(steps.all))
    return _NOTED.format(*range(parameter, parameter + len(told))), told


async def record_attempts(
    pool: Pool,
    kind: str,
    rows: Sequence[tuple[Claimed, Sequence[Step]]],
    *,
    outcome: str,
    seconds: float,
    error: str | None = None,
) -> None:
    """Write it down, of each row that was held with its steps; where the database is away, no work waits for that."""
    told = [
        (kind, str(row.id), row.user_id, row.attempt, PROCESS, outcome, error, seconds, msgspec.to_builtins(steps))
        for row, steps in rows
    ]
    try:
        await pool.executemany(_WRITE, told)
    except (asyncpg.PostgresError, *DATABASE_DOWN) as fault:
        log.warning("attempt_not_written", error=repr(fault))


async def list_attempts(connection: Connection | Pool, kind: str, row_id: str) -> Sequence[Attempt]:
    return await find_all(connection, Attempt, _LIST, kind, row_id)


async def delete_old_attempts(connection: Connection | Pool) -> None:
    """The daily step: attempts of long ago."""
    await forget(connection, _FORGET, KEEP_DAYS)
