"""The page behind the routing of docs/site.md, step 7: next to a site whose API knows bearer tokens only."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import expect
from pytest_aiohttp import AiohttpServer

from pmd_service.base.settings import Settings
from pmd_service.demo.stack import free_port

from ..built_page import is_development
from ..conftest import Serve
from ..hang import HANG_SECONDS
from ..ops.proxies import (
    CADDYFILE,
    NGINX_CONF,
    Running,
    api_behind,
    needs_caddy,
    needs_nginx,
    running_caddy,
    running_nginx,
)
from ..site import Site
from .conftest import AddGallery
from .contexts import Contexts
from .dashboard import Dashboard

# After this long at the earliest, a list is fetched again where there is no stream.
POLL_MS = 5000


@pytest.fixture
def asked() -> list[str]:
    """What the site's API was asked."""
    return []


@pytest.fixture
async def club(aiohttp_server: AiohttpServer, settings: Settings, asked: list[str]) -> TestServer:
    """A stand-in of the site: its vault, its pages, and its API, at paths with and without /api."""

    async def answer(request: web.Request) -> web.StreamResponse:
        path = request.path.removeprefix("/api")
        if path.startswith("/vault/"):
            return web.FileResponse(settings.vault_path / path.removeprefix("/vault/"))
        asked.append(path)
        if path in ("/auth/me", "/license") and "Authorization" not in request.headers:
            return web.json_response({"detail": "Not authenticated"}, status=401)
        return web.Response(text="the site")

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    return await aiohttp_server(application)


@pytest.fixture
async def tab(
    serve: Serve, settings: Settings, club: TestServer, contexts: Contexts, tmp_path: Path, recipe: tuple[Running, Path]
) -> AsyncIterator[Dashboard]:
    """A tab at the proxy in front of both."""
    (running, file), port = recipe, free_port()
    settings = msgspec.structs.replace(settings, base_url=f"https://127.0.0.1:{port}")
    server = await serve(settings)
    async with AsyncExitStack() as opened:
        url = await opened.enter_async_context(running(file.read_text(), server, tmp_path, site=club, port=port))
        api = await opened.enter_async_context(api_behind(url, settings))
        yield await opened.enter_async_context(Dashboard.opened(contexts, api, ignore_https_errors=True))


@pytest.mark.parametrize(
    "recipe",
    [
        pytest.param((running_nginx, NGINX_CONF), marks=needs_nginx, id="nginx"),
        pytest.param((running_caddy, CADDYFILE), marks=needs_caddy, id="caddy"),
    ],
)
async def test_a_page_signed_in_by_cookie_never_calls_the_sites_api(
    site: Site, tab: Dashboard, add_gallery: AddGallery, asked: list[str]
) -> None:
    artist = await site.add_user()
    await add_gallery(artist, 20)
    await tab.open(artist, of=site.sqid(artist), posts=20)
    await expect(tab.page.get_by_text("Live")).to_be_visible()
    async with asyncio.timeout(HANG_SECONDS):  # the last of what the page asks for, once it is idle
        while not all(any(last in each.url for each in tab.requests) for last in ("/pmd/jobs", "/pmd/uploads")):
            await asyncio.sleep(0.05)
    calls = [each for each in tab.requests if "/api/" in each.url and not each.url.endswith("/me")]
    began = calls[0].timing["startTime"]
    # A busy machine may open the stream late, or keep it silent: lists are polled meanwhile, and it is opened again.
    sent = Counter((each.method, each.url) for each in calls if each.timing["startTime"] < began + POLL_MS)
    twice = [request for request, count in sent.items() if count > 1]
    assert is_development() or twice == [], "nothing is asked twice"

    async with tab.page.expect_response(re.compile("/api/.*/me$")) as probed:
        await tab.page.evaluate("window.dispatchEvent(new Event('focus'))")
    assert (await probed.value).status == 200
    await tab.click_row(1)
    await tab.act("Hide")
    await tab.hears("1 post hidden")
    await tab.page.goto(f"/u/{site.sqid(artist)}/library")
    await expect(tab.page.get_by_role("main")).to_be_visible()
    await tab.has_closed()
    assert asked == []

    tab.faults.provoke(401)
    await tab.context.clear_cookies()
    await tab.page.evaluate("window.dispatchEvent(new Event('focus'))")
    await expect(tab.dialog).to_contain_text("Your session has ended")
