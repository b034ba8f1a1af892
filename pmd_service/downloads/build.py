"""Background work of kind ``bdr``: one attempt at building a request's archive (SPEC section 7)."""

import time
from collections.abc import Sequence
from contextlib import aclosing, closing
from uuid import UUID

import msgspec

from ..archive.names import ArchiveNames
from ..archive.references import References
from ..archive.sparse import SUFFIX, Sealed
from ..archive.sums import forget_changed
from ..archive.writer import ArchiveWriter, Entry
from ..base.database import Connection
from ..base.telemetry import BDR_ARTWORKS, BDR_BYTES, BDR_SECONDS, BDR_STATUS, log
from ..vault import ArtworkUnavailableError, ObjectUnreadableError
from ..vault.leftovers import NewObject, new_object
from ..work.claimed import Claimed
from ..work.context import WorkerContext
from ..work.kind import Done, Failed, Kind, Outcome, PermanentError, State
from ..work.queue import Queue
from . import manifest
from .mail import announce
from .manifest import Artwork, Records
from .queries import CAN_RESTART, RESTART, Missing
from .sources import MAX_REFERENCED_BYTES, Budget, Sources
from .takeout_ending import reopen_takeout

TIME_LIMIT_SECONDS = 3600.0
# Builds that compute at the same time in a process. They also wait for Postgres and the disk; with more of them they
# contend for the GIL.
MAX_COMPUTING = 3
# Artworks that are loaded and located together.
PAGE = 1000

_CLAIM = """
WITH claimed AS (SELECT work FROM claim_work('bdr', $1, $2, $3) AS work),
     started AS (
         UPDATE batch_download_requests AS request
            SET status = 'processing', attempt = request.attempt + (request.status = 'pending')::int,
                started_at = now(), processed_count = 0, missing = '[]'
           FROM claimed
          WHERE request.id = (work).subject::uuid AND request.status IN ('pending', 'processing')
            AND request.deleted_at IS NULL
         RETURNING request.id, request.user_id, request.attempt, post_ids, include_comments, include_reactions,
                   send_email, takeout_id)
SELECT work, started.* FROM claimed LEFT JOIN started ON true
"""
_RELEASE = """
UPDATE batch_download_requests SET status = 'pending', processed_count = 0 WHERE id = $1 AND status = 'processing'
"""
_PROGRESS = "UPDATE batch_download_requests SET processed_count = $2 WHERE id = $1"
_READY = """
UPDATE batch_download_requests
   SET status = 'ready', error_message = NULL, file_path = $2, file_size_bytes = $3, etag = $4, stored_bytes = $5,
       processed_count = $6, missing = $7, completed_at = now(), expires_at = now() + make_interval(days => $8)
 WHERE id = $1
"""
_FAIL = """
UPDATE batch_download_requests
   SET status = 'failed', error_message = left($2, 500), completed_at = now(), missing = coalesce($3, missing)
 WHERE id = ANY ($1) AND status IN ('pending', 'processing')
"""


class BuildRow(msgspec.Struct, frozen=True, kw_only=True):
    """The columns that a build needs."""

    id: UUID
    user_id: int
    attempt: int  # builds begun
    post_ids: Sequence[int]
    include_comments: bool
    include_reactions: bool
    send_email: bool
    takeout_id: UUID | None


async def build_download(worker: WorkerContext, claimed: Claimed[BuildRow]) -> Outcome:
    """Build a request's archive and publish it."""
    build = Build(worker, claimed)
    try:
        return await build.run()
    except PermanentError as error:
        return Failed(str(error), details=msgspec.to_builtins(build.missing))


async def fail_requests(connection: Connection, bdr_ids: Sequence[UUID], failed: Failed) -> None:
    """These requests end without an archive; ``details``: the artworks that are missing."""
    await connection.execute(_FAIL, bdr_ids, failed.message, failed.details)
    await announce(connection, bdr_ids)


async def write_progress(connection: Connection, claimed: Claimed[BuildRow]) -> None:
    await connection.execute(_PROGRESS, claimed.row.id, claimed.done)


def _count(state: State) -> None:
    BDR_STATUS.labels({"waiting": "pending", "running": "processing", "failed": "failed"}[state]).inc()


