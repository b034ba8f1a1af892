"""The Postgres pool and its codecs."""

import asyncio
import math
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager, suppress
from functools import cached_property
from typing import Any, TypeAlias, TypeVar

import asyncpg
import msgspec
from aiohttp import web
from asyncpg.pool import PoolConnectionProxy

from .hosts import connect
from .migrations import require_migrated
from .pooler import LOCK_SECONDS, require_sessions
from .settings import Settings
from .unreachable import name_address

Connection: TypeAlias = asyncpg.Connection | PoolConnectionProxy
Pool: TypeAlias = asyncpg.Pool

S = TypeVar("S", bound=msgspec.Struct)

POOL = web.AppKey("pool", asyncpg.Pool)

# How long opening a connection may take.
CONNECT_SECONDS = 5.0
# How long a request waits at most: for a statement, or in all for a connection; for a connection while none is
# released; for the cancellation of a statement that has timed out.
STATEMENT_SECONDS = 20.0
ACQUIRE_SECONDS = 3.0
RELEASE_SECONDS = 1.0
# Timeouts of all waiting requests are extended no more often than this.
EXTEND_SECONDS = 0.5
# How long a process that was stopped may keep its locks: Postgres then ends its transaction.
IDLE_IN_TRANSACTION_SECONDS = 60
# Rows that one statement of ``forget`` deletes or changes, so that its locks and its commit stay small.
BATCH_ROWS = 1000

# The errors of a server that is lost, busy or refusing: nothing is wrong with the request, which may be retried.
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
    asyncpg.InternalClientError,  # asyncpg's error for a connection that is lost in the middle of an answer
    OSError,
    TimeoutError,
)

# The errors that Postgres raises for U+0000, in a text and in a JSON document.
NUL_IN_TEXT = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)


async def create_pool(dsn: str, *, application: str, max_size: int = 10) -> Pool:
    """A pool for jobs and commands, which wait for a connection and for locks as long as it takes."""
    with name_address(dsn):
        return await asyncpg.create_pool(dsn, **_options(application, max_size), command_timeout=60)


