"""Scheduling drafts: on the rule's days, at a given time, or now; and back to drafts."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal, TypeAlias

import msgspec
from aiohttp import web
from msgspec import Meta

from ..identity.users import Actor
from .drafts import DraftIds, DraftProblem, DraftSelection, DraftsMoved


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
    message: Annotated[str, Meta(examples=["9 drafts are scheduled, and 3 are not ready."])]


async def schedule(app: web.Application, actor: Actor, body: ScheduleRequest) -> DraftsScheduled:
    raise NotImplementedError


async def publish_now(app: web.Application, actor: Actor, body: DraftSelection) -> DraftsScheduled:
    raise NotImplementedError


async def unschedule(app: web.Application, actor: Actor, body: DraftSelection) -> DraftsMoved:
    raise NotImplementedError
