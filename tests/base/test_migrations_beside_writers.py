"""Migrations of large tables: no writer waits for them longer than two seconds.

What takes so long with many rows is refused with few: to rewrite a table, to scan it under a lock that its
writers wait for, and to change many of its rows at once.
"""

import asyncio
import logging
import os
import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from pmd_service.base import migrations
from pmd_service.base.migrations import MigrationError, migrations_folder
from pmd_service.demo.stack import Stack

from ..databases import connected
from ..hang import HANG_SECONDS

# The promise is for 1,000,000: PMD_TESTS_ROWS, on a quiet machine; `-o log_cli=true -o log_cli_level=INFO` shows the
# longest write. With few it is not timed, but what would take long is refused (WATCH).
ROWS = int(os.environ.get("PMD_TESTS_ROWS", "10000"))
MOST_WAIT = "2s" if "PMD_TESTS_ROWS" in os.environ else "0"
# Far below the limit, so that a lock of that length meets a write.
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
    "UPDATE reports SET outcome = 'probed_again' WHERE asset_id = $1",
    # Any row, by its ctid.
    "UPDATE batch_download_requests SET send_email = true WHERE ctid = (SELECT min(ctid) FROM batch_download_requests)"
    " AND $1::int > 0",
    "UPDATE posts SET title = title || '!', deleted_by_user = NOT deleted_by_user WHERE id = $1",
)

# Each step of a migration checks itself: the rows it has read and changed, and its locks. A connection keeps
# what it has counted past its transactions' ends, unless they are flushed.
WATCH = """
CREATE FUNCTION check_long_locks() RETURNS void LANGUAGE plpgsql AS $$
DECLARE scanned text;
BEGIN
    SELECT string_agg(DISTINCT relname || ' beneath ' || mode, ', ') INTO scanned
      FROM pg_locks JOIN pg_stat_xact_user_tables ON relid = relation
     WHERE pid = pg_backend_pid() AND seq_tup_read + n_tup_upd > {rows} / 10
       AND mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock');
    IF scanned IS NOT NULL THEN RAISE EXCEPTION 'scanned %: %', scanned, left(current_query(), 200); END IF;
END $$;
CREATE FUNCTION check_long_locks_at_end() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM check_long_locks(); END $$;
CREATE FUNCTION check_long_locks_by_update() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE many bigint := (SELECT count(*) FROM written);
BEGIN
    IF many > {rows} / 4 THEN RAISE EXCEPTION 'changed at once: %', TG_TABLE_NAME; END IF;
    IF many > 1 THEN PERFORM check_long_locks(); END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION rewrite_nothing() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'rewritten: %', pg_event_trigger_table_rewrite_oid()::regclass; END $$;
CREATE FUNCTION count_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_stat_force_next_flush(); RETURN NULL; END $$;
CREATE TRIGGER count_again AFTER INSERT ON schema_migrations EXECUTE FUNCTION count_again();
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['asset', 'reports', 'posts', 'batch_download_requests'] LOOP
        EXECUTE format('CREATE TRIGGER check_long_locks AFTER UPDATE ON %I REFERENCING NEW TABLE AS written
                        FOR EACH STATEMENT EXECUTE FUNCTION check_long_locks_by_update()', name);
    END LOOP;
END $$;
CREATE EVENT TRIGGER check_long_locks ON ddl_command_end EXECUTE FUNCTION check_long_locks_at_end();
CREATE EVENT TRIGGER rewrite_nothing ON table_rewrite EXECUTE FUNCTION rewrite_nothing();
"""

# What a later release might bring. The folder of this one has no migration after the baseline yet.
HARMLESS = {
    "0101_column.sql": "ALTER TABLE asset ADD COLUMN shelf text NOT NULL DEFAULT '';",
    "0102_index.sql": "CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_asset_shelf ON asset (user_id, shelf);",
}
BLOCKING = {
    "rewrites": "ALTER TABLE asset ALTER COLUMN size_bytes TYPE numeric;",
    "changes all rows": "UPDATE asset SET theme = 'other';",
    "blocks writers": "CREATE INDEX ix_asset_named ON asset (user_id, theme, name);",
}


