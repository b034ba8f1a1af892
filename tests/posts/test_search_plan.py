"""What it costs to keep the search of posts, where Postgres knows nothing of the tables yet."""

import pytest

from pmd_service.base.database import create_pool

from ..site import Site

# Blocks of indexes that were read.
_READ = """
SELECT sum(idx_blks_hit + idx_blks_read) FROM pg_statio_user_tables WHERE relname IN ('posts', 'post_search')
"""
_POSTS = """
INSERT INTO posts (owner_id, title, art_url, created_at)
SELECT $1, 'Hero ' || n, '/vault/art/' || n || '.png', now() - n * interval '1 minute' FROM generate_series(1, $2) AS n
"""


@pytest.mark.own_tables
async def test_plans_of_an_empty_table_hold_for_many_posts(site: Site, database_url: str) -> None:
    artist = await site.add_user()
    async with await create_pool(database_url, application="tests", max_size=1) as pool:
        await pool.execute(_POSTS, artist, 1)
        await pool.execute("SELECT pg_stat_force_next_flush()")
        before = await pool.fetchval(_READ)
        await pool.execute(_POSTS, artist, 6_000)
        await pool.execute("SELECT pg_stat_force_next_flush()")
        assert await pool.fetchval(_READ) - before < 30 * 6_000
