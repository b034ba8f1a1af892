"""Rows whose workers have died more than once run in a process of their own.

What is in company when a process dies is innocent at first: it has only lost a lease. Who has lost two may be the one
that eats all the memory, and would take its neighbours along again; in a process of its own it dies alone.
"""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE
from typing import Any

from ..base.settings import Settings, environment
from ..base.telemetry import log
from .held import Held
from .kind import Kind

MAX_SUSPECTS = 2
START_SECONDS = 60.0
STOP_SECONDS = 3.0  # a worker drains for five seconds before, and has ten in all


async def run_isolated(settings: Settings, kind: Kind[Any], held: Held[Any]) -> None:
    """Let a child process carry the attempt out and wait for its end, however it ends; cancelled, the child hands over.

    The child ends with us, too: it listens at a pipe that closes when we are gone.
    """
    attempt = (str(held.row.id), str(held.row.attempt), str(held.row.lease_token))
    command = (sys.executable, "-m", "pmd_service.isolated", kind.name, *attempt)
    child = await asyncio.create_subprocess_exec(*command, stdin=PIPE, env=environment(settings))
    try:
        # The child keeps the kind's time limit itself; one that does not is frozen.
        await asyncio.wait_for(child.wait(), kind.time_limit_seconds + START_SECONDS)
    except TimeoutError:
        log.error("suspect_frozen", kind=kind.name)
    finally:
        await asyncio.shield(_stop(child))
    log.info("suspect_ended", kind=kind.name, exit_code=child.returncode)


async def _stop(child: asyncio.subprocess.Process) -> None:
    if child.returncode is not None:
        return
    child.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(child.wait(), STOP_SECONDS)
    except TimeoutError:
        child.kill()
        await child.wait()
