"""What an Aseprite file names beside its pictures: runs of frames (tags), and parts of the canvas (slices)."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from ..aseprite import Sprite, Tag
from ..aseprite_file import read_sprite
from ..content import content_of
from .plugins import ASEPRITE

T = TypeVar("T")


def sprite_of(path: Path) -> Sprite | None:
    """The file as Aseprite knows it; None where it is another image."""
    return read_sprite(path.read_bytes()) if content_of(path).reader == ASEPRITE else None


def tags_of(path: Path) -> Sequence[Tag]:
    """The tags of an Aseprite file, and none of another."""
    sprite = sprite_of(path)
    return sprite.tags if sprite else ()


def played(frames: Sequence[T], tag: Tag) -> list[T]:
    """The frames of a tag in the order in which it plays them once."""
    forward = list(frames[tag.first : tag.last + 1])
    if tag.direction in ("reverse", "pingpong_reverse"):
        forward.reverse()
    is_pingpong = tag.direction.startswith("pingpong")
    return [*forward, *forward[-2:0:-1]] if is_pingpong else forward
