"""A file that is put into a watched folder: how long until a page knows, beyond the stillness that is waited for."""

import asyncio
import json
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import aiohttp
import numpy as np
from PIL import Image
from pmd_cli.push.terminal import Terminal
from pmd_cli.push.watch import STILL_SECONDS, watch
from pmd_sdk import AsyncClient
from pmd_sdk.models import Defaults

from pmd_service.demo.service import IssuedToken

from .runner import Row, median_row
from .world import World


async def measure(world: World) -> list[Row]:
    _, headers = await world.add_artist("bench-watched")
    token = IssuedToken(world.settings, "bench-watched")
    with tempfile.TemporaryDirectory(dir=world.settings.vault_path.parent) as name:
        folder = Path(name)
        async with (
            AsyncClient(world.settings.base_url, token.read, retry_seconds=60) as api,
            world.session.get("/api/pmd/sse", headers=headers) as stream,
        ):
            watching = asyncio.create_task(watch(api, [folder], defaults=Defaults(), terminal=Terminal(silent=True)))
            try:
                seconds = [await _drop(folder, number, stream) for number in range(world.sized(20, 4) + 1)]
            finally:
                watching.cancel()
                with suppress(asyncio.CancelledError):
                    await watching
    milliseconds = [1000 * each for each in seconds[1:]]  # the first one warms caches and connections
    what = f"a file in a watched folder → “asset_update”, after its {STILL_SECONDS:.0f} s of stillness, p50"
    return [median_row(what, milliseconds, goal=300)]


async def _drop(folder: Path, number: int, stream: aiohttp.ClientResponse) -> float:
    """Seconds from the file's last byte to the event that counts it, less the stillness."""
    hidden = folder / ".drawing.png"
    pixels = np.random.default_rng(number).integers(0, 256, (64, 64, 3), np.uint8)
    await asyncio.to_thread(Image.fromarray(pixels).save, hidden)
    hidden.rename(folder / f"drawing-{number}.png")
    began = time.perf_counter()
    while line := await stream.content.readline():
        if line.startswith(b"data: {") and json.loads(line[6:]).get("new") == number + 1:
            return time.perf_counter() - began - STILL_SECONDS
    raise EOFError("the stream has ended")
