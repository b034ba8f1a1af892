"""A Mastodon archive: ActivityStreams 2.0 in ``outbox.json``, with its files below ``media_attachments/``.

Mastodon writes them in ``app/services/backup_service.rb``: the addresses of attachments are paths in the archive.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from ..archive import ArchiveReader
from ..items import Item, Lost, LostItem, PostItem, lost_items
from ..listing import Entry
from .documents import UnreadableError, decoded, read_outbox
from .form import Form, with_unnamed_files
from .texts import MAX_TEXT, licence_of, plain, tagged, titled, warnings_of

OUTBOX, MEDIA = "outbox.json", "media_attachments"
_PUBLIC = frozenset({"https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"})


class Attachment(msgspec.Struct, frozen=True):
    url: str
    name: str | None = None  # the alt text
    license: str | None = None  # Pixelfed has one


class _Tag(msgspec.Struct, frozen=True):
    type: str = ""
    name: str = ""


class Note(msgspec.Struct, frozen=True):
    published: Annotated[datetime, Meta(tz=True)]
    content: str | None = None
    summary: str | None = None  # the content warning
    sensitive: bool | None = None
    attachment: Sequence[Attachment] | None = None
    tag: Sequence[_Tag] | None = None
    to: str | Sequence[str] | None = None
    cc: str | Sequence[str] | None = None


class _Activity(msgspec.Struct, frozen=True):
    type: str
    object: Note | str  # boosts have an address


class _Outbox(msgspec.Struct, frozen=True, rename="camel"):
    ordered_items: Sequence[msgspec.Raw]


def _recognizes(archive: ArchiveReader) -> bool:
    return OUTBOX in archive.entries


def _read(archive: ArchiveReader) -> Iterator[Item]:
    return with_unnamed_files(_items(archive), archive, lambda name: MEDIA in name.split("/"))


def _items(archive: ArchiveReader) -> Iterator[Item]:
    outbox = read_outbox(archive, OUTBOX, _Outbox, site="Mastodon")
    lost: Lost = Counter()
    for raw in outbox.ordered_items:
        try:
            activity = decoded(raw, _Activity)
        except UnreadableError:
            lost["Activities of another kind", "not_readable"] += 1
            continue
        if activity.type == "Announce":
            lost["Boosts", "other_people"] += 1
        elif activity.type != "Create" or isinstance(activity.object, str):
            lost["Activities of another kind", "not_readable"] += 1
        elif not activity.object.attachment:
            lost["Posts without a file", "no_files"] += 1
        else:
            yield from note_posts(archive, activity.object, activity.object.attachment)
    yield from lost_items(lost)


def note_posts(archive: ArchiveReader, note: Note, attachments: Sequence[Attachment]) -> Iterator[Item]:
    return status_posts(
        archive,
        attachments,
        text=plain(note.content),
        warning=plain(note.summary) or ("sensitive media" if note.sensitive else None),
        hashtags=tagged([tag.name for tag in note.tag or () if tag.type == "Hashtag"]),
        created_at=note.published,
        is_hidden=not _PUBLIC & {*_addressed(note.to), *_addressed(note.cc)},
    )


def status_posts(
    archive: ArchiveReader,
    attachments: Sequence[Attachment],
    *,
    text: str,
    warning: str | None,
    hashtags: Sequence[str],
    created_at: datetime,
    is_hidden: bool,
) -> Iterator[Item]:
    """A post for each file, as posts have one here."""
    for number, attachment in enumerate(attachments, start=1):
        title = titled(None, text=text, number=number, count=len(attachments))
        entry = find_media(archive, attachment.url)
        if entry is None:
            yield LostItem(title=title, reason="not_in_archive")
            continue
        yield PostItem(
            title=title,
            entry=entry,
            description=text[:MAX_TEXT] or None,
            alt_text=attachment.name and attachment.name[:MAX_TEXT],
            content_warnings=warnings_of(warning),
            hashtags=hashtags,
            license=licence_of(attachment.license),
            created_at=created_at,
            is_hidden=is_hidden,
        )


def _addressed(value: str | Sequence[str] | None) -> Sequence[str]:
    return [value] if isinstance(value, str) else value or ()


def find_media(archive: ArchiveReader, url: str) -> Entry | None:
    """An attachment's file; sites that keep files elsewhere have a prefix before its path. Nothing is fetched."""
    try:
        return archive.find(urlsplit(url).path.lstrip("/"))
    except ValueError:
        return None


FORM = Form(name="mastodon", title="A Mastodon archive", recognizes=_recognizes, read=_read, has_fixed_names=True)
