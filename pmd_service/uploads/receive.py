"""Receiving a file's next bytes: what has arrived is durable before it is told, and told when the request ends."""

import time
from http import HTTPStatus

import msgspec
from aiohttp import web

from ..database import Pool
from ..http.errors import ProblemError, gone
from ..vault import Incoming, IncomingWriter, OffsetError, Vault
from .digest import Checksum, Digest
from .holds import Hold
from .receiving import RECEIVING
from .stream import Body, too_many_bytes


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """Where a file stands; ``is_next``: all of it is here, and a worker has to be told, of this ``attempt``."""

    offset: int
    is_next: bool = False
    attempt: int = 0


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
    body = Body(request, pool, hold, writer, offset=offset, digest=digest, checked=checksum is not None)
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
