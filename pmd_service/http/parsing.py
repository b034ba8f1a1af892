"""A limit on how long aiohttp's parser holds the event loop for one user.

A chunk of a body costs half a microsecond to parse, and as much to read, however small it is, outside of any turn: 16
senders of chunks of one byte held the loop all the time. Beyond what its bytes should cost, a user's share of the loop
is a twentieth; a connection whose user has had more is not read until that is true again.
"""

import asyncio
from asyncio import Transport

from aiohttp import web

# What a byte may cost: chunks of 300 bytes stay below, and a body without chunks far below.
SECONDS_A_BYTE = 2e-9
# Anything that is received may cost as much as so many bytes: a request is parsed in some 0.1 ms.
MIN_BYTES = 64 * 1024
USER_FRACTION = 0.05
# What a step counts at most: its chunks take less, but the garbage collector may run in it.
STEP_SECONDS = 0.002
# How far a user may be ahead of that before a connection is paused.
BURST_SECONDS = 0.1
# Users that are remembered before those who are not ahead are forgotten.
MAX_REMEMBERED = 1024


class ParserThrottle:
    """Pauses connections whose bytes are costly to parse; aiohttp pauses them as well, while a buffer is full."""

    def __init__(self) -> None:
        self._even_at: dict[str, float] = {}  # when a user will have had no more than a twentieth, in the loop's time
        self._paused: dict[web.RequestHandler, bool] = {}  # whether aiohttp wants to read again meanwhile

    def parsed(self, connection: web.RequestHandler, user: str, seconds: float) -> None:
        """Note that the connection's parser has held the loop for so long more than its bytes should have."""
        loop = asyncio.get_running_loop()
        even_at = max(loop.time(), self._even_at.get(user, 0)) + min(seconds, STEP_SECONDS) / USER_FRACTION
        if len(self._even_at) >= MAX_REMEMBERED:
            self._even_at = {name: at for name, at in self._even_at.items() if at > loop.time()}
        self._even_at[user] = even_at
        if even_at - loop.time() > BURST_SECONDS and connection not in self._paused:
            self._paused[connection] = False
            loop.call_at(even_at, self._resume, connection)
        self.pause(connection)

    def pause(self, connection: web.RequestHandler) -> None:
        """Pause the transport of a connection that is being throttled, if aiohttp reads from it."""
        transport = connection.transport
        if connection in self._paused and isinstance(transport, Transport) and transport.is_reading():
            self._paused[connection] = True
            transport.pause_reading()

    def postpones(self, connection: web.RequestHandler) -> bool:
        """Whether the connection is not to be read yet; then it is resumed later."""
        if connection not in self._paused:
            return False
        self._paused[connection] = True
        return True

    def _resume(self, connection: web.RequestHandler) -> None:
        if self._paused.pop(connection) and connection.transport is not None:
            connection.resume_reading()
