"""The client: how calls are sent and repeated. ``sync.py`` is generated from this module, by ``make types``."""

import random
from asyncio import sleep, to_thread
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from copy import copy
from errno import EISDIR
from http import HTTPStatus
from os import strerror
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import ParamSpec, Protocol, Self, TypeVar
from uuid import uuid4

import httpx
import msgspec

from .async_calls import AsyncCalls
from .errors import PmdError, bearer, error_of, in_a_circle, redirected, unexpected, unreachable, was_never_sent
from .events import Event, Parser
from .files import Part, find_part, part_for, publish, read_at

P = ParamSpec("P")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

# Longer than the service takes to free a file that another connection was sending, and than its streams are silent.
SILENCE_SECONDS = 60.0
CONNECT_SECONDS = 10.0
MAX_PAUSE_SECONDS = 15.0
CHUNK_BYTES = 1 << 18
SMALL_BYTES = 1 << 20
_TUS = {"Tus-Resumable": "1.0.0"}
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
# Of the last answer in this task or thread.
_etag: ContextVar[str | None] = ContextVar("etag", default=None)

Query = Mapping[str, object]


class AsyncPage(Protocol[T_co]):
    """An answer with items and the cursor of the next ones."""

    @property
    def items(self) -> Sequence[T_co]: ...
    @property
    def next_cursor(self) -> str | None: ...


