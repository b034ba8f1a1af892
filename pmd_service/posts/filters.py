"""The filters and sort orders of the list of posts, as SQL on a post's columns."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ..base.database import like
from ..base.words import Pattern, Words
from ..http.errors import unprocessable
from ..site.posts import VISIBLE_COMMENT
from ..site.texts import without_case

Visibility = Literal["visible", "hidden", "moderated"]
Instant = Annotated[
    str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$", examples=["2026-10-01T00:00:00Z"])
]
Bytes = Annotated[int, Meta(ge=0, le=2**63 - 1)]

_WORDS = (
    "Words that must all be in the title, the description or the hashtags: `night sea` finds both words, "
    '`"night sea"` the phrase, `-sea` excludes a word, `#sea` is a hashtag. One or two letters match only where a word '
    "begins. Case and accents are ignored. If nothing matches, similar words are found, and `is_alike` is true."
)


class PostFilter(msgspec.Struct, frozen=True, kw_only=True):
    """The filters of a list of posts."""

    q: Annotated[str, Meta(min_length=1, max_length=100, description=_WORDS, examples=["night -sea"])] | None = None
    visibility: Annotated[Visibility, Meta(description="Hidden by the artist, a moderator, or neither.")] | None = None
    format: Annotated[str, Meta(max_length=20, description="The native file's format.", examples=["gif"])] | None = None
    hashtag: Annotated[str, Meta(min_length=1, max_length=64, description="A hashtag, in capitals or not.")] | None = (
        None
    )
    license: Annotated[str, Meta(max_length=64, description="A licence's identifier. Empty: none.")] | None = None
    since: Annotated[Instant, Meta(description="Not older, in UTC.")] | None = None
    until: Annotated[Instant, Meta(description="Older, in UTC.")] | None = None
    min_bytes: Annotated[Bytes, Meta(description="The native file's minimum size.")] | None = None
    max_bytes: Annotated[Bytes, Meta(description="The native file's maximum size.")] | None = None


class Order(msgspec.Struct, frozen=True):
    """A sort key: an SQL expression, the columns that it reads, and what it joins."""

    key: str
    columns: Sequence[str] = ()
    joined: str = ""


_HIDDEN = "hidden_by_user::int + 2 * hidden_by_mod::int"


def _plain(column: str) -> Order:
    return Order(column, [column])


def _counted(table: str, condition: str = "true") -> Order:
    """By the number of each post's rows in a table.

    All ids are passed as one sorted array, so that the table's index is read in one pass instead of one descent for
    each post; sorting them here is faster than in the index scan. FULL, although each count has its post: Postgres has
    no nested loop for a full join, which would be quadratic with stale statistics.
    """
    counts = f"""
SELECT post_id, count(*) AS counted FROM {table}
 WHERE post_id = ANY (ARRAY(SELECT id FROM fitting WHERE fits ORDER BY id)) AND {condition} GROUP BY post_id"""
    return Order("coalesce(counted, 0)", joined=f"FULL JOIN ({counts}) AS counts ON post_id = fitting.id")


# By the name of the column on the page.
ORDERS: Mapping[str, Order] = {
    "date": Order("created_at"),
    "title": Order("""natural_key(folded(nullif(title, ''))) COLLATE "C\"""", ["title"]),
    "description": Order(
        """left(natural_key(folded(left(nullif(description, ''), 200))), 300) COLLATE "C\"""", ["description"]
    ),
    "visibility": Order(_HIDDEN, ["hidden_by_user", "hidden_by_mod"]),
    "frames": _plain("frame_count"),
    "format": _plain("file_format"),
    "size": _plain("file_bytes"),
    "width": _plain("width"),
    "height": _plain("height"),
    "views": _plain("view_count"),
    "license": Order("(SELECT identifier FROM licenses WHERE licenses.id = license_id)", ["license_id"]),
    "reactions": _counted("reactions"),
    "comments": _counted("comments", VISIBLE_COMMENT),
}
Sort = Literal[
    "-date", "date", "-title", "title", "-description", "description", "-visibility", "visibility", "-frames", "frames",
    "-format", "format", "-size", "size", "-width", "width", "-height", "height", "-views", "views",
    "-license", "license", "-reactions", "reactions", "-comments", "comments",
]  # fmt: skip

