"""Each call of the lists of a user with many files and as many posts, against one with 2,000.

``BIG=200000`` fills in so many, and ten times as many of others, once, in a stack that is kept below ``var/``. The
default is 50,000.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import asyncpg

from .runner import Row, median_row, spread
from .wire import Wire, timed
from .world import World

SMALL = 2_000
RUNS = 12
MOST_MS, MOST_FAR_MS = 25, 150
# Others of a big installation, and how many files and posts each of them has, as a share of the measured user's.
BIG, OTHERS, THEIR_SHARE = 200_000, 20, 2

# Paths, and whether the goal is that of far windows, facets and frequent words in another order.
CALLS = {
    "/api/pmd/assets?limit=100": False,
    "/api/pmd/assets?limit=100&sort=name": False,
    "/api/pmd/assets?limit=100&sort=path": False,
    "/api/pmd/assets?limit=100&sort=kind": False,
    "/api/pmd/assets?limit=100&sort=size": False,
    "/api/pmd/assets?limit=100&sort=rating": False,
    "/api/pmd/assets?limit=100&state=trash": False,
    "/api/pmd/assets?limit=100&state=trash&sort=name": False,
    "/api/pmd/assets?limit=100&theme=theme+7": False,
    "/api/pmd/assets?limit=100&theme=absent": False,
    "/api/pmd/assets?limit=100&label=8": False,
    "/api/pmd/assets?limit=100&hashtag=tag7": False,
    "/api/pmd/assets?limit=100&hashtag=tag7&sort=name": False,
    "/api/pmd/assets?limit=100&hashtag=absent": False,
    "/api/pmd/assets?limit=100&license=CC-BY-4.0": False,
    "/api/pmd/assets?limit=100&license=CC-BY-NC-ND-4.0": False,
    "/api/pmd/assets?limit=100&folder=folder3": False,
    "/api/pmd/assets?limit=100&folder=folder3&sort=path": False,
    "/api/pmd/assets?limit=100&q=hero": False,
    "/api/pmd/assets?limit=100&q=he": False,
    "/api/pmd/assets?limit=96&q=hero&sort=name": True,
    "/api/pmd/assets?limit=100&q=zeppelin": False,
    "/api/pmd/assets?limit=100&q=archaic": False,
    "/api/pmd/assets?limit=100&q=hero -zeppelin width>=64": False,
    '/api/pmd/assets?limit=100&q="hero zeppelin"': False,
    "/api/pmd/assets?limit=100&q=xylophon": True,
    "/api/pmd/assets?limit=100&q=zepelin": True,
    "/api/pmd/assets?limit=100&sort=path&offset={far}": True,
    "/api/pmd/assets?limit=100&offset={far}": True,
    "/api/pmd/assets?limit=100&q=hero&offset=20000": True,
    "/api/pmd/assets/counts": True,
    "/api/pmd/assets/counts?theme=theme+7": True,
    "/api/pmd/assets/counts?q=hero": True,
    "/api/pmd/assets/counts?q=zeppelin": False,
    "/api/pmd/assets/folders": True,
    "/api/pmd/assets/{asset}": False,
    "/api/pmd/posts?limit=100": False,
    "/api/pmd/posts?limit=100&state=deleted": False,
    "/api/pmd/posts?limit=100&offset={half}": True,
    "/api/pmd/posts/months": False,
    "/api/pmd/posts/count": False,
    "/api/pmd/posts/count?q=hero": True,
    "/api/pmd/posts?limit=100&q=hero": False,
    "/api/pmd/posts?limit=100&q=hero&sort=title": True,
    "/api/pmd/posts?limit=100&q=zeppelin": False,
    "/api/pmd/posts?limit=100&q=archaic": False,
    "/api/pmd/posts?limit=100&q=views>9000": False,
    "/api/pmd/posts?limit=100&q=xylophon": True,
    "/api/pmd/posts?limit=100&hashtag=tag7": False,
    "/api/pmd/posts?limit=100&hashtag=pixelart": False,
    "/api/pmd/posts?limit=100&sort=title": False,
    "/api/pmd/posts?limit=100&sort=-title": True,
    "/api/pmd/posts?limit=100&sort=description": True,
    "/api/pmd/posts?limit=100&sort=-views": True,
    "/api/pmd/posts?limit=100&sort=-reactions": True,
}

_ASSETS = """
INSERT INTO asset (user_id, path, type, hash, name, original_path, mime_type, file_format, size_bytes, width, height,
                   theme, approved, rejected_at, deleted_at, hashtags, license_id, label, previews, created_at)
SELECT $1, '/vault/assets/' || $1::int || '/' || n, (ARRAY['image', 'image', 'image', 'audio'])[1 + n % 4],
       encode(sha256(($1 || ' ' || n)::bytea), 'hex'), name, folder || '/' || name, 'image/png', 'png',
       2000 + n % 5000, 64, 64, 'theme ' || abs(hashint4(n / 40)) % 300, n % 5 < 2,
       CASE WHEN n % 5 = 2 THEN now() END, CASE WHEN n % 50 = 7 THEN now() END,
       ARRAY['pixelart', 'tag' || abs(hashint4(n / 40)) % 500], 1 + n % 3,
       CASE WHEN n % 100 = 3 THEN 8 END,
       jsonb_build_array(jsonb_build_object('path', '/vault/previews/' || n || '/256.webp', 'etag', NULL, 'size', 256,
                                            'width', 64, 'height', 64, 'size_bytes', 900, 'mime_type', 'image/webp')),
       now() - ($2 - n) * interval '5 seconds'
  FROM generate_series($3::int, $4::int) AS n,
       LATERAL (SELECT 'folder' || n / 4000 AS folder,
                       (ARRAY['hero', 'forest', '森の木', 'castle'])[1 + abs(hashint4(n / 40)) % 4] || '_'
                       || CASE WHEN n / 40 % 1000 = 5 THEN 'zeppelin ' WHEN n < $2 / 8 THEN 'archaic ' ELSE '' END
                       || n % 40 || '.png' AS name) AS named
