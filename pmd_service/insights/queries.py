"""Insights as rows: visits by day from ``visits``, reactions and comments by their times from the site's own tables.

In a thread: writing a sheet with a row for each of many posts.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from ..base.database import Connection, Pool, find_all
from ..http.errors import unprocessable
from ..http.wire import EPOCH, PageCursor, read_cursor, write_cursor
from ..portable.sheets import written
from ..site.posts import LIVE_ARTWORK, VISIBLE_COMMENT

MAX_DAYS = 400
MAX_PAGE = 512
DEFAULT_DAYS = 30

Kind: TypeAlias = Literal["post", "pack", "link", "series"]
By: TypeAlias = Literal["day", "post", "pack", "link", "series"]


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """The days that are counted, in UTC; at most 400."""

    since: (
        Annotated[date, Meta(description=f"The first day; without it {DEFAULT_DAYS} days.", examples=["2026-11-01"])]
        | None
    ) = None
    until: Annotated[date, Meta(description="The last day; without it today.", examples=["2026-11-30"])] | None = None

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day.

        Raises:
            ProblemError: 422, there is none, or there are too many.
        """
        until = self.until or datetime.now(UTC).date()
        if not EPOCH.date() <= until < date.max:
            raise unprocessable("The last day is out of range.", path="?until")
        since = self.since or until - timedelta(DEFAULT_DAYS - 1)
        if not 0 <= (until - since).days < MAX_DAYS:
            raise unprocessable(f"The period has 1 to {MAX_DAYS} days.", path="?since")
        return since, until


class InsightQuery(Period, frozen=True, kw_only=True):
    """The parameters of GET /api/pmd/insights/most."""

    by: Annotated[Kind, Meta(description="What is listed.")] = "post"
    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE, description="Rows a page.")] = 128
    cursor: PageCursor | None = None


class SheetQuery(Period, frozen=True, kw_only=True):
    """The parameters of GET /api/pmd/insights.csv."""

    by: Annotated[By, Meta(description="What a row is about.")] = "day"


class InsightDay(msgspec.Struct, frozen=True, kw_only=True):
    """A day in UTC; views and downloads are those of links and series, reactions and comments those of posts."""

    day: date
    view_count: Annotated[int, Meta(examples=[40])]
    download_count: Annotated[int, Meta(examples=[12])]
    reaction_count: Annotated[int, Meta(examples=[9])]
    comment_count: Annotated[int, Meta(examples=[2])]


class InsightDays(msgspec.Struct, frozen=True, kw_only=True):
    """Every day of the period, the first one first."""

    items: Sequence[InsightDay]


class InsightSubject(msgspec.Struct, frozen=True, kw_only=True):
    """A post, pack, link or series, and what was counted in the period; without a title, it is gone.

    ``total_view_count`` of a post is the site's own number since it was published: the site does not say of which days.
    """

    subject_id: Annotated[int, Meta(examples=[102])]
    title: Annotated[str | None, Meta(examples=["Lighthouse at dusk"])]
    view_count: Annotated[int, Meta(examples=[40])]
    download_count: Annotated[int, Meta(examples=[12])]
    reaction_count: Annotated[int, Meta(examples=[9])]
    comment_count: Annotated[int, Meta(examples=[2])]
    total_view_count: Annotated[int | None, Meta(examples=[812])] = None

    @property
    def count(self) -> int:
        return self.view_count + self.download_count + self.reaction_count + self.comment_count


class InsightPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page, those with most first; ``next_cursor`` is null on the last one."""

    items: Sequence[InsightSubject]
    next_cursor: str | None


class Place(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a page ended: the last row's number, and its id."""

    count: Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
    subject_id: Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]


FIRST = Place(2**63 - 1, 2**63 - 1)

