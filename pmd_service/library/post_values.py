"""What a post gets instead of what its file has: title, description, hashtags and licence, each file's own."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ..assets.types import AiDisclosure
from ..base.database import Connection, Pool
from ..http.errors import unprocessable
from ..http.selection import MAX_SELECTION, LicenseId, RowId
from ..site.details import normalized
from ..site.licenses import require_licenses
from ..site.texts import (
    MAX_DESCRIPTION,
    MAX_TITLE,
    AltText,
    ContentWarnings,
    Hashtags,
    hashtags,
    readable,
    some_lines,
)


class PostValues(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The values of the post of one file; without one, the title is the file's name, and the others are the file's."""

    asset_id: Annotated[RowId, Meta(examples=[7])]
    title: Annotated[str, Meta(min_length=1, max_length=MAX_TITLE, examples=["Lighthouse"])] | UnsetType = UNSET
    description: Annotated[str, Meta(max_length=MAX_DESCRIPTION)] | UnsetType | None = UNSET
    hashtags: Annotated[Hashtags, Meta(examples=[["sea"]])] | UnsetType = UNSET
    license_id: Annotated[LicenseId, Meta(examples=[2])] | UnsetType | None = UNSET
    alt_text: AltText | UnsetType | None = UNSET
    content_warnings: ContentWarnings | UnsetType = UNSET
    ai_disclosure: AiDisclosure | UnsetType | None = UNSET
    ai_opt_out: bool | UnsetType | None = UNSET


AllPostValues = Annotated[
    list[PostValues], Meta(max_length=MAX_SELECTION, description="Values of posts, for some of the files or all.")
]


async def read_values(
    connection: Connection | Pool, given: Sequence[PostValues], asset_ids: Sequence[int]
) -> Mapping[int, PostValues]:
    """The values as the site stores them, by file.

    Raises:
        ProblemError: 422 a file that is not published by this call or is there twice, a text without visible
            characters, an invalid hashtag, or an unknown licence.
    """
    values: dict[int, PostValues] = {}
    for number, each in enumerate(given):
        path = f"$.posts[{number}]"
        if each.asset_id not in asset_ids:
            raise unprocessable(f"File {each.asset_id} is not among asset_ids.", path=f"{path}.asset_id")
        if each.asset_id in values:
            raise unprocessable(f"File {each.asset_id} is there twice.", path=f"{path}.asset_id")
        values[each.asset_id] = _normalized(each, path)
    licenses = {f"$.posts[{number}].license_id": each.license_id for number, each in enumerate(given)}
    await require_licenses(connection, {path: wanted for path, wanted in licenses.items() if isinstance(wanted, int)})
    return values


def _normalized(given: PostValues, path: str) -> PostValues:
    new: dict[str, object] = {}
    if given.title is not UNSET:
        new["title"] = readable(given.title, path=f"{path}.title")
    if given.description is not UNSET:
        new["description"] = some_lines(given.description or "") or None
    if given.hashtags is not UNSET:
        new["hashtags"] = hashtags(given.hashtags, path=f"{path}.hashtags")
    new |= normalized(given, path=path)
    return msgspec.structs.replace(given, **new)
