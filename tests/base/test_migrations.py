"""The schema: up, down and up again, seed 000 by name, and states that cannot be written."""

import asyncio
import subprocess
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest

from pmd_service.base import migrations
from pmd_service.base.database import Pool, create_pool
from pmd_service.base.migrations import MigrationError, SchemaError, migrations_folder, require_migrated
from pmd_service.demo.stack import Stack

from ..databases import connected
from ..forked import migrate
from ..site import Site


@pytest.fixture
def fresh_url(stack: Stack) -> Iterator[str]:
    """A database that does not exist yet."""
    url = stack.database_url("fresh")
    yield url
    stack.sql("DROP DATABASE IF EXISTS fresh WITH (FORCE)")


@pytest.fixture
def migrated_url(fresh_url: str, stack: Stack) -> str:
    """A fully migrated one."""
    stack.sql("CREATE DATABASE fresh TEMPLATE template")
    return fresh_url


async def go_down(connection: asyncpg.Connection) -> None:
    """All migrations back, as dbmate does, which starts once for each."""
    for path in sorted(migrations_folder().glob("*.sql"), reverse=True):
        _, _, down = path.read_text().partition("-- migrate:down")
        if statements := "\n".join(line for line in down.splitlines()[1:] if not line.startswith("--")).strip():
            await connection.execute(statements)
    await connection.execute("DELETE FROM schema_migrations")


SNAPSHOT = """
SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
 WHERE table_schema = 'public' AND table_name <> 'schema_migrations' ORDER BY 1, 2
"""


async def test_migrations_run_up_down_and_up(migrated_url: str) -> None:
    async with connected(migrated_url) as connection:
        first = await connection.fetch(SNAPSHOT)
        await go_down(connection)
        assert await connection.fetch(SNAPSHOT) == []
        migrate(migrated_url)
        assert await connection.fetch(SNAPSHOT) == first


async def test_unmigrated_database_error_names_the_command(migrated_url: str) -> None:
    migrate(migrated_url, "down")
    async with await create_pool(migrated_url, application="tests") as pool:
        with pytest.raises(SchemaError, match=r"pmd-admin migrate"):
            await require_migrated(pool)


async def test_restored_database_gets_no_empty_tables_beside(fresh_url: str, stack: Stack) -> None:
    """A backup has no settings of roles, so that nothing leads to the schema which the tables are in."""
    stack.sql("CREATE DATABASE fresh TEMPLATE template")
    async with connected(fresh_url) as connection:
        await connection.execute('ALTER SCHEMA public RENAME TO "Art"; CREATE SCHEMA public')
    hint = (
        "are in the schema “Art” of this database, where this role does not look. If they are this installation's: "
        "ALTER ROLE … SET search_path = …, as docs/configuration.md says. Another installation needs another database"
    )
    with pytest.raises(MigrationError, match=hint):
        await asyncio.to_thread(migrations.migrate, fresh_url)
    async with await create_pool(fresh_url, application="tests") as pool:
        with pytest.raises(SchemaError, match=hint):
            await require_migrated(pool)
    async with connected(fresh_url) as connection:
        await connection.execute('ALTER DATABASE fresh SET search_path = "Art"')
    assert await asyncio.to_thread(migrations.migrate, fresh_url) == ""


