"""The description of a kind of background work, and the outcomes of an attempt."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Generic, Literal, TypeAlias
from uuid import UUID

import msgspec

from ..base.database import Connection
from ..base.faults import Cause
from .claimed import Claimed, R
from .context import WorkerContext
from .queue import Queue

# What a failed row needs: to be restarted, something else from its owner, or another address.
NextStep: TypeAlias = Literal["retry", "user", "address"]
State: TypeAlias = Literal["waiting", "running", "failed"]


class PermanentError(Exception):
    """Retrying cannot help. The message is shown to the subject's owner.

    Args:
        code: a machine-readable reason, for kinds that store one.
    """

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code


class Done(msgspec.Struct, frozen=True):
    """The handler has ended the work with ``claimed.end``."""


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
    details: Any = None  # for the kind's own ``fail``


class Lost(msgspec.Struct, frozen=True):
    """The lease was lost, so this worker may not change the row any more."""


Outcome: TypeAlias = Done | Retry | Failed | Lost


# Codes of failures that are not the row's own fault: set by the runner, the sweep and an operator.
GAVE_UP, KEPT_DYING, STOPPED = "gave_up", "kept_dying", "stopped_by_operator"


def next_step(failed: Failed) -> NextStep:
    """A failure with a reason of its own is for the owner to mend; any other may succeed when it is restarted."""
    return "retry" if failed.code in (None, GAVE_UP, KEPT_DYING, STOPPED) else "user"


async def _do_nothing(_connection: Connection, _subject: Any) -> None:
    """The default hook."""


def _ignore(_state: State) -> None:
    """The default hook."""


class Kind(msgspec.Struct, Generic[R], frozen=True, kw_only=True):
    """One kind of background work: its statements on its subjects' table, and how it runs.

    Rows of ``work`` are the same for all kinds. A subject is a row of the kind's own table, with a status in words of
    its own for its owner. It is added with its work by ``add_work``, in one transaction, and every statement below runs
    in the transaction that changes the row of work, after that (``lock_first``: before).
    """

    name: str  # prefix of its log events, as in "{name}_taken_over", which carry the subject's id as "{name}_id"
    queue: Queue
    key: type[UUID] | type[int]  # of its subjects' ids
    row: type[R]  # the subject's columns that an attempt needs
    # Raises PermanentError if retrying cannot help and LeaseLostError if the row was taken over. Any other exception is
    # treated as transient; see ``blame``.
    run: Callable[[WorkerContext, Claimed[R]], Coroutine[Any, Any, Outcome]]

    # Claims work by claim_work(name, $1, $2, $3) and marks its subject as running, in one statement. It returns the row
    # of work as ``work``, and the columns of ``row``, null where the subject is not to be worked on any more.
    claim: str
    # The subject waits again; $1: its id.
    release: str
    # Subjects fail, for this reason.
    fail: Callable[[Connection, Sequence[Any], Failed], Awaitable[object]]
    # An operator restarts a failed subject; $1: its id. Returns a row if that is possible.
    restart: str
    # Locks what is locked before the row of work wherever subjects end or are restarted.
    lock_first: Callable[[Connection, Sequence[Any]], Awaitable[None]] = _do_nothing
    before_restart: Callable[[Connection, Any], Awaitable[None]] = _do_nothing
    # Writes ``claimed.done`` and ``claimed.step`` to the subject.
    write_progress: Callable[[Connection, Claimed[R]], Awaitable[object]] | None = None
    on_state: Callable[[State], None] = _ignore  # called with each state that a row enters, for metrics
    next_step: Callable[[Failed], NextStep] = next_step

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
