"""Receiving a file's next bytes: what has arrived is kept before it is told, and told when the request ends."""

import asyncio
import time
from collections.abc import Sequence
from http import HTTPStatus

import msgspec
from aiohttp import ClientError, web
from aiohttp.http_exceptions import HttpProcessingError

from ..assets.hashing import Digest
from ..base.database import POOL, Pool
from ..base.telemetry import request_id
from ..http.errors import ProblemError, bad_request, gone, too_large
from ..http.limits import Pace
from ..http.turns import turn_of
from ..vault import VAULT, IncomingWriter, OffsetError
from ..work.queue import QUEUES, Queue
from .checksums import Checksum
from .held import HOLD_SECONDS, NOTIFY_RELEASED, Hold
from .receiving import RECEIVING
from .rules import REASONS

# What is hashed and written in one go, by one thread: handing it over costs as much as hashing 50 kB of it, and two
# threads at once wait for each other and for the loop.
FLUSH_BYTES = 1024 * 1024
FLUSH_CHUNKS = 256
# So often the row says how much is durable, however slowly it comes.
PROGRESS_SECONDS = 1.0
CHECKSUM_MISMATCH = 460
# What reading a body raises when its client is gone or talks nonsense.
CUT = (OSError, ClientError, web.RequestPayloadError, HttpProcessingError)


async def receive(
    request: web.Request, hold: Hold, pace: Pace, *, offset: int, checksum: Checksum | None, length: int | None = None
) -> int:
    """Append the body at the offset, as long as it keeps its pace; returns where the file ends now.

    What arrived before a cut is kept, but a body with a checksum counts whole or not.

    Args:
        length: the file's, where its sender says it now.

    Raises:
        ProblemError: 409 another offset, 413 more bytes than announced, 410 stopped meanwhile, 460 another checksum,
            400 another length than was said before.
        VaultFaultError: what was flushed is kept.
    """
    writer = await _open(request, hold, offset)
    body = _Body(request, hold, pace, writer, offset=offset, checksum=checksum)
    try:
        if length is not None:
            async with turn_of(request):
                await _settle_length(request.app[POOL], hold, length, received=offset)
        if (request.content_length or 0) > hold.file_size - offset:
            raise _too_many_bytes()
        await body.read()
        size = await body.end()
    except BaseException:
        await writer.forget(offset)
        raise
    finally:
        if writer.has_more:
            hold.writer = writer
        else:
            await writer.close()
    seen = body.digest if body.digest is not None and body.digest.size == size else None
    if seen is not None and size < hold.file_size:
        request.app[RECEIVING].keep(hold.file_id, seen)
    await commit_offset(request, hold, size, seen, seconds=time.monotonic() - body.began)
    return size


async def _open(request: web.Request, hold: Hold, offset: int) -> IncomingWriter:
    """Go on with what waits here, or where the store's last piece ends."""
    if (writer := hold.writer) is not None:
        if (size := await writer.tell()) != offset:
            raise wrong_offset(size)
        hold.writer = None
        return writer
    try:
        is_new = offset == 0 and hold.received_bytes == 0
        return await request.app[VAULT].incoming(hold.file_id).open(offset, is_new=is_new)
    except OffsetError as error:
        raise wrong_offset(error.size) from error


_COMMIT_OFFSET = f"""
UPDATE batch_report_files
   SET received_bytes = $3, received_at = now(), receiving_ms = receiving_ms + $4,
       receiver = CASE WHEN $9::float8 > 0 THEN receiver END,
       receiver_until = CASE WHEN $9 > 0 THEN now() + make_interval(secs => $9) END,
       received_hash = $5, received_crc32 = $6,
       next_attempt_at = CASE WHEN $8 THEN now() ELSE next_attempt_at END,
       request_id = $7
 WHERE id = $1 AND receiver = $2 AND processing_status = 'pending'
RETURNING interrupted, EXISTS (SELECT FROM batch_report_files AS others
                            WHERE others.batch_id = batch_report_files.batch_id AND others.id <> $1
                              AND others.processing_status = 'pending' AND others.next_attempt_at <= now()
                              AND others.faults = 0 AND others.follows IS NULL) AS is_called,
          {NOTIFY_RELEASED} AS told
"""


async def commit_offset(
    request: web.Request, hold: Hold, size: int, digest: Digest | None = None, *, seconds: float = 0
) -> None:
    """Write down where the file stands, and let go of it, unless some of it waits; all of it may be looked at.

    Raises:
        ProblemError: 410, it was stopped meanwhile.
    """
    is_whole = hold.is_whole(size)
    whole = digest if is_whole else None
    async with turn_of(request):
        row = await request.app[POOL].fetchrow(
            _COMMIT_OFFSET,
            hold.file_id,
            hold.token,
            size,
            int(seconds * 1000),
            whole.sha256.hexdigest() if whole else None,
            whole.crc32 if whole else None,
            request_id(),
            is_whole,
            HOLD_SECONDS if hold.writer is not None else 0,
        )
    hold.is_released = hold.writer is None
    if row is None:
        raise gone("This file was stopped while it was being received.")
    if row["interrupted"]:
        hold.interrupted.set()
    # Whoever takes the file before this one in hand takes this one along.
    if is_whole and not row["is_called"]:
        await request.app[QUEUES].put(Queue.LOOKING)


def wrong_offset(size: int) -> ProblemError:
    return ProblemError(
        HTTPStatus.CONFLICT, f"So far {size} bytes have arrived: go on there.", headers={"Upload-Offset": str(size)}
    )


