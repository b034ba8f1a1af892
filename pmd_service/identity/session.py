"""Authentication: who is calling, and for whom they act; the middleware in front of every route (SPEC section 4)."""

from http import HTTPStatus

import msgspec
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware
from yarl import URL

from ..base.database import POOL
from ..base.settings import Settings
from ..http.addresses import address_of
from ..http.errors import ProblemError, bad_request, forbidden, not_found, unavailable
from ..http.in_flight import HEALTH_PATHS, InFlight
from ..http.reading import TARGET
from ..http.route import declared
from ..http.turns import CALLER, READER, Turns, holds_turn, prober
from ..http.unread import Unread
from ..http.wire import SAFE_METHODS, WHO, Who
from .by_key import PresentedKeys, identify_by_key, invalid_key
from .keys.form import PREFIX, digest_of, has_key, is_key
from .lookup import LOOKUP
from .tokens import TOKENS, Claims, Tokens
from .users import ACTOR, PUBLIC_IDS, Actor, User, find_target
from .uses import USES

COOKIE = "access_token"
# The user who opened the page: after another one has signed in in another tab, it must not act in their name.
VIEWER = "PMD-Viewer"
# The user whose turns are taken by all who have not signed in.
ANONYMOUS = " anonymous"


def identity_middleware(
    settings: Settings, *, tokens: Tokens, turns: Turns, in_flight: InFlight, unread: Unread
) -> Middleware:
    """Find out who is calling, and wait for their turn; handlers read ``request[ACTOR]``.

    Routes that are not declared as anonymous are for signed-in users, some of them only for moderators or owners.

    Raises:
        ProblemError: 400 an access key in the address, 401 no valid token or key, 403 a cross-site write, or no right
            to the target or to the route, 404 an unknown target, 429 too many requests in flight or waiting, unread
            answers of theirs or requests by a key, 503 too many of all clients.
    """
    own_origin = origin_of(settings.base_url)
    keys = PresentedKeys(settings)

    async def serve_anonymous(
        request: web.Request, handler: Handler, signature: Signature | None
    ) -> web.StreamResponse:
        user = _anonymous_user(request, signature)
        if holds_turn(request):
            async with turns.acquire(user, is_limited=False):
                return await handler(request)
        reader = f" from {address_of(request)}" if signature is None else user
        request[CALLER], request[READER] = user, reader
        in_flight.assign(request, *dict.fromkeys((reader, user)))
        unread.require_read(reader)
        return await handler(request)

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        in_flight.require_room(request.path)
        if tokens.published is not None and tokens.wants_keys(_token_of(request)[0]):
            await tokens.published.refresh()
        if has_key(request.raw_path):
            raise bad_request(_IN_ADDRESS)
        signature = _signature_of(request)
        route = declared(request.match_info.handler)
        # An unknown URL is a 404 for everyone: the URL table is no secret.
        if route is None or route.anonymous:
            return await serve_anonymous(request, handler, signature)
        credential = _key_of(request) if signature is None else None
        if signature is not None:
            caller = signature.claims.sub
        elif credential is not None:
            caller = await keys.owner_of(request, turns, credential)
        else:
            async with turns.acquire(_anonymous_user(request, None), is_limited=False):
                raise _unauthorized(request)
        request[CALLER] = request[READER] = caller
        in_flight.assign(request, caller)
        is_limited = holds_turn(request)
        # Acquired before the database is queried: waiting requests must cost nothing.
        async with turns.acquire(caller, is_limited=is_limited):
            unread.require_read(caller)
            target = request.query.get(TARGET)
            if signature is None:
                actor = await identify_by_key(request, route, credential or b"", target=target)
            else:
                actor = await identify(request, signature, own_origin, target=target)
            request[ACTOR], request[WHO] = actor, Who(actor.viewer.id, actor.subject.id)
            in_flight.note_credential(request, actor.credential)
            request.app[USES].note(request, actor, from_cookie=signature is not None and signature.from_cookie)
            if route.personal and actor.moderates:
                raise forbidden("Only they themselves may see and change what signs in for them.")
            if route.moderators and not actor.viewer.is_moderator:
                raise forbidden(route.moderators)
            if route.owners and not actor.viewer.is_owner:
                raise forbidden(route.owners)
            if is_limited:
                return await handler(request)
        return await handler(request)

    return middleware


# It is in the logs of proxies and in histories by now.
_IN_ADDRESS = "There is an access key in this address. Revoke it, and send the next one as “Authorization: Bearer …”."


