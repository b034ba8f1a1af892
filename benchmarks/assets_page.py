"""GET /assets?limit=512 in a library of 100,000, against Postgres' own time for its query."""

from pmd_service.library.order import NEWEST_FIRST
from pmd_service.library.queries import window_statement
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
    where = Where.of(AssetFilter(), user_id=artist)
    await world.database.execute(f"PREPARE assets_page (int, int, int) AS {window_statement(where, NEWEST_FIRST)}")
    page = f"EXECUTE assets_page ({artist}, {LIMIT + 1}, 0)"
    answers, executions = await by_turns(world, f"/api/pmd/assets?limit={LIMIT}", headers, [page])
    what = f"GET /assets?limit={LIMIT} of {assets // 1000} k ÷ Postgres' own time for its query"
    return [ratio_row(what, answers, executions, goal=1.5)]
