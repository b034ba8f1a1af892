"""The rule's days: free ones only, in the artist's time zone, on days on which clocks change too."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from pmd_service.desk.rule import Rule, Taken, checked, days_of_rule
from pmd_service.http.errors import ProblemError

EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)


def local(rule: Rule, now: datetime, count: int, taken: Taken | None = None) -> list[str]:
    found = list(islice(days_of_rule(rule, taken or Taken(), now), count))
    assert found == sorted({*found})
    assert all(at.utcoffset() == timedelta() for at in found)
    return [f"{at.astimezone(rule.zone):%a %d %b %H:%M %z}" for at in found]


def test_weekdays_at_a_time_leave_out_the_weekend_and_what_has_passed() -> None:
    rule = Rule(time_zone="Europe/Berlin")
    now = datetime(2026, 11, 26, 17, 0, tzinfo=UTC)  # Thursday 18:00 in Berlin, to the second
    assert local(rule, now, 3) == ["Fri 27 Nov 18:00 +0100", "Mon 30 Nov 18:00 +0100", "Tue 01 Dec 18:00 +0100"]
    assert local(rule, now - timedelta(seconds=1), 1) == ["Thu 26 Nov 18:00 +0100"]


def test_days_by_hand_are_left_whole_and_own_times_singly() -> None:
    rule = Rule(time_zone="Europe/Berlin", times=("09:00", "18:00"))
    now = datetime(2026, 11, 23, 6, tzinfo=UTC)
    taken = Taken(days=frozenset({date(2026, 11, 24)}), times=frozenset({datetime(2026, 11, 23, 8, tzinfo=UTC)}))
    assert local(rule, now, 3, taken) == ["Mon 23 Nov 18:00 +0100", "Wed 25 Nov 09:00 +0100", "Wed 25 Nov 18:00 +0100"]


CHANGES = {
    "Berlin in spring": (
        "Europe/Berlin", date(2027, 3, 27), ("02:30", "03:30"),
        ["Sat 27 Mar 02:30 +0100", "Sat 27 Mar 03:30 +0100", "Sun 28 Mar 03:30 +0200", "Mon 29 Mar 02:30 +0200"],
    ),
    "Berlin in spring, after the next one": (
        "Europe/Berlin", date(2027, 3, 28), ("02:30", "03:15"),
        ["Sun 28 Mar 03:15 +0200", "Sun 28 Mar 03:30 +0200", "Mon 29 Mar 02:30 +0200"],
    ),
    "Berlin in autumn": (
        "Europe/Berlin", date(2026, 10, 24), ("02:30",),
        ["Sat 24 Oct 02:30 +0200", "Sun 25 Oct 02:30 +0200", "Mon 26 Oct 02:30 +0100"],
    ),
    "New York in spring": (
        "America/New_York", date(2026, 3, 7), ("02:00",),
        ["Sat 07 Mar 02:00 -0500", "Sun 08 Mar 03:00 -0400", "Mon 09 Mar 02:00 -0400"],
    ),
    "New York in autumn": (
        "America/New_York", date(2026, 10, 31), ("01:59",),
        ["Sat 31 Oct 01:59 -0400", "Sun 01 Nov 01:59 -0400", "Mon 02 Nov 01:59 -0500"],
    ),
    "Lord Howe, by half an hour": (
        "Australia/Lord_Howe", date(2026, 10, 3), ("02:10", "02:40"),
        ["Sat 03 Oct 02:10 +1030", "Sat 03 Oct 02:40 +1030", "Sun 04 Oct 02:40 +1100", "Mon 05 Oct 02:10 +1100"],
    ),
    "Apia leaves a day out": (
        "Pacific/Apia", date(2011, 12, 29), ("18:00",),
        ["Thu 29 Dec 18:00 -1000", "Sat 31 Dec 18:00 +1400", "Sun 01 Jan 18:00 +1400"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_times_are_right_on_days_on_which_clocks_change(change: str) -> None:
    zone, day, times, expected = CHANGES[change]
    rule = Rule(time_zone=zone, times=times, weekdays=EVERY_DAY)
    midnight = datetime.combine(day, datetime.min.time(), tzinfo=ZoneInfo(zone))
    assert local(rule, midnight.astimezone(UTC), len(expected)) == expected


def test_rule_ends_at_its_horizon_where_nothing_is_free() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    days = frozenset(date(2026, 1, 1) + timedelta(days=number) for number in range(8000))
    assert local(Rule(), now, 1, Taken(days=days)) == []


def test_rule_needs_a_known_time_zone() -> None:
    for zone in ("Berlin", "../etc/passwd", "", "Europe/Berlin\0", "Factory", "localtime"):
        with pytest.raises(ProblemError, match="time zone"):
            checked(Rule(time_zone=zone))
    assert checked(Rule(times=("18:00", "09:00", "18:00"), weekdays=(5, 1, 5))).times == ["09:00", "18:00"]
