"""A vault on an S3-compatible object store (SPEC section 13): hosts that share it need to share no disk.

Nothing is ever fenced by the store: each attempt writes a key of its own, and the row in Postgres is the publication.
"""

import asyncio
import posixpath
import secrets
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from uuid import UUID

from aiohttp import hdrs, web

from ..ops.store_url import StoreUrl
from .base import ArtworkUnavailableError, Found, NotThereError, Source, Stored, VaultFaultError
from .keys import ARTWORK_PREFIX, MAX_KEY_BYTES, artwork_key, checked_key, is_artwork
from .s3_incoming import S3Incoming
from .s3_part import CHUNK_BYTES, PART_BYTES, S3Part, S3Source
from .s3_response import store_response
from .s3_store import Head, ObjectStore, faults_told
from .scratch import DEAD_SECONDS, Scratch

LOOKS_AT_ONCE = 16
# Read where it is looked for: most pixel art fits, and costs one request instead of two.
FIRST_BYTES = 64 << 10


class S3Vault:
    """Everything below one prefix of one bucket.

    Args:
        direct: whether downloads are redirects to presigned addresses of the store.
        artwork_prefixes: what artworks' addresses in the vault begin with.
    """

    def __init__(
        self, url: StoreUrl, *, direct: bool = True, artwork_prefixes: Sequence[str] = (ARTWORK_PREFIX,)
    ) -> None:
        self._store = ObjectStore(url)
        self._url = url
        self._direct = direct
        self._prefixes = tuple(artwork_prefixes)
        self._scratch = Scratch(Path(tempfile.gettempdir()) / "pmd-scratch")

    async def open(self) -> None:
        """Make the client; it connects when it is first needed, so that a process starts while the store is down."""
        await self._store.open()
        await asyncio.to_thread(self._scratch.tidy)

    async def close(self) -> None:
        await self._store.close()

    async def check(self) -> None:
        await self._store.check()

    async def describe(self, largest_archive: int) -> str:
        """What publishing needs: an object written, read and removed, and a multipart upload begun and given up."""
        await self.check()
        probe = f"doctor/{secrets.token_hex(8)}"
        await self._store.put(probe, b"pmd")
        async with self._store.read(probe) as body:
            with faults_told():
                if await body.read() != b"pmd":
                    raise VaultFaultError("The object store gives back something else than it was given.")
        await self._store.delete(probe)
        await self._store.abort_upload(probe, await self._store.begin_upload(probe))
        where = self._url.endpoint or f"AWS, {self._url.region}"
        return f"Bucket {self._url.bucket} at {where}: writable."

    async def free_bytes(self) -> int | None:
        return None

    def holds(self, art_url: str) -> bool:
        return artwork_key(art_url, self._prefixes) is not None

    async def locate_artworks(self, art_urls: Sequence[str]) -> list[Source | ArtworkUnavailableError]:
        room = asyncio.Semaphore(LOOKS_AT_ONCE)
        larger = 0

        async def locate(art_url: str) -> Source | ArtworkUnavailableError:
            nonlocal larger
            async with room:
                # Artworks of one gallery are alike. To give a large one's first bytes costs a store much, for nothing.
                located = await self._locate(art_url, FIRST_BYTES if larger <= 0 else 0)
            if isinstance(located, S3Source):
                larger += 1 if located.size > FIRST_BYTES else -1
            return located

        try:
            async with asyncio.TaskGroup() as looking:
                tasks = [looking.create_task(locate(art_url)) for art_url in art_urls]
        except* VaultFaultError as group:
            # A store that is down must not become so many missing artworks.
            raise VaultFaultError(str(group.exceptions[0])) from group
        return [task.result() for task in tasks]

    async def _locate(self, art_url: str, first: int) -> Source | ArtworkUnavailableError:
        key = artwork_key(art_url, self._prefixes)
        if key is not None:
            key = posixpath.normpath(key)
        if key is None or key.startswith("..") or not is_artwork(key) or not _is_sayable(key):
            return ArtworkUnavailableError("The artwork's file is not in the vault.")
        head = await (self._store.peek(key, first) if first else self._store.head(key))
        if head is None:
            return ArtworkUnavailableError("The artwork's file is not in the vault.")
        return S3Source(self._store, key, head)

    async def begin(self, key: str) -> S3Part:
        return S3Part(self._store, checked_key(key))

    async def put(self, key: str, source: Path | bytes, *, lasting: bool = True) -> Stored:
        if isinstance(source, bytes) and len(source) <= PART_BYTES:
            return Stored(key=checked_key(key), size=len(source), etag=await self._store.put(key, source))
        part = await self.begin(key)
        return await asyncio.to_thread(_write, part, source)

    async def find(self, key: str) -> Source | None:
        head = await self._store.head(key)
        return None if head is None else S3Source(self._store, key, head)

    async def stored(self, key: str) -> Stored | None:
        """The object as a row would know it; None when it is not there."""
        head = await self._store.head(key)
        return None if head is None else Stored(key=key, size=head.size, etag=head.etag)

    @asynccontextmanager
    async def local(self, key: str) -> AsyncIterator[Path]:
        source = await self.find(key)
        if source is None:
            raise NotThereError(key)
        async with self._scratch.new() as folder:
            # Its own name's end tells the format to some readers.
            copy = folder / posixpath.basename(key)
            await asyncio.to_thread(_copy, source, copy)
            yield copy

    def scratch(self) -> AbstractAsyncContextManager[Path]:
        return self._scratch.new()

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
        head: Head | None = await self._store.head(stored.key)
        if head is None:
            return None
        told = {
            hdrs.CONTENT_TYPE: content_type,
            hdrs.CONTENT_DISPOSITION: f'{disposition}; filename="{filename}"' if filename else disposition,
            hdrs.CACHE_CONTROL: "private, no-store",
        }
        return await store_response(
            request, self._store, stored.key, head, told | dict(headers or {}), direct=direct and self._direct
        )

    async def remove(self, key: str, *, unfinished: bool = False) -> None:
        await self._store.delete(checked_key(key))
        if unfinished:
            for upload in await self._store.uploads(key):
                if upload.key == key:
                    await self._store.abort_upload(key, upload.upload_id)

    def list(self, prefix: str) -> AsyncIterator[Sequence[Found]]:
        return self._store.list(prefix)

    def incoming(self, file_id: UUID) -> S3Incoming:
        return S3Incoming(self._store, self, self._scratch, file_id)

    async def tidy(self) -> None:
        await asyncio.to_thread(self._scratch.tidy)
        for upload in await self._store.uploads(""):
            if upload.age > DEAD_SECONDS:
                await self._store.abort_upload(upload.key, upload.upload_id)


def _is_sayable(key: str) -> bool:
    try:
        return "\0" not in key and len(key.encode()) <= MAX_KEY_BYTES
    except UnicodeEncodeError:
        return False


def _write(part: S3Part, source: Path | bytes) -> Stored:
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


def _copy(source: Source, target: Path) -> None:
    with source.open() as chunks, target.open("wb") as file:
        for chunk in chunks:
            file.write(chunk)
