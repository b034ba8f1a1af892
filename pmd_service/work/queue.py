"""The queues and their tickets: commit the row, then put a ticket.

A ticket is an arq job that means “something is due in this queue” and names no row: Postgres decides which row is next
when it is claimed. So a ticket may be lost, duplicated or flushed at the cost of some seconds: the sweep tops them up.
Putting one never raises and takes a second at most. This module is all that the web process and the jobs share.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import aclosing
from enum import StrEnum

import redis
from aiohttp import web
from arq.connections import ArqRedis
from arq.constants import health_check_key_suffix

from ..base.redis_client import ClusterError, redis_client, require_one_primary
from ..base.settings import Settings, SettingsError
from ..base.telemetry import ENQUEUE_FAILURES, log
from . import tickets

PUT_TIMEOUT_SECONDS = 1.0
# A worker renews its health key this often, and is missing once the key has expired: arq keeps it for a second longer
# than this interval.
RENEW_SECONDS = 2.0
HEALTH_SECONDS = 10
# A worker that listens is not missing yet if its key has been missing for less: it is starting, or Redis was flushed.
HEARTBEAT_GAP_SECONDS = RENEW_SECONDS + 2.0


class Queue(StrEnum):
    """A queue for each kind of work, with worker slots of its own, so that no kind waits for another."""

    DOWNLOADS = "pmd:downloads"
    PROBES = "pmd:probes"
    TASKS = "pmd:tasks"
    PACKS = "pmd:packs"
    MAILS = "pmd:mails"
    WEBHOOKS = "pmd:webhooks"
    POSTS = "pmd:posts"
    DELIVERIES = "pmd:deliveries"
    IMPORTS = "pmd:imports"
    PUBLISHING = "pmd:publishing"

    @property
    def health_key(self) -> str:
        """The key that a worker of this queue renews every few seconds."""
        return self.value + health_check_key_suffix

    @property
    def channel(self) -> str:
        """The channel on which new tickets are announced to this queue's workers."""
        return f"{self.value}:calls"


class Queues:
    """Notifies workers of due work."""

    def __init__(self, redis_client: ArqRedis) -> None:
        self.redis = redis_client
        # When this process first found a queue's health key missing.
        self._missing_since: dict[Queue, float] = {}

    @classmethod
    def connect(cls, redis_url: str) -> "Queues":
        """Connects on first use, so that a process can start while Redis is down."""
        limits = {"socket_connect_timeout": PUT_TIMEOUT_SECONDS, "socket_timeout": PUT_TIMEOUT_SECONDS}
        return cls(redis_client(redis_url, ArqRedis, **limits))

    async def put(self, queue: Queue, count: int = 1, *, delay_seconds: float = 0) -> None:
        """Announce that this many rows are due, now or after the delay."""
        await self._try(
            queue, tickets.add(self.redis, queue, queue.channel, count, delay_ms=round(1000 * delay_seconds))
        )

    async def top_up(self, queue: Queue, due: int) -> None:
        """Ensure that there are as many due tickets as due rows."""
        await self._try(queue, tickets.top_up(self.redis, queue, queue.channel, due))

    async def _try(self, queue: Queue, putting: Awaitable[None]) -> None:
        """Redis only carries the signal: without it, the sweep puts the tickets later."""
        try:
            await putting
        except (redis.RedisError, OSError, TimeoutError) as error:
            ENQUEUE_FAILURES.inc()
            log.warning("enqueue_failed", queue=queue.value, error=repr(error))

    async def depth(self, queue: Queue) -> int:
        """The number of tickets in the queue, including delayed ones."""
        waiting: int = await self.redis.zcard(queue.value)
        return waiting

    async def has_worker(self, queue: Queue) -> bool:
        """Whether a worker of this queue runs: it has a health key, or listens and may be about to write it."""
        if await self.redis.exists(queue.health_key):
            self._missing_since.pop(queue, None)
            return True
        missing_for = time.monotonic() - self._missing_since.setdefault(queue, time.monotonic())
        ((_, listeners),) = await self.redis.pubsub_numsub(queue.channel)
        return bool(listeners) and missing_for < HEARTBEAT_GAP_SECONDS

    async def without_worker(self) -> list[Queue]:
        """The queues that no running worker serves."""
        return [queue for queue in Queue if not await self.has_worker(queue)]

    async def confirmed_without_worker(self) -> list[Queue]:
        """As ``without_worker``, but waits for workers that may only be starting."""
        while True:
            missing = await self.without_worker()
            if len(missing) == len(self._missing_since):
                return missing
            await asyncio.sleep(0.5)

    async def aclose(self) -> None:
        await self.redis.aclose()


QUEUES = web.AppKey("queues", Queues)


async def queues_context(app: web.Application, settings: Settings) -> AsyncIterator[None]:
    async with aclosing(Queues.connect(settings.redis_url)) as queues:
        await _refuse_cluster(queues)
        app[QUEUES] = queues
        yield


async def _refuse_cluster(queues: Queues) -> None:
    try:
        await require_one_primary(queues.redis)
    except ClusterError as error:
        raise SettingsError(str(error)) from error
    except (redis.RedisError, OSError, TimeoutError) as error:
        log.warning("redis_away", error=repr(error))  # a server starts without it
