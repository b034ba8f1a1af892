"""The page: GET /u/{sqid}/posts and the like, one application for artists and moderators.

In a thread: a file read by several system calls in one hop.
"""

import asyncio
from html import escape
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import aiofiles.os
import msgspec
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from ..base.database import DATABASE_DOWN, POOL
from ..base.settings import SETTINGS, Settings
from ..base.telemetry import log
from ..http.errors import ProblemError
from ..http.languages import language_of_client, name_language
from ..http.page_policy import page_policy
from ..http.wire import SAFE_METHODS
from ..identity.session import identify, read_signature
from ..identity.users import PUBLIC_IDS, Actor, find_target
from ..locales import translatable
from ..site.rights import are_ours, takes_posts
from ..work.missing_workers import has_upload_worker

PAGE_HEADERS = {
    # Artworks may be on any host (SPEC section 3, Vault).
    "Content-Security-Policy": page_policy(img_src="'self' https: http:", media_src="'self'"),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Frame-Options": "DENY",
    hdrs.CACHE_CONTROL: "no-store",
}

# Their names contain a hash of their content.
ASSET_HEADERS = {hdrs.CACHE_CONTROL: "public, max-age=31536000, immutable"}

BUILT_PAGE = web.AppKey("built_page", Path)


# One HTML page for all of them; it reads from the URL which one to show.
PAGES = ("posts", "publish", "library", "uploads", "packs", "tasks", "insights", "settings", "ops")
# A short address, the same for all operators.
CONSOLE = "/ops"
# Where programs send people to approve them: below /pmd/, which is ours next to a site as well.
DEVICE = "/pmd/device"
MAX_CODE = 20
# The build names a page's files after its component; all but the console's are named as its address.
_COMPONENTS = {"ops": "console"}


class PageUser(msgspec.Struct, frozen=True, kw_only=True):
    """A user as the page names them."""

    sqid: str
    handle: str


class PageLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Limits that the page shows before a request would be refused."""

    upload_max_files: int
    trash_ttl_days: int
    can_publish: bool
    post_formats: list[str]
    post_max_bytes: int
    post_max_canvas: int
    pack_max_bytes: int


class PageConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The page's configuration, in ``<meta name="pmd-config">``.

    ``site_url`` is where posts have public pages; None for a standalone service, which has none.
    """

    site_name: str
    site_url: str | None
    sign_in_url: str
    post_keep_days: int | None
    max_posts: int
    is_moderator: bool
    is_owner: bool
    shares: bool  # whether links for people without an account are enabled
    are_uploads_probed: bool  # False: no worker runs for them at the moment, and uploads wait
    limits: PageLimits
    viewer: PageUser
    subject: PageUser


class Message(NamedTuple):
    """A page with a message, and a link."""

    status: HTTPStatus
    title: str
    detail: str
    action: str = translatable("Go to {site}")


async def get_dashboard(request: web.Request) -> web.Response:
    """The page, or a message: 401 signed out, 403 another user's, 404 no such user, 503 database unavailable."""
    settings = request.app[SETTINGS]
    try:
        signature = read_signature(request)
        actor = await identify(request, signature, settings.base_url, target=request.match_info["sqid"])
        if request.path.endswith(CONSOLE) and not actor.viewer.is_owner:
            return await _message(request, _OWNERS_ONLY, {})
        stands_alone = await are_ours(request.app[POOL])
    except ProblemError as error:
        return await _message(request, await _explain(request, HTTPStatus(error.problem.status)), error.headers)
    except DATABASE_DOWN as error:
        log.error("dependency_down", error=repr(error))
        return await _message(request, _UNAVAILABLE, {hdrs.RETRY_AFTER: "5"})
    config = _config(settings, actor, stands_alone=stands_alone, are_probed=await has_upload_worker(request.app))
    texts = {"config": msgspec.json.encode(config).decode(), "site_name": settings.site_name}
    return await _page(request, "index.html", texts, headers=await asyncio.to_thread(_preloads, request))


