"""One attempt at building a request's archive, from the claimed row to the published archive (SPEC section 7)."""

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, closing
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import msgspec

from ..archive.references import References
from ..archive.sparse import SUFFIX, Sealed
from ..archive.sums import Summed, forget_changed
from ..archive.writer import ArchiveWriter, Entry
from ..base.database import Connection
from ..base.telemetry import BDR_ARTWORKS, BDR_BYTES, BDR_SECONDS, BDR_STATUS, log
from ..locales import translatable
from ..portable.records import MissingRecord, TakeoutPart
from ..vault import ArtworkUnavailableError, ObjectUnreadableError, Source
from ..vault.leftovers import NewObject, new_object
from ..work.claimed import Claimed
from ..work.context import WorkerContext
from ..work.kind import Done, PermanentError
from ..work.queue import Queue
from . import manifest
from .mail import announce
from .manifest import Artwork, Records
from .sources import MAX_REFERENCED_BYTES, Budget, Sources, Wanted

W = TypeVar("W", bound=Wanted)

MAX_RETRIES = 3

_OWNER = """
SELECT id, public_sqid, handle, email, created_at, language
  FROM users LEFT JOIN account_language ON user_id = id
 WHERE id = $1
"""
_READY = """
UPDATE batch_download_requests
   SET status = 'ready', error_message = NULL, file_path = $2, file_size_bytes = $3, etag = $4, stored_bytes = $5,
       processed_count = artwork_count, missing = $6, completed_at = now(),
       expires_at = now() + make_interval(days => $7)
 WHERE id = $1
"""


