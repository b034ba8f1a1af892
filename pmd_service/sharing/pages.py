"""The public pages behind links: rendered on the server, without third-party resources."""

import hashlib
from datetime import datetime
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import Any

import jinja2
from aiohttp import hdrs, web

from ..base.settings import SETTINGS
from ..http.page_policy import page_policy
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
STATIC = {
    "page.css": "text/css",
    "first.js": "text/javascript",
    "page.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}


@cache
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(__package__), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    environment.filters |= {"size": size_words, "day": day, "clock": clock, "count": count}
    environment.globals["fresh"] = {name: static(name)[1] for name in STATIC}
    return environment


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
    """Render a page."""
    settings = request.app[SETTINGS]
    own = {"site_name": settings.site_name, "base_url": settings.base_url, "is_public": is_public}
    text = _templates().get_template(template).render(own | values)
    headers = headers_of(is_public=is_public and status == HTTPStatus.OK, opts_out=opts_out)
    return web.Response(status=status, text=text, content_type="text/html", headers=headers)


def headers_of(*, is_public: bool, opts_out: bool) -> dict[str, str]:
    """Headers of every response behind a link: search engines may index public links only, including pictures.

    Args:
        opts_out: whether it shows a work that may not be used for training AI.
    """
    headers = HEADERS if is_public else HEADERS | {ROBOTS: "noindex, nofollow"}
    return reserved(headers) if opts_out else headers


def size_words(size: int) -> str:
    """4,612,345 → “4.6 MB”."""
    amount, unit = float(size), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if amount < 1000 or unit == "TB":
            break
        amount /= 1000
    return f"{amount:.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:.1f} {unit}"


def count(number: int, thing: str) -> str:
    """1,204 and “file” → “1,204 files”."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def day(moment: datetime) -> str:
    return f"{moment.day} {moment:%b %Y}"


def clock(seconds: float | None) -> str:
    """83.4 → “1:23”."""
    whole = round(seconds or 0)
    return f"{whole // 60}:{whole % 60:02}"
