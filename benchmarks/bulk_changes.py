"""100,000 posts re-licensed by one request, and what a mirror then reads of GET /changes."""

import asyncio
import time
from functools import partial

from .runner import Row, median_row
from .wire import Wire, timed
from .world import World

CHANGES = 10_000
RUNS = 10


async def measure(world: World) -> list[Row]:
    posts = world.sized(100_000, 10_000)
    artist, headers = await world.add_artist("bench-bulk")
    await world.database.execute(
        """INSERT INTO posts (owner_id, title, hashtags, art_url, width, height, file_format, file_bytes)
           SELECT $1, 'Artwork number ' || n, ARRAY['pixelart', 'tag' || n % 50], '/vault/bench/' || n || '.png',
                  64, 64, 'png', 2000 + n
             FROM generate_series(1, $2) AS n""",
        artist,
        posts,
    )
    await world.database.execute("VACUUM ANALYZE posts")
    async with world.session.get("/api/pmd/changes", headers=headers) as response:
        begin = (await response.json())["next_cursor"]
    began = time.perf_counter()
    change = await world.post(
        "bulk-changes", headers, {"action": "license", "license_id": 2, "filter": {}, "expected_count": posts}
    )
    ended = await world.until(f"/api/pmd/bulk-changes/{change['id']}", headers, "completed")
    seconds = time.perf_counter() - began
    assert ended["changed_count"] == posts, ended
    with Wire(world.settings.base_url) as wire:
        read = partial(wire.call, "GET", f"/api/pmd/changes?cursor={begin}&limit={CHANGES}", headers)
        reads = [1000 * await asyncio.to_thread(timed, read) for _ in range(RUNS)]
    return [
        Row(what=f"{posts:,} posts re-licensed by a filter", value=seconds, unit="s", goal=30),
        median_row(f"GET /changes: {CHANGES:,} changes", reads[1:], goal=200),
    ]