# The posts as an array: what belongs to them is found by indexes, whatever the statistics are.
_OWN = f"SELECT array_agg(id ORDER BY id)::bigint[] AS ids FROM posts WHERE owner_id = $1 AND {LIVE_ARTWORK}"
_DAYS = f"""
WITH seen AS (
    SELECT day, sum(view_count) AS view_count, sum(download_count) AS download_count
      FROM visits WHERE user_id = $1 AND day BETWEEN $2 AND $3 GROUP BY day),
own AS MATERIALIZED ({_OWN}),
reacted AS (
    SELECT (created_at AT TIME ZONE 'UTC')::date AS day, count(*) AS reaction_count
      FROM reactions
     WHERE post_id = ANY ((SELECT ids FROM own)::bigint[]) AND created_at >= $4 AND created_at < $5 GROUP BY 1),
commented AS (
    SELECT (created_at AT TIME ZONE 'UTC')::date AS day, count(*) AS comment_count
      FROM comments
     WHERE post_id = ANY ((SELECT ids FROM own)::bigint[]) AND {VISIBLE_COMMENT}
       AND created_at >= $4 AND created_at < $5 GROUP BY 1)
SELECT day, coalesce(view_count, 0)::bigint AS view_count, coalesce(download_count, 0)::bigint AS download_count,
       coalesce(reaction_count, 0) AS reaction_count, coalesce(comment_count, 0) AS comment_count
  FROM (SELECT generate_series($2::date, $3::date, interval '1 day')::date AS day) AS days
  LEFT JOIN seen USING (day) LEFT JOIN reacted USING (day) LEFT JOIN commented USING (day)
 ORDER BY day
"""
_POSTS = f"""
WITH own AS MATERIALIZED ({_OWN}),
counted AS (
    SELECT post_id, sum(reaction_count)::bigint AS reaction_count, sum(comment_count)::bigint AS comment_count
      FROM (SELECT post_id, count(*) AS reaction_count, 0 AS comment_count
              FROM reactions
             WHERE post_id = ANY ((SELECT ids FROM own)::bigint[]) AND created_at >= $2 AND created_at < $3
             GROUP BY post_id
             UNION ALL
            SELECT post_id, 0, count(*)
              FROM comments
             WHERE post_id = ANY ((SELECT ids FROM own)::bigint[]) AND {VISIBLE_COMMENT}
               AND created_at >= $2 AND created_at < $3
             GROUP BY post_id) AS each
     GROUP BY post_id),
most AS MATERIALIZED (
    SELECT post_id, reaction_count, comment_count
      FROM counted
     WHERE (reaction_count + comment_count, post_id::bigint) < ($4::bigint, $5::bigint)
     ORDER BY reaction_count + comment_count DESC, post_id DESC
     LIMIT $6)
SELECT posts.id AS subject_id, title, 0 AS view_count, 0 AS download_count, reaction_count, comment_count,
       posts.view_count AS total_view_count
  FROM most JOIN posts ON posts.id = post_id
 WHERE posts.id = ANY (ARRAY(SELECT post_id FROM most))
 ORDER BY reaction_count + comment_count DESC, posts.id DESC
"""
_PACKS = """
SELECT pack_id AS subject_id, (SELECT name FROM pack WHERE pack.id = pack_id AND user_id = $1) AS title,
       view_count, download_count, 0 AS reaction_count, 0 AS comment_count
  FROM (SELECT pack_id, sum(view_count)::bigint AS view_count, sum(download_count)::bigint AS download_count
          FROM visits
         WHERE user_id = $1 AND day BETWEEN $2 AND $3 AND pack_id IS NOT NULL GROUP BY pack_id) AS counted
 WHERE (view_count + download_count, pack_id) < ($4::bigint, $5::bigint)
 ORDER BY view_count + download_count DESC, pack_id DESC
 LIMIT $6
"""
_LINKS = """
SELECT subject_id,
       (SELECT coalesce((SELECT name FROM pack WHERE pack.id = pack_id), 'download') || ' · ' || code
          FROM share_link WHERE share_link.id = subject_id AND user_id = $1) AS title,
       view_count, download_count, 0 AS reaction_count, 0 AS comment_count
  FROM (SELECT subject_id, sum(view_count)::bigint AS view_count, sum(download_count)::bigint AS download_count
          FROM visits
         WHERE user_id = $1 AND day BETWEEN $2 AND $3 AND subject = 'link' GROUP BY subject_id) AS counted
 WHERE (view_count + download_count, subject_id) < ($4::bigint, $5::bigint)
 ORDER BY view_count + download_count DESC, subject_id DESC
 LIMIT $6
"""
_SERIES = """
SELECT subject_id, (SELECT name FROM series WHERE series.id = subject_id AND user_id = $1) AS title,
       view_count, 0 AS download_count, 0 AS reaction_count, 0 AS comment_count
  FROM (SELECT subject_id, sum(view_count)::bigint AS view_count
          FROM visits
         WHERE user_id = $1 AND day BETWEEN $2 AND $3 AND subject = 'series' GROUP BY subject_id) AS counted
 WHERE (view_count, subject_id) < ($4::bigint, $5::bigint)
 ORDER BY view_count DESC, subject_id DESC
 LIMIT $6
"""
_OF: Mapping[Kind, str] = {"post": _POSTS, "pack": _PACKS, "link": _LINKS, "series": _SERIES}


