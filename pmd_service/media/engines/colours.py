"""Colours by their profile (ICC), turned to sRGB: what shows them without asking a profile takes them for that."""

import io
from collections.abc import Mapping
from functools import cache
from itertools import chain, product

from PIL import Image, ImageChops, ImageCms

from ..messages import Finding

# The modes of pixels by the profile's space; profiles of other spaces are for no picture.
_SPACES: Mapping[str, str] = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}
_MOST_BYTES = 4 * 1024**2
_NAME_LENGTH = 100
# So far apart are two colours of 255 that are the same but for rounding.
_ROUNDING = 1
# Size and pixels of what shows whether a profile is sRGB's: all greys, or each mixture of six levels. Without numpy:
# that takes longer to import than all else that images need.
_LEVELS = range(0, 256, 51)
_PROBES: Mapping[str, tuple[tuple[int, int], bytes]] = {
    "L": ((256, 1), bytes(range(256))),
    "RGB": ((36, 6), bytes(chain.from_iterable(product(_LEVELS, repeat=3)))),
}


def base_of(mode: str) -> str:
    """RGB, L or CMYK: what colours in this mode of Pillow's are, alpha and palettes aside."""
    return "CMYK" if mode == "CMYK" else "L" if mode in ("1", "L", "LA", "La", "I", "F") or mode[:2] == "I;" else "RGB"


class Colours:
    """A picture's colours; ``name`` is its profile's, ``finding`` tells where they had to be guessed.

    A broken profile is no damaged file: its picture is shown as if it had none.
    """

    def __init__(self, image: Image.Image) -> None:
        self.name: str | None = None
        self.finding: Finding | None = None
        self._profile: ImageCms.ImageCmsProfile | None = None
        self.base = base_of(image.mode)
        icc = image.info.get("icc_profile")
        if not icc and self.base == "CMYK":
            message = "It is in CMYK without a colour profile: what its colours look like is a guess."
            self.finding = Finding("colours_guessed", message)
        if icc:
            self._read(icc)

    def _read(self, icc: bytes) -> None:
        try:
            if len(icc) > _MOST_BYTES:
                raise ValueError("it is too large")
            profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
            if _SPACES.get(profile.profile.xcolor_space) != self.base:
                raise ValueError("it is for other pixels")
            self.name = ImageCms.getProfileDescription(profile).strip()[:_NAME_LENGTH] or "without a name"
            self._transform = _built(profile, self.base)
        except (ImageCms.PyCMSError, ValueError, OSError) as error:
            message = f"Its colour profile cannot be used ({error}): its colours are shown as they would be without."
            self.finding = Finding("profile_unusable", message[:500])
        else:
            self._profile = None if self._is_srgb() else profile

    def _is_srgb(self) -> bool:
        if self.base == "CMYK":
            return False
        probe = Image.frombytes(self.base, *_PROBES[self.base])
        seen = ImageCms.applyTransform(probe, self._transform)
        assert seen is not None
        return max(ImageChops.difference(seen, probe.convert("RGB")).tobytes()) <= _ROUNDING

    @property
    def are_srgb(self) -> bool:
        """Whether the numbers mean what they would mean without a profile."""
        return self._profile is None

    def plain(self, image: Image.Image) -> Image.Image:
        """The same pixels in a mode in which neighbours can be mixed, in their own colours still."""
        has_alpha = image.has_transparency_data
        return (
            image
            if self.base == "CMYK"
            else image.convert(("LA" if self.base == "L" else "RGBA") if has_alpha else self.base)
        )

    def seen(self, image: Image.Image) -> Image.Image:
        """The pixels in sRGB, RGB or RGBA; ``image`` may be a smaller one, or a part, of what the profile came with."""
        has_alpha = image.has_transparency_data
        if self._profile is None:
            return image.convert("RGBA" if has_alpha else "RGB")
        full = image.convert("RGBA") if image.mode == "P" and has_alpha else image
        plain = full if full.mode == self.base else full.convert(self.base)
        seen = ImageCms.applyTransform(plain, self._transform)
        assert seen is not None
        if has_alpha:
            seen.putalpha(full.getchannel("A"))
        seen.info.pop("icc_profile", None)
        return seen


@cache
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _built(profile: ImageCms.ImageCmsProfile, mode: str) -> ImageCms.ImageCmsTransform:
    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION
    if mode != "RGB":
        # Of inks and greys, littleCMS's tables in 8 bits are up to 20 ΔE off; without them it takes ten times as long.
        flags |= ImageCms.Flags.NOOPTIMIZE
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    return ImageCms.buildTransform(profile, _srgb(), mode, "RGB", renderingIntent=intent, flags=flags)
