"""What a process does again and again, whatever else it is busy with and whatever Redis says."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from ..ops.telemetry import log


class Repeat:
    """Calls ``verb`` every so many seconds, spread a little, until it is stopped; it outlives failures."""

    def __init__(self, name: str, verb: Callable[[], Awaitable[object]], *, seconds: float) -> None:
        self._name = name
        self._verb = verb
        self._seconds = seconds
        self._running = asyncio.create_task(self._run(), name=f"repeat {name}")

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._seconds * random.uniform(0.8, 1))  # noqa: S311 - spread, not a secret
            try:
                await self._verb()
            except Exception:
                log.exception("repeat_failed", what=self._name)

    async def stop(self) -> None:
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)
