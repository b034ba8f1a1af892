"""What a file says of the machine that made it, as its own marks have it."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

PROMPT_LENGTH = 8_000
NAME_LENGTH, VALUE_LENGTH, MOST_SETTINGS = 60, 300, 32

_Line = Annotated[str, Meta(max_length=500)]
_Prompt = Annotated[str, Meta(max_length=PROMPT_LENGTH)]
_Name = Annotated[str, Meta(max_length=NAME_LENGTH)]
_Value = Annotated[str, Meta(max_length=VALUE_LENGTH)]


class Generation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a file's own marks tell of how a machine made it; what they leave out stays unsaid, and nothing is guessed.

    A result has its original's.
    """

    marks: Annotated[
        Sequence[_Line], Meta(max_length=16, description="Which marks.", examples=[["generation settings (ComfyUI)"]])
    ] = ()
    prompt: Annotated[_Prompt | None, Meta(examples=["a dragon, pixel art"])] = None
    negative_prompt: Annotated[_Prompt | None, Meta(examples=["blurry"])] = None
    model: Annotated[_Line | None, Meta(examples=["pixelXL"])] = None
    seed: Annotated[_Line | None, Meta(examples=["1234"])] = None
    settings: Annotated[
        Mapping[_Name, _Value],
        Meta(max_length=MOST_SETTINGS, description="By the program's own names.", examples=[{"Steps": "20"}]),
    ] = {}