_SETTLE_LENGTH = """
UPDATE batch_report_files SET file_size = $3, is_deferred = false
 WHERE id = $1 AND receiver = $2 AND is_deferred AND processing_status = 'pending'
RETURNING true
"""


async def _settle_length(pool: Pool, hold: Hold, length: int, *, received: int) -> None:
    """Take note of how long a file is whose length was deferred, which frees the rest of what was reserved for it.

    Raises:
        ProblemError: 400 another was said before, or more has come already; 413 there is no room for so much; 422 the
            file is empty; 410 it was stopped meanwhile.
    """
    if not hold.tus.is_deferred:
        if length != hold.file_size:
            raise bad_request(f"This file has {hold.file_size} bytes, as was said before.", path="Upload-Length")
        return
    if length < received:
        raise bad_request(f"So far {received} bytes have arrived: it cannot be shorter.", path="Upload-Length")
    if length > hold.file_size:
        raise too_large(f"This file may have {hold.file_size:,} bytes at most.")
    if not length and not hold.tus.is_part:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, REASONS["empty_file"].message, kind="empty-file")
    if not await pool.fetchval(_SETTLE_LENGTH, hold.file_id, hold.token, length):
        raise gone("This file was stopped while it was being received.")
    hold.file_size = length
    hold.tus = msgspec.structs.replace(hold.tus, is_deferred=False)


class _Body:
    """One request's body on its way into a half-received file: streamed, and hashed while it is written.

    Args:
        checksum: what the body's digest has to be, where its sender says so.
    """

    def __init__(
        self,
        request: web.Request,
        hold: Hold,
        pace: Pace,
        writer: IncomingWriter,
        *,
        offset: int,
        checksum: Checksum | None,
    ) -> None:
        self.request, self.hold, self.pace, self.writer = request, hold, pace, writer
        self.offset, self.checksum = offset, checksum
        self.digest = request.app[RECEIVING].digest_at(hold.file_id, offset)
        self.before = self.digest.copy() if self.digest is not None and checksum else None
        self.checking = checksum.hasher() if checksum else None
        self.received = 0
        self.is_cut = False
        self.began = self.reported = time.monotonic()

    async def read(self) -> None:
        """Until the body ends, is cut, or somebody else asks for the file."""
        watching = asyncio.create_task(self._watch(), name=f"body of {self.hold.file_id}")
        batch: list[bytes] = []
        size = 0
        try:
            while chunk := await self._next():
                self.received += len(chunk)
                if self.offset + self.received > self.hold.file_size:
                    raise _too_many_bytes()
                batch.append(chunk)
                size += len(chunk)
                if size >= FLUSH_BYTES or len(batch) >= FLUSH_CHUNKS or self._is_progress_due():
                    taken, batch, size = batch, [], 0
                    await self._write(taken)
        finally:
            watching.cancel()
            if batch:
                await self._write(batch)

    async def _next(self) -> bytes:
        """The next bytes; none at the end, wherever it is."""
        try:
            return await self.pace.keep(self.request.content.readany)
        except CUT:
            self.is_cut = True
            # What else may come is nobody's.
            self.request.content.set_exception(ConnectionAbortedError("nobody waits for this body any more"))
            return b""

    async def _watch(self) -> None:
        """End the reading when somebody else asks for the file."""
        await self.hold.interrupted.wait()
        self.pace.end()

    async def _write(self, batch: list[bytes]) -> None:
        await self.writer.write(batch, observer=self._hash)
        if self._is_progress_due():
            self.reported = time.monotonic()
            kept = await self.writer.tell()
            async with turn_of(self.request):
                await self.request.app[POOL].execute(_PROGRESS, self.hold.file_id, self.hold.token, kept)

    def _is_progress_due(self) -> bool:
        return time.monotonic() - self.reported > PROGRESS_SECONDS

    def _hash(self, batch: Sequence[bytes]) -> None:
        if self.digest is not None:
            self.digest.update(batch)
        if self.checking is not None:
            for chunk in batch:
                self.checking.update(chunk)

    async def end(self) -> int:
        """Keep it, or take it back where the checksum says so; returns the file's size. All of a file is durable."""
        size = await self._end()
        return await self.writer.flush() if size == self.hold.file_size else size

    async def _end(self) -> int:
        size = await self.writer.tell()
        if self.checksum is None or self.checking is None:
            return size
        expected = self.request.content_length
        is_whole = not self.is_cut and expected in (None, self.received)
        if is_whole and self.checking.digest() == self.checksum.digest:
            return size
        await self.writer.truncate(self.offset)
        size = await self.writer.tell()
        if self.before is not None:
            self.request.app[RECEIVING].keep(self.hold.file_id, self.before)
        if is_whole:
            raise _checksum_mismatch(size)
        self.digest = self.before
        return size


_PROGRESS = """
UPDATE batch_report_files SET received_bytes = $3, received_at = now() WHERE id = $1 AND receiver = $2
"""


def _too_many_bytes() -> ProblemError:
    """Than announced; of a length that is told later, than its kind or the library's room lets it be."""
    return too_large("These are more bytes than were announced.")


def _checksum_mismatch(size: int) -> ProblemError:
    """tus's own status, which HTTP has no name for."""
    error = ProblemError(
        HTTPStatus.BAD_REQUEST,
        "The bytes are not what their checksum says; none of them were kept.",
        headers={"Upload-Offset": str(size)},
    )
    error.problem = msgspec.structs.replace(error.problem, status=CHECKSUM_MISMATCH, title="Checksum Mismatch")
    return error
