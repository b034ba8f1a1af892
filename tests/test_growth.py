"""What many rows cost: a statement of a list reads no more than its user's rows, one of the upkeep a bounded number.

50,000 of each by SQL, a tenth of them one user's. Each call is made once, and its statements are explained.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from aiohttp.test_utils import TestServer
from asyncpg.connection import LoggedQuery

from pmd_service.base.database import POOL, Connection, Pool
from pmd_service.jobs import STEPS
from pmd_service.work.context import WorkerContext

from .conftest import Derive
from .databases import in_bulk
from .plans import Plan, explained, recorded
from .site import BORN, Api, Site

ROWS, HEAVY = 50_000, 1
BY_INDEX = "SET LOCAL enable_seqscan = off"
pytestmark = pytest.mark.own_tables


# Filled in without triggers: what these would keep comes afterwards, by one statement each.
def filling(rows: int, share: int) -> str:
    return f"""
INSERT INTO users (handle) SELECT 'artist' || n FROM generate_series(1, 100) AS n;
INSERT INTO posts (owner_id, title, description, hashtags, art_url, file_format, file_bytes, license_id, view_count,
                   deleted_by_user, deleted_by_user_date, created_at)
SELECT CASE WHEN n % {share} = 0 THEN 1 ELSE 2 + n % 99 END,
       'Hero ' || n || CASE WHEN n = 80 THEN ' zeppelin' ELSE '' END,
       'By hand', '{{sea}}', '/vault/art/' || n || '.png', 'png', n, 1 + n % 3, n % 977, n % 50 = 2, now(),
       timestamptz '{BORN}' + n * interval '10 minutes'
  FROM generate_series(1, {rows}) AS n;
SELECT count(index_posts(ids)) FROM (SELECT array_agg(id) AS ids FROM posts GROUP BY id / 1000) AS thousands;
INSERT INTO comments (post_id, body) SELECT n, 'Nice!' FROM generate_series(1, {rows}) AS n;
INSERT INTO reactions (post_id, emoji) SELECT n, '+' FROM generate_series(1, {rows}) AS n;
INSERT INTO asset (user_id, path, type, hash, name, original_path, mime_type, file_format, size_bytes, theme, approved,
                   deleted_at, hashtags, license_id, created_at)
SELECT CASE WHEN n % {share} = 0 THEN 1 ELSE 2 + n % 99 END, '/vault/assets/' || n, 'image',
       encode(sha256(n::text::bytea), 'hex'), 'hero ' || n || CASE WHEN n = 80 THEN ' zeppelin' ELSE '' END,
       'folder' || n / 500 || '/' || n, 'image/png', 'png',
       1000 + n, 'theme ' || n % 70, n % 5 = 0, CASE WHEN n % 10 = 4 THEN now() END,
       CASE WHEN n < 2000 THEN '{{sea,rare}}'::text[] ELSE '{{sea}}' END, 1 + n % 3,
       timestamptz '{BORN}' + n * interval '1 minute'
  FROM generate_series(1, {rows}) AS n;
INSERT INTO reports (user_id, asset_id, outcome, file_name, hash, facts)
SELECT user_id, id, 'added', name, hash, jsonb_build_object('dhash', left(hash, 16)) FROM asset;
INSERT INTO asset_fingerprint (asset_id, user_id, pixels, planes)
SELECT id, user_id, decode(left(hash, 32), 'hex'), '' FROM asset;
INSERT INTO batch_download_requests (user_id, requested_by, post_ids, artwork_count, status, completed_at, expires_at,
                                     created_at, allowance_at)
SELECT CASE WHEN n % {share} = 0 THEN 1 ELSE 2 + n % 99 END, 1, ARRAY[n], 1, 'expired', at, at, at, at
  FROM generate_series(1, {rows}) AS n, LATERAL (SELECT now() - n * interval '20 seconds' AS at) AS times;
