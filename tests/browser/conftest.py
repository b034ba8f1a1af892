"""A real Chromium at the real service."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any, Protocol

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, async_playwright, expect
from yarl import URL

from pmd_service.base.database import Pool
from pmd_service.base.settings import Settings
from pmd_service.outbox.queue import EMAIL

from ..conftest import Serve, WorkOff
from ..hang import HANG_SECONDS
from ..site import BORN, Api, Site
from .axe import LOOKS
from .chromium import find_chromium
from .contexts import Contexts
from .dashboard import Dashboard
from .pictures import picture

FLAGS = (
    "--no-sandbox",  # as root there is none to be had
    "--disable-gpu",
    "--renderer-process-limit=1",  # for each context; contexts share none anyway
)
PICTURES = 16

expect.set_options(timeout=HANG_SECONDS * 1000)


@pytest.fixture(name="_function_scoped_runner")
def one_loop(_session_scoped_runner: asyncio.Runner) -> asyncio.Runner:
    """All tests here share pytest-asyncio's loop of the session: a browser serves only the loop that has opened it."""
    return _session_scoped_runner


@pytest.fixture(scope="session")
def chromium() -> str:
    """Its path. Without windows and their furniture it takes half the processor's time, and draws the same."""
    path = find_chromium("chromium-headless-shell")
    assert path, "There is no Chromium here; “make browsers” says how to install one."
    return path


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """One for all the tests of a process: each has contexts of its own, as different people's tabs have."""
    async with (
        async_playwright() as playwright,
        await playwright.chromium.launch(executable_path=chromium, args=FLAGS) as launched,
    ):
        yield launched


class OpenTab(Protocol):
    def __call__(self, **options: Any) -> AbstractAsyncContextManager[Dashboard]: ...


@pytest.fixture(scope="session")
def port() -> Iterator[int]:
    """Every test's server has it in turn; bound all the time, it is given to nobody else in between."""
    with socket.socket() as kept:
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept.bind(("127.0.0.1", 0))
        yield kept.getsockname()[1]


@pytest.fixture
async def server(serve: Serve, settings: Settings, port: int) -> TestServer:
    return await serve(settings, port=port)


@pytest.fixture(scope="session")
def contexts(browser: Browser, port: int) -> Contexts:
    return Contexts(browser, URL(f"http://127.0.0.1:{port}/"))


@pytest.fixture
def open_tab(contexts: Contexts, api: Api) -> OpenTab:
    """Opens a tab of a new visitor: cookies and storage of its own."""
    return lambda **options: Dashboard.opened(contexts, api, **options)


@pytest.fixture
async def tab(open_tab: OpenTab) -> AsyncIterator[Dashboard]:
    async with open_tab() as opened:
        yield opened


@pytest.fixture(params=LOOKS)
async def axe_tab(request: pytest.FixtureRequest, open_tab: OpenTab) -> AsyncIterator[Dashboard]:
    """A tab in each of the looks that axe judges."""
    async with open_tab(**LOOKS[request.param]) as opened:
        yield opened


# But for mails, for which there is no server here.
_DUE = """
SELECT EXISTS (SELECT FROM work LEFT JOIN work_kinds ON name = kind
                WHERE state = 'waiting' AND turn IS NOT NULL AND paused_at IS NULL AND kind <> $1)
"""


@pytest.fixture
def work_off(work_off: WorkOff, pool: Pool) -> WorkOff:
    """Does all that is due: a page may show what is to be done before its ticket is there."""

    async def run() -> None:
        async with asyncio.timeout(HANG_SECONDS):
            await work_off()
            while await pool.fetchval(_DUE, EMAIL):
                await asyncio.sleep(0.05)
                await work_off()

    return run


class AddGallery(Protocol):
    async def __call__(self, owner: int, count: int) -> list[int]: ...


@pytest.fixture
def add_gallery(site: Site) -> AddGallery:
    """Many posts at once: “Artwork 1” is the oldest. Ids are given, oldest first."""

    async def add(owner: int, count: int) -> list[int]:
        for number in range(PICTURES):
            site.write(f"gallery/{number}.png", picture(number))
        rows = await site.pool.fetch(
            """
            INSERT INTO posts (owner_id, title, description, hashtags, art_url, width, height, frame_count, file_format,
                               file_bytes, view_count, created_at)
            SELECT $1, 'Artwork ' || n, CASE WHEN n % 10 = 0 THEN 'a lighthouse' END,
                   CASE WHEN n % 4 = 0 THEN '{sea}'::text[] ELSE '{sky,cloud}' END,
                   '/vault/gallery/' || n % $3 || '.png', 8, 8, 1, CASE WHEN n % 5 = 0 THEN 'gif' ELSE 'png' END,
                   1000 + n, n * 7 % 1000, $4::timestamptz + n * $5::interval
              FROM generate_series(1, $2) AS n
            RETURNING id""",
            owner,
            count,
            PICTURES,
            BORN,
            timedelta(minutes=1),
        )
        return sorted(row["id"] for row in rows)

    return add
