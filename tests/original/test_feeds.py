"""The feeds that the site keeps in its Redis are cleared after a change of its posts (SPEC section 14)."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest
from redis.asyncio import Redis

from pmd_service.base.settings import Settings
from pmd_service.demo.stack import Stack, free_port
from pmd_service.site import feeds
from pmd_service.site.feeds import BATCH_KEYS, Feeds, opened_feeds

from ..hang import HANG_SECONDS
from ..site import Api

ARTIST = 1
KEPT = {b"feed:recently", b"session:1"}


@pytest.fixture
def settings(settings: Settings, redis_url: str) -> Settings:
    return msgspec.structs.replace(settings, site_redis_url=redis_url, site_redis_clear="feed:recent:*,feed:top")


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as client:
        yield client


async def fill(redis: Redis) -> None:
    keys = [*KEPT, b"feed:top", *(f"feed:recent:{page}".encode() for page in range(2 * BATCH_KEYS + 1))]
    await redis.mset(dict.fromkeys(keys, b"[]"))


async def left(redis: Redis) -> set[bytes]:
    return {*await redis.keys("feed:*"), *await redis.keys("session:*")}


@pytest.mark.parametrize("action", ["hide", "unhide", "delete", "restore"])
async def test_change_clears_the_named_feeds_only(beside: Api, redis: Redis, action: str) -> None:
    await fill(redis)
    answer = await beside.post("/api/pmd/action", {"action": action, "post_ids": [1]}, user=ARTIST)
    assert answer.status == 200, answer
    assert await left(redis) == KEPT


async def test_refused_action_clears_no_feed(beside: Api, redis: Redis) -> None:
    await fill(redis)
    before = await left(redis)
    answer = await beside.post("/api/pmd/action", {"action": "hide", "post_ids": [1, 999]}, user=ARTIST)
    assert answer.status == 400
    assert await left(redis) == before


class TestWithARedisThatIsAway:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return msgspec.structs.replace(settings, site_redis_url=f"redis://127.0.0.1:{free_port()}/0")

    async def test_failed_feed_clearing_is_logged(self, beside: Api, capsys: pytest.CaptureFixture[str]) -> None:
        answer = await beside.post("/api/pmd/action", {"action": "hide", "post_ids": [1]}, user=ARTIST)
        assert answer.status == 200, answer
        assert (await beside.get("/api/pmd/posts", user=ARTIST)).json["items"][-1]["hidden_by_user"]
        assert "site_feeds_kept" in capsys.readouterr().out


async def test_silent_feed_redis_delays_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "CLEAR_SECONDS", 0.1)
    over = asyncio.Event()

    async def say_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    async with await asyncio.start_server(say_nothing, "127.0.0.1") as server, asyncio.timeout(HANG_SECONDS):
        async with Redis(port=server.sockets[0].getsockname()[1]) as silent:
            await Feeds(silent, ["feed:*"]).clear()
        over.set()


async def test_feeds_are_not_cleared_without_the_setting(settings: Settings, stack: Stack) -> None:
    _ = stack
    async with opened_feeds(msgspec.structs.replace(settings, site_redis_url=None, site_redis_clear=None)) as feeds:
        assert feeds is None
