"""Who is calling, and whom they act for: the middleware in front of every guarded path (SPEC section 4)."""

import time
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware
from yarl import URL

from ..base.database import POOL
from ..base.settings import SETTINGS, Settings
from ..http.addresses import address_of
from ..http.connections import FOR_OPERATORS, OPEN
from ..http.errors import ProblemError, forbidden, not_found, unavailable
from ..http.route import Answer, Routes, declared
from ..http.turns import CALLER, READER, TURNS, operators, takes_turns
from ..http.unread import UNREAD
from ..http.wire import SAFE_METHODS
from .lookup import LOOKUP
from .tokens import TOKENS, Claims
from .users import ACTOR, PUBLIC_IDS, Actor, User, find_target

COOKIE = "access_token"
# Whom a page was opened by: after another sign-in in another tab, it must not act under the new name.
VIEWER = "PMD-Viewer"


def identity_middleware(settings: Settings) -> Middleware:
    """Refuse strangers on every route but those that say they are for everybody, and moderators' to others.

    What is behind it reads ``request[ACTOR]``.

    Raises:
        ProblemError: 401 nobody we know, 403 a cross-site write, no right to the target or to the route, 404 an unknown
            target, 429 too many connections of theirs, or answers that nobody reads.
    """
    own_origin = origin_of(settings.base_url)

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        turns, signature = request.app[TURNS], await _known_signature_of(request)
        # An unknown URL is a 404 for everybody: the URL table is no secret.
        route = declared(request.match_info.handler)
        if signature is None or route is None or route.anonymous:
            # Whom nobody knows are one user: the crowd that they are waits for itself.
            crowd = _crowd(request, signature)
            if not takes_turns(request) and (route is None or route.anonymous):
                reader = f" from {address_of(request)}" if signature is None else crowd
                request[CALLER], request[READER] = crowd, reader
                request.app[OPEN].belongs_to(request.protocol, *dict.fromkeys((reader, crowd)))
                request.app[UNREAD].require_read(reader)
                return await turns.counted(crowd, handler(request))
            async with turns.taken(crowd, is_refused=False):
                if route is not None and not route.anonymous:
                    raise _unknown(request)
                return await turns.counted(crowd, handler(request))
        caller = request[CALLER] = request[READER] = signature.claims.sub
        request.app[OPEN].belongs_to(request.protocol, caller)
        holds_its_turn = takes_turns(request)
        # Before the database is asked anything: what waits shall cost nothing.
        async with turns.taken(caller, is_refused=holds_its_turn):
            request.app[UNREAD].require_read(caller)
            target = request.query.get("target_sqid")
            actor = request[ACTOR] = await identify(request, signature, own_origin, target=target)
            if route.moderators and not actor.viewer.is_moderator:
                raise forbidden(route.moderators)
            if route.owners and not actor.viewer.is_owner:
                raise forbidden(route.owners)
            if holds_its_turn:
                return await turns.counted(caller, handler(request))
        return await turns.counted(caller, handler(request))

    return middleware


class Signature(msgspec.Struct, frozen=True):
    """What a valid token says, and whether the browser sent it by itself."""

    token: str
    claims: Claims
    from_cookie: bool


def read_signature(request: web.Request) -> Signature:
    """The request's token; the header wins over the cookie: it was sent on purpose.

    Raises:
        ProblemError: 401, no token, or one that does not hold.
    """
    signature = _signature_of(request)
    if signature is None:
        raise _stranger()
    return signature


async def _known_signature_of(request: web.Request) -> Signature | None:
    """As ``_signature_of``, once the site's published keys were read again where the token names one of later."""
    tokens = request.app[TOKENS]
    if tokens.published is not None and tokens.wants_keys(_token_of(request)[0]):
        await tokens.published.refresh()
    return _signature_of(request)


def _unknown(request: web.Request) -> ProblemError:
    """Who comes with a key that nobody can look up just now may come again."""
    tokens = request.app[TOKENS]
    if tokens.published is not None and tokens.published.is_away and tokens.wants_keys(_token_of(request)[0]):
        return unavailable("The site's keys cannot be read just now, and this token is signed with a new one.")
    return _stranger()


