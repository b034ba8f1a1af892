"""A download as any client could do it: request it, follow the event stream, fetch, and resume."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from pmd_sdk import AsyncClient, Event
from pmd_sdk.models import Bdr, BdrAccepted

from .error import DemoError

NO_CHANGE_SECONDS = 300.0


async def build_archive(
    api: AsyncClient, post_ids: Sequence[int], *, on_state: Callable[[Bdr], None] = lambda _: None
) -> Bdr:
    """Request a download once the stream is connected, and follow it until its archive is ready.

    Args:
        on_state: called with each state of the request.

    Raises:
        DemoError: the request has failed, or does not change for long.
    """
    try:
        async with asyncio.timeout(NO_CHANGE_SECONDS) as deadline:
            bdr = await _follow(api, post_ids, on_state, deadline)
    except TimeoutError as error:
        raise DemoError(f"The request did not change for {NO_CHANGE_SECONDS:.0f} s.") from error
    if bdr.status != "ready":
        raise DemoError(f"The download ended {bdr.status}: {bdr.error_message}")
    return bdr


async def _follow(
    api: AsyncClient, post_ids: Sequence[int], on_state: Callable[[Bdr], None], deadline: asyncio.Timeout
) -> Bdr:
    """Follow the stream; a new connection begins with the current state."""
    accepted: BdrAccepted | None = None
    async for event in api.get_sse():
        deadline.reschedule(asyncio.get_running_loop().time() + NO_CHANGE_SECONDS)
        if event.event == "connected" and accepted is None:
            accepted = await api.post_bdr(
                post_ids=post_ids, include_comments=True, include_reactions=True, send_email=True
            )
        if accepted is not None and (bdr := _update_of(accepted, event)) is not None:
            on_state(bdr)
            if bdr.status in ("ready", "failed", "expired"):
                return bdr
    raise AssertionError("a stream has no end")


def _update_of(accepted: BdrAccepted, event: Event) -> Bdr | None:
    bdr = msgspec.json.decode(event.data, type=Bdr) if event.event == "bdr_update" else None
    return bdr if bdr is not None and bdr.id == accepted.id else None


async def fetch_archive(
    api: AsyncClient, url: str, target: Path, *, arrived: Callable[[int], None] = lambda _: None
) -> None:
    """Stream an archive to a file; a broken transfer is resumed, unless the archive has changed.

    Args:
        arrived: called with the number of bytes so far.
    """
    have = 0

    def advance(more: int) -> None:
        nonlocal have
        have += more
        arrived(have)

    await api.binary(url, {}).save(target, progress=advance)
