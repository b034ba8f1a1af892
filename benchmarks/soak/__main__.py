"""Runs a soak, prints what it has seen, and writes the table of a full one into ``docs/reliability.md``.

Real processes and signals on the embedded stack, with the real lease and sweep: recovery takes what it takes in
production. Work comes at its own pace and in bursts before each fault, so that there is always some under way.
"""

import argparse
import asyncio
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import aiohttp
import asyncpg
from pmd_sdk import AsyncClient, PmdError

from pmd_service.demo.service import IssuedToken, Service, fill_store
from pmd_service.jobs import opened_worker
from pmd_service.ops.process import prepare_process

from ..world import World
from .artists import Artist, Receipts
from .audit import Audit, keep_up, until_ended
from .faults import Faults
from .installation import MAX_POSTS, Installation, opened_installation
from .report import Report

PIECES, FAULTS = 1000, 200
# Of a hundred pieces.
SHARES = {"downloads": 30, "messages": 15, "uploads": 20, "tasks": 15, "posts": 10, "packs": 5, "takeouts": 5}
ARTISTS = 8
ARTWORK_BYTES = 40_000
# A user may request a takeout only rarely, so each has an artist of its own, with this many artworks.
TAKEN_OUT, TAKEN_OUT_BYTES = 2 * MAX_POSTS + 4, 5_000
SECONDS_PER_FAULT = 3.5


