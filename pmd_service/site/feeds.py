"""The feeds that a site keeps in its own Redis: they are cleared after a change of its posts (SPEC section 14)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Self

import msgspec
from aiohttp import web
from redis.asyncio import Redis
from redis.exceptions import RedisError

from ..base.settings import Settings
from ..base.telemetry import log

# Whoever has changed something waits for it, and sees the site as it is now; a Redis that is slow holds nobody back.
CLEAR_SECONDS = 2.0
# Keys that one SCAN looks at, and so about the most that one UNLINK takes: the site's own commands wait for neither.
AT_ONCE = 1000


class Feeds(msgspec.Struct, frozen=True):
    """Keys of the site's Redis, by their patterns (``feed:recent:*``)."""

    redis: Redis
    patterns: Sequence[str]

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        """Connects when it is first used; None where the site keeps none."""
        if settings.site_redis_url is None or settings.site_redis_clear is None:
            return None
        return cls(Redis.from_url(settings.site_redis_url), settings.site_redis_clear.split(","))

    async def clear(self) -> None:
        """After the commit. What cannot be cleared is logged: it is a cache, and the change is done."""
        try:
            async with asyncio.timeout(CLEAR_SECONDS):
                for pattern in self.patterns:
                    await self._clear(pattern)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("site_feeds_kept", error=repr(error))

    async def _clear(self, pattern: str) -> None:
        cursor = None
        while cursor != 0:
            cursor, keys = await self.redis.scan(cursor or 0, match=pattern, count=AT_ONCE)
            if keys:
                await self.redis.unlink(*keys)


FEEDS = web.AppKey("site_feeds", Feeds)


async def feeds_context(app: web.Application, settings: Settings) -> AsyncIterator[None]:
    """Nothing of it stands in the application of a service whose site keeps none."""
    feeds = Feeds.of(settings)
    if feeds is None:
        yield
        return
    app[FEEDS] = feeds
    yield
    await feeds.redis.aclose()
