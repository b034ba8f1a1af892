"""docs/operations/nginx.conf and Caddyfile, run by the nginx and the Caddy that a Debian brings."""

import asyncio
import hashlib
import io
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
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
from ..site import Answer, Site
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
THE_SITES = {"/", "/api/auth/me", "/api/license", "/robots.txt", "/ai.txt", "/.well-known/tdmrep.json"}
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
async def test_nginx_answers_a_flood_of_requests_with_429(
    server: TestServer, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    recipe = NGINX_CONF.read_text()
    for path, rate, most in (("/healthz", "rate=100r/s", 301), (f"/p/dragons-{'2' * 22}", "rate=10r/s", 201)):
        assert rate in recipe
        # However slow this machine is, none is earned back meanwhile.
        slower = recipe.replace(rate, "rate=1r/m")
        with subtests.test(path=path):
            folder = tmp_path / str(most)
            folder.mkdir()
            connector = aiohttp.TCPConnector(ssl=False, limit=0)
            async with (
                running_nginx(slower, server, folder) as proxied,
                aiohttp.ClientSession(proxied, connector=connector) as client,
            ):

                async def ask(client: aiohttp.ClientSession = client, path: str = path) -> Answer:
                    async with client.get(path) as answer:
                        return Answer(answer.status, answer.headers, await answer.read())

                asked = [asyncio.create_task(ask()) for _ in range(most + 5)]
                statuses = Counter[int]()
                async with asyncio.timeout(HANG_SECONDS):
                    for done in asyncio.as_completed(asked):
                        answer = await done
                        statuses[answer.status] += 1
                        if statuses[429] == 5:
                            break
                for task in asked:
                    task.cancel()
                assert answer.headers["Content-Type"] == "application/problem+json"
                assert answer.headers["Retry-After"] == "1"
                assert answer.json["type"] == "urn:pmd:problem:too-many-at-once"
                assert (await client.get("/readyz")).status == 200


class Recorder:
    """In the service's place: notes what reaches it, and answers on demand."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        self.answers = asyncio.Event()
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = len(self.received)
        self.received.append(b"")
        with suppress(ConnectionError):
            while b"\r\n\r\n" not in self.received[number] or not self.answers.is_set():
                if not (data := await reader.read(1 << 16)):
                    break
                self.received[number] += data
            writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
            writer.close()


@pytest.fixture
async def recorder() -> AsyncIterator[Recorder]:
    recorder = Recorder()
    server = await asyncio.start_server(recorder.serve, "127.0.0.1", 0)
    recorder.port = server.sockets[0].getsockname()[1]
    yield recorder
    server.close()


async def connected(url: URL, request: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection on which this much of a request has been sent."""
    reader, writer = await asyncio.open_connection(url.host, url.port, ssl=trusting())
    writer.write(request)
    await writer.drain()
    return reader, writer


@needs_nginx
async def test_nginx_limits_the_open_requests_of_one_address(recorder: Recorder, tmp_path: Path) -> None:
    async with running_nginx(NGINX_CONF.read_text(), recorder, tmp_path) as proxied, asyncio.timeout(HANG_SECONDS):
        request = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
        held = [await connected(proxied, request) for _ in range(200)]
        while len(recorder.received) < len(held):
            await asyncio.sleep(0.01)
        reader, writer = await connected(proxied, request)
        assert await reader.readuntil(b"\r\n") == b"HTTP/1.1 429 Too Many Requests\r\n"
        assert len(recorder.received) == len(held)
        for _, each in [*held, (reader, writer)]:
            each.transport.abort()


@needs_nginx
async def test_nginx_collects_chunks_of_one_byte(recorder: Recorder, tmp_path: Path, subtests: pytest.Subtests) -> None:
    head = b" HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with running_nginx(NGINX_CONF.read_text(), recorder, tmp_path) as proxied, asyncio.timeout(HANG_SECONDS):
        with subtests.test("a body is passed on once it is complete, with its length"):
            reader, writer = await connected(proxied, b"POST /api/pmd/action" + head)
            for _ in range(20):
                writer.write(b"1\r\n7\r\n")
                await writer.drain()
                await asyncio.sleep(0.01)
            assert recorder.received == []
            recorder.answers.set()
            writer.write(b"0\r\n\r\n")
            assert await reader.readuntil(b"\r\n") == b"HTTP/1.1 204 No Content\r\n"
            writer.close()
            assert recorder.received[0].endswith(b"\r\n\r\n" + b"7" * 20)
            assert b"Content-Length: 20\r\n" in recorder.received[0]
        with subtests.test("an upload's chunks are joined"):
            recorder.answers.clear()
            reader, writer = await connected(proxied, b"PATCH /api/pmd/uploads/1/files/1" + head)
            writer.write(b"1\r\n7\r\n" * 50_000)
            while len(recorder.received) < 2 or recorder.received[1].count(b"7") < 50_000:
                await asyncio.sleep(0.01)
            writer.transport.abort()
            _, _, body = recorder.received[1].partition(b"\r\n\r\n")
            assert len(body) < 60_000, "of 300,000 bytes of chunks"


@needs_nginx
async def test_a_malformed_request_ends_at_nginx(recorder: Recorder, tmp_path: Path, subtests: pytest.Subtests) -> None:
    async with running_nginx(NGINX_CONF.read_text(), recorder, tmp_path) as proxied, asyncio.timeout(HANG_SECONDS):
        for request in (
            b"nothing\r\n\r\n",
            b"GET /healthz HTTP/1.1\r\n\r\n",
            b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Odd: \0\r\n\r\n",
            b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Long: " + 9000 * b"q" + b"\r\n\r\n",
            b"GET /healthz HTTP/1.1\r\nHost: a\r\n" + 5000 * b"X-Many: q\r\n" + b"\r\n",
            b"POST /api/pmd/action HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n",
        ):
            with subtests.test(request=request[:70]):
                reader, writer = await connected(proxied, request)
                assert (await reader.readuntil(b"\r\n")).startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 431 "))
                writer.transport.abort()
        assert recorder.received == []


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
    context = trusting("h2", "http/1.1")
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
        assert line["sha256"] == hashlib.sha256(FILM).hexdigest()


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
