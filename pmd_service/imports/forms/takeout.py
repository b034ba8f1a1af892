"""Our own takeout, of this installation or another one (docs/moving.md)."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TypeVar

import msgspec

from ...portable.records import (
    CommentRecord,
    FileRecord,
    Manifest,
    PackRecord,
    PostRecord,
    ReactionRecord,
    TakenFile,
)
from ..archive import ArchiveReader, ArchiveRefusedError, Entry, EntryDamagedError, shown
from ..items import FileItem, Item, LostItem, LostReason, PackedItem, PackItem, PostItem
from .form import Form

MAX_LINE_BYTES = 32 << 20  # a pack of 200,000 files
S = TypeVar("S", bound=msgspec.Struct)


def _recognizes(archive: ArchiveReader) -> bool:
    return "pmd.json" in archive.entries and "data/posts.jsonl" in archive.entries


def _read(archive: ArchiveReader) -> Iterator[Item]:
    try:
        manifest = msgspec.json.decode(archive.read("pmd.json"), type=Manifest)
    except (msgspec.MsgspecError, EntryDamagedError) as error:
        raise ArchiveRefusedError("“pmd.json” is damaged, or of a newer release.") from error
    _check_documents(archive, manifest)
    published: dict[str, str] = {}  # by the post's id, the file that it was published from
    for file in _lines(archive, "data/files.jsonl", FileRecord):
        if file.post and file.file.sha256:
            published[file.post] = file.file.sha256
        yield _file(archive, file)
    for post in _lines(archive, "data/posts.jsonl", PostRecord):
        yield _post(archive, post, published)
    editions = 0
    for pack in _lines(archive, "data/packs.jsonl", PackRecord):
        editions += len(pack.editions)
        yield _pack(pack)
    lost: Counter[tuple[str, LostReason]] = Counter()
    for comment in _lines(archive, "data/comments.jsonl", CommentRecord):
        lost["Your comments" if comment.is_own else "Comments of others", "other_people"] += 1
    for reaction in _lines(archive, "data/reactions.jsonl", ReactionRecord):
        lost["Your reactions" if reaction.is_own else "Reactions of others", "other_people"] += reaction.count
    lost["Editions of packs", "rebuilt"] = editions
    lost["Access keys and webhooks", "kept_here"] = int("data/settings.json" in archive.entries)
    yield from (LostItem(title=title, reason=reason, count=count) for (title, reason), count in lost.items() if count)


def _check_documents(archive: ArchiveReader, manifest: Manifest) -> None:
    """Raises: ArchiveRefusedError: one is missing, or is not the one that was listed."""
    for document in manifest.documents:
        entry, digest = archive.entries.get(document.path), hashlib.sha256()
        try:
            for chunk in archive.chunks(entry) if entry else ():
                digest.update(chunk)
        except EntryDamagedError as error:
            raise ArchiveRefusedError(str(error)) from error
        if entry is None or digest.hexdigest() != document.sha256:
            raise ArchiveRefusedError(f"“{shown(document.path)}” is missing, or was changed after it was taken out.")


def _lines(archive: ArchiveReader, name: str, record: type[S]) -> Iterator[S]:
    decode = msgspec.json.Decoder(record).decode
    for number, line in enumerate(archive.lines(name, longest=MAX_LINE_BYTES), start=1):
        try:
            yield decode(line)
        except msgspec.MsgspecError as error:
            raise ArchiveRefusedError(f"Line {number} of “{name}” is not as its schema says.") from error


def _entry(archive: ArchiveReader, file: TakenFile, title: str) -> Entry | LostItem:
    entry = archive.entries.get(file.path or "")
    if entry is None:
        return LostItem(title=title, reason="not_in_archive")
    return entry if entry.size else LostItem(title=title, reason="empty")


def _file(archive: ArchiveReader, record: FileRecord) -> Item:
    entry = _entry(archive, record.file, record.name[:255])
    if isinstance(entry, LostItem):
        return entry
    return FileItem(
        title=record.name,
        entry=entry,
        sha256=record.file.sha256,
        original_path=record.original_path,
        theme=record.theme,
        source=record.source,
        provenance=record.provenance,
        hashtags=record.hashtags,
        license=record.license,
        attribution=record.attribution,
        note=record.note,
        rating=record.rating,
        label=record.label,
        approved=record.approved,
        rejected_at=record.rejected_at,
        parent=record.parent,
        created_at=record.created_at,
        alt_text=record.alt_text,
        content_warnings=list(record.content_warnings),
        ai_opt_out=record.ai_opt_out,
    )


def _post(archive: ArchiveReader, record: PostRecord, published: Mapping[str, str]) -> Item:
    entry = _entry(archive, record.file, (record.title or "Untitled")[:500])
    if isinstance(entry, LostItem):
        return entry
    return PostItem(
        title=record.title or "",
        entry=entry,
        sha256=record.file.sha256,
        description=record.description,
        hashtags=record.hashtags,
        license=record.license,
        created_at=record.created_at,
        is_hidden=record.is_hidden or record.is_hidden_by_moderator,
        library_file=published.get(record.id),
        discloses=record.discloses,  # type: ignore[arg-type]  # checked with all of the item
        alt_text=record.alt_text,
        content_warnings=list(record.content_warnings),
        ai_disclosure=record.ai_disclosure,
        ai_opt_out=record.ai_opt_out,
        series=record.series,
        series_position=record.series_position,
    )


def _pack(record: PackRecord) -> Item:
    return PackItem(
        title=record.name,
        theme=record.theme,
        description=record.description,
        license_type=record.license_type,
        license=record.license,
        custom_license=record.custom_license,
        marks=record.marks,
        layout=record.layout,
        files=[PackedItem(sha256=file.sha256, notes=file.notes, path=file.path) for file in record.files],
        created_at=record.created_at,
    )


FORM = Form(name="takeout", title="A takeout", recognizes=_recognizes, read=_read, has_fixed_names=True)
