"""Whether untrusted files may be decoded on this machine, by its sandbox layers.

In a thread: asking the kernel, and a process that tries a namespace.
"""

import asyncio

from ..base.settings import Settings, SettingsError
from ..base.telemetry import log
from .sandbox import active_layers, missing_layers


def require_sandbox(settings: Settings) -> None:
    """Refuse to decode with an incomplete sandbox, unless the operator has allowed it.

    Raises:
        SettingsError: a layer is missing.
    """
    if settings.media_sandbox == "full" and (missing := missing_layers()):
        raise SettingsError(
            f"Untrusted files are not decoded on this machine, because its sandbox is incomplete: "
            f"{' and '.join(missing)} is missing. Set MEDIA_SANDBOX=partial to decode them all the same."
        )


async def log_sandbox() -> None:
    """Log the sandbox layers of this process's children."""
    active, missing = await asyncio.to_thread(active_layers), missing_layers()
    if missing:
        log.warning("media_sandbox", active=active, missing=missing)
    else:
        log.info("media_sandbox", active=active)
