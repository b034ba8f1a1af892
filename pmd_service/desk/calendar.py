"""The calendar: what has been published and what will be, day by day in the rule's time zone."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from ..base.database import Pool
from .drafts import Status
from .rule import Rule

MAX_DAYS = 100


class CalendarQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The days of the calendar, both included."""

    from_: Annotated[date, Meta(description="The first day.", examples=["2026-11-23"])] = msgspec.field(name="from")
    to: Annotated[date, Meta(description=f"The last one; at most {MAX_DAYS} days.", examples=["2026-12-27"])]


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
    free_at: Sequence[datetime]
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


async def read_calendar(pool: Pool, query: CalendarQuery, *, user_id: int) -> Calendar:
    raise NotImplementedError


async def plan(pool: Pool, rule: Rule | None, *, user_id: int) -> Plan:
    raise NotImplementedError
