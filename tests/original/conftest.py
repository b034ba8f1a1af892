"""The original site's database, before and after the service is attached."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import msgspec
import pytest

from pmd_service.base.settings import Settings
from pmd_service.demo.stack import Stack
from pmd_service.site.attach import attach
from pmd_service.site.site_map import SiteMap, load_site_map

from ..conftest import Serve
from ..databases import Database, connected
from ..forked import migrate
from ..site import Api
from .attached import MAP, OWNER, ROLE, as_role, create_role
from .tables import build_original


@pytest.fixture
def site_map() -> SiteMap:
    return load_site_map(MAP)


@pytest.fixture(scope="session")
def bare(stack: Stack) -> str:
    """The template of the site's database, its tables another's than the service's; the service's role is there."""
    create_role(stack)
    create_role(stack, OWNER)
    stack.sql(f"GRANT {ROLE} TO {OWNER}")
    stack.sql("DROP DATABASE IF EXISTS bare")
    stack.sql(f"CREATE DATABASE bare OWNER {OWNER}")

    async def fill() -> None:
        async with connected(as_role(stack.database_url("bare"), OWNER)) as connection:
            await build_original(connection)
            await connection.execute("INSERT INTO hands.users (handle) VALUES ('artist')")
            await connection.execute(
                """INSERT INTO hands.posts (owner_id, title, file_format, file_bytes)
                   SELECT 1, 'Art ' || n, 'png', n FROM generate_series(1, 9) AS n"""
            )

    asyncio.run(fill())
    return "bare"


@pytest.fixture(scope="session")
def joined(stack: Stack, bare: str) -> str:
    """The template of the site's database with the service attached and migrated."""
    return join(stack, bare, "joined")


def join(stack: Stack, bare: str, name: str, *rows: str) -> str:
    """Such a template, whose site had these rows already."""
    stack.sql(f"DROP DATABASE IF EXISTS {name}")
    stack.sql(f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {bare} STRATEGY file_copy")

    async def run() -> None:
        async with connected(as_role(stack.database_url(name), OWNER)) as connection:
            for statement in rows:
                await connection.execute(statement)
            await attach(connection, load_site_map(MAP))

    asyncio.run(run())
    migrate(as_role(stack.database_url(name)))
    return name


@pytest.fixture
def database(stack: Stack, bare: str, databases: dict[str, Database], request: pytest.FixtureRequest) -> Database:
    """The site's database; the service is attached where the test uses ``joined``."""
    template = request.getfixturevalue("joined") if "joined" in request.fixturenames else bare
    return databases.setdefault(template, Database(stack, template, owner=OWNER))


@pytest.fixture
async def owner(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """The owner of the site's tables."""
    await database.prepare()
    async with connected(as_role(database.url, OWNER)) as connection:
        yield connection
    await database.empty()


@pytest.fixture
def service_url(database: Database) -> str:
    return as_role(database.url)


@pytest.fixture
async def beside(
    joined: str, owner: asyncpg.Connection, service_url: str, settings: Settings, serve: Serve
) -> AsyncIterator[Api]:
    """A client of a service that is attached to the site."""
    _ = joined, owner
    server = await serve(msgspec.structs.replace(settings, database_url=service_url))
    async with Api(server.make_url("/"), settings) as api:
        yield api
