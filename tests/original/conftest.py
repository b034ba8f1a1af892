"""The original site's database, before and after the service stands beside it."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import msgspec
import pytest

from pmd_service.base.migrations import migrate
from pmd_service.base.settings import Settings
from pmd_service.demo.stack import Stack
from pmd_service.site.attach import attach
from pmd_service.site.site_map import SiteMap, load_site_map

from ..conftest import Serve
from ..databases import connected
from ..site import Api
from .attached import MAP, OWNER, ROLE, as_role, create_role
from .tables import build_original

DATABASE = "beside"


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
    stack.sql("DROP DATABASE IF EXISTS joined")
    stack.sql(f"CREATE DATABASE joined OWNER {OWNER} TEMPLATE {bare} STRATEGY file_copy")

    async def join() -> None:
        async with connected(as_role(stack.database_url("joined"), OWNER)) as connection:
            await attach(connection, load_site_map(MAP))

    asyncio.run(join())
    migrate(as_role(stack.database_url("joined")))
    return "joined"


@pytest.fixture
async def owner(stack: Stack, bare: str, request: pytest.FixtureRequest) -> AsyncIterator[asyncpg.Connection]:
    """The site's database, as the owner of its tables; the service is attached where the test uses ``joined``."""
    template = request.getfixturevalue("joined") if "joined" in request.fixturenames else bare
    stack.sql(f"CREATE DATABASE {DATABASE} OWNER {OWNER} TEMPLATE {template} STRATEGY file_copy")
    async with connected(as_role(stack.database_url(DATABASE), OWNER)) as connection:
        yield connection
    stack.sql(f"DROP DATABASE {DATABASE} WITH (FORCE)")


@pytest.fixture
def service_url(stack: Stack) -> str:
    return as_role(stack.database_url(DATABASE))


@pytest.fixture
async def beside(
    joined: str, owner: asyncpg.Connection, service_url: str, settings: Settings, serve: Serve
) -> AsyncIterator[Api]:
    """A client of a service that is attached to the site."""
    _ = joined, owner
    server = await serve(msgspec.structs.replace(settings, database_url=service_url))
    async with Api(server.make_url("/"), settings) as api:
        yield api
