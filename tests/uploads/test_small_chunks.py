"""Bodies in chunks of a few bytes are costly to parse, outside of any turn: only their senders wait for that."""

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from pmd_service.http import connections, parsing
from pmd_service.http.parsing import ParserThrottle

from ..hang import HANG_SECONDS
from ..site import Api
from .sender import BYTES, Sender, announced

DATA = bytes(range(256)) * 40


def recorded(monkeypatch: pytest.MonkeyPatch) -> list[web.RequestHandler]:
    """The connections that are paused from now on."""
    paused: list[web.RequestHandler] = []
    pause = ParserThrottle.pause

    def record(self: ParserThrottle, connection: web.RequestHandler) -> None:
        pause(self, connection)
        if self.postpones(connection):
            paused.append(connection)

    monkeypatch.setattr(ParserThrottle, "pause", record)
    return paused


async def start_body(server: TestServer, api: Api, sender: Sender, url: str) -> asyncio.StreamWriter:
    """A connection on which a PATCH has begun."""
    _, writer = await asyncio.open_connection(server.host, server.port)
    head = {
        "Host": "localhost",
        "Tus-Resumable": "1.0.0",
        "Upload-Offset": "0",
        "Content-Type": BYTES,
        "Transfer-Encoding": "chunked",
    } | api.sign(sender.user)
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    writer.write(f"PATCH {url} HTTP/1.1\r\n{lines}\r\n".encode())
    return writer


async def test_a_body_in_chunks_of_one_byte_arrives_whole(
    server: TestServer, api: Api, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "SECONDS_A_BYTE", 0)  # all that is parsed counts
    monkeypatch.setattr(parsing, "BURST_SECONDS", 0)
    monkeypatch.setattr(parsing, "USER_FRACTION", 0.5)
    paused = recorded(monkeypatch)
    upload = (await sender.announce(announced("red.png", DATA))).json
    upload_id, url = upload["id"], upload["files"][0]["url"]
    writer = await start_body(server, api, sender, url)
    writer.write(b"".join(b"1\r\n%c\r\n" % byte for byte in DATA) + b"0\r\n\r\n")
    async with asyncio.timeout(HANG_SECONDS):
        while (await sender.upload(upload_id))["received_bytes"] < len(DATA):
            await asyncio.sleep(0.02)
    assert (await sender.lines(upload_id))[0]["hash"] == announced("red.png", DATA)["hash"]
    assert len(paused) > 1
    writer.close()
    await writer.wait_closed()


class Reading(asyncio.Transport):
    """A transport, and the connection on it."""

    def __init__(self) -> None:
        super().__init__()
        self.transport, self._reads = self, True

    def is_reading(self) -> bool:
        return self._reads

    def pause_reading(self) -> None:
        self._reads = False

    def resume_reading(self) -> None:
        self._reads = True


async def test_a_user_who_is_ahead_of_their_share_is_not_read_until_they_are_even() -> None:
    throttle, loop = parsing.ParserThrottle(), asyncio.get_running_loop()
    first, second, of_another = Reading(), Reading(), Reading()
    began = loop.time()

    def parse(connection: Reading, user: str, seconds: float) -> None:
        throttle.parsed(connection, user, seconds)  # type: ignore[arg-type]

    parse(first, "1", 1)  # a pause of the whole process, which is no user's doing
    assert first.is_reading()
    for _ in range(4):
        parse(first, "1", 0.002)
    parse(second, "1", 0.0001)
    parse(of_another, "2", 0.002)
    assert [first.is_reading(), second.is_reading(), of_another.is_reading()] == [False, False, True]
    async with asyncio.timeout(HANG_SECONDS):
        while not (first.is_reading() and second.is_reading()):
            await asyncio.sleep(0.01)
    assert loop.time() - began >= 0.01 / parsing.USER_FRACTION


async def test_a_full_buffer_is_resumed_by_its_reader_and_not_by_the_throttle() -> None:
    throttle, connection = parsing.ParserThrottle(), Reading()
    connection.pause_reading()
    for _ in range(3):
        throttle.parsed(connection, "1", 0.002)  # type: ignore[arg-type]
    await asyncio.sleep(0.2)
    assert not connection.is_reading()
    for _ in range(3):
        throttle.parsed(connection, "1", 0.002)  # type: ignore[arg-type]
    assert throttle.postpones(connection)  # type: ignore[arg-type]
    async with asyncio.timeout(HANG_SECONDS):
        while not connection.is_reading():
            await asyncio.sleep(0.01)