@pytest.fixture
def fresh_url(stack: Stack) -> Iterator[str]:
    yield stack.database_url("fresh")
    stack.sql("DROP DATABASE IF EXISTS fresh WITH (FORCE)")


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder of migrations in place of this release's: it has the baseline, and what a test adds."""
    for path in migrations_folder().glob("*.sql"):
        (tmp_path / path.name).symlink_to(path.resolve())
    monkeypatch.setattr(migrations, "migrations_folder", lambda: tmp_path)
    return tmp_path


def add(folder: Path, name: str, statement: str) -> None:
    transaction = " transaction:false" if "CONCURRENTLY" in statement else ""
    (folder / name).write_text(f"-- migrate:up{transaction}\n{statement}\n\n-- migrate:down\n")


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
async def test_migration_does_not_block_writers_for_long(
    fresh_url: str, folder: Path, subtests: pytest.Subtests
) -> None:
    await asyncio.to_thread(migrations.migrate, fresh_url)
    async with connected(fresh_url) as connection:
        await connection.execute(FILL.format(rows=ROWS))
        await connection.execute(WATCH.format(rows=ROWS))
        for name, statement in HARMLESS.items():
            add(folder, name, statement)
        async with writing(fresh_url) as took:
            await asyncio.to_thread(migrations.migrate, fresh_url)
        assert took
        logging.getLogger(__name__).info("%s writes meanwhile, the longest of %.3f s", len(took), max(took))
        for what, statement in BLOCKING.items():
            with subtests.test(what):
                add(folder, "0200_blocking.sql", statement)
                with pytest.raises(MigrationError, match=r"rewritten|changed at once|scanned"):
                    await asyncio.to_thread(migrations.migrate, fresh_url)


async def test_migration_retries_when_a_lock_times_out(fresh_url: str, folder: Path) -> None:
    await asyncio.to_thread(migrations.migrate, fresh_url)
    add(folder, *next(iter(HARMLESS.items())))
    async with connected(fresh_url) as reader, connected(fresh_url) as writer:
        async with reader.transaction():
            await reader.execute("LOCK TABLE asset IN ACCESS SHARE MODE")
            migrating = asyncio.create_task(asyncio.to_thread(migrations.migrate, fresh_url))
            async with asyncio.timeout(HANG_SECONDS):  # the reader stays, and what waits behind it would wait for ever
                for _ in range(20):  # between its tries, and in them
                    await writer.execute("UPDATE asset SET approved = true")
                    await asyncio.sleep(0.1)
            assert not migrating.done()
        async with asyncio.timeout(HANG_SECONDS):
            await migrating


async def test_migration_without_its_lock_fails_with_dbmates_message(
    fresh_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "RETRY_SECONDS", 0)
    await asyncio.to_thread(migrations.migrate, fresh_url)
    add(folder, *next(iter(HARMLESS.items())))
    async with connected(fresh_url) as reader, reader.transaction():
        await reader.execute("LOCK TABLE asset IN ACCESS SHARE MODE")
        with pytest.raises(MigrationError, match="lock timeout"):
            await asyncio.to_thread(migrations.migrate, fresh_url)


@pytest.mark.parametrize("schema", ["public", '"Art"'])
async def test_invalid_index_is_rebuilt(schema: str, fresh_url: str, folder: Path, stack: Stack) -> None:
    stack.sql("CREATE DATABASE fresh")
    async with connected(fresh_url) as connection:
        await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        await connection.execute(f"ALTER DATABASE fresh SET search_path = {schema}")
    await asyncio.to_thread(migrations.migrate, fresh_url)
    async with connected(fresh_url) as connection:
        await connection.execute(FILL.format(rows=100))
        for name, statement in HARMLESS.items():
            add(folder, name, statement)
        # By the name of one that is to come, and of rows that it cannot have.
        with pytest.raises(asyncpg.UniqueViolationError):
            await connection.execute("CREATE UNIQUE INDEX CONCURRENTLY ix_asset_shelf ON asset (user_id)")
        await asyncio.to_thread(migrations.migrate, fresh_url)
        made = await connection.fetchrow(
            "SELECT indisvalid, indisunique FROM pg_index WHERE indexrelid = 'ix_asset_shelf'::regclass"
        )
        assert tuple(made or ()) == (True, False)
