"""The upload lease: one request at a time receives a file, on whichever server it arrives.

A client that reconnects knows that its old connection is dead; the server may not notice for minutes. So a request for
a file that is being received asks the lease's holder to let go, waits until what has arrived is durable, and then
continues. The lease is in the file's row: its holder renews it, and each of its writes checks the token. Who does not
renew it, because the server is dead or cut off from the database, loses it after ``LEASE_SECONDS``.

Waiting requests do not poll the database. Within one process they queue, and only the first asks; a notification tells
the holder's process that another one waits, and the waiting process that the file is free.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import asyncpg
import msgspec
from aiohttp import web

from ..base.critical import stop_tasks
from ..base.database import DATABASE_DOWN, Pool
from ..base.telemetry import log
from ..events.listener import CHANNEL
from ..http.errors import gone, locked, not_found
from ..http.turns import Turn
from .queries import IS_AWAITED, IS_TRASHED
from .shapes import TusFields

LEASE_SECONDS = 15.0
RENEW_SECONDS = 5.0
# A notification may be missed, and a server that has died sends none.
ASK_SECONDS = 1.0
WAIT_SECONDS = LEASE_SECONDS + 5
# The kind of notification: of a lease's token, to ask its holder to let go; of a file's id, when it is free.
NOTICE = "upload_lease"


class UploadFile(NamedTuple):
    """A file as a client names it. With the user, so that a stranger cannot interrupt its owner."""

    user_id: int
    upload_id: UUID
    file_id: UUID


class UploadLease(msgspec.Struct, kw_only=True):
    """The right to write to a file, until another request waits for it or the lease is lost."""

    file_id: UUID
    token: UUID
    file_size: int
    received_bytes: int  # as last recorded in the row
    expires_at: datetime
    tus: TusFields
    is_lapsed: bool  # whether the user's reservation on the disk counts no longer
    is_released: bool = False  # whether the row has been released already
    ended: asyncio.Event = msgspec.field(default_factory=asyncio.Event)  # set when its holder has to let go

    def is_whole(self, size: int) -> bool:
        """Whether a file of this size is complete and may be probed; a part never is."""
        return size == self.file_size and not self.tus.is_deferred and not self.tus.is_part


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is complete: nothing may be written to it any more."""

    file_size: int
    expires_at: datetime
    tus: TusFields


class _Queue:
    """The requests of this process for one file: the first one has its lease, or waits for it."""

    def __init__(self) -> None:
        self.length = 0
        self.first = asyncio.Lock()
        self.freed = asyncio.Event()
        self.lease: UploadLease | None = None

    def end_lease(self) -> None:
        if self.lease is not None:
            self.lease.ended.set()


class UploadLeases:
    """The leases of this process."""

    def __init__(self) -> None:
        self._queues: dict[UploadFile, _Queue] = {}
        self._releases: set[asyncio.Task[None]] = set()

    def end(self, file: UploadFile) -> None:
        """Have the request that receives this file let go of it, if it is one of this process."""
        if queue := self._queues.get(file):
            queue.end_lease()

    def notified(self, payload: str) -> None:
        """Handle a notification, ``<user id> <kind> <id>``."""
        kind, _, subject = payload.partition(" ")[2].partition(" ")
        if kind != NOTICE:
            return
        for file, queue in self._queues.items():
            if subject == str(file.file_id):
                queue.freed.set()
            elif queue.lease is not None and subject == str(queue.lease.token):
                queue.lease.ended.set()

    @asynccontextmanager
    async def lease(self, pool: Pool, file: UploadFile, *, turn: Turn) -> AsyncIterator[UploadLease | Settled]:
        """The file's lease within the block, once its previous holder has let go.

        Args:
            turn: acquired around each query.

        Raises:
            ProblemError: 404 no such file of this user, 410 it has failed, was stopped or has expired, 423 its holder
                does not let go.
        """
        with self._queued(file) as queue:
            lease = await self._acquire(pool, file, queue, turn)
            try:
                if isinstance(lease, Settled):
                    yield lease
                    return
                queue.lease = lease
                if queue.length > 1:
                    queue.end_lease()
                renewing = asyncio.create_task(_renew(pool, lease), name=f"upload lease {lease.file_id}")
                try:
                    yield lease
                finally:
                    # A client that disconnects now must not cancel the release.
                    await self._uninterrupted(_end(pool, lease, renewing, turn))
            finally:
                queue.lease = None
                queue.first.release()

    @contextmanager
    def _queued(self, file: UploadFile) -> Iterator[_Queue]:
        queue = self._queues.setdefault(file, _Queue())
        queue.length += 1
        queue.end_lease()
        try:
            yield queue
        finally:
            queue.length -= 1
            if not queue.length:
                del self._queues[file]

    async def _acquire(self, pool: Pool, file: UploadFile, queue: _Queue, turn: Turn) -> UploadLease | Settled:
        """Wait to be first in the queue, and then for other servers; on success the queue stays locked."""
        try:
            async with asyncio.timeout(WAIT_SECONDS) as limit:
                await queue.first.acquire()
                try:
                    while True:
                        queue.freed.clear()
                        async with turn():
                            lease = await self._try_acquire(pool, file) or await _ask_holder(pool, file)
                        if lease is not None:
                            return lease
                        # No wait_for: before Python 3.12 it swallows a cancellation that comes with the event.
                        with suppress(TimeoutError):
                            async with asyncio.timeout(ASK_SECONDS):
                                await queue.freed.wait()
                except BaseException:
                    queue.first.release()
                    raise
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise locked("This file is being received by another request.", seconds=5) from error

    async def _try_acquire(self, pool: Pool, file: UploadFile) -> UploadLease | None:
        token = uuid4()
        try:
            row = await pool.fetchrow(_ACQUIRE, file.file_id, file.upload_id, file.user_id, token, LEASE_SECONDS)
        except asyncio.CancelledError:
            # The statement may have been executed all the same.
            await self._uninterrupted(_release(pool, file.file_id, token))
            raise
        if row is None:
            return None
        columns = {name: row[name] for name in ("file_size", "received_bytes", "expires_at", "is_lapsed")}
        return UploadLease(file_id=file.file_id, token=token, tus=msgspec.convert(dict(row), TusFields), **columns)

    async def _uninterrupted(self, work: Coroutine[Any, Any, None]) -> None:
        """Await this work; it continues if this request is cancelled."""
        release = asyncio.create_task(work)
        self._releases.add(release)
        release.add_done_callback(self._releases.discard)
        await asyncio.shield(release)


