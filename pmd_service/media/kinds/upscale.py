"""Enlarging images."""

from typing import Literal

import msgspec

from ..kind import ENGINES, TaskKind, engine
from ..modules import MODEL_MODULES


class Upscale(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``pixel`` repeats pixels (``nearest``) or rounds their corners (``epx``), without new colours; ``smooth`` is
    Lanczos; ``model`` is a neural network for drawings and photographs. ``auto`` chooses the first for pixel art, and
    otherwise the one that restores the image better from half its size."""

    factor: Literal[2, 3, 4, 8] = 4
    method: Literal["auto", "pixel", "smooth", "model"] = "auto"
    style: Literal["nearest", "epx"] = "nearest"


KIND = TaskKind(
    name="upscale",
    position=10,
    title="Enlarge",
    description="Two to eight times as large. Pixel art keeps its colours; drawings and photographs get the method "
    "that suits them best; animations keep their timing.",
    params=Upscale,
    examples={"image": [Upscale(factor=2), Upscale(factor=2, style="epx")]},
    engine=engine(f"{ENGINES}.upscale", cpu_seconds=3600),
    suffix="large",
    megapixel=60,
    extras={("method", "model"): MODEL_MODULES},
)
