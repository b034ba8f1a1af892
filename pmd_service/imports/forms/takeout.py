"""Our own takeout, of this installation or another one (docs/moving.md)."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

import msgspec

from ...desk.rule import Rule
from ...portable.records import (
    LINES,
    CommentRecord,
    DraftRecord,
    FileRecord,
    Manifest,
    PackRecord,
    PostRecord,
    ReactionRecord,
    SeriesRecord,
    TakenFile,
)
from ...portable.settings import SettingsRecord
from ..archive import ArchiveReader
from ..items import (
    DraftItem,
    FileItem,
    Item,
    Lost,
    LostItem,
    PackedItem,
    PackItem,
    PostItem,
    SavedViewItem,
    SeriesItem,
    SettingItem,
    SmartFolderItem,
    TagItem,
    WatermarkItem,
    lost_items,
)
from ..listing import ArchiveRefusedError, Entry, EntryDamagedError, shown
from .form import Form

MAX_LINE_BYTES = 32 << 20  # a pack of 200,000 files
MAX_SETTING = 500  # letters of a line of the report
S = TypeVar("S", bound=msgspec.Struct)
_DOCUMENTS = (*LINES, "data/settings.json")
# When each series was made, by its id, where several have its name: the archive's ids mean nothing here. One that is
# alone is found by its name, as a person would: it may have been made by hand here.
_Times: TypeAlias = dict[int | None, datetime]


def _recognizes(archive: ArchiveReader) -> bool:
    # A takeout of some parts has the documents of these.
    return "pmd.json" in archive.entries and any(path in archive.entries for path in _DOCUMENTS)


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
    covers: set[str] = set()  # the ids of posts
    times: _Times = {}
    names = Counter(series.name for series in _lines(archive, "data/series.jsonl", SeriesRecord))
    for series in _lines(archive, "data/series.jsonl", SeriesRecord):
        covers |= {series.cover} if series.cover else set()
        if series.id is not None and names[series.name] > 1:
            times[series.id] = series.created_at
        yield _series(series, times)
    for post in _lines(archive, "data/posts.jsonl", PostRecord):
        yield _post(archive, post, published, times, is_cover=post.id in covers)
    editions = 0
    for pack in _lines(archive, "data/packs.jsonl", PackRecord):
        editions += len(pack.editions)
        yield _pack(pack)
    for draft in _lines(archive, "data/drafts.jsonl", DraftRecord):
        yield _draft(draft, times)
    settings = _settings(archive)
    yield from _setting_items(settings)
    lost: Lost = Counter()
    for comment in _lines(archive, "data/comments.jsonl", CommentRecord):
        lost["Your comments" if comment.is_own else "Comments of others", "other_people"] += 1
    for reaction in _lines(archive, "data/reactions.jsonl", ReactionRecord):
        lost["Your reactions" if reaction.is_own else "Reactions of others", "other_people"] += reaction.count
    lost["Editions of packs", "rebuilt"] = editions
    lost["Access keys", "kept_here"] = len(settings.keys)
    lost["Webhooks", "kept_here"] = len(settings.webhooks)
    lost["Links that share something", "kept_here"] = len(settings.links)
    yield from lost_items(lost)


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
    return FileItem(title=record.name, entry=entry, sha256=record.file.sha256, **_common(record, FileItem))


def _series(record: SeriesRecord, times: _Times) -> Item:
    own = {"title": record.name, "is_found_by_time": record.id in times}
    return SeriesItem(**_common(record, SeriesItem) | own)


def _post(
    archive: ArchiveReader, record: PostRecord, published: Mapping[str, str], times: _Times, *, is_cover: bool
) -> Item:
    entry = _entry(archive, record.file, (record.title or "Untitled")[:500])
    if isinstance(entry, LostItem):
        return entry
    own = {
        "title": record.title or "",
        "entry": entry,
        "sha256": record.file.sha256,
        "is_hidden": record.is_hidden or record.is_hidden_by_moderator,
        "library_file": record.library_file or published.get(record.id),
        "series_created_at": times.get(record.series_id),
        "is_cover": is_cover,
    }
    return PostItem(**_common(record, PostItem) | own)


def _pack(record: PackRecord) -> Item:
    files = [PackedItem(sha256=file.sha256, notes=file.notes, path=file.path) for file in record.files]
    return PackItem(**_common(record, PackItem) | {"title": record.name, "files": files})


def _draft(record: DraftRecord, times: _Times) -> Item:
    own = {"title": record.title or "", "series_created_at": times.get(record.series_id)}
    return DraftItem(**_common(record, DraftItem) | own)


def _common(record: msgspec.Struct, item: type[msgspec.Struct]) -> dict[str, Any]:
    """What both have under one name."""
    return {name: getattr(record, name) for name in {*record.__struct_fields__} & {*item.__struct_fields__}}


def _settings(archive: ArchiveReader) -> SettingsRecord:
    """None at all of a takeout that a moderator has requested."""
    data = archive.read("data/settings.json")
    try:
        return msgspec.json.decode(data, type=SettingsRecord) if data else _NO_SETTINGS
    except msgspec.MsgspecError as error:
        raise ArchiveRefusedError("“data/settings.json” is not as its schema says.") from error


_NO_SETTINGS = SettingsRecord(email=None, keys=(), webhooks=())


def _setting_items(settings: SettingsRecord) -> Iterator[Item]:
    try:
        if settings.publishing_rule is not None:
            rule = msgspec.convert(settings.publishing_rule, Rule, from_attributes=True)
            yield SettingItem(title="The publishing rule", rule=rule)
        if settings.watermark is not None:
            watermark = msgspec.convert(settings.watermark, WatermarkItem, from_attributes=True)
            yield SettingItem(title="The watermark", watermark=watermark)
        for each in settings.smart_folders:
            folder = msgspec.convert(each, SmartFolderItem, from_attributes=True)
            yield SettingItem(title=f"The smart folder “{folder.name}”"[:MAX_SETTING], smart_folder=folder)
        for each_view in settings.saved_views:
            view = msgspec.convert(each_view, SavedViewItem, from_attributes=True)
            yield SettingItem(title=f"The view “{view.name}”"[:MAX_SETTING], saved_view=view)
        for each_tag in settings.tags:
            tag = msgspec.convert(each_tag, TagItem, from_attributes=True)
            yield SettingItem(title=f"The colour of #{tag.name}"[:MAX_SETTING], tag=tag)
        if settings.language is not None:
            yield SettingItem(title="The language of e-mails", language=settings.language)
    except msgspec.ValidationError as error:
        raise ArchiveRefusedError(f"“data/settings.json” has a value that is not possible here: {error}.") from error


FORM = Form(name="takeout", title="A takeout", recognizes=_recognizes, read=_read, has_fixed_names=True)
