"""Limits on requests, and their headers: by process and some seconds, or by the database and day.

``RateLimit-Policy`` and ``RateLimit`` are those of draft-ietf-httpapi-ratelimit-headers-10.
"""

import time
from collections import Counter
from collections.abc import Callable
from contextvars import ContextVar
from math import ceil

import msgspec
from aiohttp import web

from .errors import too_many

SECONDS, DAY_SECONDS = 60, 86_400


class Allowance(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of a quota until it is whole again: ``left`` is negative for a request that is beyond it."""

    policy: str
    quota: int
    left: int
    resets_in: int  # seconds
    window: int = SECONDS

    def note(self) -> None:
        """Add it to the headers of the answer to the current request."""
        if (allowances := _allowances.get(None)) is not None:
            allowances[self.policy] = self

    def require(self, detail: str) -> None:
        """Add it to the headers, and refuse what is beyond the quota.

        Raises:
            ProblemError: 429, beyond the quota.
        """
        self.note()
        if self.left < 0:
            raise too_many(f"{detail} Go on in {self.resets_in} s.", seconds=self.resets_in, kind="too-many-requests")


class Rates:
    """Counts each one's requests; all are reset in each window, so that nothing has to be cleaned up."""

    def __init__(
        self, policy: str, quota: int, *, seconds: int = SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._policy, self._quota, self._seconds, self._clock = policy, quota, seconds, clock
        self._window = 0
        self._taken: Counter[object] = Counter()

    def take(self, who: object) -> Allowance:
        """Count a request, unless it is beyond the quota; returns what is left after it."""
        now = self._clock()
        window = int(now // self._seconds)
        if window != self._window:
            self._window, self._taken = window, Counter()
        left = self._quota - self._taken[who] - 1
        if left >= 0:
            self._taken[who] += 1
        return Allowance(
            policy=self._policy,
            quota=self._quota,
            left=left,
            resets_in=max(1, ceil((window + 1) * self._seconds - now)),
            window=self._seconds,
        )

    def release(self, who: object) -> None:
        """Do not count a request after all, and name the limit in no header."""
        self._taken[who] -= 1
        _allowances.get({}).pop(self._policy, None)


# The limits that a request has been counted against, by their policies.
ALLOWANCES = web.RequestKey("allowances", dict[str, Allowance])
_allowances: ContextVar[dict[str, Allowance]] = ContextVar("allowances")


def begin(request: web.Request) -> None:
    """Collect the limits that this request is counted against; aiohttp handles each in a context of its own."""
    request[ALLOWANCES] = {}
    _allowances.set(request[ALLOWANCES])


def headers_of(request: web.Request) -> dict[str, str]:
    """The headers of its answer."""
    if not (allowances := request.get(ALLOWANCES)):
        return {}
    return {
        "RateLimit-Policy": ", ".join(
            f'"{each.policy}";q={each.quota};w={each.window}' for each in allowances.values()
        ),
        "RateLimit": ", ".join(
            f'"{each.policy}";r={max(0, each.left)};t={each.resets_in}' for each in allowances.values()
        ),
    }
