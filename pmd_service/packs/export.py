"""Background work of kind ``export``: one attempt at building a pack's next edition (LIBRARY section 5).

Unlike a download, an export fails if any file is unreadable or has changed, and names it. The previous edition stays
until this one is published, and if it fails.

In a thread: rendering documents, and hashing files in one hop.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import msgspec

from ..archive.references import References
from ..archive.sparse import SUFFIX, Sealed
from ..archive.sums import OTHER_BYTES, Located, Summed, forget_changed, locate_summed
from ..archive.writer import ArchiveWriter, Entry
from ..assets.disk import reserve_disk
from ..base.telemetry import log
from ..identity.users import find_sqid
from ..vault import UNREADABLE, ArtworkUnavailableError
from ..vault.leftovers import NewObject, new_object
from ..work.claimed import Claimed
from ..work.context import WorkerContext
from ..work.job_rows import RELEASE, fail_jobs, write_progress
from ..work.kind import Done, Kind, Outcome, PermanentError
from ..work.queue import Queue
from . import documents
from .checks import load_edition
from .contents import Edition
from .exports import ExportRequest
from .licensing import PackFile, refusal
from .previews import DrawnCover, draw_previews, may_be_drawn
from .queries import KEPT_EDITIONS
from .stripped import Copy, Ready, stripped
from .verified import UnreadableError, damaged, find_stale, note_verified, verify

TIME_LIMIT_SECONDS = 3600.0
MAX_RETRIES = 3
# The progress in per cent after the previews, after verification, and before packing.
_PREVIEWS, _VERIFIED, _PACKING = 10.0, 90.0, 95.0


class ExportRow(msgspec.Struct, frozen=True, kw_only=True):
    """The columns that a build needs."""

    id: int
    user_id: int
    pack_id: int
    created_at: datetime
    params_json: str


async def export_pack(worker: WorkerContext, claimed: Claimed[ExportRow]) -> Outcome:
    """Build the pack's next edition, verify it and publish it."""
    row = claimed.row
    # All of one moment, although the artist may change the pack meanwhile.
    async with worker.pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        checked = await load_edition(
            connection, worker.settings, user_id=row.user_id, pack_id=row.pack_id, dated=row.created_at
        )
    if checked is None:
        raise PermanentError("The pack has been removed.", "gone")
    if checked.conflicts:
        raise PermanentError(refusal(checked.conflicts), "conflicts")
    edition = checked.edition
    claimed.progress(0, "drawing previews")
    previews, cover = await draw_previews(worker.vault, edition.entries, edition.cover)
    is_whole = worker.settings.archives == "whole"
    name = f"{edition.edition}.{row.id}-{claimed.work.attempt}{'.zip' if is_whole else SUFFIX}"
    key = f"packs/{await _owner_sqid(worker, row.user_id)}/{row.pack_id}/{name}"
    async with new_object(worker.pool, worker.vault, key) as archive:
        references = None if is_whole else References(worker.vault, key)
        build = _Build(worker, claimed, edition, previews, cover)
        sealed = await build.write(archive, references)
        await build.publish(sealed, archive, references)
    log.info("pack_exported", pack_id=row.pack_id, edition=edition.edition, bytes=sealed.size)
    return Done()


async def _owner_sqid(worker: WorkerContext, user_id: int) -> str:
    sqid = await find_sqid(worker.pool, worker.ids, user_id)
    if sqid is None:
        raise PermanentError("The account of this pack is deleted.", "gone")
    return sqid


