"""The description of a kind of background work, and the outcomes of an attempt."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Generic, TypeAlias
from uuid import UUID

import msgspec

from ..base.database import Connection
from ..base.faults import Cause
from .context import WorkerContext
from .held import Held, R
from .queue import Queue


class PermanentError(Exception):
    """Retrying cannot help. The message is shown to the row's owner.

    Args:
        code: a machine-readable reason, for kinds that store one.
    """

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code


class Done(msgspec.Struct, frozen=True):
    """The handler has settled the row with ``held.settle``."""


class Retry(msgspec.Struct, frozen=True):
    """A transient error: try again later, up to the kind's ``max_retries``."""

    error: str
    delay_seconds: float | None = None  # None: exponential backoff by the number of faults
    is_fault: bool = True  # of the row: counts against its retries
    cause: Cause | None = None  # an error of our own code or of the machine


class Failed(msgspec.Struct, frozen=True):
    """The work ended without a result; the message is shown to the owner."""

    message: str
    code: str | None = None
    also: Mapping[str, Any] = {}  # further columns to set


class Lost(msgspec.Struct, frozen=True):
    """The lease was lost, so this worker may not change the row any more."""


Outcome: TypeAlias = Done | Retry | Failed | Lost


async def _do_nothing(_connection: Connection, _ids: Sequence[Any]) -> None:
    """The default hook."""


def _ignore_status(_status: str) -> None:
    """The default hook."""


# Codes of failures that are not the row's own fault: set by the runner, the sweep and an operator.
GAVE_UP, KEPT_DYING, STOPPED = "gave_up", "kept_dying", "stopped_by_operator"


class Kind(msgspec.Struct, Generic[R], frozen=True, kw_only=True):
    """One kind of background work. Every statement about its rows is generated from this description.

    Its table has ``id, user_id, attempt, faults, expired_leases, lease_token, lease_expires_at, next_attempt_at, turn,
    claimed_at, request_id`` and a status column, whose name and values are the kind's own. SQL fragments below may only
    name columns of that table.

    A row in ``work_kinds`` and ``work_triggers(name, …)`` queue its rows; it needs indexes on ``(status, turn, id)``
    and ``(user_id, turn, next_attempt_at, id)`` of unfinished rows (migrations 0030 to 0042, 0300).
    """

    name: str  # prefix of its log events, as in "{name}_taken_over", which carry the row's id as "{name}_id"
    queue: Queue
    table: str
    key: type[UUID] | type[int]
    status: str = "status"
    waiting: str = "pending"
    running: str
    failed: str = "failed"
    where: str = "true"  # which of the table's rows belong to this kind and may be worked on, whatever their status
    row: type[R]  # what a claim returns: its fields are the table's columns
    # Raises PermanentError if retrying cannot help and LeaseLostError if the row was taken over. Any other exception is
    # treated as transient; see ``blame``.
    run: Callable[[WorkerContext, Held[R]], Awaitable[Outcome]]

    progress: tuple[str, ...] = ()  # columns for ``held.done`` and, if there is a second one, ``held.step``
    error_message: str = "error_message"
    error_code: str | None = None
    # Further assignments: "started_at = now(), processed_count = 0".
    set_on_claim: str | None = None
    set_on_release: str | None = None
    set_on_fail: str | None = None
    # Runs with the ids of failed rows, in the transaction that fails them.
    on_failed: Callable[[Connection, Sequence[Any]], Awaitable[object]] = _do_nothing
    on_status: Callable[[str], None] = _ignore_status  # called with each status that a row enters, for metrics

    # Shown to operators: a title, what a failed row needs next ("retry", "user" to send something else, "address"), and
    # when the row was created and ended.
    title: str = "id::text"
    next_step: str | None = None  # None: by the error code; "retry" unless the fault is the row's own
    created: str = "created_at"
    ended: str = "next_attempt_at"
    # Restarting a failed row: further assignments, a condition, and a hook that runs before, in the same transaction.
    set_on_restart: str | None = None
    can_restart: str = "true"
    before_restart: Callable[[Connection, Sequence[Any]], Awaitable[None]] = _do_nothing

    needs: tuple[str, ...] = ()  # dependencies without which nothing is claimed: "store", "mail"
    time_limit_seconds: float
    concurrency: int  # rows that one process runs concurrently; above running_per_user, so that no user has them all
    max_computing: int | None = None  # how many of them may compute concurrently; None: all
    running_per_user: int | None = None  # None: the setting RUNNING_PER_USER, capped below ``concurrency``
    in_order: bool = False  # a user's rows run strictly one after the other
    max_retries: int = 3
    max_expired_leases: int = 8
    gave_up_message: str  # for the owner: the retries are used up
    kept_dying_message: str  # for the owner: worker after worker has died while running this row
