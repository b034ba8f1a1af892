"""Migrations of large tables: nobody who writes waits for them longer than two seconds.

What takes so long with many rows is refused with few: to rewrite a table, to go through it under a lock that its
writers wait for, and to change many of its rows at once.
"""

import asyncio
import logging
import os
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from pmd_service.base import migrations
from pmd_service.base.migrations import MigrationError, migrations_folder
from pmd_service.demo.stack import Stack

from ..databases import connected
from ..forked import migrate
from ..hang import HANG_SECONDS

# The promise is for 1,000,000: PMD_TESTS_ROWS, on a quiet machine; `-o log_cli=true -o log_cli_level=INFO` tells the
# longest write. With few it is not timed, but what would take long is refused (WATCH).
ROWS = int(os.environ.get("PMD_TESTS_ROWS", "10000"))
MOST_WAIT = "2s" if "PMD_TESTS_ROWS" in os.environ else "0"
# Far below what nobody may wait longer than: whoever holds a lock that long meets a write.
WRITE_EVERY_SECONDS = 0.05

FILL = """
INSERT INTO users (handle) VALUES ('artist');
INSERT INTO asset (user_id, path, type, hash, name, mime_type, file_format, size_bytes, approved, theme)
SELECT 1, '/vault/assets/' || n, 'image', encode(sha256(n::text::bytea), 'hex'), 'picture ' || n, 'image/png', 'png',
       1000, n % 5 = 0, 'theme ' || n % 7
  FROM generate_series(1, {rows}) AS n;
INSERT INTO reports (user_id, asset_id, outcome, file_name, hash, facts)
SELECT 1, id, 'added', name, hash, jsonb_build_object('dhash', left(hash, 16)) FROM asset;
INSERT INTO batch_download_requests (user_id, requested_by, post_ids, artwork_count)
SELECT 1, 1, '{{1}}', 1 FROM generate_series(1, {rows} / 100);
INSERT INTO posts (owner_id, title, created_at)
SELECT 1, 'Artwork ' || n, now() - n * interval '1 minute' FROM generate_series(1, {rows} / 4) AS n;
"""

WRITES = (
    "UPDATE asset SET updated_at = now() WHERE id = $1",
    "UPDATE reports SET outcome = 'looked_again' WHERE asset_id = $1",
    # One as all the others do: any row of these, by where it lies.
    "UPDATE batch_download_requests SET send_email = true WHERE ctid = (SELECT min(ctid) FROM batch_download_requests)"
    " AND $1::int > 0",
    "UPDATE posts SET title = title || '!', deleted_by_user = NOT deleted_by_user WHERE id = $1",
)

# Each step of a migration looks at itself: what it has read and changed, and which locks it holds. A connection keeps
# what it has counted past its transactions' ends, unless it is told to hand it in.
WATCH = """
CREATE FUNCTION hold_nobody_up() RETURNS void LANGUAGE plpgsql AS $$
DECLARE held text;
BEGIN
    SELECT string_agg(DISTINCT relname || ' beneath ' || mode, ', ') INTO held
      FROM pg_locks JOIN pg_stat_xact_user_tables ON relid = relation
     WHERE pid = pg_backend_pid() AND seq_tup_read + n_tup_upd > {rows} / 10
       AND mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock');
    IF held IS NOT NULL THEN RAISE EXCEPTION 'gone through %: %', held, left(current_query(), 200); END IF;
END $$;
CREATE FUNCTION hold_nobody_up_at_end() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM hold_nobody_up(); END $$;
CREATE FUNCTION hold_nobody_up_by_update() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE many bigint := (SELECT count(*) FROM written);
BEGIN
    IF many > {rows} / 4 THEN RAISE EXCEPTION 'changed at once: %', TG_TABLE_NAME; END IF;
    IF many > 1 THEN PERFORM hold_nobody_up(); END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION rewrite_nothing() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'rewritten: %', pg_event_trigger_table_rewrite_oid()::regclass; END $$;
CREATE FUNCTION count_anew() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_stat_force_next_flush(); RETURN NULL; END $$;
CREATE TRIGGER count_anew AFTER INSERT ON schema_migrations EXECUTE FUNCTION count_anew();
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['asset', 'reports', 'posts', 'batch_download_requests'] LOOP
        EXECUTE format('CREATE TRIGGER hold_nobody_up AFTER UPDATE ON %I REFERENCING NEW TABLE AS written
                        FOR EACH STATEMENT EXECUTE FUNCTION hold_nobody_up_by_update()', name);
    END LOOP;
END $$;
CREATE EVENT TRIGGER hold_nobody_up ON ddl_command_end EXECUTE FUNCTION hold_nobody_up_at_end();
CREATE EVENT TRIGGER rewrite_nothing ON table_rewrite EXECUTE FUNCTION rewrite_nothing();
"""

OLD_0018 = """
ALTER TABLE asset DROP COLUMN state, ADD COLUMN state text NOT NULL GENERATED ALWAYS AS (
    CASE WHEN deleted_at IS NOT NULL THEN 'trash' WHEN approved THEN 'approved'
         WHEN rejected_at IS NOT NULL THEN 'set_aside' ELSE 'new' END) STORED;
CREATE INDEX ix_asset_user_state ON asset (user_id, state, created_at DESC, id DESC);
CREATE INDEX ix_asset_facets ON asset (user_id, state, type, provenance, theme);
ALTER TABLE reports DROP COLUMN dhash, ADD COLUMN dhash bit(64) GENERATED ALWAYS AS (
    CASE WHEN facts ->> 'dhash' ~ '^[0-9a-f]{16}$' THEN ('x' || (facts ->> 'dhash'))::bit(64) END) STORED;
CREATE INDEX ix_reports_dhash ON reports (user_id) INCLUDE (asset_id, dhash) WHERE dhash IS NOT NULL;
"""

