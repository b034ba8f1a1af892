"""One push: hash, resume open uploads, announce the rest, send, and wait for the report.

In a thread: hashing files, in threads of its own so that uploads keep theirs.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path

import msgspec
from pmd_sdk import AsyncClient, PmdError, apages, models

from .announce import announce, announce_page, batches, identity_of
from .files import Found, Hashed, counted_files, hash_file
from .terminal import Terminal

SETTLED_SECONDS = 0.2
MAX_SETTLED_SECONDS = 2.0
FEW_FILES, SOON_SECONDS = 16, 0.05
HASHERS = 2
PARALLEL = 8
# The file's line has ended already, and has its own reason.
_OVER = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE})


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """The files' lines at the end, their names on this disk, and the names of those that could not be read."""

    ended: Sequence[models.Line]
    names: Mapping[tuple[str, int, str | None], str]
    unreadable: Sequence[str]

    @property
    def outcomes(self) -> Counter[str]:
        """The number of files by outcome."""
        return Counter(line.outcome or "failed" for line in self.ended)

    @property
    def failed(self) -> Sequence[models.Line]:
        return [line for line in self.ended if line.status == "failed"]

    def name_of(self, line: models.Line) -> str:
        return self.names.get(identity_of(line), line.path)

    @property
    def is_well(self) -> bool:
        return not self.failed and not self.unreadable


async def hash_all(found: Sequence[Found]) -> tuple[list[Hashed], list[str]]:
    """The files with their hashes, and the names of those that cannot be read."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(HASHERS) as threads:
        hashed = await asyncio.gather(*(loop.run_in_executor(threads, hash_file, each) for each in found))
    unreadable = [each.name for each, got in zip(found, hashed, strict=True) if got is None]
    return [each for each in hashed if each is not None], unreadable


async def push_files(
    client: AsyncClient, found: Sequence[Found], *, name: str | None, defaults: models.Defaults, terminal: Terminal
) -> Result:
    """Upload these files and wait until each has ended.

    Raises:
        PmdError: the service refuses all of it (quota, disk space, an unknown licence), or cannot be reached.
    """
    terminal.show(f"Reading {counted_files(len(found))} …")
    hashed, unreadable = await hash_all(found)
    ended: list[models.Line] = []
    with terminal.progress(sum(each.size for each in hashed)) as progress:
        uploads: list[models.Upload | models.AnnouncedUpload] = []
        rest = hashed
        for upload in (await client.get_uploads()).items:
            if upload.status != "processing":
                continue
            lines = await _lines(client, upload)
            if matched := _matching(lines, rest):
                rest = [each for each in rest if each not in matched]
                # If it was interrupted while being announced, its next files are among the others.
                more, rest = rest[: upload.total_files - len(lines)], rest[upload.total_files - len(lines) :]
                for page in batches(more):
                    lines += await announce_page(client, upload.id, page, first=len(lines))
                await _send(client, lines, [*matched, *more], progress=progress)
                uploads.append(upload)
        if rest:
            announced = await announce(client, rest, name=name, defaults=defaults)
            uploads.append(announced)
            await _send(client, announced.files, rest, progress=progress)
        paths = {each.path for each in hashed}
        for each in uploads:
            await _until_settled(client, each)
            ended += [line for line in await _lines(client, each) if line.path in paths]
    names: dict[tuple[str, int, str | None], str] = {each.identity: each.name for each in hashed}
    return Result(ended=ended, names=names, unreadable=unreadable)


def _matching(lines: Sequence[models.Line], hashed: Sequence[Hashed]) -> set[Hashed]:
    """The files that an open upload waits for or has received."""
    known = {identity_of(line) for line in lines if line.status != "failed"}
    return {each for each in hashed if each.identity in known}


async def _until_settled(client: AsyncClient, upload: models.Upload | models.AnnouncedUpload) -> None:
    """Poll often while files are being processed, and less and less often while nothing changes."""
    pause, ended = SETTLED_SECONDS, -1
    while upload.status == "processing":
        if upload.successful_files + upload.failed_files > ended:
            ended = upload.successful_files + upload.failed_files
            # The last files are settled within milliseconds of each other.
            pause = SETTLED_SECONDS if upload.total_files - ended > FEW_FILES else SOON_SECONDS
        else:
            pause = min(pause * 1.5, MAX_SETTLED_SECONDS)
            lines = await _lines(client, upload)
            awaited = [line for line in lines if line.status == "pending" and line.url is not None]
            if ended + len(awaited) == len(lines) and (awaited or len(lines) < upload.total_files):
                return  # the rest is no longer readable here; the service reports it in the end
        await asyncio.sleep(pause)
        upload = await client.get_upload(upload.id)


async def _lines(client: AsyncClient, upload: models.Upload | models.AnnouncedUpload) -> list[models.Line]:
    return [line async for line in apages(client.get_upload_files, upload.id)]


async def _send(
    client: AsyncClient, lines: Sequence[models.Line], found: Collection[Hashed], *, progress: Callable[[float], None]
) -> None:
    """Send the lines' missing bytes, of files that were found on this disk, several at a time.

    A file that has become unreadable is skipped; the service reports in the end that it was not sent.
    """
    files: dict[tuple[str, int, str | None], Path] = {each.identity: each.file for each in found}
    waiting = iter([line for line in lines if line.url is not None and identity_of(line) in files])

    async def send_in_turn() -> None:
        for line in waiting:
            assert line.url is not None
            file, size = files[identity_of(line)], line.size_bytes
            try:
                await client.send_file(line.url, file, size, received=line.received_bytes, progress=progress)
            except PmdError as error:
                if error.status not in _OVER:
                    raise

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(PARALLEL):
                group.create_task(send_in_turn())
    except ExceptionGroup as several:
        raise several.exceptions[0] from None  # one error ends all
