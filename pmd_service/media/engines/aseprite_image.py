"""An Aseprite file as Pillow opens files, so that all that is done with images is done with it, too."""

from typing import Any

from PIL import Image, ImageFile

from ..aseprite_file import read_sprite


class AsepriteImage(ImageFile.ImageFile):
    """An Aseprite file's frames, as it shows them."""

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
        """Stand at a frame; it is drawn when it is loaded."""
        if not 0 <= frame < self.n_frames:
            raise EOFError("there is no such frame")
        self._frame, self._is_drawn = frame, False
        self.info["duration"] = self._sprite.durations_ms[frame]

    def tell(self) -> int:
        """The frame."""
        return self._frame

    def load(self) -> Any:
        """Draw the frame."""
        if not self._is_drawn:
            self._is_drawn = True
            self.im = Image.fromarray(self._sprite.draw(self._frame)).im
        return Image.Image.load(self)
