"""Where operators see the breakers of all workers: a row for each that is not closed."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
import msgspec

from ..base.database import DATABASE_DOWN, Connection, Pool, find_all
from ..base.telemetry import log
from .attempts import PROCESS
from .breaker import State

# A process that has said nothing for so long is dead; one that probes says so every few seconds.
SILENT_SECONDS = 60.0

_OPEN = """
INSERT INTO work_breakers AS board (process, dependency, state, error, asks_at)
VALUES ($1, $2, $3, left($4, 500), now() + make_interval(secs => $5))
    ON CONFLICT (process, dependency) DO UPDATE
   SET state = excluded.state, error = excluded.error, asks_at = excluded.asks_at, seen_at = now()
"""
_CLOSE = "DELETE FROM work_breakers WHERE process = $1 AND dependency = $2"
_READ = """
SELECT dependency, CASE WHEN bool_or(state = 'open') THEN 'open' ELSE 'trying' END AS state,
       min(since) AS since, min(asks_at) AS asks_at, count(*) AS processes, max(error) AS error
  FROM work_breakers
 WHERE seen_at > now() - make_interval(secs => $1)
 GROUP BY dependency ORDER BY dependency
"""
_FORGET = "DELETE FROM work_breakers WHERE seen_at < now() - interval '1 day'"


class OpenBreaker(msgspec.Struct, frozen=True, kw_only=True):
    """A dependency that some workers find away, since when, and when one of them asks again."""

    dependency: str
    state: str
    since: datetime
    asks_at: datetime | None
    processes: int
    error: str | None


async def record_breaker(pool: Pool, dependency: str, state: State, error: str | None, asks_in: float | None) -> None:
    """What this process finds of a dependency; ``asks_in`` are seconds."""
    try:
        if state is State.CLOSED:
            await pool.execute(_CLOSE, PROCESS, dependency)
        else:
            await pool.execute(_OPEN, PROCESS, dependency, state.value, error, asks_in)
    except (asyncpg.PostgresError, *DATABASE_DOWN) as fault:
        log.warning("breaker_not_told", dependency=dependency, error=repr(fault))


async def list_open_breakers(connection: Connection | Pool) -> Sequence[OpenBreaker]:
    return await find_all(connection, OpenBreaker, _READ, SILENT_SECONDS)


async def delete_stale_breakers(connection: Connection | Pool) -> None:
    """The daily step: what killed processes have left."""
    await connection.execute(_FORGET)
