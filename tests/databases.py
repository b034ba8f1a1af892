"""One database for the tests of a process, emptied after each; recreated when a test has left another one."""

import asyncio
import io
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import asyncpg

from pmd_service.base.database import Connection, Pool, create_request_pool
from pmd_service.base.settings import Settings
from pmd_service.demo.stack import Stack

from .hang import HANG_SECONDS
from .index_use import note_indexes
from .s3 import Proxy, proxied

T = TypeVar("T")

_OWN = 16384  # where the ids begin of what is not Postgres' own

_TABLES = f"SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND oid >= {_OWN}"
_LARGE = f"{_TABLES} AND oid::regclass::text = ANY ($1) AND pg_relation_size(oid) > 256 * 1024"
_SMALL = f"{_TABLES} AND oid::regclass::text = ANY ($1) AND pg_relation_size(oid) <= 256 * 1024"
_SEQUENCES = f"SELECT oid::regclass::text FROM pg_class WHERE relkind = 'S' AND oid >= {_OWN}"


def _marks(table: str, where: str = "true") -> str:
    """What becomes another with every change of a row: how many there are, and the transactions that wrote them."""
    return f"SELECT '{table}', count(*), sum(xmin::text::bigint) FROM {table} WHERE {where}"


# Changes of tables, functions, statistics or settings are noted here.
_CATALOGS = {
    "pg_attrdef": "oid",
    "pg_attribute": "attrelid",
    "pg_class": "oid",
    "pg_constraint": "oid",
    "pg_description": "objoid",
    "pg_index": "indexrelid",
    "pg_namespace": "oid",
    "pg_proc": "oid",
    "pg_rewrite": "oid",
    "pg_statistic": "starelid",
    "pg_trigger": "oid",
}
_HERE = "setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())"
_SHAPE = " UNION ALL ".join(
    [_marks("pg_db_role_setting", _HERE), *(_marks(name, f"{key} >= {_OWN}") for name, key in _CATALOGS.items())]
)

