"""Folders of gallery-dl with its metadata in JSON beside each file (``--write-metadata``: ``NAME.EXT.json``).

The keywords are those of its extractors of DeviantArt, ArtStation, Pixiv and Twitter; others are read by the same
names. Its dates are UTC without a zone.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import msgspec

from ..archive import ArchiveReader
from ..items import FileItem, Item, LostItem, PostItem
from ..listing import Entry, base_of
from .details import UNDATED, date_of, dated_item
from .documents import UnreadableError, decoded, side_file
from .form import Form
from .texts import licence_of, plain, tagged, titled, warnings_of

ENDING = ".json"
# So many side files are read to see whether they are gallery-dl's.
TRIED = 16
# Of which the date is that of the account, or none.
_OF_ACCOUNTS = ("avatar", "background", "banner")
_GENERATED = 2  # an illust_ai_type
_SAFE = frozenset({"", "general", "g", "s", "safe"})


class _Keywords(msgspec.Struct, frozen=True):
    """The keywords that are read. Sites use a name for other things, too: DeviantArt's ``content`` is an object."""

    category: str
    subcategory: Any = None
    date: str | None = None
    title: Any = None
    content: Any = None  # Twitter
    caption: Any = None  # Pixiv
    alt_text: Any = None  # ours
    content_warnings: Any = None  # ours
    description: Any = None  # Twitter: the alt text
    tags: Any = None
    hashtags: Any = None
    license: Any = None
    num: Any = None
    count: Any = None
    is_mature: Any = None  # DeviantArt
    adult_content: Any = None  # ArtStation
    sensitive: Any = None  # Twitter
    rating: Any = None  # Pixiv, and what the next ones stand for
    x_restrict: Any = None
    page_count: Any = None
    illust_ai_type: Any = None


def _recognizes(archive: ArchiveReader) -> bool:
    entries = archive.entries
    sides = (entry for name, entry in entries.items() if name.endswith(ENDING) and name.removesuffix(ENDING) in entries)
    return any(_is_ours(archive, side) for side in islice(sides, TRIED))


def _is_ours(archive: ArchiveReader, side: Entry) -> bool:
    try:
        decoded(side_file(archive, side), _Keywords)
    except UnreadableError:
        return False
    return True


def _read(archive: ArchiveReader) -> Iterator[Item]:
    entries = archive.entries
    sides = {name.removesuffix(ENDING): entry for name, entry in entries.items() if name.endswith(ENDING)}
    undated = 0
    for name, entry in entries.items():
        if name.endswith(ENDING) or not entry.size:
            continue
        item: Item = FileItem(title=base_of(name)[-255:], entry=entry, original_path=name)
        if name in sides:
            try:
                item = _item(name, entry, decoded(side_file(archive, sides[name]), _Keywords))
                undated += isinstance(item, FileItem)
            except UnreadableError:
                yield LostItem(title=sides[name].name[-500:], reason="not_readable")
        yield item
    for name in sides:
        if name not in entries:
            yield LostItem(title=name[-500:], reason="not_in_archive")
        elif not entries[name].size:
            yield LostItem(title=name[-500:], reason="empty")
    if undated:
        yield LostItem(title=UNDATED, reason="no_date", count=undated)


def _item(name: str, entry: Entry, found: _Keywords) -> FileItem | PostItem:
    """A post; what has no date, and the pictures of an account, are files of the library."""
    is_tweet = found.category == "twitter"
    text = plain(_text(found.content) if is_tweet else _text(found.caption) or _text(found.description))
    alt = plain(_text(found.description)) if is_tweet else _text(found.alt_text)
    pages = _number(found.count) or _number(found.page_count) or 1
    number = _number(found.num) + (found.category == "pixiv")  # which counts from 0
    title = titled(_text(found.title), text=text, number=number, count=max(pages, number))
    created_at = None if found.subcategory in _OF_ACCOUNTS else date_of(found.date or "")
    item = dated_item(
        name,
        entry,
        None if created_at is None or created_at.timestamp() <= 0 else created_at,
        title=title,
        text=text,
        noted=title,
        alt_text=alt,
        warnings=warnings_of(_warning(found)) or _words(found.content_warnings),
        hashtags=tagged(_tags(found.hashtags or found.tags)),
        license_=None if found.license == "No License" else licence_of(_text(found.license)),
    )
    is_generated = found.illust_ai_type == _GENERATED and isinstance(item, PostItem)
    return msgspec.structs.replace(item, ai_disclosure="generated") if is_generated else item


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _number(value: Any) -> int:
    return value if isinstance(value, int) and 0 <= value < 10_000 else 0


def _tags(tags: Any) -> Sequence[Any]:
    """Some extractors join them, or have them with translations."""
    return tags.split() if isinstance(tags, str) else [*tags] if isinstance(tags, Iterable) else []


def _words(words: Any) -> Sequence[str]:
    return [word[:500] for word in words if isinstance(word, str)][:64] if isinstance(words, list) else []


def _warning(found: _Keywords) -> str | None:
    if found.is_mature or found.adult_content or _number(found.x_restrict) or _text(found.rating).lower() not in _SAFE:
        return "mature content"
    return "sensitive media" if found.sensitive else None


FORM = Form(name="gallery_dl", title="A folder of gallery-dl", recognizes=_recognizes, read=_read)