class AsyncClient(AsyncCalls):
    """A connection to the service, with a method for every call.

    Args:
        key: an access key or a token; or a function that gives the present one, where another program renews it.
        retry_seconds: how long a call is repeated after errors that pass. Progress of a transfer restarts it.
        target_sqid: for moderators: for whom all calls are made.
        on_retry: called with the reason for each retry.

    Every call raises PmdError, and nothing else where the fault is not this program's own.

    Raises:
        ValueError: the address is not one of http.
    """

    def __init__(
        self,
        base_url: str,
        key: str | Callable[[], str] | None = None,
        *,
        retry_seconds: float = 60.0,
        target_sqid: str | None = None,
        on_retry: Callable[[str], None] | None = None,
        user_agent: str = "pmd-sdk",
    ) -> None:
        base_url = base_url.strip()  # without the line end of a file that had it
        if not (base_url.startswith(("http://", "https://")) and base_url.isprintable()):
            raise ValueError(f"“{base_url}” is not the address of a service: it begins with https://")
        self.base_url = base_url.rstrip("/")
        self._key, self._retry_seconds, self._on_retry = key, retry_seconds, on_retry
        self._timeout = httpx.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS)
        self._everywhere: Query = {"target_sqid": target_sqid}
        self._http = httpx.AsyncClient(
            base_url=self.base_url,
            headers={"User-Agent": user_agent},
            limits=httpx.Limits(max_connections=32, max_keepalive_connections=32),
        )

    def within(self, seconds: float) -> Self:
        """The same client, of the same connections, for calls that must not take long.

        A call ends when the service is silent for so long, and is not repeated after that time: with a PmdError whose
        status is None. What arrives meanwhile, such as a large file, goes on.
        """
        hurried = copy(self)
        hurried._timeout = httpx.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS))
        hurried._retry_seconds = min(seconds, self._retry_seconds)
        return hurried

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._http.aclose()

    async def call(
        self,
        method: str,
        path: str,
        kind: type[T],
        *,
        query: Query | None = None,
        body: Mapping[str, object] | None = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str | None] | None = None,
        repeatable: bool = False,
    ) -> T:
        """Any call by its path, also one that this version does not know; ``kind`` is what its JSON is decoded as.

        Args:
            repeatable: whether a POST or PATCH may be sent again although the first one may have arrived.
        """
        sent = dict(headers or {})
        content = None
        if body is not None:
            content = msgspec.json.encode({name: value for name, value in body.items() if value is not msgspec.UNSET})
            sent["Content-Type"] = "application/json"

        async def attempt() -> T:
            async with self.opened(method, path, query=query, headers=sent, content=content, data=form) as response:
                data = await response.aread()
                _etag.set(response.headers.get("ETag"))
                return msgspec.json.decode(data, type=kind) if kind is not type(None) else kind()

        return await self.retrying(attempt, may_have_arrived=repeatable or method in _SAFE)

    async def retrying(
        self,
        attempt: Callable[[], Awaitable[T]],
        *,
        may_have_arrived: bool = True,
        reached: Callable[[], int] = lambda: 0,
    ) -> T:
        """Repeat an attempt while its error is one that passes.

        Args:
            may_have_arrived: False for what must not be done twice: then it is repeated only after a refusal, and where
                no connection was made.
            reached: the progress; each step forward restarts the time limit.
        """
        began, pause, furthest = monotonic(), 0.2, 0
        while True:
            try:
                return await attempt()
            except PmdError as error:
                refused = error.retry_after is not None or was_never_sent(error)
                is_renewed = error.status == HTTPStatus.UNAUTHORIZED and callable(self._key)
                if not (is_renewed or (error.is_passing and (may_have_arrived or refused))):
                    raise
                if reached() > furthest:
                    began, pause, furthest = monotonic(), 0.2, reached()
                wait = max(error.retry_after or 0.0, pause * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
                if monotonic() + wait - began > self._retry_seconds:
                    raise
                if self._on_retry is not None:
                    self._on_retry(f"{error} Retrying …")
            await sleep(wait)
            pause = min(pause * 2, MAX_PAUSE_SECONDS)

    @asynccontextmanager
    async def opened(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        headers: Mapping[str, str | None] | None = None,
        content: bytes | AsyncIterator[bytes] | None = None,
        data: Mapping[str, str] | None = None,
        redirects: bool = False,
    ) -> AsyncIterator[httpx.Response]:
        """One request, without repeating it; its response is still to be read."""
        sent = {name: value for name, value in (headers or {}).items() if value is not None}
        key = self._key() if callable(self._key) else self._key
        if key:
            sent["Authorization"] = bearer(key)
        params = {
            name: _text(value) for name, value in {**self._everywhere, **(query or {})}.items() if value is not None
        }
        try:
            async with self._http.stream(
                method,
                path,
                params=params,
                headers=sent,
                content=content,
                data=data,
                follow_redirects=redirects,
                timeout=self._timeout,
            ) as response:
                if response.status_code >= HTTPStatus.BAD_REQUEST:
                    await response.aread()
                    raise error_of(response)
                if response.has_redirect_location:  # a body and the key go to no other address
                    raise redirected(self.base_url, response)
                yield response
        except (httpx.TransportError, httpx.StreamError, httpx.InvalidURL) as error:
            raise unreachable(self.base_url, error) from error
        except httpx.TooManyRedirects as error:
            raise in_a_circle(self.base_url) from error
        except (msgspec.DecodeError, UnicodeDecodeError, httpx.DecodingError) as error:
            raise unexpected(self.base_url, response.status_code, error) from error

    def binary(self, path: str, query: Query) -> "AsyncBinary":
        return AsyncBinary(self, path, query)

    async def events(
        self, path: str, query: Query | None = None, last_event_id: str | None = None
    ) -> AsyncIterator[Event]:
        """The events of a stream, without end: it connects again by itself, and goes on after the last event.

        Raises:
            PmdError: the service refuses, for example because the key was revoked.
        """
        parser = Parser(last_event_id)
        while True:
            try:
                headers = {"Accept": "text/event-stream", "Last-Event-ID": parser.last_event_id}
                async with self.opened("GET", path, query=query, headers=headers) as response:
                    if not response.headers.get("Content-Type", "").startswith("text/event-stream"):
                        raise msgspec.DecodeError("this is no event stream")
                    parser.begin()
                    async for piece in response.aiter_bytes():
                        for event in parser.feed(piece):
                            yield event
            except PmdError as error:
                is_renewed = error.status == HTTPStatus.UNAUTHORIZED and callable(self._key)
                if not (error.is_passing or is_renewed):
                    raise
                if self._on_retry is not None:
                    self._on_retry(f"{error} Retrying …")
                await sleep(max(error.retry_after or 0.0, random.uniform(0.0, 1.0)))  # noqa: S311 - jitter
            await sleep(parser.retry_seconds)

    async def send_file(
        self, url: str, file: Path, size: int, *, received: int = 0, progress: Callable[[int], None] = lambda _: None
    ) -> bool:
        """Send the bytes of an announced file, from where the service has them, by tus.

        Args:
            url: the announced line's.
            received: what the service is known to have; if that is wrong, it says what it has.
            progress: called with how many more bytes have arrived.

        Returns:
            False if the file cannot be read, or has become shorter.
        """
        state = _Sending(received)
        expected: int | None = received if received == 0 else None

        async def attempt() -> bool:
            nonlocal expected
            offset, expected = expected, None
            is_asked = offset is None
            if offset is None:
                async with self.opened("HEAD", url, headers=_TUS) as head:
                    offset = _offset_of(head)
            progress(state.move(offset))
            while offset < size:
                try:
                    content = await self._content(file, offset, size, state, progress)
                except OSError:
                    return False
                headers = {
                    **_TUS, "Content-Type": "application/offset+octet-stream", "Upload-Offset": str(offset),
                }  # fmt: skip
                try:
                    async with self.opened("PATCH", url, headers=headers, content=content) as answer:
                        reached = _offset_of(answer)
                except PmdError as error:
                    if is_asked or error.status != HTTPStatus.CONFLICT:
                        raise
                    return await attempt()  # it has some already
                if reached == offset:
                    return False
                offset = reached
                progress(state.move(offset))
            return True

        return await self.retrying(attempt, reached=lambda: state.furthest)

    async def _content(
        self, file: Path, offset: int, size: int, state: "_Sending", progress: Callable[[int], None]
    ) -> bytes | AsyncIterator[bytes]:
        """The rest of the file."""
        if size - offset <= SMALL_BYTES:
            return read_at(file, offset, size - offset)  # cached, as it has just been hashed: a thread costs more
        file.open("rb").close()

        async def chunks() -> AsyncIterator[bytes]:
            with file.open("rb", buffering=0) as opened:
                opened.seek(offset)
                at = offset
                while at < size and (chunk := await to_thread(opened.read, min(CHUNK_BYTES, size - at))):
                    yield chunk
                    at += len(chunk)
                    progress(state.move(at))

        return chunks()


class _Sending:
    """How far a file has been sent, and how far it ever was."""

    def __init__(self, received: int) -> None:
        self.at = self.furthest = received

    def move(self, offset: int) -> int:
        moved, self.at = offset - self.at, offset
        self.furthest = max(self.furthest, offset)
        return moved


class AsyncBinary:
    """An answer that is a file: to be opened, read, or saved."""

    def __init__(self, client: AsyncClient, path: str, query: Query) -> None:
        self._client, self._path, self._query = client, path, query

    def opened(self, **headers: str) -> AbstractAsyncContextManager[httpx.Response]:
        """The response itself, to be read with ``aiter_bytes()``."""
        sent = {"Accept-Encoding": "identity", **headers}
        return self._client.opened("GET", self._path, query=self._query, headers=sent, redirects=True)

    async def read(self) -> bytes:
        async def attempt() -> bytes:
            async with self.opened() as response:
                return await response.aread()

        return await self._client.retrying(attempt)

    async def save(self, target: Path | str, *, progress: Callable[[int], None] = lambda _: None) -> str | None:
        """Write it to a file, which appears only when it is whole and on the disk.

        What has arrived stays beside it, for as long as the service has the same version, and the next call goes on.

        Args:
            progress: called with how many more bytes have arrived; negative if it has to start again.

        Returns:
            The version, as an entity tag.

        Raises:
            OSError: of the disk; its ``filename`` is the target.
        """
        target = Path(target)
        state = _Sending(0)
        if target.is_dir():
            raise IsADirectoryError(EISDIR, strerror(EISDIR), str(target))

        async def attempt() -> str | None:
            part = await to_thread(find_part, target)
            async with self.opened(**_range_of(part)) as response:
                etag = response.headers.get("ETag", "")
                path = part_for(target, etag)
                if part is not None and response.status_code != HTTPStatus.PARTIAL_CONTENT:
                    part.path.unlink()
                    part = None
                at = part.size if part is not None else 0
                progress(state.move(at))
                with path.open("wb" if part is None else "r+b") as file:
                    file.seek(at)
                    file.truncate()
                    async for chunk in response.aiter_raw(CHUNK_BYTES):
                        await to_thread(file.write, chunk)
                        at += len(chunk)
                        progress(state.move(at))
                    await to_thread(publish, file, path, target)
                return etag or None

        try:
            return await self._client.retrying(attempt, reached=lambda: state.furthest)
        except OSError as error:  # a full disk names no file, and others the part beside it
            error.filename, error.filename2 = str(target), None
            raise


def _range_of(part: Part | None) -> dict[str, str]:
    return {} if part is None else {"Range": f"bytes={part.size}-", "If-Range": part.etag}


def _offset_of(response: httpx.Response) -> int:
    if not (text := response.headers.get("Upload-Offset", "")).isdecimal():
        raise msgspec.DecodeError("this is no answer of tus")
    return int(text)


async def awith_etag(call: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> tuple[T, str | None]:
    """The answer of a call, and its entity tag: what the ``if_match`` of a change takes."""
    return await call(*args, **kwargs), _etag.get()


async def apages(call: Callable[P, Awaitable[AsyncPage[T]]], *args: P.args, **kwargs: P.kwargs) -> AsyncIterator[T]:
    """All items of a list, page by page."""
    while True:
        page = await call(*args, **kwargs)
        for item in page.items:
            yield item
        kwargs["cursor"] = page.next_cursor
        if page.next_cursor is None or not getattr(page, "has_more", True):
            return  # the changes have a cursor at their end, too


def new_key() -> str:
    """For an ``Idempotency-Key``."""
    return uuid4().hex


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
