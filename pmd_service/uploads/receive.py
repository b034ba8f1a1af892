"""A request's body into a half-received file: streamed, hashed on the way, and durable before it is told."""

import asyncio
import hashlib
import time
import zlib
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from http import HTTPStatus
from uuid import UUID

import msgspec
from aiohttp import ClientError, web
from aiohttp.http_exceptions import HttpProcessingError

from ..database import Pool
from ..http.errors import ProblemError, gone
from ..vault import Incoming, IncomingWriter, OffsetError, Vault
from .receiver import Hold, Receivers

FLUSH_BYTES = 512 * 1024
FLUSH_CHUNKS = 256
# Hashing less than this costs less than handing it to a thread.
SMALL_BYTES = 64 * 1024
# A client that sends nothing for so long has gone, whatever its connection says.
IDLE_SECONDS = 60.0
TOLD_SECONDS = 1.0
MAX_DIGESTS = 1024
# Requests that receive at the same time in this process, in all and of one user: each holds about two flushes.
MAX_RECEIVING = 48
MAX_RECEIVING_OF_USER = 16

MAX_ANNOUNCING = 2

CHECKSUM_MISMATCH = 460
# What reading a body raises when its client is gone or talks nonsense.
CUT = (OSError, ClientError, web.RequestPayloadError, HttpProcessingError)


class Digest:
    """SHA-256 and CRC-32 of a file's bytes up to ``size``."""

    def __init__(self) -> None:
        self.sha256 = hashlib.sha256()
        self.crc32 = 0
        self.size = 0

    def update(self, chunks: Sequence[bytes]) -> None:
        for chunk in chunks:
            self.sha256.update(chunk)
            self.crc32 = zlib.crc32(chunk, self.crc32)
            self.size += len(chunk)

    def copy(self) -> "Digest":
        copied = Digest()
        copied.sha256, copied.crc32, copied.size = self.sha256.copy(), self.crc32, self.size
        return copied


class Checksum(msgspec.Struct, frozen=True):
    """What tus's Upload-Checksum promises of one request's body."""

    sha256: bytes


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """Where a file stands; ``is_next``: all of it is here, and a worker has to be told, of this ``attempt``."""

    offset: int
    is_next: bool = False
    attempt: int = 0


class Receiving:
    """What this process keeps of the files that it is receiving."""

    def __init__(self) -> None:
        self.receivers = Receivers()
        # A hasher's state cannot be stored: after a restart, or on another server, the worker hashes again at the end.
        self._digests: OrderedDict[UUID, Digest] = OrderedDict()
        self._users: dict[int, int] = {}
        # All announcements wait for one lock of the database: those who wait for it must not take every connection.
        self.announcing = asyncio.Semaphore(MAX_ANNOUNCING)

    def enter(self, user_id: int) -> None:
        """Take one of the places; ``leave`` gives it back.

        Raises:
            ProblemError: 503, all are taken. It may pass, so it is no 4xx, which would make clients give up.
        """
        of_user = self._users.get(user_id, 0)
        if of_user >= MAX_RECEIVING_OF_USER or sum(self._users.values()) >= MAX_RECEIVING:
            raise ProblemError(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "Too many files are being received at once. Please send this one a little later.",
                headers={"Retry-After": "1"},
            )
        self._users[user_id] = of_user + 1

    def leave(self, user_id: int) -> None:
        self._users[user_id] -= 1
        if not self._users[user_id]:
            del self._users[user_id]

    def digest_at(self, file_id: UUID, offset: int) -> Digest | None:
        """The digest that goes on at this offset; None where the beginning was not seen here."""
        known = self._digests.pop(file_id, None)
        if offset == 0:
            return Digest()
        return known if known is not None and known.size == offset else None

    def keep(self, file_id: UUID, digest: Digest) -> None:
        self._digests[file_id] = digest
        while len(self._digests) > MAX_DIGESTS:
            self._digests.popitem(last=False)


RECEIVING = web.AppKey("receiving", Receiving)


