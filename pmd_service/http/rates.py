"""Limits on requests a minute, by process, and their headers.

``RateLimit-Policy`` and ``RateLimit`` are those of draft-ietf-httpapi-ratelimit-headers-10.
"""

import time
from collections import Counter
from collections.abc import Callable
from math import ceil

import msgspec
from aiohttp import web

from .errors import too_many

SECONDS = 60


class Allowance(msgspec.Struct, frozen=True, kw_only=True):
    """What is left in this minute: ``left`` is negative for a request that is beyond the quota."""

    policy: str
    quota: int
    left: int
    resets_in: int  # seconds

    @property
    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Policy": f'"{self.policy}";q={self.quota};w={SECONDS}',
            "RateLimit": f'"{self.policy}";r={max(0, self.left)};t={self.resets_in}',
        }

    def require(self, detail: str) -> None:
        """Raises: ProblemError: 429, beyond the quota."""
        if self.left < 0:
            raise too_many(f"{detail} Go on in {self.resets_in} s.", seconds=self.resets_in, kind="too-many-requests")


class Rates:
    """Counts each one's requests; all are reset each minute, so that nothing has to be cleaned up."""

    def __init__(self, policy: str, quota: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._policy, self._quota, self._clock = policy, quota, clock
        self._minute = 0
        self._taken: Counter[object] = Counter()

    def take(self, who: object) -> Allowance:
        """Count a request; returns what is left after it."""
        now = self._clock()
        minute = int(now // SECONDS)
        if minute != self._minute:
            self._minute, self._taken = minute, Counter()
        self._taken[who] += 1
        resets_in = max(1, ceil((minute + 1) * SECONDS - now))
        return Allowance(
            policy=self._policy, quota=self._quota, left=self._quota - self._taken[who], resets_in=resets_in
        )

    def release(self, who: object) -> None:
        """Do not count a request after all."""
        self._taken[who] -= 1


# The limit that a request has been counted against, for the headers of its answer.
ALLOWANCE = web.RequestKey("allowance", Allowance)
