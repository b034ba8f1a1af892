"""What a kind of work has to say about itself, and how an attempt can end."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Generic, TypeAlias
from uuid import UUID

import msgspec

from ..base.database import Connection
from .context import WorkerContext
from .held import Held, R
from .queue import Queue


class PermanentError(Exception):
    """No retry can help; the message is a sentence for the row's owner.

    Args:
        code: the reason for programs, where the kind keeps one.
    """

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code


class Done(msgspec.Struct, frozen=True):
    """The handler has settled the row by ``held.settle``."""


class Retry(msgspec.Struct, frozen=True):
    """Something that may pass: try again later, as often as the kind allows."""

    error: str
    delay_seconds: float | None = None  # None: by the number of faults so far
    is_fault: bool = True  # of the row: it uses up one of its retries


class Failed(msgspec.Struct, frozen=True):
    """The work has ended without a result; the message is a sentence for the owner."""

    message: str
    code: str | None = None
    also: Mapping[str, Any] = {}  # further columns to set


class Lost(msgspec.Struct, frozen=True):
    """The lease was lost on the way: whatever becomes of the row, it is not ours to say."""


Outcome: TypeAlias = Done | Retry | Failed | Lost


async def _nothing_follows(_connection: Connection, _ids: Sequence[Any]) -> None:
    """Nothing else is written when rows of this kind fail, or begin anew."""


# Codes of failures that lie in no row: the runner's, the sweep's, and an operator's own.
GAVE_UP, KEPT_DYING, STOPPED = "gave_up", "kept_dying", "stopped_by_operator"


def _nobody_counts(_status: str) -> None:
    """Nobody counts this kind's rows."""


class Kind(msgspec.Struct, Generic[R], frozen=True, kw_only=True):
    """One kind of background work; every statement about its rows is made from this description.

    Its table has ``id, user_id, attempt, faults, expired_leases, lease_token, lease_expires_at, next_attempt_at, turn,
    claimed_at, request_id`` and a column for the status, by whatever name and words. Fragments of SQL name columns of
    that table alone.

    A row in ``work_kinds`` and ``work_triggers(name, …)`` let its rows stand in line; indexes on ``(status, turn, id)``
    and ``(user_id, turn, next_attempt_at, id)`` of the unfinished ones keep that cheap (migrations 0030 to 0042, 0300).
    """

    name: str  # as its log lines begin: "{name}_taken_over", with the row's id as "{name}_id"
    queue: Queue
    table: str
    key: type[UUID] | type[int]
    status: str = "status"
    waiting: str = "pending"
    running: str
    failed: str = "failed"
    # What holds of this kind's rows beside their status; others are another kind's, or nobody is to work at them.
    where: str = "true"
    row: type[R]  # what a claim returns: its fields are the table's columns
    # Raises PermanentError where no retry can help, LeaseLostError where the row is somebody else's by now, and any
    # other exception for what may pass.
    run: Callable[[WorkerContext, Held[R]], Awaitable[Outcome]]

    # The columns that tell how far an attempt is: of ``held.done`` and, where there is a second one, ``held.step``.
    progress: tuple[str, ...] = ()
    error_message: str = "error_message"
    error_code: str | None = None
    set_on_claim: str | None = None  # further changes: "started_at = now(), processed_count = 0"
    set_on_release: str | None = None
    set_on_fail: str | None = None
    # Called in the transaction that fails rows, with their ids: what must be written together with that.
    on_failed: Callable[[Connection, Sequence[Any]], Awaitable[object]] = _nothing_follows
    on_status: Callable[[str], None] = _nobody_counts  # told of each status that a row has entered

    # What operators are shown of a row: what it is called, what it waits for once it has failed ("retry", "user" who
    # has to send something else, "address"), when it came and when it ended.
    title: str = "id::text"
    next_step: str | None = None  # None: by the code, "retry" where the fault lies in no row
    created: str = "created_at"
    ended: str = "next_attempt_at"
    # How a failed row begins anew: further changes, which rows can, and what must be written in the transaction before.
    set_on_restart: str | None = None
    can_restart: str = "true"
    before_restart: Callable[[Connection, Sequence[Any]], Awaitable[None]] = _nothing_follows

    needs: tuple[str, ...] = ()  # dependencies without which there is no point in claiming: "store", "mail"
    time_limit_seconds: float
    # How many rows a process is at, at a time: more than one user's, so that nobody holds all of them.
    concurrency: int
    max_computing: int | None = None  # how many of those compute at the same time; None: all
    running_per_user: int | None = None  # None: the setting RUNNING_PER_USER, as far as there are places
    in_order: bool = False  # none of a user's rows before an earlier one has ended
    max_retries: int = 3
    max_expired_leases: int = 8
    gave_up_message: str  # to the owner, when trying again has not helped
    kept_dying_message: str  # to the owner, when one worker after the other has ended at this row
