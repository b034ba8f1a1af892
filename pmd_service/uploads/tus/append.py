"""Appending a request's body to its file: its bytes are durable before the row, and then the answer, counts them."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from functools import partial
from http import HTTPStatus
from uuid import UUID

import msgspec
from aiohttp import web

from ...assets.hashing import Digest
from ...base.database import POOL, Pool
from ...base.settings import SETTINGS
from ...base.telemetry import request_id
from ...http.errors import ProblemError, bad_request, forbidden, gone, too_large
from ...http.limits import Pace
from ...http.turns import turn_of
from ...identity.users import ACTOR
from ...vault import VAULT, IncomingWriter, OffsetError
from ...work.queue import QUEUES, Queue
from ..bodies import BODY_SLOTS, CUT, FLUSH_BYTES, FLUSH_CHUNKS
from ..checksums import Checksum
from ..lease import NOTIFY_FREE, UPLOAD_LEASES, Settled, UploadFile, UploadLease
from ..queries import find_expiry
from ..quota import reserve_again
from ..rules import REASONS
from .creation import Created
from .headers import with_expiry

# How often the row records how much has arrived, however slow the body is.
PROGRESS_SECONDS = 1.0
CHECKSUM_MISMATCH = 460


def leased(request: web.Request, upload_id: UUID, file_id: UUID) -> AbstractAsyncContextManager[UploadLease | Settled]:
    """The file's lease for this request."""
    file = UploadFile(request[ACTOR].subject.id, upload_id, file_id)
    return request.app[UPLOAD_LEASES].lease(request.app[POOL], file, turn=partial(turn_of, request))


async def expiry_of(request: web.Request, lease: UploadLease | Settled, size: int, file_id: UUID) -> datetime:
    """When the file expires."""
    if not size:
        async with turn_of(request):
            return await find_expiry(request.app[POOL], file_id, ttl_hours=request.app[SETTINGS].upload_ttl_hours)
    return lease.expires_at


async def append_first(
    request: web.Request, created: Created, checksum: Checksum | None, headers: dict[str, str]
) -> tuple[int, datetime]:
    """Append the body of a creation. If it is refused, the file exists nonetheless, and the problem has its URL."""
    try:
        return await append_body(request, created.upload_id, created.id, 0, checksum)
    except ProblemError as error:
        error.headers |= headers
        raise


async def append_body(
    request: web.Request,
    upload_id: UUID,
    file_id: UUID,
    offset: int,
    checksum: Checksum | None,
    length: int | None = None,
) -> tuple[int, datetime]:
    """Append the request's body at the offset, as long as it keeps its pace; returns the file's new size and expiry.

    What arrived before a disconnect is kept, but a body with a checksum is kept whole or not at all.

    Args:
        length: the file's length, if the client declares it with this request.

    Raises:
        ProblemError: 409 wrong offset, 413 more bytes than announced, 410 stopped meanwhile, 460 wrong checksum, 400
            the length differs from the one declared before, 403 the file consists of parts, 423 another request
            receives it, 503 too many bodies, 507 its reservation lapsed and there is no room any more.
        VaultFaultError: the store failed; what was flushed is kept.
    """
    with request.app[BODY_SLOTS].slot(request[ACTOR].subject.id) as pace:
        async with leased(request, upload_id, file_id) as lease:
            if isinstance(lease, UploadLease):
                with with_expiry(lease.expires_at):
                    size = await _append(request, lease, pace, offset=offset, checksum=checksum, length=length)
                return size, await expiry_of(request, lease, size, file_id)
            if lease.tus.concat is not None:
                raise forbidden("This file was concatenated from parts and accepts no other bytes.")
            if offset != lease.file_size or request.body_exists:
                raise _wrong_offset(lease.file_size)
            return offset, await expiry_of(request, lease, offset, file_id)


async def _append(
    request: web.Request,
    lease: UploadLease,
    pace: Pace,
    *,
    offset: int,
    checksum: Checksum | None,
    length: int | None,
) -> int:
    is_new = offset == 0 and lease.received_bytes == 0
    try:
        writer = await request.app[VAULT].incoming(lease.file_id).open(offset, is_new=is_new)
    except OffsetError as error:
        raise _wrong_offset(error.size) from error
    body = _Body(request, lease, pace, writer, offset=offset, checksum=checksum)
    try:
        if length is not None:
            async with turn_of(request):
                await _fix_length(request.app[POOL], lease, length, received=offset)
        if (request.content_length or 0) > lease.file_size - offset:
            raise _too_many_bytes()
        await body.read()
        size = await body.end()
    finally:
        await writer.close()
    await commit_offset(request, lease, size, body.digest, seconds=time.monotonic() - body.began)
    return size


_COMMIT_OFFSET = f"""
WITH received AS (
    UPDATE batch_report_files
       SET received_bytes = $3, received_at = now(), receiving_ms = receiving_ms + $4, lease_token = NULL,
           lease_until = NULL, received_hash = $5, received_crc32 = $6, is_received = is_received OR $8
     WHERE id = $1 AND lease_token = $2 AND processing_status = 'pending'
    RETURNING id, batch_id, user_id, file_name, {NOTIFY_FREE}),
added AS (
    INSERT INTO work (kind, subject, user_id, title, request_id)
    SELECT 'probe', id::text, user_id, file_name, $7 FROM received WHERE $8)
SELECT EXISTS (SELECT FROM batch_report_files AS others
                 JOIN work ON work.kind = 'probe' AND work.subject = others.id::text
                WHERE others.batch_id = received.batch_id AND others.id <> $1
                  AND others.processing_status = 'pending' AND others.is_received
                  AND work.state = 'waiting' AND work.faults = 0 AND work.due_at <= now()) AS is_queued
  FROM received
"""


