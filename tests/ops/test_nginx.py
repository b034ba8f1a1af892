"""docs/operations/nginx.conf, run by the nginx that a Debian brings."""

import asyncio
import hashlib
import io
import re
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pytest_aiohttp import AiohttpServer
from yarl import URL

from pmd_service.base.settings import Settings
from pmd_service.demo.stack import free_port

from ..events.sse import opened
from ..hang import HANG_SECONDS
from ..site import Api, Site
from ..uploads.sender import BYTES, TUS, Sender, announced

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin")
RECIPE = Path(__file__).parents[2] / "docs" / "operations" / "nginx.conf"

pytestmark = pytest.mark.skipif(NGINX is None, reason="no nginx is installed (apt-get install nginx-light)")


@pytest.fixture
async def proxied(server: TestServer, tmp_path: Path) -> AsyncIterator[URL]:
    async with running_nginx(RECIPE.read_text(), server, tmp_path) as url:
        yield url


@pytest.fixture
async def buffering(server: TestServer, tmp_path: Path) -> AsyncIterator[URL]:
    """An nginx that knows nothing of uploads: it reads a body to its end before it passes it on."""
    unbuffered = "proxy_request_buffering off;"
    recipe = RECIPE.read_text()
    assert unbuffered in recipe
    async with running_nginx(recipe.replace(unbuffered, ""), server, tmp_path) as url:
        yield url


@asynccontextmanager
async def running_nginx(
    recipe: str, server: TestServer, tmp_path: Path, *, site: TestServer | None = None
) -> AsyncIterator[URL]:
    """The recipe with this test's addresses and a certificate of its own; everything else as it stands."""
    port, certificate, key = free_port(), tmp_path / "cert.pem", tmp_path / "key.pem"
    sign(certificate, key)
    for ours, here in (
        ("127.0.0.1:8080", f"127.0.0.1:{server.port}"),
        ("127.0.0.1:8000", f"127.0.0.1:{(site or server).port}"),
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("/etc/ssl/certs/makapix.club.pem", str(certificate)),
        ("/etc/ssl/private/makapix.club.key", str(key)),
    ):
        assert ours in recipe
        recipe = recipe.replace(ours, here)
    folders = "\n".join(
        f"{name}_temp_path {tmp_path}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    configuration = tmp_path / "nginx.conf"
    configuration.write_text(
        f"""user {tmp_path.owner()};
            pid {tmp_path}/nginx.pid; error_log {tmp_path}/error.log; daemon off;
            events {{}}
            http {{ access_log off; {folders}
            {recipe} }}"""
    )
    assert NGINX is not None
    process = subprocess.Popen([NGINX, "-p", str(tmp_path), "-c", str(configuration)], stderr=subprocess.PIPE)  # noqa: ASYNC220 - it runs as long as the test
    try:
        async with asyncio.timeout(HANG_SECONDS):
            while not await answers(port):
                assert process.poll() is None, process.stderr and process.stderr.read()
                await asyncio.sleep(0.05)
        yield URL(f"https://127.0.0.1:{port}/")
    finally:
        process.terminate()
        process.communicate()


async def answers(port: int) -> bool:
    try:
        _reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        return False
    writer.close()
    return True


def sign(certificate: Path, key: Path) -> None:
    private, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "makapix.club")])
    builder = x509.CertificateBuilder(name, name, private.public_key(), x509.random_serial_number())
    signed = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1)).sign(private, hashes.SHA256())
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


@asynccontextmanager
async def api_behind(url: URL, settings: Settings) -> AsyncIterator[Api]:
    async with Api(url, settings) as api:
        await api.session.close()
        api.session = aiohttp.ClientSession(url, connector=aiohttp.TCPConnector(ssl=trusting()))
        yield api


# Of ours these are the site's, where there is one.
THE_SITES = {"/", "/api/auth/me", "/api/license"}
INSIDE_ONLY = {"/metrics", "/readyz"}


async def test_each_of_our_addresses_comes_to_us_and_everything_else_to_the_site(
    server: TestServer, tmp_path: Path, aiohttp_server: AiohttpServer
) -> None:
    async def the_site(_request: web.Request) -> web.Response:
        return web.Response(text="the site")

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", the_site)
    site = await aiohttp_server(application)
    ours = {str(resource.canonical) for resource in server.app.router.resources()} - THE_SITES
    theirs = THE_SITES | {"/u/somebody", "/p/a-post", "/api/posts", "/vault/art/1.png", "/u/a/b/posts", "/api/docsify"}
    async with (
        running_nginx(RECIPE.read_text(), server, tmp_path, site=site) as proxied,
        aiohttp.ClientSession(proxied, connector=aiohttp.TCPConnector(ssl=False)) as browser,
    ):
        ours = {path.replace("{address}", f"dragons-{'A' * 22}") for path in ours}
        for path in {re.sub(r"\{\w+\}", "1", path) for path in ours} | theirs:
            async with browser.get(path) as answer:
                is_the_sites = await answer.text() == "the site"
                assert is_the_sites == (path in theirs), path
                assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
                assert answer.headers["Server"] == "nginx"


