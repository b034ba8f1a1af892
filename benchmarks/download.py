"""GET /bdr/{id}/download, of 128 artworks where they lie, against nginx with sendfile on one file of that size."""

import asyncio
import os
import shutil
import statistics
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec

from pmd_service.demo.stack import free_port

from .archives import first_byte_milliseconds
from .runner import Row, median_row, spread
from .wire import Wire, served, timed
from .world import World

MB = 1_000_000
TURN_BYTES = 5_000 * MB
COUNT = 128
FIRST_BYTES = 100

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
    artist, headers = await world.add_artist("bench-download")
    if not shutil.which("nginx"):
        print("nginx is not here (Debian's package: nginx-light): downloads are measured without it")
    large = await ready(world, headers, await world.add_artworks(artist, COUNT, world.sized(5 * MB, MB // 2)))
    ours = Download(world.settings.base_url, large["download_url"], headers, large["file_size_bytes"])
    with ExitStack() as closing:
        nginx = closing.enter_context(running_nginx(world)) if shutil.which("nginx") else None
        await asyncio.to_thread(write_noise, world.settings.vault_path / "whole.zip", ours.size)
        theirs = Download(nginx, "/whole.zip", {}, ours.size) if nginx else None
        row = await asyncio.to_thread(compare, ours, theirs)
        (world.settings.vault_path / "whole.zip").unlink()
    small = await ready(world, headers, await world.add_artworks(artist, COUNT, 5_000))
    milliseconds = await asyncio.to_thread(
        first_byte_milliseconds, world.settings.base_url, small["download_url"], headers, runs=FIRST_BYTES
    )
    return [row, median_row(f"downloading {COUNT} × 5 kB: first byte, p50", milliseconds, goal=10)]


async def ready(world: World, headers: dict[str, str], posts: list[int]) -> dict[str, Any]:
    return await world.until(await world.request(headers, posts), headers, "ready")


class Download(msgspec.Struct, frozen=True):
    """Something to fetch, and its size in bytes."""

    base_url: str
    path: str
    headers: dict[str, str]
    size: int

    def megabytes_per_second(self) -> float:
        with Wire(self.base_url) as wire:
            return self.size / MB / timed(lambda: wire.call("GET", self.path, self.headers))


def compare(ours: Download, theirs: Download | None) -> Row:
    """Alternately, with the file cached: the disk is the same for both and not compared."""
    ours.megabytes_per_second()
    own_rates, other_rates = [], []
    for _ in range(max(5, TURN_BYTES // ours.size)):
        own_rates.append(ours.megabytes_per_second())
        if theirs:
            other_rates.append(theirs.megabytes_per_second())
    what = f"downloading {ours.size / MB:.0f} MB"
    if theirs is None:
        return median_row(what, own_rates, unit="MB/s")
    return Row(
        what=f"{what} ÷ nginx with sendfile",
        value=statistics.median(our / their for our, their in zip(own_rates, other_rates, strict=True)),
        unit="×",
        goal=0.8,
        higher_is_better=True,
        detail={"megabytes_per_second": spread(own_rates), "nginx_megabytes_per_second": spread(other_rates)},
    )


def write_noise(path: Path, size: int) -> None:
    noise = os.urandom(MB)
    with path.open("wb") as out:
        while (left := size - out.tell()) > 0:
            out.write(noise[:left])
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
