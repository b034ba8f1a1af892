"""The original site's database, before and after the service stands beside it."""

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
from ..site import Api
from .attached import MAP, OWNER, ROLE, as_role, create_role
from .tables import build_original

DATABASE = "beside"


@pytest.fixture
def site_map() -> SiteMap:
    return load_site_map(MAP)


@pytest.fixture
async def owner(stack: Stack) -> AsyncIterator[asyncpg.Connection]:
    """The site's database, as the owner of its tables; the service's role is there."""
    create_role(stack)
    create_role(stack, OWNER)
    stack.sql(f"GRANT {ROLE} TO {OWNER}")
    stack.sql(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")
    connection = await asyncpg.connect(as_role(stack.database_url(DATABASE), OWNER))
    await build_original(connection)
    await connection.execute("INSERT INTO hands.users (handle) VALUES ('artist')")
    await connection.execute(
        """INSERT INTO hands.posts (owner_id, title, file_format, file_bytes)
           SELECT 1, 'Art ' || n, 'png', n FROM generate_series(1, 9) AS n"""
    )
    yield connection
    await connection.close()
    stack.sql(f"DROP DATABASE {DATABASE} WITH (FORCE)")


@pytest.fixture
def service_url(stack: Stack) -> str:
    return as_role(stack.database_url(DATABASE))


@pytest.fixture
async def beside(
    owner: asyncpg.Connection, site_map: SiteMap, service_url: str, settings: Settings, serve: Serve
) -> AsyncIterator[Api]:
    """A client of a service that is attached to the site."""
    await attach(owner, site_map)
    migrate(service_url)
    server = await serve(msgspec.structs.replace(settings, database_url=service_url))
    async with Api(server.make_url("/"), settings) as api:
        yield api
