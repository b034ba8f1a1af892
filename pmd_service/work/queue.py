"""Job names and ids, and the doorbell: commit, then ring.

The row in Postgres is the truth. A ring that is lost costs time only, because the sweep rings again; so a ring never
raises, never takes long, and may come twice.
"""

from collections.abc import AsyncIterator
from uuid import UUID

import msgspec
import redis
from aiohttp import web
from arq.connections import ArqRedis
from arq.constants import health_check_key_suffix, in_progress_key_prefix

from ..ops.settings import Settings
from ..ops.telemetry import DOORBELL_FAILURES, log

QUEUE_NAME = "pmd:queue"
HEALTH_KEY = QUEUE_NAME + health_check_key_suffix

PROCESS_BDR = "process_bdr_job"
SEND_BDR_EMAIL = "send_bdr_email"

RING_TIMEOUT_SECONDS = 1.0

# JSON instead of arq's pickle: what waits in Redis can be read, and cannot execute.
serialize_job = msgspec.json.encode
deserialize_job = msgspec.json.decode


class Doorbell:
    """Tells the workers that there is something to do."""

    def __init__(self, redis_client: ArqRedis) -> None:
        self.redis = redis_client

    @classmethod
    def connect(cls, redis_url: str) -> "Doorbell":
        """A doorbell that connects at its first ring, so that a process starts while Redis is down."""
        client = ArqRedis.from_url(
            redis_url, socket_connect_timeout=RING_TIMEOUT_SECONDS, socket_timeout=RING_TIMEOUT_SECONDS
        )
        client.default_queue_name = QUEUE_NAME
        client.job_serializer = serialize_job
        client.job_deserializer = deserialize_job
        return cls(client)

    async def ring_bdr(self, bdr_id: UUID, attempt: int, *, delay_seconds: float = 0, is_overdue: bool = False) -> None:
        """Ask for the attempt that follows attempt number ``attempt``; asking twice is one job.

        Args:
            is_overdue: nobody has claimed the request for a while. A worker that died between taking the job and
                claiming the request leaves a mark that would keep the job from others for its whole time limit.
        """
        job_id = f"{bdr_id}:{attempt + 1}"
        await self._ring(PROCESS_BDR, str(bdr_id), job_id=job_id, delay_seconds=delay_seconds, unmark=is_overdue)

    async def ring_email(self, bdr_id: UUID, attempt: int, tries: int, *, delay_seconds: float = 0) -> None:
        """Ask for the message about this attempt's outcome to be sent, for the ``tries + 1``-th time."""
        job_id = f"email:{bdr_id}:{attempt}:{tries}"
        await self._ring(SEND_BDR_EMAIL, str(bdr_id), job_id=job_id, delay_seconds=delay_seconds, unmark=False)

    async def _ring(self, job: str, *args: str, job_id: str, delay_seconds: float, unmark: bool) -> None:
        try:
            if unmark:
                await self.redis.delete(in_progress_key_prefix + job_id)
            await self.redis.enqueue_job(job, *args, _job_id=job_id, _defer_by=delay_seconds)
        except (redis.RedisError, OSError, TimeoutError) as error:
            DOORBELL_FAILURES.inc()
            log.warning("doorbell_failed", job=job, job_id=job_id, error=repr(error))

    async def depth(self) -> int:
        """How many jobs wait, deferred ones among them."""
        waiting: int = await self.redis.zcard(QUEUE_NAME)
        return waiting

    async def is_answered(self) -> bool:
        """Whether a worker is running: it says so every few seconds."""
        return bool(await self.redis.exists(HEALTH_KEY))

    async def close(self) -> None:
        await self.redis.aclose()


DOORBELL = web.AppKey("doorbell", Doorbell)


async def doorbell_context(app: web.Application, settings: Settings) -> AsyncIterator[None]:
    app[DOORBELL] = Doorbell.connect(settings.redis_url)
    yield
    await app[DOORBELL].close()
