"""Cancelling a running task: from the request to the end of its child process."""

import asyncio
import hashlib
import time
from pathlib import Path

import numpy as np

from tests.media.files import moving_picture, save_video

from .runner import Row, median_row
from .world import World


async def measure(world: World) -> list[Row]:
    artist, headers = await world.add_artist("bench-cancel")
    asset_id = await add_video(world, artist)
    seconds = []
    for _ in range(world.sized(20, 4)):
        job = await begin(world, asset_id, headers)
        began = time.perf_counter()
        await cancel(world, job, headers)
        while _children():
            await asyncio.sleep(0.002)
        seconds.append(time.perf_counter() - began)
    milliseconds = [1000 * value for value in seconds]
    return [median_row("cancel of a running task → child gone, row “cancelled”, p50", milliseconds, goal=500)]


async def begin(world: World, video: int, headers: dict[str, str]) -> int:
    """Denoise it: the task, once its child is at it; RuntimeError when it has ended."""
    created = await world.post("jobs", headers, {"kind": "denoise_video", "asset_ids": [video]})
    job: int = created["items"][0]["id"]
    while True:
        async with world.session.get(f"/api/pmd/jobs/{job}", headers=headers) as response:
            item = await response.json()
        if item["status"] == "running" and item["progress"] > 0 and _children():
            return job
        if item["status"] not in ("pending", "running"):
            raise RuntimeError(item["error_message"])
        await asyncio.sleep(0.05)


async def cancel(world: World, job: int, headers: dict[str, str]) -> None:
    """RuntimeError when it has ended already."""
    await world.post(f"jobs/{job}/cancel", headers, {})


async def add_video(world: World, artist: int, *, repeats: int = 20) -> int:
    """A noisy video of two seconds, so many times over; the asset's id."""
    pictures = moving_picture(24, width=480, height=270, noise=15)
    name = f"bench-{artist}.mp4"
    path = await asyncio.to_thread(
        save_video, world.settings.vault_path / name, np.tile(pictures, (repeats, 1, 1, 1)), crf=20
    )
    data = await asyncio.to_thread(path.read_bytes)
    asset_id: int = await world.database.fetchval(
        """INSERT INTO asset (user_id, path, type, hash, name, mime_type, file_format, size_bytes)
           VALUES ($1, '/vault/' || $4, 'video', $2, $4, 'video/mp4', 'mp4', $3) RETURNING id""",
        artist,
        hashlib.sha256(data).hexdigest(),
        len(data),
        name,
    )
    return asset_id


def _children() -> list[int]:
    """The media children of this machine that are at a task and not dead."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
            is_child = b"media.entry" in command and b"engines.probe" not in command
            if is_child and "\nState:\tZ" not in (process / "status").read_text():
                found.append(int(process.name))
        except OSError:
            continue
    return found
