"""How many requests are in flight at once, of all clients and of one user: real sockets, against a server of few."""

import asyncio
import errno
import gc
import resource
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Self
from unittest.mock import Mock

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, make_mocked_request

from pmd_service.archive import response as archive_response
from pmd_service.base.settings import Settings
from pmd_service.http import in_flight, unread
from pmd_service.http.turns import READER

from ..conftest import Serve
from ..events.sse import opened
from ..hang import HANG_SECONDS
from ..site import Api, Site

MOST = 16  # the fewest that the setting takes, and as many streams as one user may have


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, max_connections=MOST)


class Line:
    """A connection on which a test says what it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.head = ""

    async def ask(self, path: str = "/healthz", headers: Mapping[str, str] = MappingProxyType({})) -> int:
        """The status of the answer, which the connection outlives."""
        fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n".encode())
        async with asyncio.timeout(HANG_SECONDS):
            self.head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = next(line for line in self.head.split("\r\n") if line.startswith("content-length:"))
            await self.reader.readexactly(int(length.split(":")[1]))
        return int(self.head.split(" ", 2)[1])

    async def until_closed(self) -> Self:
        async with asyncio.timeout(HANG_SECONDS):
            with suppress(ConnectionError):
                assert await self.reader.read() == b""
        return self


Connect = Callable[[int], Awaitable[list[Line]]]


@pytest.fixture
async def connect(server: TestServer) -> AsyncIterator[Connect]:
    """Connects so often, and says nothing."""
    lines: list[Line] = []

    async def several(count: int) -> list[Line]:
        lines.extend([Line(*await asyncio.open_connection(server.host, server.port)) for _ in range(count)])
        return lines[-count:]

    yield several
    for line in lines:
        line.writer.close()


def accepted(server: TestServer) -> int:
    """The connections that the server has, as its creator sees them."""
    assert server.runner is not None
    assert server.runner.server is not None
    return len(server.runner.server.connections)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(HANG_SECONDS):
        while not holds():
            await asyncio.sleep(0.01)


async def test_beyond_the_limit_only_health_checks_are_answered(
    site: Site, api: Api, server: TestServer, connect: Connect
) -> None:
    artist = await site.add_user()
    async with AsyncExitStack() as streams:
        for _ in range(MOST):
            await (await streams.enter_async_context(opened(api, artist))).until("connected")
        await connect(10 * MOST)  # connections without a request do not count
        supervisor, balancer, refused = await connect(3)
        assert await supervisor.ask("/healthz") == 200
        assert await balancer.ask("/readyz") == 200
        assert await refused.ask("/api/license") == 503
        assert "\r\nconnection: close\r\n" in refused.head, "it is closed at once, not when it has been idle for long"
        await refused.until_closed()
    async with asyncio.timeout(HANG_SECONDS):  # until the server has noticed that the streams have gone
        while await (await connect(1))[0].ask("/api/license") != 200:
            await asyncio.sleep(0.01)


async def test_client_that_reads_nothing_or_single_bytes_is_disconnected(
    site: Site, serve: Serve, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_flight, "STUCK_SECONDS", 1)
    server = await serve(settings)
    artist = await site.add_user()
    asset = await site.add_asset(artist, data=b"\x89PNG\r\n\x1a\n" + bytes(32 << 20))
    async with Api(server.make_url("/"), settings) as api:
        headers = api.sign(artist)
    ends = [await stuck(server, f"/api/pmd/assets/{asset}/file", headers) for _ in range(2)]
    await until(lambda: accepted(server) == 2)

    def all_are_let_go() -> bool:
        with suppress(BlockingIOError, ConnectionError):
            ends[1].recv(1)  # a byte at a time: its window stays closed
        return accepted(server) == 0

    await until(all_are_let_go)
    for end in ends:
        end.close()


async def stuck(server: TestServer, path: str, headers: dict[str, str], *, method: str = "GET") -> socket.socket:
    """Asks for something large, and reads nothing."""
    end, loop = socket.socket(), asyncio.get_running_loop()
    end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    end.setblocking(False)
    await loop.sock_connect(end, (server.host, server.port))
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *(f"{name}: {value}" for name, value in headers.items())]
    await loop.sock_sendall(end, "\r\n".join([*lines, "", ""]).encode())
    return end


async def test_one_users_slow_downloads_leave_room_for_others(
    site: Site, serve: Serve, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_flight, "USER_MIN", 4)
    server = await serve(settings)
    artist, other = await site.add_user(), await site.add_user("other")
    asset = await site.add_asset(artist, data=b"\x89PNG\r\n\x1a\n" + bytes(32 << 20))
    path = f"/api/pmd/assets/{asset}/file"
    async with Api(server.make_url("/"), settings) as api:
        ends = [await stuck(server, path, api.sign(artist)) for _ in range(4)]
        for end in ends:
            assert await asyncio.get_running_loop().sock_recv(end, 12) == b"HTTP/1.1 200"
        refused = await api.get("/api/auth/me", user=artist)
        assert (refused.status, refused.json["type"]) == (429, "urn:pmd:problem:too-many-at-once")
        assert (await api.get("/api/auth/me", user=other)).status == 200
        ends.pop().close()
        async with asyncio.timeout(HANG_SECONDS):
            while (await api.get("/api/auth/me", user=artist)).status != 200:
                await asyncio.sleep(0.01)
        for end in ends:
            end.close()


async def test_one_anonymous_address_leaves_room_for_others(
    serve: Serve, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_flight, "USER_MIN", 2)  # of an address; all of them may have half
    server, slow = await serve(settings), "/api/pmd/device/token"
    body_to_come = {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": "100"}
    here, elsewhere = {"X-Forwarded-For": "198.51.100.1"}, {"X-Forwarded-For": "198.51.100.2"}
    form = {"grant_type": "none"}
    async with Api(server.make_url("/"), settings) as api:
        ends = [await stuck(server, slow, here | body_to_come, method="POST") for _ in range(2)]
        async with asyncio.timeout(HANG_SECONDS):
            while (refused := await api.call("POST", slow, data=form, headers=here)).status != 429:
                await asyncio.sleep(0.01)
        assert refused.json["type"] == "urn:pmd:problem:too-many-at-once"
        assert (await api.call("POST", slow, data=form, headers=elsewhere)).status == 400, "it is answered"
        for end in ends:
            end.close()


async def test_a_file_is_sent_once_and_its_connection_stays_open(site: Site, api: Api, connect: Connect) -> None:
    artist = await site.add_user()
    asset = await site.add_asset(artist, data=b"\x89PNG\r\n\x1a\n" + bytes(1 << 20))
    (line,) = await connect(1)
    for _ in range(2):
        assert await line.ask(f"/api/pmd/assets/{asset}/file", api.sign(artist)) == 200
    assert await line.ask() == 200


async def test_a_file_that_no_descriptor_is_left_for_is_503(
    site: Site, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    artist = await site.add_user()
    asset = await site.add_asset(artist, data=b"\x89PNG\r\n\x1a\n")
    monkeypatch.setattr(Path, "open", Mock(side_effect=OSError(errno.EMFILE, "Too many open files")))
    assert (await api.get(f"/api/pmd/assets/{asset}/file", user=artist)).status == 503


async def test_an_idle_connection_keeps_no_large_answer_in_memory(api: Api) -> None:
    answer = await api.call("GET", "/api/openapi.json", headers={"Accept-Encoding": "identity"})
    assert len(answer.body) >= unread.LARGE_BYTES
    async with asyncio.timeout(HANG_SECONDS):  # the answer is whole before its server lets go of it
        # By their own types: of a proxy, isinstance asks what it stands for, which may be gone.
        while answer.body in [each.body for each in gc.get_objects() if issubclass(type(each), web.Response)]:
            await asyncio.sleep(0.01)


async def test_a_user_with_too_many_unread_answers_gets_429_until_they_read(
    site: Site, api: Api, server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unread, "MAX_UNREAD_BYTES", 1 << 20)
    artist, other, loop = await site.add_user(), await site.add_user("other"), asyncio.get_running_loop()
    await site.pool.execute(
        """INSERT INTO posts (owner_id, title, description, file_format, width, height)
           SELECT $1, n, repeat('x', 20000), 'png', 1, 1 FROM generate_series(1, 512) AS n""",
        artist,
    )
    kept = server.app[unread.UNREAD]._bytes
    page = "/api/pmd/posts"
    assert len((await api.get(page, user=artist)).body) > 8 << 20, "more than any kernel keeps of it"
    async with asyncio.timeout(HANG_SECONDS):
        while kept:  # this one is read
            await asyncio.sleep(0)
        with socket.socket() as reader:
            reader.setblocking(False)
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            await loop.sock_connect(reader, (server.host, server.port))
            headers = "".join(f"{name}: {value}\r\n" for name, value in api.sign(artist).items())
            await loop.sock_sendall(reader, f"GET {page} HTTP/1.1\r\nHost: x\r\n{headers}\r\n".encode())
            while not kept:
                await asyncio.sleep(0)
            refused = await api.get("/api/auth/me", user=artist)
            assert (refused.status, refused.headers["Retry-After"]) == (429, "5")
            assert (await api.get(page, user=other)).status == 200
        while kept:
            await asyncio.sleep(0)
    assert (await api.get("/api/auth/me", user=artist)).status == 200


async def test_small_files_of_an_archive_count_as_unread_while_sent() -> None:
    app, counted = web.Application(), []
    app[unread.UNREAD] = unread.Unread()
    request = make_mocked_request("GET", "/", app=app)
    request[READER] = "one"

    class Slow(web.StreamResponse):
        async def write(self, data: bytes | bytearray | memoryview) -> None:
            counted.append(app[unread.UNREAD]._bytes["one"])

    await archive_response._send(request, Slow(), bytes(1000))
    assert counted == [1000]
    assert not app[unread.UNREAD]._bytes


async def test_what_an_ended_credential_asks_is_cut_off_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_flight, "GRACE_SECONDS", 0.0)
    counted, cut = in_flight.InFlight(10), set[str]()

    def ask(line: str, credential: bytes) -> web.Request:
        transport = Mock(spec=asyncio.Transport, abort=lambda: cut.add(line))
        transport.get_extra_info.return_value = None
        request = make_mocked_request("GET", "/", transport=transport)
        counted.begin(request)
        counted.note_credential(request, credential)
        return request

    ask("waits", b"ended")
    ask("another's", b"other")
    answered = ask("answered", b"ended")
    counted.cut(b"ended")
    counted.end(answered)  # within the grace: its connection may have another's next request by now
    ask("later", b"ended")
    await asyncio.sleep(0.01)
    assert cut == {"waits"}
    counted.cut(b"unknown")


def test_an_eighth_of_the_descriptors_is_left_for_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1000, hard))
    try:
        assert in_flight.request_limit(10_000) == 875
        assert in_flight.request_limit(100) == 100
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
