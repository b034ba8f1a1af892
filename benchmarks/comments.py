"""One request whose artwork has a million comments: they must not be kept in memory."""

from .runner import Row
from .world import PeakMemory, World


async def measure(world: World) -> list[Row]:
    count = world.sized(1_000_000, 50_000)
    artist, headers = await world.add_artist("bench-comments")
    (post,) = await world.add_artworks(artist, 1, 5_000)
    await world.database.execute(
        """INSERT INTO comments (id, post_id, author_id, body, created_at)
           SELECT gen_random_uuid(), $1, $2, 'Comment number ' || n || ' on this lovely piece of pixel art', now()
             FROM generate_series(1, $3) AS n""",
        post,
        artist,
        count,
    )
    with PeakMemory(world.service.worker.pid) as memory:
        location = await world.request(headers, [post], include_comments=True)
        item = await world.until(location, headers, "ready")
    await world.database.execute("DELETE FROM comments WHERE post_id = $1", post)
    return [
        Row(
            what=f"one request with {count:,} comments: the worker's memory above idle",
            value=round(memory.above / 2**20, 1),
            unit="MiB",
            goal=64,
            detail={"archive_bytes": item["file_size_bytes"]},
        )
    ]
