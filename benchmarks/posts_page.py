"""GET /posts?limit=512 among 200 k posts, 2 M reactions and 500 k comments, against Postgres' own time for its query.

Postgres' own time is the execution time of EXPLAIN (ANALYZE, TIMING OFF, SERIALIZE BINARY) for the same statement with
the same values, prepared: it ends when the last row is encoded for the wire, and has no round trip in it.
"""

import asyncio
from collections.abc import Sequence

import asyncpg

from pmd_service.http.wire import NEWEST
from pmd_service.posts.queries import LISTS

from .runner import Row, ratio_row
from .wire import Wire, timed
from .world import World

LIMIT = 512
OWN_POSTS = 10_000
REACTIONS_A_POST, COMMENTS_A_POST = 10, 2.5
RUNS = 150
PATH = f"/api/pmd/posts?limit={LIMIT}"


async def measure(world: World) -> list[Row]:
    posts = world.sized(200_000, 20_000)
    artist, headers = await world.add_artist("bench-pages")
    await fill(world.database, artist, posts, own_share=posts // OWN_POSTS)
    await world.database.execute(f"PREPARE page (int, timestamptz, bigint, int) AS {LISTS['active']}")
    page = f"EXECUTE page ({artist}, '{NEWEST.created_at}', {NEWEST.id}, {LIMIT + 1})"
    answers, executions = await by_turns(world, PATH, headers, [page])
    on_the_wire, unchanged = await for_browsers(world, headers)
    what = f"GET /posts?limit={LIMIT}"
    own_time = "÷ Postgres' own time for its query"
    return [
        ratio_row(
            f"{what} among {posts // 1000} k posts {own_time}", answers, executions, goal=1.5, original="137–158 ms"
        ),
        Row(what=f"{what}: bytes on the wire", value=on_the_wire / 1000, unit="kB", goal=40),
        ratio_row(f"{what} that has not changed (304) {own_time}", unchanged, executions, goal=0.5),
    ]


async def for_browsers(world: World, headers: dict[str, str]) -> tuple[int, list[float]]:
    """The bytes of a page as browsers load it, and the milliseconds of a conditional request."""
    async with world.session.get(PATH, headers=headers) as response:
        known = headers | {"If-None-Match": response.headers["ETag"]}

    def measure() -> tuple[int, list[float]]:
        with Wire(world.settings.base_url) as wire:
            size = wire.call("GET", PATH, headers | {"Accept-Encoding": "gzip, deflate, br, zstd"})
            unchanged = [1000 * timed(lambda: wire.call("GET", PATH, known)) for _ in range(RUNS)]
        return size, unchanged[10:]

    return await asyncio.to_thread(measure)


async def fill(database: asyncpg.Connection, artist: int, posts: int, *, own_share: int) -> None:
    """Add posts with comments and reactions; each ``own_share``-th is the artist's, the others are of a hundred more.

    Rows go in without the foreign keys' checks, for that is most of their time, and are all sound.
    """
    await database.execute("SET session_replication_role = replica")
    added = await database.fetchrow(
        """WITH others AS (INSERT INTO users (handle) SELECT 'other ' || n FROM generate_series(1, 100) AS n
                            RETURNING id),
                added AS (
                    INSERT INTO posts (owner_id, title, description, hashtags, art_url, width, height, frame_count,
                                       file_format, file_bytes, license_id, view_count, created_at)
                    SELECT CASE WHEN n % $3 = 0 THEN $1 ELSE (SELECT min(id) FROM others) + n % 100 END,
                           'Artwork number ' || n, 'What an artist says about it in a line or so, ' || md5(n::text),
                           ARRAY['pixelart', 'tag' || n % 50], '/vault/bench/' || n || '.png', 64, 64, 1 + n % 12,
                           'png', 2000 + n, 1 + n % 7, n % 5000, now() - make_interval(secs => n * 60)
                      FROM generate_series(1, $2) AS n
                    RETURNING id)
           SELECT min(id) AS first, max(id) AS last FROM added""",
        artist,
        posts,
        own_share,
    )
    assert added is not None
    first, last = added
    await database.execute(
        """INSERT INTO reactions (post_id, emoji)
           SELECT $1::int + (random() * ($2::int - $1::int))::int, (ARRAY['👍', '❤️', '🔥', '🎉'])[1 + n % 4]
             FROM generate_series(1, $3) AS n""",
        first,
        last,
        posts * REACTIONS_A_POST,
    )
    await database.execute(
        """INSERT INTO comments (post_id, body, hidden_by_mod, created_at)
           SELECT $1::int + (random() * ($2::int - $1::int))::int, 'A comment of the usual length, number ' || n,
                  n % 50 = 0, now() - make_interval(secs => n)
             FROM generate_series(1, $3) AS n""",
        first,
        last,
        int(posts * COMMENTS_A_POST),
    )
    await database.execute("SET session_replication_role = DEFAULT")
    # Autovacuum would do it within minutes; index-only scans need the visibility map.
    await database.execute("VACUUM ANALYZE posts, reactions, comments")
    await database.execute("CHECKPOINT")


async def by_turns(
    world: World, path: str, headers: dict[str, str], queries: Sequence[str]
) -> tuple[list[float], list[float]]:
    """Milliseconds of the endpoint, from the question to the answer's last byte, and of Postgres for its queries.

    One after the other, so that a busy moment of the machine falls on both.
    """
    answers, executions = [], []
    with Wire(world.settings.base_url) as wire:
        for _ in range(RUNS):
            answers.append(1000 * await asyncio.to_thread(timed, lambda: wire.call("GET", path, headers)))
            executions.append(sum([await world.postgres_milliseconds(query) for query in queries]))
    return answers[10:], executions[10:]  # the first ones warm caches and choose plans
