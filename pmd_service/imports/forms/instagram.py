"""Instagram's export in the format JSON: posts, reels, videos and stories, with their files below ``media/``.

Its documents have moved over the years, and its texts are UTF-8 that was escaped as Latin-1. A date is in seconds.
Since 2025 ``posts.json`` has all about a post as labels; some exports have it alone, others beside ``posts_1.json``.
Until 2020 ``media.json`` had all files, with dates in ISO 8601; those of one post share their caption and date.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from ..archive import ArchiveReader
from ..items import Item, Lost, LostItem, PostItem, lost_items
from ..listing import ArchiveRefusedError
from .details import date_of
from .documents import UnreadableError, decoded, read_outbox
from .form import Form, with_unnamed_files
from .texts import MAX_TEXT, hashtags_in, titled, unescaped

_FOLDERS = r"(?:your_instagram_activity/)?(?:content|media)/"
_NAMES = r"(posts|reels|igtv_videos|stories|archived_posts|other_content)(?:_\d+)?"
_DOCUMENT = re.compile(_FOLDERS + _NAMES + r"\.json")
_HTML = re.compile(_FOLDERS + _NAMES + r"\.html")
# Shown to nobody any more.
_HIDDEN = frozenset({"stories", "archived_posts"})
_ACTIVITY = re.compile(
    r"(?:your_instagram_activity/)?(comments|likes|messages|saved|story_\w+)/.*\.json|(comments|likes|messages|saved)\.json"
)
_UNTIL_2020 = re.compile(r"media(?:_\d+)?\.json")
_FILES_UNTIL_2020 = re.compile(r"(?:photos|videos|stories)/\d{6}/.+")
# Those of posts and stories: what people have as their picture, or got in messages, is left out.
_MEDIA = re.compile(rf"media/(?!profile/).+(?<!\.json)(?<!\.html)|{_FILES_UNTIL_2020.pattern}")

_LAST_SECOND = 253_402_300_799
_Seconds = Annotated[int, Meta(ge=0, le=_LAST_SECOND)]


class _Media(msgspec.Struct, frozen=True):
    uri: str
    creation_timestamp: _Seconds | None = None
    title: str | None = None


class _Label(msgspec.Struct, frozen=True):
    """Something about a post, by its name in the account's language; its files are one, whatever that is."""

    label: str | None = None
    value: Any = None
    timestamp_value: int | None = None
    media: Sequence[_Media] | None = None


class _Post(msgspec.Struct, frozen=True):
    """A post with its files, or a story, which is a file itself."""

    media: Sequence[_Media] | None = None
    label_values: Sequence[_Label] = ()
    uri: str | None = None
    title: str | None = None
    creation_timestamp: _Seconds | None = None
    timestamp: _Seconds | None = None

    def files(self) -> Sequence[_Media]:
        if self.uri:
            return [_Media(self.uri, self.creation_timestamp)]
        return self.media or [file for label in self.label_values for file in label.media or ()]

    def text(self) -> str:
        of_files = next((file.title for file in self.files() if file.title), None)
        return unescaped(self.title or self._labelled("Caption") or of_files or self._labelled("Title")).strip()

    def seconds(self) -> int | None:
        made = (label.timestamp_value for label in self.label_values if label.label == "Creation time")
        return self.creation_timestamp or next((at for at in made if at and 0 < at <= _LAST_SECOND), None)

    def is_unpublished(self) -> bool:
        return self._labelled("Published") == "False"

    def _labelled(self, name: str) -> str | None:
        values = (label.value for label in self.label_values if label.label == name)
        return next((value for value in values if isinstance(value, str) and value), None)


class _Taken(msgspec.Struct, frozen=True):
    """A file of ``media.json``."""

    path: str
    caption: str | None = None
    taken_at: str = ""

    def seconds(self) -> int | None:
        at = date_of(self.taken_at)
        return None if at is None else int(at.timestamp())


class _AllMedia(msgspec.Struct, frozen=True):
    """``media.json``; messages' files and pictures of the profile are left out."""

    photos: Sequence[_Taken] = ()
    videos: Sequence[_Taken] = ()
    stories: Sequence[_Taken] = ()


