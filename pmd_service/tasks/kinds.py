"""The kinds of tasks: what each can be done with, what may be chosen, whether it is set up here, how long it takes."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from ..assets.asset import Asset, AssetType
from ..media.modules import MEDIA_MODULES, MODEL_MODULES, missing_modules
from ..media.params import Denoise, Enhance, Loop, Loudness, Nothing, Palette, Slice, SpriteSheet, Transcode, Upscale

Name = Literal[
    "upscale", "denoise_audio", "denoise_video", "enhance", "slice", "pack_sprites", "palette", "loop", "loudness",
    "transcode", "export_pack", "metadata_extract",
]  # fmt: skip

NOT_SET_UP = "This is not set up here."
MODEL_NOT_SET_UP = "The model is not set up here: choose another method."
_BEGIN_SECONDS = 1.0


class TaskKind(msgspec.Struct, frozen=True):
    """One kind: the files that it takes, what the result's name gets, and what it costs on one core.

    ``megapixel``: seconds for one, of all frames; ``second``: seconds for one of sound, both with the usual parameters.
    ``together``: one task takes all files that it is asked for.
    """

    title: str
    description: str
    types: Sequence[AssetType]
    params: type[msgspec.Struct]
    suffix: str = ""
    megapixel: float = 0
    second: float = 0
    together: bool = False


_UPSCALE = (
    "Two to eight times as large. Pixel art keeps its colours, drawings and photographs get the method that serves "
    "them best; animations keep their times."
)
_AUDIO = "Takes steady noise out of a sound. What plays stays where it is, to the sample."
_VIDEO = "Takes grain out of a video. Every picture keeps its time, and the sound stays as it is."
_ENHANCE = "Up to eight operations, one after another: contrast, cropping, loudness, cutting, converting …"
_SLICE = "Sprites out of a sheet: what hangs together, cells of a grid, or an animation's frames."
_SHEET = "All these pictures on one sheet, with the file that game engines read beside it."
_PALETTE = "To the colours of a palette, some for others, or the picture's own as a palette."
_LOOP = "Finds where music can be played round without a seam, and writes it where engines read it."
_LEVEL = "Brings sounds to one loudness. As a group all change by the same: what is soft stays softer."
_PACK = "Builds a pack's next edition. It is begun from the pack."
_ANY: Sequence[AssetType] = ["image", "audio", "video"]

KINDS: Mapping[Name, TaskKind] = {
    "upscale": TaskKind("Enlarge", _UPSCALE, ["image"], Upscale, "large", megapixel=0.8),
    "denoise_audio": TaskKind("Clean sound", _AUDIO, ["audio"], Denoise, "clean", second=0.03),
    "denoise_video": TaskKind("Clean video", _VIDEO, ["video"], Denoise, "clean", megapixel=0.23),
    "enhance": TaskKind("Improve", _ENHANCE, _ANY, Enhance, "improved", megapixel=0.1, second=0.05),
    "slice": TaskKind("Cut a sheet", _SLICE, ["image"], Slice, megapixel=0.2),
    "pack_sprites": TaskKind("Make a sheet", _SHEET, ["image"], SpriteSheet, megapixel=0.1, together=True),
    "palette": TaskKind("Palette", _PALETTE, ["image"], Palette, "palette", megapixel=0.4),
    "loop": TaskKind("Loop", _LOOP, ["audio"], Loop, "loop", second=0.05),
    "loudness": TaskKind("Level", _LEVEL, ["audio"], Loudness, "level", second=0.03, together=True),
    "transcode": TaskKind(
        "Convert", "The same in another format.", _ANY, Transcode, "converted", megapixel=0.1, second=0.02
    ),
    "metadata_extract": TaskKind(
        "Look again", "Measures the file anew and writes new papers.", _ANY, Nothing, megapixel=0.02, second=0.01
    ),
    "export_pack": TaskKind("Build pack", _PACK, [], Nothing),
}


class KindInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A kind as it is told: ``params`` is the JSON schema of its parameters.

    ``reason`` says why it cannot be done here; ``estimate_seconds`` is for the file that was asked about.
    """

    kind: Annotated[Name, Meta(examples=["upscale"])]
    title: Annotated[str, Meta(examples=["Enlarge"])]
    description: Annotated[str, Meta(examples=["Two to eight times as large."])]
    types: Annotated[Sequence[AssetType], Meta(examples=[["image"]])]
    is_available: Annotated[bool, Meta(examples=[True])]
    reason: str | None
    params: Annotated[
        Mapping[str, Any], Meta(examples=[{"type": "object", "properties": {"factor": {"enum": [2, 3, 4, 8]}}}])
    ]
    estimate_seconds: Annotated[float | None, Meta(examples=[1.2])] = None


class KindList(msgspec.Struct, frozen=True, kw_only=True):
    """What can be done here."""

    items: Sequence[KindInfo]


def list_kinds(asset: Asset | None) -> KindList:
    """All kinds; with an asset only those that take it, with estimates."""
    # Building a pack takes files as they are.
    reason = NOT_SET_UP if missing_modules(MEDIA_MODULES) else None
    return KindList(
        items=[
            KindInfo(
                kind=name,
                title=kind.title,
                description=kind.description,
                types=kind.types,
                is_available=name == "export_pack" or reason is None,
                reason=None if name == "export_pack" else reason,
                params=_schema(kind),
                estimate_seconds=None if asset is None else estimate_seconds(name, asset),
            )
            for name, kind in KINDS.items()
            if asset is None or asset.type in kind.types
        ]
    )


def _schema(kind: TaskKind) -> Mapping[str, Any]:
    schema = msgspec.json.schema(kind.params)
    if kind.params is Upscale and missing_modules(MODEL_MODULES):
        # What cannot be done here is not offered.
        schema["$defs"]["Upscale"]["properties"]["method"]["enum"] = ["auto", "pixel", "smooth"]
    return schema


def is_set_up(name: Name, params: msgspec.Struct) -> str | None:
    """Why it cannot be done here; None where it can."""
    if missing_modules(MEDIA_MODULES):
        return NOT_SET_UP
    wants_model = isinstance(params, Upscale) and params.method == "model"
    return MODEL_NOT_SET_UP if wants_model and missing_modules(MODEL_MODULES) else None


def estimate_seconds(name: Name, asset: Asset) -> float:
    """How long a task will run, roughly."""
    kind = KINDS[name]
    if asset.type == "audio":
        return round(_BEGIN_SECONDS + kind.second * (asset.duration_sec or 0), 1)
    megapixels = (asset.width or 0) * (asset.height or 0) * (asset.frame_count or 1) / 1e6
    return round(_BEGIN_SECONDS + kind.megapixel * megapixels, 1)
