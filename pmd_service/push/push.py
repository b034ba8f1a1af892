"""One push: hash, resume open uploads, announce the rest, send, and wait for the report.

In a thread: hashing files, in threads of its own so that uploads keep theirs.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import msgspec

from .api import Api, Line, Upload, batches
from .files import Found, Hashed, counted_files, hash_file
from .send import send_lines
from .terminal import Terminal

SETTLED_SECONDS = 0.2
MAX_SETTLED_SECONDS = 2.0
FEW_FILES, SOON_SECONDS = 16, 0.05
HASHERS = 2


class Defaults(msgspec.Struct, frozen=True, kw_only=True):
    """The properties that all files get."""

    theme: str | None = None
    source: str | None = None
    provenance: str | None = None
    license_id: int | None = None
    attribution: str | None = None


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """The files' lines at the end, and the paths that could not be read."""

    ended: Sequence[Line]
    unreadable: Sequence[str]

    @property
    def outcomes(self) -> Counter[str]:
        """The number of files by outcome."""
        return Counter(line.outcome or "failed" for line in self.ended)

    @property
    def failed(self) -> Sequence[Line]:
        return [line for line in self.ended if line.processing_status == "failed"]

    @property
    def is_well(self) -> bool:
        return not self.failed and not self.unreadable


async def hash_all(found: Sequence[Found]) -> tuple[list[Hashed], list[str]]:
    """The files with their hashes, and the paths of those that cannot be read."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(HASHERS) as threads:
        hashed = await asyncio.gather(*(loop.run_in_executor(threads, hash_file, each) for each in found))
    unreadable = [each.path for each, got in zip(found, hashed, strict=True) if got is None]
    return [each for each in hashed if each is not None], unreadable


async def push_files(
    api: Api, found: Sequence[Found], *, name: str | None, defaults: Defaults, terminal: Terminal
) -> Result:
    """Upload these files and wait until each has ended.

    Raises:
        RefusedError: the service refuses all of it: quota, disk space, an unknown licence.
        UnreachableError: it could not be reached for too long.
    """
    terminal.show(f"Reading {counted_files(len(found))} …")
    hashed, unreadable = await hash_all(found)
    ended: list[Line] = []
    with terminal.progress(sum(each.size for each in hashed)) as progress:
        uploads = []
        rest = hashed
        for upload in await api.open_uploads():
            lines = [*await api.lines(upload.id)]
            if matched := _matching(lines, rest):
                rest = [each for each in rest if each not in matched]
                # If it was interrupted while being announced, its next files are among the others.
                more, rest = rest[: upload.total_files - len(lines)], rest[upload.total_files - len(lines) :]
                for page in batches(more):
                    lines += await api.announce_page(upload.id, [announced(each) for each in page], first=len(lines))
                await send_lines(api, lines, [*matched, *more], progress=progress)
                uploads.append(upload)
        if rest:
            upload = await api.announce(
                [announced(each) for each in rest], name=name, key=uuid4().hex, **msgspec.structs.asdict(defaults)
            )
            uploads.append(upload)
            await send_lines(api, upload.files, rest, progress=progress)
        paths = {each.path for each in hashed}
        for upload in uploads:
            await _until_settled(api, upload)
            ended += [line for line in await api.lines(upload.id) if line.path in paths]
    return Result(ended=ended, unreadable=unreadable)


def _matching(lines: Sequence[Line], hashed: Sequence[Hashed]) -> set[Hashed]:
    """The files that an open upload waits for or has received."""
    known = {line.identity for line in lines if line.processing_status != "failed"}
    return {each for each in hashed if each.identity in known}


async def _until_settled(api: Api, upload: Upload) -> None:
    """Poll often while files are being processed, and less and less often while nothing changes."""
    pause, ended = SETTLED_SECONDS, -1
    while upload.status == "processing":
        if upload.successful_files + upload.failed_files > ended:
            ended = upload.successful_files + upload.failed_files
            # The last files are settled within milliseconds of each other.
            pause = SETTLED_SECONDS if upload.total_files - ended > FEW_FILES else SOON_SECONDS
        else:
            pause = min(pause * 1.5, MAX_SETTLED_SECONDS)
            lines = await api.lines(upload.id)
            awaited = [line for line in lines if line.processing_status == "pending" and line.url is not None]
            if ended + len(awaited) == len(lines) and (awaited or len(lines) < upload.total_files):
                return  # the rest is no longer readable here; the service reports it in the end
        await asyncio.sleep(pause)
        upload = await api.find_upload(upload.id)


def announced(each: Hashed) -> dict[str, Any]:
    return {"path": each.path, "size": each.size, "hash": each.hash, "mtime": max(0, each.mtime_ns // 1_000_000)}