async def commit_offset(
    request: web.Request, lease: UploadLease, size: int, digest: Digest | None = None, *, seconds: float = 0
) -> None:
    """Record the file's size, release its lease, and have it probed if it is complete.

    Args:
        digest: of the bytes of this request, if it began at 0: a hasher's state cannot be stored, so the worker hashes
            what comes in several requests.

    Raises:
        ProblemError: 410, it was stopped meanwhile.
    """
    is_whole = lease.is_whole(size)
    whole = digest if digest is not None and is_whole and digest.size == size else None
    async with turn_of(request):
        row = await request.app[POOL].fetchrow(
            _COMMIT_OFFSET,
            lease.file_id,
            lease.token,
            size,
            int(seconds * 1000),
            whole.sha256.hexdigest() if whole else None,
            whole.crc32 if whole else None,
            request_id(),
            is_whole,
        )
    lease.is_released = True
    if row is None:
        raise gone("This file was stopped while it was being received.")
    # If another file of the upload is due already, its probe claims this one with it.
    if is_whole and not row["is_queued"]:
        await request.app[QUEUES].put(Queue.PROBES)


_FIX_LENGTH = """
UPDATE batch_report_files SET file_size = $3, is_deferred = false
 WHERE id = $1 AND lease_token = $2 AND is_deferred AND processing_status = 'pending'
RETURNING true
"""


async def _fix_length(pool: Pool, lease: UploadLease, length: int, *, received: int) -> None:
    """Record the length of a file whose length was deferred, which frees the rest of its reservation.

    Raises:
        ProblemError: 400 it differs from the one declared before, or is less than has been received; 413 it exceeds
            the reservation; 422 the file is empty; 410 it was stopped meanwhile.
    """
    if not lease.tus.is_deferred:
        if length != lease.file_size:
            raise bad_request(f"This file was announced with {lease.file_size} bytes.", path="Upload-Length")
        return
    if length < received:
        raise bad_request(f"The file has {received} bytes already and cannot be shorter.", path="Upload-Length")
    if length > lease.file_size:
        raise too_large(f"This file may have at most {lease.file_size:,} bytes.")
    if not length and not lease.tus.is_part:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, REASONS["empty_file"].message, kind="empty-file")
    if not await pool.fetchval(_FIX_LENGTH, lease.file_id, lease.token, length):
        raise gone("This file was stopped while it was being received.")
    lease.file_size = length
    lease.tus = msgspec.structs.replace(lease.tus, is_deferred=False)


class _Body:
    """One request's body, streamed into a partial file and hashed while it is written.

    Args:
        checksum: the body's digest as declared by its client, if it is.
    """

    def __init__(
        self,
        request: web.Request,
        lease: UploadLease,
        pace: Pace,
        writer: IncomingWriter,
        *,
        offset: int,
        checksum: Checksum | None,
    ) -> None:
        self.request, self.lease, self.pace, self.writer = request, lease, pace, writer
        self.offset, self.checksum = offset, checksum
        self.digest = Digest() if offset == 0 else None
        self.hasher = checksum.hasher() if checksum else None
        self.received = 0
        self.is_cut = False
        self.began = self.reported = time.monotonic()

    async def read(self) -> None:
        """Read until the body ends, its client disconnects, or another request waits for the file."""
        watching = asyncio.create_task(self._watch(), name=f"body of {self.lease.file_id}")
        batch: list[bytes] = []
        size = 0
        try:
            while chunk := await self._next():
                if self.lease.is_lapsed:
                    await reserve_again(self.request, self.lease)
                self.received += len(chunk)
                if self.offset + self.received > self.lease.file_size:
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
            # Discards what may still arrive. A TimeoutError is the one that aiohttp, after the answer, takes for a body
            # that does not end: any other is logged as an error of ours.
            self.request.content.set_exception(TimeoutError("this body is not read any more"))
            return b""

    async def _watch(self) -> None:
        """Stop reading when another request waits for the file."""
        await self.lease.ended.wait()
        self.pace.end()

    async def _write(self, batch: list[bytes]) -> None:
        await self.writer.write(batch, observer=self._hash)
        if self._is_progress_due():
            self.reported = time.monotonic()
            async with turn_of(self.request):
                await self.request.app[POOL].execute(_PROGRESS, self.lease.file_id, self.lease.token, self.writer.size)

    def _is_progress_due(self) -> bool:
        return time.monotonic() - self.reported > PROGRESS_SECONDS

    def _hash(self, batch: Sequence[bytes]) -> None:
        if self.digest is not None:
            self.digest.update(batch)
        if self.hasher is not None:
            for chunk in batch:
                self.hasher.update(chunk)

    async def end(self) -> int:
        """Keep the body durably, or undo it if its checksum is wrong; returns the file's size."""
        if self.checksum is not None and self.hasher is not None:
            is_whole = not self.is_cut and self.request.content_length in (None, self.received)
            if not is_whole or self.hasher.digest() != self.checksum.digest:
                await self.writer.truncate(self.offset)
                size = await self.writer.flush()
                if is_whole:
                    raise _checksum_mismatch(size)
                return size
        return await self.writer.flush()


_PROGRESS = """
UPDATE batch_report_files SET received_bytes = $3, received_at = now() WHERE id = $1 AND lease_token = $2
"""


def _wrong_offset(size: int) -> ProblemError:
    return ProblemError(
        HTTPStatus.CONFLICT, f"The file has {size} bytes so far: continue there.", headers={"Upload-Offset": str(size)}
    )


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
