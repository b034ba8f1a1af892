"""GET /assets?limit=512 in a library of 100,000, against Postgres' own time for its queries."""

from pmd_service.http.wire import NEWEST
from pmd_service.library.counts import counts_statement
from pmd_service.library.queries import page_statement
from pmd_service.library.where import AssetFilter, Where

from .libraries import add_files
from .posts_page import by_turns
from .runner import Row, ratio_row
from .world import World

LIMIT = 512


async def measure(world: World) -> list[Row]:
    assets = world.sized(100_000, 10_000)
    artist, headers = await world.add_artist("bench-library")
    await add_files(world.database, artist, assets)
    where = Where.of(AssetFilter())
    await world.database.execute(f"PREPARE assets_page (int, timestamptz, bigint, int) AS {page_statement(where)}")
    await world.database.execute(f"PREPARE assets_counts (int) AS {counts_statement(where)}")
    page = f"EXECUTE assets_page ({artist}, '{NEWEST.created_at}', {NEWEST.id}, {LIMIT + 1})"
    queries = [page, f"EXECUTE assets_counts ({artist})"]
    answers, executions = await by_turns(world, f"/api/pmd/assets?limit={LIMIT}", headers, queries)
    what = f"GET /assets?limit={LIMIT} of {assets // 1000} k ÷ Postgres' own time for its queries"
    return [ratio_row(what, answers, executions, goal=1.5)]
