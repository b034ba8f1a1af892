"""Who is receiving a file: one request at a time, on whichever server, and how the next one makes it let go.

A client that comes back knows that its old connection is dead; the server may not know it for minutes. So whoever
asks for a file that is being received interrupts that, waits until what has arrived is durable, and only then goes on.
The holder is in the row. It renews its hold every second and reads there whether somebody waits; within one process it
is told at once.

Whoever waits asks the database nothing. Within one process they stand in line, and the first of them alone asks; it is
told by a notification when another server has let go.
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

# A server that has died, or one of the release before, does not tell that it has let go.
ASK_SECONDS = 1.0
WAIT_SECONDS = HOLD_SECONDS + 5


class _Line:
    """The requests of this process that want one file: the first one has it, or asks for it."""

    def __init__(self) -> None:
        self.length = 0
        self.first = asyncio.Lock()
        self.freed = asyncio.Event()
        self.interrupted: asyncio.Event | None = None

    def interrupt(self) -> None:
        if self.interrupted is not None:
            self.interrupted.set()


class Receivers:
    """The files that this process is receiving."""

    def __init__(self) -> None:
        self._lines: dict[Wanted, _Line] = {}
        self._endings: set[asyncio.Task[None]] = set()
        self.waiting = Waiting()

    def interrupt(self, wanted: Wanted) -> None:
        """Let whoever has the file in this process end."""
        if line := self._lines.get(wanted):
            line.interrupt()

    def notified(self, payload: str) -> None:
        """Take note of a notification, ``<user id> <kind> <id>``: another server has let go of a file, or wants it."""
        _, _, rest = payload.partition(" ")
        kind, _, file_id = rest.partition(" ")
        if kind == RELEASED:
            for wanted, line in self._lines.items():
                if str(wanted.file_id) == file_id:
                    line.freed.set()
        elif kind == ASKED:
            self.waiting.asked(file_id)

    @asynccontextmanager
    async def hold(self, pool: Pool, wanted: Wanted, *, turn: Turn) -> AsyncIterator[Hold | Settled]:
        """The file, once whoever was receiving it has let go.

        Args:
            turn: within which the database is asked.

        Raises:
            ProblemError: 404 no such file of this user, 410 it has failed, was stopped or is too late, 423 its
                receiver does not let go.
        """
        with self._standing(wanted) as line:
            hold = await self._take(pool, wanted, line, turn)
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
                        if line.length > 1:
                            hold.interrupted.clear()  # whoever waits here goes on with it as it is
                        self.waiting.add(pool, wanted, hold, turn)
                    else:
                        # A client that goes just now cancels us where we wait.
                        await self._to_the_end(end_hold(pool, hold, renewing, turn))
            finally:
                line.interrupted = None
                line.first.release()

    @contextmanager
    def _standing(self, wanted: Wanted) -> Iterator[_Line]:
        line = self._lines.setdefault(wanted, _Line())
        line.length += 1
        line.interrupt()
        try:
            yield line
        finally:
            line.length -= 1
            if not line.length:
                del self._lines[wanted]

    async def _take(self, pool: Pool, wanted: Wanted, line: _Line, turn: Turn) -> Hold | Settled:
        """What is asked for, and the first place in line with it."""
        try:
            async with asyncio.timeout(WAIT_SECONDS) as limit:
                await line.first.acquire()
                try:
                    return await self._take_from_others(pool, wanted, line, turn)
                except BaseException:
                    line.first.release()
                    raise
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise locked("This file is being received by another request.", seconds=5) from error

    async def _take_from_others(self, pool: Pool, wanted: Wanted, line: _Line, turn: Turn) -> Hold | Settled:
        """As soon as no other server has it."""
        while True:
            line.freed.clear()
            async with turn():
                held = await self._try(pool, wanted, line, turn) or await _ask_for_it(pool, wanted)
            if held is not None:
                return held
            with suppress(TimeoutError):
                await asyncio.wait_for(line.freed.wait(), ASK_SECONDS)

    async def _try(self, pool: Pool, wanted: Wanted, line: _Line, turn: Turn) -> Hold | None:
        """Take the file if nobody has it, or this server still has it."""
        before = self.waiting.take(wanted)
        token = before.token if before else uuid4()
        try:
            row = await pool.fetchrow(_TAKE, wanted.file_id, wanted.upload_id, wanted.user_id, token, HOLD_SECONDS)
        except BaseException as error:
            if before is not None:
                before.interrupted.clear()
                self.waiting.add(pool, wanted, before, turn)
            elif isinstance(error, asyncio.CancelledError):
                # It may have become ours all the same.
                await self._to_the_end(release(pool, wanted.file_id, token))
            raise
        writer = before.writer if before else None
        if writer is not None and (row is None or not row["is_still_ours"]):
            await writer.close()  # it was stopped, or begun anew, meanwhile
            writer = None
        if row is None:
            return None
        line.interrupted = asyncio.Event()
        if line.length > 1:
            line.interrupt()
        return Hold(
            file_id=wanted.file_id,
            token=token,
            interrupted=line.interrupted,
            tus=msgspec.convert(dict(row), TusFields),
            writer=writer,
            **{name: row[name] for name in _TAKEN},
        )

    async def _to_the_end(self, work: Coroutine[Any, Any, None]) -> None:
        """Wait for it; it goes on though the client is gone and nobody waits any more."""
        ending = asyncio.create_task(work)
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)
        await asyncio.shield(ending)


_TAKEN = ("file_size", "received_bytes", "expires_at")
_TOLD = "files.concat, files.metadata, files.is_deferred"
_TAKE = f"""
UPDATE batch_report_files AS files
   SET receiver = $4, receiver_until = now() + make_interval(secs => $5), interrupted = false
  FROM batch_reports, (SELECT receiver AS is_with FROM batch_report_files WHERE id = $1 FOR UPDATE) AS before
 WHERE files.id = $1 AND files.batch_id = $2 AND files.user_id = $3 AND batch_reports.id = $2
   AND {IS_AWAITED} AND batch_reports.expires_at > now()
   AND (receiver IS NULL OR receiver_until < now() OR receiver = $4)
RETURNING file_size, files.received_bytes, batch_reports.expires_at, {_TOLD},
          is_with IS NOT DISTINCT FROM $4 AS is_still_ours
"""

_ASK = f"""
WITH asked AS (
    UPDATE batch_report_files SET interrupted = true
     WHERE id = $1 AND batch_id = $2 AND user_id = $3 AND receiver IS NOT NULL AND NOT interrupted
    RETURNING pg_notify('{CHANNEL}', concat_ws(' ', user_id, '{ASKED}', id))
)
SELECT file_size, error_message, batch_reports.expires_at, {_TOLD},
       batch_reports.expires_at > now() AND ({IS_AWAITED}) AS is_awaited,
       processing_status IN ('processing', 'success') OR (processing_status = 'pending' AND follows IS NULL
                                                          AND next_attempt_at < 'infinity') AS is_here,
       {IS_TRASHED} AS is_trashed
  FROM batch_report_files AS files
  JOIN batch_reports ON batch_reports.id = batch_id
 WHERE files.id = $1 AND files.batch_id = $2 AND files.user_id = $3
"""


async def _ask_for_it(pool: Pool, wanted: Wanted) -> Settled | None:
    """Ask the holder to let go; a file that nobody can hold any more is told as it is."""
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
