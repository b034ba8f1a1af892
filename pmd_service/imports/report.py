"""The report of an import: what becomes of each item, by what there is already."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias, TypeGuard

import msgspec
from asyncpg import Record

from ..assets.asset import VAULT_PREFIX
from ..base.database import with_custom_plans
from ..desk.imported import SeriesKey, find_series
from ..media.companions import PAGES, PROGRAMS, ending_of
from ..site.posts import LIVE_ARTWORK
from ..site.rights import are_ours, takes_posts
from ..work.context import WorkerContext
from .files import find_present
from .items import (
    DraftItem,
    FileItem,
    Item,
    LostItem,
    PackItem,
    PostItem,
    SeriesItem,
    SettingItem,
)
from .known_bytes import KnownBytes
from .making import key_of_series, name_of, only_a_file, title_of
from .reading import Heading
from .rows import ImportCount, ImportReport

MAX_LICENSES = 64
# In a report; of those that are mapped by hand, the most frequent ones.
MAX_HASHTAGS, MAX_WARNINGS = 200, 64
# Of which these are chosen.
MAX_COUNTED = 20_000
RENAMED = "renamed_since"
POSTS_ELSEWHERE = "posts_are_made_elsewhere"  # where the site takes no posts from here

_INSERT = """
INSERT INTO import_item (import_id, number, outcome, reason, item)
SELECT $1, row.number, row.outcome, row.reason, row.item
  FROM jsonb_to_recordset($2) AS row (number integer, outcome text, reason text, item jsonb)
"""
# A post that was renamed since is known by the import that has made it, or by its bytes, where they have been read.
# Without a new title nothing of earlier imports is read: there is no index by what was made.
_SAME_POSTS = f"""
WITH here AS (
    SELECT wanted.*, posts.id, coalesce(posts.title, '') = wanted.title AS is_named,
           coalesce(sum.size = wanted.size AND sum.crc32 = wanted.crc32, false) AS has_bytes
      FROM jsonb_to_recordset($2) AS wanted (number integer, title text, archived_title text, created_at timestamptz,
                                             size bigint, crc32 bigint)
      JOIN posts ON owner_id = $1 AND posts.created_at = wanted.created_at AND {LIVE_ARTWORK}
      LEFT JOIN object_sum AS sum ON sum.key = substr(posts.art_url, {len(VAULT_PREFIX) + 1})),
renamed AS (
    SELECT DISTINCT here.number, here.id
      FROM here
      JOIN import_item AS made ON made_id = here.id AND made_kind = 'post' AND made.state <> 'present'
      JOIN imports ON imports.id = import_id AND user_id = $1
     WHERE NOT is_named AND made.item ->> 'title' = archived_title)
SELECT number, title, created_at, bool_or(has_bytes) AS has_bytes,
       count(*) FILTER (WHERE is_named) AS named, count(renamed.id) AS renamed
  FROM here LEFT JOIN renamed USING (number, id)
 GROUP BY number, title, created_at
HAVING bool_or(has_bytes OR is_named OR renamed.id IS NOT NULL)
 ORDER BY has_bytes DESC, number
"""
# The draft that a post has become, and been published from, is known by the post's date, and by its file.
_SAME_DRAFTS = f"""
SELECT DISTINCT wanted.number
  FROM jsonb_to_recordset($2) AS wanted (number integer, title text, created_at timestamptz, size bigint, crc32 bigint,
                                         library_file text)
  JOIN draft ON draft.user_id = $1 AND posted_at = wanted.created_at
  JOIN asset ON asset.id = draft.asset_id AND asset.user_id = $1
 WHERE (asset.hash = wanted.library_file
        OR asset.size_bytes = wanted.size AND (asset.crc32 = wanted.crc32 OR draft.title = wanted.title))
   AND (draft.status <> 'published'
        OR EXISTS (SELECT FROM posts WHERE posts.id = draft.post_id AND owner_id = $1 AND {LIVE_ARTWORK}))
"""
# A file with a draft, or with a post.
_TAKEN_FILES = f"""
SELECT hash FROM asset
 WHERE user_id = $1 AND hash = ANY ($2) AND deleted_at IS NULL
   AND (EXISTS (SELECT FROM draft WHERE asset_id = asset.id AND status <> 'published')
        OR EXISTS (SELECT FROM posts WHERE posts.id = asset.post_id AND owner_id = $1 AND {LIVE_ARTWORK}))
"""
_HAS_SETTINGS = """
SELECT EXISTS (SELECT FROM publishing_rule WHERE user_id = $1) AS rule,
       EXISTS (SELECT FROM watermark WHERE user_id = $1 AND num_nonnulls(text, picture) = 1) AS watermark,
       EXISTS (SELECT FROM account_language WHERE user_id = $1) AS language
