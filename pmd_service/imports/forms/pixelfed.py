"""A Pixelfed export: ``pixelfed-statuses.json``, the statuses of its API, or the ``outbox.json`` of older releases.

Pixelfed writes them in ``app/Http/Controllers/Settings/ExportSettings.php`` and puts no files beside them: people add
those that they have. A file is found by its name, which Pixelfed makes at random.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from ..archive import ArchiveReader
from ..items import Item, Lost, lost_items
from ..listing import ArchiveRefusedError, EntryDamagedError
from .documents import UnreadableError, decoded, read_outbox
from .form import Form, with_unnamed_files
from .mastodon import OUTBOX, Attachment, Note, note_posts, status_posts
from .texts import hashtags_in, plain, tagged

STATUSES = ("pixelfed-statuses.json", "api-statuses.json")
_SHOWN = frozenset({"public", "unlisted"})
_OLDER = re.compile(rb'\s*(\[|\{\s*"data")')


class _License(msgspec.Struct, frozen=True):
    title: str | None = None
    url: str | None = None


class _Media(msgspec.Struct, frozen=True):
    url: str
    description: str | None = None  # the alt text
    license: _License | None = None


class _Tag(msgspec.Struct, frozen=True):
    name: str = ""


class _Status(msgspec.Struct, frozen=True):
    created_at: Annotated[datetime, Meta(tz=True)]
    content: str | None = None
    content_text: str | None = None
    spoiler_text: str | None = None  # the content warning
    sensitive: bool | None = None
    visibility: str | None = None
    media_attachments: Sequence[_Media] | None = None
    tags: Sequence[_Tag] | None = None
    pf_type: str | None = None
    reblog: Any = None
    place: Any = None


class _Older(msgspec.Struct, frozen=True):
    data: Sequence[msgspec.Raw]


def _recognizes(archive: ArchiveReader) -> bool:
    return _statuses_of(archive) is not None or _has_older_outbox(archive)


def _statuses_of(archive: ArchiveReader) -> str | None:
    return next((name for name in STATUSES if name in archive.entries), None)


def _has_older_outbox(archive: ArchiveReader) -> bool:
    outbox = archive.entries.get(OUTBOX)
    try:
        return outbox is not None and _OLDER.match(next(archive.chunks(outbox), b"")) is not None
    except EntryDamagedError:
        return False


def _read(archive: ArchiveReader) -> Iterator[Item]:
    return with_unnamed_files(_items(archive), archive, lambda name: not name.lower().endswith(".json"))


def _items(archive: ArchiveReader) -> Iterator[Item]:
    lost: Lost = Counter()
    if name := _statuses_of(archive):
        for raw in _raw_statuses(archive, name):
            try:
                status = decoded(raw, _Status)
            except UnreadableError:
                lost["Statuses of another kind", "not_readable"] += 1
            else:
                yield from _posts(archive, status, lost)
    else:
        for raw in _raw_statuses(archive, OUTBOX):
            yield from _older_posts(archive, raw, lost)
    yield from lost_items(lost)


def _raw_statuses(archive: ArchiveReader, name: str) -> Sequence[msgspec.Raw]:
    found = read_outbox(archive, name, msgspec.Raw, site="Pixelfed")
    try:
        is_list = bytes(found).lstrip().startswith(b"[")
        return decoded(found, list[msgspec.Raw]) if is_list else decoded(found, _Older).data
    except UnreadableError as error:
        raise ArchiveRefusedError(f"“{name}” is not as Pixelfed writes it.") from error


def _posts(archive: ArchiveReader, status: _Status, lost: Lost) -> Iterator[Item]:
    if status.reblog or status.pf_type == "share":
        lost["Boosts", "other_people"] += 1
        return
    files = status.media_attachments or ()
    if not files:
        lost["Posts without a file", "no_files"] += 1
        return
    lost["Places", "no_field"] += bool(status.place)
    text = (status.content_text or plain(status.content)).strip()
    yield from status_posts(
        archive,
        [Attachment(media.url, media.description, _license(media.license)) for media in files],
        text=text,
        warning=plain(status.spoiler_text) or ("sensitive media" if status.sensitive else None),
        hashtags=tagged([tag.name for tag in status.tags or ()]) or hashtags_in(text),
        created_at=status.created_at,
        is_hidden=status.visibility not in _SHOWN,
    )


def _license(given: _License | None) -> str | None:
    """Its title has no version, and its address is that of the site's help for what is not Creative Commons'."""
    is_common = given is not None and "creativecommons.org/" in (given.url or "")
    return (given.url if is_common else given.title) if given else None


def _older_posts(archive: ArchiveReader, raw: msgspec.Raw, lost: Lost) -> Iterator[Item]:
    try:
        note = decoded(raw, Note)
    except UnreadableError:
        lost["Statuses of another kind", "not_readable"] += 1
        return
    if note.attachment:
        yield from note_posts(archive, note, note.attachment)
    else:
        lost["Posts without a file", "no_files"] += 1


FORM = Form(
    name="pixelfed",
    title="A Pixelfed export with its pictures",
    recognizes=_recognizes,
    read=_read,
    has_fixed_names=True,
)
