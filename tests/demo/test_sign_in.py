"""Signing in to the local demo."""

import re
from collections.abc import AsyncIterator

import aiohttp
import pytest
from pytest_aiohttp import AiohttpServer
from yarl import URL

from pmd_service.base.settings import Settings
from pmd_service.demo.sign_in import Visitor, sign_in_app
from pmd_service.demo.stack import free_port
from pmd_service.identity.session import COOKIE
from pmd_service.identity.tokens import Tokens

VISITORS = [
    Visitor(handle="pixelsmith", sqid="Uk", role="the artist", page_of="Uk"),
    Visitor(handle="nightwatch", sqid="Bz", role="a moderator", page_of="Uk", host="localhost"),
]


@pytest.fixture
async def door(settings: Settings, aiohttp_server: AiohttpServer) -> AsyncIterator[aiohttp.ClientSession]:
    port = free_port()
    await aiohttp_server(sign_in_app(settings, VISITORS, port), port=port)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


async def test_sign_in_link_sets_an_httponly_cookie_and_redirects(
    door: aiohttp.ClientSession, settings: Settings
) -> None:
    async with door.get("/pixelsmith", headers={"Sec-Fetch-Site": "none"}, allow_redirects=False) as response:
        assert response.status == 303
        assert response.headers["Location"] == f"http://127.0.0.1:{settings.port}/u/Uk/posts"
        cookie = response.cookies[COOKIE]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
        assert cookie["domain"] == ""
        claims = Tokens(settings).read(cookie.value)
        assert claims is not None
        assert claims.sub == "Uk"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_sign_in_from_another_site_is_refused(door: aiohttp.ClientSession, site: str) -> None:
    async with door.get("/pixelsmith", headers={"Sec-Fetch-Site": site}, allow_redirects=False) as response:
        assert response.status == 403
        assert not response.cookies
        assert "Another page sent you here" in await response.text()


async def test_each_demo_user_has_a_host_name_and_a_session(door: aiohttp.ClientSession, settings: Settings) -> None:
    async with door.get("/nightwatch", allow_redirects=False) as response:
        assert response.status == 303
        assert not response.cookies
        other = URL(response.headers["Location"])
        assert other.host == "localhost"
    # To the browser the other name is another site; its link works once.
    theirs = {"Host": f"localhost:{other.port}", "Sec-Fetch-Site": "cross-site"}
    async with door.get(other.relative(), headers=theirs, allow_redirects=False) as response:
        assert response.headers["Location"] == f"http://localhost:{settings.port}/u/Uk/posts"
        assert COOKIE in response.cookies
    async with door.get(other.relative(), headers=theirs, allow_redirects=False) as response:
        assert response.status == 403


async def test_foreign_host_name_is_refused(door: aiohttp.ClientSession) -> None:
    async with door.get("/pixelsmith", headers={"Host": "rebound.example"}, allow_redirects=False) as response:
        assert response.status == 421
        assert not response.cookies


async def test_sign_in_page_links_all_users_and_404s_unknown_names(door: aiohttp.ClientSession) -> None:
    async with door.get("/") as response:
        assert re.findall(r'href="/(\w+)"', await response.text()) == ["pixelsmith", "nightwatch"]
    async with door.get("/fan-01") as response:
        assert response.status == 404
