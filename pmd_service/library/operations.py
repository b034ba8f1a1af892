"""What the API's documentation says about the library."""

from datetime import UTC, datetime
from http import HTTPStatus
from uuid import UUID

from ..assets.reports import Finding, Report
from ..http.openapi import Answer, Operation, Operations
from . import files, routes
from .actions import AssetActionRequest, AssetsChanged
from .edits import AssetChanges, AssetEditRequest
from .papers import AssetPapers, NearDuplicate, PackOfAsset, PostOfAsset, Relative
from .publishing import Publication, PublishAnswer, PublishRequest
from .queries import AssetItem, AssetPage, AssetQuery, Facet, Facets

_TAG = "Library"
_CAME = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
_HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

_ASSET = AssetItem(
    id=7,
    name="lighthouse.png",
    type="image",
    file_format="png",
    mime_type="image/png",
    size_bytes=18_233,
    width=64,
    height=64,
    frame_count=1,
    duration_sec=None,
    samplerate_hz=None,
    theme="sea",
    source="Drawn by hand",
    provenance="user_provided",
    license_id=2,
    license_identifier="CC-BY-4.0",
    attribution=None,
    hashtags=["lighthouse", "sea"],
    state="approved",
    approved=True,
    rejected_at=None,
    deleted_at=None,
    has_preview=True,
    parent_asset_id=None,
    post_id=102,
    original_path="summer/lighthouse.png",
    hash=_HASH,
    created_at=_CAME,
    updated_at=_CAME,
)

_REPORT = Report(
    id=UUID("0b0c6a52-6a1e-4f0e-9d3a-5b2f7c1d8e90"),
    batch_id=UUID("5b8f0a63-52c4-4c63-9f7e-1de2d1f3a6aa"),
    asset_id=7,
    outcome="added",
    file_name="lighthouse.png",
    hash=_HASH,
    facts={"version": 1, "width": 64, "height": 64},
    findings=[Finding(code="gps", message="It says where it was made; published copies do not.")],
    created_at=_CAME,
)

_UNKNOWN = {HTTPStatus.NOT_FOUND: "There is no such file."}
_LOST = {HTTPStatus.BAD_REQUEST: "A file is unknown or somebody else's; `errors` names each, and nothing has changed."}

_FILE_HEADERS = {
    "ETag": "A strong one, for `If-Range` and `If-None-Match`.",
    "Accept-Ranges": "`bytes`.",
    "Content-Disposition": "`inline` for images, sounds and videos, unless `download=1`; and the name.",
    "Content-Security-Policy": "Nothing in it runs.",
}

