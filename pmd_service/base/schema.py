"""Whether another release has migrated the database meanwhile."""

import asyncio
from contextlib import suppress

import asyncpg

from .database import DATABASE_DOWN, find_values
from .migrations import known_migrations
from .telemetry import log

POLL_SECONDS = 10.0
_UNKNOWN = "SELECT version FROM schema_migrations WHERE version <> ALL($1) ORDER BY version"


class Schema:
    """Whether the database has migrations that this code does not know."""

    def __init__(self) -> None:
        self._known = sorted(known_migrations())
        self.is_newer = False

    async def accept(self, pool: asyncpg.Pool) -> None:
        """Know what is there now: a process that starts on a newer schema is of a release that was gone back to."""
        unknown = await self._find_unknown(pool)
        self._known += unknown
        if unknown:
            log.warning("schema_is_ahead", unknown=unknown)

    async def check(self, pool: asyncpg.Pool) -> None:
        unknown = await self._find_unknown(pool)
        was_newer, self.is_newer = self.is_newer, bool(unknown)
        if self.is_newer and not was_newer:
            log.error("schema_is_newer", unknown=unknown)
        elif was_newer and not self.is_newer:
            log.info("schema_is_known")

    async def _find_unknown(self, pool: asyncpg.Pool) -> list[str]:
        return await find_values(pool, _UNKNOWN, self._known)

    async def watch(self, pool: asyncpg.Pool) -> None:
        """Check forever; an unreachable database changes nothing."""
        while True:
            await asyncio.sleep(POLL_SECONDS)
            with suppress(asyncpg.PostgresError, *DATABASE_DOWN):
                await self.check(pool)
