"""Receiving a large file, and checking hashes in a large library (LIBRARY section 9)."""

import asyncio
import hashlib
import os
import time
import zlib
from pathlib import Path
from typing import Any

from .libraries import add_files
from .runner import Row, median_row
from .world import PeakMemory, World, cpu_seconds

MIB = 1024**2
TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}


async def measure(world: World) -> list[Row]:
    return [*await _receiving(world), await _announcing(world), await _checking(world)]


async def _receiving(world: World) -> list[Row]:
    """One PATCH of a video's size, against hashing and writing the same bytes to one file in this process."""
    size = world.sized(400, 40) * 1_000_000
    chunks = [os.urandom(MIB) for _ in range(16)]
    _, headers = await world.add_artist("bench-receiving")
    server = world.service.server.pid
    bare = await asyncio.to_thread(_write_bare, world.settings.vault_path / "bare", chunks, size)
    announced = await world.post("uploads", headers, {"files": [{"path": "film.mp4", "size_bytes": size}]})

    async def body() -> Any:
        sent = 0
        while sent < size:
            chunk = chunks[sent // MIB % len(chunks)][: size - sent]
            sent += len(chunk)
            yield chunk

    url, before = announced["files"][0]["url"], cpu_seconds(server)
    with PeakMemory(server) as memory:
        async with world.session.patch(url, data=body(), headers=headers | TUS | BYTES) as response:
            if response.status != 204:
                raise RuntimeError(await response.text())
    seconds = cpu_seconds(server) - before
    detail = {"server_cpu_seconds": round(seconds, 2), "bare_cpu_seconds": round(bare, 2), "bytes": size}
    return [
        Row(
            what=f"receiving {size // 1_000_000} MB by tus ÷ hashing and writing them, CPU seconds",
            value=seconds / bare,
            unit="×",
            goal=1.5,
            detail=detail,
        ),
        Row(what="memory above idle while receiving", value=memory.above / MIB, unit="MiB", goal=64),
    ]


def _write_bare(path: Path, chunks: list[bytes], size: int) -> float:
    began = time.process_time()
    sha256, crc32, written = hashlib.sha256(), 0, 0
    with path.open("wb", buffering=0) as file:
        while written < size:
            chunk = chunks[written // MIB % len(chunks)][: size - written]
            sha256.update(chunk)
            crc32 = zlib.crc32(chunk, crc32)
            file.write(chunk)
            written += len(chunk)
        os.fsync(file.fileno())
    path.unlink()
    return time.process_time() - began


async def _announcing(world: World) -> Row:
    """One POST of a folder's files, none of which has been received."""
    _, headers = await world.add_artist("bench-announcing")
    files = [{"path": f"folder/{number}.png", "size_bytes": 5_000 + number} for number in range(512)]
    milliseconds = []
    for _ in range(world.sized(20, 3)):
        began = time.perf_counter()
        upload = await world.post("uploads", headers, {"files": files})
        milliseconds.append(1000 * (time.perf_counter() - began))
        await world.post(f"uploads/{upload['id']}/stop", headers, {})
    return median_row("announcing 512 files, p50", milliseconds, goal=100)


async def _checking(world: World) -> Row:
    library = world.sized(100_000, 5_000)
    artist, headers = await world.add_artist("bench-checking")
    await add_files(world.database, artist, library)
    hashes = [hashlib.sha256(f"{artist} {n * library // 600}".encode()).hexdigest() for n in range(1, 513)]
    body = {"files": [{"path": f"{n}.png", "size_bytes": 5000, "sha256": digest} for n, digest in enumerate(hashes)]}
    taken = []
    for _ in range(30):
        began = time.perf_counter()
        await world.post("uploads/check", headers, body)
        taken.append(1000 * (time.perf_counter() - began))
    return median_row(f"POST /uploads/check of 512 hashes in a library of {library:,}, p50", taken[5:], goal=15)
