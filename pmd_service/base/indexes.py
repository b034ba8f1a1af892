"""Indexes beyond the migrations: those that not every database supports, and repair of invalid ones."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg
import msgspec

from .telemetry import log

# A CREATE INDEX CONCURRENTLY that was interrupted leaves an invalid index: kept up to date, and never used.
_BROKEN = """
SELECT indexrelid::regclass::text AS name
  FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
 WHERE NOT indisvalid AND relname = ANY($1) AND relnamespace = current_schema()::regnamespace
   AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index AS made WHERE made.relid = indrelid)
"""

_CREATED = re.compile(r"CREATE (?:UNIQUE )?INDEX CONCURRENTLY (?:IF NOT EXISTS )?(\w+)")


class PossibleIndex(msgspec.Struct, frozen=True):
    """A file of ``where_possible/``: a statement, after comments with its prerequisites."""

    name: str
    extensions: list[str]
    condition: str
    statement: str

    @classmethod
    def read(cls, path: Path) -> "PossibleIndex":
        text = path.read_text()
        needs = dict(re.findall(r"^-- (extensions|when): (.+)$", text, re.MULTILINE))
        extensions = [name.strip() for name in needs.get("extensions", "").split(",") if name.strip()]
        return cls(path.stem, extensions, needs.get("when", "true"), re.sub(r"^--.*\n", "", text, flags=re.MULTILINE))


def drop_broken(database_url: str, folder: Path) -> None:
    """Drop our invalid indexes, so that ``IF NOT EXISTS`` builds them again.

    Args:
        folder: the migrations, which name our indexes; the schema may have others.
    """
    ours = [name for path in folder.rglob("*.sql") for name in _CREATED.findall(path.read_text())]

    async def drop(connection: asyncpg.Connection) -> None:
        for row in await connection.fetch(_BROKEN, ours):
            log.warning("broken_index_dropped", index=row["name"])
            await connection.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {row['name']}")

    _on(database_url, drop)


def add_possible(database_url: str, folder: Path) -> None:
    """Build the missing indexes of the folder concurrently; why one cannot be built is logged."""
    possible = [PossibleIndex.read(path) for path in sorted(folder.glob("*.sql"))]

    async def add(connection: asyncpg.Connection) -> None:
        for index in possible:
            if await connection.fetchval(f"SELECT {index.condition}") and await _has(connection, index):
                await connection.execute(index.statement)

    _on(database_url, add)


async def _has(connection: asyncpg.Connection, index: PossibleIndex) -> bool:
    """Whether the extensions are installed, or could be just now."""
    for name in index.extensions:
        try:
            await connection.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")
        except (asyncpg.FeatureNotSupportedError, asyncpg.UndefinedFileError):
            log.warning("extension_missing", extension=name, index=index.name, get="postgresql-contrib")
            return False
        except asyncpg.InsufficientPrivilegeError:
            log.warning("extension_not_ours_to_create", extension=name, index=index.name)
            return False
    return True


def _on(database_url: str, work: Callable[[asyncpg.Connection], Awaitable[None]]) -> None:
    """Run it in a thread with an event loop of its own: the caller may be inside one."""

    async def run() -> None:
        connection = await asyncpg.connect(database_url)
        try:
            await work(connection)
        finally:
            await connection.close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, run()).result()
