"""What the service asks of a vault."""

from pathlib import Path
from typing import Protocol
from uuid import UUID

import msgspec
from aiohttp import web


class ArtworkUnavailableError(Exception):
    """An artwork's file cannot be had; the message is a reason that a user can read, without paths."""


class ArchiveFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file below ``bdr/``: ``attempt`` is None for a published archive; ``age`` is in seconds."""

    file_path: str
    bdr_id: UUID | None
    attempt: int | None
    age: float


class Vault(Protocol):
    """The store of artworks and archives.

    ``file_path`` is always relative to the vault, as ``batch_download_requests.file_path`` has it.
    """

    async def locate_artworks(self, art_urls: list[str]) -> list[Path | ArtworkUnavailableError]:
        """The file behind each ``/vault/…`` URL, in order, or why there is none."""
        ...

    async def part_path(self, file_path: str, attempt: int) -> Path:
        """Where this attempt builds, in the folder of the target so that publishing is a rename."""
        ...

    def spool_path(self, part: Path, number: int) -> Path:
        """Where that attempt keeps a fetched artwork until it is in the archive: beside the part file."""
        ...

    async def publish(self, part: Path, file_path: str) -> None:
        """Put the finished, fsynced part file in the target's place, durably."""
        ...

    async def discard(self, part: Path) -> None:
        """Remove a part or spool file, if it is there."""
        ...

    async def list_files(self) -> list["ArchiveFile"]:
        """Every file in the folders of archives: published ones, and what builds are writing or have left."""
        ...

    async def remove_empty_folders(self) -> None:
        """Remove users' folders without a file."""
        ...

    async def remove(self, file_path: str) -> None:
        """Remove an archive, if it is there."""
        ...

    def archive(self, file_path: str) -> Path:
        """Where a published archive lies, to be served."""
        ...


VAULT = web.AppKey("vault", Vault)
