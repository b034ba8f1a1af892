"""One request's body on its way into a half-received file: streamed, and hashed while it is written."""

import asyncio
import hashlib
import time
from collections.abc import Sequence
from contextlib import suppress
from http import HTTPStatus

import msgspec
from aiohttp import ClientError, web
from aiohttp.http_exceptions import HttpProcessingError

from ..database import Pool
from ..http.errors import ProblemError
from ..vault import IncomingWriter
from .digest import Checksum, Digest
from .holds import Hold
from .receiving import RECEIVING

# What is hashed and written in one go, by one thread: handing it over costs as much as hashing 50 kB of it, and two
# threads at once wait for each other and for the loop.
FLUSH_BYTES = 1024 * 1024
FLUSH_CHUNKS = 256
# A client that sends nothing for so long has gone, whatever its connection says.
IDLE_SECONDS = 60.0
# So often what has arrived is made durable and told, however slowly it comes.
TOLD_SECONDS = 1.0
CHECKSUM_MISMATCH = 460
# What reading a body raises when its client is gone or talks nonsense.
CUT = (OSError, ClientError, web.RequestPayloadError, HttpProcessingError)


class Body:
    """One request's body on its way."""

    def __init__(
        self,
        request: web.Request,
        pool: Pool,
        hold: Hold,
        writer: IncomingWriter,
        *,
        offset: int,
        digest: Digest | None,
        checked: bool,
    ) -> None:
        self.request, self.pool, self.hold, self.writer = request, pool, hold, writer
        self.offset = offset
        self.before = digest.copy() if digest is not None and checked else None
        self.digest = digest
        self.checking = hashlib.sha256() if checked else None
        self.received = 0
        self.is_cut = False
        self.began = self.told = time.monotonic()

    async def read(self) -> None:
        """Until the body ends, is cut, or somebody else asks for the file."""
        watching = asyncio.create_task(self._watch(), name=f"body of {self.hold.file_id}")
        batch: list[bytes] = []
        size = 0
        try:
            while chunk := await self._next():
                self.received += len(chunk)
                if self.offset + self.received > self.hold.file_size:
                    raise too_many_bytes()
                batch.append(chunk)
                size += len(chunk)
                if size >= FLUSH_BYTES or len(batch) >= FLUSH_CHUNKS or self._is_telling_due():
                    taken, batch, size = batch, [], 0
                    await self._write(taken)
        finally:
            watching.cancel()
            if batch:
                await self._write(batch)

    async def _next(self) -> bytes:
        """The next bytes; none at the end, wherever it is."""
        try:
            return await self.request.content.readany()
        except CUT:
            self.is_cut = True
            return b""

    async def _watch(self) -> None:
        """End the reading when somebody else asks for the file, or when nothing has come for too long."""
        seen = -1
        while not self.hold.interrupted.is_set() and seen != self.received:
            seen = self.received
            with suppress(TimeoutError):
                await asyncio.wait_for(self.hold.interrupted.wait(), IDLE_SECONDS)
        self.request.content.set_exception(ConnectionAbortedError("nobody waits for this body any more"))

    async def _write(self, batch: list[bytes]) -> None:
        await self.writer.write(batch, seen_by=self._hash)
        if self._is_telling_due():
            self.told = time.monotonic()
            durable = await self.writer.flush()
            await self.pool.execute(_PROGRESS, self.hold.file_id, self.hold.token, durable)

    def _is_telling_due(self) -> bool:
        return time.monotonic() - self.told > TOLD_SECONDS

    def _hash(self, batch: Sequence[bytes]) -> None:
        if self.digest is not None:
            self.digest.update(batch)
        if self.checking is not None:
            for chunk in batch:
                self.checking.update(chunk)

    async def end(self, checksum: Checksum | None) -> int:
        """Make it durable, or take it back where the checksum says so; returns the file's size."""
        size = await self.writer.flush()
        if checksum is None or self.checking is None:
            return size
        expected = self.request.content_length
        is_whole = not self.is_cut and expected in (None, self.received)
        if is_whole and self.checking.digest() == checksum.sha256:
            return size
        await self.writer.truncate(self.offset)
        size = await self.writer.flush()
        if self.before is not None:
            self.request.app[RECEIVING].keep(self.hold.file_id, self.before)
        if is_whole:
            raise checksum_mismatch(size)
        self.digest = self.before
        return size


_PROGRESS = "UPDATE batch_report_files SET received_bytes = $3 WHERE id = $1 AND receiver = $2"


def too_many_bytes() -> ProblemError:
    return ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "These are more bytes than were announced.")


def checksum_mismatch(size: int) -> ProblemError:
    """tus's own status, which HTTP has no name for."""
    error = ProblemError(
        HTTPStatus.BAD_REQUEST,
        "The bytes are not what their checksum says; none of them were kept.",
        headers={"Upload-Offset": str(size)},
    )
    error.problem = msgspec.structs.replace(error.problem, status=CHECKSUM_MISMATCH, title="Checksum Mismatch")
    return error