def _token_of(request: web.Request) -> tuple[str, bool]:
    """The token, and whether the browser sent it by itself."""
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip(), False
    return request.cookies.get(COOKIE, ""), True


def _signature_of(request: web.Request) -> Signature | None:
    token, from_cookie = _token_of(request)
    claims = request.app[TOKENS].read(token)
    return None if claims is None else Signature(token, claims, from_cookie)


def _crowd(request: web.Request, signature: Signature | None) -> str:
    """Whose turn a request takes for which nobody is asked who they are; no subject is called like the words here."""
    if signature is not None:
        return signature.claims.sub
    if request.path in FOR_OPERATORS:
        # A balancer asks from where no crowd does.
        return operators(request.path, request.remote)
    return " strangers"


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
        ProblemError: as the middleware says; 412 where the request names its viewer and somebody else is signed in.
    """
    viewer = await request.app[LOOKUP].find(signature.claims.sub)
    if viewer is None:
        raise _stranger()
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
    return Actor(viewer=viewer, subject=subject, token_ends=signature.claims.exp)


def is_same_origin(request: web.Request, own_origin: str) -> bool:
    """Whether the browser vouches that the request comes from our own page; every sign it gives must agree."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get(hdrs.ORIGIN)
    signs = []
    if site is not None:
        signs.append(site == "same-origin")
    if origin is not None:
        signs.append(origin in (own_origin, f"{request.scheme}://{request.host}"))
    return bool(signs) and all(signs)


def origin_of(url: str) -> str:
    """The origin as browsers write it: small letters, Punycode, and no port that goes without saying."""
    return str(URL(url).origin())


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

    public_sqid: Annotated[str, msgspec.Meta(examples=["Uk7c"])]
    handle: Annotated[str, msgspec.Meta(examples=["pixelfan"])]
    roles: Annotated[Sequence[str], msgspec.Meta(examples=[["user"]])]


class MeAnswer(msgspec.Struct, frozen=True):
    """The answer of GET /api/auth/me."""

    user: Me
    roles: Annotated[Sequence[str], msgspec.Meta(examples=[["user"]])]  # where the original has them


ROUTES = Routes("Account", about="Who is signed in, and the page's session.")


@ROUTES("GET /api/auth/me", "The user to whom the token belongs. Their roles stand in both places.")
async def get_me(request: web.Request) -> MeAnswer:
    """Who am I."""
    viewer = request[ACTOR].viewer
    me = Me(public_sqid=viewer.sqid, handle=viewer.handle, roles=viewer.roles)
    return MeAnswer(me, roles=viewer.roles)


@ROUTES(
    "POST /api/pmd/session",
    Answer(
        "The cookie `access_token` is set until the token's end.",
        HTTPStatus.NO_CONTENT,
        headers={"Set-Cookie": "The cookie."},
    ),
)
async def post_session(request: web.Request) -> web.Response:
    """Keep the token in a cookie.

    For a site whose pages hold a token of their own: the browser sends it by itself from here on, and no script can
    read it.
    """
    signature = read_signature(request)
    response = web.Response(status=HTTPStatus.NO_CONTENT)
    response.set_cookie(
        COOKIE,
        signature.token,
        # A year at most: browsers keep no cookie longer.
        max_age=int(min(signature.claims.exp - time.time(), 365 * 24 * 3600)),
        **_cookie_options(request),
    )
    return response


@ROUTES(
    "DELETE /api/pmd/session",
    Answer("The cookie is gone.", HTTPStatus.NO_CONTENT, headers={"Set-Cookie": "The cookie's end."}),
)
async def delete_session(request: web.Request) -> web.Response:
    """Forget the cookie."""
    response = web.Response(status=HTTPStatus.NO_CONTENT)
    response.del_cookie(COOKIE, **_cookie_options(request))
    return response


def _cookie_options(request: web.Request) -> Mapping[str, Any]:
    is_https = request.app[SETTINGS].base_url.lower().startswith("https://")
    return {"path": "/", "secure": is_https, "httponly": True, "samesite": "Lax"}
