"""What one worker gets done, and what two: requests of 128 small artworks a minute."""

import asyncio
import time

from pmd_service.demo.processes import Child

from .runner import Row
from .world import World

COUNT, SIZE = 128, 5_000
ASKING = 8  # clients that ask at the same time


async def measure(world: World) -> list[Row]:
    artist, headers = await world.add_artist("bench-workers")
    posts = await world.add_artworks(artist, COUNT, SIZE)
    requests = world.sized(150, 30)
    alone = await requests_per_minute(world, headers, posts, requests)
    second = Child("worker", world.settings.vault_path.parent, world.settings)
    second.start()
    try:
        while "worker_started" not in second.log.read_text():
            await asyncio.sleep(0.05)
        together = await requests_per_minute(world, headers, posts, requests)
    finally:
        await asyncio.to_thread(second.stop)
    return [
        Row(what=f"requests of {COUNT} × 5 kB, 1 worker", value=alone, unit="/min", higher_is_better=True),
        Row(
            what=f"requests of {COUNT} × 5 kB, 2 workers",
            value=together,
            unit="/min",
            higher_is_better=True,
            detail={"times_one": round(together / alone, 2)},
        ),
    ]


async def requests_per_minute(world: World, headers: dict[str, str], posts: list[int], requests: int) -> float:
    """Ask for them all, some at a time, and wait until every one is ready."""
    turns = asyncio.Semaphore(ASKING)

    async def ask() -> None:
        async with turns:
            await world.request(headers, posts)

    began = time.perf_counter()
    await asyncio.gather(*(ask() for _ in range(requests)))
    while await world.database.fetchval(
        """SELECT EXISTS (SELECT FROM batch_download_requests
                           WHERE status IN ('pending', 'processing') AND post_ids = $1)""",
        posts,
    ):
        await asyncio.sleep(0.02)
    return 60 * requests / (time.perf_counter() - began)
