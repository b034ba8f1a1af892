"""Starting media children, and keeping one started in advance: a start takes as long as probing ten small images."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress

from ..base.faults import Cause
from ..base.telemetry import log
from .code_folders import python_path
from .messages import MAX_LINE_BYTES

_ENTRY = "pmd_service.media.entry"
# One thread each: several children share the cores, and threads cost address space.
_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LC_ALL": "C.UTF-8",
    "MALLOC_ARENA_MAX": "2",
    # Without these, glibc returns each freed megabyte to the kernel and asks for it again.
    "MALLOC_MMAP_THRESHOLD_": str(64 * 1024**2),
    "MALLOC_TRIM_THRESHOLD_": str(128 * 1024**2),
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


class ChildFaultError(Exception):
    """The child could not be started, or failed for no fault of the file. May pass."""

    def __init__(self, message: str, cause: Cause = "machine") -> None:
        super().__init__(message)
        self.cause: Cause = cause


async def start(*engine: str) -> Process:
    """Start a child, which waits for its order.

    Args:
        engine: a module to import meanwhile.

    Raises:
        ChildFaultError: it cannot be started.
    """
    try:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-s", "-m", _ENTRY, *engine, str(os.getpid())),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=_ENVIRONMENT | {"PYTHONPATH": python_path()},
            cwd="/",
            start_new_session=True,
            limit=MAX_LINE_BYTES,
        )
    except OSError as error:
        raise ChildFaultError(f"cannot start: {error.strerror}") from error


class Spare:
    """Keeps one child of an engine started in advance. Each child takes a single order.

    The first is started at the first :meth:`take`, so that a worker without uploads has none.
    """

    def __init__(self, engine: str) -> None:
        self._engine = engine
        self._waiting: Process | None = None
        self._starting: asyncio.Task[None] | None = None

    async def take(self) -> Process:
        """The waiting child, or a new one; the next is started in the background.

        Raises:
            ChildFaultError: no child can be started.
        """
        child, self._waiting = self._waiting, None
        if child is None or child.returncode is not None:
            child = await start()
        if self._starting is None or self._starting.done():
            self._starting = asyncio.create_task(self._start(), name="spare child")
        return child

    async def _start(self) -> None:
        if self._waiting is None:
            try:
                self._waiting = await start(self._engine)
            except ChildFaultError as error:
                log.warning("spare_child_not_started", error=str(error))

    async def aclose(self) -> None:
        if self._starting is not None:
            await self._starting
        if self._waiting is not None:
            with suppress(ProcessLookupError):
                self._waiting.kill()
            await self._waiting.wait()