_CLAIM = """
WITH claimed AS (SELECT work FROM claim_work('export', $1, $2, $3) AS work),
     started AS (UPDATE job
                    SET status = 'running', started_at = coalesce(job.started_at, now()), progress = 0, step = NULL
                   FROM claimed
                  WHERE job.id = (work).subject::bigint AND job.status IN ('pending', 'running')
                 RETURNING job.id, job.user_id, pack_id, job.created_at, params_json)
SELECT work, started.* FROM claimed LEFT JOIN started ON true
"""
# A later export supersedes it.
_RESTART = """
UPDATE job
   SET status = 'pending', error_message = NULL, error_code = NULL, progress = 0, step = NULL, started_at = NULL,
       completed_at = NULL
 WHERE id = $1 AND status = 'failed'
   AND NOT EXISTS (SELECT FROM job AS later WHERE later.pack_id = job.pack_id AND later.id > job.id)
RETURNING id
"""
_COMPLETE = """
UPDATE job
   SET status = 'completed', progress = 100, step = NULL, completed_at = now(), result_path = $2, result_size_bytes = $3
 WHERE id = $1
"""

_PUBLISH = """
WITH published AS (
    UPDATE pack
       SET edition = $2, export_path = $3, exported_at = now(), export_hash = $4, export_size_bytes = $5,
           license_text = $6
     WHERE id = $1 AND edition = $2 - 1 AND deleted_at IS NULL
    RETURNING id)
INSERT INTO pack_edition (pack_id, edition, key, size_bytes, hash, etag, asset_count, stored_bytes, asset_ids, marks,
                          cover, cover_fills, version, changes, sounds, file_ids, built_from)
SELECT id, $2, $3, $5, $4, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18 FROM published
RETURNING pack_id
"""
_FORGET = "DELETE FROM pack_edition WHERE pack_id = $1 AND edition <= $2"


