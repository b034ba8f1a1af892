"""GET /api/pmd/posts, POST /api/pmd/action, /license and /edit, and GET /api/license."""

from http import HTTPStatus
from typing import Annotated

import msgspec
from aiohttp import hdrs, web
from msgspec import Meta

from ..base.database import POOL
from ..base.settings import SETTINGS
from ..http.errors import unprocessable
from ..http.etags import IfMatch
from ..http.ready_made import ReadyMade, Refreshed
from ..http.route import Answer, Routes, sealed
from ..http.selection import PostId, PostIds, check_all_found, distinct_ids
from ..http.validators import Validator, not_modified
from ..http.wire import NEWEST, Cursor, PageCursor, json_response, read_cursor
from ..identity.audit import recorded_once
from ..identity.users import ACTOR, PUBLIC_IDS, require_scope
from ..site.licenses import LicenseList, list_licenses
from ..site.packable import Packable, find_packable
from .actions import ActionRequest, LicenseRequest, act, set_license
from .changes import Changed
from .edits import EditRequest, edit
from .filters import PostFilter, Sort, State
from .months import Months, count_months
from .queries import Post, PostPage, current_snapshot, find_post, list_posts
from .windows import Place, Position, Window, count_filtered, read_window

MAX_PAGE = 512

# A browser may keep the page and must revalidate it each time.
KEPT_BY_ITS_READER: dict[str, str] = {hdrs.CACHE_CONTROL: "private, no-cache", hdrs.VARY: "Authorization, Cookie"}

_Offset = Annotated[Place, Meta(description="The position to begin at, counted from 0; instead of a cursor.")]
_STATES = "Which posts: those that are not deleted, those that are, all."


class PostQuery(PostFilter, frozen=True, kw_only=True):
    """The page of posts."""

    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE, description="Posts a page.")] = MAX_PAGE
    cursor: PageCursor | None = None
    state: Annotated[State, Meta(description=_STATES)] = "active"
    sort: Annotated[
        Sort, Meta(description="The order; `-` begins with the last. Equal ones newest first, none at the end.")
    ] = "-date"
    offset: _Offset | None = None

    def window(self, *, is_moderated: bool) -> Window | None:
        """The window, where it is more than the next page of all by date.

        Args:
            is_moderated: whether a moderator asks for an artist's posts.

        Raises:
            ProblemError: 422 both a cursor and a position, or not a cursor of such a list.
        """
        if self.cursor is not None and self.offset is not None:
            raise unprocessable("A page begins behind a cursor or at an offset, not at both.", path="?offset")
        chosen = msgspec.convert(self, PostFilter, from_attributes=True)
        window = Window(
            chosen=chosen,
            state=self.state,
            sort=self.sort,
            offset=self.offset or 0,
            limit=self.limit,
            is_moderated=is_moderated,
        )
        if self.offset is None and window.is_plain and self.sort == "-date":
            return None
        if self.cursor is None:
            return window
        return msgspec.structs.replace(window, offset=read_cursor(self.cursor, Position).offset)


class MonthsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which posts are counted."""

    state: Annotated[State, Meta(description=_STATES)] = "active"


class CountQuery(PostFilter, frozen=True, kw_only=True):
    """Which posts are counted."""

    state: Annotated[State, Meta(description=_STATES)] = "active"


class Conditional(msgspec.Struct, frozen=True, kw_only=True):
    """The headers of a conditional call."""

    if_none_match: Annotated[str, Meta(description="The `ETag` of the page that you have.")] | None = msgspec.field(
        default=None, name="If-None-Match"
    )


_LOST = {
    HTTPStatus.BAD_REQUEST: (
        "A post is unknown, somebody else's, a playlist or deleted; `errors` names each, and nothing has changed."
    )
}
ROUTES = Routes(
    "Posts", about="All artworks of an artist: listing, hiding, deleting, licences and texts.", keys="posts"
)


@ROUTES(
    "GET /api/pmd/posts",
    Answer("A page of posts.", kind=PostPage, headers={"ETag": "What `If-None-Match` may name next time."}),
    Answer("The page is what you have.", HTTPStatus.NOT_MODIFIED),
    headers=Conditional,
)
@recorded_once("read_posts")
async def get_posts(request: web.Request, query: PostQuery) -> web.Response:
    """List posts.

    Every artwork, hidden ones too, newest first; deleted ones by `state`. Playlists are left out. `comment_count`
    counts what visitors see. A deleted post has `deleted_at` and, where the site removes such posts for good,
    `gone_at`.

    With `cursor`, posts that are added or removed between two calls shift nothing. With `offset`, a `sort` or a filter
    the answer is a window of a list that is made for each call, and has its `offset`.
    """
    app, owner_id = request.app, request[ACTOR].subject.id
    window = query.window(is_moderated=request[ACTOR].moderates)
    keep_days = app[SETTINGS].post_keep_days
    after = NEWEST if window else Cursor.parse(query.cursor)
    validator = Validator.of(request, owner_id, query, keep_days)
    if validator.is_asked and (tag := validator.still_holds(await current_snapshot(app[POOL]))):
        return not_modified(tag, KEPT_BY_ITS_READER)
    pool, ids = app[POOL], app[PUBLIC_IDS]
    page: PostPage
    snapshot: str | None
    if window:
        page, snapshot = await read_window(pool, ids, window, owner_id=owner_id, keep_days=keep_days)
    else:
        page, snapshot = await list_posts(
            pool, ids, owner_id=owner_id, limit=query.limit, after=after, state=query.state, keep_days=keep_days
        )
    return validator.answer(json_response(sealed(request, page), headers=KEPT_BY_ITS_READER), snapshot)


@ROUTES("GET /api/pmd/posts/months", "The months that have posts, the newest first.")
@recorded_once("read_posts")
async def get_months(request: web.Request, query: MonthsQuery) -> Months:
    """Count posts by month.

    How many there are in all, and in each month; added up, they give the `offset` of a month in `GET /posts`.
    """
    return await count_months(request.app[POOL], owner_id=request[ACTOR].subject.id, state=query.state)


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """The number of posts that match a filter."""

    total_count: Annotated[int, Meta(examples=[12])]


@ROUTES("GET /api/pmd/posts/count", "The number of posts.")
@recorded_once("read_posts")
async def get_count(request: web.Request, query: CountQuery) -> Count:
    """Count posts.

    How many match the filters of `GET /posts`.
    """
    actor = request[ACTOR]
    total = await count_filtered(
        request.app[POOL],
        owner_id=actor.subject.id,
        state=query.state,
        chosen=query,
        is_moderated=actor.moderates,
    )
    return Count(total_count=total)


@ROUTES("GET /api/pmd/posts/{post_id:[0-9]+}", "The post.", missing="post")
@recorded_once("read_posts")
async def get_post(request: web.Request, post_id: PostId) -> Post | None:
    """Get a post.

    Also a hidden or deleted one, with the posts before and after it in its series. Playlists are not found.
    """
    app, owner_id = request.app, request[ACTOR].subject.id
    keep_days = app[SETTINGS].post_keep_days
    return await find_post(app[POOL], app[PUBLIC_IDS], owner_id=owner_id, post_id=post_id, keep_days=keep_days)


@ROUTES(
    "POST /api/pmd/action",
    "All posts are as requested.",
    problems={**_LOST, HTTPStatus.CONFLICT: "The same artwork has been posted again since; nothing was restored."},
)
async def post_action(request: web.Request, body: ActionRequest, match: IfMatch) -> Changed:
    """Hide, unhide, delete or restore posts.

    All of the posts, or none. Doing it again changes nothing: `affected_count` posts are as requested, however often.
    `delete` may name deleted posts, and `restore` posts that are not deleted. To delete, an access key needs
    `posts:delete`.

    A moderator's `hide` and `unhide` set `hidden_by_mod`, which the posts' owner cannot clear: `still_hidden_count`
    posts stay hidden after an `unhide` because of the other's flag. `restore` brings back the owner's flag as it was
    before the delete.
    """
    if body.action == "delete":
        require_scope(request[ACTOR], "posts:delete")
    return await act(request.app, request[ACTOR], body, match)


class PackableRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/posts/assets."""

    post_ids: PostIds


@ROUTES(
    "POST /api/pmd/posts/assets",
    "The files, and the posts without one.",
    scopes=("posts:read", "library:read"),
    problems={HTTPStatus.BAD_REQUEST: "A post is unknown, somebody else's or a playlist; `errors` names each."},
)
@recorded_once("read_library")
async def post_posts_assets(request: web.Request, body: PackableRequest) -> Packable:
    """List the files that posts were made of.

    Files of the user's own library in the order of the posts, to make a pack of them. Posts that no file can be packed
    for are named: `no_file` where none was published as this post, `in_trash` where it lies in the trash.
    """
    pool, actor, post_ids = request.app[POOL], request[ACTOR], distinct_ids("post", body.post_ids)
    packable, found = await find_packable(pool, user_id=actor.subject.id, post_ids=post_ids)
    check_all_found("post", post_ids, found)
    return packable


@ROUTES("POST /api/pmd/license", "All posts are as requested.", problems=_LOST)
async def post_license(request: web.Request, body: LicenseRequest, match: IfMatch) -> Changed:
    """Set the licence of posts.

    All of the posts, or none. Null takes their licence away.
    """
    return await set_license(request.app, request[ACTOR], body, match)


@ROUTES("POST /api/pmd/edit", "All posts are edited.", problems=_LOST)
async def post_edit(request: web.Request, body: EditRequest, match: IfMatch) -> Changed:
    """Edit titles, descriptions and hashtags of posts.

    All of the posts, or none; what is left out stays as it is. `title` and `description` are for one post at a time.
    Hashtags are stored in lower case, without the sign; a post has at most 64.
    """
    return await edit(request.app, request[ACTOR], body, match)


# So long a licence that the site adds may be missing here.
LICENSES_SECONDS = 60.0
LICENSES = web.AppKey("licenses", Refreshed[ReadyMade])


@ROUTES("GET /api/license", Answer("Every licence of the site.", kind=LicenseList), anonymous=True)
async def get_licenses(request: web.Request) -> web.Response:
    """List licences."""
    # The original lets visitors read them, and its page requests them without a token.
    return (await request.app[LICENSES].get()).answer(request)


@ROUTES("GET /api/pmd/license", Answer("Every licence of the site.", kind=LicenseList), scopes=())
async def get_own_licenses(request: web.Request) -> web.Response:
    """List licences, also where `GET /api/license` is a site's own."""
    return (await request.app[LICENSES].get()).answer(request)


def kept_licenses(app: web.Application) -> Refreshed[ReadyMade]:
    async def read() -> ReadyMade:
        return ReadyMade(msgspec.json.encode(LicenseList(items=await list_licenses(app[POOL]))))

    return Refreshed(read, seconds=LICENSES_SECONDS)