async def receive(
    request: web.Request, *, pool: Pool, vault: Vault, hold: Hold, offset: int, checksum: Checksum | None
) -> Received:
    """Append the body at the offset. What arrived before a cut is kept, but a body with a checksum counts whole or not.

    Raises:
        ProblemError: 409 another offset, 413 more bytes than announced, 410 stopped meanwhile, 460 another checksum.
        VaultFaultError: what was flushed is kept.
    """
    incoming = vault.incoming(hold.file_id)
    writer = await _open(incoming, offset)
    digest = request.app[RECEIVING].digest_at(hold.file_id, offset)
    body = _Body(request, pool, hold, writer, offset=offset, digest=digest, checked=checksum is not None)
    try:
        if (request.content_length or 0) > hold.file_size - offset:
            raise too_many_bytes()
        await body.read()
        size = await body.end(checksum)
    finally:
        await writer.close()
    seen = body.digest if body.digest is not None and body.digest.size == size else None
    if seen is not None and size < hold.file_size:
        request.app[RECEIVING].keep(hold.file_id, seen)
    return await tell(pool, hold, size, seen, seconds=time.monotonic() - body.began)


async def _open(incoming: Incoming, offset: int) -> IncomingWriter:
    try:
        return await incoming.open(offset)
    except OffsetError as error:
        raise wrong_offset(error.size) from error


class _Body:
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
        """Until the body ends, is cut, or somebody else asks for the file; writing goes on while more is read."""
        watching = asyncio.create_task(self._watch(), name=f"body of {self.hold.file_id}")
        writing: asyncio.Task[None] | None = None
        batch: list[bytes] = []
        size = 0
        try:
            while chunk := await self._next():
                self.received += len(chunk)
                if self.offset + self.received > self.hold.file_size:
                    raise too_many_bytes()
                batch.append(chunk)
                size += len(chunk)
                if size >= FLUSH_BYTES or len(batch) >= FLUSH_CHUNKS:
                    if writing is not None:
                        await writing
                    writing = asyncio.create_task(self._write(batch, size))
                    batch, size = [], 0
        finally:
            watching.cancel()
            if writing is not None:
                await writing
            if batch:
                await self._write(batch, size)

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

    async def _write(self, batch: list[bytes], size: int) -> None:
        if size < SMALL_BYTES:
            self._hash(batch)
            await self.writer.write(batch)
        else:
            await asyncio.gather(asyncio.to_thread(self._hash, batch), self.writer.write(batch))
        if time.monotonic() - self.told > TOLD_SECONDS:
            self.told = time.monotonic()
            durable = await self.writer.flush()
            await self.pool.execute(_PROGRESS, self.hold.file_id, self.hold.token, durable)

    def _hash(self, batch: list[bytes]) -> None:
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

_TELL = """
UPDATE batch_report_files
   SET received_bytes = $3, receiving_ms = receiving_ms + $4, receiver = NULL, receiver_until = NULL,
       received_hash = $5, received_crc32 = $6,
       next_attempt_at = CASE WHEN $3 = file_size THEN now() ELSE next_attempt_at END
 WHERE id = $1 AND receiver = $2 AND processing_status = 'pending'
RETURNING attempt, EXISTS (SELECT FROM batch_report_files AS others
                            WHERE others.batch_id = batch_report_files.batch_id AND others.id <> $1
                              AND others.processing_status = 'pending' AND others.next_attempt_at <= now()
                              AND others.faults = 0 AND others.follows IS NULL) AS is_called
"""


async def tell(pool: Pool, hold: Hold, size: int, digest: Digest | None = None, *, seconds: float = 0) -> Received:
    """Write down where the file stands, and let go of it; when all of it is here, it may be looked at.

    Raises:
        ProblemError: 410, it was stopped meanwhile.
    """
    whole = digest if size == hold.file_size else None
    row = await pool.fetchrow(
        _TELL,
        hold.file_id,
        hold.token,
        size,
        int(seconds * 1000),
        whole.sha256.hexdigest() if whole else None,
        whole.crc32 if whole else None,
    )
    hold.is_told = True
    if row is None:
        raise gone("This file was stopped while it was being received.")
    # Whoever takes the file before this one in hand takes this one along.
    return Received(offset=size, is_next=size == hold.file_size and not row["is_called"], attempt=row["attempt"])


def wrong_offset(size: int) -> ProblemError:
    return ProblemError(
        HTTPStatus.CONFLICT, f"So far {size} bytes have arrived: go on there.", headers={"Upload-Offset": str(size)}
    )


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
