"""The kind of work ``export``: one attempt at building a pack's next edition (LIBRARY section 5).

A pack is a promise: a file that cannot be read, or is another than was uploaded, ends the build with its name, where a
download would deliver what there is. The edition before stays as it is until this one is published, and if it fails.
"""

import asyncio
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial

import msgspec

from ..archive import ArchiveWriter
from ..archive.writer import Written
from ..assets.asset import key_of
from ..base.telemetry import log
from ..identity.users import find_sqid
from ..vault import Stored
from ..vault.leftovers import NewObject, new_object
from ..work.context import WorkerContext
from ..work.held import Claimed, Held
from ..work.kind import Done, Kind, Outcome, PermanentError
from ..work.queue import Queue
from . import documents
from .checks import load_edition
from .contents import Edition, Entry
from .licensing import refusal
from .previews import draw_previews
from .queries import KEPT_EDITIONS
from .verified import HashedPart, HashThread, OtherBytesError, UnreadableError, VerifiedSource

TIME_LIMIT_SECONDS = 3600.0
MAX_RETRIES = 3
# Of the progress in per cent: what the previews take, and what is left for publishing.
_PREVIEWS, _WRITTEN = 10.0, 98.0


class ExportRow(Claimed, frozen=True, kw_only=True):
    """What a build needs of its task."""

    id: int
    pack_id: int
    created_at: datetime


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """An archive that is written and sealed."""

    stored: Stored
    digest: str


async def export_pack(worker: WorkerContext, held: Held[ExportRow]) -> Outcome:
    """Build the pack's next edition, verify it and publish it.

    Raises:
        PermanentError: no retry can help; the message names the file.
        LeaseLostError: the task is cancelled, or somebody else's now.
        Exception: anything that may pass.
    """
    row = held.row
    checked = await load_edition(
        worker.pool, worker.settings, user_id=row.user_id, pack_id=row.pack_id, dated=row.created_at
    )
    if checked is None:
        raise PermanentError("The pack has been removed.", "gone")
    if checked.conflicts:
        raise PermanentError(refusal(checked.conflicts), "conflicts")
    edition = checked.edition
    held.progress(0, "drawing previews")
    previews = await draw_previews(worker.vault, edition.entries)
    key = f"packs/{await _owner_sqid(worker, row.user_id)}/{row.pack_id}/{edition.edition}.{row.id}-{row.attempt}.zip"
    async with new_object(worker.pool, worker.vault, key) as archive:
        built = await _Build(worker, held, edition, previews).write(archive)
        await _publish(worker, held, edition, built, archive)
    log.info("pack_exported", pack_id=row.pack_id, edition=edition.edition, bytes=built.stored.size)
    return Done()


async def _owner_sqid(worker: WorkerContext, user_id: int) -> str:
    sqid = await find_sqid(worker.pool, worker.ids, user_id)
    if sqid is None:
        raise PermanentError("The account of this pack is gone.", "gone")
    return sqid


class _Build:
    """One attempt at writing an edition's archive."""

    def __init__(
        self, worker: WorkerContext, held: Held[ExportRow], edition: Edition, previews: Mapping[str, bytes]
    ) -> None:
        self._worker = worker
        self._held = held
        self._edition = edition
        self._previews = previews
        self._done = 0

    async def write(self, target: NewObject) -> Built:
        """Everything into the archive; it is sealed when each file's hash and the directory are what they must be."""
        edition = self._edition
        texts = await asyncio.to_thread(documents.render, edition, list(self._previews))
        texts |= self._previews
        texts["checksums.txt"] = documents.checksums(edition, texts)
        with HashThread() as of_files, HashThread() as of_archive, self._files_named():
            part = HashedPart(target.part, of_archive)
            async with ArchiveWriter(part, dated=edition.dated) as archive:
                for path, text in texts.items():
                    await archive.add_text(f"{edition.folder}/{path}", partial(bytes, text))
                for entry in edition.entries:
                    await self._add(archive, entry, of_files)
                await asyncio.to_thread(of_files.wait)
                _verify(archive.written(), _expected(edition, texts))
                stored = await archive.finish()
            return Built(stored=stored, digest=await asyncio.to_thread(part.hexdigest))

    async def _add(self, archive: ArchiveWriter, entry: Entry, hashes: HashThread) -> None:
        file = entry.file
        share = self._done / max(1, self._edition.size_bytes)
        self._held.progress(_PREVIEWS + (_WRITTEN - _PREVIEWS) * share, f"packing {file.name}"[:80])
        source = await self._worker.vault.find(key_of(file.path))
        if source is None:
            raise PermanentError(f"“{file.name}” cannot be packed: its bytes are gone. Send it again.", "file_gone")
        if source.size != file.size_bytes:
            raise OtherBytesError(file.name)
        verified = VerifiedSource(source, name=file.name, digest=file.hash, thread=hashes)
        await archive.add_sources([(f"{self._edition.folder}/{entry.rel_path}", verified)])
        self._done += file.size_bytes

    @contextmanager
    def _files_named(self) -> Iterator[None]:
        """What is wrong with a file, as the artist reads it.

        Raises:
            PermanentError: it is for good.
        """
        try:
            yield
        except OtherBytesError as error:
            raise PermanentError(
                f"“{error.name}” cannot be packed: its bytes are not those that were uploaded. Send it again.",
                "file_damaged",
            ) from error
        except UnreadableError as error:
            if self._held.row.faults < MAX_RETRIES:
                raise
            raise PermanentError(
                f"“{error.name}” cannot be packed: its bytes could not be read, although it was tried several times.",
                "file_unreadable",
            ) from error


