"""POST → ``ready`` at a subscriber: 128 × 5 kB with 2,600 comments and 6,400 reactions, on an idle machine."""

import asyncio
import json
import time

import aiohttp

from .runner import Row, median_row, percentile
from .world import World

COUNT, SIZE = 128, 5_000
COMMENTS, REACTIONS = 2_600, 6_400
RUNS = 40


async def measure(world: World) -> list[Row]:
    artist, headers = await world.add_artist("bench-small")
    posts = await world.add_artworks(artist, COUNT, SIZE)
    await world.database.execute(
        """INSERT INTO comments (post_id, body, created_at)
           SELECT ($1::int[])[1 + n % $2], 'A comment of the usual length, number ' || n,
                  now() - make_interval(secs => n)
             FROM generate_series(1, $3) AS n""",
        posts,
        COUNT,
        COMMENTS,
    )
    await world.database.execute(
        """INSERT INTO reactions (post_id, emoji)
           SELECT ($1::int[])[1 + n % $2], (ARRAY['👍', '❤️', '🔥', '🎉'])[1 + n % 4]
             FROM generate_series(1, $3) AS n""",
        posts,
        COUNT,
        REACTIONS,
    )
    await world.database.execute("ANALYZE")
    seconds = await until_ready_event(world, headers, posts, runs=RUNS, include_comments=True, include_reactions=True)
    milliseconds = [1000 * value for value in seconds[2:]]  # the first ones warm caches and connections
    what = f"POST → “ready” at a subscriber, {COUNT} × 5 kB, {COMMENTS} comments, {REACTIONS} reactions, p50"
    original, p99 = "1.2 s to build, up to 5 s until it was shown", percentile(milliseconds, 0.99)
    return [median_row(what, milliseconds, goal=30, original=original, p99=round(p99, 1))]


async def until_ready_event(
    world: World, headers: dict[str, str], posts: list[int], *, runs: int, **options: bool
) -> list[float]:
    """Seconds from each request to “ready” at a subscriber."""
    seconds = []
    async with world.session.get("/api/pmd/sse", headers=headers) as stream:
        for _ in range(runs):
            began = time.perf_counter()
            location = await world.request(headers, posts, **options)
            await until_ready(stream, location.rpartition("/")[2])
            seconds.append(time.perf_counter() - began)
            await asyncio.sleep(0.1)  # idle again
    return seconds


async def until_ready(stream: aiohttp.ClientResponse, bdr_id: str) -> None:
    while line := await stream.content.readline():
        if line.startswith(b"data: {") and bdr_id.encode() in line and json.loads(line[6:])["status"] == "ready":
            return
    raise EOFError("the stream has ended")
