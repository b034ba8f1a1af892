"""The timeline of one row of work: from the request through queue, worker and child process to the mail."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta

from ...base.database import Connection, Pool
from ...base.public_ids import PublicIds
from ...work.attempts import Attempt, list_attempts
from .finding import Filter, State, WorkItem, find_row, find_work, item_of
from .orders import Operator, OperatorAct, WorkRef, list_log, record_read

_OUTCOMES = {
    "done": "done",
    "retry": "failed; will be retried",
    "waiting": "not the row's fault; no retry spent",
    "error": "an error of the service or its machine; no retry spent",
    "failed": "failed for good",
    "lost": "its lease was lost",
    "stopped": "handed over: the worker was stopping",
}
# Shorter waits are not shown.
WAITED_SECONDS = 0.001


class StoryEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event; ``place``: server, queue, breaker, worker, child, mail, site."""

    at: datetime
    place: Annotated[str, Meta(examples=["child"])]
    what: Annotated[str, Meta(examples=["the picture's data ends early"])]
    seconds: Annotated[float | None, Meta(examples=[0.022])] = None
    is_fault: bool = False


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """A row of work, its events, other work of the same request, and operators' acts."""

    item: WorkItem
    can_retry: Annotated[bool, Meta(description="Whether a retry may be ordered: it has failed.")]
    can_cancel: bool
    events: Sequence[StoryEvent]
    related: Sequence[WorkItem]
    acts: Sequence[OperatorAct]


async def read_story(pool: Pool, ids: PublicIds, operator: Operator, ref: WorkRef) -> Story | None:
    """A row's timeline; None if there is no such row. Reading it is logged."""
    async with pool.acquire() as connection:
        row = await find_row(connection, ref.kind, ref.id)
        if row is None:
            return None
        item = item_of(ids, row)
        attempts = await list_attempts(connection, ref.kind, ref.id)
        related = await _related(connection, ids, item)
        await record_read(connection, operator, ref, user_id=row["user_id"])
        acts = await list_log(connection, ids, kind=ref.kind, row_id=ref.id, limit=20)
    return Story(
        item=item,
        can_retry=item.state == "failed",
        can_cancel=item.state in ("waiting", "running"),
        events=sorted([*_events(item, attempts), *_messages(related)], key=lambda event: event.at),
        related=related,
        acts=acts,
    )


async def _related(connection: Connection, ids: PublicIds, item: WorkItem) -> Sequence[WorkItem]:
    if item.request_id is None:
        return []
    found: list[WorkItem] = []
    states: tuple[State | None, ...] = (None, "ended")
    for state in states:
        wanted = Filter(request=item.request_id, user=item.user_sqid, state=state)
        found += await find_work(connection, ids, wanted, limit=20)
    return [each for each in found if (each.kind, each.id) != (item.kind, item.id)]


def _events(item: WorkItem, attempts: Sequence[Attempt]) -> Iterator[StoryEvent]:
    created = f"created by request {item.request_id}" if item.request_id else "created without a request"
    yield StoryEvent(at=item.created_at, place="server", what=created)
    free, waits_for = item.created_at, None
    for each in attempts:
        began = each.ended_at - timedelta(seconds=each.seconds)
        waited = (began - free).total_seconds()
        if waited > WAITED_SECONDS:
            place, what = ("breaker", waits_for) if waits_for else ("queue", "waited for its turn")
            yield StoryEvent(at=free, place=place, what=what, seconds=waited)
        yield from _attempted(each, began)
        free, waits_for = each.ended_at, each.error if each.outcome == "waiting" else None
    if item.state in ("failed", "ended"):
        yield StoryEvent(
            at=item.at, place="worker", what=item.error_message or item.state, is_fault=item.state == "failed"
        )


def _attempted(attempt: Attempt, began: datetime) -> Iterator[StoryEvent]:
    is_fault = attempt.outcome in ("retry", "failed", "waiting", "error")
    what = f"attempt {attempt.attempt}: {_OUTCOMES[attempt.outcome]}{f' ({attempt.error})' if attempt.error else ''}"
    yield StoryEvent(at=began, place=f"worker {attempt.worker}", what=what, seconds=attempt.seconds, is_fault=is_fault)
    for step in attempt.steps:
        at = began + timedelta(seconds=step.at)
        what = f"{step.what}: {step.error}" if step.error else step.what
        yield StoryEvent(at=at, place=step.place, what=what, seconds=step.seconds, is_fault=step.error is not None)


def _messages(related: Sequence[WorkItem]) -> Iterator[StoryEvent]:
    """The messages that the request caused."""
    for item in related:
        if item.kind in ("email", "webhook"):
            place = "mail" if item.kind == "email" else "site"
            what = f"{item.title}: {item.error_message or item.state}"
            yield StoryEvent(at=item.at, place=place, what=what, is_fault=item.state == "failed")
