"""What a store of objects has to do, and what it may do besides.

``Store`` is all that a vault needs; ``docs/example_store.py`` is one. Each of the other protocols is an ability: a
vault uses those that its store has, and does by the core what it cannot do by itself.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol, TypeAlias, runtime_checkable
from uuid import UUID

from aiohttp import web

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
    Take,
)

# Reads some bytes; blocks.
Bytes: TypeAlias = Callable[[], bytes]


class Store(Protocol):
    """The core: whole objects by their keys, which are valid (``keys.checked_key``).

    Methods raise VaultFaultError for temporary faults of the store, and ObjectUnreadableError for those of one object.
    """

    @property
    def name(self) -> str:
        """Where it is, for operators."""
        ...

    async def check(self) -> None:
        """Check that it can be used, for start-up, readiness and the doctor.

        Raises:
            VaultFaultError: with a message for operators.
        """
        ...

    async def put(self, key: str, source: Path | bytes, *, lasting: bool = True) -> Stored:
        """Store an object, durably unless it is not ``lasting``: all of it or nothing, whatever fails.

        Concurrent writers of one key write the same bytes.
        """
        ...

    async def head(self, key: str, first: int = 0) -> Head | None:
        """An object's metadata; None if it is missing.

        Args:
            first: how many of its first bytes will be read soon; a store may return them as well.
        """
        ...

    def read(
        self, key: str, head: Head | None = None, positions: range | None = None
    ) -> AbstractAsyncContextManager[Take]:
        """A function that returns the object's next bytes, or those at the positions.

        Args:
            head: the object's metadata when it was located.

        Raises:
            ObjectUnreadableError: it is missing, or has changed since.
        """
        ...

    async def delete(self, key: str, *, unfinished: bool = False) -> None:
        """Remove an object, if it exists; with ``unfinished`` also what dead writers of this key have left."""
        ...

    def list(self, prefix: str) -> AsyncIterator[Sequence[Found]]:
        """Pages of the objects below ``prefix`` (empty, or ending with ``/``); concurrent changes may be missed."""
        ...


@runtime_checkable
class Reading(Protocol):
    """Reads objects in ways of its own, as files are."""

    async def find(self, key: str) -> Source | None: ...
    async def locate(
        self, keys: Sequence[str | None], known: Mapping[str, Head]
    ) -> list[Source | ArtworkUnavailableError]: ...
    def local(self, key: str) -> AbstractAsyncContextManager[Path]: ...
    def stream(self, pieces: Iterable[bytes | Slice]) -> AsyncGenerator[Streamed, None]: ...
    async def require_unchanged(self, slices: Iterable[Slice]) -> None: ...
    async def respond(
        self, request: web.Request, key: str, headers: Mapping[str, str], *, direct: bool
    ) -> web.StreamResponse | None: ...


@runtime_checkable
class Writing(Protocol):
    """Stores an object while it is produced."""

    def begin(self, key: str) -> Part:
        """Blocks."""
        ...


@runtime_checkable
class Appending(Protocol):
    """Has objects that grow, for partial uploads."""

    def incoming(self, file_id: UUID) -> Incoming: ...


@runtime_checkable
class Composing(Protocol):
    """Makes an object of others without moving their bytes."""

    async def copy(self, source: str, key: str, etag: str | None = None) -> str:
        """Copy an object; returns the copy's entity tag.

        Args:
            etag: the tag that the source must have, if its name could be reused.
        """
        ...

    async def compose(self, key: str, pieces: Sequence[str | Bytes]) -> str:
        """Concatenate objects, by their keys, and bytes; returns the entity tag.

        All pieces but the last have ``pieces.MIN_PART_BYTES`` or more.
        """
        ...


@runtime_checkable
class Linking(Protocol):
    """Has links, which outlive the deletion of the original."""

    async def linked(self, archive: str, sources: Sequence[Source], *, first: int) -> Sequence[Source]: ...


@runtime_checkable
class Presigning(Protocol):
    """Serves objects by itself at addresses that it has signed."""

    async def presign(self, key: str, headers: Mapping[str, str]) -> str: ...


@runtime_checkable
class Remote(Protocol):
    """Has so long a way to its objects that their metadata is worth remembering."""

    def heads(self, keys: Collection[str]) -> AsyncGenerator[Mapping[str, Head | None], None]: ...


@runtime_checkable
class Limited(Protocol):
    """Has a limited size."""

    async def free_bytes(self) -> int: ...


@runtime_checkable
class Tidying(Protocol):
    """Keeps the unfinished objects of killed processes, which are removed once a day."""

    async def tidy(self) -> None: ...
