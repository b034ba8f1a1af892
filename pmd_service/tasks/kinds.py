"""The kinds of tasks in the API, with what is installed here and roughly how long each runs."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from ..assets.asset import Asset
from ..assets.types import AssetType
from ..locales import Sentence, translatable
from ..media.kind import NEW_FILES, TaskKind
from ..media.modules import missing_modules
from ..media.registry import KINDS, KindName

NOT_SET_UP = translatable("This is not set up here.")
_START_SECONDS = 1.0


class KindInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A kind in the API: ``params`` is the JSON schema of its parameters.

    ``reason`` says why it is unavailable; ``estimate_seconds`` is for the file of the query.
    """

    kind: Annotated[KindName, Meta(examples=["upscale"])]
    title: Annotated[str, Meta(examples=["Enlarge"])]
    description: Annotated[str, Meta(examples=["Two to eight times as large."])]
    types: Annotated[Sequence[AssetType], Meta(examples=[["image"]])]
    is_available: Annotated[bool, Meta(examples=[True])]
    reason: Sentence | None
    params: Annotated[
        Mapping[str, Any], Meta(examples=[{"type": "object", "properties": {"factor": {"enum": [2, 3, 4, 8]}}}])
    ]
    result: Annotated[str, Meta(description="What becomes of the files.", examples=[NEW_FILES])] = NEW_FILES
    estimate_seconds: Annotated[float | None, Meta(examples=[1.2])] = None


class KindList(msgspec.Struct, frozen=True, kw_only=True):
    """The kinds of tasks."""

    items: Sequence[KindInfo]


def list_kinds(asset: Asset | None) -> KindList:
    """All kinds; for an asset only those that take it, with estimates."""
    return KindList(
        items=[_info(kind, asset) for kind in KINDS.values() if asset is None or asset.type in kind.examples]
    )


def _info(kind: TaskKind[Any], asset: Asset | None) -> KindInfo:
    reason = NOT_SET_UP if missing_modules(kind.modules) else None
    return KindInfo(
        kind=kind.name,
        title=kind.title,
        description=kind.description,
        types=kind.types,
        is_available=reason is None,
        reason=reason,
        params=_schema(kind, asset),
        result=kind.result,
        estimate_seconds=None if asset is None else _estimate_seconds(kind, asset),
    )


def _schema(kind: TaskKind[Any], asset: Asset | None) -> Mapping[str, Any]:
    """The schema of the parameters, without those and the choices that are not installed, or not for this asset."""
    schema = msgspec.json.schema(kind.params)
    fields = schema["$defs"][kind.params.__name__]["properties"]
    for name in () if asset is None else kind.without.get(asset.type, ()):
        del fields[name]
    for (name, type_), choices in kind.choices.items():
        if asset is not None and asset.type == type_:
            fields[name]["enum"] = [*choices]
    for (name, choice), modules in kind.extras.items():
        if missing_modules(modules):
            fields[name]["enum"].remove(choice)
    return schema


def unavailable_reason(kind: TaskKind[Any], params: msgspec.Struct) -> str | None:
    """Why a task with these parameters cannot run here; None if it can."""
    if missing_modules(kind.modules):
        return NOT_SET_UP
    for (name, choice), modules in kind.extras.items():
        if getattr(params, name) == choice and missing_modules(modules):
            return translatable(f"The {choice} is not set up here: choose another {name}.")
    return None


def _estimate_seconds(kind: TaskKind[Any], asset: Asset) -> float:
    """Roughly how long a task will run."""
    if asset.type == "audio":
        return round(_START_SECONDS + kind.second * (asset.duration_sec or 0), 1)
    megapixels = (asset.width or 0) * (asset.height or 0) * (asset.frame_count or 1) / 1e6
    return round(_START_SECONDS + kind.megapixel * megapixels, 1)
