"""Whether strangers' files may be decoded on this machine, and what its operator is told of that."""

import asyncio

from ..base.settings import Settings, SettingsError
from ..base.telemetry import log
from .sandbox import missing_walls, standing_walls


def require_walls(settings: Settings) -> None:
    """Nothing is decoded behind fewer walls than all, unless the operator has said that those are enough.

    Raises:
        SettingsError: one that the operator should decide about is missing.
    """
    if settings.media_sandbox == "full" and (missing := missing_walls()):
        raise SettingsError(
            f"Files of strangers are not decoded here, because this machine has not every wall around that: "
            f"{' and '.join(missing)} is missing. With MEDIA_SANDBOX=partial the others are enough."
        )


async def tell_walls() -> None:
    """Say once which walls stand around the children of this process."""
    standing, missing = await asyncio.to_thread(standing_walls), missing_walls()
    if missing:
        log.warning("media_walls", standing=standing, missing=missing)
    else:
        log.info("media_walls", standing=standing)
