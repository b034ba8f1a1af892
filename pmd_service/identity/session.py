"""Who is calling, and whom they act for: the middleware in front of every guarded path (SPEC section 4)."""

from collections.abc import Sequence
from http import HTTPStatus

import msgspec
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from ..database import POOL
from ..http.errors import ProblemError, forbidden, not_found
from ..http.turns import TURNS, takes_turns
from ..http.wire import SAFE_METHODS, json_response
from ..ops.settings import Settings
from .origin import is_same_origin, origin_of
from .tokens import TOKENS, Claims
from .users import ACTOR, PUBLIC_IDS, Actor, User, find_target, find_user

COOKIE = "access_token"
PUBLIC = frozenset({"/api/openapi.json", "/api/docs"})


def is_guarded(path: str) -> bool:
    """Whether a path asks for a token: everything below /api/, but for the documentation."""
    return path.startswith("/api/") and path not in PUBLIC


def identity_middleware(settings: Settings) -> Middleware:
    """Refuse strangers on every guarded path; elsewhere nobody is asked.

    What is behind it reads ``request[ACTOR]``.

    Raises:
        ProblemError: 401 nobody we know, 403 a cross-site write or no right to the target, 404 an unknown target.
    """
    own_origin = origin_of(settings.base_url)

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        # An unknown URL is a 404 for everybody: the URL table is no secret.
        if not is_guarded(request.path) or request.match_info.http_exception is not None:
            return await handler(request)
        signature = read_signature(request)
        target = request.query.get("target_sqid")
        if not takes_turns(request):
            request[ACTOR] = await identify(request, signature, own_origin, target=target)
            return await handler(request)
        # Before the database is asked anything: what waits shall cost nothing.
        async with request.app[TURNS].taken(signature.claims.sub):
            request[ACTOR] = await identify(request, signature, own_origin, target=target)
            return await handler(request)

    return middleware


class Signature(msgspec.Struct, frozen=True):
    """What a valid token says, and whether the browser sent it by itself."""

    claims: Claims
    from_cookie: bool


def read_signature(request: web.Request) -> Signature:
    """The request's token; the header wins over the cookie: it was sent on purpose.

    Raises:
        ProblemError: 401, no token, or one that does not hold.
    """
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    from_cookie = scheme.lower() != "bearer"
    claims = request.app[TOKENS].read(request.cookies.get(COOKIE, "") if from_cookie else token.strip())
    if claims is None:
        raise _stranger()
    return Signature(claims, from_cookie)


def _stranger() -> ProblemError:
    return ProblemError(
        HTTPStatus.UNAUTHORIZED,
        "Sign in first: the request carries no valid token.",
        headers={hdrs.WWW_AUTHENTICATE: "Bearer"},
    )


async def identify(request: web.Request, signature: Signature, own_origin: str, *, target: str | None) -> Actor:
    """Who is calling, on whose behalf.

    Args:
        target: the public id of the user whose posts are meant; None means the caller's own.

    Raises:
        ProblemError: as the middleware says.
    """
    viewer = await find_user(request.app[POOL], request.app[PUBLIC_IDS], signature.claims.sub)
    if viewer is None:
        raise _stranger()
    if signature.from_cookie and request.method not in SAFE_METHODS and not is_same_origin(request, own_origin):
        raise forbidden("A request that changes something must come from this site's own pages.")
    subject = await _subject(request, viewer, target)
    return Actor(viewer=viewer, subject=subject, token_expires_at=signature.claims.expires_at)


async def _subject(request: web.Request, viewer: User, target: str | None) -> User:
    """Whom the viewer acts for: themselves, or another where their role allows it."""
    if target is None or target == viewer.sqid:
        return viewer
    if not viewer.is_moderator:
        raise forbidden("Only moderators may act for somebody else.")
    subject = await find_target(request.app[POOL], request.app[PUBLIC_IDS], target)
    if subject is None:
        raise not_found("user")
    if subject.is_owner and not viewer.is_owner:
        raise forbidden("Nobody but the owner acts for the owner.")
    return subject


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """The viewer, as the page needs to know them."""

    public_sqid: str
    handle: str
    roles: Sequence[str]


class MeAnswer(msgspec.Struct, frozen=True):
    """The answer of GET /api/auth/me."""

    user: Me


async def get_me(request: web.Request) -> web.Response:
    viewer = request[ACTOR].viewer
    return json_response(MeAnswer(Me(public_sqid=viewer.sqid, handle=viewer.handle, roles=viewer.roles)))