_CONDITIONS = {
    "format": "file_format = {}::text",
    "hashtag": "hashtags::text[] @> ARRAY[lower({}::text)]",
    "license": "license_id = (SELECT id FROM licenses WHERE identifier = {}::text)",
    "min_bytes": "file_bytes >= {}::bigint",
    "max_bytes": "file_bytes <= {}::bigint",
}
# A site's own posts may have hashtags with capitals; no index finds them, and comparing them takes five times as long.
_TAG_IN_ANY_CASE = f"{without_case('hashtags')}::text[] @> ARRAY[{without_case('{}')}]"
_VISIBILITIES = {
    "visible": "NOT hidden_by_user AND NOT hidden_by_mod",
    "hidden": "hidden_by_user",
    "moderated": "hidden_by_mod",
}
_TIMES = {"since": "created_at >= {}::timestamptz", "until": "created_at < {}::timestamptz"}


class Where(msgspec.Struct, frozen=True):
    """A filter as SQL, with parameters from $2 on.

    Args:
        bounds: limit the rows that are scanned.
        conditions: select among the scanned rows.
        are_named: whether the bounds list the posts' ids.
    """

    bounds: Sequence[str]
    conditions: Sequence[str]
    values: Sequence[object]
    are_named: bool = False

    @classmethod
    def of(cls, chosen: PostFilter, *, has_capitals: bool) -> "Where":
        """All filters except the search words.

        Args:
            has_capitals: whether the posts' hashtags may have capitals.

        Raises:
            ProblemError: 422, a date is not valid.
        """
        where = cls([], [], [])
        for name, template in _TIMES.items():
            if (text := getattr(chosen, name)) is not None:
                where = where.within(template, _instant(name, text))
        if chosen.visibility:
            where = where.having(_VISIBILITIES[chosen.visibility])
        for name, template in _CONDITIONS.items():
            value = getattr(chosen, name)
            if value == "":
                where = where.having("license_id IS NULL" if name == "license" else "file_format IS NULL")
            elif value is not None:
                is_compared = has_capitals and name == "hashtag"
                where = where.having(_TAG_IN_ANY_CASE if is_compared else template, value)
        return where

    def within(self, template: str, *values: object) -> "Where":
        """With another bound."""
        return Where([*self.bounds, self._numbered(template, values)], self.conditions, [*self.values, *values])

    def among(self, post_ids: Sequence[int]) -> "Where":
        """Only among these posts."""
        return msgspec.structs.replace(self.within("id = ANY ({}::bigint[])", post_ids), are_named=True)

    def having(self, template: str, *values: object) -> "Where":
        """With another condition."""
        return Where(self.bounds, [*self.conditions, self._numbered(template, values)], [*self.values, *values])

    def _numbered(self, template: str, values: Sequence[object]) -> str:
        return template.format(
            *(f"${number}" for number in range(len(self.values) + 2, len(self.values) + 2 + len(values)))
        )


def _instant(name: str, text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise unprocessable(f"“{name}” is not valid: {error}.", path=f"?{name}") from error


_TERM = re.compile(r'(-?)(?:"([^"]*)"?|(\S+))')


class Terms(msgspec.Struct, frozen=True):
    """A parsed search: words and phrases that must match, and others that must not."""

    wanted: Sequence[str]
    unwanted: Sequence[str]

    @classmethod
    def read(cls, text: str) -> "Terms":
        wanted: list[str] = []
        unwanted: list[str] = []
        for minus, phrase, word in _TERM.findall(text.replace("\0", " ")):
            (unwanted if minus else wanted).append(phrase or word)
        return cls(wanted, unwanted)


POST_WORDS = Words(
    table="post_search", row="post_id", owner="owner_id", index="ix_post_search_words", normal="post_words"
)
WORDS = "post_words(title, description, hashtags)"
STORED_WORDS = "(SELECT words FROM post_search WHERE post_id = newest.id)"
_RAW = "folded(concat_ws(' ', title, description, array_to_string(hashtags, ' ')))"


def having_words(where: Where, patterns: Sequence[Pattern]) -> Where:
    """With the search words, where no table stores them: they are computed from the posts."""
    for pattern in patterns:
        # A cheap check first, in a tenth of the time: the raw text must contain the letters.
        letters = [f"%{like(each)}%" for each in pattern.text.replace("#", " ").split()]
        has = f"({_RAW} LIKE ALL ({{}}::text[]) AND {WORDS} LIKE {{}})"
        where = where.having(has if pattern.is_wanted else f"NOT {has}", letters, pattern.like)
    return where
