"""Building 640 MB into an object store against a plain multipart upload of the same bytes, on a stack of its own."""

import asyncio
import statistics
from collections import deque
from datetime import datetime
from pathlib import Path

from pmd_service.base.store_url import StoreUrl
from pmd_service.demo.house import fill_store
from pmd_service.vault.s3_part import PART_BYTES, PARTS_IN_FLIGHT
from pmd_service.vault.s3_store import ObjectStore

from .runner import Row, spread
from .world import PeakMemory, World, running, stopwatch

COUNT, SIZE = 128, 5_000_000
RUNS = 3


async def measure(world: World) -> list[Row]:
    folder = world.settings.vault_path.parent / "beside"  # on the same disk
    async with running(folder, is_quick=world.is_quick, store=True) as beside:
        return await _measure(beside)


async def _measure(world: World) -> list[Row]:
    count = world.sized(COUNT, 16)
    artist, headers = await world.add_artist("bench-store")
    posts = await world.add_artworks(artist, count, SIZE)
    await fill_store(world.settings)
    files = [world.settings.vault_path / "bench" / f"{post}.png" for post in posts]
    assert world.settings.vault_url is not None
    store = ObjectStore(StoreUrl.parse(world.settings.vault_url))
    await store.open()
    uploads, builds, peaks = [], [], []
    for number in range(RUNS):
        with stopwatch() as seconds:
            await upload(store, f"bench/plain-{number}", files)
        uploads += seconds
        await store.delete(f"bench/plain-{number}")
        with PeakMemory(world.service.worker.pid) as memory:
            location = await world.request(headers, posts)
            item = await world.until(location, headers, "ready")
        started, completed = (datetime.fromisoformat(item[name]) for name in ("started_at", "completed_at"))
        builds.append((completed - started).total_seconds())
        peaks.append(memory.above / 2**20)
        await world.session.delete(location, headers=headers)
    await store.close()
    megabytes = count * SIZE / 1e6
    return [
        Row(
            what=f"building {megabytes:.0f} MB to S3 ÷ a plain multipart upload of the same bytes",
            value=statistics.median(build / plain for build, plain in zip(builds, uploads, strict=True)),
            unit="×",
            goal=1.25,
            detail={"build_seconds": spread(builds), "upload_seconds": spread(uploads)},
        ),
        Row(
            what=f"the worker's memory above idle while it builds {megabytes:.0f} MB to S3",
            value=max(peaks),
            unit="MiB",
            goal=96,
            detail={"peaks": spread(peaks)},
        ),
    ]


async def upload(store: ObjectStore, key: str, files: list[Path]) -> None:
    """One file's bytes after the other's, as many parts in flight as a build has."""
    upload_id = await store.begin_upload(key)
    flying: deque[asyncio.Task[str]] = deque()
    etags: list[str] = []
    data = b""
    for path in files:
        data += await asyncio.to_thread(path.read_bytes)
        while len(data) >= PART_BYTES or (path is files[-1] and data):
            if len(flying) == PARTS_IN_FLIGHT:
                etags.append(await flying.popleft())
            body, data = data[:PART_BYTES], data[PART_BYTES:]
            number = len(etags) + len(flying) + 1
            flying.append(asyncio.create_task(store.upload_part(key, upload_id, number, body)))
    etags += [await task for task in flying]
    await store.complete_upload(key, upload_id, etags)
