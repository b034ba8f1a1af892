"""The service's API as this client uses it: every call goes on by itself through what may pass."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self, TypeVar
from uuid import UUID

import aiohttp
import msgspec

T = TypeVar("T")

MAX_FILES = 512
# Longer than the service takes to make another receiver let go.
SILENCE_SECONDS = 60.0
MAX_PAUSE_SECONDS = 15.0
_PASSING = frozenset({401, 408, 409, 423, 425, 429})


class RefusedError(Exception):
    """The service refused for good; the message is its sentence."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class UnreachableError(Exception):
    """The service could not be reached for as long as the client was told to wait."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A file of an upload; without ``url`` there is nothing to send."""

    id: UUID
    path: str
    file_size: int
    hash: str | None
    url: str | None
    received_bytes: int
    processing_status: str
    outcome: str | None
    error_code: str | None
    error_message: str | None


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """An upload; ``files`` where it has just been announced."""

    id: UUID
    status: str
    total_files: int
    successful_files: int
    failed_files: int
    files: Sequence[Line] = ()


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What would become of a file."""

    path: str
    verdict: str
    code: str | None = None
    message: str | None = None


class _Checks(msgspec.Struct, frozen=True):
    items: Sequence[Checked]


class _Uploads(msgspec.Struct, frozen=True):
    items: Sequence[Upload]


class _Lines(msgspec.Struct, frozen=True):
    items: Sequence[Line]


class Answer(msgspec.Struct, frozen=True):
    status: int
    headers: Mapping[str, str]
    body: bytes


class Token:
    """The bearer token: a text, or a file that somebody renews."""

    def __init__(self, text: str | None, file: Path | None) -> None:
        self._text, self._file = text, file

    def read(self) -> str:
        """Raises: OSError: the file cannot be read."""
        if self._file is not None:
            return self._file.read_text().strip()
        return self._text or ""


class Api:
    """Signed in with a bearer token.

    Args:
        patience_seconds: how long a call goes on without an answer before it gives up.
        told: hears once in a while why nothing goes on.
    """

    def __init__(
        self, base_url: str, token: Token, *, patience_seconds: float, told: Callable[[str], None] = lambda _: None
    ) -> None:
        self._base_url, self._token = base_url.rstrip("/"), token
        self._patience, self._told = patience_seconds, told

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=SILENCE_SECONDS)
        self._session = aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=32))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def check(self, files: Sequence[Mapping[str, Any]]) -> Sequence[Checked]:
        answer = await self.call("POST", "/api/pmd/uploads/check", json={"files": files})
        return msgspec.json.decode(answer.body, type=_Checks).items

    async def announce(self, files: Sequence[Mapping[str, Any]], *, name: str | None, key: str, **said: Any) -> Upload:
        """Open an upload; the key makes it one upload however often the call is repeated."""
        body = {"files": files, "name": name, "defaults": {k: v for k, v in said.items() if v is not None}}
        answer = await self.call("POST", "/api/pmd/uploads", json=body, headers={"Idempotency-Key": key})
        return msgspec.json.decode(answer.body, type=Upload)

    async def find_upload(self, upload_id: UUID) -> Upload:
        answer = await self.call("GET", f"/api/pmd/uploads/{upload_id}")
        return msgspec.json.decode(answer.body, type=Upload)

    async def open_uploads(self) -> list[Upload]:
        answer = await self.call("GET", "/api/pmd/uploads")
        return [each for each in msgspec.json.decode(answer.body, type=_Uploads).items if each.status == "processing"]

    async def lines(self, upload_id: UUID, *, status: str | None = None) -> Sequence[Line]:
        query = {"status": status} if status else {}
        answer = await self.call("GET", f"/api/pmd/uploads/{upload_id}/files", params=query)
        return msgspec.json.decode(answer.body, type=_Lines).items

    async def call(self, method: str, path: str, **options: Any) -> Answer:
        """Raises: RefusedError: for good; UnreachableError: for longer than is waited."""
        return await self.patiently(lambda: self.once(method, path, **options))

    async def patiently(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Try again, at growing intervals, what may pass."""
        loop = asyncio.get_running_loop()
        began, pause = loop.time(), 0.2
        while True:
            try:
                return await attempt()
            except RefusedError as refused:
                if refused.status not in _PASSING and refused.status < 500:
                    raise
                reason = str(refused)
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                reason = f"{self._base_url} cannot be reached ({type(error).__name__})."
            if loop.time() - began > self._patience:
                raise UnreachableError(reason)
            self._told(f"{reason} Trying again …")
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
            pause = min(pause * 2, MAX_PAUSE_SECONDS)

    async def once(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **options: Any) -> Answer:
        """One request, without a second try.

        Raises:
            RefusedError: any status from 400 on.
        """
        signed = {"Authorization": f"Bearer {self._token.read()}", **(headers or {})}
        async with self._session.request(method, self._base_url + path, headers=signed, **options) as response:
            body = await response.read()
            if response.status >= HTTPStatus.BAD_REQUEST:
                raise RefusedError(_sentence(body) or f"{response.status} {response.reason}", response.status)
            return Answer(response.status, response.headers, body)


class _Problem(msgspec.Struct, frozen=True):
    detail: str


def _sentence(body: bytes) -> str | None:
    try:
        return msgspec.json.decode(body, type=_Problem).detail
    except msgspec.DecodeError:
        return None
