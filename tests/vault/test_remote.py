"""Remote artworks: what is fetched, what is refused for good, and what may be tried again."""

import asyncio
import errno
import socket
from pathlib import Path

import pytest
from aiohttp import web

from pmd_service.vault import ArtworkTooLargeError, RemoteArtworks
from pmd_service.vault.remote import user_agent

from ..origin import Origin, here_or_public
from .fetching import MAX_BYTES, fault, refusal


async def test_an_artwork_is_stored_as_it_comes(remote: RemoteArtworks, origin: Origin, target: Path) -> None:
    assert await remote.fetch(origin.gives("/a.png", b"pixels"), target, max_bytes=6) == 6
    assert target.read_bytes() == b"pixels"


async def test_remote_requests_name_the_service_and_ask_for_no_encoding(
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


@pytest.mark.parametrize("status", [204, 206, 300, 304, 400, 401, 403, 404, 410, 418, 451])
async def test_a_4xx_response_is_a_permanent_error(
    remote: RemoteArtworks, origin: Origin, status: int, target: Path
) -> None:
    await refusal(remote, origin.gives("/a.png", b"", status=status), target)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_a_5xx_response_is_a_transient_error(
    remote: RemoteArtworks, origin: Origin, status: int, target: Path
) -> None:
    await fault(remote, origin.gives("/a.png", b"oops", status=status), target)


async def test_an_unreachable_server_is_a_transient_error(remote: RemoteArtworks, target: Path) -> None:
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
