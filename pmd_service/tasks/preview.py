"""What a task would make, before it is started: a dry run in a child of the server, one at a time."""

import base64
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from aiohttp import web
from msgspec import Meta

from ..assets.asset import Asset, find_assets, key_of
from ..base.database import POOL
from ..base.settings import SETTINGS, SettingsError
from ..base.telemetry import log
from ..http.errors import bad_request, unavailable, unprocessable
from ..http.selection import RowId
from ..http.turns import turn_of
from ..identity.audit import record_once
from ..identity.users import ACTOR
from ..locales import Sentence
from ..media.messages import MAX_OUTPUT_FILES, Refused
from ..media.one_child import OneChild
from ..media.pieces import PIECES, Pieces, draw_pieces
from ..media.registry import KINDS, KindName
from ..media.sandbox_policy import require_sandbox
from ..media.spare import ChildFaultError
from ..vault import VAULT, ObjectMissingError
from .requests import JobRequest, read_params


class PreviewRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/jobs/preview. ``params`` follow the kind's schema."""

    kind: Annotated[KindName, Meta(examples=["slice"])]
    asset_id: Annotated[RowId, Meta(examples=[7])]
    params: Annotated[dict[str, Any], Meta(examples=[{"by": "grid"}])] = {}


class PreviewedPiece(msgspec.Struct, frozen=True, kw_only=True):
    """A file that the task would make; ``label`` names it, or it would be numbered."""

    width: Annotated[int, Meta(examples=[16])]
    height: Annotated[int, Meta(examples=[16])]
    label: Annotated[str, Meta(examples=[""])]
    png: Annotated[str, Meta(description="Its picture, as a PNG in Base64.", examples=["iVBORw0KGgo="])]


class JobPreview(msgspec.Struct, frozen=True, kw_only=True):
    """How many files the task would make, and the first of them; or why it would make none, or it is not known yet."""

    count: Annotated[int, Meta(examples=[214])]
    max_count: Annotated[int, Meta(description="A task makes no more.", examples=[MAX_OUTPUT_FILES])] = MAX_OUTPUT_FILES
    pieces: Annotated[Sequence[PreviewedPiece], Meta(description=f"{PIECES} at most.", examples=[[]])] = ()
    size_bytes: Annotated[
        int | None, Meta(description="About the size of the file, if it makes a single one of each.", examples=[None])
    ] = None
    reason: Annotated[Sentence | None, Meta(examples=[None])] = None


PREVIEWING = web.AppKey("previewing", OneChild)


async def preview_task(request: web.Request, body: PreviewRequest) -> JobPreview:
    """What the task would make of this file. Call it without a turn.

    Raises:
        ProblemError: 400 unknown file, 422 wrong type or parameters, or a kind without a preview, 503 nothing can be
            drawn at the moment.
    """
    kind, user_id = KINDS[body.kind], request[ACTOR].subject.id
    params = read_params(JobRequest(kind=body.kind, asset_ids=[body.asset_id], params=body.params))
    if kind.preview is None:
        raise unprocessable("This kind of task has no preview.", path="$.kind")
    previewing = request.app[PREVIEWING]
    async with previewing.of(user_id):
        asset = await _find(request, body)
        if asset.type not in kind.types:
            raise unprocessable(f"“{asset.name}” does not fit this kind of task.", path="$.asset_id")
        try:
            require_sandbox(request.app[SETTINGS])
            async with (
                previewing.room,
                request.app[VAULT].local(key_of(asset.path)) as source,
                request.app[VAULT].scratch() as folder,
            ):
                drawn = await draw_pieces(
                    kind.preview, source, folder, name=asset.name, params=msgspec.to_builtins(params)
                )
        except ObjectMissingError:
            return JobPreview(count=0, reason="This file's contents are lost.")
        except (SettingsError, ChildFaultError) as error:
            log.error("preview_not_drawn", kind=body.kind, error=str(error))
            raise unavailable("Previews cannot be drawn at the moment. Please try again.") from error
    return JobPreview(count=0, reason=drawn.message) if isinstance(drawn, Refused) else _shown(*drawn)


async def _find(request: web.Request, body: PreviewRequest) -> Asset:
    async with turn_of(request):
        found = await find_assets(request.app[POOL], user_id=request[ACTOR].subject.id, asset_ids=[body.asset_id])
        await record_once(request.app[POOL], request[ACTOR], "read_library")
    asset = found.get(body.asset_id)
    if asset is None or asset.deleted_at is not None:
        raise bad_request("This file is not in your library.", path="$.asset_id")
    return asset


def _shown(found: Pieces, pictures: Sequence[bytes]) -> JobPreview:
    pieces = [
        PreviewedPiece(
            width=piece.width, height=piece.height, label=piece.label, png=base64.b64encode(picture).decode()
        )
        for piece, picture in zip(found.pieces, pictures, strict=True)
    ]
    return JobPreview(count=found.count, pieces=pieces, size_bytes=found.size_bytes)
