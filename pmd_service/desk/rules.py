"""An artist's rule as it is stored, and what moves when it changes."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from aiohttp import web

from ..base.database import POOL, Connection, Pool, row_count
from ..base.telemetry import log
from ..http.etags import IfMatch
from ..identity.users import Actor
from ..work.adding import drop_work
from .days import move_to_days, read_clock, taken_of
from .drafts import Draft
from .edits import KIND, lock_desk
from .live import note_drafts, notify_drafts
from .queries import Reader, all_drafts
from .rule import Rule, checked, days_of_rule

_FIND = """
SELECT is_on, weekdays, times, in_turn, time_zone, is_paused, ai_opt_out FROM publishing_rule WHERE user_id = $1
"""
_INSERT = """
INSERT INTO publishing_rule (user_id, is_on, weekdays, times, in_turn, time_zone, is_paused, ai_opt_out)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_ADD = f"{_INSERT} ON CONFLICT (user_id) DO NOTHING RETURNING user_id"
_WRITE = f"""
{_INSERT}
    ON CONFLICT (user_id) DO UPDATE
   SET is_on = excluded.is_on, weekdays = excluded.weekdays, times = excluded.times, in_turn = excluded.in_turn,
       time_zone = excluded.time_zone, is_paused = excluded.is_paused, ai_opt_out = excluded.ai_opt_out,
       updated_at = now()
"""
_DROP = "DELETE FROM publishing_rule WHERE user_id = $1"


async def find_rule(connection: Connection | Pool, *, user_id: int) -> Rule:
    """The artist's rule; where there is none, one that is off."""
    row = await connection.fetchrow(_FIND, user_id)
    if row is None:
        return Rule()
    return Rule(**{**row, "times": [f"{at:%H:%M}" for at in row["times"]]})


async def write_rule(app: web.Application, actor: Actor, rule: Rule, match: IfMatch) -> Rule:
    """Store the rule; what it has scheduled moves to its new days.

    Raises:
        ProblemError: 412; 422 there is no such time zone.
    """
    rule, user_id = checked(rule), actor.subject.id
    async with app[POOL].acquire() as connection, connection.transaction():
        await lock_desk(connection, user_id=user_id)
        before = await find_rule(connection, user_id=user_id)
        match.require(before)
        await connection.execute(_WRITE, user_id, *_values(rule))
        moved = await _follow(connection, Reader.of(app), before, rule, user_id=user_id)
        await notify_drafts(connection, user_id)
        now = await find_rule(connection, user_id=user_id)
    log.info("publishing_rule_set", is_on=rule.is_on, is_paused=rule.is_paused, moved=moved, user=actor.subject.sqid)
    return now


def _values(rule: Rule) -> tuple[Any, ...]:
    """The columns of ``_INSERT`` behind the user's id."""
    times = [time.fromisoformat(text) for text in rule.times]
    return rule.is_on, rule.weekdays, times, rule.in_turn, rule.time_zone, rule.is_paused, rule.ai_opt_out


async def add_rule(connection: Connection, rule: Rule, *, user_id: int) -> bool:
    """Set the rule where none is set yet; False if one is.

    Raises:
        ProblemError: 422, there is no such time zone.
    """
    return await connection.fetchval(_ADD, user_id, *_values(checked(rule))) is not None


async def drop_rule(connection: Connection, rule: Rule, *, user_id: int) -> bool:
    """Unset the rule if it is this one; False if it is not."""
    await lock_desk(connection, user_id=user_id)
    is_same = await find_rule(connection, user_id=user_id) == checked(rule)
    return is_same and row_count(await connection.execute(_DROP, user_id)) > 0


async def _follow(connection: Connection, reader: Reader, before: Rule, rule: Rule, *, user_id: int) -> int:
    """Hold what is due while the queue is paused, and move what the rule has scheduled; returns how many."""
    scheduled = await all_drafts(connection, reader, user_id=user_id, statuses=["scheduled"])
    if rule.is_paused:
        await drop_work(connection, KIND, [draft.id for draft in scheduled])
    if not rule.is_on or not scheduled:
        return 0
    now = await read_clock(connection)
    placed = sorted(
        (draft for draft in scheduled if not draft.is_placed_by_hand), key=lambda draft: (draft.due_at, draft.id)
    )
    has_passed = (
        before.is_paused and not rule.is_paused and any(draft.due_at <= now for draft in placed if draft.due_at)
    )
    days = (rule.weekdays, rule.times, rule.time_zone)
    if not has_passed and days == (before.weekdays, before.times, before.time_zone):
        return 0
    return await _replan(connection, rule, placed, now, user_id=user_id)


async def _replan(connection: Connection, rule: Rule, placed: Sequence[Draft], now: datetime, *, user_id: int) -> int:
    """Put what the rule has scheduled on its days from now on, in the order that it had."""
    draft_ids = [draft.id for draft in placed]
    taken = await taken_of(connection, rule, now, user_id=user_id, without=draft_ids)
    days = dict(zip(draft_ids, days_of_rule(rule, taken, now), strict=False))
    moved = {draft.id: days[draft.id] for draft in placed if draft.id in days and days[draft.id] != draft.due_at}
    await drop_work(connection, KIND, list(moved))
    changed = await move_to_days(connection, moved, user_id=user_id, is_by_hand=False)
    await note_drafts(connection, user_id, "changed", sorted(changed))
    return len(changed)
