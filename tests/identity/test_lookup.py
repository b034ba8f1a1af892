"""Who is calling: from the database at each request, and by few queries."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from pmd_service.base.database import POOL
from pmd_service.base.settings import Settings
from pmd_service.identity.lookup import LOOKUP, MAX_BATCH, Lookup

from ..databases import stalled_postgres
from ..hang import HANG_SECONDS
from ..site import Api, Site


async def test_a_ban_and_a_deactivation_count_at_the_next_request(site: Site, api: Api) -> None:
    artist = await site.add_user()
    assert (await api.get("/api/auth/me", user=artist)).status == 200
    await site.pool.execute("UPDATE users SET banned_until = now() + interval '1 day'")
    assert (await api.get("/api/auth/me", user=artist)).status == 401
    await site.pool.execute("UPDATE users SET banned_until = NULL, roles = '[\"moderator\"]'")
    assert (await api.get("/api/auth/me", user=artist)).json["roles"] == ["moderator"]
    await site.pool.execute("UPDATE users SET deactivated = true")
    assert (await api.get("/api/auth/me", user=artist)).status == 401


@pytest.fixture
async def lookup(site: Site) -> AsyncIterator[Lookup]:
    lookup = Lookup(site.pool, site.ids)
    yield lookup
    await lookup.close()


async def test_concurrent_lookups_share_few_queries(site: Site, lookup: Lookup) -> None:
    users = [await site.add_user(f"artist {number}") for number in range(MAX_BATCH + 5)]
    queries: list[str] = []
    asked = [site.sqid(user) for user in users] * 2 + ["nobody", "x" * 7000, "\0"]
    connection = await lookup._connected()
    with connection.query_logger(lambda reported: queries.append(reported.query)):
        found = await asyncio.gather(*(lookup.find(sqid) for sqid in asked))
    assert [user.id for user in found if user] == users * 2
    assert found[-3:] == [None] * 3
    assert len([query for query in queries if "FROM users" in query]) == 2


async def test_a_public_id_of_the_site_replaces_the_derived_one(site: Site, lookup: Lookup) -> None:
    artist = await site.add_user(public_sqid="the-sites-own")
    ours = site.ids.of(artist, None)
    alone = [await lookup.find(sqid) for sqid in ("the-sites-own", ours)]
    together = await asyncio.gather(*(lookup.find(sqid) for sqid in ("nobody", "the-sites-own", ours)))
    for found in (alone, together[1:]):
        assert [user and user.id for user in found] == [artist, None]


async def test_a_signed_out_browser_is_nobody_beside_others_too(site: Site, lookup: Lookup) -> None:
    sqid = site.sqid(artist := await site.add_user())
    await site.pool.execute(
        """INSERT INTO browser_session (user_id, digest, browser, address, expires_at, ended_at)
           VALUES ($1, 'ended', 'Firefox', '127.0.0.1', now() + interval '1 day', now())""",
        artist,
    )
    assert await lookup.find(sqid, b"ended") is None
    found = await asyncio.gather(lookup.find(sqid, b"ended"), lookup.find(sqid, b"other"))
    assert [user and user.id for user in found] == [None, artist]


async def test_a_single_lookup_uses_a_cached_plan(site: Site, lookup: Lookup) -> None:
    sqid = site.sqid(await site.add_user())
    for _ in range(10):
        assert await lookup.find(sqid) is not None
    connection = await lookup._connected()
    made = "SELECT custom_plans FROM pg_prepared_statements WHERE statement LIKE $1"
    assert await connection.fetchval(made, "%FROM users%") == 5, "Postgres tries five before it keeps one"


async def test_a_connection_that_has_died_is_replaced(site: Site, api: Api, server: TestServer) -> None:
    artist = await site.add_user()
    assert (await api.get("/api/auth/me", user=artist)).status == 200
    connection = server.app[LOOKUP]._connection
    assert connection is not None
    closed = asyncio.Event()
    connection.add_termination_listener(lambda _connection: closed.set())
    await site.pool.execute("SELECT pg_terminate_backend($1)", connection.get_server_pid())
    await closed.wait()
    assert (await api.get("/api/auth/me", user=artist)).status == 200


async def test_a_cancelled_lookup_cancels_no_other(site: Site, lookup: Lookup) -> None:
    sqid = site.sqid(await site.add_user())
    gone, stays = [asyncio.create_task(lookup.find(sqid)) for _ in range(2)]
    await asyncio.sleep(0)
    gone.cancel()
    assert (await stays) is not None


@pytest.mark.own_tables  # it renames one
async def test_a_failed_lookup_fails_all_its_callers_and_the_next_one_works(
    site: Site, api: Api, server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    artist = await site.add_user()
    await server.app[POOL].execute("ALTER TABLE users RENAME TO people")
    failed = await asyncio.gather(*(api.get("/api/auth/me", user=artist) for _ in range(3)))
    assert all(answer.status >= 500 for answer in failed)
    await server.app[POOL].execute("ALTER TABLE people RENAME TO users")
    assert (await api.get("/api/auth/me", user=artist)).status == 200


async def test_when_postgres_hangs_all_waiting_callers_fail_at_once(
    settings: Settings, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = [site.sqid(await site.add_user(name)) for name in ("one", "two")]
    queries = 0
    async with stalled_postgres(settings) as (pool, stall):
        lookup = Lookup(pool, site.ids)
        assert await lookup.find(first) is not None
        find_all = lookup._find_all

        async def counted(*asked: Any) -> Any:
            nonlocal queries
            queries += 1
            async with limit:
                return await find_all(*asked)

        limit = asyncio.timeout(None)  # of the statement, which a busy machine may need more than a moment for before
        monkeypatch.setattr(lookup, "_find_all", counted)
        await stall()
        asked = [asyncio.create_task(lookup.find(first))]
        while not queries:
            await asyncio.sleep(0)
        asked += [asyncio.create_task(lookup.find(sqid)) for sqid in (first, second)]
        while len(lookup._waiting) < 2:
            await asyncio.sleep(0)
        limit.reschedule(0)
        async with asyncio.timeout(HANG_SECONDS):
            reported = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(error) for error in reported] == [TimeoutError] * 3
        assert queries == 1
        assert not lookup._waiting
        await lookup.close()