"""
_SAME_PACKS = "SELECT name FROM pack WHERE user_id = $1 AND deleted_at IS NULL AND name = ANY ($2)"

_SAME_FOLDERS = "SELECT name FROM smart_folder WHERE user_id = $1 AND name = ANY ($2)"
_SAME_VIEWS = "SELECT name FROM saved_view WHERE user_id = $1 AND name = ANY ($2)"
_SAME_TAGS = "SELECT tag FROM tag_color WHERE user_id = $1 AND tag = ANY ($2)"

_SAME = {
    "pack": _SAME_PACKS,
    "draft": _TAKEN_FILES,
    "smart_folder": _SAME_FOLDERS,
    "saved_view": _SAME_VIEWS,
    "tag": _SAME_TAGS,
}
_Key: TypeAlias = tuple[str, str | SeriesKey]


class Reporter:
    """Decides what becomes of each item, by what there is already."""

    def __init__(
        self,
        worker: WorkerContext,
        import_id: int,
        user_id: int,
        licenses: Mapping[str, int],
        *,
        archive: Path,
        is_own: bool,
    ) -> None:
        self._worker = worker
        self._import_id = import_id
        self._user_id = user_id
        self._licenses = licenses
        self._is_own = is_own
        self._named: dict[str, int | None] = {}
        self._began = datetime.now(UTC)
        self._counts: Counter[tuple[str, str, str | None]] = Counter()
        self._bytes = KnownBytes(
            worker.pool, archive, import_id=import_id, user_id=user_id, max_bytes=worker.settings.library_max_bytes
        )
        self._posts: set[int] = set()  # of the archive's posts
        self._present: Counter[tuple[str, datetime]] = Counter()
        self._hashtags: Counter[str] = Counter()
        self._warnings: Counter[str] = Counter()
        self.count = 0

    async def add(self, items: Sequence[Item]) -> None:
        numbered = await self._with_hashes(list(enumerate(items, start=self.count + 1)))
        self.count += len(items)
        doubles = {number for number, item in numbered if isinstance(item, PostItem) and self._is_double(item)}
        posts = [_wanted(number, item) for number, item in numbered if isinstance(item, PostItem)]
        present = await self._present_posts([each for each in posts if each["number"] not in doubles])
        there = await self._present_things([item for _, item in numbered])
        pool = self._worker.pool
        takes = takes_posts(self._worker.settings, stands_alone=await are_ours(pool))
        rows = []
        for number, item in numbered:
            is_present = number in present or self._key_of(item) in there
            is_double = number in doubles
            outcome, reason = self._outcome(item, is_present=is_present, is_double=is_double, takes=takes)
            if outcome == "present":
                reason = present.get(number)
            kind, count = item.__struct_config__.tag, item.count if isinstance(item, LostItem) else 1
            self._counts[str(kind), outcome, reason] += count
            rows.append({"number": number, "outcome": outcome, "reason": reason, "item": msgspec.to_builtins(item)})
        await pool.execute(_INSERT, self._import_id, rows)

    def _becomes_file(self, item: Item) -> TypeGuard[FileItem | PostItem]:
        return isinstance(item, FileItem) or only_a_file(self._worker.settings, item) is not None

    async def _with_hashes(self, numbered: Sequence[tuple[int, Item]]) -> Sequence[tuple[int, Item]]:
        """With the SHA-256 of files that may be known, where the archive does not name it."""
        files = {number: item for number, item in numbered if self._becomes_file(item) and item.sha256 is None}
        found = await self._bytes.find(files)
        return [
            (number, msgspec.structs.replace(item, sha256=found[number]) if number in found else item)
            for number, item in numbered
        ]

    async def _present_posts(self, wanted: Sequence[Mapping[str, Any]]) -> Mapping[int, str | None]:
        """The numbers of posts that are here, as posts or as drafts, each with what is to say of it."""
        if not wanted:
            return {}
        async with with_custom_plans(self._worker.pool) as connection:
            posts = await connection.fetch(_SAME_POSTS, self._user_id, wanted)
            drafts = await connection.fetch(_SAME_DRAFTS, self._user_id, wanted)
        return {each["number"]: None for each in drafts} | self._present_of(posts)

    async def _present_things(self, items: Sequence[Item]) -> set[_Key]:
        """Of what is no post, the keys that are here."""
        pool, user_id = self._worker.pool, self._user_id
        keys: dict[str, list[Any]] = {}
        for kind, name in filter(None, map(self._key_of, items)):
            keys.setdefault(kind, []).append(name)
        here: set[_Key] = set()
        if hashes := keys.get("file"):
            here |= {("file", each) for each in await find_present(pool, user_id=user_id, hashes=set(hashes))}
        here |= {("series", each) for each in await find_series(pool, keys.get("series", []), user_id=user_id)}
        for kind, statement in _SAME.items():
            if kind in keys:
                here |= {(kind, row[0]) for row in await pool.fetch(statement, user_id, keys[kind])}
        if "setting" in keys:
            settings = await pool.fetchrow(_HAS_SETTINGS, user_id)
            here |= {("setting", name) for name, is_here in (settings or {}).items() if is_here}
        return here

    def _key_of(self, item: Item) -> _Key | None:
        """By what a thing is found that is no post; None of what is not looked for."""
        if self._becomes_file(item):
            return None if item.sha256 is None else ("file", item.sha256)
        return _key_of_thing(item)

    def _present_of(self, same: Sequence[Record]) -> dict[int, str | None]:
        """The posts that are here: by their bytes, or as many of a title and time as there are, or were."""
        present: dict[int, str | None] = {}
        for each in same:
            self._present[each["title"], each["created_at"]] += 1
            place = self._present[each["title"], each["created_at"]]
            if each["has_bytes"] or place <= each["named"] + each["renamed"]:
                present[each["number"]] = None if place <= each["named"] else RENAMED
        return present

    def _is_double(self, item: PostItem) -> bool:
        """Whether the archive has the same file with the same title and date before."""
        key = hash((item.entry.offset, item.title, item.created_at))
        is_double = key in self._posts
        self._posts.add(key)
        return is_double

    def _outcome(self, item: Item, *, is_present: bool, is_double: bool, takes: bool) -> tuple[str, str | None]:
        if isinstance(item, LostItem):
            return "lose", item.reason
        if is_double or is_present:
            return ("double" if is_double else "present"), None
        if isinstance(item, DraftItem | SettingItem) and not self._is_own:
            return "skip", "artist_only"
        return ("make", None) if isinstance(item, SeriesItem | SettingItem) else self._planned(item, takes=takes)

    def _planned(self, item: FileItem | PostItem | PackItem | DraftItem, *, takes: bool) -> tuple[str, str | None]:
        self._count_values(item)
        if (left_out := self._left_out(item, takes=takes)) is not None:
            return left_out
        if (reason := self._change(item)) is not None:
            return "change", reason
        return "make", "scheduled" if isinstance(item, DraftItem) and item.due_at is not None else None

    def _change(self, item: FileItem | PostItem | PackItem | DraftItem) -> str | None:
        if (reason := only_a_file(self._worker.settings, item)) is not None:
            return reason
        if isinstance(item, DraftItem) and item.due_at is not None and item.due_at <= self._began:
            return "day_has_passed"
        return None if item.license is None or item.license in self._licenses else "license_unknown"

    def _left_out(
        self, item: FileItem | PostItem | PackItem | DraftItem, *, takes: bool
    ) -> tuple[str, str | None] | None:
        if isinstance(item, PostItem) and not takes:
            return "skip", POSTS_ELSEWHERE
        if not self._becomes_file(item):
            return None
        if ending_of(name_of(item)) in PROGRAMS | PAGES:
            return "skip", "not_kept_here"
        if item.sha256 in self._bytes.hashes:
            return "double", None
        if item.sha256:
            self._bytes.hashes.add(item.sha256)
        return None

    def _count_values(self, item: FileItem | PostItem | PackItem | DraftItem) -> None:
        """What can be mapped; packs have neither hashtags nor warnings."""
        if item.license and len(self._named) < MAX_LICENSES:
            self._named[item.license] = self._licenses.get(item.license)
        _count(self._hashtags, () if isinstance(item, PackItem) else item.hashtags)
        _count(self._warnings, () if isinstance(item, PackItem) else item.content_warnings)

    def report(self, heading: Heading) -> ImportReport:
        counts = [
            ImportCount(kind=kind, outcome=outcome, reason=reason, count=count)  # type: ignore[arg-type]
            for (kind, outcome, reason), count in sorted(self._counts.items(), key=str)
        ]
        return ImportReport(
            counts=counts,
            licenses=self._named,
            hashtags=dict(self._hashtags.most_common(MAX_HASHTAGS)),
            warnings=dict(self._warnings.most_common(MAX_WARNINGS)),
            columns=heading.columns,
            forms=heading.forms,
        )


def _wanted(number: int, item: PostItem) -> dict[str, Any]:
    return {
        "number": number,
        "title": title_of(item) or "",
        "archived_title": item.title,
        "created_at": item.created_at.isoformat(),
        "size": item.entry.size,
        "crc32": item.entry.crc32,
        "library_file": item.library_file,
    }


def _key_of_thing(item: Item) -> _Key | None:
    match item:
        case SeriesItem():
            return "series", key_of_series(item)
        case PackItem(title=name):
            return "pack", name
        case DraftItem(file=content_hash):
            return "draft", content_hash
        case SettingItem():
            return _key_of_setting(item)
    return None


def _key_of_setting(item: SettingItem) -> _Key:
    if item.smart_folder is not None:
        return "smart_folder", item.smart_folder.name
    if item.saved_view is not None:
        return "saved_view", item.saved_view.name
    if item.tag is not None:
        return "tag", item.tag.name
    return "setting", "rule" if item.rule else "watermark" if item.watermark else "language"


def _count(counts: Counter[str], values: Sequence[str]) -> None:
    counts.update(value for value in values if value in counts or len(counts) < MAX_COUNTED)
