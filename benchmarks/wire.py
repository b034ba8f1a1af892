"""A minimal client: on a machine with two cores it must leave the CPU to the server that it measures."""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

BUFFER_BYTES = 1 << 20


class Wire:
    """One kept-alive HTTP/1.1 connection, blocking; answers must have a Content-Length."""

    def __init__(self, base_url: str) -> None:
        self._address = urlsplit(base_url)

    def __enter__(self) -> Self:
        assert self._address.hostname is not None
        self._socket = socket.create_connection((self._address.hostname, self._address.port or 80))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = bytearray(BUFFER_BYTES)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def call(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> int:
        """Send a request, and read and discard the response; returns its number of bytes.

        Raises:
            RuntimeError: the answer is none of 2xx, and not 304, which has no body.
        """
        head, received = self._ask(method, path, headers, body)
        if head.startswith(b"HTTP/1.1 304"):
            return 0
        if not head.startswith(b"HTTP/1.1 2"):
            raise RuntimeError(head.decode())
        return self._read_rest(head, received)

    def first_byte(self, path: str, headers: Mapping[str, str]) -> float:
        """The seconds until the first byte of the answer's body, all of which is read afterwards."""
        began = time.perf_counter()
        head, received = self._ask("GET", path, headers)
        received = received or self._receive(self._buffer)
        seconds = time.perf_counter() - began
        self._read_rest(head, received)
        return seconds

    def _ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> tuple[bytes, int]:
        """The response's head, and how many bytes of the body were read with it."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._address.netloc}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        filled = 0
        while (end := self._buffer.find(b"\r\n\r\n", 0, filled)) < 0:
            filled += self._receive(memoryview(self._buffer)[filled:])
        return bytes(self._buffer[:end]), filled - end - 4

    def _read_rest(self, head: bytes, received: int) -> int:
        """What is left of the body; its size."""
        size = _content_length(head)
        while received < size:
            received += self._receive(self._buffer)
        return size

    def _receive(self, into: bytearray | memoryview) -> int:
        count = self._socket.recv_into(into)
        if count == 0:
            raise EOFError("the server has closed the connection")
        return count


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise LookupError("the answer has no Content-Length")


@contextmanager
def served(process: subprocess.Popen[bytes], port: int) -> Iterator[str]:
    """The address of a server that was just started, once it takes connections; it is stopped at the end.

    Raises:
        RuntimeError: it has ended instead.
    """
    address = f"http://127.0.0.1:{port}"
    try:
        _until_up(address, process)
        yield address
    finally:
        process.terminate()
        process.wait()


def _until_up(base_url: str, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            with Wire(base_url):
                return
        except ConnectionRefusedError:
            time.sleep(0.01)
    raise RuntimeError(f"{process.args!r} has ended with {process.returncode}")


def timed(action: Callable[[], object]) -> float:
    """The seconds that it takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def requests_per_second(
    base_url: str, path: str, headers: Mapping[str, str], *, connections: int, seconds: float
) -> float:
    """How many GETs are answered on this many connections, one request at a time each."""

    def ask_until(end: float) -> int:
        count = 0
        with Wire(base_url) as wire:
            while time.perf_counter() < end:
                wire.call("GET", path, headers)
                count += 1
        return count

    with ThreadPoolExecutor(connections) as threads:
        began = time.perf_counter()
        counts = list(threads.map(ask_until, [began + seconds] * connections))
        return sum(counts) / (time.perf_counter() - began)
