"""/api/pmd/hides: why moderators hid posts, for the artist, who may answer each reason once.

The reason is written by the statement that hides (``actions``). The answer is mailed to the moderator; the mail's row
is written in the same transaction.
"""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from ..base.database import POOL, Connection, Pool, find_all, find_one
from ..base.telemetry import log, request_id
from ..http.errors import conflict, require
from ..http.patterns import NOT_BLANK
from ..http.route import Routes
from ..http.selection import PostId
from ..http.wire import Cursor, PageCursor
from ..identity.audit import record, recorded_once
from ..identity.users import ACTOR, Actor
from ..outbox.queue import add_mail
from ..work.queue import QUEUES, Queue

MAX_PAGE = 128
TOPIC = "hide_answered"


class Hide(msgspec.Struct, frozen=True, kw_only=True):
    """Why a moderator hid a post, and the artist's answer; a moderator who has been deleted has no handle."""

    post_id: Annotated[int, Meta(examples=[102])]
    reason: Annotated[str, Meta(examples=["The moon shows a brand."])]
    moderator_handle: Annotated[str | None, Meta(examples=["mira"])]
    created_at: datetime
    answer: Annotated[str | None, Meta(examples=["It is my own logo."])] = None
    answered_at: datetime | None = None

    @property
    def id(self) -> int:
        """For the page's cursor."""
        return self.post_id


class HidePage(msgspec.Struct, frozen=True, kw_only=True):
    """One page, newest first; ``next_cursor`` is null on the last one."""

    items: Sequence[Hide]
    next_cursor: str | None


class HideQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of GET /api/pmd/hides."""

    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE, description="Posts a page.")] = MAX_PAGE
    cursor: PageCursor | None = None


class HideAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/hides/{post_id}/answer."""

    text: Annotated[str, Meta(min_length=1, max_length=500, examples=["It is my own logo."]), NOT_BLANK]


_COLUMNS = "post_id, reason, users.handle AS moderator_handle, hides.created_at, answer, answered_at"

# Only posts that are still hidden by a moderator, and not deleted.
_LIST = f"""
SELECT {_COLUMNS}
  FROM post_hides AS hides
  JOIN posts ON posts.id = post_id AND posts.hidden_by_mod AND NOT posts.deleted_by_user
  LEFT JOIN users ON users.id = moderator_id
 WHERE hides.owner_id = $1 AND (hides.created_at, post_id) < ($2, $3::bigint)
 ORDER BY hides.created_at DESC, post_id DESC
 LIMIT $4
"""

_ANSWER = """
UPDATE post_hides
   SET answer = $3, answered_at = now()
 WHERE post_id = $1 AND owner_id = $2 AND answer IS NULL
RETURNING moderator_id, answered_at
"""

_FIND = f"""
SELECT {_COLUMNS}
  FROM post_hides AS hides
  LEFT JOIN users ON users.id = moderator_id
 WHERE post_id = $1 AND owner_id = $2
"""


async def list_hides(connection: Connection | Pool, *, owner_id: int, query: HideQuery) -> HidePage:
    after, limit = Cursor.parse(query.cursor), query.limit
    hides = await find_all(connection, Hide, _LIST, owner_id, after.created_at, after.id, limit + 1)
    return HidePage(items=hides[:limit], next_cursor=Cursor.behind(hides, limit))


async def answer_hide(connection: Connection, actor: Actor, *, post_id: int, text: str) -> Hide:
    """Answer a moderator, once; the same answer again changes nothing.

    Raises:
        ProblemError: 404 no moderator gave a reason for hiding this post; 409 it has another answer.
    """
    owner_id = actor.subject.id
    async with connection.transaction():
        answered = await connection.fetchrow(_ANSWER, post_id, owner_id, text)
        if answered is not None:
            await add_mail(
                connection,
                TOPIC,
                user_id=answered["moderator_id"],
                about=str(post_id),
                state=answered["answered_at"].isoformat(),
                request_id=request_id(),
            )
            await record(connection, actor, "answer_hide", [post_id])
    hide = require(await find_one(connection, Hide, _FIND, post_id, owner_id), "hidden post")
    if hide.answer != text:
        raise conflict("You have answered already, and a reason has one answer.")
    if answered is not None:
        log.info("hide_answered", post_id=post_id, user=actor.subject.sqid, by=actor.viewer.sqid)
    return hide


ROUTES = Routes("Posts", missing="hidden post", keys="posts")


@ROUTES("GET /api/pmd/hides", "A page of the reasons.")
@recorded_once("read_posts")
async def get_hides(request: web.Request, query: HideQuery) -> HidePage:
    """See why moderators hid posts.

    The posts that are hidden by a moderator now, and have a reason, the latest hide first. A hide without a reason
    keeps the one before.
    """
    return await list_hides(request.app[POOL], owner_id=request[ACTOR].subject.id, query=query)


@ROUTES("GET /api/pmd/hides/{post_id}", "The reason.")
@recorded_once("read_posts")
async def get_hide(request: web.Request, post_id: PostId) -> Hide | None:
    """See why a moderator hid a post, also when it is hidden no longer."""
    return await find_one(request.app[POOL], Hide, _FIND, post_id, request[ACTOR].subject.id)


@ROUTES(
    "POST /api/pmd/hides/{post_id}/answer",
    "The reason with its answer.",
    problems={HTTPStatus.CONFLICT: "It has another answer already."},
)
async def post_answer(request: web.Request, post_id: PostId, body: HideAnswer) -> Hide:
    """Answer a moderator's reason.

    Once: the moderator gets the answer by mail, and it is shown with the reason from then on. Sending the same answer
    again changes nothing. A later hide with a reason of its own can be answered again.
    """
    async with request.app[POOL].acquire() as connection:
        hide = await answer_hide(connection, request[ACTOR], post_id=post_id, text=body.text)
    await request.app[QUEUES].put(Queue.MAILS)
    return hide
