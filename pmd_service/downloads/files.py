"""Downloads of files of the library, chosen or of a folder: their request, and one attempt at building the archive."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self

import msgspec
from msgspec import Meta

from ..archive.names import ArchiveNames, safe_name
from ..archive.sparse import Sealed
from ..archive.writer import ArchiveWriter, Entry
from ..base.database import Connection, Pool, find_all, lock
from ..base.settings import Settings
from ..base.telemetry import BDR_STATUS, log, request_id
from ..events.unanswered import ASKED, notify
from ..http.errors import bad_request, unprocessable
from ..http.once import Once
from ..http.selection import RowId, check_all_found, counted, distinct_ids
from ..identity import audit
from ..identity.users import Actor
from ..portable.records import MissingRecord
from ..site.texts import line_or_none
from ..vault import ArtworkUnavailableError
from ..vault.leftovers import NewObject
from ..work.kind import PermanentError
from ..work.queue import Queue, Queues
from .build import MAX_RETRIES, PAGE, Build, Owner
from .queries import LOCK
from .requests import MAX_NAME, BdrAccepted, add_build, check_allowance
from .sources import Budget, Sources

# The index of an archive is read whole when it is served.
MAX_FILES = 20_000
# The audit log names only the first files of a download.
AUDITED_FILES = 128


class FilesRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/bdr/files: files, or a folder; repeated ids count once."""

    asset_ids: (
        Annotated[
            list[RowId],
            Meta(min_length=1, max_length=MAX_FILES, description=f"1 to {MAX_FILES:,} files.", examples=[[7]]),
        ]
        | None
    ) = None
    folder: (
        Annotated[
            str, Meta(min_length=1, max_length=1024, description="Instead: all in it and below it.", examples=[None])
        ]
        | None
    ) = None
    name: Annotated[str, Meta(min_length=1, max_length=MAX_NAME)] | None = None


# In the order of the library's folders.
_CHOSEN = """
SELECT coalesce(array_agg(id ORDER BY sort_path, id), '{}')
  FROM asset WHERE id = ANY ($2) AND user_id = $1 AND deleted_at IS NULL
"""
# A slash is followed by a zero.
_IN_FOLDER = f"""
SELECT coalesce(array_agg(id ORDER BY sort_path, id), '{{}}')
  FROM (SELECT id, sort_path FROM asset
         WHERE user_id = $1 AND (folder = $2::text OR (folder > $2::text || '/' AND folder < $2::text || '0'))
           AND deleted_at IS NULL
         LIMIT {MAX_FILES + 1}) AS found
"""
_INSERT = f"""
INSERT INTO batch_download_requests (user_id, requested_by, post_ids, asset_ids, artwork_count, name, request_id)
VALUES ($1, $2, '{{}}', $3, cardinality($3::bigint[]), $4, $5)
RETURNING id, status, artwork_count, created_at,
          {notify("bdr", ASKED, user="user_id", about="id")} AS notified
"""


async def request_files(
    pool: Pool, queues: Queues, settings: Settings, actor: Actor, body: FilesRequest, once: Once
) -> BdrAccepted:
    """Commit a download of these files, then enqueue it. Which files a folder has is fixed now.

    Raises:
        ProblemError: 400 a file that cannot be downloaded, or a folder without any; 422 files and a folder, neither, or
            too many; 429 the day's allowance is used up; and as ``Once.begin``.
    """
    if (body.asset_ids is None) == (body.folder is None):
        raise unprocessable("Name either files or a folder.", path="$.folder")
    async with pool.acquire() as connection, connection.transaction():
        await once.begin(connection)
        await lock(connection, LOCK, actor.viewer.id)
        await check_allowance(connection, settings, requested_by=actor.viewer.id)
        asset_ids = await _find(connection, actor.subject.id, body)
        accepted = await _create(connection, actor, body, asset_ids)
        await once.end(connection, accepted)
    await queues.put(Queue.DOWNLOADS)
    return accepted


async def _find(connection: Connection, user_id: int, body: FilesRequest) -> Sequence[int]:
    """Raises: ProblemError: 400; 422 too many."""
    if body.asset_ids is not None:
        named = distinct_ids("file", body.asset_ids, most=MAX_FILES)
        found: Sequence[int] = await connection.fetchval(_CHOSEN, user_id, named)
        check_all_found("file", named, found)
        return found
    found = await connection.fetchval(_IN_FOLDER, user_id, body.folder)
    if not found:
        raise bad_request(f"There are no files in “{body.folder}”.", path="$.folder")
    if len(found) > MAX_FILES:
        raise unprocessable(f"More than {MAX_FILES:,} files are in this folder: take one below it.", path="$.folder")
    return found


