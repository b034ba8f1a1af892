"""Instagram's export in the format JSON: posts, reels, videos and stories, with their files below ``media/``.

Its documents have moved over the years, and its texts are UTF-8 that was escaped as Latin-1. A date is in seconds.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from ..archive import ArchiveReader
from ..items import Item, Lost, LostItem, PostItem, lost_items
from ..listing import ArchiveRefusedError
from .documents import UnreadableError, decoded, read_outbox
from .form import Form
from .texts import MAX_TEXT, hashtags_in, titled, unescaped

_FOLDERS = r"(?:your_instagram_activity/)?(?:content|media)/"
_DOCUMENT = re.compile(_FOLDERS + r"(posts_\d+|reels|igtv_videos|stories|archived_posts)\.json")
_HTML = re.compile(_FOLDERS + r"(posts_\d+|reels|stories)\.html")
# Shown to nobody any more.
_HIDDEN = frozenset({"stories", "archived_posts"})
_ACTIVITY = re.compile(r"(?:your_instagram_activity/)?(comments|likes|messages|saved|story_\w+)/.*\.json")

_Seconds = Annotated[int, Meta(ge=0, le=253_402_300_799)]


class _Media(msgspec.Struct, frozen=True):
    uri: str
    creation_timestamp: _Seconds | None = None
    title: str | None = None


class _Post(msgspec.Struct, frozen=True):
    """A post with its files, or a story, which is a file itself."""

    media: Sequence[_Media] | None = None
    uri: str | None = None
    title: str | None = None
    creation_timestamp: _Seconds | None = None


class _Lists(msgspec.Struct, frozen=True):
    """Documents other than those of posts have their list under a name."""

    ig_reels_media: list[msgspec.Raw] | None = None
    ig_igtv_media: list[msgspec.Raw] | None = None
    ig_stories: list[msgspec.Raw] | None = None
    ig_archived_post_media: list[msgspec.Raw] | None = None


def _recognizes(archive: ArchiveReader) -> bool:
    return any(_DOCUMENT.fullmatch(name) or _HTML.fullmatch(name) for name in archive.entries)


def _read(archive: ArchiveReader) -> Iterator[Item]:
    documents = sorted(name for name in archive.entries if _DOCUMENT.fullmatch(name))
    if not documents:
        raise ArchiveRefusedError("This is Instagram's export as HTML: have it made once more, in the format JSON.")
    lost: Lost = Counter()
    seen: set[str] = set()
    for name in documents:
        found = _DOCUMENT.fullmatch(name)
        assert found is not None
        for raw in _raw_posts(archive, name):
            try:
                post = decoded(raw, _Post)
            except UnreadableError:
                lost["Posts of another kind", "not_readable"] += 1
            else:
                yield from _posts(archive, post, seen, lost, is_hidden=found[1] in _HIDDEN)
    activity = sum(1 for name in archive.entries if _ACTIVITY.fullmatch(name))
    lost["Comments, likes and messages: their documents", "other_people"] = activity
    yield from lost_items(lost)


def _raw_posts(archive: ArchiveReader, name: str) -> Sequence[msgspec.Raw]:
    found = read_outbox(archive, name, msgspec.Raw, site="Instagram")
    try:
        if bytes(found).lstrip().startswith(b"["):
            return decoded(found, list[msgspec.Raw])
        lists = decoded(found, _Lists)
    except UnreadableError as error:
        raise ArchiveRefusedError(f"“{name}” is not as Instagram writes it.") from error
    # One post is not in a list in some exports.
    return lists.ig_reels_media or lists.ig_igtv_media or lists.ig_stories or lists.ig_archived_post_media or [found]


def _posts(archive: ArchiveReader, post: _Post, seen: set[str], lost: Lost, *, is_hidden: bool) -> Iterator[Item]:
    """A post for each file, as posts have one here; each file once, whatever documents name it."""
    files = post.media or ([_Media(post.uri, post.creation_timestamp)] if post.uri else [])
    if not files:
        lost["Posts without a file", "no_files"] += 1
    text = unescaped(post.title or next((file.title for file in files if file.title), "")).strip()
    for number, file in enumerate(files, start=1):
        title = titled(None, text=text, number=number, count=len(files))
        seconds = post.creation_timestamp or file.creation_timestamp
        if file.uri in seen:
            continue
        seen.add(file.uri)
        entry = archive.find(file.uri)
        if entry is None or not seconds:
            yield LostItem(title=title, reason="not_readable" if entry else "not_in_archive")
            continue
        yield PostItem(
            title=title,
            entry=entry,
            description=text[:MAX_TEXT] or None,
            hashtags=hashtags_in(text),
            created_at=datetime.fromtimestamp(seconds, UTC),
            is_hidden=is_hidden,
        )


FORM = Form(
    name="instagram",
    title="Instagram's export in the format JSON",
    recognizes=_recognizes,
    read=_read,
    has_fixed_names=True,
)