async def count_days(connection: Connection | Pool, period: Period, *, user_id: int) -> InsightDays:
    """Raises: ProblemError: 422, as ``Period.days``."""
    since, until = period.days
    values = (user_id, since, until, *_moments(since, until))
    return InsightDays(items=await find_all(connection, InsightDay, _DAYS, *values))


async def list_insights(connection: Connection | Pool, query: InsightQuery, *, user_id: int) -> InsightPage:
    """A page of what was seen, taken or answered most.

    Raises:
        ProblemError: 422, as ``Period.days``, or not a cursor of this list.
    """
    after = FIRST if query.cursor is None else read_cursor(query.cursor, Place)
    found = await _read(connection, query.by, query, after, query.limit + 1, user_id=user_id)
    items = found[: query.limit]
    is_last = len(found) <= query.limit
    next_cursor = None if is_last else write_cursor(Place(items[-1].count, items[-1].subject_id))
    return InsightPage(items=items, next_cursor=next_cursor)


async def _read(
    connection: Connection | Pool, kind: Kind, period: Period, after: Place, limit: int, *, user_id: int
) -> list[InsightSubject]:
    since, until = period.days
    days = _moments(since, until) if kind == "post" else (since, until)
    return await find_all(connection, InsightSubject, _OF[kind], user_id, *days, after.count, after.subject_id, limit)


def _moments(since: date, until: date) -> tuple[datetime, datetime]:
    """When the first day begins, and when the last one ends."""
    first, last = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (since, until))
    return first, last + timedelta(days=1)


# As many as one user may have posts.
MAX_ROWS = 200_000
_COUNTS = ("view_count", "download_count", "reaction_count", "comment_count")


async def write_sheet(connection: Connection | Pool, query: SheetQuery, *, user_id: int) -> str:
    """The period as CSV, by day or by what was seen.

    Raises:
        ProblemError: 422, as ``Period.days``.
    """
    if query.by == "day":
        days = await count_days(connection, query, user_id=user_id)
        return written([("day", *_COUNTS), *((each.day, *_counts(each)) for each in days.items)])
    found = await _read(connection, query.by, query, FIRST, MAX_ROWS, user_id=user_id)
    rows = ((each.subject_id, each.title or "", *_counts(each), each.total_view_count) for each in found)
    return await asyncio.to_thread(lambda: written([("id", "title", *_COUNTS, "total_view_count"), *rows]))


def _counts(each: InsightDay | InsightSubject) -> Iterable[int]:
    return (getattr(each, name) for name in _COUNTS)
