"""One attempt at building a takeout: the archive of everything of a user."""

import time
from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Sequence
from contextlib import aclosing
from importlib.metadata import version
from typing import Any

import msgspec

from ...archive.digest import chunks_of, pieces_of
from ...archive.sparse import Reference, Sealed
from ...archive.sums import Summed
from ...archive.writer import ArchiveWriter, Nested
from ...base.database import Connection
from ...base.telemetry import log
from ...locales import translatable
from ...portable.activity import make_actor, make_create
from ...portable.records import (
    COUNTED_PARTS,
    VERSION,
    EditionRecord,
    FileRecord,
    Manifest,
    MissingRecord,
    PackRecord,
    PostRecord,
    TakenFile,
    TakeoutPart,
    UserRecord,
)
from ...portable.schemas import render_schemas
from ...portable.side_files import CATEGORY, Author, SideFile, render_side_file, side_date
from ...vault import ObjectUnreadableError, Source, Stored
from ...vault.base import Slice
from ...vault.leftovers import NewObject
from ...work.kind import PermanentError
from .. import manifest as manifests
from ..build import Build, Owner
from ..sources import MAX_REFERENCED_BYTES, Budget, is_remote
from . import rows
from .documents import Documents, Spool, render_index
from .rows import EditionRow, PackRow, R, Taken
from .settings import load_settings

_NOT_CHECKED = "Its archive has just been built and is still being checked: it will be in the next takeout."
_UNREADABLE = "Its archive cannot be read."


# What has come or gone since the request counts, too.
_COUNT = """
WITH counted AS (
    UPDATE takeouts SET post_count = $2, file_count = $3, pack_count = $4 WHERE id = $1)
UPDATE batch_download_requests SET artwork_count = $2 + $3 WHERE takeout_id = $1
"""


