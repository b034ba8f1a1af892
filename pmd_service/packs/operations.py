"""What the API's documentation says about packs."""

from datetime import UTC, datetime
from http import HTTPStatus

import msgspec

from ..http.openapi import Answer, Operation, Operations
from . import routes
from .changes import ChosenAsset, PackChanges, PackFilling, PackRequest
from .checks import PackCheck
from .exports import ExportAccepted
from .licensing import Conflict
from .queries import Pack, PackDetails, PackedAsset, PackEdition, PackExport, PackPage

_TAG = "Packs"
_MADE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
_HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

_EXPORT = PackExport(id=41, status="pending", progress=0, step=None, error_message=None, created_at=_MADE)

_PACK = Pack(
    id=3,
    name="Seaside",
    slug="seaside",
    theme="sea",
    description="Lighthouses, boats and waves.",
    license_type="attribution",
    license_id=2,
    license_identifier="CC-BY-4.0",
    license_text="Seaside, edition 2\nCopyright (c) 2026 pixelfan\n",
    asset_count=2,
    total_size_bytes=36_466,
    total_size_mb=0.036466,
    edition=2,
    exported_at=_MADE,
    export_bytes=64_120,
    export_hash=_HASH,
    download_url="/api/pmd/packs/3/download?edition=2",
    download_count=5,
    created_at=_MADE,
    updated_at=_MADE,
    export=msgspec.structs.replace(_EXPORT, status="completed", progress=100),
)

_DETAILS = PackDetails(
    pack=_PACK,
    assets=[
        PackedAsset(
            asset_id=7,
            name="lighthouse.png",
            type="image",
            file_format="png",
            size_bytes=18_233,
            license_identifier=None,
            attribution=None,
            provenance="user_provided",
            notes="The cover.",
        )
    ],
    editions=[
        PackEdition(
            edition=2,
            size_bytes=64_120,
            hash=_HASH,
            asset_count=2,
            built_at=_MADE,
            download_url="/api/pmd/packs/3/download?edition=2",
        )
    ],
)

_UNKNOWN = {HTTPStatus.NOT_FOUND: "There is no such pack."}
_LOST = {HTTPStatus.BAD_REQUEST: "A file is unknown or somebody else's; `errors` names each, and nothing has changed."}
_UNFIT = {HTTPStatus.UNPROCESSABLE_ENTITY: "The licence is none, or none for this kind of pack."}

_ARCHIVE_HEADERS = {
    "ETag": "A strong one, for `If-Range` and `If-None-Match`.",
    "Accept-Ranges": "`bytes`.",
    "Content-Disposition": "`{slug}_v{edition}.zip`.",
}

