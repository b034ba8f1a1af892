"""POST /api/pmd/client-errors: mistakes of the page in people's browsers, each an event of the log.

A fault of the page is otherwise seen by nobody but the user whom it meets. Neither queries nor tokens are logged: the
page leaves them out, and what looks like one is removed here once more.
"""

import re
from http import HTTPStatus
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from ..base.telemetry import log
from ..http.patterns import matching
from ..http.rates import Rates
from ..http.route import Routes
from ..identity.users import ACTOR
from ..locales import translatable

# A page whose every render fails reports no more than this, and a log grows by no more.
MAX_REPORTS = 20
WINDOW_SECONDS = 600

# The rest of an address behind its path, up to the line and column that stacks add; tokens (JWT).
_SECRETS = re.compile(r"[?#][^\s:)\"']*|\beyJ[\w-]+(?:\.[\w-]*)*")


class ClientError(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/client-errors; texts in characters."""

    page: Annotated[
        str,
        Meta(max_length=200, examples=["/u/k5fNx/posts"]),
        matching(r"^/[^?#]*$", translatable("Expected a path that begins with “/”, without a query")),
    ]
    message: Annotated[str, Meta(min_length=1, max_length=500, examples=["TypeError: posts is undefined"])]
    stack: Annotated[str, Meta(max_length=4000, examples=["at PostTable (/pmd/assets/PostsPage-B2x.js:1:2311)"])] = ""


CLIENT_REPORTS = web.AppKey("client_reports", Rates)

ROUTES = Routes("Service", keys="none")


def limit_client_errors(app: web.Application) -> None:
    """How many each user may report to this process."""
    app[CLIENT_REPORTS] = Rates("client errors", MAX_REPORTS, seconds=WINDOW_SECONDS)


@ROUTES(
    "POST /api/pmd/client-errors",
    "It is logged.",
    problems={HTTPStatus.TOO_MANY_REQUESTS: f"{MAX_REPORTS} of the user's are logged already in ten minutes."},
)
async def post_client_error(request: web.Request, body: ClientError) -> None:
    """Report a mistake of the page.

    For the page itself: an exception that nobody handled, with the path of the page that was open. Operators find it in
    the log.
    """
    viewer = request[ACTOR].viewer
    request.app[CLIENT_REPORTS].take(viewer.id).require("That many errors of this page are logged already.")
    log.warning(
        "client_error",
        user=viewer.sqid,
        page=body.page,
        message=_SECRETS.sub("", body.message),
        stack=_SECRETS.sub("", body.stack),
        browser=request.headers.get("User-Agent", "")[:200],
    )
