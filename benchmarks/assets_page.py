"""GET /assets?limit=512 in a library of 100,000, against Postgres' own time for its two queries."""

import asyncio
import json
import statistics

import asyncpg

from pmd_service.http.wire import NEWEST
from pmd_service.library.counts import KEPT, counting_statement, newest_of
from pmd_service.library.queries import page_statement
from pmd_service.library.where import AssetFilter, Where

from .runner import Row, spread
from .wire import Wire, timed
from .world import World

LIMIT = 512
RUNS = 100
PATH = f"/api/pmd/assets?limit={LIMIT}"


async def measure(world: World) -> list[Row]:
    assets = world.sized(100_000, 10_000)
    artist, headers = await world.add_artist("bench-library")
    await fill(world.database, artist, assets)
    answers, executions = await by_turns(world, artist, headers)
    return [
        Row(
            what=f"GET /assets?limit={LIMIT} of {assets // 1000} k ÷ Postgres' own time for its queries",
            value=statistics.median(answers) / statistics.median(executions),
            unit="×",
            goal=1.5,
            detail={"endpoint_milliseconds": spread(answers, 2), "postgres_milliseconds": spread(executions, 2)},
        )
    ]


async def fill(database: asyncpg.Connection, artist: int, assets: int) -> None:
    """A library with files of every kind and state."""
    await database.execute(
        """INSERT INTO asset (user_id, path, type, hash, name, mime_type, file_format, size_bytes, width, height, theme,
                              provenance, approved, rejected_at, hashtags, license_id, created_at)
           SELECT $1, '/vault/assets/' || $1::int || '/' || n, (ARRAY['image', 'image', 'audio', 'video'])[1 + n % 4],
                  encode(sha256(('bench' || n)::bytea), 'hex'), 'picture number ' || n || '.png', 'image/png', 'png',
                  2000 + n, 64, 64, 'theme ' || n % 12, (ARRAY['unknown', 'user_provided', 'ai_generated'])[1 + n % 3],
                  n % 5 < 2, CASE WHEN n % 5 = 2 THEN now() END, ARRAY['pixelart', 'tag' || n % 50], 1 + n % 7,
                  now() - make_interval(secs => n * 60)
             FROM generate_series(1, $2::int) AS n""",
        artist,
        assets,
    )
    # Autovacuum comes to it within minutes; index-only scans need the visibility map.
    await database.execute("VACUUM ANALYZE asset")
    await database.execute("CHECKPOINT")


async def by_turns(world: World, artist: int, headers: dict[str, str]) -> tuple[list[float], list[float]]:
    """Milliseconds of the endpoint and of Postgres for its queries, one after the other."""
    where = Where.of(AssetFilter())
    explain = "EXPLAIN (ANALYZE, TIMING OFF, BUFFERS OFF, SERIALIZE BINARY, FORMAT JSON) EXECUTE"
    database = world.database
    await database.execute(f"PREPARE assets_page (int, timestamptz, bigint, int) AS {page_statement(where)}")
    await database.execute(f"PREPARE assets_kept (int) AS {counting_statement(where, KEPT)}")
    await database.execute(f"PREPARE assets_themes (int) AS {counting_statement(where, newest_of(where))}")
    page = f"{explain} assets_page ({artist}, '{NEWEST.created_at}', {NEWEST.id}, {LIMIT + 1})"
    counts = [f"{explain} {name} ({artist})" for name in ("assets_kept", "assets_themes")]
    answers, executions = [], []
    with Wire(world.settings.base_url) as wire:
        for _ in range(RUNS):
            answers.append(1000 * await asyncio.to_thread(timed, lambda: wire.call("GET", PATH, headers)))
            told = [await database.fetchval(sql) for sql in (page, *counts)]
            executions.append(sum(json.loads(each)[0]["Execution Time"] for each in told))
    return answers[10:], executions[10:]  # the first ones warm caches and choose plans
