"""Signing in for a local demo: a small server that sets the cookie which a site's sign-in would set.

A cookie belongs to a host, not to a port: one set on 127.0.0.1 here is sent to the dashboard there, and so
each visitor has a name of this machine of their own, and one browser has all their sessions side by side. No token
is ever in a URL. What a link does needs no secret but the user's own click: a page of another site signs no one in (the
browser sends Sec-Fetch-Site), and neither can a foreign name that resolves to this machine (Host).
"""

import secrets
from collections import deque
from collections.abc import AsyncIterator, Sequence, Set
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from html import escape

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from yarl import URL

from ..base.settings import Settings
from ..identity.session import COOKIE
from ..identity.tokens import Tokens

HOST = "127.0.0.1"
# The first two are this machine everywhere; browsers resolve names below “localhost” to it as well (RFC 6761).
HOSTS = (HOST, "localhost", "desk.localhost")
LIFETIME = timedelta(hours=12)

_STYLE = """
body { background: #14121c; color: #e8e4f0; font: 16px/1.6 system-ui, sans-serif; max-width: 32rem; margin: 12vh auto;
       padding: 0 1rem }
h1 { font-size: 1.3rem } a { color: #9ec5ff } li { margin: .4rem 0 }
"""


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """A user to sign in as, and the page that they see first."""

    handle: str
    sqid: str
    role: str
    page_of: str  # the public id of the user whose dashboard opens
    host: str = HOST  # this machine's name in their session


@asynccontextmanager
async def served_sign_in(settings: Settings, visitors: Sequence[Visitor]) -> AsyncIterator[str]:
    """Serve at SIGN_IN_URL, within the block; the address.

    Raises:
        OSError: the port is taken.
    """
    assert settings.sign_in_url is not None
    port = URL(settings.sign_in_url).port
    assert port is not None
    runner = web.AppRunner(sign_in_app(settings, visitors, port), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
        yield settings.sign_in_url
    finally:
        await runner.cleanup()


def sign_in_app(settings: Settings, visitors: Sequence[Visitor], port: int) -> web.Application:
    by_handle = {visitor.handle: visitor for visitor in visitors}
    tokens = Tokens(settings)
    # To a browser, this machine's names are different sites: a visitor admitted at one gets a single-use pass for the
    # other.
    passes: deque[str] = deque(maxlen=16)

    async def choose(_request: web.Request) -> web.Response:
        return _page("Sign in to the demo", visitors)

    def was_let_through(request: web.Request) -> bool:
        try:
            passes.remove(request.query.get("pass", ""))
        except ValueError:
            return False
        return True

    async def style(_request: web.Request) -> web.Response:
        return web.Response(text=_STYLE, content_type="text/css")

    async def sign_in(request: web.Request) -> web.Response:
        visitor = by_handle.get(request.match_info["handle"])
        if visitor is None:
            raise web.HTTPNotFound
        # A link in the terminal or a typed address is “none”, a link of our own page “same-origin”; old browsers and
        # curl send nothing.
        is_wanted = request.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin")
        if not is_wanted and not was_let_through(request):
            return _page("Another page sent you here. Do you want to sign in?", visitors, status=403)
        if request.host != f"{visitor.host}:{port}":
            passes.append(secrets.token_urlsafe())
            raise web.HTTPSeeOther(f"http://{visitor.host}:{port}/{visitor.handle}?pass={passes[-1]}")
        token = tokens.issue(visitor.sqid, datetime.now(UTC) + LIFETIME)
        page = f"http://{visitor.host}:{settings.port}/u/{visitor.page_of}/posts"
        response = web.Response(status=303, headers={"Location": page})
        response.set_cookie(
            COOKIE, token, max_age=int(LIFETIME.total_seconds()), path="/", httponly=True, samesite="Lax"
        )
        return response

    app = web.Application(middlewares=[_only_for({f"{host}:{port}" for host in HOSTS})])
    app.add_routes([web.get("/", choose), web.get("/style.css", style), web.get("/{handle}", sign_in)])
    app.on_response_prepare.append(_set_headers)
    return app


def _only_for(hosts: Set[str]) -> Middleware:
    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.host not in hosts:
            raise web.HTTPMisdirectedRequest
        return await handler(request)

    return middleware


async def _set_headers(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'self'; frame-ancestors 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"


def _page(title: str, visitors: Sequence[Visitor], *, status: int = 200) -> web.Response:
    links = "".join(
        f'<li><a href="/{escape(visitor.handle)}">{escape(visitor.handle)}</a>, {escape(visitor.role)}</li>'
        for visitor in visitors
    )
    page = f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/style.css">
<h1>{escape(title)}</h1>
<ul>{links}</ul>
</html>"""
    return web.Response(text=page, content_type="text/html", status=status)
