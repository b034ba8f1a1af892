"""The throughput of one worker and of two: requests of 128 small artworks per minute.

Two workers, the server, Postgres and the driver share this machine's two cores. What a second worker brings where
workers are what is short is measured with each of them limited to a part of a core.
"""

import asyncio
import time

from pmd_service.demo.processes import Child

from .quota import quota
from .runner import Row
from .world import World

COUNT, SIZE = 128, 5_000
ASKING = 8  # concurrent artists
SHARE = 0.2


async def measure(world: World) -> list[Row]:
    artists = [await world.add_artist(f"bench-workers-{number}") for number in range(ASKING)]
    users = [(artist, headers, await world.add_artworks(artist, COUNT, SIZE)) for artist, headers in artists]
    requests = world.sized(150, 30)
    alone = await requests_per_minute(world, users, requests)
    second = Child("worker", world.settings.vault_path.parent, world.settings)
    with quota(SHARE) as hold:
        hold(world.service.worker.pid)
        alone_limited = await requests_per_minute(world, users, requests // 3)
        second.start()
        try:
            while "worker_started" not in second.log.read_text():
                await asyncio.sleep(0.05)
            hold(second.pid)
            together_limited = await requests_per_minute(world, users, requests // 2)
        except BaseException:
            await asyncio.to_thread(second.stop)
            raise
    try:
        together = await requests_per_minute(world, users, requests)
    finally:
        await asyncio.to_thread(second.stop)
    return [
        Row(what=f"requests of {COUNT} × 5 kB, 1 worker", value=alone, unit="/min", goal=5_000, higher_is_better=True),
        Row(
            what=f"requests of {COUNT} × 5 kB: 2 workers ÷ 1",
            value=together / alone,
            unit="×",
            goal=1.8,
            higher_is_better=True,
            detail={"requests_a_minute": round(together)},
        ),
        Row(
            what=f"requests of {COUNT} × 5 kB: 2 workers ÷ 1, each held to {SHARE:.0%} of a core",
            value=together_limited / alone_limited,
            unit="×",
            goal=1.8,
            higher_is_better=True,
            detail={"requests_a_minute": [round(alone_limited), round(together_limited)]},
        ),
    ]


async def requests_per_minute(world: World, users: list[tuple[int, dict[str, str], list[int]]], requests: int) -> float:
    """Ask for them all, each artist one after the other, and wait until every one is ready."""

    async def request_downloads(headers: dict[str, str], posts: list[int], count: int) -> None:
        for _ in range(count):
            await world.request(headers, posts)

    began = time.perf_counter()
    await asyncio.gather(*(request_downloads(headers, posts, requests // len(users)) for _, headers, posts in users))
    requests -= requests % len(users)
    while await world.database.fetchval(
        """SELECT EXISTS (SELECT FROM batch_download_requests
                           WHERE status IN ('pending', 'processing') AND user_id = ANY($1))""",
        [artist for artist, _, _ in users],
    ):
        await asyncio.sleep(0.02)
    return 60 * requests / (time.perf_counter() - began)
