"""Scheduling drafts: on the rule's days, at a given time, or now; and back to drafts."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import zip_longest
from typing import Annotated, Literal, TypeAlias

import msgspec
from aiohttp import web
from msgspec import Meta

from ..base.database import POOL, Connection, find_values
from ..base.settings import SETTINGS
from ..base.telemetry import log, request_id
from ..http.errors import conflict, unprocessable
from ..identity.users import Actor
from ..locales import Sentence, plural, translatable
from ..site.rights import PUBLISHING_IS_OFF, are_ours, takes_posts
from ..work.adding import add_work
from ..work.queue import QUEUES, Queue
from .days import move_to_days, read_clock, taken_of
from .drafts import Draft, DraftIds, DraftProblem, DraftSelection, DraftsMoved
from .edits import KIND, drop_drafts_work, lock_desk
from .live import note_drafts
from .queries import Reader, all_drafts, find_drafts
from .rule import HORIZON_DAYS, Rule, days_of_rule, moment
from .rules import find_rule


class ScheduleRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/drafts/schedule: which drafts, and when.

    Without ``draft_ids``, all that are ready, in the rule's order. Without ``at`` and ``day``, on the rule's free days.
    """

    draft_ids: DraftIds | None = None
    at: Annotated[datetime, Meta(tz=True, description="All of them then, in their order.")] | None = None
    day: (
        Annotated[
            date,
            Meta(description="All of them on that day, in the rule's time zone: at their own times, or at its first."),
        ]
        | None
    ) = None


ScheduleOutcome: TypeAlias = Literal["scheduled", "not_ready", "no_day", "published", "lost"]


