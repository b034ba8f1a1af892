"""Building 128 × 5 MB against copying the same bytes to one fsynced file."""

import os
import shutil
import statistics
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from .runner import Row, spread
from .world import PeakMemory, World, stopwatch

COUNT, SIZE = 128, 5_000_000
RUNS = 5


async def measure(world: World) -> list[Row]:
    artist, headers = await world.add_artist("bench-large")
    posts = await world.add_artworks(artist, COUNT, SIZE)
    folder = world.settings.vault_path / "bench"
    files = [folder / f"{post}.png" for post in posts]
    copies, builds, peaks = [], [], []
    for _ in range(RUNS):
        with stopwatch() as seconds:
            copy_durably(files, folder / "copy")
        copies += seconds
        # Each finds the memory that the other has just given back: pages that nobody has touched for long are slow.
        (folder / "copy").unlink()
        with PeakMemory(world.service.worker.pid) as memory:
            location = await world.request(headers, posts)
            item = await world.until(location, headers, "ready")
        started, completed = (datetime.fromisoformat(item[name]) for name in ("started_at", "completed_at"))
        builds.append((completed - started).total_seconds())
        peaks.append(memory.above / 2**20)
        await world.session.delete(location, headers=headers)
    # Each build against the copy beside it: the disk's mood is the same for both.
    ratio = statistics.median(build / copy for build, copy in zip(builds, copies, strict=True))
    return [
        Row(
            what=f"building {COUNT} × 5 MB ({COUNT * SIZE / 1e6:.0f} MB) ÷ copying the bytes to one fsynced file",
            value=ratio,
            unit="×",
            goal=1.25,
            original="15.8 s (a fsynced copy: 0.6 s)",
            detail={"build_seconds": spread(builds), "copy_seconds": spread(copies)},
        ),
        Row(
            what="the worker's memory above idle while it builds 640 MB",
            value=max(peaks),
            unit="MiB",
            goal=64,
            detail={"peaks": spread(peaks)},
        ),
    ]


def copy_durably(files: Sequence[Path], target: Path) -> None:
    with target.open("wb", buffering=0) as out:
        for path in files:
            with path.open("rb", buffering=0) as source:
                shutil.copyfileobj(source, out, 1 << 20)
        os.fsync(out.fileno())
