"""What many rows cost: every statement of a list and of the upkeep looks at a bounded number of them (DEPTH section 4).

50,000 of each by SQL, half of them one user's. Each call is made once, and what it has asked of Postgres is explained.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from aiohttp.test_utils import TestServer
from asyncpg.connection import LoggedQuery

from pmd_service.base.database import BY_INDEX, POOL, Connection, Pool
from pmd_service.jobs import STEPS
from pmd_service.library import counts, folders
from pmd_service.posts import windows
from pmd_service.work.context import WorkerContext

from .conftest import Derive
from .databases import in_bulk
from .plans import Plan, explained, recorded
from .site import BORN, Api, Site

ROWS, HEAVY = 50_000, 1
pytestmark = pytest.mark.own_tables


# Filled in without triggers: what these would keep comes afterwards, by one statement each.
def filling(rows: int) -> str:
    return f"""
INSERT INTO users (handle) SELECT 'artist' || n FROM generate_series(1, 100) AS n;
INSERT INTO posts (owner_id, title, description, hashtags, art_url, file_format, file_bytes, license_id, view_count,
                   deleted_by_user, deleted_by_user_date, created_at)
SELECT CASE WHEN n % 2 = 0 THEN 1 ELSE 2 + n % 99 END, 'Hero ' || n || CASE WHEN n = 77 THEN ' zeppelin' ELSE '' END,
       'By hand', '{{sea}}', '/vault/art/' || n || '.png', 'png', n, 1 + n % 3, n % 977, n % 50 = 2, now(),
       timestamptz '{BORN}' + n * interval '10 minutes'
  FROM generate_series(1, {rows}) AS n;
INSERT INTO post_search SELECT id, owner_id, post_words(title, description, hashtags) FROM posts;
INSERT INTO post_days
SELECT owner_id, (created_at AT TIME ZONE 'UTC')::date, deleted_by_user, count(*) FROM posts GROUP BY 1, 2, 3;
INSERT INTO comments (post_id, body) SELECT n, 'Nice!' FROM generate_series(1, {rows}) AS n;
INSERT INTO reactions (post_id, emoji) SELECT n, '+' FROM generate_series(1, {rows}) AS n;
INSERT INTO asset (user_id, path, type, hash, name, original_path, mime_type, file_format, size_bytes, theme, approved,
                   deleted_at, hashtags, license_id, created_at)
SELECT CASE WHEN n % 2 = 0 THEN 1 ELSE 2 + n % 99 END, '/vault/assets/' || n, 'image',
       encode(sha256(n::text::bytea), 'hex'), 'hero ' || n || CASE WHEN n = 78 THEN ' zeppelin' ELSE '' END,
       'folder' || n / 500 || '/' || n, 'image/png', 'png',
       1000 + n, 'theme ' || n % 70, n % 5 = 0, CASE WHEN n % 10 = 4 THEN now() END,
       CASE WHEN n < 2000 THEN '{{sea,rare}}'::text[] ELSE '{{sea}}' END, 1 + n % 3,
       timestamptz '{BORN}' + n * interval '1 minute'
  FROM generate_series(1, {rows}) AS n;
UPDATE asset SET state = asset_state(asset), sort_name = natural_key(name), folder = split_part(original_path, '/', 1),
       sort_path = folder_key(split_part(original_path, '/', 1)) || chr(1) || natural_key(name);
INSERT INTO asset_search SELECT id, user_id, search_words(asset) FROM asset;
INSERT INTO library_counts SELECT user_id, state, type, provenance, count(*) FROM asset GROUP BY 1, 2, 3, 4;
INSERT INTO reports (user_id, asset_id, outcome, file_name, hash, facts, dhash)
SELECT user_id, id, 'added', name, hash, '{{}}', ('x' || left(hash, 16))::bit(64) FROM asset;
INSERT INTO batch_download_requests (user_id, requested_by, post_ids, artwork_count, status, completed_at, expires_at,
                                     created_at, allowance_at)
SELECT CASE WHEN n % 2 = 0 THEN 1 ELSE 2 + n % 99 END, 1, ARRAY[n], 1, 'expired', at, at, at, at
  FROM generate_series(1, {rows}) AS n, LATERAL (SELECT now() - n * interval '20 seconds' AS at) AS times;
INSERT INTO job (kind, asset_id, status, progress, user_id, requested_by, group_id, completed_at)
SELECT 'upscale', n, 'completed', 100, CASE WHEN n % 2 = 0 THEN 1 ELSE 2 + n % 99 END, 1,
       ('00000000-0000-0000-0000-' || lpad((n / 100)::text, 12, '0'))::uuid, now()
  FROM generate_series(1, {rows}) AS n;