class Signature(msgspec.Struct, frozen=True):
    """A valid token, its claims, and whether the browser sent it by itself."""

    token: str
    claims: Claims
    from_cookie: bool

    @property
    def digest(self) -> bytes:
        return digest_of(self.token)


def read_signature(request: web.Request) -> Signature:
    """The request's token and its claims.

    Raises:
        ProblemError: 401, no token, or one that is not valid.
    """
    signature = _signature_of(request)
    if signature is None:
        raise _sign_in()
    return signature


def _signature_of(request: web.Request) -> Signature | None:
    token, from_cookie = _token_of(request)
    claims = request.app[TOKENS].read(token)
    return None if claims is None else Signature(token, claims, from_cookie)


def _key_of(request: web.Request) -> bytes | None:
    """The SHA-256 of the access key in the header; None without one. In a cookie it is none: browsers send tokens.

    Raises:
        ProblemError: 401, it looks like a key and is none.
    """
    token, from_cookie = _token_of(request)
    if from_cookie or not token.startswith(PREFIX):
        return None
    if not is_key(token):
        raise invalid_key()
    return digest_of(token)


def _token_of(request: web.Request) -> tuple[str, bool]:
    """The token, and whether it is from the cookie; the header wins, as no browser sends it by itself."""
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip(), False
    return request.cookies.get(COOKIE, ""), True


def _anonymous_user(request: web.Request, signature: Signature | None) -> str:
    """Whose turns a request to an anonymous route takes.

    Without a token these are names that no user has: they begin with a space or a slash.
    """
    if signature is not None:
        return signature.claims.sub
    # Health probes must not wait for all anonymous clients.
    return prober(request.path, request.remote) if request.path in HEALTH_PATHS else ANONYMOUS


def _unauthorized(request: web.Request) -> ProblemError:
    """503 where the token's key may be one that cannot be fetched at the moment, else 401."""
    tokens = request.app[TOKENS]
    if tokens.published is not None and tokens.published.is_unavailable and tokens.wants_keys(_token_of(request)[0]):
        return unavailable("The site's keys cannot be read at the moment, and this token is signed with a new one.")
    return _sign_in()


def _sign_in() -> ProblemError:
    return ProblemError(
        HTTPStatus.UNAUTHORIZED,
        "Sign in first: the request carries no valid token.",
        headers={hdrs.WWW_AUTHENTICATE: "Bearer"},
    )


async def identify(request: web.Request, signature: Signature, own_origin: str, *, target: str | None) -> Actor:
    """The caller, and the user for whom they act.

    Args:
        target: the public id of the user for whom the caller acts; None: for themselves.

    Raises:
        ProblemError: as the middleware; 412 where the request names its viewer, and another user is signed in.
    """
    viewer = await request.app[LOOKUP].find(signature.claims.sub, digest := signature.digest)
    if viewer is None:
        raise _sign_in()
    if signature.from_cookie and request.method not in SAFE_METHODS and not is_same_origin(request, own_origin):
        raise forbidden("A request that changes something must come from this site's own pages.")
    named = request.headers.get(VIEWER)
    if named is not None and named != viewer.sqid:
        raise ProblemError(
            HTTPStatus.PRECONDITION_FAILED,
            "This browser is signed in to another account by now.",
            kind="another-viewer",
        )
    subject = await _subject(request, viewer, target)
    return Actor(viewer=viewer, subject=subject, token_ends=signature.claims.exp, credential=digest)


def is_same_origin(request: web.Request, own_origin: str) -> bool:
    """Whether the request comes from our own page, by the headers that browsers set; all of them must agree."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get(hdrs.ORIGIN)
    signs = []
    if site is not None:
        signs.append(site == "same-origin")
    if origin is not None:
        signs.append(origin in (own_origin, f"{request.scheme}://{request.host}"))
    return bool(signs) and all(signs)


def origin_of(url: str) -> str:
    """The origin as browsers write it: lower case, Punycode, no default port."""
    return str(URL(url).origin())


async def _subject(request: web.Request, viewer: User, target: str | None) -> User:
    """The user for whom the viewer acts: themselves, or another if their role allows it."""
    if target is None or target == viewer.sqid:
        return viewer
    if not viewer.is_moderator:
        raise forbidden("Only moderators may act for somebody else.")
    subject = await find_target(request.app[POOL], request.app[PUBLIC_IDS], target)
    if subject is None:
        raise not_found("user")
    if subject.is_owner and not viewer.is_owner:
        raise forbidden("Only the owner may act for the owner.")
    return subject
