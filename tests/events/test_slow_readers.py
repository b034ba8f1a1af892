"""Readers that take what they are sent slowly, or not at all: real sockets whose windows are full."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import msgspec
import pytest
from aiohttp.test_utils import TestServer

from pmd_service.events import pulse
from pmd_service.events import stream as stream_module
from pmd_service.events.hub import HUB
from pmd_service.events.subscriber import Subscriber
from pmd_service.events.topic import Key
from pmd_service.http import in_flight

from ..hang import HANG_SECONDS
from ..site import Api, Site
from .sse import opened

ONE, TWO = Key("bdr", 1), Key("bdr", 2)


class State(msgspec.Struct, frozen=True):
    """A large state."""

    number: int
    filling: str = "x" * 100_000


class Unspeakable(msgspec.Struct, frozen=True):
    """Something that no JSON can say."""

    what: object


@asynccontextmanager
async def raw_stream(api: Api, user: int, version: str = "HTTP/1.1") -> AsyncIterator[socket.socket]:
    """A stream whose socket has a small window, and is read by nobody but the test."""
    end = socket.socket()
    end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    end.setblocking(False)
    with end:
        address = api.session._base_url
        assert address is not None
        assert address.host is not None
        assert address.port is not None
        await asyncio.get_running_loop().sock_connect(end, (address.host, address.port))
        headers = [f"{name}: {value}" for name, value in api.sign(user).items()]
        lines = [f"GET /api/pmd/bdr/sse {version}", "Host: localhost", *headers, "", ""]
        await asyncio.get_running_loop().sock_sendall(end, "\r\n".join(lines).encode())
        yield end


async def read_until(end: socket.socket, what: bytes) -> bytes:
    """All that comes, up to this; or to the end, where there is none of it."""
    received = b""
    async with asyncio.timeout(HANG_SECONDS):
        while what not in received and (more := await asyncio.get_running_loop().sock_recv(end, 1 << 20)):
            received += more
    return received


def subscriber_of(server: TestServer, user: int) -> Subscriber:
    (subscriber,) = server.app[HUB]._subscribers[user]
    return subscriber


async def until_gone(server: TestServer) -> None:
    """Wait until neither the stream is left nor its connection, with what is still to be sent."""
    assert server.runner is not None
    assert server.runner.server is not None
    async with asyncio.timeout(HANG_SECONDS):
        while server.app[HUB].subscriber_count or server.runner.server.connections:
            await asyncio.sleep(0.01)


async def test_a_slow_reader_gets_the_latest_state_when_it_continues(site: Site, api: Api, server: TestServer) -> None:
    artist = await site.add_user()
    async with raw_stream(api, artist) as end:
        await read_until(end, b"event: connected")
        subscriber = subscriber_of(server, artist)
        for number in range(500):
            subscriber.push(ONE, State(number))
            await asyncio.sleep(0)
        subscriber.push(TWO, State(-1))
        reported = await read_until(end, b'"number":-1')
    assert reported.count(b"event: bdr_update") < 100, "what it missed is not kept"
    assert reported.index(b'"number":499,') < reported.index(b'"number":-1,')


async def test_who_is_behind_delays_nobody(site: Site, api: Api, server: TestServer) -> None:
    slow, quick = await site.add_user("slow"), await site.add_user("quick")
    async with raw_stream(api, slow) as end, opened(api, quick) as stream:
        await read_until(end, b"event: connected")
        await stream.until("connected")
        for number in range(100):
            subscriber_of(server, slow).push(ONE, State(number))
            subscriber_of(server, quick).push(ONE, State(number, filling=""))
            assert (await stream.next()).data["number"] == number


@pytest.mark.parametrize("owed", [True, False], ids=["more is owed", "nothing more is owed"])
async def test_a_reader_that_takes_nothing_any_more_is_let_go(
    site: Site, api: Api, server: TestServer, monkeypatch: pytest.MonkeyPatch, owed: bool
) -> None:
    monkeypatch.setattr(stream_module, "SEND_TIMEOUT_SECONDS", 0.05)
    monkeypatch.setattr(stream_module, "COMMENT_SECONDS", 0.05)
    monkeypatch.setattr(pulse, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(in_flight, "STUCK_SECONDS", 3600)  # where the kernel does not look after it
    artist = await site.add_user()
    async with raw_stream(api, artist) as end:
        await read_until(end, b"event: connected")
        subscriber = subscriber_of(server, artist)
        subscriber.push(ONE, State(0, filling="x" * 20_000_000))
        if owed:
            subscriber.push(ONE, State(1))
        await until_gone(server)


async def test_an_event_that_cannot_be_encoded_ends_one_stream_only(site: Site, api: Api, server: TestServer) -> None:
    artist, other = await site.add_user("one"), await site.add_user("other")
    async with opened(api, artist) as broken, opened(api, other) as stream:
        await broken.until("connected")
        await stream.until("connected")
        subscriber_of(server, artist).push(ONE, Unspeakable(object()))
        subscriber_of(server, other).push(ONE, State(7, filling=""))
        assert (await stream.next()).data["number"] == 7
        with pytest.raises(aiohttp.ClientPayloadError):
            await broken.next()


async def test_a_reader_of_the_first_http_gets_plain_lines(site: Site, api: Api, server: TestServer) -> None:
    artist = await site.add_user()
    async with raw_stream(api, artist, "HTTP/1.0") as end:
        begun = await read_until(end, b"event: connected\ndata: {}\n\n")
        subscriber_of(server, artist).push(ONE, State(7, filling=""))
        reported = await read_until(end, b"\n\n")
    assert b"chunked" not in begun.lower()
    assert reported == b'id: 1\nevent: bdr_update\ndata: {"number":7,"filling":""}\n\n'
