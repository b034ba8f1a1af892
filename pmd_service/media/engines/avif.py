"""Pillow's reader of AVIF in a single thread, as the sandbox requires."""

from PIL import AvifImagePlugin

AvifImagePlugin.DEFAULT_MAX_THREADS = 1
