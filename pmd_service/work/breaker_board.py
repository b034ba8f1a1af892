"""The breakers of all workers, for operators: a row for each that is not closed."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
import msgspec

from ..base.database import DATABASE_DOWN, Connection, Pool, find_all
from ..base.telemetry import log
from .breaker import State
from .row import PROCESS

# An open breaker renews its row with every probe; a row this old was left by a dead process.
SILENT_SECONDS = 60.0

_OPEN = """
INSERT INTO work_breakers AS board (process, dependency, state, error, probe_at)
VALUES ($1, $2, $3, left($4, 500), now() + make_interval(secs => $5))
    ON CONFLICT (process, dependency) DO UPDATE
   SET state = excluded.state, error = excluded.error, probe_at = excluded.probe_at, seen_at = now()
"""
_CLOSE = "DELETE FROM work_breakers WHERE process = $1 AND dependency = $2"
_READ = """
SELECT dependency, CASE WHEN bool_or(state = 'open') THEN 'open' ELSE 'trying' END AS state,
       min(since) AS since, min(probe_at) AS probe_at, count(*) AS processes, max(error) AS error
  FROM work_breakers
 WHERE seen_at > now() - make_interval(secs => $1)
 GROUP BY dependency ORDER BY dependency
"""
_DELETE_STALE = "DELETE FROM work_breakers WHERE seen_at < now() - interval '1 day'"


class OpenBreaker(msgspec.Struct, frozen=True, kw_only=True):
    """A dependency that some workers find unavailable, since when, and the time of the next probe."""

    dependency: str
    state: str
    since: datetime
    probe_at: datetime | None
    processes: int
    error: str | None


async def record_breaker(pool: Pool, dependency: str, state: State, error: str | None, probe_in: float | None) -> None:
    """Record this process's breaker; ``probe_in``: seconds to the next probe."""
    try:
        if state is State.CLOSED:
            await pool.execute(_CLOSE, PROCESS, dependency)
        else:
            await pool.execute(_OPEN, PROCESS, dependency, state.value, error, probe_in)
    except (asyncpg.PostgresError, *DATABASE_DOWN) as fault:
        log.warning("breaker_not_recorded", dependency=dependency, error=repr(fault))


async def list_open_breakers(connection: Connection | Pool) -> Sequence[OpenBreaker]:
    return await find_all(connection, OpenBreaker, _READ, SILENT_SECONDS)


async def delete_stale_breakers(connection: Connection | Pool) -> None:
    """Daily upkeep: rows of killed processes."""
    await connection.execute(_DELETE_STALE)
