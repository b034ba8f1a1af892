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
from asyncpg.pool import PoolAcquireContext, PoolConnectionProxy

from .migrations import require_migrated
from .pooler import LOCK_SECONDS, require_sessions
from .reached import reached
from .settings import Settings

Connection: TypeAlias = asyncpg.Connection | PoolConnectionProxy
Pool: TypeAlias = asyncpg.Pool

S = TypeVar("S", bound=msgspec.Struct)

POOL = web.AppKey("pool", asyncpg.Pool)

# What a request of the web process waits for at most: a statement, or its place among those who wait for a connection;
# for a connection while nobody gives one back; for the end of a statement that has taken too long.
STATEMENT_SECONDS = 20.0
ACQUIRE_SECONDS = 3.0
RELEASE_SECONDS = 1.0
# To tell all who wait that the line moves takes a moment, which is not spent at each step.
MOVES_SECONDS = 0.5
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

# What Postgres says of U+0000, in a text and in a JSON document.
NO_TEXT = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)


async def create_pool(dsn: str, *, application: str, max_size: int = 10) -> Pool:
    """A pool for jobs and commands, which wait for a connection and for a lock as long as it takes."""
    with reached(dsn):
        return await asyncpg.create_pool(dsn, **_options(application, max_size), command_timeout=60)


async def create_hasty_pool(dsn: str, *, application: str, min_size: int = 1, max_size: int = 10) -> "HastyPool":
    """A pool for requests, whose people wait: what takes too long ends in one of ``DATABASE_DOWN``.

    A row that the site keeps locked for a minute would otherwise hold every connection, and with them the whole API.
    """
    options = _options(application, max_size) | {"min_size": min_size}
    options["server_settings"]["lock_timeout"] = f"{LOCK_SECONDS}s"
    pool = HastyPool(
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
    with reached(dsn):
        await pool
    return pool


class HastyPool(asyncpg.Pool):
    """Gives a connection soon or, where those who have them do not give them back, not at all."""

    _moved_at = -math.inf

    @cached_property
    def waiting(self) -> dict[asyncio.Timeout, float]:
        """Who waits for a connection, and until when at most."""
        return {}

    def acquire(self, *, timeout: float | None = None) -> PoolAcquireContext:
        # With an idle connection there is nothing to wait for, and a time limit would cost as much as a short query.
        if timeout is not None or self.get_idle_size():
            return super().acquire(timeout=timeout)
        return _Waiting(self)

    async def release(self, connection: PoolConnectionProxy, **limit: float | None) -> None:
        """Take a connection back; a statement that its server does not even cancel is not waited for."""
        await super().release(connection, **{"timeout": RELEASE_SECONDS, **limit})
        self._tell_who_waits()

    def _tell_who_waits(self) -> None:
        """The line moves: two hundred users at once are slow, and no reason to refuse any."""
        now = asyncio.get_running_loop().time()
        if self.waiting and now - self._moved_at >= MOVES_SECONDS:
            self._moved_at = now
            for patience, end in self.waiting.items():
                if not patience.expired():
                    patience.reschedule(min(now + ACQUIRE_SECONDS, end))


class _Waiting(PoolAcquireContext):
    """One who waits while the line moves."""

    def __init__(self, pool: HastyPool) -> None:
        super().__init__(pool, None)
        self._waiting = pool.waiting

    async def __aenter__(self) -> PoolConnectionProxy:
        async with self._patience():
            return await super().__aenter__()

    def __await__(self) -> Generator[Any, None, PoolConnectionProxy]:
        return self.__aenter__().__await__()

    @asynccontextmanager
    async def _patience(self) -> AsyncIterator[None]:
        async with asyncio.timeout(ACQUIRE_SECONDS) as patience:
            self._waiting[patience] = asyncio.get_running_loop().time() + STATEMENT_SECONDS
            try:
                yield
            finally:
                del self._waiting[patience]


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
    """A connection that only reads, in a transaction, whose statements are planned for their values each time.

    Where some values are in every row and others in none, the plan that fits both reads far too much for either.
    Whoever has read does not wait for the transaction's end.
    """
    connection = await pool.acquire()
    try:
        # One round trip, where ``transaction()`` and the setting are two.
        await connection.execute("BEGIN READ ONLY; SET LOCAL plan_cache_mode = force_custom_plan")
        yield connection
    except BaseException as error:
        # A Postgres that does not answer would not answer this either, and the pool ends the connection.
        await _end_reading(pool, connection, is_answering=not isinstance(error, TimeoutError))
        raise
    ending = asyncio.create_task(_end_reading(pool, connection), name="end of reading")
    _endings.add(ending)
    ending.add_done_callback(_endings.discard)


_endings: set[asyncio.Task[None]] = set()


async def _end_reading(pool: Pool, connection: PoolConnectionProxy, *, is_answering: bool = True) -> None:
    """Give the connection back without its transaction; a broken one is the pool's affair, and nothing is lost."""
    with suppress(*DATABASE_DOWN):
        try:
            if is_answering:
                await connection.execute("ROLLBACK")
        finally:
            await pool.release(connection)


# For the rest of a transaction: what a user has so much of that Postgres hopes to find it soon, reading everybody's
# rows from the beginning on, may have come last.
BY_INDEX = "SET LOCAL enable_seqscan = off"


def rows_of(status: str) -> int:
    """How many rows a statement has written, by what ``execute`` answers: "DELETE 3", "INSERT 0 3", "COPY 3"."""
    return int(status.rpartition(" ")[2])


def from_anywhere(table: str, columns: str, *, most: int) -> str:
    """``looked_at``: so many rows from anywhere in a large table on, and as many before; in time each has its turn.

    Args:
        columns: the first of them is what an index has the table ordered by, an integer.
    """
    by = columns.partition(",")[0]
    rows = f"SELECT {columns} FROM {table} WHERE {by}"
    return f"""
WITH start AS MATERIALIZED (SELECT (random() * max({by}))::int AS id FROM {table}),
     looked_at AS (({rows} >= (SELECT id FROM start) ORDER BY {by} LIMIT {most})
                   UNION ALL
                   ({rows} < (SELECT id FROM start) ORDER BY {by} LIMIT {most}))"""


async def forget(connection: Connection | Pool, statement: str, *values: Any) -> int:
    """Delete or change what is past its time, some rows at a time; how many there were.

    Args:
        statement: its last parameter is how many rows it writes at most.
    """
    forgotten = 0
    while True:
        count = rows_of(await connection.execute(statement, *values, AT_ONCE))
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
