"""Where a build takes its artworks from: the vault's files where they lie, remote ones fetched ahead of the writer.

Remote artworks wait in spool files on the worker's own disk, a few at a time, in the order in which the archive takes
them: what is fetched first is wanted first, so the bound can never hold up the writer for good.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Self, TypeAlias

from ..base.settings import Settings
from ..vault import (
    UNREADABLE,
    ArtworkTooLargeError,
    ArtworkUnavailableError,
    LocalSource,
    RemoteArtworks,
    RemoteFaultError,
    Source,
    Vault,
)
from ..work.held import Held
from ..work.kind import PermanentError
from .manifest import Artwork

SPOOL_FILES = 4
# What is written in one go; between two, other builds may compute.
RUN_BYTES = 8 << 20
REMOTE_MAX_BYTES = 128 << 20  # of one artwork; so a build's spool never takes more than four times that

_REMOTE = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)

Located: TypeAlias = Source | ArtworkUnavailableError


class Sources:
    """The artworks' files, within one build.

    As an async context manager it looks for all of them, and in the end stops fetching and removes what is left.

    Args:
        held: the build's row; others compute while it waits for servers.
        is_last_chance: nobody tries again after this build, so what a server does not give now is missing.
        unreadable: keys of the vault's objects that broke off while they were read.
    """

    def __init__(
        self,
        artworks: Sequence[Artwork],
        *,
        vault: Vault,
        remote: RemoteArtworks,
        settings: Settings,
        held: Held[Any],
        is_last_chance: bool,
        unreadable: Collection[str] = (),
    ) -> None:
        self._artworks = artworks
        self._vault = vault
        self._remote = remote
        self._settings = settings
        self._held = held
        self._is_last_chance = is_last_chance
        self._unreadable = unreadable
        self._located: dict[int, Located] = {}
        self._fetching: dict[int, asyncio.Task[LocalSource]] = {}
        self._open = AsyncExitStack()
        self._room = asyncio.Semaphore(SPOOL_FILES)
        self._bytes = 0

    async def __aenter__(self) -> Self:
        """Locate the vault's artworks and begin to fetch the others.

        Raises:
            PermanentError: the vault's artworks alone are too large together.
        """
        remote = [artwork for artwork in self._artworks if self._is_remote(artwork)]
        await self._locate([artwork for artwork in self._artworks if not self._is_remote(artwork)])
        if self._settings.remote_fetch == "off":
            switched_off = ArtworkUnavailableError("Remote artworks are switched off.")
            self._located |= {artwork.post_id: switched_off for artwork in remote}
        elif remote:
            folder = await self._open.enter_async_context(self._vault.scratch())
            for number, artwork in enumerate(remote):
                fetching = self._fetch(artwork, folder / str(number))
                self._fetching[artwork.post_id] = asyncio.create_task(fetching, name=f"fetch {artwork.post_id}")
        return self

    def _is_remote(self, artwork: Artwork) -> bool:
        return _REMOTE.match(artwork.art_url) is not None and not self._vault.holds(artwork.art_url)

    async def _locate(self, artworks: Sequence[Artwork]) -> None:
        found = await self._vault.locate_artworks([artwork.art_url for artwork in artworks])
        for artwork, located in zip(artworks, found, strict=True):
            is_spoilt = not isinstance(located, ArtworkUnavailableError) and located.key in self._unreadable
            self._located[artwork.post_id] = ArtworkUnavailableError(UNREADABLE) if is_spoilt else located
        self._count(sum(source.size for source in self.at_hand(artworks)))

    def runs(self) -> Iterator[Sequence[Artwork]]:
        """The artworks in their order: those of the vault some megabytes at a time, each fetched one by itself."""
        run: list[Artwork] = []
        size = 0
        for artwork in self._artworks:
            source = self._in_vault(artwork)
            if run and (source is None or size >= RUN_BYTES):
                yield run
                run, size = [], 0
            if source is None:
                yield [artwork]
            else:
                run.append(artwork)
                size += source.size
        if run:
            yield run

    def at_hand(self, run: Sequence[Artwork]) -> Sequence[Source]:
        """The files of these that lie in the vault; they need not be waited for."""
        return [source for artwork in run if (source := self._in_vault(artwork)) is not None]

    def _in_vault(self, artwork: Artwork) -> Source | None:
        located = self._located.get(artwork.post_id)
        return None if isinstance(located, ArtworkUnavailableError) else located

    @asynccontextmanager
    async def opened(self, run: Sequence[Artwork]) -> AsyncIterator[Sequence[Source]]:
        """The files of one of ``runs``, for as long as the block lasts; all are to be asked for, in their order.

        Raises:
            ArtworkUnavailableError: the run is a single artwork, and it has none.
            RemoteFaultError: its server does not give it now.
            PermanentError: with it the artworks are too large together.
        """
        fetching = self._fetching.get(run[0].post_id)
        if fetching is None:
            yield [_source_or_raise(self._located[artwork.post_id]) for artwork in run]
            return
        async with self._held.slot_released():
            spooled = await fetching
        try:
            self._count(spooled.size)
            yield [spooled]
        finally:
            await asyncio.to_thread(spooled.path.unlink)
            self._room.release()

    async def _fetch(self, artwork: Artwork, spool: Path) -> LocalSource:
        await self._room.acquire()
        try:
            size = await self._fetch_within_limit(artwork.art_url, spool)
        except BaseException:
            self._room.release()
            raise
        return LocalSource(spool.name, size, artwork.record.created_at.timestamp(), spool)

    async def _fetch_within_limit(self, art_url: str, spool: Path) -> int:
        left = self._settings.bdr_max_bytes - self._bytes
        try:
            return await self._remote.fetch(art_url, spool, max_bytes=min(REMOTE_MAX_BYTES, left))
        except ArtworkTooLargeError:
            if left < REMOTE_MAX_BYTES:
                raise _too_large_together(self._settings.bdr_max_bytes) from None
            raise
        except RemoteFaultError as error:
            if self._is_last_chance:
                raise ArtworkUnavailableError("The artwork's server did not answer.") from error
            raise

    def _count(self, size: int) -> None:
        self._bytes += size
        if self._bytes > self._settings.bdr_max_bytes:
            raise _too_large_together(self._settings.bdr_max_bytes)

    async def __aexit__(self, *_: object) -> None:
        await asyncio.shield(self._clear())

    async def _clear(self) -> None:
        for task in self._fetching.values():
            task.cancel()
        await asyncio.gather(*self._fetching.values(), return_exceptions=True)
        await self._open.aclose()


def _source_or_raise(located: Located) -> Source:
    if isinstance(located, ArtworkUnavailableError):
        raise located
    return located


def _too_large_together(limit: int) -> PermanentError:
    return PermanentError(
        f"The artworks together are larger than the {limit / 2**20:,.0f} MiB that one download holds. "
        "Please select fewer."
    )
