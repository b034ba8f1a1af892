"""The kinds of tasks: what each can be done with, what may be chosen, whether it is set up here, how long it takes."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec

from ..assets.asset import Asset, AssetType
from ..media.modules import MEDIA_MODULES, MODEL_MODULES, missing_modules
from ..media.params import (
    Denoise,
    Enhance,
    Loop,
    Loudness,
    Nothing,
    Palette,
    Slice,
    SpriteSheet,
    Transcode,
    Upscale,
)

Name = Literal[
    "upscale",
    "denoise_audio",
    "denoise_video",
    "enhance",
    "slice",
    "pack_sprites",
    "palette",
    "loop",
    "loudness",
    "transcode",
    "export_pack",
    "metadata_extract",
]

NOT_SET_UP = "This is not set up here."
MODEL_NOT_SET_UP = "The model is not set up here: choose another method."


class TaskKind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind; ``suffix`` is what the result's name gets, ``types`` the files that it takes.

    ``together``: one task takes all files that it is asked for.
    """

    title: str
    description: str
    types: Sequence[AssetType]
    params: type[msgspec.Struct]
    suffix: str = ""
    together: bool = False


KINDS: Mapping[Name, TaskKind] = {
    "upscale": TaskKind(
        title="Enlarge",
        description="Two to eight times as large. Pixel art keeps its colours, drawings and photographs get the "
        "method that serves them best; animations keep their times.",
        types=["image"],
        params=Upscale,
        suffix="large",
    ),
    "denoise_audio": TaskKind(
        title="Clean sound",
        description="Takes steady noise out of a sound. What plays stays where it is, to the sample.",
        types=["audio"],
        params=Denoise,
        suffix="clean",
    ),
    "denoise_video": TaskKind(
        title="Clean video",
        description="Takes grain out of a video. Every picture keeps its time, and the sound stays as it is.",
        types=["video"],
        params=Denoise,
        suffix="clean",
    ),
    "enhance": TaskKind(
        title="Improve",
        description="Up to eight operations, one after another: contrast, cropping, loudness, cutting, converting …",
        types=["image", "audio", "video"],
        params=Enhance,
        suffix="improved",
    ),
    "slice": TaskKind(
        title="Cut a sheet",
        description="Sprites out of a sheet: what hangs together, cells of a grid, or an animation's frames.",
        types=["image"],
        params=Slice,
    ),
    "pack_sprites": TaskKind(
        title="Make a sheet",
        description="All these pictures on one sheet, with the file that game engines read beside it.",
        types=["image"],
        params=SpriteSheet,
        together=True,
    ),
    "palette": TaskKind(
        title="Palette",
        description="To the colours of a palette, some for others, or the picture's own as a palette.",
        types=["image"],
        params=Palette,
        suffix="palette",
    ),
    "loop": TaskKind(
        title="Loop",
        description="Finds where music can be played round without a seam, and writes it where engines read it.",
        types=["audio"],
        params=Loop,
        suffix="loop",
    ),
    "loudness": TaskKind(
        title="Level",
        description="Brings sounds to one loudness. As a group all change by the same: what is soft stays softer.",
        types=["audio"],
        params=Loudness,
        suffix="level",
        together=True,
    ),
    "transcode": TaskKind(
        title="Convert",
        description="The same in another format.",
        types=["image", "audio", "video"],
        params=Transcode,
        suffix="converted",
    ),
    "metadata_extract": TaskKind(
        title="Look again",
        description="Measures the file anew and writes new papers.",
        types=["image", "audio", "video"],
        params=Nothing,
    ),
    "export_pack": TaskKind(
        title="Build pack",
        description="Builds a pack's next edition. It is begun from the pack.",
        types=[],
        params=Nothing,
    ),
}


class KindInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A kind as it is told: ``params`` is the JSON schema of its parameters.

    ``reason`` says why it cannot be done here; ``estimate_seconds`` is for the file that was asked about.
    """

    kind: Annotated[Name, msgspec.Meta(examples=["upscale"])]
    title: Annotated[str, msgspec.Meta(examples=["Enlarge"])]
    description: Annotated[str, msgspec.Meta(examples=["Two to eight times as large."])]
    types: Annotated[Sequence[AssetType], msgspec.Meta(examples=[["image"]])]
    is_available: Annotated[bool, msgspec.Meta(examples=[True])]
    reason: str | None
    params: Annotated[
        Mapping[str, Any], msgspec.Meta(examples=[{"type": "object", "properties": {"factor": {"enum": [2, 3, 4, 8]}}}])
    ]
    estimate_seconds: Annotated[float | None, msgspec.Meta(examples=[1.2])] = None


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


# Seconds, measured on one core with the usual parameters: to begin, then by a megapixel of all frames, or by a second
# of sound.
_BEGIN = 1.0
_PER_MEGAPIXEL = {
    "upscale": 0.8,
    "denoise_video": 0.23,
    "enhance": 0.1,
    "slice": 0.2,
    "pack_sprites": 0.1,
    "palette": 0.4,
    "transcode": 0.1,
    "metadata_extract": 0.02,
}
_PER_SECOND_OF_SOUND = {
    "denoise_audio": 0.03,
    "enhance": 0.05,
    "loop": 0.05,
    "loudness": 0.03,
    "transcode": 0.02,
    "metadata_extract": 0.01,
}


def estimate_seconds(name: Name, asset: Asset) -> float:
    """How long a task will run, roughly."""
    if asset.type == "audio":
        return round(_BEGIN + _PER_SECOND_OF_SOUND.get(name, 0) * (asset.duration_sec or 0), 1)
    megapixels = (asset.width or 0) * (asset.height or 0) * (asset.frame_count or 1) / 1e6
    return round(_BEGIN + _PER_MEGAPIXEL.get(name, 0) * megapixels, 1)
