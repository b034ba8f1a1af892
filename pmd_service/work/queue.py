"""The queues, the jobs' names and ids, and enqueuing: commit, then enqueue.

The row in Postgres is the truth. A job that is lost costs time only, because the sweep enqueues again; so enqueuing
never raises, never takes long, and may happen twice. This is the only place where the web side and the jobs meet.
"""

from collections.abc import AsyncIterator
from enum import StrEnum
from uuid import UUID

import msgspec
import redis
from aiohttp import web
from arq.connections import ArqRedis
from arq.constants import expires_extra_ms, health_check_key_suffix, in_progress_key_prefix, job_key_prefix
from arq.jobs import serialize_job as arq_job
from arq.utils import timestamp_ms

from ..ops.settings import Settings
from ..ops.telemetry import ENQUEUE_FAILURES, log

ENQUEUE_TIMEOUT_SECONDS = 1.0
# In arq's queue a job is due by the clock of whoever has enqueued it: by so much that clock may be ahead of a worker's.
EARLY_SECONDS = 60.0

# JSON instead of arq's pickle: what waits in Redis can be read, and cannot execute.
serialize_job = msgspec.json.encode
deserialize_job = msgspec.json.decode


class Queue(StrEnum):
    """Kinds of work that never wait for each other; each has slots of its own in its workers."""

    DOWNLOADS = "pmd:queue"
    MEDIA = "pmd:media"
    UPKEEP = "pmd:upkeep"

    @property
    def health_key(self) -> str:
        """Where a worker of this queue says every few seconds that it lives."""
        return self.value + health_check_key_suffix

    @property
    def channel(self) -> str:
        """Where who enqueues calls the workers of this queue."""
        return f"{self.value}:calls"


class Job(msgspec.Struct, frozen=True):
    """What is enqueued: a name that a worker knows, and where such a worker listens."""

    name: str
    queue: Queue


DOWNLOAD = Job("process_bdr_job", Queue.DOWNLOADS)
LOOKING = Job("look_job", Queue.MEDIA)
TASK = Job("task_job", Queue.MEDIA)
EXPORT = Job("export_job", Queue.MEDIA)
MAIL = Job("mail_job", Queue.UPKEEP)
WEBHOOK = Job("webhook_job", Queue.UPKEEP)


class Queues:
    """Tells the workers that there is something to do."""

    def __init__(self, redis_client: ArqRedis) -> None:
        self.redis = redis_client

    @classmethod
    def connect(cls, redis_url: str) -> "Queues":
        """Connects when it is first used, so that a process starts while Redis is down."""
        client = ArqRedis.from_url(
            redis_url, socket_connect_timeout=ENQUEUE_TIMEOUT_SECONDS, socket_timeout=ENQUEUE_TIMEOUT_SECONDS
        )
        client.job_serializer = serialize_job
        client.job_deserializer = deserialize_job
        return cls(client)

    async def enqueue(
        self,
        job: Job,
        row_id: UUID | int | str,
        attempt: int,
        *,
        delay_seconds: float = 0,
        is_overdue: bool = False,
        because_of: str | None = None,
    ) -> None:
        """Ask for the attempt that follows attempt number ``attempt`` at this row; asking twice is one job.

        Args:
            is_overdue: nobody has claimed the row for a while. A worker that died between taking the job and claiming
                the row leaves a mark that would keep the job from others for its whole time limit, and a job that is
                due by a wrong clock only would keep this one away until then.
            because_of: makes it a job beside the one for this attempt, which may be ending in vain at this moment.
        """
        job_id = f"{job.name}:{row_id}:{attempt + 1}" + (f":{because_of}" if because_of else "")
        try:
            if is_overdue:
                await self._free(job.queue, job_id)
            await self._put(job, job_id, str(row_id), delay_seconds or -EARLY_SECONDS)
        except (redis.RedisError, OSError, TimeoutError) as error:
            ENQUEUE_FAILURES.inc()
            log.warning("enqueue_failed", job=job.name, job_id=job_id, error=repr(error))

    async def _free(self, queue: Queue, job_id: str) -> None:
        """Let a job be taken that should have been: its worker has died, or who enqueued it is far ahead of us."""
        await self.redis.delete(in_progress_key_prefix + job_id)
        due_at = await self.redis.zscore(queue.value, job_id)
        if due_at is not None and due_at > timestamp_ms():
            await self.redis.zrem(queue.value, job_id)
            await self.redis.delete(job_key_prefix + job_id)

    async def _put(self, job: Job, job_id: str, row_id: str, delay_seconds: float) -> None:
        """What arq's ``enqueue_job`` does, in one round trip instead of four, and a call to who waits for it."""
        now = timestamp_ms()
        delay = round(1000 * delay_seconds)
        body = arq_job(job.name, (row_id,), {}, None, now, serializer=serialize_job)
        async with self.redis.pipeline(transaction=True) as pipe:
            pipe.set(job_key_prefix + job_id, body, px=delay + expires_extra_ms, nx=True)
            pipe.zadd(job.queue.value, {job_id: now + delay}, nx=True)
            pipe.publish(job.queue.channel, job_id)
            await pipe.execute()

    async def depth(self, queue: Queue) -> int:
        """How many jobs wait, deferred ones among them."""
        waiting: int = await self.redis.zcard(queue.value)
        return waiting

    async def is_answered(self, queue: Queue) -> bool:
        """Whether a worker of this queue is running: it says so every few seconds."""
        return bool(await self.redis.exists(queue.health_key))

    async def aclose(self) -> None:
        await self.redis.aclose()


QUEUES = web.AppKey("queues", Queues)


async def queues_context(app: web.Application, settings: Settings) -> AsyncIterator[None]:
    app[QUEUES] = Queues.connect(settings.redis_url)
    yield
    await app[QUEUES].aclose()
