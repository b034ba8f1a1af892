"""Where a build takes its artworks from: the vault's files where they lie, remote ones fetched ahead of the writer.

Remote artworks wait in spool files on the worker's own disk, a few at a time, in the order in which the archive takes
them: what is fetched first is wanted first, so the bound can never hold up the writer for good.
"""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Self

from ..archive.holds import Holds
from ..archive.sums import Located, Summed, crc32_of, locate_summed
from ..vault import UNREADABLE, ArtworkTooLargeError, ArtworkUnavailableError, LocalSource, RemoteFaultError
from ..work.context import WorkerContext
from ..work.held import Held
from ..work.kind import PermanentError
from .manifest import Artwork

SPOOL_FILES = 4
# What is written in one go; between two, other builds may compute.
RUN_ARTWORKS = 128
REMOTE_MAX_BYTES = 128 << 20  # of one artwork; so a build's spool never takes more than four times that

_REMOTE = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)

# Of bytes that stay where they are; a takeout has no such limit.
MAX_REFERENCED_BYTES = 50 << 30


class Budget:
    """Counts an archive's bytes.

    Args:
        own: the most that it may hold itself (``BDR_MAX_BYTES``).
        referred: the most that it may refer to; None without a limit.
        whole: nothing is referred to, and everything counts as its own.
    """

    def __init__(self, *, own: int, referred: int | None, whole: bool) -> None:
        self._own = own
        self._referred = referred
        self._whole = whole
        self.left = own
        self._referred_bytes = 0

    def refer(self, size: int) -> None:
        """Raises: PermanentError: together they are too large."""
        if self._whole:
            self.hold(size)
            return
        self._referred_bytes += size
        if self._referred is not None and self._referred_bytes > self._referred:
            raise _too_large(self._referred)

    def hold(self, size: int) -> None:
        """Raises: PermanentError: together they are too large."""
        self.left -= size
        if self.left < 0:
            raise self.too_large()

    def too_large(self) -> PermanentError:
        return _too_large(self._own)


def _too_large(limit: int) -> PermanentError:
    return PermanentError(
        f"The artworks together are larger than the {limit / 2**20:,.0f} MiB that one download holds. "
        "Please select fewer."
    )