async def get_home(request: web.Request) -> web.Response:
    """``/`` of a standalone service: redirect to the user's posts, or to sign in. A site has a ``/`` of its own."""
    return await _redirect(request, "posts")


async def get_console(request: web.Request) -> web.Response:
    """The console's short address: redirect to it."""
    return await _redirect(request, "ops")


async def get_device(request: web.Request) -> web.Response:
    """Where a program is approved: redirect to that section of the user's settings, with the code if there is one."""
    code = request.query.get("user_code", "")[:MAX_CODE]
    return await _redirect(request, f"settings?{urlencode({'section': 'device', 'user_code': code})}")


async def _redirect(request: web.Request, page: str) -> web.Response:
    """Redirect to the user's own page of this name, or to sign in."""
    settings = request.app[SETTINGS]
    try:
        actor = await identify(request, read_signature(request), settings.base_url, target=None)
    except ProblemError as error:
        if settings.sign_in_url is not None:
            raise web.HTTPSeeOther(settings.sign_in_url) from error
        return await _message(request, _MESSAGES[HTTPStatus.UNAUTHORIZED], error.headers)
    except DATABASE_DOWN as error:
        log.error("dependency_down", error=repr(error))
        return await _message(request, _UNAVAILABLE, {hdrs.RETRY_AFTER: "5"})
    raise web.HTTPSeeOther(f"/u/{actor.viewer.sqid}/{page}")


async def get_asset(request: web.Request) -> web.StreamResponse:
    """A script, style sheet or icon of the page; the names are Vite's, flat and hashed."""
    built = request.app.get(BUILT_PAGE)
    name = request.match_info["name"]
    path = built / "assets" / name if built else None
    if path is None or not await aiofiles.os.path.isfile(path):
        raise web.HTTPNotFound
    return web.FileResponse(path, headers=ASSET_HEADERS)