class DraftScheduled(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one draft; one that is not ready says why."""

    id: Annotated[int, Meta(examples=[31])]
    outcome: Annotated[ScheduleOutcome, Meta(examples=["scheduled"])]
    due_at: datetime | None = None
    problems: Sequence[DraftProblem] = ()


class DraftsScheduled(msgspec.Struct, frozen=True, kw_only=True):
    """The result for each draft."""

    items: Sequence[DraftScheduled]
    scheduled_count: Annotated[int, Meta(examples=[9])]
    message: Annotated[Sentence, Meta(examples=["9 drafts are scheduled. 3 are not ready."])]


async def schedule(app: web.Application, actor: Actor, body: ScheduleRequest) -> DraftsScheduled:
    """Put drafts that are ready on days; what is scheduled already is moved.

    Raises:
        ProblemError: 409 publishing from here is off, or the rule is; 422 a time and a day, or one that has passed.
    """
    if body.at is not None and body.day is not None:
        raise unprocessable("A draft goes out at a time or on a day, not both.", path="$.day")
    await _require_publishing(app)
    user_id, reader = actor.subject.id, Reader.of(app)
    async with app[POOL].acquire() as connection, connection.transaction():
        await lock_desk(connection, user_id=user_id)
        now = await read_clock(connection)
        rule = await find_rule(connection, user_id=user_id)
        chosen = await _chosen(connection, reader, body.draft_ids, user_id=user_id)
        ready = [draft for draft in chosen if _is_to_go(draft)]
        is_by_hand = body.at is not None or body.day is not None
        if is_by_hand:
            days = _by_hand(body, rule, ready, now)
        else:
            days = await _by_rule(connection, rule, ready, now, user_id=user_id)
        moved = await _move(connection, days, user_id=user_id, is_by_hand=is_by_hand)
    return _answer(actor, body.draft_ids, chosen, days, moved)


async def _move(
    connection: Connection, days: Mapping[int, datetime], *, user_id: int, is_by_hand: bool
) -> Collection[int]:
    """Move drafts, and their work with them; the ids of those that a worker has not published meanwhile."""
    await drop_drafts_work(connection, list(days), user_id=user_id)
    moved = await move_to_days(connection, days, user_id=user_id, is_by_hand=is_by_hand)
    await note_drafts(connection, user_id, "scheduled", sorted(moved))
    return moved


async def _require_publishing(app: web.Application) -> None:
    """Raises: ProblemError: 409, publishing from here is off."""
    if not takes_posts(app[SETTINGS], stands_alone=await are_ours(app[POOL])):
        raise conflict(PUBLISHING_IS_OFF)


async def _chosen(
    connection: Connection, reader: Reader, draft_ids: Sequence[int] | None, *, user_id: int
) -> list[Draft]:
    """The drafts that a request names, in the table's order; without names, all that are not scheduled."""
    if draft_ids is None:
        return await all_drafts(connection, reader, user_id=user_id, statuses=["draft"])
    named = list(dict.fromkeys(draft_ids))
    found = await find_drafts(connection, reader, user_id=user_id, draft_ids=named)
    return sorted(found, key=lambda draft: (draft.position, draft.id))


def _is_to_go(draft: Draft) -> bool:
    return draft.is_ready and draft.status != "published"


def _by_hand(body: ScheduleRequest, rule: Rule, drafts: Sequence[Draft], now: datetime) -> Mapping[int, datetime]:
    """Raises: ProblemError: 422, the time has passed, or the day is none of the time zone's."""
    days = {}
    for draft in drafts:
        at = body.at if body.day is None else moment(body.day, _time_of(draft, rule), rule.zone)
        if at is None:
            raise unprocessable("The time zone leaves this day out.", path="$.day")
        if at <= now:
            path = "$.at" if body.day is None else "$.day"
            raise unprocessable("This time has passed: choose a later one, or publish now.", path=path)
        if at > now + timedelta(days=HORIZON_DAYS):
            raise unprocessable("This is too far away.", path="$.at" if body.day is None else "$.day")
        days[draft.id] = at.astimezone(UTC)
    return days


def _time_of(draft: Draft, rule: Rule) -> time:
    """The time of day that a draft keeps when it is moved to another day: its own, or else the rule's first."""
    if draft.due_at is not None:
        return draft.due_at.astimezone(rule.zone).time()
    return time.fromisoformat(rule.times[0])


async def _by_rule(
    connection: Connection, rule: Rule, drafts: Sequence[Draft], now: datetime, *, user_id: int
) -> Mapping[int, datetime]:
    """Raises: ProblemError: 409, the rule is off."""
    if not rule.is_on:
        raise conflict("The rule is off: choose a time, or switch the rule on.")
    taken = await taken_of(connection, rule, now, user_id=user_id, without=[draft.id for draft in drafts])
    free = days_of_rule(rule, taken, now)
    return dict(zip([draft.id for draft in in_turn(rule, drafts)], free, strict=False))


def in_turn(rule: Rule, drafts: Sequence[Draft]) -> Sequence[Draft]:
    """Drafts in the order in which the rule takes them; those without a series are one together."""
    if rule.in_turn == "table":
        return drafts
    of_series: dict[int | None, list[Draft]] = {}
    for draft in drafts:
        of_series.setdefault(draft.series_id, []).append(draft)
    rounds = zip_longest(*of_series.values())
    return [draft for each in rounds for draft in each if draft is not None]


def _answer(
    actor: Actor,
    asked: Sequence[int] | None,
    chosen: Sequence[Draft],
    days: Mapping[int, datetime],
    moved: Collection[int],
) -> DraftsScheduled:
    found = {draft.id: draft for draft in chosen}
    named = list(found) if asked is None else list(dict.fromkeys(asked))
    items = [_scheduled(each, found.get(each), days.get(each), is_moved=each in moved) for each in named]
    log.info("drafts_scheduled", drafts=len(moved), asked=len(items), user=actor.subject.sqid)
    return DraftsScheduled(items=items, scheduled_count=len(moved), message=_message(items))


def _scheduled(draft_id: int, draft: Draft | None, due_at: datetime | None, *, is_moved: bool) -> DraftScheduled:
    if draft is None:
        return DraftScheduled(id=draft_id, outcome="lost")
    if is_moved:
        return DraftScheduled(id=draft_id, outcome="scheduled", due_at=due_at)
    if draft.status == "published" or due_at is not None:
        return DraftScheduled(id=draft_id, outcome="published")
    if draft.is_ready:
        return DraftScheduled(id=draft_id, outcome="no_day")
    problems = [problem for problem in draft.problems if problem.is_blocking]
    return DraftScheduled(id=draft_id, outcome="not_ready", problems=problems)


def _message(items: Sequence[DraftScheduled]) -> str:
    counts = Counter(item.outcome for item in items)
    scheduled = counts["scheduled"]
    message = (
        plural("{number} draft is scheduled.", "{number} drafts are scheduled.", scheduled)
        if scheduled
        else translatable("No draft is scheduled.")
    )
    if not (waiting := counts["not_ready"]):
        return message
    more = plural("{number} is not ready.", "{number} are not ready.", waiting)
    return f"{message} {more}"


async def publish_now(app: web.Application, actor: Actor, body: DraftSelection) -> DraftsScheduled:
    """Publish drafts that are ready, in the table's order, as soon as a worker has time; also in a paused queue.

    Raises:
        ProblemError: 409, publishing from here is off.
    """
    await _require_publishing(app)
    user_id, reader = actor.subject.id, Reader.of(app)
    async with app[POOL].acquire() as connection, connection.transaction():
        await lock_desk(connection, user_id=user_id)
        now = await read_clock(connection)
        chosen = await _chosen(connection, reader, body.draft_ids, user_id=user_id)
        ready = [draft for draft in chosen if _is_to_go(draft)]
        days = {draft.id: now for draft in ready}
        moved = await _move(connection, days, user_id=user_id, is_by_hand=True)
        titles = [(draft.id, draft.title or "") for draft in ready if draft.id in moved]
        await add_work(connection, KIND, user_id, titles, request_id=request_id())
    await app[QUEUES].put(Queue.PUBLISHING, len(moved))
    return _answer(actor, body.draft_ids, chosen, days, moved)


_UNSCHEDULE = """
UPDATE draft
   SET status = 'draft', due_at = NULL, is_placed_by_hand = false, reason = NULL,
       version = version + 1, updated_at = now()
 WHERE user_id = $1 AND id = ANY ($2) AND status IN ('scheduled', 'failed')
RETURNING id
"""


async def unschedule(app: web.Application, actor: Actor, body: DraftSelection) -> DraftsMoved:
    """Make scheduled and failed drafts drafts again."""
    draft_ids, user_id = list(dict.fromkeys(body.draft_ids)), actor.subject.id
    async with app[POOL].acquire() as connection, connection.transaction():
        await lock_desk(connection, user_id=user_id)
        await drop_drafts_work(connection, draft_ids, user_id=user_id)
        moved = await find_values(connection, _UNSCHEDULE, user_id, draft_ids)
        await note_drafts(connection, user_id, "changed", sorted(moved))
    log.info("drafts_unscheduled", drafts=len(moved), user=actor.subject.sqid)
    return DraftsMoved(affected_count=len(moved))
