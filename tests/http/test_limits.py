"""What a connection may do to the server: drip, leave descriptors short, send what cannot be parsed."""

import asyncio
import logging
from unittest.mock import Mock

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pytest_aiohttp import AiohttpServer
from sqids import Sqids
from structlog.testing import capture_logs

from pmd_service.base.public_ids import MAX_SQID, PublicIds
from pmd_service.http import limits
from pmd_service.http.middlewares import problem_middleware

from ..hang import HANG_SECONDS
from ..site import Api, Site
from .test_strict_input import raw_status


async def test_a_body_that_drips_is_given_up(
    site: Site, api: Api, server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    defaults = limits.read_body.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "within", 0.2)
    artist = await site.add_user()
    headers = {"Content-Type": "application/json", "Content-Length": "1000"} | api.sign(artist)
    assert await raw_status(server, "POST", "/api/pmd/action", headers, b'{"action":') == 408


async def test_headers_that_do_not_end_are_given_up(
    server: TestServer, aiohttp_server: AiohttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert server.app._handler_args is limits.HANDLER_ARGS
    monkeypatch.setitem(limits.HANDLER_ARGS, "keepalive_timeout", 0.2)
    second = await aiohttp_server(web.Application(handler_args=limits.HANDLER_ARGS))
    reader, writer = await asyncio.open_connection(second.host, second.port)
    writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
    async with asyncio.timeout(HANG_SECONDS):
        assert await reader.read() == b""
    writer.close()


async def test_a_lack_of_descriptors_is_logged_once_a_minute(server: TestServer) -> None:
    loop = asyncio.get_running_loop()
    refused = {"message": "socket.accept() out of system resource", "exception": OSError(24, "Too many open files")}
    with capture_logs() as lines:
        for _ in range(1000):
            loop.call_exception_handler(dict(refused))
    assert [line["event"] for line in lines] == ["connections_refused"]


async def test_what_cannot_be_parsed_does_not_stand_in_the_log(
    server: TestServer, caplog: pytest.LogCaptureFixture
) -> None:
    logging.getLogger("aiohttp.server").addHandler(caplog.handler)
    secret = "eyJhbGciOiJIUzI1NiJ9.secret"
    assert await raw_status(server, "GET", "/healthz", {"Authorization": f"Bearer {secret}\0"}) == 400
    assert "unparseable request" in caplog.text
    assert "secret" not in caplog.text
    assert "Traceback" not in caplog.text


async def test_a_long_public_id_is_nobodys(site: Site, api: Api, server: TestServer) -> None:
    moderator = await site.add_user("mod", roles=["moderator"])
    target = {"target_sqid": "x" * 6000}
    assert (await api.get("/api/pmd/posts", user=moderator, params=target)).status == 404
    assert (await api.get(f"/u/{'x' * 6000}/posts", user=moderator)).status in (404, 503)


def test_a_public_id_has_one_spelling_and_is_of_a_row_that_can_be() -> None:
    ids, sqids = PublicIds(), Sqids()
    assert ids.row_id(sqids.encode([2**31 - 1])) == 2**31 - 1
    assert ids.row_id(sqids.encode([2**31])) is None
    assert ids.row_id(sqids.encode([1, 2])) is None
    assert len(sqids.decode("aa")) == 1, "it is read as a number that is written otherwise"
    assert ids.row_id("aa") is None


def test_a_public_id_longer_than_any_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some thousand characters of one request would stop the process for a second."""
    decoded = Mock(return_value=[])
    monkeypatch.setattr(Sqids, "decode", decoded)
    assert PublicIds().row_id("b" * (MAX_SQID + 1)) is None
    assert not decoded.called
    assert PublicIds().row_id("b" * MAX_SQID) is None
    assert decoded.called


@pytest.mark.parametrize(("method", "end"), [("POST", "done"), ("GET", "cancelled")])
async def test_write_ends_although_its_client_hangs_up_a_read_does_not(
    aiohttp_server: AiohttpServer, method: str, end: str
) -> None:
    begun, go_on, ends = asyncio.Event(), asyncio.Event(), asyncio.Queue[str]()

    async def handle(_request: web.Request) -> web.Response:
        begun.set()
        try:
            await go_on.wait()
        except asyncio.CancelledError:
            ends.put_nowait("cancelled")
            raise
        ends.put_nowait("done")
        return web.Response()

    app = web.Application(middlewares=[problem_middleware], handler_args=limits.HANDLER_ARGS)
    app.router.add_route("*", "/", handle)
    server = await aiohttp_server(app)
    _, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(f"{method} / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n".encode())
    async with asyncio.timeout(HANG_SECONDS):
        await begun.wait()
        writer.close()
        assert server.runner is not None and server.runner.server is not None
        while server.runner.server.connections:
            await asyncio.sleep(0.01)
        go_on.set()
        assert await ends.get() == end
