"""Folders of pictures by ``pmd push``: how soon many are processed, and the cost per file (LIBRARY 9, DEPTH 6)."""

import asyncio
import os
import tempfile
import time
from pathlib import Path

import psutil
from PIL import Image
from pmd_cli.push.files import find_files
from pmd_cli.push.push import push_files
from pmd_cli.push.terminal import Terminal
from pmd_sdk import AsyncClient
from pmd_sdk.models import Defaults

from pmd_service.demo.service import IssuedToken

from .runner import Row
from .world import World, cpu_seconds


async def measure(world: World) -> list[Row]:
    small, large = world.sized(500, 100), world.sized(900, 200)
    seconds, _ = await push(world, "bench-pushing", count=small, side=100, colours=16)
    all_probed, spent = await push(world, "bench-folder", count=large, side=128, colours=256)
    return [
        Row(
            what=f"pmd push of {small} pictures of 5 kB → report settled",
            value=small / seconds,
            unit="files/s",
            goal=100,
            higher_is_better=True,
        ),
        Row(what=f"{large} pictures of 20 kB → all probed", value=all_probed, unit="s", goal=12 * large / 900),
        Row(
            what="what one of them costs in all, CPU",
            value=sum(spent.values()),
            unit="ms",
            goal=20,
            detail={"milliseconds": {name: round(each, 1) for name, each in spent.items()}},
        ),
    ]


async def push(world: World, handle: str, *, count: int, side: int, colours: int) -> tuple[float, dict[str, float]]:
    """Seconds from the first hash to the settled report, and each process's milliseconds of CPU per file."""
    await world.add_artist(handle)
    backend = psutil.Process(await world.database.fetchval("SELECT pg_backend_pid()"))
    processes = {"server": world.service.server.pid, "worker": world.service.worker.pid, "postgres": backend.ppid()}
    with tempfile.TemporaryDirectory(dir=world.settings.vault_path.parent) as folder:
        await asyncio.to_thread(draw, Path(folder), count, side, colours)
        before = {name: cpu_seconds(pid) for name, pid in processes.items()}
        began = time.perf_counter()
        async with AsyncClient(
            world.settings.base_url, IssuedToken(world.settings, handle).read, retry_seconds=60
        ) as api:
            result = await push_files(
                api, [*find_files([Path(folder)])], name=None, defaults=Defaults(), terminal=Terminal()
            )
        seconds = time.perf_counter() - began
    if result.outcomes != {"added": count}:
        raise RuntimeError(str(result.outcomes))
    return seconds, {name: 1000 * (cpu_seconds(pid) - before[name]) / count for name, pid in processes.items()}


def draw(folder: Path, count: int, side: int, colours: int) -> None:
    """As incompressible as art of their size, and not black ones only, which cost nothing."""
    for number in range(count):
        picture = Image.frombytes("P", (side, side), bytes(byte % colours for byte in os.urandom(side * side)))
        picture.putpalette(os.urandom(3 * colours))
        picture.save(folder / f"{number}.png")
