"""Pillow's reader of HEIC, an extra: of each picture its own pixels, and neither thumbnails nor maps of depth."""

import pi_heif  # type: ignore[import-untyped]

pi_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)
