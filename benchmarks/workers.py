"""The throughput of one worker and of two: requests of 128 small artworks per minute.

Two workers, the server, Postgres and the driver share this machine's two cores. What a second worker brings where
workers are what is short is measured with each of them held to a part of a core.
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
    asking = [(artist, headers, await world.add_artworks(artist, COUNT, SIZE)) for artist, headers in artists]
    requests = world.sized(150, 30)
    alone = await requests_per_minute(world, asking, requests)
    second = Child("worker", world.settings.vault_path.parent, world.settings)
    with quota(SHARE) as hold:
        hold(world.service.worker.pid)
        alone_held = await requests_per_minute(world, asking, requests // 3)
        second.start()
        try:
            while "worker_started" not in second.log.read_text():
                await asyncio.sleep(0.05)
            hold(second.pid)
            together_held = await requests_per_minute(world, asking, requests // 2)
        except BaseException:
            await asyncio.to_thread(second.stop)
            raise
    try:
        together = await requests_per_minute(world, asking, requests)
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
            value=together_held / alone_held,
            unit="×",
            goal=1.8,
            higher_is_better=True,
            detail={"requests_a_minute": [round(alone_held), round(together_held)]},
        ),
    ]


async def requests_per_minute(
    world: World, asking: list[tuple[int, dict[str, str], list[int]]], requests: int
) -> float:
    """Ask for them all, each artist one after the other, and wait until every one is ready."""

    async def ask(headers: dict[str, str], posts: list[int], count: int) -> None:
        for _ in range(count):
            await world.request(headers, posts)

    began = time.perf_counter()
    await asyncio.gather(*(ask(headers, posts, requests // len(asking)) for _, headers, posts in asking))
    requests -= requests % len(asking)
    while await world.database.fetchval(
        """SELECT EXISTS (SELECT FROM batch_download_requests
                           WHERE status IN ('pending', 'processing') AND user_id = ANY($1))""",
        [artist for artist, _, _ in asking],
    ):
        await asyncio.sleep(0.02)
    return 60 * requests / (time.perf_counter() - began)