BDR = Kind(
    name="bdr",
    queue=Queue.DOWNLOADS,
    key=UUID,
    row=BuildRow,
    run=build_download,
    claim=_CLAIM,
    release=_RELEASE,
    write_progress=write_progress,
    before_restart=reopen_takeout,
    fail=fail_requests,
    restart=f"UPDATE batch_download_requests SET {RESTART} WHERE id = $1 AND {CAN_RESTART} RETURNING id",
    on_state=_count,
    needs=("store",),
    time_limit_seconds=TIME_LIMIT_SECONDS,
    concurrency=24,  # many wait for other people's servers
    max_computing=MAX_COMPUTING,
    gave_up_message="The archive could not be built, although it was tried several times. Please try again later.",
    kept_dying_message="The archive could not be built: every attempt was cut off before it was finished.",
)


class Build:
    """One attempt, from the claimed row to the published archive."""

    def __init__(self, worker: WorkerContext, claimed: Claimed[BuildRow]) -> None:
        self._worker = worker
        self._claimed = claimed
        self._row = claimed.row
        self._is_whole = worker.settings.archives == "whole"
        self._written = 0
        self._unreadable: set[str] = set()
        self._references: References | None = None
        self.missing: list[Missing] = []

    async def run(self) -> Done:
        """Build, then publish."""
        began = time.perf_counter()
        owner_sqid, handle = await self._load_owner()
        # A key of each attempt's own: no archive is ever overwritten, or removed in another's place.
        ending = ".zip" if self._is_whole else SUFFIX
        key = f"bdr/{owner_sqid}/{self._row.id}.{self._row.attempt}{ending}"
        self._references = None if self._is_whole else References(self._worker.vault, key)
        if self._row.attempt > 1:
            # If one object has changed, others may have too: after a restore or a move, all have.
            urls = await manifest.load_art_urls(self._worker.pool, self._row.post_ids)
            await forget_changed(self._worker.pool, self._worker.vault, urls)
        async with new_object(self._worker.pool, self._worker.vault, key) as archive:
            stored = await self._write_what_can_be_read(archive, handle)
            self._claimed.release_slot()
            has_mail = await self._publish(archive, stored)
        BDR_STATUS.labels("ready").inc()
        BDR_SECONDS.observe(time.perf_counter() - began)
        BDR_BYTES.observe(stored.size)
        BDR_ARTWORKS.observe(self._written)
        log.info(
            "bdr_ready",
            bytes=stored.size,
            stored=stored.stored_bytes,
            artworks=self._written,
            missing=len(self.missing),
            seconds=time.perf_counter() - began,
        )
        if has_mail:
            await self._worker.queues.put(Queue.MAILS)
        return Done()

    async def _publish(self, archive: NewObject, sealed: Sealed) -> bool:
        """Mark the request ready with the archive, which is stored already.

        A stale attempt updates no row, and its archive is a leftover. After a crash before the commit the request is
        built again.

        Returns:
            whether there are mails to send.
        """
        async with self._worker.pool.acquire() as connection, connection.transaction():
            await self._claimed.end(connection)
            await connection.execute(
                _READY,
                self._row.id,
                sealed.key,
                sealed.size,
                sealed.etag,
                sealed.stored_bytes,
                len(self._row.post_ids),
                msgspec.to_builtins(self.missing),
                self._worker.settings.bdr_ttl_days,
            )
            await archive.keep(connection)
            if self._references is not None and self._references.has_library_files:
                await self._references.keep(connection, user_id=self._row.user_id)
            if self._row.send_email or self._row.takeout_id:
                return await announce(connection, [self._row.id])
        return False

    async def _load_owner(self) -> tuple[str, str]:
        row = await self._worker.pool.fetchrow(
            "SELECT id, public_sqid, handle FROM users WHERE id = $1", self._row.user_id
        )
        if row is None:
            raise PermanentError("The account of this request no longer exists.")
        return self._worker.ids.of(row["id"], row["public_sqid"]), row["handle"]

    async def _write_what_can_be_read(self, target: NewObject, handle: str) -> Sealed:
        """Write the archive; start again, without it, for each artwork that disappears or changes meanwhile."""
        while True:
            try:
                with closing(Records()) as records:
                    return await self._write(target, handle, records)
            except ObjectUnreadableError as error:
                if error.key in self._unreadable:
                    raise
                log.warning("bdr_archive_spoilt", error=str(error))
                self._unreadable.add(error.key)
                await target.restart()

    async def _write(self, target: NewObject, handle: str, records: Records) -> Sealed:
        """Write the archive: the artworks in the request's order, then the documents about them.

        Raises:
            ObjectUnreadableError: an artwork is missing or has changed; write the archive again without it.
            PermanentError: there are no artworks, or together they are too large.
        """
        self._written, self.missing = 0, []
        names, budget = ArchiveNames(), self._budget()
        async with ArchiveWriter(target.part, whole=self._is_whole) as archive:
            for first in range(0, len(self._row.post_ids), PAGE):
                artworks, lost = await manifest.load_artworks(
                    self._worker.pool,
                    self._worker.ids,
                    owner_id=self._row.user_id,
                    post_ids=self._row.post_ids[first : first + PAGE],
                    names=names,
                    by_year=self._row.takeout_id is not None,
                )
                self.missing += lost
                await self._write_artworks(archive, artworks, budget, records)
            if not self._written:
                raise PermanentError("None of the requested artworks is available any more.")
            await self._write_documents(archive, handle, records)
            return await archive.finish()

    def _budget(self) -> Budget:
        everything = self._row.takeout_id is not None
        return Budget(
            own=MAX_REFERENCED_BYTES if everything else self._worker.settings.bdr_max_bytes,
            referred=None if everything else MAX_REFERENCED_BYTES,
            whole=self._is_whole,
        )

    async def _write_artworks(
        self, archive: ArchiveWriter, artworks: Sequence[Artwork], budget: Budget, records: Records
    ) -> None:
        async with Sources(
            artworks,
            worker=self._worker,
            claimed=self._claimed,
            budget=budget,
            references=self._references,
            is_last_attempt=self._claimed.work.faults >= BDR.max_retries,
            unreadable=self._unreadable,
        ) as sources:
            for run in sources.runs():
                if self._written:
                    async with self._claimed.slot_released():
                        pass  # builds that have waited longer compute first
                records.add(await self._write_run(archive, sources, run))
                self._claimed.progress(self._written + len(self.missing))

    async def _write_run(self, archive: ArchiveWriter, sources: Sources, run: Sequence[Artwork]) -> list[Artwork]:
        """Returns the artworks of the run that were added."""
        written: list[Artwork] = []
        entries: list[Entry] = []
        async with sources.opened(run) as found:
            for artwork, located in zip(run, found, strict=True):
                if isinstance(located, ArtworkUnavailableError):
                    self._report(artwork, str(located))
                else:
                    written.append(artwork)
                    entries.append(Entry(f"artworks/{artwork.record.filename}", located.source, located.crc32))
            if sources.is_fetched(run):
                for entry in entries:
                    await archive.add_bytes(entry)
            else:
                await archive.add_sources(entries)
        self._written += len(written)
        return written

    def _report(self, artwork: Artwork, reason: str) -> None:
        log.warning("bdr_artwork_missing", post_id=artwork.post_id, reason=reason)
        self.missing.append(Missing(sqid=artwork.record.sqid, title=artwork.record.title, reason=reason))

    async def _write_documents(self, archive: ArchiveWriter, handle: str, records: Records) -> None:
        summary = manifest.Summary(
            generated_at=manifest.now(),
            user_handle=handle,
            artwork_count=self._written,
            requested_count=len(self._row.post_ids),
        )
        async with aclosing(records.metadata_json(summary, self.missing)) as chunks:
            await archive.add_stream("metadata.json", chunks)
        if not (self._row.include_comments or self._row.include_reactions):
            return
        async with self._worker.pool.acquire() as connection:
            if self._row.include_comments:
                async with aclosing(manifest.comments_json(connection, records.sqids)) as chunks:
                    await archive.add_stream("comments.json", chunks)
            if self._row.include_reactions:
                reactions = await manifest.load_reactions(connection, records.sqids)
                await archive.add_text("reactions.json", manifest.render(reactions))
