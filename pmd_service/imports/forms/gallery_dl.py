"""Folders of gallery-dl with its metadata in JSON beside each file (``--write-metadata``: ``NAME.EXT.json``).

The keywords are those of its extractors of DeviantArt, ArtStation, Pixiv and Twitter; others are read by the same
names. Its dates are UTC without a zone.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import msgspec

from ..archive import ArchiveReader, Entry
from ..items import FileItem, Item, LostItem, PostItem
from .documents import UnreadableError, decoded, side_file
from .form import Form
from .texts import MAX_TEXT, licence_of, plain, tagged, titled, warnings_of

ENDING = ".json"
# So many side files are read to see whether they are gallery-dl's.
TRIED = 16
_SAFE = frozenset({"", "general", "g", "s", "safe"})


class _Keywords(msgspec.Struct, frozen=True):
    """The keywords that are read. Sites use a name for other things, too: DeviantArt's ``content`` is an object."""

    category: str
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
    rating: Any = None  # Pixiv


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
    if not entry.size:
        return None
    try:
        found = decoded(side_file(archive, side), _Keywords)
        created_at = datetime.fromisoformat(found.date or "")
    except (UnreadableError, ValueError):
        return None
    is_tweet = found.category == "twitter"
    text = plain(_text(found.content) if is_tweet else _text(found.caption) or _text(found.description))
    alt = plain(_text(found.description)) if is_tweet else _text(found.alt_text)
    number = _number(found.num) + (found.category == "pixiv")  # which counts from 0
    return PostItem(
        title=titled(_text(found.title), text=text, number=number, count=max(_number(found.count) or 1, number)),
        entry=entry,
        description=text[:MAX_TEXT] or None,
        alt_text=alt[:MAX_TEXT] or None,
        content_warnings=warnings_of(_warning(found)) or _words(found.content_warnings),
        hashtags=tagged(_tags(found.hashtags or found.tags)),
        license=None if found.license == "No License" else licence_of(_text(found.license)),
        created_at=created_at if created_at.tzinfo else created_at.replace(tzinfo=UTC),
    )


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
    if found.is_mature or found.adult_content or _text(found.rating).lower() not in _SAFE:
        return "mature content"
    return "sensitive media" if found.sensitive else None


FORM = Form(name="gallery_dl", title="A folder of gallery-dl", recognizes=_recognizes, read=_read)
