"""Whether another release has migrated the database meanwhile."""

import asyncio
from contextlib import suppress

import asyncpg

from .database import DATABASE_DOWN
from .migrations import known_migrations
from .telemetry import log

POLL_SECONDS = 10.0


class Schema:
    """Whether the database has migrations that this code does not know."""

    def __init__(self) -> None:
        self._known = sorted(known_migrations())
        self.is_newer = False

    async def check(self, pool: asyncpg.Pool) -> None:
        rows = await pool.fetch("SELECT version FROM schema_migrations WHERE version <> ALL($1)", self._known)
        was_newer, self.is_newer = self.is_newer, bool(rows)
        if self.is_newer and not was_newer:
            log.error("schema_is_newer", unknown=sorted(row["version"] for row in rows))
        elif was_newer and not self.is_newer:
            log.info("schema_is_known")

    async def watch(self, pool: asyncpg.Pool) -> None:
        """Check forever; an unreachable database changes nothing."""
        while True:
            await asyncio.sleep(POLL_SECONDS)
            with suppress(asyncpg.PostgresError, *DATABASE_DOWN):
                await self.check(pool)
