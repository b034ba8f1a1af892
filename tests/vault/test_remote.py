"""Remote artworks: what is fetched, what is refused for good, and what may be tried again."""

import asyncio
import datetime
import errno
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp.connector
import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pmd_service.vault import ArtworkTooLargeError, ArtworkUnavailableError, RemoteArtworks, RemoteFaultError
from pmd_service.vault.remote import user_agent

from ..origin import Origin, here_or_public

MAX_BYTES = 1000


@pytest.fixture
async def origin() -> AsyncIterator[Origin]:
    async with Origin() as running:
        yield running


@pytest.fixture
async def remote() -> AsyncIterator[RemoteArtworks]:
    """A client that also reaches the origin."""
    async with RemoteArtworks(user_agent="Site/1", is_allowed=here_or_public) as client:
        yield client


@pytest.fixture
async def guarded() -> AsyncIterator[RemoteArtworks]:
    """The client as the service has it."""
    async with RemoteArtworks(user_agent="Site/1") as client:
        yield client


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "target"


async def refusal(remote: RemoteArtworks, url: str, target: Path, *, max_bytes: int = MAX_BYTES) -> str:
    with pytest.raises(ArtworkUnavailableError) as refused:
        await remote.fetch(url, target, max_bytes=max_bytes)
    assert not target.exists()
    return str(refused.value)


async def fault(remote: RemoteArtworks, url: str, target: Path) -> None:
    with pytest.raises(RemoteFaultError):
        await remote.fetch(url, target, max_bytes=MAX_BYTES)
    assert not target.exists()


async def test_an_artwork_is_stored_as_it_comes(remote: RemoteArtworks, origin: Origin, target: Path) -> None:
    assert await remote.fetch(origin.gives("/a.png", b"pixels"), target, max_bytes=6) == 6
    assert target.read_bytes() == b"pixels"


async def test_the_site_introduces_itself_and_asks_for_the_bytes_as_they_are(
    remote: RemoteArtworks, origin: Origin, target: Path
) -> None:
    await remote.fetch(origin.gives("/a.png", b"pixels"), target, max_bytes=MAX_BYTES)
    sent = origin.headers[0]
    assert (sent["User-Agent"], sent["Accept-Encoding"]) == ("Site/1", "identity")
    assert not {"Cookie", "Referer", "Authorization"} & set(sent)
    assert user_agent("Makapix Club\r\nX: é", "https://makapix.club") == (
        "Makapix-Club-X-downloads/1 (+https://makapix.club)"
    )


async def test_no_cookie_is_kept(remote: RemoteArtworks, origin: Origin, target: Path) -> None:
    url = origin.gives("/a.png", b"pixels", Set_Cookie="id=42; Path=/")
    for _ in range(2):
        await remote.fetch(url, target, max_bytes=MAX_BYTES)
    assert "Cookie" not in origin.headers[1]


async def test_a_proxy_in_the_environment_is_ignored(
    origin: Origin, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with RemoteArtworks(user_agent="Site/1", is_allowed=here_or_public) as remote:
        assert await remote.fetch(origin.gives("/a.png", b"pixels"), target, max_bytes=MAX_BYTES) == 6


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/a.png",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        "//example.com/a.png",
        "a.png",
        "",
        "http://",
        "http:///a.png",
        "http://example.com:99999/a.png",
        "http://example.com:port/a.png",
        "http://[::1/a.png",
        "http://[nonsense]/a.png",
        "http://user@example.com/a.png",
        "http://user:secret@example.com/a.png",
        "http://:secret@example.com/a.png",
        "http://example.com:0/a.png",
        "http://example.com:22/a.png",
        "https://example.com:25/a.png",
        "http://" + "a" * 64 + ".example/a.png",
        "http://a..example/a.png",
        "http://exa mple.com/a.png",
        "http://example.com\x00.evil/a.png",
        "http://\u2100.example/a.png",
        "http://xn--/a.png",
        "http://[]a@",
    ],
)
async def test_an_address_that_is_not_a_plain_web_address_is_refused(
    guarded: RemoteArtworks, url: str, target: Path
) -> None:
    reason = await refusal(guarded, url, target)
    assert reason.endswith(".")
    assert "secret" not in reason


PRIVATE_HOSTS = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0177.0.0.1",
    "0x7f.0.0.1",
    "0x7f000001",
    "017700000001",
    "①②⑦.0.0.1",
    "0.0.0.0",
    "10.0.0.1",
    "169.254.169.254",
    "192.168.0.1",
    "100.64.0.1",
    "224.0.0.1",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:a9fe:a9fe]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[fe80::1%25lo]",
    "[fd00::1]",
    "localhost",
]


@pytest.mark.parametrize("host", PRIVATE_HOSTS)
async def test_an_address_that_is_not_public_is_refused(
    guarded: RemoteArtworks, origin: Origin, host: str, target: Path
) -> None:
    await refusal(guarded, f"http://{host}:{origin.port}/secret", target)
    assert origin.asked == []


