"""GET /posts?limit=512 among 200 k posts, 2 M reactions and 500 k comments, against Postgres' own time for its query.

Postgres' own time is the execution time of EXPLAIN (ANALYZE, TIMING OFF, SERIALIZE BINARY) for the same statement with
the same values, prepared: it ends when the last row is encoded for the wire, and has no round trip in it.
"""

import asyncio
import json
import statistics

import asyncpg

from pmd_service.http.wire import NEWEST
from pmd_service.posts.queries import LISTS

from .runner import Row, spread
from .wire import Wire, requests_per_second, timed
from .world import World

LIMIT = 512
FIRST_POSTS = 1_000
OWN_POSTS = 10_000
REACTIONS_A_POST, COMMENTS_A_POST = 10, 2.5
RUNS = 150
PATH = f"/api/pmd/posts?limit={LIMIT}"


async def measure(world: World) -> list[Row]:
    posts = world.sized(200_000, 20_000)
    newcomer, newcomers_headers = await world.add_artist("bench-first")
    artist, headers = await world.add_artist("bench-pages")
    await fill(world.database, newcomer, FIRST_POSTS, own_share=1)
    of_few, _ = await by_turns(world, newcomer, newcomers_headers)
    await fill(world.database, artist, posts - FIRST_POSTS, own_share=posts // OWN_POSTS)
    answers, executions = await by_turns(world, artist, headers)
    rate = await asyncio.to_thread(
        requests_per_second, world.settings.base_url, PATH, headers, connections=8, seconds=world.sized(8, 2)
    )
    on_the_wire, unchanged = await for_browsers(world, headers)
    among = f"{posts // 1000} k posts"
    return [
        Row(
            what=f"GET /posts?limit={LIMIT} among {among} ÷ Postgres' own time for its query",
            value=statistics.median(answers) / statistics.median(executions),
            unit="×",
            goal=1.5,
            original="137–158 ms",
            detail={
                "endpoint_milliseconds": spread(answers, 2),
                "postgres_milliseconds": spread(executions, 2),
            },
        ),
        Row(what=f"GET /posts?limit={LIMIT}: bytes on the wire", value=on_the_wire / 1000, unit="kB", goal=40),
        Row(
            what=f"GET /posts?limit={LIMIT} that has not changed (304) ÷ Postgres' own time for its query",
            value=statistics.median(unchanged) / statistics.median(executions),
            unit="×",
            goal=0.5,
            detail={"milliseconds": spread(unchanged, 2)},
        ),
        Row(
            what=f"GET /posts?limit={LIMIT}, 8 at a time, one process",
            value=rate,
            unit="/s",
            higher_is_better=True,
            original="8 /s",
        ),
        Row(
            what=f"GET /posts?limit={LIMIT}, {FIRST_POSTS // 1000} k → {among}: grows by",
            value=statistics.median(answers) / statistics.median(of_few),
            unit="×",
            detail={"milliseconds": {"few": spread(of_few, 2), "many": spread(answers, 2)}},
        ),
    ]


async def for_browsers(world: World, headers: dict[str, str]) -> tuple[int, list[float]]:
    """The bytes of a page as browsers take it, and the milliseconds of asking whether it has changed."""
    async with world.session.get(PATH, headers=headers) as response:
        known = headers | {"If-None-Match": response.headers["ETag"]}

    def ask() -> tuple[int, list[float]]:
        with Wire(world.settings.base_url) as wire:
            size = wire.call("GET", PATH, headers | {"Accept-Encoding": "gzip, deflate, br, zstd"})
            asked = [1000 * timed(lambda: wire.call("GET", PATH, known)) for _ in range(RUNS)]
        return size, asked[10:]

    return await asyncio.to_thread(ask)


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
    # Autovacuum comes to it within minutes; index-only scans need the visibility map.
    await database.execute("VACUUM ANALYZE posts, reactions, comments")
    await database.execute("CHECKPOINT")


async def by_turns(world: World, artist: int, headers: dict[str, str]) -> tuple[list[float], list[float]]:
    """Milliseconds of the endpoint, from the question to the answer's last byte, and of Postgres for its query.

    One after the other, so that a busy moment of the machine falls on both.
    """
    answers, executions = [], []
    database = world.database
    await database.execute(f"PREPARE page (int, timestamptz, bigint, int) AS {LISTS['active']}")
    explain = f"""EXPLAIN (ANALYZE, TIMING OFF, BUFFERS OFF, SERIALIZE BINARY, FORMAT JSON)
                  EXECUTE page ({artist}, '{NEWEST.created_at}', {NEWEST.id}, {LIMIT + 1})"""
    with Wire(world.settings.base_url) as wire:
        for _ in range(RUNS):
            answers.append(1000 * await asyncio.to_thread(timed, lambda: wire.call("GET", PATH, headers)))
            executions.append(json.loads(await database.fetchval(explain))[0]["Execution Time"])
    await database.execute("DEALLOCATE page")
    return answers[10:], executions[10:]  # the first ones warm caches and choose plans