OPERATIONS: Operations = {
    routes.get_packs: Operation(
        tag=_TAG,
        summary="List packs",
        description="Newest first.",
        query=routes.PackQuery,
        answers=[Answer(PackPage(items=[_PACK], next_cursor=None, total_count=1), "A page of packs.")],
        problems={HTTPStatus.BAD_REQUEST: "The cursor is not one that this list gave."},
    ),
    routes.post_pack: Operation(
        tag=_TAG,
        summary="Make a pack",
        description="Filled or not. `royalty_free` goes under our own words or CC0-1.0, `attribution` under CC-BY-4.0 "
        "or CC-BY-SA-4.0, `commercial` under our own words, `personal` under our own words or a CC-BY-NC licence.",
        body=PackRequest(name="Seaside", license_type="attribution", assets=[ChosenAsset(asset_id=7)]),
        answers=[
            Answer(_PACK, "The pack.", status=HTTPStatus.CREATED, headers={"Location": "Where the pack is."}),
        ],
        problems=_LOST | _UNFIT,
    ),
    routes.get_pack: Operation(
        tag=_TAG,
        summary="Look at a pack",
        description="With its files in their order, and the editions that can be downloaded: the last three.",
        path=routes.PackPath,
        answers=[Answer(_DETAILS, "The pack.")],
        problems=_UNKNOWN,
    ),
    routes.patch_pack: Operation(
        tag=_TAG,
        summary="Change a pack",
        description="What is left out stays as it is, null takes it away. Editions that are built stay as they are.",
        path=routes.PackPath,
        body=PackChanges(description="Lighthouses, boats and waves.", theme="sea"),
        answers=[Answer(_PACK, "The pack.")],
        problems=_UNKNOWN | _UNFIT,
    ),
    routes.delete_pack: Operation(
        tag=_TAG,
        summary="Remove a pack",
        description="With its archives; its files stay in the library.",
        path=routes.PackPath,
        answers=[Answer(None, "It is removed.", status=HTTPStatus.NO_CONTENT, media=None)],
        problems=_UNKNOWN | {HTTPStatus.CONFLICT: "It is being exported: cancel that first."},
    ),
    routes.put_pack_assets: Operation(
        tag=_TAG,
        summary="Fill a pack",
        description="Exactly these files, in this order.",
        path=routes.PackPath,
        body=PackFilling(assets=[ChosenAsset(asset_id=7, notes="The cover."), ChosenAsset(asset_id=8)]),
        answers=[Answer(_DETAILS, "The pack.")],
        problems=_UNKNOWN | _LOST | {HTTPStatus.UNPROCESSABLE_ENTITY: "A file is there twice."},
    ),
    routes.post_pack_check: Operation(
        tag=_TAG,
        summary="Check a pack",
        description="What an export would say: every conflict by its file, and the documents as they would read.",
        path=routes.PackPath,
        answers=[
            Answer(
                PackCheck(
                    ok=False,
                    conflicts=[
                        Conflict(
                            code="no_money",
                            message="CC-BY-NC-4.0 forbids to earn money with it, and the pack allows it.",
                            asset_id=8,
                            file="wave.png",
                        )
                    ],
                    edition=3,
                    asset_count=2,
                    total_size_bytes=36_466,
                    readme="# Seaside\n",
                    license_text="Seaside, edition 3\n",
                ),
                "What it would come to.",
            )
        ],
        problems=_UNKNOWN,
    ),
    routes.post_pack_export: Operation(
        tag=_TAG,
        summary="Export a pack",
        description="Builds the next edition in the background, as the task `export_pack`; the editions before stay "
        "downloadable meanwhile, and if it fails. Everything is verified before it is published.",
        path=routes.PackPath,
        answers=[
            Answer(
                ExportAccepted(export=_EXPORT, edition=3, message="Edition 3 of this pack is being built."),
                "The task.",
                status=HTTPStatus.ACCEPTED,
                headers={"Location": "Where the task is."},
            )
        ],
        problems=_UNKNOWN
        | {
            HTTPStatus.CONFLICT: "An export is under way, or the pack promises more than its files allow; `errors` "
            "names each file.",
            HTTPStatus.TOO_MANY_REQUESTS: "The day's exports are used up; they are back at 00:00 UTC.",
        },
    ),
    routes.get_pack_download: Operation(
        tag=_TAG,
        summary="Download an edition",
        path=routes.PackPath,
        query=routes.EditionQuery,
        answers=[
            Answer(None, "The archive.", media="application/zip", headers=_ARCHIVE_HEADERS),
            Answer(
                None,
                "The range of the archive.",
                status=HTTPStatus.PARTIAL_CONTENT,
                media="application/zip",
                headers=_ARCHIVE_HEADERS | {"Content-Range": "Which range of how many bytes it is."},
            ),
            Answer(None, "The archive is at another address for a while.", status=HTTPStatus.FOUND, media=None),
            Answer(None, "The archive is what you have.", status=HTTPStatus.NOT_MODIFIED, media=None),
        ],
        problems={
            HTTPStatus.NOT_FOUND: "There is no such pack, or no such edition yet.",
            HTTPStatus.CONFLICT: "No edition has been built yet.",
            HTTPStatus.GONE: "This edition is not kept any more.",
            HTTPStatus.PRECONDITION_FAILED: "`If-Match` or `If-Unmodified-Since` does not hold.",
            HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE: "The range lies behind the archive's end.",
        },
        head=True,
    ),
}
