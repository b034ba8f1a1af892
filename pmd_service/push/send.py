"""Sending an upload's files: several concurrently, each from the offset that the service has."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from http import HTTPStatus
from pathlib import Path

import aiofiles

from .api import Api, Line, RefusedError
from .files import Hashed

PARALLEL = 8
SMALL_BYTES = 1 << 20
CHUNK_BYTES = 1 << 18

_TUS = {"Tus-Resumable": "1.0.0"}
_BYTES = {"Content-Type": "application/offset+octet-stream"}
# The file's line has ended already, and has its own reason.
_OVER = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.CONFLICT})

Progress = Callable[[int], None]


async def send_lines(api: Api, lines: Sequence[Line], found: Collection[Hashed], *, progress: Progress) -> None:
    """Send the lines' missing bytes, of files that were found on this disk.

    A file that has become unreadable is skipped; the service reports in the end that it was not sent.
    """
    files: dict[tuple[str, int, str | None], Path] = {each.identity: each.file for each in found}
    waiting = iter([line for line in lines if line.url is not None and line.identity in files])

    async def send_in_turn() -> None:
        for line in waiting:
            await _send(api, line, files[line.identity], progress)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(PARALLEL):
                group.create_task(send_in_turn())
    except ExceptionGroup as several:
        raise several.exceptions[0] from None  # one error ends all


async def _send(api: Api, line: Line, file: Path, progress: Progress) -> None:
    sender = _Sender(api, line, file, progress)
    try:
        await api.retrying(sender.attempt, reached=lambda: sender.sent)
    except RefusedError as refused:
        if refused.status not in _OVER and refused.status != HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            raise


class _Sender:
    """One file; each attempt after the first requests the offset."""

    def __init__(self, api: Api, line: Line, file: Path, progress: Progress) -> None:
        self._api, self._line, self._file, self._progress = api, line, file, progress
        self.sent = 0
        self._offset: int | None = 0 if line.received_bytes == 0 else None

    async def attempt(self) -> None:
        assert self._line.url is not None
        offset, self._offset = self._offset, None
        if offset is None:
            head = await self._api.once("HEAD", self._line.url, headers=_TUS)
            offset = int(head.headers["Upload-Offset"])
        self._advance(offset)
        while offset < self._line.file_size:
            data = self._body(offset)
            if data is None:
                return
            headers = {**_TUS, **_BYTES, "Upload-Offset": str(offset)}
            answer = await self._api.once("PATCH", self._line.url, headers=headers, data=data)
            reached = int(answer.headers["Upload-Offset"])
            if reached == offset:
                return  # the file has become shorter than announced
            offset = reached
            self._advance(offset)

    def _body(self, offset: int) -> bytes | AsyncIterator[bytes] | None:
        """The rest of the file; None if it cannot be read."""
        rest = self._line.file_size - offset
        try:
            if rest <= SMALL_BYTES:
                return _read(self._file, offset, rest)  # cached, as it has just been hashed: a thread costs more
            self._file.open("rb").close()
        except OSError:
            return None
        return self._stream(offset, rest)

    async def _stream(self, offset: int, rest: int) -> AsyncIterator[bytes]:
        async with aiofiles.open(self._file, "rb", buffering=0) as file:
            await file.seek(offset)
            while rest and (chunk := await file.read(min(CHUNK_BYTES, rest))):
                rest -= len(chunk)
                offset += len(chunk)
                yield chunk
                self._advance(offset)

    def _advance(self, offset: int) -> None:
        self._progress(offset - self.sent)
        self.sent = offset


def _read(file: Path, offset: int, size: int) -> bytes:
    with file.open("rb") as opened:
        opened.seek(offset)
        return opened.read(size)