INSERT INTO job (kind, asset_id, status, progress, user_id, requested_by, group_id, completed_at)
SELECT 'upscale', n, 'completed', 100, CASE WHEN n % {share} = 0 THEN 1 ELSE 2 + n % 99 END, 1,
       ('00000000-0000-0000-0000-' || lpad((n / 100)::text, 12, '0'))::uuid, now()
  FROM generate_series(1, {rows}) AS n;
INSERT INTO outbox (channel, topic, user_id, about, deduplication_key, status, settled_at)
SELECT 'mail', 'bdr_ready', CASE WHEN n % {share} = 0 THEN 1 ELSE 2 + n % 99 END, n::text, '1', 'sent', now()
  FROM generate_series(1, {rows}) AS n;
INSERT INTO batch_reports (id, user_id, requested_by, total_files, successful_files, status, created_at, completed_at)
SELECT ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, CASE WHEN n % 2 = 0 THEN 1 ELSE 2 + n % 99 END, 1,
       100, 100, 'completed', now(), now()
  FROM generate_series(0, {rows} / 100) AS n;
INSERT INTO batch_report_files (batch_id, user_id, relative_path, file_name, file_size, processing_status,
                                processing_order, settled_at)
SELECT ('00000000-0000-0000-0000-' || lpad((n / 100)::text, 12, '0'))::uuid,
       CASE WHEN n / 100 % 2 = 0 THEN 1 ELSE 2 + n / 100 % 99 END, n || '.png', n || '.png', n,
       'success', n, now()
  FROM generate_series(1, {rows}) AS n;
