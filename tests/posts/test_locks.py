"""Actions on posts beside other changes: what waits for what, and in which order."""

import asyncio
import random

import pytest

from pmd_service.base.database import Pool
from pmd_service.base.settings import Settings

from ..conftest import Serve
from ..site import Api, Site
from .test_actions import ACTION, column

pytestmark = pytest.mark.beside


async def test_overlapping_selections_neither_deadlock_nor_half_apply(site: Site, api: Api) -> None:
    artist = await site.add_user()
    posts = await site.add_posts(artist, 48)
    left, right = posts[:32], posts[16:]
    shuffle = random.Random(1).sample
    for _ in range(10):
        answers = await asyncio.gather(
            *(
                api.post(ACTION, {"action": action, "post_ids": shuffle(chosen, len(chosen))}, user=artist)
                for action, chosen in [("hide", left), ("unhide", right), ("hide", right), ("unhide", left)] * 2
            )
        )
        assert [answer.status for answer in answers] == [200] * 8
        hidden = await column(site.pool, "hidden_by_user", posts)
        # Whichever came last, each of the three stretches was changed as one.
        assert [len(set(hidden[start : start + 16])) for start in (0, 16, 32)] == [1, 1, 1]


async def test_action_sees_the_change_that_it_waited_for(site: Site, api: Api) -> None:
    artist = await site.add_user()
    posts = await site.add_posts(artist, 3)

    async with site.pool.acquire() as other:
        change = other.transaction()
        await change.start()
        await other.execute("UPDATE posts SET hidden_by_user = true WHERE id = $1", posts[1])
        unhiding = asyncio.create_task(api.post(ACTION, {"action": "unhide", "post_ids": posts}, user=artist))
        await until_waiting(site.pool)
        await change.commit()
        assert (await unhiding).status == 200
        assert await column(site.pool, "hidden_by_user", posts) == [False] * 3

        change = other.transaction()
        await change.start()
        await other.execute("UPDATE posts SET deleted_by_user = true WHERE id = $1", posts[2])
        hiding = asyncio.create_task(api.post(ACTION, {"action": "hide", "post_ids": posts}, user=artist))
        await until_waiting(site.pool)
        await change.commit()
        refused = await hiding
    assert (refused.status, refused.json["errors"][0]["path"]) == (400, "$.post_ids[2]")
    assert await column(site.pool, "hidden_by_user", posts) == [False] * 3


async def test_posts_are_locked_in_id_order(site: Site, settings: Settings, serve: Serve) -> None:
    # Read from end to end, these rows come the other way round.
    name = await site.pool.fetchval("SELECT current_database()")
    for way in ("indexscan", "bitmapscan"):
        await site.pool.execute(f"ALTER DATABASE {name} SET enable_{way} = off")
    artist = await site.add_user()
    posts = [await site.add_post(artist, id=post_id, art_url="/vault/x.png") for post_id in (3, 2, 1)]
    server = await serve(settings)
    async with Api(server.make_url("/"), settings) as api, site.pool.acquire() as other:
        change = other.transaction()
        await change.start()
        await other.execute("SELECT FROM posts WHERE id = 1 FOR UPDATE")
        hiding = asyncio.create_task(api.post(ACTION, {"action": "hide", "post_ids": posts}, user=artist))
        await until_waiting(site.pool)
        await site.pool.execute("SELECT FROM posts WHERE id IN (2, 3) FOR UPDATE NOWAIT")
        await change.commit()
        assert (await hiding).status == 200


async def test_action_does_not_wait_for_comments_and_reactions(site: Site, api: Api) -> None:
    artist = await site.add_user()
    posts = await site.add_posts(artist, 2)
    async with site.pool.acquire() as visitor, visitor.transaction():
        await visitor.execute("INSERT INTO comments (post_id, body) VALUES ($1, 'Nice!')", posts[0])
        assert (await api.post(ACTION, {"action": "hide", "post_ids": posts}, user=artist)).status == 200


async def until_waiting(pool: Pool) -> None:
    """Return once a session of this database waits for a lock."""
    query = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    while not await pool.fetchval(query):
        await asyncio.sleep(0)
