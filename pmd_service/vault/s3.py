"""A vault on an S3-compatible object store (SPEC section 13): its hosts need no shared disk.

The store provides no locks: each attempt writes a key of its own, and the row in Postgres publishes it.
"""

import asyncio
import bisect
import posixpath
import secrets
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar
from uuid import UUID

from aiohttp import web

from ..base.store_url import StoreUrl
from .base import (
    ArtworkUnavailableError,
    Found,
    Head,
    ObjectMissingError,
    ObjectUnreadableError,
    Slice,
    Source,
    Streamed,
    VaultFaultError,
)
from .keys import ARTWORK_PREFIX, MAX_KEY_BYTES, artwork_key, checked_key, is_artwork
from .responses import is_file_etag, store_response
from .s3_incoming import Lent, S3Incoming
from .s3_part import S3Part, S3Source
from .s3_store import ObjectStore
from .s3_stream import stream
from .scratch import DEAD_SECONDS
from .vault import MISSING, UNREADABLE, Vault

T = TypeVar("T")

MAX_CONCURRENT = 16
# A page of a listing costs about as much, in money and time, as this many HEAD requests.
HEADS_PER_LISTING = 32
# Read together with the metadata: most pixel art fits, and takes one request instead of two.
FIRST_BYTES = 64 << 10