class Sources:
    """The artworks' files, for some artworks of a build.

    As an async context manager it looks for all of them, and in the end stops fetching and removes what is left.

    Args:
        held: the build's row; others compute while it waits for servers.
        budget: how many bytes the archive may take.
        holds: what the archive refers to; None where it refers to nothing.
        is_last_chance: nobody tries again after this build, so what a server does not give now is missing.
        unreadable: keys of the vault's objects that broke off while they were read.
    """

    def __init__(
        self,
        artworks: Sequence[Artwork],
        *,
        worker: WorkerContext,
        held: Held[Any],
        budget: Budget,
        holds: Holds | None,
        is_last_chance: bool,
        unreadable: Collection[str] = (),
    ) -> None:
        self._artworks = artworks
        self._worker = worker
        self._held = held
        self._budget = budget
        self._holds = holds
        self._is_last_chance = is_last_chance
        self._unreadable = unreadable
        self._located: dict[int, Located] = {}
        self._fetching: dict[int, asyncio.Task[LocalSource]] = {}
        self._open = AsyncExitStack()
        self._spools = asyncio.Semaphore(SPOOL_FILES)

    async def __aenter__(self) -> Self:
        """Locate the vault's artworks and begin to fetch the others.

        Raises:
            PermanentError: the vault's artworks alone are too large together.
        """
        remote: list[Artwork] = []
        here: list[Artwork] = []
        for artwork in self._artworks:
            (remote if self._is_remote(artwork) else here).append(artwork)
        await self._locate(here)
        if self._worker.settings.remote_fetch == "off":
            switched_off = ArtworkUnavailableError("Remote artworks are switched off.")
            self._located |= {artwork.post_id: switched_off for artwork in remote}
        elif remote:
            folder = await self._open.enter_async_context(self._worker.vault.scratch())
            for number, artwork in enumerate(remote):
                fetching = self._fetch(artwork, folder / str(number))
                self._fetching[artwork.post_id] = asyncio.create_task(fetching, name=f"fetch {artwork.post_id}")
        return self

    def _is_remote(self, artwork: Artwork) -> bool:
        return _REMOTE.match(artwork.art_url) is not None and not self._worker.vault.holds(artwork.art_url)

    async def _locate(self, artworks: Sequence[Artwork]) -> None:
        found: list[Located] = [
            ArtworkUnavailableError(UNREADABLE)
            if isinstance(located, Summed) and located.source.key in self._unreadable
            else located
            for located in await locate_summed(
                self._worker.pool, self._worker.vault, [artwork.art_url for artwork in artworks]
            )
        ]
        at_hand = [located for located in found if isinstance(located, Summed)]
        self._budget.refer(sum(summed.source.size for summed in at_hand))
        sources = [summed.source for summed in at_hand]
        lasting = iter(await self._holds.add(sources) if self._holds else sources)
        for artwork, located in zip(artworks, found, strict=True):
            self._located[artwork.post_id] = (
                Summed(next(lasting), located.crc32) if isinstance(located, Summed) else located
            )

    def runs(self) -> Iterator[Sequence[Artwork]]:
        """The artworks in their order: those of the vault many at a time, each fetched one by itself."""
        run: list[Artwork] = []
        for artwork in self._artworks:
            is_fetched = artwork.post_id in self._fetching
            if run and (is_fetched or len(run) >= RUN_ARTWORKS):
                yield run
                run = []
            if is_fetched:
                yield [artwork]
            else:
                run.append(artwork)
        if run:
            yield run

    def is_fetched(self, run: Sequence[Artwork]) -> bool:
        """Whether this run is one artwork that comes from elsewhere, and whose bytes are nowhere else."""
        return run[0].post_id in self._fetching

    @asynccontextmanager
    async def opened(self, run: Sequence[Artwork]) -> AsyncIterator[Sequence[Located]]:
        """The files of one of ``runs``, for as long as the block lasts; all are to be asked for, in their order.

        Raises:
            RemoteFaultError: a server does not give its artwork now.
            PermanentError: with it the artworks are too large together.
        """
        fetching = self._fetching.get(run[0].post_id)
        if fetching is None:
            yield [self._located[artwork.post_id] for artwork in run]
            return
        try:
            async with self._held.slot_released():
                spooled = await fetching
        except ArtworkUnavailableError as error:
            yield [error]
            return
        try:
            self._budget.hold(spooled.size)
            yield [Summed(spooled, await asyncio.to_thread(crc32_of, spooled))]
        finally:
            await asyncio.to_thread(os.unlink, spooled.path)
            self._spools.release()

    async def _fetch(self, artwork: Artwork, spool: Path) -> LocalSource:
        await self._spools.acquire()
        try:
            size = await self._fetch_within_limit(artwork.art_url, spool)
        except BaseException:
            self._spools.release()
            raise
        return LocalSource(spool.name, size, artwork.record.created_at.timestamp(), str(spool))

    async def _fetch_within_limit(self, art_url: str, spool: Path) -> int:
        left = self._budget.left
        try:
            return await self._worker.remote.fetch(art_url, spool, max_bytes=min(REMOTE_MAX_BYTES, left))
        except ArtworkTooLargeError:
            if left < REMOTE_MAX_BYTES:
                raise self._budget.too_large() from None
            raise
        except RemoteFaultError as error:
            if self._is_last_chance:
                raise ArtworkUnavailableError("The artwork's server did not answer.") from error
            raise

    async def __aexit__(self, *_: object) -> None:
        await asyncio.shield(self._clear())

    async def _clear(self) -> None:
        for task in self._fetching.values():
            task.cancel()
        await asyncio.gather(*self._fetching.values(), return_exceptions=True)
        await self._open.aclose()
