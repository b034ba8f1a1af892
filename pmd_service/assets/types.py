"""The types of files."""

from typing import Literal, TypeAlias

# “other” is a companion: stored, listed and packed, but never probed.
AssetType = Literal["image", "audio", "video", "other"]
# What users call one of each.
TYPE_WORDS: dict[AssetType, str] = {"image": "image", "audio": "sound", "video": "video", "other": "companion"}

# How its owner has judged a file.
State: TypeAlias = Literal["new", "approved", "set_aside", "trash"]

# What an artist declares about AI in a work; files have it in their provenance.
AiDisclosure: TypeAlias = Literal["none", "assisted", "generated"]
