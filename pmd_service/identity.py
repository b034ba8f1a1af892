"""Who is calling, and whom they act for (SPEC section 4)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlsplit

import asyncpg
import jwt
import msgspec
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from .database import POOL, Connection, Pool
from .errors import ProblemError, forbidden, not_found
from .public_ids import PublicIds
from .settings import Settings
from .wire import json_response

COOKIE = "access_token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
PUBLIC = frozenset({"/api/openapi.json", "/api/docs"})


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A user in good standing, as the database has them at this request."""

    id: int
    sqid: str
    handle: str
    roles: Sequence[str]

    @property
    def is_moderator(self) -> bool:
        return self.is_owner or "moderator" in self.roles

    @property
    def is_owner(self) -> bool:
        return "owner" in self.roles


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """The viewer, who is calling, and the subject, whose posts and requests are meant."""

    viewer: User
    subject: User
    token_expires_at: datetime

    @property
    def moderates(self) -> bool:
        """Whether the viewer acts on somebody else's behalf, by their role."""
        return self.viewer.id != self.subject.id


ACTOR = web.RequestKey("actor", Actor)


class Claims(msgspec.Struct, frozen=True):
    """The claims that this service reads; ``exp`` in seconds since 1970."""

    sub: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    exp: int

    @property
    def expires_at(self) -> datetime:
        return datetime.fromtimestamp(self.exp, UTC)


class Tokens:
    """Reads tokens with one pinned algorithm and key; nothing in a token chooses either."""

    def __init__(self, settings: Settings) -> None:
        self._key = settings.jwt_secret_key
        self._algorithm = settings.jwt_algorithm
        self._issuer = settings.jwt_issuer
        self._audience = settings.jwt_audience

    def read(self, token: str) -> Claims | None:
        """The claims of a valid, unexpired token; None for any other text."""
        try:
            claims = jwt.decode(
                token,
                self._key,
                algorithms=[self._algorithm],
                issuer=self._issuer,
                audience=self._audience,
                options={"require": ["exp", "sub"], "verify_aud": self._audience is not None},
            )
            return msgspec.convert(claims, Claims, strict=False)
        except (jwt.InvalidTokenError, msgspec.ValidationError, UnicodeEncodeError):
            return None  # the last of them is a header that was not UTF-8

    def issue(self, sub: str, expires_at: datetime) -> str:
        """Sign a token as the site would; for operators and the demo, and only with a shared key (HS256)."""
        claims: dict[str, object] = {"sub": sub, "exp": expires_at}
        if self._issuer:
            claims["iss"] = self._issuer
        if self._audience:
            claims["aud"] = self._audience
        return jwt.encode(claims, self._key, algorithm=self._algorithm)


TOKENS = web.AppKey("tokens", Tokens)
PUBLIC_IDS = web.AppKey("public_ids", PublicIds)

_FIND_USER = """
SELECT id, public_sqid, handle, roles
  FROM users
 WHERE (public_sqid = $1 OR (id = $2 AND public_sqid IS NULL))
   AND NOT deactivated
   AND (banned_until IS NULL OR banned_until <= now())
"""

_FIND_TARGET = """
SELECT id, public_sqid, handle, roles
  FROM users
 WHERE public_sqid = $1 OR (id = $2 AND public_sqid IS NULL)
"""


async def find_user(connection: Connection | Pool, ids: PublicIds, sqid: str) -> User | None:
    """The user with this public id, if neither deactivated nor banned."""
    return await _fetch_user(connection, ids, _FIND_USER, sqid)


async def find_target(connection: Connection | Pool, ids: PublicIds, sqid: str) -> User | None:
    """The user with this public id, whatever their standing: moderators look after the banned as well."""
    return await _fetch_user(connection, ids, _FIND_TARGET, sqid)


async def find_by_handle(connection: Connection | Pool, ids: PublicIds, handle: str) -> list[User]:
    """All users with this handle, whatever their standing: a site need not keep handles unique."""
    rows = await connection.fetch(
        "SELECT id, public_sqid, handle, roles FROM users WHERE handle = $1 ORDER BY id", handle
    )
    return [_user(ids, row) for row in rows]


async def _fetch_user(connection: Connection | Pool, ids: PublicIds, query: str, sqid: str) -> User | None:
    if "\0" in sqid:  # Postgres' text has no such character
        return None
    row = await connection.fetchrow(query, sqid, ids.row_id(sqid))
    return _user(ids, row) if row else None


def _user(ids: PublicIds, row: asyncpg.Record) -> User:
    return User(
        id=row["id"],
        sqid=ids.of(row["id"], row["public_sqid"]),
        handle=row["handle"],
        roles=row["roles"] or [],
    )


def is_guarded(path: str) -> bool:
    """Whether a path asks for a token: everything below /api/, but for the documentation."""
    return path.startswith("/api/") and path not in PUBLIC


def identity_middleware(settings: Settings) -> Middleware:
    """Refuse strangers on every guarded path; elsewhere nobody is asked.

    What is behind it reads ``request[ACTOR]``.

    Raises:
        ProblemError: 401 nobody we know, 403 a cross-site write or no right to the target, 404 an unknown target.
    """
    own_origin = _origin(settings.base_url)

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
    if from_cookie and request.method not in SAFE_METHODS and not _same_origin(request, own_origin):
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


def _same_origin(request: web.Request, own_origin: str) -> bool:
    """Whether the browser vouches that the request comes from our own page; every sign it gives must agree."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get(hdrs.ORIGIN)
    signs = []
    if site is not None:
        signs.append(site == "same-origin")
    if origin is not None:
        signs.append(origin in (own_origin, f"{request.scheme}://{request.host}"))
    return bool(signs) and all(signs)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