_END_OTHERS = """
SELECT pg_terminate_backend(pid, 10000)
  FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


# Whatever a test or an operator has set for the database: emptying is none of its business.
_OPTIONS = {"default_transaction_read_only": "off", "statement_timeout": "0", "session_replication_role": "replica"}


class _Kept:
    """A connection that outlives the tests, each of which has a loop of its own; what it has planned, it keeps."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._loop = asyncio.new_event_loop()
        self._connection: asyncpg.Connection | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, name="emptying", daemon=True)
        self._thread.start()

    async def run(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        async def running() -> T:
            return await work(await self._connected())

        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(running(), self._loop))

    def close(self) -> None:
        if self._connection is not None:
            asyncio.run_coroutine_threadsafe(self._connection.close(), self._loop).result(HANG_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _connected(self) -> asyncpg.Connection:
        try:
            if self._connection is not None:
                await self._connection.execute("SELECT")
                return self._connection
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            pass  # a test has restarted the server, or ended all connections
        self._connection = await asyncpg.connect(self._url, server_settings=_OPTIONS)
        return self._connection


class Database:
    """A clone of a template that one test after the other has to itself."""

    def __init__(self, stack: Stack, template: str, *, owner: str = "postgres") -> None:
        self._stack = stack
        self._template = template
        self._owner = owner
        self._name = f"test_{template}"
        self._as_cloned: list[asyncpg.Record] | None = None
        self.url = stack.database_url(self._name)
        self._kept = _Kept(self.url)

    async def prepare(self) -> None:
        """Have it as the template is; this takes long only where there is none, or ``empty`` has found another one."""
        if self._as_cloned is not None:
            return
        await self.note_indexes()
        async with connected(self._stack.database_url("postgres")) as connection:
            await connection.execute(f"DROP DATABASE IF EXISTS {self._name} WITH (FORCE)")
            of = f"OWNER {self._owner} TEMPLATE {self._template} STRATEGY file_copy"
            await connection.execute(f"CREATE DATABASE {self._name} {of}")
        async with connected(self.url) as connection:
            await self._check(connection)

    async def note_indexes(self) -> None:
        """What has been used until now; nothing of a database that does not exist, or not any more."""
        with suppress(asyncpg.PostgresError, OSError):
            async with connected(self.url) as connection:
                await note_indexes(connection)

    def close(self) -> None:
        """After the last test."""
        self._kept.close()

    async def _check(self, connection: Connection) -> None:
        tables = [name for (name,) in await connection.fetch(_TABLES)]
        filled = [name for name in tables if await connection.fetchval(f"SELECT EXISTS (SELECT FROM {name})")]
        self._empty = sorted(set(tables).difference(filled))
        emptying = [f"DELETE FROM {name}" for name in self._empty]
        for (name,) in await connection.fetch(_SEQUENCES):
            ((last, is_called),) = await connection.fetch(f"SELECT last_value, is_called FROM {name}")
            emptying.append(f"SELECT setval('{name}', {last}, {is_called})")
        self._emptying = ";".join(emptying)
        # What every worker writes when it starts is among them; to clone the template takes 100 times as long.
        self._filled = {name: await _rows(connection, name) for (name,) in await connection.fetch(_SMALL, filled)}
        self._marks = " UNION ALL ".join([_SHAPE, *(_marks(name) for name in filled)])
        self._as_cloned = await connection.fetch(self._marks)

    async def empty(self) -> None:
        """End all connections, and delete what the test has written.

        Triggers, and with them references, are off: nothing is notified or recorded, and the tables need no order.
        """
        as_cloned, self._as_cloned = self._as_cloned, None
        if as_cloned is not None:
            self._as_cloned = await self._kept.run(lambda connection: self._emptied(connection, as_cloned))

    async def _emptied(self, connection: Connection, as_cloned: list[asyncpg.Record]) -> list[asyncpg.Record] | None:
        """The marks from here on; None when something is another that cannot be put back."""
        await connection.execute(_END_OTHERS)
        changed = {name for name, *_ in {*await connection.fetch(self._marks)}.symmetric_difference(as_cloned)}
        if not changed <= self._filled.keys():
            return None
        await connection.execute(self._emptying)
        for name in changed:
            await connection.execute(f"DELETE FROM {name}")
            schema, _, table = name.rpartition(".")
            await connection.copy_to_table(
                table, schema_name=schema or None, source=io.BytesIO(self._filled[name]), format="binary"
            )
        for (name,) in await connection.fetch(_LARGE, self._empty):
            await connection.execute(f"VACUUM {name}")  # otherwise its readers go past all that was deleted
        return await connection.fetch(self._marks) if changed else as_cloned


async def _rows(connection: Connection, name: str) -> bytes:
    """A table's rows, as ``copy_to_table`` takes them."""
    schema, _, table = name.rpartition(".")
    rows = io.BytesIO()
    await connection.copy_from_table(table, schema_name=schema or None, output=rows, format="binary")
    return rows.getvalue()


# Those that hold no rule: to write them row by row takes many times as long as to make them of all rows.
_INDEXES = """
SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
  FROM pg_index
  JOIN pg_class ON pg_class.oid = indrelid AND relkind = 'r'
 WHERE indexrelid >= $1 AND NOT indisunique AND pg_has_role(relowner, 'usage')
"""

Fill = Callable[[Connection], Awaitable[None]]


def in_bulk(fill: Fill) -> Fill:
    """Fills in many rows without indexes, which are made afterwards; and autovacuum has been by."""

    async def run(connection: Connection) -> None:
        indexes = await connection.fetch(_INDEXES, _OWN)
        for index in indexes:
            await connection.execute(f"DROP INDEX {index['name']}")
        await fill(connection)
        for index in indexes:
            await connection.execute(index["definition"])
        await connection.execute("VACUUM ANALYZE")

    return run


def derived(
    stack: Stack,
    name: str,
    fill: Callable[[Connection], Awaitable[object]],
    *,
    of: str,
    seen_by: Callable[[str], str],
) -> str:
    """Another template: a clone of one, filled in by whom its address is made for."""
    stack.sql(f"DROP DATABASE IF EXISTS {name}")
    stack.sql(f"CREATE DATABASE {name} TEMPLATE {of}")

    async def run() -> None:
        async with connected(seen_by(stack.database_url(name))) as connection:
            await fill(connection)

    asyncio.run(run())
    return name


@asynccontextmanager
async def connected(url: str, **options: Any) -> AsyncIterator[asyncpg.Connection]:
    """A connection of its own each time: a test may restart the server in between."""
    connection = await asyncpg.connect(url, **options)
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def proxied_postgres(settings: Settings) -> AsyncIterator[Proxy]:
    """A proxy before the test's Postgres."""
    async with proxied(Path(parse_qs(urlsplit(settings.database_url).query)["host"][0]) / ".s.PGSQL.5432") as proxy:
        yield proxy


def url_through(proxy: Proxy, settings: Settings) -> str:
    """The address of the test's database, reached through the proxy only."""
    return f"postgresql://postgres@{proxy.address}:{proxy.port}{urlsplit(settings.database_url).path}"


@asynccontextmanager
async def stalled_postgres(settings: Settings) -> AsyncIterator[tuple[Pool, Callable[[], Awaitable[None]]]]:
    """A server's pool, and what lets nothing through to Postgres any more, as if that had been stopped."""
    async with proxied_postgres(settings) as proxy:
        pool = await create_request_pool(url_through(proxy, settings), application="test")
        try:
            yield pool, partial(proxy.fail, "hang")
        finally:
            pool.terminate()