async def create_request_pool(dsn: str, *, application: str, min_size: int = 1, max_size: int = 10) -> "RequestPool":
    """A pool for requests: what takes too long fails with one of ``DATABASE_DOWN``.

    A row that the site keeps locked for a minute would otherwise occupy every connection, and so block the API.
    """
    options = _options(application, max_size) | {"min_size": min_size}
    options["server_settings"]["lock_timeout"] = f"{LOCK_SECONDS}s"
    pool = RequestPool(
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
    with name_address(dsn):
        await pool
    return pool


class RequestPool(asyncpg.Pool):
    """Gives up waiting for a connection soon, unless others are being released."""

    _extended_at = -math.inf

    @cached_property
    def waiting(self) -> dict[asyncio.Timeout, float]:
        """The timeouts of those who wait for a connection, and until when each may be extended."""
        return {}

    def acquire(self, *, timeout: float | None = None) -> Any:
        # With an idle connection there is no wait, and a timeout would cost as much as a short query.
        if timeout is not None or self.get_idle_size():
            return super().acquire(timeout=timeout)
        return _Acquisition(self)

    async def acquire_in_time(self) -> PoolConnectionProxy:
        """Raises: TimeoutError: no connection was released for too long, or all were given to others."""
        async with asyncio.timeout(ACQUIRE_SECONDS) as limit:
            self.waiting[limit] = asyncio.get_running_loop().time() + STATEMENT_SECONDS
            try:
                return await super().acquire()
            finally:
                del self.waiting[limit]

    async def release(self, connection: PoolConnectionProxy, **limit: float | None) -> None:
        """Release a connection; a statement that its server does not even cancel is not waited for."""
        await super().release(connection, **{"timeout": RELEASE_SECONDS, **limit})
        self._extend_waiting()

    def _extend_waiting(self) -> None:
        """The queue moves: two hundred concurrent users make it slow, which is no reason to refuse any."""
        now = asyncio.get_running_loop().time()
        if self.waiting and now - self._extended_at >= EXTEND_SECONDS:
            self._extended_at = now
            for limit, end in self.waiting.items():
                if not limit.expired():
                    limit.reschedule(min(now + ACQUIRE_SECONDS, end))


class _Acquisition:
    """What ``acquire`` of a pool returns: to be awaited, or entered to have the connection released at the end."""

    def __init__(self, pool: RequestPool) -> None:
        self._pool = pool

    def __await__(self) -> Generator[Any, None, PoolConnectionProxy]:
        return self._pool.acquire_in_time().__await__()

    async def __aenter__(self) -> PoolConnectionProxy:
        self._connection = await self._pool.acquire_in_time()
        return self._connection

    async def __aexit__(self, *_: object) -> None:
        await self._pool.release(self._connection)


def _options(application: str, max_size: int) -> dict[str, Any]:
    return {
        "min_size": 1,
        "max_size": max_size,
        "timeout": CONNECT_SECONDS,
        "connect": connect,
        "init": _prepare,
        "reset": _reset_nothing,
        "server_settings": {"application_name": application},
    }


async def _prepare(connection: asyncpg.Connection) -> None:
    # By a statement, because a pooler refuses settings that it does not know when they come with the connection.
    # No statement runs so long that compiling it pays, and up to PostgreSQL 17 ``enable_seqscan = off`` asks for it.
    # Guarded updates wait for each other's rows and then look again; with any other isolation they are refused instead.
    await connection.execute(
        f"SET idle_in_transaction_session_timeout = '{IDLE_IN_TRANSACTION_SECONDS}s'; SET jit = off; "
        "SET default_transaction_isolation = 'read committed'"
    )
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(
            kind,
            schema="pg_catalog",
            encoder=lambda value: msgspec.json.encode(value).decode(),
            decoder=msgspec.json.decode,
        )


async def _reset_nothing(_connection: asyncpg.Connection) -> None:
    """No code changes a session's settings or keeps a session-level lock, so that resetting them is not needed."""


async def find_one(connection: Connection | Pool, kind: type[S], sql: str, *values: Any) -> S | None:
    """The row that a statement finds, as the struct that has its columns; None without one."""
    row = await connection.fetchrow(sql, *values)
    return msgspec.convert(dict(row), kind) if row else None


async def find_all(connection: Connection | Pool, kind: type[S], sql: str, *values: Any) -> list[S]:
    """The rows that a statement finds, as structs."""
    return [msgspec.convert(dict(row), kind) for row in await connection.fetch(sql, *values)]


async def find_values(connection: Connection | Pool, sql: str, *values: Any) -> list[Any]:
    """The only column of the rows that a statement finds, or returns of those that it has written."""
    return [row[0] for row in await connection.fetch(sql, *values)]


def like(text: str) -> str:
    """The text escaped for a LIKE pattern."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


@asynccontextmanager
async def with_custom_plans(pool: Pool) -> AsyncIterator[Connection]:
    """A connection in a read-only transaction, whose statements are planned for their values each time, with indexes.

    Where some values are in every row and others in none, a generic plan reads far too much for either. And where a
    user has many rows, Postgres expects to find some soon by scanning the table of all users; but they may be at its
    end. The transaction ends in the background.
    """
    connection = await pool.acquire()
    try:
        # One round trip, where ``transaction()`` and the settings are three.
        await connection.execute(
            "BEGIN READ ONLY; SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL enable_seqscan = off"
        )
        yield connection
    except BaseException as error:
        # A Postgres that does not answer would not answer a ROLLBACK either; the pool closes the connection.
        await _end_reading(pool, connection, is_answering=not isinstance(error, TimeoutError))
        raise
    ending = asyncio.create_task(_end_reading(pool, connection), name="end of reading")
    _endings.add(ending)
    ending.add_done_callback(_endings.discard)


_endings: set[asyncio.Task[None]] = set()


async def _end_reading(pool: Pool, connection: PoolConnectionProxy, *, is_answering: bool = True) -> None:
    """End the transaction and release the connection; the pool deals with a broken one, and nothing is lost."""
    with suppress(*DATABASE_DOWN):
        try:
            if is_answering:
                await connection.execute("ROLLBACK")
        finally:
            await pool.release(connection)


def row_count(status: str) -> int:
    """The number of rows that a statement has written, by the status from ``execute``: "DELETE 3", "INSERT 0 3"."""
    return int(status.rpartition(" ")[2])


async def forget(connection: Connection | Pool, statement: str, *values: Any) -> int:
    """Delete or change expired rows in batches.

    Args:
        statement: its last parameter is how many rows it writes at most.

    Returns:
        the number of rows written.
    """
    total = 0
    while True:
        count = row_count(await connection.execute(statement, *values, BATCH_ROWS))
        total += count
        if count < BATCH_ROWS:
            return total


async def lock(connection: Connection, what: str, number: int) -> None:
    """Take an advisory lock until the transaction ends; ``what``, up to four ASCII letters, is the locks' namespace."""
    await connection.execute("SELECT pg_advisory_xact_lock($1, $2)", int.from_bytes(what.encode()), number)


async def try_lock(connection: Connection, what: str, number: int) -> bool:
    """As ``lock``, but without waiting; False where another transaction has it."""
    statement = "SELECT pg_try_advisory_xact_lock($1, $2)"
    is_locked: bool = await connection.fetchval(statement, int.from_bytes(what.encode()), number)
    return is_locked


async def pool_context(app: web.Application, settings: Settings) -> AsyncIterator[None]:
    """The web process's pool, once the database is known to be migrated."""
    await require_sessions(settings.database_url)
    async with await create_request_pool(settings.database_url, application="pmd-server") as pool:
        await require_migrated(pool)
        app[POOL] = pool
        yield
