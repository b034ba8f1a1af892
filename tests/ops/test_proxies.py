"""docs/operations/nginx.conf and Caddyfile, run by the nginx and the Caddy that a Debian brings."""

import asyncio
import hashlib
import io
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pytest_aiohttp import AiohttpServer
from yarl import URL

from pmd_service.base.settings import Settings

from ..conftest import WorkOff
from ..events.sse import opened
from ..hang import HANG_SECONDS
from ..site import Site
from ..uploads.sender import BYTES, TUS, Sender, announced
from .proxies import (
    CADDYFILE,
    NGINX_CONF,
    api_behind,
    needs_caddy,
    needs_nginx,
    running_caddy,
    running_nginx,
    trusting,
)

# nginx and Caddy with the recipes of docs/operations.
PROXIES = {"nginx": (running_nginx, NGINX_CONF), "caddy": (running_caddy, CADDYFILE)}


@pytest.fixture(params=[pytest.param("nginx", marks=needs_nginx), pytest.param("caddy", marks=needs_caddy)])
def proxy(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def proxied(proxy: str, server: TestServer, tmp_path: Path) -> AsyncIterator[URL]:
    running, recipe = PROXIES[proxy]
    async with running(recipe.read_text(), server, tmp_path) as url:
        yield url


@pytest.fixture
async def behind_nginx(server: TestServer, tmp_path: Path) -> AsyncIterator[URL]:
    async with running_nginx(NGINX_CONF.read_text(), server, tmp_path) as url:
        yield url


@pytest.fixture
async def buffering(server: TestServer, tmp_path: Path) -> AsyncIterator[URL]:
    """An nginx that knows nothing of uploads: it reads a body to its end before it passes it on."""
    unbuffered = "proxy_request_buffering off;"
    recipe = NGINX_CONF.read_text()
    assert unbuffered in recipe
    async with running_nginx(recipe.replace(unbuffered, ""), server, tmp_path) as url:
        yield url


# Of ours these are the site's, where there is one.
THE_SITES = {"/", "/api/auth/me", "/api/license"}
INSIDE_ONLY = {"/metrics", "/readyz"}


async def test_proxy_routes_our_urls_to_the_service_and_others_to_the_site(
    proxy: str, server: TestServer, tmp_path: Path, aiohttp_server: AiohttpServer
) -> None:
    running, recipe = PROXIES[proxy]

    async def the_site(request: web.Request) -> web.Response:
        client = request.headers["X-Forwarded-For"]
        return web.Response(text=f"the site at {request.path}", headers={"X-Client": client})

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", the_site)
    site = await aiohttp_server(application)
    ours = {str(resource.canonical) for resource in server.app.router.resources()} - THE_SITES
    theirs = THE_SITES | {"/u/artist", "/p/a-post", "/api/posts", "/vault/art/1.png", "/u/a/b/posts", "/api/docsify"}
    async with (
        running(recipe.read_text(), server, tmp_path, site=site) as proxied,
        aiohttp.ClientSession(proxied, connector=aiohttp.TCPConnector(ssl=False)) as browser,
    ):
        ours = {path.replace("{address}", f"dragons-{'A' * 22}") for path in ours}
        for path in {re.sub(r"\{\w+\}", "1", path) for path in ours} | theirs:
            async with browser.get(path, headers={"X-Forwarded-For": "192.0.2.66"}) as answer:
                at = path.removeprefix("/api") if proxy == "caddy" else path  # as the worked example's API expects it
                is_the_sites = await answer.text() == f"the site at {at}"
                assert is_the_sites == (path in theirs), path
                assert answer.headers.get("X-Client", "127.0.0.1") == "127.0.0.1"
                assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
                assert answer.headers["Server"] == ("nginx" if proxy == "nginx" else "Caddy")


@needs_nginx
async def test_proxy_limits_anonymous_requests(server: TestServer, tmp_path: Path) -> None:
    rate = "rate=10r/s"
    recipe = NGINX_CONF.read_text()
    assert rate in recipe
    # However slow this machine is, none comes back meanwhile.
    async with (
        running_nginx(recipe.replace(rate, "rate=1r/m"), server, tmp_path) as proxied,
        aiohttp.ClientSession(proxied, connector=aiohttp.TCPConnector(ssl=False)) as stranger,
    ):

        async def visit(number: int) -> int:
            async with stranger.get(f"/p/dragons-{number:022}") as answer:
                return answer.status

        statuses = await asyncio.gather(*map(visit, range(240)))
        assert set(statuses) == {404, 429}
        async with stranger.get("/healthz") as answer:
            assert answer.status == 200


async def test_proxy_passes_calls_streams_limits_and_ranges(
    site: Site, settings: Settings, proxied: URL, work_off: WorkOff
) -> None:
    artist = await site.add_user()
    await site.add_posts(artist, 20)
    async with api_behind(proxied, settings) as api:
        listed = await api.get("/api/pmd/posts", user=artist)
        assert (listed.status, listed.json["total_count"]) == (200, 20)
        assert len(listed.headers["X-Request-ID"]) >= 32
        async with asyncio.timeout(HANG_SECONDS), opened(api, artist) as stream:
            await stream.until("connected")
            # What is sent afterwards comes at once, and is not kept until there is more.
            request = await api.post("/api/pmd/bdr", {"post_ids": [listed.json["items"][0]["id"]]}, user=artist)
            assert request.status == 202
            await stream.until("bdr_update")
        json = {"Content-Type": "application/json"}
        long = io.BytesIO(b" " * (2 << 20))
        too_long = await api.call("POST", "/api/pmd/action", user=artist, headers=json, data=long)
        assert too_long.status == 413
        await work_off()
        download = f"/api/pmd/bdr/{request.json['id']}/download"
        whole = await api.get(download, user=artist)
        assert whole.headers["Content-Length"] == str(len(whole.body))
        conditions = {"Range": "bytes=10-99", "If-Range": whole.headers["ETag"]}
        part = await api.get(download, user=artist, headers=conditions)
        assert (part.status, part.body) == (206, whole.body[10:100])
        assert (await api.call("GET", "/metrics")).status == 200


async def test_proxy_offers_http_2(proxied: URL) -> None:
    context = trusting()
    context.set_alpn_protocols(["h2", "http/1.1"])
    _reader, writer = await asyncio.open_connection(proxied.host, proxied.port, ssl=context)
    assert writer.get_extra_info("ssl_object").selected_alpn_protocol() == "h2"
    writer.close()


@needs_nginx
async def test_proxy_keeps_idle_connections_away_from_the_service(server: TestServer, behind_nginx: URL) -> None:
    async with asyncio.timeout(HANG_SECONDS):
        silent = [
            await asyncio.open_connection(behind_nginx.host, behind_nginx.port, ssl=trusting()) for _ in range(50)
        ]
        for _, writer in silent:
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ")  # and the headers do not end
            await writer.drain()
        async with aiohttp.ClientSession(behind_nginx, connector=aiohttp.TCPConnector(ssl=trusting())) as session:
            assert (await session.get("/healthz")).status == 200
    assert server.runner is not None
    assert server.runner.server is not None
    assert len(server.runner.server.connections) == 1, "that of the requesting client"
    for _, writer in silent:
        writer.transport.abort()


FILM = bytes(range(256)) * 16_384  # 4 MiB, more than any buffer on its way


async def in_parts(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), 1 << 16):
        yield data[start : start + (1 << 16)]


