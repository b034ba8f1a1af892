"""The rule by which drafts go out: on which days, at which times, in whose time zone. Pure: no database, no clock."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal, TypeAlias
from zoneinfo import ZoneInfo, available_timezones

import msgspec
from msgspec import Meta

from ..http.errors import unprocessable
from ..http.patterns import matching
from ..locales import translatable

# Beyond that, nobody has planned anything, and a table of time zones says nothing.
HORIZON_DAYS = 20 * 366
MAX_TIMES = 24
# Of the table, but no place's: no browser knows them, and the second one is another on each server.
_NO_PLACES = frozenset({"Factory", "localtime"})

InTurn: TypeAlias = Literal["table", "series"]
TimeOfDay = Annotated[
    str,
    Meta(examples=["18:00"]),
    matching(r"^([01]\d|2[0-3]):[0-5]\d$", translatable("Expected a time of day, such as 18:00")),
]
Weekday = Annotated[int, Meta(ge=1, le=7)]


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When drafts are published, and the default of what posts and files do not declare.

    ``is_on``: drafts can be scheduled by the rule. ``is_paused``: nothing goes out.
    """

    is_on: bool = False
    weekdays: Annotated[
        Sequence[Weekday], Meta(min_length=1, max_length=7, description="1 is Monday.", examples=[[1, 2, 3, 4, 5]])
    ] = (1, 2, 3, 4, 5)
    times: Annotated[
        Sequence[TimeOfDay], Meta(min_length=1, max_length=MAX_TIMES, description="Of each of these days.")
    ] = ("18:00",)
    in_turn: Annotated[
        InTurn, Meta(description="The order of drafts: as in the table, or one of each series in turn.")
    ] = "table"
    time_zone: Annotated[str, Meta(max_length=64, description="By IANA's name.", examples=["Europe/Berlin"])] = "UTC"
    is_paused: bool = False
    ai_opt_out: Annotated[
        bool, Meta(description="Whether works are not for training AI, unless a post or file says otherwise.")
    ] = False

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class Taken(msgspec.Struct, frozen=True):
    """What the rule must leave free: days on which the artist has put something, and times that it has used itself."""

    days: frozenset[date] = frozenset()
    times: frozenset[datetime] = frozenset()


def checked(rule: Rule) -> Rule:
    """The rule with its days and times in order, each once.

    Raises:
        ProblemError: 422, there is no such time zone.
    """
    if rule.time_zone not in available_timezones() - _NO_PLACES:
        raise unprocessable(f"There is no time zone “{rule.time_zone}”.", path="$.time_zone")
    return msgspec.structs.replace(rule, weekdays=sorted({*rule.weekdays}), times=sorted({*rule.times}))


def days_of_rule(rule: Rule, taken: Taken, now: datetime) -> Iterator[datetime]:
    """The rule's free times after now, in UTC, for ``HORIZON_DAYS``.

    On a day on which clocks change, a time that does not exist is as much later as the clocks are set forward, and one
    that exists twice is the first. A day that a time zone leaves out (Apia's 30 December 2011) has no times.
    """
    zone, today = rule.zone, now.astimezone(rule.zone).date()
    last = now
    for number in range(HORIZON_DAYS):
        day = today + timedelta(days=number)
        if day.isoweekday() not in rule.weekdays or day in taken.days:
            continue
        moments = (moment(day, time.fromisoformat(text), zone) for text in rule.times)
        # In order: a time that is left out may be after the next one.
        for at in sorted({at for at in moments if at is not None}):
            if at > last and at not in taken.times:
                last = at
                yield at


def moment(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    """A time of a day in UTC; None if the time zone leaves the day out, or it is the first or last of all days."""
    try:
        found = datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
    except OverflowError:
        return None
    return found if found.astimezone(zone).date() == day else None
