"""A client of the public API, as anybody could write one."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import aiofiles
import aiofiles.os
import aiohttp
import msgspec

from ..downloads.queries import Bdr
from ..downloads.requests import BdrAccepted
from ..http.errors import Problem
from ..posts.queries import Post, PostPage

CHUNK_BYTES = 1 << 18
TRIES = 5
PAUSE_SECONDS = 0.5
# The server sends a comment every 15 s: a longer silence is a connection that has died.
SILENCE_SECONDS = 45.0


class ApiError(Exception):
    """The API refused or could not be reached; the message is a sentence."""


class Event(msgspec.Struct, frozen=True):
    """One server-sent event."""

    name: str
    data: str


class Client:
    """Signed in with a bearer token."""

    def __init__(self, base_url: str, token: str) -> None:
        self._session = aiohttp.ClientSession(
            base_url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=SILENCE_SECONDS),
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def list_posts(self, *, page_size: int = 512) -> list[Post]:
        """All posts, newest first, page by page.

        Raises:
            ApiError: a page was refused.
        """
        posts: list[Post] = []
        cursor: str | None = ""
        while cursor is not None:
            query = {"limit": str(page_size)} | ({"cursor": cursor} if cursor else {})
            body = await self._call("GET", "/api/pmd/posts", HTTPStatus.OK, params=query)
            page = msgspec.json.decode(body, type=PostPage)
            posts += page.items
            cursor = page.next_cursor
        return posts

    async def request_download(self, post_ids: Sequence[int]) -> BdrAccepted:
        """Raises: ApiError: refused, with the reason that the API gives."""
        body = {"post_ids": post_ids, "include_comments": True, "include_reactions": True, "send_email": True}
        answer = await self._call("POST", "/api/pmd/bdr", HTTPStatus.ACCEPTED, json=body)
        return msgspec.json.decode(answer, type=BdrAccepted)

    async def _call(self, method: str, path: str, expected: HTTPStatus, **options: Any) -> bytes:
        try:
            async with self._session.request(method, path, **options) as response:
                body = await response.read()
                if response.status != expected:
                    raise ApiError(f"{method} {path} was answered with {_reason(response.status, body)}")
                return body
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ApiError(f"{method} {path} failed: {error or type(error).__name__}.") from error

    async def events(self) -> AsyncGenerator[Event, None]:
        """The event stream; a broken one is opened anew, and begins with the present state.

        Raises:
            ApiError: the stream is refused or cannot be opened again.
        """
        failures = 0
        while True:
            try:
                async with self._session.get("/api/pmd/bdr/sse") as response:
                    if response.status != HTTPStatus.OK:
                        body = await response.read()
                        raise ApiError(f"The event stream was answered with {_reason(response.status, body)}")
                    async for event in parse_events(response.content):
                        failures = 0
                        yield event
            except (aiohttp.ClientError, TimeoutError) as error:
                failures += 1
                if failures == TRIES:
                    raise ApiError(f"The event stream cannot be opened: {error}.") from error
            await asyncio.sleep(PAUSE_SECONDS)

    async def download(self, bdr: Bdr, target: Path, *, arrived: Callable[[int], None] = lambda _: None) -> None:
        """Stream an archive to a file; a download that breaks goes on where it was.

        Args:
            arrived: is told how many bytes there are.

        Raises:
            ApiError: refused, or broken more often than is worth another try.
            OSError: the file cannot be written.
        """
        assert bdr.download_url is not None
        part = target.with_name(f"{target.name}.part")
        etag, error = "", ""
        for _ in range(TRIES):
            try:
                async with self._rest_of(bdr.download_url, part, etag) as response:
                    etag = response.headers["ETag"]
                    await _save(response, part, arrived)
            except (aiohttp.ClientError, TimeoutError) as broken:
                error = str(broken) or type(broken).__name__
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                part.replace(target)
                return
        raise ApiError(f"The download broke {TRIES} times: {error}.")

    @asynccontextmanager
    async def _rest_of(self, url: str, part: Path, etag: str) -> AsyncIterator[aiohttp.ClientResponse]:
        """What is missing of ``part``; the whole archive where it is not the one with this ETag any more."""
        have = await aiofiles.os.path.getsize(part) if etag else 0
        headers = {"Range": f"bytes={have}-", "If-Range": etag} if have else {}
        async with self._session.get(url, headers=headers) as response:
            if response.status not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
                raise ApiError(f"The download was answered with {_reason(response.status, await response.read())}")
            yield response


async def _save(response: aiohttp.ClientResponse, part: Path, arrived: Callable[[int], None]) -> None:
    resumed = response.status == HTTPStatus.PARTIAL_CONTENT
    async with aiofiles.open(part, "ab" if resumed else "wb") as file:
        async for chunk in response.content.iter_chunked(CHUNK_BYTES):
            await file.write(chunk)
            await file.flush()
            arrived(await file.tell())


async def parse_events(lines: AsyncIterable[bytes]) -> AsyncIterator[Event]:
    """Server-sent events from the lines of a stream (https://html.spec.whatwg.org/#server-sent-events)."""
    name, data = "message", []
    async for raw in lines:
        field, _, value = raw.decode().rstrip("\r\n").partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            name = value
        elif field == "data":
            data.append(value)
        elif not field and not value:
            if data:
                yield Event(name, "\n".join(data))
            name, data = "message", []


def is_about(event: Event, bdr_id: UUID) -> Bdr | None:
    """The request's new state, where the event tells one of this request."""
    if event.name != "bdr_update":
        return None
    bdr = msgspec.json.decode(event.data, type=Bdr)
    return bdr if bdr.id == bdr_id else None


def _reason(status: int, body: bytes) -> str:
    try:
        return f"{status}: {msgspec.json.decode(body, type=Problem).detail}"
    except msgspec.DecodeError:
        return f"{status}."
