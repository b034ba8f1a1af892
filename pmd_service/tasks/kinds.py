"""The kinds of tasks: which files and parameters each takes, whether it is installed, and roughly how long it runs."""

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
_START_SECONDS = 1.0


class TaskKind(msgspec.Struct, frozen=True):
    """One kind of task.

    Args:
        types: the files that it takes.
        suffix: added to the result's name.
        megapixel: seconds on one core for each megapixel, over all frames, with default parameters.
        second: the same for each second of sound.
        together: one task takes all files of its request.
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
    "Two to eight times as large. Pixel art keeps its colours; drawings and photographs get the method that suits "
    "them best; animations keep their timing."
)
_AUDIO = "Removes steady noise from a sound, and keeps its timing to the sample."
_VIDEO = "Removes grain from a video. Every frame keeps its time, and the sound is not touched."
_ENHANCE = "Up to eight operations, one after another: contrast, cropping, loudness, trimming, converting …"
_SLICE = "Cuts sprites out of a sheet: connected areas, the cells of a grid, or an animation's frames."
_SHEET = "Puts all these pictures on one sheet, with the atlas file that game engines read."
_PALETTE = "Maps a picture to a palette, replaces some colours, or saves the picture's own palette."
_LOOP = "Finds where music loops without a seam, and stores the loop points where game engines read them."
_LEVEL = "Brings sounds to the same loudness. As a group, all change by the same amount, so quiet ones stay quieter."
_PACK = "Builds the next edition of a pack. Start it from the pack."
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
        "Convert", "Saves the file in another format.", _ANY, Transcode, "converted", megapixel=0.1, second=0.02
    ),
    "metadata_extract": TaskKind(
        "Rescan",
        "Measures the file again, draws new previews and writes a new report.",
        _ANY,
        Nothing,
        megapixel=0.02,
        second=0.01,
    ),
    "export_pack": TaskKind("Build pack", _PACK, [], Nothing),
}


class KindInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A kind in the API: ``params`` is the JSON schema of its parameters.

    ``reason`` says why it is unavailable; ``estimate_seconds`` is for the file of the query.
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
    """The kinds of tasks."""

    items: Sequence[KindInfo]


def list_kinds(asset: Asset | None) -> KindList:
    """All kinds; for an asset only those that take it, with estimates."""
    # Building a pack decodes nothing, so it needs no media modules.
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
        # Do not offer the model where it is not installed.
        schema["$defs"]["Upscale"]["properties"]["method"]["enum"] = ["auto", "pixel", "smooth"]
    return schema


def unavailable_reason(params: msgspec.Struct) -> str | None:
    """Why a task with these parameters cannot run here; None if it can."""
    if missing_modules(MEDIA_MODULES):
        return NOT_SET_UP
    needs_model = isinstance(params, Upscale) and params.method == "model"
    return MODEL_NOT_SET_UP if needs_model and missing_modules(MODEL_MODULES) else None


def estimate_seconds(name: Name, asset: Asset) -> float:
    """Roughly how long a task will run."""
    kind = KINDS[name]
    if asset.type == "audio":
        return round(_START_SECONDS + kind.second * (asset.duration_sec or 0), 1)
    megapixels = (asset.width or 0) * (asset.height or 0) * (asset.frame_count or 1) / 1e6
    return round(_START_SECONDS + kind.megapixel * megapixels, 1)
