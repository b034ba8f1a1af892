"""The kind of work ``bdr``: one attempt at building one request's archive (SPEC section 7)."""

import time
from collections.abc import Sequence
from contextlib import aclosing
from itertools import pairwise
from uuid import UUID

import msgspec

from ..archive import ArchiveWriter
from ..base.telemetry import BDR_ARTWORKS, BDR_BYTES, BDR_SECONDS, BDR_STATUS, log
from ..vault import UNREADABLE, ArtworkUnavailableError, ObjectUnreadableError, Stored
from ..vault.leftovers import NewObject, new_object
from ..work.context import WorkerContext
from ..work.held import Claimed, Held
from ..work.kind import Done, Failed, Kind, Outcome, PermanentError
from ..work.queue import Queue
from . import manifest
from .mail import announce, announce_failed
from .manifest import Artwork
from .queries import Missing
from .sources import Sources

TIME_LIMIT_SECONDS = 3600.0
# Builds that compute at the same time in a process; more of them wait for each other's interpreter lock.
AT_ONCE = 2


_READY = """
       status = 'ready', error_message = NULL, file_path = $4, file_size_bytes = $5, etag = $9,
       processed_count = $6, missing = $7, completed_at = now(),
       expires_at = now() + make_interval(days => $8)"""


class BuildRow(Claimed, frozen=True, kw_only=True):
    """What a build needs of its request."""

    id: UUID
    post_ids: Sequence[int]
    include_comments: bool
    include_reactions: bool
    send_email: bool


async def build_download(worker: WorkerContext, held: Held[BuildRow]) -> Outcome:
    """Build a request's archive and publish it."""
    build = Build(worker, held)
    try:
        return await build.run()
    except PermanentError as error:
        return Failed(str(error), also={"missing": msgspec.to_builtins(build.missing)})


BDR = Kind(
    name="bdr",
    queue=Queue.DOWNLOADS,
    table="batch_download_requests",
    key=UUID,
    running="processing",
    is_wanted="deleted_at IS NULL",
    row=BuildRow,
    run=build_download,
    progress=("processed_count",),
    on_claim="started_at = now(), processed_count = 0, missing = '[]'",
    on_release="processed_count = 0",
    on_fail="completed_at = now()",
    when_failed=announce_failed,
    entered=lambda status: BDR_STATUS.labels(status).inc(),
    needs=("store",),
    time_limit_seconds=TIME_LIMIT_SECONDS,
    places=24,  # many wait for other people's servers
    at_once=AT_ONCE,
    gave_up="The archive could not be built, although it was tried several times. Please try again later.",
    kept_dying="The archive could not be built: it was begun several times and never came to its end.",
)


class SpoiltError(Exception):
    """An artwork broke off in the middle of its entry, and with it the archive; it is known by now."""


