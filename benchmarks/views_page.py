"""A page of 512 posts through the views in front of the original site's tables, against one on our own tables.

Both databases hold the same numbers of rows; the site's has its many other indexes, its wide rows and two files for
each post. Beside the page, the detail tells what Postgres takes for both statements, and how long a connection's first
runs take, whose plans are still made for their values (docs/site.md, “First plans”).
"""

import asyncio
import json
import statistics
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

import asyncpg
import msgspec

from pmd_service.base.migrations import migrate
from pmd_service.demo.house import Service, start_service, until_ready
from pmd_service.demo.stack import free_port
from pmd_service.http.wire import NEWEST
from pmd_service.posts.queries import LISTS
from pmd_service.site.attach import attach
from pmd_service.site.site_map import load_site_map
from tests.original.attached import MAP, as_role
from tests.original.tables import LICENSES, shape_statements

from . import posts_page
from .runner import Row, spread
from .wire import Wire, timed
from .world import World

DATABASE = "beside"
ARTIST = "bench-pages"
RUNS = 100
# Postgres plans a statement's first five runs on a connection for their values.
FIRST_RUNS = 5
CONNECTIONS = 8


async def measure(world: World) -> list[Row]:
    posts = world.sized(200_000, 20_000)
    artist, headers = await own_artist(world, posts)
    counted = await world.database.fetchval("SELECT count(*) FROM posts WHERE owner_id = $1", artist)
    async with beside(world, posts, counted) as (service, url):
        alone, through = await by_turns(world, service, headers)
        own_database = await statement_milliseconds(world.settings.database_url, artist)
        first, settled = await statement_milliseconds(url, 1)
    return [
        Row(
            what=f"GET /posts?limit={posts_page.LIMIT} through the views on a site's tables ÷ on own tables",
            value=statistics.median(through) / statistics.median(alone),
            unit="×",
            goal=1.5,
            detail={
                "own_tables_milliseconds": spread(alone, 2),
                "views_milliseconds": spread(through, 2),
                "statement_milliseconds": {"own_tables": spread(own_database[1], 2), "views": spread(settled, 2)},
                "first_runs_milliseconds": {"own_tables": spread(own_database[0], 2), "views": spread(first, 2)},
            },
        )
    ]


