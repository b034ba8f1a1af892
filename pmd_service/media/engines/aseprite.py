"""A Pillow plugin for Aseprite files, and access to their tags and slices."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from PIL import Image, ImageFile

from ..content import content_of
from .aseprite_reader import read_sprite
from .aseprite_sprite import Sprite, Tag

T = TypeVar("T")


class AsepriteImage(ImageFile.ImageFile):
    """An Aseprite file's composed frames."""

    format = "ASEPRITE"

    def _open(self) -> None:
        assert self.fp is not None
        self._sprite = read_sprite(self.fp.read())
        self._size = (self._sprite.width, self._sprite.height)
        self._mode = "RGBA"
        self.n_frames = len(self._sprite.durations_ms)
        self.is_animated = self.n_frames > 1
        self.has_tilemaps = self._sprite.has_tilemaps
        self.seek(0)

    def seek(self, frame: int) -> None:
        """Select a frame, which is composed when it is loaded."""
        if not 0 <= frame < self.n_frames:
            raise EOFError("there is no such frame")
        self._frame, self._is_drawn = frame, False
        self.info["duration"] = self._sprite.durations_ms[frame]

    def tell(self) -> int:
        return self._frame

    def load(self) -> Any:
        if not self._is_drawn:
            self._is_drawn = True
            self.im = Image.fromarray(self._sprite.draw(self._frame)).im
        return Image.Image.load(self)


# Pillow tries all registered plugins when no format is given.
Image.register_open("ASEPRITE", AsepriteImage, lambda head: head[4:6] == b"\xe0\xa5")


def sprite_of(path: Path) -> Sprite | None:
    """The parsed Aseprite file; None for other images."""
    return read_sprite(path.read_bytes()) if content_of(path).file_format == "aseprite" else None


def tags_of(path: Path) -> Sequence[Tag]:
    """An Aseprite file's tags; none for other images."""
    sprite = sprite_of(path)
    return sprite.tags if sprite else ()


def played(frames: Sequence[T], tag: Tag) -> list[T]:
    """A tag's frames in playing order."""
    forward = list(frames[tag.first : tag.last + 1])
    if tag.direction in ("reverse", "pingpong_reverse"):
        forward.reverse()
    is_pingpong = tag.direction.startswith("pingpong")
    return [*forward, *forward[-2:0:-1]] if is_pingpong else forward