_TUS_COLUMNS = "files.concat, files.metadata, files.is_deferred"
_ACQUIRE = f"""
UPDATE batch_report_files AS files
   SET lease_token = $4, lease_until = now() + make_interval(secs => $5)
  FROM batch_reports
 WHERE files.id = $1 AND files.batch_id = $2 AND files.user_id = $3 AND batch_reports.id = $2
   AND {IS_AWAITED} AND batch_reports.expires_at > now()
   AND (lease_token IS NULL OR lease_until < now()
        OR lease_until > now() + make_interval(secs => 2 * $5)) -- the database's clock has been set back
RETURNING file_size, files.received_bytes, batch_reports.expires_at, {_TUS_COLUMNS},
          EXISTS (SELECT FROM library_usage
                   WHERE library_usage.user_id = files.user_id AND awaited_until <= now()) AS is_lapsed
"""

_ASK = f"""
SELECT file_size, error_message, batch_reports.expires_at, {_TUS_COLUMNS},
       batch_reports.expires_at > now() AND ({IS_AWAITED}) AS is_awaited,
       processing_status IN ('processing', 'success') OR (processing_status = 'pending' AND follows IS NULL
                                                          AND is_received) AS is_here,
       {IS_TRASHED} AS is_trashed,
       CASE WHEN lease_token IS NOT NULL
            THEN pg_notify('{CHANNEL}', concat_ws(' ', files.user_id, '{NOTICE}', lease_token)) END
  FROM batch_report_files AS files
  JOIN batch_reports ON batch_reports.id = batch_id
 WHERE files.id = $1 AND files.batch_id = $2 AND files.user_id = $3
"""


async def _ask_holder(pool: Pool, file: UploadFile) -> Settled | None:
    """Ask the lease's holder to let go.

    Returns:
        The file, if it is complete; None while it is being received.

    Raises:
        ProblemError: 404 no such file, 410 it cannot be received any more.
    """
    row = await pool.fetchrow(_ASK, file.file_id, file.upload_id, file.user_id)
    if row is None:
        raise not_found("file")
    if row["is_trashed"]:
        raise gone("This file is in the trash.")
    if row["is_here"]:
        return Settled(
            file_size=row["file_size"], expires_at=row["expires_at"], tus=msgspec.convert(dict(row), TusFields)
        )
    if not row["is_awaited"]:
        raise gone(row["error_message"] or "This upload is no longer open.")
    return None


_RENEW = """
UPDATE batch_report_files SET lease_until = now() + make_interval(secs => $3) WHERE id = $1 AND lease_token = $2
RETURNING true
"""


async def _renew(pool: Pool, lease: UploadLease) -> None:
    """Renew the lease until it is lost; then set ``ended``."""
    renewed = time.monotonic()
    while time.monotonic() - renewed < LEASE_SECONDS - RENEW_SECONDS:
        await asyncio.sleep(RENEW_SECONDS)
        began = time.monotonic()
        try:
            if not await pool.fetchval(_RENEW, lease.file_id, lease.token, LEASE_SECONDS):
                break
        except (asyncpg.PostgresError, *DATABASE_DOWN) as error:
            log.warning("upload_lease_not_renewed", error=repr(error))
            continue
        renewed = began
    lease.ended.set()


# In whichever statement releases the lease: wakes the requests that wait for the file, on all servers.
NOTIFY_FREE = f"pg_notify('{CHANNEL}', concat_ws(' ', user_id, '{NOTICE}', id))"
_RELEASE = f"""
UPDATE batch_report_files SET lease_token = NULL, lease_until = NULL WHERE id = $1 AND lease_token = $2
RETURNING {NOTIFY_FREE}
"""


async def _release(pool: Pool, file_id: UUID, token: UUID) -> None:
    await pool.execute(_RELEASE, file_id, token)


async def _end(pool: Pool, lease: UploadLease, renewing: asyncio.Task[None], turn: Turn) -> None:
    await stop_tasks(renewing)
    if not lease.is_released:
        async with turn():
            await _release(pool, lease.file_id, lease.token)


_END_ALL = f"""
SELECT pg_notify('{CHANNEL}', concat_ws(' ', user_id, '{NOTICE}', lease_token))
  FROM batch_report_files WHERE user_id = $1 AND lease_until > now()
"""


async def end_leases(pool: Pool, user_id: int) -> None:
    """Ask all requests that receive files of this user to let go, and wait until they have, or their leases end."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LEASE_SECONDS):
            while await pool.fetch(_END_ALL, user_id):  # noqa: ASYNC110 - the holders are other processes
                await asyncio.sleep(ASK_SECONDS / 4)


UPLOAD_LEASES = web.AppKey("upload_leases", UploadLeases)