def test_password_is_not_in_process_arguments(migrated_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody on the machine can read those."""
    ran: list[list[str]] = []
    run = subprocess.run

    def noted(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        ran.append(command)
        return run(command, **options)

    monkeypatch.setattr(subprocess, "run", noted)
    migrations.migrate(migrated_url.replace("postgres@", "postgres:hidden@"))
    assert ran
    assert not any("hidden" in argument for command in ran for argument in command)


def test_unreachable_database_is_an_error_with_a_message() -> None:
    with pytest.raises(MigrationError, match=r"Postgres cannot be reached at 127\.0\.0\.1:1: "):
        migrate("postgresql://postgres@127.0.0.1:1/nothing?connect_timeout=1")


async def test_bdr_table_has_every_column_of_the_seed(pool: Pool) -> None:
    columns = {
        row["column_name"]: (row["data_type"], row["is_nullable"])
        for row in await pool.fetch(SNAPSHOT)
        if row["table_name"] == "batch_download_requests"
    }
    seed = {
        "id": ("uuid", "NO"),
        "user_id": ("integer", "NO"),
        "post_ids": ("ARRAY", "NO"),
        "include_comments": ("boolean", "NO"),
        "include_reactions": ("boolean", "NO"),
        "send_email": ("boolean", "NO"),
        "status": ("character varying", "NO"),
        "error_message": ("text", "YES"),
        "file_path": ("character varying", "YES"),
        "file_size_bytes": ("bigint", "YES"),
        "artwork_count": ("integer", "NO"),
        "created_at": ("timestamp with time zone", "NO"),
        "started_at": ("timestamp with time zone", "YES"),
        "completed_at": ("timestamp with time zone", "YES"),
        "expires_at": ("timestamp with time zone", "YES"),
    }
    assert {name: columns[name] for name in seed} == seed


_INDEXES = """
SELECT indexname AS name, replace(split_part(indexdef, ' ON ', 2), schemaname || '.', '') AS definition
  FROM pg_indexes WHERE schemaname = current_schema() AND indexname = ANY($1)
"""


async def test_tables_have_every_index_of_seeds_000_and_004(pool: Pool) -> None:
    """By their names: the site's own schema and migrations refer to them."""
    downloads, uploads = "batch_download_requests USING", "batch_reports USING"
    seeds = {
        "ix_batch_download_requests_id": f"{downloads} btree (id)",
        "ix_batch_download_requests_user_id": f"{downloads} btree (user_id, created_at DESC)",
        "ix_batch_download_requests_status": f"{downloads} btree (status, expires_at)",
        "ix_batch_download_requests_created_at": f"{downloads} btree (created_at)",
        "ix_batch_download_requests_expires_at": f"{downloads} btree (expires_at)",
        "idx_batch_reports_created_at": f"{uploads} btree (created_at DESC)",
        "idx_batch_reports_status": f"{uploads} btree (status, expires_at)",
        "idx_batch_summary_data": f"{uploads} gin (summary_data)",
        "idx_batch_files_batch_id": "batch_report_files USING btree (batch_id, expected_hash)",
        "idx_batch_files_report_id": "batch_report_files USING btree (report_id)",
        "idx_batch_files_status": "batch_report_files USING btree (processing_status)",
        "idx_reports_batch_id": "reports USING btree (batch_id)",
    }
    assert {row["name"]: row["definition"] for row in await pool.fetch(_INDEXES, list(seeds))} == seeds


async def test_constraints_refuse_illegal_states_of_requests(site: Site, subtests: pytest.Subtests) -> None:
    artist = await site.add_user()
    await site.pool.execute(
        "INSERT INTO batch_download_requests (user_id, requested_by, post_ids, artwork_count) "
        "VALUES ($1, $1, '{1}', 1)",
        artist,
    )
    for change, constraint in (
        ("status = 'lost'", "bdr_status_known"),
        ("status = 'ready', completed_at = now(), expires_at = now()", "bdr_file_iff_ready"),
        ("file_path = 'bdr/a/b.zip', file_size_bytes = 1", "bdr_file_iff_ready"),
        ("status = 'expired', file_path = 'bdr/a/b.zip', file_size_bytes = 1", "bdr_file_iff_ready"),
        ("status = 'ready', file_path = 'a', expires_at = now(), completed_at = now()", "bdr_size_iff_file"),
        ("status = 'ready', file_path = 'a', file_size_bytes = 1", "bdr_ready_dated"),
        ("status = 'failed', completed_at = now()", "bdr_failed_explained"),
        ("error_message = repeat('x', 501)", "bdr_error_short"),
        ("artwork_count = 0, post_ids = '{}'", "bdr_count_range"),
        ("artwork_count = 129, post_ids = array_fill(1, ARRAY[129])", "bdr_count_range"),
        ("artwork_count = 2", "bdr_count_matches"),
        ("processed_count = 2", "bdr_progress_range"),
        ("missing = '{}'", "bdr_missing_list"),
        ("cancelled = true", "bdr_cancelled_failed"),
        ("attempt = -1", "bdr_counters"),
    ):
        with subtests.test(change):
            with pytest.raises(asyncpg.CheckViolationError) as refused:
                await site.pool.execute(f"UPDATE batch_download_requests SET {change}")
            assert refused.value.constraint_name == constraint


# Seed 004's columns, by name; file_size is bigint and fk_report SET NULL, as the contract settles.
SEED_004 = {
    "batch_reports": {
        "id": ("uuid", "NO"),
        "total_files": ("integer", "NO"),
        "successful_files": ("integer", "NO"),
        "failed_files": ("integer", "NO"),
        "processing_time_ms": ("integer", "YES"),
        "summary_data": ("jsonb", "YES"),
        "status": ("character varying", "NO"),
        "created_at": ("timestamp with time zone", "NO"),
        "expires_at": ("timestamp with time zone", "NO"),
    },
    "batch_report_files": {
        "id": ("uuid", "NO"),
        "batch_id": ("uuid", "NO"),
        "report_id": ("uuid", "YES"),
        "file_name": ("character varying", "NO"),
        "file_size": ("bigint", "YES"),
        "file_type": ("character varying", "YES"),
        "processing_status": ("character varying", "NO"),
        "error_message": ("text", "YES"),
        "processing_order": ("integer", "NO"),
        "created_at": ("timestamp with time zone", "NO"),
    },
    "reports": {"id": ("uuid", "NO"), "batch_id": ("uuid", "YES")},
}


async def test_upload_tables_have_columns_constraints_indexes_of_the_seed(pool: Pool) -> None:
    columns = {
        (row["table_name"], row["column_name"]): (row["data_type"], row["is_nullable"])
        for row in await pool.fetch(SNAPSHOT)
    }
    for table, seed in SEED_004.items():
        assert {name: columns[table, name] for name in seed} == seed
    constraints = {row["conname"] for row in await pool.fetch("SELECT conname FROM pg_constraint")}
    assert constraints >= {
        "check_file_counts",
        "check_status",
        "fk_batch",
        "fk_report",
        "check_processing_status",
        "fk_reports_batch",
    }
    indexes = {row["indexname"] for row in await pool.fetch("SELECT indexname FROM pg_indexes")}
    assert indexes >= {
        "idx_batch_reports_created_at",
        "idx_batch_reports_status",
        "idx_batch_summary_data",
        "idx_batch_files_batch_id",
        "idx_batch_files_report_id",
        "idx_batch_files_status",
        "idx_reports_batch_id",
    }


async def test_constraints_refuse_illegal_states_of_uploads(site: Site, subtests: pytest.Subtests) -> None:
    artist = await site.add_user()
    upload = await site.pool.fetchval(
        "INSERT INTO batch_reports (user_id, requested_by, total_files) VALUES ($1, $1, 2) RETURNING id", artist
    )
    await site.pool.execute(
        """INSERT INTO batch_report_files (batch_id, user_id, file_name, file_size, processing_status, processing_order)
           VALUES ($1, $2, 'a.png', 10, 'pending', 0)""",
        upload,
        artist,
    )
    for change, constraint in (
        ("batch_reports SET status = 'lost'", "check_status"),
        ("batch_reports SET successful_files = 2, failed_files = 1", "check_file_counts"),
        ("batch_reports SET status = 'completed', completed_at = now()", "batch_settled"),
        ("batch_reports SET status = 'partial', completed_at = now(), successful_files = 2", "batch_settled"),
        ("batch_reports SET total_files = 1000001", "batch_total_range"),
        ("batch_report_files SET processing_status = 'lost'", "check_processing_status"),
        ("batch_report_files SET processing_status = 'failed', settled_at = now()", "batch_file_explained"),
        ("batch_report_files SET processing_status = 'success'", "batch_file_settled"),
        ("batch_report_files SET is_received = true, concat = 'partial'", "batch_file_part"),
        ("batch_report_files SET received_bytes = 11", "batch_file_received"),
        ("batch_report_files SET expected_hash = 'md5'", "batch_file_hashes"),
    ):
        with subtests.test(change):
            with pytest.raises(asyncpg.CheckViolationError) as refused:
                await site.pool.execute(f"UPDATE {change}")
            assert refused.value.constraint_name == constraint


async def test_existing_report_table_of_the_site_stops_the_migration(fresh_url: str, stack: Stack) -> None:
    stack.sql("CREATE DATABASE fresh")
    connection = await asyncpg.connect(fresh_url)
    await connection.execute("CREATE TABLE reports (id int PRIMARY KEY, abuse text)")
    with pytest.raises(MigrationError, match=r'schema "public" has a table "reports" that is not ours: let another'):
        migrate(fresh_url)
    assert await connection.fetchval("SELECT to_regclass('batch_reports')") is None
    await connection.execute("CREATE SCHEMA pmd")
    migrate(f"{fresh_url}{'&' if '?' in fresh_url else '?'}search_path=pmd,public")
    assert await connection.fetchval("SELECT count(*) FROM pmd.reports") == 0
    await connection.close()


async def test_migration_keeps_the_sites_own_views(fresh_url: str, stack: Stack) -> None:
    stack.sql("CREATE DATABASE fresh")
    connection = await asyncpg.connect(fresh_url)
    await connection.execute(
        """
        CREATE TABLE members (id int PRIMARY KEY, name text);
        CREATE VIEW users AS
            SELECT id, gen_random_uuid() AS user_key, NULL::text AS public_sqid, name AS handle, NULL::text AS email,
                   '["user"]'::json AS roles, false AS deactivated, NULL::timestamptz AS banned_until,
                   now() AS created_at
              FROM members"""
    )
    migrate(fresh_url)
    assert await connection.fetchval("SELECT to_regclass('posts')") is None
    await connection.execute(
        "INSERT INTO batch_download_requests (user_id, requested_by, post_ids, artwork_count) VALUES (1, 1, '{1}', 1)"
    )
    await go_down(connection)
    assert await connection.fetchval("SELECT count(*) FROM users") == 0
    await connection.close()