class Soak:
    """One soak: the requests, the faults, and the audit."""

    def __init__(self, installation: Installation, world: World, report: Report, closing: AsyncExitStack) -> None:
        self._installation = installation
        self._world = world
        self._report = report
        self._closing = closing
        self._receipts = Receipts()
        self._folder = installation.stack.folder / "sources"
        self._artists: list[Artist] = []
        self._takers: list[Artist] = []

    async def run(self, shares: Counter[str], *, faults: int, seconds: float) -> None:
        await self._prepare(shares)
        pieces = [*shares.elements()]
        random.shuffle(pieces)
        print(f"{len(pieces)} pieces, {faults} faults, seed {self._report.seed} …", flush=True)
        supervising = asyncio.create_task(self._installation.supervise())
        try:
            async with asyncio.TaskGroup() as pieces_running, asyncio.TaskGroup() as lasting:
                await self._ask_and_strike(
                    pieces, Faults(self._installation, self._report, faults, lasting), faults, seconds, pieces_running
                )
            print("the last fault has passed …", flush=True)
            async with opened_worker(self._installation.settings) as worker:
                await until_ended(worker.pool)
            self._report.leftovers += await self._installation.children_left()
        finally:
            supervising.cancel()
            await asyncio.gather(supervising, return_exceptions=True)
        self._report.restarts = self._installation.restarts
        await asyncio.to_thread(self._installation.stop)
        await self._audit()

    async def _audit(self) -> None:
        async with opened_worker(self._installation.settings) as worker:
            await keep_up(worker, self._installation.temporary)
            self._report.leftovers += await asyncio.to_thread(self._installation.files_left)
            print("audit …", flush=True)
            messages = [*self._installation.mail.messages()]
            await Audit(worker.pool, worker.vault, messages, self._receipts, self._report).reckon()

    async def _prepare(self, shares: Counter[str]) -> None:
        for number in range(ARTISTS):
            self._artists.append(await self._hire(f"soak-{number}", MAX_POSTS, ARTWORK_BYTES))
        for number in range(shares["takeouts"]):
            self._takers.append(await self._hire(f"taker-{number}", TAKEN_OUT, TAKEN_OUT_BYTES))
        await self._world.database.execute("UPDATE users SET email = handle || '@example.org'")
        await fill_store(self._installation.settings)
        for number, artist in enumerate(self._artists):
            # The artist that is drawn for a piece has one left: no artist runs dry by chance.
            mine = {kind: len(range(number, shares[kind], ARTISTS)) for kind in ("tasks", "posts", "packs")}
            await artist.prepare(self._folder / f"artist-{number}", **mine)

    async def _hire(self, handle: str, posts: int, size: int) -> Artist:
        user_id, _ = await self._world.add_artist(handle)
        settings = self._installation.settings
        api = AsyncClient(settings.base_url, IssuedToken(settings, handle).read, retry_seconds=float("inf"))
        await self._closing.enter_async_context(api)
        return Artist(api, user_id, await self._world.add_artworks(user_id, posts, size), self._receipts)

    async def _ask_and_strike(
        self, pieces: Sequence[str], faults: Faults, count: int, seconds: float, pieces_running: asyncio.TaskGroup
    ) -> None:
        """Half of the pieces between two faults are started one after another, half together right before the fault."""
        places = dict.fromkeys(SHARES, 0)
        for number in range(count):
            mine = pieces[number * len(pieces) // count : (number + 1) * len(pieces) // count]
            calm, burst = mine[: len(mine) // 2], mine[len(mine) // 2 :]
            pause = random.uniform(0.5, 1.5) * seconds / count / (len(calm) + 1)
            for kind in calm:
                pieces_running.create_task(self._piece(kind, places))
                await asyncio.sleep(pause)
            await asyncio.sleep(pause)
            for kind in burst:
                pieces_running.create_task(self._piece(kind, places))
            await asyncio.sleep(random.uniform(0, 0.5))
            await faults.strike()

    async def _piece(self, kind: str, places: dict[str, int]) -> None:
        place = places[kind]
        places[kind] += 1
        try:
            await self._ask(kind, place)
        except PmdError as refused:
            self._report.failed.append(f"{kind}: {refused}")
        self._report.requested[kind] += 1

    async def _ask(self, kind: str, place: int) -> None:
        artist = self._artists[place % ARTISTS]
        match kind:
            case "downloads":
                await artist.download()
            case "messages":
                await artist.message()
            case "uploads":
                await artist.upload(self._folder / f"upload-{place}")
            case "tasks":
                await artist.task()
            case "posts":
                await artist.publish()
            case "packs":
                await artist.pack()
            case "takeouts":
                await self._takers[place].takeout()


def share_out(pieces: int, kinds: Sequence[str]) -> Counter[str]:
    """How many pieces of each kind: by the shares, and none left over."""
    whole = sum(SHARES[kind] for kind in kinds)
    shares = Counter({kind: pieces * SHARES[kind] // whole for kind in kinds})
    shares[kinds[0]] += pieces - shares.total()
    return shares


async def soak(arguments: argparse.Namespace, report: Report) -> None:
    var = Path(__file__).parent.parent.parent / "var"
    var.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="soak-", dir=var))
    began = time.monotonic()
    is_kept = True
    try:
        async with (
            opened_installation(folder, vault=arguments.vault, rolling=arguments.rolling) as installation,
            AsyncExitStack() as closing,
        ):
            database = await asyncpg.connect(installation.settings.database_url)
            session = await closing.enter_async_context(aiohttp.ClientSession(installation.settings.base_url))
            world = World(Service(installation.settings, installation.server, installation.server), database, session)
            try:
                shares = share_out(arguments.pieces, arguments.kinds)
                await Soak(installation, world, report, closing).run(
                    shares, faults=arguments.faults, seconds=arguments.seconds
                )
            finally:
                with suppress(OSError, asyncpg.PostgresError):
                    await database.close(timeout=1)
        is_kept = not report.is_well
    finally:
        report.seconds = time.monotonic() - began
        await asyncio.to_thread(_tidy, folder, is_kept=is_kept)


def _tidy(folder: Path, *, is_kept: bool) -> None:
    """Remove what was made, but the logs of a soak that has found something."""
    if is_kept:
        kept = shutil.move(folder / "logs", folder.with_suffix(".logs"))
        print(f"the logs are in {kept}")
    shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--pieces", type=int, default=PIECES)
    parser.add_argument("--faults", type=int, default=FAULTS)
    parser.add_argument("--kinds", nargs="+", choices=SHARES, default=[*SHARES], metavar="KIND", help=", ".join(SHARES))
    parser.add_argument("--vault", choices=["files", "s3"], default="files")
    parser.add_argument("--no-rolling", dest="rolling", action="store_false", help="without the release before")
    parser.add_argument("--seconds", type=float, help="how long to request and cause faults; 3.5 a fault by default")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="the faults' and pieces' order")
    arguments = parser.parse_args()
    arguments.seconds = arguments.seconds or SECONDS_PER_FAULT * arguments.faults
    prepare_process()
    random.seed(arguments.seed)
    report = Report(seed=arguments.seed, vault=arguments.vault)
    asyncio.run(soak(arguments, report))
    print(report.table())
    for trouble in report.troubles():
        print(trouble)
    if arguments.pieces >= PIECES and arguments.faults >= FAULTS and len(arguments.kinds) == len(SHARES):
        report.write()
    raise SystemExit(0 if report.is_well else 1)


if __name__ == "__main__":
    main()