@web.middleware
async def not_found_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Show browsers a page where an address leads nowhere; to others it is a problem as any other (404)."""
    missing = request.match_info.http_exception
    if missing is None or missing.status != HTTPStatus.NOT_FOUND:
        return await handler(request)
    is_shown = request.method in SAFE_METHODS and "text/html" in request.headers.get(hdrs.ACCEPT, "")
    if is_shown and BUILT_PAGE in request.app and not request.path.startswith("/api/"):
        return await _message(request, _NOTHING, {})
    return await handler(request)


# HTML pages and their files are not in the API's documentation.
ROUTES = (
    web.get("/", get_home),
    web.get(CONSOLE, get_console),
    web.get(DEVICE, get_device),
    *(web.get(f"/u/{{sqid}}/{page}", get_dashboard) for page in PAGES),
    web.get(r"/pmd/assets/{name:[\w.-]+}", get_asset),
)


def _preloads(request: web.Request) -> dict[str, str]:
    """A ``Link`` header with the scripts and styles of the requested page that the HTML does not name."""
    built = request.app.get(BUILT_PAGE)
    if built is None:
        return {}
    files = msgspec.json.decode((built / "pages.json").read_bytes(), type=dict[str, list[str]])
    name = request.path.rsplit("/", 1)[-1]
    names = files.get(_COMPONENTS.get(name, name), [])
    ways = {".js": "modulepreload", ".css": "preload; as=style"}
    links = [f"</pmd/{name}>; rel={ways[Path(name).suffix]}; crossorigin" for name in names]
    return {hdrs.LINK: ", ".join(links)} if links else {}


def _config(settings: Settings, actor: Actor, *, stands_alone: bool, are_probed: bool) -> PageConfig:
    return PageConfig(
        site_name=settings.site_name,
        site_url=None if stands_alone else settings.base_url,
        sign_in_url=_sign_in_url(settings),
        post_keep_days=settings.post_keep_days,
        max_posts=settings.bdr_max_posts,
        is_moderator=actor.viewer.is_moderator,
        is_owner=actor.viewer.is_owner,
        shares=settings.sharing == "on",
        are_uploads_probed=are_probed,
        limits=_limits(settings, can_publish=takes_posts(settings, stands_alone=stands_alone)),
        viewer=PageUser(sqid=actor.viewer.sqid, handle=actor.viewer.handle),
        subject=PageUser(sqid=actor.subject.sqid, handle=actor.subject.handle),
    )


def _limits(settings: Settings, *, can_publish: bool) -> PageLimits:
    return PageLimits(
        upload_max_files=settings.upload_max_files,
        trash_ttl_days=settings.trash_ttl_days,
        can_publish=can_publish,
        post_formats=[*settings.formats_of_posts],
        post_max_bytes=settings.post_max_bytes,
        post_max_canvas=settings.post_max_canvas,
        pack_max_bytes=settings.pack_max_bytes,
    )


def _sign_in_url(settings: Settings) -> str:
    return settings.sign_in_url or settings.base_url


_UNAVAILABLE = Message(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "Back in a moment",
    "The service cannot reach its database at the moment. Nothing is lost; please try again in a few seconds.",
)

_OWNERS_ONLY = Message(
    HTTPStatus.FORBIDDEN,
    "This is for the owners of {site}",
    "Only owners manage background work. Moderators manage posts.",
)

_NOTHING = Message(
    HTTPStatus.NOT_FOUND,
    "Page not found",
    "The link may be mistyped, or the page may have been removed.",
)

_MESSAGES = {
    HTTPStatus.UNAUTHORIZED: Message(
        HTTPStatus.UNAUTHORIZED,
        "Sign in to manage your posts",
        "Sign in at {site} in this browser, then reopen this page. Your selection is kept until you close this tab.",
        "Sign in at {site}",
    ),
    HTTPStatus.FORBIDDEN: Message(
        HTTPStatus.FORBIDDEN,
        "These posts belong to another artist",
        "Only the artist and the moderators of {site} can manage them.",
    ),
    HTTPStatus.NOT_FOUND: Message(
        HTTPStatus.NOT_FOUND,
        "Artist not found",
        "The link may be mistyped, or the account may have been deleted.",
    ),
}


async def _explain(request: web.Request, status: HTTPStatus) -> Message:
    if status == HTTPStatus.FORBIDDEN:
        # Profiles are public: that there is no such user is no secret, and more helpful than a refusal.
        target = await find_target(request.app[POOL], request.app[PUBLIC_IDS], request.match_info["sqid"])
        if target is None:
            status = HTTPStatus.NOT_FOUND
    return _MESSAGES[status]


async def _message(request: web.Request, message: Message, headers: dict[str, str]) -> web.Response:
    settings, language = request.app[SETTINGS], language_of_client(request)
    title, detail, action = (
        language.text(each).format(site=settings.site_name) for each in (message.title, message.detail, message.action)
    )
    texts = {
        "language": language.tag,
        "direction": language.direction,
        "title": title,
        "detail": detail,
        "action": action,
        "status": str(message.status.value),
        "site_name": settings.site_name,
        "site_url": _sign_in_url(settings) if message.status == HTTPStatus.UNAUTHORIZED else settings.base_url,
    }
    response = await _page(request, "message.html", texts, status=message.status, headers=headers)
    name_language(response.headers, language)
    return response


async def _page(
    request: web.Request,
    name: str,
    texts: dict[str, str],
    *,
    status: HTTPStatus = HTTPStatus.OK,
    headers: dict[str, str] | None = None,
) -> web.Response:
    """A built page with its ``{{marks}}`` replaced, escaped for text and attributes."""
    built = request.app.get(BUILT_PAGE)
    if built is None:
        return web.Response(
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            text="The page is not built: run “make page”.\n",
            headers=PAGE_HEADERS,
        )
    html = await asyncio.to_thread((built / name).read_text, "utf-8")
    for mark, text in texts.items():
        html = html.replace("{{" + mark + "}}", escape(text))
    return web.Response(status=status, text=html, content_type="text/html", headers=(headers or {}) | PAGE_HEADERS)