# The guard of this test has a hole at 127.0.0.1, whatever it is called.
THE_HOLE = {"127.0.0.1", "0x7f.0.0.1", "0x7f000001", "①②⑦.0.0.1", "localhost"}


@pytest.mark.parametrize("host", ["127.0.0.2", *(host for host in PRIVATE_HOSTS if host not in THE_HOLE)])
async def test_a_redirect_is_looked_at_as_closely_as_the_first_address(
    remote: RemoteArtworks, origin: Origin, host: str, target: Path
) -> None:
    await refusal(remote, origin.redirects("/a.png", f"http://{host}:{origin.port}/secret"), target)
    assert origin.asked == ["/a.png"]


@pytest.mark.parametrize("onward", ["file:///etc/passwd", "http://user:pw@127.0.0.1/", "http://[oops/", "ftp://x/"])
async def test_a_redirect_to_something_else_than_a_web_address_is_refused(
    remote: RemoteArtworks, origin: Origin, onward: str, target: Path
) -> None:
    await refusal(remote, origin.redirects("/a.png", onward), target)


async def test_a_redirect_to_nowhere_is_refused(remote: RemoteArtworks, origin: Origin, target: Path) -> None:
    reason = await refusal(remote, origin.gives("/a.png", b"", status=302), target)
    assert reason == "The artwork's address redirects to nowhere."


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_followed_relative_ones_too(
    remote: RemoteArtworks, origin: Origin, status: int, target: Path
) -> None:
    origin.gives("/there/b.png", b"pixels")
    url = origin.redirects("/a.png", "there/b.png", status=status)
    assert await remote.fetch(url, target, max_bytes=MAX_BYTES) == 6


async def test_five_redirects_are_followed_and_six_are_not(
    remote: RemoteArtworks, origin: Origin, target: Path
) -> None:
    origin.gives("/0", b"pixels")
    for number in range(6):
        origin.redirects(f"/{number + 1}", f"/{number}")
    assert await remote.fetch(origin.url("/5"), target, max_bytes=MAX_BYTES) == 6
    target.unlink()
    assert await refusal(remote, origin.url("/6"), target) == "The artwork's address redirects too often."


def resolving(*addresses: str, port: int) -> Any:
    """Name servers that answer every question with these addresses."""
    families = [socket.AF_INET6 if ":" in address else socket.AF_INET for address in addresses]
    return lambda *_, **__: [
        (family, socket.SOCK_STREAM, 6, "", (address, port))
        for family, address in zip(families, addresses, strict=True)
    ]


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["::1"], ["::ffff:127.0.0.1"], ["10.0.0.1", "169.254.169.254"]])
async def test_a_name_that_leads_to_private_addresses_is_refused(
    origin: Origin, addresses: list[str], target: Path
) -> None:
    lookup = resolving(*addresses, port=origin.port)
    async with RemoteArtworks(user_agent="Site/1", lookup=lookup) as remote:
        reason = await refusal(remote, f"http://art.example:{origin.port}/secret", target)
    assert reason == "The artwork's address is not a public one."
    assert origin.asked == []


async def test_of_a_names_addresses_only_the_allowed_ones_are_connected_to(origin: Origin, target: Path) -> None:
    origin.gives("/a.png", b"pixels")
    lookup = resolving("127.0.0.2", "::1", "127.0.0.1", port=origin.port)
    async with RemoteArtworks(user_agent="Site/1", is_allowed=here_or_public, lookup=lookup) as remote:
        assert await remote.fetch(f"http://art.example:{origin.port}/a.png", target, max_bytes=MAX_BYTES) == 6
    assert origin.headers[0]["Host"] == f"art.example:{origin.port}"


async def test_a_name_that_does_not_exist_is_refused_and_a_silent_name_server_may_answer_later(target: Path) -> None:
    def failing(code: int) -> Any:
        def look_up(*_: Any, **__: Any) -> Any:
            raise socket.gaierror(code, "as told")

        return look_up

    async with RemoteArtworks(user_agent="Site/1", lookup=failing(socket.EAI_NONAME)) as remote:
        assert await refusal(remote, "http://art.example/a.png", target) == "The artwork's server does not exist."
    async with RemoteArtworks(user_agent="Site/1", lookup=failing(socket.EAI_AGAIN)) as remote:
        await fault(remote, "http://art.example/a.png", target)


@pytest.mark.parametrize("status", [204, 206, 300, 304, 400, 401, 403, 404, 410, 418, 451])
async def test_a_server_that_says_no_is_believed(
    remote: RemoteArtworks, origin: Origin, status: int, target: Path
) -> None:
    await refusal(remote, origin.gives("/a.png", b"", status=status), target)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_a_server_on_a_bad_day_may_be_asked_again(
    remote: RemoteArtworks, origin: Origin, status: int, target: Path
) -> None:
    await fault(remote, origin.gives("/a.png", b"oops", status=status), target)


