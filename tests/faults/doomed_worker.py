"""A worker that is killed or frozen at a named step of its work: ``… STEP kill|freeze``.

It is the real worker; only the step is wrapped, and what happens there is the kernel's doing.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any, TypeAlias

from pmd_service.archive.writer import ArchiveWriter
from pmd_service.base.settings import Settings
from pmd_service.base.telemetry import configure_logging
from pmd_service.downloads import build, manifest
from pmd_service.downloads.build import Build
from pmd_service.jobs import worker_settings
from pmd_service.vault import Vault
from pmd_service.work import lease
from pmd_service.work.arq_worker import ArqWorker
from pmd_service.work.queue import Queue

SIGNALS = {"kill": signal.SIGKILL, "freeze": signal.SIGSTOP}

# What is wrapped, its name, whether the fault comes before it or after it.
Step: TypeAlias = tuple[Any, str, bool]

# A request that sends no mail is published by one statement: nothing is between these two.
MAILED = ("row marked", "about to commit")

STEPS: dict[str, Step] = {
    "claiming": (lease, "claim", True),
    "claimed": (lease, "claim", False),
    "loaded": (manifest, "load_artworks", False),
    "part opened": (Vault, "begin", False),
    "artwork written": (ArchiveWriter, "add_sources", False),
    "documents written": (ArchiveWriter, "add_stream", False),
    "archive sealed": (ArchiveWriter, "finish", False),
    "publishing": (Build, "_publish", True),
    "row marked": (build, "announce", True),
    "about to commit": (build, "announce", False),
    "published": (Build, "_publish", False),
}


def doom(step: Step, strike: Callable[[], None]) -> None:
    """Wrap the step so that it strikes, once."""
    owner, name, before = step
    original = getattr(owner, name)

    async def fated(*args: Any, **options: Any) -> Any:
        if before:
            strike()
        result = await original(*args, **options)
        if not before:
            strike()
        return result

    setattr(owner, name, fated)


def main(steps: dict[str, Step], *queues: Queue) -> None:
    step, fault = sys.argv[1:]
    struck: list[bool] = []

    def strike() -> None:
        if not struck:
            struck.append(True)
            os.kill(os.getpid(), SIGNALS[fault])

    doom(steps[step], strike)
    settings = Settings.from_environment()
    configure_logging(settings.log_format)
    ArqWorker(**worker_settings(settings, *queues)).run()


if __name__ == "__main__":
    main(STEPS, Queue.DOWNLOADS)
