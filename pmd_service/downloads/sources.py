"""A build's sources: files of the vault by reference, remote artworks fetched ahead of the writer.

Remote artworks are spooled to the worker's disk, a few at a time, in the order in which the archive takes them: the
first one fetched is the first one needed, so the limit cannot deadlock the writer.

In a thread: reading a file and its CRC-32 in one hop.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, Protocol, Self, TypeVar

import aiofiles.os

from ..archive.references import References
from ..archive.sums import Located, Summed, locate_summed, read_sums
from ..base.critical import stop_tasks
from ..locales import translatable
from ..vault import (
    UNREADABLE,
    ArtworkTooLargeError,
    ArtworkUnavailableError,
    LocalSource,
    RemoteFaultError,
    Source,
    Vault,
)
from ..work.claimed import Claimed
from ..work.context import WorkerContext
from ..work.kind import PermanentError

SPOOL_FILES = 4
# Artworks written in one go; other builds may compute between two runs.
RUN_ARTWORKS = 128
REMOTE_MAX_BYTES = 128 << 20  # of one artwork; the spool has at most SPOOL_FILES of them

_REMOTE = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)

# The limit for referenced bytes; a takeout has none.
MAX_REFERENCED_BYTES = 50 << 30


class Dated(Protocol):
    """The record of something to be put into an archive."""

    @property
    def created_at(self) -> datetime: ...


class Wanted(Protocol):
    """Something to be put into an archive: a post's artwork, or a file."""

    @property
    def post_id(self) -> int: ...

    @property
    def art_url(self) -> str: ...

    @property
    def path(self) -> str: ...  # in the archive

    @property
    def record(self) -> Dated: ...


T = TypeVar("T", bound=Wanted)


def is_remote(vault: Vault, art_url: str) -> bool:
    return _REMOTE.match(art_url) is not None and not vault.holds(art_url)


class Budget:
    """Limits an archive's bytes.

    Args:
        own: the maximum of literal bytes (``BDR_MAX_BYTES``).
        referred: the maximum of referenced bytes; None for no limit.
        whole: all bytes count as literal.
    """

    def __init__(self, *, own: int, referred: int | None, whole: bool) -> None:
        self._own = own
        self._referred = referred
        self._whole = whole
        self.left = own
        self._referred_bytes = 0

    def refer(self, size: int) -> None:
        """Raises: PermanentError: the artworks are too large together."""
        if self._whole:
            self.store(size)
            return
        self._referred_bytes += size
        if self._referred is not None and self._referred_bytes > self._referred:
            raise _too_large(self._referred)

    def store(self, size: int) -> None:
        """Raises: PermanentError: the artworks are too large together."""
        self.left -= size
        if self.left < 0:
            raise self.too_large()

    def too_large(self) -> PermanentError:
        return _too_large(self._own)


_TOO_LARGE = translatable(
    "Together the artworks are larger than {mebibytes} MiB, the limit of one download. Please select fewer."
)


def _too_large(limit: int) -> PermanentError:
    return PermanentError(_TOO_LARGE.format(mebibytes=f"{limit / 2**20:,.0f}"))