OPERATIONS: Operations = {
    routes.get_assets: Operation(
        tag=_TAG,
        summary="List files",
        description="Every file that is not in the trash, newest first, or those in one state. The facets count, for "
        "each value that could be chosen, the files that the other filters leave. Files that come or go between two "
        "calls shift nothing.",
        query=AssetQuery,
        answers=[
            Answer(
                AssetPage(
                    items=[_ASSET],
                    next_cursor=None,
                    total_count=1,
                    facets=Facets(
                        state=[Facet(value="approved", count=1)],
                        type=[Facet(value="image", count=1)],
                        provenance=[Facet(value="user_provided", count=1)],
                        theme=[Facet(value="sea", count=1)],
                    ),
                ),
                "A page of files.",
            )
        ],
        problems={HTTPStatus.BAD_REQUEST: "The cursor is not one that this list gave."},
    ),
    routes.get_asset: Operation(
        tag=_TAG,
        summary="Look at a file",
        description="With its papers: what each look at it found, what it was made from and what was made from it, the "
        "post that shows it, the packs that it is in, and the files that look the same.",
        path=routes.AssetPath,
        answers=[
            Answer(
                AssetPapers(
                    asset=_ASSET,
                    reports=[_REPORT],
                    parent=None,
                    children=[Relative(id=9, name="lighthouse ×4.png")],
                    post=PostOfAsset(id=102, title="Lighthouse at dusk"),
                    packs=[PackOfAsset(id=3, name="Seaside", edition=2)],
                    near_duplicates=[NearDuplicate(id=8, name="lighthouse2.png", distance=2)],
                ),
                "The file and its papers.",
            )
        ],
        problems=_UNKNOWN,
    ),
    files.get_asset_file: Operation(
        tag=_TAG,
        summary="Get a file's bytes",
        path=routes.AssetPath,
        query=files.FileQuery,
        answers=[
            Answer(None, "The file.", media="application/octet-stream", headers=_FILE_HEADERS),
            Answer(
                None,
                "The range of the file.",
                status=HTTPStatus.PARTIAL_CONTENT,
                media="application/octet-stream",
                headers=_FILE_HEADERS | {"Content-Range": "Which range of how many bytes it is."},
            ),
            Answer(None, "The file is at another address for a while.", status=HTTPStatus.FOUND, media=None),
            Answer(None, "The file is what you have.", status=HTTPStatus.NOT_MODIFIED, media=None),
        ],
        problems=_UNKNOWN
        | {
            HTTPStatus.GONE: "The file's bytes are gone.",
            HTTPStatus.PRECONDITION_FAILED: "`If-Match` or `If-Unmodified-Since` does not hold.",
            HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE: "The range lies behind the file's end.",
        },
        head=True,
    ),
    files.get_asset_preview: Operation(
        tag=_TAG,
        summary="See a file",
        description="A picture of it: pixels stay pixels, animations play; a video's poster, a sound's waveform.",
        path=routes.AssetPath,
        query=files.PreviewQuery,
        answers=[
            Answer(None, "The picture, or the waveform.", media="application/octet-stream"),
            Answer(None, "The picture is what you have.", status=HTTPStatus.NOT_MODIFIED, media=None),
        ],
        problems={
            HTTPStatus.NOT_FOUND: "There is no such file, or no such preview of it.",
            HTTPStatus.GONE: "The preview's bytes are gone, and it cannot be drawn again.",
            HTTPStatus.SERVICE_UNAVAILABLE: "The preview was lost and is being drawn again: ask again in a moment.",
        },
    ),
    routes.post_asset_action: Operation(
        tag=_TAG,
        summary="Judge, throw away or restore files",
        description="All of the files, or none. `approve`, `set_aside` and `unapprove` (new again) are for files that "
        "are not in the trash; `trash` and `restore` for all. Doing these again changes nothing. `purge` removes files "
        "that are in the trash for good.",
        body=AssetActionRequest(action="approve", asset_ids=[7, 8]),
        answers=[Answer(AssetsChanged(affected_count=2, message="2 files are approved."), "All are as asked for.")],
        problems=_LOST
        | {HTTPStatus.CONFLICT: "A built pack or a post still needs a file that is to be purged; `errors` names each."},
    ),
    routes.post_asset_edit: Operation(
        tag=_TAG,
        summary="Say something of files",
        description="All of the files, or none. What is left out of `set` stays as it is, null takes it away; a name "
        "is for one file at a time.",
        body=AssetEditRequest(
            asset_ids=[7, 8], set=AssetChanges(theme="sea", provenance="user_provided"), add_hashtags=["lighthouse"]
        ),
        answers=[Answer(AssetsChanged(affected_count=2, message="2 files are changed."), "All say it.")],
        problems=_LOST,
    ),
    routes.post_asset_publish: Operation(
        tag=_TAG,
        summary="Publish files as posts",
        description="Each file is `published`, has been `already`, or is `refused` with a reason: posts are images of "
        "the site's formats, size and canvas. The published copy says nothing of where and with what it was made.",
        body=PublishRequest(asset_ids=[7, 8]),
        answers=[
            Answer(
                PublishAnswer(
                    items=[
                        Publication(asset_id=7, outcome="published", post_id=102),
                        Publication(
                            asset_id=8,
                            outcome="refused",
                            code="canvas",
                            message="Posts are 256 × 256 pixels at most, and this is 1024 × 768.",
                        ),
                    ],
                    published_count=1,
                ),
                "What became of each, in their order.",
            )
        ],
        problems=_LOST | {HTTPStatus.CONFLICT: "Posts are not made from here (`PUBLISH=off`)."},
    ),
}