class TakeoutBuild(Build):
    """Posts, the library, packs, comments, reactions, reports and settings, with documents for other programs."""

    _archive: ArchiveWriter
    _documents: Documents
    _owner: Owner

    async def _count(self, connection: Connection) -> None:
        counts = self._documents.posts.count, self._documents.files.count, self._documents.packs.count
        await connection.execute(_COUNT, self._row.takeout_id, *counts)

    async def _load_art_urls(self) -> Sequence[str]:
        return await rows.load_art_urls(self._worker.pool, self._row.user_id, self._parts)

    @property
    def _parts(self) -> Sequence[TakeoutPart]:
        assert self._row.parts is not None, "a takeout has some"
        return self._row.parts

    def _budget(self) -> Budget:
        return Budget(own=MAX_REFERENCED_BYTES, referred=None, whole=self._is_whole)

    async def _write(self, target: NewObject, owner: Owner) -> Sealed:
        worker, user_id, self._owner = self._worker, self._row.user_id, owner
        async with ArchiveWriter(target.part, whole=self._is_whole) as self._archive:
            with Documents(owner.language) as self._documents:
                budget = self._budget()
                if "posts" in self._parts:
                    async with aclosing(rows.post_pages(worker.pool, worker.ids, user_id)) as posts:
                        async for post_page in posts:
                            await self._write_page(post_page, budget)
                if "library" in self._parts:
                    async with aclosing(rows.file_pages(worker.pool, worker.ids, user_id)) as files:
                        async for file_page in files:
                            await self._write_page(file_page, budget)
                packs = await rows.load_packs(worker.pool, user_id) if "packs" in self._parts else ()
                for pack in packs:
                    self._documents.add_pack(await self._write_pack(pack))
                has_any = self._documents.posts.count or self._documents.files.count or packs
                if not has_any and COUNTED_PARTS.intersection(self._parts):
                    raise PermanentError(translatable("There is nothing to take out any more."))
                await self._write_all_documents(pack_count=len(packs))
            return await self._archive.finish()

    def _is_included(self, taken: Taken[R], source: Source) -> bool:
        """Whether it is newer than the takeout before: the file, or what it belongs to."""
        since = self._row.since
        return since is None or taken.record.created_at >= since or source.modified >= since.timestamp()

    async def _write_page(self, page: Sequence[Taken[R]], budget: Budget) -> None:
        since, vault = self._row.since, self._worker.vault
        # What lies elsewhere has no time of its own that could be trusted.
        known = [
            taken for taken in page if since and taken.record.created_at < since and is_remote(vault, taken.art_url)
        ]
        await self._write_records([_with_file(taken, taken.path, None, is_included=False) for taken in known])
        self._written += len(known)
        known_ids = {taken.post_id for taken in known}
        left = [taken for taken in page if taken.post_id not in known_ids]
        added = self._added(self._archive, left, budget, self._leave_out_file, self._is_included)
        async with aclosing(added) as runs:
            async for found in runs:
                await self._write_records(
                    [
                        _with_file(taken, taken.path if summed else None, summed, is_included=is_in)
                        for taken, summed, is_in in found
                    ]
                )

    async def _write_records(self, records: Sequence[PostRecord | FileRecord]) -> None:
        """These, in the documents and in their side files."""
        posts = [record for record in records if isinstance(record, PostRecord)]
        files = [record for record in records if isinstance(record, FileRecord)]
        site, handle = self._worker.settings.base_url, self._owner.handle
        self._documents.add_posts(posts, [make_create(site, handle, post) for post in posts])
        self._documents.add_files(files)
        author = Author(id=self._owner.sqid, name=handle)
        side_files = [(f"{each.file.path}.json", _side_file(each, author)) for each in records if each.file.path]
        if side_files:
            await self._archive.add_small(side_files, modified=time.time())
        await self._write_pages(self._documents.shown_posts.take_pages())
        await self._write_pages(self._documents.shown_files.take_pages())

    def _leave_out_file(self, taken: Taken[Any], reason: str) -> None:
        self._leave_out(taken.sqid, taken.title, reason)

    def _leave_out(self, sqid: str, title: str | None, reason: str) -> None:
        log.warning("takeout_file_missing", sqid=sqid, reason=reason)
        self.missing.append(MissingRecord(sqid=sqid, title=title, reason=reason))

    async def _write_pack(self, pack: PackRow) -> PackRecord:
        editions = [
            await self._write_edition(pack, edition) for edition in await rows.load_editions(self._worker.pool, pack.id)
        ]
        files = await rows.load_packed(self._worker.pool, self._row.user_id, pack.id)
        return msgspec.convert(msgspec.structs.asdict(pack) | {"files": files, "editions": editions}, PackRecord)

    async def _write_edition(self, pack: PackRow, edition: EditionRow) -> EditionRecord:
        path: str | None = f"packs/{pack.slug}/{pack.slug}_v{edition.edition}.zip"
        is_included = self._row.since is None or edition.built_at >= self._row.since
        if is_included and (reason := await self._add_edition(str(path), edition)) is not None:
            self._leave_out(str(pack.id), f"{pack.name}, edition {edition.edition}", reason)
            path, is_included = None, False
        return EditionRecord(
            edition=edition.edition,
            version=edition.version,
            changes=edition.changes,
            built_at=edition.built_at,
            asset_count=edition.asset_count,
            file=TakenFile(
                path=path,
                is_included=is_included,
                sha256=edition.sha256,
                size_bytes=edition.size_bytes,
                media_type="application/zip",
            ),
        )

    async def _add_edition(self, path: str, edition: EditionRow) -> str | None:
        """Add an edition's archive; returns why it cannot be."""
        if edition.crc32 is None:
            return _NOT_CHECKED
        stored = Stored(key=edition.key, size=edition.size_bytes, etag=edition.etag)
        try:
            pieces = list(await pieces_of(self._worker.pool, self._worker.vault, stored))
        except ObjectUnreadableError as error:
            log.warning("takeout_edition_unreadable", error=str(error))
            return _UNREADABLE
        if any(piece.key in self._unreadable for piece in pieces if isinstance(piece, Slice)):
            return _UNREADABLE
        nested = Nested(edition.key, edition.size_bytes, edition.crc32, edition.built_at.timestamp())
        async with aclosing(self._pieces(pieces)) as chunks:
            await self._archive.add_archive(path, nested, chunks)
        return None

    async def _pieces(self, pieces: Iterable[bytes | Slice]) -> AsyncGenerator[bytes | Reference]:
        """An edition's pieces: its library files by reference, everything else as bytes."""
        for piece in pieces:
            if isinstance(piece, Slice) and piece.tag and self._references and self._references.add_library(piece.key):
                yield Reference(piece.key, piece.size, piece.tag)
                continue
            async with aclosing(chunks_of(self._worker.vault, [piece])) as chunks:
                async for chunk in chunks:
                    yield chunk

    async def _write_all_documents(self, *, pack_count: int) -> None:
        documents, worker, owner = self._documents, self._worker, self._owner
        site = worker.settings.base_url
        for part, path, spool in (
            ("posts", "data/posts.jsonl", documents.posts),
            ("library", "data/files.jsonl", documents.files),
            ("packs", "data/packs.jsonl", documents.packs),
        ):
            if part in self._parts:
                await self._write_document(path, spool.chunks(), lines=spool.count)
        async with worker.pool.acquire() as connection:
            for path, streamed in rows.STREAMED.items():
                if {*streamed.parts} & {*self._parts}:
                    await self._write_lines(path, rows.lines(connection, worker.ids, self._row.user_id, path))
        if "account" in self._parts:
            settings = await load_settings(worker.pool, self._row.user_id, owner.email, owner.language)
            await self._write_document("data/settings.json", _whole(settings))
        await self._write_document("actor.json", _whole(make_actor(site, owner.handle, owner.created_at)))
        if "posts" in self._parts:
            await self._write_document("outbox.json", documents.outbox())
        for name, schema in render_schemas().items():
            await self._archive.add_text(f"schemas/{name}", schema)
        await self._write_pages(documents.shown_posts.take_pages(is_last=True))
        await self._write_pages(documents.shown_files.take_pages(is_last=True))
        manifest = Manifest(
            format="pmd-takeout",
            version=VERSION,
            made_by=f"pmd-service {version('pmd-service')}",
            made_at=manifests.now(),
            since=self._row.since,
            site=site,
            user=UserRecord(handle=owner.handle, sqid=owner.sqid, created_at=owner.created_at),
            documents=documents.listed,
            missing=self.missing,
            parts=self._parts,
        )
        await self._archive.add_text("index.html", render_index(documents, manifest, pack_count=pack_count))
        await self._archive.add_text("pmd.json", manifests.render(manifest) + b"\n")

    async def _write_document(self, path: str, chunks: AsyncIterable[bytes], *, lines: int | None = None) -> None:
        await self._archive.add_stream(path, self._documents.listed_stream(path, chunks, lines=lines))

    async def _write_lines(self, path: str, records: AsyncGenerator[Sequence[msgspec.Struct]]) -> None:
        """Records that are read while they are written."""
        with Spool() as spool:
            async with aclosing(records):
                async for page in records:
                    spool.add_lines(page)
            await self._write_document(path, spool.chunks(), lines=spool.count)

    async def _write_pages(self, pages: Iterable[tuple[str, bytes]]) -> None:
        for path, page in pages:
            await self._archive.add_text(path, page)


