"""The job ``process_bdr_job``: one attempt at building one request's archive (SPEC section 7)."""

import asyncio
import random
import time
from collections.abc import Sequence
from typing import Any, TypeAlias
from uuid import UUID

import msgspec
import structlog

from ..archive import ArchiveWriter
from ..ops.telemetry import BDR_ARTWORKS, BDR_BYTES, BDR_SECONDS, BDR_STATUS, log
from ..vault import ArtworkUnavailableError, Stored
from ..vault.leftovers import NewObject, new_object
from ..work.context import WorkerContext
from . import lease, manifest
from .lease import Lease, LeaseLostError
from .manifest import Artwork
from .queries import Missing
from .sources import PermanentError, Sources

MAX_RETRIES = 3
RETRY_BASE_SECONDS = 5.0
RETRY_CAP_SECONDS = 600.0


class Ready(msgspec.Struct, frozen=True):
    """The archive is published."""

    file_size_bytes: int
    artwork_count: int
    missing: Sequence[Missing]


class Retry(msgspec.Struct, frozen=True):
    """Something that may pass: try again later."""

    delay_seconds: float
    error: str


class Failed(msgspec.Struct, frozen=True):
    """The request has ended without an archive."""

    error_message: str
    missing: Sequence[Missing] = ()


class Lost(msgspec.Struct, frozen=True):
    """The lease was lost on the way: whatever becomes of the request, it is not ours to say."""


Outcome: TypeAlias = Ready | Retry | Failed | Lost


async def process_bdr_job(context: dict[str, Any], bdr_id: str) -> None:
    """Claim the request, build and publish its archive, and settle how that ended."""
    worker: WorkerContext = context["worker"]
    with structlog.contextvars.bound_contextvars(bdr_id=bdr_id):
        claimed = await lease.claim(worker.pool, UUID(bdr_id))
        if claimed is None:
            log.info("bdr_not_waiting")
            return
        BDR_STATUS.labels("processing").inc()
        log.info("bdr_processing", attempt=claimed.attempt, artworks=len(claimed.post_ids))
        began = time.perf_counter()
        try:
            outcome = await _attempt(worker, claimed)
        except asyncio.CancelledError:
            # The worker is stopping: hand the request over at once instead of letting the lease run out.
            await asyncio.shield(_hand_over(worker, claimed))
            raise
        await _settle(worker, claimed, outcome, seconds=time.perf_counter() - began)


async def _attempt(worker: WorkerContext, claimed: Lease) -> Outcome:
    build = Build(worker, claimed)
    try:
        return await build.run()
    except LeaseLostError:
        return Lost()
    except PermanentError as error:
        return Failed(str(error), build.missing)
    except Exception as error:
        # Whatever else goes wrong (storage, database, a bug) may pass; nothing may leave a request without an end.
        log.warning("bdr_attempt_failed", attempt=claimed.attempt, exc_info=True)
        if claimed.faults < MAX_RETRIES:
            return Retry(retry_delay(claimed.faults), repr(error))
        return Failed("The archive could not be built, although it was tried several times. Please try again later.")


async def _settle(worker: WorkerContext, claimed: Lease, outcome: Outcome, *, seconds: float) -> None:
    match outcome:
        case Ready(file_size_bytes, artwork_count, missing):
            BDR_STATUS.labels("ready").inc()
            BDR_SECONDS.observe(seconds)
            BDR_BYTES.observe(file_size_bytes)
            BDR_ARTWORKS.observe(artwork_count)
            await _ring_for_message(worker, claimed)
            log.info(
                "bdr_ready",
                bytes=file_size_bytes,
                artworks=artwork_count,
                missing=len(missing),
                seconds=seconds,
            )
        case Retry(delay_seconds, error):
            if await lease.release(worker.pool, claimed, fault=True, delay_seconds=delay_seconds):
                BDR_STATUS.labels("pending").inc()
                log.warning("bdr_retry", error=error, delay_seconds=delay_seconds)
                await worker.doorbell.ring_bdr(claimed.id, claimed.attempt, delay_seconds=delay_seconds)
        case Failed(error_message, missing):
            if await lease.fail(worker.pool, claimed, error_message=error_message, missing=missing):
                BDR_STATUS.labels("failed").inc()
                log.error("bdr_failed", error=error_message)
                await _ring_for_message(worker, claimed)
        case Lost():
            log.warning("bdr_lease_lost", attempt=claimed.attempt)


async def _ring_for_message(worker: WorkerContext, claimed: Lease) -> None:
    if claimed.send_email:
        await worker.doorbell.ring_email(claimed.id, claimed.attempt, tries=0)


