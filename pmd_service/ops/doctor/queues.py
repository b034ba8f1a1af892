"""Redis, the queues in it, and the work that waits for them."""

import time
from contextlib import aclosing

import redis
from redis.asyncio import Redis

from ...base.redis_client import CLUSTER, is_of_sentinels, place_of_redis, sentence_of, sentinels_of
from ...base.settings import Settings
from ...work.missing_workers import find_missing
from ...work.queue import Queues
from ...work.redis_check import try_commands
from ...work.registry import measure_load
from ..commands import connected
from .finding import CheckFailedError, require_same_clock

LATE_SECONDS = 600


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
            raise CheckFailedError(sentence_of(error)) from error
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