async def _create(connection: Connection, actor: Actor, body: FilesRequest, asset_ids: Sequence[int]) -> BdrAccepted:
    name = line_or_none(body.name or (body.folder or "").rpartition("/")[2][:MAX_NAME])
    row = await connection.fetchrow(_INSERT, actor.subject.id, actor.viewer.id, asset_ids, name, request_id())
    assert row is not None
    files = counted(len(asset_ids), "file")
    await add_build(connection, actor.subject.id, row["id"], name or files)
    await audit.record(connection, actor, "request_download", asset_ids=asset_ids[:AUDITED_FILES])
    BDR_STATUS.labels("pending").inc()
    log.info("bdr_requested", bdr_id=str(row["id"]), files=len(asset_ids), user=actor.subject.sqid)
    return BdrAccepted(
        id=row["id"],
        status=row["status"],
        artwork_count=row["artwork_count"],
        created_at=row["created_at"],
        message=f"Your download of {files} is being prepared.",
    )


class _File(msgspec.Struct, frozen=True, kw_only=True):
    """A file of the library, and its path in the archive."""

    post_id: int
    art_url: str
    path: str
    created_at: datetime

    @property
    def record(self) -> Self:
        return self


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    path: str
    name: str
    folder: str
    created_at: datetime


_FILES = """
SELECT asset.id, path, name, folder, created_at
  FROM unnest($2::bigint[]) WITH ORDINALITY AS wanted (id, place)
  JOIN asset ON asset.id = wanted.id AND user_id = $1 AND deleted_at IS NULL
 ORDER BY place
"""
_PATHS = "SELECT path FROM asset WHERE user_id = $1 AND id = ANY ($2)"


class FilesBuild(Build):
    """Files by their folders, unchanged, and nothing else."""

    async def _load_art_urls(self) -> Sequence[str]:
        return [row[0] for row in await self._worker.pool.fetch(_PATHS, self._row.user_id, self._row.asset_ids)]

    async def _write(self, target: NewObject, owner: Owner) -> Sealed:
        names: dict[str, ArchiveNames] = {}  # by folder; some file systems ignore case
        budget = self._budget()
        async with ArchiveWriter(target.part, whole=self._is_whole) as archive:
            for first in range(0, len(self._row.asset_ids), PAGE):
                files = await self._load(self._row.asset_ids[first : first + PAGE], names)
                await self._write_files(archive, files, budget)
            if not self._written:
                raise PermanentError("None of the requested files is there any more.")
            return await archive.finish()

    async def _load(self, asset_ids: Sequence[int], names: dict[str, ArchiveNames]) -> Sequence[_File]:
        rows = await find_all(self._worker.pool, _Row, _FILES, self._row.user_id, asset_ids)
        found = {row.id for row in rows}
        self.missing += [
            MissingRecord(sqid=str(asset_id), title=None, reason="The file was deleted.")
            for asset_id in asset_ids
            if asset_id not in found
        ]
        return [
            _File(post_id=row.id, art_url=row.path, path=_path(row, names), created_at=row.created_at) for row in rows
        ]

    async def _write_files(self, archive: ArchiveWriter, files: Sequence[_File], budget: Budget) -> None:
        async with Sources(
            files,
            worker=self._worker,
            claimed=self._claimed,
            budget=budget,
            references=self._references,
            is_last_attempt=self._claimed.work.faults >= MAX_RETRIES,
            unreadable=self._unreadable,
        ) as sources:
            for run in sources.runs():
                async with self._claimed.slot_released():
                    pass  # builds that have waited longer compute first
                await self._write_run_of_files(archive, sources, run)
                self._claimed.progress(self._written + len(self.missing))

    async def _write_run_of_files(self, archive: ArchiveWriter, sources: Sources[_File], run: Sequence[_File]) -> None:
        entries: list[Entry] = []
        async with sources.opened(run) as located:
            for file, each in zip(run, located, strict=True):
                if isinstance(each, ArtworkUnavailableError):
                    self._leave_out(file, str(each))
                else:
                    entries.append(Entry(file.path, each.source, each.crc32))
            await archive.add_sources(entries)
        self._written += len(entries)

    def _leave_out(self, file: _File, reason: str) -> None:
        log.warning("bdr_file_missing", asset_id=file.post_id, reason=reason)
        self.missing.append(MissingRecord(sqid=str(file.post_id), title=file.path, reason=reason))


def _path(row: _Row, names: dict[str, ArchiveNames]) -> str:
    folder = "/".join(safe_name(part, "") for part in row.folder.split("/") if part)
    stem, _, extension = row.name.rpartition(".")
    name = names.setdefault(folder.casefold(), ArchiveNames()).unique(stem or row.name, extension if stem else "")
    return f"{folder}/{name}" if folder else name
