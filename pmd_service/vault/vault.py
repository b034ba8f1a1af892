"""The vault: artworks, archives, assets, packs and partial uploads in one store (SPEC sections 3 and 13).

Callers see no paths but the one that ``local`` lends for child processes, and treat entity tags as opaque.

In a thread: reading a slice of a file in one hop.
"""

import asyncio
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from pathlib import Path
from types import MappingProxyType
from uuid import UUID

from aiohttp import hdrs, web

from .base import (
    ArtworkUnavailableError,
    Found,
    Head,
    Incoming,
    Part,
    Slice,
    Source,
    Stored,
    Streamed,
    VaultFaultError,
    create_in_thread,
)
from .keys import ARTWORK_PREFIX, artwork_key, checked_key
from .objects import ObjectReading, artwork_object
from .pieces import PiecesIncoming
from .responses import content_disposition
from .scratch import Scratch
from .store import Appending, Composing, Limited, Linking, Reading, Remote, Store, Tidying, Writing
from .writing import SpooledPart


class Vault:
    """Objects by keys, which are relative and have ``/`` between their parts: ``bdr/{user_sqid}/{id}.{attempt}.zip``,
    ``assets/{user_sqid}/{sha256}.{ext}``, ``previews/{user_sqid}/{sha256}/{size}.{ext}``,
    ``packs/{user_sqid}/{pack_id}/{edition}.{attempt}.zip``.

    What the store has an ability for, it does by itself; everything else is done by its core. Unless documented
    otherwise, methods raise VaultFaultError for temporary faults, ObjectUnreadableError for faults of one object, and
    ValueError for an invalid key.

    Args:
        scratch: a folder on this machine's own disk.
        artwork_prefixes: the prefixes of artworks' addresses in the vault.
        direct: whether downloads are redirects to presigned addresses, if the store has them.
    """

    def __init__(
        self,
        store: Store,
        scratch: Path,
        *,
        artwork_prefixes: Sequence[str] = (ARTWORK_PREFIX,),
        direct: bool = False,
    ) -> None:
        self.store = store
        self._scratch = Scratch(scratch)
        self._prefixes = tuple(artwork_prefixes)
        self._reading: Reading = (
            store if isinstance(store, Reading) else ObjectReading(store, self._scratch, direct=direct)
        )

    async def check(self) -> None:
        """Check that it can be read and written, for start-up, readiness and the doctor.

        Raises:
            VaultFaultError: with a message for operators.
        """
        await self.store.check()

    async def describe(self, largest_archive: int) -> str:
        """A description for the doctor, after trying what publishing an archive of up to this size needs.

        Raises:
            VaultFaultError: with a message for operators.
        """
        await self.check()
        probe, data = f"doctor/{secrets.token_hex(8)}", b"pmd"
        await self.put(probe, data)
        try:
            if isinstance(self.store, Composing):  # as large archives are
                await self.store.compose(probe, [lambda: data])
            if await self.read(Slice(key=probe, positions=range(1, len(data)))) != data[1:]:
                raise VaultFaultError("The store returns other bytes than were stored.")
        finally:
            await self.remove(probe)
        free = await self.free_bytes()
        if free is None:
            return f"{self.store.name}: writable."
        if free < largest_archive:
            raise VaultFaultError(
                f"Only {free / 2**30:.1f} GiB are free, less than one archive may have (BDR_MAX_BYTES)."
            )
        return f"{self.store.name}: writable, {free / 2**30:.1f} GiB free."

    async def free_bytes(self) -> int | None:
        """The free space; None if there is no known limit."""
        return await self.store.free_bytes() if isinstance(self.store, Limited) else None

    def holds(self, art_url: str) -> bool:
        """Whether this address denotes a file in the vault, existing or not."""
        return artwork_key(art_url, self._prefixes) is not None

    def keys_of(self, art_urls: Sequence[str]) -> Sequence[str]:
        """The keys whose metadata is worth remembering; none where a lookup costs no more than remembering it."""
        if not isinstance(self.store, Remote):
            return ()
        keys = [artwork_object(artwork_key(art_url, self._prefixes)) for art_url in art_urls]
        return [key for key in keys if key is not None]

    def heads(self, keys: Collection[str]) -> AsyncGenerator[Mapping[str, Head | None], None]:
        """The current metadata of objects that ``keys_of`` returned, in pages; None for missing and unreadable ones."""
        assert isinstance(self.store, Remote)
        return self.store.heads(keys)

    async def locate_artworks(
        self, art_urls: Sequence[str], known: Mapping[str, Head] = MappingProxyType({})
    ) -> list[Source | ArtworkUnavailableError]:
        """The file behind each address, in order, or why there is none.

        Args:
            known: remembered metadata by key. A store is not asked about these again, unless the tags are not its own.
        """
        return await self._reading.locate([artwork_key(art_url, self._prefixes) for art_url in art_urls], known)

    async def linked(self, archive: str, sources: Sequence[Source], *, first: int) -> Sequence[Source]:
        """Links for the archive of this key to refer to, which outlive the deletion of the originals.

        They are removed with the archive. A store without links returns the sources themselves.

        Args:
            first: the number of links that the archive has already.

        Raises:
            ObjectUnreadableError: one of them has changed meanwhile.
        """
        if isinstance(self.store, Linking):
            return await self.store.linked(archive, sources, first=first)
        return sources

    def stream(self, pieces: Iterable[bytes | Slice]) -> AsyncGenerator[Streamed, None]:
        """The pieces' bytes in order, in bounded memory; the next ones are opened ahead.

        A file slice is closed when the next item is requested.

        Raises:
            ObjectUnreadableError: an object is missing or has changed; none of its bytes were returned.
        """
        return self._reading.stream(pieces)

    async def read(self, piece: Slice) -> bytes:
        """These bytes, in memory.

        Raises:
            ObjectUnreadableError: the object is missing or has changed.
        """
        data = bytearray()
        async with aclosing(self.stream([piece])) as streamed:
            async for each in streamed:
                data += each if isinstance(each, bytes) else await asyncio.to_thread(each.read)
        return bytes(data)

    async def require_unchanged(self, slices: Iterable[Slice]) -> None:
        """Check the first objects ahead, as many as is cheap.

        Raises:
            ObjectUnreadableError: one of them is missing or has changed.
        """
        await self._reading.require_unchanged(slices)

    async def begin(self, key: str) -> Part:
        """Start a new object. Concurrent writers of one key must write the same bytes."""
        store, loop = self.store, asyncio.get_running_loop()
        checked_key(key)

        def begin() -> Part:
            return store.begin(key) if isinstance(store, Writing) else SpooledPart(store, key, loop)

        return await create_in_thread(begin, lambda part: part.abort())

    async def put(self, key: str, source: Path | bytes, *, lasting: bool = True) -> Stored:
        """Store a small object, or a local file, durably.

        Args:
            lasting: False for derived objects such as previews, which a power cut may lose.
        """
        return await self.store.put(checked_key(key), source, lasting=lasting)

    async def find(self, key: str) -> Source | None:
        """An object for reading; None if it is missing."""
        return await self._reading.find(key)

    def local(self, key: str) -> AbstractAsyncContextManager[Path]:
        """The object as a file for reading, within the block.

        Raises:
            ObjectMissingError: it is missing.
        """
        return self._reading.local(key)

    def scratch(self) -> AbstractAsyncContextManager[Path]:
        """A temporary folder on this machine's own disk, within the block."""
        return self._scratch.new()

    async def respond(
        self,
        request: web.Request,
        stored: Stored,
        *,
        content_type: str,
        filename: str | None = None,
        inline: bool = False,
        headers: Mapping[str, str],
    ) -> web.StreamResponse | None:
        """The response with the object, with ranges, conditions and HEAD (RFC 9110); None if it is missing.

        Args:
            inline: whether it is shown in the page, whose CSP binds it to this origin; only downloads may be redirects
                to the store.
            headers: additional headers, including Cache-Control.

        Raises:
            ProblemError: 416 with the object's size.
        """
        own_headers = {
            hdrs.CONTENT_TYPE: content_type,
            hdrs.CONTENT_DISPOSITION: content_disposition("inline" if inline else "attachment", filename),
        }
        # A page of another origin may not follow a redirect to a store that does not know it.
        direct = not inline and hdrs.ORIGIN not in request.headers
        return await self._reading.respond(request, stored.key, own_headers | dict(headers), direct=direct)

    async def remove(self, key: str, *, unfinished: bool = False) -> None:
        """Remove an object, if it exists; with ``unfinished`` also what dead writers of this key have left."""
        await self.store.delete(checked_key(key), unfinished=unfinished)

    def list(self, prefix: str) -> AsyncIterator[Sequence[Found]]:
        """Pages of the objects below ``prefix`` (it ends with ``/``); concurrent changes may be missed."""
        return self.store.list(prefix)

    def incoming(self, file_id: UUID) -> Incoming:
        """The partial upload of this id, existing or not."""
        if isinstance(self.store, Appending):
            return self.store.incoming(file_id)
        return PiecesIncoming(self.store, self._scratch, file_id)

    async def tidy_scratch(self) -> None:
        """Remove the scratch folders of this host's dead processes."""
        await asyncio.to_thread(self._scratch.tidy)

    async def tidy(self) -> None:
        """The daily cleanup of what dead processes have left: scratch folders, part files, open multipart uploads."""
        await self.tidy_scratch()
        if isinstance(self.store, Tidying):
            await self.store.tidy()


VAULT = web.AppKey("vault", Vault)
