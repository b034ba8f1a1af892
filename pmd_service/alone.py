"""One attempt at one row of work in a process of its own: ``python -m pmd_service.alone KIND ID`` (work/suspects)."""

import asyncio
import signal
import sys

from .jobs import KINDS, opened_worker
from .ops.settings import Settings
from .ops.telemetry import configure_logging
from .work.runner import Runner


async def run(settings: Settings, name: str, row_id: str) -> None:
    """Run the attempt; when the parent asks or is gone, hand its row over."""
    kind = next(kind for kind in KINDS if kind.name == name)
    loop = asyncio.get_running_loop()
    async with opened_worker(settings) as worker:
        running = asyncio.create_task(Runner(worker, KINDS, is_alone=True).run(kind, row_id))
        loop.add_signal_handler(signal.SIGTERM, running.cancel)
        # Nobody writes to the pipe: it can be read when it has closed. (A thread that reads it would hold its lock for
        # ever, and Python aborts at its end when it cannot take that.)
        loop.add_reader(sys.stdin, running.cancel)
        await asyncio.gather(running, return_exceptions=True)
        loop.remove_reader(sys.stdin)


def main() -> None:
    settings = Settings.from_environment()
    configure_logging(settings.log_format)
    name, row_id = sys.argv[1:]
    asyncio.run(run(settings, name, row_id))


if __name__ == "__main__":
    main()