INSERT INTO outbox (channel, topic, user_id, about, news, status, settled_at)
SELECT 'mail', 'bdr_ready', CASE WHEN n % 2 = 0 THEN 1 ELSE 2 + n % 99 END, n::text, '1', 'sent', now()
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
INSERT INTO object_sum (key, size, tag, modified, crc32)
SELECT 'art/' || n, 1, 'x', now(), 1 FROM generate_series(1, {rows}) AS n;
INSERT INTO archive_hold (archive, key)
SELECT 'bdr/x/' || n / 10, 'assets/' || n FROM generate_series(1, {rows}) AS n;
"""


@pytest.fixture(scope="session")
def template(derive: Derive) -> str:
    return derive("grown", in_bulk(fill))


async def fill(connection: Connection) -> None:
    await connection.execute("SET session_replication_role = replica")
    await connection.execute(filling(ROWS))


# What a call may read of one table: what is counted, or looked through for words; half of the user's.
MOST_ROWS = 21_000
# And from one end of it on, where the first ones will do.
MOST_SCANNED = 1000
TABLES = (
    "posts", "post_search", "post_days", "comments", "reactions", "asset", "asset_search", "reports",
    "batch_download_requests", "job", "outbox", "audit_log", "vault_leftovers", "object_sum", "archive_hold",
    "batch_reports", "batch_report_files", "work_attempts",
)  # fmt: skip

CALLS = (
    "posts?limit=100", "posts?limit=100&state=deleted", "posts?limit=100&state=all", "posts?limit=100&offset=12000",
    "posts?sort=date&offset=12000&limit=100", "posts?sort=title&limit=100", "posts?sort=-title&limit=100",
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
    "assets?limit=100&sort=path", "assets?limit=100&sort=path&offset=12000", "assets?limit=100&sort=size",
    "assets/alike", "bdr",
    "takeout", "uploads", "jobs", "packs", "audit", "hides", "assets/folders", "ops", "ops/work",
    "uploads/00000000-0000-0000-0000-000000000002/files", "ops/story?kind=task&id=7",
)  # fmt: skip


async def plans_of(pool: Pool, sent: Sequence[LoggedQuery]) -> AsyncIterator[tuple[str, Plan]]:
    """These statements, each once, with the plan for the values that it had last."""
    async with pool.acquire() as connection:
        last = {statement.query: place for place, statement in enumerate(sent)}
        for statement, before in ((sent[place], sent[place - 1].query) for place in last.values()):
            if statement.query.lstrip(" \n(").startswith(("SELECT", "WITH", "UPDATE", "DELETE", "INSERT")):
                setting = before if before == BY_INDEX else None
                yield statement.query, await explained(connection, statement, setting=setting)


async def costs(pool: Pool, sent: Sequence[LoggedQuery]) -> list[str]:
    """What a statement among these reads from end to end, or too much of."""
    found = []
    async for statement, plan in plans_of(pool, sent):
        for table in TABLES:
            most = MOST_SCANNED if "Seq Scan" in plan.scans(table) else MOST_ROWS
            if plan.rows_read(table) > most:
                found.append(f"{table}: {plan.scans(table)}, {plan.rows_read(table)} rows: {statement}")
    return found


# One test, because to fill in so many rows takes longer than all the rest, and another process would do it again.
async def test_a_call_and_a_step_of_the_upkeep_read_a_bounded_number_of_rows(
    site: Site,
    api: Api,
    server: TestServer,
    worker: WorkerContext,
    subtests: pytest.Subtests,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Half of everything is near enough for Postgres to read all that there is.
    for counting in (counts, folders):
        monkeypatch.setattr(counting, "MAX_COUNTED", 1000)
    for name in ("MAX_COUNTED", "MAX_SCANNED", "MAX_NEWEST", "MAX_NEWEST_BY_TEXT"):
        monkeypatch.setattr(windows, name, 1000)
    await site.pool.execute("UPDATE users SET roles = '[\"owner\"]' WHERE id = $1", HEAVY)
    async with recorded(server.app[POOL]) as sent:
        for call in CALLS:
            with subtests.test(call=call):
                sent.clear()
                answer = await api.get(f"/api/pmd/{call}", user=HEAVY)
                assert answer.status == 200, answer.body
                assert await costs(site.pool, sent) == []
    async with recorded(site.pool) as sent:
        for step in STEPS:
            # Who left a site whose tables are not ours is found once a day, by comparing all.
            if step.name != "gone_users":
                with subtests.test(step=step.name):
                    sent.clear()
                    await step.run(worker)
                    await asyncio.sleep(0)  # asyncpg tells its loggers in the loop's next turn
                    assert await costs(site.pool, sent.copy()) == []