def _recognizes(archive: ArchiveReader) -> bool:
    if any(_DOCUMENT.fullmatch(name) or _HTML.fullmatch(name) for name in archive.entries):
        return True
    return bool(_documents_until_2020(archive)) and any(_FILES_UNTIL_2020.fullmatch(name) for name in archive.entries)


def _documents_until_2020(archive: ArchiveReader) -> Sequence[str]:
    return sorted(name for name in archive.entries if _UNTIL_2020.fullmatch(name))


def _read(archive: ArchiveReader) -> Iterator[Item]:
    return with_unnamed_files(_items(archive), archive, _MEDIA.fullmatch)


def _items(archive: ArchiveReader) -> Iterator[Item]:
    found = {name: match[1] in _HIDDEN for name in archive.entries if (match := _DOCUMENT.fullmatch(name))}
    # What one document hides stays so, whatever others name it.
    documents = sorted(found, key=lambda name: (not found[name], name))
    until_2020 = [] if documents else _documents_until_2020(archive)
    if not documents and not until_2020:
        raise ArchiveRefusedError("This is Instagram's export as HTML: have it made once more, in the format JSON.")
    lost: Lost = Counter()
    seen: set[str] = set()
    for name in documents:
        for raw in _raw_posts(archive, name):
            try:
                post = decoded(raw, _Post)
            except UnreadableError:
                lost["Posts of another kind", "not_readable"] += 1
            else:
                yield from _posts(archive, post, seen, lost, is_hidden=found[name])
    for name in until_2020:
        for post, is_story in _posts_until_2020(archive, name):
            yield from _posts(archive, post, seen, lost, is_hidden=is_story)
    activity = sum(1 for name in archive.entries if _ACTIVITY.fullmatch(name))
    lost["Comments, likes and messages: their documents", "other_people"] = activity
    yield from lost_items(lost)


def _posts_until_2020(archive: ArchiveReader, name: str) -> Iterator[tuple[_Post, bool]]:
    """The posts, and the stories as such."""
    media = read_outbox(archive, name, _AllMedia, site="Instagram")
    posts: dict[tuple[str, str | None], list[_Taken]] = {}
    for file in (*media.photos, *media.videos):
        posts.setdefault((file.taken_at, file.caption), []).append(file)
    stories = [[file] for file in media.stories]
    for files, is_story in (*((each, False) for each in posts.values()), *((each, True) for each in stories)):
        first = files[0]
        of_post = [_Media(file.path) for file in files]
        yield _Post(media=of_post, title=first.caption, creation_timestamp=first.seconds()), is_story


def _raw_posts(archive: ArchiveReader, name: str) -> Sequence[msgspec.Raw]:
    """Documents other than those of posts have their list under a name; one post is in no list in some exports."""
    found = read_outbox(archive, name, msgspec.Raw, site="Instagram")
    try:
        if bytes(found).lstrip().startswith(b"["):
            return decoded(found, list[msgspec.Raw])
        named = decoded(found, dict[str, msgspec.Raw])
        lists = [decoded(value, list[msgspec.Raw]) for key, value in named.items() if key.startswith("ig_")]
    except UnreadableError as error:
        raise ArchiveRefusedError(f"“{name}” is not as Instagram writes it.") from error
    return [raw for each in lists for raw in each] if lists else [found]


def _posts(archive: ArchiveReader, post: _Post, seen: set[str], lost: Lost, *, is_hidden: bool) -> Iterator[Item]:
    """A post for each file, as posts have one here; each file once, whatever documents name it."""
    files = post.files()
    if not files:
        lost["Posts without a file", "no_files"] += 1
    text, posted = post.text(), post.seconds()
    for number, file in enumerate(files, start=1):
        title = titled(None, text=text, number=number, count=len(files))
        seconds = posted or file.creation_timestamp or post.timestamp
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
            is_hidden=is_hidden or post.is_unpublished(),
        )


FORM = Form(
    name="instagram",
    title="An Instagram export in the format JSON",
    recognizes=_recognizes,
    read=_read,
    has_fixed_names=True,
)