async def test_strangers_who_ask_all_the_time_are_told_to_wait(server: TestServer, tmp_path: Path) -> None:
    rate = "rate=10r/s"
    recipe = RECIPE.read_text()
    assert rate in recipe
    # However slow this machine is, none comes back while it asks.
    async with (
        running_nginx(recipe.replace(rate, "rate=1r/m"), server, tmp_path) as proxied,
        aiohttp.ClientSession(proxied, connector=aiohttp.TCPConnector(ssl=False)) as stranger,
    ):

        async def look(number: int) -> int:
            async with stranger.get(f"/p/dragons-{number:022}") as answer:
                return answer.status

        statuses = await asyncio.gather(*map(look, range(240)))
        assert set(statuses) == {404, 429}
        async with stranger.get("/healthz") as answer:
            assert answer.status == 200


async def test_calls_streams_and_limits_pass_through_nginx(site: Site, settings: Settings, proxied: URL) -> None:
    artist = await site.add_user()
    await site.add_posts(artist, 20)
    async with api_behind(proxied, settings) as api:
        listed = await api.get("/api/pmd/posts", user=artist)
        assert (listed.status, listed.json["total_count"]) == (200, 20)
        assert len(listed.headers["X-Request-ID"]) == 32
        async with asyncio.timeout(HANG_SECONDS), opened(api, artist) as stream:
            await stream.until("connected")
            # What is told afterwards comes at once, and is not kept until there is more.
            request = await api.post("/api/pmd/bdr", {"post_ids": [listed.json["items"][0]["id"]]}, user=artist)
            assert request.status == 202
            await stream.until("bdr_update")
        too_long = await api.call("POST", "/api/pmd/action", user=artist, data=io.BytesIO(b" " * (2 << 20)))
        assert too_long.status == 413
        assert (await api.call("GET", "/metrics")).status == 200


async def test_browsers_are_offered_http_2(proxied: URL) -> None:
    context = trusting()
    context.set_alpn_protocols(["h2", "http/1.1"])
    _reader, writer = await asyncio.open_connection(proxied.host, proxied.port, ssl=context)
    assert writer.get_extra_info("ssl_object").selected_alpn_protocol() == "h2"
    writer.close()


async def test_who_says_nothing_waits_at_nginx_and_not_at_the_service(server: TestServer, proxied: URL) -> None:
    async with asyncio.timeout(HANG_SECONDS):
        silent = [await asyncio.open_connection(proxied.host, proxied.port, ssl=trusting()) for _ in range(50)]
        for _, writer in silent:
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ")  # and the headers do not end
            await writer.drain()
        async with aiohttp.ClientSession(proxied, connector=aiohttp.TCPConnector(ssl=trusting())) as session:
            assert (await session.get("/healthz")).status == 200
    assert server.runner is not None
    assert server.runner.server is not None
    assert len(server.runner.server.connections) == 1, "that of the one who asked"
    for _, writer in silent:
        writer.transport.abort()


FILM = bytes(range(256)) * 16_384  # 4 MiB, more than any buffer on its way holds


async def in_parts(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), 1 << 16):
        yield data[start : start + (1 << 16)]


async def begin_and_cut(sender: Sender, url: str, sent: int, *, until: Callable[[], bool]) -> None:
    """A PATCH of the whole film that is cut when so much of it has been sent and ``until`` says so."""
    api = sender.api
    _, writer = await asyncio.open_connection(api.root.host, api.root.port, ssl=trusting())
    headers = TUS | api.sign(sender.user) | {"Host": "x", "Upload-Offset": "0", "Content-Type": BYTES}
    lines = [f"PATCH {url} HTTP/1.1", f"Content-Length: {len(FILM)}", *(f"{k}: {v}" for k, v in headers.items())]
    writer.write("\r\n".join([*lines, "", ""]).encode() + FILM[:sent])
    await writer.drain()
    async with asyncio.timeout(HANG_SECONDS):
        while not until():
            await asyncio.sleep(0.01)
    writer.transport.abort()


async def test_a_cut_upload_is_resumed_through_nginx_where_it_stopped(
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


async def test_an_nginx_that_buffers_requests_loses_the_cut_one_and_nothing_else(
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
