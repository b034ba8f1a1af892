"""Each call of the lists in a library of two million files and a million posts, against one of 2,000.

``BIG=2000000`` fills the whole of it by SQL, once, in a stack that is kept below ``var/``; otherwise it is 50,000.
"""

import asyncio
import statistics
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import asyncpg

from pmd_service.base.database import create_pool
from pmd_service.library.marks import APART, MAX_SPLITS, keep_marks

from .runner import Row, median_row, spread
from .wire import Wire, timed
from .world import World

SMALL = 2_000
RUNS = 12
MOST_TIMES, MOST_MS, MOST_RARE_MS = 3, 25, 150

# Paths, and whether their matches are rare, old or absent.
CALLS = {
    "/api/pmd/assets?limit=100": False,
    "/api/pmd/assets?limit=100&state=trash": False,
    "/api/pmd/assets?limit=100&theme=theme+7": False,
    "/api/pmd/assets?limit=100&hashtag=tag7": False,
    "/api/pmd/assets?limit=100&hashtag=tag7&sort=name": False,
    "/api/pmd/assets?limit=100&hashtag=absent": False,
    "/api/pmd/assets?limit=100&license=CC-BY-4.0": False,
    "/api/pmd/assets?limit=100&license=CC-BY-NC-ND-4.0": False,
    "/api/pmd/assets?limit=100&q=hero": False,
    "/api/pmd/assets?limit=100&q=he": False,
    "/api/pmd/assets?limit=96&q=hero&offset=0": False,
    "/api/pmd/assets?limit=96&q=hero&offset=0&sort=name": False,
    "/api/pmd/assets?limit=100&q=zeppelin": True,
    "/api/pmd/assets?limit=100&q=archaic": True,
    "/api/pmd/assets?limit=100&q=xylophon": True,
    "/api/pmd/assets?limit=100&sort=path&offset={far}": False,
    "/api/pmd/assets?limit=100&offset={far}": False,
    "/api/pmd/assets?limit=100&q=zepelin": True,
    "/api/pmd/assets/{asset}": False,
    "/api/pmd/posts?limit=100": False,
    "/api/pmd/posts?limit=100&state=deleted": False,
    "/api/pmd/posts?limit=100&offset={half}": False,
    "/api/pmd/posts/months": False,
    "/api/pmd/posts?limit=100&q=hero": False,
    "/api/pmd/posts?limit=100&q=zeppelin": True,
    "/api/pmd/posts?limit=100&q=archaic": True,
    "/api/pmd/posts?limit=100&q=xylophon": True,
    "/api/pmd/posts?limit=100&hashtag=tag7": False,
    "/api/pmd/posts?limit=100&hashtag=pixelart": False,
    "/api/pmd/posts?limit=100&sort=-views": False,
    "/api/pmd/posts?limit=100&sort=-reactions": False,
    "/api/pmd/posts?limit=100&sort=description": False,
    "/api/pmd/posts?limit=100&sort=title": False,
}

_ASSETS = """
INSERT INTO asset (user_id, path, type, hash, name, sort_name, original_path, folder, sort_path, mime_type, file_format,
                   size_bytes, width, height, theme, approved, rejected_at, deleted_at, state, hashtags, license_id,
                   created_at)
SELECT $1, '/vault/assets/' || $1::int || '/' || n, (ARRAY['image', 'image', 'image', 'audio'])[1 + n % 4],
       encode(sha256(($1 || ' ' || n)::bytea), 'hex'), said, natural_key(said), folder || '/' || said, folder,
       folder_key(folder) || chr(1) || natural_key(said), 'image/png', 'png',
       2000 + n % 5000, 64, 64, 'theme ' || abs(hashint4(n / 40)) % 300, n % 5 < 2,
       CASE WHEN n % 5 = 2 THEN now() END, CASE WHEN n % 50 = 7 THEN now() END,
       CASE WHEN n % 50 = 7 THEN 'trash' WHEN n % 5 < 2 THEN 'approved' WHEN n % 5 = 2 THEN 'set_aside' ELSE 'new' END,
       ARRAY['pixelart', 'tag' || abs(hashint4(n / 40)) % 500], 1 + n % 3, now() - ($2 - n) * interval '5 seconds'
  FROM generate_series($3::int, $4::int) AS n,
       LATERAL (SELECT 'folder' || n / 4000 AS folder,
                       (ARRAY['hero', 'forest', '森の木', 'castle'])[1 + abs(hashint4(n / 40)) % 4] || '_'
                       || CASE WHEN n / 40 % 1000 = 5 THEN 'zeppelin ' WHEN n < $2 / 8 THEN 'archaic ' ELSE '' END
                       || n % 40 || '.png' AS said) AS named
"""

_REPORTS = """
INSERT INTO reports (user_id, asset_id, outcome, file_name, hash, facts, dhash)
SELECT user_id, id, 'added', name, hash, '{}', ('x' || left(hash, 16))::bit(64) FROM asset WHERE user_id = $1
"""

_POSTS = """
INSERT INTO posts (owner_id, title, description, hashtags, view_count, art_url, deleted_by_user, deleted_by_user_date,
                   created_at)
SELECT $1, said || CASE WHEN n / 40 % 1000 = 5 THEN ' zeppelin ' WHEN n < $2 / 8 THEN ' archaic ' ELSE ' ' END || n,
       'Made by hand, number ' || n % 77, ARRAY['pixelart', 'tag' || abs(hashint4(n / 40)) % 500],
       abs(hashint4(n)) % 10000, '/vault/art/' || n || '.png', n % 1000 = 7, CASE WHEN n % 1000 = 7 THEN now() END,
       now() - ($2::int - n) * interval '70 seconds'
  FROM generate_series(1, $2::int) AS n,
       LATERAL (SELECT (ARRAY['Hero', 'Forest', '森の木', 'Castle'])[1 + abs(hashint4(n / 40)) % 4] AS said) AS named
"""

