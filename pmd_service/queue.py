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

from .settings import Settings
from .telemetry import DOORBELL_FAILURES, log

QUEUE_NAME = "pmd:queue"

PROCESS_BDR = "process_bdr_job"

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

    async def ring_bdr(self, bdr_id: UUID, attempt: int, *, delay_seconds: float = 0) -> None:
        """Ask for the attempt that follows attempt number ``attempt``; asking twice is one job."""
        await self._ring(PROCESS_BDR, str(bdr_id), job_id=f"{bdr_id}:{attempt + 1}", delay_seconds=delay_seconds)

    async def _ring(self, job: str, *args: str, job_id: str, delay_seconds: float) -> None:
        try:
            await self.redis.enqueue_job(job, *args, _job_id=job_id, _defer_by=delay_seconds)
        except (redis.RedisError, OSError, TimeoutError) as error:
            DOORBELL_FAILURES.inc()
            log.warning("doorbell_failed", job=job, job_id=job_id, error=repr(error))

    async def close(self) -> None:
        await self.redis.aclose()


DOORBELL = web.AppKey("doorbell", Doorbell)


async def doorbell_context(app: web.Application, settings: Settings) -> AsyncIterator[None]:
    app[DOORBELL] = Doorbell.connect(settings.redis_url)
    yield
    await app[DOORBELL].close()
