"""Another site's server on the loopback, with artworks that it gives, withholds, spoils or redirects."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from ipaddress import IPv4Address
from typing import Self, TypeAlias

from aiohttp import web
from aiohttp.test_utils import TestServer
from multidict import CIMultiDictProxy

from pmd_service.vault.addresses import Address, is_public

HERE = IPv4Address("127.0.0.1")

Answer: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


def here_or_public(address: Address) -> bool:
    """The guard with one hole for the origin, not wider than its one address."""
    return address == HERE or is_public(address)


class Origin:
    """Answers at each path as configured, and records the requests."""

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.headers: list[CIMultiDictProxy[str]] = []
        self.is_over = asyncio.Event()

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._server = TestServer(app, host=str(HERE), scheme="https" if self._tls else "http")
        await self._server.start_server(ssl=self._tls, shutdown_timeout=0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.is_over.set()
        await self._server.close()

    @property
    def port(self) -> int:
        assert self._server.port is not None
        return self._server.port

    def url(self, path: str) -> str:
        return str(self._server.make_url(path))

    def on(self, path: str, answer: Answer) -> str:
        self._answers[path] = answer
        return self.url(path)

    def gives(self, path: str, body: bytes, *, status: int = 200, **headers: str) -> str:
        named = {"Content-Type": "image/png"} | {name.replace("_", "-"): value for name, value in headers.items()}

        async def answer(_: web.Request) -> web.Response:
            return web.Response(body=body, status=status, headers=named)

        return self.on(path, answer)

    def redirects(self, path: str, to: str, *, status: int = 302) -> str:
        return self.gives(path, b"elsewhere", status=status, Location=to)

    def streams(self, path: str, *chunks: bytes) -> str:
        """Sends the chunks without a Content-Length."""

        async def answer(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse(headers={"Content-Type": "image/png"})
            await response.prepare(request)
            for chunk in chunks:
                await response.write(chunk)
            return response

        return self.on(path, answer)

    def hangs(self, path: str, first: bytes = b"") -> tuple[str, asyncio.Event]:
        """Sends the first bytes, sets an event, and then nothing until the origin closes."""
        begun = asyncio.Event()

        async def answer(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse(headers={"Content-Type": "image/png"})
            if first:
                await response.prepare(request)
                await response.write(first)
            begun.set()
            await self.is_over.wait()
            return response

        return self.on(path, answer), begun

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        self.headers.append(request.headers)
        answer = self._answers.get(request.path)
        return await answer(request) if answer else web.Response(status=404)
