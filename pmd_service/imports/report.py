"""The report of an import: what becomes of each item, by what there is already."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from asyncpg import Record

from ..assets.asset import VAULT_PREFIX
from ..media.companions import PAGES, PROGRAMS, ending_of
from ..site.posts import LIVE_ARTWORK
from ..site.rights import are_ours, takes_posts
from ..work.context import WorkerContext
from .files import find_present
from .items import FileItem, Item, LostItem, PackItem, PostItem
from .making import only_a_file, title_of
from .rows import ImportCount, ImportReport

MAX_LICENSES = 64
# In a report; of those that are mapped by hand, the most frequent ones.
MAX_HASHTAGS, MAX_WARNINGS = 200, 64
# Of which these are chosen.
MAX_COUNTED = 20_000
POSTS_ELSEWHERE = "posts_are_made_elsewhere"  # where the site takes no posts from here

_INSERT = """
INSERT INTO import_item (import_id, number, outcome, reason, item)
SELECT $1, row.number, row.outcome, row.reason, row.item
  FROM jsonb_to_recordset($2) AS row (number integer, outcome text, reason text, item jsonb)
"""
# A post that was renamed since is known by its bytes, where they have been read.
_SAME_POSTS = f"""
SELECT wanted.*, here.*
  FROM jsonb_to_recordset($2) AS wanted (number integer, title text, created_at timestamptz, size bigint, crc32 bigint)
 CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE coalesce(posts.title, '') = wanted.title) AS named,
                            coalesce(bool_or(sum.size = wanted.size AND sum.crc32 = wanted.crc32), false) AS has_bytes
                       FROM posts
                       LEFT JOIN object_sum AS sum ON sum.key = substr(posts.art_url, {len(VAULT_PREFIX) + 1})
                      WHERE owner_id = $1 AND posts.created_at = wanted.created_at AND {LIVE_ARTWORK}) AS here
 WHERE here.named > 0 OR here.has_bytes
 ORDER BY here.has_bytes DESC, number
"""
_SAME_PACKS = "SELECT name FROM pack WHERE user_id = $1 AND deleted_at IS NULL AND name = ANY ($2)"


class Reporter:
    """Decides what becomes of each item, by what there is already."""

    def __init__(self, worker: WorkerContext, import_id: int, user_id: int, licenses: Mapping[str, int]) -> None:
        self._worker = worker
        self._import_id = import_id
        self._user_id = user_id
        self._licenses = licenses
        self._named: dict[str, int | None] = {}
        self._counts: Counter[tuple[str, str, str | None]] = Counter()
        self._hashes: set[str] = set()  # of the archive's files
        self._posts: set[int] = set()  # of the archive's posts
        self._present: Counter[tuple[str, datetime]] = Counter()
        self._hashtags: Counter[str] = Counter()
        self._warnings: Counter[str] = Counter()
        self.count = 0

    async def add(self, items: Sequence[Item]) -> None:
        pool = self._worker.pool
        numbered = list(enumerate(items, start=self.count + 1))
        self.count += len(items)
        hashes = {item.sha256 for item in items if isinstance(item, FileItem) and item.sha256}
        known = await find_present(pool, user_id=self._user_id, hashes=hashes)
        doubles = {number for number, item in numbered if isinstance(item, PostItem) and self._is_double(item)}
        posts = [_wanted(number, item) for number, item in numbered if isinstance(item, PostItem)]
        same = await pool.fetch(_SAME_POSTS, self._user_id, [each for each in posts if each["number"] not in doubles])
        present = self._present_of(same)
        names = [item.title for item in items if isinstance(item, PackItem)]
        packs = {each["name"] for each in await pool.fetch(_SAME_PACKS, self._user_id, names)}
        takes = takes_posts(self._worker.settings, stands_alone=await are_ours(pool))
        rows = []
        for number, item in numbered:
            is_present = number in present or (isinstance(item, PackItem) and item.title in packs)
            is_present |= isinstance(item, FileItem) and item.sha256 in known
            is_double = number in doubles
            outcome, reason = self._outcome(item, is_present=is_present, is_double=is_double, takes=takes)
            kind, count = item.__struct_config__.tag, item.count if isinstance(item, LostItem) else 1
            self._counts[str(kind), outcome, reason] += count
            rows.append({"number": number, "outcome": outcome, "reason": reason, "item": msgspec.to_builtins(item)})
        await pool.execute(_INSERT, self._import_id, rows)

    def _present_of(self, same: Sequence[Record]) -> set[int]:
        """The numbers of posts that are here: by their bytes, or as many of a title and time as there are."""
        present = set()
        for each in same:
            self._present[each["title"], each["created_at"]] += 1
            if each["has_bytes"] or self._present[each["title"], each["created_at"]] <= each["named"]:
                present.add(each["number"])
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
        self._count_values(item)
        if (left_out := self._left_out(item, takes=takes)) is not None:
            return left_out
        if (reason := only_a_file(self._worker.settings, item)) is not None:
            return "change", reason
        is_unknown = item.license is not None and item.license not in self._licenses
        return ("change", "license_unknown") if is_unknown else ("make", None)

    def _left_out(self, item: FileItem | PostItem | PackItem, *, takes: bool) -> tuple[str, str | None] | None:
        if isinstance(item, PostItem) and not takes:
            return "skip", POSTS_ELSEWHERE
        if not isinstance(item, FileItem):
            return None
        if ending_of(item.title) in PROGRAMS | PAGES:
            return "skip", "not_kept_here"
        if item.sha256 in self._hashes:
            return "double", None
        if item.sha256:
            self._hashes.add(item.sha256)
        return None

    def _count_values(self, item: FileItem | PostItem | PackItem) -> None:
        """What can be mapped; packs have neither hashtags nor warnings."""
        if item.license and len(self._named) < MAX_LICENSES:
            self._named[item.license] = self._licenses.get(item.license)
        _count(self._hashtags, () if isinstance(item, PackItem) else item.hashtags)
        _count(self._warnings, () if isinstance(item, PackItem) else item.content_warnings)

    def report(self, columns: Mapping[str, str | None]) -> ImportReport:
        counts = [
            ImportCount(kind=kind, outcome=outcome, reason=reason, count=count)  # type: ignore[arg-type]
            for (kind, outcome, reason), count in sorted(self._counts.items(), key=str)
        ]
        return ImportReport(
            counts=counts,
            licenses=self._named,
            hashtags=dict(self._hashtags.most_common(MAX_HASHTAGS)),
            warnings=dict(self._warnings.most_common(MAX_WARNINGS)),
            columns=columns,
        )


def _wanted(number: int, item: PostItem) -> dict[str, Any]:
    return {
        "number": number,
        "title": title_of(item) or "",
        "created_at": item.created_at.isoformat(),
        "size": item.entry.size,
        "crc32": item.entry.crc32,
    }


def _count(counts: Counter[str], values: Sequence[str]) -> None:
    counts.update(value for value in values if value in counts or len(counts) < MAX_COUNTED)
