"""Redis, the queues in it, and the work that waits for them."""

import time
from contextlib import aclosing

import redis
from redis.asyncio import Redis
from redis.exceptions import NoPermissionError

from ...base.redis_client import CLUSTER, is_of_sentinels, place_of_redis, sentinels_of
from ...base.settings import Settings
from ...work.missing_workers import find_missing
from ...work.queue import Queues
from ...work.redis_check import try_commands
from ...work.registry import measure_load
from ..commands import connected
from .finding import CheckFailedError, require_same_clock

LATE_SECONDS = 600

_ACL = "The access list (ACL) of REDIS_URL's user lacks what queues need"
# What Redis refuses by, the error's class and a part of its text, with the sentence about it.
_REFUSALS: tuple[tuple[type[redis.RedisError], str, str], ...] = (
    (redis.OutOfMemoryError, "", "Redis is full: give it more memory (maxmemory). Work is delayed until then."),
    (redis.ReadOnlyError, "", "This Redis is a read-only replica: point REDIS_URL to the primary."),
    (redis.ConnectionError, "previous master", "The Sentinels name a read-only replica: wait until they have agreed."),
    (redis.AuthenticationError, "", "Redis does not accept the user and password of REDIS_URL"),
    (NoPermissionError, "", _ACL),
    (redis.ResponseError, "ACL failure", _ACL),
    (redis.ResponseError, "MISCONF", "Redis refuses writes, because its disk does"),
)


async def check_redis(settings: Settings) -> str:
    async with aclosing(Queues.connect(settings.redis_url)) as queues:
        try:
            info = await queues.redis.info()
            if info.get("cluster_enabled"):
                raise CheckFailedError(CLUSTER)
            await try_commands(queues.redis)
            began = time.time()
            seconds, millionths = await queues.redis.time()
        except redis.RedisError as error:
            raise CheckFailedError(_sentence(error)) from error
    policy = info.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        raise CheckFailedError(f"maxmemory-policy is {policy}: jobs may be evicted. Set it to noeviction.")
    apart = require_same_clock(
        "Redis'",
        began=began,
        theirs=seconds + millionths / 1e6,
        ended=time.time(),
        so="one of them is wrong",
    )
    return f"{info.get('server_name', 'redis')} {info.get('valkey_version', info['redis_version'])}. {apart}"


def _sentence(error: redis.RedisError) -> str:
    for kind, part, sentence in _REFUSALS:
        if isinstance(error, kind) and part in str(error):
            return sentence if sentence.endswith(".") else f"{sentence}: {error}"
    return f"Redis (REDIS_URL) cannot be used: {error}"


async def check_sentinels(settings: Settings) -> str:
    if not is_of_sentinels(settings.redis_url):
        return "REDIS_URL names Redis itself."
    async with aclosing(Queues.connect(settings.redis_url)) as queues:
        name, sentinels = sentinels_of(queues.redis)
        named = {each: await _primary_by(each, name) for each in sentinels}
    if len({*named.values()}) > 1:
        answers = ", ".join(f"{place_of_redis(each)} names {primary}" for each, primary in named.items())
        raise CheckFailedError(f"The Sentinels disagree about “{name}”: {answers}.")
    return f"“{name}” is {', '.join({*named.values()})}."


async def _primary_by(sentinel: Redis, name: str) -> str:
    place = place_of_redis(sentinel)
    try:
        found = await sentinel.execute_command("SENTINEL GET-MASTER-ADDR-BY-NAME", name)  # type: ignore[no-untyped-call]
        if found is None:
            raise CheckFailedError(f"The Sentinel {place} does not know “{name}”, the name in REDIS_URL.")
        await sentinel.execute_command("SENTINEL CKQUORUM", name)  # type: ignore[no-untyped-call]
    except redis.ResponseError as error:
        raise CheckFailedError(f"The Sentinel {place} cannot promote anything: {error}") from error
    except (redis.RedisError, OSError) as error:
        raise CheckFailedError(f"The Sentinel {place} does not answer: {error}") from error
    host, port = found
    return f"{host.decode()}:{port}"


async def check_worker(settings: Settings) -> str:
    async with aclosing(Queues.connect(settings.redis_url)) as queues:
        if missing := await find_missing(queues):
            raise CheckFailedError(" ".join(missing))
    return "Each queue has a worker."


async def check_work(settings: Settings) -> str:
    async with connected(settings.database_url) as connection:
        loads = await measure_load(connection)
    if slow := [f"{load.kind} for {load.late:.0f} s" for load in loads.values() if load.late > LATE_SECONDS]:
        raise CheckFailedError(f"Work is overdue: {', '.join(slow)}. There are too few workers, or they are stuck.")
    return "No work is overdue."