def _with_file(taken: Taken[R], path: str | None, summed: Summed | None, *, is_included: bool) -> R:
    file = taken.record.file
    found = {} if summed is None else {"sha256": summed.sha256, "size_bytes": summed.source.size}
    file = msgspec.structs.replace(file, path=path, is_included=is_included, **found)
    return msgspec.structs.replace(taken.record, file=file)


def _side_file(record: PostRecord | FileRecord, author: Author) -> bytes:
    path = record.file.path or ""
    filename, _, extension = path.rpartition("/")[2].rpartition(".")
    is_post = isinstance(record, PostRecord)
    return render_side_file(
        SideFile(
            alt_text=record.alt_text,
            author=author,
            category=CATEGORY,
            content_warnings=record.content_warnings,
            date=side_date(record.created_at),
            description=record.description if isinstance(record, PostRecord) else record.note,
            extension=extension,
            filename=filename,
            height=record.height,
            id=str(record.id),
            license=record.license,
            rating=None if isinstance(record, PostRecord) else record.rating,
            subcategory="post" if is_post else "library",
            tags=record.hashtags,
            title=record.title if isinstance(record, PostRecord) else record.name,
            width=record.width,
        )
    )


async def _whole(document: msgspec.Struct) -> AsyncGenerator[bytes]:
    yield manifests.render(document) + b"\n"
