"""What the service asks of a vault, whether files or an object store keep it (SPEC sections 3 and 13).

Nothing above knows which it is: no path crosses this protocol but the one that ``local`` lends to child processes.
What a row keeps of an object, its key and its entity tag, is the vault's own answer and means nothing to anybody else.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from pathlib import Path
from typing import Protocol, TypeAlias
from uuid import UUID

import msgspec
from aiohttp import web

from ..http.errors import PassingFaultError


class VaultFaultError(PassingFaultError):
    """The store is full, read-only, broken or out of reach: it may pass, and says nothing about what is there."""


class ArtworkUnavailableError(Exception):
    """An artwork's file cannot be had; the message is a reason that a user can read, without paths."""


class NotThereError(Exception):
    """There is no such object."""


class OffsetError(Exception):
    """What has been received ends at ``size``, and not where the writer would begin."""

    def __init__(self, size: int) -> None:
        super().__init__(f"{size} bytes have been received")
        self.size = size


class BusyError(Exception):
    """Another writer holds the half-received file."""


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """An object as the row that publishes it knows it; ``etag`` is without quotes, None where a row has none."""

    key: str
    size: int
    etag: str | None


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """An object in a listing; ``age`` is in seconds."""

    key: str
    size: int
    age: float


class Source(Protocol):
    """An object to be read; ``modified`` is in seconds since 1970."""

    @property
    def key(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def modified(self) -> float: ...

    def open(self) -> AbstractContextManager[Iterator[bytes]]:
        """Its bytes in chunks. It blocks, and so belongs into a thread.

        Raises:
            OSError, VaultFaultError: also in the middle.
        """
        ...


class Part(Protocol):
    """A new object while it is written: nobody sees it before it is sealed.

    ``write`` and ``seal`` block and belong into one thread; ``abort`` may come from any, any number of times.
    """

    def write(self, chunk: bytes) -> None:
        """Take the next bytes; waits while too many are on their way.

        Raises:
            OSError, VaultFaultError: these or earlier bytes are lost, and so is the part.
        """
        ...

    def seal(self) -> Stored:
        """Make all of it durable under its key.

        Raises:
            OSError, VaultFaultError: there is no such object.
        """
        ...

    def abort(self) -> None:
        """Leave nothing behind of what is not sealed. Never raises: what it cannot remove is a leftover."""
        ...


Seen: TypeAlias = Callable[[Sequence[bytes]], None]


def unseen(_chunks: Sequence[bytes]) -> None:
    """Nobody counts or hashes what is written."""


class IncomingWriter(Protocol):
    """Appends to a half-received file; of one task, and the only writer of its file on this vault."""

    async def write(self, chunks: Sequence[bytes], *, seen_by: Seen = unseen) -> None:
        """Append; ``seen_by`` is called with the chunks first, in the thread that writes them.

        Raises:
            VaultFaultError: what ``flush`` has not seen may be lost.
        """
        ...

    async def flush(self) -> int:
        """Make what was written durable; the file's size in bytes.

        Raises:
            VaultFaultError: how much of it is durable, ``Incoming.size`` tells.
        """
        ...

    async def truncate(self, size: int) -> None:
        """Take back what lies behind ``size``."""
        ...

    async def close(self) -> None:
        """Let go of the file; what ``flush`` has not seen may be lost. Never raises."""
        ...


class Incoming(Protocol):
    """A half-received file, which any server can continue where another has stopped."""

    async def size(self) -> int:
        """How many bytes are durable; 0 also where there is nothing."""
        ...

    async def open(self, offset: int) -> IncomingWriter:
        """Go on at ``offset``.

        Raises:
            OffsetError: what has been received ends elsewhere.
            BusyError: another writer has not let go.
        """
        ...

    async def finish(self, key: str, *, looked_at: Path | None = None) -> Stored:
        """Make it the object ``key``; doing so again, after a crash in between, is harmless.

        Args:
            looked_at: the copy that ``local`` has lent, so that what was looked at is what is kept.

        Raises:
            NotThereError: nothing has been received, and there is no such object.
            BusyError: a writer has not let go.
        """
        ...

    def local(self) -> AbstractAsyncContextManager[Path]:
        """What has been received as a file to be read by a child process.

        Raises:
            NotThereError: nothing has been received.
        """
        ...

    async def discard(self) -> None:
        """Remove it, if it is there."""
        ...


class Vault(Protocol):
    """The store of artworks, archives, assets, packs and half-received files.

    Keys are relative and have ``/`` between their parts: ``bdr/{user_sqid}/{id}.{attempt}.zip``,
    ``assets/{user_sqid}/{sha256}.{ext}``, ``previews/{user_sqid}/{sha256}/{size}.{ext}``,
    ``packs/{user_sqid}/{pack_id}/{edition}.{attempt}.zip``. Where nothing else is said, each method raises
    VaultFaultError for what may pass and ValueError for a key that is none.
    """

    async def check(self) -> None:
        """Whether it can be read and written, for start-up, readiness and the doctor.

        Raises:
            VaultFaultError: with a sentence for an operator.
        """
        ...

    async def describe(self, largest_archive: int) -> str:
        """A sentence for the doctor, after doing what publishing an archive of at most so many bytes needs.

        Raises:
            VaultFaultError: with a sentence for an operator.
        """
        ...

    async def free_bytes(self) -> int | None:
        """How much more goes in; None where that has no end that we know of."""
        ...

    def holds(self, art_url: str) -> bool:
        """Whether this address means a file in the vault, be it there or not."""
        ...

    async def locate_artworks(self, art_urls: Sequence[str]) -> list[Source | ArtworkUnavailableError]:
        """The file behind each address, in order, or why there is none."""
        ...

    async def begin(self, key: str) -> Part:
        """Begin a new object. Several may write the same key only if they write the same bytes."""
        ...

    async def put(self, key: str, source: Path | bytes, *, lasting: bool = True) -> Stored:
        """A small object, or one that lies in a local file already, made durable at once.

        Args:
            lasting: False for what can be made again of what is durable, like previews: a power cut may take it.
        """
        ...

    async def find(self, key: str) -> Source | None:
        """An object to be read; None when it is not there."""
        ...

    def local(self, key: str) -> AbstractAsyncContextManager[Path]:
        """The object as a file to be read, for as long as the block lasts.

        Raises:
            NotThereError: it is not there.
        """
        ...

    def scratch(self) -> AbstractAsyncContextManager[Path]:
        """A new folder on this machine's own disk for what is not stored, gone after the block."""
        ...

    async def respond(
        self,
        request: web.Request,
        stored: Stored,
        *,
        filename: str | None,
        content_type: str,
        disposition: str = "attachment",
        headers: Mapping[str, str] | None = None,
        direct: bool = True,
    ) -> web.StreamResponse | None:
        """The object as an answer: ranges, conditions, HEAD (RFC 9110); None when it is not there.

        Args:
            filename: plain ASCII.
            direct: whether the answer may be a redirect to the store; where the page's own rules bind what it shows
                to this origin, it may not.

        Raises:
            ProblemError: 416 with the object's size.
        """
        ...

    async def remove(self, key: str, *, unfinished: bool = False) -> None:
        """Remove an object, if it is there; ``unfinished`` ones too where writers of this key have died."""
        ...

    def list(self, prefix: str) -> AsyncIterator[Sequence[Found]]:
        """Pages of the objects below ``prefix`` (it ends with ``/``); what comes or goes meanwhile may be missing."""
        ...

    def incoming(self, file_id: UUID) -> Incoming:
        """The half-received file of this id, begun or not."""
        ...

    async def tidy(self) -> None:
        """The daily look at what a dead process may have left in the vault's own corners: scratch, open uploads."""
        ...


VAULT = web.AppKey("vault", Vault)
