"""What a small download takes while two videos are denoised, against an idle machine (LIBRARY section 9)."""

import asyncio
import time

import aiohttp

from .cancel import add_video, begin, cancel
from .ready_latency import until_ready
from .runner import Row, ratio_row
from .world import World

COUNT, SIZE = 64, 5_000
VIDEOS = 2
# Longer than all the concurrent downloads; both are cancelled then.
REPEATS = 60


async def measure(world: World) -> list[Row]:
    tries = world.sized(20, 5)
    artist, headers = await world.add_artist("bench-beside")
    posts = await world.add_artworks(artist, COUNT, SIZE)
    filmer, filmer_headers = await world.add_artist("bench-filmer")
    video = await add_video(world, filmer, repeats=REPEATS)
    async with world.session.get("/api/pmd/sse", headers=headers) as stream:
        await _download(world, stream, headers, posts)  # the first one warms caches and connections
        idle = [await _download(world, stream, headers, posts) for _ in range(tries)]
        jobs = [await begin(world, video, filmer_headers) for _ in range(VIDEOS)]
        beside = [await _download(world, stream, headers, posts) for _ in range(tries)]
        for job in jobs:
            await cancel(world, job, filmer_headers)  # it fails if not all downloads ran concurrently with it
    what = f"a download's POST → “ready” while {VIDEOS} videos are denoised ÷ its time when idle"
    return [ratio_row(what, beside, idle, goal=2)]


async def _download(world: World, stream: aiohttp.ClientResponse, headers: dict[str, str], posts: list[int]) -> float:
    """Seconds from the request to the event “ready”."""
    await asyncio.sleep(0.1)  # idle again
    began = time.perf_counter()
    location = await world.request(headers, posts)
    await until_ready(stream, location.rpartition("/")[2])
    return time.perf_counter() - began
