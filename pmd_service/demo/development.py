"""``pmd-admin run --dev``: what changes in a checkout is seen at once.

In a thread: starting and stopping processes, which waits for them.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from watchfiles import PythonFilter, awatch

from ..base.settings import Settings
from .error import DemoError
from .processes import Child, stop_together
from .stack import is_free
from .terminal import Terminal

CHECKOUT = Path(__file__).parents[2]
PAGE = CHECKOUT / "web" / "page.py"
START_SECONDS = 60.0
POLL_SECONDS = 0.1
# A process whose code is wrong dies within this time.
GRACE_SECONDS = 3.0


@asynccontextmanager
async def served_page(settings: Settings, folder: Path, port: int) -> AsyncIterator[None]:
    """Vite's server on this port, in front of the service, within the block.

    Raises:
        DemoError: there is no checkout, or it does not start.
    """
    if not PAGE.is_file():
        raise DemoError("--dev needs a checkout of the repository.")
    # In its environment BASE_URL is the service behind it, and PORT its own.
    vite = Child("page", folder, msgspec.structs.replace(settings, port=port), program=(str(PAGE), "serve"))
    vite.start()
    try:
        async with asyncio.timeout(START_SECONDS):
            while is_free(port):
                if (how := vite.how_it_ended()) is not None:
                    raise DemoError(f"Vite {how}: {vite.last_words()}")
                await asyncio.sleep(POLL_SECONDS)
        yield
    except TimeoutError as error:
        raise DemoError(f"Vite does not start; its log is {vite.log}.") from error
    finally:
        vite.stop()


async def restart_on_change(terminal: Terminal, children: Sequence[Child]) -> None:
    """Restart the processes whenever Python code of the service has changed, for ever.

    One that dies is reported, and started again with the next change.
    """
    folders = [CHECKOUT / "pmd_service", CHECKOUT / "server.py", CHECKOUT / "worker.py"]
    async for changes in awatch(*folders, watch_filter=PythonFilter()):
        names = sorted({Path(path).name for _, path in changes})
        await asyncio.to_thread(stop_together, *children)
        for child in children:
            child.start()
        terminal.show(f"  restarted: {', '.join(names)} changed")
        await asyncio.sleep(GRACE_SECONDS)
        for child in children:
            if (how := child.how_it_ended()) is not None:
                terminal.warn(f"“pmd-admin {child.command}” {how}: {child.last_words()}")
