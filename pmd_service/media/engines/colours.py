"""Converting images from their ICC profile to sRGB."""

import io
from collections.abc import Mapping
from functools import cache
from itertools import chain, product
from typing import Literal

from PIL import Image, ImageChops, ImageCms

from ..messages import Finding

# Pillow's modes by the profile's colour space.
_SPACES: Mapping[str, str] = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}
_MAX_BYTES = 4 * 1024**2
# Transfer functions (ITU-T H.273): SMPTE ST 2084 and ARIB STD-B67.
HDR: Mapping[int | None, Literal["PQ", "HLG"]] = {16: "PQ", 18: "HLG"}
_NAME_LENGTH = 100
# How far apart two equal colours may be (of 255) because of rounding.
_ROUNDING = 1
# Size and pixels of an image that tests whether a profile equals sRGB: all greys, or each mixture of six levels.
# Without numpy, which takes longer to import than all else that images need.
_LEVELS = range(0, 256, 51)
_PROBES: Mapping[str, tuple[tuple[int, int], bytes]] = {
    "L": ((256, 1), bytes(range(256))),
    "RGB": ((36, 6), bytes(chain.from_iterable(product(_LEVELS, repeat=3)))),
}


def base_of(mode: str) -> str:
    """The colour space of a Pillow mode, without alpha and palette: RGB, L or CMYK."""
    return "CMYK" if mode == "CMYK" else "L" if mode in ("1", "L", "LA", "La", "I", "F") or mode[:2] == "I;" else "RGB"


def colours_of_hdr(transfer: int | None) -> list[Finding]:
    """The finding for colours with this transfer function, which are decoded as if they were sRGB; none for others."""
    kind = HDR.get(transfer)
    return [Finding("colours_guessed", f"HDR ({kind}) is read as usual colours here, and looks pale.")] if kind else []


class Colours:
    """An image's colour space. ``name`` is the profile's, ``hdr`` its kind of HDR, and ``finding`` is set if colours
    are a guess.

    An unusable profile is ignored.
    """

    def __init__(self, image: Image.Image) -> None:
        self.name: str | None = None
        self.finding: Finding | None = None
        self._profile: ImageCms.ImageCmsProfile | None = None
        self.base = base_of(image.mode)
        icc = image.info.get("icc_profile")
        transfer = (image.info.get("nclx_profile") or {}).get("transfer_characteristics")
        self.hdr = HDR.get(transfer)
        if not icc and self.base == "CMYK":
            message = "CMYK without a colour profile: the colours are a guess."
            self.finding = Finding("colours_guessed", message)
        elif not icc:
            self.finding = next(iter(colours_of_hdr(transfer)), None)
        if icc:
            self._read(icc)

    def _read(self, icc: bytes) -> None:
        try:
            if len(icc) > _MAX_BYTES:
                raise ValueError("it is too large")
            profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
            if _SPACES.get(profile.profile.xcolor_space) != self.base:
                raise ValueError("it is for other pixels")
            self.name = ImageCms.getProfileDescription(profile).strip()[:_NAME_LENGTH] or "without a name"
            self._transform = _built(profile, self.base)
        except (ImageCms.PyCMSError, ValueError, OSError) as error:
            message = f"Its colour profile cannot be used ({error}), and is ignored."
            self.finding = Finding("profile_unusable", message[:500])
        else:
            self._profile = None if self._is_srgb() else profile

    def _is_srgb(self) -> bool:
        if self.base == "CMYK":
            return False
        probe = Image.frombytes(self.base, *_PROBES[self.base])
        converted = ImageCms.applyTransform(probe, self._transform)
        assert converted is not None
        return max(ImageChops.difference(converted, probe.convert("RGB")).tobytes()) <= _ROUNDING

    @property
    def are_srgb(self) -> bool:
        """Whether the pixels are in sRGB already."""
        return self._profile is None

    def plain(self, image: Image.Image) -> Image.Image:
        """The image without a palette, so that it can be resampled; still in its own colour space."""
        has_alpha = image.has_transparency_data
        return (
            image
            if self.base == "CMYK"
            else image.convert(("LA" if self.base == "L" else "RGBA") if has_alpha else self.base)
        )

    def in_srgb(self, image: Image.Image) -> Image.Image:
        """Convert to sRGB, RGB or RGBA; ``image`` may be a resized or cropped version of the original."""
        has_alpha = image.has_transparency_data
        if self._profile is None:
            return image.convert("RGBA" if has_alpha else "RGB")
        full = image.convert("RGBA") if image.mode == "P" and has_alpha else image
        plain = full if full.mode == self.base else full.convert(self.base)
        converted = ImageCms.applyTransform(plain, self._transform)
        assert converted is not None
        if has_alpha:
            converted.putalpha(full.getchannel("A"))
        converted.info.pop("icc_profile", None)
        return converted


@cache
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _built(profile: ImageCms.ImageCmsProfile, mode: str) -> ImageCms.ImageCmsTransform:
    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION
    if mode != "RGB":
        # For CMYK and grey, littleCMS's 8-bit tables are up to 20 ΔE off; without them it takes ten times as long.
        flags |= ImageCms.Flags.NOOPTIMIZE
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    return ImageCms.buildTransform(profile, _srgb(), mode, "RGB", renderingIntent=intent, flags=flags)