class Sources(Generic[T]):
    """The files of some artworks of a build.

    As an async context manager it locates all of them, and on exit stops fetching and removes the spool files.

    Args:
        claimed: the build's row; other builds compute while it waits for servers.
        budget: the archive's limits.
        references: collects the references; None for an archive without any.
        is_last_attempt: there will be no retry, so artworks whose servers fail now are reported missing.
        unreadable: keys of objects that could not be read in this attempt.
        is_included: whether the archive is to refer to this file of the vault.
    """

    def __init__(
        self,
        artworks: Sequence[T],
        *,
        worker: WorkerContext,
        claimed: Claimed[Any],
        budget: Budget,
        references: References | None,
        is_last_attempt: bool,
        unreadable: Collection[str] = (),
        is_included: Callable[[T, Source], bool] = lambda _artwork, _source: True,
    ) -> None:
        self._artworks = artworks
        self._worker = worker
        self._claimed = claimed
        self._budget = budget
        self._references = references
        self._is_last_attempt = is_last_attempt
        self._unreadable = unreadable
        self._is_included = is_included
        self._located: dict[int, Located] = {}
        self._fetching: dict[int, asyncio.Task[LocalSource]] = {}
        self._open = AsyncExitStack()
        self._spools = asyncio.Semaphore(SPOOL_FILES)

    async def __aenter__(self) -> Self:
        """Locate the vault's artworks, and start fetching the others.

        Raises:
            PermanentError: the vault's artworks alone are too large together.
        """
        remote: list[T] = []
        local: list[T] = []
        for artwork in self._artworks:
            (remote if is_remote(self._worker.vault, artwork.art_url) else local).append(artwork)
        await self._locate(local)
        if self._worker.settings.remote_fetch == "off":
            disabled = ArtworkUnavailableError(translatable("Remote artworks are disabled."))
            self._located |= {artwork.post_id: disabled for artwork in remote}
        elif remote:
            folder = await self._open.enter_async_context(self._worker.vault.scratch())
            for number, artwork in enumerate(remote):
                fetching = self._fetch(artwork, folder / str(number))
                self._fetching[artwork.post_id] = asyncio.create_task(fetching, name=f"fetch {artwork.post_id}")
        return self

    async def _locate(self, artworks: Sequence[T]) -> None:
        found: list[Located] = [
            ArtworkUnavailableError(UNREADABLE)
            if isinstance(located, Summed) and located.source.key in self._unreadable
            else located
            for located in await locate_summed(
                self._worker.pool, self._worker.vault, [artwork.art_url for artwork in artworks]
            )
        ]
        self._located |= {artwork.post_id: located for artwork, located in zip(artworks, found, strict=True)}
        included = {
            artwork.post_id: located
            for artwork, located in zip(artworks, found, strict=True)
            if isinstance(located, Summed) and self._is_included(artwork, located.source)
        }
        sources = [located.source for located in included.values()]
        self._budget.refer(sum(source.size for source in sources))
        lasting = await self._references.add(sources) if self._references else sources
        for (post_id, located), source in zip(included.items(), lasting, strict=True):
            self._located[post_id] = Summed(source, located.crc32, located.sha256)

    def runs(self) -> Iterator[Sequence[T]]:
        """The artworks in order: those of the vault many at a time, each remote one by itself."""
        run: list[T] = []
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

    def is_fetched(self, run: Sequence[T]) -> bool:
        """Whether this run is a remote artwork, whose bytes the archive must contain."""
        return run[0].post_id in self._fetching

    @asynccontextmanager
    async def opened(self, run: Sequence[T]) -> AsyncIterator[Sequence[Located]]:
        """The files of one of ``runs``, for the duration of the block; all runs must be opened, in order.

        Raises:
            RemoteFaultError: a server failed to deliver its artwork for now.
            PermanentError: the artworks are too large together.
        """
        fetching = self._fetching.get(run[0].post_id)
        if fetching is None:
            yield [self._located[artwork.post_id] for artwork in run]
            return
        try:
            async with self._claimed.slot_released():
                spooled = await fetching
        except ArtworkUnavailableError as error:
            yield [error]
            return
        try:
            self._budget.store(spooled.size)
            yield [Summed(spooled, *await asyncio.to_thread(read_sums, spooled))]
        finally:
            await aiofiles.os.unlink(spooled.path)
            self._spools.release()

    async def _fetch(self, artwork: T, spool: Path) -> LocalSource:
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
            if self._is_last_attempt:
                raise ArtworkUnavailableError(translatable("The artwork's server did not answer.")) from error
            raise

    async def __aexit__(self, *_: object) -> None:
        await asyncio.shield(self._clear())

    async def _clear(self) -> None:
        await stop_tasks(*self._fetching.values())
        await self._open.aclose()