async def test_a_server_that_is_down_may_be_asked_again(remote: RemoteArtworks, target: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # taken, but nobody listens
        await fault(remote, f"http://127.0.0.1:{closed.getsockname()[1]}/a.png", target)


async def test_an_announced_size_over_the_limit_is_refused_before_the_body(
    remote: RemoteArtworks, origin: Origin, target: Path
) -> None:
    async def announce(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(MAX_BYTES + 1)})
        await response.prepare(request)
        await origin.is_over.wait()
        return response

    with pytest.raises(ArtworkTooLargeError):
        await remote.fetch(origin.on("/a.png", announce), target, max_bytes=MAX_BYTES)
    assert not target.exists()


async def test_an_unannounced_size_over_the_limit_is_refused_on_the_way(
    remote: RemoteArtworks, origin: Origin, target: Path
) -> None:
    url = origin.streams("/a.png", b"x" * MAX_BYTES, b"x")
    with pytest.raises(ArtworkTooLargeError):
        await remote.fetch(url, target, max_bytes=MAX_BYTES)
    assert not target.exists()
    assert await remote.fetch(url, target, max_bytes=MAX_BYTES + 1) == MAX_BYTES + 1


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "GZIP, identity"])
async def test_a_packed_answer_is_refused_unopened(
    remote: RemoteArtworks, origin: Origin, encoding: str, target: Path
) -> None:
    await refusal(remote, origin.gives("/a.png", b"not even packed", Content_Encoding=encoding), target)


async def test_a_web_page_or_nothing_in_the_artworks_place_is_refused(
    remote: RemoteArtworks, origin: Origin, target: Path
) -> None:
    page = origin.gives("/page.png", b"<p>Please sign in", Content_Type="text/html; charset=utf-8")
    assert "web page" in await refusal(remote, page, target)
    assert "empty" in await refusal(remote, origin.gives("/a.png", b""), target)


async def test_a_server_that_dribbles_is_given_up(origin: Origin, target: Path) -> None:
    async with RemoteArtworks(user_agent="Site/1", is_allowed=here_or_public, timeout_seconds=0.2) as remote:
        for first in (b"", b"x"):
            await fault(remote, origin.hangs("/a.png", first)[0], target)


async def answer_raw(answer: bytes) -> asyncio.Server:
    """A server that says exactly this, whatever it is asked, and hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    return await asyncio.start_server(serve, "127.0.0.1", 0)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Len",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\npixels",
    ],
)
async def test_a_broken_answer_is_never_taken_for_an_artwork(
    remote: RemoteArtworks, answer: bytes, target: Path
) -> None:
    async with await answer_raw(answer) as server:
        await fault(remote, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/a.png", target)


async def test_a_cancelled_fetch_leaves_no_file(remote: RemoteArtworks, origin: Origin, target: Path) -> None:
    url, begun = origin.hangs("/a.png", b"x" * 100)
    fetching = asyncio.create_task(remote.fetch(url, target, max_bytes=MAX_BYTES))
    await begun.wait()
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    assert not target.exists()


async def test_a_full_disk_is_not_the_servers_fault(remote: RemoteArtworks, origin: Origin, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.symlink_to("/dev/full")
    with pytest.raises(OSError) as failed:
        await remote.fetch(origin.gives("/a.png", b"x" * 100), target, max_bytes=MAX_BYTES)
    assert failed.value.errno == errno.ENOSPC
    assert not target.is_symlink()


async def test_only_so_many_artworks_are_fetched_at_once(
    remote: RemoteArtworks, origin: Origin, tmp_path: Path
) -> None:
    now, most = 0, 0

    async def answer(_: web.Request) -> web.Response:
        nonlocal now, most
        now += 1
        most = max(most, now)
        for _turn in range(20):
            await asyncio.sleep(0)
        now -= 1
        return web.Response(body=b"pixels", content_type="image/png")

    url = origin.on("/a.png", answer)
    await asyncio.gather(*(remote.fetch(url, tmp_path / str(n), max_bytes=MAX_BYTES) for n in range(30)))
    assert 1 < most <= 8


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for 127.0.0.1, signed by nobody else, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "origin")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "origin.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + signed.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return path, context


async def test_a_server_without_a_valid_certificate_is_refused(tmp_path: Path, target: Path) -> None:
    _, context = certificate(tmp_path)
    async with Origin(tls=context) as origin, RemoteArtworks(user_agent="Site/1", is_allowed=here_or_public) as remote:
        reason = await refusal(remote, origin.gives("/a.png", b"pixels"), target)
    assert reason == "The artwork's server has no valid certificate."


async def test_what_began_over_https_stays_on_https(
    origin: Origin, tmp_path: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, context = certificate(tmp_path)
    monkeypatch.setattr(aiohttp.connector, "_SSL_CONTEXT_VERIFIED", ssl.create_default_context(cafile=path))
    plain = origin.gives("/a.png", b"pixels")
    async with Origin(tls=context) as safe, RemoteArtworks(user_agent="Site/1", is_allowed=here_or_public) as remote:
        upward = origin.redirects("/up", safe.gives("/a.png", b"pixels"))
        assert await remote.fetch(upward, target, max_bytes=MAX_BYTES) == 6
        target.unlink()
        reason = await refusal(remote, safe.redirects("/down", plain), target)
    assert reason == "The artwork's address redirects to an unprotected one."