async def _hand_over(worker: WorkerContext, claimed: Lease) -> None:
    if await lease.release(worker.pool, claimed, fault=False, delay_seconds=0):
        log.info("bdr_handed_over", attempt=claimed.attempt)
        await worker.doorbell.ring_bdr(claimed.id, claimed.attempt)


def retry_delay(faults: int) -> float:
    """Seconds to wait after this many earlier faults: exponential, with jitter, capped."""
    longest = min(RETRY_BASE_SECONDS * 4.0**faults, RETRY_CAP_SECONDS)
    return longest * random.uniform(0.5, 1)  # noqa: S311 - jitter, not a secret


class Build:
    """One attempt, from the lease to the published archive."""

    def __init__(self, worker: WorkerContext, claimed: Lease) -> None:
        self._worker = worker
        self._lease = claimed
        self._written: list[Artwork] = []
        self.missing: list[Missing] = []

    async def run(self) -> Ready:
        """Build under the lease, then publish.

        Raises:
            PermanentError: no retry can help.
            LeaseLostError: the request is not ours any more.
            Exception: anything that may pass.
        """
        pool, claimed, vault = self._worker.pool, self._lease, self._worker.vault
        owner_sqid, handle = await self._load_owner()
        # Each attempt has a name of its own: no archive is ever overwritten, and none is removed in another's place.
        key = f"bdr/{owner_sqid}/{claimed.id}.{claimed.attempt}.zip"
        async with new_object(pool, vault, key) as archive:
            stored = await lease.while_held(pool, claimed, self._write(archive, handle), progress=self._progress)
            published = await lease.publish(
                pool,
                claimed,
                keep=archive.keep,
                stored=stored,
                processed_count=len(claimed.post_ids),
                missing=self.missing,
                ttl_days=self._worker.settings.bdr_ttl_days,
            )
        if not published:
            raise LeaseLostError
        return Ready(stored.size, len(self._written), self.missing)

    async def _load_owner(self) -> tuple[str, str]:
        row = await self._worker.pool.fetchrow(
            "SELECT id, public_sqid, handle FROM users WHERE id = $1", self._lease.user_id
        )
        if row is None:
            raise PermanentError("The account of this request is gone.")
        return self._worker.ids.of(row["id"], row["public_sqid"]), row["handle"]

    def _progress(self) -> int:
        return len(self._written) + len(self.missing)

    async def _write(self, target: NewObject, handle: str) -> Stored:
        """Write the archive: the artworks in the request's order, then the documents about them.

        Raises:
            PermanentError: there is no artwork at all, or they are too large together.
        """
        async with self._worker.pool.acquire() as connection:
            artworks, self.missing = await manifest.load_artworks(
                connection, self._worker.ids, owner_id=self._lease.user_id, post_ids=self._lease.post_ids
            )
        async with self._sources(artworks) as sources, ArchiveWriter(target.part) as archive:
            for artwork in artworks:
                await self._write_artwork(archive, sources, artwork)
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
            is_last_chance=self._lease.faults >= MAX_RETRIES,
        )

    async def _write_artwork(self, archive: ArchiveWriter, sources: Sources, artwork: Artwork) -> None:
        try:
            async with sources.source_of(artwork) as source:
                await archive.add_source(f"artworks/{artwork.record.filename}", source)
                self._written.append(artwork)
        except ArtworkUnavailableError as error:
            self._report(artwork, str(error))

    def _report(self, artwork: Artwork, reason: str) -> None:
        log.warning("bdr_artwork_missing", post_id=artwork.post_id, reason=reason)
        self.missing.append(Missing(sqid=artwork.record.sqid, title=artwork.record.title, reason=reason))

    async def _write_documents(self, archive: ArchiveWriter, handle: str) -> None:
        metadata = manifest.Metadata(
            generated_at=manifest.now(),
            user_handle=handle,
            artwork_count=len(self._written),
            requested_count=len(self._lease.post_ids),
            artworks=[artwork.record for artwork in self._written],
            missing=self.missing,
        )
        await archive.add_text("metadata.json", lambda: manifest.render(metadata))
        async with self._worker.pool.acquire() as connection:
            if self._lease.include_comments:
                comments = await manifest.load_comments(connection, self._written)
                await archive.add_text("comments.json", lambda: manifest.render(comments))
            if self._lease.include_reactions:
                reactions = await manifest.load_reactions(connection, self._written)
                await archive.add_text("reactions.json", lambda: manifest.render(reactions))