INSERT INTO work_attempts (kind, subject, user_id, title, attempt, worker, outcome, seconds, created_at)
SELECT 'task', n::text, 1, 'upscale', 1, 'here:1', 'done', 1, now() FROM generate_series(1, {rows}) AS n;
INSERT INTO audit_log (actor_id, action, target_user_id, post_ids)
SELECT 1, 'hide', 2, ARRAY[n] FROM generate_series(1, {rows}) AS n;
INSERT INTO vault_leftovers (key, due_at)
SELECT 'art/' || n, now() + interval '1 day' FROM generate_series(1, {rows}) AS n;
INSERT INTO object_sum (key, size, tag, modified, crc32, sha256)
SELECT 'art/' || n, 1, 'x', now(), 1, md5(n::text) FROM generate_series(1, {rows}) AS n;
INSERT INTO archive_reference (archive, key)
SELECT 'bdr/x/' || n / 10, 'assets/' || n FROM generate_series(1, {rows}) AS n;
"""


@pytest.fixture(scope="session")
def template(derive: Derive) -> str:
    return derive("grown", in_bulk(fill))


async def fill(connection: Connection) -> None:
    await connection.execute("SET session_replication_role = replica")
    await connection.execute(filling(ROWS, share=10))


# What a statement may read of one table: all of the user's rows, and for a page its own rows once more.
MOST_ROWS = ROWS // 10 + 1_000
# And from one end of it on, where the first ones will do.
MOST_SCANNED = 1000
# What one of the upkeep may.
MOST_KEPT = 21_000
TABLES = (
    "posts", "post_search", "comments", "reactions", "asset", "reports",
    "batch_download_requests", "job", "outbox", "audit_log", "vault_leftovers", "object_sum", "archive_reference",
    "batch_reports", "batch_report_files", "work_attempts",
)  # fmt: skip

CALLS = (
    "posts?limit=100", "posts?limit=100&state=deleted", "posts?limit=100&state=all", "posts?limit=100&offset=2500",
    "posts?sort=date&offset=2500&limit=100", "posts?sort=title&limit=100", "posts?sort=-title&limit=100",
    "posts?sort=-views&limit=100", "posts?sort=-reactions&limit=100", "posts?sort=description&limit=100",
    "posts?sort=-description&limit=100",
    "posts?hashtag=sea&limit=100", "posts?hashtag=absent&limit=100", "posts?format=gif&limit=100",
    "posts?q=zeppelin", "posts?q=hero+-zeppelin&limit=100",
    "posts?q=xylophon", "posts/months", "assets?limit=100", "assets?limit=100&state=trash",
    "assets?limit=100&state=approved",
    "assets?limit=100&theme=theme+7", "assets?limit=100&hashtag=absent", "assets?limit=100&license=CC-BY-NC-ND-4.0",
    "assets?limit=100&hashtag=rare", "assets?limit=100&type=image&sort=name", "assets?limit=100&folder=folder7",
    "assets?limit=100&q=hero", "assets?limit=100&q=hero&offset=0", "assets?limit=100&q=hero&sort=name",
    "assets?limit=100&q=zeppelin", "assets?limit=100&q=xylophon", "assets/24000",
    "assets?limit=100&state=trash&sort=name", "assets?limit=100&label=8", "assets?limit=100&q=zepelin",
    "assets?limit=100&sort=path", "assets?limit=100&sort=path&offset=2500", "assets?limit=100&sort=size",
    "assets/alike", "assets/counts", "assets/counts?q=hero&theme=theme+7", "posts/count?q=hero&format=png", "bdr",
    "takeout", "uploads", "jobs", "packs", "audit", "hides", "insights", "insights/most",
    "assets/folders", "assets/kept-both", "assets/sequences", "ops", "ops/work",
    "uploads/00000000-0000-0000-0000-000000000002/files", "ops/story?kind=task&id=7",
)  # fmt: skip


async def plans_of(pool: Pool, sent: Sequence[LoggedQuery]) -> AsyncIterator[tuple[str, Plan]]:
    """These statements, each once, with the plan for the values that it had last."""
    setting, last = None, {}
    for statement in sent:
        if statement.query.startswith(("BEGIN READ ONLY;", "ROLLBACK")):  # with_custom_plans
            setting = BY_INDEX if statement.query.startswith("BEGIN") else None
        last[statement.query] = (statement, setting)
    async with pool.acquire() as connection:
        for statement, setting in last.values():
            if statement.query.lstrip(" \n(").startswith(("SELECT", "WITH", "UPDATE", "DELETE", "INSERT")):
                yield statement.query, await explained(connection, statement, setting=setting)


async def costs(pool: Pool, sent: Sequence[LoggedQuery], most_rows: int) -> list[str]:
    """What a statement among these reads from end to end, or too much of."""
    found = []
    async for statement, plan in plans_of(pool, sent):
        for table in TABLES:
            most = MOST_SCANNED if "Seq Scan" in plan.scans(table) else most_rows
            if plan.rows_read(table) > most:
                found.append(f"{table}: {plan.scans(table)}, {plan.rows_read(table)} rows: {statement}")
    return found


# One test, because to fill in so many rows takes longer than all the rest, and another process would do it again.
async def test_calls_and_upkeep_steps_read_a_bounded_number_of_rows(
    site: Site,
    api: Api,
    server: TestServer,
    worker: WorkerContext,
    subtests: pytest.Subtests,
) -> None:
    await site.pool.execute("UPDATE users SET roles = '[\"owner\"]' WHERE id = $1", HEAVY)
    async with recorded(server.app[POOL]) as sent:
        for call in CALLS:
            with subtests.test(call=call):
                sent.clear()
                answer = await api.get(f"/api/pmd/{call}", user=HEAVY)
                assert answer.status == 200, answer.body
                assert await costs(site.pool, sent, MOST_ROWS) == []
    async with recorded(site.pool) as sent:
        for step in STEPS:
            # Who left a site whose tables are not ours is found once a day, by comparing all.
            if step.name != "gone_users":
                with subtests.test(step=step.name):
                    sent.clear()
                    await step.run(worker)
                    await asyncio.sleep(0)  # asyncpg calls its loggers in the loop's next turn
                    assert await costs(site.pool, sent.copy(), MOST_KEPT) == []