"""

_REPORTS = """
INSERT INTO reports (user_id, asset_id, outcome, file_name, hash, facts)
SELECT user_id, id, 'added', name, hash, jsonb_build_object('dhash', left(hash, 16)) FROM asset WHERE user_id = $1
"""

_POSTS = """
INSERT INTO posts (owner_id, title, description, hashtags, view_count, art_url, deleted_by_user, deleted_by_user_date,
                   created_at)
SELECT $1, name || CASE WHEN n / 40 % 1000 = 5 THEN ' zeppelin ' WHEN n < $2 / 8 THEN ' archaic ' ELSE ' ' END || n,
       'Made by hand, number ' || n % 77, ARRAY['pixelart', 'tag' || abs(hashint4(n / 40)) % 500],
       abs(hashint4(n)) % 10000, '/vault/art/' || n || '.png', n % 1000 = 7, CASE WHEN n % 1000 = 7 THEN now() END,
       now() - ($2::int - n) * interval '70 seconds'
  FROM generate_series(1, $2::int) AS n,
       LATERAL (SELECT (ARRAY['Hero', 'Forest', '森の木', 'Castle'])[1 + abs(hashint4(n / 40)) % 4] AS name) AS named
"""


async def measure(world: World) -> list[Row]:
    size = world.library_size
    sizes = {f"bench-{size}": size, f"bench-{SMALL}": SMALL}
    if size >= BIG:
        sizes |= {f"bench-other-{number}": size // THEIR_SHARE for number in range(OTHERS)}
    known = {row["handle"] for row in await world.database.fetch("SELECT handle FROM users")}
    missing = [handle for handle in sizes if handle not in known]
    if missing:
        async with _word_indexes_afterwards(world.database):
            for handle in missing:
                artist, _ = await world.add_artist(handle)
                await add_files(world.database, artist, sizes[handle])
                await world.database.execute(_POSTS, artist, sizes[handle], timeout=1200)
        # Autovacuum would do it within minutes; index-only scans need the visibility map.
        await world.database.execute("VACUUM ANALYZE asset, reports, posts, post_search", timeout=1200)
    large, small = [(await _id_of(world, handle), world.sign(handle)) for handle in [*sizes][:2]]
    return [await _measure(world, path, large, small, is_far=is_far) for path, is_far in CALLS.items()]


async def _id_of(world: World, handle: str) -> int:
    user_id: int = await world.database.fetchval("SELECT id FROM users WHERE handle = $1", handle)
    return user_id


async def add_files(database: asyncpg.Connection, artist: int, files: int) -> None:
    """A library with files of every kind and state; each file's bytes are the user's id and its number, as text."""
    step = 20_000
    for first in range(1, files + 1, step):
        await database.execute(_ASSETS, artist, files, first, min(files, first + step - 1), timeout=600)
    await database.execute(_REPORTS, artist, timeout=600)
    await database.execute("VACUUM ANALYZE asset, reports", timeout=600)
    await database.execute("CHECKPOINT")


@asynccontextmanager
async def _word_indexes_afterwards(database: asyncpg.Connection) -> AsyncIterator[None]:
    """To write them row by row takes ten times as long."""
    await database.execute("SET synchronous_commit = off; SET maintenance_work_mem = '1GB'")
    rows = await database.fetch("SELECT indexname, indexdef FROM pg_indexes WHERE indexdef LIKE '%gin (lexemes)%'")
    for row in rows:
        await database.execute(f"DROP INDEX {row['indexname']}")
    yield
    for row in rows:
        await database.execute(row["indexdef"], timeout=1200)
    await database.execute("RESET ALL")


async def _measure(
    world: World, path: str, large: tuple[int, dict[str, str]], small: tuple[int, dict[str, str]], *, is_far: bool
) -> Row:
    milliseconds: list[list[float]] = []
    with Wire(world.settings.base_url) as wire:
        for artist, headers in (large, small):
            asset = await world.database.fetchval("SELECT max(id) FROM asset WHERE user_id = $1", artist)
            half = await world.database.fetchval("SELECT count(*) / 2 FROM posts WHERE owner_id = $1", artist)
            named = path.format(asset=asset, half=half, far=half * 9 // 5).replace(" ", "%20").replace('"', "%22")
            call = partial(wire.call, "GET", named, headers)
            runs = [1000 * await asyncio.to_thread(timed, call) for _ in range(RUNS)]
            milliseconds.append(runs[2:])  # the first ones warm caches
    in_large, in_small = milliseconds
    goal = MOST_FAR_MS if is_far else MOST_MS
    kind = "far windows, counts and rare words" if is_far else "lists"
    group = f"{kind} of a user with {world.library_size:,} files"
    what = f"GET {path.removeprefix('/api/pmd')}"
    return median_row(what, in_large, goal=goal, group=group, in_small=spread(in_small))
