"""The daily deletions read what they delete, however much there is that stays."""

from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from pmd_service.base.database import Pool, create_pool
from pmd_service.http.once import delete_old_answers
from pmd_service.webhooks.feed import delete_old_deliveries

from ..site import Site

_ANSWERS = """
INSERT INTO idempotency (user_id, route, key, fingerprint, created_at)
SELECT $1, 'POST /api/pmd/packs', 'key-' || number, '',
       now() - CASE WHEN number <= 3 THEN interval '25 hours' ELSE interval '1 hour' END
  FROM generate_series(1, 5000) AS number
"""
_DELIVERIES = """
WITH webhook AS (
    INSERT INTO webhooks (user_id, url, events, secret, installation, seen)
    VALUES ($1, 'https://artist.example/hook', '{post.hidden}', '\\x00', 'tests', pg_current_snapshot()) RETURNING id)
INSERT INTO webhook_deliveries (webhook_id, message_id, event, subjects, at, status, created_at)
SELECT webhook.id, 'msg-' || number, 'post.hidden', '{}', now(), 'sent',
       now() - CASE WHEN number <= 3 THEN interval '31 days' ELSE interval '1 day' END
  FROM webhook CROSS JOIN generate_series(1, 5000) AS number
"""
_SCANS = """
SELECT seq_tup_read AS of_table, pg_stat_user_indexes.idx_scan AS by_index
  FROM pg_stat_user_tables JOIN pg_stat_user_indexes USING (relid)
 WHERE indexrelname = $1
"""


@pytest.mark.parametrize(
    ("fill", "table", "delete", "index"),
    [
        (_ANSWERS, "idempotency", delete_old_answers, "ix_idempotency_created"),
        (_DELIVERIES, "webhook_deliveries", delete_old_deliveries, "ix_webhook_deliveries_settled"),
    ],
    ids=["answers", "deliveries"],
)
async def test_deletion_of_what_is_old_reads_no_whole_table(
    site: Site, database_url: str, fill: str, table: str, delete: Callable[[Pool], Awaitable[object]], index: str
) -> None:
    await site.pool.execute(fill, await site.add_user())
    await site.pool.execute(f"ANALYZE {table}")
    async with await create_pool(database_url, application="tests", max_size=1) as pool:
        before = await _scans(pool, index)
        await delete(pool)
        after = await _scans(pool, index)
    assert after["of_table"] == before["of_table"]
    assert after["by_index"] > before["by_index"]
    assert await site.pool.fetchval(f"SELECT count(*) FROM {table}") == 5000 - 3


async def _scans(pool: Pool, index: str) -> asyncpg.Record:
    await pool.execute("SELECT pg_stat_force_next_flush()")
    row = await pool.fetchrow(_SCANS, index)
    assert row is not None
    return row
