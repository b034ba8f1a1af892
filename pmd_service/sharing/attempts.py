"""Rate limiting of password attempts, by minute and process."""

import time
from collections.abc import Callable
from ipaddress import ip_network
from urllib.parse import parse_qs

from aiohttp import web

from ..http.addresses import address_of
from ..http.limits import read_body
from ..http.rates import Rates
from ..http.turns import TURNS
from .links import MAX_PASSWORD
from .passwords import is_right

# Wrong attempts at one link: an attacker's address does not lock out others, and many addresses gain little.
MAX_PER_NETWORK, MAX_PER_LINK = 10, 100
# Each character may be four bytes in UTF-8, which a form writes as %XX.
FORM_BYTES = 4096


class Attempts:
    """Counts by link and network, and by link."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._of_network = Rates("passwords of a network", MAX_PER_NETWORK, clock=clock)
        self._of_link = Rates("passwords of a link", MAX_PER_LINK, clock=clock)

    def take(self, code: str, network: str) -> bool:
        """Count an attempt; False if none is left in this minute."""
        return self._of_network.take((code, network)).left >= 0 and self._of_link.take(code).left >= 0

    def release(self, code: str, network: str) -> None:
        """Do not count a correct attempt: many visitors may share one address."""
        self._of_network.release((code, network))
        self._of_link.release(code)


ATTEMPTS = Attempts()


async def try_password(request: web.Request, code: str, kept: str) -> bool | None:
    """Whether the form has the correct password; None if there were too many attempts.

    Raises:
        ProblemError: 408 or 400, the form was not received; 429, hundreds of attempts wait from this network.
    """
    password = await _read_form(request)
    network = network_of(address_of(request))
    # Hashing is serialized: turns by network keep one network from filling the queue.
    async with request.app[TURNS].acquire(f" trying from {network}"):
        if not ATTEMPTS.take(code, network):
            return None
        if not 0 < len(password) <= MAX_PASSWORD or not await is_right(password, kept):
            return False
        ATTEMPTS.release(code, network)
        return True


def network_of(address: str) -> str:
    """Whose attempts are counted together: of IPv6 the /48, which one subscriber may have (RFC 6177)."""
    network = ip_network(address)
    return str(network.supernet(new_prefix=48)) if network.version == 6 else address


async def _read_form(request: web.Request) -> str:
    """The form's password; empty if it has none."""
    try:
        body = await read_body(request, most=FORM_BYTES)
        return parse_qs(body.decode(), max_num_fields=8)["password"][0]
    except (web.HTTPRequestEntityTooLarge, ValueError, KeyError):
        return ""
