"""Announcing an upload, page by page."""

from collections.abc import Iterator, Sequence
from typing import TypeVar
from uuid import UUID

import msgspec
from pmd_sdk import AsyncClient, models
from pmd_sdk.aio import new_key

from .files import Hashed

T = TypeVar("T")

MAX_FILES = 512


async def announce(
    client: AsyncClient, files: Sequence[Hashed], *, name: str | None, defaults: models.Defaults
) -> models.AnnouncedUpload:
    """Open an upload of these files; ``files`` has the lines of all pages."""
    first, *pages = batches(files)
    upload = await client.post_upload(
        files=[announced(each) for each in first],
        total_files=len(files) if pages else None,
        name=name,
        defaults=defaults,
        idempotency_key=new_key(),
    )
    lines = [*upload.files]
    for page in pages:
        lines += await announce_page(client, upload.id, page, first=len(lines))
    return msgspec.structs.replace(upload, files=lines)


async def announce_page(
    client: AsyncClient, upload_id: UUID, files: Sequence[Hashed], *, first: int
) -> Sequence[models.Line]:
    """Announce the upload's files from this index on; idempotent, and so repeated after a lost connection."""
    body = {"first": first, "files": [announced(each) for each in files]}
    path = f"/api/pmd/uploads/{upload_id}/files"
    return (await client.call("POST", path, models.AnnouncedUpload, body=body, repeatable=True)).files


def announced(each: Hashed) -> models.AnnouncedFile:
    mtime = max(0, each.mtime_ns // 1_000_000)
    return models.AnnouncedFile(path=each.path, size_bytes=each.size, sha256=each.hash, mtime=mtime)


def identity_of(line: models.Line) -> tuple[str, int, str | None]:
    """As ``files.Hashed.identity``: two files may have the same path, with different bytes."""
    return line.path, line.size_bytes, line.sha256


def batches(items: Sequence[T], size: int = MAX_FILES) -> Iterator[Sequence[T]]:
    """Slices of the size that a call accepts."""
    for first in range(0, len(items), size):
        yield items[first : first + size]
