"""One push: hash, go on with what is open, announce the rest, send, and wait for the report."""

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
HASHERS = 2


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of all files."""

    theme: str | None = None
    source: str | None = None
    provenance: str | None = None
    license_id: int | None = None
    attribution: str | None = None


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the files: their lines, and what could not be read."""

    ended: Sequence[Line]
    unreadable: Sequence[str]

    @property
    def outcomes(self) -> Counter[str]:
        """How many came to each end."""
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


async def push_files(api: Api, found: Sequence[Found], *, name: str | None, said: Said, terminal: Terminal) -> Result:
    """Bring these files in and wait until each of them has ended.

    Raises:
        RefusedError: the service refuses the whole: no allowance, no room, no licence of this number.
        UnreachableError: it could not be reached for too long.
    """
    terminal.say(f"Looking at {counted_files(len(found))} …")
    hashed, unreadable = await hash_all(found)
    ended: list[Line] = []
    with terminal.progress(sum(each.size for each in hashed)) as progress:
        uploads = []
        rest = hashed
        for upload in await api.open_uploads():
            lines = [*await api.lines(upload.id)]
            if matched := _matching(lines, rest):
                rest = [each for each in rest if each not in matched]
                # It was cut off while it was announced: the next of its files are among the others.
                more, rest = rest[: upload.total_files - len(lines)], rest[upload.total_files - len(lines) :]
                for page in batches(more):
                    lines += await api.announce_page(upload.id, [announced(each) for each in page], first=len(lines))
                await send_lines(api, lines, [*matched, *more], progress=progress)
                uploads.append(upload)
        if rest:
            upload = await api.announce(
                [announced(each) for each in rest], name=name, key=uuid4().hex, **msgspec.structs.asdict(said)
            )
            uploads.append(upload)
            await send_lines(api, upload.files, rest, progress=progress)
        paths = {each.path for each in hashed}
        for upload in uploads:
            await _until_settled(api, upload)
            ended += [line for line in await api.lines(upload.id) if line.path in paths]
    return Result(ended=ended, unreadable=unreadable)


def _matching(lines: Sequence[Line], hashed: Sequence[Hashed]) -> set[Hashed]:
    """Those of these files that an open upload awaits, or has got."""
    known = {line.identity for line in lines if line.processing_status != "failed"}
    return {each for each in hashed if each.identity in known}


async def _until_settled(api: Api, upload: Upload) -> None:
    """Ask often while files get in, and more and more seldom while nothing moves."""
    pause, ended = SETTLED_SECONDS, -1
    while upload.status == "processing":
        if upload.successful_files + upload.failed_files > ended:
            pause, ended = SETTLED_SECONDS, upload.successful_files + upload.failed_files
        else:
            pause = min(pause * 1.5, MAX_SETTLED_SECONDS)
            lines = await api.lines(upload.id)
            awaited = [line for line in lines if line.processing_status == "pending" and line.url is not None]
            if ended + len(awaited) == len(lines) and (awaited or len(lines) < upload.total_files):
                return  # only what can no longer be read here is missing; the service says so in the end
        await asyncio.sleep(pause)
        upload = await api.find_upload(upload.id)


def announced(each: Hashed) -> dict[str, Any]:
    return {"path": each.path, "size": each.size, "hash": each.hash, "mtime": max(0, each.mtime_ns // 1_000_000)}