class S3Vault(Vault):
    """Everything below one prefix of one bucket.

    Args:
        direct: whether downloads are redirects to presigned addresses of the store.
    """

    def __init__(
        self, url: StoreUrl, *, direct: bool = True, artwork_prefixes: Sequence[str] = (ARTWORK_PREFIX,)
    ) -> None:
        super().__init__(artwork_prefixes, Path(tempfile.gettempdir()) / "pmd-scratch")
        self._store = ObjectStore(url)
        self._url = url
        self._direct = direct
        self._lent: Lent = {}

    async def open(self) -> None:
        """Create the client; it connects on first use, so that a process starts while the store is down."""
        await self._store.open()

    async def close(self) -> None:
        await self._store.close()

    async def check(self) -> None:
        await self._store.check()

    async def describe(self, largest_archive: int) -> str:
        """Tries what publishing needs: write, read and remove an object, start and abort a multipart upload."""
        await self.check()
        probe = f"doctor/{secrets.token_hex(8)}"
        await self._store.put(probe, b"pmd")
        async with self._store.read(probe) as take:
            if await take(-1) != b"pmd":
                raise VaultFaultError("The object store returns other bytes than were stored.")
        await self._store.delete(probe)
        await self._store.abort_upload(probe, await self._store.begin_upload(probe))
        where = self._url.endpoint or f"AWS, {self._url.region}"
        return f"Bucket {self._url.bucket} at {where}: writable."

    def keys_of(self, art_urls: Sequence[str]) -> Sequence[str]:
        return [key for art_url in art_urls if (key := self._key_of(art_url)) is not None]

    async def locate_artworks(
        self, art_urls: Sequence[str], known: Mapping[str, Head] = MappingProxyType({})
    ) -> list[Source | ArtworkUnavailableError]:
        larger = 0

        async def locate(key: str) -> Source | ArtworkUnavailableError:
            nonlocal larger
            # Artworks of one gallery are alike in size, and reading the start of large ones is expensive and useless.
            located = await self._locate(key, FIRST_BYTES if larger <= 0 else 0)
            if isinstance(located, S3Source):
                larger += 1 if located.size > FIRST_BYTES else -1
            return located

        keys = [self._key_of(art_url) for art_url in art_urls]
        # After a move from a file vault the remembered tags are those of files.
        found: dict[str | None, Source | ArtworkUnavailableError] = {
            key: S3Source(self._store, key, head) for key, head in known.items() if not is_file_etag(head.etag)
        }
        unknown = [key for key in dict.fromkeys(keys) if key is not None and key not in found]
        found |= zip(unknown, await _gather(locate, unknown), strict=True)
        return [found[key] if key is not None else ArtworkUnavailableError(MISSING) for key in keys]

    def _key_of(self, art_url: str) -> str | None:
        key = artwork_key(art_url, self._prefixes)
        if key is not None:
            key = posixpath.normpath(key)
        return None if key is None or key.startswith("..") or not is_artwork(key) or not _is_valid(key) else key

    async def _locate(self, key: str, first: int) -> Source | ArtworkUnavailableError:
        try:
            head = await self._store.head(key, first)
        except ObjectUnreadableError:
            return ArtworkUnavailableError(UNREADABLE)
        return ArtworkUnavailableError(MISSING) if head is None else S3Source(self._store, key, head)

    async def heads(self, keys: Collection[str]) -> AsyncGenerator[Mapping[str, Head | None], None]:
        """By listing pages of 1,000 objects where the keys are dense, and by HEAD requests where they are sparse.

        Each listing starts at the next wanted key, and answers for all keys up to its last object. Those that it does
        not contain get a HEAD request of their own.
        """
        wanted = sorted(keys)
        while wanted:
            listed: Mapping[str, Head] = {}
            end = 0
            if len(wanted) > HEADS_PER_LISTING:
                listed, is_last = await self._store.list_from(wanted[0])
                end = len(wanted) if is_last else bisect.bisect_right(wanted, max(listed, default=""))
            end = max(end, HEADS_PER_LISTING)
            page, wanted = wanted[:end], wanted[end:]
            rest = [key for key in page if key not in listed]
            found = await _gather(self._head_or_none, rest)
            yield {key: listed.get(key) for key in page} | dict(zip(rest, found, strict=True))

    async def _head_or_none(self, key: str) -> Head | None:
        try:
            return await self._store.head(key)
        except ObjectUnreadableError:
            return None

    def stream(self, pieces: Iterable[bytes | Slice]) -> AsyncGenerator[Streamed, None]:
        return stream(self._store, pieces)

    async def require_unchanged(self, slices: Iterable[Slice]) -> None:
        piece = next(iter(slices), None)
        if piece is None or piece.tag is None:
            return
        head = await self._store.head(piece.key)
        if head is None or (head.size, head.etag) != (piece.size, piece.tag):
            raise ObjectUnreadableError(piece.key, "is missing" if head is None else "has other bytes")

    def _begin(self, key: str, *, lasting: bool = True) -> S3Part:
        return S3Part(self._store, checked_key(key))

    async def find(self, key: str) -> S3Source | None:
        head = await self._store.head(key)
        return None if head is None else S3Source(self._store, key, head)

    @asynccontextmanager
    async def local(self, key: str) -> AsyncIterator[Path]:
        source = await self.find(key)
        if source is None:
            raise ObjectMissingError(key)
        async with self._scratch.new() as folder:
            # Some readers tell the format by the file name's extension.
            copy = folder / posixpath.basename(key)
            await asyncio.to_thread(_copy, source, copy)
            yield copy

    async def _respond(
        self, request: web.Request, key: str, headers: Mapping[str, str], *, direct: bool
    ) -> web.StreamResponse | None:
        head = await self._store.head(key)
        if head is None:
            return None
        return await store_response(
            request,
            key,
            head,
            headers,
            location=partial(self._store.presign, key, headers) if direct and self._direct else None,
            open_body=partial(self._store.read, key, head),
        )

    async def remove(self, key: str, *, unfinished: bool = False) -> None:
        await self._store.delete(checked_key(key))
        if unfinished:
            for upload in await self._store.uploads(key):
                if upload.key == key:  # it may be a mere prefix, and a store may ignore the key in an abort
                    await self._store.abort_upload(key, upload.upload_id)

    def list(self, prefix: str) -> AsyncIterator[Sequence[Found]]:
        return self._store.list(prefix)

    def incoming(self, file_id: UUID) -> S3Incoming:
        return S3Incoming(self._store, self, self._scratch, self._lent, file_id)

    async def tidy(self) -> None:
        await super().tidy()
        for upload in await self._store.uploads(""):
            if upload.age > DEAD_SECONDS:
                await self._store.abort_upload(upload.key, upload.upload_id)


async def _gather(ask: Callable[[str], Awaitable[T]], keys: Sequence[str]) -> list[T]:
    """Call ``ask`` for each key, some concurrently; returns the results in order.

    Raises:
        VaultFaultError: the first one stands for all, so that an unavailable store is not many missing objects.
    """
    free = asyncio.Semaphore(MAX_CONCURRENT)

    async def limited(key: str) -> T:
        async with free:
            return await ask(key)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(limited(key)) for key in keys]
    except* VaultFaultError as faults:
        raise VaultFaultError(str(faults.exceptions[0])) from faults
    return [task.result() for task in tasks]


def _is_valid(key: str) -> bool:
    try:
        return "\0" not in key and len(key.encode()) <= MAX_KEY_BYTES
    except UnicodeEncodeError:
        return False


def _copy(source: Source, target: Path) -> None:
    with source.open() as chunks, target.open("wb") as file:
        file.writelines(chunks)
