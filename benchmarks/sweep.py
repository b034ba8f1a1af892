"""The sweep with 100,000 archives in the vault: it reads rows, and never lists the vault."""

import asyncio
import time
from pathlib import Path
from uuid import uuid4

from pmd_service.jobs import STEPS, SWEEP_SECONDS, opened_worker
from pmd_service.work.upkeep import run_step

from .runner import Row, median_row
from .world import World

ARCHIVES = 100_000
USERS = 500
RUNS = 20


async def measure(world: World) -> list[Row]:
    count = world.sized(ARCHIVES, 2_000)
    artist, _ = await world.add_artist("bench-sweep")
    ids = [uuid4() for _ in range(count)]
    keys = [f"bdr/bench{number % USERS}/{bdr_id}.1.zip" for number, bdr_id in enumerate(ids)]
    await asyncio.to_thread(_make_archives, world.settings.vault_path, keys)
    await world.database.execute(
        """INSERT INTO batch_download_requests (id, user_id, requested_by, post_ids, artwork_count, attempt, status,
                                                started_at, completed_at, expires_at, file_path, file_size_bytes)
           SELECT id, $1, $1, '{1}', 1, 1, 'ready', now(), now(), now() + interval '7 days', key, 1
             FROM unnest($2::uuid[], $3::text[]) AS made (id, key)""",
        artist,
        ids,
        keys,
    )
    await world.database.execute("ANALYZE batch_download_requests")
    sweeps: list[float] = []
    often = [step for step in STEPS if step.every_seconds <= 2 * SWEEP_SECONDS]
    async with opened_worker(world.settings) as worker:
        for _ in range(RUNS):
            began = time.perf_counter()
            for step in often:
                await run_step(worker, step)
            sweeps.append(1000 * (time.perf_counter() - began))
    await world.database.execute("DELETE FROM batch_download_requests WHERE user_id = $1", artist)
    await world.database.execute("DELETE FROM vault_leftovers")
    return [median_row(f"the sweep with {count:,} archives in the vault", sweeps, goal=50)]


def _make_archives(vault: Path, keys: list[str]) -> None:
    for folder in {(vault / key).parent for key in keys}:
        folder.mkdir(parents=True, exist_ok=True)
    for key in keys:
        (vault / key).write_bytes(b"x")
