"""One subscriber's event stream (SPEC section 6)."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

from aiohttp import ClientConnectionResetError, web
from aiohttp_sse import EventSourceResponse

from .hub import Hub, States, Subscriber

PING_SECONDS = 15.0
SEND_TIMEOUT_SECONDS = 60.0
RETRY_MILLISECONDS = 3000


async def stream_updates(
    request: web.Request,
    hub: Hub,
    *,
    user_id: int,
    load_newest: Callable[[], Awaitable[States]],
    until: datetime,
) -> web.StreamResponse:
    """Answer with the user's newest requests, oldest first, then with every change, until ``until``."""
    with hub.subscribed(user_id) as subscriber:
        # Subscribed before the snapshot is read: a change in between is told twice rather than never.
        newest = await load_newest()
        subscriber.told.update(newest)
        response = EventSourceResponse(ping_interval=PING_SECONDS, send_timeout=SEND_TIMEOUT_SECONDS)
        await response.prepare(request)
        # A reader that has gone, or takes nothing any more, is the end of the stream and not a fault of ours.
        with suppress(ClientConnectionResetError, TimeoutError):
            async with response:
                await _greet(response, newest)
                await _relay(response, subscriber, until)
    return response


async def _greet(response: EventSourceResponse, newest: States) -> None:
    await response.write(f"retry: {RETRY_MILLISECONDS}\r\n\r\n".encode())
    for request_id, state in newest.items():
        await _tell(response, request_id, state)
    await response.send("{}", event="connected")


async def _relay(response: EventSourceResponse, subscriber: Subscriber, until: datetime) -> None:
    while not subscriber.closing and response.is_connected():
        remaining = (until - datetime.now(UTC)).total_seconds()
        if remaining <= 0:
            await response.send("{}", event="timeout")
            return
        # A reader that has gone is noticed by the ping; without the time limit nobody would look.
        try:
            async with asyncio.timeout(min(remaining, PING_SECONDS)):
                changes = await subscriber.next_changes()
        except TimeoutError:
            continue
        for request_id, state in changes.items():
            await _tell(response, request_id, state)


async def _tell(response: EventSourceResponse, request_id: UUID, state: str | None) -> None:
    if state is None:
        await response.send(f'{{"id":"{request_id}"}}', event="bdr_removed", id=str(request_id))
    else:
        await response.send(state, event="bdr_update", id=str(request_id))
