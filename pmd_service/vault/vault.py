"""The interface of a vault, on files or an object store (SPEC sections 3 and 13).

Callers do not know which it is: they see no paths but the one that ``local`` lends for child processes, and treat
entity tags as opaque.
"""

import asyncio
from abc import ABC, abstractmethod
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
    create_in_thread,
)
from .keys import artwork_key
from .responses import content_disposition
from .scratch import Scratch

CHUNK_BYTES = 1 << 20
MISSING = "The artwork's file is missing."
UNREADABLE = "The artwork's file cannot be read."


class Vault(ABC):
    """The store of artworks, archives, assets, packs and partial uploads.

    Keys are relative and have ``/`` between their parts: ``bdr/{user_sqid}/{id}.{attempt}.zip``,
    ``assets/{user_sqid}/{sha256}.{ext}``, ``previews/{user_sqid}/{sha256}/{size}.{ext}``,
    ``packs/{user_sqid}/{pack_id}/{edition}.{attempt}.zip``. Unless documented otherwise, methods raise VaultFaultError
    for temporary faults, ObjectUnreadableError for faults of one object, and ValueError for an invalid key.

    Args:
        artwork_prefixes: the prefixes of artworks' addresses in the vault.
        scratch: a folder on this machine's own disk.
    """

    def __init__(self, artwork_prefixes: Sequence[str], scratch: Path) -> None:
        self._prefixes = tuple(artwork_prefixes)
        self._scratch = Scratch(scratch)

    @abstractmethod
    async def check(self) -> None:
        """Check that it can be read and written, for start-up, readiness and the doctor.

        Raises:
            VaultFaultError: with a message for operators.
        """

    @abstractmethod
    async def describe(self, largest_archive: int) -> str:
        """A description for the doctor, after trying what publishing an archive of up to this size needs.

        Raises:
            VaultFaultError: with a message for operators.
        """

    async def free_bytes(self) -> int | None:
        """The free space; None if there is no known limit."""
        return None

    def holds(self, art_url: str) -> bool:
        """Whether this address denotes a file in the vault, existing or not."""
        return artwork_key(art_url, self._prefixes) is not None

    def keys_of(self, art_urls: Sequence[str]) -> Sequence[str]:
        """The keys whose metadata is worth remembering; none where a lookup costs no more than remembering it."""
        return ()

    def heads(self, keys: Collection[str]) -> AsyncGenerator[Mapping[str, Head | None], None]:
        """The current metadata of objects that ``keys_of`` returned, in pages; None for missing and unreadable ones."""
        raise NotImplementedError("keys_of returns none")

    @abstractmethod
    async def locate_artworks(
        self, art_urls: Sequence[str], known: Mapping[str, Head] = MappingProxyType({})
    ) -> list[Source | ArtworkUnavailableError]:
        """The file behind each address, in order, or why there is none.

        Args:
            known: remembered metadata by key. A store is not asked about these again, unless the tags are not its own.
        """

    async def linked(self, archive: str, sources: Sequence[Source], *, first: int) -> Sequence[Source]:
        """Links for the archive of this key to refer to, which outlive the deletion of the originals.

        They are removed with the archive. A store without links returns the sources themselves.

        Args:
            first: the number of links that the archive has already.

        Raises:
            ObjectUnreadableError: one of them has changed meanwhile.
        """
        return sources

    @abstractmethod
    def stream(self, pieces: Iterable[bytes | Slice]) -> AsyncGenerator[Streamed, None]:
        """The pieces' bytes in order, in bounded memory; the next ones are opened ahead.

        A file slice is closed when the next item is requested.

        Raises:
            ObjectUnreadableError: an object is missing or has changed; none of its bytes were returned.
        """

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

    @abstractmethod
    async def require_unchanged(self, slices: Iterable[Slice]) -> None:
        """Check the first objects ahead, as many as is cheap.

        Raises:
            ObjectUnreadableError: one of them is missing or has changed.
        """

    async def begin(self, key: str) -> Part:
        """Start a new object. Concurrent writers of one key must write the same bytes."""
        return await create_in_thread(lambda: self._begin(key), lambda part: part.abort())

    @abstractmethod
    def _begin(self, key: str, *, lasting: bool = True) -> Part:
        """In a thread."""

    async def put(self, key: str, source: Path | bytes, *, lasting: bool = True) -> Stored:
        """Store a small object, or a local file, durably.

        Args:
            lasting: False for derived objects such as previews, which a power cut may lose.
        """
        return await asyncio.to_thread(self._put, key, source, lasting)

    def _put(self, key: str, source: Path | bytes, lasting: bool) -> Stored:
        part = self._begin(key, lasting=lasting)
        try:
            if isinstance(source, bytes):
                part.write(source)
            else:
                with source.open("rb") as file:
                    while chunk := file.read(CHUNK_BYTES):
                        part.write(chunk)
            return part.seal()
        finally:
            part.abort()

    @abstractmethod
    async def find(self, key: str) -> Source | None:
        """An object for reading; None if it is missing."""

    @abstractmethod
    def local(self, key: str) -> AbstractAsyncContextManager[Path]:
        """The object as a file for reading, within the block.

        Raises:
            ObjectMissingError: it is missing.
        """

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
        return await self._respond(request, stored.key, own_headers | dict(headers), direct=not inline)

    @abstractmethod
    async def _respond(
        self, request: web.Request, key: str, headers: Mapping[str, str], *, direct: bool
    ) -> web.StreamResponse | None: ...

    @abstractmethod
    async def remove(self, key: str, *, unfinished: bool = False) -> None:
        """Remove an object, if it exists; with ``unfinished`` also what dead writers of this key have left."""

    @abstractmethod
    def list(self, prefix: str) -> AsyncIterator[Sequence[Found]]:
        """Pages of the objects below ``prefix`` (it ends with ``/``); concurrent changes may be missed."""

    @abstractmethod
    def incoming(self, file_id: UUID) -> Incoming:
        """The partial upload of this id, existing or not."""

    async def tidy_scratch(self) -> None:
        """Remove the scratch folders of this host's dead processes."""
        await asyncio.to_thread(self._scratch.tidy)

    async def tidy(self) -> None:
        """The daily cleanup of what dead processes have left: scratch folders, part files, open multipart uploads."""
        await self.tidy_scratch()


VAULT = web.AppKey("vault", Vault)
