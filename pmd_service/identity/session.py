"""Who is calling, and whom they act for: the middleware in front of every guarded path (SPEC section 4)."""

from collections.abc import Sequence
from http import HTTPStatus

import msgspec
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from ..database import POOL
from ..http.errors import ProblemError, forbidden, not_found
from ..http.wire import SAFE_METHODS, json_response
from ..ops.settings import Settings
from .origin import is_same_origin, origin_of
from .tokens import TOKENS
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
        if is_guarded(request.path) and request.match_info.http_exception is None:
            request[ACTOR] = await identify(request, own_origin, target=request.query.get("target_sqid"))
        return await handler(request)

    return middleware


async def identify(request: web.Request, own_origin: str, *, target: str | None) -> Actor:
    """Who is calling, on whose behalf.

    Args:
        target: the public id of the user whose posts are meant; None means the caller's own.

    Raises:
        ProblemError: as the middleware says.
    """
    token, from_cookie = _credential(request)
    claims = request.app[TOKENS].read(token) if token else None
    pool, ids = request.app[POOL], request.app[PUBLIC_IDS]
    viewer = await find_user(pool, ids, claims.sub) if claims else None
    if claims is None or viewer is None:
        raise ProblemError(
            HTTPStatus.UNAUTHORIZED,
            "Sign in first: the request carries no valid token.",
            headers={hdrs.WWW_AUTHENTICATE: "Bearer"},
        )
    if from_cookie and request.method not in SAFE_METHODS and not is_same_origin(request, own_origin):
        raise forbidden("A request that changes something must come from this site's own pages.")
    subject = await _subject(request, viewer, target)
    return Actor(viewer=viewer, subject=subject, token_expires_at=claims.expires_at)


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


def _credential(request: web.Request) -> tuple[str | None, bool]:
    """The token, and whether it came from the cookie. The header wins: it was sent on purpose."""
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip(), False
    return request.cookies.get(COOKIE), True
