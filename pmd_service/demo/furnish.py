"""The first library of ``pmd run``: some files to review, some judged, two tasks done, a pack and the draft of one."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

from ..ops.settings import Settings
from ..push.api import Api
from .circle import Circle
from .fresh import make_fresh_folder
from .inbox import IssuedToken
from .terminal import Terminal

UNJUDGED = 8  # pictures left for the visitor to review
DRAFT_FILES = 5


async def furnish(terminal: Terminal, settings: Settings, sqid: str) -> None:
    """Go the circle for this artist as far as to leave something to do; only where nothing was ever uploaded.

    Raises:
        RefusedError, UnreachableError: the service did not take it.
    """
    async with Api(settings.base_url, IssuedToken(settings, sqid), patience_seconds=30) as api:
        circle = Circle(api, terminal)
        if await circle.has_library():
            return
        with TemporaryDirectory(prefix="pmd-fresh-") as folder:
            brought = await asyncio.to_thread(make_fresh_folder, Path(folder) / "fresh")
            assets = await circle.bring_in(brought)
        unjudged = [asset for asset in assets if asset.type == "image"][:UNJUDGED]
        judged = [asset for asset in assets if asset not in unjudged]
        await circle.review(judged)
        improved = await circle.improve(judged)
        with terminal.step("Packs") as step:
            await circle.export(
                await circle.put_together("First pack", "royalty_free", [asset.id for asset in judged] + improved)
            )
            await circle.put_together("Small things", "attribution", [asset.id for asset in judged[:DRAFT_FILES]])
            step.detail = "one with its first edition, one still in the making"
