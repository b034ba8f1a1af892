"""How a build grows with its artworks: 1 MB to 2 GB, in memory that does not."""

from datetime import datetime

from .runner import Row
from .world import PeakMemory, World

COUNT = 128
MB = 1_000_000


async def measure(world: World) -> list[Row]:
    sizes = [1, 16, 128] if world.is_quick else [1, 16, 256, 2_000]
    seconds, peaks = {}, {}
    for megabytes in sizes:
        artist, headers = await world.add_artist(f"bench-growth-{megabytes}")
        posts = await world.add_artworks(artist, COUNT, megabytes * MB // COUNT)
        with PeakMemory(world.service.worker.pid) as memory:
            location = await world.request(headers, posts)
            item = await world.until(location, headers, "ready")
        started, completed = (datetime.fromisoformat(item[name]) for name in ("started_at", "completed_at"))
        seconds[f"{megabytes} MB"] = round((completed - started).total_seconds(), 3)
        peaks[f"{megabytes} MB"] = round(memory.above / 2**20, 1)
        await world.session.delete(location, headers=headers)
        for post in posts:
            (world.settings.vault_path / "bench" / f"{post}.png").unlink()
    return [
        Row(
            what=f"archives of {sizes[0]} MB → {sizes[-1]} MB: the worker's memory above idle, most",
            value=max(peaks.values()),
            unit="MiB",
            goal=64,
            detail={"build_seconds": seconds, "mebibytes_above_idle": peaks},
        )
    ]
