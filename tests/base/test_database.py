"""A database that is busy, locked, read-only or unreachable: "try again", never "our mistake"."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack, suppress
from typing import NoReturn

import asyncpg
import pytest
from aiohttp.test_utils import TestServer

from pmd_service.base import database
from pmd_service.base.database import POOL, Pool, create_pool, create_request_pool
from pmd_service.base.settings import Settings

from ..databases import stalled_postgres
from ..hang import HANG_SECONDS
from ..plans import statements_of
from ..site import Answer, Api, Site


def check_try_again(answer: Answer) -> None:
    assert answer.status == 503, answer
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Content-Type"].startswith("application/problem+json")


async def test_exhausted_pool_refuses_soon(
    site: Site, api: Api, server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    artist = await site.add_user()
    pool = server.app[POOL]
    async with AsyncExitStack() as taken:
        for _ in range(pool.get_max_size()):
            await taken.enter_async_context(pool.acquire())
        monkeypatch.setattr(database, "ACQUIRE_SECONDS", 0.2)
        check_try_again(await api.get("/api/pmd/posts", user=artist))
    assert (await api.get("/api/pmd/posts", user=artist)).status == 200


async def test_waiter_is_not_refused_while_connections_are_returned(settings: Settings) -> None:
    pool = await database.create_request_pool(settings.database_url, application="test", max_size=1)
    with ExitStack() as ending:
        ending.callback(pool.terminate)
        holder = await pool.acquire()
        waiting = [asyncio.create_task(pool.acquire().__aenter__()) for _ in range(2)]
        while len(pool.waiting) < 2:
            await asyncio.sleep(0)
        _, last = pool.waiting
        before = last.when()
        await asyncio.sleep(0.01)
        await pool.release(holder)
        after = last.when()
        assert before is not None
        assert after is not None
        assert before < after < pool.waiting[last], "but not for ever"
        await pool.release(await waiting[0])
        await pool.release(await waiting[1])
        assert not pool.waiting


async def test_client_timeout_ends_a_statement_postgres_cannot_cancel(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As long is what asyncpg gives the cancelling.
    monkeypatch.setattr(database, "STATEMENT_SECONDS", 10 * HANG_SECONDS)
    async with stalled_postgres(settings) as (pool, stall):
        connection = await pool.acquire()
        await stall()
        with pytest.raises(TimeoutError):
            await connection.fetchval("SELECT 1", timeout=0.01)
        async with asyncio.timeout(HANG_SECONDS):
            with suppress(TimeoutError):
                await pool.release(connection)
        assert not pool.get_size()


async def test_replanned_statement_does_not_wait_for_a_silent_postgres(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "STATEMENT_SECONDS", 10 * HANG_SECONDS)
    async with stalled_postgres(settings) as (pool, stall), asyncio.timeout(HANG_SECONDS) as patience:
        with pytest.raises(TimeoutError):
            async with database.with_custom_plans(pool) as connection:
                await stall()
                await connection.fetchval("SELECT 1", timeout=0.01)
        assert not patience.expired()
        assert not pool.get_size()


async def test_reader_does_not_wait_for_the_transactions_end(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "STATEMENT_SECONDS", 10 * HANG_SECONDS)
    async with stalled_postgres(settings) as (pool, stall), asyncio.timeout(HANG_SECONDS) as patience:
        async with database.with_custom_plans(pool) as connection:
            assert await connection.fetchval("SHOW plan_cache_mode") == "force_custom_plan"
            await stall()
        assert not patience.expired()
        assert not pool.get_idle_size(), "it is not there for others before its transaction has ended"


async def test_connection_lost_during_a_response_is_retried(
    site: Site, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    artist = await site.add_user()

    def lost(*_: object, **__: object) -> NoReturn:
        raise asyncpg.InternalClientError("got result for unknown protocol state 3")

    monkeypatch.setattr(database.RequestPool, "acquire", lost)
    check_try_again(await api.get("/api/pmd/posts", user=artist))


async def test_read_only_standby_is_retried(site: Site, api: Api, server: TestServer, pool: Pool) -> None:
    artist = await site.add_user()
    post = await site.add_post(artist)
    database_name = await pool.fetchval("SELECT current_database()")
    await pool.execute(f"ALTER DATABASE {database_name} SET default_transaction_read_only = on")
    await server.app[POOL].expire_connections()
    check_try_again(await api.post("/api/pmd/action", {"action": "hide", "post_ids": [post]}, user=artist))
    check_try_again(await api.post("/api/pmd/bdr", {"post_ids": [post]}, user=artist))
    assert (await api.get("/api/pmd/posts", user=artist)).status == 200


async def test_cancelled_statement_is_retried(site: Site, api: Api, server: TestServer, pool: Pool) -> None:
    artist = await site.add_user()
    database_name = await pool.fetchval("SELECT current_database()")
    # As an administrator or a limit of the server would.
    await pool.execute(f"ALTER DATABASE {database_name} SET statement_timeout = 1")
    await server.app[POOL].expire_connections()
    await pool.execute("ALTER TABLE users RENAME TO people")
    await pool.execute(
        """CREATE VIEW users AS SELECT people.* FROM people, LATERAL (SELECT pg_sleep(1) WHERE people.id > 0) AS s"""
    )
    check_try_again(await api.get("/api/auth/me", user=artist))


@pytest.mark.parametrize("create", [create_pool, create_request_pool])
async def test_no_statement_is_compiled(settings: Settings, create: Callable[..., Awaitable[Pool]]) -> None:
    async with await create(settings.database_url, application="tests", max_size=1) as pool:
        assert await pool.fetchval("SHOW jit") == "off"


@pytest.mark.parametrize("create", [create_pool, create_request_pool])
async def test_databases_stricter_isolation_is_not_ours(
    settings: Settings, create: Callable[..., Awaitable[Pool]]
) -> None:
    strict = f"{settings.database_url}&default_transaction_isolation=serializable"
    async with await create(strict, application="tests", max_size=1) as pool:
        assert await pool.fetchval("SHOW transaction_isolation") == "read committed"


async def test_expired_rows_are_deleted_in_batches(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BATCH_ROWS", 3)
    await pool.execute("INSERT INTO upkeep_steps (name) SELECT n::text FROM generate_series(1, 7) AS n")
    statement = "DELETE FROM upkeep_steps WHERE name IN (SELECT name FROM upkeep_steps WHERE name <> $1 LIMIT $2)"
    async with statements_of(pool) as sent:
        assert await database.forget(pool, statement, "7") == 6
    assert len(sent) == 3
    assert await pool.fetchval("SELECT count(*) FROM upkeep_steps") == 1


async def test_stopped_process_loses_its_locks(settings: Settings) -> None:
    async with (
        await create_pool(settings.database_url, application="a worker") as worker,
        await create_request_pool(settings.database_url, application="a server") as server,
    ):
        for pool in (worker, server):
            assert await pool.fetchval("SHOW idle_in_transaction_session_timeout") == "1min"
