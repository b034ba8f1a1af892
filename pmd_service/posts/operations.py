"""What the API's documentation says about posts."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

import msgspec

from ..http.openapi import Answer, Operation, Operations
from ..site.licenses import License, LicenseList
from . import art, routes
from .actions import ActionRequest, LicenseRequest
from .changes import Changed
from .edits import EditRequest, PostTexts
from .queries import Post, PostFile, PostPage

_TAG = "Posts"

_POST = Post(
    id=102,
    public_sqid="k5Rz",
    title="Lighthouse at dusk",
    description="Made for the weekly theme.",
    created_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    width=64,
    height=64,
    frame_count=12,
    file_format="gif",
    file_bytes=18_233,
    art_url="/vault/art/102.gif",
    hashtags=["lighthouse", "sea"],
    hidden_by_user=False,
    hidden_by_mod=False,
    license_identifier="CC-BY-4.0",
    reaction_count=48,
    comment_count=7,
    view_count=1_204,
    files=[PostFile("gif", 18_233, True)],
)

_LOST = {
    HTTPStatus.BAD_REQUEST: (
        "A post is unknown, somebody else's, a playlist or deleted; `errors` names each, and nothing has changed."
    )
}


class Conditional(msgspec.Struct, frozen=True, kw_only=True):
    """The headers of a conditional call."""

    if_none_match: Annotated[str, msgspec.Meta(description="The `ETag` of the page that you have.")] | None = (
        msgspec.field(default=None, name="If-None-Match")
    )


OPERATIONS: Operations = {
    routes.get_posts: Operation(
        tag=_TAG,
        summary="List posts",
        description="Every artwork, hidden ones too, newest first; deleted ones by `state`. Playlists are left out. "
        "`comment_count` counts what visitors see. A deleted post has `deleted_at` and, where the site removes such "
        "posts for good, `gone_at`.\n\nPosts that come or go between two calls shift nothing.",
        headers=Conditional,
        query=routes.PostQuery,
        answers=[
            Answer(
                PostPage(items=[_POST], next_cursor=None, total_count=1),
                "A page of posts.",
                headers={"ETag": "What `If-None-Match` may name next time."},
            ),
            Answer(None, "The page is what you have.", status=HTTPStatus.NOT_MODIFIED, media=None),
        ],
        problems={HTTPStatus.BAD_REQUEST: "The cursor is not one that this list gave."},
    ),
    art.get_art: Operation(
        tag=_TAG,
        summary="See an artwork",
        description="The file itself, for thumbnails: what `art_url` names when it begins with `/vault/`. `still=1` "
        "gives the first frame of an animated GIF, PNG or WebP, in the same format; where it cannot be cut out, and of "
        "anything else, the file.",
        path=art.ArtPath,
        query=art.ArtQuery,
        answers=[
            Answer(None, "The image.", media="image/*"),
            Answer(None, "The image is what you have.", status=HTTPStatus.NOT_MODIFIED, media=None),
        ],
        problems={HTTPStatus.NOT_FOUND: "There is no such post, it has no file in the vault, or it is no image."},
    ),
    routes.post_action: Operation(
        tag=_TAG,
        summary="Hide, unhide, delete or restore posts",
        description="All of the posts, or none. Doing it again changes nothing: `affected_count` posts are as asked "
        "for, however often. `delete` may name deleted posts, and `restore` posts that are not deleted.\n\n"
        "A moderator's `hide` and `unhide` set `hidden_by_mod`, which the posts' owner cannot clear: "
        "`still_hidden_count` posts stay hidden after an `unhide` because of the other's flag. `restore` brings back "
        "the owner's flag as it was before the delete.",
        body=ActionRequest(action="hide", post_ids=[101, 102]),
        answers=[Answer(Changed(affected_count=2, message="2 posts are hidden."), "All posts are as asked for.")],
        problems={**_LOST, HTTPStatus.CONFLICT: "The site has the same artwork anew; nothing was restored."},
    ),
    routes.post_edit: Operation(
        tag=_TAG,
        summary="Edit what is said about posts",
        description="All of the posts, or none; what is left out stays as it is. `title` and `description` are for one "
        "post at a time. Hashtags are stored in lower case, without the sign; a post has at most 64.",
        body=EditRequest(post_ids=[101], set=PostTexts(title="Lighthouse at dusk"), add_hashtags=["sea"]),
        answers=[Answer(Changed(affected_count=1, message="1 post is as you have said."), "All posts are as said.")],
        problems=_LOST,
    ),
    routes.post_license: Operation(
        tag=_TAG,
        summary="Set the licence of posts",
        description="All of the posts, or none. Null takes their licence away.",
        body=LicenseRequest(license_id=2, post_ids=[101, 102]),
        answers=[
            Answer(
                Changed(affected_count=2, message="Changed license to CC-BY-4.0 for 2 posts."),
                "All posts are as asked for.",
            )
        ],
        problems=_LOST,
    ),
    routes.get_licenses: Operation(
        tag=_TAG,
        summary="List licences",
        answers=[
            Answer(
                LicenseList(
                    items=[
                        License(
                            id=2,
                            identifier="CC-BY-4.0",
                            title="Creative Commons Attribution 4.0",
                            url="https://creativecommons.org/licenses/by/4.0/",
                        )
                    ]
                ),
                "Every licence of the site.",
            )
        ],
    ),
}
