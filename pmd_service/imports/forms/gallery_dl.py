"""Folders of gallery-dl with its metadata in JSON beside each file (``--write-metadata``: ``NAME.EXT.json``).

The keywords are those of its extractors of DeviantArt, ArtStation, Pixiv and Twitter; others are read by the same
names. Its dates are UTC without a zone.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from ..archive import ArchiveReader, Entry, EntryDamagedError
from ..items import FileItem, Item, LostItem, PostItem
from .form import Form
from .texts import alt_of, described, plain, tagged, titled, warned

ENDING = ".json"
MAX_SIDE_FILE_BYTES = 4 << 20


class _Keywords(msgspec.Struct, frozen=True):
    """The keywords that are read; which of them there are depends on the site."""

    category: str
    date: str | None = None
    title: str | None = None
    content: str | None = None  # Twitter
    caption: str | None = None  # Pixiv
    alt_text: str | None = None  # ours
    content_warnings: Sequence[str] | None = None  # ours
    description: str | None = None  # Twitter: the alt text
    tags: Sequence[Any] | Mapping[str, Any] | str | None = None
    hashtags: Sequence[str] | None = None
    license: str | None = None
    num: int | None = None
    count: int | None = None
    is_mature: bool | None = None  # DeviantArt
    adult_content: bool | None = None  # ArtStation
    sensitive: bool | None = None  # Twitter
    rating: str | None = None  # Pixiv


def _recognizes(archive: ArchiveReader) -> bool:
    entries = archive.entries
    return any(name.endswith(ENDING) and name.removesuffix(ENDING) in entries for name in entries)


def _read(archive: ArchiveReader) -> Iterator[Item]:
    entries = archive.entries
    sides = {name.removesuffix(ENDING): entry for name, entry in entries.items() if name.endswith(ENDING)}
    lost: Counter[str] = Counter()
    for name, entry in entries.items():
        if name not in sides and not name.endswith(ENDING) and entry.size:
            yield FileItem(title=name.rpartition("/")[2][-255:], entry=entry, original_path=name)
    for name, side in sides.items():
        if name not in entries:
            yield LostItem(title=name[-500:], reason="not_in_archive")
        elif (post := _post(archive, entries[name], side)) is None:
            lost[name] += 1
        else:
            yield post
    yield from (LostItem(title=name[-500:], reason="not_readable") for name in lost)


def _post(archive: ArchiveReader, entry: Entry, side: Entry) -> PostItem | None:
    """None if the file is empty, or its metadata cannot be read or has no date."""
    if side.size > MAX_SIDE_FILE_BYTES or not entry.size:
        return None
    try:
        found = msgspec.json.decode(b"".join(archive.chunks(side)), type=_Keywords)
        created_at = datetime.fromisoformat(found.date or "")
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, EntryDamagedError):
        return None
    is_tweet = found.category == "twitter"
    text = plain(found.content if is_tweet else found.caption or found.description)
    warning, alt = _warning(found), plain(found.description) if is_tweet else found.alt_text
    number = (found.num or 0) + (found.category == "pixiv")  # which counts from 0
    return PostItem(
        title=titled(found.title, text=text, number=number, count=max(found.count or 1, number)),
        entry=entry,
        description=described(text, warning=warning, alt=alt),
        alt_text=alt_of(alt),
        content_warnings=warned(warning) or warned(", ".join(found.content_warnings or ())),
        hashtags=tagged(found.hashtags or _tags(found.tags)),
        license=found.license[:500] if found.license and found.license != "No License" else None,
        created_at=created_at if created_at.tzinfo else created_at.replace(tzinfo=UTC),
    )


def _tags(tags: Sequence[Any] | Mapping[str, Any] | str | None) -> Sequence[Any]:
    """Some extractors join them, or have them with translations."""
    return tags.split() if isinstance(tags, str) else [*(tags or ())]


def _warning(found: _Keywords) -> str | None:
    if found.is_mature or found.adult_content or (found.rating or "General") not in ("General", "s", "g", "safe"):
        return "mature content"
    return "sensitive media" if found.sensitive else None


FORM = Form(name="gallery_dl", title="A folder of gallery-dl", recognizes=_recognizes, read=_read)
