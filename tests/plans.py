"""How Postgres runs the statements of a function."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from asyncpg.connection import LoggedQuery

from pmd_service.base.database import Connection, Pool


class Plan:
    """A query plan, by the ways in which it reads tables."""

    def __init__(self, root: dict[str, Any]) -> None:
        self.nodes = list(self._walk(root))

    def scans(self, table: str) -> set[str]:
        """How the plan reads this table: ``Index Only Scan``, ``Seq Scan`` …; not what it was found to need not do."""
        readers = [node for node in self.nodes if node.get("Relation Name") == table and node.get("Actual Loops", 1)]
        return {node["Node Type"] for node in readers if node["Node Type"].endswith("Scan")}

    def rows_read(self, table: str) -> int:
        """How many rows were found in this table, those among them that a filter then left out."""
        readers = [node for node in self.nodes if node.get("Relation Name") == table]
        kept = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
        return sum(int(node.get(name, 0) * node["Actual Loops"]) for node in readers for name in kept)

    @property
    def work(self) -> int:
        """How many rows all steps have handled, again and again where one runs again and again."""
        left_out = ("Rows Removed by Filter", "Rows Removed by Join Filter", "Rows Removed by Index Recheck")
        return sum(
            int(sum(node.get(name, 0) for name in ("Actual Rows", *left_out)) * node["Actual Loops"])
            for node in self.nodes
        )

    @property
    def heap_fetches(self) -> int:
        """How many rows the index-only scans had to look up in a table after all."""
        return sum(node.get("Heap Fetches", 0) for node in self.nodes)

    def _walk(self, node: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield node
        for child in node.get("Plans", ()):
            yield from self._walk(child)


class Watched:
    """A connection whose last statement, before it is repeated, can be explained afterwards."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._statements: list[LoggedQuery] = []
        self._meant: LoggedQuery | None = None
        connection.add_query_logger(self._statements.append)

    async def plan(self) -> Plan:
        """The plan for the statement's own values; the statement is run again, and taken back."""
        return await explained(self.connection, await self._statement())

    async def generic_plan(self) -> Plan:
        """The plan that Postgres makes when it ignores the values (a generic plan)."""
        return await generic_plan(self.connection, await self._statement())

    async def _statement(self) -> LoggedQuery:
        await asyncio.sleep(0)  # asyncpg calls its loggers in the loop's next turn
        if self._meant is None:
            self._meant = self._statements[-1]
        return self._meant


@asynccontextmanager
async def taken_back(connection: Connection) -> AsyncIterator[None]:
    change = connection.transaction()
    await change.start()
    try:
        yield
    finally:
        await change.rollback()


async def explained(connection: Connection, statement: LoggedQuery, *, setting: str | None = None) -> Plan:
    """The plan for a statement's values; it is run again, and taken back.

    Args:
        setting: what was set for it.
    """
    async with taken_back(connection):
        if setting is not None:
            await connection.execute(setting)
        plan = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.query}", *statement.args)
        return Plan(plan[0]["Plan"])


async def generic_plan(connection: Connection, statement: LoggedQuery) -> Plan:
    """The plan that Postgres makes when it ignores the values (a generic plan)."""
    nothing = ", ".join(["NULL"] * len(statement.args))
    async with taken_back(connection):
        await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        await connection.execute(f"PREPARE watched AS {statement.query}")
        plan = await connection.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE watched({nothing})")
        await connection.execute("DEALLOCATE watched")
        return Plan(plan[0]["Plan"])


async def scans_in(pool: Pool, table: str, change: Callable[[Connection], Awaitable[object]]) -> set[str]:
    """How the statements of a change, which is taken back, read a table: for their values, and generically."""
    scans: set[str] = set()
    sent: list[LoggedQuery] = []
    async with pool.acquire() as connection:
        with connection.query_logger(sent.append):
            async with taken_back(connection):
                await change(connection)
            await asyncio.sleep(0)  # asyncpg calls its loggers in the loop's next turn
        for statement in [query for query in sent if f" {table}" in query.query]:
            for plan in (await explained(connection, statement), await generic_plan(connection, statement)):
                scans |= plan.scans(table)
    return scans


@asynccontextmanager
async def watched(pool: Pool) -> AsyncIterator[Watched]:
    async with pool.acquire() as connection:
        yield Watched(connection)


@asynccontextmanager
async def recorded(pool: Pool, *, kept: int = 0) -> AsyncIterator[list[LoggedQuery]]:
    """Every statement that is sent over the pool from now on; read them after the block.

    Args:
        kept: how many of its connections are in use already; statements over these are not recorded.
    """
    sent: list[LoggedQuery] = []
    async with AsyncExitStack() as kept_open:
        # All that the pool may have: none is opened later.
        for _ in range(pool.get_max_size() - kept):
            connection = await kept_open.enter_async_context(pool.acquire())
            connection.add_query_logger(sent.append)
    yield sent
    await asyncio.sleep(0)  # asyncpg calls its loggers in the loop's next turn


@asynccontextmanager
async def statements_of(pool: Pool, *, kept: int = 0) -> AsyncIterator[list[str]]:
    """The same, in one line each."""
    statements: list[str] = []
    async with recorded(pool, kept=kept) as sent:
        yield statements
    statements += [" ".join(query.query.split()) for query in sent]
