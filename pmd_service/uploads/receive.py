"""Receiving a file's next bytes: they are durable before the row, and then the answer, counts them."""

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
from .quota import reserve_again
from .receiving import RECEIVING
from .rules import REASONS

# Bytes that are hashed and written by one call in a thread: a call costs as much as hashing 50 kB, and concurrent
# threads contend with each other and with the event loop.
FLUSH_BYTES = 1024 * 1024
FLUSH_CHUNKS = 256
# How often the row records how much has been received, however slow the body is.
PROGRESS_SECONDS = 1.0
CHECKSUM_MISMATCH = 460
# Raised by reading a body when its client disconnects or sends malformed HTTP.
CUT = (OSError, ClientError, web.RequestPayloadError, HttpProcessingError)


async def receive(
    request: web.Request, hold: Hold, pace: Pace, *, offset: int, checksum: Checksum | None, length: int | None = None
) -> int:
    """Append the body at the offset, as long as it keeps its pace; returns the file's new size.

    What arrived before a disconnect is kept, but a body with a checksum is kept whole or not at all.

    Args:
        length: the file's length, if the client declares it with this request.

    Raises:
        ProblemError: 409 wrong offset, 413 more bytes than announced, 410 stopped meanwhile, 460 wrong checksum, 400
            the length differs from the one declared before, 507 its reservation lapsed and there is no room any more.
        VaultFaultError: the store failed; what was flushed is kept.
    """
    writer = await _open(request, hold, offset)
    body = _Body(request, hold, pace, writer, offset=offset, checksum=checksum)
    try:
        if length is not None:
            async with turn_of(request):
                await _fix_length(request.app[POOL], hold, length, received=offset)
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
    digest = body.digest if body.digest is not None and body.digest.size == size else None
    if digest is not None and size < hold.file_size:
        request.app[RECEIVING].keep(hold.file_id, digest)
    await commit_offset(request, hold, size, digest, seconds=time.monotonic() - body.began)
    return size


async def _open(request: web.Request, hold: Hold, offset: int) -> IncomingWriter:
    """Continue with the bytes buffered here, or where the store's last piece ends."""
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
WITH received AS (
    UPDATE batch_report_files
       SET received_bytes = $3, received_at = now(), receiving_ms = receiving_ms + $4,
           receiver = CASE WHEN $9::float8 > 0 THEN receiver END,
           receiver_until = CASE WHEN $9 > 0 THEN now() + make_interval(secs => $9) END,
           received_hash = $5, received_crc32 = $6, is_received = is_received OR $8
     WHERE id = $1 AND receiver = $2 AND processing_status = 'pending'
    RETURNING id, batch_id, user_id, file_name, interrupted, {NOTIFY_RELEASED} AS notified),
added AS (
    INSERT INTO work (kind, subject, user_id, title, request_id)
    SELECT 'probe', id::text, user_id, file_name, $7 FROM received WHERE $8)
SELECT interrupted, EXISTS (SELECT FROM batch_report_files AS others
                              JOIN work ON work.kind = 'probe' AND work.subject = others.id::text
                             WHERE others.batch_id = received.batch_id AND others.id <> $1
                               AND others.processing_status = 'pending' AND others.is_received
                               AND work.state = 'waiting' AND work.faults = 0 AND work.due_at <= now()) AS is_queued
  FROM received
"""


async def commit_offset(
    request: web.Request, hold: Hold, size: int, digest: Digest | None = None, *, seconds: float = 0
) -> None:
    """Record the file's size, release it unless some bytes are buffered, and have it probed if it is complete.

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
    # If another file of the upload is due already, its probe claims this one with it.
    if is_whole and not row["is_queued"]:
        await request.app[QUEUES].put(Queue.PROBES)


def wrong_offset(size: int) -> ProblemError:
    return ProblemError(
        HTTPStatus.CONFLICT, f"The file has {size} bytes so far: continue there.", headers={"Upload-Offset": str(size)}
    )


_FIX_LENGTH = """
UPDATE batch_report_files SET file_size = $3, is_deferred = false
 WHERE id = $1 AND receiver = $2 AND is_deferred AND processing_status = 'pending'
RETURNING true
"""


