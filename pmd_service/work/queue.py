"""The queues and their tickets: commit, then put a ticket.

A ticket is a job of arq's that says “something is due in this queue”, and no more: whose row is next is said by
Postgres when it is claimed. So a ticket may be lost, doubled or flushed, which costs time only: the sweep tops them up.
Putting one never raises and never takes long. This is the only place where the web side and the jobs meet.
"""

from collections.abc import AsyncIterator, Sequence
from enum import StrEnum
from uuid import uuid4

import msgspec
import redis
from aiohttp import web
from arq.connections import ArqRedis
from arq.constants import health_check_key_suffix, job_key_prefix
from arq.jobs import serialize_job as arq_job
from arq.utils import timestamp_ms

from ..base.settings import Settings
from ..base.telemetry import ENQUEUE_FAILURES, log

PUT_TIMEOUT_SECONDS = 1.0
# In arq's queue a job is due by the clock of whoever has put it: by so much that clock may be ahead of a worker's.
EARLY_SECONDS = 60.0
# Fewer than a worker of arq's reads of its queue's head (100), so that nothing lies hidden behind what others are at.
MAX_TICKETS = 64
# By then a ticket that nobody began is one that a dead worker has taken.
STALE_SECONDS = 30.0
KEEP_SECONDS = 600.0
TICKET = "work"
# How often a worker says that it lives.
HEALTH_SECONDS = 10

# JSON instead of arq's pickle: what waits in Redis can be read, and cannot execute.
serialize_job = msgspec.json.encode
deserialize_job = msgspec.json.decode


class Queue(StrEnum):
    """One for each kind of work: its workers have places of its own, and never wait for another's."""

    DOWNLOADS = "pmd:downloads"
    LOOKING = "pmd:looking"
    TASKS = "pmd:tasks"
    PACKS = "pmd:packs"
    MAILS = "pmd:mails"
    WEBHOOKS = "pmd:webhooks"

    @property
    def health_key(self) -> str:
        """Where a worker of this queue says every few seconds that it lives."""
        return self.value + health_check_key_suffix

    @property
    def channel(self) -> str:
        """Where who puts a ticket calls the workers of this queue."""
        return f"{self.value}:calls"


class Queues:
    """Tells the workers that there is something to do."""

    def __init__(self, redis_client: ArqRedis) -> None:
        self.redis = redis_client

    @classmethod
    def connect(cls, redis_url: str) -> "Queues":
        """Connects when it is first used, so that a process starts while Redis is down."""
        client = ArqRedis.from_url(
            redis_url, socket_connect_timeout=PUT_TIMEOUT_SECONDS, socket_timeout=PUT_TIMEOUT_SECONDS
        )
        client.job_serializer = serialize_job
        client.job_deserializer = deserialize_job
        return cls(client)

    async def put(self, queue: Queue, tickets: int = 1, *, delay_seconds: float = 0) -> None:
        """Say that so many rows are due, or will be after the delay."""
        now, delay = timestamp_ms(), round(1000 * (delay_seconds or -EARLY_SECONDS))
        body = arq_job(TICKET, (), {}, None, now, serializer=serialize_job)
        try:
            async with self.redis.pipeline(transaction=True) as pipe:
                for _ in range(min(tickets, MAX_TICKETS)):
                    # An id of its own: one that is just ending would swallow another one of its name.
                    ticket = f"{queue.value}:{uuid4().hex}"
                    pipe.set(job_key_prefix + ticket, body, px=max(delay, 0) + round(1000 * KEEP_SECONDS))
                    pipe.zadd(queue.value, {ticket: now + delay})
                pipe.zremrangebyrank(queue.value, MAX_TICKETS, -1)
                pipe.publish(queue.channel, b"")
                await pipe.execute()
        except (redis.RedisError, OSError, TimeoutError) as error:
            ENQUEUE_FAILURES.inc()
            log.warning("enqueue_failed", queue=queue.value, error=repr(error))

    async def top_up(self, queue: Queue, due: int) -> None:
        """Let there be as many tickets as rows are due; those that a dead worker has taken don't count."""
        try:
            stale = timestamp_ms() - round(1000 * (EARLY_SECONDS + STALE_SECONDS))
            await self.redis.zremrangebyscore(queue.value, 0, stale)
            missing = due - await self.depth(queue)
        except (redis.RedisError, OSError, TimeoutError):
            missing = due  # says why it cannot
        if missing > 0:
            await self.put(queue, missing)

    async def depth(self, queue: Queue) -> int:
        """How many tickets nobody has taken, later ones among them."""
        waiting: int = await self.redis.zcard(queue.value)
        return waiting

    async def has_worker(self, queue: Queue) -> bool:
        """Whether a worker of this queue is running: it says so every few seconds."""
        return bool(await self.redis.exists(queue.health_key))

    async def without_worker(self) -> list[Queue]:
        """The queues of which no worker is running."""
        return [queue for queue in Queue if not await self.has_worker(queue)]

    async def have_listener(self, queues: Sequence[Queue]) -> bool:
        """Whether somebody hears the calls of one of them: a worker, be it that it has just begun or is stuck."""
        heard = await self.redis.pubsub_numsub(*(queue.channel for queue in queues))
        return any(listeners for _, listeners in heard)

    async def aclose(self) -> None:
        await self.redis.aclose()


QUEUES = web.AppKey("queues", Queues)


async def queues_context(app: web.Application, settings: Settings) -> AsyncIterator[None]:
    app[QUEUES] = Queues.connect(settings.redis_url)
    yield
    await app[QUEUES].aclose()
