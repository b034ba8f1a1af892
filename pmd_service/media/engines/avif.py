"""Pillow's reader and writer of AVIF in a single thread: both would ask how many processors there are."""

from PIL import AvifImagePlugin

THREADS = 1
AvifImagePlugin.DEFAULT_MAX_THREADS = THREADS