async def begin_and_cut(sender: Sender, url: str, sent: int, *, until: Callable[[], bool]) -> None:
    """A PATCH of the whole film that is cut when so much of it has been sent and ``until`` returns."""
    api = sender.api
    _, writer = await asyncio.open_connection(api.root.host, api.root.port, ssl=trusting())
    headers = TUS | api.sign(sender.user) | {"Host": api.root.authority, "Upload-Offset": "0", "Content-Type": BYTES}
    lines = [f"PATCH {url} HTTP/1.1", f"Content-Length: {len(FILM)}", *(f"{k}: {v}" for k, v in headers.items())]
    writer.write("\r\n".join([*lines, "", ""]).encode() + FILM[:sent])
    await writer.drain()
    async with asyncio.timeout(HANG_SECONDS):
        while not until():
            await asyncio.sleep(0.01)
    writer.transport.abort()


async def test_interrupted_upload_through_a_proxy_resumes_at_its_offset(
    site: Site, settings: Settings, proxied: URL
) -> None:
    async with api_behind(proxied, settings) as api:
        sender = Sender(api, await site.add_user())
        url = (await sender.announce(announced("film.mp4", FILM))).json["files"][0]["url"]
        received = settings.vault_path / "incoming" / url.rpartition("/")[2]

        await begin_and_cut(
            sender, url, 3_000_000, until=lambda: received.exists() and received.stat().st_size > 1_000_000
        )
        head = await sender.head(url)
        offset = int(head.headers["Upload-Offset"])
        assert (head.status, head.headers["Tus-Resumable"]) == (200, "1.0.0")
        assert 1_000_000 < offset <= 3_000_000
        wrong = await sender.patch(url, FILM[:10], 0)
        assert (wrong.status, wrong.headers["Upload-Offset"]) == (409, str(offset))

        rest = await sender.patch(url, in_parts(FILM[offset:]), offset)
        assert (rest.status, rest.headers["Upload-Offset"]) == (204, str(len(FILM)))
        assert received.read_bytes() == FILM
        (line,) = await sender.lines(url.split("/")[4])
        assert line["hash"] == hashlib.sha256(FILM).hexdigest()


@needs_nginx
async def test_buffering_nginx_loses_the_interrupted_request_only(
    site: Site, settings: Settings, buffering: URL
) -> None:
    async with api_behind(buffering, settings) as api:
        sender = Sender(api, await site.add_user())
        url = (await sender.announce(announced("film.mp4", FILM))).json["files"][0]["url"]

        await begin_and_cut(sender, url, 3_000_000, until=lambda: True)
        assert (await sender.head(url)).headers["Upload-Offset"] == "0"
        for offset in range(0, len(FILM), 1 << 20):  # a client that sends in chunks goes on behind its last one
            answer = await sender.patch(url, FILM[offset : offset + (1 << 20)], offset)
            assert (answer.status, answer.headers["Upload-Offset"]) == (204, str(offset + (1 << 20)))
        assert (settings.vault_path / "incoming" / url.rpartition("/")[2]).read_bytes() == FILM
