"""One object store for a whole test run, and what can stand between it and us."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Literal

Fault = Literal["none", "away", "cut", "hang", "drip", "500", "503", "skewed", "expired"]

# The status, and S3's code of the error.
_ANSWERS = {
    "500": ("500 Internal Server Error", "InternalError"),
    "503": ("503 Service Unavailable", "SlowDown"),
    "skewed": ("403 Forbidden", "RequestTimeTooSkewed"),
    "expired": ("400 Bad Request", "ExpiredToken"),
}


def _refusal(fault: Fault, request: bytes) -> bytes:
    status, code = _ANSWERS[fault]
    body = b"" if request.startswith(b"HEAD") else f"<Error><Code>{code}</Code></Error>".encode()
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


class Proxy:
    """A TCP proxy before the store that can be made to fail.

    ``fault`` applies to connections that are open as well: “away” ends them, “cut” ends them after ``cut_after`` bytes
    of answers, “hang” lets nothing through, “drip” lets answers through by the byte. ``accepted`` counts connections.
    """

    def __init__(self, behind: int | Path) -> None:
        self._behind = behind
        self.address = ""
        self.port = 0
        self._fault: Fault = "none"
        self._changed = asyncio.Event()
        self._open: set[asyncio.Task[None]] = set()
        self.cut_after = 100_000
        self.accepted = 0

    @property
    def endpoint(self) -> str:
        return f"http://{self.address}:{self.port}"

    async def fail(self, fault: Fault) -> None:
        self._fault = fault
        if fault == "hang":
            return
        # A client keeps its connections: they would not meet the fault otherwise.
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        self.accepted += 1
        try:
            if self._fault == "away":
                return
            if self._fault in _ANSWERS:
                writer.write(_refusal(self._fault, await reader.readuntil(b"\r\n\r\n")))
                await writer.drain()
                return
            await self._pipe(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(task)
            writer.transport.abort()

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if isinstance(self._behind, Path):
            upstream, downstream = await asyncio.open_unix_connection(self._behind)
        else:
            upstream, downstream = await asyncio.open_connection("127.0.0.1", self._behind)
        copying = [
            asyncio.create_task(self._copy(reader, downstream, counted=False)),
            asyncio.create_task(self._copy(upstream, writer, counted=True)),
        ]
        try:
            await asyncio.wait(copying, return_when=asyncio.FIRST_COMPLETED)
        finally:
            downstream.transport.abort()  # at once: what is waited for below may be cut off
            for task in copying:
                task.cancel()
            await asyncio.gather(*copying, return_exceptions=True)

    async def _copy(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, counted: bool) -> None:
        through = 0
        with suppress(ConnectionError):  # either side may leave
            while data := await source.read(1 << 16):
                while self._fault == "hang":
                    await asyncio.sleep(0.05)
                through += len(data)
                while counted and self._fault == "drip" and data:
                    target.write(data[:1])
                    data = data[1:]
                    await asyncio.sleep(0.1)
                target.write(data)
                await target.drain()
                if counted and self._fault == "cut" and through > self.cut_after:
                    return


@asynccontextmanager
async def proxied(
    behind: int | Path, listener: socket.socket | None = None, *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Proxy]:
    """A proxy before what listens at this port or socket, on a port of its own or with the given bound socket."""
    proxy = Proxy(behind)
    if listener is None:
        listener = socket.create_server(("127.0.0.1", 0))
    server = await asyncio.start_server(proxy._accept, sock=listener, ssl=tls)
    proxy.address, proxy.port = listener.getsockname()
    try:
        yield proxy
    finally:
        server.close()
        await proxy.fail("away")
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                await server.wait_closed()
