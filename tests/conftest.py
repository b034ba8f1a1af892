"""Real services: one Postgres and one Valkey a session, a fresh clone of a migrated database a test."""

import itertools
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import pytest
from aiohttp.test_utils import TestServer
from arq.worker import create_worker
from pytest_aiohttp import AiohttpServer

from pmd_service.app import create_app
from pmd_service.database import Pool, create_pool
from pmd_service.demo.object_store import ObjectStore
from pmd_service.demo.stack import Stack
from pmd_service.jobs import has_jobs, worker_settings
from pmd_service.ops.settings import Settings
from pmd_service.site.public_ids import PublicIds
from pmd_service.vault import RemoteArtworks, Vault, opened_vault
from pmd_service.work.context import WorkerContext
from pmd_service.work.queue import Queue, Queues

from .original.attached import as_hands, as_role, create_attached
from .site import Api, Site

JWT_SECRET = "a secret that is long enough for HS256"
_numbers = itertools.count()


def pytest_addoption(parser: pytest.Parser) -> None:
    # The whole suite a second time, with the service attached to the original site's tables (SPEC section 14).
    parser.addoption("--original", action="store_true", help="run on the original site's tables, through the views")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "own_tables: about the service's own tables, and so not for --original")
    config.addinivalue_line("markers", "beside: runs a second time on the original site's tables, through the views")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--original"):
        for item in items:
            if item.get_closest_marker("own_tables"):
                item.add_marker(pytest.mark.skip(reason="about the service's own tables"))


@pytest.fixture
def original(pytestconfig: pytest.Config) -> bool:
    """Whether the service stands beside the original site in this test."""
    return bool(pytestconfig.getoption("--original"))


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    # Not below pytest's own folder: another run takes away the right to pass through it, which a root's Postgres, who
    # is another user, needs. Who runs single tests again and again keeps a Postgres running below a folder of its own.
    with ExitStack() as opened:
        folder = os.environ.get("PMD_TESTS_STACK") or opened.enter_context(TemporaryDirectory(prefix="pmd-tests-"))
        running = opened.enter_context(Stack(Path(folder), durable=False))
        running.create_database("template")
        yield running


@pytest.fixture(scope="session")
def attached(stack: Stack) -> str:
    """The template of the databases in which the service stands beside the original site."""
    create_attached(stack, "attached")
    return "attached"


@pytest.fixture
def template(original: bool, request: pytest.FixtureRequest) -> str:
    """What this test's database is a clone of."""
    return request.getfixturevalue("attached") if original else "template"


@pytest.fixture
async def site_url(stack: Stack, template: str) -> AsyncIterator[str]:
    """The test's own database, as its superuser."""
    name = f"test_{next(_numbers)}"
    await _administer(stack, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    yield stack.database_url(name)
    await _administer(stack, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database_url(site_url: str, original: bool) -> str:
    """The test's own database, as the service connects to it."""
    return as_role(site_url) if original else site_url


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


@pytest.fixture(scope="session")
def object_store() -> Iterator[ObjectStore]:
    """One SeaweedFS a session: after being killed it takes many seconds to come back."""
    with TemporaryDirectory(prefix="pmd-store-") as folder:
        store = ObjectStore(Path(folder))
        store.start()
        os.environ.update(store.environ)  # the services that tests start find them there, as in production
        yield store
        store.stop()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What is marked so runs a second time: with the vault on an object store, or beside the original site."""
    marked = metafunc.definition.get_closest_marker
    if "vault_kind" in metafunc.fixturenames and marked("stores") and not marked("files_only"):
        metafunc.parametrize("vault_kind", ["files", "s3"])
    if "original" in metafunc.fixturenames and marked("beside") and not marked("own_tables"):
        values = [True] if metafunc.config.getoption("--original") else [False, True]
        metafunc.parametrize("original", values, ids=["beside" if value else "alone" for value in values])


@pytest.fixture
def vault_kind() -> str:
    return "files"


@pytest.fixture
def vault_url(request: pytest.FixtureRequest, vault_kind: str) -> str | None:
    """The VAULT_URL of this test: None for files."""
    if vault_kind == "files":
        return None
    store: ObjectStore = request.getfixturevalue("object_store")
    return store.vault_url(f"test-{next(_numbers)}")


@pytest.fixture
def settings(database_url: str, redis_url: str, vault_url: str | None, tmp_path: Path) -> Settings:
    vault = tmp_path / "vault"
    vault.mkdir()
    return Settings(
        database_url=database_url,
        redis_url=redis_url,
        vault_path=vault,
        vault_url=vault_url,
        vault_direct="off",
        base_url="https://makapix.club",
        jwt_secret_key=JWT_SECRET,
    )


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    async with await create_pool(database_url, application="tests", max_size=4) as opened:
        yield opened


@pytest.fixture
async def stored(settings: Settings) -> AsyncIterator[Vault]:
    """The vault that the service under test has, whatever keeps it."""
    async with opened_vault(settings) as vault:
        yield vault


@pytest.fixture
async def site(pool: Pool, settings: Settings, stored: Vault, site_url: str, original: bool) -> AsyncIterator[Site]:
    """The site's hands: what it writes into its own tables and its own vault."""
    if not original:
        yield Site(pool, settings, stored)
        return
    async with await create_pool(as_hands(site_url), application="tests", max_size=4) as hands:
        yield Site(hands, settings, stored)


Serve = Callable[[Settings], Awaitable[TestServer]]


@pytest.fixture
def serve(database_url: str, aiohttp_server: AiohttpServer) -> Serve:
    """Starts the web application as ``server.py`` does, as often as a test wants."""

    # The database comes first in the signature: it is dropped when the servers are closed, and not before.
    async def start(settings: Settings) -> TestServer:
        return await aiohttp_server(create_app(settings), shutdown_timeout=2)

    return start


@pytest.fixture
async def server(serve: Serve, settings: Settings) -> TestServer:
    return await serve(settings)


@pytest.fixture
async def api(server: TestServer, settings: Settings) -> AsyncIterator[Api]:
    async with Api(server.make_url("/"), settings) as opened:
        yield opened


@pytest.fixture
async def worker(site: Site, settings: Settings, stored: Vault) -> AsyncIterator[WorkerContext]:
    """What jobs work with, for tests that call them."""
    queues = Queues.connect(settings.redis_url)
    async with RemoteArtworks(user_agent="tests") as remote:
        yield WorkerContext(
            pool=site.pool,
            queues=queues,
            vault=stored,
            remote=remote,
            ids=PublicIds(settings.sqids_alphabet),
            settings=settings,
            mailer=None,
        )
    await queues.aclose()


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
