"""A database of the original's with the service attached, for ``pytest --original`` and what is marked ``beside``.

The service connects as its own role, whose search path begins with the views; the tests' own hands reach the site's
tables through a schema of theirs.
"""

import asyncio
from pathlib import Path
from urllib.parse import quote

import asyncpg

from pmd_service.demo.stack import Stack
from pmd_service.site.attach import attach
from pmd_service.site.site_map import load_site_map

from ..forked import migrate
from ..kinds import register_in
from .tables import build_original

MAP = Path(__file__).parents[2] / "docs" / "site" / "makapix.toml"
ROLE = "pmd"
# Whom the site's database and tables belong to; no superuser, as in most places.
OWNER = "club"


def create_attached(stack: Stack, database: str) -> None:
    """A database of the original's, attached and migrated."""
    stack.sql(f"DROP DATABASE IF EXISTS {database}")
    stack.sql(f"CREATE DATABASE {database}")
    create_role(stack)
    asyncio.run(_attach(stack.database_url(database)))
    migrate(as_role(stack.database_url(database)))
    register_in(as_role(stack.database_url(database)))


def create_role(stack: Stack, role: str = ROLE) -> None:
    """A role, once for all databases of a server."""
    stack.sql(f"DO $$ BEGIN CREATE ROLE {role} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")


async def _attach(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    await build_original(connection)
    await attach(connection, load_site_map(MAP))
    await connection.close()


def as_role(database_url: str, role: str = ROLE) -> str:
    """The URL as the service connects, or as another role does."""
    return database_url.replace("postgres@", f"{role}@", 1)


def as_hands(database_url: str) -> str:
    """The URL as the tests write with it."""
    return f"{database_url}&options={quote('-csearch_path=hands,pmd,public')}"
