"""What a change by filter writes from values: details as requested, and what there was before, as undoing has it."""

from collections.abc import Mapping, Sequence
from typing import Any

from ...base.database import Connection, find_values
from ...site.details import normalized, write_details
from ..changes import LockedPost
from .requests import BulkRequest


def detailed(values: Mapping[str, Any], request: BulkRequest) -> Mapping[str, Any]:
    """A post's details as requested; an alt text that it has stays."""
    new = dict(normalized(request, path="$"))
    if values["alt_text"] is not None:
        new.pop("alt_text", None)
    return {**values, **new}


async def write_changed(
    connection: Connection,
    user_id: int,
    wanted: Mapping[int, Mapping[str, Any]],
    now: Mapping[int, Mapping[str, Any]],
) -> Sequence[int]:
    """Write those that differ; returns their ids."""
    details = {post_id: values for post_id, values in wanted.items() if values != now[post_id]}
    await write_details(connection, owner_id=user_id, details=details)
    return [*details]


_BRING_LICENSES_BACK = """
UPDATE posts SET license_id = before.license_id
  FROM unnest($1::bigint[], $2::int[]) AS before (post_id, license_id)
 WHERE id = post_id AND id = ANY ($1)
   AND (before.license_id IS NULL OR EXISTS (SELECT FROM licenses WHERE licenses.id = before.license_id))
RETURNING posts.id
"""


async def bring_licenses_back(
    connection: Connection, posts: Sequence[LockedPost], before: dict[str, Any]
) -> Sequence[int]:
    post_ids = [post.id for post in posts]
    licenses = [before[str(post_id)] for post_id in post_ids]
    return await find_values(connection, _BRING_LICENSES_BACK, post_ids, licenses)
