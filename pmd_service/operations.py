"""What the API's documentation says: the features' operations, and those of the shared rooms."""

from datetime import UTC, datetime
from http import HTTPStatus

from .downloads.operations import OPERATIONS as DOWNLOADS
from .downloads.takeouts.operations import OPERATIONS as TAKEOUTS
from .events import routes as events
from .http import health, openapi
from .http.openapi import Answer, Operation, Operations
from .identity import audit, search, session
from .library.operations import OPERATIONS as LIBRARY
from .packs.operations import OPERATIONS as PACKS
from .posts.operations import OPERATIONS as POSTS
from .tasks.operations import OPERATIONS as TASKS
from .uploads.operations import OPERATIONS as UPLOADS

_SERVICE = "Service"

_MODERATION: Operations = {
    audit.get_audit: Operation(
        tag="Moderation",
        summary="Read your trail",
        description="What you did as a moderator on somebody else's behalf, newest first; with `target_sqid` only what "
        "you did for that user.",
        query=audit.AuditQuery,
        answers=[
            Answer(
                audit.AuditPage(
                    items=[
                        audit.AuditEntry(
                            id=12,
                            action="hide",
                            target_sqid="Uk7c",
                            target_handle="pixelfan",
                            post_ids=[101, 102],
                            reason="Not the artist's own work.",
                            created_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
                        )
                    ],
                    next_cursor=None,
                ),
                "A page of the trail.",
            )
        ],
        problems={
            HTTPStatus.BAD_REQUEST: "The cursor is not one that this list gave.",
            HTTPStatus.FORBIDDEN: "You are no moderator.",
        },
    )
}

_LIVE: Operations = {
    events.get_sse: Operation(
        tag="Live",
        summary="Watch everything",
        description="One stream of Server-Sent Events for everything of one's own, by the rules of "
        "`GET /api/pmd/bdr/sse`: first the newest things of each kind, then `connected`, then `{kind}_update` at "
        "every change, with the thing as its own call gives it, and `{kind}_removed`.\n\nBefore the stream ends it "
        "says why: `timeout` (the token has expired), `superseded` (more than 16 streams of yours are open, and this "
        "is the oldest) or `signed_out` (you have been banned or deactivated).",
        answers=[
            Answer(
                "retry: 3000\n\nevent: connected\ndata: {}\n\n",
                "The stream; it lasts as long as the token.",
                media="text/event-stream",
            )
        ],
    )
}

_ACCOUNT: Operations = {
    session.get_me: Operation(
        tag="Account",
        summary="Who am I",
        answers=[
            Answer(
                session.MeAnswer(session.Me(public_sqid="Uk7c", handle="pixelfan", roles=["user"]), roles=["user"]),
                "The user to whom the token belongs. Their roles stand in both places.",
            )
        ],
    ),
    session.post_session: Operation(
        tag="Account",
        summary="Keep the token in a cookie",
        description="For a site whose pages hold a token of their own: the browser sends it by itself from here on, "
        "and no script can read it.",
        answers=[
            Answer(
                None,
                "The cookie `access_token` is set until the token's end.",
                status=HTTPStatus.NO_CONTENT,
                media=None,
                headers={"Set-Cookie": "The cookie."},
            )
        ],
    ),
    session.delete_session: Operation(
        tag="Account",
        summary="Forget the cookie",
        answers=[
            Answer(
                None,
                "The cookie is gone.",
                status=HTTPStatus.NO_CONTENT,
                media=None,
                headers={"Set-Cookie": "The cookie's end."},
            )
        ],
    ),
    search.get_users: Operation(
        tag="Moderation",
        summary="Look for users",
        description="Whose handle or public id begins with these letters; for moderators.",
        query=search.UserQuery,
        answers=[
            Answer(
                search.UserList(items=[search.FoundUser(public_sqid="Uk7c", handle="pixelfan", artwork_count=87)]),
                "Those that were found, by handle.",
            )
        ],
        problems={HTTPStatus.FORBIDDEN: "You are no moderator."},
    ),
}

_OPERATORS: Operations = {
    health.get_healthz: Operation(
        tag=_SERVICE,
        summary="Is the process alive",
        answers=[Answer(health.Liveness(), "It is.")],
    ),
    health.get_readyz: Operation(
        tag=_SERVICE,
        summary="Is the service ready",
        answers=[
            Answer(
                health.Readiness(
                    status="ready",
                    checks={"postgres": "ok", "site": "ok", "redis": "ok", "vault": "ok", "listener": "ok"},
                ),
                "Everything that it needs is there.",
            ),
            Answer(
                health.Readiness(
                    status="not ready",
                    checks={"postgres": "ok", "site": "ok", "redis": "failing", "vault": "ok", "listener": "ok"},
                ),
                "Something is missing, by name.",
                status=HTTPStatus.SERVICE_UNAVAILABLE,
            ),
        ],
    ),
    health.get_metrics: Operation(
        tag=_SERVICE,
        summary="Metrics",
        description="For Prometheus.",
        answers=[Answer('bdr_status_total{status="ready"} 12.0\n', "The metrics of this process.", media="text/plain")],
    ),
    openapi.get_openapi: Operation(
        tag=_SERVICE,
        summary="This document",
        answers=[Answer(None, "The OpenAPI document.")],
    ),
    openapi.get_docs: Operation(
        tag=_SERVICE,
        summary="This document as a page",
        answers=[Answer("<!doctype html>", "The page.", media="text/html")],
    ),
}

OPERATIONS: Operations = {
    **POSTS,
    **DOWNLOADS,
    **TAKEOUTS,
    **UPLOADS,
    **LIBRARY,
    **TASKS,
    **PACKS,
    **_LIVE,
    **_MODERATION,
    **_ACCOUNT,
    **_OPERATORS,
}
