"""Making what an archive has: files of the library, posts and packs.

Files are probed in the media child, like uploads. What was made is recorded with it, so that it is made once.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec

from ..assets.allowance import read_allowance
from ..assets.asset import VAULT_PREFIX, NewAsset, add_assets, asset_key, find_known, lock_library
from ..assets.hashing import Digest
from ..assets.reports import Finding, NewReport, add_reports
from ..base.database import Connection
from ..http.errors import ProblemError
from ..identity.users import Actor
from ..media.child import fault_of
from ..media.messages import Faulted, Refused
from ..media.probe import Candidate, preview_folder, probe_files
from ..media.probe_result import ProbeResult
from ..media.probe_store import facts_of, measures_of, preview_keys, store_previews
from ..packs.changes import PackRequest, create_pack
from ..site.texts import MAX_HASHTAGS, hashtags, one_line, some_lines
from ..vault.leftovers import SweptAwayError, keep, new_object, reserve
from ..work.context import WorkerContext
from .archive import Entry, EntryDamagedError, entry_chunks
from .items import FileItem, Item, PackItem, PostItem
from .rows import NOTIFY, ImportChoices, ItemKind

MADE_TOGETHER = 32
MAX_TITLE, MAX_DESCRIPTION = 128, 5000
_FULL = "Your library has not enough room."


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """An item of the report that is to be made."""

    number: int
    item: Item


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """An item whose bytes are on this machine, with their checksums, and what the probe has found."""

    planned: Planned
    path: Path
    sha256: str
    crc32: int
    previews: Path
    probed: ProbeResult


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an item: an id, or a message that tells why not."""

    number: int
    kind: ItemKind | None = None
    made_id: int | None = None
    message: str | None = None


_RECORD = """
UPDATE import_item
   SET state = CASE WHEN made.message IS NULL THEN 'made' ELSE 'failed' END, message = made.message,
       made_kind = made.kind, made_id = made.made_id
  FROM jsonb_to_recordset($2) AS made (number integer, kind text, made_id bigint, message text)
 WHERE import_id = $1 AND import_item.number = made.number
"""
# No row: it has been cancelled.
_COUNT = """
UPDATE imports
   SET done_number = greatest(done_number, $2), made_count = made_count + $3, failed_count = failed_count + $4
 WHERE id = $1 AND status = 'running'
RETURNING id
"""
_DETAILS = """
UPDATE asset
   SET note = new.note, rating = new.rating, label = new.label, approved = new.approved, rejected_at = new.rejected_at,
       created_at = coalesce(new.created_at, asset.created_at), updated_at = coalesce(new.created_at, asset.created_at)
  FROM jsonb_to_recordset($2) AS new (id bigint, note text, rating smallint, label smallint, approved boolean,
                                      rejected_at timestamptz, created_at timestamptz)
 WHERE asset.id = new.id AND user_id = $1
"""
_BY_HASH = "SELECT hash, id FROM asset WHERE user_id = $1 AND hash = ANY ($2) AND deleted_at IS NULL"
_INSERT_POST = """
INSERT INTO posts (owner_id, kind, title, description, hashtags, art_url, width, height, frame_count, file_format,
                   file_bytes, license_id, hidden_by_user, created_at)
VALUES ($1, 'artwork', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
RETURNING id
"""
_LINK = "UPDATE asset SET post_id = $3 WHERE user_id = $1 AND hash = $2 AND post_id IS NULL"
_DATE_PACK = "UPDATE pack SET created_at = $2 WHERE id = $1"


