"""Real services: one Postgres and one Valkey a session, a fresh clone of a migrated database a test."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from arq.worker import create_worker

from pmd_service.app import create_app
from pmd_service.database import Pool, create_pool
from pmd_service.demo.stack import Stack
from pmd_service.jobs import has_jobs, worker_settings
from pmd_service.ops.settings import Settings
from pmd_service.work.queue import Queue, Queues

from .site import Api, Site

JWT_SECRET = "a secret that is long enough for HS256"
_numbers = itertools.count()


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    # Not below pytest's own folder: another run takes away the right to pass through it, which a root's Postgres, who
    # is another user, needs.
    with TemporaryDirectory(prefix="pmd-tests-") as folder, Stack(Path(folder), durable=False) as running:
        running.create_database("template")
        yield running


@pytest.fixture
async def database_url(stack: Stack) -> AsyncIterator[str]:
    name = f"test_{next(_numbers)}"
    await _administer(stack, f"CREATE DATABASE {name} TEMPLATE template STRATEGY file_copy")
    yield stack.database_url(name)
    await _administer(stack, f"DROP DATABASE {name} WITH (FORCE)")


async def _administer(stack: Stack, statement: str) -> None:
    # A connection each time: a test may restart the server in between.
    connection = await asyncpg.connect(stack.database_url("postgres"))
    await connection.execute(statement)
    await connection.close()


@pytest.fixture
async def redis_url(stack: Stack) -> str:
    queues = Queues.connect(stack.redis_url)
    await queues.redis.flushall()
    await queues.aclose()
    return stack.redis_url


@pytest.fixture
def settings(database_url: str, redis_url: str, tmp_path: Path) -> Settings:
    vault = tmp_path / "vault"
    vault.mkdir()
    return Settings(
        database_url=database_url,
        redis_url=redis_url,
        vault_path=vault,
        base_url="https://makapix.club",
        jwt_secret_key=JWT_SECRET,
    )


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    async with await create_pool(database_url, application="tests", max_size=4) as opened:
        yield opened


@pytest.fixture
async def site(pool: Pool, settings: Settings) -> Site:
    return Site(pool, settings)


Serve = Callable[[Settings], Awaitable[TestServer]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Starts the web application as ``server.py`` does, as often as a test wants."""
    servers = []

    async def start(settings: Settings) -> TestServer:
        app: web.Application = create_app(settings)
        server = TestServer(app)
        await server.start_server(shutdown_timeout=2)
        servers.append(server)
        return server

    yield start
    for server in servers:
        await server.close()


@pytest.fixture
async def server(serve: Serve, settings: Settings) -> TestServer:
    return await serve(settings)


@pytest.fixture
async def api(server: TestServer, settings: Settings) -> AsyncIterator[Api]:
    async with Api(server.make_url("/"), settings) as opened:
        yield opened


WorkOff = Callable[[], Awaitable[None]]


@pytest.fixture
def work_off(settings: Settings) -> WorkOff:
    """Runs the real workers, one queue after the other, until each is empty."""

    async def run() -> None:
        for queue in filter(has_jobs, Queue):
            worker = create_worker(worker_settings(settings, queue), burst=True, handle_signals=False)
            try:
                await worker.async_run()
            finally:
                await worker.close()

    return run
