"""What the service asks of a vault, whether files or an object store keep it (SPEC sections 3 and 13).

Nothing above knows which it is: no path crosses this line but the one that ``local`` lends to child processes. What a
row keeps of an object, its key and its entity tag, is the vault's own answer and means nothing to anybody else.
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
NOT_THERE = "The artwork's file is not in the vault."
UNREADABLE = "The artwork's file cannot be read."


class Vault(ABC):
    """The store of artworks, archives, assets, packs and half-received files.

    Keys are relative and have ``/`` between their parts: ``bdr/{user_sqid}/{id}.{attempt}.zip``,
    ``assets/{user_sqid}/{sha256}.{ext}``, ``previews/{user_sqid}/{sha256}/{size}.{ext}``,
    ``packs/{user_sqid}/{pack_id}/{edition}.{attempt}.zip``. Where nothing else is said, each method raises
    VaultFaultError for what may pass, ObjectUnreadableError where it is this one object alone, and ValueError for a
    key that is none.

    Args:
        artwork_prefixes: what artworks' addresses in the vault begin with.
        scratch: a folder on this machine's own disk.
    """

    def __init__(self, artwork_prefixes: Sequence[str], scratch: Path) -> None:
        self._prefixes = tuple(artwork_prefixes)
        self._scratch = Scratch(scratch)

    @abstractmethod
    async def check(self) -> None:
        """Whether it can be read and written, for start-up, readiness and the doctor.

        Raises:
            VaultFaultError: with a sentence for an operator.
        """

    @abstractmethod
    async def describe(self, largest_archive: int) -> str:
        """A sentence for the doctor, after doing what publishing an archive of at most so many bytes needs.

        Raises:
            VaultFaultError: with a sentence for an operator.
        """

    async def free_bytes(self) -> int | None:
        """How much more goes in; None where that has no end that we know of."""
        return None

    def holds(self, art_url: str) -> bool:
        """Whether this address means a file in the vault, be it there or not."""
        return artwork_key(art_url, self._prefixes) is not None

    def keys_of(self, art_urls: Sequence[str]) -> Sequence[str]:
        """The keys whose metadata is worth remembering; none where a lookup costs no more than remembering it."""
        return ()

    def heads(self, keys: Collection[str]) -> AsyncGenerator[Mapping[str, Head | None], None]:
        """The current metadata of objects that ``keys_of`` returned, in pages; None for one that cannot be had."""
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
        """What the archive of this key may refer to instead, so that it stays whatever becomes of the original.

        Removing the archive removes it, too. Where nothing costs nothing, these are the sources themselves.

        Args:
            first: how many the archive has had before.

        Raises:
            ObjectUnreadableError: one of them has changed meanwhile.
        """
        return sources

    @abstractmethod
    def stream(self, pieces: Iterable[bytes | Slice]) -> AsyncGenerator[Streamed, None]:
        """The pieces' bytes in their order, in bounded memory; what comes next is opened ahead.

        A file slice is closed when the next item is asked for.

        Raises:
            ObjectUnreadableError: an object is gone or has changed; none of its bytes has been given.
        """

    async def read(self, piece: Slice) -> bytes:
        """These bytes, few enough to be held.

        Raises:
            ObjectUnreadableError: the object is gone or has changed.
        """
        data = bytearray()
        async with aclosing(self.stream([piece])) as streamed:
            async for each in streamed:
                data += each if isinstance(each, bytes) else await asyncio.to_thread(each.read)
        return bytes(data)

    @abstractmethod
    async def require_unchanged(self, slices: Iterable[Slice]) -> None:
        """Look at the first of the objects before their turn, as many as that costs little.

        Raises:
            ObjectUnreadableError: one of them is gone or has changed.
        """

    async def begin(self, key: str) -> Part:
        """Begin a new object. Several may write the same key only if they write the same bytes."""
        return await create_in_thread(lambda: self._begin(key), lambda part: part.abort())

    @abstractmethod
    def _begin(self, key: str, *, lasting: bool = True) -> Part:
        """In a thread."""

    async def put(self, key: str, source: Path | bytes, *, lasting: bool = True) -> Stored:
        """A small object, or one that lies in a local file already, made durable at once.

        Args:
            lasting: False for what can be made again of what is durable, like previews: a power cut may take it.
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
        """An object to be read; None when it is not there."""

    @abstractmethod
    def local(self, key: str) -> AbstractAsyncContextManager[Path]:
        """The object as a file to be read, for as long as the block lasts.

        Raises:
            ObjectMissingError: it is not there.
        """

    def scratch(self) -> AbstractAsyncContextManager[Path]:
        """A new folder on this machine's own disk for what is not stored, gone after the block."""
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
        """The object as an answer: ranges, conditions, HEAD (RFC 9110); None when it is not there.

        Args:
            inline: whether it is shown in the page, whose own rules bind it to this origin; only what is saved may be a
                redirect to the store.
            headers: beside the answer's own: how long it may be kept is one of these.

        Raises:
            ProblemError: 416 with the object's size.
        """
        told = {
            hdrs.CONTENT_TYPE: content_type,
            hdrs.CONTENT_DISPOSITION: content_disposition("inline" if inline else "attachment", filename),
        }
        return await self._respond(request, stored.key, told | dict(headers), direct=not inline)

    @abstractmethod
    async def _respond(
        self, request: web.Request, key: str, headers: Mapping[str, str], *, direct: bool
    ) -> web.StreamResponse | None: ...

    @abstractmethod
    async def remove(self, key: str, *, unfinished: bool = False) -> None:
        """Remove an object, if it is there; ``unfinished`` ones too where writers of this key have died."""

    @abstractmethod
    def list(self, prefix: str) -> AsyncIterator[Sequence[Found]]:
        """Pages of the objects below ``prefix`` (it ends with ``/``); what comes or goes meanwhile may be missing."""

    @abstractmethod
    def incoming(self, file_id: UUID) -> Incoming:
        """The half-received file of this id, begun or not."""

    async def tidy_scratch(self) -> None:
        """Remove the scratch folders of this host's processes that are no more."""
        await asyncio.to_thread(self._scratch.tidy)

    async def tidy(self) -> None:
        """The daily look at what a dead process may have left in the vault's own corners: scratch, open uploads."""
        await self.tidy_scratch()


VAULT = web.AppKey("vault", Vault)