def _expected(edition: Edition, texts: Mapping[str, bytes]) -> list[tuple[str, int, int | None]]:
    """What the archive's directory must say, in its order; a CRC-32 of None was never computed."""
    return [(f"{edition.folder}/{path}", len(text), zlib.crc32(text)) for path, text in texts.items()] + [
        (f"{edition.folder}/{entry.rel_path}", entry.file.size_bytes, entry.file.crc32) for entry in edition.entries
    ]


def _verify(written: list[Written], expected: list[tuple[str, int, int | None]]) -> None:
    """Compare names, sizes and CRCs of the archive with what it is made of.

    Raises:
        RuntimeError: they differ, which only a fault of ours or of the memory can do; it may pass.
    """
    found = [
        (name, size, crc32 if known is not None else None)
        for (name, size, crc32), (_name, _size, known) in zip(written, expected, strict=False)
    ]
    if len(written) != len(expected) or found != expected:
        raise RuntimeError("the archive does not hold what its list says")


_COMPLETED = """
       status = 'completed', progress = 100, step = NULL, completed_at = now(), result_path = $4, result_bytes = $5"""

_PUBLISH = """
WITH published AS (
    UPDATE pack
       SET edition = $2, export_path = $3, exported_at = now(), export_hash = $4, export_bytes = $5, license_text = $6
     WHERE id = $1 AND edition = $2 - 1 AND deleted_at IS NULL
    RETURNING id)
INSERT INTO pack_edition (pack_id, edition, key, size_bytes, hash, etag, asset_count)
SELECT id, $2, $3, $5, $4, $7, $8 FROM published
RETURNING pack_id
"""


async def _publish(
    worker: WorkerContext, held: Held[ExportRow], edition: Edition, built: Built, archive: NewObject
) -> None:
    """Name the archive in its rows; the editions before the last three are left to the sweep.

    A zombie gets no row, and its archive is a leftover. A crash before the commit leaves a task that is done again.
    """
    pack_id, stored = held.row.pack_id, built.stored
    async with worker.pool.acquire() as connection, connection.transaction():
        await held.settle(connection, _COMPLETED, stored.key, stored.size)
        named = await connection.fetchrow(
            _PUBLISH,
            pack_id,
            edition.edition,
            stored.key,
            built.digest,
            stored.size,
            documents.license_document(edition),
            stored.etag,
            len(edition.entries),
        )
        if named is None:
            raise PermanentError("The pack has been removed.", "gone")
        await connection.execute(
            "DELETE FROM pack_edition WHERE pack_id = $1 AND edition <= $2", pack_id, edition.edition - KEPT_EDITIONS
        )
        await archive.keep(connection)


EXPORTS = Kind(
    name="export",
    queue=Queue.PACKS,
    table="job",
    key=int,
    running="running",
    is_wanted="kind = 'export_pack'",
    row=ExportRow,
    run=export_pack,
    progress=("progress", "step"),
    error_code="error_code",
    on_claim="started_at = coalesce(started_at, now()), progress = 0, step = NULL",
    on_fail="completed_at = now()",
    needs=("store",),
    time_limit_seconds=TIME_LIMIT_SECONDS,
    places=2,
    running_per_user=1,
    max_retries=MAX_RETRIES,
    gave_up="The pack could not be built, although it was tried several times. Please try again later.",
    kept_dying="The pack could not be built: it was begun several times and never came to its end.",
)