# Test data, and what triggers would otherwise maintain row by row.
_KEPT_OF_FILES = (
    _REPORTS,
    "INSERT INTO asset_search SELECT id, user_id, search_words(asset) FROM asset WHERE user_id = $1",
    "INSERT INTO library_counts SELECT user_id, state, type, provenance, count(*) FROM asset WHERE user_id = $1"
    " GROUP BY 1, 2, 3, 4",
    "INSERT INTO library_usage (user_id, size_bytes, file_count, preview_bytes)"
    " SELECT user_id, sum(size_bytes), count(*), 0 FROM asset WHERE user_id = $1 GROUP BY 1",
)
_KEPT_OF_POSTS = (
    "INSERT INTO post_search SELECT id, owner_id, post_words(title, description, hashtags) FROM posts"
    " WHERE owner_id = $1",
    "INSERT INTO post_days SELECT owner_id, (created_at AT TIME ZONE 'UTC')::date, deleted_by_user, count(*) FROM posts"
    " WHERE owner_id = $1 GROUP BY 1, 2, 3",
)
_WORDS_INDEX = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = $1 AND indexdef LIKE '%USING gin%'"


async def measure(world: World) -> list[Row]:
    size = world.library_size
    large = await artist_with(world, f"bench-{size}", size)
    small = await artist_with(world, f"bench-{SMALL}", SMALL)
    await _set_marks(world, large)
    return [await _measure(world, path, large, small, is_rare=is_rare) for path, is_rare in CALLS.items()]


async def artist_with(world: World, handle: str, files: int) -> tuple[int, dict[str, str]]:
    """A user with this many files and half as many posts, created if missing."""
    known = await world.database.fetchval("SELECT id FROM users WHERE handle = $1", handle)
    if known is not None:
        return known, world.sign(handle)
    artist, headers = await world.add_artist(handle)
    await add_files(world.database, artist, files)
    await _add_posts(world.database, artist, files // 2)
    return artist, headers


async def add_files(database: asyncpg.Connection, artist: int, files: int) -> None:
    """A library with files of every kind and state; each file's bytes are the user's id and its number, as text."""
    step = 50_000
    async with _without_triggers(database, "asset_search" if files > step else None):
        for first in range(1, files + 1, step):
            await database.execute(_ASSETS, artist, files, first, min(files, first + step - 1))
        for statement in _KEPT_OF_FILES:
            await database.execute(statement, artist)
    # Autovacuum would do it within minutes; index-only scans need the visibility map.
    await database.execute("VACUUM ANALYZE asset, asset_search, reports, library_counts")
    await database.execute("CHECKPOINT")


async def _add_posts(database: asyncpg.Connection, artist: int, posts: int) -> None:
    async with _without_triggers(database, "post_search" if posts > 50_000 else None):
        await database.execute(_POSTS, artist, posts)
        for statement in _KEPT_OF_POSTS:
            await database.execute(statement, artist)
    await database.execute("VACUUM ANALYZE posts, post_search, post_days")


@asynccontextmanager
async def _without_triggers(database: asyncpg.Connection, searched: str | None) -> AsyncIterator[None]:
    """Trigger-maintained data is written by the block in bulk; the word index is built afterwards.

    Args:
        searched: a table of words that many are added to: to write its index row by row takes ten times as long.
    """
    await database.execute("SET synchronous_commit = off; SET session_replication_role = replica")
    made = await database.fetch(_WORDS_INDEX, searched)
    for index in made:
        await database.execute(f"DROP INDEX {index['indexname']}")
    yield
    await database.execute("SET maintenance_work_mem = '1GB'")
    for index in made:
        await database.execute(index["indexdef"])
    await database.execute("RESET ALL")


async def _set_marks(world: World, large: tuple[int, dict[str, str]]) -> None:
    """What the upkeep does within minutes after the first look far into an order."""
    far = world.library_size * 9 // 10
    async with await create_pool(world.settings.database_url, application="pmd-bench") as pool:
        with Wire(world.settings.base_url) as wire:
            for sort in ("date", "path"):
                await asyncio.to_thread(wire.call, "GET", f"/api/pmd/assets?sort={sort}&offset={far}", large[1])
        for _ in range(2 * world.library_size // APART // MAX_SPLITS + 1):
            await keep_marks(pool)


async def _measure(
    world: World, path: str, large: tuple[int, dict[str, str]], small: tuple[int, dict[str, str]], *, is_rare: bool
) -> Row:
    milliseconds: list[list[float]] = []
    with Wire(world.settings.base_url) as wire:
        for artist, headers in (large, small):
            asset = await world.database.fetchval("SELECT max(id) FROM asset WHERE user_id = $1", artist)
            half = await world.database.fetchval("SELECT count(*) / 2 FROM posts WHERE owner_id = $1", artist)
            named = path.format(asset=asset, half=half, far=half * 9 // 5)
            call = partial(wire.call, "GET", named, headers)
            runs = [1000 * await asyncio.to_thread(timed, call) for _ in range(RUNS)]
            milliseconds.append(runs[2:])  # the first ones warm caches
    in_large, in_small = milliseconds
    goal = MOST_RARE_MS if is_rare else max(MOST_MS, MOST_TIMES * statistics.median(in_small))
    what = f"GET {path.removeprefix('/api/pmd')} of {world.library_size:,} files"
    return median_row(what, in_large, goal=goal, in_small=spread(in_small))
