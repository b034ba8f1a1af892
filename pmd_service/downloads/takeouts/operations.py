"""What the API's documentation says about takeouts."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

import msgspec

from ...http.openapi import Answer, IdempotencyHeader, Operation, Operations
from . import routes
from .queries import Takeout, TakeoutList, TakeoutParts
from .requests import TakeoutRequest

_TAG = "Takeouts"
_ID = UUID("5d6f8f0a-3a43-4c27-8f5e-0d1f4b7e2c11")


class TakeoutPath(msgspec.Struct):
    takeout_id: Annotated[UUID, msgspec.Meta(description="The takeout's id.", examples=[str(_ID)])]


_ASKED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

_TAKEOUT = Takeout(
    id=_ID,
    status="processing",
    artwork_count=300,
    part_count=3,
    ready_parts=1,
    failed_parts=0,
    missing_count=0,
    file_size_bytes=4_812_000,
    include_comments=True,
    include_reactions=True,
    created_at=_ASKED,
    completed_at=None,
    expires_at=datetime(2026, 1, 9, 3, 4, 7, tzinfo=UTC),
)
_PARTS = TakeoutParts(**msgspec.structs.asdict(_TAKEOUT), parts=[])
_UNKNOWN = {HTTPStatus.NOT_FOUND: "There is no such takeout."}

OPERATIONS: Operations = {
    routes.post_takeout: Operation(
        tag=_TAG,
        summary="Take everything out",
        description="Every artwork, hidden ones too, as many downloads as it takes, built one after another outside "
        "the day's allowance. Each is a download like any other, named “part *n* of *m*”; live, a takeout is told by "
        "`takeout_update`.",
        headers=IdempotencyHeader,
        body=TakeoutRequest(include_comments=True, include_reactions=True),
        answers=[
            Answer(
                _PARTS,
                "The takeout is taken, and will be built.",
                status=HTTPStatus.ACCEPTED,
                headers={"Location": "Where the takeout is."},
            )
        ],
        problems={
            HTTPStatus.BAD_REQUEST: "There is nothing to take out.",
            HTTPStatus.TOO_MANY_REQUESTS: "It is too soon after the last one; `Retry-After` tells when.",
            HTTPStatus.UNPROCESSABLE_ENTITY: "The `Idempotency-Key` was used for another takeout.",
        },
    ),
    routes.get_takeouts: Operation(
        tag=_TAG,
        summary="List takeouts",
        answers=[Answer(TakeoutList(items=[_TAKEOUT], next_possible_at=None), "The newest ten, newest first.")],
    ),
    routes.get_takeout: Operation(
        tag=_TAG,
        summary="Look at a takeout",
        path=TakeoutPath,
        answers=[Answer(_PARTS, "The takeout with its parts.")],
        problems=_UNKNOWN,
    ),
    routes.post_takeout_cancel: Operation(
        tag=_TAG,
        summary="Cancel a takeout",
        description="What is not built yet ends; parts that are ready stay.",
        path=TakeoutPath,
        answers=[Answer(_PARTS, "The takeout, which has ended.")],
        problems=_UNKNOWN | {HTTPStatus.CONFLICT: "It has ended already."},
    ),
}
