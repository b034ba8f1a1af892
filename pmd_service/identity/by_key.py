"""Requests with an access key: whose it is, how often it may be used, from where and for what."""

from http import HTTPStatus

from aiohttp import hdrs, web

from ..base.settings import Settings
from ..base.telemetry import log
from ..http.addresses import address_of, ip_of
from ..http.errors import ProblemError, forbidden
from ..http.rates import Rates
from ..http.route import Route
from ..http.turns import Turns
from .keys.queries import Holder
from .lookup import LOOKUP
from .users import Actor, require_scope

# Keys of the right form that do not exist, by address and minute: each costs a query.
MAX_WRONG = 30
# A key's owner never changes: the SHA-256 of keys that were valid once, and whose they are.
REMEMBERED_OWNERS = 4096


class PresentedKeys:
    """What a process knows of the keys that it has been shown."""

    def __init__(self, settings: Settings) -> None:
        self._rates = Rates("key", settings.key_requests_per_minute)
        self._wrong = Rates("wrong keys", MAX_WRONG)
        self._owners: dict[bytes, str] = {}

    async def owner_of(self, request: web.Request, turns: Turns, credential: bytes) -> str:
        """The public id of the user whose key this is, or was; counts the request.

        Raises:
            ProblemError: 401, nobody's; 429, too many of it, or of wrong keys from this address.
        """
        owner = self._owners.get(credential) or await self._find_owner(request, turns, credential)
        self._rates.take(credential).require("This access key has made too many requests.")
        return owner

    async def _find_owner(self, request: web.Request, turns: Turns, credential: bytes) -> str:
        address = address_of(request)
        # One queue for each address: guessing must not make others wait.
        async with turns.acquire(f" key from {address}"):
            self._wrong.take(address).require("Too many wrong access keys came from this address.")
            holder = await request.app[LOOKUP].find_holder(credential)
        if holder is None:
            raise invalid_key()
        self._wrong.release(address)
        self._owners[credential] = holder.user.sqid
        if len(self._owners) > REMEMBERED_OWNERS:
            del self._owners[next(iter(self._owners))]
        return holder.user.sqid


async def identify_by_key(request: web.Request, route: Route, credential: bytes, *, target: str | None) -> Actor:
    """The key's owner, who acts for nobody else by it.

    Raises:
        ProblemError: 401, the key has been revoked or has expired, or its owner may not sign in; 403, it may not be
            used from here, or for this.
    """
    holder = await request.app[LOOKUP].find_holder(credential)
    if holder is None:
        raise invalid_key()
    require_network(request, holder)
    user, key = holder.user, holder.key
    actor = Actor(viewer=user, subject=user, token_ends=key.ends, credential=credential, key=key)
    if route.scopes is None:
        raise forbidden("No access key may do this: sign in on the page.")
    for scope in route.scopes:
        require_scope(actor, scope)
    if target is not None and target != user.sqid:
        raise forbidden("An access key acts for its owner only.")
    return actor


def invalid_key() -> ProblemError:
    return ProblemError(
        HTTPStatus.UNAUTHORIZED,
        "This access key is not valid: it is mistyped, has expired or has been revoked.",
        headers={hdrs.WWW_AUTHENTICATE: 'Bearer error="invalid_token"'},  # RFC 6750
    )


def require_network(request: web.Request, holder: Holder) -> None:
    """Raises: ProblemError: 403, the key may be used from other networks only."""
    networks, address = holder.key.networks, ip_of(request)
    if networks and not any(address in network for network in networks):
        log.warning("access_key_elsewhere", key=holder.key.id, user=holder.user.sqid, address=str(address))
        raise forbidden("This access key may not be used from this address.")
