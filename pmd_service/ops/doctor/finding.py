"""The result of a check, and the error by which one fails."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import msgspec

from ...base.settings import Settings
from ...work.queue import HEARTBEAT_GAP_SECONDS

CHECK_SECONDS = HEARTBEAT_GAP_SECONDS + 3.0
# Leases expire by Postgres' clock, tokens by the server's (docs/configuration.md, Clocks).
CLOCK_SECONDS = 30.0


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a check.

    ``is_well`` is None if it was skipped because of another failed check, so that each problem is reported once.
    """

    name: str
    is_well: bool | None
    detail: str


class CheckFailedError(Exception):
    """A check has failed; the message is for an operator."""


Check: TypeAlias = Callable[[Settings], Awaitable[str]]


def require_same_clock(whose: str, *, began: float, theirs: float, ended: float, so: str) -> str:
    """The difference to another's clock, at the midpoint of the round trip; all in Unix seconds.

    Raises:
        CheckFailedError: it is too large; ``so`` is what follows from that.
    """
    apart = abs(theirs - (began + ended) / 2)
    if apart > CLOCK_SECONDS:
        raise CheckFailedError(f"This host's clock and {whose} are {apart:.0f} s apart: {so}. Run NTP.")
    return f"This host's clock and {whose} are {apart:.1f} s apart."
