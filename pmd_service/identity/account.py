"""Who is signed in, the page's cookie, and the browsers that are signed in."""

import time
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from aiohttp import web
from msgspec import Meta

from ..base.database import POOL
from ..base.settings import SETTINGS
from ..http.errors import not_found
from ..http.etags import IfMatch
from ..http.route import Answer, Routes
from ..http.scopes import Scope
from ..http.selection import RowId
from ..http.wire import PageQuery
from .keys.queries import revoke_key
from .session import COOKIE, read_signature
from .sessions.queries import (
    Session,
    SessionPage,
    end_others,
    end_session,
    find_session,
    forget_session,
    list_sessions,
)
from .users import ACTOR
from .uses import USES


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """The viewer."""

    public_sqid: Annotated[str, msgspec.Meta(examples=["Uk7c"])]
    handle: Annotated[str, msgspec.Meta(examples=["pixelfan"])]
    roles: Annotated[Sequence[str], msgspec.Meta(examples=[["user"]])]


class MyKey(msgspec.Struct, frozen=True, kw_only=True):
    """The access key of the request."""

    id: Annotated[int, Meta(examples=[4])]
    name: Annotated[str, Meta(examples=["Aseprite export"])]
    scopes: Annotated[Sequence[Scope], Meta(examples=[["posts:read"]])]


class Viewer(Me, frozen=True, kw_only=True):
    """The viewer, and the access key by which they call; null if they are signed in."""

    key: MyKey | None = None


class Ended(msgspec.Struct, frozen=True):
    """How many browsers were signed out."""

    count: Annotated[int, Meta(examples=[3])]


class MeAnswer(msgspec.Struct, frozen=True):
    """The answer of GET /api/auth/me."""

    user: Me
    roles: Annotated[Sequence[str], msgspec.Meta(examples=[["user"]])]  # where the original has them


SessionId = Annotated[RowId, Meta(description="The browser's id.", examples=[4])]
ROUTES = Routes(
    "Account", about="Who is signed in, the page's session, and the browsers that are signed in.", keys="none"
)


@ROUTES("GET /api/auth/me", "The token's user, with their roles in both places.", scopes=())
async def get_me(request: web.Request) -> MeAnswer:
    """Get the signed-in user, as the site's own route does.

    Next to a site this route is the site's: see `GET /api/pmd/me`.
    """
    me = _me(request)
    return MeAnswer(me, roles=me.roles)


@ROUTES("GET /api/pmd/me", "The viewer, and not the user for whom they act.", scopes=())
async def get_viewer(request: web.Request) -> Viewer:
    """Get the signed-in user.

    By token or cookie, wherever the service runs; for a page that wants to know whether its session is still valid.
    With an access key, also what it may do.
    """
    me, key = _me(request), request[ACTOR].key
    own = MyKey(id=key.id, name=key.name, scopes=key.scopes) if key else None
    return Viewer(public_sqid=me.public_sqid, handle=me.handle, roles=me.roles, key=own)


def _me(request: web.Request) -> Me:
    viewer = request[ACTOR].viewer
    return Me(public_sqid=viewer.sqid, handle=viewer.handle, roles=viewer.roles)


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

    For a site whose pages have a token of their own: from then on the browser sends it by itself, and no script can
    read it.
    """
    signature = read_signature(request)
    response = web.Response(status=HTTPStatus.NO_CONTENT)
    response.set_cookie(
        COOKIE,
        signature.token,
        # Browsers keep no cookie longer than a year.
        max_age=int(min(signature.claims.exp - time.time(), 365 * 24 * 3600)),
        **_cookie_options(request),
    )
    return response


@ROUTES(
    "DELETE /api/pmd/session",
    Answer("It is forgotten.", HTTPStatus.NO_CONTENT, headers={"Set-Cookie": "The cookie's end."}),
    scopes=(),
)
async def delete_session(request: web.Request) -> web.Response:
    """Forget the cookie; with an access key, revoke it.

    The token itself stays valid until its end: `DELETE /api/pmd/sessions/{session_id}` refuses it from then on.
    """
    pool, actor = request.app[POOL], request[ACTOR]
    if actor.key is not None:
        async with pool.acquire() as connection:
            await revoke_key(connection, actor.viewer, actor.key.id, IfMatch(None))
    else:
        request.app[USES].forget(actor.credential)
        await forget_session(pool, actor.credential)
    response = web.Response(status=HTTPStatus.NO_CONTENT)
    response.del_cookie(COOKIE, **_cookie_options(request))
    return response


def _cookie_options(request: web.Request) -> Mapping[str, Any]:
    is_https = request.app[SETTINGS].base_url.lower().startswith("https://")
    return {"path": "/", "secure": is_https, "httponly": True, "samesite": "Lax"}


SESSIONS = Routes("Account", missing="browser", keys="none", personal=True)


@SESSIONS("GET /api/pmd/sessions", "A page of browsers.")
async def get_sessions(request: web.Request, query: PageQuery) -> SessionPage:
    """List the browsers in which you are signed in.

    Those that send a token as a cookie, the latest sign-in first.
    """
    actor = request[ACTOR]
    await request.app[USES].write()
    return await list_sessions(request.app[POOL], user_id=actor.viewer.id, credential=actor.credential, query=query)


@SESSIONS("DELETE /api/pmd/sessions", Answer("The number of them.", kind=Ended))
async def delete_sessions(request: web.Request) -> Ended:
    """Sign out all other browsers.

    As `DELETE /api/pmd/sessions/{session_id}` does for one.
    """
    actor = request[ACTOR]
    await request.app[USES].write()
    return Ended(count=await end_others(request.app[POOL], user_id=actor.viewer.id, credential=actor.credential))


@SESSIONS("GET /api/pmd/sessions/{session_id}", "The browser.")
async def get_session(request: web.Request, session_id: SessionId) -> Session | None:
    """Get a browser in which you are signed in."""
    pool, actor = request.app[POOL], request[ACTOR]
    await request.app[USES].write()
    return await find_session(pool, user_id=actor.viewer.id, credential=actor.credential, session_id=session_id)


@SESSIONS("DELETE /api/pmd/sessions/{session_id}", "It is signed out.")
async def delete_one_session(request: web.Request, session_id: SessionId) -> None:
    """Sign a browser out.

    At once: its token is refused from now on, also in other places, and its open streams, uploads and downloads end.
    Where a site has issued the token, the site's own pages may still take it.
    """
    if not await end_session(request.app[POOL], user_id=request[ACTOR].viewer.id, session_id=session_id):
        raise not_found("browser")
