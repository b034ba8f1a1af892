"""GET /api/pmd/sse: all of a user's objects, live, on one stream (LIBRARY section 6); and GET /api/pmd/changes."""

from http import HTTPStatus
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from ..base.database import POOL
from ..http.route import EVENTS, Answer, Routes
from ..http.turns import long_lived
from ..identity.audit import recorded_once
from ..identity.users import ACTOR
from ..locales.language import LanguageTag
from .changes import ChangePage, ChangesQuery, read_changes
from .hub import HUB
from .stream import stream_updates

ROUTES = Routes("Live", about="What changes, as it changes.", keys="any")


class StreamQuery(msgspec.Struct, frozen=True, kw_only=True):
    language: (
        Annotated[
            LanguageTag,
            Meta(
                description="Of its sentences, for browsers, whose streams have no headers of one's own.",
                examples=["de"],
            ),
        ]
        | None
    ) = None


@long_lived
@ROUTES(
    "GET /api/pmd/sse",
    Answer(
        "The stream; it lasts as long as the token.",
        media=EVENTS,
        example="retry: 3000\n\nevent: connected\ndata: {}\n\n",
    ),
)
async def get_sse(request: web.Request, query: StreamQuery) -> web.StreamResponse:
    """Watch everything.

    One stream of Server-Sent Events for all of your objects, by the rules of `GET /api/pmd/bdr/sse`: first the newest
    objects of each kind, then `connected`, then `{kind}_update` at each change, with the object as its own call returns
    it, and `{kind}_removed`. A `ping` every 5 seconds instead of a comment shows that the service is there.

    The last event says why the stream ends: `timeout` (the token has expired), `superseded` (more than 16 of your
    streams are open, and this is the oldest) or `signed_out` (you have been banned or deactivated, the browser has been
    signed out, or the key revoked). With an access key it has the kinds that the key's scopes show.
    """
    hub = request.app[HUB]
    actor = request[ACTOR]
    kinds = [kind for kind, topic in hub.topics.items() if actor.may(topic.scopes)]
    return await stream_updates(request, hub, actor, kinds, pings=True, language=query.language)


@ROUTES(
    "GET /api/pmd/changes",
    "The changes after the cursor.",
    problems={
        HTTPStatus.GONE: "The cursor is older than 30 days, or of another database: list everything again.",
        HTTPStatus.UNPROCESSABLE_ENTITY: "There is no such kind.",
    },
)
@recorded_once("read_library")
async def get_changes(request: web.Request, query: ChangesQuery) -> ChangePage:
    """List what has changed.

    For a copy that follows: take a cursor (a call without one), list everything once, and from then on ask for what has
    been made, changed and removed since. Nothing is left out, after a pause of up to 30 days, however late a
    transaction is committed. What is in the trash, or deleted, counts as removed, and as made when it is restored.
    Progress is no change. Take `changed` of something unknown for `made`, and name the same `kinds` at each call.
    """
    return await read_changes(request.app[POOL], query, request[ACTOR])
