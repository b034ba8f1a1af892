"""A download as any client could do it: request it, follow the event stream, fetch, and resume."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence
from http import HTTPStatus
from pathlib import Path
from uuid import UUID, uuid4

import aiofiles
import msgspec

from ..downloads.queries import Bdr
from ..downloads.requests import BdrAccepted
from ..push.api import Api
from .error import DemoError

CHUNK_BYTES = 1 << 18
NO_CHANGE_SECONDS = 300.0


async def build_archive(api: Api, post_ids: Sequence[int], *, on_state: Callable[[Bdr], None] = lambda _: None) -> Bdr:
    """Request a download once the stream is connected, and follow it until its archive is ready.

    Args:
        on_state: called with each state of the request.

    Raises:
        DemoError: the request has failed, or does not change for long.
    """
    body = {"post_ids": post_ids, "include_comments": True, "include_reactions": True, "send_email": True}
    keyed = {"Idempotency-Key": uuid4().hex}
    accepted: BdrAccepted | None = None
    heard = 0

    async def follow() -> Bdr:
        """Follow the stream; a new connection begins with the current state."""
        nonlocal accepted, heard
        async with api.opened("GET", "/api/pmd/sse") as stream:
            async for name, data in parse_events(stream.content):
                heard += 1
                deadline.reschedule(asyncio.get_running_loop().time() + NO_CHANGE_SECONDS)
                if name == "connected" and accepted is None:
                    accepted = await api.fetch("POST", "bdr", BdrAccepted, json=body, headers=keyed)
                if accepted is not None and (bdr := _update_of(accepted.id, name, data)) is not None:
                    on_state(bdr)
                    if bdr.status in ("ready", "failed", "expired"):
                        return bdr
        raise ConnectionResetError

    try:
        async with asyncio.timeout(NO_CHANGE_SECONDS) as deadline:
            bdr = await api.retrying(follow, reached=lambda: heard)
    except TimeoutError as error:
        raise DemoError(f"The request did not change for {NO_CHANGE_SECONDS:.0f} s.") from error
    if bdr.status != "ready":
        raise DemoError(f"The download ended {bdr.status}: {bdr.error_message}")
    return bdr


def _update_of(bdr_id: UUID, name: str, data: str) -> Bdr | None:
    bdr = msgspec.json.decode(data, type=Bdr) if name == "bdr_update" else None
    return bdr if bdr is not None and bdr.id == bdr_id else None


async def fetch_archive(api: Api, url: str, target: Path, *, arrived: Callable[[int], None] = lambda _: None) -> None:
    """Stream an archive to a file; a broken transfer is resumed, unless the archive has changed.

    Args:
        arrived: called with the number of bytes so far.
    """
    part = target.with_name(f"{target.name}.part")
    have, etag = 0, ""

    async def fetch_rest() -> None:
        nonlocal have, etag
        headers = {"Range": f"bytes={have}-", "If-Range": etag} if have else {}
        async with api.opened("GET", url, headers=headers) as response:
            etag = response.headers["ETag"]
            goes_on = response.status == HTTPStatus.PARTIAL_CONTENT
            async with aiofiles.open(part, "ab" if goes_on else "wb") as file:
                have = await file.tell()
                async for chunk in response.content.iter_chunked(CHUNK_BYTES):
                    await file.write(chunk)
                    await file.flush()
                    have += len(chunk)
                    arrived(have)

    await api.retrying(fetch_rest, reached=lambda: have)
    part.replace(target)


async def parse_events(lines: AsyncIterable[bytes]) -> AsyncIterator[tuple[str, str]]:
    """Names and data of server-sent events, from a stream's lines (https://html.spec.whatwg.org/#server-sent-events)."""
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
                yield name, "\n".join(data)
            name, data = "message", []
