"""The calendar: what has been published and what will be, day by day in the rule's time zone."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import takewhile
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from ..base.database import Pool, find_all
from ..http.errors import unprocessable
from .days import read_clock, taken_of
from .drafts import Draft, Status
from .queries import Reader, all_drafts
from .rule import Rule, Taken, checked, days_of_rule
from .rules import find_rule
from .schedule import in_turn

MAX_DAYS = 100
# In all days together, and shown of each.
MAX_ENTRIES = 10_000
MAX_SHOWN = 24
# Times of other years may have no counterpart in UTC.
FIRST_YEAR, LAST_YEAR = 1970, 9000


class CalendarQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The days of the calendar, both included."""

    since: Annotated[date, Meta(description="The first day.", examples=["2026-11-23"])]
    until: Annotated[date, Meta(description=f"The last one; at most {MAX_DAYS} days.", examples=["2026-12-27"])]


class CalendarEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A draft on its day; one that is only planned has the status ``draft``."""

    draft_id: Annotated[int, Meta(examples=[31])]
    status: Annotated[Status, Meta(examples=["scheduled"])]
    at: datetime
    title: Annotated[str | None, Meta(examples=["Lighthouse"])]
    asset_id: Annotated[int | None, Meta(description="Whose preview shows it.", examples=[7])]
    post_id: int | None
    is_placed_by_hand: bool


class CalendarDay(msgspec.Struct, frozen=True, kw_only=True):
    """A day with its first entries; ``free_at`` are the rule's times that nothing is scheduled for."""

    day: Annotated[date, Meta(examples=["2026-11-27"])]
    published_count: int
    scheduled_count: Annotated[int, Meta(examples=[1])]
    failed_count: int
    planned_count: Annotated[int, Meta(description="Ready drafts that the rule would publish then.", examples=[0])]
    free_at: Annotated[Sequence[datetime], Meta(examples=[["2026-11-27T17:00:00Z"]])]
    entries: Annotated[Sequence[CalendarEntry], Meta(description="At most 24, in order.")]


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """Every day that was asked for."""

    time_zone: Annotated[str, Meta(examples=["Europe/Berlin"])]
    days: Sequence[CalendarDay]


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """When a draft would go out."""

    draft_id: Annotated[int, Meta(examples=[31])]
    at: datetime


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """When the drafts that are ready would go out by a rule, in order."""

    ready_count: Annotated[int, Meta(examples=[9])]
    first_at: datetime | None
    last_at: datetime | None
    drafts: Annotated[Sequence[Planned], Meta(description="None while the rule is off.")]


# Failed ones stay on their day.
_ENTRIES = """
SELECT draft.id AS draft_id, status, coalesce(published_at, due_at) AS at, draft.title, asset.id AS asset_id,
       draft.post_id, is_placed_by_hand
  FROM draft
  LEFT JOIN asset ON asset.id = draft.asset_id AND asset.user_id = draft.user_id
 WHERE draft.user_id = $1 AND due_at IS NOT NULL
   AND coalesce(published_at, due_at) >= $2 AND coalesce(published_at, due_at) < $3
 ORDER BY at, draft.id
 LIMIT $4
"""


async def read_calendar(pool: Pool, reader: Reader, query: CalendarQuery, *, user_id: int) -> Calendar:
    """Every day from the first to the last.

    Raises:
        ProblemError: 422, the days are in the wrong order, too many, or of another age.
    """
    count = (query.until - query.since).days + 1
    if not 1 <= count <= MAX_DAYS:
        raise unprocessable(f"A calendar has 1 to {MAX_DAYS} days.", path="?until")
    if query.since.year < FIRST_YEAR or query.until.year > LAST_YEAR:
        raise unprocessable(f"A calendar is of the years {FIRST_YEAR} to {LAST_YEAR}.", path="?since")
    rule = await find_rule(pool, user_id=user_id)
    begin, end = (_midnight(day, rule.zone) for day in (query.since, query.until + timedelta(days=1)))
    entries = await find_all(pool, CalendarEntry, _ENTRIES, user_id, begin, end, MAX_ENTRIES)
    planned, free = await _planned(pool, reader, rule, begin, user_id=user_id)
    by_day: dict[date, list[CalendarEntry]] = defaultdict(list)
    for entry in [*entries, *planned]:
        by_day[entry.at.astimezone(rule.zone).date()].append(entry)
    free_days: dict[date, list[datetime]] = defaultdict(list)
    for at in takewhile(lambda at: at < end, free):
        free_days[at.astimezone(rule.zone).date()].append(at)
    days = [query.since + timedelta(days=number) for number in range(count)]
    return Calendar(
        time_zone=rule.time_zone, days=[_day(day, by_day.get(day, ()), free_days.get(day, ())) for day in days]
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def _day(day: date, entries: Sequence[CalendarEntry], free: Sequence[datetime]) -> CalendarDay:
    counts = Counter(entry.status for entry in entries)
    return CalendarDay(
        day=day,
        published_count=counts["published"],
        scheduled_count=counts["scheduled"],
        failed_count=counts["failed"],
        planned_count=counts["draft"],
        free_at=free,
        entries=sorted(entries, key=lambda entry: entry.at)[:MAX_SHOWN],
    )


async def _planned(
    pool: Pool, reader: Reader, rule: Rule, begin: datetime, *, user_id: int
) -> tuple[Sequence[CalendarEntry], Iterator[datetime]]:
    """The drafts that are ready on the days that the rule has for them, and its free times in the calendar."""
    if not rule.is_on:
        return (), iter(())
    ready, days = await _ready(pool, reader, rule, user_id=user_id)
    planned = [
        CalendarEntry(
            draft_id=draft.id,
            status="draft",
            at=at,
            title=draft.title,
            asset_id=draft.file.id if draft.file else None,
            post_id=None,
            is_placed_by_hand=False,
        )
        for draft, at in zip(ready, days, strict=False)
    ]
    taken, now = await _taken(pool, rule, user_id=user_id)
    return planned, days_of_rule(rule, taken, max(now, begin - timedelta.resolution))


async def _taken(pool: Pool, rule: Rule, *, user_id: int) -> tuple[Taken, datetime]:
    now = await read_clock(pool)
    return await taken_of(pool, rule, now, user_id=user_id), now


async def _ready(pool: Pool, reader: Reader, rule: Rule, *, user_id: int) -> tuple[Sequence[Draft], Iterator[datetime]]:
    """The drafts that are ready, in the rule's order, and its days."""
    drafts = await all_drafts(pool, reader, user_id=user_id, statuses=["draft"])
    ready = in_turn(rule, [draft for draft in drafts if draft.is_ready])
    return ready, days_of_rule(rule, *await _taken(pool, rule, user_id=user_id))


async def plan(pool: Pool, reader: Reader, rule: Rule | None, *, user_id: int) -> Plan:
    """When the drafts that are ready would go out: by the artist's rule, or by another.

    Raises:
        ProblemError: 422, there is no such time zone.
    """
    rule = await find_rule(pool, user_id=user_id) if rule is None else checked(rule)
    ready, days = await _ready(pool, reader, rule, user_id=user_id)
    drafts = [Planned(draft_id=draft.id, at=at) for draft, at in zip(ready, days, strict=False)] if rule.is_on else []
    return Plan(
        ready_count=len(ready),
        first_at=drafts[0].at if drafts else None,
        last_at=drafts[-1].at if drafts else None,
        drafts=drafts,
    )
