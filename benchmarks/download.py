"""GET /bdr/{id}/download against nginx with sendfile, on the same file, through the loopback."""

import asyncio
import os
import shutil
import statistics
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import UUID

import asyncpg
import msgspec

from pmd_service.demo.stack import free_port

from .runner import Row, spread
from .wire import Wire, served, timed
from .world import PeakMemory, World

MB = 1_000_000
TURN_BYTES = 5_000 * MB

_NGINX = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    sendfile_max_chunk 2m;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    server {{ listen 127.0.0.1:{port}; root {root}; }}
}}
"""


async def measure(world: World) -> list[Row]:
    sizes = [world.sized(256, 32) * MB, world.sized(2_000, 64) * MB]
    artist, headers = await world.add_artist("bench-download")
    if not shutil.which("nginx"):
        print("nginx is not here (Debian's package: nginx-light): downloads are measured without it")
    rows: list[Row] = []
    with ExitStack() as closing:
        nginx = closing.enter_context(running_nginx(world)) if shutil.which("nginx") else None
        for size in sizes:
            name, bdr_id = await add_archive(world.database, world.settings.vault_path, artist, size)
            ours = Download(world.settings.base_url, f"/api/pmd/bdr/{bdr_id}/download", headers, size)
            theirs = Download(nginx, f"/{name}", {}, size) if nginx else None
            rows += await asyncio.to_thread(compare, world.service.server.pid, ours, theirs)
            (world.settings.vault_path / name).unlink()
    return rows


class Download(msgspec.Struct, frozen=True):
    """Something to fetch, and its size in bytes."""

    base_url: str
    path: str
    headers: dict[str, str]
    size: int

    def megabytes_per_second(self) -> float:
        with Wire(self.base_url) as wire:
            return self.size / MB / timed(lambda: wire.call("GET", self.path, self.headers))


def compare(server: int, ours: Download, theirs: Download | None) -> list[Row]:
    """By turns, the file in memory: the disk is the same for both, and not what is compared."""
    ours.megabytes_per_second()
    own_rates, other_rates = [], []
    with PeakMemory(server) as memory:
        for _ in range(max(5, TURN_BYTES // ours.size)):
            own_rates.append(ours.megabytes_per_second())
            if theirs:
                other_rates.append(theirs.megabytes_per_second())
    what = f"downloading {ours.size / MB:.0f} MB"
    return [
        download_row(what, own_rates, other_rates),
        Row(what=f"{what}: the server's memory above idle", value=memory.above / 2**20, unit="MiB"),
    ]


def download_row(what: str, ours: list[float], theirs: list[float]) -> Row:
    if not theirs:
        return Row(what=what, value=statistics.median(ours), unit="MB/s", higher_is_better=True)
    return Row(
        what=f"{what} ÷ nginx with sendfile",
        value=statistics.median(our / their for our, their in zip(ours, theirs, strict=True)),
        unit="×",
        goal=0.8,
        higher_is_better=True,
        detail={"megabytes_per_second": spread(ours, 0), "nginx_megabytes_per_second": spread(theirs, 0)},
    )


async def add_archive(database: asyncpg.Connection, vault: Path, artist: int, size: int) -> tuple[str, UUID]:
    """A finished request whose archive has this size, and the archive's name in the vault."""
    row = await database.fetchrow("SELECT gen_random_uuid() AS id")
    assert row is not None
    name = f"bdr/bench/{row['id']}.zip"
    await asyncio.to_thread(write_noise, vault / name, size)
    await database.execute(
        """INSERT INTO batch_download_requests (id, user_id, requested_by, post_ids, artwork_count, status, started_at,
                                                completed_at, expires_at, file_path, file_size_bytes)
           VALUES ($1, $2, $2, '{1}', 1, 'ready', now(), now(), now() + interval '1 day', $3, $4)""",
        row["id"],
        artist,
        name,
        size,
    )
    return name, row["id"]


def write_noise(path: Path, size: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = os.urandom(MB)
    with path.open("wb") as out:
        for _ in range(size // MB):
            out.write(noise)
        out.flush()
        os.fsync(out.fileno())


@contextmanager
def running_nginx(world: World) -> Iterator[str]:
    """Debian's nginx on the vault, with a configuration of its own; its address."""
    vault, port = world.settings.vault_path, free_port()
    folder = vault.parent / "nginx"
    folder.mkdir()
    configuration = folder / "nginx.conf"
    # As the user that we are: it must read what we have written.
    user = f"user {vault.owner()};\n" if os.geteuid() == 0 else ""
    configuration.write_text(user + _NGINX.format(folder=folder, port=port, root=vault))
    process = subprocess.Popen(["nginx", "-c", str(configuration), "-e", str(folder / "error.log")])
    with served(process, port) as address:
        yield address
