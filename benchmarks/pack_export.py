"""Exporting a pack of 1 GB against copying the same bytes to one fsynced file."""

import asyncio
import hashlib
import os
import shutil
import statistics
import zlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from .runner import Row, spread
from .wire import timed
from .world import World

COUNT, SIZE = 200, 5_000_000
# The row has the duration; polling continuously would take one of the two cores.
POLL_SECONDS = 0.1
RUNS = 3


async def measure(world: World) -> list[Row]:
    count = world.sized(COUNT, 20)
    artist, headers = await world.add_artist("bench-packs")
    folder = world.settings.vault_path / "assets" / "bench-packs"
    folder.mkdir(parents=True)
    ids, files = [], []
    for number in range(count):
        data = os.urandom(SIZE)
        digest = hashlib.sha256(data).hexdigest()
        path = folder / f"{digest}.png"
        path.write_bytes(data)
        files.append(path)
        ids.append(
            await world.database.fetchval(
                """INSERT INTO asset (user_id, path, type, hash, crc32, name, mime_type, file_format, size_bytes,
                                      provenance, approved)
                   VALUES ($1, $2, 'image', $3, $4, $5, 'image/png', 'png', $6, 'user_provided', true) RETURNING id""",
                artist,
                f"/vault/assets/bench-packs/{path.name}",
                digest,
                zlib.crc32(data),
                f"picture{number}.png",
                SIZE,
            )
        )
    body = {
        "name": "Bench",
        "license_type": "royalty_free",
        "marks": "keep",
        "assets": [{"asset_id": each} for each in ids],
    }
    pack = (await world.post("packs", headers, body))["id"]
    # The first one reads every file and compares it with its hash; the result is valid for a month.
    first = await export(world, headers, pack)
    copies, exports = [], []
    for _ in range(RUNS):
        copies.append(timed(lambda: copy_durably(files, folder / "copy")))
        (folder / "copy").unlink()
        exports.append(await export(world, headers, pack))
    return [
        Row(
            what=f"export of a {count * SIZE / 1e9:.1f} GB pack ÷ copying the bytes to one fsynced file",
            value=statistics.median(each / copy for each, copy in zip(exports, copies, strict=True)),
            unit="×",
            goal=0.3,
            detail={
                "export_seconds": spread(exports),
                "copy_seconds": spread(copies),
                "never_verified_before_seconds": round(first, 2),
            },
        )
    ]


def copy_durably(files: Sequence[Path], target: Path) -> None:
    with target.open("wb", buffering=0) as out:
        for path in files:
            with path.open("rb", buffering=0) as source:
                shutil.copyfileobj(source, out, 1 << 20)
        os.fsync(out.fileno())


async def export(world: World, headers: dict[str, str], pack: int) -> float:
    """Seconds from the task's start to the published edition."""
    job = (await world.post(f"packs/{pack}/export", headers, {}))["export"]["id"]
    while True:
        async with world.session.get(f"/api/pmd/packs/{pack}", headers=headers) as response:
            task = (await response.json())["pack"]["export"]
        if task["status"] not in ("pending", "running"):
            assert task["status"] == "completed", task
            break
        await asyncio.sleep(POLL_SECONDS)
    row = await world.database.fetchrow("SELECT started_at, completed_at FROM job WHERE id = $1", job)
    assert row is not None
    started, completed = row
    assert isinstance(started, datetime)
    return float((completed - started).total_seconds())
