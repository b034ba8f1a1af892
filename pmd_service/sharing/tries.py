"""Tries at a link's password: the form that says it, and how often it may be guessed, by minute, in each process."""

import time
from collections import Counter
from collections.abc import Callable
from urllib.parse import parse_qs

from aiohttp import web

from ..http.addresses import address_of
from ..http.limits import read_body
from ..http.turns import TURNS
from .links import MAX_PASSWORD
from .passwords import is_right

# Wrong ones. Who guesses from one address keeps nobody else out; who guesses from many learns no more than this.
A_MINUTE, A_MINUTE_OF_ALL = 10, 100
# Each character may be four bytes in UTF-8, which a form writes as %XX.
FORM_BYTES = 4096


class Tries:
    """Counts by link and address, and by link; forgotten each minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._minute = 0
        self._taken: Counter[tuple[str, ...]] = Counter()

    def take(self, code: str, address: str) -> bool:
        """Whether one more is left in this minute."""
        minute = int(self.clock() // 60)
        if minute != self._minute:
            self._minute, self._taken = minute, Counter()
        if self._taken[code, address] >= A_MINUTE or self._taken[code,] >= A_MINUTE_OF_ALL:
            return False
        self._taken.update([(code, address), (code,)])
        return True

    def give_back(self, code: str, address: str) -> None:
        """It was right: a whole school behind one address may come in."""
        self._taken.subtract([(code, address), (code,)])


TRIES = Tries()


async def try_password(request: web.Request, code: str, kept: str) -> bool | None:
    """Whether the form says the right password; None where there were too many tries to look at one more.

    Raises:
        ProblemError: 408, 400, the form does not arrive; 429, hundreds wait from this address.
    """
    said = await _read_form(request)
    address = address_of(request)
    # Hashing is one at a time for all: no address stands in its line more often than its turns let it.
    async with request.app[TURNS].acquire(f" trying from {address}"):
        if not TRIES.take(code, address):
            return None
        if not 0 < len(said) <= MAX_PASSWORD or not await is_right(said, kept):
            return False
        TRIES.give_back(code, address)
        return True


async def _read_form(request: web.Request) -> str:
    """What the form says; nothing where it says no password."""
    try:
        body = await read_body(request, most=FORM_BYTES)
        return parse_qs(body.decode(), max_num_fields=8)["password"][0]
    except (web.HTTPRequestEntityTooLarge, ValueError, KeyError):
        return ""
