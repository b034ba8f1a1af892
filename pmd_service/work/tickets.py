"""A queue's tickets in Redis. Each call is one Lua script: one round trip, and the only clock is Redis's own.

A server or worker whose clock is wrong so neither hides a ticket from others nor takes one early, and a ticket is
taken by one worker.
"""

from typing import cast
from uuid import uuid4

import msgspec
from arq.connections import ArqRedis
from arq.constants import job_key_prefix
from arq.jobs import serialize_job
from arq.utils import timestamp_ms

# A job of arq's without arguments: “something is due in this queue”.
TICKET = "work"
# More would only wait behind one another: a ticket runs row after row.
MAX_TICKETS = 64
# A ticket that has not been taken by then: no worker was there for it.
STALE_MS = 30_000
TTL_MS = 600_000

# JSON instead of arq's pickle: readable in Redis, and cannot execute code.
serialize = msgspec.json.encode
deserialize = msgspec.json.decode

_NOW = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
"""

_ADD = (
    _NOW
    + f"""
local queue, channel, ids, body = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local wanted, delay, is_topping_up = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6] == '1'
if is_topping_up then
    redis.call('ZREMRANGEBYSCORE', queue, '-inf', now - {STALE_MS})
    wanted = wanted - redis.call('ZCOUNT', queue, '-inf', now)
end
if wanted <= 0 then return end
for number = 1, math.min(wanted, {MAX_TICKETS}) do
    local id = ids .. number
    redis.call('SET', '{job_key_prefix}' .. id, body, 'PX', delay + {TTL_MS})
    redis.call('ZADD', queue, now + delay, id)
end
redis.call('ZREMRANGEBYRANK', queue, {MAX_TICKETS}, -1)
redis.call('PUBLISH', channel, '')
"""
)

_TAKE = (
    _NOW
    + """
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
if #due > 0 then redis.call('ZREM', KEYS[1], unpack(due)) end
return due
"""
)


async def add(redis: ArqRedis, queue: str, channel: str, tickets: int, *, delay_ms: int = 0) -> None:
    """Put so many tickets, and announce them to the queue's workers."""
    await _add(redis, queue, channel, tickets, delay_ms=delay_ms, is_topping_up=False)


async def top_up(redis: ArqRedis, queue: str, channel: str, due: int) -> None:
    """Put tickets until as many are due as rows; those that no worker has taken for long are replaced."""
    await _add(redis, queue, channel, due, delay_ms=0, is_topping_up=True)


async def _add(redis: ArqRedis, queue: str, channel: str, tickets: int, *, delay_ms: int, is_topping_up: bool) -> None:
    body = serialize_job(TICKET, (), {}, None, timestamp_ms(), serializer=serialize)
    # Ids of their own: arq drops a job whose id belongs to one that is just ending.
    ids = f"{queue}:{uuid4().hex}:"
    await redis.register_script(_ADD)(keys=[queue], args=[channel, ids, body, tickets, delay_ms, int(is_topping_up)])


async def take(redis: ArqRedis, queue: str, limit: int) -> list[bytes]:
    """Take up to so many due tickets out of the queue, the oldest first; returns their ids."""
    return cast(list[bytes], await redis.register_script(_TAKE)(keys=[queue], args=[limit]))
