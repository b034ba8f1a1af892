"""A database that is busy, locked, read-only or gone: "try again", never "our mistake"."""

from contextlib import AsyncExitStack
from typing import NoReturn

import asyncpg
import pytest
from aiohttp.test_utils import TestServer

from pmd_service.base import database
from pmd_service.base.database import POOL, Pool

from ..plans import statements_of
from ..site import Answer, Api, Site


def check_try_again(answer: Answer) -> None:
    assert answer.status == 503, answer
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Content-Type"].startswith("application/problem+json")


async def test_who_finds_every_connection_in_use_is_told_soon(
    site: Site, api: Api, server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "ACQUIRE_SECONDS", 0.2)
    artist = await site.add_user()
    pool = server.app[POOL]
    async with AsyncExitStack() as taken:
        for _ in range(pool.get_max_size()):
            await taken.enter_async_context(pool.acquire())
        check_try_again(await api.get("/api/pmd/posts", user=artist))
    assert (await api.get("/api/pmd/posts", user=artist)).status == 200


async def test_a_connection_lost_in_the_middle_of_an_answer_is_a_reason_to_try_again(
    site: Site, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    artist = await site.add_user()

    def lost(*_: object, **__: object) -> NoReturn:
        raise asyncpg.InternalClientError("got result for unknown protocol state 3")

    monkeypatch.setattr(database.HastyPool, "acquire", lost)
    check_try_again(await api.get("/api/pmd/posts", user=artist))


async def test_a_standby_that_cannot_write_is_a_reason_to_try_again(
    site: Site, api: Api, server: TestServer, pool: Pool
) -> None:
    artist = await site.add_user()
    post = await site.add_post(artist)
    database_name = await pool.fetchval("SELECT current_database()")
    await pool.execute(f"ALTER DATABASE {database_name} SET default_transaction_read_only = on")
    await server.app[POOL].expire_connections()
    check_try_again(await api.post("/api/pmd/action", {"action": "hide", "post_ids": [post]}, user=artist))
    check_try_again(await api.post("/api/pmd/bdr", {"post_ids": [post]}, user=artist))
    assert (await api.get("/api/pmd/posts", user=artist)).status == 200


async def test_a_cancelled_statement_is_a_reason_to_try_again(
    site: Site, api: Api, server: TestServer, pool: Pool
) -> None:
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


async def test_what_is_past_its_time_is_forgotten_some_rows_at_a_time(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "AT_ONCE", 3)
    await pool.execute("INSERT INTO upkeep_steps (name) SELECT n::text FROM generate_series(1, 7) AS n")
    statement = "DELETE FROM upkeep_steps WHERE name IN (SELECT name FROM upkeep_steps WHERE name <> $1 LIMIT $2)"
    async with statements_of(pool) as sent:
        assert await database.forget(pool, statement, "7") == 6
    assert len(sent) == 3
    assert await pool.fetchval("SELECT count(*) FROM upkeep_steps") == 1
