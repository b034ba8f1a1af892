"""One attempt in a process of its own, claimed by the parent process (work/suspects).

``python -m pmd_service.isolated KIND TOKEN``
"""

import asyncio
import signal
import sys
from uuid import UUID

from .base.forced_exit import end_in_time
from .base.settings import Settings
from .base.telemetry import configure_logging
from .jobs import KINDS, opened_worker, probes_of
from .work.runner import Runner


async def run(settings: Settings, name: str, token: UUID) -> None:
    """Run the attempt; on SIGTERM, or when the parent has ended, hand the row over."""
    kind = next(kind for kind in KINDS if kind.name == name)
    loop = asyncio.get_running_loop()
    async with opened_worker(settings) as worker:
        running = asyncio.create_task(Runner(worker, KINDS, probes=probes_of(worker)).run_adopted(kind, token))

        def stop() -> None:
            loop.remove_reader(sys.stdin)  # a closed pipe stays readable
            end_in_time()
            running.cancel()

        loop.add_signal_handler(signal.SIGTERM, stop)
        # The pipe carries no data: it becomes readable when the parent closes it. (A reading thread would have its lock
        # for ever, and Python aborts at exit if it cannot acquire that.)
        loop.add_reader(sys.stdin, stop)
        await asyncio.gather(running, return_exceptions=True)
        loop.remove_reader(sys.stdin)


def main() -> None:
    settings = Settings.from_environment()
    configure_logging(settings.log_format)
    name, token = sys.argv[1:]
    asyncio.run(run(settings, name, UUID(token)))


if __name__ == "__main__":
    main()
