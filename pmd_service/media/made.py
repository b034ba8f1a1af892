"""What an engine makes of a file."""

from typing import Annotated

import msgspec
from msgspec import Meta

from .looked import Finding


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A new file in the work's folder, and what its owner should know of it."""

    name: Annotated[str, Meta(pattern=r"^result\.[a-z0-9]{2,8}$")]
    findings: Annotated[list[Finding], Meta(max_length=16)] = []
