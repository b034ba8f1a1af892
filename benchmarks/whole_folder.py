"""A folder of 900 pictures of 20 kB: how long until all are looked at, and what a file costs (DEPTH section 6)."""

import asyncio
import os
import tempfile
import time
from pathlib import Path

import psutil
from PIL import Image

from pmd_service.push.api import Api, Token
from pmd_service.push.files import find_files
from pmd_service.push.push import Said, push_files
from pmd_service.push.terminal import Terminal

from .runner import Row
from .world import World

SIDE = 128


async def measure(world: World) -> list[Row]:
    count = world.sized(900, 200)
    _, headers = await world.add_artist("bench-folder")
    token = Token(headers["Authorization"].removeprefix("Bearer "), None)
    backend = psutil.Process(await world.database.fetchval("SELECT pg_backend_pid()"))
    houses = {"server": world.service.server.pid, "worker": world.service.worker.pid, "postgres": backend.ppid()}
    with tempfile.TemporaryDirectory(dir=world.settings.vault_path.parent) as name:
        await asyncio.to_thread(_draw, Path(name), count)
        before = {house: _cpu(pid) for house, pid in houses.items()}
        began = time.perf_counter()
        async with Api(world.settings.base_url, token, patience_seconds=60) as api:
            result = await push_files(api, list(find_files([Path(name)])), name=None, said=Said(), terminal=Terminal())
        seconds = time.perf_counter() - began
    if result.outcomes != {"added": count}:
        raise RuntimeError(str(result.outcomes))
    spent = {house: 1000 * (_cpu(pid) - before[house]) / count for house, pid in houses.items()}
    detail = {"milliseconds": {house: round(each, 1) for house, each in spent.items()}, "files": count}
    return [
        Row(
            what=f"{count} pictures of 20 kB → all looked at", value=seconds, unit="s", goal=12 * count / 900, detail={}
        ),
        Row(what="what one of them costs in all, CPU", value=sum(spent.values()), unit="ms", goal=20, detail=detail),
    ]


def _cpu(pid: int) -> float:
    """Seconds of a process, of those that it has started and of those of them that have ended."""
    process = psutil.Process(pid)
    times = [each.cpu_times() for each in (process, *process.children(recursive=True))]
    return float(sum(each.user + each.system + each.children_user + each.children_system for each in times))


def _draw(folder: Path, count: int) -> None:
    """As incompressible as art of their size: 20 kB each."""
    for number in range(count):
        data = os.urandom(SIDE * SIDE)
        picture = Image.frombytes("L", (SIDE, SIDE), data).convert("RGB").resize((SIDE, SIDE))
        picture.putpixel((0, 0), (number % 256, number // 256, 7))
        picture.quantize(256).save(folder / f"{number}.png")
