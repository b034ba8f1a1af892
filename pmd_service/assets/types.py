"""The types of files."""

from typing import Literal

# “other” is a companion: stored, listed and packed, but never probed.
AssetType = Literal["image", "audio", "video", "other"]
# What users call one of each.
TYPE_WORDS: dict[AssetType, str] = {"image": "image", "audio": "sound", "video": "video", "other": "companion"}
