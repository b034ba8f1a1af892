"""The Postgres pool and its codecs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, TypeVar

import asyncpg
import msgspec
from aiohttp import web
from asyncpg.pool import PoolAcquireContext, PoolConnectionProxy

from .migrations import require_migrated
from .pooler import LOCK_SECONDS, require_sessions
from .settings import Settings

Connection: TypeAlias = asyncpg.Connection | PoolConnectionProxy
Pool: TypeAlias = asyncpg.Pool

S = TypeVar("S", bound=msgspec.Struct)

POOL = web.AppKey("pool", asyncpg.Pool)

# What a request of the web process waits for at most: a connection, a row that somebody else has locked, a statement.
ACQUIRE_SECONDS = 3.0
STATEMENT_SECONDS = 20.0
# Rows that one statement forgets: their locks, and what has to be written before it commits, stay small.
AT_ONCE = 1000

# What a lost, busy or refusing server looks like: the request may be tried again, nothing is wrong with it.
DATABASE_DOWN = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InsufficientResourcesError,  # too many connections, no disk, no memory
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.ReadOnlySQLTransactionError,  # a standby that has not been promoted yet
    asyncpg.UndefinedTableError,  # the site is detached, for its own migrations
    asyncpg.InsufficientPrivilegeError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # what asyncpg makes of a connection that is lost in the middle of an answer
    OSError,
    TimeoutError,
)


async def create_pool(dsn: str, *, application: str, max_size: int = 10) -> Pool:
    """A pool for jobs and commands, which wait for a connection and for a lock as long as it takes."""
    return await asyncpg.create_pool(dsn, **_options(application, max_size), command_timeout=60)


async def create_hasty_pool(dsn: str, *, application: str, max_size: int = 10) -> Pool:
    """A pool for requests, whose people wait: what takes too long ends in one of ``DATABASE_DOWN``.

    A row that the site keeps locked for a minute would otherwise hold every connection, and with them the whole API.
    """
    options = _options(application, max_size)
    options["server_settings"]["lock_timeout"] = f"{LOCK_SECONDS}s"
    return await HastyPool(
        dsn,
        **options,
        command_timeout=STATEMENT_SECONDS,
        max_queries=50_000,
        max_inactive_connection_lifetime=300.0,
        connection_class=asyncpg.Connection,
        record_class=asyncpg.Record,
        loop=None,
        setup=None,
    )


class HastyPool(asyncpg.Pool):
    """Gives a connection soon or not at all."""

    def acquire(self, *, timeout: float | None = None) -> PoolAcquireContext:
        # With an idle connection there is nothing to wait for, and a time limit would cost a task.
        if timeout is None and not self.get_idle_size():
            timeout = ACQUIRE_SECONDS
        return super().acquire(timeout=timeout)


def _options(application: str, max_size: int) -> dict[str, Any]:
    return {
        "min_size": 1,
        "max_size": max_size,
        "timeout": 5,
        "init": _set_codecs,
        "reset": _leave_as_it_is,
        "server_settings": {"application_name": application},
    }


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


async def find_one(connection: Connection | Pool, kind: type[S], sql: str, *values: Any) -> S | None:
    """The row that a statement finds, as the struct that has its columns; None without one."""
    row = await connection.fetchrow(sql, *values)
    return msgspec.convert(dict(row), kind) if row else None


async def find_all(connection: Connection | Pool, kind: type[S], sql: str, *values: Any) -> list[S]:
    """The rows that a statement finds, as structs."""
    return [msgspec.convert(dict(row), kind) for row in await connection.fetch(sql, *values)]


def like(text: str) -> str:
    """The text as LIKE's patterns have it: none of its signs means anything but itself."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


@asynccontextmanager
async def planned_anew(pool: Pool) -> AsyncIterator[Connection]:
    """A connection, in a transaction, whose statements are planned for their values each time.

    Where some values are in every row and others in none, the plan that fits both reads far too much for either.
    """
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL plan_cache_mode = force_custom_plan")
        yield connection


# For the rest of a transaction: what a user has so much of that Postgres hopes to find it soon, reading everybody's
# rows from the beginning on, may have come last.
BY_INDEX = "SET LOCAL enable_seqscan = off"


async def forget(connection: Connection | Pool, statement: str, *values: Any) -> int:
    """Delete what is past its time, some rows at a time; how many there were.

    Args:
        statement: its last parameter is how many rows it deletes at most.
    """
    forgotten = 0
    while True:
        count = int((await connection.execute(statement, *values, AT_ONCE)).removeprefix("DELETE "))
        forgotten += count
        if count < AT_ONCE:
            return forgotten


async def lock(connection: Connection, what: str, number: int) -> None:
    """Until the transaction ends, nobody else holds this lock; ``what``, four ASCII letters at most, tells the locks of
    the same number apart.
    """
    await connection.execute("SELECT pg_advisory_xact_lock($1, $2)", int.from_bytes(what.encode()), number)


async def try_lock(connection: Connection, what: str, number: int) -> bool:
    """The same where nobody holds it, also together with others; nobody waits."""
    statement = "SELECT pg_try_advisory_xact_lock($1, $2)"
    is_locked: bool = await connection.fetchval(statement, int.from_bytes(what.encode()), number)
    return is_locked


async def pool_context(app: web.Application, settings: Settings) -> AsyncIterator[None]:
    """The web process's pool, from a migrated database on."""
    await require_sessions(settings.database_url)
    async with await create_hasty_pool(settings.database_url, application="pmd-server") as pool:
        await require_migrated(pool)
        app[POOL] = pool
        yield