async def _fix_length(pool: Pool, hold: Hold, length: int, *, received: int) -> None:
    """Record the length of a file whose length was deferred, which frees the rest of its reservation.

    Raises:
        ProblemError: 400 it differs from the one declared before, or is less than has been received; 413 it exceeds
            the reservation; 422 the file is empty; 410 it was stopped meanwhile.
    """
    if not hold.tus.is_deferred:
        if length != hold.file_size:
            raise bad_request(f"This file was announced with {hold.file_size} bytes.", path="Upload-Length")
        return
    if length < received:
        raise bad_request(f"The file has {received} bytes already and cannot be shorter.", path="Upload-Length")
    if length > hold.file_size:
        raise too_large(f"This file may have at most {hold.file_size:,} bytes.")
    if not length and not hold.tus.is_part:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, REASONS["empty_file"].message, kind="empty-file")
    if not await pool.fetchval(_FIX_LENGTH, hold.file_id, hold.token, length):
        raise gone("This file was stopped while it was being received.")
    hold.file_size = length
    hold.tus = msgspec.structs.replace(hold.tus, is_deferred=False)


class _Body:
    """One request's body, streamed into a partial file and hashed while it is written.

    Args:
        checksum: the body's digest as declared by its client, if it is.
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
        self.digest_before = self.digest.copy() if self.digest is not None and checksum else None
        self.hasher = checksum.hasher() if checksum else None
        self.received = 0
        self.is_cut = False
        self.began = self.reported = time.monotonic()

    async def read(self) -> None:
        """Read until the body ends, its client disconnects, or another request wants the file."""
        watching = asyncio.create_task(self._watch(), name=f"body of {self.hold.file_id}")
        batch: list[bytes] = []
        size = 0
        try:
            while chunk := await self._next():
                if self.hold.is_lapsed:
                    await reserve_again(self.request, self.hold)
                self.received += len(chunk)
                if self.offset + self.received > self.hold.file_size:
                    raise _too_many_bytes()
                batch.append(chunk)
                size += len(chunk)
                if size >= FLUSH_BYTES or len(batch) >= FLUSH_CHUNKS or self._is_progress_due():
                    full, batch, size = batch, [], 0
                    await self._write(full)
        finally:
            watching.cancel()
            if batch:
                await self._write(batch)

    async def _next(self) -> bytes:
        """The next bytes; empty at the end of the body or of the connection."""
        try:
            return await self.pace.keep(self.request.content.readany)
        except CUT:
            self.is_cut = True
            # Discards what may still arrive.
            self.request.content.set_exception(ConnectionAbortedError("this body is not read any more"))
            return b""

    async def _watch(self) -> None:
        """Stop reading when another request wants the file."""
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
        if self.hasher is not None:
            for chunk in batch:
                self.hasher.update(chunk)

    async def end(self) -> int:
        """Keep the body, or undo it if its checksum is wrong; returns the file's size. A complete file is flushed."""
        size = await self._end()
        return await self.writer.flush() if size == self.hold.file_size else size

    async def _end(self) -> int:
        size = await self.writer.tell()
        if self.checksum is None or self.hasher is None:
            return size
        expected = self.request.content_length
        is_whole = not self.is_cut and expected in (None, self.received)
        if is_whole and self.hasher.digest() == self.checksum.digest:
            return size
        await self.writer.truncate(self.offset)
        size = await self.writer.tell()
        if self.digest_before is not None:
            self.request.app[RECEIVING].keep(self.hold.file_id, self.digest_before)
        if is_whole:
            raise _checksum_mismatch(size)
        self.digest = self.digest_before
        return size


_PROGRESS = """
UPDATE batch_report_files SET received_bytes = $3, received_at = now() WHERE id = $1 AND receiver = $2
"""


def _too_many_bytes() -> ProblemError:
    """More than were announced or, with a deferred length, than were reserved."""
    return too_large("The body has more bytes than were announced for this file.")


def _checksum_mismatch(size: int) -> ProblemError:
    """A status of tus's own, for which HTTP has no name."""
    error = ProblemError(
        HTTPStatus.BAD_REQUEST,
        "The body does not match its checksum. None of it was kept.",
        headers={"Upload-Offset": str(size)},
    )
    error.problem = msgspec.structs.replace(error.problem, status=CHECKSUM_MISMATCH, title="Checksum Mismatch")
    return error
