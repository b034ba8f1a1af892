"""The public pages behind links: rendered on the server, without third-party resources."""

import hashlib
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import Any

from aiohttp import hdrs, web

from ..base.settings import SETTINGS
from ..http.languages import language_of_client
from ..http.page_policy import page_policy
from ..locales.templates import render
from ..site.ai_rights import ROBOTS, reserved

HEADERS = {
    # The pages make no requests; page checkers fetch /robots.txt from within ("connect-src").
    "Content-Security-Policy": page_policy(media_src="'self'", form_action="'self'"),
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # A withdrawn link must not be served from a cache.
    hdrs.CACHE_CONTROL: "private, no-cache",
}
# Pictures and sounds may be cached for some minutes.
CACHED = {hdrs.CACHE_CONTROL: "private, max-age=300"}
STATIC = {
    "page.css": "text/css",
    "first.js": "text/javascript",
    "page.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}


@cache
def static(name: str) -> tuple[bytes, str]:
    """A style sheet, script or icon, and a prefix of its hash."""
    content = files(__package__).joinpath("templates", name).read_bytes()
    return content, hashlib.sha256(content).hexdigest()[:12]


def page(
    request: web.Request,
    template: str,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    is_public: bool = False,
    opts_out: bool = False,
    **values: Any,
) -> web.Response:
    """Render a page, in the language that its visitor's browser prefers."""
    settings, language = request.app[SETTINGS], language_of_client(request)
    own = {
        "site_name": settings.site_name,
        "base_url": settings.base_url,
        "is_public": is_public,
        "fresh": {name: static(name)[1] for name in STATIC},
    }
    text = render(__package__, template, language.tag, **own, **values)
    headers = headers_of(is_public=is_public and status == HTTPStatus.OK, opts_out=opts_out)
    headers |= {hdrs.CONTENT_LANGUAGE: language.tag, hdrs.VARY: hdrs.ACCEPT_LANGUAGE}
    return web.Response(status=status, text=text, content_type="text/html", headers=headers)


def nothing(request: web.Request) -> web.Response:
    """The same page for what does not exist, has ended, or is not shown to visitors."""
    return page(request, "nothing.html", status=HTTPStatus.NOT_FOUND)


def headers_of(*, is_public: bool, opts_out: bool) -> dict[str, str]:
    """Headers of every response behind a link: search engines may index public links only, including pictures.

    Args:
        opts_out: whether it shows a work that may not be used for training AI.
    """
    headers = HEADERS if is_public else HEADERS | {ROBOTS: "noindex, nofollow"}
    return reserved(headers) if opts_out else headers
