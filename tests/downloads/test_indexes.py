"""What a download's row costs its indexes: none is written for a heartbeat, and none of ours is there twice."""

import pytest

from pmd_service.base.database import create_pool
from pmd_service.downloads.kind import BDR
from pmd_service.work import lease

from ..site import Site

_HOT = """
SELECT pg_stat_get_tuples_hot_updated('batch_download_requests'::regclass)
       + pg_stat_get_tuples_hot_updated('work'::regclass)
"""

# The columns of one are the first of another's, in the same order and of the same rows.
_DOUBLE = """
SELECT one.indexrelid::regclass::text AS name, other.indexrelid::regclass::text AS beginning_of
  FROM pg_index AS one
  JOIN pg_index AS other ON other.indrelid = one.indrelid AND other.indexrelid <> one.indexrelid
  JOIN pg_class AS its ON its.oid = one.indexrelid
  JOIN pg_class AS others ON others.oid = other.indexrelid AND others.relam = its.relam
 WHERE one.indrelid = 'batch_download_requests'::regclass AND NOT one.indisunique
   AND its.relname NOT LIKE 'ix_batch_download_requests_%' -- the site's own, by seed 000
   AND one.indexprs IS NULL AND other.indexprs IS NULL
   AND pg_get_expr(one.indpred, one.indrelid) IS NOT DISTINCT FROM pg_get_expr(other.indpred, other.indrelid)
   AND other.indkey::text || ' ' LIKE one.indkey::text || ' %'
   AND other.indoption::text || ' ' LIKE one.indoption::text || ' %'
"""


async def test_heartbeat_writes_no_index(site: Site, database_url: str) -> None:
    artist = await site.add_user()
    await site.add_request(artist, [1, 2, 3])
    claimed = await lease.claim(site.pool, BDR)
    assert claimed is not None
    async with await create_pool(database_url, application="tests", max_size=1) as pool:
        await pool.execute("SELECT pg_stat_force_next_flush()")
        before = await pool.fetchval(_HOT)
        for claimed.done in range(3):
            assert await lease.renew(pool, BDR, claimed, progress=True)
        await pool.execute("SELECT pg_stat_force_next_flush()")
        assert await pool.fetchval(_HOT) - before == 6, "three in each of the two tables"


@pytest.mark.own_tables
async def test_no_index_is_a_prefix_of_another(site: Site) -> None:
    assert [tuple(row) for row in await site.pool.fetch(_DOUBLE)] == []
