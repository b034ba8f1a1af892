"""Whose fault a failed attempt is: the row's, whose retries it spends, or not.

Errors of our own code and of the machine are retried for half a day, for an operator to see and mend their cause. Then
the row fails, as retries that are used up do, and can be restarted.
"""

import asyncpg

from ..base.database import DATABASE_DOWN, Pool
from ..base.faults import cause_of, is_disk_full
from ..base.hosts import NoPrimaryError
from ..media.spare import ChildFaultError
from ..vault.leftovers import BeingRemovedError, SweptAwayError
from .attempts import count_errors
from .claimed import Claimed, R
from .kind import GAVE_UP, Failed, Kind, Retry
from .retry import error_delay

# A concurrent writer of the same object, or a lost connection: never the row's fault, and soon over.
TRANSIENT_ERRORS = (
    BeingRemovedError,
    SweptAwayError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InternalClientError,
    NoPrimaryError,
)
TRANSIENT_DELAY_SECONDS = 1.0
# A full disk needs an operator.
DISK_FULL_DELAY_SECONDS = 60.0
# Of a row within a day: with the delays between them, this takes half of one.
MAX_ERRORS = 100


def retry_of(error: Exception) -> Retry:
    """The outcome of an attempt that has raised this error."""
    if isinstance(error, TRANSIENT_ERRORS):
        return Retry(repr(error), delay_seconds=TRANSIENT_DELAY_SECONDS, is_fault=False)
    if is_disk_full(error):
        return Retry(repr(error), delay_seconds=DISK_FULL_DELAY_SECONDS, is_fault=False)
    cause = error.cause if isinstance(error, ChildFaultError) else cause_of(error)
    return Retry(repr(error), is_fault=cause is None, cause=cause)


async def after_error(pool: Pool, kind: Kind[R], claimed: Claimed[R], outcome: Retry) -> Retry | Failed:
    """The outcome of an attempt that our own code or the machine has failed, by how often that has happened."""
    try:
        errors = await count_errors(pool, kind.name, claimed.work.subject)
    except (asyncpg.PostgresError, *DATABASE_DOWN):
        errors = 0
    if errors >= MAX_ERRORS:
        return Failed(kind.gave_up_message, GAVE_UP)
    return Retry(outcome.error, delay_seconds=error_delay(errors), is_fault=False, cause=outcome.cause)