class _Build:
    """One attempt at writing an edition's archive, and at publishing it."""

    def __init__(
        self,
        worker: WorkerContext,
        claimed: Claimed[ExportRow],
        edition: Edition,
        previews: Mapping[str, bytes],
        cover: DrawnCover | None,
    ) -> None:
        self._worker = worker
        self._claimed = claimed
        self._edition = edition
        self._previews = previews
        self._cover = cover
        # Where the stripped copies of sounds lie in the archive: the first byte and the size, by asset id.
        self._sounds: dict[str, tuple[int, int]] = {}

    async def write(self, target: NewObject, references: References | None) -> Sealed:
        """Write and seal the archive, after checking that each file has the bytes that were uploaded."""
        try:
            located = await self._locate()
        except UnreadableError as error:
            if self._claimed.work.faults < MAX_RETRIES:
                raise
            raise PermanentError(
                f"“{error}” cannot be packed: it could not be read, even after several attempts.",
                "file_unreadable",
            ) from error
        async with self._ready(located, is_whole=references is None) as ready:
            return await self._pack(ready, target, references)

    @asynccontextmanager
    async def _ready(self, located: Sequence[Summed], *, is_whole: bool) -> AsyncIterator[Ready]:
        """The edition with the files themselves, or with copies without personal metadata."""
        if self._edition.marks == "keep":
            worker, size = self._worker, self._edition.size_bytes if is_whole else 0
            async with reserve_disk(worker.pool, size_bytes=size, free=await worker.vault.free_bytes()):
                yield Ready(self._edition, located)
            return
        self._claimed.progress(_VERIFIED, "removing personal metadata")
        async with stripped(self._worker, self._claimed.row.user_id, self._edition, located) as ready:
            yield ready

    async def _pack(self, ready: Ready, target: NewObject, references: References | None) -> Sealed:
        edition = ready.edition
        texts = await asyncio.to_thread(documents.render, edition, list(self._previews))
        texts |= self._previews
        texts["checksums.txt"] = documents.checksums(edition, texts)
        own, others = [], []
        for packed, summed in zip(edition.entries, ready.located, strict=True):
            entry = Entry(f"{edition.folder}/{packed.rel_path}", summed.source, summed.crc32)
            if isinstance(summed.source, Copy):
                own.append((packed.file, entry))
            else:
                others.append(entry)
        if references is not None:
            lasting = await references.add([entry.source for entry in others])
            others = [entry._replace(source=source) for entry, source in zip(others, lasting, strict=True)]
        async with ArchiveWriter(target.part, dated=edition.dated, whole=references is None) as archive:
            for path, text in texts.items():
                await archive.add_text(f"{edition.folder}/{path}", text)
            self._claimed.progress(_PACKING, "packing")
            await archive.add_sources(others)
            for file, entry in own:
                begins = await archive.add_bytes(entry)
                if file.type == "audio":
                    self._sounds[str(file.asset_id)] = begins, entry.source.size
            return await archive.finish()

    async def _locate(self) -> list[Summed]:
        """The files in the vault; those not verified for a month are verified now."""
        files = [entry.file for entry in self._edition.entries]
        paths = [file.path for file in files]
        await forget_changed(self._worker.pool, self._worker.vault, paths)
        found = await locate_summed(self._worker.pool, self._worker.vault, paths)
        located = [_require_there(file, each) for file, each in zip(files, found, strict=True)]
        stale = await find_stale(self._worker.pool, [file.asset_id for file in files])
        verified: list[int] = []
        done = 0
        for file, summed in zip(files, located, strict=True):
            if file.asset_id in stale:
                share = done / max(1, self._edition.size_bytes)
                self._claimed.progress(_PREVIEWS + (_VERIFIED - _PREVIEWS) * share, f"verifying {file.name}"[:80])
                await asyncio.to_thread(verify, summed, name=file.name)
                verified.append(file.asset_id)
            done += file.size_bytes
        await note_verified(self._worker.pool, verified)
        return located

    async def publish(self, sealed: Sealed, archive: NewObject, references: References | None) -> None:
        """Record the archive as the new edition, and drop all but the last three.

        A stale attempt updates no row, and its archive is a leftover. After a crash before the commit the task is
        repeated.
        """
        row, edition = self._claimed.row, self._edition
        params = msgspec.json.decode(row.params_json, type=ExportRequest)
        async with self._worker.pool.acquire() as connection, connection.transaction():
            await self._claimed.end(connection)
            await connection.execute(_COMPLETE, row.id, sealed.key, sealed.size)
            named = await connection.fetchrow(
                _PUBLISH,
                row.pack_id,
                edition.edition,
                sealed.key,
                sealed.digest,
                sealed.size,
                documents.license_document(edition),
                sealed.etag,
                len(edition.entries),
                sealed.stored_bytes,
                [entry.file.asset_id for entry in edition.entries if may_be_drawn(entry)],
                edition.marks,
                self._cover and self._cover.picture,
                self._cover is not None and self._cover.fills,
                params.version,
                params.changes,
                self._sounds if edition.marks == "strip" else None,
                [entry.file.asset_id for entry in edition.entries],
                edition.updated_at,
            )
            if named is None:
                raise PermanentError("The pack has been removed.", "gone")
            await connection.execute(_FORGET, row.pack_id, edition.edition - KEPT_EDITIONS)
            await archive.keep(connection)
            if references is not None:
                await references.keep(connection, user_id=row.user_id)


def _require_there(file: PackFile, found: Located) -> Summed:
    if isinstance(found, ArtworkUnavailableError):
        if str(found) == UNREADABLE:
            raise UnreadableError(file.name) from found
        if str(found) == OTHER_BYTES:
            raise damaged(file.name) from found
        raise PermanentError(f"“{file.name}” cannot be packed: it is missing. Please upload it again.", "file_gone")
    if found.source.size != file.size_bytes or file.crc32 not in (None, found.crc32):
        raise damaged(file.name)
    return found


EXPORTS = Kind(
    name="export",
    queue=Queue.PACKS,
    key=int,
    row=ExportRow,
    run=export_pack,
    claim=_CLAIM,
    release=RELEASE,
    write_progress=write_progress,
    fail=fail_jobs,
    restart=_RESTART,
    needs=("store",),
    time_limit_seconds=TIME_LIMIT_SECONDS,
    concurrency=2,
    running_per_user=1,
    max_retries=MAX_RETRIES,
    gave_up_message="The pack could not be built, although it was tried several times. Please try again later.",
    kept_dying_message="The pack could not be built: every attempt was cut off before it was finished.",
)