class BuildRow(msgspec.Struct, frozen=True, kw_only=True):
    """The columns that a build needs."""

    id: UUID
    user_id: int
    attempt: int  # builds begun
    post_ids: Sequence[int]
    asset_ids: Sequence[int]  # of a download of files
    include_comments: bool
    include_reactions: bool
    send_email: bool
    takeout_id: UUID | None
    since: datetime | None  # of the takeout
    parts: Sequence[TakeoutPart] | None  # of the takeout


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """Whose archive it is."""

    sqid: str
    handle: str
    email: str | None
    created_at: datetime
    language: str | None


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
        self.missing: list[MissingRecord] = []

    async def run(self) -> Done:
        """Build, then publish."""
        began = time.perf_counter()
        owner = await self._load_owner()
        # A key of each attempt's own: no archive is ever overwritten, or removed in another's place.
        ending = ".zip" if self._is_whole else SUFFIX
        key = f"bdr/{owner.sqid}/{self._row.id}.{self._row.attempt}{ending}"
        self._references = None if self._is_whole else References(self._worker.vault, key)
        if self._row.attempt > 1:
            # If one object has changed, others may have too: after a restore or a move, all have.
            await forget_changed(self._worker.pool, self._worker.vault, await self._load_art_urls())
        async with new_object(self._worker.pool, self._worker.vault, key) as archive:
            stored = await self._write_what_can_be_read(archive, owner)
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
            await self._count(connection)
            await connection.execute(
                _READY,
                self._row.id,
                sealed.key,
                sealed.size,
                sealed.etag,
                sealed.stored_bytes,
                msgspec.to_builtins(self.missing),
                self._worker.settings.bdr_ttl_days,
            )
            await archive.keep(connection)
            if self._references is not None and self._references.has_library_files:
                await self._references.keep(connection, user_id=self._row.user_id)
            if self._row.send_email or self._row.takeout_id:
                return await announce(connection, [self._row.id])
        return False

    async def _count(self, connection: Connection) -> None:
        """Note how much the archive has, where the request did not say it."""

    async def _load_owner(self) -> Owner:
        row = await self._worker.pool.fetchrow(_OWNER, self._row.user_id)
        if row is None:
            raise PermanentError(translatable("The account of this request no longer exists."))
        return Owner(
            sqid=self._worker.ids.of(row["id"], row["public_sqid"]),
            handle=row["handle"],
            email=row["email"],
            created_at=row["created_at"],
            language=row["language"],
        )

    async def _load_art_urls(self) -> Sequence[str]:
        """The addresses of all files that the archive may have."""
        return await manifest.load_art_urls(self._worker.pool, self._row.post_ids)

    async def _write_what_can_be_read(self, target: NewObject, owner: Owner) -> Sealed:
        """Write the archive; start again, without it, for each artwork that disappears or changes meanwhile."""
        while True:
            try:
                self._written, self.missing = 0, []
                return await self._write(target, owner)
            except ObjectUnreadableError as error:
                if error.key in self._unreadable:
                    raise
                log.warning("bdr_archive_spoilt", error=str(error))
                self._unreadable.add(error.key)
                await target.restart()

    async def _write(self, target: NewObject, owner: Owner) -> Sealed:
        """Write the archive: the artworks in the request's order, then the documents about them.

        Raises:
            ObjectUnreadableError: an artwork is missing or has changed; write the archive again without it.
            PermanentError: there are no artworks, or together they are too large.
        """
        budget = self._budget()
        with closing(Records()) as records:
            async with ArchiveWriter(target.part, whole=self._is_whole) as archive:
                artworks, self.missing = await manifest.load_artworks(
                    self._worker.pool, self._worker.ids, owner_id=self._row.user_id, post_ids=self._row.post_ids
                )
                async with aclosing(self._added(archive, artworks, budget, self._report)) as runs:
                    async for found in runs:
                        records.add([artwork for artwork, _, is_in in found if is_in])
                if not self._written:
                    raise PermanentError(translatable("None of the requested artworks is available any more."))
                await self._write_documents(archive, owner.handle, records)
                return await archive.finish()

    def _budget(self) -> Budget:
        own = self._worker.settings.bdr_max_bytes
        return Budget(own=own, referred=MAX_REFERENCED_BYTES, whole=self._is_whole)

    async def _added(
        self,
        archive: ArchiveWriter,
        wanted: Sequence[W],
        budget: Budget,
        leave_out: Callable[[W, str], None],
        is_included: Callable[[W, Source], bool] = lambda _wanted, _source: True,
    ) -> AsyncGenerator[Sequence[tuple[W, Summed | None, bool]]]:
        """Add the files of these in their order; yields each with its file, and whether it is in the archive, by runs.

        Args:
            leave_out: called with what has no file now, and why.
            is_included: whether the archive is to have a file of the vault; remote ones it always has.
        """
        async with Sources[W](
            wanted,
            worker=self._worker,
            claimed=self._claimed,
            budget=budget,
            references=self._references,
            is_last_attempt=self._claimed.work.faults >= MAX_RETRIES,
            unreadable=self._unreadable,
            is_included=is_included,
        ) as sources:
            for run in sources.runs():
                if self._written:
                    async with self._claimed.slot_released():
                        pass  # builds that have waited longer compute first
                found = await self._add_run(archive, sources, run, leave_out, is_included)
                self._written += sum(file is not None for _, file, _ in found)
                yield found
                self._claimed.progress(self._written + len(self.missing))

    async def _add_run(
        self,
        archive: ArchiveWriter,
        sources: Sources[W],
        run: Sequence[W],
        leave_out: Callable[[W, str], None],
        is_included: Callable[[W, Source], bool],
    ) -> Sequence[tuple[W, Summed | None, bool]]:
        found: list[tuple[W, Summed | None, bool]] = []
        is_fetched = sources.is_fetched(run)
        async with sources.opened(run) as located:
            for each, file in zip(run, located, strict=True):
                if isinstance(file, ArtworkUnavailableError):
                    leave_out(each, str(file))
                    found.append((each, None, False))
                else:
                    found.append((each, file, is_fetched or is_included(each, file.source)))
            entries = [Entry(each.path, file.source, file.crc32) for each, file, is_in in found if file and is_in]
            if is_fetched:
                for entry in entries:
                    await archive.add_bytes(entry)
            else:
                await archive.add_sources(entries)
        return found

    def _report(self, artwork: Artwork, reason: str) -> None:
        log.warning("bdr_artwork_missing", post_id=artwork.post_id, reason=reason)
        self.missing.append(MissingRecord(sqid=artwork.record.sqid, title=artwork.record.title, reason=reason))

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