class Maker:
    """Makes the items of one import, for one attempt."""

    def __init__(
        self,
        worker: WorkerContext,
        actor: Actor,
        sqid: str,
        archive: Path,
        import_id: int,
        choices: ImportChoices,
        licenses: Mapping[str, int],
    ) -> None:
        self._worker = worker
        self._actor = actor
        self._user_id = actor.subject.id
        self._sqid = sqid
        self._archive = archive
        self._import_id = import_id
        self._choices = choices
        self._licenses = {**licenses, **choices.licenses}

    async def make(self, group: Sequence[Planned]) -> bool:
        """Make these; False if the import has been cancelled meanwhile.

        Raises:
            VaultFaultError, ChildFaultError, SweptAwayError: may pass; what was made is recorded.
        """
        with_bytes = [each for each in group if isinstance(each.item, FileItem | PostItem)]
        if with_bytes and not await self._make_from_bytes(with_bytes):
            return False
        for each in group:
            if isinstance(each.item, PackItem) and not await self._record([await self._make_pack(each, each.item)]):
                return False
        return True

    async def _make_from_bytes(self, group: Sequence[Planned]) -> bool:
        async with self._worker.vault.scratch() as folder:
            taken, failed = await self._take(group, folder)
            files = [each for each in taken if self._becomes_file(each.planned.item)]
            if not await self._record(failed) or (files and not await self._make_files(files)):
                return False
            for each in taken:
                if not self._becomes_file(each.planned.item) and not await self._make_post(each):
                    return False
        return True

    def _becomes_file(self, item: Item) -> bool:
        return isinstance(item, FileItem) or self._choices.posts_as == "files"

    async def _take(self, group: Sequence[Planned], folder: Path) -> tuple[list[Taken], list[Made]]:
        """Unpack and probe; what cannot be is told."""
        unpacked: list[tuple[Planned, Path, Digest]] = []
        failed: list[Made] = []
        previews = folder / "previews"
        previews.mkdir()
        for each in group:
            path = folder / str(each.number)
            try:
                digest = await asyncio.to_thread(_unpack, self._archive, each.item.entry, path)  # type: ignore[union-attr]
                if each.item.sha256 not in (None, digest.sha256.hexdigest()):  # type: ignore[union-attr]
                    raise EntryDamagedError("Its bytes are not those that the archive names.")
            except EntryDamagedError as error:
                failed.append(Made(number=each.number, message=str(error)))
            else:
                unpacked.append((each, path, digest))
        candidates = [Candidate(path, _name(each.item)) for each, path, _ in unpacked]
        taken: list[Taken] = []
        async with aclosing(probe_files(candidates, previews)) as answers:
            place = 0
            async for answer in answers:
                each, path, digest = unpacked[place]
                if isinstance(answer, Faulted):
                    raise fault_of(answer)
                if isinstance(answer, Refused):
                    failed.append(Made(number=each.number, message=answer.message))
                else:
                    found = Taken(
                        planned=each,
                        path=path,
                        sha256=digest.sha256.hexdigest(),
                        crc32=digest.crc32,
                        previews=preview_folder(previews, place),
                        probed=answer,
                    )
                    taken.append(found)
                place += 1
        return taken, failed

    async def _make_files(self, files: Sequence[Taken]) -> bool:
        pool = self._worker.pool
        first = {each.sha256: each for each in reversed(files)}
        async with pool.acquire() as connection, connection.transaction():
            await lock_library(connection, user_id=self._user_id)
            known = await find_known(connection, user_id=self._user_id, hashes=first.keys())
            fresh = [each for content_hash, each in first.items() if content_hash not in known]
            allowance = await read_allowance(connection, self._worker.settings, user_id=self._user_id)
            wanted = sum(each.path.stat().st_size for each in fresh)
            is_full = wanted > allowance.left_bytes or len(fresh) > allowance.left_files
            writer = None if is_full else await reserve(connection, [key for each in fresh for key in self._keys(each)])
        if writer is None:
            return await self._record([Made(number=each.planned.number, message=_FULL) for each in files])
        new = {each.sha256: await self._store(each) for each in fresh}
        async with pool.acquire() as connection, connection.transaction():
            await lock_library(connection, user_id=self._user_id)
            known = await find_known(connection, user_id=self._user_id, hashes=first.keys())
            if any(content_hash not in known and content_hash not in new for content_hash in first):
                raise SweptAwayError("a known file was purged meanwhile")
            adding = [each for each in first.values() if each.sha256 not in known]
            await keep(connection, [key for each in adding for key in self._keys(each)], writer)
            made = await self._add(connection, adding, new) | {h: each.asset_id for h, each in known.items()}
            done = [Made(number=each.planned.number, kind="file", made_id=made[each.sha256]) for each in files]
            return await self._record_in(connection, done)

    async def _store(self, taken: Taken) -> NewAsset:
        previews = await store_previews(
            self._worker.vault, taken.probed, taken.previews, user_sqid=self._sqid, content_hash=taken.sha256
        )
        key = asset_key(self._sqid, taken.sha256, taken.probed.file_format)
        stored = await self._worker.vault.put(key, taken.path)
        item = taken.planned.item
        own = item if isinstance(item, FileItem) else None
        assert isinstance(item, FileItem | PostItem)
        declared = own.provenance if own else "unknown"
        return NewAsset(
            path=VAULT_PREFIX + key,
            etag=stored.etag,
            hash=taken.sha256,
            crc32=taken.crc32,
            name=_name(item),
            original_path=own.original_path if own else None,
            size_bytes=stored.size,
            preview_path=previews[0].path if previews else None,
            previews=previews,
            theme=own.theme if own else None,
            source=own.source if own else None,
            provenance="ai_generated" if declared == "unknown" and taken.probed.ai_marks else declared,
            license_id=self._licenses.get(item.license or ""),
            attribution=own.attribution if own else None,
            hashtags=self._hashtags(item.hashtags),
            **measures_of(taken.probed),
        )

    async def _add(
        self, connection: Connection, adding: Sequence[Taken], new: Mapping[str, NewAsset]
    ) -> dict[str, int]:
        """Insert the rows with their details and reports; returns the ids by hash."""
        items = [each.planned.item for each in adding]
        parents = [item.parent for item in items if isinstance(item, FileItem) and item.parent]
        by_hash = dict(map(tuple, await connection.fetch(_BY_HASH, self._user_id, parents))) if parents else {}
        rows = [
            msgspec.structs.replace(new[each.sha256], parent_asset_id=by_hash.get(getattr(item, "parent", None)))
            for each, item in zip(adding, items, strict=True)
        ]
        added = await add_assets(connection, user_id=self._user_id, new=rows) if rows else []
        details = [_details(item) | {"id": each.asset_id} for item, each in zip(items, added, strict=True)]
        await connection.execute(_DETAILS, self._user_id, msgspec.to_builtins(details))
        reports = [
            NewReport(
                user_id=self._user_id,
                asset_id=result.asset_id,
                outcome=result.outcome,
                file_name=row.name,
                hash=each.sha256,
                facts=facts_of(each.probed),
                findings=[Finding(code=found.code, message=found.message) for found in each.probed.findings],
            )
            for each, row, result in zip(adding, rows, added, strict=True)
        ]
        if reports:
            await add_reports(connection, reports)
        return {each.sha256: result.asset_id for each, result in zip(adding, added, strict=True)}

    def _keys(self, taken: Taken) -> list[str]:
        own = asset_key(self._sqid, taken.sha256, taken.probed.file_format)
        return [own, *preview_keys(taken.probed, user_sqid=self._sqid, content_hash=taken.sha256)]

    async def _make_post(self, taken: Taken) -> bool:
        """Publish the bytes as they are, by the site's rules."""
        number, item, probed = taken.planned.number, taken.planned.item, taken.probed
        assert isinstance(item, PostItem)
        if (refusal := self._refusal(taken)) is not None:
            return await self._record([Made(number=number, message=refusal)])
        key = f"art/{self._sqid}/{uuid4().hex}.{probed.file_format}"
        async with new_object(self._worker.pool, self._worker.vault, key) as copy:
            await asyncio.to_thread(_copy, taken.path, copy.part)
            stored = await asyncio.to_thread(copy.part.seal)
            async with self._worker.pool.acquire() as connection, connection.transaction():
                post_id: int = await connection.fetchval(
                    _INSERT_POST,
                    self._user_id,
                    one_line(item.title)[:MAX_TITLE] or None,
                    some_lines(item.description or "")[:MAX_DESCRIPTION] or None,
                    self._hashtags(item.hashtags),
                    VAULT_PREFIX + stored.key,
                    probed.width,
                    probed.height,
                    probed.frame_count,
                    probed.file_format,
                    stored.size,
                    self._licenses.get(item.license or ""),
                    item.is_hidden or self._choices.is_hidden,
                    item.created_at,
                )
                if item.library_file is not None:
                    await connection.execute(_LINK, self._user_id, item.library_file, post_id)
                is_running = await self._record_in(connection, [Made(number=number, kind="post", made_id=post_id)])
                await copy.keep(connection)
        return is_running

    def _refusal(self, taken: Taken) -> str | None:
        settings, probed, size = self._worker.settings, taken.probed, taken.path.stat().st_size
        formats = [form.strip() for form in settings.post_formats.split(",")]
        if probed.type != "image" or probed.file_format not in formats:
            return f"Posts can be {', '.join(formats)}, and this is {probed.file_format}."
        if max(probed.width or 0, probed.height or 0) > settings.post_max_canvas:
            return f"Posts can have at most {settings.post_max_canvas} × {settings.post_max_canvas} pixels."
        if size > settings.post_max_bytes:
            return f"Posts can have at most {settings.post_max_bytes:,} bytes; this has {size:,}."
        return None

    async def _make_pack(self, planned: Planned, item: PackItem) -> Made:
        wanted = [file.sha256 for file in item.files]
        by_hash = dict(map(tuple, await self._worker.pool.fetch(_BY_HASH, self._user_id, wanted)))
        files: list[dict[str, Any]] = [
            {"asset_id": by_hash[file.sha256], "notes": file.notes} for file in item.files if file.sha256 in by_hash
        ]
        body = {
            "name": item.title,
            "theme": item.theme,
            "description": item.description,
            "license_type": item.license_type,
            "license_id": self._licenses.get(item.license or ""),
            "custom_license": item.custom_license,
            "marks": item.marks,
            "assets": files,
        }
        try:
            request = msgspec.convert({name: value for name, value in body.items() if value is not None}, PackRequest)
            pack = await create_pack(self._worker.pool, self._actor, request)
        except (ProblemError, msgspec.ValidationError) as error:
            return Made(number=planned.number, message=str(error)[:500])
        await self._worker.pool.execute(_DATE_PACK, pack.id, item.created_at)
        return Made(number=planned.number, kind="pack", made_id=pack.id)

    def _hashtags(self, tags: Sequence[str]) -> list[str]:
        """As they are chosen, without those that the site does not take."""
        chosen = [self._choices.hashtags.get(tag, tag) for tag in tags]
        taken: list[str] = []
        for tag in chosen:
            try:
                taken += hashtags([tag], path="") if tag else []
            except ProblemError:
                continue
        return list(dict.fromkeys(taken))[:MAX_HASHTAGS]

    async def _record(self, made: Sequence[Made]) -> bool:
        if not made:
            return True
        async with self._worker.pool.acquire() as connection, connection.transaction():
            return await self._record_in(connection, made)

    async def _record_in(self, connection: Connection, made: Sequence[Made]) -> bool:
        """Record it in the transaction that makes it; False if the import has been cancelled."""
        await connection.execute(_RECORD, self._import_id, msgspec.to_builtins(made))
        failed = sum(each.message is not None for each in made)
        counts = (max(each.number for each in made), len(made) - failed, failed)
        is_running = await connection.fetchval(_COUNT, self._import_id, *counts) is not None
        await connection.execute(NOTIFY, self._import_id)
        return is_running


def _name(item: Item) -> str:
    """The name of the library's file."""
    if isinstance(item, FileItem):
        return item.title
    assert isinstance(item, PostItem)
    ending = item.entry.name.rpartition(".")[2][:10]
    return f"{one_line(item.title)[:200] or 'Untitled'}.{ending}"


def _details(item: Item) -> dict[str, Any]:
    if isinstance(item, FileItem):
        return {name: getattr(item, name) for name in _DETAIL_FIELDS}
    assert isinstance(item, PostItem)
    values = {"note": (item.description or "")[:2000] or None, "created_at": item.created_at}
    return {"rating": 0, "label": None, "approved": False, "rejected_at": None} | values


_DETAIL_FIELDS = ("note", "rating", "label", "approved", "rejected_at", "created_at")


def _unpack(archive: Path, entry: Entry, target: Path) -> Digest:
    """Blocks. Raises: EntryDamagedError."""
    digest = Digest()
    with archive.open("rb") as source, target.open("wb") as file:
        for chunk in entry_chunks(source, entry):
            digest.update([chunk])
            file.write(chunk)
    return digest


def _copy(path: Path, part: Any) -> None:
    with path.open("rb") as source:
        while chunk := source.read(1 << 20):
            part.write(chunk)
