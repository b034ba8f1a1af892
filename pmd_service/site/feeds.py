"""The site's cached feeds in its own Redis, which are cleared after changes of posts (SPEC section 14)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager

import msgspec
from aiohttp import web
from redis.asyncio import Redis
from redis.exceptions import RedisError

from ..base.redis_client import redis_client
from ..base.settings import Settings
from ..base.telemetry import log

# The client waits for it, so that it sees the site's current state afterwards; but not for a slow Redis.
CLEAR_SECONDS = 2.0
# Keys per SCAN, and so per UNLINK: the site's own commands must not wait for either.
BATCH_KEYS = 1000


class Feeds(msgspec.Struct, frozen=True):
    """The keys of the site's Redis with these patterns (``feed:recent:*``)."""

    redis: Redis
    patterns: Sequence[str]

    async def clear(self) -> None:
        """Call it after the commit. Errors are logged only, as it is a cache, and the change is committed."""
        try:
            async with asyncio.timeout(CLEAR_SECONDS):
                for pattern in self.patterns:
                    await self._clear(pattern)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("site_feeds_kept", error=repr(error))

    async def _clear(self, pattern: str) -> None:
        cursor = None
        while cursor != 0:
            cursor, keys = await self.redis.scan(cursor or 0, match=pattern, count=BATCH_KEYS)
            if keys:
                await self.redis.unlink(*keys)


FEEDS = web.AppKey("site_feeds", Feeds)


@asynccontextmanager
async def opened_feeds(settings: Settings) -> AsyncIterator[Feeds | None]:
    """Connects on first use; None if no Redis of the site is configured."""
    if settings.site_redis_url is None or settings.site_redis_clear is None:
        yield None
        return
    async with aclosing(redis_client(settings.site_redis_url, Redis)) as redis:
        yield Feeds(redis, settings.site_redis_clear.split(","))


async def feeds_context(app: web.Application, settings: Settings) -> AsyncIterator[None]:
    """Set ``FEEDS``, if a Redis of the site is configured."""
    async with opened_feeds(settings) as feeds:
        if feeds is not None:
            app[FEEDS] = feeds
        yield
