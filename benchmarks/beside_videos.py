"""What a small download takes while two videos are denoised, against an idle machine (LIBRARY section 9)."""

import asyncio
import statistics
import time

import aiohttp

from .cancel import add_video, until_working
from .ready_latency import until_ready
from .runner import Row, spread
from .world import World

COUNT, SIZE = 64, 5_000
VIDEOS = 2
# Long enough for all the downloads beside it; both are cancelled then.
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
        jobs = [await _begin(world, video, filmer_headers) for _ in range(VIDEOS)]
        beside = [await _download(world, stream, headers, posts) for _ in range(tries)]
        for job in jobs:
            await _cancel(world, job, filmer_headers)
    ratio = statistics.median(beside) / statistics.median(idle)
    return [
        Row(
            what=f"a download's POST → “ready” while {VIDEOS} videos are denoised ÷ its time when idle",
            value=round(ratio, 2),
            unit="×",
            goal=2,
            detail={
                "idle_ms": spread([1000 * each for each in idle], 1),
                "beside_ms": spread([1000 * each for each in beside], 1),
            },
        )
    ]


async def _download(world: World, stream: aiohttp.ClientResponse, headers: dict[str, str], posts: list[int]) -> float:
    """Seconds from asking to the event that says “ready”."""
    await asyncio.sleep(0.1)  # idle again
    began = time.perf_counter()
    location = await world.request(headers, posts)
    await until_ready(stream, location.rpartition("/")[2])
    return time.perf_counter() - began


async def _begin(world: World, video: int, headers: dict[str, str]) -> int:
    body = {"kind": "denoise_video", "asset_ids": [video]}
    async with world.session.post("/api/pmd/jobs", json=body, headers=headers) as response:
        job: int = (await response.json())["items"][0]["id"]
    await until_working(world, job, headers)
    return job


async def _cancel(world: World, job: int, headers: dict[str, str]) -> None:
    """Raises: RuntimeError: it had ended already, and not all downloads were beside it."""
    async with world.session.post(f"/api/pmd/jobs/{job}/cancel", headers=headers) as response:
        if response.status != 200:
            raise RuntimeError(await response.text())