WRONG = """
SELECT count(*) FROM asset JOIN reports ON reports.asset_id = asset.id
 WHERE state IS DISTINCT FROM CASE WHEN approved THEN 'approved' ELSE 'new' END
    OR dhash IS DISTINCT FROM ('x' || left(asset.hash, 16))::bit(64)
    OR NOT EXISTS (SELECT FROM asset_search WHERE asset_id = asset.id)
"""

WRONG_POSTS = """
SELECT count(*) FROM posts LEFT JOIN post_search ON post_id = posts.id
 WHERE words IS DISTINCT FROM post_words(title, description, hashtags)
"""
WRONG_DAYS = """
SELECT count(*)
  FROM (SELECT (created_at AT TIME ZONE 'UTC')::date AS day, deleted_by_user AS is_deleted, count(*) AS truly
          FROM posts GROUP BY 1, 2) AS counted
  FULL JOIN count_post_days(1) AS kept USING (day, is_deleted)
 WHERE truly IS DISTINCT FROM posts
"""


@pytest.fixture
def fresh_url(stack: Stack) -> Iterator[str]:
    yield stack.database_url("fresh")
    stack.sql("DROP DATABASE IF EXISTS fresh WITH (FORCE)")


@pytest.fixture
def up_to(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str, str], None]:
    """Migrates a database as a release did that knew no later migration."""

    def run(url: str, last: str) -> None:
        for path in migrations_folder().glob("*.sql"):
            if path.name[:4] <= last:
                (tmp_path / path.name).symlink_to(path.resolve())
        with monkeypatch.context() as patched:
            patched.setattr(migrations, "migrations_folder", lambda: tmp_path)
            migrations.migrate(url)

    return run


@asynccontextmanager
async def writing(url: str) -> AsyncIterator[list[float]]:
    """Somebody writes all the time, and gives up when a lock is not had in time; the seconds that each write took."""
    took: list[float] = []

    async def write(statement: str) -> None:
        async with connected(url, server_settings={"lock_timeout": MOST_WAIT}) as connection:
            while True:
                began = time.monotonic()
                await connection.execute(statement, random.randrange(1, ROWS))
                took.append(time.monotonic() - began)
                await asyncio.sleep(WRITE_EVERY_SECONDS)

    async with asyncio.TaskGroup() as group:
        writers = [group.create_task(write(statement)) for statement in WRITES]
        yield took
        for writer in writers:
            writer.cancel()


@pytest.mark.timeout(max(300, ROWS / 200))
@pytest.mark.parametrize("last", ["0013", "0080"])
async def test_nobody_who_writes_waits_for_long(fresh_url: str, up_to: Callable[[str, str], None], last: str) -> None:
    await asyncio.to_thread(up_to, fresh_url, last)
    async with connected(fresh_url) as connection:
        await connection.execute(FILL.format(rows=ROWS))
        if last > "0018":
            await connection.execute(OLD_0018)
        await connection.execute(WATCH.format(rows=ROWS))
        async with writing(fresh_url) as took:
            await asyncio.to_thread(migrate, fresh_url)
        assert took
        logging.getLogger(__name__).info("%s writes beside it, the longest of %.3f s", len(took), max(took))
        for wrong in (WRONG, WRONG_POSTS, WRONG_DAYS):
            assert await connection.fetchval(wrong) == 0


async def test_a_migration_lets_go_and_tries_again_while_a_lock_is_held(
    fresh_url: str, up_to: Callable[[str, str], None]
) -> None:
    await asyncio.to_thread(up_to, fresh_url, "0080")
    async with connected(fresh_url) as reader, connected(fresh_url) as writer:
        async with reader.transaction():
            await reader.execute("LOCK TABLE asset IN ACCESS SHARE MODE")
            migrating = asyncio.create_task(asyncio.to_thread(migrate, fresh_url))
            for _ in range(20):  # between its tries, and in them
                await writer.execute("SET lock_timeout = '1s'")
                await writer.execute("UPDATE asset SET approved = true")
                await asyncio.sleep(0.1)
            assert not migrating.done()
        async with asyncio.timeout(HANG_SECONDS):
            await migrating


async def test_a_lock_that_is_never_had_ends_the_migration_with_what_dbmate_says(
    fresh_url: str, up_to: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "PATIENCE_SECONDS", 0)
    await asyncio.to_thread(up_to, fresh_url, "0080")
    async with connected(fresh_url) as reader, reader.transaction():
        await reader.execute("LOCK TABLE asset IN ACCESS SHARE MODE")
        with pytest.raises(MigrationError, match="lock timeout"):
            await asyncio.to_thread(migrations.migrate, fresh_url)


async def test_an_index_that_was_left_half_made_is_made_anew(fresh_url: str, up_to: Callable[[str, str], None]) -> None:
    await asyncio.to_thread(up_to, fresh_url, "0082")
    async with connected(fresh_url) as connection:
        await connection.execute(
            """INSERT INTO users (handle) VALUES ('artist');
               INSERT INTO asset (user_id, path, type, hash, name, mime_type, file_format, size_bytes)
               SELECT 1, n::text, 'image', encode(sha256(n::text::bytea), 'hex'), 'x', 'image/png', 'png', 1
                 FROM generate_series(1, 2) AS n"""
        )
        # By the name of one that is to come, and of rows that it cannot have.
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.execute("CREATE UNIQUE INDEX CONCURRENTLY ix_asset_user_state ON asset (user_id)")
        await asyncio.to_thread(migrate, fresh_url)
        made = await connection.fetchrow(
            "SELECT indisvalid, indisunique FROM pg_index WHERE indexrelid = 'ix_asset_user_state'::regclass"
        )
        assert tuple(made or ()) == (True, False)
