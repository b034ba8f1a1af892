"""Receiving a large file, pushing many small ones, and checking hashes in a large library (LIBRARY section 9)."""

import asyncio
import hashlib
import os
import statistics
import time
import zlib
from pathlib import Path
from typing import Any

import psutil
from PIL import Image

from pmd_service.push.api import Api, Token
from pmd_service.push.files import find_files
from pmd_service.push.push import Said, push_files
from pmd_service.push.terminal import Terminal

from .runner import Row, spread
from .world import PeakMemory, World

MIB = 1024**2
TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}


async def measure(world: World) -> list[Row]:
    return [*await _receiving(world), await _checking(world), await _pushing(world)]


async def _receiving(world: World) -> list[Row]:
    """One PATCH of a video's size, against hashing and writing the same bytes to one file in this process."""
    size = world.sized(400, 40) * 1_000_000
    chunks = [os.urandom(MIB) for _ in range(16)]
    _, headers = await world.add_artist("bench-receiving")
    server = psutil.Process(world.service.server.pid)
    bare = await asyncio.to_thread(_write_bare, world.settings.vault_path / "bare", chunks, size)
    url = await _announce(world, headers, size)

    async def body() -> Any:
        sent = 0
        while sent < size:
            chunk = chunks[sent // MIB % len(chunks)][: size - sent]
            sent += len(chunk)
            yield chunk

    before = _cpu(server)
    with PeakMemory(server.pid) as memory:
        async with world.session.patch(url, data=body(), headers=headers | TUS | BYTES) as response:
            if response.status != 204:
                raise RuntimeError(await response.text())
    seconds = _cpu(server) - before
    detail = {"server_cpu_seconds": round(seconds, 2), "bare_cpu_seconds": round(bare, 2), "bytes": size}
    return [
        Row(
            what=f"receiving {size // 1_000_000} MB by tus ÷ hashing and writing them, CPU seconds",
            value=seconds / bare,
            unit="×",
            goal=1.5,
            detail=detail,
        ),
        Row(what="memory above idle while receiving", value=memory.above / MIB, unit="MiB", goal=64, detail={}),
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


async def _announce(world: World, headers: dict[str, str], size: int) -> str:
    body = {"files": [{"path": "film.mp4", "size": size}]}
    async with world.session.post("/api/pmd/uploads", json=body, headers=headers) as response:
        url: str = (await response.json())["files"][0]["url"]
        return url


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def _checking(world: World) -> Row:
    library = world.sized(100_000, 5_000)
    artist, headers = await world.add_artist("bench-checking")
    await world.database.execute(
        """INSERT INTO asset (user_id, path, type, hash, name, mime_type, file_format, size_bytes)
           SELECT $1, '/vault/assets/' || $1::int || '/' || n, 'image', encode(sha256(n::text::bytea), 'hex'),
                  n || '.png', 'image/png', 'png', 5000
             FROM generate_series(1, $2) AS n""",
        artist,
        library,
    )
    await world.database.execute("VACUUM ANALYZE asset")
    hashes = [hashlib.sha256(str(n * library // 600).encode()).hexdigest() for n in range(1, 513)]
    body = {"files": [{"path": f"{n}.png", "size": 5000, "hash": digest} for n, digest in enumerate(hashes)]}
    taken = []
    for _ in range(30):
        began = time.perf_counter()
        async with world.session.post("/api/pmd/uploads/check", json=body, headers=headers) as response:
            await response.read()
        taken.append(1000 * (time.perf_counter() - began))
    taken = taken[5:]
    return Row(
        what=f"POST /uploads/check of 512 hashes in a library of {library:,}, p50",
        value=statistics.median(taken),
        unit="ms",
        goal=15,
        detail={"milliseconds": spread(taken, 1)},
    )


async def _pushing(world: World) -> Row:
    """From the first hash to the settled report; the pictures are as incompressible as pixel art of their size."""
    count = world.sized(500, 100)
    _, headers = await world.add_artist("bench-pushing")
    folder = world.settings.vault_path.parent / "bench-push"
    folder.mkdir()
    await asyncio.to_thread(_draw, folder, count)
    token = Token(headers["Authorization"].removeprefix("Bearer "), None)
    async with Api(world.settings.base_url, token, patience_seconds=60) as api:
        began = time.perf_counter()
        result = await push_files(api, list(find_files([folder])), name=None, said=Said(), terminal=Terminal())
        seconds = time.perf_counter() - began
    if result.outcomes != {"added": count}:
        raise RuntimeError(str(result.outcomes))
    return Row(
        what=f"pmd push of {count} pictures of 5 kB → report settled",
        value=count / seconds,
        unit="files/s",
        goal=100,
        higher_is_better=True,
        detail={"seconds": round(seconds, 2)},
    )


def _draw(folder: Path, count: int) -> None:
    """Sixteen colours, as pixel art has; 100 × 100 of them make 5 kB, and not black ones only, which cost nothing."""
    for number in range(count):
        picture = Image.frombytes("P", (100, 100), bytes(byte & 15 for byte in os.urandom(100 * 100)))
        picture.putpalette(os.urandom(3 * 16))
        picture.save(folder / f"{number}.png")
