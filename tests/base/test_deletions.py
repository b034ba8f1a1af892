"""The daily deletions read what they delete, however much there is that stays."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import asyncpg
import pytest

from pmd_service.base.database import Pool, create_pool
from pmd_service.downloads.expiry import clean_up
from pmd_service.http.once import delete_old_answers
from pmd_service.imports.lifecycle import forget_old_imports
from pmd_service.tasks.lifecycle import forget_old_tasks
from pmd_service.webhooks.feed import delete_old_deliveries
from pmd_service.work.adding import forget_failed
from pmd_service.work.context import WorkerContext

from ..locks import waits_for_a_lock
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


_FORGOTTEN: Sequence[tuple[str, str, str, Callable[[WorkerContext], Awaitable[object]]]] = [
    (
        "work",
        """INSERT INTO work (kind, subject, user_id, title, state, ended_at)
           VALUES ('task', '1', $1, 'a task', 'failed', now() - interval '1 year')""",
        "UPDATE work SET state = 'waiting', ended_at = NULL",
        lambda worker: forget_failed(worker.pool),
    ),
    (
        "job",
        """INSERT INTO job (kind, asset_id, user_id, requested_by, status, error_message, completed_at)
           SELECT 'upscale', id, $1, $1, 'failed', 'It did not work.', now() - interval '1 year' FROM asset""",
        "UPDATE job SET status = 'pending', error_message = NULL, completed_at = NULL",
        forget_old_tasks,
    ),
    (
        "imports",
        """INSERT INTO imports (user_id, requested_by, asset_id, name, status, completed_at)
           VALUES ($1, $1, 1, 'a.zip', 'failed', now() - interval '1 year')""",
        "UPDATE imports SET status = 'pending', completed_at = NULL",
        forget_old_imports,
    ),
    (
        "batch_download_requests",
        """INSERT INTO batch_download_requests (user_id, requested_by, post_ids, artwork_count, status, error_message,
                                                created_at, completed_at)
           SELECT $1, $1, '{1}', 1, 'failed', 'It did not work.', ended, ended
             FROM (SELECT now() - interval '1 year' AS ended) AS past""",
        "UPDATE batch_download_requests SET status = 'pending', error_message = NULL, completed_at = NULL",
        lambda worker: clean_up(worker.pool, worker.vault),
    ),
]


@pytest.mark.parametrize(("table", "add", "restart", "forget"), _FORGOTTEN, ids=[table for table, *_ in _FORGOTTEN])
async def test_what_is_restarted_while_it_is_forgotten_stays(
    site: Site,
    worker: WorkerContext,
    table: str,
    add: str,
    restart: str,
    forget: Callable[[WorkerContext], Awaitable[object]],
) -> None:
    artist, pool = await site.add_user(), site.pool
    await site.add_asset(artist)
    await pool.execute(add, artist)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(restart)
        forgetting = asyncio.ensure_future(forget(worker))
        await waits_for_a_lock(pool, forgetting)
    await forgetting
    assert await pool.fetchval(f"SELECT count(*) FROM {table}") == 1


async def _scans(pool: Pool, index: str) -> asyncpg.Record:
    await pool.execute("SELECT pg_stat_force_next_flush()")
    row = await pool.fetchrow(_SCANS, index)
    assert row is not None
    return row
