"""The service's API as this client uses it: each call retries transient errors by itself."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, Generic, Self, TypeVar
from uuid import UUID

import aiohttp
import msgspec

T = TypeVar("T")

MAX_FILES = 512
# Longer than the service takes to free a file that another connection was sending.
SILENCE_SECONDS = 60.0
MAX_PAUSE_SECONDS = 15.0
_TRANSIENT = frozenset({401, 408, 409, 423, 425, 429})


class RefusedError(Exception):
    """The service refused for good; the message is its problem's detail."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class UnreachableError(Exception):
    """The service could not be reached within the time that the client waits."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A file of an upload; without a ``url`` there is nothing to send."""

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

    @property
    def identity(self) -> tuple[str, int, str | None]:
        """Identifies the file: two files may have the same path, with different bytes."""
        return self.path, self.file_size, self.hash


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """An upload; ``files`` only in the response to its announcement."""

    id: UUID
    status: str
    total_files: int
    successful_files: int
    failed_files: int
    files: Sequence[Line] = ()


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What the service would do with a file."""

    path: str
    verdict: str
    code: str | None = None
    message: str | None = None


class License(msgspec.Struct, frozen=True, kw_only=True):
    """A licence that can be given to files."""

    id: int
    title: str


class _Recognized(msgspec.Struct, frozen=True, kw_only=True):
    license: License | None


class Page(msgspec.Struct, Generic[T], frozen=True):
    """A page of a list, and the next one's cursor."""

    items: Sequence[T]
    next_cursor: str | None = None


class Answer(msgspec.Struct, frozen=True):
    headers: Mapping[str, str]
    body: bytes


class Token:
    """The bearer token: a text, or a file that another program renews."""

    def __init__(self, text: str | None, file: Path | None) -> None:
        self._text, self._file = text, file

    def read(self) -> str:
        """Raises: OSError: the file cannot be read."""
        if self._file is not None:
            return self._file.read_text().strip()
        return self._text or ""


class Api:
    """A session with a bearer token.

    Args:
        retry_seconds: how long a call retries before it gives up.
        on_retry: called with the reason for each retry.
    """

    def __init__(
        self, base_url: str, token: Token, *, retry_seconds: float, on_retry: Callable[[str], None] = lambda _: None
    ) -> None:
        self._base_url, self._token = base_url.rstrip("/"), token
        self._retry_seconds, self._on_retry = retry_seconds, on_retry

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=SILENCE_SECONDS)
        self._session = aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=32))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def check(self, files: Sequence[Mapping[str, Any]]) -> Sequence[Checked]:
        return (await self.fetch("POST", "uploads/check", Page[Checked], json={"files": files})).items

    async def recognize_license(self, text: str) -> License | None:
        """The licence that a LICENSE file's text is, if it can be given to files."""
        return (await self.fetch("POST", "uploads/license", _Recognized, json={"text": text})).license

    async def announce(
        self, files: Sequence[Mapping[str, Any]], *, name: str | None, key: str, **defaults: Any
    ) -> Upload:
        """Open an upload of these files, page by page; the key makes a repeated call idempotent."""
        first, *pages = batches(files)
        body: dict[str, Any] = {"files": first, "name": name}
        if pages:  # a server of the previous release does not know it
            body["total_files"] = len(files)
        body["defaults"] = {k: v for k, v in defaults.items() if v is not None}
        upload = await self.fetch("POST", "uploads", Upload, json=body, headers={"Idempotency-Key": key})
        lines = [*upload.files]
        for page in pages:
            lines += await self.announce_page(upload.id, page, first=len(lines))
        return msgspec.structs.replace(upload, files=lines)

    async def announce_page(self, upload_id: UUID, files: Sequence[Mapping[str, Any]], *, first: int) -> Sequence[Line]:
        """Announce the upload's files from this index on; idempotent."""
        body = {"first": first, "files": files}
        return (await self.fetch("POST", f"uploads/{upload_id}/files", Upload, json=body)).files

    async def find_upload(self, upload_id: UUID) -> Upload:
        return await self.fetch("GET", f"uploads/{upload_id}", Upload)

    async def open_uploads(self) -> list[Upload]:
        uploads = (await self.fetch("GET", "uploads", Page[Upload])).items
        return [each for each in uploads if each.status == "processing"]

    async def lines(self, upload_id: UUID) -> Sequence[Line]:
        return await self.read_all(f"uploads/{upload_id}/files", Page[Line])

    async def fetch(self, method: str, path: str, kind: type[T], **options: Any) -> T:
        """The decoded response of a call below /api/pmd; raises as ``call`` does."""
        answer = await self.call(method, f"/api/pmd/{path}", **options)
        return msgspec.json.decode(answer.body, type=kind)

    async def read_all(self, path: str, kind: type[Page[T]], **query: str) -> list[T]:
        """All items of a list below /api/pmd."""
        items: list[T] = []
        cursor: str | None = ""
        while cursor is not None:
            page = await self.fetch("GET", path, kind, params=query | ({"cursor": cursor} if cursor else {}))
            items += page.items
            cursor = page.next_cursor
        return items

    async def call(self, method: str, path: str, **options: Any) -> Answer:
        """Raises: RefusedError: for good; UnreachableError: for too long."""
        return await self.retrying(lambda: self.once(method, path, **options))

    async def retrying(self, attempt: Callable[[], Awaitable[T]], *, reached: Callable[[], int] = lambda: 0) -> T:
        """Retry transient errors with backoff.

        Args:
            reached: the progress. Each step forward restarts the time limit, because a large file takes longer.
        """
        loop = asyncio.get_running_loop()
        began, pause, furthest = loop.time(), 0.2, 0
        while True:
            try:
                return await attempt()
            except RefusedError as refused:
                if refused.status not in _TRANSIENT and refused.status < 500:
                    raise
                reason = str(refused)
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                reason = f"{self._base_url} cannot be reached ({type(error).__name__})."
            if reached() > furthest:
                began, pause, furthest = loop.time(), 0.2, reached()
            elif loop.time() - began > self._retry_seconds:
                raise UnreachableError(reason)
            self._on_retry(f"{reason} Retrying …")
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
            pause = min(pause * 2, MAX_PAUSE_SECONDS)

    async def once(self, method: str, path: str, **options: Any) -> Answer:
        """One request, without retries.

        Raises:
            RefusedError: any status from 400 on.
        """
        async with self.opened(method, path, **options) as response:
            return Answer(response.headers, await response.read())

    @asynccontextmanager
    async def opened(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **options: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """As ``once``, for a response that is streamed."""
        signed = {"Authorization": f"Bearer {self._token.read()}", **(headers or {})}
        async with self._session.request(method, self._base_url + path, headers=signed, **options) as response:
            if response.status >= HTTPStatus.BAD_REQUEST:
                detail = _detail(await response.read())
                raise RefusedError(detail or f"{response.status} {response.reason}", response.status)
            yield response


def batches(items: Sequence[T], size: int = MAX_FILES) -> Iterator[Sequence[T]]:
    """Slices of the size that a call accepts."""
    for first in range(0, len(items), size):
        yield items[first : first + size]


class _Problem(msgspec.Struct, frozen=True):
    detail: str


def _detail(body: bytes) -> str | None:
    try:
        return msgspec.json.decode(body, type=_Problem).detail
    except msgspec.DecodeError:
        return None
