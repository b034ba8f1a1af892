"""The reader of JPEG XL, an extra, which registers itself with Pillow; the sandbox forbids it further threads."""

from pillow_jxl import JpegXLImagePlugin  # type: ignore[import-not-found]

JpegXLImagePlugin.DECODE_THREADS = 0