class Build:
    """One attempt, from the claimed row to the published archive."""

    def __init__(self, worker: WorkerContext, held: Held[BuildRow]) -> None:
        self._worker = worker
        self._held = held
        self._row = held.row
        self._written: list[Artwork] = []
        self._unreadable: set[str] = set()
        self.missing: list[Missing] = []

    async def run(self) -> Done:
        """Build, then publish.

        Raises:
            PermanentError: no retry can help.
            LeaseLostError: the request is not ours any more.
            Exception: anything that may pass.
        """
        began = time.perf_counter()
        owner_sqid, handle = await self._load_owner()
        # Each attempt has a name of its own: no archive is ever overwritten, and none is removed in another's place.
        key = f"bdr/{owner_sqid}/{self._row.id}.{self._row.attempt}.zip"
        async with new_object(self._worker.pool, self._worker.vault, key) as archive:
            stored = await self._write_what_can_be_read(archive, handle)
            mails = await self._publish(archive, stored)
        BDR_STATUS.labels("ready").inc()
        BDR_SECONDS.observe(time.perf_counter() - began)
        BDR_BYTES.observe(stored.size)
        BDR_ARTWORKS.observe(len(self._written))
        log.info(
            "bdr_ready",
            bytes=stored.size,
            artworks=len(self._written),
            missing=len(self.missing),
            seconds=time.perf_counter() - began,
        )
        if mails:
            await self._worker.queues.put(Queue.MAILS)
        return Done()

    async def _publish(self, archive: NewObject, stored: Stored) -> Sequence[int]:
        """Make the request ready: its row names the archive, which lies in the vault already.

        A zombie gets no row, and its archive is a leftover. A crash before the commit leaves a request that is built
        again.

        Returns:
            The ids of the mails that tell of it.
        """
        async with self._worker.pool.acquire() as connection, connection.transaction():
            await self._held.settle(
                connection,
                _READY,
                stored.key,
                stored.size,
                len(self._row.post_ids),
                msgspec.to_builtins(self.missing),
                self._worker.settings.bdr_ttl_days,
                stored.etag,
            )
            await archive.keep(connection)
            return await announce(connection, [self._row.id]) if self._row.send_email else ()

    async def _load_owner(self) -> tuple[str, str]:
        row = await self._worker.pool.fetchrow(
            "SELECT id, public_sqid, handle FROM users WHERE id = $1", self._row.user_id
        )
        if row is None:
            raise PermanentError("The account of this request is gone.")
        return self._worker.ids.of(row["id"], row["public_sqid"]), row["handle"]

    async def _write_what_can_be_read(self, target: NewObject, handle: str) -> Stored:
        """Write the archive, and anew for each artwork that breaks off in the middle of its entry: without that one."""
        while True:
            try:
                return await self._write(target, handle)
            except SpoiltError:
                await target.begin_again()

    async def _write(self, target: NewObject, handle: str) -> Stored:
        """Write the archive: the artworks in the request's order, then the documents about them.

        Raises:
            SpoiltError: it must be written again; each time fewer artworks are left.
            PermanentError: there is no artwork at all, or they are too large together.
        """
        self._written.clear()
        async with self._worker.pool.acquire() as connection:
            artworks, self.missing = await manifest.load_artworks(
                connection, self._worker.ids, owner_id=self._row.user_id, post_ids=self._row.post_ids
            )
        async with self._sources(artworks) as sources, ArchiveWriter(target.part) as archive:
            for run, following in pairwise([*sources.runs(), ()]):
                await self._write_run(archive, sources, run, following)
                self._held.progress(len(self._written) + len(self.missing))
                async with self._held.slot_released():
                    pass  # who has waited longer computes first
            if not self._written:
                raise PermanentError("None of the requested artworks can be had any more.")
            await self._write_documents(archive, handle)
            return await archive.finish()

    def _sources(self, artworks: Sequence[Artwork]) -> Sources:
        return Sources(
            artworks,
            vault=self._worker.vault,
            remote=self._worker.remote,
            settings=self._worker.settings,
            held=self._held,
            is_last_chance=self._row.faults >= BDR.max_retries,
            unreadable=self._unreadable,
        )

    async def _write_run(
        self, archive: ArchiveWriter, sources: Sources, run: Sequence[Artwork], following: Sequence[Artwork]
    ) -> None:
        # What was fetched lies on our own disk: that it cannot be read is no fault of the artwork.
        in_vault = {source.key for source in sources.at_hand(run)}
        left_out: set[str] = set()

        def leave_out(error: ObjectUnreadableError) -> None:
            if error.key not in in_vault:
                raise error
            log.warning("bdr_artwork_left_out", error=str(error))
            left_out.add(error.key)

        try:
            async with sources.opened(run) as found:
                names = [f"artworks/{artwork.record.filename}" for artwork in run]
                await archive.add_sources(
                    list(zip(names, found, strict=True)), then=sources.at_hand(following), leave_out=leave_out
                )
        except ArtworkUnavailableError as error:
            self._report(run[0], str(error))
        except ObjectUnreadableError as error:
            if error.key not in in_vault:
                raise
            log.warning("bdr_archive_spoilt", error=str(error))
            self._unreadable.add(error.key)
            raise SpoiltError from error
        else:
            for artwork, source in zip(run, found, strict=True):
                if source.key in left_out:
                    self._report(artwork, UNREADABLE)
                else:
                    self._written.append(artwork)

    def _report(self, artwork: Artwork, reason: str) -> None:
        log.warning("bdr_artwork_missing", post_id=artwork.post_id, reason=reason)
        self.missing.append(Missing(sqid=artwork.record.sqid, title=artwork.record.title, reason=reason))

    async def _write_documents(self, archive: ArchiveWriter, handle: str) -> None:
        metadata = manifest.Metadata(
            generated_at=manifest.now(),
            user_handle=handle,
            artwork_count=len(self._written),
            requested_count=len(self._row.post_ids),
            artworks=[artwork.record for artwork in self._written],
            missing=self.missing,
        )
        await archive.add_text("metadata.json", lambda: manifest.render(metadata))
        if not (self._row.include_comments or self._row.include_reactions):
            return
        async with self._worker.pool.acquire() as connection:
            if self._row.include_comments:
                async with aclosing(manifest.comments_json(connection, self._written)) as chunks:
                    await archive.add_stream("comments.json", chunks)
            if self._row.include_reactions:
                reactions = await manifest.load_reactions(connection, self._written)
                await archive.add_text("reactions.json", lambda: manifest.render(reactions))
