"""A takeout of everything, and its import by another artist: the report first, then all of it."""

import asyncio
import io
import time
import zlib
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from .archives import taken_out
from .runner import Row
from .world import PeakMemory, World

EACH, SIDE = 20_000, 16
MIB = 2**20
_POSTS = """
INSERT INTO posts (owner_id, title, description, hashtags, art_url, width, height, frame_count, file_format, file_bytes,
                   created_at)
SELECT $1, 'Study ' || n, 'Of a day by the sea.', ARRAY['pixelart', 'tag' || n % 50], art_url, $4, $4, 1, 'png', size,
       timestamptz '2020-01-01' + n * interval '1 hour'
  FROM unnest($2::text[], $3::int[]) WITH ORDINALITY AS made (art_url, size, n)
"""
_FILES = """
INSERT INTO asset (user_id, path, hash, crc32, size_bytes, name, type, mime_type, file_format, width, height, note,
                   created_at, updated_at)
SELECT $1, path, hash, crc32, size, 'study ' || n || '.png', 'image', 'image/png', 'png', $6, $6, 'By the sea.',
       timestamptz '2020-01-01' + n * interval '1 hour', timestamptz '2020-01-01' + n * interval '1 hour'
  FROM unnest($2::text[], $3::text[], $4::bigint[], $5::int[]) WITH ORDINALITY AS made (path, hash, crc32, size, n)
"""
_ARCHIVE = """
INSERT INTO asset (user_id, path, hash, crc32, size_bytes, name, type, mime_type, file_format)
VALUES ($1, $2, $3, 1, $4, 'Everything.zip', 'other', 'application/zip', 'zip') RETURNING id
"""
_TAKEN = """
SELECT '/api/pmd/bdr/' || batch_download_requests.id || '/download' FROM batch_download_requests
  JOIN takeouts ON takeouts.id = takeout_id WHERE takeouts.user_id = $1 AND status = 'ready'
 ORDER BY batch_download_requests.created_at DESC LIMIT 1
"""


async def measure(world: World) -> list[Row]:
    count = world.sized(EACH, 500)
    artist, headers = await world.add_artist("bench-leaving")
    await _add(world, artist, count)
    first = await taken_out(world, headers)
    await world.database.execute("UPDATE takeouts SET created_at = created_at - interval '2 days'")
    with PeakMemory(world.service.worker.pid) as leaving:
        ready = await taken_out(world, headers)
    other, to = await world.add_artist("bench-arriving")
    archive = await _kept(world, other, await world.database.fetchval(_TAKEN, artist), headers)
    with PeakMemory(world.service.worker.pid) as arriving:
        reported = await _staged(world, to, await world.post("imports", to, {"asset_id": archive}))
        report = (await world.session.get("/api/pmd/imports", headers=to)).json()
        (found,) = (await report)["items"]
        made = await _staged(world, to, await world.post(f"imports/{found['id']}/start", to, {}))
        ended: dict[str, Any] = await (await world.session.get(f"/api/pmd/imports/{found['id']}", headers=to)).json()
    assert (ended["made_count"], ended["failed_count"]) == (2 * count, 0), ended
    what = f"{count:,} posts and {count:,} files"
    return [
        Row(
            what=f"takeout of {what}: POST → “ready”",
            value=ready,
            unit="s",
            goal=4,
            detail={"first_time_seconds": round(first, 2), "memory_above_idle_mib": round(leaving.above / MIB, 1)},
        ),
        Row(what=f"report of that archive, {archive_size(world, other):,.0f} MB", value=reported, unit="s", goal=30),
        Row(what=f"import of {what}", value=2 * count / made, unit="files/s", goal=150, higher_is_better=True),
        Row(what=f"import of {what}: the worker's memory above idle", value=arriving.above / MIB, unit="MiB", goal=128),
    ]


def archive_size(world: World, artist: int) -> float:
    return sum(path.stat().st_size for path in _folder(world, artist).glob("*.zip")) / 1e6


def _folder(world: World, artist: int) -> Path:
    folder = world.settings.vault_path / "assets" / f"bench-{artist}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


async def _add(world: World, artist: int, count: int) -> None:
    """Posts and files of the library, each with a picture of its own."""
    pictures = [await asyncio.to_thread(_drawn, _folder(world, artist), seed, count) for seed in (1, 2)]
    posts, files = pictures
    await world.database.execute(
        _POSTS, artist, [each[0] for each in posts], [each[3] for each in posts], SIDE, timeout=600
    )
    await world.database.execute(_FILES, artist, *map(list, zip(*files, strict=True)), SIDE, timeout=600)
    await world.database.execute("ANALYZE")


def _drawn(folder: Path, seed: int, count: int) -> list[tuple[str, str, int, int]]:
    """Each picture's path, SHA-256, CRC-32 and size."""
    rng = np.random.default_rng(seed)
    drawn = []
    for pixels in rng.integers(0, 256, (count, SIDE, SIDE, 3), np.uint8):
        target = io.BytesIO()
        Image.fromarray(pixels).save(target, "PNG")
        data = target.getvalue()
        name = sha256(data).hexdigest()
        (folder / f"{name}.png").write_bytes(data)
        drawn.append((f"/vault/assets/{folder.name}/{name}.png", name, zlib.crc32(data), len(data)))
    return drawn


async def _kept(world: World, artist: int, url: str, headers: dict[str, str]) -> int:
    """The id of the archive as a file in this artist's library."""
    path = _folder(world, artist) / f"{'0' * 64}.zip"
    async with world.session.get(url, headers=headers) as response:
        with path.open("wb") as file:
            async for chunk in response.content.iter_chunked(MIB):
                file.write(chunk)
    values = (f"/vault/assets/{path.parent.name}/{path.name}", "0" * 64, path.stat().st_size)
    archive_id: int = await world.database.fetchval(_ARCHIVE, artist, *values)
    return archive_id


async def _staged(world: World, headers: dict[str, str], requested: dict[str, Any]) -> float:
    """Seconds until this stage of the import is over."""
    began = time.perf_counter()
    await world.until(f"/api/pmd/imports/{requested['id']}", headers, "completed")
    return time.perf_counter() - began
