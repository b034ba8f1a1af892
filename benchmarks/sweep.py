"""The sweep with 100,000 archives in the vault: it looks at what rows say is left, and never at the vault."""

import asyncio
import statistics
from pathlib import Path
from uuid import uuid4

from pmd_service.jobs import STEPS, SWEEP_SECONDS, opened_worker
from pmd_service.work.upkeep import attempt

from .runner import Row, spread
from .world import World, stopwatch

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
            with stopwatch() as seconds:
                for step in often:
                    await attempt(worker, step)
            sweeps += [second * 1000 for second in seconds]
    await world.database.execute("DELETE FROM batch_download_requests WHERE user_id = $1", artist)
    await world.database.execute("DELETE FROM vault_leftovers")
    return [
        Row(
            what=f"the sweep with {count:,} archives in the vault",
            value=statistics.median(sweeps),
            unit="ms",
            goal=50,
            detail={"milliseconds": spread(sweeps, 2)},
        )
    ]


def _make_archives(vault: Path, keys: list[str]) -> None:
    for folder in {(vault / key).parent for key in keys}:
        folder.mkdir(parents=True, exist_ok=True)
    for key in keys:
        (vault / key).write_bytes(b"x")
