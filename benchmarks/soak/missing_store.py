"""Downloads while their sources vanish and change, and the hosts that serve them die: no wrong byte may arrive.

    python -m benchmarks.soak.missing_store --downloads 300 [--vault s3]

Each artwork's bytes name their post and version, and nothing else. A writer deletes, replaces and
overwrites them all the time; two servers over one vault are killed by turns. Readers request downloads and fetch them
from both by turns, resume what was cut off, and hold every whole entry that arrived against its CRC-32 and against all
versions that its post ever had.
"""

import argparse
import asyncio
import hashlib
import random
import struct
import tempfile
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import msgspec

from pmd_service.base.public_ids import PublicIds
from pmd_service.demo.processes import Child
from pmd_service.demo.service import fill_store
from pmd_service.demo.stack import free_port
from pmd_service.ops.process import prepare_process
from pmd_service.vault import Vault, opened_vault

from ..world import World, running

ARTWORKS, READERS = 40, 4
SIZES = (0, 900, 20_000, 300_000)
LOCAL_HEADER = struct.Struct("<4s5H3I2H")
SECONDS = 600.0


class Gallery:
    """Artworks with identifiable bytes, and the task that damages them."""

    def __init__(self, world: World, vault: Vault, posts: list[int]) -> None:
        self._folder = world.settings.vault_path / "bench"
        self._vault = vault if world.settings.vault_url else None
        self.posts = posts
        self.ever: defaultdict[int, set[str]] = defaultdict(set)
        self.done: Counter[str] = Counter()

    def bytes_of(self, post: int) -> bytes:
        """A new version; those of one post have the same size often."""
        data = random.randbytes(16) * (random.choice(SIZES) // 16)
        self.ever[post].add(hashlib.sha256(data).hexdigest())
        return data

    async def spoil(self) -> None:
        post = random.choice(self.posts)
        how = random.choice(("deleted", "replaced", "replaced", "overwritten"))
        data = self.bytes_of(post)
        self.done[how] += 1
        if self._vault is not None:
            key = f"bench/{post}.png"
            await (self._vault.remove(key) if how == "deleted" else self._vault.put(key, data))
            return
        path = self._folder / f"{post}.png"
        if how == "overwritten" and path.exists():
            with path.open("r+b") as file:  # in place: the very file that a link names
                file.write(data)
                file.truncate()
        else:
            path.unlink(missing_ok=True)
            if how != "deleted":
                path.write_bytes(data)


def entries(data: bytes) -> Iterator[tuple[str, int, bytes]]:
    """Name, CRC-32 and bytes of each entry that is whole, from the archive's beginning."""
    at = 0
    while data[at : at + 4] == b"PK\3\4" and at + LOCAL_HEADER.size <= len(data):
        fields = LOCAL_HEADER.unpack_from(data, at)
        crc, size, name_bytes, extra_bytes = fields[6], fields[7], fields[9], fields[10]
        begin = at + LOCAL_HEADER.size + name_bytes + extra_bytes
        if begin + size > len(data):
            return
        name = data[at + LOCAL_HEADER.size :][:name_bytes].decode()
        if fields[3] == 0:
            yield name, crc, data[begin : begin + size]
        at = begin + size


class Reader:
    """Asks for downloads, and reads each to its end."""

    def __init__(self, world: World, gallery: Gallery, addresses: list[str], headers: dict[str, str]) -> None:
        self._world = world
        self._gallery = gallery
        self._addresses = addresses
        self._headers = headers
        self.seen: Counter[str] = Counter()
        self.wrong: list[str] = []

    async def read(self, names: dict[str, int]) -> None:
        wanted = random.sample(self._gallery.posts, random.randrange(5, ARTWORKS))
        location = await self._ask(wanted)
        if location is None:
            return
        data, etag, deadline = b"", "", time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            status, more, etag = await self._fetch(f"{location}/download", len(data), etag)
            self.seen[str(status)] += 1
            data = data + more if status == 206 else more if status == 200 else b""
            self._compare(data, names)
            if status == 416 or (status in (200, 206) and data[-22:-18] == b"PK\5\6"):
                self.seen["whole"] += 1
                return
            if status in (404, 409, 410, 0):
                etag = ""
                await asyncio.sleep(0.2)
        self.wrong.append(f"{location}: not read within {SECONDS:.0f} s")

    async def _ask(self, wanted: list[int]) -> str | None:
        while True:
            try:
                async with self._world.session.post(
                    f"{random.choice(self._addresses)}/api/pmd/bdr", json={"post_ids": wanted}, headers=self._headers
                ) as response:
                    return response.headers["Location"] if response.status == 202 else None
            except aiohttp.ClientError:
                await asyncio.sleep(0.1)

    async def _fetch(self, path: str, start: int, etag: str) -> tuple[int, bytes, str]:
        """Status, what arrived before the end or the cut, and the ETag."""
        conditions = self._headers | ({"Range": f"bytes={start}-", "If-Range": etag} if etag and start else {})
        data = bytearray()
        try:
            async with self._world.session.get(random.choice(self._addresses) + path, headers=conditions) as response:
                status, etag = response.status, response.headers.get("ETag", "")
                if status not in (200, 206):
                    return status, b"", ""
                try:
                    async for chunk in response.content.iter_any():
                        data += chunk
                except aiohttp.ClientError:
                    self.seen["cut"] += 1
                return status, bytes(data), etag
        except (aiohttp.ClientError, ConnectionError):
            return 0, b"", etag

    def _compare(self, data: bytes, names: dict[str, int]) -> None:
        for name, crc, found in entries(data):
            post = names.get(name)
            if zlib.crc32(found) != crc:
                self.wrong.append(f"{name}: other bytes than its header")
            elif post is not None and hashlib.sha256(found).hexdigest() not in self._gallery.ever[post]:
                self.wrong.append(f"{name}: bytes that this post never had")


async def soak(downloads: int, *, store: bool) -> int:
    async with AsyncExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="missing-store-")))
        world = await closing.enter_async_context(running(folder, store=store, bdr_ttl_days=1))
        second = msgspec.structs.replace(world.settings, port=free_port())
        (folder / "second").mkdir()
        other = Child("serve", folder / "second", second)
        other.start()
        closing.callback(other.stop)
        artist, headers = await world.add_artist("missing")
        posts = await world.add_artworks(artist, ARTWORKS, 16)
        vault = await closing.enter_async_context(opened_vault(world.settings))
        gallery = Gallery(world, vault, posts)
        for post in posts:
            await asyncio.to_thread(
                (world.settings.vault_path / "bench" / f"{post}.png").write_bytes, gallery.bytes_of(post)
            )
        await fill_store(world.settings)
        rows = await world.database.fetch("SELECT id, public_sqid FROM posts WHERE id = ANY($1)", posts)
        ids = PublicIds(world.settings.sqids_alphabet)
        names = {f"artworks/{ids.of(row['id'], row['public_sqid'])}.png": row["id"] for row in rows}
        addresses = [world.settings.base_url, f"http://127.0.0.1:{second.port}"]
        reader = Reader(world, gallery, addresses, headers)
        left = [downloads]

        async def reading() -> None:
            while left[0] > 0:
                left[0] -= 1
                await reader.read(names)

        async def spoiling() -> None:
            while True:
                await gallery.spoil()
                await asyncio.sleep(random.uniform(0, 0.3))

        async def killing() -> None:
            while True:
                await asyncio.sleep(random.uniform(3, 8))
                victim = random.choice([world.service.server, other, world.service.worker])
                await asyncio.to_thread(victim.kill)
                gallery.done[f"{victim.command} killed"] += 1
                await asyncio.sleep(random.uniform(0, 1))
                victim.start()

        faults = [asyncio.create_task(spoiling()), asyncio.create_task(killing())]
        await asyncio.gather(*(reading() for _ in range(READERS)))
        for fault in faults:
            fault.cancel()
        ended = await asyncio.gather(*faults, return_exceptions=True)
        failed = [each for each in ended if isinstance(each, Exception)]
        print(f"{downloads} downloads: {dict(reader.seen)}; sources and hosts: {dict(gallery.done)}")
        print(f"wrong: {len(reader.wrong)}")
        for trouble in [*reader.wrong[:20], *map(repr, failed)]:
            print(trouble)
        return 1 if reader.wrong or failed else 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--downloads", type=int, default=300)
    parser.add_argument("--vault", choices=["files", "s3"], default="files")
    options = parser.parse_args()
    prepare_process()
    raise SystemExit(asyncio.run(soak(options.downloads, store=options.vault == "s3")))


if __name__ == "__main__":
    main()
