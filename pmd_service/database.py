"""The Postgres pool and its codecs."""

from collections.abc import AsyncIterator
from typing import TypeAlias

import asyncpg
import msgspec
from aiohttp import web
from asyncpg.pool import PoolConnectionProxy

from .ops.migrations import require_migrated
from .ops.settings import Settings

Connection: TypeAlias = asyncpg.Connection | PoolConnectionProxy
Pool: TypeAlias = asyncpg.Pool

POOL = web.AppKey("pool", asyncpg.Pool)

# What a lost or refusing server looks like: the request may be tried again, nothing is wrong with it.
DATABASE_DOWN = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
    OSError,
    TimeoutError,
)


async def create_pool(dsn: str, *, application: str, max_size: int = 10) -> Pool:
    return await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=max_size,
        timeout=5,
        command_timeout=60,
        init=_set_codecs,
        reset=_leave_as_it_is,
        server_settings={"application_name": application},
    )


async def _set_codecs(connection: asyncpg.Connection) -> None:
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(
            kind,
            schema="pg_catalog",
            encoder=lambda value: msgspec.json.encode(value).decode(),
            decoder=msgspec.json.decode,
        )


async def _leave_as_it_is(_connection: asyncpg.Connection) -> None:
    """Nobody changes a session's settings or keeps a session's lock: to undo them would be one more round trip."""


async def pool_context(app: web.Application, settings: Settings) -> AsyncIterator[None]:
    """The web process's pool, from a migrated database on."""
    async with await create_pool(settings.database_url, application="pmd-server") as pool:
        await require_migrated(pool)
        app[POOL] = pool
        yield
