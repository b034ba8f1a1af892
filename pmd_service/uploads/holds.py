"""Acquiring the hold on a file: one request at a time, on any server, and how the next one interrupts it.

A client that reconnects knows that its old connection is dead; the server may not notice for minutes. So a request for
a file that is being received interrupts the holder, waits until what has arrived is durable, and then continues. The
holder is recorded in the row: it renews its hold every second and reads whether another request waits. Within one
process it is interrupted directly.

Waiting requests do not poll the database. Within one process they queue, and only the first asks; a notification wakes
it when another server has released the file.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any
from uuid import uuid4

import msgspec

from ..base.database import Pool
from ..events.listener import CHANNEL
from ..http.errors import gone, locked, not_found
from ..http.turns import Turn
from .held import ASKED, HOLD_SECONDS, RELEASED, Hold, Settled, Waiting, Wanted, end_hold, release, renew
from .queries import IS_AWAITED, IS_TRASHED
from .shapes import TusFields

# A server that has died does not notify.
ASK_SECONDS = 1.0
WAIT_SECONDS = HOLD_SECONDS + 5


class _Queue:
    """The requests of this process for one file: the first one holds it, or waits for it to be released."""

    def __init__(self) -> None:
        self.length = 0
        self.first = asyncio.Lock()
        self.released = asyncio.Event()
        self.interrupted: asyncio.Event | None = None

    def interrupt(self) -> None:
        if self.interrupted is not None:
            self.interrupted.set()


class Receivers:
    """The files that this process is receiving."""

    def __init__(self) -> None:
        self._queues: dict[Wanted, _Queue] = {}
        self._endings: set[asyncio.Task[None]] = set()
        self.waiting = Waiting()

    def interrupt(self, wanted: Wanted) -> None:
        """Interrupt the request that holds the file in this process."""
        if queue := self._queues.get(wanted):
            queue.interrupt()

    def notified(self, payload: str) -> None:
        """Handle a notification, ``<user id> <kind> <id>``: another server has released a file, or wants it."""
        _, _, rest = payload.partition(" ")
        kind, _, file_id = rest.partition(" ")
        if kind == RELEASED:
            for wanted, queue in self._queues.items():
                if str(wanted.file_id) == file_id:
                    queue.released.set()
        elif kind == ASKED:
            self.waiting.asked(file_id)

    @asynccontextmanager
    async def hold(self, pool: Pool, wanted: Wanted, *, turn: Turn) -> AsyncIterator[Hold | Settled]:
        """Hold the file, once its previous holder has released it.

        Args:
            turn: acquired around each query.

        Raises:
            ProblemError: 404 no such file of this user, 410 it has failed, was stopped or has expired, 423 its holder
                does not release it.
        """
        with self._queued(wanted) as queue:
            hold = await self._acquire(pool, wanted, queue, turn)
            try:
                if isinstance(hold, Settled):
                    yield hold
                    return
                renewing = asyncio.create_task(renew(pool, hold), name=f"receiving {wanted.file_id}")
                try:
                    yield hold
                finally:
                    if hold.writer is not None:
                        renewing.cancel()
                        if queue.length > 1:
                            hold.interrupted.clear()  # the next request in the queue continues with its buffer
                        self.waiting.add(pool, wanted, hold, turn)
                    else:
                        # A client that disconnects now must not cancel the release.
                        await self._uninterrupted(end_hold(pool, hold, renewing, turn))
            finally:
                queue.interrupted = None
                queue.first.release()

    @contextmanager
    def _queued(self, wanted: Wanted) -> Iterator[_Queue]:
        queue = self._queues.setdefault(wanted, _Queue())
        queue.length += 1
        queue.interrupt()
        try:
            yield queue
        finally:
            queue.length -= 1
            if not queue.length:
                del self._queues[wanted]

    async def _acquire(self, pool: Pool, wanted: Wanted, queue: _Queue, turn: Turn) -> Hold | Settled:
        """Wait to be first in the queue, and then for the file; on success the queue stays locked."""
        try:
            async with asyncio.timeout(WAIT_SECONDS) as limit:
                await queue.first.acquire()
                try:
                    return await self._acquire_from_others(pool, wanted, queue, turn)
                except BaseException:
                    queue.first.release()
                    raise
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise locked("This file is being received by another request.", seconds=5) from error

    async def _acquire_from_others(self, pool: Pool, wanted: Wanted, queue: _Queue, turn: Turn) -> Hold | Settled:
        """Wait until no other server holds the file."""
        while True:
            queue.released.clear()
            async with turn():
                held = await self._try_acquire(pool, wanted, queue, turn) or await _ask_holder(pool, wanted)
            if held is not None:
                return held
            with suppress(TimeoutError):
                await asyncio.wait_for(queue.released.wait(), ASK_SECONDS)

    async def _try_acquire(self, pool: Pool, wanted: Wanted, queue: _Queue, turn: Turn) -> Hold | None:
        """Acquire the file if it is free, or held by this server between two requests."""
        before = self.waiting.pop(wanted)
        token = before.token if before else uuid4()
        try:
            row = await pool.fetchrow(_ACQUIRE, wanted.file_id, wanted.upload_id, wanted.user_id, token, HOLD_SECONDS)
        except BaseException as error:
            if before is not None:
                before.interrupted.clear()
                self.waiting.add(pool, wanted, before, turn)
            elif isinstance(error, asyncio.CancelledError):
                # The statement may have been executed all the same.
                await self._uninterrupted(release(pool, wanted.file_id, token))
            raise
        writer = before.writer if before else None
        if writer is not None and (row is None or not row["is_still_ours"]):
            await writer.close()  # it was stopped or restarted meanwhile
            writer = None
        if row is None:
            return None
        queue.interrupted = asyncio.Event()
        if queue.length > 1:
            queue.interrupt()
        return Hold(
            file_id=wanted.file_id,
            token=token,
            interrupted=queue.interrupted,
            tus=msgspec.convert(dict(row), TusFields),
            writer=writer,
            **{name: row[name] for name in _HOLD_COLUMNS},
        )

    async def _uninterrupted(self, work: Coroutine[Any, Any, None]) -> None:
        """Await this work; it continues if this request is cancelled."""
        ending = asyncio.create_task(work)
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)
        await asyncio.shield(ending)


_HOLD_COLUMNS = ("file_size", "received_bytes", "expires_at", "is_lapsed")
_TUS_COLUMNS = "files.concat, files.metadata, files.is_deferred"
_ACQUIRE = f"""
UPDATE batch_report_files AS files
   SET receiver = $4, receiver_until = now() + make_interval(secs => $5), interrupted = false
  FROM batch_reports, (SELECT receiver AS is_with FROM batch_report_files WHERE id = $1 FOR UPDATE) AS before
 WHERE files.id = $1 AND files.batch_id = $2 AND files.user_id = $3 AND batch_reports.id = $2
   AND {IS_AWAITED} AND batch_reports.expires_at > now()
   AND (receiver IS NULL OR receiver_until < now() OR receiver = $4
        OR receiver_until > now() + make_interval(secs => 2 * $5)) -- the database's clock has been set back