async def own_artist(world: World, posts: int) -> tuple[int, dict[str, str]]:
    """The artist of the other benchmark's page and their headers; filled in when that one has not run."""
    found = await world.database.fetchval("SELECT id FROM users WHERE handle = $1", ARTIST)
    if found is not None:
        return found, world.sign(ARTIST)
    artist, headers = await world.add_artist(ARTIST)
    await posts_page.fill(world.database, artist, posts, own_share=posts // posts_page.OWN_POSTS)
    return artist, headers


@asynccontextmanager
async def beside(world: World, posts: int, owned: int) -> AsyncIterator[tuple[Service, str]]:
    """A second service, attached to a site's database of the same size, and its database as its role."""
    await world.database.execute(f"CREATE DATABASE {DATABASE}")
    await world.database.execute("CREATE ROLE pmd LOGIN")
    admin_url = world.settings.database_url.replace("/pmd?", f"/{DATABASE}?")
    database = await asyncpg.connect(admin_url)
    await build(database, posts, owned)
    await attach(database, load_site_map(MAP))
    await database.close()
    await asyncio.to_thread(migrate, as_role(admin_url))
    port = free_port()
    settings = msgspec.structs.replace(
        world.settings, database_url=as_role(admin_url), port=port, base_url=f"http://127.0.0.1:{port}"
    )
    folder = world.settings.vault_path.parent / "views"
    folder.mkdir()
    with ExitStack() as closing:
        service = start_service(closing, folder, settings)
        await until_ready(service)
        yield service, settings.database_url


async def build(database: asyncpg.Connection, posts: int, owned: int) -> None:
    """The site's tables with rows in them; indexes and references come after, for they are most of the time."""
    later = [statement for statement in shape_statements() if _is_later(statement)]
    for statement in shape_statements():
        if statement not in later:
            await database.execute(statement)
    await database.execute(LICENSES)
    for statement in FILL:
        await database.execute(statement.format(posts=posts, share=posts // owned, artist=ARTIST))
    for statement in later:
        await database.execute(statement)
    await database.execute("VACUUM ANALYZE")
    await database.execute("CHECKPOINT")


def _is_later(statement: str) -> bool:
    return " INDEX " in statement or "FOREIGN KEY" in statement


# As posts_page.fill has them; each post has the file that it was posted as, and one in another format.
FILL = (
    """INSERT INTO users (user_key, public_sqid, handle, email, handle_normalized)
       SELECT gen_random_uuid(), handle, handle, handle || '@example.invalid', handle
         FROM (SELECT '{artist}' AS handle
               UNION ALL SELECT 'other' || n FROM generate_series(1, 100) AS n) AS people""",
    """INSERT INTO posts (storage_key, storage_shard, owner_id, title, description, hashtags, art_url, width, height,
                          frame_count, license_id, view_count, hash, created_at)
       SELECT key, shard, CASE WHEN n % {share} = 0 THEN 1 ELSE 2 + n % 100 END, 'Artwork number ' || n,
              'What an artist says about it in a line or so, ' || md5(n::text), ARRAY['pixelart', 'tag' || n % 50],
              'https://vault.makapix.club/' || shard || '/' || key || '.png', 64, 64, 1 + n % 12, 1 + n % 7, n % 5000,
              md5(n::text), now() - make_interval(secs => n * 60)
         FROM (SELECT n, gen_random_uuid() AS key, CASE n % 2 WHEN 0 THEN 'ab/cd/ef' ELSE 'ab/cd' END AS shard
                 FROM generate_series(1, {posts}) AS n) AS numbered""",
    """INSERT INTO post_files (post_id, format, file_bytes, is_native)
       SELECT id, format, 2000 + id, format = 'png' FROM posts, unnest(ARRAY['png', 'webp']) AS format""",
    f"""INSERT INTO reactions (post_id, emoji)
        SELECT 1 + (random() * ({{posts}} - 1))::int, (ARRAY['👍', '❤️', '🔥', '🎉'])[1 + n % 4]
          FROM generate_series(1, {{posts}} * {posts_page.REACTIONS_A_POST}) AS n""",
    f"""INSERT INTO comments (id, post_id, body, hidden_by_mod, created_at)
        SELECT gen_random_uuid(), 1 + (random() * ({{posts}} - 1))::int,
               'A comment of the usual length, number ' || n, n % 50 = 0, now() - make_interval(secs => n)
          FROM generate_series(1, ({{posts}} * {posts_page.COMMENTS_A_POST})::int) AS n""",
)


async def by_turns(world: World, service: Service, headers: dict[str, str]) -> tuple[list[float], list[float]]:
    """Milliseconds of the page on own tables and through the views, one after the other."""
    alone, through = [], []
    with Wire(world.settings.base_url) as wire, Wire(service.settings.base_url) as attached:
        for _ in range(RUNS):
            alone.append(1000 * await asyncio.to_thread(timed, lambda: wire.call("GET", posts_page.PATH, headers)))
            through.append(
                1000 * await asyncio.to_thread(timed, lambda: attached.call("GET", posts_page.PATH, headers))
            )
    return alone[10:], through[10:]


async def statement_milliseconds(url: str, artist: int) -> tuple[list[float], list[float]]:
    """What Postgres takes to plan and run the page's statement: in a connection's first runs, and after them."""
    first: list[float] = []
    settled: list[float] = []
    explain = f"""EXPLAIN (ANALYZE, TIMING OFF, BUFFERS OFF, SERIALIZE BINARY, FORMAT JSON)
                  EXECUTE page ({artist}, '{NEWEST.created_at}', {NEWEST.id}, {posts_page.LIMIT + 1})"""
    for _ in range(CONNECTIONS):
        database = await asyncpg.connect(url)
        await database.execute(f"PREPARE page (int, timestamptz, bigint, int) AS {LISTS['active']}")
        for run in range(2 * FIRST_RUNS):
            told = json.loads(await database.fetchval(explain))[0]
            (first if run < FIRST_RUNS else settled).append(told["Planning Time"] + told["Execution Time"])
        await database.close()
    return first, settled
