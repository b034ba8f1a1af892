"""The child's program: ``python -m pmd_service.media.entry [ENGINE] PARENT``, with one :class:`Order` on stdin.

Runs the engine on each file, and reports its start and result on stdout. Never started by hand.
"""

import os
import resource
import signal
import sys
import traceback
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import IO

import msgspec

from ..base.faults import OURS, Cause, cause_in_decoder, is_disk_full
from ..locales import translatable
from . import sandbox
from .code_folders import code_folders
from .messages import (
    TRANSIENT_ERRNOS,
    Done,
    Faulted,
    Limits,
    Message,
    Order,
    Progressed,
    RefusalError,
    Refused,
    Started,
    Work,
)

PROGRESS_STEP = 0.5
NICENESS = 10
TOO_MUCH_MEMORY = ("too_much_memory", translatable("This file needs more memory than is allowed."))
DETAIL_LENGTH = 500
TRACEBACK_LENGTH = 4000
BROKEN = ("broken", translatable("This file is damaged, or is not what it claims to be: it cannot be read."))


def main() -> None:
    *wanted, parent = sys.argv[1:]
    sandbox.die_with_parent(int(parent))
    # Requests and downloads come first.
    os.nice(NICENESS)
    for name in wanted:
        import_module(name)
    order = msgspec.json.decode(sys.stdin.buffer.readline(), type=Order)
    with _redirect_stdout() as messages:
        sandbox.apply_limits(order.limits, works=len(order.works))
        # Outside the sandbox: an engine that is not installed is no file's fault.
        engine = import_module(order.engine)
        _create_outputs(order.works)
        sandbox.enter(
            code=code_folders(engine=order.engine),
            readable=[Path(source) for work in order.works for source in (work.source, *work.more)],
            writable=Path(order.folder),
        )
        _Runner(engine, messages, order.limits).run(order.works)


def _redirect_stdout() -> IO[bytes]:
    """The stream for messages; what libraries print goes to stderr."""
    messages = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return messages


def _create_outputs(works: list[Work]) -> None:
    """Create all files that the engine may write; in the sandbox it cannot, so that no file makes it fill the disk."""
    for work in works:
        folder = Path(work.folder)
        folder.mkdir(parents=True, exist_ok=True)
        for name in work.output_names:
            (folder / name).touch()


class _Runner:
    def __init__(self, engine: ModuleType, messages: IO[bytes], limits: Limits) -> None:
        self._engine = engine
        # This module is “__main__” here.
        self._packages = OURS | {__name__, engine.__name__.partition(".")[0]}
        self._messages = messages
        self._limits = limits

    def run(self, works: list[Work]) -> None:
        for item, work in enumerate(works):
            self._send(Started(item))
            self._extend_cpu_limit()
            self._send(self._answer(item, work))

    def _answer(self, item: int, work: Work) -> Message:
        sent = -PROGRESS_STEP

        def progress(value: float, step: str) -> None:
            nonlocal sent
            if value - sent >= PROGRESS_STEP:
                sent = value
                self._send(Progressed(item, value, step))

        try:
            return Done(item, msgspec.Raw(msgspec.json.encode(self._engine.run(work, progress))))
        except RefusalError as refusal:
            return Refused(item, refusal.code, str(refusal))
        except MemoryError as error:
            return Refused(item, *TOO_MUCH_MEMORY, detail=_describe(error))
        except Exception as error:
            if cause := self._cause_of(error):
                trace = traceback.format_exc()[-TRACEBACK_LENGTH:]
                return Faulted(item, _describe(error), cause, trace, is_disk_full(error))
            # Decoders raise all kinds of exceptions for damaged files.
            return Refused(item, *BROKEN, detail=_describe(error))

    def _cause_of(self, error: Exception) -> Cause | None:
        is_transient = isinstance(error, OSError) and error.errno in TRANSIENT_ERRNOS
        return "machine" if is_transient else cause_in_decoder(error, self._packages)

    def _extend_cpu_limit(self) -> None:
        """Processor time is per file: the soft limit moves on, and the hard one is the whole batch's."""
        usage = resource.getrusage(resource.RUSAGE_SELF)
        until = int(usage.ru_utime + usage.ru_stime) + self._limits.cpu_seconds
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (min(until, hard), hard))

    def _send(self, message: Message) -> None:
        self._messages.write(msgspec.json.encode(message) + b"\n")


def _describe(error: Exception) -> str:
    """The error and where in the engine it was raised."""
    places = " < ".join(
        f"{place.name}:{place.lineno}" for place in reversed(traceback.extract_tb(error.__traceback__)[-3:])
    )
    return f"{type(error).__name__}: {error} ({places})"[:DETAIL_LENGTH]


if __name__ == "__main__":
    # Python ignores SIGXFSZ by default, and the failing write would look like a broken disk.
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    main()
