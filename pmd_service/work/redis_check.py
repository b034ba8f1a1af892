"""The commands that queues and arq's workers send to Redis, tried on keys of their own.

For the doctor: an access list (ACL) that lacks one of them, or one of the patterns ``pmd:*`` and ``arq:*``, otherwise
shows when a worker starts, or ends a job.
"""

from uuid import uuid4

from arq.connections import ArqRedis
from arq.constants import in_progress_key_prefix, job_key_prefix, retry_key_prefix

from . import tickets

TRIED_MS = 10_000


async def try_commands(redis: ArqRedis) -> None:
    """Put a ticket and take it as workers do; nothing of it stays.

    Raises:
        redis.RedisError: Redis refuses one of the commands, or does not answer.
    """
    queue = f"pmd:doctor:{uuid4().hex}"
    await redis.psetex(f"{queue}:health-check", TRIED_MS, b"")
    async with redis.pubsub() as calls:
        await calls.subscribe(f"{queue}:calls")
        await tickets.top_up(redis, queue, f"{queue}:calls", 1)
        await redis.zcard(queue)
        await redis.pubsub_numsub(f"{queue}:calls")
    for ticket in await tickets.take(redis, queue, 1):
        await _run(redis, queue, ticket.decode())
    await redis.exists(f"{queue}:health-check")
    await redis.delete(f"{queue}:health-check")
    await redis.dbsize()  # arq's greeting at the start


async def _run(redis: ArqRedis, queue: str, ticket: str) -> None:
    """As arq begins and ends a job."""
    keys = [f"{prefix}{ticket}" for prefix in (job_key_prefix, retry_key_prefix, in_progress_key_prefix)]
    async with redis.pipeline(transaction=True) as pipe:
        pipe.get(keys[0])
        pipe.incr(keys[1])
        pipe.expire(keys[1], TRIED_MS // 1000)
        pipe.psetex(keys[2], TRIED_MS, b"1")
        pipe.zrem(queue, ticket)
        pipe.delete(*keys)
        await pipe.execute()