RETURNING file_size, files.received_bytes, batch_reports.expires_at, {_TUS_COLUMNS},
          is_with IS NOT DISTINCT FROM $4 AS is_still_ours,
          EXISTS (SELECT FROM library_usage
                   WHERE library_usage.user_id = files.user_id AND awaited_until <= now()) AS is_lapsed
"""

_ASK = f"""
WITH asked AS (
    UPDATE batch_report_files SET interrupted = true
     WHERE id = $1 AND batch_id = $2 AND user_id = $3 AND receiver IS NOT NULL AND NOT interrupted
    RETURNING pg_notify('{CHANNEL}', concat_ws(' ', user_id, '{ASKED}', id))
)
SELECT file_size, error_message, batch_reports.expires_at, {_TUS_COLUMNS},
       batch_reports.expires_at > now() AND ({IS_AWAITED}) AS is_awaited,
       processing_status IN ('processing', 'success') OR (processing_status = 'pending' AND follows IS NULL
                                                          AND is_received) AS is_here,
       {IS_TRASHED} AS is_trashed
  FROM batch_report_files AS files
  JOIN batch_reports ON batch_reports.id = batch_id
 WHERE files.id = $1 AND files.batch_id = $2 AND files.user_id = $3
"""


async def _ask_holder(pool: Pool, wanted: Wanted) -> Settled | None:
    """Ask the holder to release the file.

    Returns:
        The file, if it is complete; None while it is held.

    Raises:
        ProblemError: 404 no such file, 410 it cannot be held any more.
    """
    row = await pool.fetchrow(_ASK, wanted.file_id, wanted.upload_id, wanted.user_id)
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
