"""What the API's documentation says about batch downloads."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

import msgspec

from ..http.openapi import Answer, IdempotencyHeader, Operation, Operations
from . import routes
from .packable import LeftOut, Packable
from .queries import Bdr, Missing, MissingList, Posts
from .requests import BdrAccepted, BdrList, BdrRequest

_TAG = "Downloads"

_ID = UUID("0b0c6a52-6a1e-4f0e-9d3a-5b2f7c1d8e90")


class BdrPath(msgspec.Struct):
    bdr_id: Annotated[UUID, msgspec.Meta(description="The request's id.", examples=[str(_ID)])]


class RangeHeaders(msgspec.Struct, rename={"range": "Range", "if_range": "If-Range"}):
    range: Annotated[str, msgspec.Meta(description="One range or one suffix.", examples=["bytes=1000-"])] | None = None
    if_range: Annotated[str, msgspec.Meta(description="An `ETag`, or a `Last-Modified` date.")] | None = None


_ASKED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

_READY = Bdr(
    id=_ID,
    name="The lighthouse series",
    takeout_id=None,
    part=None,
    status="ready",
    artwork_count=2,
    processed_count=2,
    missing_count=0,
    file_size_bytes=48_120,
    include_comments=True,
    include_reactions=False,
    created_at=_ASKED,
    started_at=datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC),
    completed_at=datetime(2026, 1, 2, 3, 4, 7, tzinfo=UTC),
    expires_at=datetime(2026, 1, 9, 3, 4, 7, tzinfo=UTC),
    error_message=None,
    download_url=f"/api/pmd/bdr/{_ID}/download",
)
_PENDING = msgspec.structs.replace(
    _READY,
    status="pending",
    processed_count=0,
    file_size_bytes=None,
    started_at=None,
    completed_at=None,
    expires_at=None,
    download_url=None,
)
_CANCELLED = msgspec.structs.replace(
    _PENDING, status="failed", completed_at=_READY.completed_at, error_message="Cancelled by you"
)

_UNKNOWN = {HTTPStatus.NOT_FOUND: "There is no such request."}
_SPENT = {HTTPStatus.TOO_MANY_REQUESTS: "The day's allowance is used up; it is back at 00:00 UTC."}

_ARCHIVE_HEADERS = {
    "ETag": "A strong one, for `If-Range` and `If-None-Match`.",
    "Last-Modified": "When the archive was built.",
    "Accept-Ranges": "`bytes`.",
    "Content-Disposition": "The archive's name.",
}

OPERATIONS: Operations = {
    routes.post_bdr: Operation(
        tag=_TAG,
        summary="Request a download",
        description="A ZIP of up to 128 artworks with their metadata, built in the background. Requests that failed by "
        "themselves do not count for the day's allowance, cancelled ones do. A moderator's request belongs to its "
        "target and counts against the moderator.",
        headers=IdempotencyHeader,
        body=BdrRequest(post_ids=[101, 102], include_comments=True),
        answers=[
            Answer(
                BdrAccepted(
                    id=_ID,
                    status="pending",
                    artwork_count=2,
                    created_at=_ASKED,
                    message="Your download of 2 artworks is being prepared.",
                ),
                "The request is taken, and will be built.",
                status=HTTPStatus.ACCEPTED,
                headers={"Location": "Where the request is."},
            )
        ],
        problems=_SPENT
        | {
            HTTPStatus.BAD_REQUEST: "A post is unknown, somebody else's, a playlist or deleted; nothing is requested.",
            HTTPStatus.UNPROCESSABLE_ENTITY: "The `Idempotency-Key` was used for another request.",
        },
    ),
    routes.get_bdrs: Operation(
        tag=_TAG,
        summary="List downloads",
        description="The newest 20, and the allowance of whoever asks.",
        answers=[
            Answer(
                BdrList(items=[_READY], daily_limit=8, used_today=1, resets_at=datetime(2026, 1, 3, tzinfo=UTC)),
                "The newest requests, newest first.",
            )
        ],
    ),
    routes.get_bdr_sse: Operation(
        tag=_TAG,
        summary="Watch downloads",
        description="A stream of Server-Sent Events. First a `bdr_update` for each of the newest 20, oldest first, "
        "then `connected`, then a `bdr_update` at every change of status or progress; its data is the request as "
        "`GET /api/pmd/bdr/{bdr_id}` gives it, its `id` the request's. `bdr_removed` tells the id of a request that is "
        "gone. A comment comes every 15 seconds; `timeout` comes before the stream ends because the token has expired."
        "\n\nReconnecting misses nothing: every stream begins with the state of things.",
        answers=[
            Answer(
                f"retry: 3000\n\nid: {_ID}\nevent: bdr_update\ndata: {msgspec.json.encode(_READY).decode()}\n\n"
                "event: connected\ndata: {}\n\n",
                "The stream; it lasts as long as the token.",
                media="text/event-stream",
            )
        ],
    ),
    routes.get_bdr: Operation(
        tag=_TAG,
        summary="Look at a download",
        path=BdrPath,
        answers=[Answer(_READY, "The request.")],
        problems=_UNKNOWN,
    ),
    routes.delete_bdr: Operation(
        tag=_TAG,
        summary="Remove a download",
        description="The archive is gone, and the request is found no more. It still counts for its day.",
        path=BdrPath,
        answers=[Answer(None, "It is removed.", status=HTTPStatus.NO_CONTENT, media=None)],
        problems=_UNKNOWN | {HTTPStatus.CONFLICT: "It is being built: cancel it first."},
    ),
    routes.post_bdr_retry: Operation(
        tag=_TAG,
        summary="Retry a download",
        description="Builds a failed or expired request again; that uses the day's allowance as a new one does.",
        path=BdrPath,
        answers=[Answer(_PENDING, "The request, waiting anew.")],
        problems=_UNKNOWN | _SPENT | {HTTPStatus.CONFLICT: "It has neither failed nor expired."},
    ),
    routes.post_bdr_cancel: Operation(
        tag=_TAG,
        summary="Cancel a download",
        path=BdrPath,
        answers=[Answer(_CANCELLED, "The request, which has failed by your wish.")],
        problems=_UNKNOWN | {HTTPStatus.CONFLICT: "It has ended already."},
    ),
    routes.get_bdr_missing: Operation(
        tag=_TAG,
        summary="List what a download lacks",
        path=BdrPath,
        answers=[
            Answer(
                MissingList(items=[Missing(sqid="k5Rz", title="Lighthouse at dusk", reason="The post was deleted.")]),
                "What was left out of the archive, and why.",
            )
        ],
        problems=_UNKNOWN,
    ),
    routes.get_bdr_posts: Operation(
        tag=_TAG,
        summary="List what a download asked for",
        description="The posts' ids in the order of the request, to select them again; some may be gone since.",
        path=BdrPath,
        answers=[Answer(Posts(post_ids=[101, 102]), "The posts.")],
        problems=_UNKNOWN,
    ),
    routes.get_bdr_assets: Operation(
        tag=_TAG,
        summary="List the files that a download's posts were made of",
        description="Files of the user's own library in the order of the request's posts, to make a pack of them. "
        "Posts that no file can be packed for are named: `no_file` where none was published as this post, `in_trash` "
        "where it lies in the trash.",
        path=BdrPath,
        answers=[
            Answer(
                Packable(asset_ids=[7], left_out=[LeftOut(post_id=102, title="Waves", reason="no_file")]),
                "The files, and the posts without one.",
            )
        ],
        problems=_UNKNOWN,
    ),
    routes.get_bdr_download: Operation(
        tag=_TAG,
        summary="Download the archive",
        path=BdrPath,
        headers=RangeHeaders,
        answers=[
            Answer(None, "The archive.", media="application/zip", headers=_ARCHIVE_HEADERS),
            Answer(
                None,
                "The range of the archive.",
                status=HTTPStatus.PARTIAL_CONTENT,
                media="application/zip",
                headers=_ARCHIVE_HEADERS | {"Content-Range": "Which range of how many bytes it is."},
            ),
            Answer(None, "The archive is what you have.", status=HTTPStatus.NOT_MODIFIED, media=None),
        ],
        problems=_UNKNOWN
        | {
            HTTPStatus.CONFLICT: "It is not ready.",
            HTTPStatus.GONE: "It has expired.",
            HTTPStatus.PRECONDITION_FAILED: "`If-Match` or `If-Unmodified-Since` does not hold.",
            HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE: "The range lies behind the archive's end.",
        },
        head=True,
    ),
}
